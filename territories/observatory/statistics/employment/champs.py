"""One figure of a champ for one key, given by the source or, failing that, by what its champs say together.

A route is taken only when the source gives all its terms: a masked term makes the answer masked, it is never gone round.
"""

from collections.abc import Callable
from typing import Final

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.cells import (
    ESS,
    JOBS,
    MEN,
    PRIVATE,
    PRIVATE_OTHER,
    PUBLIC,
    TOTAL,
    WOMEN,
    JobKey,
    YearFigures,
)
from territories.observatory.statistics.figures import UNAVAILABLE, Figure, difference, total

ALL: Final = JobKey()

Reader = Callable[[YearFigures, str, JobKey], Figure]
"""One of the functions below: the figure of a measure, for a key whose champ is ignored."""


def is_given(figure: Figure) -> bool:
    """Whether the source says anything, be it that it may not say."""
    return figure.status is not Status.UNAVAILABLE


def _given(year: YearFigures, champ: str, measure: str, key: JobKey) -> Figure:
    return year.figure(key._replace(champ=champ), measure)


def _sum(first: Figure, second: Figure) -> Figure:
    return total((first, second)) if is_given(first) and is_given(second) else UNAVAILABLE


def _left(whole: Figure, part: Figure) -> Figure:
    """What the part leaves of the whole. A part above its whole was not counted on the same field: unavailable."""
    if not is_given(whole) or not is_given(part):
        return UNAVAILABLE
    left = difference(whole, part)
    return UNAVAILABLE if left.value is not None and left.value < 0 else left


def _first(*routes: Figure) -> Figure:
    return next((figure for figure in routes if is_given(figure)), UNAVAILABLE)


def ess(year: YearFigures, measure: str, key: JobKey = ALL) -> Figure:
    return _given(year, ESS, measure, key)


def public(year: YearFigures, measure: str, key: JobKey = ALL) -> Figure:
    return _given(year, PUBLIC, measure, key)


def private(year: YearFigures, measure: str, key: JobKey = ALL) -> Figure:
    """The private sector, ESS included: as given, else ESS + rest of the private, else everything − public."""
    return _first(
        _given(year, PRIVATE, measure, key),
        _sum(_given(year, ESS, measure, key), _given(year, PRIVATE_OTHER, measure, key)),
        _left(_given(year, TOTAL, measure, key), _given(year, PUBLIC, measure, key)),
    )


def outside(year: YearFigures, measure: str, key: JobKey = ALL) -> Figure:
    """The private sector outside the ESS: as given, else private − ESS."""
    return _first(_given(year, PRIVATE_OTHER, measure, key), _left(private(year, measure, key), ess(year, measure, key)))


def overall(year: YearFigures, measure: str, key: JobKey = ALL) -> Figure:
    """Private and public: as given, else their sum."""
    return _first(_given(year, TOTAL, measure, key), _sum(private(year, measure, key), public(year, measure, key)))


def persons(year: YearFigures, read: Reader, age: str) -> Figure:
    """Jobs of an age class: as given, else those of women plus those of men."""
    return _first(
        read(year, JOBS, JobKey(age=age)),
        _sum(read(year, JOBS, JobKey(age=age, sex=WOMEN)), read(year, JOBS, JobKey(age=age, sex=MEN))),
    )


# Ways to the two classes of « départs à la retraite dans les dix ans », the first one that the source gives.
RETIREMENT_CLASSES: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "50P": (("50P",), ("50T54", "55P"), ("50T54", "55T59", "60P")),
    "55P": (("55P",), ("55T59", "60P")),
}


def older(year: YearFigures, read: Reader, retirement_class: str) -> Figure:
    """Jobs held by people of the class, whole or from the classes that make it up."""
    for ages in RETIREMENT_CLASSES.get(retirement_class, ()):
        figures = [persons(year, read, age) for age in ages]
        if all(is_given(figure) for figure in figures):
            return total(figures)
    return UNAVAILABLE


def retirement_class(year: YearFigures) -> str:
    """« 50P » if the source says anything of it for the ESS, else « 55P », else nothing."""
    return next((name for name in RETIREMENT_CLASSES if is_given(older(year, ess, name))), "")
