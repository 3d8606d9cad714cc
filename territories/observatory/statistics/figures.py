"""A figure is a value and a status. The arithmetic below never raises on missing data and never invents a number.

A result whose operands all carry a value takes the most cautious of their statuses (estimated, then provisional, then
revised). When an operand has no value, the result has none, and says the most binding reason: secret, then unavailable,
then without object, then not significant. Dividing by an observed zero is without object (« /// »).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from typing import Final, TypedDict

from territories.foundations.vocabulary import Status

Value = int | float

# Below this count an index or a ratio of ratios says more about chance than about the territory.
SIGNIFICANCE_THRESHOLD: Final = 30


class FigureJson(TypedDict):
    """A figure as it is stored and exchanged."""

    value: Value | None
    status: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A value (None when there is none) and why it is so. Shares are between 0 and 1, rates carry their own unit.

    Raises ValueError when value and status contradict each other, or when the value is not finite.
    """

    value: Value | None
    status: Status = Status.OBSERVED

    def __post_init__(self) -> None:
        if (self.value is None) is self.status.has_value:
            raise ValueError(f"a figure of status {self.status.value!r} cannot have the value {self.value!r}")
        if self.value is not None and not isfinite(self.value):
            raise ValueError("a figure is finite")

    @property
    def known(self) -> bool:
        return self.value is not None

    def to_json(self) -> FigureJson:
        return {"value": self.value, "status": self.status.value}

    @classmethod
    def from_json(cls, cell: FigureJson) -> "Figure":
        return cls(cell["value"], Status(cell["status"]))


ZERO: Final = Figure(0)
UNAVAILABLE: Final = Figure(None, Status.UNAVAILABLE)
NOT_APPLICABLE: Final = Figure(None, Status.NOT_APPLICABLE)
NOT_SIGNIFICANT: Final = Figure(None, Status.NOT_SIGNIFICANT)

# Most binding first, in each of the two groups.
_WITHOUT_VALUE: Final = (Status.SECRET, Status.UNAVAILABLE, Status.NOT_APPLICABLE, Status.NOT_SIGNIFICANT)
_WITH_VALUE: Final = (Status.ESTIMATED, Status.INCLUDES_OTHER, Status.PROVISIONAL, Status.REVISED, Status.OBSERVED)


def combined_status(statuses: Iterable[Status]) -> Status:
    """The status of what is derived from figures of these statuses; observed for none."""
    found = set(statuses)
    if not found or found == {Status.OBSERVED}:
        return Status.OBSERVED
    return next(status for status in (*_WITHOUT_VALUE, *_WITH_VALUE) if status in found)


def _derived(value: Value, *operands: Figure) -> Figure:
    return Figure(value, combined_status(operand.status for operand in operands))


def _missing(*operands: Figure) -> Figure | None:
    """The figure without value that these operands impose, or None when all are known."""
    if all(operand.value is not None for operand in operands):
        return None
    return Figure(None, combined_status(operand.status for operand in operands))


def count(value: int | None) -> Figure:
    """An observed count; None is unavailable, never zero."""
    return UNAVAILABLE if value is None else Figure(value)


def total(figures: Iterable[Figure]) -> Figure:
    """The sum. A term without object (« /// ») adds nothing; any other missing term makes the sum missing."""
    terms = [figure for figure in figures if figure.status is not Status.NOT_APPLICABLE]
    return _missing(*terms) or _derived(sum(term.value for term in terms if term.value is not None), *terms)


def difference(minuend: Figure, subtrahend: Figure) -> Figure:
    """`minuend` − `subtrahend`, in their unit. The difference of two shares is in points once multiplied by 100."""
    if minuend.value is None or subtrahend.value is None:
        return _missing(minuend, subtrahend) or UNAVAILABLE
    return _derived(minuend.value - subtrahend.value, minuend, subtrahend)


def ratio(numerator: Figure, denominator: Figure) -> Figure:
    """The quotient; « /// » when the denominator is an observed zero."""
    if numerator.value is None or denominator.value is None:
        return _missing(numerator, denominator) or UNAVAILABLE
    if denominator.value == 0:
        return NOT_APPLICABLE
    return _derived(numerator.value / denominator.value, numerator, denominator)


def share(part: Figure, whole: Figure) -> Figure:
    """The part in the whole, between 0 and 1; « /// » for nothing in nothing.

    A part above its whole, or a negative one, means that the two were not counted on the same field: unavailable.
    """
    if part.value is not None and whole.value is not None and not 0 <= part.value <= whole.value:
        return UNAVAILABLE
    return ratio(part, whole)


def rate(events: Figure, population: Figure, *, per: int = 10_000) -> Figure:
    """Events per `per` inhabitants; « /// » where nobody lives."""
    if events.value is None or population.value is None:
        return _missing(events, population) or UNAVAILABLE
    if population.value == 0:
        return NOT_APPLICABLE
    return _derived(events.value * per / population.value, events, population)


def evolution(before: Figure, after: Figure) -> Figure:
    """The relative change, 0.1 for + 10 %; « /// » from zero."""
    return ratio(difference(after, before), before)


def specialisation(
    part: Figure,
    whole: Figure,
    reference_part: Figure,
    reference_whole: Figure,
    *,
    threshold: int = SIGNIFICANCE_THRESHOLD,
) -> Figure:
    """The quotient de localisation: the share of the part here over its share in the reference.

    Above 1, the part weighs more here than in the reference. Not significant when the part counts fewer than
    `threshold` units (an observed zero included); `threshold` itself is significant. « /// » when the reference has
    none of it or when a whole is empty.
    """
    operands = (part, whole, reference_part, reference_whole)
    if part.value is None or whole.value is None or reference_part.value is None or reference_whole.value is None:
        return _missing(*operands) or UNAVAILABLE
    if whole.value == 0 or reference_whole.value == 0 or reference_part.value == 0:
        return NOT_APPLICABLE
    if part.value < threshold:
        return NOT_SIGNIFICANT
    # One division of products: exact on counts, where a quotient of rounded shares would not be.
    return _derived(part.value * reference_whole.value / (whole.value * reference_part.value), *operands)
