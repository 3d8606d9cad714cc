"""What the pages of composed territories show: the communes they hold, by EPCI, and what may be added."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Millesime, Territory
from territories.geography.queries import Found, search_territories

# What may be added to a composed territory.
PICKED: Final = (TerritoryKind.COMMUNE, TerritoryKind.EPCI)
RESULTS: Final = 20
NO_EPCI: Final = "Sans EPCI"


@dataclass(frozen=True)
class Group:
    """Communes of one EPCI that a territory holds; `total` is how many the EPCI has. `siren` empty: of none."""

    siren: str
    name: str
    communes: Sequence[Commune]
    total: int

    @property
    def is_whole(self) -> bool:
        return bool(self.siren) and len(self.communes) == self.total


@dataclass(frozen=True)
class Candidate:
    """A commune or EPCI that a search found, and how many of its communes the territory already holds."""

    found: Found
    inside: int

    @property
    def value(self) -> str:
        """What the button sends: « epci:244400552 »."""
        return f"{self.found.territory.kind}:{self.found.territory.code}"

    @property
    def is_inside(self) -> bool:
        return self.inside >= self.found.territory.commune_count

    @property
    def missing(self) -> int:
        return self.found.territory.commune_count - self.inside


def groups_of(territory: Territory) -> list[Group]:
    """The composition of a territory by EPCI, by name, communes of no EPCI last. Two queries."""
    by_epci: dict[str, list[Commune]] = {}
    for commune in Commune.objects.filter(memberships__territory=territory).order_by("search", "code"):
        by_epci.setdefault(commune.epci, []).append(commune)
    names = {epci.code: epci for epci in epci_of(territory.millesime, list(by_epci))}
    groups = [
        Group(
            siren, names[siren].name if siren in names else NO_EPCI, communes, names[siren].commune_count if siren in names else 0
        )
        for siren, communes in by_epci.items()
    ]
    return sorted(groups, key=lambda group: (not group.siren, group.name.casefold()))


def epci_of(millesime: Millesime, codes: Sequence[str]) -> list[Territory]:
    return list(Territory.objects.filter(millesime=millesime, kind=TerritoryKind.EPCI, code__in=codes).order_by("search", "code"))


def candidates_for(query: str, groups: Sequence[Group]) -> list[Candidate]:
    """Communes and EPCI that `query` may name. Two queries."""
    held = {commune.code for group in groups for commune in group.communes}
    by_epci = Counter({group.siren: len(group.communes) for group in groups if group.siren})
    return [
        Candidate(
            found,
            int(found.territory.code in held) if found.territory.kind == TerritoryKind.COMMUNE else by_epci[found.territory.code],
        )
        for found in search_territories(query, kinds=PICKED, limit=RESULTS)
    ]


def picked_codes(values: Sequence[str]) -> dict[str, list[str]]:
    """Values of buttons as arguments of the operations: codes of communes and of EPCI. Unknown kinds are left out."""
    picked: dict[str, list[str]] = {"communes": [], "epci": []}
    for value in values:
        kind, _, code = value.partition(":")
        if kind == TerritoryKind.COMMUNE:
            picked["communes"].append(code)
        elif kind == TerritoryKind.EPCI:
            picked["epci"].append(code)
    return picked
