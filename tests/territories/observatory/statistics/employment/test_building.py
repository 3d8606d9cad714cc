"""The tables with jobs: against a slow oracle on random rows, and on each side of the rules."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.foundations.formats import Unit
from territories.foundations.vocabulary import SECTORS, EssFamily, Status
from territories.observatory.statistics.employment.building import build_job_tables
from territories.observatory.statistics.employment.cells import (
    ESS,
    PRIVATE,
    PRIVATE_OTHER,
    PUBLIC,
    TOTAL,
    CommuneFigures,
    JobCell,
    JobKey,
    YearFigures,
    sum_cells,
)
from territories.observatory.statistics.employment.mixes import apportioned, mix
from territories.observatory.statistics.employment.sheets import JOB_ANALYSES, JOB_KEY_FIGURES
from territories.observatory.statistics.figures import NOT_APPLICABLE, NOT_SIGNIFICANT, UNAVAILABLE, Figure
from territories.observatory.statistics.indicators import INDICATORS, column_label, unit_of
from territories.observatory.statistics.tables import ADVANCED_JOB_TABLES, JOB_TABLES, TABLE_KEYS, TABLE_TITLES, Table
from tests.employment_cells import SECRET, facts_of, same, simple_year, year_from_rows, year_of
from tests.oracles_employment import indicators_from_rows

SECTOR_KEYS = [sector.key for sector in SECTORS]
FAMILIES = [family.value for family in EssFamily]


def key_figure(year: YearFigures, code: str, **changes: Any) -> Figure:
    return build_job_tables(facts_of(year, **changes))["jobs_key_figures"].figure(code, "value")


# --- Against the oracle ---------------------------------------------------------------------------------------

NUMBERS = st.one_of(st.integers(0, 60), st.integers(0, 5000), st.just(""))
DIMENSIONS = st.one_of(
    st.just({}),
    st.builds(lambda key: {"famille": key}, st.sampled_from([*FAMILIES, "other_non_profit"])),
    st.builds(lambda key: {"secteur": key}, st.sampled_from([*SECTOR_KEYS[:4], "non-classe"])),
    st.builds(lambda key: {"tranche_taille": key}, st.sampled_from(["E0", "E1T4", "E100T199", "E100T249"])),
    st.builds(lambda key: {"sexe": key}, st.sampled_from(["F", "H"])),
    st.builds(
        lambda age, sex: {"classe_age": age, "sexe": sex},
        st.sampled_from(["50P", "50T54", "55P", "55T59", "60P", "M30"]),
        st.sampled_from(["", "F", "H"]),
    ),
)
ROWS = st.lists(
    st.builds(
        lambda champ, dimensions, status, **values: {"champ": champ, "statut": status, **dimensions, **values},
        st.sampled_from(["ESS", "ESS", "PRIVE_HORS_ESS", "PRIVE", "PUBLIC", "TOTAL"]),
        DIMENSIONS,
        st.sampled_from(["A", "A", "A", "A", "s", "K"]),
        nb_entreprises=NUMBERS,
        nb_etablissements=NUMBERS,
        effectifs_3112=NUMBERS,
        etp=NUMBERS,
        remunerations_brutes=NUMBERS,
    ),
    max_size=24,
    unique_by=lambda row: tuple(
        row.get(name, "") for name in ("champ", "famille", "secteur", "tranche_taille", "sexe", "classe_age")
    ),
)


@settings(deadline=None, max_examples=80)
@given(ROWS, st.one_of(st.none(), ROWS), st.one_of(st.none(), st.integers(0, 9000)))
def test_every_figure_agrees_with_the_oracle(
    rows: list[dict[str, Any]], reference_rows: list[dict[str, Any]] | None, population: int | None
) -> None:
    reference = None if reference_rows is None else facts_of(year_from_rows(reference_rows), code="R")
    tables = build_job_tables(facts_of(year_from_rows(rows), population=population), reference=reference)
    expected = indicators_from_rows(
        rows, places=[""], population=population, reference_rows=reference_rows, reference_places=[""]
    )
    for key, table in tables.items():
        shown = {(row.key, column): figure for row in table.rows for column, figure in row.cells.items()}
        shown |= {("total", column): figure for column, figure in (table.total.cells if table.total else {}).items()}
        shown.pop(("first_communes_share", "value"), None)
        assert shown.keys() == expected[key].keys()
        for place, figure in shown.items():
            assert same(figure, expected[key][place]), (key, place, figure, expected[key][place])
    for key, cells in expected.items():
        if key not in tables:
            assert not any(
                not isinstance(value, str) for (row, column), value in cells.items() if column == "jobs" and row != "total"
            )


@settings(deadline=None, max_examples=40)
@given(ROWS, ROWS)
def test_a_territory_of_several_communes_agrees_with_the_oracle(
    first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    rows = [row | {"code_geo": place} for place, its in (("A", first), ("B", second)) for row in its]
    vintages = [year_from_rows(its) for its in (first, second)]
    keys = {key for vintage in vintages for key in vintage.cells}
    cells = {
        key: sum_cells((JobCell(vintage.cells[key]) for vintage in vintages if key in vintage.cells), parts=2).figures
        for key in keys
    }
    tables = build_job_tables(facts_of(replace(vintages[0], cells=cells)))
    expected = indicators_from_rows(rows, places=["A", "B"], population=10_000)
    for key, table in tables.items():
        for row in table.rows:
            for column, figure in row.cells.items():
                if row.key != "first_communes_share":
                    assert same(figure, expected[key][row.key, column]), (key, row.key, column, figure)


@settings(deadline=None, max_examples=40)
@given(ROWS, st.randoms())
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], random: Any) -> None:
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert build_job_tables(facts_of(year_from_rows(shuffled))) == build_job_tables(facts_of(year_from_rows(rows)))


def test_the_oracle_folds_divisions_into_sectors() -> None:
    rows = [
        {"champ": "ESS", "code_geo": "A", "secteur": division, "effectifs_3112": jobs}
        for division, jobs in (("87", "30"), ("88", "12,5"), ("86", 7))
    ]
    found = indicators_from_rows(rows)["jobs_sectors"]
    assert (found["action-sociale", "jobs"], found["sante", "jobs"], found["commerce", "jobs"]) == (Fraction("42.5"), 7, "nd")


@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_shares_are_shares(rows: list[dict[str, Any]]) -> None:
    for table in build_job_tables(facts_of(year_from_rows(rows))).values():
        for row in table.rows:
            for column, figure in row.cells.items():
                code = row.key if column == "value" else column
                if figure.value is not None and unit_of(code) is Unit.SHARE:
                    assert 0 <= figure.value <= 1, (table.key, row.key, column)


@settings(deadline=None, max_examples=60)
@given(ROWS.filter(bool), st.data())
def test_one_more_masked_row_never_shows_more(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    hidden = data.draw(st.integers(0, len(rows) - 1))
    before = build_job_tables(facts_of(year_from_rows(rows)))
    after = build_job_tables(
        facts_of(year_from_rows([row | ({"statut": "s"} if i == hidden else {}) for i, row in enumerate(rows)]))
    )
    # A table that had nothing to say appears to say what is masked: its other figures are rows that nobody masked.
    for key, table in ((key, table) for key, table in after.items() if key in before):
        for row in table.rows:
            for column, figure in row.cells.items():
                if figure.value is not None:
                    shown = before[key].figure(row.key, column).value
                    # A share may be rounded alone where it was rounded with the others.
                    assert shown == pytest.approx(figure.value, abs=0.00101), (key, row.key, column)


def test_what_is_derived_from_a_masked_figure_has_no_value() -> None:
    year = year_of(
        {
            JobKey(): {"jobs": "s", "fte": 9, "gross_pay": 270_000, "establishments": 3},
            JobKey(PRIVATE): {"jobs": 900, "gross_pay": 9_000_000},
            JobKey(TOTAL): {"jobs": 1000},
            JobKey(family="association"): {"jobs": 12, "fte": 8},
            JobKey(sector="sante"): {"jobs": 12},
            JobKey(PRIVATE, sector="sante"): {"jobs": 80},
            JobKey(sex="F"): {"jobs": 9},
            JobKey(size="E1T4"): {"jobs": 12, "establishments": 3},
        }
    )
    places = (CommuneFigures("A", "Ancenis", 4000, year),)
    before = replace(simple_year(2021, 20, 880), cells={**year.cells, JobKey(): {"jobs": Figure(20)}})
    reference = facts_of(reference_year(), code="53")
    tables = build_job_tables(facts_of(before, year, communes=places, others=(year,)), reference=reference)
    for key, rows, columns in (
        (
            "jobs_key_figures",
            (
                "jobs",
                "private_job_share",
                "total_job_share",
                "jobs_per_1000",
                "jobs_per_establishment",
                "fte_ratio",
                "women_share",
            ),
            ("value",),
        ),
        ("jobs_families", ("association",), ("job_family_share",)),
        ("jobs_sectors", ("sante",), ("job_sector_mix", "job_specialisation")),
        ("jobs_sizes", ("E1T4",), ("job_size_share",)),
        ("jobs_people", ("sex:F",), ("people_share",)),
        ("jobs_communes", ("A",), ("jobs", "jobs_per_1000", "private_job_share")),
        ("jobs_evolution", ("2022",), ("jobs", "job_index", "other_job_index", "job_change")),
        ("jobs_other_series", ("flores:2022",), ("jobs", "job_change")),
    ):
        for row in rows:
            for column in columns:
                assert tables[key].figure(row, column) == SECRET, (key, row, column)
    assert tables["jobs_evolution"].facts["segments"] == []
    assert tables["jobs_shift_share"].rows == ()


# --- Weights --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "private", "total"),
    [
        ({PRIVATE: 1000, TOTAL: 1300}, 1000, 1300),
        ({PRIVATE_OTHER: 900, PUBLIC: 300}, 1000, 1300),
        ({TOTAL: 1300, PUBLIC: 300}, 1000, 1300),
        ({PRIVATE: 1000, PRIVATE_OTHER: 950}, 1000, None),
        ({PRIVATE: "s", PRIVATE_OTHER: 900, PUBLIC: 300, TOTAL: 1300}, "s", 1300),
        ({PRIVATE_OTHER: "s", PUBLIC: 300, TOTAL: 1300}, "s", 1300),
        ({PRIVATE: 1000, TOTAL: "s", PUBLIC: 300}, 1000, "s"),
        ({TOTAL: 200, PUBLIC: 300}, None, 200),
        ({}, None, None),
    ],
)
def test_denominators_take_the_first_way_that_the_source_gives_and_never_go_round_a_mask(
    cells: dict[str, Any], private: Any, total: Any
) -> None:
    year = year_of({JobKey(): {"jobs": 100}} | {JobKey(champ): {"jobs": value} for champ, value in cells.items()})
    expected = {"s": SECRET, None: UNAVAILABLE}
    assert key_figure(year, "private_jobs") == expected.get(private, Figure(private) if isinstance(private, int) else UNAVAILABLE)
    assert key_figure(year, "total_jobs") == expected.get(total, Figure(total) if isinstance(total, int) else UNAVAILABLE)
    share = key_figure(year, "private_job_share")
    assert share == (Figure(0.1) if private == 1000 else expected[private])


def test_a_part_above_its_whole_is_refused() -> None:
    year = year_of({JobKey(): {"jobs": 100}, JobKey(PRIVATE): {"jobs": 99}, JobKey(TOTAL): {"jobs": 100}})
    assert key_figure(year, "private_job_share") == UNAVAILABLE
    assert key_figure(year, "total_job_share") == Figure(1.0)


def test_pay_ratios_and_density() -> None:
    year = year_of(
        {
            JobKey(): {"jobs": 1000, "fte": 750, "gross_pay": 22_500_000, "establishments": 80, "enterprises": 60},
            JobKey(PRIVATE): {"jobs": 8000, "fte": 7000, "gross_pay": 247_500_000, "establishments": 800},
            JobKey(PUBLIC): {"fte": 100, "gross_pay": 3_300_000},
        }
    )
    shown = {code: key_figure(year, code, population=20_000).value for code in JOB_KEY_FIGURES}
    assert shown["fte_ratio"] == 0.75
    assert shown["pay_per_fte"] == 30_000
    assert shown["other_pay_per_fte"] == 225_000_000 / 6250
    assert shown["public_pay_per_fte"] == 33_000
    assert shown["jobs_per_1000"] == 50
    assert shown["jobs_per_establishment"] == 12.5
    assert shown["source_establishment_share"] == 0.1
    assert shown["private_pay_share"] == pytest.approx(22.5 / 247.5)
    assert shown["source_enterprises"] == 60
    assert key_figure(year, "jobs_per_1000", population=None) == UNAVAILABLE
    assert key_figure(year, "jobs_per_1000", population=0) == NOT_APPLICABLE


@pytest.mark.parametrize(
    ("ages", "class_", "share"),
    [
        ({"50P": 30, "55P": 20}, "50P", Figure(0.3)),
        ({"50T54": 12, "55P": 20}, "50P", Figure(0.32)),
        ({"50T54": 12, "55T59": 11, "60P": 9}, "50P", Figure(0.32)),
        ({"55P": 20}, "55P", Figure(0.2)),
        ({"55T59": 11, "60P": 9}, "55P", Figure(0.2)),
        ({"50P": "s", "55P": 20}, "50P", SECRET),
        ({"50T54": "s", "55P": 20}, "50P", SECRET),
        ({"M30": 20}, "", UNAVAILABLE),
    ],
)
def test_retirement_within_ten_years_says_its_convention(ages: dict[str, Any], class_: str, share: Figure) -> None:
    year = year_of({JobKey(): {"jobs": 100}} | {JobKey(age=age): {"jobs": jobs} for age, jobs in ages.items()})
    table = build_job_tables(facts_of(year))["jobs_key_figures"]
    assert table.facts["retirement_class"] == class_
    assert table.figure("over_50_share", "value") == share


def test_statuses_propagate() -> None:
    provisional = Figure(100, Status.PROVISIONAL)
    year = year_of({JobKey(): {"jobs": provisional}, JobKey(PRIVATE): {"jobs": Figure(1000, Status.ESTIMATED)}})
    assert key_figure(year, "private_job_share") == Figure(0.1, Status.ESTIMATED)
    assert key_figure(year, "jobs_per_1000") == Figure(10.0, Status.PROVISIONAL)


# --- Breakdowns -----------------------------------------------------------------------------------------------


def families(**jobs: Any) -> Table:
    whole = jobs.pop("whole")
    cells = {JobKey(family=family): {"jobs": n} for family, n in jobs.items()}
    return build_job_tables(facts_of(year_of({JobKey(): {"jobs": whole}} | cells)))["jobs_families"]


def test_shares_add_up_when_every_part_is_known() -> None:
    table = families(association=1, cooperative=1, mutuelle=1, fondation=0, commercial=0, whole=3)
    assert [row["job_family_share"].value for row in table.rows] == [0.334, 0.333, 0.333, 0.0, 0.0]
    assert table.total is not None
    assert table.total["job_family_share"] == Figure(1.0)


def test_a_missing_part_is_never_found_from_the_others() -> None:
    table = families(association=1, cooperative=1, mutuelle="s", fondation=0, commercial=0, whole=3)
    assert [row["job_family_share"] for row in table.rows[:3]] == [Figure(0.333), Figure(0.333), SECRET]
    absent = families(association=2, cooperative=1, whole=3)
    assert [row["jobs"] for row in absent.rows[2:]] == [UNAVAILABLE] * 3
    assert [row["job_family_share"].value for row in absent.rows[:2]] == [0.667, 0.333]


def test_the_fifth_family_is_there_when_the_source_has_it() -> None:
    assert [row.key for row in families(association=1, whole=1).rows] == FAMILIES
    table = families(association=1, other_non_profit=2, whole=3)
    assert table.rows[-1].label == "Autres organismes privés à but non lucratif"
    assert table.rows[-1]["job_family_share"] == Figure(0.667)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=12))
def test_a_mix_adds_up_to_100(counts: list[int]) -> None:
    shares = mix([Figure(n) for n in counts], Figure(sum(counts)))
    if sum(counts):
        assert sum(round((share.value or 0) * 1000) for share in shares) == 1000
    else:
        assert set(shares) == {NOT_APPLICABLE}


@settings(max_examples=40)
@given(st.lists(st.fractions(-500, 500, max_denominator=97), max_size=12))
def test_apportioned_tenths_add_up_to_the_rounded_sum(values: list[Any]) -> None:
    tenths = apportioned(values)
    assert abs(sum(tenths) - sum(values) * 10) * 2 <= 1
    assert all(abs(n - value * 10) < 1 for n, value in zip(tenths, values, strict=True))


def sectors(jobs: int, reference: YearFigures | None, **changes: Any) -> Table:
    year = year_of({JobKey(): {"jobs": 100}, JobKey(sector="sante"): {"jobs": jobs}})
    beside = None if reference is None else facts_of(reference, code="53", name="Pays de la Loire", kind="region")
    return build_job_tables(facts_of(year), reference=beside, **changes)["jobs_sectors"]


def reference_year(**source: Any) -> YearFigures:
    return year_of({JobKey(): {"jobs": 1000}, JobKey(sector="sante"): {"jobs": 150}}, **source)


@pytest.mark.parametrize(("jobs", "index"), [(29, NOT_SIGNIFICANT), (30, Figure(2.0)), (0, NOT_SIGNIFICANT)])
def test_an_index_needs_thirty_jobs(jobs: int, index: Figure) -> None:
    assert sectors(jobs, reference_year()).figure("sante", "job_specialisation") == index


def test_an_index_needs_the_same_vintage_of_another_territory() -> None:
    for reference in (None, reference_year(series="urssaf"), reference_year(year=2021), reference_year(perimeter="ESS-5F")):
        table = sectors(40, reference)
        assert table.figure("sante", "job_specialisation") == NOT_APPLICABLE
        assert table.facts["reference"] is None
    assert sectors(40, reference_year()).facts["reference"]["name"] == "Pays de la Loire"
    itself = facts_of(reference_year())
    assert build_job_tables(itself, reference=itself)["jobs_sectors"].figure("sante", "job_specialisation") == NOT_APPLICABLE


def test_sizes_follow_the_classes_of_the_source() -> None:
    year = year_of(
        {
            JobKey(): {"jobs": 90, "establishments": 30},
            JobKey(size="E20T49"): {"jobs": 30, "establishments": 1},
            JobKey(size="E1T4"): {"jobs": 60, "establishments": 29},
        }
    )
    table = build_job_tables(facts_of(year))["jobs_sizes"]
    assert [row.key for row in table.rows] == ["E1T4", "E20T49"]
    assert [row["source_size_share"].value for row in table.rows] == [0.967, 0.033]


def test_people_beside_the_rest_of_the_private_sector() -> None:
    year = year_of(
        {
            JobKey(): {"jobs": 100},
            JobKey(PRIVATE): {"jobs": 600},
            JobKey(sex="F"): {"jobs": 68},
            JobKey(sex="H"): {"jobs": 32},
            JobKey(PRIVATE, sex="F"): {"jobs": 268},
            JobKey(age="50P", sex="F"): {"jobs": 20},
            JobKey(age="50P", sex="H"): {"jobs": 10},
        }
    )
    table = build_job_tables(facts_of(year))["jobs_people"]
    assert [row.key for row in table.rows] == ["sex:F", "sex:H", "age:50P"]
    assert table.rows[0]["other_people_share"] == Figure(0.4)
    assert table.rows[2]["people_share"] == Figure(0.3)


def test_communes_without_figures_are_unavailable_and_masked_ones_masked() -> None:
    places = (
        CommuneFigures(
            "A", "Ancenis", 4000, year_of({JobKey(): {"jobs": 80}, JobKey(TOTAL): {"jobs": 500}, JobKey(PUBLIC): {"jobs": 100}})
        ),
        CommuneFigures("B", "Bouaye", None, year_of({JobKey(): {"jobs": "s"}})),
        CommuneFigures("C", "Couffé", 500, None),
    )
    table = build_job_tables(facts_of(year_of({JobKey(): {"jobs": 100}}), communes=places))["jobs_communes"]
    assert table.rows[0]["private_job_share"] == Figure(0.2)
    assert table.rows[0]["jobs_per_1000"] == Figure(20.0)
    assert [table.rows[1][column] for column in table.columns] == [SECRET, SECRET, SECRET, UNAVAILABLE]
    assert [table.rows[2][column] for column in table.columns] == [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, Figure(500)]
    assert table.total is not None
    assert table.total["jobs_per_1000"] == Figure(10.0)


# --- Which tables ---------------------------------------------------------------------------------------------


def test_a_table_that_says_nothing_of_the_ess_is_left_out() -> None:
    assert build_job_tables(facts_of()) == {}
    assert build_job_tables(facts_of(year_of({JobKey(PRIVATE): {"jobs": 900}, JobKey(PUBLIC): {"jobs": 90}}))) == {}
    assert list(build_job_tables(facts_of(year_of({JobKey(): {"establishments": 9}})))) == ["jobs_key_figures"]


def test_a_masked_table_stays_to_say_so() -> None:
    tables = build_job_tables(facts_of(year_of({JobKey(ESS, family="mutuelle"): {"jobs": "s"}})))
    assert list(tables) == ["jobs_families"]


def test_only_the_tables_that_are_allowed() -> None:
    year = year_of({JobKey(): {"jobs": 90}, JobKey(family="association"): {"jobs": 90}})
    assert list(build_job_tables(facts_of(year, allowed=frozenset({"jobs_families"})))) == ["jobs_families"]
    assert build_job_tables(facts_of(year, allowed=frozenset())) == {}


def test_every_table_says_its_source() -> None:
    year = replace(
        year_of({JobKey(): {"jobs": 90}, JobKey(sector="sante"): {"jobs": 90}}),
        denominators=replace(reference_year().source, source="D"),
    )
    for table in build_job_tables(facts_of(year)).values():
        assert table.facts["source"] == "Insee, Flores 2022"
        assert (table.facts["year"], table.facts["perimeter"], table.facts["denominators"]) == (2022, "4 familles", "D")
        assert table.facts["concept"].startswith("effectifs salariés au 31 décembre")


def test_tables_come_back_from_their_json() -> None:
    year = year_of({JobKey(): {"jobs": 90}, JobKey(sector="sante"): {"jobs": "s"}})
    for key, table in build_job_tables(facts_of(year, year)).items():
        assert Table.from_json(key, table.to_json()) == table


def test_every_row_and_column_has_a_sheet_and_every_table_a_title() -> None:
    assert set(TABLE_KEYS) == set(TABLE_TITLES)
    for code in (*JOB_KEY_FIGURES, *JOB_ANALYSES):
        assert INDICATORS[code].formula
    year = year_of(
        {
            JobKey(): {"jobs": 90, "establishments": 9},
            JobKey(sector="sante"): {"jobs": 90},
            JobKey(size="E0"): {"jobs": 0},
            JobKey(sex="F"): {"jobs": 30},
            JobKey(family="mutuelle"): {"jobs": 30},
        }
    )
    place = (CommuneFigures("A", "Ancenis", 4000, year),)
    facts = facts_of(replace(year, source=replace(year.source, year=2021)), year, communes=place, others=(year,))
    tables = build_job_tables(facts)
    assert set(tables) == {*JOB_TABLES, *ADVANCED_JOB_TABLES}
    for table in tables.values():
        for column in table.columns:
            assert column == "value" or (column_label(column) and column in INDICATORS)
        for row in table.rows:
            assert set(row.cells) == set(table.columns)
