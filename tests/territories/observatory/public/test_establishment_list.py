"""The list of establishments: filters, pages, files, and units that are never named."""

import csv
import io

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.observatory import views_establishments
from territories.observatory.establishments import NOT_DIFFUSED
from territories.observatory.models import Establishment
from tests.public_factories import SMALL_COMMUNES, World, make_establishments, make_world

pytestmark = pytest.mark.django_db
ADDRESS = "/territoires/epci/244400552/etablissements/"
HIDDEN = "Nom Que Personne Ne Doit Lire"


@pytest.fixture
def world() -> World:
    world = make_world()
    # Even if a name had slipped in, it must not come out.
    Establishment.objects.filter(is_partly_diffused=True).update(name=HIDDEN, usual_name=HIDDEN, search=HIDDEN.lower())
    return world


def page_of(client: Client, query: str = "") -> str:
    response = client.get(ADDRESS + query)
    assert response.status_code == 200
    return response.content.decode()


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_list_shows_the_employers_of_the_territory_with_their_motive(client: Client, world: World) -> None:
    page = page_of(client)
    # 12 by commune, of which one to qualify and one without employee; 4 communes.
    assert "40 établissements" in page
    assert "Catégorie juridique 9220" in page
    assert "Saint-Nazaire" not in page


def test_establishment_to_qualify_is_not_listed(client: Client, world: World) -> None:
    assert "Association Couffé 03" not in page_of(client, "?employeur=tous&commune=44036")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?famille=association", 8),
        ("?commune=44036", 10),
        ("?secteur=action-sociale", 16),
        ("?tranche=1-2", 8),
        ("?employeur=non", 4),
        ("?employeur=tous", 44),
        ("?texte=COUFFE+04", 1),
        ("?texte=inexistant", 0),
    ],
)
def test_filters(client: Client, world: World, query: str, expected: int) -> None:
    page = page_of(client, query)
    assert page.count('<th scope="row">') == expected


@pytest.mark.parametrize("query", ["?famille=pirate", "?commune=75056", "?tri=hasard", "?page=9999", "?page=x"])
def test_nonsense_is_refused_in_words_or_ignored(client: Client, world: World, query: str) -> None:
    assert client.get(ADDRESS + query).status_code == 200


def test_partly_diffused_unit_is_counted_and_never_named(client: Client, world: World) -> None:
    page = page_of(client, "?commune=44036")
    assert NOT_DIFFUSED in page
    assert HIDDEN not in page
    assert page_of(client, "?texte=personne").count('<th scope="row">') == 0


@pytest.mark.parametrize("form", ["csv", "xlsx", "ods"])
def test_partly_diffused_unit_is_named_in_no_file(client: Client, world: World, form: str) -> None:
    content = body(client.get(f"{ADDRESS}?commune=44036&fichier={form}"))
    if form == "xlsx":
        sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
        text = "\n".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
    elif form == "ods":
        import zipfile

        text = zipfile.ZipFile(io.BytesIO(content)).read("content.xml").decode()
    else:
        text = content.decode("utf-8-sig")
    assert HIDDEN not in text
    assert NOT_DIFFUSED in text


def test_file_holds_the_filtered_list(client: Client, world: World) -> None:
    text = body(client.get(f"{ADDRESS}?famille=association&fichier=csv")).decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text), delimiter=";") if row and row[0].strip("'\t").isdigit()]
    assert len(rows) == 8
    assert {row[2] for row in rows} == {"Associations"}


def test_list_costs_the_same_with_twice_as_many(client: Client, world: World) -> None:
    with CaptureQueriesContext(connection) as few:
        client.get(ADDRESS)
    Establishment.objects.all().delete()
    make_establishments(world.dataset, SMALL_COMMUNES, each=24)
    with CaptureQueriesContext(connection) as many:
        client.get(ADDRESS)
    assert len(few) == len(many) <= 20


def test_long_list_is_made_by_a_job(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_establishments, "fits_a_request", lambda count, columns: False)
    page = page_of(client, "?famille=association&fichier=csv")
    assert "Toute la liste en fichier" in page
    address = reverse("observatory:request_list", args=["epci", "244400552"])
    response = client.post(address, {"famille": "association", "fichier": "csv"})
    assert response.status_code == 302
    job = run_job_now(Job.objects.get())
    assert job.state == JobState.DONE, job.error_detail
    assert job.result_file is not None
    with job.result_file.file.open("rb") as stored:
        text = stored.read().decode("utf-8-sig")
    assert "Association Couffé 00" in text
    assert HIDDEN not in text


def test_asking_for_nonsense_makes_no_job(client: Client, world: World) -> None:
    client.post(reverse("observatory:request_list", args=["epci", "244400552"]), {"fichier": "exe"})
    assert not Job.objects.exists()
