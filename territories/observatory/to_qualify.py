"""The list of the establishments to be judged, as rows and as a file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from territories.foundations.exports import Column, TooManyRows, write_csv, write_ods, write_xlsx
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import request_job
from territories.foundations.jobs.registry import JobFailure
from territories.foundations.jobs.work import Work
from territories.foundations.vocabulary import TRANCHES
from territories.geography.models import Commune
from territories.observatory.forms import ToQualifyFilter
from territories.observatory.models import Dataset, Establishment

KIND: Final = "observatory.to_qualify_list"
NOT_DIFFUSED: Final = "[non diffusible]"
FORMATS: Final = ("xlsx", "ods", "csv")
COLUMNS: Final = [
    Column("SIRET", "text"),
    Column("Nom", "text"),
    Column("Catégorie juridique", "text"),
    Column("APE", "text"),
    Column("Salariés (tranche Sirene)", "text"),
    Column("Code commune", "text"),
    Column("Commune", "text"),
    Column("Création", "date"),
    Column("Motif", "text"),
]
_BATCH: Final = 2_000


@dataclass(frozen=True)
class Line:
    """An establishment to be judged, as shown."""

    siret: str
    siren: str
    name: str
    is_named: bool
    legal_category: str
    ape: str
    band: str
    commune: str
    motive: str


def commune_names(dataset: Dataset) -> dict[str, str]:
    return dict(Commune.objects.filter(millesime=dataset.millesime).order_by("code").values_list("code", "name"))


def line_of(row: Establishment, names: Mapping[str, str]) -> Line:
    band = TRANCHES.get(row.size_band)
    return Line(
        siret=row.siret,
        siren=row.siren,
        name=NOT_DIFFUSED if row.is_partly_diffused else row.name or row.usual_name or "Sans dénomination",
        is_named=not row.is_partly_diffused,
        legal_category=row.legal_category,
        ape=row.ape,
        band=band.label if band else "Inconnu",
        commune=names.get(row.commune_code, row.commune_code),
        motive=row.motive,
    )


def cells_of(rows: QuerySet[Establishment], names: Mapping[str, str]) -> Iterator[list[object]]:
    for row in rows.iterator(chunk_size=_BATCH):
        line = line_of(row, names)
        yield [
            line.siret,
            line.name,
            line.legal_category,
            line.ape,
            line.band,
            row.commune_code,
            line.commune,
            row.created_on,
            line.motive,
        ]


def file_words(dataset: Dataset) -> tuple[str, str, list[str]]:
    """Name of the file without ending, title, lines of source."""
    lines = [
        f"Source\u00a0: {dataset.producer}, {dataset.title}. Licence\u00a0: {dataset.licence}. "
        f"Périmètre\u00a0: {dataset.perimeter.name}.",
        "Ces établissements ne sont pas comptés dans l’ESS tant que l’observatoire n’a pas décidé.",
    ]
    if dataset.is_demonstration:
        lines.append("Données de démonstration, fictives.")
    return f"a-qualifier-{dataset.vintage_on.isoformat()}", "Établissements à qualifier", lines


def request_file(dataset: Dataset, fmt: str, asked: Mapping[str, str], *, by: Any) -> Job:
    """Ask for the whole filtered list as a file."""
    wanted = {name: value for name, value in sorted(asked.items()) if value}
    return request_job(
        KIND,
        title=f"Établissements à qualifier ({fmt.upper()})",
        params={"dataset": str(dataset.pk), "fmt": fmt, "asked": wanted},
        by=by,
        dedupe_key=f"{KIND}:{dataset.pk}:{fmt}:{wanted}"[:200],
    )


def make_file(work: Work) -> None:
    """Write the list that the parameters name. Raises JobFailure when its dataset is gone or it is too long for a sheet."""
    dataset = Dataset.objects.select_related("perimeter", "millesime").filter(pk=work.params["dataset"]).first()
    if dataset is None:
        raise JobFailure("Ce jeu de données n’existe plus\u00a0: rouvrez la liste depuis la page de l’observatoire.")
    asked = ToQualifyFilter(work.params["asked"], dataset=dataset)
    if not asked.is_valid():
        raise JobFailure("Ce filtre n’est plus possible\u00a0: rouvrez la liste et filtrez de nouveau.")
    rows = asked.rows()
    total = rows.count()
    name, title, lines = file_words(dataset)
    fmt = work.params["fmt"]
    path = work.dir / f"{name}.{fmt}"
    partial = path.with_suffix(".partiel")

    def told() -> Iterator[list[object]]:
        for rank, row in enumerate(cells_of(rows, commune_names(dataset))):
            if rank % _BATCH == 0:
                work.progress(rank, total, "Écriture du fichier")
            yield row

    try:
        with partial.open("wb") as out:
            if fmt == "csv":
                write_csv(told(), COLUMNS, out)
            else:
                writer = write_xlsx if fmt == "xlsx" else write_ods
                writer(told(), COLUMNS, out, title=title, source_lines=[*lines, settings.SITE_URL])
    except TooManyRows as error:
        raise JobFailure(str(error)) from error
    partial.rename(path)
    work.store_result(path, path.name)
    work.result = {"label": "Télécharger la liste"}
