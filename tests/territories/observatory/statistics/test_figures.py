"""A figure and its arithmetic: statuses propagate, nothing raises, nothing is invented."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.figures import (
    NOT_APPLICABLE,
    NOT_SIGNIFICANT,
    UNAVAILABLE,
    ZERO,
    Figure,
    combined_status,
    count,
    difference,
    evolution,
    rate,
    ratio,
    share,
    specialisation,
    total,
)

SECRET = Figure(None, Status.SECRET)

VALUED = st.builds(
    Figure,
    st.integers(0, 10_000),
    st.sampled_from([Status.OBSERVED, Status.PROVISIONAL, Status.REVISED, Status.ESTIMATED]),
)
EMPTY = st.sampled_from([SECRET, UNAVAILABLE, NOT_APPLICABLE, NOT_SIGNIFICANT])
FIGURES = st.one_of(VALUED, EMPTY)


@pytest.mark.parametrize("status", list(Status))
def test_value_and_status_cannot_contradict_each_other(status: Status) -> None:
    wrong = None if status.has_value else 3
    with pytest.raises(ValueError, match="cannot have the value"):
        Figure(wrong, status)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_figure_is_finite(value: float) -> None:
    with pytest.raises(ValueError, match="finite"):
        Figure(value)


def test_json_round_trip() -> None:
    for figure in (Figure(3), Figure(0), Figure(0.25, Status.ESTIMATED), SECRET, UNAVAILABLE):
        assert Figure.from_json(figure.to_json()) == figure
    assert SECRET.to_json() == {"value": None, "status": "s"}


def test_unknown_counts_are_not_zero() -> None:
    assert count(None) == UNAVAILABLE
    assert count(0) == ZERO


def test_the_most_cautious_status_wins() -> None:
    assert combined_status([]) is Status.OBSERVED
    assert combined_status([Status.OBSERVED, Status.REVISED]) is Status.REVISED
    assert combined_status([Status.REVISED, Status.PROVISIONAL]) is Status.PROVISIONAL
    assert combined_status([Status.PROVISIONAL, Status.ESTIMATED]) is Status.ESTIMATED
    assert combined_status([Status.ESTIMATED, Status.NOT_SIGNIFICANT]) is Status.NOT_SIGNIFICANT
    assert combined_status([Status.UNAVAILABLE, Status.SECRET, Status.NOT_APPLICABLE]) is Status.SECRET


def test_sums() -> None:
    assert total([]) == ZERO
    assert total([Figure(1), Figure(2, Status.PROVISIONAL)]) == Figure(3, Status.PROVISIONAL)
    assert total([Figure(1), NOT_APPLICABLE]) == Figure(1)
    assert total([Figure(1), UNAVAILABLE]) == UNAVAILABLE
    assert total([SECRET, UNAVAILABLE]) == SECRET


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (Figure(1), Figure(4), Figure(0.25)),
        (Figure(4), Figure(4), Figure(1.0)),
        (Figure(5), Figure(4), UNAVAILABLE),
        (Figure(-1), Figure(4), UNAVAILABLE),
        (Figure(0), Figure(4), Figure(0.0)),
        (Figure(0), Figure(0), NOT_APPLICABLE),
        (Figure(1), Figure(0), UNAVAILABLE),
        (SECRET, Figure(0), SECRET),
        (Figure(1), UNAVAILABLE, UNAVAILABLE),
    ],
)
def test_shares(part: Figure, whole: Figure, expected: Figure) -> None:
    assert share(part, whole) == expected


def test_rates_by_inhabitants() -> None:
    assert rate(Figure(3), Figure(10_000)) == Figure(3.0)
    assert rate(Figure(0), Figure(500)) == Figure(0.0)
    assert rate(Figure(3), Figure(0)) == NOT_APPLICABLE
    assert rate(Figure(3), UNAVAILABLE) == UNAVAILABLE
    assert rate(Figure(3), Figure(1000), per=1000) == Figure(3.0)


def test_evolutions_and_differences() -> None:
    assert evolution(Figure(100), Figure(110)).value == pytest.approx(0.1)
    assert evolution(Figure(0), Figure(3)) == NOT_APPLICABLE
    assert difference(Figure(3), Figure(5)) == Figure(-2)
    assert difference(SECRET, Figure(5)) == SECRET


def test_specialisation_is_significant_from_thirty() -> None:
    reference = (Figure(1000), Figure(10_000))
    assert specialisation(Figure(29), Figure(100), *reference) == NOT_SIGNIFICANT
    assert specialisation(Figure(30), Figure(100), *reference).value == pytest.approx(3.0)
    assert specialisation(Figure(0), Figure(100), *reference) == NOT_SIGNIFICANT
    assert specialisation(Figure(5), Figure(100), *reference, threshold=5).value == pytest.approx(0.5)


def test_specialisation_without_ground() -> None:
    assert specialisation(Figure(0), Figure(0), Figure(1), Figure(2)) == NOT_APPLICABLE
    assert specialisation(Figure(40), Figure(50), Figure(0), Figure(2)) == NOT_APPLICABLE
    assert specialisation(Figure(40), Figure(50), Figure(0), Figure(0)) == NOT_APPLICABLE
    assert specialisation(SECRET, Figure(50), Figure(1), Figure(2)) == SECRET
    assert specialisation(Figure(40), Figure(50), Figure(1), UNAVAILABLE) == UNAVAILABLE


@given(st.integers(30, 500), st.integers(0, 500))
def test_a_territory_is_not_specialised_against_itself(part: int, rest: int) -> None:
    here = (Figure(part), Figure(part + rest))
    assert specialisation(*here, *here) == Figure(1.0)


@given(FIGURES, FIGURES, FIGURES, FIGURES)
def test_what_derives_from_a_secret_is_never_a_number(a: Figure, b: Figure, c: Figure, d: Figure) -> None:
    results = [
        (ratio(a, b), (a, b)),
        (share(a, b), (a, b)),
        (rate(a, b), (a, b)),
        (difference(a, b), (a, b)),
        (evolution(a, b), (a, b)),
        (total([a, b, c]), (a, b, c)),
        (specialisation(a, b, c, d), (a, b, c, d)),
    ]
    for result, operands in results:
        if SECRET in operands:
            assert result == SECRET
        if result.known:
            assert math.isfinite(result.value or 0)
            assert all(operand.known or operand == NOT_APPLICABLE for operand in operands)


@given(VALUED, VALUED)
def test_a_share_never_exceeds_its_whole(part: Figure, whole: Figure) -> None:
    result = share(part, whole)
    if result.value is not None:
        assert 0 <= result.value <= 1


@given(st.lists(FIGURES), st.lists(FIGURES))
def test_adding_in_two_steps_is_adding_at_once(left: list[Figure], right: list[Figure]) -> None:
    assert total([total(left), total(right)]) == total([*left, *right])
