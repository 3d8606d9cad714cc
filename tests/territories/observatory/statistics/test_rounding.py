"""Rounded shares that add up."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territories.observatory.statistics.rounding import rounded_shares


def test_thirds_add_up_and_the_first_takes_the_remainder() -> None:
    assert rounded_shares([1, 1, 1]) == [334, 333, 333]
    assert rounded_shares([1, 1, 1], units=100) == [34, 33, 33]


def test_the_largest_remainder_is_served_first() -> None:
    # 64/78 = 820,5 ‰ ; 13/78 = 166,7 ‰ ; 1/78 = 12,8 ‰.
    assert rounded_shares([64, 13, 1]) == [820, 167, 13]


def test_nothing_and_all() -> None:
    assert rounded_shares([]) == []
    assert rounded_shares([0, 0]) == [0, 0]
    assert rounded_shares([0, 7]) == [0, 1000]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        rounded_shares([3, -1])


@given(st.lists(st.integers(0, 100_000), min_size=1, max_size=20))
def test_shares_total_and_stay_next_to_their_exact_value(counts: list[int]) -> None:
    shares = rounded_shares(counts)
    whole = sum(counts)
    assert sum(shares) == (1000 if whole else 0)
    for count, share in zip(counts, shares, strict=True):
        if whole:
            assert abs(Fraction(share) - Fraction(count * 1000, whole)) < 1
        if count == 0:
            assert share == 0
