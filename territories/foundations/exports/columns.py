"""Columns of an export and what may stand in a cell. Pure."""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import chain, islice
from typing import Final

# What a spreadsheet can hold (Excel 2007 and later).
MOST_ROWS: Final = 1_048_576
MOST_CHARACTERS: Final = 32_767
# Rows read ahead to choose the width of the columns.
_PREVIEW_ROWS: Final = 200
_NARROWEST, _WIDEST = 8, 60

Value = str | int | float | Decimal | date | None
Row = Sequence[object]


class Kind(StrEnum):
    """Percent columns hold shares between 0 and 1."""

    TEXT = "text"
    NUMBER = "number"
    PERCENT = "percent"
    DATE = "date"


class TooManyRows(Exception):
    """More rows than a spreadsheet can hold. Its text says what to do, in French."""


@dataclass(frozen=True)
class Column:
    """One column: French header, kind, decimals shown (the value itself is never rounded)."""

    name: str
    kind: Kind | str = Kind.TEXT
    decimals: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "kind", Kind(self.kind))

    @property
    def is_numeric(self) -> bool:
        return self.kind in (Kind.NUMBER, Kind.PERCENT)

    @property
    def shown_decimals(self) -> int | None:
        """Decimals to show; None lets a number show those it has."""
        return 1 if self.decimals is None and self.kind == Kind.PERCENT else self.decimals


def cell_value(column: Column, raw: object) -> Value:
    """What the cell holds: a number, a date, a text, or None when empty.

    In a column of numbers or dates, a text (« s », « nd »…) stays a text: it says why there is no value. In a column of
    texts everything becomes a text. NaN and infinities raise ValueError: an absent value is None or a sign.
    """
    if raw is None or raw == "":
        return None
    if column.kind == Kind.TEXT:
        return text_of(raw)
    if isinstance(raw, bool):
        raise TypeError(f"A yes or no in the column {column.name!r} of kind {column.kind}.")
    if column.kind == Kind.DATE:
        if isinstance(raw, datetime):
            return raw.date()
        return raw if isinstance(raw, date) else text_of(raw)
    if isinstance(raw, int | float | Decimal):
        if not math.isfinite(raw):
            raise ValueError(f"{raw} in the column {column.name!r}: an absent value is None or a sign.")
        return raw
    # A number of another library (numpy) knows how to become one of Python.
    item = getattr(raw, "item", None)
    return cell_value(column, item()) if callable(item) else text_of(raw)


# XML 1.0 holds no other control character than tab and line ends, nor lone surrogates.
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_NOT_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text_of(raw: object) -> str:
    """A text fit for any of the formats: yes or no in French, no unprintable character, no longer than a cell."""
    if isinstance(raw, bool):
        return "oui" if raw else "non"
    if isinstance(raw, datetime):
        return f"{raw:%d/%m/%Y %H:%M}"
    if isinstance(raw, date):
        return f"{raw:%d/%m/%Y}"
    # One kind of line end: spreadsheets print the others as strange signs.
    return _NOT_XML.sub("", _LINE_END.sub("\n", str(raw)))[:MOST_CHARACTERS]


def read_ahead(rows: Iterable[Row], columns: Sequence[Column]) -> tuple[list[int], Iterator[Row]]:
    """Widths of the columns in characters, from the headers and the first rows; and all the rows, still a stream."""
    stream = iter(rows)
    first = list(islice(stream, _PREVIEW_ROWS))
    widths = []
    for index, column in enumerate(columns):
        shown = [column.name, *(str(row[index]) for row in first if index < len(row) and row[index] is not None)]
        longest = max(len(line) for text in shown for line in text.splitlines() or [""])
        widths.append(min(_WIDEST, max(_NARROWEST, longest + 3)))
    return widths, chain(first, stream)


def checked(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[list[Value]]:
    """The rows as cell values. Raises ValueError on a row of another length, TooManyRows past what a sheet holds."""
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise TooManyRows(
                f"Une feuille de calcul ne tient pas plus de {MOST_ROWS - 1:_} lignes.".replace("_", "\u202f")
                + " Filtrez la liste, ou choisissez le format CSV."
            )
        if len(row) != len(columns):
            raise ValueError(f"Row {number} has {len(row)} cells for {len(columns)} columns.")
        yield [cell_value(column, raw) for column, raw in zip(columns, row, strict=True)]
