"""Writes that bring public data in: the perimeter, and the request for an import of Sirene."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db import transaction

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import request_job, run_job_now
from territories.geography.models import Millesime
from territories.observatory.models import Dataset, Perimeter
from territories.observatory.perimeter import DEFAULT_PERIMETER, PerimeterError, parse_rules, read_shipped, shipped_codes
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.pipeline import KIND

if TYPE_CHECKING:
    from territories.access.models import User

DATASET_ADDRESS: Final = "https://www.data.gouv.fr/datasets/base-sirene-des-entreprises-et-de-leurs-etablissements-siren-siret"


class ImportRefused(Exception):
    """The import cannot be asked for. The message is French and says what to do."""


@transaction.atomic
def ensure_perimeter(code: str | None = None) -> Perimeter:
    """Load the perimeters shipped with the project, and give the one named, else the last one adopted. May be repeated.

    Raises PerimeterError when a shipped perimeter that has already served was edited, or when `code` is unknown or a draft.
    """
    for shipped in shipped_codes():
        content = read_shipped(shipped)
        parse_rules(content)
        values = {"name": content["name"], "content": content, "source": content["source"]}
        known = Perimeter.objects.filter(code=shipped).first()
        if known is None:
            Perimeter.objects.create(code=shipped, **values)
        elif known.content != content:
            if known.datasets.exists():
                raise PerimeterError(
                    f"Le périmètre «\u00a0{shipped}\u00a0» a déjà servi à un chargement et son contenu a changé\u00a0: "
                    "livrez la nouvelle version sous un autre code."
                )
            Perimeter.objects.filter(pk=known.pk).update(**values)
    adopted = Perimeter.objects.published() if code is None else None
    wanted = code or (adopted.code if adopted is not None else DEFAULT_PERIMETER)
    perimeter = Perimeter.objects.filter(code=wanted).first()
    if perimeter is not None and perimeter.is_draft:
        raise PerimeterError(f"Le périmètre «\u00a0{perimeter.name}\u00a0» est un brouillon\u00a0: adoptez-le d’abord.")
    if perimeter is None:
        raise PerimeterError(f"Le périmètre «\u00a0{wanted}\u00a0» est inconnu. Connus\u00a0: {', '.join(shipped_codes())}.")
    return perimeter


def place_of(file: Path | StoredFile) -> dict[str, str]:
    """How a job names a file: in the inbox, kept by the application, or elsewhere on the server."""
    if isinstance(file, StoredFile):
        return {"kind": "stored", "value": str(file.pk)}
    path = Path(file).resolve()
    inbox = Path(settings.INBOX_DIR).resolve()
    if path.is_relative_to(inbox):
        return {"kind": "inbox", "value": str(path.relative_to(inbox))}
    return {"kind": "path", "value": str(path)}


@transaction.atomic
def request_sirene_import(
    *,
    units: Path | StoredFile,
    establishments: Path | StoredFile,
    region: str | None = None,
    perimeter: str | None = None,
    vintage_on: date | None = None,
    is_demonstration: bool = False,
    by: "User | None" = None,
) -> Job:
    """Ask for an import; two imports of one région never run together. Raises ImportRefused."""
    region = region or settings.CRESS_REGION
    millesime = Millesime.objects.filter(is_current=True).first()
    if millesime is None:
        raise ImportRefused("La géographie n’est pas chargée\u00a0: chargez-la d’abord (commande load_geography).")
    if not millesime.communes.filter(region=region).exists():
        raise ImportRefused(
            f"La région «\u00a0{region}\u00a0» est inconnue de la géographie {millesime.year}\u00a0: donnez "
            "son code Insee, par exemple 52."
        )
    try:
        chosen = ensure_perimeter(perimeter)
    except PerimeterError as error:
        raise ImportRefused(str(error)) from error
    params: dict[str, Any] = {
        "units": place_of(units),
        "establishments": place_of(establishments),
        "region": region,
        "perimeter": chosen.code,
        "millesime": millesime.year,
        "vintage_on": vintage_on.isoformat() if vintage_on else None,
        "is_demonstration": is_demonstration,
    }
    return request_job(
        KIND,
        title=f"Chargement de Sirene, région {region}",
        params=params,
        by=by,
        dedupe_key=f"{KIND}:{region}",
    )


def run_sirene_import(
    *,
    units: Path,
    establishments: Path,
    region: str | None = None,
    perimeter: str | None = None,
    vintage_on: date | None = None,
    is_demonstration: bool = False,
    by: "User | None" = None,
) -> Dataset:
    """The same job carried in this process. Raises ImportRefused, or SourceProblem with the reason of its failure."""
    job = request_sirene_import(
        units=units,
        establishments=establishments,
        region=region,
        perimeter=perimeter,
        vintage_on=vintage_on,
        is_demonstration=is_demonstration,
        by=by,
    )
    return outcome(run_job_now(job))


def outcome(job: Job) -> Dataset:
    """The vintage that a finished job made. Raises SourceProblem with the reason when it made none."""
    if job.state != JobState.DONE:
        raise SourceProblem(job.error or f"Le chargement n’est pas terminé (état\u00a0: {job.get_state_display().lower()}).")
    return Dataset.objects.get(job_id=job.pk)
