"""« Documents » and « Logo et couleurs »: several forms at once, one job for the same content, the identity of the territory."""

import io
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pptx import Presentation

from territories.access.models import User
from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.foundations.rendering.fonts import build_fonts
from territories.geography.brands import set_brand
from territories.geography.models import Territory, TerritoryBrand, TerritoryMember
from territories.observatory.documents import FORMATS, request_document
from territories.observatory.models import Release
from tests.access_factories import person
from tests.public_factories import World, make_world
from tests.territories.geography.test_brands import COLOURS, logo

pytestmark = pytest.mark.django_db
PLACE = ["epci", "244400552"]
DOCUMENTS = "/territoires/epci/244400552/documents/"


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> None:
    build_fonts()


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def territory(world: World) -> Territory:
    return world["epci", "244400552"]


@pytest.fixture
def technician(territory: Territory) -> User:
    user = person("theo@exemple.test")
    TerritoryMember.objects.create(territory=territory, user=user, role="technician")
    return user


def ask(client: Client, *forms: str, **more: str):
    return client.post(DOCUMENTS, {"format": list(forms), "page": "1", **more})


# --- The page -----------------------------------------------------------------------------------------------------------


def test_anybody_reads_what_each_form_is_for(client: Client, territory: Territory) -> None:
    page = client.get(DOCUMENTS).content.decode()
    for form in FORMATS.values():
        assert form.label in page
        assert form.purpose in page
    assert "identite/" not in page
    assert "Sans logo" not in page


def test_without_figures_it_says_why(client: Client, territory: Territory) -> None:
    Release.objects.update(state="superseded")
    assert "Pas encore de document" in client.get(DOCUMENTS).content.decode()


def test_several_forms_are_followed_on_one_page(client: Client, territory: Territory) -> None:
    response = ask(client, "docx", "zip", "docx")
    assert Job.objects.count() == 2
    assert response["Location"].startswith(DOCUMENTS)
    waiting = client.get(response["Location"]).content.decode()
    assert 'hx-trigger="every 2s"' in waiting
    assert "Actualiser" in waiting
    for job in Job.objects.all():
        run_job_now(job)
    done = client.get(response["Location"]).content.decode()
    assert "every 2s" not in done
    assert done.count("download>Télécharger le document") == 2
    assert done.count("déjà prêt") == 2


@pytest.mark.parametrize("wanted", ["pas-un-numero", "00000000-0000-0000-0000-000000000000", "' OR 1=1"])
def test_a_job_that_does_not_exist_is_not_followed(client: Client, territory: Territory, wanted: str) -> None:
    page = client.get(DOCUMENTS, {"travail": wanted})
    assert page.status_code == 200
    assert 'id="demandes"' not in page.content.decode()


def test_the_job_of_somebody_else_is_not_shown(client: Client, territory: Territory, technician: User) -> None:
    job = request_document(territory, "docx", by=technician)
    assert str(job.pk) not in client.get(DOCUMENTS, {"travail": str(job.pk)}).content.decode()


def test_asking_what_somebody_else_had_made_opens_it(client: Client, territory: Territory, technician: User) -> None:
    run_job_now(request_document(territory, "zip", by=technician))
    response = ask(client, "zip")
    assert Job.objects.count() == 1
    assert "Télécharger le document" in client.get(response["Location"]).content.decode()


def test_nothing_ticked_and_unknown_forms_are_answered_in_words(client: Client, territory: Territory) -> None:
    assert "Cochez au moins" in client.post(DOCUMENTS, {"page": "1"}, follow=True).content.decode()
    assert "choisissez PDF" in client.post(DOCUMENTS, {"page": "1", "format": ["exe"]}, follow=True).content.decode()


def test_a_refusal_asks_for_nothing(client: Client, territory: Territory) -> None:
    ask(client, "docx", "exe")
    assert not Job.objects.exists()


def test_the_comparison_is_kept(client: Client, territory: Territory) -> None:
    response = ask(client, "docx", comparer="epci:244400644")
    assert "comparer=epci%3A244400644" in response["Location"]
    assert len(Job.objects.get().params["compare"]) == 1


def test_the_page_costs_the_same_with_many_documents(client: Client, territory: Territory, technician: User) -> None:
    client.force_login(technician)

    def cost() -> int:
        client.get(DOCUMENTS)
        with CaptureQueriesContext(connection) as told:
            client.get(DOCUMENTS)
        return len(told)

    for form in ("pdf", "docx"):
        request_document(territory, form, by=technician)
    few = cost()
    for form in ("pptx", "zip"):
        request_document(territory, form, by=technician)
    assert cost() == few


# --- The identity in documents --------------------------------------------------------------------------------------------


def test_another_identity_is_another_document_and_the_same_is_the_same(territory: Territory, technician: User) -> None:
    brand = set_brand(territory, **COLOURS, by=technician)
    one = request_document(territory, "docx", brand=brand, by=None)
    assert request_document(territory, "docx", brand=TerritoryBrand.objects.of(territory), by=None) == one
    assert request_document(territory, "docx", by=None) != one
    other = set_brand(territory, primary="#000000", accent="#000000", by=technician)
    assert request_document(territory, "docx", brand=other, by=None) != one


def test_whoever_asks_gets_the_identity_unless_they_say_otherwise(client: Client, territory: Territory, technician: User) -> None:
    brand = set_brand(territory, **COLOURS, logo=logo(), by=technician)
    ask(client, "pptx")
    assert Job.objects.get().params["brand"] == brand.version
    ask(client, "pptx", identite="sans")
    assert sorted(job.params["brand"] for job in Job.objects.all()) == ["", brand.version]
    assert "Sans logo" in client.get(DOCUMENTS).content.decode()


def test_slides_are_made_with_the_logo(territory: Territory, technician: User) -> None:
    brand = set_brand(territory, **COLOURS, name="COMPA", logo=logo(), by=technician)
    job = run_job_now(request_document(territory, "pptx", brand=brand, by=technician))
    assert job.state == JobState.DONE
    with job.result_file.file.open("rb") as stream:
        content = stream.read()
    deck = Presentation(io.BytesIO(content))
    described = [shape._element.nvPicPr.cNvPr.get("descr") for shape in deck.slides[0].shapes if shape.shape_type == 13]
    assert "Logo\u00a0: COMPA" in described
    assert len(deck.slides) <= 35
    assert all(slide.shapes.title.text_frame.text for slide in deck.slides)
    assert any(shape.has_table for slide in deck.slides for shape in slide.shapes)
    assert job.result_file.name.endswith(".pptx")


def test_the_archive_holds_every_table_three_times(territory: Territory) -> None:
    job = run_job_now(request_document(territory, "zip", by=None))
    with job.result_file.file.open("rb") as stream, ZipFile(stream) as archive:
        names = archive.namelist()
    tables = {name.rpartition(".")[0] for name in names if name.endswith(".csv")}
    assert tables == {name.rpartition(".")[0] for name in names if name.endswith(".xlsx")}
    assert tables == {name.rpartition(".")[0] for name in names if name.endswith(".ods")}
    assert any("principaux" in name for name in tables)


def test_a_logo_that_changed_meanwhile_fails_in_words(territory: Territory, technician: User) -> None:
    brand = set_brand(territory, **COLOURS, logo=logo(), by=technician)
    job = request_document(territory, "docx", brand=brand, by=technician)
    set_brand(territory, **COLOURS, logo=logo("blue"), by=technician)
    job = run_job_now(job)
    assert job.state == JobState.FAILED
    assert "ont changé" in job.error


# --- Logo and colours -----------------------------------------------------------------------------------------------------


def send(client: Client, content: bytes | None = None, **changes: str):
    fields = {"primary": "#5b2a86", "accent": "#e0007a", "name": "", "baseline": "", **changes}
    if content is not None:
        fields["logo"] = SimpleUploadedFile("logo.png", content, "image/png")
    return client.post(reverse("observatory:brand", args=PLACE), fields)


def test_an_official_chooses_and_everybody_sees_the_logo(client: Client, territory: Territory, technician: User) -> None:
    client.force_login(technician)
    assert send(client, logo(), name="COMPA").status_code == 302
    assert "Changer le logo" in client.get(DOCUMENTS).content.decode()
    shown = Client().get(reverse("observatory:brand_logo", args=PLACE))
    assert shown["Content-Type"] == "image/png"
    assert b"".join(shown.streaming_content).startswith(b"\x89PNG")
    report = Client().get(reverse("observatory:report_html", args=PLACE)).content.decode()
    assert "Logo\u00a0: COMPA" in report
    client.post(reverse("observatory:brand_remove_logo", args=PLACE))
    assert Client().get(reverse("observatory:brand_logo", args=PLACE)).status_code == 404
    assert not StoredFile.objects.exists()


def test_a_changed_logo_reaches_a_browser_that_kept_the_report(territory: Territory, technician: User) -> None:
    reader = Client()
    address = reverse("observatory:report_html", args=PLACE)
    tag = reader.get(address)["ETag"]
    set_brand(territory, **COLOURS, logo=logo(), by=technician)
    assert reader.get(address, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    "changes", [{"primary": "rouge"}, {"accent": "#12345"}, {"primary": '"><script>'}, {"accent": "#123456\n"}]
)
def test_a_bad_colour_is_said_and_words_are_kept(
    client: Client, territory: Territory, technician: User, changes: dict[str, str]
) -> None:
    client.force_login(technician)
    page = send(client, name="COMPA", **changes)
    assert page.status_code == 200
    text = page.content.decode()
    assert "croisillon" in text
    assert 'value="COMPA"' in text
    assert "<script>" not in text.replace("<script src", "")
    assert not TerritoryBrand.objects.exists()


def test_a_colour_that_cannot_be_read_is_darkened_and_said(client: Client, territory: Territory, technician: User) -> None:
    client.force_login(technician)
    send(client, accent="#ffe600")
    text = client.get(reverse("observatory:brand", args=PLACE)).content.decode()
    assert "#ffe600 se lit mal sur le blanc" in text
    send(client)
    assert "se lit mal" not in client.get(reverse("observatory:brand", args=PLACE)).content.decode()


def test_who_may_not_is_told_why(client: Client, territory: Territory, technician: User) -> None:
    address = reverse("observatory:brand", args=PLACE)
    assert client.get(address)["Location"].startswith(reverse("account_login"))
    client.force_login(person("autre@exemple.test"))
    refused = client.get(address)
    assert refused.status_code == 403
    assert "réservé à" in refused.content.decode()
    client.force_login(technician)
    assert client.get(reverse("observatory:brand", args=["epci", "244400644"])).status_code == 403
    assert client.get(reverse("observatory:brand", args=["epci", "999999999"])).status_code == 404
