"""What may be shown: on both sides of each threshold, and never more after the mask than before."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.cells import CHAMPS, JobCell, JobKey
from territories.observatory.statistics.employment.masking import (
    OpenMask,
    PrimaryMask,
    ProducerMask,
    Rules,
    mask_for,
)
from territories.observatory.statistics.figures import UNAVAILABLE, Figure
from tests.employment_cells import SECRET, cell

PLACE = ("200072726", JobKey())
MASK = PrimaryMask()


def shown(masked: JobCell, mask: PrimaryMask = MASK) -> Mapping[str, Figure]:
    return mask.apply({PLACE: masked})[PLACE]


@pytest.mark.parametrize(("units", "visible"), [(0, False), (1, False), (2, False), (3, True), (4, True)])
def test_fewer_than_three_enterprises_are_secret(units: int, visible: bool) -> None:
    assert shown(cell(units, jobs=120))["jobs"] == (Figure(120) if visible else SECRET)


@pytest.mark.parametrize(("establishments", "visible"), [(1, False), (2, False), (3, True)])
def test_establishments_count_too(establishments: int, visible: bool) -> None:
    assert shown(cell(3, jobs=120, establishments=establishments))["jobs"].known is visible


@pytest.mark.parametrize(("enterprises", "visible"), [(2, False), (3, True)])
def test_enterprises_as_a_measure_are_units(enterprises: int, visible: bool) -> None:
    assert shown(cell(jobs=120, enterprises=enterprises))["jobs"].known is visible
    assert not shown(cell(9, jobs=120, enterprises=2))["jobs"].known, "the lower of the two counts"


def test_unknown_enterprises_are_secret_even_with_many_establishments() -> None:
    assert shown(cell(None, jobs=5000, establishments=40)) == {"jobs": SECRET, "establishments": SECRET}


@pytest.mark.parametrize("units", [None, 0])
def test_a_zero_is_not_secret(units: int | None) -> None:
    zero = cell(units, jobs=0, establishments=0)
    assert shown(zero) == {"jobs": Figure(0), "establishments": Figure(0)}


def test_a_zero_beside_a_hidden_measure_or_a_contributor_is_not_a_zero_cell() -> None:
    assert shown(cell(None, jobs=0, fte="s"))["jobs"] == SECRET
    assert shown(cell(1, jobs=0))["jobs"] == SECRET, "it would say that this enterprise has no job"
    assert shown(cell(None, jobs=0, fte=3))["jobs"] == SECRET


@pytest.mark.parametrize(
    ("largest", "value", "visible"),
    [
        (85, 100, True),
        (86, 100, False),
        (85.001, 100, False),
        (17, 20, True),
        (18, 20, False),
        (153, 180, True),
        (51.0, 60.0, True),
    ],
)
def test_the_largest_contribution_may_be_exactly_85_percent(largest: float, value: float, visible: bool) -> None:
    assert shown(cell(5, {"jobs": largest}, jobs=value))["jobs"].known is visible


def test_one_dominated_measure_masks_them_all() -> None:
    masked = shown(cell(5, {"jobs": 10, "gross_pay": 900}, jobs=100, gross_pay=1000, fte=80, establishments=6))
    assert set(masked.values()) == {SECRET}


@pytest.mark.parametrize(("jobs", "visible"), [(0, True), (1, False), (4, False), (5, True)])
def test_persons_have_a_threshold_of_their_own(jobs: int, visible: bool) -> None:
    women = ("X", JobKey(sex="F"))
    cells = {("X", JobKey()): cell(8, jobs=100), women: cell(None, jobs=jobs)}
    assert MASK.apply(cells)[women]["jobs"].known is visible


def test_persons_take_the_units_of_their_cell() -> None:
    older = ("X", JobKey(sector="sante", age="50P"))
    for units, visible in ((2, False), (3, True)):
        cells = {("X", JobKey(sector="sante")): cell(units, jobs=100), older: cell(None, jobs=40)}
        assert MASK.apply(cells)[older]["jobs"].known is visible
    assert not MASK.apply({older: cell(None, jobs=40)})[older]["jobs"].known, "nothing says their units"
    assert not MASK.apply({("X", JobKey(sector="sante")): cell(9, jobs=90), older: cell(2, jobs=40)})[older]["jobs"].known


def test_women_and_men_do_not_give_back_their_masked_cell() -> None:
    people = {("X", JobKey(sex=sex)): cell(9, jobs=60) for sex in "FH"}
    dominated = cell(9, {"jobs": 110}, jobs=120)
    assert not any(figures["jobs"].known for figures in MASK.apply({("X", JobKey()): dominated, **people}).values())
    # Masked because two other champs would give it back: its women and men go with it.
    champs = {("X", JobKey("private_other")): cell(1, jobs=10), ("X", JobKey("private")): cell(90, jobs=500)}
    shown_cells = MASK.apply({("X", JobKey()): cell(9, jobs=120), **people, **champs})
    assert {place[1] for place, figures in shown_cells.items() if figures["jobs"].known} == {JobKey("private")}


def test_figures_without_value_keep_their_reason() -> None:
    absent = Figure(None, Status.NOT_APPLICABLE)
    assert shown(cell(1, jobs=4, fte=None, gross_pay=absent)) == {"jobs": SECRET, "fte": UNAVAILABLE, "gross_pay": absent}


def test_thresholds_come_from_the_dataset() -> None:
    strict = mask_for("complete", {"min_units": 11, "max_share": 0.5, "min_persons": 10})
    assert isinstance(strict, PrimaryMask)
    assert strict.rules == Rules(11, 0.5, 10)
    assert not shown(cell(10, jobs=100), strict)["jobs"].known
    assert shown(cell(11, {"jobs": 50}, jobs=100), strict)["jobs"].known
    assert not shown(cell(11, {"jobs": 51}, jobs=100), strict)["jobs"].known
    assert mask_for("complete", {}) == PrimaryMask(Rules())


@pytest.mark.parametrize("rules", [{"min_units": -1}, {"max_share": 1.2}, {"min_persons": -5}])
def test_thresholds_that_mean_nothing_are_refused(rules: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="thresholds"):
        mask_for("complete", rules)


def test_policies() -> None:
    assert isinstance(mask_for("public", {}), OpenMask)
    assert isinstance(mask_for("masked", {}), ProducerMask)
    with pytest.raises(ValueError, match="unknown policy"):
        mask_for("", {})


@pytest.mark.parametrize("mask", [OpenMask(), ProducerMask()])
def test_what_the_producer_decided_is_kept(mask: OpenMask | ProducerMask) -> None:
    cells = {PLACE: cell(1, {"jobs": 9}, jobs=9, fte="s", gross_pay=Figure(3, Status.INCLUDES_OTHER))}
    assert mask.apply(cells) == {PLACE: dict(cells[PLACE].figures)}


# --- What our own tables would give back ----------------------------------------------------------------------


def visible_champs(**champs: JobCell) -> set[str]:
    cells = {("X", JobKey(champ)): held for champ, held in champs.items()}
    return {key.champ for (_, key), figures in MASK.apply(cells).items() if figures["jobs"].known}


def test_a_masked_ess_is_not_given_back_by_the_private_sector() -> None:
    assert visible_champs(ess=cell(2, jobs=30), private_other=cell(50, jobs=970), private=cell(52, jobs=1000)) == {"private"}


def test_a_masked_public_sector_is_not_given_back_by_everything() -> None:
    champs = {"ess": cell(9, jobs=90), "private_other": cell(50, jobs=910), "private": cell(59, jobs=1000)}
    # The public is secret: everything is masked rather than the private, against which the ESS is weighed.
    assert visible_champs(**champs, public=cell(1, jobs=100), total=cell(60, jobs=1100)) == {"ess", "private_other", "private"}
    assert visible_champs(**champs, public=cell(3, jobs=100), total=cell(62, jobs=1100)) == {
        "ess",
        "private_other",
        "private",
        "public",
        "total",
    }


def test_a_sum_that_is_not_delivered_gives_nothing_back_either() -> None:
    # ESS + rest = private, and everything − private = public: the whole is masked, though no cell « private » exists.
    shown_champs = visible_champs(
        ess=cell(9, jobs=90), private_other=cell(50, jobs=910), public=cell(1, jobs=100), total=cell(60, jobs=1100)
    )
    assert shown_champs == {"ess", "private_other"}


def test_a_rest_that_is_not_delivered_is_protected_when_its_enterprises_are_too_few() -> None:
    assert visible_champs(ess=cell(9, jobs=90), private=cell(11, jobs=100)) == {"private"}
    assert visible_champs(ess=cell(9, jobs=90), private=cell(12, jobs=100)) == {"ess", "private"}
    assert visible_champs(ess=cell(9, jobs=90), private=cell(9, jobs=90)) == {"ess", "private"}


def test_a_hidden_zero_rest_masks_nothing_more() -> None:
    assert visible_champs(ess=cell(9, jobs=90), private_other=cell(0, jobs=0), private=cell(9, jobs=90)) == {
        "ess",
        "private_other",
        "private",
    }


def test_keys_and_places_do_not_mix() -> None:
    cells = {
        ("X", JobKey("ess", sector="sante")): cell(1, jobs=10),
        ("X", JobKey("private_other", sector="commerce")): cell(9, jobs=90),
        ("Y", JobKey("private", sector="sante")): cell(9, jobs=100),
    }
    assert [figures["jobs"].known for figures in MASK.apply(cells).values()] == [False, True, True]


# --- Properties -----------------------------------------------------------------------------------------------

VALUES = st.one_of(st.none(), st.just("s"), st.integers(0, 40), st.integers(0, 400))
KEYS = st.builds(
    JobKey,
    champ=st.sampled_from(CHAMPS),
    sector=st.sampled_from(["", "sante"]),
    sex=st.sampled_from(["", "F"]),
)
CELLS = st.dictionaries(
    st.tuples(st.sampled_from(["X", "Y"]), KEYS),
    st.builds(
        cell,
        st.one_of(st.none(), st.integers(0, 8)),
        st.dictionaries(st.sampled_from(["jobs", "fte"]), st.integers(0, 300)),
        jobs=VALUES,
        fte=VALUES,
        establishments=VALUES,
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=60)
@given(CELLS)
def test_a_mask_never_shows_more_than_was_delivered(cells: dict[tuple[str, JobKey], JobCell]) -> None:
    masked = MASK.apply(cells)
    assert masked.keys() == cells.keys()
    for place, figures in masked.items():
        assert figures.keys() == cells[place].figures.keys()
        for measure, figure in figures.items():
            delivered = cells[place].figures[measure]
            assert figure == delivered or (delivered.known and figure == SECRET)
        if any(figure == SECRET and cells[place].figures[measure].known for measure, figure in figures.items()):
            assert not any(figure.known for figure in figures.values()), "one mask for all the measures of a cell"


@settings(deadline=None, max_examples=60)
@given(CELLS)
def test_no_masked_champ_is_the_sum_or_the_difference_of_visible_ones(cells: dict[tuple[str, JobKey], JobCell]) -> None:
    masked = MASK.apply(cells)
    for place, key in {(place, key._replace(champ="")) for place, key in cells}:
        state = {
            champ: "hidden"
            if all(not figure.known for figure in masked[place, key._replace(champ=champ)].values())
            and any(figure.known and figure.value for figure in cells[place, key._replace(champ=champ)].figures.values())
            else "shown"
            for champ in CHAMPS
            if (place, key._replace(champ=champ)) in cells
        }
        shows = {
            champ
            for champ in state
            if state[champ] == "shown" and any(f.known for f in masked[place, key._replace(champ=champ)].values())
        }
        for _ in CHAMPS:
            for whole in (("private", "ess", "private_other"), ("total", "private", "public")):
                missing = [champ for champ in whole if champ not in shows]
                if len(missing) == 1:
                    assert state.get(missing[0]) != "hidden"
                    shows.add(missing[0])


@settings(deadline=None, max_examples=60)
@given(CELLS, st.randoms())
def test_the_order_of_cells_does_not_matter(cells: dict[tuple[str, JobKey], JobCell], random: object) -> None:
    items = list(cells.items())
    random.shuffle(items)  # type: ignore[attr-defined]
    assert MASK.apply(dict(items)) == MASK.apply(cells)


@settings(deadline=None, max_examples=60)
@given(CELLS)
def test_the_mask_agrees_with_the_rules_written_out(cells: dict[tuple[str, JobKey], JobCell]) -> None:
    """The primary rule, cell by cell: whatever it hides is hidden."""
    masked = MASK.apply(cells)
    for (place, key), held in cells.items():
        values = {measure: figure.value for measure, figure in held.figures.items() if figure.value is not None}
        secret = any(figure.status is Status.SECRET for figure in held.figures.values())
        units, establishments = held.units, values.get("establishments")
        if (key.sex or key.age) and units is None:
            whole = cells.get((place, key._replace(sex="", age="")), cell())
            units = whole.units
            establishments = whole.figure("establishments").value if establishments is None else establishments
        all_zero = bool(values) and not any(values.values()) and not secret
        hidden = False
        if units is None or units < 3 or (establishments is not None and establishments < 3):
            hidden = not (all_zero and not units and not establishments)
        for measure, largest in held.largest.items():
            if measure in values and 100 * largest > 85 * values[measure]:
                hidden = True
        if (key.sex or key.age) and 0 < values.get("jobs", 0) < 5:
            hidden = True
        if hidden:
            assert not any(figure.known for figure in masked[place, key].values())
