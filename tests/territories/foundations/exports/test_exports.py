"""Files for an office, read back: texts stay texts, numbers stay numbers, nothing becomes a formula."""

import csv
import io
import math
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest
from django.http import Http404
from django.test import RequestFactory
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from territories.foundations.exports import Column, TooManyRows, write_csv, write_ods, write_xlsx
from territories.foundations.exports import columns as columns_module
from territories.foundations.exports.ods_writer import MIMETYPE
from territories.foundations.exports.responses import export_response, fits_a_request
from territories.foundations.files.sniffing import ODS, XLSX, content_type_of

COLUMNS = [Column("Territoire"), Column("Établissements", "number"), Column("Part", "percent"), Column("Relevé le", "date")]
ROWS = [
    ["Nozay", 1234, 0.125, date(2026, 1, 31)],
    ["Clisson", -3, Decimal("0.1"), datetime(2026, 2, 1, 12, 0)],
    ["Vallet", "s", None, None],
    ["Ancenis", 0, "nd", "///"],
]
HOSTILE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1",
    " =1", "\u00a0=1", "\u200b=1", "\ufeff=1",
    '=HYPERLINK("http://x";"y")', "=cmd|' /C calc'!A0", '";=1+1;"', "a\n=1",
]  # fmt: skip
Writer = Callable[..., None]


def written(writer: Writer, rows: object = ROWS, columns: list[Column] = COLUMNS, **options: object) -> bytes:
    out = io.BytesIO()
    writer(rows, columns, out, **options)
    return out.getvalue()


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))


TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


def ods_text(node: etree._Element) -> str:
    text = node.text or ""
    for child in node:
        text += (
            " " * int(child.get(f"{TEXT}c", "1"))
            if child.tag == f"{TEXT}s"
            else "\t"
            if child.tag == f"{TEXT}tab"
            else ods_text(child)
        )
        text += child.tail or ""
    return text


def read_ods(content: bytes, sheet: str = "Données") -> list[list[object]]:
    """Values of a sheet as a spreadsheet understands them: float, date as text, text, None."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        tree = etree.fromstring(archive.read("content.xml"))
    table = next(node for node in tree.iter(f"{TABLE}table") if node.get(f"{TABLE}name") == sheet)
    rows = []
    for row in table.iter(f"{TABLE}table-row"):
        cells: list[object] = []
        for cell in row.iter(f"{TABLE}table-cell"):
            assert f"{TABLE}formula" not in cell.attrib
            match cell.get(f"{OFFICE}value-type"):
                case "float" | "percentage":
                    cells.append(float(cell.get(f"{OFFICE}value")))
                case "date":
                    cells.append(cell.get(f"{OFFICE}date-value"))
                case "string":
                    cells.append("\n".join(ods_text(paragraph) for paragraph in cell.iter(f"{TEXT}p")))
                case _:
                    cells.append(None)
        rows.append(cells)
    return rows


def read_xlsx(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def test_csv_is_what_a_french_spreadsheet_opens() -> None:
    content = written(write_csv)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines() == [
        '"Territoire";"Établissements";"Part";"Relevé le"',
        '"Nozay";1234;0,125;2026-01-31',
        '"Clisson";-3;0,1;2026-02-01',
        '"Vallet";"s";;',
        '"Ancenis";0;"nd";"///"',
    ]


def test_xlsx_holds_typed_cells_a_frozen_header_and_a_filter() -> None:
    book = read_xlsx(written(write_xlsx, title="Établissements", source_lines=["Source : Insee"]))
    sheet = book["Données"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [
        ["Nozay", 1234, 0.125, datetime(2026, 1, 31)],
        ["Clisson", -3, 0.1, datetime(2026, 2, 1)],
        ["Vallet", "s", None, None],
        ["Ancenis", 0, "nd", "///"],
    ]
    assert [cell.number_format for cell in sheet[2]] == ["General", "#,##0", "0.0%", "dd/mm/yyyy"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:D5"
    assert sheet["A1"].font.bold
    assert [row[0].value for row in book["Lisez-moi"].iter_rows()] == ["Établissements", None, "Source : Insee"]


def test_ods_holds_typed_cells_a_frozen_header_and_a_filter() -> None:
    content = written(write_ods, title="Établissements", source_lines=["Source : Insee"])
    assert read_ods(content) == [
        ["Territoire", "Établissements", "Part", "Relevé le"],
        ["Nozay", 1234.0, 0.125, "2026-01-31"],
        ["Clisson", -3.0, 0.1, "2026-02-01"],
        ["Vallet", "s", None, None],
        ["Ancenis", 0.0, "nd", "///"],
    ]
    assert read_ods(content, "Lisez-moi") == [["Établissements"], [None], ["Source : Insee"]]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type, archive.read("mimetype").decode()) == (
            "mimetype",
            zipfile.ZIP_STORED,
            MIMETYPE,
        )
        for name in archive.namelist()[1:]:
            etree.fromstring(archive.read(name))
        assert b"VerticalSplitPosition" in archive.read("settings.xml")
        assert "'Données'.A1:'Données'.D5" in archive.read("content.xml").decode()


def test_the_files_are_what_their_bytes_say() -> None:
    assert content_type_of(written(write_xlsx)) == XLSX
    assert content_type_of(written(write_ods)) == ODS


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_in_csv(text: str) -> None:
    content = written(write_csv, [[text, text, None, None]], COLUMNS)
    rows = read_csv(content)
    assert len(rows) == 2
    assert len(rows[1]) == 4
    for cell in rows[1][:2]:
        as_one_line_end = text.replace("\r", "\n")
        assert cell in (as_one_line_end, f"'{as_one_line_end}")
        assert not re.match(r"[\s\u200b\ufeff]*[=+\-@\uff1d\uff0b\uff0d\uff20]", cell)
        assert not cell.startswith(("\t", "\r", "\n"))
    # Outside quotes, nothing but numbers and separators.
    assert re.sub(r'"(?:[^"]|"")*"', "", content.decode("utf-8-sig").split("\r\n", 1)[1]).strip("\r\n; ") == ""


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_in_xlsx_nor_is_changed(text: str) -> None:
    cell = read_xlsx(written(write_xlsx, [[text, text, None, None]]))["Données"]["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value == text.replace("\r", "\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_a_formula_in_ods_nor_is_changed(text: str) -> None:
    assert read_ods(written(write_ods, [[text, None, None, None]]))[1][0] == text.replace("\r", "\n")


def test_hostile_headers_are_made_safe_too() -> None:
    columns = [Column("=1+1")]
    assert read_csv(written(write_csv, [["a"]], columns))[0] == ["'=1+1"]
    assert read_xlsx(written(write_xlsx, [["a"]], columns))["Données"]["A1"].data_type == "s"


@pytest.mark.parametrize("number", [-1, -0.5, Decimal("-12.50"), 0, 1e-7, 10**15])
def test_numbers_stay_numbers_whatever_their_sign(number: object) -> None:
    columns = [Column("n", "number", decimals=2)]
    cell = read_csv(written(write_csv, [[number]], columns))[1][0]
    assert float(cell.replace(",", ".")) == float(number)
    assert "e" not in cell
    assert read_xlsx(written(write_xlsx, [[number]], columns))["Données"]["A2"].value == pytest.approx(float(number))
    assert read_ods(written(write_ods, [[number]], columns))[1] == [pytest.approx(float(number))]


@pytest.mark.parametrize("writer", [write_csv, write_xlsx, write_ods])
@pytest.mark.parametrize("number", [math.nan, math.inf, Decimal("NaN")])
def test_a_number_that_is_none_is_a_mistake(writer: Writer, number: object) -> None:
    with pytest.raises(ValueError, match="absent"):
        written(writer, [[number]], [Column("n", "number")])


@pytest.mark.parametrize("writer", [write_csv, write_xlsx, write_ods])
def test_a_row_of_another_length_is_a_mistake(writer: Writer) -> None:
    with pytest.raises(ValueError, match="Row 2 has 3 cells for 4"):
        written(writer, [[1, 2, 3]])


def test_codes_keep_their_zeros_and_yes_is_said_in_french() -> None:
    columns = [Column("Code"), Column("Employeur")]
    for values in (
        read_csv(written(write_csv, [["01001", True]], columns))[1],
        [cell.value for cell in read_xlsx(written(write_xlsx, [["01001", True]], columns))["Données"][2]],
        read_ods(written(write_ods, [["01001", True]], columns))[1],
    ):
        assert values == ["01001", "oui"]


@pytest.mark.parametrize("writer", [write_xlsx, write_ods])
def test_what_no_sheet_can_hold_is_said_in_french(writer: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns_module, "MOST_ROWS", 3)
    written(writer, [["a"], ["b"]], [Column("x")])
    with pytest.raises(TooManyRows, match="format CSV"):
        written(writer, [["a"], ["b"], ["c"]], [Column("x")])


def test_an_empty_table_is_still_a_file() -> None:
    assert read_csv(written(write_csv, [])) == [[column.name for column in COLUMNS]]
    assert read_xlsx(written(write_xlsx, []))["Données"].max_row == 1
    assert len(read_ods(written(write_ods, []))) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(alphabet=st.characters(blacklist_categories=["Cs"]), max_size=30), min_size=1, max_size=5))
def test_any_text_comes_back_the_same_from_ods_and_xlsx(texts: list[str]) -> None:
    """But for control characters, which no spreadsheet holds, and for the kinds of line ends, of which one is kept."""
    columns = [Column(f"c{index}") for index in range(len(texts))]
    wanted = [columns_module.text_of(text) for text in texts]
    ods = read_ods(written(write_ods, [texts], columns))[1]
    assert [value or "" for value in ods] == wanted
    book = read_xlsx(written(write_xlsx, [texts], columns))["Données"]
    assert [book.cell(2, index + 1).value or "" for index in range(len(texts))] == wanted


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "ods"])
def test_the_response_is_a_download_named_in_french(fmt: str) -> None:
    request = RequestFactory().get("/territoires/tableaux/x", {"famille": "association"})
    response = export_response(
        request, ROWS, COLUMNS, fmt=fmt, filename="Établissements de Nozay", title="Titre", source_lines=["Source"]
    )
    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == f"attachment; filename*=utf-8''%C3%89tablissements_de_Nozay.{fmt}"
    if fmt == "xlsx":
        assert read_xlsx(content)["Lisez-moi"]["A4"].value.endswith("/territoires/tableaux/x?famille=association")
    if fmt == "ods":
        assert len(read_ods(content)) == 5


def test_an_unknown_format_is_a_page_that_does_not_exist() -> None:
    with pytest.raises(Http404):
        export_response(RequestFactory().get("/"), ROWS, COLUMNS, fmt="pdf", filename="a", title="")


def test_twenty_thousand_cells_fit_a_request_and_not_one_more() -> None:
    assert fits_a_request(5000, COLUMNS)
    assert not fits_a_request(5001, COLUMNS)
