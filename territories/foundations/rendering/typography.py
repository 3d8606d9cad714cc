"""Figures with their status, and texts, as they are printed in charts, maps, tables and documents.

Numbers are written by `foundations.formats`. Our font has every sign used here (`fonts.REQUIRED_CHARACTERS`).
"""

import math
import unicodedata
from dataclasses import dataclass

from territories.foundations.formats import MINUS, NBSP, THIN, Number, nombre
from territories.foundations.vocabulary import Status

# Signs that people type or paste and that our font does not draw, with the nearest sign that it draws.
_SUBSTITUTES = str.maketrans(
    {
        "\u2003": " ",
        "\u2002": " ",
        "\u2004": " ",
        "\u2005": " ",
        "\u2008": " ",
        "\u200a": THIN,
        "\u2015": "—",
        "\u2043": "•",
        "\u25cf": "•",
        "\u27a2": "→",
        "\u2794": "→",
        "\u279c": "→",
        "\u21d2": "→",
        "\u2714": "✓",
        "\u200b": None,
        "\u200c": None,
        "\u200d": None,
        "\ufeff": None,
        "\ufe0f": None,
        "\u00ad": None,
    }
)


@dataclass(frozen=True)
class Value:
    """A figure with its status: `number` is None exactly when the status carries no value (DESIGN, rule 4).

    The unit is the one of the column, bar or map that holds it. Raises ValueError when number and status disagree,
    or for a number that is not finite.
    """

    number: Number | None
    status: Status = Status.OBSERVED

    def __post_init__(self) -> None:
        if self.status.has_value != (self.number is not None):
            raise ValueError(f"Une valeur « {self.status} » ne va pas avec le nombre {self.number!r}.")
        if self.number is not None and not math.isfinite(self.number):
            raise ValueError("Une valeur doit être un nombre fini, ou dire par son statut pourquoi elle manque.")

    @property
    def plain(self) -> float | None:
        """The number as JSON and geometry can carry it."""
        return None if self.number is None else float(self.number)


Numeric = Value | Number


def as_value(value: Numeric) -> Value:
    """A plain number is an observed figure. Raises ValueError for NaN and infinities."""
    return value if isinstance(value, Value) else Value(value)


def percent(value: Number, decimals: int = 1) -> str:
    """« 12,3 % »; the value is already out of a hundred."""
    return f"{nombre(value, decimals)}{NBSP}%"


def figure(value: Numeric, *, decimals: int = 0, unit: str = "") -> str:
    """A figure as printed: its number and unit, followed by « (p) », « (r) » or « (e) »; or the sign that says why it is
    absent.

    `unit` is « % » or a word, put after a no-break space; it is not printed after « s », « nd », « /// », « n.s. ».
    """
    value = as_value(value)
    if value.number is None:
        return value.status.symbol
    text = nombre(value.number, decimals)
    if unit:
        text = f"{text}{NBSP}{unit}"
    return f"{text}{NBSP}({value.status.symbol})" if value.status.symbol else text


def signed(value: Numeric, *, decimals: int = 0, unit: str = "") -> str:
    """« +12 », « −3,4 % », « 0 », with the mark of its status; or the sign that says why there is no number."""
    known = as_value(value)
    text = figure(known, decimals=decimals, unit=unit)
    positive = known.number is not None and not text.startswith(MINUS) and any(digit in text for digit in "123456789")
    return f"+{text}" if positive else text


def printable(text: str) -> str:
    """The text in composed form (NFC), control characters removed, with signs foreign to our font replaced by their
    nearest. Tabs and line breaks are kept."""
    composed = unicodedata.normalize("NFC", text).translate(_SUBSTITUTES)
    return "".join(c for c in composed if c in "\t\n" or unicodedata.category(c) not in ("Cc", "Cs"))
