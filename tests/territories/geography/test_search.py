"""Finding a territory by what people type."""

import pytest

from territories.geography.enums import TerritoryKind
from territories.geography.loading import load
from territories.geography.models import Territory
from territories.geography.operations import compose_territory
from territories.geography.queries import search_territories
from territories.geography.toponymy import core_form, search_form
from tests.geography_factories import ANCENIS, NANTES_METROPOLE, REDON, commune_entry, make_geography, positions, source


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("St-Sébastien s/Loire", "saint sebastien s loire"),
        ("L’Île-d'Yeu", "l ile d yeu"),
        ("STE MARIE", "sainte marie"),
        ("Stains", "stains"),
        ("  ", ""),
    ],
)
def test_what_is_typed_is_brought_to_one_writing(text: str, expected: str) -> None:
    assert search_form(text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CC du Pays d’Ancenis", "pays d ancenis"),
        ("CA de la Presqu’île de Guérande", "presqu ile de guerande"),
        ("CU d’Alençon", "alencon"),
        ("Le Mans", "mans"),
        ("L’Île-d’Yeu", "ile d yeu"),
        ("La", "la"),
        ("CA", "ca"),
        ("Cancale", "cancale"),
        ("Lescar", "lescar"),
    ],
)
def test_nature_and_article_are_set_apart(name: str, expected: str) -> None:
    assert core_form(name) == expected


@pytest.fixture
def geography(db: None) -> None:
    make_geography()


def codes(text: str) -> list[str]:
    return [found.territory.code for found in search_territories(text)]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("nantes", "44109"),
        ("NANTES", "44109"),
        ("ile d'yeu", "85113"),
        ("l’île-d’yeu", "85113"),
        ("ile yeu", "85113"),
        ("st sebastien", "44190"),
        ("saint-sébastien sur loire", "44190"),
        ("ancenis", "44003"),
        ("pays d'ancenis", ANCENIS),
        ("cc pays ancenis", ANCENIS),
        ("redon", "35236"),
        ("redon agglo", REDON),
        ("métropole nantes", NANTES_METROPOLE),
        ("loire atlantique", "44"),
        ("pays de la loire", "52"),
        ("france", "F"),
        ("44109", "44109"),
        ("244400552", ANCENIS),
        ("44150", "44003"),
        ("4415", "44003"),
        ("49144", "44180"),
        ("75118", "75056"),
        ("85350", "85113"),
        ("reze", "44143"),
    ],
)
def test_the_first_answer_is_the_one_meant(geography: None, text: str, first: str) -> None:
    assert codes(text)[0] == first


@pytest.mark.parametrize("text", ["", "   ", "'", "zzz", "99999", "44 99", "%", "_"])
def test_nothing_is_found_for_nothing(geography: None, text: str) -> None:
    assert codes(text) == []


def test_homonyms_come_by_population_and_are_told_apart(geography: None) -> None:
    found = search_territories("sainte marie")
    assert [(f.territory.code, f.territory.place) for f in found] == [
        ("97228", "Martinique (972)"),
        ("35294", "Ille-et-Vilaine (35)"),
    ]


def test_exact_names_come_before_longer_ones_even_less_populated(geography: None) -> None:
    assert codes("redon")[:2] == ["35236", REDON]
    assert codes("nant")[:2] == [NANTES_METROPOLE, "44109"]


def test_a_shared_code_gives_both_levels(geography: None) -> None:
    assert {f.territory.kind for f in search_territories("52")} == {TerritoryKind.DEPARTEMENT, TerritoryKind.REGION}


def test_merged_communes_are_found_by_their_names(geography: None) -> None:
    (found,) = search_territories("vritz")
    assert (found.territory.code, found.hint) == ("44180", "avec Vritz")
    (seat,) = search_territories("les essarts", kinds=[TerritoryKind.COMMUNE])
    assert (seat.territory.code, seat.hint) == ("85084", "avec Les Essarts")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("49144", "ancien code 49144"),
        ("44219", "ancien code 44219 (Vritz)"),
        ("44540", "code postal 44540"),
        ("4454", "codes postaux 4454…"),
        ("44180", ""),
        ("vallons", ""),
    ],
)
def test_the_reason_is_said_when_the_name_does_not_show_it(geography: None, text: str, hint: str) -> None:
    found = {f.territory.code: f.hint for f in search_territories(text)}
    assert found["44180"] == hint


def test_kinds_restrict_the_search(geography: None) -> None:
    assert [f.territory.code for f in search_territories("nantes", kinds=["epci"])] == [NANTES_METROPOLE]


def test_an_empty_composed_territory_is_not_shown(geography: None) -> None:
    compose_territory(name="Pays du Layon", kind="pays", by=None)
    assert codes("layon") == []
    assert [t.name for t in Territory.objects.search("layon")] == ["Pays du Layon"]


def test_an_earlier_millesime_is_searched_when_named(geography: None) -> None:
    before = Territory.objects.search("oie").get().millesime
    load(source("7.0.0", stamp="9", communes=[commune_entry("44109", "Nantes", "44", "44000", 1)], epci=[]), positions(), pause=0)
    assert not Territory.objects.search("oie").exists()
    assert Territory.objects.search("oie", millesime=before).get().code == "85165"


def test_the_number_of_queries_does_not_depend_on_what_is_found(geography: None, django_assert_max_num_queries) -> None:
    for text in ("nantes", "s", "sa", "44", "44150", "49144", "zzz"):
        with django_assert_max_num_queries(2):
            search_territories(text)
