"""Which territory a person means by a code on a command line.

A text such as « 52 » is both a région and a département: the reading inside the région of this CRESS wins, and the other one is
told, never silently dropped.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from django.conf import settings

from territories.geography.enums import COMPOSED_KINDS, TerritoryKind
from territories.geography.models import Commune, Millesime, Territory
from territories.geography.queries import resolve_code

# « DEP-44 », « REG-52 », « EPCI-… », « COM-… »: the forms that leave no doubt.
_EXPLICIT = re.compile(r"^(COM|EPCI|DEP|REG)-(.+)$", re.IGNORECASE)
_PREFIXES = {
    "COM": TerritoryKind.COMMUNE,
    "EPCI": TerritoryKind.EPCI,
    "DEP": TerritoryKind.DEPARTEMENT,
    "REG": TerritoryKind.REGION,
}
_SUGGESTIONS = 5


class UnknownTerritory(Exception):
    """No territory answers to the text. Its own text is a French sentence with the nearest ones."""


@dataclass(frozen=True)
class Reading:
    """The territory meant, and sentences about what else the text could have meant."""

    territory: Territory
    remarks: tuple[str, ...] = ()


def explicit_code(territory: Territory) -> str:
    """The unambiguous form of the code of a territory: « DEP-44 », « REG-52 », « 244400552 », « F », a slug."""
    if territory.kind in COMPOSED_KINDS:
        return territory.slug
    prefix = {TerritoryKind.DEPARTEMENT: "DEP-", TerritoryKind.REGION: "REG-"}.get(TerritoryKind(territory.kind), "")
    return f"{prefix}{territory.code}"


def _described(territory: Territory) -> str:
    label = str(TerritoryKind(territory.kind).label)
    kind = label if territory.kind == TerritoryKind.EPCI else label[0].lower() + label[1:]
    return f"{territory.name} ({kind}, {explicit_code(territory)})"


def _is_home(territory: Territory) -> bool:
    """True for the région of this CRESS and its départements."""
    if territory.kind == TerritoryKind.REGION:
        return territory.code == settings.CRESS_REGION
    return Commune.objects.filter(
        millesime=territory.millesime_id, departement=territory.code, region=settings.CRESS_REGION
    ).exists()


def _choose(found: Sequence[Territory]) -> Reading:
    """One of several territories of the same code: the one at home, else the département, else the first."""
    chosen, *others = sorted(found, key=lambda one: (not _is_home(one), one.kind != TerritoryKind.DEPARTEMENT, one.kind))
    remarks = tuple(
        f"«\u00a0{chosen.code}\u00a0» est lu comme {_described(chosen)}. Autre lecture possible\u00a0: {_described(other)}."
        for other in others
    )
    return Reading(chosen, remarks)


def _nearest(text: str, millesime: Millesime) -> str:
    found = list(Territory.objects.search(text)[:_SUGGESTIONS])
    if not found:
        named = Territory.objects.filter(millesime=millesime)
        codes = named.exclude(kind=TerritoryKind.COMMUNE).order_by("kind", "code").values_list("code", flat=True)
        close = get_close_matches(text, list(codes), n=_SUGGESTIONS, cutoff=0.7)
        found = list(named.filter(code__in=close).order_by("search", "kind", "code"))
    if not found:
        return (
            "Donnez le code d’une commune, d’un EPCI (SIREN), d’un département, d’une région, "
            "«\u00a0F\u00a0» pour la France, ou l’adresse d’un Pays."
        )
    return "Vouliez-vous dire\u00a0: " + "\u00a0; ".join(_described(territory) for territory in found) + "\u00a0?"


def read_code(text: str, millesime: Millesime) -> Reading:
    """The territory that `text` names in this millésime.

    Codes are those of the COG, the SIREN of an EPCI, « F », the slug of a composed territory, or an explicit « DEP-44 »,
    « REG-52 », « COM-… », « EPCI-… ». A former commune code gives the commune of today, with a remark. Raises
    UnknownTerritory.
    """
    code = text.strip()
    explicit = _EXPLICIT.match(code)
    kind = _PREFIXES[explicit[1].upper()] if explicit else None
    bare = explicit[2].strip() if explicit else code
    found = resolve_code(f"{kind.value}:{bare}" if kind else bare, millesime=millesime) if bare else []
    if not found and kind is not None:
        # « com-… » may also be the beginning of a slug.
        found = resolve_code(code, millesime=millesime)
    if not found:
        raise UnknownTerritory(f"Aucun territoire ne répond à «\u00a0{code}\u00a0». {_nearest(bare, millesime)}")
    reading = _choose(found) if len(found) > 1 else Reading(found[0])
    territory = reading.territory
    if territory.kind == TerritoryKind.COMMUNE and territory.code != bare.upper():
        remark = f"«\u00a0{bare}\u00a0» est un ancien code\u00a0: la commune est aujourd’hui {_described(territory)}."
        return Reading(territory, (*reading.remarks, remark))
    return reading
