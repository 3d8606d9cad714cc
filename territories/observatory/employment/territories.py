"""The cells of any territory, from those of the places that a source names.

What the source says of a territory itself comes first, and alone: where it gives rows of an EPCI, nothing of that EPCI is added
up. Otherwise a territory is the sum of its communes, all of them: one that is masked masks the sum, one that is absent makes it
unavailable. A territory that people compose from whole EPCI may also be the sum of these, cell by cell, where the sum of communes
says less. Nothing is ever obtained by difference.

Territories that people compose have nothing at all from a source delivered complete: their cells, beside those of the communes
and EPCI, would tell what the mask hides. Sums need the geography of the dataset to be that of the territories; a dataset of
another vintage only speaks of the places that it names.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from territories.geography.enums import COMPOSED_KINDS, TerritoryKind
from territories.geography.models import Territory
from territories.observatory.employment.reading import Cells, Place, Reading
from territories.observatory.enums import DiffusionPolicy
from territories.observatory.statistics.employment.cells import MEASURES, JobCell, JobKey, sum_cells

_COMMUNE = TerritoryKind.COMMUNE.value
_EPCI = TerritoryKind.EPCI.value
_COMPOSED = frozenset(kind.value for kind in COMPOSED_KINDS)


@dataclass(frozen=True)
class Made:
    """What a territory is made of: the codes of its communes, and those of its EPCI when they make it exactly."""

    kind: str
    code: str
    communes: tuple[str, ...] = ()
    epci: tuple[str, ...] = ()

    @property
    def place(self) -> Place:
        return (self.kind, self.code)

    @property
    def is_composed(self) -> bool:
        return self.kind in _COMPOSED


def made_of(territory: Territory, communes: Sequence[str], epci_of: Mapping[str, str], epci_sizes: Mapping[str, int]) -> Made:
    """A territory with its parts. `epci_of` names the EPCI of a commune, `epci_sizes` how many communes an EPCI has."""
    held: dict[str, int] = {}
    if territory.kind in _COMPOSED:
        for code in communes:
            epci = epci_of.get(code, "")
            held[epci] = held.get(epci, 0) + 1
    whole = held and all(epci and epci_sizes.get(epci) == count for epci, count in held.items())
    return Made(str(territory.kind), territory.code, tuple(communes), tuple(sorted(held)) if whole else ())


def _dimension(key: JobKey) -> tuple[str, int]:
    """The champ of a cell and which dimension it details (0 for a total)."""
    return key.champ, next((rank for rank, value in enumerate(key[1:], start=1) if value), 0)


@dataclass
class _Parts:
    """The cells of several places that make up one, and what each of them speaks of."""

    cells: Sequence[Cells]
    absent_is_zero: bool
    spoken: list[frozenset[tuple[str, int]]] = field(init=False)

    def __post_init__(self) -> None:
        self.spoken = [frozenset(_dimension(key) for key in cells) for cells in self.cells]

    def _is_zero(self, rank: int, key: JobKey) -> bool:
        """Whether the cell that a part does not have is a zero that its source did not write."""
        if not self.absent_is_zero:
            return False
        # Sectors that are zero are written by the folding, which alone knows whether the grid of activities allows them.
        if not key.sector and _dimension(key) in self.spoken[rank]:
            return True
        total = self.cells[rank].get(JobKey(key.champ))
        return total is not None and all(figure.value == 0 for figure in total.figures.values())

    def total(self, key: JobKey) -> JobCell:
        found = [cells[key] for cells in self.cells if key in cells]
        lacking = sum(key not in cells and not self._is_zero(rank, key) for rank, cells in enumerate(self.cells))
        return sum_cells(found, parts=len(found) + lacking)


def _sum(parts: Sequence[Cells], *, absent_is_zero: bool) -> dict[JobKey, JobCell]:
    gathered = _Parts(parts, absent_is_zero)
    keys = dict.fromkeys(key for cells in parts for key in cells)
    return {key: gathered.total(key) for key in keys}


def _known(cell: JobCell | None) -> int:
    return 0 if cell is None else sum(cell.figure(measure).known for measure in MEASURES)


def _best(one: Mapping[JobKey, JobCell], other: Mapping[JobKey, JobCell]) -> dict[JobKey, JobCell]:
    """Cell by cell the one that says more, the first when both say as much."""
    return {
        key: one[key] if key in one and _known(one[key]) >= _known(other.get(key)) else other[key]
        for key in dict.fromkeys((*one, *other))
    }


class TerritoryCells:
    """The cells of territories according to one dataset, not yet masked.

    `epci_communes` holds the communes of each EPCI that composed territories are made of.
    """

    def __init__(
        self, reading: Reading, *, same_geography: bool, epci_communes: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        self.reading = reading
        self.same_geography = same_geography
        self.epci_communes = epci_communes or {}
        self.complete = reading.dataset.policy == DiffusionPolicy.COMPLETE
        self._epci: dict[str, Cells] = {}

    def of(self, made: Made) -> Cells:
        """The cells of a territory; none when the dataset cannot speak of it."""
        if made.is_composed and self.complete:
            return {}
        direct = self.reading.places.get(made.place)
        if direct:
            return direct
        if made.kind == _COMMUNE or not self.same_geography:
            return {}
        summed = self._of_communes(made.communes)
        if not made.epci:
            return summed
        epci = [self._of_epci(code) for code in made.epci]
        return _best(summed, _sum(epci, absent_is_zero=False)) if all(epci) else summed

    def _of_communes(self, codes: Collection[str]) -> Cells:
        parts = [self.reading.places.get((_COMMUNE, code), {}) for code in codes]
        return _sum(parts, absent_is_zero=self.reading.dataset.absent_is_zero) if any(parts) else {}

    def _of_epci(self, code: str) -> Cells:
        if code not in self._epci:
            direct = self.reading.places.get((_EPCI, code))
            self._epci[code] = direct or self._of_communes(self.epci_communes.get(code, ()))
        return self._epci[code]
