"""Territories that look alike: the nearest by population and by mean size of their communes."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import hypot, log
from typing import Final

PROPOSED: Final = 5


@dataclass(frozen=True, slots=True)
class Profile:
    """What two territories are compared on. `communes` is how many there are."""

    code: str
    name: str
    population: int
    communes: int

    @property
    def mean_size(self) -> float:
        """Inhabitants of a commune, on average. Raises ZeroDivisionError without a commune."""
        return self.population / self.communes


def comparable(profile: Profile) -> bool:
    """A territory without inhabitants or without communes is near to nothing."""
    return profile.population > 0 and profile.communes > 0


def distance(first: Profile, second: Profile) -> float:
    """How far two profiles are: 0 for the same, symmetric, the same for twice and for half.

    Logarithms, because 10 000 inhabitants more is much for a small EPCI and nothing for a metropolis.
    """
    return hypot(log(first.population / second.population), log(first.mean_size / second.mean_size))


def nearest(profile: Profile, others: Iterable[Profile], *, limit: int = PROPOSED) -> list[Profile]:
    """The `limit` others nearest to `profile`, itself left out; at the same distance, in the order of codes."""
    if not comparable(profile):
        return []
    candidates = [other for other in others if comparable(other) and other.code != profile.code]
    return sorted(candidates, key=lambda other: (distance(profile, other), other.code))[:limit]
