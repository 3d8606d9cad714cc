"""Loading statistics with jobs, asked for by a person or carried in this process."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import request_job, run_job_now
from territories.observatory.enums import DiffusionPolicy, EssPerimeter, UploadState
from territories.observatory.imports import ImportRefused, place_of
from territories.observatory.models import ColumnMapping, Dataset, StatisticsUpload
from territories.observatory.orders.layouts import Mapping, check_mapping, fingerprint
from territories.observatory.orders.meta import OTHER_PREFIX, SOURCES, OrderMeta
from territories.observatory.orders.pipeline import CHECK, IMPORT, current_millesime
from territories.observatory.sirene.errors import SourceProblem

if TYPE_CHECKING:
    from territories.access.models import User


def check_meta(meta: OrderMeta) -> None:
    """Raises ImportRefused when the sheet of a delivery cannot be: unknown source, policy, perimeter or thresholds."""
    if meta.source not in SOURCES and not meta.source.removeprefix(OTHER_PREFIX).strip("-"):
        raise ImportRefused("Donnez un intitulé à cette source.")
    if meta.source not in SOURCES and not meta.source.startswith(OTHER_PREFIX):
        known = ", ".join([*SOURCES, f"{OTHER_PREFIX}…"])
        raise ImportRefused(f"La source «\u00a0{meta.source}\u00a0» est inconnue. Sources admises\u00a0: {known}.")
    full = meta.completed()
    if full.policy not in DiffusionPolicy.values:
        raise ImportRefused(f"La politique de diffusion «\u00a0{full.policy}\u00a0» est inconnue.")
    if full.ess_perimeter not in EssPerimeter.values:
        raise ImportRefused(f"Le périmètre «\u00a0{full.ess_perimeter}\u00a0» est inconnu.")
    rules = full.rules
    if rules and not (rules["min_units"] >= 1 and 0 < rules["max_share"] <= 1 and rules["min_persons"] >= 0):
        raise ImportRefused(
            "Les seuils de masquage ne sont pas possibles\u00a0: au moins 1 entreprise, une part entre 0 et 100\u00a0%."
        )


@transaction.atomic
def request_statistics_import(
    file: Path | StoredFile,
    meta: OrderMeta,
    *,
    is_demonstration: bool = False,
    by: "User | None" = None,
    upload: StatisticsUpload | None = None,
) -> Job:
    """Ask for the load of a file; two loads of one source never run together. Raises ImportRefused."""
    check_meta(meta)
    try:
        millesime = current_millesime()
    except SourceProblem as problem:
        raise ImportRefused(str(problem)) from problem
    params: dict[str, Any] = {
        "file": place_of(file),
        "name": file.name,
        "meta": meta.completed().as_json(),
        "region": settings.CRESS_REGION,
        "millesime": millesime.year,
        "is_demonstration": is_demonstration,
        "upload": str(upload.pk) if upload else "",
    }
    job = request_job(
        IMPORT,
        title=f"Chargement\u00a0: {meta.completed().title}"[:200],
        params=params,
        by=by,
        dedupe_key=f"{IMPORT}:{meta.source}",
    )
    if job.params != params:
        raise ImportRefused(
            "Un autre fichier de cette source est en cours de chargement\u00a0: attendez la fin, puis recommencez."
        )
    if upload is not None:
        StatisticsUpload.objects.filter(pk=upload.pk).update(state=UploadState.LOADING, job_id=job.pk)
    return job


def run_statistics_import(
    path: Path, *, meta: OrderMeta, is_demonstration: bool = False, by: "User | None" = None
) -> list[Dataset]:
    """The same load carried in this process: the datasets of the file, one a year, those already there included.

    Raises ImportRefused, or SourceProblem with the first errors of the file.
    """
    return outcome(run_job_now(request_statistics_import(path, meta, is_demonstration=is_demonstration, by=by)))


def outcome(job: Job) -> list[Dataset]:
    """The datasets of a finished load, by year. Raises SourceProblem with the reason when it made none."""
    if job.state != JobState.DONE:
        raise SourceProblem(job.error or f"Le chargement n’est pas terminé (état\u00a0: {job.get_state_display().lower()}).")
    return list(Dataset.objects.filter(pk__in=job.result["datasets"]).order_by("year"))


# --- In the browser ---------------------------------------------------------------------------------------------------


def file_of(upload: StatisticsUpload) -> Path | StoredFile:
    return upload.file if upload.file is not None else Path(settings.INBOX_DIR) / upload.inbox


def state_of(upload: StatisticsUpload) -> UploadState:
    """Where an upload really is: a work stopped before anybody carried it could not say so itself."""
    state = UploadState(upload.state)
    if state in (UploadState.CHECKING, UploadState.LOADING) and not Job.objects.active().filter(pk=upload.job_id).exists():
        return UploadState.MAPPING if state == UploadState.CHECKING else UploadState.CHECKED
    return state


@transaction.atomic
def create_upload(
    file: Path | StoredFile,
    meta: OrderMeta,
    *,
    by: "User | None",
    is_demonstration: bool = False,
    mapping: ColumnMapping | None = None,
) -> StatisticsUpload:
    """Keep what was sent and said of it. The next step is the mapping of its columns, or the dry run. Raises ImportRefused."""
    check_meta(meta)
    stored = isinstance(file, StoredFile)
    return StatisticsUpload.objects.create(
        file=file if stored else None,
        inbox="" if stored else str(Path(file).relative_to(Path(settings.INBOX_DIR))),
        name=file.name[:200],
        meta=meta.as_json(),
        mapping=mapping,
        is_demonstration=is_demonstration,
        created_by=by,
    )


@transaction.atomic
def request_check(upload: StatisticsUpload, *, by: "User | None") -> Job:
    """Ask for the dry run of an upload; asked for twice, it is the same job. Raises ImportRefused."""
    if state_of(upload) in (UploadState.LOADING, UploadState.LOADED):
        raise ImportRefused("Ce fichier est déjà chargé ou en cours de chargement\u00a0: envoyez-en un autre.")
    job = request_job(
        CHECK,
        title=f"Contrôle\u00a0: {upload.name}"[:200],
        params={"upload": str(upload.pk), "file": place_of(file_of(upload))},
        by=by,
        dedupe_key=f"{CHECK}:{upload.pk}",
    )
    StatisticsUpload.objects.filter(pk=upload.pk).update(state=UploadState.CHECKING, job_id=job.pk, problem="")
    return job


@transaction.atomic
def request_load(upload: StatisticsUpload, *, by: "User | None") -> Job:
    """Ask for the load of an upload that its dry run let through. Raises ImportRefused."""
    locked = StatisticsUpload.objects.select_for_update().get(pk=upload.pk)
    if state_of(locked) != UploadState.CHECKED:
        raise ImportRefused("Ce fichier n’est pas prêt à être chargé\u00a0: faites-le contrôler d’abord.")
    return request_statistics_import(
        file_of(locked), OrderMeta.from_json(locked.meta), is_demonstration=locked.is_demonstration, by=by, upload=locked
    )


@transaction.atomic
def save_mapping(
    upload: StatisticsUpload, mapping: Mapping, header: tuple[str, ...], *, name: str, by: "User | None"
) -> StatisticsUpload:
    """Use a mapping for an upload and keep it under a name, so that the same header is recognised when it comes back.

    A name already used for the same header is replaced. Raises ImportRefused, with all that prevents the mapping.
    """
    problems = check_mapping(mapping)
    if problems:
        raise ImportRefused(" ".join(problems))
    mark = fingerprint(header)
    kept = None
    if name:
        other = ColumnMapping.objects.filter(name=name).first()
        if other is not None and other.fingerprint != mark:
            raise ImportRefused(f"Le nom «\u00a0{name}\u00a0» sert déjà pour un autre en-tête\u00a0: choisissez-en un autre.")
        kept, _ = ColumnMapping.objects.update_or_create(
            name=name, defaults={"fingerprint": mark, **mapping.as_json(), "created_by": by}
        )
    upload.meta = {**upload.meta, "layout": "mapping", "mapping": mapping.as_json()}
    upload.mapping = kept
    upload.save(update_fields=["meta", "mapping"])
    return upload
