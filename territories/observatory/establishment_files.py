"""The list of establishments as a file: at once when it is short, by a job when it is long."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from territories.foundations.exports import Column, TooManyRows, write_csv, write_ods, write_xlsx
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import request_job
from territories.foundations.jobs.registry import JobFailure, job_handler
from territories.foundations.jobs.work import Work
from territories.foundations.vocabulary import EssFamily
from territories.geography.models import Territory
from territories.observatory.establishments import (
    EstablishmentFilter,
    commune_choices,
    establishments_of,
    label_lists,
    label_sources,
    labels_of,
    row_of,
)
from territories.observatory.models import Establishment, Release, SirenList

LIST_JOB = "observatory.establishment_list"
FILE_FORMS = ("xlsx", "ods", "csv")
COLUMNS = [
    Column("SIRET", "text"),
    Column("Nom", "text"),
    Column("Famille", "text"),
    Column("Sous-famille", "text"),
    Column("Secteur d’activité", "text"),
    Column("APE", "text"),
    Column("Salariés (tranche Sirene)", "text"),
    Column("Code commune", "text"),
    Column("Commune", "text"),
    Column("Code postal", "text"),
    Column("Création", "date"),
    Column("Motif d’inclusion", "text"),
    Column("Agréments et labels", "text"),
]
_BATCH = 2_000


def cells_of(
    rows: QuerySet[Establishment], names: Mapping[str, str], labels: Mapping[str, tuple[str, ...]] | None = None
) -> Iterator[list[object]]:
    """The rows of the file, read as a stream; units in partial diffusion without name nor label."""
    for establishment in rows.iterator(chunk_size=_BATCH):
        row = row_of(establishment, names, labels)
        yield [
            row.siret,
            row.name,
            EssFamily(row.family).label if row.family else "",
            row.sub_family,
            row.sector,
            row.ape,
            row.band,
            row.commune_code,
            row.commune,
            row.postal_code,
            establishment.created_on,
            row.motive,
            ", ".join(row.labels),
        ]


def file_words(territory: Territory, release: Release, labels: Sequence[SirenList] = ()) -> tuple[str, str, list[str]]:
    """Name of the file without its ending, title, and lines of source."""
    source = (
        f"Source\u00a0: {release.dataset.producer}, {release.dataset.title}, publication n°\u00a0{release.number}. "
        f"Licence\u00a0: {release.dataset.licence}."
    )
    secrecy = "Les établissements en diffusion partielle sont comptés sans être nommés."
    lines = [source, *label_sources(labels), secrecy]
    if release.dataset.is_demonstration:
        lines.append("Données de démonstration, fictives.")
    return f"etablissements-ess-{territory.slug}", f"Établissements de l’ESS – {territory.name}", lines


def request_list(
    territory: Territory, release: Release, form: str, asked: Mapping[str, str], *, by: AbstractBaseUser | AnonymousUser | None
) -> Job:
    """Ask for the whole filtered list as a file. `asked` is the cleaned filter."""
    wanted = {name: value for name, value in sorted(asked.items()) if value}
    key = f"{LIST_JOB}:{release.pk}:{territory.pk}:{form}:{hashlib.sha256(repr(wanted).encode()).hexdigest()[:16]}"
    return request_job(
        LIST_JOB,
        title=f"Établissements de l’ESS – {territory.name} ({form.upper()})"[:200],
        params={"territory": str(territory.pk), "release": str(release.pk), "form": form, "asked": wanted},
        by=by,
        dedupe_key=key,
    )


@job_handler(LIST_JOB, label="Liste d’établissements")
def make_list(work: Work) -> None:
    """Write the list named by the parameters. Raises JobFailure when what it names is gone or too long for a sheet."""
    territory = Territory.objects.filter(pk=work.params["territory"]).first()
    release = Release.objects.select_related("dataset").filter(pk=work.params["release"]).first()
    if territory is None or release is None:
        raise JobFailure("Ce territoire ou cette publication n’existe plus\u00a0: demandez la liste depuis le portrait.")
    communes = commune_choices(territory)
    labels = label_lists()
    asked = EstablishmentFilter(work.params["asked"], communes=communes, labels=labels)
    if not asked.is_valid():
        raise JobFailure("Ce filtre n’est plus possible sur ce territoire\u00a0: rouvrez la liste et filtrez de nouveau.")
    rows = establishments_of(territory, release.dataset, asked.cleaned_data)
    total = rows.count()
    name, title, lines = file_words(territory, release, labels)
    form = work.params["form"]
    path = work.dir / f"{name}.{form}"
    partial = path.with_suffix(".partiel")
    stream = _told(cells_of(rows, dict(communes), labels_of(labels)), work, total)
    try:
        with partial.open("wb") as out:
            if form == "csv":
                write_csv(stream, COLUMNS, out)
            else:
                writer = write_xlsx if form == "xlsx" else write_ods
                writer(stream, COLUMNS, out, title=title, source_lines=[*lines, settings.SITE_URL])
    except TooManyRows as error:
        raise JobFailure(str(error)) from error
    partial.rename(path)
    work.store_result(path, path.name)
    work.result = {"label": "Télécharger la liste"}


def _told(rows: Iterator[list[object]], work: Work, total: int) -> Iterator[list[object]]:
    for rank, row in enumerate(rows):
        if rank % _BATCH == 0:
            work.progress(rank, total, "Écriture du fichier")
        yield row
