"""The dry run: every kind of fault is named with its line, its column and what to do; nothing is written."""

import dataclasses
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from territories.geography.enums import TerritoryKind
from territories.geography.loading import load
from territories.geography.models import Millesime
from territories.geography.operations import compose_territory
from territories.observatory.models import Dataset, Observation
from territories.observatory.orders.examination import Examination
from territories.observatory.orders.findings import Report, sentence
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.sirene.errors import SourceProblem
from tests.geography_factories import COMMUNES, EPCI, make_geography, positions, source
from tests.orders_factories import HEADER, ORDER, examined, order_rows, write_csv

pytestmark = pytest.mark.django_db

FULL = (
    "millesime", "perimetre", "nomenclature", "maille", "code_geo", "champ", "famille", "secteur", "tranche_taille", "sexe", "classe_age",
    "csp", "nb_entreprises", "nb_etablissements", "effectifs_3112", "etp", "remunerations_brutes", "max_contributeur", "statut",
)  # fmt: skip
GOOD = {
    "millesime": "2022", "perimetre": "ESS-4F+SC", "nomenclature": "NAFRev2", "maille": "COM", "code_geo": "44003", "champ": "ESS",
    "nb_etablissements": "12", "effectifs_3112": "100", "statut": "A",
}  # fmt: skip


@pytest.fixture(autouse=True)
def france():
    make_geography()


def full_row(**changes: Any) -> list[Any]:
    return [{**GOOD, **changes}.get(name, "") for name in FULL]


def report(tmp_path: Path, rows: Sequence[Sequence[Any]], header: Sequence[str] = HEADER, meta: OrderMeta = ORDER) -> Report:
    return examined(write_csv(tmp_path / "commande.csv", rows, header), tmp_path, meta).report


def cells(examination: Examination, folder: Path, year: int = 2022) -> dict[tuple[str, ...], tuple[float | None, str]]:
    """(kind, code, champ, family, division, activity, measure) → (value, status) of what would be loaded."""
    name, _ = examination.files[year]
    rows = duckdb.execute(
        f"SELECT kind, code, champ, family, division, activity, measure, value, status FROM '{folder / 'travail' / name}'"
    ).fetchall()
    return {tuple(row[:7]): (row[7], row[8]) for row in rows}


def test_a_good_order_has_no_error_and_writes_nothing(tmp_path: Path):
    found = report(tmp_path, order_rows())

    assert found.error_counts == {}
    assert found.years == (2022,)
    assert found.places == {"commune": 2, "departement": 1, "epci": 1, "region": 1}
    assert ("commune", "jobs_ess", "s", 2) in found.counts
    assert (2022, "region", "jobs_ess", "jobs", 30_000.0) in found.totals
    assert not Dataset.objects.exists()
    assert not Observation.objects.exists()


FAULTS = (
    ({"millesime": "21"}, "year", "millesime"),
    ({"millesime": "2021"}, "other_year", "millesime"),
    ({"maille": "CANTON"}, "level", "maille"),
    ({"code_geo": ""}, "no_code", "code_geo"),
    ({"code_geo": "99999"}, "unknown_code", "code_geo"),
    ({"champ": "marchand"}, "champ", "champ"),
    ({"famille": "kolkhoze"}, "family", "famille"),
    ({"famille": "autres"}, "family_of_perimeter", "famille"),
    ({"secteur": "34"}, "sector", "secteur"),
    ({"secteur": "8899B"}, "sector", "secteur"),
    ({"tranche_taille": "3 à 7"}, "size", "tranche_taille"),
    ({"sexe": "X"}, "sex", "sexe"),
    ({"classe_age": "jeunes"}, "age", "classe_age"),
    ({"csp": "42"}, "csp", "csp"),
    ({"nomenclature": "NAP600"}, "nomenclature", "nomenclature"),
    ({"perimetre": "ESS-5F"}, "perimeter", "perimetre"),
    ({"statut": "masqué"}, "status", "statut"),
    ({"effectifs_3112": "cent"}, "number", "effectifs_3112"),
    ({"effectifs_3112": "-1"}, "negative", "effectifs_3112"),
    ({"statut": "s", "effectifs_3112": ""}, "value_beside_status", "nb_etablissements"),
    ({"max_contributeur": "101"}, "largest", "max_contributeur"),
    ({"code_geo": "44007", "nb_entreprises": "13"}, "more_enterprises", ""),
)


def test_every_fault_has_its_line_its_column_and_what_to_do(tmp_path: Path):
    found = report(tmp_path, [full_row(code_geo="44180"), *(full_row(**changes) for changes, _, _ in FAULTS)], FULL)

    for line, (_, kind, column) in enumerate(FAULTS, start=3):
        error = next((error for error in found.errors if error.kind == kind and error.line == line), None)
        assert error is not None, kind
        assert error.column == column
        assert sentence(error).startswith(f"Ligne {line}")
        assert sentence(error).endswith(".")
    assert sum(found.error_counts.values()) == len(FAULTS) + 1
    assert found.error_counts["duplicate"] == 1
    assert found.unknown_words["famille"] == ("kolkhoze",)


def test_all_are_counted_and_the_first_fifty_shown(tmp_path: Path):
    found = report(tmp_path, [full_row(effectifs_3112="?", code_geo="44003", secteur="87")] * 70, FULL)

    assert found.error_counts["number"] == 70
    assert sum(error.kind == "number" for error in found.errors) == 50


def test_the_largest_contribution_may_equal_the_value(tmp_path: Path):
    assert report(tmp_path, [full_row(max_contributeur="100", nb_entreprises="12")], FULL).error_counts == {}


def test_repeated_lines_count_once_and_contradictions_block(tmp_path: Path):
    same = ("COM", "44003", "ESS", "", "", 12, 100, "A")
    twice = examined(write_csv(tmp_path / "a.csv", [same, same]), tmp_path)
    assert twice.report.remark_counts == {"identical": 2}
    assert cells(twice, tmp_path)["commune", "44003", "jobs_ess", "", "", "", "jobs"] == (100, "A")

    found = report(tmp_path, [same, ("COM", "44003", "ESS", "", "", 12, 101, "A")])
    assert found.error_counts == {"duplicate": 1}
    assert (found.errors[0].line, "aussi ligne 3" in found.errors[0].detail) == (2, True)


def test_zero_empty_and_secret_are_three_things(tmp_path: Path):
    rows = [
        ("COM", "44003", "ESS", "mutuelle", "", 0, 0, "A"),
        ("COM", "44003", "ESS", "fondation", "", "", "", "A"),
        ("COM", "44003", "ESS", "cooperative", "", "", "", "K"),
        ("COM", "44003", "ESS", "association", "", 3, "s", "A"),
    ]
    found = cells(examined(write_csv(tmp_path / "a.csv", rows), tmp_path), tmp_path)
    by_family = {key[3]: value for key, value in found.items() if key[6] == "jobs"}

    assert by_family == {"mutuelle": (0, "A"), "cooperative": (None, "K"), "association": (None, "s")}
    assert found["commune", "44003", "jobs_ess", "association", "", "", "establishments"] == (3, "A")


def test_shown_statuses_are_kept(tmp_path: Path):
    rows = [("DEP", code, "ESS", "", "", 5, 50, status) for code, status in (("44", "p"), ("49", "r"), ("85", "e"))]
    found = cells(
        examined(write_csv(tmp_path / "a.csv", [*rows, ("COM", "44003", "TOTAL", "", "", 1, 9, "W")]), tmp_path), tmp_path
    )

    assert {key[1]: status for key, (_, status) in found.items()} == {"44": "p", "49": "r", "85": "e", "44003": "W"}


def test_full_time_equivalents_far_above_jobs_are_remarked(tmp_path: Path):
    assert "fte" not in report(tmp_path, [full_row(etp="160")], FULL).remark_counts
    assert report(tmp_path, [full_row(etp="160,1")], FULL).remark_counts["fte"] == 1


# --- Geography --------------------------------------------------------------------------------------------------------


def test_merged_communes_are_added_and_a_masked_part_masks_the_sum(tmp_path: Path):
    rows = [
        ("COM", "44003", "ESS", "", "", 12, 100, "A"),
        ("COM", "44160", "ESS", "", "", 3, 20, "A"),
        ("COM", "44003", "ESS", "association", "", 10, 80, "A"),
        ("COM", "44160", "ESS", "association", "", "", "", "s"),
        # Only one of the two says anything of the mutuelles.
        ("COM", "44003", "ESS", "mutuelle", "", 1, 20, "A"),
    ]
    path = write_csv(tmp_path / "a.csv", rows)
    found = examined(path, tmp_path)
    jobs = {key[3]: value for key, value in cells(found, tmp_path).items() if key[6] == "jobs"}

    assert found.report.remark_counts["former"] == 2
    assert jobs == {"": (120, "A"), "association": (None, "s"), "mutuelle": (None, "nd")}

    zero = examined(path, tmp_path, dataclasses.replace(ORDER, absent_is_zero=True))
    assert cells(zero, tmp_path)["commune", "44003", "jobs_ess", "mutuelle", "", "", "jobs"] == (20, "A")


def test_arrondissements_beside_their_commune_are_left_out(tmp_path: Path):
    rows = [("COM", "75056", "TOTAL", "", "", 9, 900, "A"), ("COM", "75101", "TOTAL", "", "", 4, 400, "A")]
    found = report(tmp_path, [*rows, *order_rows()])

    assert found.remark_counts["arrondissement"] == 1
    assert found.error_counts == {}


def test_lost_zeros_are_repaired_only_when_there_is_one_reading(tmp_path: Path):
    rows = [("REG", "2", "TOTAL", "", "", 5, 50, "A"), ("DEP", "44.0", "TOTAL", "", "", 5, 50, "A")]
    found = report(tmp_path, rows)

    assert found.error_counts == {}
    assert found.remark_counts["repaired"] == 1
    assert found.remarks[0].detail == "lu 02"
    assert report(tmp_path, [("COM", "4400", "TOTAL", "", "", 5, 50, "A")]).error_counts == {"unknown_code": 1}


def test_places_outside_the_region_are_checked_but_not_kept(tmp_path: Path):
    rows = [("COM", "52121", "TOTAL", "", "", 5, 50, "A"), ("COM", "35236", "TOTAL", "", "", 5, 50, "A")]
    found = examined(write_csv(tmp_path / "a.csv", rows), tmp_path)

    assert found.report.remark_counts == {"outside": 1}
    assert {key[1] for key in cells(found, tmp_path)} == {"35236"}


def test_a_commune_restored_since_is_refused(tmp_path: Path):
    """L’Oie (85165) left Essarts-en-Bocage: a line of the whole, before, cannot be shared out."""
    current = Millesime.objects.current()
    older = [
        {**entry, "anciensCodes": ["85165"]} if (entry["code"], entry["type"]) == ("85084", "commune-actuelle") else entry
        for entry in COMMUNES
        if entry["code"] != "85165"
    ]
    epci = [{**group, "membres": [one for one in group["membres"] if one["code"] != "85165"]} for group in EPCI]
    load(source("5.0.0", stamp="3", communes=older, epci=epci), positions(), pause=0)
    older_year = Millesime.objects.exclude(pk=current.pk).get().year
    Millesime.objects.update(is_current=False)
    Millesime.objects.filter(pk=current.pk).update(is_current=True)

    rows = [("COM", "85084", "TOTAL", "", "", 5, 50, "A"), ("COM", "85113", "TOTAL", "", "", 5, 50, "A")]
    found = examined(write_csv(tmp_path / "a.csv", rows), tmp_path, dataclasses.replace(ORDER, geography=older_year))

    assert found.report.remark_counts == {"split": 1}
    assert {key[1] for key in cells(found, tmp_path)} == {"85113"}


# --- Totals against parts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("coops", "kinds"), [(10, {}), (11, {}), (12, {"parts_over": 1}), (8, {"parts_short": 1})])
def test_families_against_their_total(tmp_path: Path, coops: int, kinds: dict[str, int]):
    """Three numbers, each rounded by a half at most: one and a half is within, two is not."""
    rows = [
        ("DEP", "44", "ESS", "", "", 20, 100, "A"),
        ("DEP", "44", "ESS", "association", "", 15, 90, "A"),
        ("DEP", "44", "ESS", "cooperative", "", 5, coops, "A"),
    ]
    found = report(tmp_path, rows)

    assert found.error_counts == {}
    assert found.remark_counts == kinds
    jobs = next(one for one in found.parts if one.label == "familles" and one.measure == "jobs")
    assert (jobs.checked, jobs.equal + jobs.over + jobs.short) == (1, 1)


def test_a_masked_part_forbids_to_say_that_parts_are_short(tmp_path: Path):
    rows = [
        ("DEP", "44", "ESS", "", "", 20, 100, "A"),
        ("DEP", "44", "ESS", "association", "", 15, 50, "A"),
        ("DEP", "44", "ESS", "cooperative", "", 5, "s", "A"),
    ]
    found = report(tmp_path, rows)

    assert found.remark_counts == {}
    assert next(one for one in found.parts if one.measure == "jobs").masked == 1


def test_communes_against_their_departement(tmp_path: Path):
    codes = [entry["code"] for entry in COMMUNES if entry["type"] == "commune-actuelle" and entry.get("departement") == "49"]
    rows = [("COM", code, "TOTAL", "", "", 10, 100, "A") for code in codes]
    found = report(tmp_path, [*rows, ("DEP", "49", "TOTAL", "", "", 20, 900, "A")])

    assert found.remark_counts == {"parts_short": 2}
    assert found.remarks[0].column == "communes contre département"


# --- Known layouts ----------------------------------------------------------------------------------------------------

FLORES = ("GEO", "GEO_OBJECT", "ACTIVITY", "NUMBER_EMPL", "LEGAL_FORM_WITH_PUBLIC", "FLORES_MEASURE", "OBS_STATUS", "TIME_PERIOD", "OBS_VALUE")  # fmt: skip
OPEN = OrderMeta(source="flores-open")


def flores(path: Path, rows: Sequence[Sequence[Any]]) -> Path:
    text = "\n".join(";".join(f'"{cell}"' for cell in row) for row in (FLORES, *rows))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DS_FLORES_A17_2023_data.csv", text)
    return path


def test_open_flores_files(tmp_path: Path):
    def line(geo: str, level: str, activity: str, value: Any, status: str = "A", measure: str = "EMPL3112", legal: str = "1T9X7"):
        return (geo, level, activity, "_T", legal, measure, status, "2023", value)

    path = flores(
        tmp_path / "flores.zip",
        [
            line("44003", "COM", "_T", 500),
            line("44003", "COM", "OQ", "", "K"),
            line("44003", "COM", "C1", 40, "W"),
            line("44003", "COM", "_T", 60, measure="UNIT_LOC"),
            line("44003", "COM", "_T", 7, legal="2AAAA"),
            line("44", "DEP", "_T", 5_000),
            line("52", "REG", "_T", 50_000),
            line("F", "FRANCE", "_T", 26_000_000),
            line("FM", "FRANCE", "_T", 25_000_000),
            line("0051", "ZE2020", "_T", 900),
            line("244400552", "EPCI", "_T", 900),
        ],
    )
    examination = examined(path, tmp_path, OPEN)
    found = cells(examination, tmp_path, 2023)

    assert examination.report.layout == "flores"
    assert examination.report.error_counts == {}
    assert found == {
        ("commune", "44003", "jobs_total", "", "", "", "jobs"): (500, "A"),
        ("commune", "44003", "jobs_total", "", "", "A17:OQ", "jobs"): (None, "K"),
        ("commune", "44003", "jobs_total", "", "", "A17:C1", "jobs"): (40, "W"),
        ("commune", "44003", "jobs_total", "", "", "", "establishments"): (60, "A"),
        ("departement", "44", "jobs_total", "", "", "", "jobs"): (5_000, "A"),
        ("region", "52", "jobs_total", "", "", "", "jobs"): (50_000, "A"),
        ("country", "F", "jobs_total", "", "", "", "jobs"): (26_000_000, "A"),
        ("epci", "244400552", "jobs_total", "", "", "", "jobs"): (900, "A"),
    }
    left = {(one.column, one.value) for one in examination.report.remarks if one.kind == "left_out"}
    assert left == {("LEGAL_FORM_WITH_PUBLIC", "2AAAA"), ("GEO_OBJECT", "ZE2020")}
    assert any(one.kind == "country" and "FM" in one.detail for one in examination.report.remarks)


def test_metropolitan_france_alone_is_said(tmp_path: Path):
    rows = [("FM", "FRANCE", "_T", "_T", "1T9X7", "EMPL3112", "A", "2023", 25_000_000)]
    found = examined(flores(tmp_path / "flores.zip", rows), tmp_path, OPEN).report

    assert found.country == "FM"


URSSAF = ("region", "code_region", "champ_ess", "famille_ess", "grand_secteur_d_activite", "secteur_na88", "annee", "nombre_d_etablissements", "effectifs_salaries_moyens", "masse_salariale")  # fmt: skip
URSSAF_LABELS = ("Région", "Code région", "Champ ESS", "Famille ESS", "Grand secteur d'activité", "Secteur NA88", "Année", "Nombre d'établissements", "Effectifs salariés moyens", "Masse salariale")  # fmt: skip


@pytest.mark.parametrize("header", [URSSAF, URSSAF_LABELS])
def test_urssaf_files_of_several_years_with_their_totals(tmp_path: Path, header: Sequence[str]):
    def line(year: int, champ: str, family: str, sector: str, jobs: float):
        return ("Pays de la Loire", "52", champ, family, "Services", sector, year, 3.5, jobs, jobs * 20_000)

    rows = [
        line(2021, "OUI", "Associations", "87 Hébergement médico-social", 10.5),
        line(2022, "OUI", "Associations", "87 Hébergement médico-social", 11.5),
        line(2022, "OUI", "Associations", "88 Action sociale sans hébergement", 20),
        line(2022, "OUI", "Coopératives", "88 Action sociale sans hébergement", 1),
        line(2022, "NON", "Hors ESS", "88 Action sociale sans hébergement", 300),
    ]
    examination = examined(write_csv(tmp_path / "a.csv", rows, header), tmp_path, OrderMeta(source="urssaf-ess"))
    jobs = {key[2:5]: value for key, (value, _) in cells(examination, tmp_path, 2022).items() if key[6] == "jobs"}

    assert examination.report.years == (2021, 2022)
    assert jobs == {
        ("jobs_ess", "association", "87"): 11.5,
        ("jobs_ess", "association", "88"): 20,
        ("jobs_ess", "cooperative", "88"): 1,
        ("jobs_other", "", "88"): 300,
        ("jobs_ess", "association", ""): 31.5,
        ("jobs_ess", "cooperative", ""): 1,
        ("jobs_ess", "", "87"): 11.5,
        ("jobs_ess", "", "88"): 21,
        ("jobs_ess", "", ""): 32.5,
        ("jobs_other", "", ""): 300,
    }


def test_a_national_urssaf_file_is_france(tmp_path: Path):
    header = [name for name in URSSAF if name not in ("region", "code_region")]
    rows = [("OUI", "Associations", "Services", "87 Hébergement", 2022, 3, 10, 200_000)]
    found = examined(write_csv(tmp_path / "a.csv", rows, header), tmp_path, OrderMeta(source="urssaf-ess")).report

    assert found.places == {"country": 1}


def test_any_other_file_needs_a_mapping_wide_or_long(tmp_path: Path):
    rows = [("44003", "Assoc.", "Emplois", "1 234")]
    path = write_csv(tmp_path / "a.csv", rows, ("Code Insee", "Statut juridique", "Indicateur", "Nombre"))
    with pytest.raises(SourceProblem, match="correspondre"):
        examined(path, tmp_path)

    mapping = {
        "columns": {"code_geo": "Code Insee", "famille": "Statut juridique", "mesure": "Indicateur", "valeur": "Nombre"},
        "values": {"famille": {"Assoc.": "association"}},
        "constants": {"maille": "COM", "champ": "ESS"},
    }
    examination = examined(path, tmp_path, dataclasses.replace(ORDER, layout="mapping", mapping=mapping))

    assert cells(examination, tmp_path) == {("commune", "44003", "jobs_ess", "association", "", "", "jobs"): (1234, "A")}


def test_a_mapping_that_lacks_a_column_says_which(tmp_path: Path):
    path = write_csv(tmp_path / "a.csv", [("1", "2")], ("Code", "Nombre"))
    mapping = {"columns": {"code_geo": "Code Insee", "effectifs_3112": "Nombre"}, "constants": {"maille": "COM", "champ": "ESS"}}

    with pytest.raises(SourceProblem, match="Code Insee"):
        examined(path, tmp_path, dataclasses.replace(ORDER, layout="mapping", mapping=mapping))


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("AZ", "OQ"), {"A5:AZ", "A5:OQ"}), (("C1", "OQ"), {"A17:C1", "A17:OQ"}), (("QA", "QB"), {"A38:QA", "A38:QB"}),
     (("action-sociale", "Santé humaine"), {"GRILLE:action-sociale", "GRILLE:sante"}), (("A38:KZ", "A17:C1"), {"A38:KZ", "A17:C1"})],
)  # fmt: skip
def test_the_level_of_activities_is_that_of_the_whole_file(tmp_path: Path, words: Sequence[str], expected: set[str]):
    rows = [("DEP", "44", "ESS", "", word, 1, 10, "A") for word in words]
    found = cells(examined(write_csv(tmp_path / "a.csv", rows), tmp_path), tmp_path)

    assert {key[5] for key in found} == expected


def test_activities_of_two_levels_under_bare_codes_are_refused(tmp_path: Path):
    rows = [("DEP", "44", "ESS", "", word, 1, 10, "A") for word in ("BE", "QB")]

    assert report(tmp_path, rows).error_counts == {"sector_level": 1}


def test_a_pays_is_named_by_its_address(tmp_path: Path):
    pays = compose_territory(kind=TerritoryKind.PAYS, name="Pays de Retz", communes=["44109"], by=None)
    found = report(tmp_path, [("PAYS", pays.slug, "ESS", "", "", 1, 10, "A")])

    assert found.error_counts == {}
    assert found.places == {"pays": 1}
