"""Ten territories, every indicator: what a release publishes against a recomputation from the raw files."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from territories.geography.enums import TerritoryKind
from territories.geography.models import FormerCode, Territory, TerritoryCommune
from territories.observatory.imports import run_sirene_import
from territories.observatory.models import ReleasedFigure
from territories.observatory.operations import run_release
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.operations import run_statistics_import
from tests import oracle_orders, oracle_sirene, orders
from tests.cress.demo.sirene_specs import COMMUNES
from tests.sirene_factories import ELSEWHERE, files, geography

SCOPE = {spec.code: spec for spec in COMMUNES}
REGIONAL = {spec.code for spec in COMMUNES if spec.region == "52"}
SUBJECTS = (
    ("commune", "44109"),
    ("commune", "44003"),
    ("commune", "49048"),
    ("epci", "244400404"),
    ("epci", "244400552"),
    ("epci", "243500741"),
    ("departement", "44"),
    ("departement", "49"),
    ("region", "52"),
    ("pays", "pays-des-rives"),
)
FLOW_YEARS = range(2014, 2026)


def compose_pays(millesime) -> Territory:
    """A Pays that cuts through two EPCI and two départements."""
    from territories.geography.models import Commune

    members = list(Commune.objects.filter(millesime=millesime, code__in=("44003", "49160", "44007")).order_by("code"))
    pays = Territory.objects.create(
        millesime=millesime,
        kind=TerritoryKind.PAYS,
        code="pays-des-rives",
        name="Pays des rives",
        search="pays des rives",
        slug="pays-des-rives",
        population=sum(one.population or 0 for one in members),
        commune_count=len(members),
    )
    TerritoryCommune.objects.bulk_create(TerritoryCommune(territory=pays, commune=one) for one in members)
    return pays


def members_of(territory: Territory) -> list[str]:
    return sorted(territory.commune_codes())


def differences(expected: dict, tables: dict, only: set[str] | None = None) -> list[str]:
    """Each expected figure that is not published as such, and each published figure that nothing expected."""
    found = []
    seen = set()
    for (table, row, column), value in expected.items():
        payload = tables.get(table)
        cells = {} if payload is None else {line["key"]: line["cells"] for line in payload["rows"]}
        cell = cells.get(row, {}).get(column)
        seen.add((table, row, column))
        if cell is None:
            found.append(f"{table}/{row}/{column} : absent, attendu {value}")
        elif isinstance(value, str):
            if cell["value"] is not None or cell["status"] != value:
                found.append(f"{table}/{row}/{column} : {cell}, attendu « {value} »")
        elif cell["value"] is None or not same(cell["value"], value):
            found.append(f"{table}/{row}/{column} : {cell}, attendu {float(value)!r}")
    return found


def same(published: float, expected: Fraction | int) -> bool:
    """Equal to the last digit: the nearest float of the exact value, or one rounding of it away."""
    exact = float(expected)
    return published == exact or abs(published - exact) <= 2.3e-16 * abs(exact)


@pytest.mark.django_db
def test_every_figure_of_sirene_against_the_raw_files(tmp_path: Path) -> None:
    millesime = geography()
    compose_pays(millesime)
    truth = files(tmp_path, fmt="csv", scale=0.4, duplicates=25)
    run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))
    run_release(note="Essai")
    lookup = {spec.code: spec.code for spec in (*COMMUNES, *ELSEWHERE)}
    lookup |= dict(FormerCode.objects.values_list("code", "commune__code"))
    rows = oracle_sirene.Rows(truth.legal_units, truth.establishments, lookup)
    populations = {code: spec.population for code, spec in SCOPE.items()}
    checked = 0
    for kind, code in SUBJECTS:
        territory = Territory.objects.get_by_code(kind, code)
        communes = members_of(territory)
        # The région is compared with France, which these files do not hold whole.
        reference = set() if kind == "region" else REGIONAL
        expected = oracle_sirene.sirene_figures(rows, communes, populations, reference=reference, years=FLOW_YEARS)
        tables = dict(ReleasedFigure.objects.filter(territory=territory).values_list("table", "payload"))
        assert differences(expected, tables) == [], territory.name
        checked += len(expected)
    assert checked > 1_500


# --- Statistics with jobs -----------------------------------------------------------------------------------------------

YEARS = (2020, 2021, 2022, 2023)
# The order says nothing of Redon Agglomération itself: it is the sum of its communes.
SILENT_EPCI = "243500741"
MAILLES = {"commune": "COM", "epci": "EPCI", "departement": "DEP", "region": "REG", "pays": "PAYS", "country": "FRANCE"}
# Statistics name the whole country, of which the regional files of Sirene say nothing.
NAMED_BY_THE_ORDER = (*SUBJECTS, ("country", "F"))


def levels_of(commune: str) -> list[tuple[str, str]]:
    spec = SCOPE[commune]
    found = [("COM", commune), ("DEP", spec.departement), ("REG", spec.region), ("FRANCE", "F")]
    return [*found, ("EPCI", spec.epci)] if spec.epci and spec.epci != SILENT_EPCI else found


def check_employment(place: oracle_orders.Place, reference: oracle_orders.Place | None, tables: dict, name: str) -> int:
    """Compare every table with jobs of one territory; returns how many figures were compared."""
    last = YEARS[-1]
    expected: dict[tuple[str, str, str], object] = {
        ("jobs_key_figures", code, "value"): value for code, value in oracle_orders.key_figures(place, last).items()
    }
    for table, figures in (
        ("jobs_families", oracle_orders.families(place, last)),
        ("jobs_sectors", oracle_orders.sectors(place, reference, last)),
        ("jobs_people", oracle_orders.people(place, last)),
        ("jobs_evolution", oracle_orders.evolution(place, YEARS, 2021)),
    ):
        expected |= {(table, row, column): value for (row, column), value in figures.items()}
    classes = [line["key"] for line in tables["jobs_sizes"]["rows"]] if "jobs_sizes" in tables else []
    expected |= {("jobs_sizes", row, column): value for (row, column), value in oracle_orders.sizes(place, last, classes).items()}
    for code, value in oracle_orders.analyses(place, reference, last).items():
        expected["jobs_analyses", code, "value"] = value
    # A row that a table leaves out must be an observed zero, or be a figure that nobody may see.
    kept = {}
    for (table, row, column), value in expected.items():
        lines = {line["key"] for line in tables[table]["rows"]} if table in tables else set()
        if row in lines:
            kept[table, row, column] = value
        else:
            assert isinstance(value, str) or value == 0, (name, table, row, column, value)
    assert differences(kept, tables) == [], name
    return len(kept)


def check_shift_share(place: oracle_orders.Place, reference: oracle_orders.Place, tables: dict, name: str) -> bool:
    """The three effects to the tenth of a job, adding up exactly; or a refusal where a sector may not be said."""
    expected = oracle_orders.shift_share(place, reference, 2021, 2023)
    table = tables.get("jobs_shift_share")
    if isinstance(expected, str):
        assert table is None or (not table["rows"] and table["facts"]["refusal"]), name
        return False
    assert table is not None, name
    assert table["rows"], (name, table["facts"])
    for line in table["rows"]:
        cells = {column: cell["value"] for column, cell in line["cells"].items()}
        parts = ("national_effect", "structural_effect", "residual_effect")
        assert round(10 * cells["job_gain"]) == sum(round(10 * cells[part]) for part in parts), (name, line)
        for column in ("job_gain", "national_effect", "structural_effect"):
            assert abs(cells[column] - float(expected[line["key"], column])) <= 0.1 + 1e-9, (name, line["key"], column)
        assert abs(cells["residual_effect"] - float(expected[line["key"], "residual_effect"])) <= 0.3, (name, line["key"])
    return True


@pytest.mark.django_db
def test_every_figure_of_an_order_against_its_rows(tmp_path: Path) -> None:
    millesime = geography()
    compose_pays(millesime)
    truth = files(tmp_path, fmt="csv", scale=0.05)
    run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))
    communes = [(spec.code, spec.population) for spec in COMMUNES]
    rows = orders.order_rows(communes, levels_of, seed=3, years=YEARS)
    assert {row["statut"] for row in rows} == {"A", "s"}
    meta = OrderMeta(source="insee-commande", absent_is_zero=True, policy="masked")
    for year in YEARS:
        path = orders.write_rows(tmp_path / f"commande-{year}.csv", (row for row in rows if row["millesime"] == year))
        note = "nouvelle méthode de l’Insee" if year == 2021 else ""
        run_statistics_import(path, meta=replace(meta, year=year, break_note=note))
    run_release(note="Essai")
    order = oracle_orders.Order(rows)
    region = oracle_orders.Place(order, "REG", "52", [], sum(SCOPE[code].population for code in REGIONAL))
    country = oracle_orders.Place(order, "FRANCE", "F", [], 1)
    checked = decomposed = 0
    for kind, code in NAMED_BY_THE_ORDER:
        territory = Territory.objects.get_by_code(kind, code)
        members = members_of(territory)
        place = oracle_orders.Place(order, MAILLES[kind], code, members, territory.population or 0)
        reference = {"region": country, "country": None}.get(kind, region)
        tables = dict(ReleasedFigure.objects.filter(territory=territory).values_list("table", "payload"))
        checked += check_employment(place, reference, tables, territory.name)
        if reference is not None:
            decomposed += check_shift_share(place, reference, tables, territory.name)
    assert checked > 1_200
    assert decomposed >= 2
    # Where the register says nothing, the figures of the register say so.
    country_tables = dict(ReleasedFigure.objects.filter(territory__kind="country").values_list("table", "payload"))
    assert {cell["status"] for line in country_tables["families"]["rows"] for cell in line["cells"].values()} == {"nd"}
