"""What may be shown: the only place where the mask of a figure with jobs is decided.

A mask receives all the cells of a dataset that are to be published, at once, so that a mask which must look at several
cells together (secondary suppression) can replace this one and nothing else. What it answers holds only what may be shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, Protocol

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.cells import (
    CHAMPS,
    ENTERPRISES,
    ESS,
    ESTABLISHMENTS,
    FTE,
    GROSS_PAY,
    JOBS,
    PRIVATE,
    PRIVATE_OTHER,
    PUBLIC,
    TOTAL,
    JobCell,
    JobKey,
)
from territories.observatory.statistics.figures import Figure

Place = tuple[str, JobKey]
"""A cell to publish: the code of its territory and its key."""

Cells = Mapping[Place, JobCell]
Masked = dict[Place, dict[str, Figure]]

SECRET: Final = Figure(None, Status.SECRET)

# The policies of `DiffusionPolicy`, as datasets store them.
PUBLIC_POLICY: Final = "public"
MASKED_POLICY: Final = "masked"
COMPLETE_POLICY: Final = "complete"

_NEAR: Final = 1e-6

# whole = sum of its two parts, inside one key.
_EQUATIONS: Final = ((PRIVATE, ESS, PRIVATE_OTHER), (TOTAL, PRIVATE, PUBLIC))


@dataclass(frozen=True, slots=True)
class Rules:
    """Thresholds of primary secrecy. `min_units` units, `min_persons` persons and `max_share` exactly may be published.

    Raises ValueError on a threshold that means nothing.
    """

    min_units: int = 3
    max_share: float = 0.85
    min_persons: int = 5

    def __post_init__(self) -> None:
        if self.min_units < 1 or self.min_persons < 1 or not 0 < self.max_share <= 1:
            raise ValueError("thresholds of secrecy: at least one unit, one person, and a share in ]0, 1]")

    @classmethod
    def from_mapping(cls, rules: Mapping[str, Any]) -> "Rules":
        """Rules as a dataset stores them; a missing threshold takes its default."""
        default = cls()
        return cls(
            min_units=int(rules.get("min_units") or default.min_units),
            max_share=float(rules.get("max_share") or default.max_share),
            min_persons=int(rules.get("min_persons") or default.min_persons),
        )


class Mask(Protocol):
    """Decides, for all the cells of one dataset that are to be published, what each measure of each of them shows."""

    def apply(self, cells: Cells) -> Masked: ...


class OpenMask:
    """Public data: shown as published, the producer’s statuses kept."""

    def apply(self, cells: Cells) -> Masked:
        return {place: dict(cell.figures) for place, cell in cells.items()}


class ProducerMask:
    """Delivered masked: the producer has decided. What he masked stays so, and nothing is computed back by difference."""

    def apply(self, cells: Cells) -> Masked:
        return {place: dict(cell.figures) for place, cell in cells.items()}


@dataclass(frozen=True, slots=True)
class PrimaryMask:
    """Delivered complete, under a convention: primary secrecy, one mask for all the measures of a cell.

    A cell is masked when

    - it is made of fewer than `min_units` distinct enterprises or establishments, or of an unknown number of enterprises
      (fail closed), unless every measure of it is an observed zero;
    - its largest contribution exceeds `max_share` of the value, for any measure of which the largest is known;
    - it counts persons (sex or age) and has from 1 to `min_persons` − 1 jobs, or the same cell without sex and age is
      masked. Its units are those of that cell when it has none of its own.

    Then, inside one key, whatever our own tables would give back by adding or subtracting two champs is protected by masking
    the smaller of the two others (« everything » when the public sector is to be protected, so that the weight in private jobs
    stays), until nothing more comes back. A champ that was not delivered is protected the same way
    when its enterprises, known by difference, are too few.

    Secondary suppression is otherwise not done: a masked famille, sector, class or commune may still be found from the
    total of its table. That is why what comes out of this mask is published only where a signed permit lists it.
    """

    rules: Rules = field(default_factory=Rules)

    def apply(self, cells: Cells) -> Masked:
        masked = {place for place, cell in cells.items() if self._is_secret(place, cell, cells)}
        masked |= self._given_back(cells, masked)
        # Women and men add up to their cell. What this masks only concerns keys with sex or age: once more is enough.
        persons = {place: cell for place, cell in cells.items() if _counts_persons(place[1])}
        masked |= {place for place in persons if _whole_of(place) in masked}
        masked |= self._given_back(persons, masked)
        return {
            place: {measure: _hidden(figure) if place in masked else figure for measure, figure in cell.figures.items()}
            for place, cell in cells.items()
        }

    def _is_secret(self, place: Place, cell: JobCell, cells: Cells) -> bool:
        counts_persons = _counts_persons(place[1])
        enterprises, establishments = _units(cell)
        if counts_persons and enterprises is None:
            whole = cells.get(_whole_of(place))
            if whole is not None:
                enterprises, inherited = _units(whole)
                establishments = inherited if establishments is None else establishments
        if self._too_few(cell, enterprises, establishments) or self._is_dominated(cell):
            return True
        jobs = cell.figure(JOBS).value
        return counts_persons and jobs is not None and 0 < jobs < self.rules.min_persons

    def _too_few(self, cell: JobCell, enterprises: int | None, establishments: int | None) -> bool:
        if _is_zero(cell) and not enterprises and not establishments:
            return False
        # An enterprise has at least one establishment: enough enterprises are enough establishments.
        known = [units for units in (enterprises, establishments) if units is not None]
        return enterprises is None or min(known) < self.rules.min_units

    def _is_dominated(self, cell: JobCell) -> bool:
        limit = self.rules.max_share
        for measure, largest in cell.largest.items():
            value = cell.figure(measure).value
            # Far from the threshold floats decide; near it only the exact numbers do.
            if value is None or largest < limit * value * (1 - _NEAR):
                continue
            if largest > limit * value * (1 + _NEAR) or _exact(largest) > _exact(limit) * _exact(value):
                return True
        return False

    def _given_back(self, cells: Cells, masked: set[Place]) -> set[Place]:
        """The cells to mask so that no masked champ of a key is the sum or the difference of visible ones."""
        groups: defaultdict[tuple[str, JobKey], dict[str, Place]] = defaultdict(dict)
        for place in cells:
            groups[place[0], place[1]._replace(champ="")][place[1].champ] = place
        more: set[Place] = set()
        for champs in groups.values():
            hidden = {champ for champ, place in champs.items() if place in masked or _holds_secret(cells[place])}
            if not hidden and len(champs) == len(CHAMPS):
                continue
            held = {champ: cells[place] for champ, place in champs.items()}
            while champ := self._next_to_hide(held, hidden):
                hidden.add(champ)
                more.add(champs[champ])
        return more

    def _next_to_hide(self, held: Mapping[str, JobCell], hidden: set[str]) -> str:
        """The champ to hide next, empty when what is visible gives nothing back."""
        visible = {champ for champ, cell in held.items() if champ not in hidden and _shows_something(cell)}
        protected = {champ for champ in hidden if _weighs(held[champ])}
        protected |= {champ for champ in CHAMPS if champ not in held and self._is_thin(champ, held)}
        known, grown = set(visible), True
        while grown:
            grown = False
            for equation in _EQUATIONS:
                missing = [champ for champ in equation if champ not in known]
                if len(missing) != 1:
                    continue
                if missing[0] in protected:
                    others = [champ for champ in equation if champ != missing[0] and champ in visible]
                    if missing[0] == PUBLIC and TOTAL in others:
                        # The share of private jobs is the headline: rather « everything » than the private sector.
                        return TOTAL
                    return _smallest(others or visible, held)
                known.add(missing[0])
                grown = True
        return ""

    def _is_thin(self, champ: str, held: Mapping[str, JobCell]) -> bool:
        """Whether a champ that was not delivered, found by difference, would be made of too few enterprises."""
        for whole, first, second in _EQUATIONS:
            other = {first: second, second: first}.get(champ)
            if other is None or whole not in held or other not in held:
                continue
            left, (whole_units, _), (part_units, _) = (
                _remainder(held[whole], held[other]),
                _units(held[whole]),
                _units(held[other]),
            )
            if left and whole_units is not None and part_units is not None:
                return whole_units - part_units < self.rules.min_units
        return False


def mask_for(policy: str, rules: Mapping[str, Any]) -> Mask:
    """The mask of a dataset, from its policy (« public », « masked », « complete ») and its rules.

    Raises ValueError on an unknown policy: nothing is published by default.
    """
    if policy == PUBLIC_POLICY:
        return OpenMask()
    if policy == MASKED_POLICY:
        return ProducerMask()
    if policy == COMPLETE_POLICY:
        return PrimaryMask(Rules.from_mapping(rules))
    raise ValueError(f"unknown policy of diffusion: {policy!r}")


def _exact(value: int | float) -> Fraction:
    # Through the decimal writing: 0.85 is eighty-five hundredths, so that equality with the threshold is equality.
    return Fraction(str(value))


def _counts_persons(key: JobKey) -> bool:
    return bool(key.sex or key.age)


def _whole_of(place: Place) -> Place:
    """The same cell without sex and age."""
    return place[0], place[1]._replace(sex="", age="")


def _hidden(figure: Figure) -> Figure:
    return SECRET if figure.known else figure


def _units(cell: JobCell) -> tuple[int | None, int | None]:
    """Distinct enterprises (the lower of what is said of them) and establishments behind a cell, None when unknown."""
    said = [units for units in (cell.units, cell.figure(ENTERPRISES).value) if units is not None]
    establishments = cell.figure(ESTABLISHMENTS).value
    return (int(min(said)) if said else None, None if establishments is None else int(establishments))


def _is_zero(cell: JobCell) -> bool:
    """Every measure that the source gives is an observed zero. A masked one may hide anything."""
    values = [figure.value for figure in cell.figures.values() if figure.known]
    return bool(values) and not any(values) and not _holds_secret(cell)


def _holds_secret(cell: JobCell) -> bool:
    return any(figure.status is Status.SECRET for figure in cell.figures.values())


def _shows_something(cell: JobCell) -> bool:
    return any(figure.known for figure in cell.figures.values())


def _weighs(cell: JobCell) -> bool:
    """Whether there is something to protect: a hidden zero beside no secret is not one."""
    return not _is_zero(cell)


def _size(cell: JobCell) -> Fraction:
    """The weight of a cell among those of its key: its jobs, or the first measure that it gives."""
    for measure in (JOBS, ESTABLISHMENTS, ENTERPRISES, FTE, GROSS_PAY):
        value = cell.figure(measure).value
        if value is not None:
            return _exact(value)
    return Fraction(0)


def _smallest(champs: Iterable[str], held: Mapping[str, JobCell]) -> str:
    return min(champs, key=lambda champ: (_size(held[champ]), CHAMPS.index(champ)))


def _remainder(whole: JobCell, part: JobCell) -> bool:
    """Whether `whole` minus `part` leaves anything, for a measure that both give."""
    return any(
        figure.value is not None and (other := part.figure(measure).value) is not None and _exact(figure.value) != _exact(other)
        for measure, figure in whole.figures.items()
    )
