"""CSV as French spreadsheets open it: UTF-8 with its mark, semicolons, decimal comma, CRLF. Everything else quoted."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import BinaryIO, Final

from territories.foundations.exports.columns import Column, Row, Value, cell_value

BOM: Final = "\ufeff"
# What a spreadsheet takes for the start of a formula, full-width twins included, after the blanks that it may skip.
_FORMULA = re.compile("[\\s\u200b-\u200f\u2060\ufeff\x00-\x1f]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")


def write_csv(rows: Iterable[Row], columns: Sequence[Column], out: BinaryIO) -> None:
    """Writes the table in `out`. Shares stay shares (0,125), dates are written 2026-11-23, empty cells are empty."""
    for chunk in csv_chunks(rows, columns):
        out.write(chunk)


def csv_chunks(rows: Iterable[Row], columns: Sequence[Column]) -> Iterator[bytes]:
    """The same, piece by piece, for a response that starts before the last row is known."""
    yield (BOM + _line(_quoted(column.name) for column in columns)).encode()
    waiting: list[str] = []
    for number, row in enumerate(rows, 2):
        if len(row) != len(columns):
            raise ValueError(f"Row {number} has {len(row)} cells for {len(columns)} columns.")
        waiting.append(_line(_cell(cell_value(column, raw)) for column, raw in zip(columns, row, strict=True)))
        if len(waiting) == 500:
            yield "".join(waiting).encode()
            waiting = []
    yield "".join(waiting).encode()


def _line(cells: Iterable[str]) -> str:
    return ";".join(cells) + "\r\n"


def _cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    return _plain(value).replace(".", ",")


def _plain(value: float | Decimal) -> str:
    """Never an exponent: « 1e-07 » is read as a text by some spreadsheets."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _quoted(text: str) -> str:
    """A text in quotes; an apostrophe stands before what could be taken for a formula."""
    safe = f"'{text}" if _FORMULA.match(text) else text
    return '"' + safe.replace('"', '""') + '"'
