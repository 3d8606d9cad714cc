"""Any file as rows: separators, encodings, workbooks, archives; traps are refused before they are opened."""

import io
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territories.observatory.orders.layouts import KNOWN_HEADERS, fingerprint, recognise
from territories.observatory.orders.numbers import read_status, read_value
from territories.observatory.orders.reading import open_source, rows_of
from territories.observatory.sirene.errors import SourceProblem
from tests.orders_factories import HEADER, order_rows, write_csv, write_xlsx


def read(path: Path, **options: str) -> list[list[str]]:
    return [cells for _, cells in rows_of(open_source(path, known=KNOWN_HEADERS, **options))]


@pytest.mark.parametrize("separator", [";", ",", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_of_any_separator_and_encoding(tmp_path: Path, separator: str, encoding: str):
    path = write_csv(
        tmp_path / "a.csv",
        [("COM", "44003", "ESS", "Coopératives", "", 1, "1,5", "")],
        separator=separator,
        encoding=encoding,
    )

    source = open_source(path, known=KNOWN_HEADERS)

    assert source.header == HEADER
    assert read(path) == [["COM", "44003", "ESS", "Coopératives", "", "1", "1,5", ""]]


def test_the_header_is_found_below_a_title(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("Commande 2022\n\nSource : Insee ; champ : privé\n" + ";".join(HEADER) + "\nCOM;44003;ESS;;;1;10;A\n")

    source = open_source(path, known=KNOWN_HEADERS)

    assert source.header_line == 4
    assert list(rows_of(source)) == [(5, ["COM", "44003", "ESS", "", "", "1", "10", "A"])]


def test_the_sheet_is_found_by_its_header(tmp_path: Path):
    path = write_xlsx(
        tmp_path / "a.xlsx",
        {
            "Lisez-moi": [("Commande de l’observatoire",)],
            "Données": [("Titre",), HEADER, ("COM", 44003, "ESS", None, None, 1, 10.0, "A")],
        },
    )

    source = open_source(path, known=KNOWN_HEADERS)

    assert (source.sheet, source.header_line, source.sheets) == ("Données", 2, ("Lisez-moi", "Données"))
    assert read(path) == [["COM", "44003", "ESS", "", "", "1", "10", "A"]]


def test_an_unknown_sheet_is_refused_with_those_there_are(tmp_path: Path):
    path = write_xlsx(tmp_path / "a.xlsx", {"Données": [HEADER]})

    with pytest.raises(SourceProblem, match="Feuilles.*Données"):
        open_source(path, sheet="Autre")


def test_the_data_of_a_melodi_archive(tmp_path: Path):
    path = tmp_path / "DS_FLORES_A38_2023_CSV_FR.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DS_FLORES_A38_2023_metadata.csv", "COD_VAR;LIB_VAR\nGEO;Territoire\n")
        archive.writestr(
            "DS_FLORES_A38_2023_data.csv",
            '"GEO";"GEO_OBJECT";"ACTIVITY";"FLORES_MEASURE";"TIME_PERIOD";"OBS_VALUE"\n"44003";"COM";"_T";"EMPL3112";"2023";"12"\n',
        )

    source = open_source(path, known=KNOWN_HEADERS)

    assert recognise(source.header).key == "flores"
    assert read(path) == [["44003", "COM", "_T", "EMPL3112", "2023", "12"]]


def test_a_header_is_recognised_whatever_its_writing():
    labels = ("Région", "Code région", "Champ ESS", "Famille ESS", "Secteur NA88", "Année", "Nombre d'établissements", "Effectifs salariés moyens")  # fmt: skip

    assert recognise(labels).key == "urssaf"
    assert recognise([name.upper() for name in HEADER]).key == "canonical"
    assert recognise(("maille", "code_geo", "champ")) is None
    assert fingerprint(("Code", "Année")) == fingerprint(("ANNEE", "code"))
    assert fingerprint(("Code", "Année")) != fingerprint(("Code", "Années"))


# --- Traps ------------------------------------------------------------------------------------------------------------


def bomb(path: Path, names: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in names.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"xl/worksheets/sheet1.xml": b"0" * (30 * 1024**2)}, "démesuré"),
        ({f"xl/media/{number}.xml": b"a" for number in range(401)}, "éléments"),
        ({"xl/vbaProject.bin": b"macro"}, "macros"),
        ({"xl/workbook.xml": b"<nothing"}, "abîmé"),
    ],
)
def test_a_trapped_workbook_is_refused_before_it_is_opened(tmp_path: Path, names: dict[str, bytes], words: str):
    path = bomb(tmp_path / "a.xlsx", names)
    tracemalloc.start()
    try:
        with pytest.raises(SourceProblem, match=words):
            open_source(path)
        assert tracemalloc.get_traced_memory()[1] < 20 * 1024**2
    finally:
        tracemalloc.stop()


def test_entities_of_a_workbook_are_not_expanded(tmp_path: Path):
    path = write_xlsx(tmp_path / "a.xlsx", {"Données": [HEADER, ("COM", "44003", "ESS", "", "", 1, 2, "A")]})
    laughs = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    trapped = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(trapped, "w") as target:
        for member in source.infolist():
            body = laughs if member.filename.startswith("xl/worksheets/") else source.read(member)
            target.writestr(member.filename, body)

    with pytest.raises(SourceProblem):
        read(trapped)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "vide"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1\x00", "parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "ancien"),
        (b"PK\x03\x04abc", "abîmé"),
        (b"12;13;14\n15;16;17\n", "en-tête"),
        (b"a;A;b\n1;2;3\n", "deux fois"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, words: str):
    path = tmp_path / "fichier"
    path.write_bytes(content)

    with pytest.raises(SourceProblem, match=words):
        read(path)


def test_memory_does_not_grow_with_the_file(tmp_path: Path):
    line = ("COM", "44003", "ESS", "association", "87", 12, 340, "A")
    small, large = (write_csv(tmp_path / f"{count}.csv", [line] * count) for count in (2_000, 15_000))
    peaks = []
    for path in (small, large):
        tracemalloc.start()
        count = sum(1 for _ in rows_of(open_source(path, known=KNOWN_HEADERS)))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert count == 15_000
    assert peaks[1] < peaks[0] + 4 * 1024**2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.one_of(st.binary(max_size=400), st.text(max_size=400).map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_bytes_are_read_or_refused_in_french(tmp_path: Path, content: bytes):
    path = tmp_path / "fichier"
    path.write_bytes(content)
    try:
        for number, cells in rows_of(open_source(path, known=KNOWN_HEADERS)):
            assert number > 0
            assert all(isinstance(cell, str) for cell in cells)
    except SourceProblem as problem:
        assert str(problem).endswith((".", "»."))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 6_000), flip=st.integers(0, 5_999), value=st.integers(0, 255))
def test_a_damaged_workbook_is_read_or_refused_in_french(tmp_path: Path, cut: int, flip: int, value: int):
    whole = tmp_path / "entier.xlsx"
    if not whole.exists():
        write_xlsx(whole, {"Données": [HEADER, *order_rows()]})
    body = bytearray(whole.read_bytes()[: max(cut, 30)])
    body[flip % len(body)] = value
    path = tmp_path / "abime.xlsx"
    path.write_bytes(bytes(body))
    try:
        read(path)
    except SourceProblem as problem:
        assert "«" in str(problem)


# --- Numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("1 234,5", 1234.5), ("1\u00a0234", 1234), ("1\u202f234\u202f567", 1234567), ("1234.5", 1234.5),
        ("0", 0), ("0,0", 0), ("-3", -3), ("\u22123", -3), ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1e3", 1000), (" 7 ", 7),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str, value: float):
    assert read_value(text) == (value, "")


@pytest.mark.parametrize(
    ("text", "status"),
    [("s", "s"), ("S", "s"), ("nd", "nd"), ("n.d.", "nd"), ("///", "///"), ("n.s.", "ns"), ("K", "K"), ("secret", "s")],
)
def test_signs_in_place_of_a_number(text: str, status: str):
    assert read_value(text) == (None, status)


def test_an_empty_cell_is_neither_zero_nor_a_status():
    assert read_value("") == (None, "")
    assert read_value("\u00a0") == (None, "")
    assert read_value("0") == (0, "")


@pytest.mark.parametrize("text", ["beaucoup", "12 ans", "1,2,3", "=A1", "1e400", "NaN", "inf", "--1", "²", "#N/A", "1e999"])
def test_what_is_no_number_is_refused(text: str):
    with pytest.raises(ValueError, match=r".*"):
        read_value(text)


@given(st.text(max_size=30))
def test_any_cell_is_a_number_a_sign_or_refused(text: str):
    try:
        value, status = read_value(text)
    except ValueError:
        return
    assert value is None or status == ""


def test_statuses_are_kept_as_delivered():
    assert [read_status(text) for text in ("A", "K", "W", "s", "nd", "p", "r", "e", "", "n.s.", "///")] == [
        "A", "K", "W", "s", "nd", "p", "r", "e", "A", "ns", "///",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="masqué"):
        read_status("masqué")


def test_formulas_give_their_stored_value_never_their_text(tmp_path: Path):
    body = io.BytesIO()
    path = write_xlsx(tmp_path / "a.xlsx", {"Données": [HEADER, ("COM", "44003", "ESS", "", "", "=1+1", 2, "A")]})
    body.write(path.read_bytes())

    assert read(path)[0][5] == ""
