"""Our style sheets with the values of the tokens put in: `print.css` for the PDF, `screen.css` for a page kept as a file."""

import re
from collections.abc import Mapping
from pathlib import Path

from territories.foundations.rendering.tokens import tokens

_FOLDER = Path(__file__).parent


def stylesheet(name: str, colours: Mapping[str, str] | None = None) -> str:
    """The sheet `name`.css, every `var(--token)` replaced by its value (the boxes of a printed page have no custom
    properties). `colours` replaces general colours by token. Raises KeyError for a token that does not exist."""
    text = (_FOLDER / f"{name}.css").read_text(encoding="utf-8")
    return re.sub(r"var\(--([a-z0-9-]+)\)", lambda found: _token(found[1], colours or {}), text)


def _token(name: str, colours: Mapping[str, str]) -> str:
    """Value of `--ink`, `--phase-2`, `--sequential-0`, `--reference`. Raises KeyError for an unknown token."""
    values: dict[str, str] = {**tokens()["colour"], **colours}
    values.update({f"phase-{number}": hexadecimal for number, hexadecimal in tokens()["phase"].items()})
    values.update({f"sequential-{rank}": hexadecimal for rank, hexadecimal in enumerate(tokens()["sequential"])})
    values["reference"] = tokens()["reference"]
    return values[name]
