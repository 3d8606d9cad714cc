"""What a publication would change in statistics with jobs, and what the primary mask would hide: read before the act."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db.models import Count

from territories.foundations.formats import compte, enumerate_fr, nombre
from territories.foundations.rendering.document import Column
from territories.foundations.rendering.document import Table as ShownTable
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Status
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Millesime, Territory, TerritoryCommune
from territories.geography.queries import scope_codes
from territories.observatory.employment.gathering import Geography, cells_of, mask
from territories.observatory.employment.permits import PERMIT_KINDS, Allowance
from territories.observatory.employment.reading import read_all
from territories.observatory.employment.releasing import Part, Plan, employment_of_draft, permit_sentence
from territories.observatory.enums import DiffusionPolicy
from territories.observatory.models import Dataset, Observation, Release, ReleasedFigure
from territories.observatory.statistics.employment.cells import JobKey
from territories.observatory.statistics.figures import UNAVAILABLE, Figure, FigureJson, difference
from territories.observatory.statistics.tables import TABLE_TITLES

# How many EPCI stand beside the région before publishing: the most populated.
SHOWN_EPCI: Final = 5
# Below this many observations the masked cells are counted at once, above only when somebody asks.
QUICK_OBSERVATIONS: Final = 200_000
_KEPT_SECONDS: Final = 24 * 3600
_LEVELS: Final = {
    TerritoryKind.COMMUNE: "commune",
    TerritoryKind.EPCI: "EPCI",
    TerritoryKind.PAYS: "Pays",
    TerritoryKind.DEPARTEMENT: "département",
    TerritoryKind.REGION: "région",
    TerritoryKind.COUNTRY: "France",
}
_INVARIABLE: Final = frozenset({"EPCI", "Pays", "France"})


@dataclass(frozen=True)
class StatisticsLine:
    """A dataset of statistics on the page of publications: what will be published of it, or why nothing will."""

    dataset: Dataset
    levels: str
    words: str
    is_published: bool
    is_online: bool
    needs_permit: bool


@dataclass(frozen=True)
class StatisticsPreview:
    """Statistics with jobs before publishing. `gone` are those on line that the next publication will no longer show."""

    lines: tuple[StatisticsLine, ...]
    gone: tuple[Dataset, ...]
    changes: ShownTable | None

    @property
    def nothing_new(self) -> bool:
        return not self.gone and all(line.is_online for line in self.lines if line.is_published)


def levels_of(dataset: Dataset) -> dict[str, int]:
    """How many places of each level a dataset names. Counted once: a loaded dataset does not change."""
    key = f"statistics-levels:{dataset.pk}"
    found: dict[str, int] | None = cache.get(key)
    if found is None:
        rows = Observation.objects.filter(dataset=dataset).order_by().values("kind").annotate(n=Count("code", distinct=True))
        found = {row["kind"]: row["n"] for row in rows}
        cache.set(key, found, _KEPT_SECONDS)
    return found


def _levels_words(dataset: Dataset) -> str:
    found = levels_of(dataset)
    words = []
    for kind, word in _LEVELS.items():
        if count := found.get(kind.value):
            words.append(word if kind == TerritoryKind.COUNTRY else _counted(count, word))
    return enumerate_fr(words)


def _counted(count: int, word: str) -> str:
    return f"{nombre(count)}\u00a0{word}" if word in _INVARIABLE else compte(count, word)


def _line(allowance: Allowance, online: set[object]) -> StatisticsLine:
    dataset = allowance.dataset
    words = {
        DiffusionPolicy.PUBLIC: "Données ouvertes\u00a0: publiées telles quelles.",
        DiffusionPolicy.MASKED: "Publié avec le masque du producteur, dans tout ce qui en est tiré.",
        DiffusionPolicy.COMPLETE: permit_sentence(allowance)
        or "Livré complet, sans autorisation en vigueur\u00a0: rien n’en sera publié.",
    }[DiffusionPolicy(dataset.policy)]
    return StatisticsLine(
        dataset=dataset,
        levels=_levels_words(dataset),
        words=words,
        is_published=not allowance.is_empty,
        is_online=dataset.pk in online,
        needs_permit=allowance.is_complete,
    )


def _shown_territories(millesime: int) -> list[Part]:
    """The région and its most populated EPCI, with their communes. Two queries."""
    region = settings.CRESS_REGION
    inside = Commune.objects.filter(millesime_id=millesime, region=region).exclude(epci="").values("epci")
    territories = [
        *Territory.objects.filter(millesime_id=millesime, kind=TerritoryKind.REGION, code=region),
        *Territory.objects.filter(millesime_id=millesime, kind=TerritoryKind.EPCI, code__in=inside).order_by(
            "-population", "code"
        )[:SHOWN_EPCI],
    ]
    return _with_communes(territories)


def _with_communes(territories: Sequence[Territory]) -> list[Part]:
    """One query."""
    held: dict[object, list[str]] = {territory.pk: [] for territory in territories}
    links = TerritoryCommune.objects.filter(territory__in=territories).order_by("commune__search", "commune__code")
    for territory_id, code in links.values_list("territory_id", "commune__code"):
        held[territory_id].append(code)
    return [(territory, held[territory.pk]) for territory in territories]


def _online_jobs(release: Release | None, territories: Iterable[Territory]) -> dict[object, Figure]:
    if release is None:
        return {}
    rows = ReleasedFigure.objects.filter(release=release, territory__in=list(territories), table="jobs_key_figures")
    found = {}
    for territory_id, payload in rows.values_list("territory_id", "payload"):
        cell: FigureJson | None = next((row["cells"]["value"] for row in payload["rows"] if row["key"] == "jobs"), None)
        if cell is not None:
            found[territory_id] = Figure.from_json(cell)
    return found


def _changes(plan: Plan, release: Release | None, millesime: int) -> ShownTable | None:
    """The jobs of the ESS of the région and of a few EPCI, on line and to publish; None when neither says anything."""
    parts = _shown_territories(millesime)
    before = _online_jobs(release, [territory for territory, _ in parts])
    employment = employment_of_draft(_latest(plan), parts, millesime, totals_only=True)
    rows = []
    for territory, _ in parts:
        old = before.get(territory.pk, UNAVAILABLE)
        new = employment.headline_jobs(territory)
        if old.known or new.known or new.status is not Status.UNAVAILABLE:
            rows.append((territory.name, *(_value(figure) for figure in (old, new, difference(new, old)))))
    if not rows:
        return None
    columns = (Column("Territoire"), Column("En ligne", "number"), Column("À publier", "number"), Column("Écart", "number"))
    return ShownTable("Emplois salariés de l’ESS, en ligne et à publier", columns, tuple(rows))


def _latest(plan: Plan) -> Plan:
    """The last year of each series that may be published: enough for a headline."""
    found = [one for one in plan.allowances if not one.is_empty]
    last = {one.dataset.series: one.dataset.year for one in sorted(found, key=lambda one: one.dataset.year or 0)}
    return Plan(tuple(one for one in found if one.dataset.year == last[one.dataset.series]))


def _value(figure: Figure) -> Value:
    return Value(figure.value, figure.status)


def preview_statistics(plan: Plan, release: Release | None, millesime: int) -> StatisticsPreview:
    """What the next publication would show of statistics with jobs, and what would change."""
    shown = [] if release is None else list(Dataset.objects.filter(release_sources__release=release).order_by("year", "source"))
    online = {dataset.pk for dataset in shown}
    recent_first = sorted(plan.allowances, key=lambda one: (one.dataset.series, -(one.dataset.year or 0), one.dataset.source))
    lines = tuple(_line(allowance, online) for allowance in recent_first)
    kept = {line.dataset.pk for line in lines if line.is_published}
    gone = tuple(dataset for dataset in shown if dataset.pk not in kept)
    changes = _changes(plan, release, millesime) if plan.allowances or shown else None
    return StatisticsPreview(lines, gone, changes)


# --- What the primary mask would hide ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class MaskCount:
    """Cells of a table at a level: how many there are, and how many the primary mask would hide."""

    table: str
    kind: str
    cells: int
    masked: int


def _table_of(key: JobKey) -> str:
    if key.sex or key.age:
        return "jobs_people"
    if key.family:
        return "jobs_families"
    if key.sector:
        return "jobs_sectors"
    return "jobs_sizes" if key.size else "jobs_key_figures"


def is_quick(dataset: Dataset) -> bool:
    """Whether the count of masked cells is a matter of a second or two."""
    key = f"statistics-size:{dataset.pk}"
    size: int | None = cache.get(key)
    if size is None:
        size = Observation.objects.filter(dataset=dataset).count()
        cache.set(key, size, _KEPT_SECONDS)
    return size <= QUICK_OBSERVATIONS or cache.get(_mask_key(dataset)) is not None


def _mask_key(dataset: Dataset) -> str:
    rules = ",".join(f"{name}={value}" for name, value in sorted(dataset.rules.items()))
    return f"statistics-mask:{dataset.pk}:{rules}"


def mask_counts(dataset: Dataset) -> list[MaskCount]:
    """Cells and masked cells by table and level, the mask of the dataset applied to all that a permit could let out.

    Reads the whole dataset the first time, then is kept for a day.
    """
    key = _mask_key(dataset)
    kept: list[MaskCount] | None = cache.get(key)
    if kept is not None:
        return kept
    geography = Geography.read(dataset.millesime_id)
    made = geography.made(_permitted_parts(dataset))
    cells = cells_of(dataset, geography, made.values(), read_all)
    held: Counter[tuple[str, str]] = Counter()
    masked: Counter[tuple[str, str]] = Counter()
    for place, figures in mask(dataset, cells).items():
        for cell, measures in figures.items():
            counted = (_table_of(cell), place[0])
            held[counted] += 1
            masked[counted] += any(figure.status is Status.SECRET for figure in measures.values())
    counts = [
        MaskCount(table, kind.value, held[table, kind.value], masked[table, kind.value])
        for table in ("jobs_key_figures", "jobs_families", "jobs_sectors", "jobs_sizes", "jobs_people")
        for kind in PERMIT_KINDS
        if held[table, kind.value]
    ]
    cache.set(key, counts, _KEPT_SECONDS)
    return counts


def _permitted_parts(dataset: Dataset) -> list[Part]:
    """The territories of the levels that a permit may name, in the région of a dataset. Three queries."""
    millesime = Millesime.objects.get(pk=dataset.millesime_id)
    scope = scope_codes(millesime, dataset.region)
    territories = Territory.objects.filter(millesime=millesime, kind__in=PERMIT_KINDS)
    communes = [one for one in territories.filter(kind=TerritoryKind.COMMUNE) if one.code in scope]
    above = _with_communes(list(territories.exclude(kind=TerritoryKind.COMMUNE)))
    return [*((one, [one.code]) for one in communes), *((one, codes) for one, codes in above if not scope.isdisjoint(codes))]


def mask_table(counts: Sequence[MaskCount]) -> ShownTable:
    """The count as a table: one line by table, one column by level, « masquées sur cases »."""
    kinds = [kind for kind in PERMIT_KINDS if any(count.kind == kind for count in counts)]
    found = {(count.table, count.kind): count for count in counts}
    rows = []
    for table in dict.fromkeys(count.table for count in counts):
        cells: list[str] = [TABLE_TITLES[table]]
        for kind in kinds:
            one = found.get((table, kind.value))
            cells.append("–" if one is None else f"{nombre(one.masked)} sur {nombre(one.cells)}")
        rows.append(tuple(cells))
    columns = (Column("Tableau"), *(Column(str(kind.label)) for kind in kinds))
    total = sum(count.masked for count in counts)
    note = f"{compte(total, 'case masquée', 'cases masquées')} par le secret primaire. Les communes, l’évolution et les analyses "
    note += "sont tirées de ces cases\u00a0: ce qui y est masqué l’est aussi."
    return ShownTable("Cases masquées par le secret primaire, par tableau et par niveau", columns, tuple(rows), notes=(note,))
