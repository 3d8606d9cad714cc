"""Finding a territory, with and without JavaScript."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.public_factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def test_tree_lists_an_epci_in_each_of_its_departements(client: Client, world: World) -> None:
    page = client.get("/territoires/").content.decode()
    assert page.count("CC du Pays d’Ancenis") == 2
    assert page.count("CA de la Région Nazairienne") == 1


def test_search_works_without_javascript(client: Client, world: World) -> None:
    page = client.get("/territoires/", {"q": "ancenis"}).content.decode()
    assert "<html" in page
    assert world["epci", "244400552"].get_absolute_url() in page
    assert world["commune", "44003"].get_absolute_url() in page


def test_search_with_htmx_gives_the_results_only(client: Client, world: World) -> None:
    page = client.get("/territoires/", {"q": "ancenis"}, headers={"hx-request": "true"}).content.decode()
    assert "<html" not in page
    assert 'id="resultats"' in page


def test_page_and_results_are_kept_apart_by_browsers(client: Client, world: World) -> None:
    assert "HX-Request" in client.get("/territoires/", {"q": "ancenis"})["Vary"]


def test_nothing_found_says_what_to_try(client: Client, world: World) -> None:
    page = client.get("/territoires/", {"q": "<script>zzz"}).content.decode()
    assert "Aucun territoire ne répond" in page
    assert "<script>zzz" not in page


def test_endless_query_is_cut(client: Client, world: World) -> None:
    assert client.get("/territoires/", {"q": "a" * 5000}).status_code == 200


def test_page_works_before_any_geography(client: Client) -> None:
    assert client.get("/territoires/").status_code == 200
    assert client.get("/territoires/", {"q": "ancenis"}).status_code == 200


def test_search_costs_the_same_for_one_result_or_many(client: Client, world: World) -> None:
    counts = []
    for query in ("couffe", "44"):
        with CaptureQueriesContext(connection) as caught:
            client.get("/territoires/", {"q": query})
        counts.append(len(caught))
    assert max(counts) <= 10
