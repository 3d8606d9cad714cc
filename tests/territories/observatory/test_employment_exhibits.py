"""Exhibits of statistics with jobs: what is masked is a sign, what is refused is said. No database."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from territories.foundations.rendering.document import Chart, Table
from territories.geography.models import Millesime, Territory
from territories.observatory.exhibits import BUILDERS, exhibit
from territories.observatory.exhibits.analyses import refusal
from territories.observatory.exhibits.employment import job_figures, weight_sentences
from territories.observatory.models import Dataset, Perimeter
from territories.observatory.portrait import Portrait, Side, territory_naming
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.tables import Row
from territories.observatory.statistics.tables import Table as PublishedTable
from tests.job_tables import SECRET, SOURCE, job_tables

EPCI = Territory(kind="epci", code="244400552", name="CC du Pays d’Ancenis", population=68_000, commune_count=20)
LOIRE_ATLANTIQUE = Territory(kind="departement", code="44", name="Loire-Atlantique", population=1_450_000, commune_count=207)
DATASET = Dataset(
    source="sirene",
    producer="Insee",
    vintage_on=date(2026, 11, 1),
    licence="Licence ouverte",
    perimeter=Perimeter(code="test", name="Périmètre de test"),
    millesime=Millesime(year=2026, population_label="populations"),
)
# The communes need positions: their map is looked at with the pages.
WITHOUT_MAP = [key for key in BUILDERS if key.startswith("jobs_") and key != "jobs_communes"] + ["survival"]


def portrait(**changes: Any) -> Portrait:
    """A portrait with statistics, compared to its département. `changes` as `job_tables`."""
    register = PublishedTable("key_figures", ("value",), (Row("employers", "Employeurs", {"value": Figure(338)}),))
    side = Side(LOIRE_ATLANTIQUE, territory_naming(LOIRE_ATLANTIQUE), job_tables(1_450_000))
    tables = {"key_figures": register, **job_tables(68_000, **changes)}
    return Portrait(EPCI, territory_naming(EPCI), tables, compared=(side,), dataset=DATASET)


def chart(key: str, **changes: Any) -> Chart:
    found = exhibit(portrait(**changes), key)
    assert found is not None
    assert isinstance(found.block, Chart)
    return found.block


def data(block: Chart) -> list[dict[str, Any]]:
    """Every row of data of a chart."""
    held = [row for layer in block.spec["layer"] for row in layer.get("data", {}).get("values", ())]
    return held + [row for values in block.spec.get("datasets", {}).values() for row in values]


def signs(table: Table) -> set[str]:
    return {table.text_of(cell, column) for row in table.rows for cell, column in zip(row, table.columns, strict=True)}


@pytest.mark.parametrize("key", WITHOUT_MAP)
def test_every_exhibit_has_its_words_table_and_source(key: str) -> None:
    found = exhibit(portrait(), key)
    assert found is not None
    assert found.table is not None
    assert found.table.rows
    assert found.indicators
    if key not in ("jobs_other_series", "survival"):
        assert found.block.source == SOURCE


@pytest.mark.parametrize("key", ["jobs_families", "jobs_sectors", "jobs_gender", "jobs_ages", "jobs_levels"])
def test_a_secret_headline_gives_its_signs_and_the_sentence(key: str) -> None:
    found = exhibit(portrait(secret=True), key)
    assert found is not None
    assert isinstance(found.block, Table)
    assert "s" in signs(found.block)
    assert any("secret statistique" in note for note in found.block.notes)


@pytest.mark.parametrize("key", WITHOUT_MAP)
def test_no_exhibit_fails_on_a_secret_territory(key: str) -> None:
    found = exhibit(portrait(secret=True), key)
    if found is not None and isinstance(found.block, Chart):
        for row in data(found.block):
            if row.get("absent"):
                assert row["value"] is None


@pytest.mark.parametrize("key", WITHOUT_MAP)
def test_no_exhibit_without_its_table(key: str) -> None:
    whole = portrait()
    bare = Portrait(EPCI, whole.naming, {"key_figures": whole.tables["key_figures"]}, dataset=DATASET)
    assert exhibit(bare, key) is None


def test_the_share_in_private_jobs_opens_and_names_its_denominator() -> None:
    figures = job_figures(portrait())
    assert figures[0].label == "Part de l’ESS dans l’emploi salarié privé"
    assert figures[0].detail == "des emplois salariés privés du territoire"
    assert figures[1].detail == "de tous les emplois salariés, public compris"
    assert "M€" in next(figure.value_text for figure in figures if "Rémunérations" in figure.label)


def test_the_opening_of_a_secret_territory_is_its_signs() -> None:
    assert {figure.value_text for figure in job_figures(portrait(secret=True))} == {"s"}
    assert "secret statistique" in weight_sentences(portrait(secret=True))


def test_a_masked_famille_is_a_sign_in_table_and_chart() -> None:
    block = chart("jobs_families", masked=["fondation"])
    assert any(row.get("text") == "s" for row in data(block))
    line = next(row for row in block.table.rows if row[0] == "Fondations")
    assert block.table.text_of(line[1], block.table.columns[1]) == "s"


def test_a_masked_sector_has_no_bar() -> None:
    rows = [row for row in data(chart("jobs_sectors", masked=["action-sociale"])) if "Action sociale" in row.get("key", "")]
    assert any(row.get("text") == "s" and row["value"] is None for row in rows)


def test_the_evolution_refuses_in_words_and_breaks_its_lines() -> None:
    block = chart("jobs_evolution")
    assert any("rupture de série en 2020" in note for note in block.notes)
    assert "Base 100 en 2018 puis en 2020." in block.notes
    assert any(row.get("text") == "rupture" for row in data(block))
    points = {row["at"]: row["line"] for row in data(block) if row.get("series") == "0" and "line" in row}
    assert points[1] != points[2]


def test_only_comparable_territories_are_set_beside() -> None:
    whole = portrait()
    theirs = whole.compared[0].tables["jobs_key_figures"]
    older = PublishedTable(theirs.key, theirs.columns, theirs.rows, None, {**theirs.facts, "year": 2019})
    side = Side(LOIRE_ATLANTIQUE, whole.compared[0].naming, {"jobs_key_figures": older})
    alone = Portrait(EPCI, whole.naming, whole.tables, compared=(side,), dataset=DATASET)
    found = exhibit(whole, "jobs_comparison")
    assert found is not None
    assert found.table is not None
    assert len(found.table.rows) == 2
    # Beside nobody there is nothing to compare.
    assert exhibit(alone, "jobs_comparison") is None


def test_a_secret_neighbour_is_a_sign_beside() -> None:
    whole = portrait()
    side = Side(LOIRE_ATLANTIQUE, whole.compared[0].naming, job_tables(1_450_000, secret=True))
    found = exhibit(Portrait(EPCI, whole.naming, whole.tables, compared=(side,), dataset=DATASET), "jobs_comparison")
    assert found is not None
    assert found.table is not None
    assert "s" in signs(found.table)
    assert SECRET.value is None


def test_printed_effects_add_up() -> None:
    block = chart("jobs_shift_total")
    *effects, gain = (row[1].number for row in block.table.rows)  # type: ignore[union-attr]
    assert sum(effects) == pytest.approx(gain)
    assert "+" in block.table.text_of(block.table.rows[0][1], block.table.columns[1])


def test_a_masked_sector_refuses_the_decomposition() -> None:
    refused = portrait(masked=["action-sociale"])
    assert "ne peut pas être décomposée" in refusal(refused)
    assert exhibit(refused, "jobs_shift_total") is None
    assert exhibit(refused, "jobs_shift_share") is None
    assert refusal(portrait()) == ""


def test_ages_that_overlap_say_so() -> None:
    assert any("ne s’additionnent pas" in note for note in chart("jobs_ages").notes)


def test_young_cohorts_have_no_survival_yet() -> None:
    rows = [row for row in data(chart("survival")) if row.get("text") == "///"]
    assert rows


def test_familles_that_exceed_their_total_are_shown_in_figures_and_never_as_a_bar() -> None:
    whole = portrait()
    published = whole.tables["jobs_families"]
    rows = tuple(
        replace(row, cells={**row.cells, "job_family_share": Figure(0.7)}) if rank < 2 else row
        for rank, row in enumerate(published.rows)
    )
    wrong = Portrait(EPCI, whole.naming, {**whole.tables, "jobs_families": replace(published, rows=rows)}, dataset=DATASET)
    found = exhibit(wrong, "jobs_families")
    assert found is not None
    assert isinstance(found.block, Table)
