"""The observations of one dataset of statistics, read in one pass and folded place by place.

Rows arrive ordered by place: what is held in memory is one place as delivered, and the folded cells of those asked for (a few
dozen each). Rows of categories of employees and of sub-familles are left in the database. How rows in the various grids of
activities become our sectors is said in `folding`.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from territories.geography.enums import TerritoryKind
from territories.observatory.employment.folding import CHAMP_OF, Cell, Measured, fold, zero_cell
from territories.observatory.enums import JOB_CHAMPS
from territories.observatory.models import Dataset, Observation
from territories.observatory.statistics.employment.cells import JobCell, JobKey

# A level and a code: codes of départements and régions collide.
Place = tuple[str, str]
Cells = Mapping[JobKey, JobCell]

_CHUNK = 20_000
_FIELDS = (
    "kind",
    "code",
    "champ",
    "family",
    "nomenclature",
    "division",
    "activity",
    "size_class",
    "sex",
    "age_class",
    "measure",
    "value",
    "status",
    "units",
    "largest",
)
_PLACE, _CELL = slice(0, 2), slice(2, 10)


@dataclass(frozen=True)
class Reading:
    """What a dataset says of the places `asked`, not yet masked. `delivered` names the measures of each champ at each level."""

    dataset: Dataset
    asked: frozenset[Place]
    places: Mapping[Place, Cells]
    delivered: Mapping[tuple[str, str], frozenset[str]]

    @property
    def champs(self) -> frozenset[str]:
        return frozenset(champ for _, champ in self.delivered)


def _observations(dataset: Dataset) -> QuerySet[Observation]:
    return Observation.objects.filter(dataset=dataset, champ__in=JOB_CHAMPS, sub_family="", csp="")


def _by_place(rows: Iterable[tuple[Any, ...]]) -> Iterator[tuple[Place, dict[tuple[str, ...], list[Measured]]]]:
    """Rows gathered by place, then by cell. Cells crossed on two dimensions that no table shows are dropped here."""
    place: tuple[Any, ...] | None = None
    cells: dict[tuple[str, ...], list[Measured]] = {}
    last: tuple[Any, ...] | None = None
    held: list[Measured] = []
    for row in rows:
        if row[_PLACE] != place:
            if place is not None:
                yield (place[0], place[1]), cells
            place, cells, last = row[_PLACE], {}, None
        cell = row[_CELL]
        if cell != last:
            last = cell
            held = cells.setdefault(cell, [])
        held.append(row[10:])
    if place is not None:
        yield (place[0], place[1]), cells


def _cells(dataset: Dataset, gathered: Mapping[tuple[str, ...], list[Measured]]) -> dict[JobKey, JobCell]:
    rows = {Cell(*cell): measured for cell, measured in gathered.items()}
    return fold(rows, absent_is_zero=dataset.absent_is_zero, perimeter=dataset.ess_perimeter)


def read_all(dataset: Dataset, wanted: Collection[Place]) -> Reading:
    """The cells of the places asked for, from one read of the whole dataset: for a release. One query."""
    rows = _observations(dataset).order_by("kind", "code", "pk").values_list(*_FIELDS)
    places: dict[Place, Cells] = {}
    delivered: dict[tuple[str, str], set[str]] = {}
    for place, gathered in _by_place(rows.iterator(chunk_size=_CHUNK)):
        for cell, measured in gathered.items():
            delivered.setdefault((place[0], CHAMP_OF[cell[0]]), set()).update(row[0] for row in measured)
        if place in wanted:
            places[place] = _cells(dataset, gathered)
    return Reading(dataset, frozenset(wanted), places, {key: frozenset(found) for key, found in delivered.items()})


def read_some(dataset: Dataset, wanted: Collection[Place], *, totals_only: bool = False) -> Reading:
    """The cells of a few places, by the index of places: for a draft or a preview. Two queries.

    `totals_only` reads nothing but the totals of each champ.
    """
    kinds, codes = {kind for kind, _ in wanted}, {code for _, code in wanted}
    rows = _observations(dataset).filter(kind__in=sorted(kinds), code__in=sorted(codes))
    if totals_only:
        rows = rows.filter(family="", division="", activity="", size_class="", sex="", age_class="")
    found = rows.order_by("kind", "code", "pk").values_list(*_FIELDS).iterator(chunk_size=_CHUNK)
    places = {place: _cells(dataset, gathered) for place, gathered in _by_place(found) if place in wanted}
    delivered: dict[tuple[str, str], set[str]] = {}
    if dataset.absent_is_zero:
        known = _observations(dataset).order_by().values_list("kind", "champ", "measure").distinct()
        for kind, champ, measure in known:
            delivered.setdefault((kind, CHAMP_OF[champ]), set()).add(measure)
    else:
        for (kind, _), cells in places.items():
            for key, cell in cells.items():
                delivered.setdefault((kind, key.champ), set()).update(cell.figures)
    return Reading(dataset, frozenset(wanted), places, {key: frozenset(measures) for key, measures in delivered.items()})


def with_zeros(reading: Reading, communes: Collection[str]) -> Reading:
    """The same, with the totals that a source leaves out because they are zero.

    Only for a source that says so, at the levels where it delivers the champ, and for places it may be expected to know:
    those of which it says something, and `communes`, when they were read.
    """
    if not reading.dataset.absent_is_zero:
        return reading
    places = dict(reading.places)
    known = {*places, *(reading.asked & {(TerritoryKind.COMMUNE.value, code) for code in communes})}
    for (kind, champ), measures in reading.delivered.items():
        total = JobKey(champ)
        for place in known:
            if place[0] != kind:
                continue
            cells = places.get(place, {})
            if not any(key.champ == champ for key in cells):
                places[place] = {**cells, total: zero_cell(sorted(measures))}
    return replace(reading, places=places)


def read_draft(
    dataset: Dataset, named: Collection[Place], parts: Mapping[Place, Collection[Place]], *, totals_only: bool = False
) -> Reading:
    """The cells of the places `named`, and of the `parts` of those of which the dataset says nothing itself. Four queries."""
    first = read_some(dataset, named, totals_only=totals_only)
    lacking = {part for place, held in parts.items() if place not in first.places for part in held} - set(named)
    if not lacking:
        return first
    second = read_some(dataset, lacking, totals_only=totals_only)
    delivered = dict(first.delivered)
    for key, measures in second.delivered.items():
        delivered[key] = delivered.get(key, frozenset()) | measures
    return Reading(dataset, first.asked | second.asked, {**first.places, **second.places}, delivered)
