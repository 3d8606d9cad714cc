"""A small drawing of the cover of a document under the identity of a territory: what the page shows before anything is made."""

import textwrap
from dataclasses import dataclass

from django.urls import reverse

from territories.foundations.formats import nombre
from territories.foundations.rendering.brand import readable
from territories.foundations.rendering.tokens import contrast
from territories.geography.brands import house_colours
from territories.geography.models import Territory, TerritoryBrand


@dataclass(frozen=True)
class Preview:
    """Colours as printed, the name on two lines at most, the address of the logo or nothing, and what was darkened."""

    primary: str
    accent: str
    lines: tuple[str, ...]
    name: str
    baseline: str
    logo: str
    darkened: tuple[str, ...]


def preview_of(territory: Territory, brand: TerritoryBrand | None) -> Preview:
    """The cover under this brand, or under the colours of the house without one."""
    primary, accent = (brand.primary, brand.accent) if brand else house_colours()
    logo = ""
    if brand is not None and brand.logo is not None:
        # The version changes with the logo: a browser never shows the former one.
        logo = f"{reverse('observatory:brand_logo', args=[territory.kind, territory.code])}?v={brand.version}"
    return Preview(
        primary=readable(primary),
        accent=readable(accent),
        lines=tuple(textwrap.wrap(territory.name, 30)[:2]),
        name=(brand.name if brand else "") or territory.name,
        baseline=brand.baseline if brand else "",
        logo=logo,
        darkened=tuple(
            sentence
            for label, chosen in (("La couleur principale", primary), ("La couleur d’accent", accent))
            if (sentence := _darkened(label, chosen))
        ),
    )


def _darkened(label: str, chosen: str) -> str:
    printed = readable(chosen)
    if printed == chosen:
        return ""
    ratio = nombre(contrast(chosen, "#ffffff"), 1)
    return (
        f"{label} {chosen} se lit mal sur le blanc (contraste de {ratio} pour 1, il en faut 4,5)\u00a0: "
        f"les documents emploient {printed}, de la même teinte et plus foncée."
    )
