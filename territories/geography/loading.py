"""Writes a millésime of the geography, and switches to it once it is whole.

Rows are compared with those in place: an interrupted load is taken up where it stopped, a correction of the files only
writes what it changes, and a load of what is already there writes nothing. Written in batches with a breath between
them, so that nobody’s form waits. The year in use changes in one last transaction.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection, models, transaction
from django.utils.text import slugify

from territories.geography.carrying import carry_over
from territories.geography.enums import COMPOSED_KINDS, PositionQuality, TerritoryKind
from territories.geography.models import Commune, FormerCode, Millesime, Territory
from territories.geography.operations import refresh_totals
from territories.geography.positions import Place, Positions
from territories.geography.source_files import Geography
from territories.geography.toponymy import core_form, search_form

BATCH: Final = 5_000
PAUSE_SECONDS: Final = 0.05
# A commune belongs to five territories at most: its own, EPCI, département, région, France.
_STANDARD_KINDS: Final = tuple(kind for kind in TerritoryKind if kind not in COMPOSED_KINDS)

# Which standard territory a commune `c` belongs to, for the kind given as parameter. The same text stands in both statements.
_JOIN = """
    INSERT INTO geography_territorycommune (territory_id, commune_id)
    SELECT t.id, c.id
      FROM geography_commune c
      JOIN geography_territory t ON t.millesime_id = c.millesime_id AND t.kind = %(kind)s
       AND t.code = CASE %(kind)s
                    WHEN 'commune' THEN c.code
                    WHEN 'epci' THEN c.epci
                    WHEN 'departement' THEN CASE WHEN c.in_country THEN c.departement ELSE '' END
                    WHEN 'region' THEN CASE WHEN c.in_country THEN c.region ELSE '' END
                    ELSE CASE WHEN c.in_country THEN 'F' ELSE '' END
                    END
     WHERE c.id BETWEEN %(first)s AND %(last)s AND c.millesime_id = %(year)s
    ON CONFLICT DO NOTHING
"""
_LEAVE = """
    DELETE FROM geography_territorycommune
     WHERE commune_id BETWEEN %(first)s AND %(last)s
       AND EXISTS (
           SELECT 1
             FROM geography_territory t
             JOIN geography_commune c ON c.id = geography_territorycommune.commune_id
            WHERE t.id = geography_territorycommune.territory_id
              AND t.millesime_id = %(year)s AND t.kind = %(kind)s
              AND t.code <> CASE %(kind)s
                            WHEN 'commune' THEN c.code
                            WHEN 'epci' THEN c.epci
                            WHEN 'departement' THEN CASE WHEN c.in_country THEN c.departement ELSE '' END
                            WHEN 'region' THEN CASE WHEN c.in_country THEN c.region ELSE '' END
                            ELSE CASE WHEN c.in_country THEN 'F' ELSE '' END
                            END
       )
"""


@dataclass
class LoadReport:
    """What a load did. `lines` are French sentences for whoever started it."""

    year: int
    written: dict[str, int] = field(default_factory=dict)
    became_current: bool = False
    lines: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        return self.became_current or any(self.written.values())


def load(
    geography: Geography,
    positions: Positions,
    *,
    pause: float = PAUSE_SECONDS,
    say: Callable[[str], object] = lambda line: None,
) -> LoadReport:
    """Load a millésime and use it, unless a later one is in use: then it only becomes readable.

    `pause` is the breath, in seconds, after each batch of at most 5 000 rows. `say` is told each stage in French.
    """
    report = LoadReport(geography.year, lines=list(geography.remarks))
    stamp = f"{geography.stamp[:32]}{positions.stamp[:32]}"
    known = Millesime.objects.filter(pk=geography.year).first()
    if known is None or known.stamp != stamp:
        millesime = _opened(geography)
        writer = _Writer(millesime, pause)
        say("Communes…")
        report.written["communes"] = writer.communes(geography, positions)
        report.written["anciens codes"] = writer.former_codes(geography)
        say("Territoires…")
        report.written["territoires"] = writer.territories(geography)
        say("Composition des territoires…")
        report.written["appartenances"] = writer.memberships()
        for territory in Territory.objects.composed().filter(millesime=millesime).order_by("pk"):
            refresh_totals(territory)
    else:
        millesime = known
    _switch(millesime, stamp, report)
    return report


@transaction.atomic
def _opened(geography: Geography) -> Millesime:
    """The row of the year, marked unfinished."""
    texts = {"source": geography.source, "population_label": geography.population_label, "stamp": ""}
    millesime, _ = Millesime.objects.update_or_create(pk=geography.year, defaults=texts)
    return millesime


@transaction.atomic
def _switch(millesime: Millesime, stamp: str, report: LoadReport) -> None:
    """Everything that makes the year the one in use, at once."""
    previous = Millesime.objects.select_for_update().filter(is_current=True).first()
    Millesime.objects.filter(pk=millesime.pk).exclude(stamp=stamp).update(stamp=stamp)
    if previous is not None and previous.pk >= millesime.pk:
        if previous.pk > millesime.pk:
            report.lines.append(f"Le millésime {previous.pk}, plus récent, reste en cours.")
        return
    if previous is not None:
        report.lines += carry_over(previous, millesime)
        Millesime.objects.filter(pk=previous.pk).update(is_current=False)
    Millesime.objects.filter(pk=millesime.pk).update(is_current=True)
    report.became_current = True


class _Writer:
    """The writes of one load, each batch in its transaction."""

    def __init__(self, millesime: Millesime, pause: float) -> None:
        self._millesime = millesime
        self._pause = pause

    def communes(self, geography: Geography, positions: Positions) -> int:
        drawn = self._positions_inside()
        rows = {}
        for row in geography.communes:
            place = positions.by_code.get(row.code)
            if place is None or place.quality == PositionQuality.APPROXIMATE:
                place = drawn.get(row.code, place)
            rows[row.code] = {
                "name": row.name,
                "search": search_form(row.name),
                "departement": row.departement,
                "region": row.region,
                "epci": row.epci,
                "in_country": row.in_country,
                "postal_codes": list(row.postal_codes),
                "population": row.population,
                "longitude": place.longitude if place else None,
                "latitude": place.latitude if place else None,
                "position_quality": str(place.quality if place else PositionQuality.NONE),
            }
        return self._synchronise(Commune, Commune.objects.all(), ("code",), {(code,): values for code, values in rows.items()})

    def former_codes(self, geography: Geography) -> int:
        communes = dict(Commune.objects.filter(millesime=self._millesime).order_by().values_list("code", "pk"))
        rows = {
            (row.code,): {"name": row.name, "kind": str(row.kind), "commune_id": communes[row.commune]}
            for row in geography.formers
        }
        return self._synchronise(FormerCode, FormerCode.objects.all(), ("code",), rows)

    def territories(self, geography: Geography) -> int:
        rows = {}
        for row in geography.territories:
            rows[str(row.kind), row.code] = {
                "name": row.name,
                "nature": row.nature,
                "place": row.place[:200],
                "search": search_form(row.name),
                "core": core_form(row.name),
                "former_names": list(row.former_names),
                "aliases": "".join(f"|{search_form(name)}" for name in row.former_names),
                "slug": slugify(f"{row.name.replace('’', '-')}-{row.code}")[:120],
                "population": row.population,
                "commune_count": row.commune_count,
                "description": row.description,
            }
        standard = Territory.objects.filter(kind__in=_STANDARD_KINDS)
        return self._synchronise(Territory, standard, ("kind", "code"), rows)

    def memberships(self) -> int:
        """Every commune into its standard territories, and out of those it has left."""
        codes = list(Commune.objects.filter(millesime=self._millesime).order_by("pk").values_list("pk", flat=True))
        written = 0
        for batch in _batches(codes, BATCH):
            for kind in _STANDARD_KINDS:
                values = {"kind": str(kind), "first": batch[0], "last": batch[-1], "year": self._millesime.pk}
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(_LEAVE, values)
                    written += cursor.rowcount
                    cursor.execute(_JOIN, values)
                    written += cursor.rowcount
                time.sleep(self._pause)
        return written

    def _positions_inside(self) -> dict[str, Place]:
        """Positions taken from imported outlines: better than an approximation, they stay."""
        rows = Commune.objects.filter(millesime=self._millesime, position_quality=PositionQuality.INSIDE).order_by()
        return {
            code: Place(longitude, latitude, PositionQuality.INSIDE)
            for code, longitude, latitude in rows.values_list("code", "longitude", "latitude")
            if longitude is not None and latitude is not None
        }

    def _synchronise(
        self,
        model: type[models.Model],
        scope: models.QuerySet[Any],
        keys: Sequence[str],
        rows: Mapping[Any, Mapping[str, Any]],
    ) -> int:
        """Make the rows of the millésime those of `rows` (key → values by field); returns how many were written."""
        if not rows:
            return 0
        names = list(next(iter(rows.values())))
        existing = {
            tuple(found[: len(keys)]): (found[-1], found[len(keys) : -1])
            for found in scope.filter(millesime=self._millesime).order_by().values_list(*keys, *names, "pk")
        }
        gone = [pk for key, (pk, _) in existing.items() if key not in rows]
        for batch in _batches(gone, BATCH):
            with transaction.atomic():
                model._default_manager.filter(pk__in=batch).delete()
        stale = [key for key, values in rows.items() if key not in existing or existing[key][1] != tuple(values.values())]
        refreshed = [*names, "updated_at"] if model is Territory else names
        for keys_of_batch in _batches(stale, BATCH):
            with transaction.atomic():
                model._default_manager.bulk_create(
                    [model(millesime=self._millesime, **dict(zip(keys, key, strict=True)), **rows[key]) for key in keys_of_batch],
                    update_conflicts=True,
                    unique_fields=["millesime", *keys],
                    update_fields=refreshed,
                )
            time.sleep(self._pause)
        return len(gone) + len(stale)


def _batches(rows: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]
