"""The lines of a file, one at a time, into cells with our words: one measure a cell, on its way to the disk.

Nothing is decided about the whole file here (duplicates, totals, merged communes): see `checks`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from territories.foundations.text import fold
from territories.geography.enums import TerritoryKind
from territories.observatory.enums import EssPerimeter
from territories.observatory.orders.findings import Findings
from territories.observatory.orders.layouts import DIMENSIONS, WIDE
from territories.observatory.orders.layouts import Mapping as Layout
from territories.observatory.orders.meta import OLDEST_YEAR
from territories.observatory.orders.numbers import HIDDEN, read_status, read_value
from territories.observatory.orders.places import Atlas
from territories.observatory.orders.reading import Row
from territories.observatory.orders.words import IGNORED, LEVEL_TO_COME, READERS
from territories.observatory.statistics.employment.cells import ENTERPRISES, JOBS, OTHER_NON_PROFIT

# Columns of a cell on the disk, with their types for DuckDB.
CELL: Final[dict[str, str]] = {
    "line": "INTEGER",
    "year": "SMALLINT",
    "kind": "VARCHAR",
    "source_code": "VARCHAR",
    "code": "VARCHAR",
    "in_scope": "BOOLEAN",
    "champ": "VARCHAR",
    "family": "VARCHAR",
    "sub_family": "VARCHAR",
    "sector": "VARCHAR",
    "size_class": "VARCHAR",
    "sex": "VARCHAR",
    "age_class": "VARCHAR",
    "csp": "VARCHAR",
    "nomenclature": "VARCHAR",
    "measure": "VARCHAR",
    "value": "DOUBLE",
    "status": "VARCHAR",
    "units": "INTEGER",
    "largest": "DOUBLE",
}
Cell = tuple[Any, ...]

# Canonical column → kind of finding for a word that nobody knows.
_UNKNOWN: Final = {
    "maille": "level",
    "champ": "champ",
    "famille": "family",
    "secteur": "sector",
    "tranche_taille": "size",
    "sexe": "sex",
    "classe_age": "age",
    "csp": "csp",
    "mesure": "measure",
    "nomenclature": "nomenclature",
    "perimetre": "perimeter",
    "statut": "status",
}
_YEAR: Final = re.compile(r"(\d{4})(?:[.\-/].*)?\Z", re.ASCII)
_NEWEST_YEAR: Final = 2100
_LARGEST_COUNT: Final = 2**31 - 1
_SIZE_OF_CACHE: Final = 50_000


class _Skip(Exception):
    """The line gives no cell; what had to be said was said."""


@dataclass
class Reader:
    """Reads lines of one header. After the last one, `lines`, `years`, `sources`, `countries` tell of the whole file."""

    header: tuple[str, ...]
    layout: Layout
    atlas: Atlas
    findings: Findings
    year: int | None = None
    perimeter: str = ""
    lines: int = 0
    years: Counter[int] = field(default_factory=Counter)
    sources: dict[str, set[str]] = field(default_factory=dict)
    countries: set[str] = field(default_factory=set)
    aggregates: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        places = {name: index for index, name in enumerate(self.header)}
        self._at = {canonical: places[name] for canonical, name in self.layout.columns.items() if name in places}
        self._keep = [(places[name], name, frozenset(map(fold, wanted))) for name, wanted in self.layout.keep.items()]
        self._words: dict[str, dict[str, str | None]] = {name: {} for name in READERS}
        self._translated = {
            column: {fold(word): code for word, code in words.items()} for column, words in self.layout.values.items()
        }
        self._statuses: dict[str, str | None] = {}
        self._measures = [(name, measure, self._at[name]) for name, measure in WIDE.items() if name in self._at]
        self._dimensions = [name for name in DIMENSIONS if name in self._at or name in self.layout.constants]

    def read(self, rows: Iterator[Row]) -> Iterator[Cell]:
        for line, cells in rows:
            self.lines += 1
            try:
                yield from self._cells_of(line, cells)
            except _Skip:
                continue

    # --- One line ---

    def _cells_of(self, line: int, cells: list[str]) -> Iterator[Cell]:
        for index, name, wanted in self._keep:
            word = cells[index] if index < len(cells) else ""
            if fold(word) not in wanted:
                self.findings.remark("left_out", line, name, word)
                raise _Skip
        level = self._level(line, cells)
        year = self._year(line, cells)
        self._perimeter(line, cells)
        words = {name: self._word(name, line, cells) for name in self._dimensions if name != "sous_famille"}
        sub_family = " ".join(self._text("sous_famille", cells).split())[:40]
        nomenclature = self._word("nomenclature", line, cells) or "NAFRev2"
        status = self._status(line, cells)
        source_code, code, in_scope = self._place(level, line, cells)
        family = words.get("famille", "")
        self._check_family(family, line, cells)
        sector = words.get("secteur", "")
        if sector.startswith(LEVEL_TO_COME):
            self.aggregates.add(sector.partition(":")[2])
        figures = list(self._figures(line, cells, status))
        units = next((value for _, measure, value, _ in figures if measure == ENTERPRISES and value is not None), None)
        count = int(units) if units is not None and 0 <= units <= _LARGEST_COUNT else None
        largest_of = self._largest(line, cells, figures)
        self.years[year] += bool(figures)
        for _, measure, value, said in figures:
            yield (
                line,
                year,
                level,
                source_code,
                code,
                in_scope,
                words.get("champ", ""),
                family,
                sub_family,
                sector,
                words.get("tranche_taille", ""),
                words.get("sexe", ""),
                words.get("classe_age", ""),
                words.get("csp", ""),
                nomenclature,
                measure,
                value,
                said,
                count,
                largest_of.get(measure),
            )

    def _text(self, column: str, cells: list[str]) -> str:
        index = self._at.get(column)
        if index is None:
            return self.layout.constants.get(column, "")
        return cells[index] if index < len(cells) else ""

    def _column(self, column: str) -> str:
        return self.layout.columns.get(column, column)

    def _word(self, column: str, line: int, cells: list[str]) -> str:
        """The code of a word of a dimension, every word being read once. An unknown one skips the line."""
        text = self._text(column, cells)
        known = self._words[column]
        if text in known:
            code = known[text]
        else:
            reader: Callable[[str], str | None] = READERS[column]
            code = reader(self._translated.get(column, {}).get(fold(text), text))
            if len(known) < _SIZE_OF_CACHE:
                known[text] = code
        if code is None or (column in ("champ", "mesure") and not code):
            self.findings.error(_UNKNOWN[column], line, self._column(column), text)
            self.findings.unknown_word(column, text)
            raise _Skip
        return code

    def _level(self, line: int, cells: list[str]) -> str:
        level = self._word("maille", line, cells)
        if level == IGNORED:
            self.findings.remark("left_out", line, self._column("maille"), self._text("maille", cells))
            raise _Skip
        return level

    def _year(self, line: int, cells: list[str]) -> int:
        text = self._text("millesime", cells)
        found = _YEAR.match(text)
        if "millesime" not in self._at or not text:
            if self.year is None:
                self.findings.error("year", line, self._column("millesime"), text)
                raise _Skip
            return self.year
        year = int(found[1]) if found else 0
        if not OLDEST_YEAR <= year < _NEWEST_YEAR:
            self.findings.error("year", line, self._column("millesime"), text)
            raise _Skip
        if self.year is not None and year != self.year:
            self.findings.error("other_year", line, self._column("millesime"), text, f"annoncée\u00a0: {self.year}")
            raise _Skip
        return year

    def _perimeter(self, line: int, cells: list[str]) -> None:
        if "perimetre" not in self._at and "perimetre" not in self.layout.constants:
            return
        found = self._word("perimetre", line, cells)
        if found and self.perimeter and found != self.perimeter:
            self.findings.error("perimeter", line, self._column("perimetre"), self._text("perimetre", cells))
            raise _Skip

    def _check_family(self, family: str, line: int, cells: list[str]) -> None:
        foreign = {
            EssPerimeter.FIVE_FAMILIES.value: "commercial",
            EssPerimeter.FOUR_FAMILIES.value: OTHER_NON_PROFIT,
        }.get(self.perimeter)
        if family and family == foreign:
            self.findings.error("family_of_perimeter", line, self._column("famille"), self._text("famille", cells))
            raise _Skip

    def _status(self, line: int, cells: list[str]) -> str:
        text = self._text("statut", cells)
        if text not in self._statuses:
            try:
                self._statuses[text] = read_status(self._translated.get("statut", {}).get(fold(text), text))
            except ValueError:
                self._statuses[text] = None
            if len(self._statuses) > _SIZE_OF_CACHE:
                self._statuses.clear()
                return self._status(line, cells)
        status = self._statuses[text]
        if status is None:
            self.findings.error("status", line, self._column("statut"), text)
            raise _Skip
        return status

    def _place(self, level: str, line: int, cells: list[str]) -> tuple[str, str, bool]:
        text = self._text("code_geo", cells)
        found = self.atlas.resolve(level, text)
        column = self._column("code_geo")
        if found.problem == "split":
            self.findings.remark("split", line, column, text)
            raise _Skip
        if found.problem:
            self.findings.error(found.problem, line, column, text)
            raise _Skip
        if found.repaired:
            self.findings.remark("repaired", line, column, text, f"lu {found.code}")
        if found.is_former:
            self.findings.remark("former", line, column, text, f"aujourd’hui {found.code}")
        if not found.in_scope:
            self.findings.remark("outside")
        source = text.upper().removesuffix(".0")
        if level == TerritoryKind.COMMUNE:
            source = source.rpartition("-")[2].zfill(5)
            self.sources.setdefault(found.code, set()).add(source)
        elif level == TerritoryKind.COUNTRY:
            source = "FM" if found.metropole else "F"
            self.countries.add(source)
        else:
            source = found.code
        return source, found.code, found.in_scope

    # --- Values ---

    def _figures(self, line: int, cells: list[str], status: str) -> Iterator[tuple[str, str, float | None, str]]:
        """(column, measure, value, status) of each measure that the line gives; an empty cell without status gives nothing."""
        measures = self._measures
        if self.layout.is_long:
            measures = [("valeur", self._word("mesure", line, cells), self._at["valeur"])]
        for name, measure, index in measures:
            text = cells[index] if index < len(cells) else ""
            column = self._column(name)
            try:
                value, sign = read_value(text)
            except ValueError:
                self.findings.error("number", line, column, text)
                continue
            if sign:
                yield column, measure, None, sign
            elif value is None:
                if status in HIDDEN:
                    yield column, measure, None, status
            elif value < 0:
                self.findings.error("negative", line, column, text)
            elif status in HIDDEN:
                self.findings.error("value_beside_status", line, column, text, f"statut {status}")
            else:
                yield column, measure, value, status

    def _largest(self, line: int, cells: list[str], figures: list[tuple[str, str, float | None, str]]) -> Mapping[str, float]:
        """The largest contribution, to the jobs of the line or to its only measure."""
        text = self._text("max_contributeur", cells)
        if not text or not figures:
            return {}
        column = self._column("max_contributeur")
        try:
            largest, sign = read_value(text)
        except ValueError:
            self.findings.error("number", line, column, text)
            return {}
        if largest is None or sign:
            return {}
        counted = [one for one in figures if one[1] != ENTERPRISES] or figures
        target = next((one for one in counted if one[1] == JOBS), counted[0])
        if largest < 0:
            self.findings.error("negative", line, column, text)
        elif target[2] is not None and largest > target[2] * (1 + 1e-9):
            self.findings.error("largest", line, column, text, f"{target[0]}\u00a0: {target[2]:g}")
        else:
            return {target[1]: largest}
        return {}
