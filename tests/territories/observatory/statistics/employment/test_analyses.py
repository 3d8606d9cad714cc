"""Shift-share with its exact identity, specialisation and concentration; refusals that say why."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from territories.foundations.vocabulary import SECTORS
from territories.observatory.statistics.employment.analyses import analyses_table, shift_share, shift_share_table
from territories.observatory.statistics.employment.cells import CommuneFigures, JobFacts, JobKey, YearFigures
from territories.observatory.statistics.figures import NOT_APPLICABLE, UNAVAILABLE, Figure
from tests.employment_cells import SECRET, facts_of, simple_year, year_of
from tests.oracles_employment import shift_share_of

KEYS = [sector.key for sector in SECTORS]
EFFECTS = ("national_effect", "structural_effect", "residual_effect")


def sector_year(year: int, jobs: dict[str, Any], *, whole: Any = None, **source: Any) -> YearFigures:
    known = [n for n in jobs.values() if isinstance(n, (int, float))]
    cells = {JobKey(): {"jobs": sum(known) if whole is None else whole}}
    return year_of(cells | {JobKey(sector=key): {"jobs": n} for key, n in jobs.items()}, year, **source)


def region(*years: YearFigures, **changes: Any) -> JobFacts:
    return facts_of(*years, code="53", name="Pays de la Loire", kind="region", **changes)


COUNTS = st.fixed_dictionaries({key: st.integers(0, 3000) for key in KEYS})
STARTS = st.fixed_dictionaries({key: st.integers(1, 9000) for key in KEYS})


@settings(deadline=None, max_examples=60)
@given(COUNTS, COUNTS, STARTS, COUNTS)
def test_the_three_effects_add_up_exactly(
    before: dict[str, int], after: dict[str, int], reference_before: dict[str, int], reference_after: dict[str, int]
) -> None:
    exact = [{key: Fraction(n) for key, n in jobs.items()} for jobs in (before, after, reference_before, reference_after)]
    effects = shift_share(*exact)
    oracle = shift_share_of(before, after, reference_before, reference_after)
    for key, effect in effects.items():
        assert effect.national + effect.structural + effect.residual == after[key] - before[key]
        if before[key]:
            assert (effect.national, effect.structural, effect.residual) == oracle[key]
        else:
            assert effect.residual == after[key]
    assert sum(effect.gain for effect in effects.values()) == sum(after.values()) - sum(before.values())


@settings(deadline=None, max_examples=40)
@given(COUNTS, COUNTS, STARTS, COUNTS)
def test_what_is_printed_adds_up_along_rows_and_down_columns(
    before: dict[str, int], after: dict[str, int], reference_before: dict[str, int], reference_after: dict[str, int]
) -> None:
    assume(any(before.values()))
    facts = facts_of(sector_year(2020, before), sector_year(2021, after))
    reference = region(sector_year(2020, reference_before), sector_year(2021, reference_after))
    table = shift_share_table(facts, reference)
    assert table.facts["refusal"] == ""
    assert table.total is not None

    def tenths(figure: Figure) -> int:
        assert figure.value is not None
        assert round(figure.value * 10) == pytest.approx(figure.value * 10, abs=1e-6)
        return round(figure.value * 10)

    for row in (*table.rows, table.total):
        assert sum(tenths(row[effect]) for effect in EFFECTS) == tenths(row["job_gain"])
        assert row["job_gain"].value == (row["jobs_after"].value or 0) - (row["jobs_before"].value or 0)
    for column in table.columns:
        assert sum(tenths(row[column]) for row in table.rows) == tenths(table.total[column])
    oracle = shift_share_of(before, after, reference_before, reference_after)
    for row in table.rows:
        if before[row.key]:
            assert abs(tenths(row["national_effect"]) - 10 * oracle[row.key][0]) < 1
            assert abs(tenths(row["structural_effect"]) - 10 * oracle[row.key][1]) < 1
            assert abs(tenths(row["residual_effect"]) - 10 * oracle[row.key][2]) < 2
    assert abs(tenths(table.total["national_effect"]) - 10 * sum(oracle[key][0] for key in KEYS)) <= Fraction(1, 2)


HERE = {"sante": 100, "commerce": 100}
THERE = {"sante": 1000, "commerce": 1000}


def refusal(facts: JobFacts, reference: JobFacts | None) -> str:
    table = shift_share_table(facts, reference)
    assert table.rows == ()
    assert table.total is None
    sentence = table.facts["refusal"]
    assert sentence.endswith(".")
    return sentence


def test_a_masked_or_missing_sector_is_a_refusal_and_never_a_group() -> None:
    masked = facts_of(sector_year(2020, HERE), sector_year(2021, {"sante": "s", "commerce": 90}, whole=190))
    beside = region(sector_year(2020, THERE), sector_year(2021, THERE))
    assert "« Commerce »" not in (sentence := refusal(masked, beside).replace("\u00a0", " "))
    assert "« Santé humaine » est couvert par le secret statistique en 2021 dans le territoire" in sentence
    missing = facts_of(sector_year(2020, HERE), sector_year(2021, {"commerce": 90}, whole=190))
    assert "n’est pas disponible en 2021 dans le territoire" in refusal(missing, beside)
    there = region(sector_year(2020, {"sante": "s", "commerce": 9}), sector_year(2021, THERE))
    assert "secret statistique en 2020 en Pays de la Loire" in refusal(
        facts_of(sector_year(2020, HERE), sector_year(2021, HERE)), there
    )


def test_sectors_that_the_source_does_not_write_are_zeros_when_the_others_make_up_the_whole() -> None:
    facts = facts_of(sector_year(2020, HERE), sector_year(2021, {"sante": 120, "commerce": 90}))
    table = shift_share_table(facts, region(sector_year(2020, THERE), sector_year(2021, {"sante": 1100, "commerce": 1000})))
    assert table.figure("agriculture", "jobs_before") == Figure(0)
    assert [table.figure("sante", effect).value for effect in ("job_gain", *EFFECTS)] == [20.0, 5.0, 5.0, 10.0]
    assert table.facts["years"] == [2020, 2021]
    assert table.facts["reference"]["name"] == "Pays de la Loire"


def test_years_and_references_that_do_not_compare_are_refused() -> None:
    here = facts_of(sector_year(2020, HERE), sector_year(2021, HERE))
    assert "Aucun territoire de référence" in refusal(here, None)
    assert "Aucun territoire de référence" in refusal(here, here)
    assert "manquent en Pays de la Loire" in refusal(here, region(sector_year(2021, THERE)))
    cut = facts_of(sector_year(2020, HERE), sector_year(2021, HERE, break_note="Nouveau champ"))
    beside = region(sector_year(2020, THERE), sector_year(2021, THERE))
    assert "rupture de série en 2021 (Nouveau champ)" in refusal(cut, beside)
    cut_there = region(sector_year(2020, THERE), sector_year(2021, THERE, break_note="Nouveau champ"))
    assert "ne sont pas comparées en Pays de la Loire" in refusal(here, cut_there)
    recoded = facts_of(sector_year(2020, HERE, nomenclature="NAFRev2"), sector_year(2021, HERE, nomenclature="NAF2025"))
    assert "La nomenclature d’activités n’est pas la même en 2020 et en 2021" in refusal(recoded, beside)


def test_a_reference_without_the_sector_is_refused() -> None:
    here = facts_of(sector_year(2020, HERE), sector_year(2021, HERE))
    empty = region(sector_year(2020, {"sante": 0, "commerce": 10}), sector_year(2021, THERE))
    assert "ne compte aucun emploi en 2020 en Pays de la Loire, alors qu’il en compte" in refusal(here, empty)
    nothing = facts_of(sector_year(2020, {"sante": 0}), sector_year(2021, HERE))
    assert "L’ESS ne compte aucun emploi en 2020" in refusal(
        nothing, region(sector_year(2020, {"sante": 0}), sector_year(2021, THERE))
    )


# --- Specialisation and concentration -------------------------------------------------------------------------


def analysis(code: str, facts: JobFacts, reference: JobFacts | None = None) -> Figure:
    return analyses_table(facts, reference).figure(code, "value")


def test_specialisation_and_concentration() -> None:
    here = facts_of(sector_year(2021, {"sante": 60, "commerce": 40}))
    there = region(sector_year(2021, {"sante": 500, "commerce": 250, "enseignement": 250}))
    assert analysis("specialisation_coefficient", here, there) == Figure(0.25)
    assert analysis("specialisation_coefficient", here) == NOT_APPLICABLE
    assert analysis("sector_herfindahl", here) == Figure(0.52)
    assert analysis("equivalent_sectors", here).value == pytest.approx(1 / 0.52)
    assert analysis("first_sector_share", here) == Figure(0.6)
    assert analyses_table(here, None).facts["first_sector"] == "Santé humaine"


@given(st.dictionaries(st.sampled_from(KEYS), st.integers(1, 500), min_size=1))
@settings(deadline=None, max_examples=40)
def test_bounds(jobs: dict[str, int]) -> None:
    here = facts_of(sector_year(2021, jobs))
    there = region(sector_year(2021, THERE))
    coefficient, concentration = (
        analysis(code, here, there).value for code in ("specialisation_coefficient", "sector_herfindahl")
    )
    assert coefficient is not None
    assert concentration is not None
    assert 0 <= coefficient <= 1
    assert 1 / len(jobs) - 1e-9 <= concentration <= 1


def test_one_masked_sector_masks_them_all() -> None:
    here = facts_of(sector_year(2021, {"sante": 60, "commerce": 40, "enseignement": "s"}, whole=104))
    table = analyses_table(here, region(sector_year(2021, THERE)))
    assert [row["value"] for row in table.rows[:4]] == [SECRET] * 4
    assert table.facts["first_sector"] == ""
    masked_there = region(sector_year(2021, {"sante": 60, "commerce": "s"}))
    assert analysis("specialisation_coefficient", facts_of(sector_year(2021, HERE)), masked_there) == SECRET


def test_a_missing_sector_makes_them_unavailable() -> None:
    assert analysis("sector_herfindahl", facts_of(sector_year(2021, {"sante": 60}, whole=104))) == UNAVAILABLE
    assert analysis("sector_herfindahl", facts_of(sector_year(2021, {"sante": 0}, whole=0))) == NOT_APPLICABLE


def with_communes(*jobs: Any, whole: Any = 100) -> JobFacts:
    places = tuple(CommuneFigures(f"{i}", f"Commune {i}", 1000, simple_year(2021, n)) for i, n in enumerate(jobs))
    return facts_of(simple_year(2021, whole), communes=places)


@pytest.mark.parametrize(
    ("jobs", "share"),
    [
        ((10, 40, 20, 30), Figure(0.9)),
        ((40, 30, 30), NOT_APPLICABLE),
        ((), UNAVAILABLE),
        ((10, 40, "s", 30), SECRET),
        ((10, 40, None, 30), UNAVAILABLE),
        ((10, 40, None, 50), Figure(1.0)),
    ],
)
def test_the_first_three_communes(jobs: tuple[Any, ...], share: Figure) -> None:
    facts = with_communes(*jobs)
    assert analysis("first_communes_share", facts) == share
    names = analyses_table(facts, None).facts["first_communes"]
    assert bool(names) is share.known
    if jobs == (10, 40, 20, 30):
        assert names == ["Commune 1", "Commune 3", "Commune 2"]


def test_a_masked_total_masks_the_share_of_its_communes() -> None:
    assert analysis("first_communes_share", with_communes(10, 40, 20, 30, whole="s")) == SECRET


def test_permuting_communes_changes_nothing() -> None:
    facts = with_communes(10, 30, 30, 30)
    turned = replace(facts, communes=facts.communes[::-1])
    assert analyses_table(facts, None) == analyses_table(turned, None)
