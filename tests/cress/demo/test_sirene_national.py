from collections import Counter

import duckdb
import pytest

from cress.demo.sirene_layout import ESTABLISHMENT_COLUMNS, LEGAL_UNIT_COLUMNS, is_valid_number
from cress.demo.sirene_national import write_national
from tests.cress.demo.sirene_specs import COMMUNES

ROWS = 20_000


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_national(tmp_path_factory.mktemp("national"), ROWS, seed=5, threads=1, communes=COMMUNES)


@pytest.fixture(scope="module")
def connection(files):
    with duckdb.connect() as connection:
        connection.read_parquet(str(files.legal_units)).create_view("units")
        connection.read_parquet(str(files.establishments)).create_view("establishments")
        yield connection


def test_official_columns(files):
    assert tuple(duckdb.read_parquet(str(files.legal_units)).columns) == LEGAL_UNIT_COLUMNS
    assert tuple(duckdb.read_parquet(str(files.establishments)).columns) == ESTABLISHMENT_COLUMNS


def test_numbers_of_rows(files, connection):
    assert connection.execute("SELECT count(*), count(DISTINCT siret) FROM establishments").fetchone() == (files.rows,) * 2
    assert connection.execute("SELECT count(*), count(DISTINCT siren) FROM units").fetchone() == (files.units,) * 2
    assert abs(files.rows / ROWS - 1) < 0.02
    assert abs(files.units / files.rows - 0.7) < 0.02


def test_every_number_is_valid_and_every_establishment_has_its_unit(connection):
    sirets = [row[0] for row in connection.execute("SELECT siret FROM establishments").fetchall()]
    assert all(is_valid_number(siret) for siret in sirets)
    assert all(is_valid_number(row[0]) for row in connection.execute("SELECT siren FROM units").fetchall())
    orphans = connection.execute("SELECT count(*) FROM establishments ANTI JOIN units USING (siren)").fetchone()
    assert orphans == (0,)
    seats = connection.execute("SELECT count(*) FROM establishments WHERE etablissementSiege = 'true'").fetchone()
    assert seats == connection.execute("SELECT count(*) FROM units").fetchone()


def test_communes_by_population(connection):
    found = Counter(
        dict(connection.execute("SELECT codeCommuneEtablissement, count(*) FROM establishments GROUP BY 1").fetchall())
    )
    total, inhabitants = found.total(), sum(commune.population for commune in COMMUNES)
    assert set(found) == {commune.code for commune in COMMUNES}
    assert abs(found["44109"] / total - 320_000 / inhabitants) < 0.02


def test_orders_of_magnitude(connection):
    share = connection.execute(
        "SELECT avg((categorieJuridiqueUniteLegale LIKE '92%')::INT), avg((etatAdministratifUniteLegale = 'A')::INT) FROM units"
    ).fetchone()
    assert 0.035 <= share[0] <= 0.055
    assert 0.5 <= share[1] <= 0.7
    employers = connection.execute(
        "SELECT avg((coalesce(trancheEffectifsEtablissement, 'NN') != 'NN')::INT) FROM establishments"
    ).fetchone()
    assert 0.1 <= employers[0] <= 0.2


def test_same_seed_same_rows_whatever_the_threads(files, tmp_path):
    again = write_national(tmp_path, ROWS, seed=5, threads=2, communes=COMMUNES)
    with duckdb.connect() as connection:
        for name, path in (("first", files.establishments), ("second", again.establishments)):
            connection.read_parquet(str(path)).create_view(name)
        left = connection.execute("SELECT count(*) FROM (FROM first EXCEPT FROM second)").fetchone()
        right = connection.execute("SELECT count(*) FROM (FROM second EXCEPT FROM first)").fetchone()
    assert left == right == (0,)


@pytest.mark.parametrize(("rows", "communes"), [(0, COMMUNES), (10, ())])
def test_nothing_to_write_is_refused(tmp_path, rows, communes):
    with pytest.raises(ValueError, match="Rien à écrire"):
        write_national(tmp_path / "none", rows, seed=1, threads=1, communes=communes)
    assert not (tmp_path / "none").exists()
