"""Every file that cannot be used is refused with a sentence that names it and says what to do; nothing is left behind."""

import shutil
import struct
import zipfile
from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from cress.demo.sirene_files import Truth
from territories.foundations.jobs.models import Job, JobState
from territories.observatory.imports import run_sirene_import
from territories.observatory.models import Dataset, Establishment, Observation
from territories.observatory.sirene import archive, inspect, narrow
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import Form, check_disk, inspect_file
from tests.sirene_factories import files, geography

REAL = Path(__file__).resolve().parents[3] / "data" / "sirene"
UNITS = REAL / "StockUniteLegale_2026.csv"
ESTABLISHMENTS = REAL / "StockEtablissement_2026.csv"


def zipped(folder: Path, *members: tuple[str, bytes], name: str = "stock.zip") -> Path:
    path = folder / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for member, content in members:
            out.writestr(member, content)
    return path


def written(folder: Path, content: bytes, name: str = "stock.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def read_all(path: Path, stock: Stock) -> None:
    source = inspect_file(path, stock)
    with Engine(path.parent, threads=1) as engine:
        narrow.narrow(engine, source, path.parent, lambda read: None)


def refusal(path: Path, stock: Stock = Stock.ESTABLISHMENTS) -> str:
    """The sentence of the refusal, whether the file is refused at its examination or while it is read."""
    with pytest.raises(SourceProblem) as caught:
        read_all(path, stock)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "Traceback" not in sentence
    return sentence


def test_real_rows_are_accepted():
    for path, stock in ((UNITS, Stock.UNITS), (ESTABLISHMENTS, Stock.ESTABLISHMENTS)):
        source = inspect_file(path, stock)
        assert (source.form, source.stock, source.separator, source.absent) == (Form.CSV, stock, ",", ())
    older = inspect_file(REAL / "StockEtablissement_2018.csv", Stock.ESTABLISHMENTS)
    assert older.absent == ("activitePrincipaleNAF25Etablissement",)


def test_semicolons_and_byte_order_mark(tmp_path):
    content = b"\xef\xbb\xbf" + ESTABLISHMENTS.read_bytes().replace(b",", b";")
    source = inspect_file(written(tmp_path, content), Stock.ESTABLISHMENTS)

    assert source.separator == ";"
    assert source.header[0] == "siren"


def test_swapped_files():
    sentence = refusal(UNITS)

    assert "semblent échangés" in sentence
    assert "StockUniteLegale_2026.csv" in sentence
    assert "échangés" in refusal(ESTABLISHMENTS, Stock.UNITS)


def test_missing_column_is_named(tmp_path):
    content = ESTABLISHMENTS.read_bytes().replace(b"trancheEffectifsEtablissement", b"autreChose", 1)

    assert "trancheEffectifsEtablissement" in refusal(written(tmp_path, content))


def test_missing_optional_column_is_tolerated(tmp_path):
    content = ESTABLISHMENTS.read_bytes().replace(b"enseigne1Etablissement", b"autreChose", 1)

    assert inspect_file(written(tmp_path, content), Stock.ESTABLISHMENTS).absent == ("enseigne1Etablissement",)


def test_repeated_column(tmp_path):
    content = ESTABLISHMENTS.read_bytes().replace(b"enseigne1Etablissement", b"siret", 1)

    assert "plusieurs fois" in refusal(written(tmp_path, content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "est vide"),
        (b"   \n", "est vide"),
        (b"\xef\xbb\xbf", "est vide"),
        (b"\x1f\x8b\x08\x00aaaa", "gzip"),
        (b"%PDF-1.7 aaaa", "un PDF"),
        (b"<!doctype html><html>", "page web"),
        (b"\xff\xfes\x00i\x00r\x00e\x00n\x00", "UTF-16"),
        (b'{"a": 1}', "JSON"),
        (b"siren;nom\n1;2\n", "n’est pas un fichier StockEtablissement"),
        (b"a\x00b,c\n", "pas un CSV lisible"),
        (b"x" * 70_000, "pas un CSV lisible"),
        (b"siret,x,y_latitude,plg_code_commune\n", "géolocalisation"),
        (b"siret,dateFin,dateDebut\n", "Historique"),
        (b"PAR1 and nothing that follows", "parquet"),
    ],
)
def test_wrong_files(tmp_path, content, words):
    sentence = refusal(written(tmp_path, content))

    assert words in sentence
    assert "stock.csv" in sentence


def test_header_alone(tmp_path):
    header = ESTABLISHMENTS.read_bytes().split(b"\n", 1)[0] + b"\n"

    assert "que sa ligne d’en-tête" in refusal(written(tmp_path, header))
    assert "que sa ligne d’en-tête" in refusal(written(tmp_path, header.rstrip()))


def test_absent_file(tmp_path):
    assert "introuvable" in refusal(tmp_path / "nulle-part.csv")


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
def test_truncated_zip(tmp_path, kept):
    whole = zipped(tmp_path, ("StockEtablissement_utf8.csv", ESTABLISHMENTS.read_bytes() * 50)).read_bytes()

    assert "incomplète ou abîmée" in refusal(written(tmp_path, whole[: int(len(whole) * kept)], "stock.zip"))


def test_damaged_zip(tmp_path):
    lines = ESTABLISHMENTS.read_bytes().splitlines(keepends=True)
    path = zipped(tmp_path, ("StockEtablissement_utf8.csv", lines[0] + b"".join(lines[1:]) * 2_000))
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 20] = b"\x00" * 20
    path.write_bytes(content)

    assert "abîmée" in refusal(path)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ([("../StockEtablissement.csv", b"a")], "chemin dangereux"),
        ([("/etc/passwd.csv", b"a")], "chemin dangereux"),
        ([("a/../../b.csv", b"a")], "chemin dangereux"),
        ([("interieur.zip", b"a")], "une autre archive"),
        ([("a.csv", b"a"), ("b.csv", b"b")], "un seul fichier"),
        ([("lisez-moi.txt", b"a"), ("b.csv", b"b")], "un seul fichier"),
        ([("stock.parquet", b"a")], "un seul fichier"),
        ([], "un seul fichier"),
        ([(f"{n}.csv", b"a") for n in range(30)], "30 fichiers"),
    ],
)
def test_trapped_zip(tmp_path, members, words):
    assert words in refusal(zipped(tmp_path, *members))


def test_encrypted_zip(tmp_path):
    path = zipped(tmp_path, ("StockEtablissement_utf8.csv", ESTABLISHMENTS.read_bytes()))
    content = bytearray(path.read_bytes())
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.index(signature) + place
        content[at] |= 1
    path.write_bytes(content)

    assert "mot de passe" in refusal(path)


def test_declared_bomb(tmp_path):
    path = zipped(tmp_path, ("StockEtablissement_utf8.csv", b"0" * 60_000_000))

    assert "démesuré" in refusal(path)


def test_lying_bomb(tmp_path, monkeypatch):
    """The size in the table of the archive is false: what really comes out is measured."""
    header = ESTABLISHMENTS.read_bytes().split(b"\n", 1)[0] + b"\n"
    path = zipped(tmp_path, ("StockEtablissement_utf8.csv", header + b"0" * 5_000_000))
    content = bytearray(path.read_bytes())
    struct.pack_into("<I", content, content.index(b"PK\x01\x02") + 24, 100_000)
    path.write_bytes(content)
    monkeypatch.setattr(archive, "RATIO_FLOOR", 1024)
    monkeypatch.setattr(archive, "MAX_RATIO", 10**6)

    assert any(words in refusal(path) for words in ("démesuré", "abîmée"))


def test_streamed_ratio(tmp_path, monkeypatch):
    path = zipped(tmp_path, ("StockEtablissement_utf8.csv", ESTABLISHMENTS.read_bytes() + b"0" * 3_000_000))
    monkeypatch.setattr(archive, "RATIO_FLOOR", 1024 * 1024)

    assert "démesuré" in refusal(path)


BODY = ESTABLISHMENTS.read_bytes()
HEADER, FIRST = BODY.splitlines(keepends=True)[:2]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HEADER + FIRST + b"1,2,3\n" + FIRST, "à la ligne 3"),
        (HEADER + FIRST * 3 + FIRST.rstrip(b"\n") + b",x,y\n", "à la ligne 5"),
        (HEADER + FIRST + b'"jamais' + FIRST * 5, "bien formé"),
        (HEADER + FIRST + b"a\x00b\n", "caractère nul à la ligne 3"),
        (HEADER + FIRST + b"x" * 3_000_000 + b"\n", "bien formé"),
        (HEADER + (FIRST.rstrip(b"\n") + "é".encode() + b"\n") * 40_000 + b"\xff\n", "change d’encodage"),
    ],
)
def test_malformed_lines(tmp_path, content, words):
    assert words in refusal(written(tmp_path, content))


def test_unclosed_quotation_mark_does_not_fill_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(narrow, "BLOCK", 256 * 1024)
    content = HEADER + b'"' + FIRST * 60_000

    assert "guillemet jamais refermé" in refusal(written(tmp_path, content))


def test_truncated_csv_is_refused_not_swallowed(tmp_path):
    rows = HEADER + FIRST * 10

    assert "ligne 11" in refusal(written(tmp_path, rows[: -len(FIRST) // 2]))


def test_pieces_are_cut_between_records(tmp_path, monkeypatch):
    """Line ends inside quotation marks, and pieces far smaller than the file: the same rows as in one go."""
    lines = [HEADER]
    values = FIRST.decode().rstrip("\n").split(",")
    for number in range(500):
        row = list(values)
        row[46] = f'"nom {number}\nsur deux lignes"' if number % 3 else f'"avec ""guillemets"" {number}"'
        lines.append((",".join(row) + "\n").encode())
    path = written(tmp_path, b"".join(lines))
    found = []
    for block, piece in ((8 * 1024**2, 256 * 1024**2), (1_000, 5_000), (777, 3_333)):
        monkeypatch.setattr(narrow, "BLOCK", block)
        monkeypatch.setattr(narrow, "PIECE", piece)
        with Engine(tmp_path, threads=1) as engine:
            parts = narrow.narrow(engine, inspect_file(path, Stock.ESTABLISHMENTS), tmp_path, lambda read: None)
            found.append(
                duckdb.sql(f"SELECT enseigne1Etablissement FROM read_parquet({[str(part) for part in parts]})").fetchall()
            )
        assert (len(parts) > 1) == (piece < 10_000)
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 500


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1252"])
def test_encodings(tmp_path, encoding):
    name = "CŒUR D’ÉTÉ – 5 €" if encoding != "latin-1" else "COEUR D'ÉTÉ ÿ"
    values = FIRST.decode().rstrip("\n").split(",")
    values[46] = name
    text = HEADER.decode() + FIRST.decode() * 3 + ",".join(values) + "\r\n"
    path = written(tmp_path, text.encode(encoding))
    with Engine(tmp_path, threads=1) as engine:
        parts = narrow.narrow(engine, inspect_file(path, Stock.ESTABLISHMENTS), tmp_path, lambda read: None)

    assert duckdb.sql(f"SELECT enseigne1Etablissement FROM read_parquet('{parts[0]}')").fetchall()[-1] == (name,)


def test_nothing_personal_is_copied(tmp_path):
    header = UNITS.read_bytes().split(b"\n", 1)[0].decode().strip().split(",")
    row = dict.fromkeys(header, "") | {
        "siren": "000325175",
        "etatAdministratifUniteLegale": "A",
        "categorieJuridiqueUniteLegale": "1000",
        "nomUniteLegale": "SECRETNOM",
        "prenom1UniteLegale": "SECRETPRENOM",
        "denominationUsuelle1UniteLegale": "SECRETUSUEL",
        "sigleUniteLegale": "SECRETSIGLE",
    }
    path = written(tmp_path, (",".join(header) + "\n" + ",".join(row.values()) + "\n").encode())
    with Engine(tmp_path, threads=1) as engine:
        parts = narrow.narrow(engine, inspect_file(path, Stock.UNITS), tmp_path, lambda read: None)
    kept = duckdb.sql(f"SELECT * FROM read_parquet('{parts[0]}')").fetchall()

    assert len(kept) == 1
    assert not any("SECRET" in str(value) for value in kept[0])


def test_full_disk(tmp_path, monkeypatch):
    source = inspect_file(ESTABLISHMENTS, Stock.ESTABLISHMENTS)
    monkeypatch.setattr(inspect.shutil, "disk_usage", lambda folder: SimpleNamespace(free=100 * 1024**2))
    with pytest.raises(SourceProblem, match="Libérez de la place"):
        check_disk(tmp_path, (source,))
    monkeypatch.setattr(inspect.shutil, "disk_usage", lambda folder: SimpleNamespace(free=400 * 1024**2))
    check_disk(tmp_path, (source,))


# --- whole imports --------------------------------------------------------------------------------------------------


@pytest.fixture
def previous(db, tmp_path: Path) -> tuple[Dataset, Truth]:
    """A vintage in use, that no refusal may touch."""
    geography()
    truth = files(tmp_path / "before", scale=0.02)
    return run_sirene_import(units=truth.legal_units, establishments=truth.establishments), truth


def tally() -> tuple[int, int, int]:
    return Dataset.objects.count(), Establishment.objects.count(), Observation.objects.count()


def damaged_parquet(truth: Truth, folder: Path) -> tuple[Path, Path]:
    path = folder / "abime.parquet"
    content = bytearray(truth.establishments.read_bytes())
    content[1_000 : len(content) // 2] = b"\x55" * (len(content) // 2 - 1_000)
    path.write_bytes(content)
    return truth.legal_units, path


def spreadsheet(truth: Truth, folder: Path) -> tuple[Path, Path]:
    """SIRET written as a spreadsheet does, leading zeros and last figures lost."""
    path = folder / "tableur.parquet"
    spoilt = f"SELECT * REPLACE (substr(siret, 1, 11) || '000' AS siret) FROM '{truth.establishments}'"
    duckdb.sql(f"COPY ({spoilt}) TO '{path}' (FORMAT parquet)")
    return truth.legal_units, path


def emptied(truth: Truth, folder: Path) -> tuple[Path, Path]:
    path = folder / "vide.parquet"
    duckdb.sql(f"COPY (SELECT * FROM '{truth.establishments}' WHERE false) TO '{path}' (FORMAT parquet)")
    return truth.legal_units, path


def elsewhere(truth: Truth, folder: Path) -> tuple[Path, Path]:
    path = folder / "ailleurs.parquet"
    moved = f"SELECT * REPLACE ('35238' AS codeCommuneEtablissement) FROM '{truth.establishments}'"
    duckdb.sql(f"COPY ({moved}) TO '{path}' (FORMAT parquet)")
    return truth.legal_units, path


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda truth, folder: (truth.establishments, truth.legal_units), "échangés"),
        (lambda truth, folder: (truth.legal_units, folder / "absent.parquet"), "introuvable"),
        (damaged_parquet, "abîmé"),
        (spreadsheet, "tableur"),
        (emptied, "aucune ligne"),
        (elsewhere, "Aucun établissement de l’ESS"),
    ],
    ids=["swapped", "absent", "damaged", "spreadsheet", "empty", "elsewhere"],
)
def test_failed_import_leaves_the_previous_one(previous, tmp_path, settings, spoil, words):
    dataset, truth = previous
    before = tally()

    units, establishments = spoil(truth, tmp_path)
    with pytest.raises(SourceProblem, match=words):
        run_sirene_import(units=units, establishments=establishments)

    assert tally() == before
    assert Dataset.objects.active() == dataset
    job = Job.objects.order_by("-created_at", "id").first()
    assert (job.state, job.attempt) == (JobState.FAILED, 1)
    assert not (Path(settings.WORK_DIR) / str(job.pk)).exists()


def test_file_replaced_between_two_attempts(previous, tmp_path, monkeypatch):
    _, truth = previous
    moved = tmp_path / "StockEtablissement.parquet"
    shutil.copy(truth.establishments, moved)
    from territories.observatory.sirene import pipeline

    original = pipeline.select_establishments

    def interrupted(*args, **kwargs):
        monkeypatch.setattr(pipeline, "select_establishments", original)
        shutil.copy(truth.legal_units, tmp_path / "autre")
        moved.touch()
        raise RuntimeError("the worker dies here")

    monkeypatch.setattr(pipeline, "select_establishments", interrupted)
    with pytest.raises(SourceProblem, match="remplacé pendant le chargement"):
        run_sirene_import(units=truth.legal_units, establishments=moved)
