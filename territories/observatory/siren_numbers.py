"""SIREN as lists give them: repaired, checked, and kept sorted so that a million of them is searched without being opened.

A spreadsheet reads « 005720610 » as a number and loses its zeros: they are given back before the key is checked.
"""

import re
from collections.abc import Collection, Iterator
from typing import Final

# A SIREN or a SIRET that lost more zeros than this is a mistake, not a number.
_FEWEST: Final = 5
_SPACES: Final = re.compile(r"[\s\u00a0\u202f.\-]+")
# « 303040307.0 »: how a spreadsheet saves a whole number.
_DECIMALS: Final = re.compile(r"^(\d+)[.,]0+$")
_DOUBLED: Final = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
# What three figures add to the sum of the key of a SIREN, by which of them count double: a national list has a million rows.
_MIDDLE: Final = tuple(n // 100 + _DOUBLED[n // 10 % 10] + n % 10 for n in range(1000))
_SIDES: Final = tuple(_DOUBLED[n // 100] + n // 10 % 10 + _DOUBLED[n % 10] for n in range(1000))

EMPTY: Final = "SIREN absent"
NOT_FIGURES: Final = "Autre chose que des chiffres"
TOO_SHORT: Final = "Trop peu de chiffres pour un SIREN"
TOO_LONG: Final = "Trop de chiffres pour un SIREN ou un SIRET"
BAD_KEY: Final = "Clé de contrôle fausse\u00a0: un chiffre est erroné"


class BadSiren(ValueError):
    """A text that is no SIREN; the message is one of the French reasons of this module."""


def has_key(siren: str) -> bool:
    """Whether nine figures satisfy the key of Luhn, and are not all zeros."""
    number = int(siren)
    total = _MIDDLE[number // 1_000_000] + _SIDES[number // 1000 % 1000] + _MIDDLE[number % 1000]
    return number > 0 and total % 10 == 0


def read_siren(raw: object) -> tuple[str, bool]:
    """The SIREN of a cell (a SIREN, or the SIRET of one of its establishments), and whether zeros were given back.

    Raises BadSiren.
    """
    figures = str(raw) if raw is not None else ""
    if not figures.isdigit():
        figures = figures.strip()
        whole = _DECIMALS.match(figures)
        figures = whole[1] if whole else _SPACES.sub("", figures)
    if not figures:
        raise BadSiren(EMPTY)
    if not (figures.isascii() and figures.isdigit()):
        raise BadSiren(NOT_FIGURES)
    if len(figures) < _FEWEST:
        raise BadSiren(TOO_SHORT)
    if len(figures) > 14:
        raise BadSiren(TOO_LONG)
    # Ten figures or more are a SIRET, possibly without its first zeros.
    siren = figures.zfill(9) if len(figures) <= 9 else figures.zfill(14)[:9]
    if not has_key(siren):
        raise BadSiren(BAD_KEY)
    return siren, len(figures) not in (9, 14)


class SortedSirens(Collection[str]):
    """A set of SIREN held as the bytes of its file (sorted, nine figures and a line end): eleven megabytes for a million."""

    WIDTH: Final = 10

    def __init__(self, data: bytes) -> None:
        if len(data) % self.WIDTH:
            raise ValueError("A file of SIREN whose lines are not nine figures.")
        self._data = data

    def __len__(self) -> int:
        return len(self._data) // self.WIDTH

    def __iter__(self) -> Iterator[str]:
        for start in range(0, len(self._data), self.WIDTH):
            yield self._data[start : start + 9].decode("ascii")

    def __contains__(self, siren: object) -> bool:
        if not isinstance(siren, str) or len(siren) != 9 or not siren.isascii():
            return False
        wanted = siren.encode("ascii")
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            found = self._data[middle * self.WIDTH : middle * self.WIDTH + 9]
            if found == wanted:
                return True
            low, high = (middle + 1, high) if found < wanted else (low, middle)
        return False
