"""Design tokens: the one source of colours and sizes for pages (SCSS), charts, maps, PDF and DOCX.

`tokens.json` is read once. Families and regards keep the same colour everywhere; `tests` hold the contrasts and the
distances in grey that make them readable by everybody.
"""

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any

TOKENS_PATH = Path(__file__).with_name("tokens.json")


@cache
def tokens() -> dict[str, Any]:
    """All tokens, as in the file. Shared: do not modify."""
    read: dict[str, Any] = json.loads(TOKENS_PATH.read_text(encoding="utf-8"))
    return read


@cache
def tokens_version() -> str:
    """First 12 hexadecimal digits of the file's sha256: part of every chart key, so a new colour redraws all charts."""
    return hashlib.sha256(TOKENS_PATH.read_bytes()).hexdigest()[:12]


def colour(name: str) -> str:
    """Hexadecimal colour of a general token (`ink`, `accent`…). Raises KeyError for an unknown name."""
    return str(tokens()["colour"][name])


def family_colour(family: str) -> str:
    """Hexadecimal colour of a famille of the ESS (keys of `EssFamily`). Raises KeyError for an unknown famille."""
    return str(tokens()["family"][family])


def text_on(background: str) -> str:
    """The text colour, white or strong ink, that contrasts most with a hexadecimal background."""
    dark = colour("ink-strong")
    return "#ffffff" if contrast(background, "#ffffff") >= contrast(background, dark) else dark


def luminance(hexadecimal: str) -> float:
    """Relative luminance, 0 (black) to 1 (white), of `#rrggbb` (WCAG 2.1, definition of relative luminance)."""
    channels = [int(hexadecimal[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first: str, second: str) -> float:
    """Contrast ratio, 1 to 21, of two hexadecimal colours (WCAG 2.1, 1.4.3)."""
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)
