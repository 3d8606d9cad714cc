"""Addresses of the public pages: the words of the kinds, in French, both ways."""

from django.urls import reverse

from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory

KIND_WORDS: dict[TerritoryKind, str] = {
    TerritoryKind.COMMUNE: "commune",
    TerritoryKind.EPCI: "epci",
    TerritoryKind.PAYS: "pays",
    TerritoryKind.COMPOSITE: "projet",
    TerritoryKind.DEPARTEMENT: "departement",
    TerritoryKind.REGION: "region",
    TerritoryKind.COUNTRY: "france",
}
_KINDS = {word: kind for kind, word in KIND_WORDS.items()}


class KindConverter:
    """The kind of a territory in an address, so that other words lead nowhere."""

    regex = "|".join(_KINDS)

    def to_python(self, value: str) -> TerritoryKind:
        return _KINDS[value]

    def to_url(self, value: str) -> str:
        return KIND_WORDS[TerritoryKind(value)]


def territory_page(territory: Territory) -> str:
    """The public portrait of a territory: what geography asks the observatory for."""
    return reverse("observatory:portrait", args=[territory.kind, territory.code])
