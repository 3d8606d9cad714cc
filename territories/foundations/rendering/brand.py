"""The graphic identity of a territory in a document: its logo and two colours beside those of the house.

Only what belongs to the territory is painted: titles, rules, the main series of its charts. Familles, regards and phases keep
their colours everywhere, or a reader who compares two documents would be misled.
"""

import colorsys
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from territories.foundations.rendering import document as tree
from territories.foundations.rendering.document import Brand
from territories.foundations.rendering.tokens import contrast, tokens

# WCAG 2.1, 1.4.3, for text of any size.
LEAST_CONTRAST = 4.5
HEXADECIMAL = re.compile(r"#[0-9a-f]{6}")
_WHITE = "#ffffff"
_STEP = 0.004


def readable(hexadecimal: str) -> str:
    """The colour itself when it can be read on white (4.5:1), else the nearest darker one of the same hue.

    Raises ValueError for anything but `#rrggbb`.
    """
    wanted = hexadecimal.strip().lower()
    if not HEXADECIMAL.fullmatch(wanted):
        raise ValueError(f"Couleur inconnue : {hexadecimal!r}.")
    hue, lightness, saturation = colorsys.rgb_to_hls(*(int(wanted[at : at + 2], 16) / 255 for at in (1, 3, 5)))
    found = wanted
    while contrast(found, _WHITE) < LEAST_CONTRAST:
        lightness = max(lightness - _STEP, 0.0)
        found = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, lightness, saturation))
    return found


def tint(hexadecimal: str, share: float) -> str:
    """The colour mixed with white: `share` of it, 0 to 1, the rest white."""
    parts = [int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(255 - (255 - part) * share):02x}" for part in parts)


def palette(brand: Brand | None) -> dict[str, str]:
    """The general colours of a document by token: those of the house, ink and accent replaced by those of the brand."""
    hues: dict[str, str] = dict(tokens()["colour"])
    if brand is not None:
        hues |= {"ink": brand.primary, "accent": brand.accent, "accent-soft": tint(brand.accent, 0.12)}
    return hues


def with_brand(document: tree.Document, brand: Brand | None) -> tree.Document:
    """The document under this identity, the main series of its charts in the primary colour."""
    if brand is None:
        return document
    sections = tuple(
        replace(
            section,
            blocks=tuple(
                replace(block, spec=with_main_colour(block.spec, brand.primary)) if isinstance(block, tree.Chart) else block
                for block in section.blocks
            ),
        )
        for section in document.sections
    )
    return replace(document, brand=brand, sections=sections)


def with_main_colour(spec: Mapping[str, Any], hexadecimal: str) -> dict[str, Any]:
    """A chart whose rows marked `main` (see `charts`) are drawn in this colour; every other mark keeps its own."""
    datasets: dict[str, list[dict[str, Any]]] = {}
    legends: set[str] = set()
    for name, rows in spec.get("datasets", {}).items():
        if any(row.get("main") and "fill" not in row for row in rows):
            legends.add(name)
        datasets[name] = [row | {"fill": hexadecimal} if row.get("main") and "fill" in row else row for row in rows]
    layers = [
        {**layer, "mark": {**layer["mark"], "color": hexadecimal}}
        if layer.get("data", {}).get("name") in legends and "color" in layer["mark"]
        else layer
        for layer in spec.get("layer", [])
    ]
    return {**spec, **({"datasets": datasets} if datasets else {}), **({"layer": layers} if layers else {})}
