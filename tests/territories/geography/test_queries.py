"""Codes, neighbourhoods and positions."""

import pytest

from territories.geography.enums import TerritoryKind
from territories.geography.models import Outline, Territory
from territories.geography.operations import compose_territory
from territories.geography.queries import (
    approximate_positions,
    commune_lookup,
    outlines_for,
    positions_for,
    resolve_code,
    scope_codes,
)
from tests.geography_factories import ANCENIS, ESSARTS, NANTES_METROPOLE, REDON, make_geography, territory


@pytest.fixture
def geography(db: None):
    return make_geography()


def resolved(text: str) -> list[tuple[str, str]]:
    return [(found.kind, found.code) for found in resolve_code(text)]


def test_codes_are_resolved(geography) -> None:
    compose_territory(name="Pays de Retz", kind="pays", communes=["44143"], by=None)
    assert resolved("44109") == [("commune", "44109")]
    assert resolved(" 244400552 ") == [("epci", ANCENIS)]
    assert resolved("52") == [("departement", "52"), ("region", "52")]
    assert resolved("region:52") == [("region", "52")]
    assert resolved("dep/52") == [("departement", "52")]
    assert resolved("Département : 52") == [("departement", "52")]
    assert resolved("49144") == [("commune", "44180")]
    assert resolved("75101") == [("commune", "75056")]
    assert resolved("F") == resolved("france") == [("country", "F")]
    assert resolved("pays-de-retz") == [("pays", "pays-de-retz")]
    assert resolved("planete:52") == resolved("99999") == resolved("") == []


def test_any_code_ever_met_leads_to_a_current_commune(geography, django_assert_num_queries) -> None:
    with django_assert_num_queries(2):
        lookup = commune_lookup(geography)
    assert lookup["44109"] == "44109"
    assert lookup["49144"] == "44180"
    assert lookup["75118"] == "75056"
    assert lookup["85084"] == "85084"
    assert "99999" not in lookup


def test_the_scope_is_the_region_and_every_commune_of_every_epci_that_touches_it(geography, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        scope = scope_codes(geography, "52")
    assert {"35236", "35294", "56001"} <= scope, "Redon Agglomération is whole"
    assert {"44109", "85113"} <= scope
    assert not {"75056", "52121", "97228"} & scope
    assert scope_codes(geography, "53") == {"35236", "35294", "44007", "56001"}
    assert scope_codes(geography, "99") == set()


def chain(kind: str, code: str) -> list[tuple[str, str]]:
    return [(found.kind, found.code) for found in territory(kind, code).comparison_chain()]


def test_comparison_goes_up_by_communes_and_never_by_codes(geography) -> None:
    assert chain("commune", "49160") == [("epci", ANCENIS), ("departement", "49"), ("region", "52"), ("country", "F")]
    assert chain("commune", "85113") == [("departement", "85"), ("region", "52"), ("country", "F")]
    assert chain("epci", ANCENIS) == [("departement", "44"), ("departement", "49"), ("region", "52"), ("country", "F")]
    # Most of Redon Agglomération lives in Brittany, whoever reads it.
    assert chain("epci", REDON) == [
        ("departement", "35"),
        ("departement", "56"),
        ("departement", "44"),
        ("region", "53"),
        ("country", "F"),
    ]
    assert chain("departement", "52") == [("region", "44"), ("country", "F")]
    assert chain("region", "52") == [("country", "F")]
    assert chain("country", "F") == []
    assert chain("commune", "97228") == [("departement", "972"), ("region", "02"), ("country", "F")]
    assert chain("commune", "97502") == []


def test_a_composed_territory_is_compared_without_its_epci(geography) -> None:
    pays = compose_territory(name="Loire", kind="composite", epci=[ANCENIS, ESSARTS], by=None)
    assert [(t.kind, t.code) for t in pays.comparison_chain()] == [
        ("departement", "44"),
        ("departement", "85"),
        ("departement", "49"),
        ("region", "52"),
        ("country", "F"),
    ]
    assert [t.code for t in pays.parents()] == [ANCENIS, ESSARTS, "44", "85", "49", "52", "F"]


def test_parents_keep_every_region(geography) -> None:
    assert [t.code for t in territory("epci", REDON).parents()] == ["35", "56", "44", "53", "52", "F"]
    assert [t.code for t in territory("departement", "44").parents()] == ["52", "F"]


def test_what_is_around_costs_the_same_for_all(geography, django_assert_num_queries) -> None:
    for kind, code in (("commune", "44109"), ("epci", REDON), ("departement", "44"), ("region", "52")):
        found = territory(kind, code)
        with django_assert_num_queries(2):
            found.comparison_chain()
    country = territory("country", "F")
    with django_assert_num_queries(0):
        country.comparison_chain()


def test_positions_and_their_quality(geography, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        assert positions_for(["44109", "85165", "75056", "99999"]) == {"44109": (-1.554, 47.217), "85165": (-1.12, 46.80)}
    assert approximate_positions(["44109", "85165"]) == {"85165"}
    assert positions_for([]) == {}


def test_outlines_by_kind(geography) -> None:
    square = [[[[0, 0], [1, 0], [1, 1], [0, 0]]]]
    Outline.objects.create(millesime=geography, kind=TerritoryKind.COMMUNE, code="44109", rings=square, source="essai")
    Outline.objects.create(millesime=geography, kind=TerritoryKind.EPCI, code=NANTES_METROPOLE, rings=square, source="essai")
    assert outlines_for(["44109", "44143"]) == {"44109": square}
    assert outlines_for([NANTES_METROPOLE], kind="epci") == {NANTES_METROPOLE: square}


def test_a_territory_that_does_not_exist_is_said(geography) -> None:
    with pytest.raises(Territory.DoesNotExist):
        territory("commune", "99999")
    with pytest.raises(ValueError, match="planete"):
        territory("planete", "1")
