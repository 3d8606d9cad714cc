"""The public portrait: what it shows, what it costs, what it never shows."""

import re
from itertools import pairwise

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from territories.foundations.rendering.drawing import render_svg
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory import drawings
from territories.observatory.models import Release
from tests.public_factories import World, make_world

pytestmark = pytest.mark.django_db
KINDS = (("commune", "44003"), ("epci", "244400552"), ("departement", "44"), ("region", "52"), ("country", "F"))


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture(autouse=True)
def quick_drawings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Drawings are tested where they are made: here they are counted and drawn as an empty frame."""
    drawn: list[str] = []

    def draw(spec: dict) -> str:
        drawn.append(spec["usermeta"]["title"])
        return f'<svg role="img" aria-label="{drawn[-1]}"></svg>'

    monkeypatch.setattr(drawings, "render_svg", draw)
    return drawn


def page_of(client: Client, territory: Territory, query: str = "") -> str:
    response = client.get(territory.get_absolute_url() + query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("key", KINDS)
def test_every_kind_has_its_portrait(client: Client, world: World, key: tuple[str, str]) -> None:
    page = page_of(client, world[key])
    assert page.count("<h1") == 1
    assert world[key].name in page
    assert "Source\u00a0: Insee" in page
    assert "Données de démonstration" in page


def test_every_chart_has_its_sentence_its_table_and_its_source(client: Client, world: World) -> None:
    page = page_of(client, world["epci", "244400552"])
    charts = page.count('<section class="chart">')
    assert charts >= 6
    assert page.count('<p class="chart-sentence">') == charts
    assert page.count('<details class="twin">') >= charts
    assert page.count('role="img"') >= charts


def test_identifiers_are_unique_in_the_page(client: Client, world: World) -> None:
    identifiers = re.findall(r'\sid="([^"]+)"', page_of(client, world["region", "52"]))
    assert len(identifiers) == len(set(identifiers))


def test_titles_never_skip_a_level(client: Client, world: World) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])", page_of(client, world["epci", "244400552"]))]
    assert all(following <= level + 1 for level, following in pairwise(levels))


def test_warm_portrait_costs_the_same_few_queries_for_all(client: Client, world: World) -> None:
    counts = {}
    for key in KINDS:
        address = world[key].get_absolute_url()
        client.get(address)
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        counts[key] = len(caught)
    # France has nothing above it to look for; every other territory, hamlet or région, costs exactly the same.
    country = counts.pop(("country", "F"))
    assert len(set(counts.values())) == 1, counts
    assert country <= next(iter(counts.values())) <= 20


def test_cold_portrait_stays_under_twenty_queries(client: Client, world: World) -> None:
    with CaptureQueriesContext(connection) as caught:
        client.get(world["region", "52"].get_absolute_url())
    assert len(caught) <= 20


def test_warm_portrait_draws_nothing(client: Client, world: World, quick_drawings: list[str]) -> None:
    address = world["epci", "244400552"].get_absolute_url()
    client.get(address)
    first = len(quick_drawings)
    assert first >= 6
    client.get(address)
    assert len(quick_drawings) == first


def test_same_chart_is_not_drawn_again_for_another_page(client: Client, world: World, quick_drawings: list[str]) -> None:
    territory = world["epci", "244400552"]
    client.get(territory.get_absolute_url())
    first = len(quick_drawings)
    client.get(reverse("observatory:report_html", args=[territory.kind, territory.code]))
    client.get(reverse("observatory:chart_svg", args=[territory.kind, territory.code, "families"]))
    assert len(quick_drawings) == first


def test_real_drawings_stand_in_the_page(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "render_svg", render_svg)
    page = page_of(client, world["commune", "44036"])
    assert "<path" in page
    assert "Source Sans 3" in page


def test_partial_coverage_is_said(client: Client) -> None:
    world = make_world(uncovered=["49160"])
    page = page_of(client, world["epci", "244400552"])
    assert "Couverture partielle" in page
    assert "3 communes couvertes sur 4" in page.replace("\u00a0", " ")


def test_territory_without_figures_says_why_and_what_to_do(client: Client, world: World) -> None:
    Release.objects.update(state="superseded")
    page = page_of(client, world["epci", "244400552"])
    assert "Pas encore de chiffres" in page
    assert "Aucun chiffre n’est encore publié" in page
    assert "Demander le PDF" not in page


def test_page_without_figures_is_not_kept(client: Client, world: World) -> None:
    Release.objects.update(state="superseded")
    address = world["epci", "244400552"].get_absolute_url()
    client.get(address)
    Release.objects.update(state="current")
    assert "Pas encore de chiffres" not in client.get(address).content.decode()


@pytest.mark.parametrize("address", ["/territoires/epci/000000000/", "/territoires/planete/1/", "/territoires/epci/44 003/"])
def test_unknown_addresses_are_not_found(client: Client, world: World, address: str) -> None:
    assert client.get(address).status_code == 404


# --- Comparison ---------------------------------------------------------------------------------------------------------


def test_chosen_comparison_replaces_the_usual_one(client: Client, world: World) -> None:
    page = page_of(client, world["epci", "244400552"], "?comparer=epci:244400644")
    assert "CA de la Région Nazairienne" in page
    assert "Revenir à la comparaison habituelle" in page
    assert "comparer=epci%3A244400644" in page


@pytest.mark.parametrize("query", ["?comparer=epci:0", "?comparer=n%27importe", "?comparer=epci:244400552"])
def test_nonsense_comparison_gives_the_usual_one(client: Client, world: World, query: str) -> None:
    assert "ses territoires habituels" in page_of(client, world["epci", "244400552"], query)


def test_adding_one_territory_found_goes_back_to_the_portrait(client: Client, world: World) -> None:
    territory = world["epci", "244400552"]
    response = client.get(territory.get_absolute_url() + "?ajouter=44132")
    assert response.status_code == 302
    assert "comparer=commune%3A44132" in response["Location"]


def test_adding_something_unknown_says_so(client: Client, world: World) -> None:
    page = page_of(client, world["epci", "244400552"], "?ajouter=<b>xyz</b>")
    assert "Aucun territoire ne répond" in page
    assert "&lt;b&gt;xyz&lt;/b&gt;" in page


# --- What browsers keep ---------------------------------------------------------------------------------------------------


def test_browser_asks_again_and_keeps_what_has_not_changed(client: Client, world: World) -> None:
    address = world["epci", "244400552"].get_absolute_url()
    client.get(address)
    first = client.get(address)
    again = client.get(address, headers={"if-none-match": first["ETag"]})
    assert again.status_code == 304
    Release.objects.update(number=4)
    assert client.get(address, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_composed_territories_are_always_fresh(client: Client, world: World) -> None:
    Territory.objects.filter(kind="epci", code="244400644").update(kind=TerritoryKind.PAYS)
    assert "ETag" not in client.get("/territoires/pays/244400644/")


def test_public_pages_are_never_shared_by_a_proxy(client: Client, world: World) -> None:
    response = client.get(world["epci", "244400552"].get_absolute_url())
    assert "private" in response["Cache-Control"]


# --- Report, documents ------------------------------------------------------------------------------------------------------


def test_report_is_the_document_as_a_page(client: Client, world: World) -> None:
    territory = world["epci", "244400552"]
    page = client.get(reverse("observatory:report_html", args=[territory.kind, territory.code])).content.decode()
    assert "État des lieux quantitatif" in page
    assert page.count("<h1") == 1
    assert 'href="#partie-1"' in page
    assert 'id="partie-1"' in page


def test_report_without_figures_leads_to_the_portrait(client: Client, world: World) -> None:
    Release.objects.update(state="superseded")
    territory = world["epci", "244400552"]
    response = client.get(reverse("observatory:report_html", args=[territory.kind, territory.code]))
    assert response["Location"] == territory.get_absolute_url()


def test_anybody_asks_for_a_document_and_follows_it(client: Client, world: World) -> None:
    territory = world["epci", "244400552"]
    address = reverse("observatory:request_document", args=[territory.kind, territory.code])
    response = client.post(address, {"format": "pdf"})
    assert response.status_code == 302
    assert response["Location"].startswith("/travaux/")


def test_unknown_document_is_refused_in_words(client: Client, world: World) -> None:
    territory = world["epci", "244400552"]
    address = reverse("observatory:request_document", args=[territory.kind, territory.code])
    page = client.post(address, {"format": "exe"}, follow=True).content.decode()
    assert "choisissez PDF" in page


def test_cache_is_not_poisoned_by_the_comparison(client: Client, world: World) -> None:
    territory = world["epci", "244400552"]
    usual = page_of(client, territory)
    page_of(client, territory, "?comparer=epci:244400644")
    assert page_of(client, territory).count("CA de la Région Nazairienne") == usual.count("CA de la Région Nazairienne")
    cache.clear()
