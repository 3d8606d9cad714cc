"""The cells of a demonstration order: what is added up for every place, and which cells the producer would have masked.

The mask is that of a producer: cells of fewer than three enterprises or dominated by one, then others of the same line, so that
nothing hidden is found again by subtraction within a line. It is the producer’s part played for the demonstration; the mask of
this software is elsewhere and does not know this one.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from cress.demo.orders_employers import ESS, PRIVATE_OTHER, PUBLIC, TOTAL
from territories.foundations.vocabulary import NAF_REV2, sector_of

MIN_UNITS: Final = 3
MAX_SHARE: Final = 0.85
_PASSES: Final = 12
# Columns that name a place, and the parts of the jobs of which the establishments are counted.
_PLACE: Final = ["commune", "epci", "departement", "region"]
_PARTS: Final = ("jobs", "women", "men", "under_30", "middle", "over_50", "over_55")
_NOTHING: Final[Mapping[str, str]] = {}
_DIMENSIONS: Final = {"family": "family", "grid": "sector", "division": "sector", "size": "size"}
_SEXES: Final = (("F", "women"), ("H", "men"))
_AGES: Final = (("M30", "under_30"), ("30T49", "middle"), ("50P", "over_50"), ("55P", "over_55"))


class CellKey(NamedTuple):
    """A line of the order. `sector` is a division, or a key of the grid below the country."""

    level: str
    code: str
    champ: str
    family: str = ""
    sector: str = ""
    size: str = ""
    sex: str = ""
    age: str = ""


@dataclass(slots=True)
class OrderCell:
    """What a line carries. `fte` is in tenths; `largest` is the jobs of the first enterprise of the cell."""

    enterprises: int
    establishments: int
    jobs: int
    fte: int
    pay: int
    largest: int
    masked: bool = False

    @property
    def is_sensitive(self) -> bool:
        """Fewer than three enterprises, or one that makes more than 85 % of the jobs. An empty cell is no secret."""
        return 0 < self.enterprises < MIN_UNITS or (self.jobs > 0 and self.largest > MAX_SHARE * self.jobs)


Cells = dict[CellKey, OrderCell]


@dataclass(frozen=True)
class Detail:
    """What is delivered: the breakdowns of each level. Less detail, fewer lines."""

    communes: tuple[str, ...] = ("champ", "family", "grid")
    # Divisions of a territory are too thin to be shown: a producer delivers the sectors of the grid.
    levels: tuple[str, ...] = ("champ", "family", "grid", "size", "sex", "age", "other_grid", "total_grid")
    country: tuple[str, ...] = ("champ", "family", "division", "size", "sex", "age", "other_division", "total_division")
    champs: tuple[str, ...] = (ESS, PRIVATE_OTHER, PUBLIC, TOTAL)


FULL: Final = Detail()
# Earlier years of an order: what evolution needs.
EARLIER: Final = Detail(("champ",), ("champ", "family", "grid"), ("champ", "family", "division"), (ESS, PRIVATE_OTHER))
_BY: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "champ": (ESS, ()),
    "family": (ESS, ("family",)),
    "grid": (ESS, ("grid",)),
    "division": (ESS, ("division",)),
    "size": (ESS, ("size",)),
    "other_division": (PRIVATE_OTHER, ("division",)),
    "other_grid": (PRIVATE_OTHER, ("grid",)),
}


def count_cells(frame: pd.DataFrame, country: pd.DataFrame, *, region: str, detail: Detail) -> Cells:
    """Every cell of the order, none masked. In the ESS an enterprise is counted once a cell, whatever its establishments.

    Outside the ESS each establishment stands for an enterprise: there are ten times more of them and nobody reads that number.
    « Ensemble » is the sum of the three champs.
    """
    frame = _with_grid(frame)
    ess = frame[frame["champ"] == ESS]
    others = _with_grid(_folded(frame[frame["champ"] != ESS], with_persons=any(name in detail.levels for name in ("sex", "age"))))
    whole = _folded(country, with_persons=True, place=["country"])
    cells: Cells = {}
    for counted in (
        _Level("COM", "commune", others, ess),
        _Level("EPCI", "epci", others[others["epci"] != ""], ess[ess["epci"] != ""]),
        _Level("DEP", "departement", others[others["region"] == region], ess[ess["region"] == region]),
        _Level("REG", "region", others[others["region"] == region], ess[ess["region"] == region]),
        _Level("FRANCE", "country", whole),
    ):
        found = counted.count({"COM": detail.communes, "FRANCE": detail.country}.get(counted.name, detail.levels))
        cells.update(
            (key, cell) for key, cell in found.items() if key.champ in detail.champs and not (key.champ == PUBLIC and key.sector)
        )
    return cells


def _with_grid(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with the sector of the grid of each division."""
    return rows.assign(grid=regrouped(rows["division"], lambda division: sector_of(NAF_REV2, division) or "services-divers"))


class _Level:
    """One level being counted: the establishments of the ESS one by one, the rest folded. `ess` is None for the country."""

    def __init__(self, name: str, column: str, rest: pd.DataFrame, ess: pd.DataFrame | None = None) -> None:
        self.name = name
        self.column = column
        self.ess = ess
        self.by_champ = {champ: rest[rest["champ"] == champ] for champ in (ESS, PRIVATE_OTHER, PUBLIC)}
        self.cells: Cells = {}

    def count(self, breakdowns: tuple[str, ...]) -> Cells:
        for breakdown in breakdowns:
            if breakdown == "champ":
                for champ in self.by_champ:
                    self.add(champ, ())
            elif breakdown in ("sex", "age"):
                for name, part in _SEXES if breakdown == "sex" else _AGES:
                    for champ in (ESS, PRIVATE_OTHER):
                        self.add(champ, (), part, {breakdown: name})
            elif breakdown in ("total_division", "total_grid"):
                for champ in self.by_champ:
                    self.add(champ, (breakdown.removeprefix("total_"),))
            else:
                self.add(*_BY[breakdown])
        _add_totals(self.cells, breakdowns)
        return self.cells

    def add(self, champ: str, by: tuple[str, ...], part: str = "", fixed: Mapping[str, str] = _NOTHING) -> None:
        """Count one champ by place and by these columns; `part` names the persons counted, `fixed` the dimension they make."""
        keys = [self.column, *by]
        if champ == ESS and self.ess is not None:
            found = _by_enterprise(_part(self.ess, part) if part else self.ess, keys)
        else:
            found = _by_row(self.by_champ[champ], keys, part)
        if self.name == "FRANCE":
            # Three enterprises for four establishments, and no cell of the country is small.
            found["enterprises"] = np.ceil(found["establishments"] * 0.75).astype(int).clip(lower=3)
        names = [_DIMENSIONS[name] for name in by]
        values = found[["enterprises", "establishments", "jobs", "fte", "pay", "largest"]].to_numpy(dtype=int).tolist()
        for place, row in zip(found[keys].itertuples(index=False, name=None), values, strict=True):
            if row[1]:
                dimensions = dict(zip(names, place[1:], strict=True))
                self.cells[CellKey(self.name, place[0], champ, **dimensions, **fixed)] = OrderCell(*row)


def regrouped(words: pd.Series, group: Callable[[str], str]) -> pd.Categorical:
    """A column of categories with coarser ones in place of each."""
    coarse = [group(word) for word in words.cat.categories]
    names = sorted(set(coarse))
    places = np.array([names.index(name) for name in coarse])
    return pd.Categorical.from_codes(places[words.cat.codes.to_numpy()], names)


def _add_totals(cells: Cells, breakdowns: tuple[str, ...]) -> None:
    """« Ensemble », of a place and of each of its divisions: the champs together."""
    sums: dict[CellKey, OrderCell] = {}
    wholes = {"total_division", "total_grid"} & set(breakdowns)
    for key, cell in cells.items():
        if key.family or key.size or key.sex or key.age or (key.sector and not wholes):
            continue
        total = sums.setdefault(key._replace(champ=TOTAL), OrderCell(0, 0, 0, 0, 0, 0))
        total.enterprises += cell.enterprises
        total.establishments += cell.establishments
        total.jobs += cell.jobs
        total.fte += cell.fte
        total.pay += cell.pay
        total.largest = max(total.largest, cell.largest)
    cells.update(sums)


def _folded(rows: pd.DataFrame, *, with_persons: bool, place: Sequence[str] = _PLACE) -> pd.DataFrame:
    """The rows added up by place, champ, famille, division and size, with what sums alone would lose.

    For each part of the jobs (`_PARTS`): `n_…`, establishments that have some, and `max_…`, the most that one has.
    """
    parts = _PARTS if with_persons else ("jobs",)
    columns = {"men": rows["jobs"] - rows["women"]} if with_persons else {}
    rows = rows.assign(**columns)
    rows = rows.assign(**{f"max_{part}": rows[part] for part in parts})
    rows = rows.assign(**{f"n_{part}": np.where(rows[part] > 0, rows["establishments"], 0) for part in parts if part != "jobs"})
    keys = [*place, "champ", "division", *(("family", "size") if place != _PLACE else ())]
    sums = {"establishments", "fte", "pay", *parts, *(f"n_{part}" for part in parts if part != "jobs")}
    grouped = rows.groupby(keys, as_index=False, sort=False, observed=True)
    return grouped[sorted(sums)].sum().merge(grouped[[f"max_{part}" for part in parts]].max(), on=keys, validate="one_to_one")


def _by_row(rows: pd.DataFrame, keys: list[str], part: str) -> pd.DataFrame:
    """Folded rows by these keys, or the part of them that has these persons; full-time equivalents and pay follow the jobs."""
    jobs, establishments = part or "jobs", f"n_{part}" if part else "establishments"
    summed = rows.groupby(keys, as_index=False, sort=False, observed=True)
    found = summed[list({"establishments", "jobs", "fte", "pay", jobs, establishments})].sum()
    found["largest"] = summed[f"max_{jobs}"].max()[f"max_{jobs}"]
    if part:
        share = found[part] / found["jobs"].clip(lower=1)
        for name in ("fte", "pay"):
            found[name] = np.round(found[name] * share).astype(int)
        found["jobs"], found["establishments"] = found[part], found[establishments]
    return found.assign(enterprises=found["establishments"])


def _part(rows: pd.DataFrame, part: str) -> pd.DataFrame:
    """The establishments of the ESS that have these persons, with the jobs they hold."""
    jobs = rows["jobs"] - rows["women"] if part == "men" else rows[part]
    share = jobs / rows["jobs"].clip(lower=1)
    fte, pay = (np.round(rows[name] * share).astype(int) for name in ("fte", "pay"))
    own = rows.assign(jobs=jobs, fte=fte, pay=pay)
    return own[own["jobs"] > 0]


def _by_enterprise(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    measures = ["establishments", "jobs", "fte", "pay"]
    single = rows.groupby([*keys, "siren"], as_index=False, sort=False, observed=True)[measures].sum()
    grouped = single.assign(enterprises=1).groupby(keys, as_index=False, sort=False, observed=True)
    found = grouped[["enterprises", *measures]].sum()
    found["largest"] = grouped["jobs"].max()["jobs"]
    return found


class Line(NamedTuple):
    """Cells that add up to `total`. `preferred` are masked first when one more must be."""

    total: CellKey
    parts: tuple[CellKey, ...]
    preferred: tuple[CellKey, ...] = ()


def mask(cells: Cells, epci_of: Mapping[str, str]) -> None:
    """Mask the sensitive cells of the ESS and of the rest of the private sector, then enough others of the same lines."""
    for key, cell in cells.items():
        # Public bodies are no secret; the order says of them what the administration publishes of itself.
        if key.champ not in (PUBLIC, TOTAL) and key.level != "FRANCE" and cell.is_sensitive:
            cell.masked = True
    lines = list(_lines(cells, epci_of))
    for _ in range(_PASSES):
        if not sum(_protect(cells, line) for line in lines):
            return


def _protect(cells: Cells, line: Line) -> bool:
    """Mask one more cell of the line when what is masked could be found by subtraction. Says whether it did."""
    members = [key for key in (line.total, *line.parts) if key in cells]
    masked = [key for key in members if cells[key].masked]
    # Two cells of one enterprise each: either finds the other by taking away its own.
    if not masked or (len(masked) > 1 and (line.total in masked or sum(cells[key].enterprises for key in masked) >= MIN_UNITS)):
        return False
    others = [key for key in members if not cells[key].masked and cells[key].jobs > 0 and key != line.total]
    if not others:
        others = [key for key in members if not cells[key].masked]
    if not others:
        return False
    chosen = min(others, key=lambda key: (key not in line.preferred, cells[key].jobs, key))
    cells[chosen].masked = True
    return True


def _lines(cells: Cells, epci_of: Mapping[str, str]) -> Iterator[Line]:
    """The additions that a reader can make: within a place, and from the communes of an EPCI to the EPCI."""
    groups: defaultdict[tuple[str, ...], list[CellKey]] = defaultdict(list)
    for key in cells:
        for name in ("family", "sector", "size", "sex", "age"):
            if getattr(key, name) and key.age != "55P":
                groups[name, key.level, key.code, key.champ].append(key)
    for (_name, level, code, champ), parts in sorted(groups.items()):
        yield Line(CellKey(level, code, champ), tuple(sorted(parts)))
    for key in sorted(cells):
        if key.champ != TOTAL or key.size or key.sex or key.age:
            continue
        own = tuple(key._replace(champ=champ) for champ in (ESS, PRIVATE_OTHER, PUBLIC))
        yield Line(key, own, preferred=(own[1],))
    by_epci: defaultdict[CellKey, list[CellKey]] = defaultdict(list)
    for key in cells:
        if key.level == "COM" and not key.sector and epci_of.get(key.code):
            by_epci[key._replace(level="EPCI", code=epci_of[key.code])].append(key)
    for total, parts in sorted(by_epci.items()):
        if total in cells:
            yield Line(total, tuple(sorted(parts)))
