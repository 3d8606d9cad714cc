import csv
import hashlib
import io
import random
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from cress.demo.names import THEMES, Names
from cress.demo.sirene_activities import SIZES, TILTS, naf_2025
from cress.demo.sirene_difficult import DIFFICULT_CASES
from cress.demo.sirene_files import CommuneSpec, Truth, write_region
from cress.demo.sirene_layout import ESTABLISHMENT_COLUMNS, LEGAL_UNIT_COLUMNS, is_valid_number
from cress.demo.sirene_profiles import ESS_PROFILES, EXCLUDED_ACTIVITIES, ORDINARY_PROFILES
from tests.cress.demo.sirene_specs import COMMUNES, DELEGATED, FORMER

PROFILES = (*ESS_PROFILES, EXCLUDED_ACTIVITIES, *ORDINARY_PROFILES)


def write(target: Path, **options: object) -> Truth:
    arguments = {"seed": 7, "reference_year": 2024, "scale": 0.2} | {"former_codes": FORMER, "delegated_codes": DELEGATED}
    return write_region(target, COMMUNES, **(arguments | options))


@pytest.fixture(scope="module")
def truth(tmp_path_factory: pytest.TempPathFactory) -> Truth:
    return write(tmp_path_factory.mktemp("sirene"))


def rows_of(path: Path, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding=encoding))))


def described(path: Path) -> dict[str, str]:
    """Columns of a parquet file and their types, in order."""
    relation = duckdb.read_parquet(str(path))
    return dict(zip(relation.columns, map(str, relation.types), strict=True))


@pytest.fixture(scope="module")
def files(truth: Truth) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.read_parquet(str(truth.legal_units)).create_view("units")
        connection.read_parquet(str(truth.establishments)).create_view("establishments")
        yield connection


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# --- Format -----------------------------------------------------------------------------------------------------


def test_columns_are_the_official_ones_in_their_order(truth):
    for path, columns, number in (
        (truth.legal_units, LEGAL_UNIT_COLUMNS, 35),
        (truth.establishments, ESTABLISHMENT_COLUMNS, 54),
    ):
        found = described(path)
        assert tuple(found) == columns
        assert len(columns) == number
        assert set(found.values()) == {"VARCHAR"}


def test_files_of_2018_have_their_own_columns(tmp_path):
    truth = write(tmp_path, generation="2018", fmt="csv", scale=0.02)
    units, rows = rows_of(truth.legal_units), rows_of(truth.establishments)
    assert len(units[0]) == 33
    assert len(rows[0]) == 48
    assert "activitePrincipaleNAF25Etablissement" not in rows[0]
    assert "codeCommune2Etablissement" in rows[0]
    assert len(rows) == truth.rows_establishments


def test_typed_parquet_has_dates_booleans_and_integers(tmp_path):
    truth = write(tmp_path, typed=True, scale=0.02)
    types = described(truth.establishments)
    assert types["dateCreationEtablissement"] == "DATE"
    assert types["etablissementSiege"] == "BOOLEAN"
    assert types["anneeEffectifsEtablissement"] == "INTEGER"
    assert types["codeCommuneEtablissement"] == "VARCHAR"
    rows = duckdb.read_parquet(str(truth.establishments))
    assert rows.filter("dateCreationEtablissement IS NULL").fetchall() == []


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path):
    first = write(tmp_path / "a", fmt="csv", scale=0.02)
    again = write(tmp_path / "b", fmt="csv", scale=0.02)
    other = write(tmp_path / "c", fmt="csv", scale=0.02, seed=8)
    assert digest(first.establishments) == digest(again.establishments)
    assert digest(first.legal_units) == digest(again.legal_units)
    assert digest(first.establishments) != digest(other.establishments)
    assert first.ess == again.ess != other.ess


def test_zip_holds_the_same_csv(tmp_path):
    plain = write(tmp_path / "csv", fmt="csv", scale=0.02)
    zipped = write(tmp_path / "zip", fmt="zip", scale=0.02)
    with zipfile.ZipFile(zipped.establishments) as archive:
        assert archive.namelist() == ["StockEtablissement_utf8.csv"]
        assert archive.read("StockEtablissement_utf8.csv") == plain.establishments.read_bytes()


def test_parquet_and_csv_hold_the_same_rows_with_null_and_empty_apart(tmp_path):
    plain = write(tmp_path / "csv", fmt="csv", scale=0.02)
    parquet = write(tmp_path / "parquet", scale=0.02)
    found = [row[0] for row in duckdb.read_parquet(str(parquet.establishments)).project("enseigne1Etablissement").fetchall()]
    signs = [row["enseigne1Etablissement"] for row in rows_of(plain.establishments)]
    assert len(found) == len(signs) == parquet.rows_establishments
    assert found.count("[ND]") == signs.count("[ND]") >= 1
    assert found.count("") >= 1
    assert found.count("") + found.count(None) == signs.count("")


@pytest.mark.parametrize(("encoding", "holds"), [("utf-8", "Œ"), ("cp1252", "Œ"), ("latin-1", "OE")])
def test_encodings(tmp_path, encoding, holds):
    truth = write(tmp_path, fmt="csv", encoding=encoding, scale=0)
    names = [unit["denominationUniteLegale"] for unit in rows_of(truth.legal_units, encoding)]
    assert any(name.startswith(f"{holds}UVRE FICTIVE D") for name in names)
    if encoding != "utf-8":
        with pytest.raises(UnicodeDecodeError):
            truth.legal_units.read_text(encoding="utf-8")


def test_files_of_2027_carry_naf_2025_in_the_main_activity(tmp_path):
    truth = write(tmp_path, fmt="csv", naf_2025_only=True, scale=0.02)
    nomenclatures = Counter(row["nomenclatureActivitePrincipaleEtablissement"] for row in rows_of(truth.establishments))
    assert nomenclatures["NAF2025"] > 100
    assert "NAFRev2" not in nomenclatures
    assert nomenclatures["NAP"] == 1
    assert {nomenclature for _, nomenclature, _ in truth.by_division} == {"NAF2025", ""}
    assert truth.excluded_ape["9420"] >= 1


def test_duplicates_are_repeated_rows(tmp_path):
    truth = write(tmp_path, fmt="csv", duplicates=3, scale=0.02)
    sirets = Counter(row["siret"] for row in rows_of(truth.establishments))
    assert sum(count - 1 for count in sirets.values()) == truth.duplicates == 3


@pytest.mark.parametrize(
    ("communes", "options", "message"),
    [
        ((), {}, "Aucune commune"),
        (COMMUNES * 2, {}, "deux fois"),
        (COMMUNES, {"scale": -0.1}, "hors limites"),
        (COMMUNES, {"encoding": "cp1252"}, "toujours en UTF-8"),
        (COMMUNES, {"fmt": "csv", "typed": True}, "colonnes typées"),
        (COMMUNES, {"former_codes": [("49382", "49999")], "scale": 0}, "49999"),
    ],
)
def test_options_that_do_not_go_together_are_refused(tmp_path, communes, options, message):
    with pytest.raises(ValueError, match=message):
        write_region(tmp_path / "none", communes, seed=1, reference_year=2024, **options)
    assert not (tmp_path / "none").exists()


# --- Content ----------------------------------------------------------------------------------------------------


def test_numbers_are_valid_and_distinct_but_for_the_false_ones(truth, files):
    sirets = [row[0] for row in files.execute("SELECT siret FROM establishments").fetchall()]
    assert len(set(sirets)) == len(sirets)
    assert sorted(siret for siret in sirets if not is_valid_number(siret)) == sorted(truth.cases["invalid-siret"])
    sirens = [row[0] for row in files.execute("SELECT siren FROM units").fetchall()]
    assert len(set(sirens)) == len(sirens) == truth.rows_legal_units
    assert all(is_valid_number(siren) for siren in sirens)


def test_every_name_says_that_it_is_fictitious(files):
    names = files.execute(
        "SELECT denominationUniteLegale FROM units WHERE categorieJuridiqueUniteLegale != '1000' "
        "UNION ALL SELECT nomUniteLegale FROM units WHERE categorieJuridiqueUniteLegale = '1000' "
        "UNION ALL SELECT enseigne1Etablissement FROM establishments WHERE enseigne1Etablissement != ''"
    ).fetchall()
    assert names
    for (name,) in names:
        assert name == "[ND]" or "FICTI" in name, name


def test_names_of_every_theme_are_fictitious():
    names = Names(random.Random(1))
    for theme in THEMES:
        for _ in range(30):
            name = names.structure(theme)
            assert "FICTI" in name
            assert len(name) <= 120
            assert "," not in name


def test_every_difficult_case_is_there_at_any_scale(tmp_path):
    truth = write(tmp_path, fmt="csv", scale=0)
    assert set(truth.cases) == {case.key for case in DIFFICULT_CASES} | {"former-code", "delegated-code"}
    written = {row["siret"] for row in rows_of(truth.establishments)}
    for key, sirets in truth.cases.items():
        assert sirets, key
        assert set(sirets) <= written, key


def test_a_case_has_one_difficulty_only(truth, files):
    """Rows written for another difficulty are not partly diffused by chance."""
    partial = {
        row[0]
        for row in files.execute(
            "SELECT siret FROM establishments JOIN units USING (siren) "
            "WHERE 'P' IN (statutDiffusionEtablissement, statutDiffusionUniteLegale)"
        ).fetchall()
    }
    for key, sirets in truth.cases.items():
        if not key.startswith("partial"):
            assert not partial & set(sirets), key


def test_profiles_name_known_sizes_places_and_themes():
    for profile in PROFILES:
        for activity in (*profile.activities, *profile.other_activities):
            assert activity.size in SIZES
            assert activity.tilt in TILTS
            assert activity.theme in THEMES
            assert naf_2025(activity.ape)[-1] in "YGHJKLM"


def test_exclusions_hold_on_four_figures_in_both_nomenclatures():
    for activity in EXCLUDED_ACTIVITIES.activities:
        assert naf_2025(activity.ape)[:5] == activity.ape[:5]


def test_orders_of_magnitude():
    """Per 1 000 inhabitants: the shares and densities that the demonstration promises."""
    employers = sum(profile.employers for profile in ESS_PROFILES if profile.family)
    share = Counter[str]()
    for profile in ESS_PROFILES:
        share[profile.family or ""] += profile.employers / employers
    assert 3.4 <= employers <= 4.0
    assert 0.78 <= share["association"] <= 0.86
    assert 0.09 <= share["cooperative"] <= 0.15
    assert 0.015 <= share["mutuelle"] <= 0.035
    assert 0.005 <= share["fondation"] <= 0.015


def test_portraits_differ(files):
    """The rural EPCI has relatively more farming cooperatives, Nantes more culture."""
    rows = files.execute(
        "SELECT coalesce(codeCommuneEtablissement = '44109', false) AS metropolis, count(*), "
        "count(*) FILTER (activitePrincipaleEtablissement LIKE '90.%'), "
        "count(*) FILTER (activitePrincipaleEtablissement LIKE '01.%') "
        "FROM establishments WHERE trancheEffectifsEtablissement != 'NN' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    (_, rural, rural_culture, rural_farming), (_, city, city_culture, city_farming) = rows
    assert city_culture / city > rural_culture / rural
    assert rural_farming / rural > city_farming / city


def test_tiny_list_of_one_commune(tmp_path):
    truth = write_region(
        tmp_path, [CommuneSpec("85113", "L'Île-d'Yeu", "85", "52", "", 4900, "85350")], seed=1, reference_year=2024
    )
    assert truth.ess_by_epci == {}
    assert truth.ess["85113", "association", True] > 5
