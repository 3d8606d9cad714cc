"""The logo and colours of a territory: choosing them, taking the logo away, and what the documents print of them."""

import logging
from typing import TYPE_CHECKING

from django.db import transaction

from territories.access.enums import Capability
from territories.access.policy import check
from territories.foundations.files.images import clean_png
from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import remove, store
from territories.foundations.formats import apostrophe
from territories.foundations.journal.operations import record
from territories.foundations.rendering.brand import readable
from territories.foundations.rendering.document import Brand
from territories.foundations.rendering.tokens import colour
from territories.geography.models import Territory, TerritoryBrand

if TYPE_CHECKING:
    from territories.access.models import User

logger = logging.getLogger(__name__)


def house_colours() -> tuple[str, str]:
    """What is proposed before a choice: the ink and the accent of the house."""
    return colour("ink"), colour("accent")


def set_brand(
    territory: Territory,
    *,
    primary: str,
    accent: str,
    by: "User",
    name: str = "",
    baseline: str = "",
    logo: bytes | None = None,
) -> TerritoryBrand:
    """Choose the colours (`#rrggbb`), the words and, when given, a new logo (PNG, JPEG or WebP bytes).

    Without `logo` the present one stays. Raises ImageRefused, ValueError for what is no colour, Denied; nothing is then changed.
    """
    check(by, Capability.EDIT_BRAND, territory)
    for chosen in (primary, accent):
        readable(chosen)
    picture = clean_png(logo) if logo is not None else None
    with transaction.atomic():
        brand, _ = TerritoryBrand.objects.select_for_update(of=("self",)).get_or_create(
            kind=territory.kind, code=territory.code, defaults={"primary": primary.lower(), "accent": accent.lower()}
        )
        brand.primary, brand.accent = primary.lower(), accent.lower()
        brand.name, brand.baseline = (apostrophe(" ".join(text.split())) for text in (name, baseline))
        brand.updated_by = by
        former = brand.logo if picture is not None else None
        if picture is not None:
            brand.logo = store(picture, name=f"logo-{territory.slug}.png", by=by)
        brand.save()
        _forget(former)
        what = "le logo et les couleurs" if picture is not None else "les couleurs"
        record("territory_brand_chosen", f"{by} a choisi {what} de «\u00a0{territory.name}\u00a0».", by=by, target=territory)
    return brand


@transaction.atomic
def remove_logo(territory: Territory, *, by: "User") -> None:
    """Take the logo away and erase its file; the colours stay. Nothing happens without a logo. Raises Denied."""
    check(by, Capability.EDIT_BRAND, territory)
    brand = TerritoryBrand.objects.select_for_update(of=("self",)).of(territory)
    if brand is None or brand.logo is None:
        return
    former, brand.logo, brand.updated_by = brand.logo, None, by
    brand.save(update_fields=["logo", "updated_by", "updated_at"])
    _forget(former)
    record("territory_logo_removed", f"{by} a retiré le logo de «\u00a0{territory.name}\u00a0».", by=by, target=territory)


def _forget(former: StoredFile | None) -> None:
    """The file of a logo that no brand shows any more."""
    if former is not None and not remove(former):
        logger.error("A former logo is still used elsewhere: %s", former.pk)


def printed_brand(brand: TerritoryBrand | None, territory: Territory) -> Brand | None:
    """What documents print: readable colours, and the bytes of the logo. None without a brand."""
    if brand is None:
        return None
    logo = None
    if brand.logo is not None:
        with brand.logo.file.open("rb") as stream:
            logo = stream.read()
    return Brand(
        name=brand.name or territory.name,
        primary=readable(brand.primary),
        accent=readable(brand.accent),
        logo=logo,
        baseline=brand.baseline,
    )
