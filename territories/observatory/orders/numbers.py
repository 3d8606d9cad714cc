"""A cell of values: a number, a sign that says why there is none, or nothing. Pure."""

import math
import re
from typing import Final

from territories.foundations.text import fold
from territories.foundations.vocabulary import Status

# A delivered status as it is stored. « K » of INSEE stays « K »: the core reads it as secret.
HIDDEN: Final = frozenset({"s", "K", "nd", "///", "ns"})
SHOWN: Final = frozenset({"A", "W", "p", "r", "e"})

_SIGNS: Final[dict[str, str]] = {
    "s": "s",
    "k": "K",
    "c": "s",
    "secret": "s",
    "secret statistique": "s",
    "n d": "nd",
    "nd": "nd",
    "non disponible": "nd",
    "na": "nd",
    "n a": "nd",
    "ns": "ns",
    "n s": "ns",
    "non significatif": "ns",
}
_STATUSES: Final[dict[str, str]] = {
    **_SIGNS,
    "a": "A",
    "w": "W",
    "p": Status.PROVISIONAL.value,
    "r": Status.REVISED.value,
    "e": Status.ESTIMATED.value,
}

_SPACES: Final = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'\u2019"))
_NUMBER: Final = re.compile(r"[+\-\u2212]?\d+(?:[.,]\d+)?(?:[eE][+\-]?\d{1,3})?\Z", re.ASCII)
_THOUSANDS: Final = re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d+\Z|-?\d{1,3}(?:\.\d{3})+,\d+\Z", re.ASCII)
LARGEST: Final = 1e15


def read_value(text: str) -> tuple[float | None, str]:
    """The number of a cell with no status, or the status written in place of it; (None, "") for an empty cell.

    Raises ValueError for anything else. « 1 234,5 » and « 1234.5 » are one number; « 0 » is zero.
    """
    stripped = text.strip()
    if not stripped:
        return None, ""
    if stripped in ("///", "//", "/"):
        return None, Status.NOT_APPLICABLE.value
    plain = stripped.translate(_SPACES)
    if _NUMBER.match(plain):
        number = float(plain.replace("\u2212", "-").replace(",", "."))
    elif _THOUSANDS.match(plain):
        decimal = plain[-1 - len(re.split(r"[.,]", plain)[-1])]
        number = float(plain.replace("," if decimal == "." else ".", "").replace(",", "."))
    else:
        # « #N/A » is a broken formula, not a value that does not exist.
        sign = _SIGNS.get(fold(stripped)) if not stripped.startswith("#") else None
        if sign is None:
            raise ValueError(stripped)
        return None, sign
    if not math.isfinite(number) or abs(number) > LARGEST:
        raise ValueError(stripped)
    return number, ""


def read_status(text: str) -> str:
    """The status of a row as it is stored, « A » when the cell is empty. Raises ValueError for an unknown one."""
    stripped = text.strip()
    if not stripped:
        return "A"
    if stripped == "///":
        return Status.NOT_APPLICABLE.value
    status = _STATUSES.get(fold(stripped))
    if status is None:
        raise ValueError(stripped)
    return status
