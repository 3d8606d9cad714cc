"""What a source says of a territory: cells named by their dimensions, each holding several measures with their statuses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.figures import UNAVAILABLE, Figure, combined_status

# Champs: the ESS, the rest of the private sector, both together, the public sector, everything. Their sums are not assumed.
ESS: Final = "ess"
PRIVATE_OTHER: Final = "private_other"
PRIVATE: Final = "private"
PUBLIC: Final = "public"
TOTAL: Final = "total"
CHAMPS: Final = (ESS, PRIVATE_OTHER, PRIVATE, PUBLIC, TOTAL)

# Measures: distinct enterprises (SIREN), establishments, postes in the last week of December, full-time equivalents,
# gross pay in euros.
ENTERPRISES: Final = "enterprises"
ESTABLISHMENTS: Final = "establishments"
JOBS: Final = "jobs"
FTE: Final = "fte"
GROSS_PAY: Final = "gross_pay"
MEASURES: Final = (ENTERPRISES, ESTABLISHMENTS, JOBS, FTE, GROSS_PAY)

# The fifth famille of INSEE’s perimeter, which that of the CRESS does not have.
OTHER_NON_PROFIT: Final = "other_non_profit"
OTHER_NON_PROFIT_LABEL: Final = "Autres organismes privés à but non lucratif"

# Size classes of Flores (employees on 31 December), in order, and their labels.
SIZE_CLASSES: Final[dict[str, str]] = {
    "E0": "0",
    "E1T4": "1 à 4",
    "E5T9": "5 à 9",
    "E10T19": "10 à 19",
    "E20T49": "20 à 49",
    "E50T99": "50 à 99",
    "E100T199": "100 à 199",
    "E100T249": "100 à 249",
    "E200T499": "200 à 499",
    "E250T499": "250 à 499",
    "E_GE250": "250 et plus",
    "E_GE500": "500 et plus",
}
WOMEN: Final = "F"
MEN: Final = "H"
SEXES: Final[dict[str, str]] = {WOMEN: "Femmes", MEN: "Hommes"}
# Age classes as the orders of the observatories name them. « 50P » and « 55P » overlap: never added together.
AGE_CLASSES: Final[dict[str, str]] = {
    "M25": "Moins de 25 ans",
    "M30": "Moins de 30 ans",
    "25T29": "25 à 29 ans",
    "25T39": "25 à 39 ans",
    "30T39": "30 à 39 ans",
    "30T49": "30 à 49 ans",
    "40T49": "40 à 49 ans",
    "50T54": "50 à 54 ans",
    "50P": "50 ans et plus",
    "55P": "55 ans et plus",
    "55T59": "55 à 59 ans",
    "60P": "60 ans et plus",
}


class JobKey(NamedTuple):
    """The dimensions of a cell; an empty one means all. `sector` is a key of the grid of sectors (vocabulary)."""

    champ: str = ESS
    family: str = ""
    sector: str = ""
    size: str = ""
    sex: str = ""
    age: str = ""


@dataclass(frozen=True, slots=True)
class JobCell:
    """What the source gives for one key: a figure by measure, statuses kept, and the largest contribution by measure.

    Not yet masked: never shown. `largest` holds only the measures for which the source gives one. `units` is the number of
    distinct enterprises behind the cell, or a lower bound of it; None when it is not known.
    """

    figures: Mapping[str, Figure] = field(default_factory=dict)
    largest: Mapping[str, float] = field(default_factory=dict)
    units: int | None = None

    def figure(self, measure: str) -> Figure:
        return self.figures.get(measure, UNAVAILABLE)


def sum_cells(cells: Iterable[JobCell], *, parts: int | None = None) -> JobCell:
    """The cell of several places or activities taken together.

    A measure is known only if it is in every part: a masked part masks the sum, an absent one makes it unavailable.
    `parts` is how many parts there should be, when some may have no cell at all. Enterprises do not add up (one may be in
    several parts): their number becomes unavailable, and `units` keeps that of the largest part, which is a lower bound. The
    largest contribution is at most the sum of the largest ones: that is what is kept. Both err on the side of secrecy.
    """
    found = list(cells)
    if not found or (parts is not None and len(found) < parts):
        held = {cell.figure(measure).status for cell in found for measure in cell.figures}
        lacking = Figure(None, Status.SECRET) if Status.SECRET in held else UNAVAILABLE
        return JobCell(dict.fromkeys(MEASURES, lacking))
    if len(found) == 1:
        return found[0]
    figures: dict[str, Figure] = {}
    largest: dict[str, float] = {}
    for measure in MEASURES:
        terms = [cell.figure(measure) for cell in found]
        status = combined_status(term.status for term in terms)
        values = [term.value for term in terms if term.value is not None]
        if len(values) < len(terms):
            figures[measure] = Figure(None, status)
        elif measure == ENTERPRISES:
            figures[measure] = UNAVAILABLE
        else:
            figures[measure] = Figure(sum(values), status)
        if all(measure in cell.largest for cell in found):
            largest[measure] = sum(cell.largest[measure] for cell in found)
    known = [cell.units for cell in found if cell.units is not None]
    return JobCell(figures, largest, max(known) if len(known) == len(found) else None)


@dataclass(frozen=True, slots=True)
class SourceYear:
    """One vintage of one source, as tables and sentences cite it.

    `source` is the whole line printed under tables. `perimeter` is empty for all activities. Two vintages are chained only
    when `series`, `perimeter` and `geography` are the same and no break is declared between them.
    """

    series: str
    year: int
    source: str
    perimeter: str = ""
    perimeter_label: str = ""
    geography: int = 0
    nomenclature: str = ""
    concept: str = "effectifs salariés au 31 décembre (postes)"
    break_note: str = ""
    is_demonstration: bool = False


Figures = Mapping[str, Figure]
"""Measure → figure already masked."""


@dataclass(frozen=True, slots=True)
class YearFigures:
    """What may be shown of one territory for one vintage: figures by key and measure, all masked already."""

    source: SourceYear
    cells: Mapping[JobKey, Figures] = field(default_factory=dict)
    # « Ensemble des activités » may come from another file of the same series and year: its line of source.
    denominators: SourceYear | None = None

    def figure(self, key: JobKey, measure: str) -> Figure:
        """The figure of a cell, unavailable when the source has no such cell: an absent cell is never a zero."""
        return self.cells.get(key, {}).get(measure, UNAVAILABLE)


@dataclass(frozen=True, slots=True)
class CommuneFigures:
    """One commune in the table of a territory."""

    code: str
    name: str
    population: int | None
    figures: YearFigures | None


@dataclass(frozen=True, slots=True)
class JobFacts:
    """Everything that the tables of a territory need. `years` are of one series, in order; the last one is the headline.

    `others` are the vintages of other series (Urssaf beside Flores): shown apart, never mixed. `allowed` names the only
    tables that may be published of this territory; None means all.
    """

    code: str
    name: str
    population: int | None
    years: tuple[YearFigures, ...] = ()
    communes: tuple[CommuneFigures, ...] = ()
    others: tuple[YearFigures, ...] = ()
    allowed: frozenset[str] | None = None
    # The nature of the territory (« epci », « region », « country »…), for its article in sentences.
    kind: str = ""
