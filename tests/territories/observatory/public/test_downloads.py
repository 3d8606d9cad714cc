"""Files of the portrait: drawings and tables, whole, with their source."""

import csv
import io

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse

from territories.observatory.models import Release
from tests.public_factories import World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> World:
    return make_world()


def address(name: str, *more: str) -> str:
    return reverse(f"observatory:{name}", args=["epci", "244400552", *more])


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_drawing_is_a_safe_svg(client: Client, world: World) -> None:
    response = client.get(address("chart_svg", "families"))
    assert response["Content-Type"] == "image/svg+xml"
    assert "attachment" in response["Content-Disposition"]
    svg = response.content.decode()
    assert svg.startswith("<svg")
    assert "<script" not in svg
    assert " style=" not in svg
    assert "<title>" in svg


def test_drawing_is_an_image_too(client: Client, world: World) -> None:
    response = client.get(address("chart_png", "families"))
    assert response["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["family_sector", "top_employers", "inconnu"])
def test_what_is_not_a_drawing_is_not_found(client: Client, world: World, name: str) -> None:
    assert client.get(address("chart_svg", name)).status_code == 404


def test_table_in_a_spreadsheet_has_numbers_and_shares(client: Client, world: World) -> None:
    response = client.get(address("table", "families", "xlsx"))
    sheet = openpyxl.load_workbook(io.BytesIO(body(response))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    associations = next(row for row in rows if row[0] == "Associations")
    assert isinstance(associations[1], int)
    assert 0 < associations[2] < 1
    assert sheet.max_row == 7


def test_table_in_csv_is_french_and_whole(client: Client, world: World) -> None:
    text = body(client.get(address("table", "communes", "csv"))).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    names = [row[0] for row in rows if row]
    assert "Ancenis-Saint-Géréon" in names
    assert "Commune" in names


def test_key_figures_are_a_file_too(client: Client, world: World) -> None:
    text = body(client.get(address("table", "key_figures", "csv"))).decode("utf-8-sig")
    assert "Établissements employeurs de l’ESS" in text


@pytest.mark.parametrize(("name", "form"), [("families", "exe"), ("inconnu", "csv")])
def test_unknown_table_or_form_is_not_found(client: Client, world: World, name: str, form: str) -> None:
    assert client.get(address("table", name, form)).status_code == 404


def test_files_follow_the_comparison_of_the_page(client: Client, world: World) -> None:
    text = body(client.get(address("table", "comparison", "csv") + "?comparer=epci:244400644")).decode("utf-8-sig")
    assert "CA de la Région Nazairienne" in text
    assert "Loire-Atlantique" not in text


def test_no_release_no_file(client: Client, world: World) -> None:
    Release.objects.update(state="superseded")
    assert client.get(address("chart_svg", "families")).status_code == 404
