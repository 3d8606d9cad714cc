"""Years chained only when they may be, and the sentence that says why when they may not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.foundations.formats import NBSP
from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.building import build_job_tables
from territories.observatory.statistics.employment.cells import JobKey, YearFigures
from territories.observatory.statistics.employment.series import break_between, evolution_table, yearly_growth
from territories.observatory.statistics.employment.survival import Cohort, survival_table
from territories.observatory.statistics.figures import NOT_APPLICABLE, NOT_SIGNIFICANT, UNAVAILABLE, Figure
from territories.observatory.statistics.tables import Table
from tests.employment_cells import SECRET, facts_of, simple_year, year_of
from tests.oracles_employment import growth_by_year


def column(table: Table, name: str) -> list[Figure]:
    return [row[name] for row in table.rows]


def test_comparable_years_are_chained_from_their_first() -> None:
    table = evolution_table((simple_year(2019, 200, 1000), simple_year(2020, 210, 1000), simple_year(2021, 242, 1100)))
    assert column(table, "job_index") == [Figure(100.0), Figure(105.0), Figure(121.0)]
    assert column(table, "other_job_index") == [Figure(100.0), Figure(100.0), Figure(110.0)]
    assert [None if f.value is None else round(f.value, 4) for f in column(table, "job_change")] == [None, 0.05, 0.1524]
    assert table.rows[0]["job_change"] == NOT_APPLICABLE
    [segment] = table.facts["segments"]
    assert (segment["years"], segment["base"]) == ([2019, 2020, 2021], 2019)
    assert segment["growth"]["value"] == pytest.approx(0.21)
    assert segment["tcam"] == {"value": pytest.approx(0.1), "status": "A"}
    assert table.facts["refusals"] == []
    assert table.facts["sources"] == ["Insee, Flores 2019", "Insee, Flores 2020", "Insee, Flores 2021"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"year": 2023}, "aucune donnée n’est chargée pour 2021 à 2022"),
        ({"year": 2022}, "aucune donnée n’est chargée pour 2021"),
        ({"series": "urssaf"}, "la source n’est pas la même (Insee, Flores, puis Urssaf)"),
        ({"concept": "effectifs moyens"}, "l’emploi n’y est pas compté de la même façon"),
        (
            {"perimeter": "ESS-5F", "perimeter_label": "5 familles"},
            "le périmètre de l’ESS n’est pas le même (4 familles, puis 5 familles)",
        ),
        (
            {"geography": 2025},
            "la géographie n’est pas la même (communes au 1er janvier 2024, puis communes au 1er janvier 2025)",
        ),
        ({"break_note": "Apprentis inclus."}, "rupture de série en 2021 (Apprentis inclus)"),
    ],
)
def test_a_break_is_refused_and_says_why(changes: dict[str, Any], reason: str) -> None:
    before, after = simple_year(2020, 200, 900), simple_year(2021, 210, 910)
    after = replace(after, source=replace(after.source, **changes))
    table = evolution_table((before, after))
    year = after.source.year
    [refusal] = table.facts["refusals"]
    assert refusal.startswith(f"Les années 2020 et {year} ne sont pas comparées{NBSP}: {reason}")
    assert refusal.endswith(".")
    assert ".." not in refusal
    assert table.facts["segments"] == []
    for name in ("job_index", "other_job_index", "job_change"):
        assert column(table, name) == [NOT_APPLICABLE, NOT_APPLICABLE]
    assert column(table, "jobs") == [Figure(200), Figure(210)]


def test_a_break_is_that_of_the_later_year() -> None:
    before, after = simple_year(2020, 200, break_note="Avant").source, simple_year(2021, 210).source
    assert break_between(before, after) == ""
    assert break_between(after, before) == "les millésimes ne se suivent pas"


@pytest.mark.parametrize(
    ("jobs", "status", "reason"),
    [("s", SECRET, "est couvert par le secret statistique"), (None, UNAVAILABLE, "n’est pas disponible")],
)
def test_a_year_without_number_cuts_the_series(jobs: Any, status: Figure, reason: str) -> None:
    years = (
        simple_year(2018, 90),
        simple_year(2019, 99),
        simple_year(2020, jobs),
        simple_year(2021, 120),
        simple_year(2022, 132),
    )
    table = evolution_table(years)
    assert [segment["years"] for segment in table.facts["segments"]] == [[2018, 2019], [2021, 2022]]
    assert [None if f.value is None else round(f.value, 6) for f in column(table, "job_index")] == [100, 110, None, 100, 110]
    assert table.rows[2]["job_index"] == status
    assert [row["job_change"] for row in table.rows[2:4]] == [status, status]
    assert len(table.facts["refusals"]) == 2
    assert all(f"le nombre d’emplois de 2020 {reason}." in refusal for refusal in table.facts["refusals"])


def test_the_rest_of_the_private_sector_stops_at_its_own_breaks() -> None:
    years = [simple_year(year, 100 + year - 2019, 1000) for year in (2019, 2020, 2021)]
    cut = replace(years[2].source, source="D", break_note="Autre champ")
    years[2] = replace(years[2], denominators=cut)
    table = evolution_table(tuple(years))
    assert column(table, "job_index")[2].known
    assert column(table, "other_job_index") == [Figure(100.0), Figure(100.0), NOT_APPLICABLE]


def test_a_provisional_year_makes_a_provisional_change() -> None:
    table = evolution_table((simple_year(2020, 100), simple_year(2021, Figure(110, Status.PROVISIONAL))))
    assert table.rows[1]["job_change"].status is Status.PROVISIONAL
    assert table.facts["segments"][0]["tcam"]["status"] == "p"


def test_growth_from_nothing_is_without_object() -> None:
    table = evolution_table((simple_year(2020, 0), simple_year(2021, 10)))
    assert table.rows[1]["job_index"] == NOT_APPLICABLE
    assert table.rows[1]["job_change"] == NOT_APPLICABLE


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 10**6), st.integers(1, 10**6), st.integers(1, 30))
def test_yearly_growth_leads_from_one_to_the_other(before: int, after: int, years: int) -> None:
    growth = yearly_growth(Figure(before), Figure(after), years)
    assert growth.value is not None
    assert growth.value == pytest.approx(growth_by_year(before, after, years), rel=1e-9, abs=1e-9)


def test_one_year_makes_no_evolution() -> None:
    assert "jobs_evolution" not in build_job_tables(facts_of(simple_year(2020, 100)))


def urssaf(year: int, jobs: Any, **source: Any) -> YearFigures:
    return year_of(
        {JobKey(): {"jobs": jobs, "establishments": 12, "gross_pay": 900_000}},
        year,
        series="urssaf",
        concept="moyenne annuelle",
        **source,
    )


def test_other_series_stay_apart() -> None:
    others = (urssaf(2022, 90), urssaf(2021, 60), year_of({JobKey(): {"jobs": 5}}, 2022, series="autre-agri"))
    table = build_job_tables(facts_of(simple_year(2022, 100), others=others))["jobs_other_series"]
    assert [row.key for row in table.rows] == ["autre-agri:2022", "urssaf:2021", "urssaf:2022"]
    assert table.rows[0]["job_change"] == NOT_APPLICABLE
    assert table.rows[2]["job_change"] == Figure(0.5)
    assert [series["key"] for series in table.facts["series"]] == ["autre-agri", "urssaf"]
    assert table.facts["series"][1]["label"] == "Urssaf"


def test_other_series_refuse_their_breaks_too() -> None:
    table = build_job_tables(facts_of(others=(urssaf(2022, 60), urssaf(2023, 90, break_note="Apprentis"))))["jobs_other_series"]
    assert table.rows[1]["job_change"] == NOT_APPLICABLE
    assert table.facts["refusals"] == [
        f"Urssaf{NBSP}: les années 2022 et 2023 ne sont pas comparées{NBSP}: rupture de série en 2023 (Apprentis)."
    ]


# --- Survival -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cohort", "three", "five"),
    [
        (Cohort(2018, 40, 30, 20), Figure(0.75), Figure(0.5)),
        (Cohort(2018, 30, 30, 0), Figure(1.0), Figure(0.0)),
        (Cohort(2018, 29, 20, 10), NOT_SIGNIFICANT, NOT_SIGNIFICANT),
        (Cohort(2018, 0, 0, 0), NOT_SIGNIFICANT, NOT_SIGNIFICANT),
        (Cohort(2021, 40, 30), Figure(0.75), NOT_APPLICABLE),
        (Cohort(2024, 40), NOT_APPLICABLE, NOT_APPLICABLE),
        (Cohort(2018, None, 30, 20), UNAVAILABLE, UNAVAILABLE),
        (Cohort(2018, 40, 41, 20), UNAVAILABLE, Figure(0.5)),
    ],
)
def test_survival_of_a_cohort(cohort: Cohort, three: Figure, five: Figure) -> None:
    [row] = survival_table([cohort]).rows
    assert (row["survival_3"], row["survival_5"]) == (three, five)


def test_cohorts_are_in_order_of_years() -> None:
    assert [row.key for row in survival_table([Cohort(2020, 31), Cohort(2018, 32)]).rows] == ["2018", "2020"]
