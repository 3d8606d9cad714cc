"""`manage.py portrait`: codes as people type them, JSON, and French refusals."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from territories.geography.models import Millesime
from territories.observatory.models import Dataset
from territories.observatory.operations import run_release
from territories.observatory.territory_codes import UnknownTerritory, read_code
from tests.release_factories import ANCENIS, REDON, make_dataset, make_geography

pytestmark = pytest.mark.django_db


@pytest.fixture
def released() -> Dataset:
    dataset = make_dataset(make_geography())
    run_release()
    return dataset


def portrait(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("portrait", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("44003", "commune", "44003"),
        (ANCENIS, "epci", ANCENIS),
        (f"EPCI-{ANCENIS}", "epci", ANCENIS),
        ("DEP-44", "departement", "44"),
        ("dep-52", "departement", "52"),
        ("REG-44", "region", "44"),
        ("reg-52", "region", "52"),
        ("49", "departement", "49"),
        ("F", "country", "F"),
        ("france", "country", "F"),
        ("pays-des-rives", "pays", "pays-des-rives"),
        (" 44003 ", "commune", "44003"),
    ],
)
def test_codes_without_doubt(text: str, kind: str, code: str) -> None:
    reading = read_code(text, make_geography())
    assert (reading.territory.kind, reading.territory.code) == (kind, code)
    assert reading.remarks == ()


@pytest.mark.parametrize(
    ("text", "kind", "other"),
    [("52", "region", "Haute-Marne (département, DEP-52)"), ("44", "departement", "Grand Est (région, REG-44)")],
)
def test_the_reading_at_home_wins_and_the_other_is_told(text: str, kind: str, other: str) -> None:
    reading = read_code(text, make_geography())
    assert reading.territory.kind == kind
    assert len(reading.remarks) == 1
    assert other in reading.remarks[0]


def test_a_former_code_gives_the_commune_of_today() -> None:
    reading = read_code("44180", make_geography())
    assert reading.territory.code == "44003"
    assert "ancien code" in reading.remarks[0]


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [("Ancenis", "44003"), ("244400553", ANCENIS), ("zzz", "Donnez le code"), ("DEP-99", "Donnez le code"), ("", "Donnez")],
)
def test_an_unknown_code_comes_with_suggestions(text: str, suggestion: str) -> None:
    with pytest.raises(UnknownTerritory) as refusal:
        read_code(text, make_geography())
    assert suggestion in str(refusal.value)


def test_text_for_a_terminal(released: Dataset) -> None:
    out, err = portrait("44")
    assert plain(out).startswith("Loire-Atlantique — Département 44\n\nÉtablissements employeurs de l’ESS : 5\n")
    assert "Source : Insee, Sirene" in plain(out)
    assert "Grand Est" in err


def test_json_goes_alone_to_the_output(released: Dataset) -> None:
    out, err = portrait("52", "--json", "--compare", ANCENIS, "--compare", REDON)
    payload = json.loads(out)
    assert payload["territory"]["kind"] == "region"
    assert [side["code"] for side in payload["compared"]] == [ANCENIS, REDON]
    assert "Haute-Marne" in err


def test_internal_counts_without_a_release() -> None:
    make_dataset(make_geography())
    assert json.loads(portrait(ANCENIS, "--json")[0])["has_figures"] is False
    payload = json.loads(portrait(ANCENIS, "--json", "--internal")[0])
    assert payload["internal"] is True
    assert payload["tables"]["families"]["total"]["cells"]["employers"] == {"value": 5, "status": "A"}


def test_refusals_are_in_french(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Aucune géographie"):
        portrait(ANCENIS)
    make_geography()
    with pytest.raises(CommandError, match="Aucun territoire ne répond"):
        portrait("zzz")
    with pytest.raises(CommandError, match="Aucun territoire ne répond"):
        portrait(ANCENIS, "--compare", "zzz")
    with pytest.raises(CommandError, match="Aucun jeu de données actif"):
        portrait(ANCENIS, "--internal")
    with pytest.raises(CommandError, match="Aucun chiffre n’est encore publié"):
        portrait(ANCENIS, "--pdf", str(tmp_path / "portrait.pdf"))
    assert list(tmp_path.iterdir()) == []
    assert Millesime.objects.count() == 1
