"""Questions about the geography that are not about one territory."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from territories.geography.enums import COMPOSED_KINDS, COUNTRY_CODE, PositionQuality, TerritoryKind
from territories.geography.models import Commune, FormerCode, Millesime, Outline, Territory
from territories.geography.querysets import RANK_FORMER, RANK_OTHER
from territories.geography.toponymy import search_form

if TYPE_CHECKING:
    # Longitude and latitude in degrees (WGS 84).
    Position = tuple[float, float]
    # Coordinates of a GeoJSON MultiPolygon.
    Polygons = list[list[list[list[float]]]]

# Past this many codes a whole millésime is read and sifted here: quicker than a very long IN.
_MANY = 2_000

_POSTAL_LENGTH = 5

_PREFIX = re.compile(r"^(?P<kind>[^\W\d_]+)\s*[:/]\s*(?P<code>.+)$")
# How people name a kind in front of a code, folded by str.casefold without accents where it has some.
_KIND_WORDS = {
    "commune": TerritoryKind.COMMUNE,
    "epci": TerritoryKind.EPCI,
    "pays": TerritoryKind.PAYS,
    "composite": TerritoryKind.COMPOSITE,
    "projet": TerritoryKind.COMPOSITE,
    "dep": TerritoryKind.DEPARTEMENT,
    "departement": TerritoryKind.DEPARTEMENT,
    "département": TerritoryKind.DEPARTEMENT,
    "reg": TerritoryKind.REGION,
    "region": TerritoryKind.REGION,
    "région": TerritoryKind.REGION,
    "france": TerritoryKind.COUNTRY,
    "country": TerritoryKind.COUNTRY,
}
_RESOLVE_ORDER = [kind.value for kind in TerritoryKind]


def resolve_code(text: str, *, millesime: Millesime | None = None) -> list[Territory]:
    """The territories that a code or the slug of a composed territory names, in the current millésime by default.

    Usually one, none for an unknown code, two when a département and a région share it (« 52 »): « region:52 » or
    « dep:52 » tells them apart. A former code gives today’s commune. « F » and « France » are the country.
    """
    text = text.strip()
    kinds = list(TerritoryKind)
    if match := _PREFIX.match(text):
        kind = _KIND_WORDS.get(match["kind"].casefold())
        if kind is None:
            return []
        kinds, text = [kind], match["code"].strip()
    code = text.upper() if text[:1].isdigit() else text
    if text.casefold() in {"f", "france"}:
        code = COUNTRY_CODE
    territories = Territory.objects.at(millesime).select_related("millesime")
    named = Q(code=code) | Q(kind__in=COMPOSED_KINDS, slug=text.casefold())
    found = list(territories.filter(named, kind__in=kinds))
    if not found and TerritoryKind.COMMUNE in kinds:
        formers = FormerCode.objects.filter(code=code)
        formers = formers.filter(millesime__is_current=True) if millesime is None else formers.filter(millesime=millesime)
        found = list(territories.filter(kind=TerritoryKind.COMMUNE, code__in=formers.values("commune__code")))
    return sorted(found, key=lambda territory: (_RESOLVE_ORDER.index(territory.kind), territory.code))


@dataclass(frozen=True)
class Found:
    """A territory of a search; `hint` says in French why, when its name does not show it."""

    territory: Territory
    hint: str = ""


def search_territories(text: str, *, kinds: Collection[TerritoryKind | str] = (), limit: int = 20) -> list[Found]:
    """The likeliest territories of the current millésime, with what made them found. Two queries at most.

    Composed territories still without communes are left out.
    """
    found = Territory.objects.search(text).exclude(kind__in=COMPOSED_KINDS, commune_count=0)
    if kinds:
        found = found.filter(kind__in=kinds)
    territories = list(found[:limit])
    words = search_form(text)
    figures = words.replace(" ", "").upper()
    formers = {}
    if figures[:1].isdigit() and any(territory.rank == RANK_FORMER for territory in territories):
        formers = dict(FormerCode.objects.filter(millesime__is_current=True, code=figures).values_list("commune__code", "name"))
    return [Found(territory, _hint(territory, words, figures, formers)) for territory in territories]


def _hint(territory: Territory, words: str, figures: str, formers: dict[str, str]) -> str:
    if figures[:1].isdigit():
        if territory.code == figures:
            return ""
        if territory.code in formers and territory.rank == RANK_FORMER:
            name = formers[territory.code]
            return f"ancien code {figures} ({name})" if name else f"ancien code {figures}"
        return f"code postal {figures}" if len(figures) == _POSTAL_LENGTH else f"codes postaux {figures}…"
    if territory.rank != RANK_OTHER:
        return ""
    name = next((name for name in territory.former_names if f" {words}" in f" {search_form(name)}"), "")
    return f"avec {name}" if name else ""


def commune_lookup(millesime: Millesime) -> dict[str, str]:
    """Any code ever met (current, former, déléguée, associée, arrondissement municipal) to the current commune’s. Two queries."""
    lookup = dict(FormerCode.objects.filter(millesime=millesime).order_by().values_list("code", "commune__code"))
    lookup.update((code, code) for code in Commune.objects.filter(millesime=millesime).order_by().values_list("code", flat=True))
    return lookup


def scope_codes(millesime: Millesime, region: str) -> set[str]:
    """Communes of a région and every commune of every EPCI that touches it: the perimeter of a regional import."""
    inside = Commune.objects.filter(millesime=millesime, region=region).order_by()
    touching = inside.exclude(epci="").values("epci")
    scope = Commune.objects.filter(Q(region=region) | Q(epci__in=touching), millesime=millesime)
    return set(scope.order_by().values_list("code", flat=True))


def _among(rows: QuerySet[Any], codes: Collection[str]) -> QuerySet[Any]:
    return rows.filter(code__in=codes) if len(codes) <= _MANY else rows


def _rows_of(millesime: Millesime | None) -> QuerySet[Commune]:
    communes = Commune.objects.order_by("code")
    return communes.filter(millesime__is_current=True) if millesime is None else communes.filter(millesime=millesime)


def positions_for(codes: Iterable[str], *, millesime: Millesime | None = None) -> dict[str, "Position"]:
    """Commune code → (longitude, latitude), in degrees, of the communes of `codes` whose position is known. One query."""
    wanted = set(codes)
    known = _among(_rows_of(millesime).exclude(longitude=None), wanted)
    return {
        code: (longitude, latitude)
        for code, longitude, latitude in known.values_list("code", "longitude", "latitude")
        if code in wanted
    }


def approximate_positions(codes: Iterable[str], *, millesime: Millesime | None = None) -> frozenset[str]:
    """Those of `codes` whose position is only approached: a map must say so."""
    wanted = set(codes)
    rows = _among(_rows_of(millesime).filter(position_quality=PositionQuality.APPROXIMATE), wanted)
    return frozenset(code for code in rows.values_list("code", flat=True) if code in wanted)


def outlines_for(
    codes: Iterable[str], *, kind: TerritoryKind | str = TerritoryKind.COMMUNE, millesime: Millesime | None = None
) -> dict[str, "Polygons"]:
    """Code → polygons (coordinates of a GeoJSON MultiPolygon) of the territories of `codes` whose outline was imported."""
    wanted = set(codes)
    outlines = Outline.objects.filter(kind=TerritoryKind(kind)).order_by("code")
    outlines = outlines.filter(millesime__is_current=True) if millesime is None else outlines.filter(millesime=millesime)
    return {code: rings for code, rings in _among(outlines, wanted).values_list("code", "rings") if code in wanted}


def outline_sources(*, millesime: Millesime | None = None) -> list[str]:
    """What the imported outlines come from, for the source line of a map."""
    outlines = Outline.objects.order_by("source")
    outlines = outlines.filter(millesime__is_current=True) if millesime is None else outlines.filter(millesime=millesime)
    return list(outlines.values_list("source", flat=True).distinct())
