"""Real rows of Sirene, in both generations of the files, from the CSV to the qualified establishments."""

import tracemalloc
import zipfile
from pathlib import Path

import duckdb
import pytest

from territories.observatory.perimeter import parse_rules, read_shipped
from territories.observatory.sirene import cells, narrow
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.inspect import Form, inspect_file
from territories.observatory.sirene.places import Place, Places, load_places
from territories.observatory.sirene.qualify_sql import load_rules
from territories.observatory.sirene.select import make_views, select_establishments, valid_siret

REAL = Path(__file__).resolve().parents[3] / "data" / "sirene"
COMMUNES = {
    "75056": Place("75", "11", "", 2_000_000, in_country=True),
    "64373": Place("64", "75", "", 2_000, in_country=True),
    "34276": Place("34", "76", "", 2_000, in_country=True),
    "49007": Place("49", "52", "", 150_000, in_country=True),
    "92040": Place("92", "11", "", 70_000, in_country=True),
}
LOOKUP = {code: code for code in COMMUNES} | {f"751{number:02d}": "75056" for number in range(1, 21)}
PLACES = Places(lookup=LOOKUP, communes=COMMUNES, scope=frozenset(COMMUNES))


def selected(folder: Path, generation: str) -> tuple[list[tuple[object, ...]], cells.Counts]:
    rules = parse_rules(read_shipped())
    counts = cells.Counts()
    with Engine(folder, threads=1) as engine:
        parts = {
            stock: narrow.narrow(engine, inspect_file(REAL / f"{stock.label}_{generation}.csv", stock), folder, lambda read: None)
            for stock in Stock
        }
        make_views(engine, parts[Stock.UNITS], parts[Stock.ESTABLISHMENTS])
        load_rules(engine, folder, rules)
        load_places(engine, folder, PLACES)
        cells.prepare_rows(engine, rules, counts)
        cells.drop_invalid(engine, counts)
        cells.read_coverage(engine, PLACES, counts)
        target = folder / "etablissements.parquet"
        select_establishments(engine, rules, target)
        rows = engine.run(
            f"SELECT siret, family, motive, commune_code, size_band, is_employer, name FROM '{target}' ORDER BY siret"
        )
    return rows, counts


def test_rows_of_2026(tmp_path):
    rows, counts = selected(tmp_path, "2026")

    assert rows == [
        ("33836505900017", "association", "Catégorie juridique 9230", "64373", "11", True, "CENTRE SOCIAL 'CAP DE TOUT'"),
        ("38365746700023", "association", "Catégorie juridique 9220", "34276", "NN", False, "ASSOCIATION GANYMEDE"),
        ("40046135600133", "association", "Catégorie juridique 9220", "49007", "11", True, "LES RESTAURANTS DU COEUR"),
        ("40048550400064", "association", "Catégorie juridique 9220", "92040", "03", True, "L'ENFANT BLEU"),
    ]
    assert counts.establishments_read == 22
    # The SIRET of La Poste satisfies a rule of its own; no real number is refused.
    assert counts.invalid_siret == 0
    # The arrondissements are Paris, and the rows without commune are said.
    assert counts.rows_by_commune["75056"] == 5
    assert counts.without_commune == 5


def test_rows_of_2018(tmp_path):
    rows, counts = selected(tmp_path, "2018")

    assert [row[0] for row in rows] == ["33836505900017", "40046135600133"]
    assert counts.establishments_read == 3


@pytest.mark.parametrize(
    ("siret", "valid"),
    [
        ("40046135600133", True),
        ("40046135600134", False),
        ("35600000000048", True),
        ("35600000000065", True),
        ("35600000000049", False),
        ("4004613560013", False),
        ("4004613560013O", False),
        ("+0046135600133", False),
        ("", False),
    ],
)
def test_keys_of_siret(tmp_path, siret, valid):
    with Engine(tmp_path, threads=1) as engine:
        sample = f"SELECT '{siret}' AS siret, substr('{siret}', 1, 9) AS siren, try_cast('{siret}' AS BIGINT) AS number"
        assert engine.value(f"SELECT coalesce({valid_siret('siret', 'siren', 'number')}, false) FROM ({sample})") is valid
        other = f"SELECT '{siret}' AS siret, '732829320' AS siren, try_cast('{siret}' AS BIGINT) AS number"
        assert engine.value(f"SELECT coalesce({valid_siret('siret', 'siren', 'number')}, false) FROM ({other})") is False


def test_a_large_zip_is_read_in_bounded_memory(tmp_path, monkeypatch):
    """120 MB of CSV go through a few blocks of memory, whatever the size of the file."""
    monkeypatch.setattr(narrow, "BLOCK", 1024**2)
    monkeypatch.setattr(narrow, "PIECE", 16 * 1024**2)
    lines = (REAL / "StockEtablissement_2026.csv").read_bytes().splitlines(keepends=True)
    block = b"".join(lines[1:]) * 500
    path = tmp_path / "StockEtablissement_utf8.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive, archive.open("StockEtablissement_utf8.csv", "w") as out:
        out.write(lines[0])
        written = 0
        while written < 120 * 1024**2:
            written += out.write(block)
    source = inspect_file(path, Stock.ESTABLISHMENTS)
    assert source.form is Form.ZIP

    tracemalloc.start()
    rows = 0
    largest = 0
    for piece, _ in narrow.pieces(source, tmp_path, lambda: narrow.open_csv(path), lambda read: None):
        largest = max(largest, piece.stat().st_size)
        rows += piece.read_bytes().count(b"\n") if piece.stat().st_size < 4 * 1024**2 else 0
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert largest < 20 * 1024**2
    assert peak < 30 * 1024**2


def test_typed_parquet_gives_the_same_text(tmp_path):
    """Numbers get their leading zeros back, booleans and dates their words."""
    path = tmp_path / "type.parquet"
    duckdb.sql(
        "COPY (SELECT CAST(5880034 AS BIGINT) AS siren, CAST(588003400011 AS BIGINT) AS siret, "
        "'O' AS statutDiffusionEtablissement, DATE '2001-02-03' AS dateCreationEtablissement, "
        "CAST(3 AS INTEGER) AS trancheEffectifsEtablissement, true AS etablissementSiege, "
        "CAST(1004 AS INTEGER) AS codeCommuneEtablissement, TIMESTAMP '2020-05-06 07:08:09' AS dateDebut, "
        "'A' AS etatAdministratifEtablissement, '94.99Z' AS activitePrincipaleEtablissement, "
        "'NAFRev2' AS nomenclatureActivitePrincipaleEtablissement, 'O' AS caractereEmployeurEtablissement) "
        f"TO '{path}' (FORMAT parquet)"
    )
    units = REAL / "StockUniteLegale_2026.csv"
    with Engine(tmp_path, threads=1) as engine:
        parts = narrow.narrow(engine, inspect_file(units, Stock.UNITS), tmp_path, lambda read: None)
        inspect_file(path, Stock.ESTABLISHMENTS)
        make_views(engine, parts, [path])
        row = engine.run("SELECT siren, siret, band, is_seat, commune, postal_code FROM establishments")

    assert row == [("005880034", "00588003400011", "03", "true", "01004", None)]
