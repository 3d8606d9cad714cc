"""French formatting, on both sides of every boundary."""

from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from territories.foundations.formats import (
    LEGEND,
    MINUS,
    NBSP,
    THIN,
    Unit,
    accord,
    affiche,
    apostrophe,
    capitalise,
    compte,
    date_fr,
    enumerate_fr,
    evolution,
    legend_for,
    moment_fr,
    month_fr,
    nombre,
    points,
    pourcent,
    rounded,
)
from territories.foundations.vocabulary import Status


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (0, 0, "0"),
        (999, 0, "999"),
        (1000, 0, f"1{THIN}000"),
        (1234567, 0, f"1{THIN}234{THIN}567"),
        (-1234, 0, f"{MINUS}1{THIN}234"),
        (0.5, 0, "1"),
        (0.49, 0, "0"),
        (-0.4, 0, "0"),
        (-0.5, 0, f"{MINUS}1"),
        (12.25, 1, "12,3"),
        (2.675, 2, "2,68"),
        (Fraction(1, 3), 2, "0,33"),
        (Fraction(-5, 2), 0, f"{MINUS}3"),
        (Decimal("0.05"), 1, "0,1"),
        (None, 0, "nd"),
    ],
)
def test_numbers(value: float | None, decimals: int, text: str) -> None:
    assert nombre(value, decimals) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0,0"), (0.1234, "12,3"), (0.1235, "12,4"), (0.99949, "99,9"), (0.9995, "100,0"), (1, "100,0"), (0.285, "28,5")],
)
def test_shares_have_one_decimal_and_a_space_that_does_not_break(share: float, text: str) -> None:
    assert pourcent(share) == f"{text}{NBSP}%"


def test_differences_of_shares_are_points_and_plural_starts_at_two() -> None:
    assert points(0.015) == f"+1,5{NBSP}point"
    assert points(0.0199) == f"+2,0{NBSP}points"
    assert points(0.0194) == f"+1,9{NBSP}point"
    assert points(-0.02) == f"{MINUS}2,0{NBSP}points"
    assert points(0.0004) == f"0,0{NBSP}point"


def test_evolutions_carry_their_sign() -> None:
    assert evolution(0.034) == f"+3,4{NBSP}%"
    assert evolution(-0.02) == f"{MINUS}2,0{NBSP}%"
    assert evolution(0.0) == f"0,0{NBSP}%"


@given(st.integers(-(10**12), 10**12), st.integers(0, 3))
def test_rounding_agrees_between_kinds_of_numbers(units: int, decimals: int) -> None:
    exact = Fraction(units, 1000)
    as_decimal = Decimal(units) / 1000
    assert rounded(exact, decimals) == rounded(as_decimal, decimals)
    assert abs(Fraction(rounded(exact, decimals)) - exact) <= Fraction(1, 2 * 10**decimals)


@pytest.mark.parametrize("status", list(Status))
def test_a_cell_prints_a_number_only_when_its_status_allows_one(status: Status) -> None:
    printed = affiche(42, status)
    assert ("42" in printed) is status.has_value
    if not status.has_value:
        assert printed == status.symbol


def test_cells_in_their_unit() -> None:
    assert affiche(1234) == f"1{THIN}234"
    assert affiche(0) == "0"
    assert affiche(0.5, unit=Unit.SHARE) == f"50,0{NBSP}%"
    assert affiche(41.25, unit=Unit.RATE) == "41,3"
    assert affiche(1.249, unit=Unit.INDEX) == "1,25"
    assert affiche(32450.4, unit=Unit.EUROS) == f"32{THIN}450{NBSP}€"
    assert affiche(0.034, unit=Unit.CHANGE) == f"+3,4{NBSP}%"
    assert affiche(-0.02, Status.PROVISIONAL, Unit.CHANGE) == f"−2,0{NBSP}%{NBSP}(p)"
    assert [affiche(value, unit=Unit.GAIN) for value in (12.5, -3, 0.04)] == ["+12,5", "−3,0", "0,0"]
    assert affiche(None, Status.SECRET, Unit.EUROS) == "s"
    assert affiche(12, Status.PROVISIONAL) == f"12{NBSP}(p)"
    assert affiche(None, Status.OBSERVED) == "nd"
    assert affiche(None, "ns") == "n.s."


def test_the_legend_explains_only_the_signs_printed() -> None:
    assert legend_for([Status.OBSERVED]) == []
    assert legend_for([Status.SECRET, Status.OBSERVED, Status.NOT_SIGNIFICANT]) == [LEGEND["s"], LEGEND["n.s."]]
    assert legend_for([], zero=True) == [LEGEND["0"]]
    assert all(status.symbol in LEGEND for status in Status if status is not Status.OBSERVED)


def test_words_agree_from_two() -> None:
    assert compte(0, "établissement employeur") == f"0{NBSP}établissement employeur"
    assert compte(1, "établissement employeur") == f"1{NBSP}établissement employeur"
    assert compte(2, "établissement employeur") == f"2{NBSP}établissements employeurs"
    assert accord(1.9, "point") == "point"
    assert accord(2, "prix") == "prix"
    assert accord(-2, "a cessé", "ont cessé") == "ont cessé"


def test_enumerations() -> None:
    assert enumerate_fr([]) == ""
    assert enumerate_fr(["a"]) == "a"
    assert enumerate_fr(["a", "b"]) == "a et b"
    assert enumerate_fr(iter("abc")) == "a, b et c"
    assert enumerate_fr(["a", "b"], "ou") == "a ou b"


def test_sentences_and_official_apostrophes() -> None:
    assert capitalise("à Nantes") == "À Nantes"
    assert capitalise("") == ""
    assert apostrophe("L'Île-d'Yeu") == "L’Île-d’Yeu"


def test_dates() -> None:
    assert date_fr(date(2026, 1, 1)) == f"1er{NBSP}janvier 2026"
    assert date_fr(date(2026, 11, 23), weekday=True) == f"lundi 23{NBSP}novembre 2026"
    assert month_fr(date(2026, 8, 2)) == "août 2026"
    assert moment_fr(datetime(2026, 11, 23, 9, 5)) == f"23{NBSP}novembre 2026 à 9{NBSP}h{NBSP}05"
