"""The largest employers of a territory, by public size band: names of the register, never a headcount."""

import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from territories.foundations.vocabulary import TRANCHES
from territories.observatory.statistics.cells import EmployerListing

LISTED: Final = 10


def _lower(listing: EmployerListing) -> int:
    band = TRANCHES.get(listing.tranche)
    return 0 if band is None else band.lower


def _alphabetical(name: str) -> str:
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()


def top_employers(listings: Iterable[EmployerListing], *, limit: int = LISTED) -> dict[str, Any]:
    """The `limit` first employers by size band, then by name, in JSON types.

    Establishments in partial diffusion are never named: `unnamed` says how many stand in the bands shown.
    `others_in_last_band` counts those that the limit cuts off inside the last band shown, where the order is only
    alphabetical. Bands without any employee on 31 December are not listed.
    """
    ranked = sorted(
        (listing for listing in listings if _lower(listing) > 0),
        key=lambda listing: (-_lower(listing), _alphabetical(listing.name), listing.siret),
    )
    named = [listing for listing in ranked if not listing.partly_diffused]
    shown = named[:limit]
    last = _lower(shown[-1]) if shown else 0
    return {
        "employers": [
            {
                "siret": listing.siret,
                "name": listing.name,
                "family": listing.famille,
                "sector": listing.sector,
                "commune": listing.commune,
                "commune_name": listing.commune_name,
                "band": listing.tranche,
                "band_label": TRANCHES[listing.tranche].label,
            }
            for listing in shown
        ],
        "others_in_last_band": sum(1 for listing in named[limit:] if _lower(listing) == last),
        "unnamed": sum(1 for listing in ranked if listing.partly_diffused and _lower(listing) >= last),
    }
