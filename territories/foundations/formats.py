"""French formatting of figures, counts and dates: one place for pages, documents, sentences and exports.

Pure. Numbers take U+202F between thousands, a decimal comma, the minus sign U+2212 and U+00A0 before « % ».
Rounding is half away from zero on the decimal writing of the number, as people do by hand.
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Final

from territories.foundations.vocabulary import Status

NBSP: Final = "\u00a0"
THIN: Final = "\u202f"
MINUS: Final = "\u2212"

Number = int | float | Decimal | Fraction

_MONTHS: Final = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
_DAYS: Final = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]


class Unit(StrEnum):
    """What a figure counts, hence how it is printed. Shares and changes are stored as 0.123 for 12,3 %."""

    COUNT = "count"
    SHARE = "share"
    RATE = "rate"
    INDEX = "index"
    POINTS = "points"
    CHANGE = "change"
    EUROS = "euros"
    GAIN = "gain"


# --- Numbers --------------------------------------------------------------------------------------------------


def rounded(value: Number, decimals: int = 0) -> Decimal:
    """`value` rounded half away from zero; never a negative zero.

    A float is read through its shortest decimal writing: 0.1235 is the decimal 0.1235, not the binary neighbour.
    """
    if isinstance(value, Fraction):
        scale = int("1" + "0" * decimals)
        doubled = 2 * abs(value) * scale
        magnitude = Decimal((doubled.numerator // doubled.denominator + 1) // 2) / scale
        exact = -magnitude if value < 0 else magnitude
    else:
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
    result = exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return result.copy_abs() if result.is_zero() else result


def _digits(value: Decimal) -> str:
    whole, _, fraction = f"{abs(value):f}".partition(".")
    groups = f"{int(whole):,}".replace(",", THIN)
    return f"{groups},{fraction}" if fraction else groups


def nombre(value: Number | None, decimals: int = 0) -> str:
    """« 1 234 », « −12,5 ». None prints the sign of an unavailable figure."""
    if value is None:
        return Status.UNAVAILABLE.symbol
    number = rounded(value, decimals)
    return (MINUS if number < 0 else "") + _digits(number)


def _signed(value: Number, decimals: int) -> str:
    number = rounded(value, decimals)
    sign = MINUS if number < 0 else "+" if number > 0 else ""
    return sign + _digits(number)


def _hundredfold(value: Number) -> Number:
    # A float times 100 would leave the decimal it was written as; a Decimal does not.
    return value * 100 if isinstance(value, (int, Decimal, Fraction)) else Decimal(str(value)) * 100


def pourcent(share: Number | None, decimals: int = 1) -> str:
    """« 12,3 % » for a share of 0.123."""
    if share is None:
        return Status.UNAVAILABLE.symbol
    return f"{nombre(_hundredfold(share), decimals)}{NBSP}%"


def points(difference: Number | None, decimals: int = 1) -> str:
    """« +1,5 point », « −2,0 points » for the difference of two shares: never « % »."""
    if difference is None:
        return Status.UNAVAILABLE.symbol
    hundredths = _hundredfold(difference)
    noun = "points" if abs(rounded(hundredths, decimals)) >= 2 else "point"
    return f"{_signed(hundredths, decimals)}{NBSP}{noun}"


def evolution(rate: Number | None, decimals: int = 1) -> str:
    """« +3,4 % », « −2,0 % », « 0,0 % » for a relative change of 0.034, −0.02, 0."""
    if rate is None:
        return Status.UNAVAILABLE.symbol
    return f"{_signed(_hundredfold(rate), decimals)}{NBSP}%"


def gain(value: Number | None, decimals: int = 1) -> str:
    """« +12,5 », « −3,0 », « 0,0 »: what is won or lost, in the unit of what is counted."""
    return Status.UNAVAILABLE.symbol if value is None else _signed(value, decimals)


def euros(amount: Number | None, decimals: int = 0) -> str:
    """« 32 450 € »."""
    if amount is None:
        return Status.UNAVAILABLE.symbol
    return f"{nombre(amount, decimals)}{NBSP}€"


_MARKED: Final = frozenset({Status.PROVISIONAL, Status.REVISED, Status.ESTIMATED, Status.INCLUDES_OTHER})


def affiche(value: Number | None, status: Status | str = Status.OBSERVED, unit: Unit | str = Unit.COUNT) -> str:
    """A figure as it is printed in a cell: the number in its unit, then « (p) », « (r) », « (e) » when it must say so.

    Without a value, the sign of the status. A status that forbids a number hides the value even if one is given.
    """
    status = Status(status)
    if value is None or not status.has_value:
        return (Status.UNAVAILABLE if status.has_value else status).symbol
    match Unit(unit):
        case Unit.COUNT:
            text = nombre(value)
        case Unit.SHARE:
            text = pourcent(value)
        case Unit.RATE:
            text = nombre(value, 1)
        case Unit.INDEX:
            text = nombre(value, 2)
        case Unit.POINTS:
            text = points(value)
        case Unit.CHANGE:
            text = evolution(value)
        case Unit.EUROS:
            text = euros(value)
        case Unit.GAIN:
            text = gain(value)
    return f"{text}{NBSP}({status.symbol})" if status in _MARKED else text


# One sentence for each sign, in the order in which a legend prints them.
LEGEND: Final[dict[str, str]] = {
    "0": "0\u00a0: valeur nulle observée.",
    "s": "s\u00a0: secret statistique, le nombre existe mais ne peut pas être publié.",
    "nd": "nd\u00a0: donnée non disponible.",
    "///": "///\u00a0: absence due à la nature des choses (sans objet).",
    "n.s.": "n.s.\u00a0: non significatif, les effectifs sont trop petits pour conclure.",
    "p": "(p)\u00a0: donnée provisoire.",
    "r": "(r)\u00a0: donnée révisée.",
    "e": "(e)\u00a0: donnée estimée.",
    "w": "(w)\u00a0: valeur qui comprend une autre commune.",
}


def legend_for(statuses: Iterable[Status | str], *, zero: bool = False) -> list[str]:
    """The sentences of the signs really printed, in the order of `LEGEND`; « 0 » only when asked."""
    used = {Status(status).symbol for status in statuses}
    if zero:
        used.add("0")
    return [sentence for sign, sentence in LEGEND.items() if sign in used]


# --- Words ----------------------------------------------------------------------------------------------------


def is_plural(count: Number) -> bool:
    """French plural starts at 2: « 0 établissement », « 1,5 point », « 2 points »."""
    return count >= 2 or count <= -2


def accord(count: Number, singular: str, plural: str | None = None) -> str:
    """The form of a word or of a group of words that agrees with `count`.

    Without `plural`, each word takes an « s » unless it already ends in s, x or z.
    """
    if not is_plural(count):
        return singular
    if plural is not None:
        return plural
    return " ".join(word if word[-1:] in "sxz" else f"{word}s" for word in singular.split(" "))


def compte(count: int, singular: str, plural: str | None = None) -> str:
    """« 0 établissement employeur », « 1 200 établissements employeurs »."""
    return f"{nombre(count)}{NBSP}{accord(count, singular, plural)}"


def enumerate_fr(items: Iterable[str], conjunction: str = "et") -> str:
    """« a », « a et b », « a, b et c »; empty for nothing."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {conjunction} {words[-1]}"


def capitalise(sentence: str) -> str:
    """The sentence with a capital at its start, the rest untouched."""
    return sentence[:1].upper() + sentence[1:]


def apostrophe(text: str) -> str:
    """Official files write « ' » where French prints « ’ »."""
    return text.replace("'", "’")


# --- Dates ----------------------------------------------------------------------------------------------------


def date_fr(day: date, *, weekday: bool = False) -> str:
    """« 1er janvier 2026 », « lundi 23 novembre 2026 »."""
    number = "1er" if day.day == 1 else str(day.day)
    text = f"{number}{NBSP}{_MONTHS[day.month - 1]} {day.year}"
    return f"{_DAYS[day.weekday()]} {text}" if weekday else text


def month_fr(day: date) -> str:
    """« novembre 2026 »."""
    return f"{_MONTHS[day.month - 1]} {day.year}"


def moment_fr(moment: datetime) -> str:
    """« 23 novembre 2026 à 9 h 05 », in the time zone that `moment` carries."""
    return f"{date_fr(moment.date())} à {moment.hour}{NBSP}h{NBSP}{moment.minute:02d}"
