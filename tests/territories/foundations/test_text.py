import pytest
from hypothesis import given
from hypothesis import strategies as st

from territories.foundations.text import fold


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("L’Île-d’Yeu", "l ile d yeu"),
        ("L'Île-d'Yeu", "l ile d yeu"),
        ("CŒUR  Pays de Retz", "coeur pays de retz"),
        ("Saint-Nazaire\u00a0Agglo", "saint nazaire agglo"),
        ("ÆGIDIUS", "aegidius"),
        ("  ", ""),
        ("Straße", "strasse"),
        ("n° 12", "n 12"),
        ("E\u0301tat", "etat"),
    ],
)
def test_the_ways_people_type_a_name_meet(text: str, wanted: str) -> None:
    assert fold(text) == wanted


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once.isascii()


@given(st.text(alphabet="abcéèçœÎ’- "))
def test_case_does_not_count(text: str) -> None:
    assert fold(text.upper()) == fold(text.lower())
