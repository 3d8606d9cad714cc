"""Writes that people ask for: composing a territory, attaching somebody to one. Each checks, writes and tells the journal."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.utils.text import slugify

from territories.access.enums import Capability
from territories.access.policy import check
from territories.foundations.formats import apostrophe, nombre
from territories.foundations.journal.operations import SYSTEM, record
from territories.geography.enums import COMPOSED_KINDS, TerritoryKind, TerritoryRole
from territories.geography.models import Commune, Millesime, Territory, TerritoryCommune, TerritoryMember
from territories.geography.toponymy import core_form, search_form

if TYPE_CHECKING:
    from territories.access.models import User

_BATCH: Final = 5_000
# Words of our own addresses.
_RESERVED: Final = frozenset({"nouveau"})
_CODE_LENGTH: Final = 50
_PLACE_LENGTH: Final = 200


class CompositionRefused(Exception):
    """What was asked cannot be done. The text is a French sentence for the person; `field` names the field, or nothing."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def compose_territory(
    *,
    name: str,
    kind: TerritoryKind | str,
    communes: Collection[str] = (),
    epci: Collection[str] = (),
    description: str = "",
    by: "User | None",
    code: str = "",
) -> Territory:
    """A Pays or a territoire de projet of the current millésime, with these communes and all those of these EPCI.

    Its code, which is also its address, comes from the name and stays when the name changes. `by=None` is the application
    itself. Raises CompositionRefused (no name, name taken, unknown code), Denied.
    """
    if by is not None:
        check(by, Capability.COMPOSE_TERRITORY)
    kind = TerritoryKind(kind)
    if kind not in COMPOSED_KINDS:
        raise CompositionRefused("Seuls un Pays ou un territoire de projet se composent ici.", "kind")
    with transaction.atomic():
        # Held to the end: two people giving the same name at once wait for each other.
        millesime = Millesime.objects.select_for_update().current()
        name = _free_name(millesime, name)
        code = _free_code(millesime, code or slugify(name.replace("’", "-")))
        territory = Territory.objects.create(
            millesime=millesime,
            kind=kind,
            code=code,
            slug=code,
            description=description.strip(),
            created_by=by,
            **_names(name),
        )
        record("territory_composed", f"{_who(by)} a composé «\u00a0{name}\u00a0».", by=by, target=territory)
        _put(territory, _communes_of(millesime, communes, epci))
    return territory


@transaction.atomic
def describe_territory(territory: Territory, *, name: str, description: str, by: "User") -> Territory:
    """Change the name and the presentation; the address stays. Raises CompositionRefused, Denied."""
    territory = _held(territory, by)
    name = _free_name(territory.millesime, name, territory)
    before = territory.name
    for field, value in _names(name).items():
        setattr(territory, field, value)
    territory.description = description.strip()
    territory.save(update_fields=["name", "search", "core", "description", "updated_at"])
    said = (
        f"{by} a renommé «\u00a0{before}\u00a0» en «\u00a0{name}\u00a0»."
        if before != name
        else f"{by} a modifié la présentation de «\u00a0{name}\u00a0»."
    )
    record("territory_described", said, by=by, target=territory)
    return territory


@transaction.atomic
def add_to_territory(
    territory: Territory, *, communes: Collection[str] = (), epci: Collection[str] = (), by: "User"
) -> list[Commune]:
    """Add communes, and every commune of EPCI; those already there change nothing. Returns the added ones."""
    territory = _held(territory, by)
    wanted = _communes_of(territory.millesime, communes, epci)
    there = set(territory.memberships.values_list("commune_id", flat=True))
    added = [commune for commune in wanted if commune.pk not in there]
    if added:
        _put(territory, added)
        sentence = f"{by} a ajouté à «\u00a0{territory.name}\u00a0»\u00a0: {_said(added)}."
        record("territory_enlarged", sentence, by=by, target=territory)
    return added


@transaction.atomic
def remove_from_territory(
    territory: Territory, *, communes: Collection[str] = (), epci: Collection[str] = (), by: "User"
) -> list[Commune]:
    """Take communes out, and those of EPCI; those that are not there change nothing. Returns the ones taken out."""
    territory = _held(territory, by)
    wanted = {commune.pk: commune for commune in _communes_of(territory.millesime, communes, epci)}
    there = territory.memberships.filter(commune_id__in=wanted)
    removed = [wanted[pk] for pk in there.order_by("commune__search", "commune__code").values_list("commune_id", flat=True)]
    if removed:
        there.delete()
        refresh_totals(territory)
        sentence = f"{by} a retiré de «\u00a0{territory.name}\u00a0»\u00a0: {_said(removed)}."
        record("territory_reduced", sentence, by=by, target=territory)
    return removed


@transaction.atomic
def delete_territory(territory: Territory, *, by: "User") -> None:
    """Erase a composed territory of the current millésime. The journal keeps what it held."""
    territory = _held(territory, by)
    details = {"kind": territory.kind, "code": territory.code, "communes": territory.commune_codes()}
    record("territory_deleted", f"{by} a supprimé «\u00a0{territory.name}\u00a0».", by=by, target=territory, details=details)
    territory.delete()


@transaction.atomic
def attach_member(territory: Territory, *, user: "User", role: TerritoryRole | str, by: "User") -> TerritoryMember:
    """Say what somebody is on a territory; a second time, only the role changes. Raises Denied."""
    check(by, Capability.COMPOSE_TERRITORY)
    role = TerritoryRole(role)
    member, created = TerritoryMember.objects.select_for_update().get_or_create(
        territory=territory, user=user, defaults={"role": role}
    )
    if not created and member.role == role:
        return member
    if not created:
        member.role = role
        member.save(update_fields=["role"])
    sentence = f"{by} a rattaché {user} à «\u00a0{territory.name}\u00a0» ({role.label.lower()})."
    record("territory_member_attached", sentence, by=by, target=territory)
    return member


@transaction.atomic
def detach_member(member: TerritoryMember, *, by: "User") -> None:
    """End somebody’s attachment to a territory. Raises Denied."""
    check(by, Capability.COMPOSE_TERRITORY)
    sentence = f"{by} a détaché {member.user} de «\u00a0{member.territory.name}\u00a0»."
    record("territory_member_detached", sentence, by=by, target=member.territory)
    member.delete()


def _who(by: "User | None") -> str:
    return str(by) if by is not None else SYSTEM


def _held(territory: Territory, by: "User") -> Territory:
    """The row, locked, once the person may change it."""
    held = Territory.objects.select_for_update(of=("self",)).select_related("millesime").get(pk=territory.pk)
    check(by, Capability.COMPOSE_TERRITORY, held)
    return held


def _free_name(millesime: Millesime, name: str, itself: Territory | None = None) -> str:
    """The name as it will be kept. Two territories that people would search alike are refused."""
    name = apostrophe(" ".join(name.split()))
    if not search_form(name):
        raise CompositionRefused("Donnez un nom au territoire.", "name")
    others = Territory.objects.filter(millesime=millesime, search=search_form(name)).exclude(kind=TerritoryKind.COMMUNE)
    if itself is not None:
        others = others.exclude(pk=itself.pk)
    other = others.order_by("kind", "code").first()
    if other is not None:
        raise CompositionRefused(f"«\u00a0{other.name}\u00a0» existe déjà ({other.kind_label}). Choisissez un autre nom.", "name")
    return name


def _free_code(millesime: Millesime, wanted: str) -> str:
    """`wanted`, or `wanted-2`, -3… : free among all composed territories, whatever their kind."""
    wanted = wanted[:_CODE_LENGTH].strip("-") or "territoire"
    taken = _RESERVED | set(
        Territory.objects.composed().filter(millesime=millesime, code__startswith=wanted).values_list("code", flat=True)
    )
    code, rank = wanted, 1
    while code in taken:
        rank += 1
        code = f"{wanted}-{rank}"
    return code


def _names(name: str) -> dict[str, str]:
    return {"name": name, "search": search_form(name), "core": core_form(name)}


def _communes_of(millesime: Millesime, communes: Collection[str], epci: Collection[str]) -> list[Commune]:
    """Communes by code and by EPCI. Raises CompositionRefused for a code that the millésime does not know."""
    rows = Commune.objects.filter(millesime=millesime).order_by("search", "code")
    named = list(rows.filter(code__in=communes)) if communes else []
    grouped = list(rows.filter(epci__in=epci).exclude(epci="")) if epci else []
    unknown = set(communes) - {row.code for row in named} | set(epci) - {row.epci for row in grouped}
    if unknown:
        raise CompositionRefused(
            f"Code inconnu de la {millesime}\u00a0: {', '.join(sorted(unknown))}. Cherchez la commune par son nom."
        )
    return list({row.pk: row for row in [*grouped, *named]}.values())


def _put(territory: Territory, communes: Iterable[Commune]) -> None:
    rows = [TerritoryCommune(territory=territory, commune=commune) for commune in communes]
    TerritoryCommune.objects.bulk_create(rows, batch_size=_BATCH, ignore_conflicts=True)
    refresh_totals(territory)


def refresh_totals(territory: Territory) -> None:
    """Population, number of communes and situation, from the communes it holds now."""
    rows = list(Commune.objects.filter(memberships__territory=territory).values_list("departement", "population"))
    known = [population for _, population in rows if population is not None]
    people: dict[str, int] = {}
    for departement, population in rows:
        people[departement] = people.get(departement, 0) + (population or 0)
    names = dict(
        Territory.objects.filter(millesime=territory.millesime_id, kind=TerritoryKind.DEPARTEMENT, code__in=people).values_list(
            "code", "name"
        )
    )
    territory.population = sum(known) if known else None
    territory.commune_count = len(rows)
    territory.place = ", ".join(names[code] for code in sorted(people, key=lambda code: (-people[code], code)) if code in names)[
        :_PLACE_LENGTH
    ]
    territory.save(update_fields=["population", "commune_count", "place", "updated_at"])


def _said(communes: list[Commune]) -> str:
    """« Nantes, Rezé » or « Nantes, Rezé, Bouaye et 21 autres communes »."""
    if len(communes) <= 4:
        return ", ".join(commune.name for commune in communes)
    shown = ", ".join(commune.name for commune in communes[:3])
    return f"{shown} et {nombre(len(communes) - 3)} autres communes"
