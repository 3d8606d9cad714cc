"""The portrait of a territory: the same few queries for all, honest empty states, sources everywhere."""

import json
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from territories.geography.models import Millesime, Territory
from territories.observatory.models import Dataset, Observation, Release, ReleasedFigure
from territories.observatory.operations import run_release
from territories.observatory.portrait import COMPARED_TABLES, draft_portrait, load_portrait
from territories.observatory.portrait_json import portrait_json
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.tables import SIRENE_TABLES
from tests.release_factories import ANCENIS, REDON, RENNES, make_dataset, make_geography

pytestmark = pytest.mark.django_db


def territory(kind: str, code: str) -> Territory:
    return Territory.objects.select_related("millesime").get(kind=kind, code=code)


@pytest.fixture
def released() -> Dataset:
    dataset = make_dataset(make_geography())
    run_release()
    return dataset


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def test_a_portrait_has_all_its_tables_and_those_of_its_chain(released: Dataset) -> None:
    portrait = load_portrait(territory("epci", ANCENIS))
    assert portrait.has_figures
    assert tuple(portrait.tables) == SIRENE_TABLES
    assert [side.naming.name for side in portrait.compared] == [
        "Loire-Atlantique",
        "Maine-et-Loire",
        "Pays de la Loire",
        "France",
    ]
    assert set(portrait.compared[0].tables) == set(COMPARED_TABLES) & set(SIRENE_TABLES)
    assert portrait.figure("employers") == Figure(5)
    assert portrait.without_figures == ()
    assert plain(portrait.sentence("key_figures")).startswith(
        "Dans la CC du Pays d’Ancenis, 5 établissements employeurs relèvent de l’ESS, pour 3 entreprises. "
        "Ils représentent 15,6 % des établissements employeurs privés, contre"
    )


def test_the_chain_of_each_level(released: Dataset) -> None:
    def chain(kind: str, code: str) -> list[str]:
        return [side.naming.name for side in load_portrait(territory(kind, code)).compared]

    assert chain("commune", "44115") == ["CC du Pays d’Ancenis", "Loire-Atlantique", "Pays de la Loire", "France"]
    assert chain("commune", "85113") == ["Vendée", "Pays de la Loire", "France"]
    assert chain("departement", "44") == ["Pays de la Loire", "France"]
    assert chain("region", "52") == ["France"]
    assert chain("country", "F") == []
    assert chain("epci", REDON) == ["Ille-et-Vilaine", "Loire-Atlantique", "Bretagne", "France"]


def test_chosen_comparisons_replace_the_chain_and_the_missing_are_named(released: Dataset) -> None:
    chosen = [territory("epci", REDON), territory("epci", RENNES), territory("epci", ANCENIS), territory("epci", REDON)]
    portrait = load_portrait(territory("epci", ANCENIS), compare=chosen)
    assert [side.territory.code for side in portrait.compared] == [REDON]
    assert [other.code for other in portrait.without_figures] == [RENNES]


def test_the_weight_is_compared_on_one_denominator(released: Dataset) -> None:
    portrait = load_portrait(territory("epci", ANCENIS), compare=[territory("epci", REDON)])
    assert portrait.weight_against(portrait.compared[0]).value == pytest.approx((5 / 32) / (2 / 12))


def test_the_source_line_says_all(released: Dataset) -> None:
    portrait = load_portrait(territory("epci", ANCENIS))
    assert plain(portrait.source) == (
        "Source : Insee, Sirene (fichiers au 1er novembre 2026, tranches d’effectif 2024) – traitement Observatoire de l’ESS, "
        "CRESS Pays de la Loire, périmètre « Périmètre d’essai », géographie au 01/01/2026."
    )
    assert not portrait.is_demonstration
    assert isinstance(portrait.released_on, date)
    assert any("populations d’essai" in note for note in portrait.method_notes)


def test_demonstration_data_say_so(released: Dataset) -> None:
    Dataset.objects.update(is_demonstration=True)
    assert load_portrait(territory("epci", ANCENIS)).source.endswith("Données de démonstration, fictives.")


def test_without_a_release_the_page_says_what_to_do() -> None:
    make_dataset(make_geography())
    portrait = load_portrait(territory("epci", ANCENIS))
    assert not portrait.has_figures
    assert "doit charger les fichiers Sirene" in portrait.empty_reason
    assert portrait.source == ""
    assert portrait.figure("employers").value is None
    json.dumps(portrait_json(portrait))


def test_a_territory_outside_the_release_says_why(released: Dataset) -> None:
    portrait = load_portrait(territory("commune", "35238"))
    assert not portrait.has_figures
    assert "ne couvrent pas ce territoire" in portrait.empty_reason
    # What it would be compared with is published all the same.
    assert [side.naming.name for side in portrait.compared] == ["Ille-et-Vilaine", "Bretagne", "France"]


def test_partial_coverage_is_said() -> None:
    make_dataset(make_geography(), uncovered_communes=["44115"])
    run_release()
    assert "2 communes couvertes sur 3" in plain(load_portrait(territory("epci", ANCENIS)).coverage_note)
    nothing = load_portrait(territory("commune", "44115"))
    assert not nothing.has_figures
    assert "ne sont pas disponibles" in nothing.empty_reason


@pytest.fixture
def queries_of() -> Callable[[Territory], int]:
    def count(one: Territory) -> int:
        with CaptureQueriesContext(
            connection,
        ) as context:
            portrait = load_portrait(one)
            for key in portrait.tables:
                portrait.sentence(key)
            portrait_json(portrait)
        return len(context)

    return count


def test_the_same_few_queries_for_every_territory(released: Dataset, queries_of: Callable[[Territory], int]) -> None:
    counts = {
        (kind, code): queries_of(territory(kind, code))
        for kind, code in (
            ("commune", "44003"),
            ("epci", ANCENIS),
            ("pays", "pays-des-rives"),
            ("departement", "44"),
            ("region", "52"),
        )
    }
    assert len(set(counts.values())) == 1, counts
    assert max(counts.values()) <= 6


@pytest.mark.parametrize("kind_code", [("epci", ANCENIS), ("departement", "44"), ("region", "52")])
def test_as_many_queries_for_twice_the_communes(queries_of: Callable[[Territory], int], kind_code: tuple[str, str]) -> None:
    dataset = make_dataset(make_geography(extra=4))
    run_release()
    few = queries_of(territory(*kind_code))
    ReleasedFigure.objects.all().delete()
    Release.objects.all().delete()
    dataset.delete()
    Territory.objects.all().delete()
    Millesime.objects.all().delete()
    make_dataset(make_geography(extra=8))
    run_release()
    assert queries_of(territory(*kind_code)) == few


def test_a_portrait_reads_the_release_and_nothing_else(released: Dataset) -> None:
    before = portrait_json(load_portrait(territory("epci", ANCENIS)))
    Observation.objects.all().delete()
    assert portrait_json(load_portrait(territory("epci", ANCENIS))) == before


def test_a_draft_counts_what_the_release_would(released: Dataset) -> None:
    published, draft = (
        load_portrait(territory("epci", ANCENIS)),
        draft_portrait(territory("epci", ANCENIS), Dataset.objects.active()),
    )
    assert draft.is_draft
    assert draft.tables == published.tables
    assert [side.tables["key_figures"] for side in draft.compared] == [side.tables["key_figures"] for side in published.compared]
    assert any("ne sont pas publiés" in note for note in draft.method_notes)


def test_the_json_is_whole_and_stable(released: Dataset) -> None:
    payload = json.loads(json.dumps(portrait_json(load_portrait(territory("epci", ANCENIS)))))
    assert (payload["format"], payload["version"], payload["internal"]) == ("portrait-ess", 1, False)
    assert set(payload) == {
        "format",
        "version",
        "internal",
        "territory",
        "has_figures",
        "empty_reason",
        "coverage_note",
        "release",
        "dataset",
        "statistics",
        "source_line",
        "source_lines",
        "statuses",
        "legend",
        "tables",
        "compared",
        "compared_without_figures",
        "definitions",
    }
    assert payload["territory"] == {
        "kind": "epci",
        "code": ANCENIS,
        "name": "CC du Pays d'Ancenis",
        "population": 17_500,
        "commune_count": 3,
    }
    families = payload["tables"]["families"]
    assert families["columns"][1] == {"key": "family_share", "label": "Part", "unit": "share"}
    assert families["rows"][0]["cells"] == {
        "employers": {"value": 3, "status": "A"},
        "family_share": {"value": 0.6, "status": "A"},
        "non_employers": {"value": 1, "status": "A"},
    }
    assert payload["tables"]["key_figures"]["rows"][0]["unit"] == "count"
    assert payload["dataset"]["perimeter"] == {"code": "essai-1", "name": "Périmètre d’essai"}
    for table in payload["tables"].values():
        for row in table["rows"]:
            for cell in row["cells"].values():
                assert (cell["value"] is None) == (cell["status"] in {"s", "nd", "///", "ns"})
