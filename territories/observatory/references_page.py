"""The page « Contrôle »: the figures on line (or the draft, while nothing is on line) beside those published by others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.urls import reverse

from territories.foundations.formats import apostrophe, evolution, nombre, points, pourcent
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.counting import levels_beside, read_counts, speakable, territory_tables
from territories.observatory.employment.releasing import employment_of_release, employment_tables, parts_of, plan
from territories.observatory.models import Dataset, ReleasedFigure
from territories.observatory.portrait import current_release
from territories.observatory.references import (
    DEMONSTRATION,
    TABLES,
    Comparison,
    Published,
    compare,
    find_ours,
    printed,
    published_values,
    sirene_facts,
)
from territories.observatory.statistics.tables import Table

Places = Mapping[tuple[str, str], tuple[Territory, Mapping[str, Table]]]


@dataclass(frozen=True)
class Shown:
    """What ours is: the tables by place, where they come from, whether they are invented."""

    places: Places
    origin: str
    dataset: Dataset | None
    is_demonstration: bool = False


def shown_figures(wanted: Iterable[Published]) -> Shown:
    """Our tables of these places. Three queries when something is on line; the draft is computed when nothing is."""
    keys = {one.place for one in wanted if one.code}
    release = current_release()
    dataset = release.dataset if release is not None else Dataset.objects.active()
    if dataset is None:
        return Shown({}, "", None)
    named = Q(pk__in=[])
    for kind, code in keys:
        named |= Q(kind=kind, code=code)
    territories = list(Territory.objects.filter(named, millesime_id=dataset.millesime_id).order_by("kind", "code"))
    tables: dict[Any, dict[str, Table]] = {territory.pk: {} for territory in territories}
    if release is not None:
        figures = ReleasedFigure.objects.filter(release=release, territory__in=territories, table__in=TABLES)
        for territory_id, key, payload in figures.values_list("territory_id", "table", "payload"):
            tables[territory_id][key] = Table.from_json(key, payload)
        origin = f"publication n°\u00a0{release.number}, en ligne"
    else:
        _fill_with_draft(tables, territories, dataset)
        origin = "brouillon\u00a0: rien n’est en ligne, ce sont les jeux actifs"
    invented = dataset.is_demonstration or any(
        table.facts.get("is_demonstration") for own in tables.values() for table in own.values()
    )
    places = {(territory.kind, territory.code): (territory, tables[territory.pk]) for territory in territories}
    return Shown(places, origin, dataset, invented)


def _fill_with_draft(tables: dict[Any, dict[str, Table]], territories: list[Territory], dataset: Dataset) -> None:
    counts = read_counts(dataset)
    subjects = speakable(counts, territories)
    for territory, counted in territory_tables(counts, subjects):
        tables[territory.pk].update(counted.tables)
    measured = [*subjects, *levels_beside(counts, territories)]
    employment = employment_of_release(plan(), parts_of(measured), dataset.millesime_id)
    for territory, with_jobs in employment_tables(employment, measured):
        tables[territory.pk].update(with_jobs)


def comparisons(place: str = "") -> tuple[list[Comparison], Shown, list[tuple[str, str]]]:
    """What the page shows: each published figure beside ours, where ours come from, the places that may be chosen."""
    every = published_values()
    places = list(dict.fromkeys((_place_key(one), one.territory_name) for one in every))
    chosen = [one for one in every if not place or _place_key(one) == place]
    shown = shown_figures(chosen)
    sirene = sirene_facts(None, "", None)
    if shown.dataset is not None:
        year = shown.dataset.workforce_year or shown.dataset.vintage_on.year
        sirene = sirene_facts(year, "Insee, Sirene", shown.dataset.millesime_id)
    found = []
    for one in chosen:
        _, tables = shown.places.get(one.place, (None, {}))
        ours = find_ours(one, tables, sirene=sirene)
        found.append(compare(one, ours, is_demonstration=shown.is_demonstration))
    return found, shown, places


def _place_key(one: Published) -> str:
    return f"{one.kind}:{one.code}" if one.code else one.territory_name


@dataclass(frozen=True)
class Line:
    """A comparison as printed. `gap` is empty when there is none; `sign` is that of a figure without value."""

    label: str
    year: str
    published: str
    ours: str
    ours_year: str
    gap: str
    is_close: bool
    reasons: tuple[str, ...]
    note: str
    source: str
    url: str
    edit: str
    our_source: str


def groups(found: Iterable[Comparison], shown: Shown) -> list[dict[str, Any]]:
    """The lines by territory, in order."""
    result: dict[str, dict[str, Any]] = {}
    for one in found:
        published = one.published
        group = result.setdefault(
            _place_key(published), {"name": apostrophe(published.territory_name), "kind": "", "url": "", "lines": []}
        )
        held = shown.places.get(published.place)
        if held is not None:
            territory = held[0]
            group["kind"] = str(TerritoryKind(territory.kind).label)
            group["url"] = reverse("observatory:portrait", args=[territory.kind, territory.code])
        group["lines"].append(_line(one))
    return list(result.values())


def _line(one: Comparison) -> Line:
    published, ours = one.published, one.ours
    gap = ""
    if one.gap is not None:
        gap = points(one.gap / 100) if one.in_points else evolution(one.gap)
    mine = ""
    if ours is not None:
        figure = ours.figure
        printed_figure = pourcent(figure.value) if one.in_points else nombre(figure.value)
        mine = figure.status.symbol if figure.value is None else printed_figure
    return Line(
        label=published.label,
        year=published.year_note or str(published.year),
        published=printed(published.value, published.unit, published.decimals),
        ours=mine,
        ours_year=str(ours.year) if ours is not None and ours.year else "",
        gap=gap,
        is_close=one.is_close,
        # Said once at the top of the page.
        reasons=tuple(reason for reason in one.reasons if reason != DEMONSTRATION),
        note=published.note,
        source=published.source,
        url=published.url,
        edit=reverse("observatory:reference", args=[published.pk]) if published.pk else "",
        our_source=ours.source if ours is not None else "",
    )
