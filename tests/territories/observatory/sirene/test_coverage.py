"""Codes of the past, arrondissements, and what a file does not cover."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from territories.geography.models import Commune
from territories.observatory.imports import run_sirene_import
from territories.observatory.models import Establishment, Observation
from territories.observatory.sirene.places import Place, Places, measure_coverage
from tests.cress.demo.sirene_specs import COMMUNES
from tests.sirene_factories import ELSEWHERE, files, geography

REDON = "243500741"


def place(departement: str, region: str = "52", population: int | None = 1_000, *, country: bool = True) -> Place:
    return Place(departement, region, "", population, country)


def covered(communes: dict[str, Place], rows: dict[str, int], scope: tuple[str, ...] = ()):
    return measure_coverage(Places({code: code for code in communes}, communes, frozenset(scope)), rows)


def test_departement_is_whole_at_99_per_cent_of_its_communes():
    communes = {f"44{number:03d}": place("44") for number in range(100)}
    rows = dict.fromkeys(communes, 10)

    assert covered(communes, rows).departements == {"44"}
    del rows["44000"]
    assert covered(communes, rows).departements == {"44"}
    del rows["44001"]
    assert covered(communes, rows).departements == frozenset()


def test_communes_without_inhabitants_are_not_expected():
    communes = {"55039": place("55", population=0), "55050": place("55", population=None), "55001": place("55")}
    coverage = covered(communes, {"55001": 10}, ("55001", "55039", "55050"))

    assert coverage.departements == {"55"}
    assert coverage.uncovered_scope == ()


def test_a_stray_row_does_not_cover_paris():
    communes = {"75056": place("75", "11", 2_100_000)}

    assert covered(communes, {"75056": 2_099}).departements == frozenset()
    assert covered(communes, {"75056": 2_100}).departements == {"75"}


def test_region_and_country_need_every_departement():
    communes = {
        "44001": place("44"),
        "49001": place("49"),
        "35001": place("35", "53"),
        "98801": place("988", "988", country=False),
    }
    rows = {"44001": 10, "49001": 10}

    coverage = covered(communes, rows, ("44001", "35001"))
    assert coverage.regions == {"52"}
    assert not coverage.has_country
    assert coverage.uncovered_scope == ("35001",)
    assert covered(communes, rows | {"35001": 10}).has_country


@pytest.mark.django_db
def test_regional_file_says_what_it_lacks(tmp_path: Path):
    """A file cut at the border of the region: Redon Agglomération is only partly there, and says so."""
    geography()
    truth = files(tmp_path)
    cut = tmp_path / "region.parquet"
    regional = f"SELECT * FROM '{truth.establishments}' WHERE substr(codeCommuneEtablissement, 1, 2) <> '35'"
    duckdb.sql(f"COPY ({regional}) TO '{cut}' (FORMAT parquet)")

    dataset = run_sirene_import(units=truth.legal_units, establishments=cut)

    assert dataset.uncovered_communes == ["35236"]
    assert "35" not in dataset.covered_departements
    assert {"44", "49", "85"} <= set(dataset.covered_departements)
    assert not Observation.objects.filter(dataset=dataset, code="35").exists()
    assert not Observation.objects.filter(dataset=dataset, kind="country").exists()
    assert Observation.objects.filter(dataset=dataset, kind="region", code="52").exists()


@pytest.mark.django_db
def test_whole_file_covers_redon(tmp_path: Path):
    geography()
    truth = files(tmp_path)

    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))

    assert dataset.uncovered_communes == []
    assert dataset.vintage_on == date(2026, 11, 1)
    redon = {spec.code for spec in COMMUNES if spec.epci == REDON}
    found = Establishment.objects.filter(dataset=dataset, qualification="included", is_employer=True, commune_code__in=redon)
    assert found.count() == sum(n for (epci, _), n in truth.ess_by_epci.items() if epci == REDON)
    # Rennes is populated and has no row: Ille-et-Vilaine and its total are not given.
    assert "35" not in dataset.covered_departements


@pytest.mark.django_db
def test_former_codes_and_arrondissements_are_todays_communes(tmp_path: Path):
    geography()
    truth = files(tmp_path)
    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)
    known = set(Commune.objects.values_list("code", flat=True))

    assert set(Establishment.objects.values_list("commune_code", flat=True)) <= known
    for key in ("former-code", "delegated-code"):
        moved = Establishment.objects.filter(dataset=dataset, siret__in=truth.cases[key])
        assert moved.exists()
        assert set(moved.values_list("commune_code", flat=True)) <= {"49160", "44180", "44213"}
    # Paris, Lyon and Marseille are outside the scope: known to the geography, hence not « unknown ».
    unknown = {row["code"] for row in dataset.account["unknown_communes"]["list"]}
    assert not {code for code in unknown if code.startswith(("751", "6938", "132"))}
    assert unknown


@pytest.mark.django_db
def test_arrondissements_are_counted_in_their_city(tmp_path: Path):
    """With a Paris of one hundred inhabitants its few rows cover it: its total is that of the arrondissements’ codes."""
    small = [spec._replace(population=100) if spec.code == "75056" else spec for spec in COMMUNES + ELSEWHERE]
    geography(small)
    truth = files(tmp_path)
    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)

    expected = sum(n for (code, _, _), n in truth.ess.items() if code == "75056")
    rows = Observation.objects.filter(dataset=dataset, champ="ess", kind="departement", code="75")
    assert sum(rows.values_list("value", flat=True)) == expected > 0


@pytest.mark.django_db
def test_totals_of_the_levels_are_the_sums_of_their_communes(tmp_path: Path):
    geography()
    truth = files(tmp_path)
    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)

    def total(champ: str, kind: str, codes: set[str]) -> float:
        rows = Observation.objects.filter(dataset=dataset, champ=champ, kind=kind, code__in=codes)
        return sum(rows.values_list("value", flat=True))

    for champ in ("ess", "employers", "flows"):
        for departement in ("44", "49", "85"):
            inside = {spec.code for spec in COMMUNES if spec.departement == departement}
            assert total(champ, "departement", {departement}) == total(champ, "commune", inside) > 0
        assert total(champ, "region", {"52"}) == total(champ, "departement", {"44", "49", "85"})
    # An enterprise with establishments in two communes is one enterprise of the département.
    assert total("enterprises", "region", {"52"}) < total("enterprises", "commune", {spec.code for spec in COMMUNES})
