"""« Territoires similaires »: those of the same kind, published in the release on line, that look most like this one."""

from dataclasses import dataclass

from django.core.cache import cache

from territories.foundations.formats import apostrophe, compte, nombre
from territories.geography.models import Territory
from territories.observatory.drawings import KEPT_SECONDS
from territories.observatory.models import Release, ReleasedFigure
from territories.observatory.statistics.similar import PROPOSED, Profile, comparable, nearest

# A territory with statistics is read beside others that have some.
TABLES = {True: "jobs_key_figures", False: "key_figures"}


@dataclass(frozen=True)
class Similar:
    """A territory to propose, and the values that make it near, in words."""

    kind: str
    code: str
    name: str
    detail: str


def _profiles(release: Release, kind: str, *, with_jobs: bool) -> list[Profile]:
    """Territories of this kind that have figures, in one query kept until the next release."""
    table = TABLES[with_jobs]
    key = f"similar:{release.pk}:{kind}:{table}"
    found: list[Profile] | None = cache.get(key)
    if found is None:
        rows = ReleasedFigure.objects.filter(release=release, table=table, territory__kind=kind).order_by("territory__code")
        values = rows.values_list("territory__code", "territory__name", "territory__population", "territory__commune_count")
        found = [Profile(code, apostrophe(name), population or 0, communes) for code, name, population, communes in values]
        cache.set(key, found, KEPT_SECONDS)
    return found


def profile_of(territory: Territory) -> Profile:
    return Profile(territory.code, apostrophe(territory.name), territory.population or 0, territory.commune_count)


def described(profile: Profile) -> str:
    """« 67 000 habitants, 3 350 par commune »; the population alone for a single commune."""
    if profile.communes == 1:
        return compte(profile.population, "habitant")
    return f"{compte(profile.population, 'habitant')}, {nombre(profile.mean_size)} par commune"


def similar_territories(territory: Territory, release: Release | None, *, with_jobs: bool) -> list[Similar]:
    """Up to five, the nearest first; none before a first release or for a territory without inhabitants."""
    own = profile_of(territory)
    if release is None or not comparable(own):
        return []
    others = nearest(own, _profiles(release, territory.kind, with_jobs=with_jobs), limit=PROPOSED)
    return [Similar(territory.kind, other.code, other.name, described(other)) for other in others]
