"""What the import counts, against files whose truth is known by construction."""

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from cress.demo.sirene_files import Truth
from territories.foundations.vocabulary import EssFamily
from territories.observatory.imports import run_sirene_import
from territories.observatory.models import Dataset, Establishment, Observation
from tests.cress.demo.sirene_specs import COMMUNES
from tests.sirene_factories import files, geography

VARIANTS = {
    "parquet": {},
    "typed": {"typed": True, "seed": 8},
    "csv": {"fmt": "csv", "seed": 9},
    "zip": {"fmt": "zip"},
    "latin-1": {"fmt": "csv", "encoding": "latin-1"},
    "cp1252": {"fmt": "zip", "encoding": "cp1252"},
    "2018": {"fmt": "csv", "generation": "2018"},
    "naf-2025": {"naf_2025_only": True},
    "duplicates": {"duplicates": 40},
}
SCOPE = {spec.code for spec in COMMUNES}
EPCI = {spec.code: spec.epci for spec in COMMUNES}


def cells(dataset: Dataset, champ: str, kind: str = "commune", **filters: object):
    return Observation.objects.filter(dataset=dataset, champ=champ, kind=kind, **filters)


def check_establishments(truth: Truth, dataset: Dataset) -> None:
    included = Establishment.objects.filter(dataset=dataset, qualification="included")

    # One by one, by commune, famille and employer.
    found = Counter(included.values_list("commune_code", "family", "is_employer"))
    assert found == Counter({key: n for key, n in truth.ess.items() if key[0] in SCOPE and n})
    # The cells say the same.
    counted: Counter[tuple[str, str, bool]] = Counter()
    for code, family, employer, value in cells(dataset, "ess").values_list("code", "family", "is_employer", "value"):
        counted[code, family, employer] += int(value)
    assert counted == found
    # By EPCI and famille, the question of the reader.
    by_epci: Counter[tuple[str, str]] = Counter()
    for (code, family, employer), n in found.items():
        if employer and EPCI[code]:
            by_epci[EPCI[code], family] += n
    assert by_epci == Counter({key: n for key, n in truth.ess_by_epci.items() if n})
    # Divisions and bands of employers, over the whole scope and elsewhere.
    judged = Establishment.objects.filter(dataset=dataset, qualification="to_qualify")
    assert Counter(judged.values_list("commune_code", "is_employer")) == Counter(
        {key: n for key, n in truth.to_qualify.items() if key[0] in SCOPE and n}
    )


def check_denominators_and_enterprises(truth: Truth, dataset: Dataset) -> None:
    employers: Counter[tuple[str, bool]] = Counter()
    for code, private, value in cells(dataset, "employers").values_list("code", "is_private", "value"):
        employers[code, private] += int(value)
    ess = Counter()
    for (code, _family, employer), n in truth.ess.items():
        if employer and code in SCOPE:
            ess[code] += n
    private = {code: truth.private_employers.get(code, 0) + ess[code] for code in SCOPE}
    public = {code: truth.public_employers.get(code, 0) for code in SCOPE}
    assert {code: employers[code, True] for code in SCOPE} == private
    assert {code: employers[code, False] for code in SCOPE} == public

    enterprises: Counter[str] = Counter()
    for code, value in cells(dataset, "enterprises").values_list("code", "value"):
        enterprises[code] += int(value)
    assert enterprises == Counter({code: n for code, n in truth.enterprises_by_commune.items() if code in SCOPE and n})
    by_epci: Counter[str] = Counter()
    for code, value in cells(dataset, "enterprises", "epci").values_list("code", "value"):
        by_epci[code] += int(value)
    assert by_epci == Counter({code: n for code, n in truth.enterprises_by_epci.items() if n})


def check_flows(truth: Truth, dataset: Dataset) -> None:
    flows: Counter[tuple[str, str, int]] = Counter()
    for code, measure, year, value in cells(dataset, "flows").values_list("code", "measure", "year", "value"):
        flows[measure, code, year] += int(value)
    years = range(2014, 2026)
    for measure, expected in (("creations", truth.creations_by_commune), ("cessations", truth.closures_by_commune)):
        mine = {key[1:]: n for key, n in flows.items() if key[0] == measure}
        assert mine == {key: n for key, n in expected.items() if key[0] in SCOPE and key[1] in years and n}


def check_survival(truth: Truth, dataset: Dataset) -> None:
    found: Counter[tuple[str, str, int]] = Counter()
    for code, measure, year, value in cells(dataset, "flows").values_list("code", "measure", "year", "value"):
        found[measure, code, year] += int(value)
    cohorts = {key[1:]: n for key, n in found.items() if key[0] == "cohort"}
    expected = {key: n for key, n in truth.cohorts_by_commune.items() if key[0] in SCOPE and 2014 <= key[1] <= 2025 and n}
    assert cohorts == expected
    for age, last in ((3, 2022), (5, 2020)):
        survived = {key[1:]: n for key, n in found.items() if key[0] == f"survived_{age}"}
        # Cohorts too young to have reached the age have no row; those that lost everyone have a zero.
        assert survived == {key: truth.survived_by_commune[*key, age] for key in expected if key[1] <= last}


def check_account(truth: Truth, dataset: Dataset) -> None:
    account = dataset.account
    assert account["read"] == {
        "units": truth.rows_legal_units,
        "establishments": truth.rows_establishments,
        "scope_rows": account["read"]["scope_rows"],
    }
    assert sum(line["establishments"] for line in account["kept"]["families"].values()) == account["kept"]["included"]
    assert set(account["kept"]["families"]) <= {family.value for family in EssFamily}
    unknown = {row["code"]: row["kept_rows"] for row in account["unknown_communes"]["list"] if row["kept_rows"]}
    assert unknown == dict(truth.unknown_commune)
    assert sum(row["establishments"] for row in account["kept"]["to_validate"]) == truth.to_validate
    # Only repeated rows that would have counted somewhere are looked for.
    assert (account["left_out"]["duplicate_rows"] > 0) == (truth.duplicates > 0)
    assert account["left_out"]["duplicate_rows"] <= truth.duplicates
    partly = Establishment.objects.filter(dataset=dataset, is_partly_diffused=True)
    assert partly.exists()
    assert set(partly.values_list("name", "usual_name", "search", "postal_code")) == {("", "", "", "")}
    assert not Establishment.objects.filter(dataset=dataset, name__contains="[ND]").exists()
    assert not Establishment.objects.filter(dataset=dataset, legal_category="1000").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("variant", VARIANTS)
def test_counts_are_the_truth(variant, tmp_path: Path):
    geography()
    truth = files(tmp_path, **VARIANTS[variant])

    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))

    check_establishments(truth, dataset)
    check_denominators_and_enterprises(truth, dataset)
    check_flows(truth, dataset)
    check_survival(truth, dataset)
    check_account(truth, dataset)
    assert dataset.nomenclature == ("NAF2025" if variant == "naf-2025" else "NAFRev2")
    assert dataset.workforce_year == 2024
