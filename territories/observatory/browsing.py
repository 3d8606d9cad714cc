"""Finding a territory: search, and the tree region, département, EPCI. Reads only, in a fixed number of queries."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from territories.foundations.formats import compte
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Millesime, Territory
from territories.geography.queries import Found

SEARCH_LIMIT = 40

# Words shown for the kinds, where a person reads them; EPCI say their own nature.
KIND_LABELS: dict[str, str] = {
    TerritoryKind.COMMUNE: "Commune",
    TerritoryKind.EPCI: "EPCI",
    TerritoryKind.PAYS: "Pays ou PETR",
    TerritoryKind.COMPOSITE: "Territoire de projet",
    TerritoryKind.DEPARTEMENT: "Département",
    TerritoryKind.REGION: "Région",
    TerritoryKind.COUNTRY: "France entière",
}
NATURES: dict[str, str] = {
    "CC": "Communauté de communes",
    "CA": "Communauté d’agglomération",
    "CU": "Communauté urbaine",
    "METRO": "Métropole",
    "METLYON": "Métropole",
    "MET69": "Métropole",
    "EPT": "Établissement public territorial",
}


def kind_label(territory: Territory) -> str:
    """« Communauté de communes », « Commune », « Département »…"""
    if territory.kind == TerritoryKind.EPCI:
        return NATURES.get(territory.nature.upper(), KIND_LABELS[TerritoryKind.EPCI])
    return KIND_LABELS[territory.kind]


@dataclass(frozen=True)
class Line:
    """A territory in a list: its name and address, what it is, where, and why it was found when its name does not say."""

    name: str
    url: str
    kind: str
    where: str
    population: str
    hint: str


def lines_of(found: Iterable[Found]) -> list[Line]:
    """The lines of what a search found, in its order; no query."""
    return [
        Line(
            name=one.territory.name,
            url=one.territory.get_absolute_url(),
            kind=kind_label(one.territory),
            where=one.territory.place if one.territory.place != one.territory.name else "",
            population=compte(one.territory.population, "habitant") if one.territory.population is not None else "",
            hint=one.hint,
        )
        for one in found
    ]


@dataclass(frozen=True)
class Branch:
    """A département of the region with the EPCI that have communes there (an EPCI may be in two)."""

    departement: Territory
    epci: list[Territory]


@dataclass(frozen=True)
class Tree:
    """What one browses: the country, the region, its départements and their EPCI, and the composed territories."""

    wide: list[Territory]
    branches: list[Branch]
    composed: list[Territory]


def tree_of(region: str) -> Tree:
    """The tree of a region (code of the COG) in the current millésime; four queries."""
    current = Millesime.objects.filter(is_current=True).first()
    if current is None:
        return Tree([], [], [])
    pairs = (
        Commune.objects.filter(millesime=current, region=region)
        .exclude(epci="")
        .order_by("departement", "epci")
        .values_list("departement", "epci")
        .distinct()
    )
    inside = defaultdict(set)
    for departement, epci_code in pairs:
        inside[departement].add(epci_code)
    everywhere = Territory.objects.filter(millesime=current)
    epci_codes = set().union(*inside.values()) if inside else set()
    epci = list(everywhere.filter(kind=TerritoryKind.EPCI, code__in=epci_codes).order_by("search", "code"))
    wide = list(
        everywhere.filter(kind__in=(TerritoryKind.DEPARTEMENT, TerritoryKind.REGION, TerritoryKind.COUNTRY)).order_by("code")
    )
    composed = list(everywhere.filter(kind__in=(TerritoryKind.PAYS, TerritoryKind.COMPOSITE)).order_by("search", "code"))
    return Tree(
        wide=[
            one for one in wide if one.kind == TerritoryKind.COUNTRY or (one.kind == TerritoryKind.REGION and one.code == region)
        ],
        branches=[
            Branch(one, [item for item in epci if item.code in inside[one.code]])
            for one in wide
            if one.kind == TerritoryKind.DEPARTEMENT and one.code in inside
        ],
        composed=composed,
    )
