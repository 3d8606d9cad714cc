"""Cohorts of creations: who has lasted, from when it is known, and the table of a territory."""

from datetime import date

import duckdb

from territories.foundations.vocabulary import Status
from territories.observatory.sirene.cells import Counts, survival_cells
from territories.observatory.statistics.cells import Place, TerritoryFacts
from territories.observatory.survival import Cohorts

COUNTS = Counts(vintage_on=date(2026, 11, 1), first_year=2014, last_year=2025)


def cohorts_of(*rows: tuple[str, str, str | None, bool]) -> dict[tuple[str, int], int]:
    """(state, created, began, is_open) by row, all of one commune and famille, to counts by (measure, year)."""
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE ess_row (commune VARCHAR, family VARCHAR, qualification VARCHAR, state VARCHAR, is_open BOOLEAN, "
            "created_on DATE, began_on DATE, created_year INTEGER)"
        )
        for state, created, began, is_open in rows:
            connection.execute(
                "INSERT INTO ess_row VALUES ('44003', 'association', 'included', ?, ?, ?, ?, ?)",
                [state, is_open, created, began, int(created[:4])],
            )
        found = connection.execute(survival_cells(COUNTS)).fetchall()
    return {(measure, year): n for _, _, measure, year, n in found}


def test_the_anniversary_itself_has_been_reached_and_the_day_before_has_not():
    found = cohorts_of(
        ("F", "2018-03-15", "2021-03-15", False),
        ("F", "2018-03-15", "2021-03-14", False),
        ("F", "2018-03-15", "2023-03-15", False),
        ("A", "2018-06-01", "2020-01-01", True),
    )
    assert found == {("cohort", 2018): 4, ("survived_3", 2018): 3, ("survived_5", 2018): 2}


def test_those_of_which_the_end_is_unknown_are_in_no_cohort():
    found = cohorts_of(
        ("F", "2018-03-15", None, False),
        ("F", "2018-03-15", "2017-01-01", False),
        ("A", "2018-03-15", "2020-01-01", False),
        ("A", "2013-03-15", "2020-01-01", True),
    )
    assert found == {}


def test_an_age_is_written_only_once_the_youngest_of_the_year_could_reach_it():
    found = cohorts_of(*(("A", f"{year}-12-31", f"{year}-12-31", True) for year in range(2014, 2027)))
    assert sorted(year for measure, year in found if measure == "survived_3") == list(range(2014, 2023))
    assert sorted(year for measure, year in found if measure == "survived_5") == list(range(2014, 2021))
    assert sorted(year for measure, year in found if measure == "cohort") == list(range(2014, 2026))


def test_the_table_of_a_territory_tells_not_yet_from_nobody():
    cohorts = Cohorts()
    for place, created, lasted in (("44003", 40, 30), ("44213", 20, 15)):
        cohorts.add(place, 2018, "cohort", created)
        cohorts.add(place, 2018, "survived_3", lasted)
    cohorts.add("44003", 2019, "cohort", 10)
    cohorts.add("44003", 2019, "survived_3", 9)
    cohorts.add("44003", 2024, "cohort", 35)
    places = (Place("44003", "Ancenis", 11_000), Place("44213", "Loireauxence", 7_600), Place("44999", "Ailleurs", 1, False))

    table = cohorts.table(TerritoryFacts("244400552", "COMPA", 18_600, places))

    assert table is not None
    assert (table.figure("2018", "created").value, table.figure("2018", "survival_3").value) == (60, 0.75)
    assert table.figure("2018", "survival_5").status is Status.NOT_APPLICABLE
    assert table.figure("2024", "survival_3").status is Status.NOT_APPLICABLE
    assert table.figure("2019", "survival_3").status is Status.NOT_SIGNIFICANT


def test_no_table_when_nothing_is_followed_or_covered():
    facts = TerritoryFacts("44999", "Ailleurs", 1, (Place("44999", "Ailleurs", 1, False),))
    cohorts = Cohorts()
    assert cohorts.table(facts) is None
    cohorts.add("44003", 2018, "cohort", 1)
    assert cohorts.table(facts) is None
