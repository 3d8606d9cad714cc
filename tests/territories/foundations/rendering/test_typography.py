"""Figures with their status, and texts as they are printed."""

from decimal import Decimal
from fractions import Fraction

import pytest

from territories.foundations.rendering.typography import Value, figure, percent, printable
from territories.foundations.vocabulary import Status


@pytest.mark.parametrize(
    ("value", "options", "text"),
    [
        (0, {}, "0"),
        (12345, {}, "12\u202f345"),
        (-0.04, {"decimals": 1}, "0,0"),
        (-12.5, {"decimals": 1}, "\u221212,5"),
        (12.25, {"decimals": 1, "unit": "%"}, "12,3\u00a0%"),
        (Fraction(1, 3), {"decimals": 2}, "0,33"),
        (Decimal("1.5"), {"decimals": 1, "unit": "km"}, "1,5\u00a0km"),
        (Value(12, Status.PROVISIONAL), {"unit": "%"}, "12\u00a0%\u00a0(p)"),
        (Value(None, Status.SECRET), {"unit": "%"}, "s"),
        (Value(None, Status.NOT_APPLICABLE), {}, "///"),
        (Value(None, Status.NOT_SIGNIFICANT), {}, "n.s."),
    ],
)
def test_a_figure_is_written_in_french_or_says_why_it_is_absent(value, options, text):
    assert figure(value, **options) == text


def test_percentages_are_already_out_of_a_hundred():
    assert percent(12.34) == "12,3\u00a0%"


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_value_is_never_nan_nor_infinite(number):
    with pytest.raises(ValueError, match="fini"):
        Value(number)


@pytest.mark.parametrize("status", list(Status))
def test_a_value_has_a_number_exactly_when_its_status_says_so(status):
    right, wrong = (1, None) if status.has_value else (None, 1)
    assert Value(right, status).status is status
    with pytest.raises(ValueError, match="ne va pas"):
        Value(wrong, status)


def test_printable_composes_letters_and_drops_what_no_reader_sees():
    assert printable("e\u0301te\u0301\u200b\x00\x1b") == "été"
    assert printable("ligne\nsuivante\tfin") == "ligne\nsuivante\tfin"
    assert printable("\u2794 suite") == "→ suite"
