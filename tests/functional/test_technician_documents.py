"""The technician of an EPCI: a logo once, then Word and the charts with it in a few clicks, files opened to be sure."""

import io
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image
from playwright.sync_api import BrowserContext, Locator, Page, expect

from territories.access.models import User
from territories.foundations.jobs import runner
from territories.foundations.jobs.models import Job
from territories.foundations.rendering.brand import readable
from territories.geography.models import TerritoryBrand, TerritoryMember
from tests.functional.conftest import overflow, serious_findings
from tests.public_factories import World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTRAIT = "/territoires/epci/244400552/"
PURPLE, YELLOW = "#5b2a86", "#ffe600"


@pytest.fixture
def world() -> World:
    return make_world()


@pytest.fixture
def technician(world: World) -> User:
    user = User.objects.create_user("theo@exemple.test", full_name="Théo Technique")
    TerritoryMember.objects.create(territory=world["epci", "244400552"], user=user, role="technician")
    return user


def logo_file(folder: Path) -> Path:
    path = folder / "logo.png"
    Image.new("RGBA", (400, 160), (91, 42, 134, 255)).save(path)
    return path


class Clicks:
    """Counts what a person clicks, and sees that each thing is there to be clicked."""

    def __init__(self) -> None:
        self.count = 0

    def on(self, target: Locator) -> None:
        target.click()
        self.count += 1

    def download(self, page: Page, target: Locator, folder: Path) -> bytes:
        with page.expect_download() as told:
            self.on(target)
        path = folder / told.value.suggested_filename
        told.value.save_as(path)
        return path.read_bytes()


def carry_all() -> None:
    """What the worker does meanwhile."""
    for job in Job.objects.active():
        runner.carry(job.pk)


def choose_identity(page: Page, folder: Path) -> None:
    page.goto(f"{PORTRAIT}identite/")
    page.get_by_label("Logo", exact=True).set_input_files(logo_file(folder))
    page.get_by_label("Couleur principale").fill(PURPLE)
    page.get_by_label("Couleur d’accent").fill(YELLOW)
    page.get_by_label("Nom court").fill("COMPA")
    page.get_by_role("button", name="Enregistrer").click()


@pytest.mark.parametrize("javascript", [True, False])
def test_word_and_charts_with_my_logo_in_less_than_six_clicks(
    open_context: Callable[..., BrowserContext], technician: User, tmp_path: Path, javascript: bool
) -> None:
    page = open_context(user=technician, javascript=javascript).new_page()
    choose_identity(page, tmp_path)
    # The yellow cannot be read on white: the page says so, and what is printed instead.
    expect(page.get_by_text("se lit mal sur le blanc")).to_contain_text(readable(YELLOW))
    clicks = Clicks()
    page.goto(PORTRAIT)
    clicks.on(page.get_by_role("link", name="Documents\u00a0: Word, diaporama, images"))
    clicks.on(page.get_by_role("button", name="Préparer les documents"))
    expect(page.get_by_role("heading", name="En préparation")).to_be_visible()
    carry_all()
    if not javascript:
        # With JavaScript the page follows by itself.
        clicks.on(page.get_by_role("link", name="Actualiser"))
    expect(page.get_by_role("heading", name="Vos documents")).to_be_visible()
    word = clicks.download(page, page.locator("#demandes").get_by_role("link", name="Télécharger le document (DOCX)"), tmp_path)
    archive = clicks.download(
        page, page.locator("#demandes").get_by_role("link", name="Télécharger le document (Archive"), tmp_path
    )
    assert clicks.count < 6

    opened = docx.Document(io.BytesIO(word))
    descriptions = [found.get("descr") for found in opened.element.body.iter("{*}docPr")]
    assert "Logo\u00a0: COMPA" in descriptions
    assert str(opened.styles["Title"].font.color.rgb) == PURPLE[1:].upper()
    assert str(opened.styles["Subtitle"].font.color.rgb) == readable(YELLOW)[1:].upper()
    with ZipFile(io.BytesIO(archive)) as charts:
        names = charts.namelist()
        assert any(PURPLE in charts.read(name).decode() for name in names if name.endswith(".svg"))
        assert {"xlsx", "ods", "csv", "png"} <= {name.rpartition(".")[2] for name in names}
        assert "Source" in charts.read("LISEZMOI.txt").decode("utf-8-sig")


def test_from_the_dashboard_the_documents_are_one_click_away(
    open_context: Callable[..., BrowserContext], technician: User, tmp_path: Path
) -> None:
    page = open_context(user=technician).new_page()
    page.goto(reverse("home:dashboard"))
    page.get_by_role("link", name="Documents de CC du Pays d’Ancenis").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Documents")
    page.get_by_label("Diaporama (PPTX)").check()
    page.get_by_role("button", name="Préparer les documents").click()
    carry_all()
    expect(page.locator("#demandes").get_by_role("link", name="Télécharger le document")).to_have_count(3)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("address", ["documents/", "identite/"])
def test_both_pages_are_accessible_and_fit(
    open_context: Callable[..., BrowserContext], technician: User, tmp_path: Path, width: int, address: str
) -> None:
    page = open_context(width, user=technician).new_page()
    choose_identity(page, tmp_path)
    page.goto(f"{PORTRAIT}{address}")
    assert serious_findings(page) == []
    assert overflow(page) == []


def test_a_logo_refused_keeps_what_was_typed(
    open_context: Callable[..., BrowserContext], technician: User, tmp_path: Path
) -> None:
    drawing = tmp_path / "logo.svg"
    drawing.write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', encoding="utf-8")
    page = open_context(user=technician).new_page()
    page.goto(f"{PORTRAIT}identite/")
    page.get_by_label("Logo", exact=True).set_input_files(drawing)
    page.get_by_label("Nom court").fill("COMPA")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("alert")).to_contain_text("Exportez le logo en PNG")
    expect(page.get_by_label("Nom court")).to_have_value("COMPA")
    assert not TerritoryBrand.objects.exists()
    assert Client().get(f"{PORTRAIT}identite/logo.png").status_code == 404
