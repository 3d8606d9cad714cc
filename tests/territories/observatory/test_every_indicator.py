"""Ten territories, every indicator: what a release publishes against a recomputation from the raw files."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from territories.geography.enums import TerritoryKind
from territories.geography.models import FormerCode, Territory, TerritoryCommune
from territories.observatory.imports import run_sirene_import
from territories.observatory.models import ReleasedFigure
from territories.observatory.operations import run_release
from tests import oracle_sirene
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
