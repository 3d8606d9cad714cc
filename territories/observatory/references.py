"""Figures published by others beside ours, and why the two may differ. What is compared is published, never the observations.

The reasons are computed from what both say of themselves: year, perimeter, what is counted, source, denominator. They never say
that a figure is right.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from territories.foundations.formats import nombre
from territories.observatory.enums import EssPerimeter, ReferenceBasis, ReferencePerimeter, ReferencePrecision, ReferenceUnit
from territories.observatory.models import ReferenceValue
from territories.observatory.statistics.figures import UNAVAILABLE, Figure
from territories.observatory.statistics.tables import Table

SHIPPED: Final = Path(__file__).resolve().parent / "data" / "chiffres-publies.json"


@dataclass(frozen=True)
class Cell:
    """Where a figure of ours is: rows of a table that are added up, and a column. An empty row is the total."""

    table: str
    rows: tuple[str, ...]
    column: str


@dataclass(frozen=True)
class Measure:
    """What may be compared: its label, where ours is (the first that is known), what it is computed on and divided by."""

    label: str
    cells: tuple[Cell, ...]
    unit: ReferenceUnit
    basis: ReferenceBasis
    denominator: str = ""


def _key(row: str) -> Cell:
    return Cell("jobs_key_figures", (row,), "value")


def _sirene(row: str) -> Cell:
    return Cell("key_figures", (row,), "value")


_FAMILY_NAMES: Final = {
    "association": "associations",
    "cooperative": "coopératives",
    "mutuelle": "mutuelles",
    "fondation": "fondations",
}
_N, _J, _F, _P = ReferenceUnit.ESTABLISHMENTS, ReferenceUnit.JOBS, ReferenceUnit.FTE, ReferenceUnit.PERCENT
_ON_JOBS, _ON_FTE, _ON_N, _ON_PAY = ReferenceBasis.JOBS, ReferenceBasis.FTE, ReferenceBasis.ESTABLISHMENTS, ReferenceBasis.PAY

MEASURES: Final[dict[str, Measure]] = {
    "source_establishments": Measure(
        "Établissements employeurs de l’ESS", (_key("source_establishments"), _sirene("employers")), _N, _ON_N
    ),
    "jobs": Measure("Emplois salariés de l’ESS (postes)", (_key("jobs"),), _J, _ON_JOBS),
    "fte": Measure("Équivalents temps plein de l’ESS", (_key("fte"),), _F, _ON_FTE),
    "private_job_share": Measure(
        "Part de l’ESS dans l’emploi salarié privé", (_key("private_job_share"),), _P, _ON_JOBS, "l’emploi privé, ESS comprise"
    ),
    "total_job_share": Measure(
        "Part de l’ESS dans l’ensemble de l’emploi salarié", (_key("total_job_share"),), _P, _ON_JOBS, "l’emploi privé et public"
    ),
    "private_pay_share": Measure(
        "Part de l’ESS dans les rémunérations brutes du privé", (_key("private_pay_share"),), _P, _ON_PAY, "le privé"
    ),
    "private_share": Measure(
        "Part de l’ESS dans les établissements employeurs privés",
        (_key("source_establishment_share"), _sirene("private_share")),
        _P,
        _ON_N,
        "les établissements privés",
    ),
    "total_share": Measure(
        "Part de l’ESS dans l’ensemble des établissements employeurs",
        (_sirene("total_share"),),
        _P,
        _ON_N,
        "les établissements privés et publics",
    ),
    "care_job_share": Measure(
        "Part de la santé humaine et de l’action sociale dans l’emploi de l’ESS",
        (Cell("jobs_sectors", ("sante", "action-sociale"), "job_sector_mix"),),
        _P,
        _ON_JOBS,
    ),
    "job_change": Measure(
        "Évolution annuelle de l’emploi de l’ESS", (Cell("jobs_evolution", ("{year}",), "job_change"),), _P, _ON_JOBS
    ),
    **{
        f"{family}_job_share": Measure(
            f"Part des {name} dans l’emploi de l’ESS", (Cell("jobs_families", (family,), "job_family_share"),), _P, _ON_JOBS
        )
        for family, name in _FAMILY_NAMES.items()
    },
    **{
        f"{family}_share": Measure(
            f"Part des {name} dans les établissements employeurs de l’ESS",
            (Cell("families", (family,), "family_share"),),
            _P,
            _ON_N,
        )
        for family, name in _FAMILY_NAMES.items()
    },
    **{
        f"{family}_establishments": Measure(
            f"Établissements employeurs des {name}",
            (Cell("jobs_families", (family,), "source_establishments"), Cell("families", (family,), "employers")),
            _N,
            _ON_N,
        )
        for family, name in _FAMILY_NAMES.items()
    },
    "all_establishments": Measure("Établissements employeurs, tous secteurs", (_sirene("all_employers"),), _N, _ON_N),
    "total_jobs": Measure("Emplois salariés, tous secteurs (postes)", (_key("total_jobs"),), _J, _ON_JOBS),
}
TABLES: Final = frozenset(cell.table for measure in MEASURES.values() for cell in measure.cells)

# What the sources of others count, and how each differs from the sources of ours.
_SERIES: Final[dict[str, tuple[str, str]]] = {
    "clap": ("Clap", "Clap, arrêté en 2015, a été remplacé par Flores\u00a0: les deux ne se prolongent pas."),
    "flores": ("Flores", ""),
    "acoss-urssaf-msa": (
        "Acoss-Urssaf et MSA",
        "L’Urssaf et la MSA comptent des moyennes de l’année et leur propre champ, pas les postes du 31 décembre.",
    ),
    "list": ("liste ESS France", "La liste d’ESS France compte des unités légales, employeuses ou non."),
}
DEMONSTRATION: Final = "Nos chiffres sont des données de démonstration, inventées\u00a0: l’écart ne dit rien."
_FLORES_AND_SIRENE: Final = (
    "Notre nombre vient de Sirene (tranches d’effectif), le leur d’une source d’emploi\u00a0: champs différents."
)
_PERIMETERS: Final[dict[str, str]] = {
    ReferencePerimeter.FOUR_FAMILIES: "quatre familles",
    ReferencePerimeter.FOUR_AND_COMMERCIAL: "quatre familles et sociétés commerciales",
    ReferencePerimeter.FIVE_FAMILIES: "cinq familles de l’Insee",
}


@dataclass(frozen=True)
class Published:
    """A figure published by somebody else. `value` is as published: shares in percent. `pk` only for those added here."""

    territory_name: str
    kind: str
    code: str
    year: int
    indicator: str
    label: str
    value: float
    unit: str
    source: str
    year_note: str = ""
    precision: str = ReferencePrecision.EXACT
    basis: str = ReferenceBasis.JOBS
    series: str = ""
    perimeter: str = ""
    note: str = ""
    url: str = ""
    pk: str = ""

    @property
    def place(self) -> tuple[str, str]:
        return self.kind, self.code

    @property
    def decimals(self) -> int:
        return 0 if float(self.value).is_integer() else 1


@dataclass(frozen=True)
class Ours:
    """Our figure: `figure` between 0 and 1 when a share. `year` is what it describes; `from_sirene` when no source of jobs is."""

    figure: Figure
    table: str
    year: int | None
    perimeter: str = ""
    series: str = ""
    source: str = ""
    geography: int | None = None
    from_sirene: bool = False
    is_demonstration: bool = False


@dataclass(frozen=True)
class Comparison:
    """Both figures, their gap (a share of theirs, or points for shares), and why they may differ."""

    published: Published
    ours: Ours | None
    gap: float | None = None
    reasons: tuple[str, ...] = field(default_factory=tuple)

    @property
    def in_points(self) -> bool:
        return self.published.unit == ReferenceUnit.PERCENT

    @property
    def is_close(self) -> bool:
        """Within five percent, or a point and a half."""
        return self.gap is not None and abs(self.gap) <= (1.5 if self.in_points else 0.05)


@cache
def shipped() -> tuple[Published, ...]:
    """The figures shipped with the project, in the order of their file."""
    values = json.loads(SHIPPED.read_text(encoding="utf-8"))["values"]
    return tuple(Published(territory_name=one.pop("territory"), **one) for one in values)


def published_values() -> list[Published]:
    """Those shipped and those added in this instance: by territory (région, EPCI, France…), the most recent first. One query."""
    added = [
        Published(
            territory_name=row.territory_name,
            kind=row.kind,
            code=row.code,
            year=row.year,
            indicator=row.indicator,
            label=MEASURES[row.indicator].label if row.indicator in MEASURES else row.indicator,
            value=row.value,
            unit=row.unit,
            source=row.source,
            year_note=row.year_note,
            precision=row.precision,
            basis=row.basis,
            perimeter=row.perimeter,
            note=row.note,
            url=row.url,
            pk=str(row.pk),
        )
        for row in ReferenceValue.objects.all()
    ]
    rank = {"region": 0, "departement": 1, "epci": 2, "pays": 3, "composite": 4, "commune": 5, "country": 6}
    every = [*shipped(), *added]
    return sorted(every, key=lambda one: (rank.get(one.kind, 9), one.territory_name, -one.year, bool(one.pk)))


def find_ours(published: Published, tables: Mapping[str, Table], *, sirene: Ours) -> Ours | None:
    """Our figure for a published one: the first that is known, else the first that exists. `sirene` carries what Sirene says.

    None when we have no such indicator or no such table.
    """
    measure = MEASURES.get(published.indicator)
    found = list(_candidates(measure, published, tables, sirene)) if measure else []
    return next((one for one in found if one.figure.known), found[0] if found else None)


def _candidates(measure: Measure, published: Published, tables: Mapping[str, Table], sirene: Ours) -> Iterator[Ours]:
    for cell in measure.cells:
        table = tables.get(cell.table)
        if table is None:
            continue
        rows = [row.format(year=published.year) for row in cell.rows]
        figures = [table.figure(row, cell.column) for row in rows]
        if cell.table == "jobs_evolution" and table.row(rows[0]) is None:
            # Their year is not among ours: the last one stands beside it, and says which it is.
            last = next((row for row in reversed(table.rows) if row.cells[cell.column].known), None)
            rows, figures = ([last.key], [last.cells[cell.column]]) if last else (rows, figures)
        yield _described(table, _added(figures), sirene, row=rows[0])


def _added(figures: Collection[Figure]) -> Figure:
    values = [figure.value for figure in figures if figure.value is not None]
    first = next((figure for figure in figures if figure.value is None), None)
    return first if first is not None else Figure(sum(values), next(iter(figures)).status)


def _described(table: Table, figure: Figure, sirene: Ours, *, row: str) -> Ours:
    facts = table.facts
    if not table.key.startswith("jobs_"):
        return Ours(figure, table.key, sirene.year, EssPerimeter.FOUR_FAMILIES, "sirene", sirene.source, sirene.geography, True)
    year = int(row) if table.key == "jobs_evolution" and row.isdigit() else facts.get("year")
    return Ours(
        figure,
        table.key,
        int(year) if year else None,
        str(facts.get("perimeter") or ""),
        str(facts.get("series") or "flores"),
        str(facts.get("source") or ""),
        sirene.geography,
    )


def compare(published: Published, ours: Ours | None, *, is_demonstration: bool = False) -> Comparison:
    """The two side by side. The gap is computed whenever both have a value, whatever the reasons."""
    if ours is None:
        text = (
            "Aucun de nos indicateurs ne compte cela\u00a0: la valeur est gardée pour mémoire."
            if published.indicator not in MEASURES
            else "Nous n’avons pas encore ce chiffre pour ce territoire\u00a0: la source qui le donnerait n’est pas publiée."
        )
        return Comparison(published, None, reasons=(text,))
    gap = None
    if ours.figure.value is not None and published.value:
        if published.unit == ReferenceUnit.PERCENT:
            gap = ours.figure.value * 100 - published.value
        else:
            gap = ours.figure.value / published.value - 1
    return Comparison(published, ours, gap, tuple(_reasons(published, ours, is_demonstration)))


def _reasons(published: Published, ours: Ours, is_demonstration: bool) -> Iterator[str]:
    measure = MEASURES[published.indicator]
    if is_demonstration:
        yield DEMONSTRATION
    if ours.figure.value is None:
        yield f"Notre chiffre n’a pas de valeur publiable ({ours.figure.status.label})."
    if ours.year is not None and ours.year != published.year:
        gap = abs(ours.year - published.year)
        yield f"{gap}\u00a0an{'s' if gap > 1 else ''} d’écart\u00a0: {published.year} chez eux, {ours.year} chez nous."
    if published.year_note:
        yield f"Leur date est incertaine ou particulière\u00a0: {published.year_note}."
    mine = _perimeter_of(ours.perimeter)
    if published.perimeter and mine and published.perimeter != mine:
        yield f"Périmètre\u00a0: {_PERIMETERS[published.perimeter]} chez eux, {_PERIMETERS[mine]} chez nous."
    if published.basis != measure.basis:
        theirs, own = (ReferenceBasis(one).label.lower() for one in (published.basis, measure.basis))
        yield f"Calculé sur {theirs} chez eux, sur {own} chez nous."
    yield from _source_reasons(published, ours)
    if measure.denominator:
        yield f"Dénominateur\u00a0: {measure.denominator}."
    if published.precision == ReferencePrecision.ROUNDED:
        yield "Valeur publiée arrondie."
    elif published.precision == ReferencePrecision.MINIMUM:
        yield f"Ils écrivent «\u00a0plus de {nombre(published.value)}\u00a0»."
    if published.kind in ("epci", "pays") and ours.geography and published.year < ours.geography:
        yield f"Le périmètre de l’intercommunalité a pu changer\u00a0: le nôtre est celui de {ours.geography}."


def _source_reasons(published: Published, ours: Ours) -> Iterable[str]:
    if ours.from_sirene and published.series in ("clap", "flores", "acoss-urssaf-msa"):
        return (_FLORES_AND_SIRENE,)
    if published.series and published.series != ours.series:
        name, why = _SERIES.get(published.series, (published.series, ""))
        return (why or f"Leur source est {name}.",)
    return ()


def _perimeter_of(text: str) -> str:
    """The code of a perimeter written as a code or as the label of a dataset."""
    for choice in EssPerimeter:
        if choice.value and text in (choice.value, str(choice.label)):
            return choice.value
    return ""


def sirene_facts(year: int | None, source: str, geography: int | None) -> Ours:
    """What Sirene says of itself, for the tables that say nothing of their source."""
    return Ours(UNAVAILABLE, "", year, source=source, geography=geography)


def printed(value: float, unit: str, decimals: int = 0) -> str:
    """« 14 500 », « 11,8 % »: a published value with its unit, as in a sentence."""
    if unit == ReferenceUnit.PERCENT:
        return f"{nombre(value, decimals)}\u00a0%"
    return nombre(value, decimals)


def export_rows(comparisons: Iterable[Comparison]) -> Iterator[list[Any]]:
    """The rows of the file: shares in percent on both sides, the gap in points or in percent, the reasons in one cell."""
    for one in comparisons:
        published, ours = one.published, one.ours
        value = None if ours is None else ours.figure.value
        own: object = None if ours is None else ours.figure.status.symbol
        if value is not None:
            own = value * 100 if one.in_points else value
        yield [
            published.territory_name,
            published.kind,
            published.code,
            published.label,
            published.year,
            published.year_note,
            published.value,
            str(ReferenceUnit(published.unit).label),
            own,
            None if ours is None else ours.year,
            None if one.gap is None else (one.gap if one.in_points else one.gap * 100),
            "points" if one.in_points else "%",
            " ".join(one.reasons),
            published.note,
            published.source,
            published.url,
        ]
