"""Territories that look alike: a distance, and the nearest ones."""

import pytest

from territories.observatory.statistics.similar import Profile, comparable, distance, nearest

ANCENIS = Profile("244400552", "CC du Pays d’Ancenis", 68_000, 20)


def profile(code: str, population: int, communes: int = 20) -> Profile:
    return Profile(code, f"Territoire {code}", population, communes)


def test_the_same_profile_is_at_no_distance() -> None:
    assert distance(ANCENIS, profile("x", 68_000)) == 0


def test_the_distance_is_symmetric() -> None:
    other = profile("x", 31_000, 7)
    assert distance(ANCENIS, other) == pytest.approx(distance(other, ANCENIS))


def test_twice_and_half_are_as_far() -> None:
    assert distance(ANCENIS, profile("x", 136_000)) == pytest.approx(distance(ANCENIS, profile("y", 34_000)))


def test_communes_of_another_size_move_away() -> None:
    alike, scattered = profile("a", 68_000), profile("b", 68_000, 60)
    assert distance(ANCENIS, alike) < distance(ANCENIS, scattered)


def test_the_nearest_come_first_and_never_itself() -> None:
    others = [profile("far", 900_000), profile("near", 70_000), ANCENIS, profile("middle", 120_000)]
    assert [one.code for one in nearest(ANCENIS, others)] == ["near", "middle", "far"]


def test_at_the_same_distance_codes_decide() -> None:
    others = [profile("b", 70_000), profile("a", 70_000)]
    assert [one.code for one in nearest(ANCENIS, others)] == ["a", "b"]
    assert nearest(ANCENIS, others) == nearest(ANCENIS, reversed(others))


def test_no_more_than_asked() -> None:
    others = [profile(str(rank), 60_000 + rank) for rank in range(9)]
    assert len(nearest(ANCENIS, others)) == 5
    assert len(nearest(ANCENIS, others, limit=2)) == 2


@pytest.mark.parametrize("empty", [profile("x", 0), profile("x", 1_000, 0)])
def test_nobody_is_near_to_nothing(empty: Profile) -> None:
    assert not comparable(empty)
    assert nearest(empty, [ANCENIS]) == []
    assert nearest(ANCENIS, [empty]) == []
