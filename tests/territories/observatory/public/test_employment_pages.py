"""The portrait with statistics: jobs first, what is masked said and never drawn, the analyses apart, the same few queries."""

import csv
import io
import re
from dataclasses import replace

import openpyxl
import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from territories.foundations.rendering.document import Map, Paragraph
from territories.observatory import drawings
from territories.observatory.chapters import CHAPTERS
from territories.observatory.content import portrait_document
from territories.observatory.exhibits import exhibit, exhibits
from territories.observatory.exhibits.analyses import refusal
from territories.observatory.models import ReleasedFigure
from territories.observatory.portrait import Portrait, load_portrait
from territories.observatory.statistics.indicators import INDICATORS
from territories.observatory.statistics.tables import ADVANCED_JOB_TABLES
from tests.job_tables import SOURCE, job_tables, with_jobs
from tests.public_factories import World, make_world

pytestmark = pytest.mark.django_db
EPCI = ("epci", "244400552")
KINDS = (("commune", "44003"), ("region", "52"))


@pytest.fixture(autouse=True)
def quick_drawings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawings are tested where they are made."""
    monkeypatch.setattr(drawings, "render_svg", lambda spec: f'<svg role="img" aria-label="{spec["usermeta"]["title"]}"></svg>')


@pytest.fixture
def world() -> World:
    return with_jobs(make_world())


def page(client: Client, world: World, key: tuple[str, str] = EPCI, query: str = "") -> str:
    response = client.get(world[key].get_absolute_url() + query)
    assert response.status_code == 200
    return response.content.decode()


def texts_of(response: HttpResponseBase) -> set[object]:
    """Every value of a workbook."""
    content = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]
    sheets = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return {cell for sheet in sheets for row in sheet.iter_rows(values_only=True) for cell in row}


def with_tables(portrait: Portrait, **changes: object) -> Portrait:
    """The same portrait with the job tables of other circumstances."""
    communes = [(row.key, row.label, 2_000) for row in portrait.tables["communes"].rows]
    return replace(portrait, tables={**portrait.tables, **job_tables(68_000, communes, **changes)})  # type: ignore[arg-type]


# --- The portrait ------------------------------------------------------------------------------------------------------


def test_jobs_come_first_and_both_shares_name_their_denominator(client: Client, world: World) -> None:
    text = page(client, world)
    private, overall, employers = (
        text.index(INDICATORS[code].label) for code in ("private_job_share", "total_job_share", "employers")
    )
    assert private < overall < employers
    assert "des emplois salariés privés du territoire" in text
    assert "de tous les emplois salariés, public compris" in text


def test_chapters_follow_the_order_of_a_real_report(client: Client, world: World) -> None:
    text = page(client, world)
    places = [text.index(f'<h2 id="{chapter.anchor}-titre">{chapter.title}</h2>') for chapter in CHAPTERS]
    assert places == sorted(places)


def test_without_statistics_titles_stay_those_of_the_register(client: Client) -> None:
    text = page(client, make_world())
    assert "La taille des employeurs" in text
    assert "Qui travaille dans l’ESS" not in text
    assert "Analyses avancées" not in text
    assert "Les employeurs</h2>" not in text


def test_every_job_exhibit_says_its_own_source(world: World) -> None:
    for one in exhibits(load_portrait(world[EPCI])):
        if one.key.startswith("jobs_") and one.key != "jobs_other_series":
            assert one.block.source == SOURCE, one.key
        elif not one.key.startswith("jobs_"):
            assert one.block.source != SOURCE, one.key


def test_every_indicator_of_an_exhibit_has_its_sheet(client: Client, world: World) -> None:
    text = page(client, world)
    codes = set(re.findall(r'href="/indicateurs/#([a-z_0-9]+)"', text))
    assert "private_job_share" in codes
    catalogue = client.get(reverse("observatory:indicators")).content.decode()
    for code in codes:
        assert f'id="{code}"' in catalogue


def test_warm_portrait_costs_the_same_few_queries_for_all(client: Client, world: World) -> None:
    counts = {}
    for key in KINDS:
        client.get(world[key].get_absolute_url())
        with CaptureQueriesContext(connection) as caught:
            client.get(world[key].get_absolute_url())
        counts[key] = len(caught)
    assert len(set(counts.values())) == 1, counts
    assert counts["region", "52"] <= 20


def test_cold_portrait_and_analyses_stay_under_twenty_queries(client: Client, world: World) -> None:
    for address in (world["region", "52"].get_absolute_url(), reverse("observatory:analyses", args=["region", "52"])):
        with CaptureQueriesContext(connection) as caught:
            client.get(address)
        assert len(caught) <= 20


# --- What is masked ----------------------------------------------------------------------------------------------------


def test_a_secret_territory_has_its_page(client: Client) -> None:
    world = with_jobs(make_world(), secret=True)
    text = page(client, world)
    assert "secret statistique" in text
    assert 'title="secret statistique">s</abbr>' in text


def test_masked_communes_are_rings_of_one_size(world: World) -> None:
    portrait = with_tables(load_portrait(world[EPCI]), masked=["44213", "49160"])
    found = exhibit(portrait, "jobs_communes")
    assert found is not None
    assert isinstance(found.block, Map)
    rings = re.findall(r"<circle[^>]* r=\"7\"[^>]*><title>([^<]+)</title>", found.block.svg)
    assert len(rings) == 2
    assert all(title.endswith(": s") for title in rings)
    assert "secret statistique (s)" in found.block.svg


def test_tables_of_another_year_are_not_set_beside(world: World) -> None:
    for figures in ReleasedFigure.objects.filter(table="jobs_key_figures", territory=world["departement", "44"]):
        figures.payload["facts"]["year"] = 2021
        figures.save()
    found = exhibit(load_portrait(world[EPCI]), "jobs_comparison")
    assert found is not None
    assert found.table is not None
    names = [row[0] for row in found.table.rows]
    assert "Loire-Atlantique" not in names
    assert "Pays de la Loire" in names


# --- Advanced analyses -------------------------------------------------------------------------------------------------


def analyses(client: Client, key: tuple[str, str] = EPCI) -> str:
    response = client.get(reverse("observatory:analyses", args=key))
    assert response.status_code == 200
    return response.content.decode()


def test_analyses_explain_themselves(client: Client, world: World) -> None:
    text = analyses(client)
    for words in (
        "Effet national",
        "Effet structurel",
        "Effet local",
        "s’additionnent exactement",
        "Coefficient de spécialisation",
    ):
        assert words in text
    assert text.count('<section class="chart">') == 2


def test_a_refused_analysis_says_why(client: Client) -> None:
    world = with_jobs(make_world(), masked=["action-sociale"])
    assert "ne peut pas être décomposée" in refusal(load_portrait(world[EPCI]))
    text = analyses(client)
    assert "Évolution non décomposée" in text
    assert "ne peut pas être décomposée" in text
    assert "Comment lire les trois effets" not in text


def test_without_statistics_the_page_says_so(client: Client) -> None:
    make_world()
    assert "Aucune statistique d’emploi n’est publiée" in analyses(client)


def test_the_portrait_leads_to_the_analyses_and_keeps_the_comparison(client: Client, world: World) -> None:
    text = page(client, world, query="?comparer=epci:244400644")
    assert f"{reverse('observatory:analyses', args=EPCI)}?comparer=epci%3A244400644" in text


# --- Similar territories -----------------------------------------------------------------------------------------------


def test_similar_territories_are_proposed_with_their_values(client: Client, world: World) -> None:
    text = page(client, world).replace("\u00a0", " ").replace("\u202f", " ")
    section = text[text.index("Territoires similaires") :]
    assert "CA de la Région Nazairienne" in section
    assert "84 000 habitants, 42 000 par commune" in section
    assert "?comparer=departement%3A44&amp;" in text


def test_a_similar_territory_already_compared_is_not_proposed_again(client: Client, world: World) -> None:
    text = page(client, world, query="?comparer=epci:244400644")
    section = text[text.index("Territoires similaires") : text.index("filters-active")]
    assert "Nazairienne" not in section
    assert "Nantes Métropole" in section


def test_only_published_territories_are_proposed(client: Client, world: World) -> None:
    ReleasedFigure.objects.filter(territory=world["epci", "244400644"]).delete()
    assert "Nazairienne" not in page(client, world)


# --- Files and document ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["jobs_comparison", "jobs_communes", "jobs_shift_total"])
def test_an_exhibit_is_a_drawing_and_a_file_with_its_own_source(client: Client, world: World, name: str) -> None:
    assert client.get(reverse("observatory:chart_svg", args=[*EPCI, name])).status_code == 200
    response = client.get(reverse("observatory:table", args=[*EPCI, name, "xlsx"]))
    assert SOURCE in texts_of(response)


def test_key_figures_of_employment_are_a_file(client: Client, world: World) -> None:
    response = client.get(reverse("observatory:table", args=[*EPCI, "jobs_key_figures", "csv"]))
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = {row[0]: row for row in csv.reader(io.StringIO(text), delimiter=";") if row}
    assert rows[INDICATORS["private_job_share"].label][2] == "%"
    assert rows[INDICATORS["pay_per_fte"].label][2] == "€"


def test_the_file_does_not_exist_without_statistics(client: Client) -> None:
    make_world()
    assert client.get(reverse("observatory:table", args=[*EPCI, "jobs_key_figures", "csv"])).status_code == 404
    assert client.get(reverse("observatory:table", args=[*EPCI, "jobs_families", "csv"])).status_code == 404


def test_the_document_has_the_chapters_and_the_annex(world: World) -> None:
    document = portrait_document(load_portrait(world[EPCI]))
    titles = [section.title for section in document.sections]
    expected = ["L’essentiel", *(chapter.title for chapter in CHAPTERS), "Analyses avancées", "Méthode et sources"]
    assert [title for title in titles if title in expected] == expected
    assert SOURCE in {getattr(block, "source", "") for block in document.blocks()}
    assert any(isinstance(block, Paragraph) and block.text == SOURCE for block in document.blocks())


def test_the_document_of_a_masked_territory_holds_together(world: World) -> None:
    portrait = with_tables(load_portrait(world[EPCI]), secret=True)
    document = portrait_document(portrait)
    assert any(section.title == "Analyses avancées" for section in document.sections)


def test_without_statistics_the_document_is_as_before() -> None:
    world = make_world()
    titles = [section.title for section in portrait_document(load_portrait(world[EPCI])).sections]
    assert "La taille des employeurs" in titles
    assert "Analyses avancées" not in titles


def test_the_catalogue_holds_every_sheet_once(client: Client) -> None:
    text = client.get(reverse("observatory:indicators")).content.decode()
    for code in INDICATORS:
        assert text.count(f' id="{code}"') == 1, code


def test_amounts_are_said_in_millions(client: Client, world: World) -> None:
    assert re.search(r"\d,\d\u00a0M€", page(client, world))


def test_advanced_tables_are_not_in_the_portrait(world: World) -> None:
    keys = {one.key for one in exhibits(load_portrait(world[EPCI]))}
    assert not keys & {*ADVANCED_JOB_TABLES, "jobs_shift_total"}
