"""The cells of one place, from rows in any of the grids of activities to the sectors of ours.

A sector is the row that a grid gives for exactly its divisions, or the sum of the rows of one grid that make it up: divisions
(A88) for every sector, A38, A17 and A5 for those that they do not straddle. A code that straddles two sectors (A38 « RZ », A17
« RU », A5 « OQ ») is never shared out: it only counts in the total of activities. Rows of two grids are never added together.

A sum needs all its rows, unless the source says that it does not write the rows that are zero. Divisions 97 to 99 are never
counted among employers: they add up when they are there and are not waited for. Subtotals crossed on two dimensions (famille by
size…) and categories of employees are not read: no table shows them.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from territories.foundations.vocabulary import (
    AGGREGATES,
    DIVISIONS,
    DIVISIONS_2025,
    EXCLUDED_DIVISIONS,
    NAF_2025,
    NAF_REV2,
    SECTORS,
    EssFamily,
    Status,
)
from territories.observatory.enums import Champ, EssPerimeter
from territories.observatory.statistics.employment.cells import (
    ESS,
    OTHER_NON_PROFIT,
    PRIVATE,
    PRIVATE_OTHER,
    PUBLIC,
    SEXES,
    TOTAL,
    JobCell,
    JobKey,
    sum_cells,
)
from territories.observatory.statistics.figures import Figure

CHAMP_OF: Final[dict[str, str]] = {
    Champ.JOBS_ESS.value: ESS,
    Champ.JOBS_PRIVATE_OTHER.value: PRIVATE_OTHER,
    Champ.JOBS_PRIVATE.value: PRIVATE,
    Champ.JOBS_PUBLIC.value: PUBLIC,
    Champ.JOBS_TOTAL.value: TOTAL,
}
_STATUSES: Final[dict[str, Status]] = {status.value: status for status in Status} | {"K": Status.SECRET}
_FAMILIES: Final[dict[str, tuple[str, ...]]] = {
    EssPerimeter.FOUR_FAMILIES.value: tuple(family.value for family in EssFamily),
    EssPerimeter.FIVE_FAMILIES.value: (
        *(family.value for family in EssFamily if family is not EssFamily.COMMERCIAL),
        OTHER_NON_PROFIT,
    ),
}


class Cell(NamedTuple):
    """Where a row stands in its place. `division` is one of `nomenclature`, else `activity` is « GRID:code »; none is all."""

    champ: str
    family: str
    nomenclature: str
    division: str
    activity: str
    size: str
    sex: str
    age: str


# What a row says of its cell: measure, value, status as delivered, enterprises, largest contribution.
Measured = tuple[str, float | None, str, int | None, float | None]
# Grid and code of an activity; None for all activities.
Activity = tuple[str, str] | None
# Rows of each code of each grid.
_ByGrid = Mapping[str, Mapping[str, list[Measured]]]


class _Composition(NamedTuple):
    """The codes of one grid that make up a sector, or everything: those it takes, and those that may be missing."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]


def _grids() -> dict[str, dict[str, frozenset[str]]]:
    """The divisions behind each code of each grid, the coarsest grid first."""
    grids: dict[str, dict[str, frozenset[str]]] = {
        "GRILLE": {sector.key: frozenset(sector.divisions) for sector in SECTORS},
        **{name: {} for name in ("A5", "A10", "A17", "A38")},
    }
    for line in AGGREGATES:
        for name in ("A5", "A10", "A17", "A38"):
            code = getattr(line, name.lower())
            grids[name][code] = grids[name].get(code, frozenset()) | frozenset(line.divisions)
    grids[NAF_REV2] = {division: frozenset({division}) for division in DIVISIONS}
    grids[NAF_2025] = {division: frozenset({division}) for division in DIVISIONS_2025}
    return grids


def _composition(codes: Mapping[str, frozenset[str]], divisions: frozenset[str]) -> _Composition | None:
    """The codes of a grid that make up these divisions exactly, None when one of them straddles."""
    touching = {code for code, behind in codes.items() if behind & (divisions - EXCLUDED_DIVISIONS)}
    if not touching or any((codes[code] - EXCLUDED_DIVISIONS) - divisions for code in touching):
        return None
    optional = {code for code, behind in codes.items() if behind <= EXCLUDED_DIVISIONS and behind <= divisions}
    return _Composition(tuple(sorted(touching)), tuple(sorted(optional)))


def _compositions(divisions: frozenset[str]) -> dict[str, _Composition]:
    found = {name: _composition(codes, divisions) for name, codes in _grids().items()}
    return {name: made for name, made in found.items() if made is not None}


_BY_SECTOR: Final = {sector.key: _compositions(frozenset(sector.divisions)) for sector in SECTORS}
_EVERYTHING: Final = _compositions(frozenset(DIVISIONS))


def activity_of(nomenclature: str, division: str, activity: str) -> Activity:
    """Grid and code of a row. « A88:87 » is a division, and « GRILLE:action_sociale » the sector « action-sociale »."""
    if division:
        return (NAF_2025 if nomenclature == NAF_2025 else NAF_REV2, division)
    if not activity:
        return None
    grid, _, code = activity.partition(":")
    if grid == "A88":
        return (NAF_REV2, code)
    return (grid, code.replace("_", "-") if grid == "GRILLE" else code)


def job_cell(rows: Iterable[Measured]) -> JobCell:
    """The cell that rows about it make: « K » and « s » are secret, the smallest number of enterprises said is kept."""
    figures: dict[str, Figure] = {}
    largest: dict[str, float] = {}
    fewest: int | None = None
    for measure, value, status, units, most in rows:
        figures[measure] = Figure(value, _STATUSES[status])
        if most is not None:
            largest[measure] = most
        if units is not None and (fewest is None or units < fewest):
            fewest = units
    return JobCell(figures, largest or _NOTHING, fewest)


_NOTHING: Final[dict[str, float]] = {}


def zero_cell(measures: Iterable[str]) -> JobCell:
    """Nobody, for a source that does not write its zeros."""
    return JobCell({measure: Figure(0) for measure in measures}, _NOTHING, 0)


def _known(cell: JobCell) -> int:
    return sum(figure.known for figure in cell.figures.values())


def _by_grid(held: Mapping[Activity, list[Measured]]) -> _ByGrid:
    found: dict[str, dict[str, list[Measured]]] = {}
    for activity, rows in held.items():
        if activity is not None:
            found.setdefault(activity[0], {})[activity[1]] = rows
    return found


def _composed(compositions: Mapping[str, _Composition], held: _ByGrid, *, absent_is_zero: bool) -> JobCell | None:
    """The sum over activities in the first grid that gives it whole; None when no grid can.

    When no grid gives it whole, the first that has a part of it says why: secret, or unavailable.
    """
    incomplete: JobCell | None = None
    # The coarsest grid first: the order of `compositions`.
    for grid in compositions if held else ():
        parts = held.get(grid)
        if parts is None:
            continue
        needed, optional = compositions[grid]
        wanted = [job_cell(parts[code]) for code in (*needed, *optional) if code in parts]
        if not wanted:
            if absent_is_zero:
                return zero_cell(sorted({row[0] for rows in parts.values() for row in rows}))
            continue
        lacking = sum(code not in parts for code in needed)
        whole = sum_cells(wanted, parts=None if absent_is_zero else len(wanted) + lacking)
        if _known(whole):
            return whole
        incomplete = incomplete or whole
    return incomplete


def fold(rows: Mapping[Cell, list[Measured]], *, absent_is_zero: bool = False, perimeter: str = "") -> dict[JobKey, JobCell]:
    """The cells that tables show, from the rows of one place. A margin given by the source is kept as it is, be it secret.

    A margin that it does not give is the sum over activities; failing that, the total of a champ is the sum of the familles of
    its `perimeter` or of the two sexes.
    """
    slots: dict[JobKey, dict[Activity, list[Measured]]] = {}
    for cell, measured in rows.items():
        if bool(cell.family) + bool(cell.size) + bool(cell.sex) + bool(cell.age) > 1:
            continue
        slot = JobKey(CHAMP_OF[cell.champ], cell.family, "", cell.size, cell.sex, cell.age)
        held = slots.setdefault(slot, {})
        held.setdefault(activity_of(cell.nomenclature, cell.division, cell.activity), []).extend(measured)
    found: dict[JobKey, JobCell] = {}
    for slot, held in slots.items():
        direct = held.pop(None, None)
        is_total = slot == JobKey(slot.champ)
        grids = _by_grid(held) if held and (is_total or not direct) else {}
        margin = job_cell(direct) if direct else _composed(_EVERYTHING, grids, absent_is_zero=absent_is_zero)
        if margin is not None:
            found[slot] = margin
        if is_total and grids:
            for sector, compositions in _BY_SECTOR.items():
                part = _composed(compositions, grids, absent_is_zero=absent_is_zero)
                if part is not None:
                    found[slot._replace(sector=sector)] = part
    for champ in dict.fromkeys(slot.champ for slot in slots):
        _complete(found, champ, _FAMILIES.get(perimeter, ()), absent_is_zero=absent_is_zero)
    return found


def _complete(found: dict[JobKey, JobCell], champ: str, families: tuple[str, ...], *, absent_is_zero: bool) -> None:
    """The total of a champ that had none, and the familles without a row of a source that does not write its zeros."""
    by_family = {family: found[key] for family in families if (key := JobKey(champ, family=family)) in found}
    if by_family and absent_is_zero:
        measures = sorted({measure for cell in by_family.values() for measure in cell.figures})
        for family in families:
            if family not in by_family:
                by_family[family] = found[JobKey(champ, family=family)] = zero_cell(measures)
    if JobKey(champ) in found:
        return
    by_sex = [found[key] for sex in SEXES if (key := JobKey(champ, sex=sex)) in found]
    if by_family:
        found[JobKey(champ)] = sum_cells(by_family.values(), parts=len(families))
    elif by_sex:
        found[JobKey(champ)] = sum_cells(by_sex, parts=len(SEXES))
