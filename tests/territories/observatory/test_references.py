"""Figures published by others beside ours: the gap, the reasons computed from both, what is added and taken away."""

import csv
import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from territories.foundations.journal.models import JournalEntry
from territories.foundations.vocabulary import Status
from territories.observatory.models import ReferenceValue
from territories.observatory.references import (
    MEASURES,
    Published,
    compare,
    find_ours,
    published_values,
    shipped,
    sirene_facts,
)
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.tables import Row, Table
from tests.access_factories import observatory, person
from tests.public_factories import make_world
from tests.reference_factories import make_reference

SIRENE = sirene_facts(2024, "Insee, Sirene", 2026)
SHARED = Path(settings.BASE_DIR).parent / "shared" / "data" / "6_chiffres_publies" / "chiffres_publies_ess.csv"


def published(**changes: Any) -> Published:
    values: dict[str, Any] = {
        "territory_name": "CC du Pays d’Ancenis",
        "kind": "epci",
        "code": "244400552",
        "year": 2023,
        "indicator": "jobs",
        "label": "Emplois",
        "value": 4_000,
        "unit": "jobs",
        "source": "Ailleurs",
        "series": "flores",
        "perimeter": "ess_4f_sc",
    }
    return Published(**(values | changes))


def key_figures(**figures: Figure) -> dict[str, Table]:
    rows = tuple(Row(key, key, {"value": figure}) for key, figure in figures.items())
    facts = {
        "year": 2023,
        "series": "flores",
        "perimeter": "ESS : quatre familles et sociétés commerciales (réseau des CRESS)",
        "source": "Insee, Flores 2023",
    }
    return {"jobs_key_figures": Table("jobs_key_figures", ("value",), rows, facts=facts)}


def reasons(one: Published, tables: dict[str, Table]) -> str:
    return " ".join(compare(one, find_ours(one, tables, sirene=SIRENE)).reasons)


def test_the_gap_is_a_share_of_theirs_or_points_of_a_share():
    tables = key_figures(jobs=Figure(4_100), private_job_share=Figure(0.155))
    count = compare(published(), find_ours(published(), tables, sirene=SIRENE))
    assert (round(count.gap or 0, 4), count.in_points, count.is_close) == (0.025, False, True)
    share = published(indicator="private_job_share", value=14.0, unit="percent")
    parts = compare(share, find_ours(share, tables, sirene=SIRENE))
    assert (round(parts.gap or 0, 4), parts.in_points, parts.is_close) == (1.5, True, True)


def test_a_hidden_figure_of_ours_has_no_gap_and_says_why():
    found = compare(published(), find_ours(published(), key_figures(jobs=Figure(None, Status.SECRET)), sirene=SIRENE))
    assert found.gap is None
    assert "secret statistique" in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"year": 2013}, "10 ans d’écart : 2013 chez eux, 2023 chez nous"),
        ({"perimeter": "ess_5f"}, "Périmètre : cinq familles"),
        ({"perimeter": "ess_4f"}, "Périmètre : quatre familles chez eux"),
        ({"basis": "fte"}, "Calculé sur les équivalents temps plein chez eux, sur les postes chez nous"),
        ({"series": "clap"}, "Clap"),
        ({"series": "acoss-urssaf-msa"}, "Urssaf et la MSA"),
        ({"precision": "rounded"}, "arrondie"),
        ({"precision": "minimum"}, "plus de 4\u202f000"),
        ({"year_note": "diagnostic de 2022"}, "diagnostic de 2022"),
        ({"indicator": "private_job_share", "unit": "percent", "value": 14}, "Dénominateur : l’emploi privé, ESS comprise"),
        ({"indicator": "total_job_share", "unit": "percent", "value": 14}, "Dénominateur : l’emploi privé et public"),
    ],
)
def test_each_difference_is_said(changes: dict[str, Any], words: str):
    tables = key_figures(jobs=Figure(4_100), private_job_share=Figure(0.15), total_job_share=Figure(0.12))
    assert words in reasons(published(**changes), tables).replace("\u00a0", " ")


def test_nothing_is_said_when_nothing_differs():
    assert reasons(published(kind="region"), key_figures(jobs=Figure(4_000))) == ""


def test_establishments_fall_back_on_sirene_and_say_so():
    one = published(indicator="source_establishments", unit="establishments", basis="establishments", value=100)
    tables = {"key_figures": Table("key_figures", ("value",), (Row("employers", "", {"value": Figure(95)}),))}
    assert "Sirene" in reasons(one, tables)
    assert "pas encore ce chiffre" in reasons(published(), tables)
    assert "Aucun de nos indicateurs" in reasons(published(indicator=""), tables)


def test_the_shipped_values_are_whole_and_in_french():
    values = shipped()
    assert len(values) == 43
    for one in values:
        assert one.indicator == "" or one.indicator in MEASURES
        assert one.source
        assert one.url.startswith("http")
        assert one.unit == "units" or not one.indicator or MEASURES[one.indicator].unit == one.unit
        assert not re.search(r"[^\u00a0] [:;?!%]|'", f"{one.label} {one.note} {one.source}"), one


@pytest.mark.skipif(not SHARED.exists(), reason="les données de référence ne sont pas sur ce poste")
def test_the_shipped_values_are_those_that_were_gathered():
    with SHARED.open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(float(row["valeur"]), row["url"]) for row in rows] == [(float(one.value), one.url) for one in shipped()]


@pytest.mark.django_db
def test_the_page_shows_both_in_as_many_queries_whatever_their_number(client: Client, django_assert_max_num_queries):
    make_world()
    make_reference(indicator="association_establishments", unit="establishments", value=10, basis="establishments")
    client.force_login(observatory())
    with django_assert_max_num_queries(14):
        page = client.get("/observatoire/controle/").content.decode()
    assert "CC du Pays d’Ancenis" in page
    assert "Salariés de l’ESS" in page
    for number in range(20):
        make_reference(year=2000 + number)
    with django_assert_max_num_queries(14):
        only = client.get("/observatoire/controle/", {"territoire": "epci:244400552"}).content.decode()
    assert only.count("Observatoire fictif") == 21
    assert "Nantes Métropole</a>" not in only


@pytest.mark.django_db
def test_without_a_release_the_draft_stands_beside(client: Client):
    from tests.release_factories import make_dataset, make_geography

    make_dataset(make_geography())
    client.force_login(observatory())
    page = client.get("/observatoire/controle/").content.decode()
    assert "brouillon" in page


@pytest.mark.django_db
def test_a_value_is_added_corrected_and_taken_away(client: Client):
    make_world()
    client.force_login(observatory())
    given = {
        "kind": "epci",
        "code": "244400552",
        "indicator": "private_job_share",
        "value": "15,2",
        "year": "2022",
        "precision": "exact",
        "basis": "jobs",
        "perimeter": "ess_4f_sc",
        "source": "Étude de 2024",
    }
    refused = client.post("/observatoire/controle/ajouter/", {**given, "code": "999999999", "note": "Gardée"})
    assert "Aucun territoire de ce niveau" in refused.content.decode()
    assert "Gardée" in refused.content.decode()
    assert "ne dépasse pas 100" in client.post("/observatoire/controle/ajouter/", {**given, "value": "152"}).content.decode()
    assert "pas encore écoulée" in client.post("/observatoire/controle/ajouter/", {**given, "year": "2990"}).content.decode()
    assert not ReferenceValue.objects.exists()

    client.post("/observatoire/controle/ajouter/", given)
    kept = ReferenceValue.objects.get()
    assert (kept.value, kept.unit, kept.territory_name) == (15.2, "percent", "CC du Pays d’Ancenis")
    assert kept.added_by is not None
    client.post(f"/observatoire/controle/{kept.pk}/", {**given, "value": "15,4"})
    kept.refresh_from_db()
    assert kept.value == 15.4
    assert [one.value for one in published_values() if one.pk] == [15.4]
    client.post(f"/observatoire/controle/{kept.pk}/retirer/")
    assert not ReferenceValue.objects.exists()
    assert JournalEntry.objects.filter(event__startswith="observatory.reference").count() == 3


@pytest.mark.django_db
def test_those_who_only_read_add_nothing(client: Client):
    make_world()
    client.force_login(person("project_officer"))
    page = client.get("/observatoire/controle/").content.decode()
    assert "Ajouter une valeur" not in page
    assert client.get("/observatoire/controle/ajouter/").status_code == 403


@pytest.mark.django_db
def test_the_file_says_the_same(client: Client):
    make_world()
    client.force_login(observatory())
    body = b"".join(client.get("/observatoire/controle/valeurs.csv").streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(body), delimiter=";"))
    assert len(rows) == 44
    assert rows[0][:4] == ["Territoire", "Niveau", "Code", "Indicateur"]
