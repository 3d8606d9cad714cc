"""Shares of the parts of a whole, to the tenth of a point."""

from collections.abc import Sequence
from fractions import Fraction
from math import lcm
from typing import Final

from territories.foundations.formats import rounded
from territories.observatory.statistics.figures import NOT_APPLICABLE, Figure, combined_status, share
from territories.observatory.statistics.rounding import rounded_shares

_UNITS: Final = 1000


def exact(value: int | float) -> Fraction:
    """The number as it is written: 0.1 is one tenth, not its binary neighbour."""
    return Fraction(str(value))


def mix(parts: Sequence[Figure], whole: Figure) -> list[Figure]:
    """The share of each part in the whole, to the tenth of a point.

    They add up to exactly 100 % when all the parts are known and make up the whole; otherwise each is rounded alone, and no
    missing part is found from the others.
    """
    values = [exact(part.value) for part in parts if part.value is not None]
    if len(values) == len(parts) and _make_up(values, whole):
        scale = lcm(*(value.denominator for value in values))
        thousandths = rounded_shares([int(value * scale) for value in values], units=_UNITS)
        return [
            Figure(n / _UNITS, combined_status((part.status, whole.status))) for n, part in zip(thousandths, parts, strict=True)
        ]
    return [_alone(part, whole) for part in parts]


def _make_up(values: Sequence[Fraction], whole: Figure) -> bool:
    if whole.value is None or not whole.value or any(value < 0 for value in values):
        return False
    return sum(values, Fraction(0)) == exact(whole.value)


def _alone(part: Figure, whole: Figure) -> Figure:
    quotient = share(part, whole)
    if quotient.value is None or part.value is None or whole.value is None:
        return quotient
    return Figure(float(rounded(exact(part.value) / exact(whole.value), 3)), quotient.status)


def whole_share(whole: Figure) -> Figure:
    """100 %, without object in an empty whole, the reason of the whole when it has no value."""
    if whole.value is None:
        return whole
    return Figure(1.0, whole.status) if whole.value else NOT_APPLICABLE


def apportioned(values: Sequence[Fraction], *, units: int = 10) -> list[int]:
    """Each value in 1/`units`, rounded down or up so that they add up to their sum rounded half away from zero."""
    scaled = [value * units for value in values]
    floors = [value.numerator // value.denominator for value in scaled]
    missing = int(rounded(sum(scaled, Fraction(0)))) - sum(floors)
    by_remainder = sorted(range(len(values)), key=lambda index: (floors[index] - scaled[index], index))
    for index in by_remainder[:missing]:
        floors[index] += 1
    return floors
