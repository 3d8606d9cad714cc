"""Comparing territories: ranks, gaps, and on which side of a reference a figure stands once printed."""

from collections.abc import Mapping
from enum import Enum

from territories.foundations.formats import Unit, rounded
from territories.observatory.statistics.figures import Figure, difference, evolution

_PRINTED_DECIMALS = {
    Unit.COUNT: 0,
    Unit.SHARE: 3,
    Unit.RATE: 1,
    Unit.INDEX: 2,
    Unit.POINTS: 3,
    Unit.CHANGE: 3,
    Unit.EUROS: 0,
    Unit.GAIN: 1,
}


class Standing(Enum):
    """Where a figure stands against a reference, at the precision at which both are printed."""

    ABOVE = 1
    EQUAL = 0
    BELOW = -1
    UNKNOWN = None


def standing(figure: Figure, reference: Figure, unit: Unit) -> Standing:
    """Two figures printed alike are equal: a page never says « au-dessus » between 12,3 % and 12,3 %."""
    if figure.value is None or reference.value is None:
        return Standing.UNKNOWN
    decimals = _PRINTED_DECIMALS[unit]
    here, there = rounded(figure.value, decimals), rounded(reference.value, decimals)
    return Standing.EQUAL if here == there else Standing.ABOVE if here > there else Standing.BELOW


def gap(figure: Figure, reference: Figure, unit: Unit) -> Figure:
    """The gap to the reference: a difference for shares (to print in points), a relative change for the rest."""
    return difference(figure, reference) if unit is Unit.SHARE else evolution(reference, figure)


def ranks(figures: Mapping[str, Figure], *, descending: bool = True) -> dict[str, Figure]:
    """The rank of each figure, from 1; equals share the best rank (1, 2, 2, 4).

    A figure without value has no rank and keeps its status.
    """
    known = sorted((figure.value for figure in figures.values() if figure.value is not None), reverse=descending)
    first: dict[int | float, int] = {}
    for position, value in enumerate(known, start=1):
        first.setdefault(value, position)
    return {
        key: Figure(None, figure.status) if figure.value is None else Figure(first[figure.value], figure.status)
        for key, figure in figures.items()
    }
