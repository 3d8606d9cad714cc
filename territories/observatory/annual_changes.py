"""What a year changes from the one before: totals by level and famille, movers, communes, perimeter, breaks. For the team.

Reads the observations as delivered: a hidden cell stays hidden, and a change is computed only when both years are known, of
one perimeter and without a declared break.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.db.models import Sum

from territories.foundations.formats import compte, enumerate_fr, nombre
from territories.foundations.rendering.document import Column, Table
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import EssFamily, Status
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.enums import Champ, DatasetState, EssPerimeter
from territories.observatory.models import Dataset, Observation

MOVERS: Final = 5
NAMED: Final = 12
# Below this many jobs a change says nothing.
LEAST_JOBS: Final = 50
_LEVELS: Final = (TerritoryKind.REGION, TerritoryKind.DEPARTEMENT, TerritoryKind.COUNTRY)
_FAMILIES: Final = {family.value: family.plural for family in EssFamily}
_WHOLE: Final[dict[str, str]] = {
    "division": "", "activity": "", "size_class": "", "sex": "", "age_class": "", "csp": "", "sub_family": "",
}  # fmt: skip
_Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Changes:
    """One comparison of two datasets as the page shows it."""

    title: str
    before: Dataset
    after: Dataset
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Cell:
    value: float | None
    status: str


def statistics_changes(year: int, source: str) -> Changes | None:
    """The dataset in use of a source for `year` (or the last one before) against the year before; None without two years."""
    rows = list(
        Dataset.objects.filter(source=source, region=settings.CRESS_REGION, state=DatasetState.ACTIVE, year__lte=year)
        .select_related("millesime")
        .order_by("-year")[:2]
    )
    if len(rows) < 2:
        return None
    after, before = rows
    old, new = _read(before), _read(after)
    names = _names(after, {key[:2] for key in (*old, *new) if key[0] != TerritoryKind.COMMUNE})
    comparable = not _obstacles(before, after)
    tables = [_by_level(old, new, names, before, after, comparable)]
    movers = _movers(old, new, names, (before, after), comparable)
    if movers is not None:
        tables.append(movers)
    return Changes(
        f"{after.title}\u00a0: {before.year} et {after.year}",
        before,
        after,
        tuple(tables),
        tuple(_notes(old, new, after)),
        tuple(_obstacles(before, after)),
    )


def _read(dataset: Dataset) -> dict[_Key, _Cell]:
    """(level, code, famille, measure) of the ESS, nothing else being said of the cells. One query."""
    rows = Observation.objects.filter(
        dataset=dataset, champ=Champ.JOBS_ESS, measure__in=("establishments", "enterprises", "jobs"), **_WHOLE
    ).values_list("kind", "code", "family", "measure", "value", "status")
    return {(kind, code, family, measure): _Cell(value, status) for kind, code, family, measure, value, status in rows.iterator()}


def _names(dataset: Dataset, places: set[tuple[str, str]]) -> dict[tuple[str, str], str]:
    rows = Territory.objects.filter(millesime_id=dataset.millesime_id, kind__in={kind for kind, _ in places})
    return {(kind, code): name for kind, code, name in rows.values_list("kind", "code", "name") if (kind, code) in places}


def _obstacles(before: Dataset, after: Dataset) -> list[str]:
    """Why the two years may not be compared, one sentence each."""
    found = []
    if after.break_note:
        found.append(f"Rupture entre {before.year} et {after.year}\u00a0: {after.break_note}.")
    if (before.ess_perimeter, before.series) != (after.ess_perimeter, after.series):
        labels = [str(EssPerimeter(one.ess_perimeter).label) for one in (before, after)]
        found.append(f"Le périmètre change\u00a0: {labels[0]} en {before.year}, {labels[1]} en {after.year}.")
    if before.millesime_id != after.millesime_id:
        found.append(
            f"La géographie change\u00a0: {before.millesime_id} pour {before.year}, {after.millesime_id} pour {after.year}. Les "
            "territoires dont les communes ont changé ne se comparent pas."
        )
    return found


def _value(cell: _Cell | None) -> Value:
    if cell is None:
        return Value(None, Status.UNAVAILABLE)
    if cell.value is None:
        return Value(None, Status.SECRET if cell.status in ("s", "K") else Status.UNAVAILABLE)
    return Value(cell.value)


def _change(old: _Cell | None, new: _Cell | None, comparable: bool) -> Value:
    if not comparable:
        return Value(None, Status.NOT_APPLICABLE)
    if old is None or new is None or not old.value or new.value is None:
        return Value(None, Status.UNAVAILABLE)
    return _rate(old.value, new.value)


def _rate(before: float, after: float) -> Value:
    """The change in percent; without meaning from nothing."""
    return Value((after / before - 1) * 100) if before else Value(None, Status.NOT_APPLICABLE)


def _by_level(
    old: Mapping[_Key, _Cell],
    new: Mapping[_Key, _Cell],
    names: Mapping[tuple[str, str], str],
    before: Dataset,
    after: Dataset,
    comparable: bool,
) -> Table:
    rows: list[tuple[Any, ...]] = []
    emphasis = []
    for level in _LEVELS:
        for code in sorted({key[1] for key in new if key[0] == level}):
            for family in ("", *_FAMILIES):
                if not family:
                    emphasis.append(len(rows))
                elif (level, code, family, "jobs") not in new and (level, code, family, "jobs") not in old:
                    continue
                label = names.get((level, code), code)
                cells: list[Any] = [label if not family else f"{label}, {_FAMILIES[family]}"]
                for measure in ("establishments", "jobs"):
                    pair = old.get((level, code, family, measure)), new.get((level, code, family, measure))
                    cells += [_value(pair[0]), _value(pair[1]), _change(*pair, comparable)]
                rows.append(tuple(cells))
    columns = [
        Column("Territoire et famille"),
        Column(f"Établissements {before.year}", "number"),
        Column(f"Établissements {after.year}", "number"),
        Column("Évolution", "percent"),
        Column(f"Emplois {before.year}", "number"),
        Column(f"Emplois {after.year}", "number"),
        Column("Évolution", "percent"),
    ]
    return Table(
        "Par niveau et par famille",
        tuple(columns),
        tuple(rows),
        emphasis=tuple(emphasis),
        source=f"Sources\u00a0: {before.title} et {after.title}.",
    )


def _movers(
    old: Mapping[_Key, _Cell],
    new: Mapping[_Key, _Cell],
    names: Mapping[tuple[str, str], str],
    datasets: tuple[Dataset, Dataset],
    comparable: bool,
) -> Table | None:
    """The EPCI that win and lose most, in share, among those of some size; None when years may not be compared."""
    if not comparable:
        return None
    found = []
    for key, cell in new.items():
        level, code, family, measure = key
        before = old.get(key)
        if level != TerritoryKind.EPCI or family or measure != "jobs" or before is None:
            continue
        if before.value and cell.value is not None and max(before.value, cell.value) >= LEAST_JOBS:
            found.append((cell.value / before.value - 1, code, before.value, cell.value))
    found.sort()
    chosen = [*reversed(found[-MOVERS:]), *reversed(found[:MOVERS])] if len(found) > 2 * MOVERS else list(reversed(found))
    if not chosen:
        return None
    rows = tuple(
        (names.get((TerritoryKind.EPCI, code), code), Value(before), Value(after), Value(rate * 100))
        for rate, code, before, after in chosen
    )
    columns = (
        Column("EPCI"),
        Column("Emplois avant", "number"),
        Column("Emplois après", "number"),
        Column("Évolution", "percent"),
    )
    return Table(
        "Les plus fortes variations",
        columns,
        rows,
        notes=(f"EPCI de {LEAST_JOBS} emplois de l’ESS et plus dont les deux années sont connues.",),
    )


def _notes(old: Mapping[_Key, _Cell], new: Mapping[_Key, _Cell], after: Dataset) -> list[str]:
    """Communes that appear or disappear, and cells whose secrecy changed."""
    communes = [{key[1] for key in cells if key[0] == TerritoryKind.COMMUNE} for cells in (old, new)]
    appeared, gone = sorted(communes[1] - communes[0]), sorted(communes[0] - communes[1])
    rows = Territory.objects.filter(millesime_id=after.millesime_id, kind=TerritoryKind.COMMUNE, code__in=[*appeared, *gone])
    names = dict(rows.values_list("code", "name"))
    notes = []
    for codes, word in ((appeared, "apparaît"), (gone, "disparaît")):
        if codes:
            listed = enumerate_fr([names.get(code, code) for code in codes[:NAMED]])
            rest = f" et {nombre(len(codes) - NAMED)} autres" if len(codes) > NAMED else ""
            verb = word if len(codes) == 1 else {"apparaît": "apparaissent", "disparaît": "disparaissent"}[word]
            notes.append(f"{compte(len(codes), 'commune', 'communes')} {verb} dans les données\u00a0: {listed}{rest}.")
    both = [key for key in new if key in old]
    masked = sum(old[key].value is not None and new[key].value is None for key in both)
    shown = sum(old[key].value is None and new[key].value is not None for key in both)
    said = []
    if masked:
        said.append(compte(masked, "case connue devient secrète", "cases connues deviennent secrètes"))
    if shown:
        said.append(compte(shown, "case secrète devient connue", "cases secrètes deviennent connues"))
    if said:
        notes.append(f"Secret\u00a0: {enumerate_fr(said)}.")
    return notes


def sirene_changes() -> Changes | None:
    """The Sirene in use against the former vintage, while its rows are kept; None when there is none."""
    after = Dataset.objects.active()
    if after is None:
        return None
    former = Dataset.objects.filter(source="sirene", region=after.region, state=DatasetState.SUPERSEDED)
    before = former.select_related("perimeter").order_by("-imported_at", "id").first()
    if before is None or not Observation.objects.filter(dataset=before).exists():
        return None
    old, new = _employers(before), _employers(after)
    names = _names(after, {(kind, code) for kind, code, _ in (*old, *new)})
    rows: list[tuple[Any, ...]] = []
    emphasis = []
    for level in _LEVELS:
        for code in sorted({code for kind, code, _ in new if kind == level}):
            emphasis.append(len(rows))
            totals = [sum(n for (kind, own, _), n in cells.items() if (kind, own) == (level, code)) for cells in (old, new)]
            label = names.get((level, code), code)
            rows.append((label, *totals, _rate(*totals)))
            for family, name in _FAMILIES.items():
                pair = old.get((level, code, family), 0), new.get((level, code, family), 0)
                if any(pair):
                    rows.append((f"{label}, {name}", *pair, _rate(*pair)))
    columns = (
        Column("Territoire et famille"),
        Column("Employeurs avant", "number"),
        Column("Employeurs après", "number"),
        Column("Évolution", "percent"),
    )
    table = Table("Établissements employeurs de l’ESS", columns, tuple(rows), emphasis=tuple(emphasis))
    warnings = []
    if before.perimeter_id != after.perimeter_id:
        warnings.append(f"Le périmètre change\u00a0: {before.perimeter}, puis {after.perimeter}.")
    if before.millesime_id != after.millesime_id:
        warnings.append(f"La géographie change\u00a0: {before.millesime_id}, puis {after.millesime_id}.")
    return Changes(f"{before.title}, puis {after.title}", before, after, (table,), (), tuple(warnings))


def _employers(dataset: Dataset) -> dict[tuple[str, str, str], int]:
    rows = (
        Observation.objects.filter(dataset=dataset, champ=Champ.ESS, is_employer=True, kind__in=_LEVELS, value__isnull=False)
        .order_by("kind", "code", "family")
        .values("kind", "code", "family")
        .annotate(total=Sum("value"))
    )
    return {(row["kind"], row["code"], row["family"]): round(row["total"]) for row in rows}
