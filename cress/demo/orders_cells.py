"""The cells of a demonstration order: what is added up for every place, and which cells the producer would have masked.

The mask is that of a producer: cells of fewer than three enterprises or dominated by one, then others of the same line, so that
nothing hidden is found again by subtraction within a line. It is the producer’s part played for the demonstration; the mask of
this software is elsewhere and does not know this one.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from cress.demo.orders_employers import ESS, PRIVATE_OTHER, PUBLIC, TOTAL
from territories.foundations.vocabulary import NAF_REV2, sector_of

MIN_UNITS: Final = 3
MAX_SHARE: Final = 0.85
_PASSES: Final = 12
_AGES: Final = (("M30", "under_30"), ("30T49", "middle"), ("50P", "over_50"), ("55P", "over_55"))


class CellKey(NamedTuple):
    """A line of the order. `sector` is a division, or a key of the grid at commune level."""

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
    levels: tuple[str, ...] = ("champ", "family", "division", "size", "sex", "age", "other_division", "total_division")
    champs: tuple[str, ...] = (ESS, PRIVATE_OTHER, PUBLIC, TOTAL)


FULL: Final = Detail()
# Earlier years of an order: what evolution needs.
EARLIER: Final = Detail(("champ",), ("champ", "family", "division"), (ESS, PRIVATE_OTHER))
_BY: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "champ": (ESS, ()),
    "family": (ESS, ("family",)),
    "grid": (ESS, ("grid",)),
    "division": (ESS, ("division",)),
    "size": (ESS, ("size",)),
    "other_division": (PRIVATE_OTHER, ("division",)),
    "total_division": (TOTAL, ("division",)),
}


def count_cells(frame: pd.DataFrame, country: pd.DataFrame, *, region: str, detail: Detail) -> Cells:
    """Every cell of the order, none masked."""
    grid = frame["division"].astype(str).map(lambda division: sector_of(NAF_REV2, division) or "services-divers")
    frame = frame.assign(grid=grid.astype("category"))
    cells: Cells = {}
    inside = frame[frame["region"] == region]
    levels = (
        ("COM", "commune", frame, detail.communes),
        ("EPCI", "epci", frame[frame["epci"] != ""], detail.levels),
        ("DEP", "departement", inside, detail.levels),
        ("REG", "region", inside, detail.levels),
        ("FRANCE", "country", country, detail.levels),
    )
    for level, column, rows, breakdowns in levels:
        by_champ = {ESS: rows[rows["champ"] == ESS], PRIVATE_OTHER: rows[rows["champ"] == PRIVATE_OTHER], TOTAL: rows}
        by_champ[PUBLIC] = rows[rows["champ"] == PUBLIC]
        for breakdown in breakdowns:
            if breakdown == "champ":
                for champ in detail.champs:
                    _add(cells, level, column, champ, by_champ[champ], ())
            elif breakdown in ("sex", "age"):
                for champ in (ESS, PRIVATE_OTHER):
                    _add_persons(cells, level, column, champ, by_champ[champ], breakdown)
            else:
                champ, by = _BY[breakdown]
                _add(cells, level, column, champ, by_champ[champ], by)
    return cells


def _add(cells: Cells, level: str, column: str, champ: str, rows: pd.DataFrame, by: tuple[str, ...], **fixed: str) -> None:
    if rows.empty:
        return
    keys = [column, *by]
    measures = ["establishments", "jobs", "fte", "pay"]
    if level == "FRANCE":
        found = rows.groupby(keys, as_index=False, sort=False, observed=True)[measures].sum()
        # Enterprises are fewer than establishments, and no cell of the country is small.
        found = found.assign(enterprises=np.maximum(3, np.round(found["establishments"] * 0.78)).astype(int), largest=0)
    else:
        by_enterprise = rows.groupby([*keys, "siren"], as_index=False, sort=False, observed=True)[measures].sum()
        found = by_enterprise.groupby(keys, as_index=False, sort=False, observed=True).agg(
            enterprises=("siren", "size"),
            establishments=("establishments", "sum"),
            jobs=("jobs", "sum"),
            fte=("fte", "sum"),
            pay=("pay", "sum"),
            largest=("jobs", "max"),
        )
    names = {"family": "family", "grid": "sector", "division": "sector", "size": "size"}
    values = found[["enterprises", "establishments", "jobs", "fte", "pay", "largest"]].to_numpy(dtype=int).tolist()
    for place, row in zip(found[keys].itertuples(index=False, name=None), values, strict=True):
        dimensions = {names[name]: place[rank] for rank, name in enumerate(by, start=1)}
        cells[CellKey(level, place[0], champ, **dimensions, **fixed)] = OrderCell(*row)


def _add_persons(cells: Cells, level: str, column: str, champ: str, rows: pd.DataFrame, breakdown: str) -> None:
    """Jobs by sex or by age: an establishment is counted where it has some; full-time equivalents and pay follow the jobs."""
    parts = (("F", rows["women"]), ("H", rows["jobs"] - rows["women"])) if breakdown == "sex" else None
    for name, jobs in parts or [(age, rows[field]) for age, field in _AGES]:
        share = jobs / rows["jobs"].where(rows["jobs"] > 0, 1)
        own = rows.assign(jobs=jobs, fte=np.round(rows["fte"] * share).astype(int), pay=np.round(rows["pay"] * share).astype(int))
        _add(cells, level, column, champ, own[own["jobs"] > 0], (), **{breakdown: name})


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
