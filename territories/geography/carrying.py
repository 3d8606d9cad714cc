"""What people made in a millésime follows into the next: composed territories and members of territories."""

from territories.geography.enums import COMPOSED_KINDS
from territories.geography.models import Commune, FormerCode, Millesime, Territory, TerritoryCommune, TerritoryMember
from territories.geography.operations import refresh_totals


def carry_over(previous: Millesime, following: Millesime) -> list[str]:
    """Copy composed territories and members into the following millésime; the previous one keeps its own.

    A merged commune becomes the one it merged into. Returns, in French, what did not follow. Does again nothing that was
    done. In the caller’s transaction.
    """
    codes = dict(FormerCode.objects.filter(millesime=following).order_by().values_list("code", "commune_id"))
    codes.update(Commune.objects.filter(millesime=following).order_by().values_list("code", "pk"))
    lines = []
    there = set(Territory.objects.filter(millesime=following, kind__in=COMPOSED_KINDS).values_list("kind", "code"))
    for territory in Territory.objects.filter(millesime=previous, kind__in=COMPOSED_KINDS).order_by("kind", "code"):
        if (territory.kind, territory.code) in there:
            continue
        old = territory.commune_codes()
        lost = [code for code in old if code not in codes]
        if lost:
            lines.append(
                f"«\u00a0{territory.name}\u00a0»\u00a0: communes sans suite en {following.year}, à revoir\u00a0: "
                f"{', '.join(lost)}."
            )
        pks = sorted({codes[code] for code in old if code in codes})
        if not pks:
            continue
        # A copy keeps every word of the original, under a key of its own.
        copy = Territory(
            millesime=following,
            **{name: getattr(territory, name) for name in _KEPT},
        )
        copy.save(force_insert=True)
        TerritoryCommune.objects.bulk_create([TerritoryCommune(territory=copy, commune_id=pk) for pk in pks])
        refresh_totals(copy)
    if previous.outlines.exists() and not following.outlines.exists():
        lines.append(f"Les contours de {previous.year} ne valent pas pour {following.year}\u00a0: chargez ceux de l’année.")
    return lines + _carry_members(previous, following)


_KEPT = ("kind", "code", "name", "nature", "search", "core", "slug", "description", "created_by_id")


def _carry_members(previous: Millesime, following: Millesime) -> list[str]:
    lines = []
    new = {
        (territory.kind, territory.code): territory
        for territory in Territory.objects.filter(
            millesime=following, code__in=TerritoryMember.objects.filter(territory__millesime=previous).values("territory__code")
        )
    }
    for member in (
        TerritoryMember.objects.filter(territory__millesime=previous).select_related("territory", "user").order_by("pk")
    ):
        territory = new.get((member.territory.kind, member.territory.code))
        if territory is None:
            lines.append(
                f"{member.user} n’est plus rattaché(e) à un territoire\u00a0: "
                f"«\u00a0{member.territory.name}\u00a0» n’existe plus."
            )
        else:
            TerritoryMember.objects.get_or_create(territory=territory, user=member.user, defaults={"role": member.role})
    return lines
