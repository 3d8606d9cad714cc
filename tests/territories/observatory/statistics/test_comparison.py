"""Ranks, gaps and standings."""

from hypothesis import given
from hypothesis import strategies as st

from territories.foundations.formats import Unit
from territories.foundations.vocabulary import Status
from territories.observatory.statistics.comparison import Standing, gap, ranks, standing
from territories.observatory.statistics.figures import NOT_APPLICABLE, UNAVAILABLE, Figure

SECRET = Figure(None, Status.SECRET)


def test_equals_share_the_best_rank_and_the_masked_have_none() -> None:
    found = ranks({"a": Figure(5), "b": Figure(9), "c": Figure(5), "d": Figure(1), "e": SECRET})
    assert {key: figure.value for key, figure in found.items()} == {"a": 2, "b": 1, "c": 2, "d": 4, "e": None}
    assert found["e"].status is Status.SECRET
    assert ranks({"a": Figure(5), "b": Figure(9)}, descending=False)["a"].value == 1


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 20)))
def test_a_rank_is_one_more_than_the_number_of_better_ones(values: dict[str, int]) -> None:
    found = ranks({key: Figure(value) for key, value in values.items()})
    for key, value in values.items():
        assert found[key].value == 1 + sum(1 for other in values.values() if other > value)


def test_figures_printed_alike_are_equal() -> None:
    assert standing(Figure(0.1231), Figure(0.1234), Unit.SHARE) is Standing.EQUAL
    assert standing(Figure(0.1234), Figure(0.1236), Unit.SHARE) is Standing.BELOW
    assert standing(Figure(41.3), Figure(41.2), Unit.RATE) is Standing.ABOVE
    assert standing(Figure(30_000.4), Figure(29_999.6), Unit.EUROS) is Standing.EQUAL
    assert standing(Figure(0.0211), Figure(0.0207), Unit.CHANGE) is Standing.EQUAL
    assert standing(SECRET, Figure(1), Unit.COUNT) is Standing.UNKNOWN


def test_gaps_are_points_for_shares_and_changes_for_the_rest() -> None:
    assert gap(Figure(0.5), Figure(0.25), Unit.SHARE) == Figure(0.25)
    assert gap(Figure(30), Figure(20), Unit.RATE) == Figure(0.5)
    assert gap(Figure(30), Figure(0), Unit.RATE) == NOT_APPLICABLE
    assert gap(UNAVAILABLE, Figure(1), Unit.SHARE) == UNAVAILABLE
