"""The tables of a territory: against an oracle on random cells, and on each side of the rules."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.foundations.vocabulary import SIZE_BANDS, TRANCHES, EssFamily, Status, is_employer
from territories.observatory.statistics.building import Reference, build_tables, job_range
from territories.observatory.statistics.cells import (
    EmployerCell,
    EmployerListing,
    EssCell,
    FlowCell,
    FlowYears,
    Place,
    TerritoryFacts,
)
from territories.observatory.statistics.figures import NOT_APPLICABLE, NOT_SIGNIFICANT, UNAVAILABLE, Figure, total
from territories.observatory.statistics.indicators import INDICATORS, KEY_FIGURES, column_label, unit_of
from territories.observatory.statistics.tables import SIRENE_TABLES, TerritoryTables
from territories.observatory.statistics.tallies import Tally, sum_tallies, tally_cells
from tests.oracles import slow_cross, slow_key_figures, slow_sector

PLACES = tuple(Place(code, f"Commune {code}", population) for code, population in (("A", 1000), ("B", 2500), ("C", 0), ("D", 40)))
CODES = st.sampled_from([place.code for place in PLACES])
FAMILIES = st.sampled_from([family.value for family in EssFamily])
DIVISIONS = st.sampled_from(["01", "43", "45", "47", "64", "85", "86", "88", "90", "93", "94", "44", ""])
NOMENCLATURES = st.sampled_from(["NAFRev2", "NAF2025", "NAF1993", ""])
BANDS = st.sampled_from([band.code for band in SIZE_BANDS] + [""])


@st.composite
def ess_cells(draw: st.DrawFn) -> EssCell:
    nomenclature, division = draw(NOMENCLATURES), draw(DIVISIONS)
    # The deleted division of NAF 2025 is a case of its own, tested in the vocabulary.
    division = "46" if (nomenclature, division) == ("NAF2025", "45") else division
    band = draw(BANDS)
    return EssCell(draw(CODES), draw(FAMILIES), division, nomenclature, band, is_employer(band), draw(st.integers(0, 60)))


ESS = st.lists(ess_cells(), max_size=25)
EMPLOYERS = st.lists(
    st.builds(
        EmployerCell, CODES, st.sampled_from(["01", "47", "85", "88", "93", "97", "98", "99"]), st.booleans(), st.integers(0, 500)
    ),
    max_size=15,
)
FLOWS = st.lists(st.builds(FlowCell, CODES, FAMILIES, st.integers(2020, 2024), st.integers(0, 9), st.integers(0, 9)), max_size=10)
YEARS = FlowYears((2020, 2021, 2022, 2023, 2024), frozenset({2024}))


def facts(places: tuple[Place, ...] = PLACES, **changes: Any) -> TerritoryFacts:
    population = sum(place.population or 0 for place in places)
    return replace(TerritoryFacts("T", "Territoire", population, places, enterprises=3), **changes)


def tables_of(
    ess: list[EssCell], employers: list[EmployerCell] | None = None, flows: list[FlowCell] | None = None, **changes: Any
) -> TerritoryTables:
    return build_tables(facts(**changes), tally_cells(ess, employers or [], flows or []), years=YEARS)


def value(tables: TerritoryTables, indicator: str) -> Figure:
    return tables["key_figures"].figure(indicator, "value")


@settings(deadline=None)
@given(ESS, EMPLOYERS, FLOWS, st.lists(st.sampled_from(PLACES), min_size=2, max_size=4, unique=True))
def test_every_table_agrees_with_the_oracle(
    ess: list[EssCell], employers: list[EmployerCell], flows: list[FlowCell], places: list[Place]
) -> None:
    codes = [place.code for place in places]
    expected = slow_key_figures(codes, ess, employers, flows)
    tables = build_tables(facts(tuple(places)), tally_cells(ess, employers, flows), years=YEARS)

    for indicator in ("employers", "non_employers", "private_employers", "all_employers"):
        assert value(tables, indicator) == Figure(expected[indicator])
    assert value(tables, "present_communes") == Figure(len(expected["present"]))
    assert value(tables, "presence").value == pytest.approx(len(expected["present"]) / len(codes))
    for family in EssFamily:
        assert tables["families"].figure(family.value, "employers") == Figure(expected["families"].get(family.value, 0))
    cross = slow_cross(codes, ess)
    for family in EssFamily:
        for column in tables["family_sector"].columns[:-1]:
            assert tables["family_sector"].figure(family.value, column) == Figure(cross.get((family.value, column), 0))
    for row in tables["dynamics"].rows:
        assert row["creations"].value == expected["creations"].get(int(row.key), 0)
        assert row["cessations"].value == expected["cessations"].get(int(row.key), 0)
    low = sum(n * TRANCHES[band].lower for band, n in expected["bands"].items())
    assert value(tables, "jobs_low").value == low


@settings(deadline=None)
@given(ESS, EMPLOYERS)
def test_parts_add_up_to_their_wholes(ess: list[EssCell], employers: list[EmployerCell]) -> None:
    tables = tables_of(ess, employers)
    n = value(tables, "employers").value or 0
    for key, share in (("families", "family_share"), ("sectors", "sector_mix"), ("sizes", "size_share")):
        table = tables[key]
        assert total(row["employers"] for row in table.rows) == Figure(n)
        shares = [row[share] for row in table.rows]
        if n:
            assert sum(round((figure.value or 0) * 1000) for figure in shares) == 1000
        else:
            assert set(shares) == {NOT_APPLICABLE}
    cross = tables["family_sector"]
    assert sum(cross.total[column].value or 0 for column in cross.columns[:-1]) == n if cross.total else n == 0
    assert sum(row["employers"].value or 0 for row in tables["communes"].rows) == n
    for figure in (figure for key in SIRENE_TABLES for figure in tables[key].figures()):
        assert figure.known is figure.status.has_value


@settings(deadline=None)
@given(ESS, EMPLOYERS, FLOWS)
def test_adding_territories_is_adding_cells(ess: list[EssCell], employers: list[EmployerCell], flows: list[FlowCell]) -> None:
    tallies = tally_cells(ess, employers, flows)
    left = sum_tallies(tallies[code] for code in ("A", "B") if code in tallies)
    right = sum_tallies(tallies[code] for code in ("C", "D") if code in tallies)
    together = sum_tallies([left, right])
    moved = tally_cells(
        [replace(cell, commune="X") for cell in ess],
        [replace(cell, commune="X") for cell in employers],
        [replace(flow, commune="X") for flow in flows],
    ).get("X", Tally())
    for name in Tally.__dataclass_fields__:
        assert getattr(together, name) == getattr(moved, name), name


@settings(deadline=None)
@given(ESS)
def test_a_whole_territory_counts_as_the_sum_of_its_communes(ess: list[EssCell]) -> None:
    by_commune = tables_of(ess)
    whole = build_tables(
        TerritoryFacts("REG", "Région", sum(p.population or 0 for p in PLACES), is_whole=True, enterprises=3, commune_count=4),
        tally_cells([replace(cell, commune="REG") for cell in ess] or [EssCell("REG", "association", "", "", "", False, 0)]),
        years=YEARS,
    )
    for key in ("families", "sectors", "sizes", "family_sector"):
        assert whole[key] == by_commune[key]
    assert value(whole, "density") == value(by_commune, "density")
    assert value(whole, "presence") == UNAVAILABLE
    assert whole["communes"].rows == ()


@settings(deadline=None)
@given(ESS, EMPLOYERS, FLOWS)
def test_json_round_trip_keeps_everything(ess: list[EssCell], employers: list[EmployerCell], flows: list[FlowCell]) -> None:
    tables = tables_of(ess, employers, flows)
    assert TerritoryTables.from_json("T", tables.to_json()) == tables
    assert tuple(tables.to_json()) == SIRENE_TABLES


def association(commune: str, n: int, *, band: str = "01", division: str = "88") -> EssCell:
    return EssCell(commune, "association", division, "NAFRev2", band, is_employer(band), n)


def test_old_nomenclatures_are_not_classified_and_shown_only_when_met() -> None:
    plain = tables_of([association("A", 3)])["sectors"]
    assert plain.row("non-classe") is None
    odd = tables_of([association("A", 3), EssCell("A", "mutuelle", "85", "NAF1993", "01", True, 2)])["sectors"]
    assert odd.figure("non-classe", "employers") == Figure(2)
    assert odd.figure("non-classe", "specialisation") == NOT_APPLICABLE
    assert slow_sector("NAF1993", "85") == "non-classe"


def test_an_uncovered_commune_is_unavailable_and_left_out() -> None:
    places = (PLACES[0], replace(PLACES[1], covered=False))
    tables = tables_of(
        [association("A", 5), association("B", 7)],
        [EmployerCell("A", "88", True, 50), EmployerCell("B", "88", True, 50)],
        places=places,
    )
    assert value(tables, "employers") == Figure(5)
    assert value(tables, "density") == Figure(50.0)
    assert value(tables, "private_share") == Figure(0.1)
    assert value(tables, "presence") == Figure(1.0)
    assert tables["communes"].figure("B", "employers") == UNAVAILABLE
    assert tables["communes"].figure("B", "population") == Figure(2500)
    assert tables["key_figures"].facts["coverage"] == {
        "communes": 2,
        "covered": 1,
        "missing": ["B"],
        "population": 1000,
        "whole": False,
    }


def test_a_territory_without_any_covered_commune_has_no_figure_at_all() -> None:
    places = tuple(replace(place, covered=False) for place in PLACES)
    tables = tables_of(
        [association("A", 5)], [EmployerCell("A", "88", True, 50)], [FlowCell("A", "association", 2020, 1, 1)], places=places
    )
    for key in SIRENE_TABLES:
        for row in tables[key].rows:
            for column, figure in row.cells.items():
                if column != "population" and row.key not in {"population", "commune_count"}:
                    assert not figure.known, (key, row.key, column)


def test_a_covered_commune_without_cells_has_zeros() -> None:
    tables = tables_of([], [], [], places=(PLACES[0],), enterprises=None)
    assert value(tables, "employers") == Figure(0)
    assert value(tables, "enterprises") == Figure(0)
    assert value(tables, "density") == Figure(0.0)
    assert value(tables, "private_share") == NOT_APPLICABLE
    assert value(tables, "presence") == NOT_APPLICABLE
    assert value(tables, "creations") == Figure(0)


def test_unknown_enterprises_are_unavailable_when_there_are_employers() -> None:
    assert value(tables_of([association("A", 1)], enterprises=None), "enterprises") == UNAVAILABLE


def test_nobody_lives_in_some_communes() -> None:
    tables = tables_of([association("C", 2)])
    assert tables["communes"].figure("C", "density") == NOT_APPLICABLE
    assert tables["communes"].figure("A", "density") == Figure(0.0)


def test_an_unknown_population_makes_the_rate_unavailable_not_the_count() -> None:
    places = (replace(PLACES[0], population=None), PLACES[1])
    tables = tables_of([association("A", 2)], places=places, population=None)
    assert tables["communes"].figure("A", "density") == UNAVAILABLE
    assert tables["communes"].figure("A", "employers") == Figure(2)
    assert value(tables, "density") == UNAVAILABLE


def test_the_denominators_leave_out_households_and_embassies() -> None:
    employers = [EmployerCell("A", division, True, 10) for division in ("96", "97", "98", "99")]
    tables = tables_of([association("A", 1)], [*employers, EmployerCell("A", "84", False, 30)])
    assert value(tables, "private_employers") == Figure(10)
    assert value(tables, "all_employers") == Figure(40)
    assert value(tables, "private_share") == Figure(0.1)
    assert value(tables, "total_share") == Figure(0.025)


def test_more_employers_of_the_ess_than_private_employers_is_not_a_share() -> None:
    tables = tables_of([association("A", 5)], [EmployerCell("A", "88", True, 4)])
    assert value(tables, "private_share") == UNAVAILABLE


def test_specialisation_in_tables_on_both_sides_of_the_threshold() -> None:
    reference = Reference(
        "52", "Pays de la Loire", tally_cells([association("R", 100), association("R", 100, division="85")])["R"], "region"
    )
    for n, expected in ((29, NOT_SIGNIFICANT), (30, Figure(2.0))):
        tables = build_tables(facts(), tally_cells([association("A", n)]), reference=reference)
        assert tables["sectors"].figure("action-sociale", "specialisation") == expected
        # The sectors that the reference does not know are without object, those that only it knows not significant.
        assert tables["sectors"].figure("enseignement", "specialisation") == NOT_SIGNIFICANT
        assert tables["sectors"].figure("sante", "specialisation") == NOT_APPLICABLE
        assert tables["sectors"].facts["reference"] == {"code": "52", "name": "Pays de la Loire", "kind": "region"}
    assert (
        build_tables(facts(), tally_cells([association("A", 50)]))["sectors"].figure("action-sociale", "specialisation")
        == NOT_APPLICABLE
    )


def test_the_range_of_jobs_is_an_estimate_and_open_upwards() -> None:
    closed = tally_cells([association("A", 2, band="00"), association("A", 3, band="02"), association("A", 1, band="52")])["A"]
    assert job_range(closed) == (Figure(5009, Status.ESTIMATED), Figure(10_014, Status.ESTIMATED))
    opened = tally_cells([association("A", 3, band="02"), association("A", 1, band="53")])["A"]
    assert job_range(opened) == (Figure(10_009, Status.ESTIMATED), UNAVAILABLE)


def test_provisional_years_are_marked_and_never_the_headline() -> None:
    flows = [FlowCell("A", "association", 2023, 4, 1), FlowCell("A", "association", 2024, 9, 0)]
    tables = tables_of([], [], flows)
    assert tables["dynamics"].figure("2024", "creations") == Figure(9, Status.PROVISIONAL)
    assert tables["dynamics"].figure("2023", "balance") == Figure(3)
    assert value(tables, "creations") == Figure(4)
    assert tables["key_figures"].facts["flow_year"] == 2023


def test_largest_employers_by_public_band_never_name_partial_diffusion() -> None:
    def listing(name: str, band: str, *, hidden: bool = False) -> EmployerListing:
        return EmployerListing(f"siret-{name}", name, "association", "sante", "A", "Commune A", band, hidden)

    names = [listing("Zoé", "41"), listing("Élan", "21"), listing("Amicale", "21"), listing("Caché", "42", hidden=True)]
    small = [listing(f"Petite {rank:02d}", "01") for rank in range(9)]
    empty = [listing("Sans salarié", "00"), listing("Non employeur", "NN"), listing("Inconnue", "")]
    found = tables_of([], listings=(*names, *small, *empty))["top_employers"].facts
    assert [employer["name"] for employer in found["employers"]][:4] == ["Zoé", "Amicale", "Élan", "Petite 00"]
    assert len(found["employers"]) == 10
    assert found["others_in_last_band"] == 2
    assert found["unnamed"] == 1
    assert "Caché" not in str(found)
    assert tables_of([], listings=tuple(empty))["top_employers"].facts["employers"] == []


def test_every_key_figure_and_column_is_defined() -> None:
    tables = tables_of([association("A", 3)])
    assert tuple(row.key for row in tables["key_figures"].rows) == KEY_FIGURES
    for key in SIRENE_TABLES:
        if key != "key_figures":
            for column in tables[key].columns:
                assert column_label(column)
                assert unit_of(column)
    for indicator in INDICATORS.values():
        assert indicator.formula.endswith(".")
        assert indicator.source
        assert indicator.denominator or unit_of(indicator.code).value not in {"share", "rate", "index"}
