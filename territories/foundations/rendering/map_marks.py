"""Marks of our maps that stand for a value that may not be shown."""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from territories.foundations.rendering.markup import element
from territories.foundations.rendering.tokens import colour
from territories.foundations.vocabulary import Status

# Radius of the ring of a secret value, in px: the same for all.
_RING: Final = 7


def secret_ring(x: float, y: float, title: Sequence[Markup] = ()) -> list[Markup]:
    """The mark of a secret value: a hollow ring around its sign. Its size says nothing."""
    ring = element(
        "circle",
        *title,
        cx=f"{x:.1f}",
        cy=f"{y:.1f}",
        r=_RING,
        fill=colour("surface"),
        stroke=colour("text-soft"),
        stroke_width=1.4,
    )
    sign = element(
        "text",
        Status.SECRET.symbol,
        x=f"{x:.1f}",
        y=f"{y + 4:.1f}",
        text_anchor="middle",
        fill=colour("text-soft"),
        aria_hidden="true",
    )
    return [ring, sign]
