"""XLSX in constant memory: data on the first sheet, what it is and where it comes from on the second."""

import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import BinaryIO

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from territories.foundations.exports.columns import Column, Kind, Row, checked, read_ahead

DATA_SHEET = "Données"
ABOUT_SHEET = "Lisez-moi"
_OPTIONS = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def write_xlsx(
    rows: Iterable[Row],
    columns: Sequence[Column],
    out: BinaryIO,
    *,
    title: str = "",
    source_lines: Sequence[str] = (),
    made_on: datetime | None = None,
) -> None:
    """Writes the workbook in `out`: header frozen and filterable, texts as texts, numbers in French format.

    `made_on` is written as its date of making, instead of now.
    """
    widths, stream = read_ahead(rows, columns)
    with tempfile.TemporaryDirectory() as folder:
        book = xlsxwriter.Workbook(out, {**_OPTIONS, "tmpdir": folder, "default_date_format": "dd/mm/yyyy"})
        try:
            book.set_properties({"title": title} | ({} if made_on is None else {"created": made_on}))
            _data(book, columns, widths, stream)
            if title or source_lines:
                _about(book, title, source_lines)
        finally:
            book.close()


def _data(book: Workbook, columns: Sequence[Column], widths: Sequence[int], stream: Iterable[Row]) -> None:
    sheet = book.add_worksheet(DATA_SHEET)
    formats = [_format(book, column) for column in columns]
    header = book.add_format({"bold": True, "text_wrap": True, "valign": "top", "bottom": 1})
    for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
        sheet.set_column(index, index, width)
        sheet.write_string(0, index, column.name, header)
    sheet.freeze_panes(1, 0)
    last = 0
    for row in checked(stream, columns):
        last += 1
        for index, value in enumerate(row):
            _write(sheet, last, index, value, formats[index])
    if columns:
        sheet.autofilter(0, 0, last, len(columns) - 1)


def _write(sheet: Worksheet, row: int, index: int, value: object, style: Format | None) -> None:
    if value is None:
        return
    if isinstance(value, str):
        # Explicitly a string: no text of ours is ever read as a formula, a link or a number.
        sheet.write_string(row, index, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, index, value, style)
    else:
        sheet.write_number(row, index, value, style)


def _format(book: Workbook, column: Column) -> Format | None:
    """Number formats are written the English way in the file; each spreadsheet shows them the French way."""
    if column.kind == Kind.TEXT:
        return None
    if column.kind == Kind.DATE:
        return book.add_format({"num_format": "dd/mm/yyyy", "align": "left"})
    decimals = column.shown_decimals
    if column.kind == Kind.PERCENT:
        return book.add_format({"num_format": f"0{'.' + '0' * decimals if decimals else ''}%"})
    if decimals is None:
        return book.add_format({"num_format": "#,##0"}) if column.kind == Kind.NUMBER else None
    return book.add_format({"num_format": f"#,##0{'.' + '0' * decimals if decimals else ''}"})


def _about(book: Workbook, title: str, source_lines: Sequence[str]) -> None:
    sheet = book.add_worksheet(ABOUT_SHEET)
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, title, book.add_format({"bold": True, "font_size": 14}))
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for number, line in enumerate(source_lines, 2):
        sheet.write_string(number, 0, line, wrapped)
