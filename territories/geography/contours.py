"""Imports outlines: which territories a file draws, what is simplified, joined and kept."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db import transaction
from shapely.geometry.base import BaseGeometry

from territories.foundations.formats import nombre
from territories.foundations.journal.operations import SYSTEM, record
from territories.geography.contour_files import ContourFileError, Feature, code_properties, read_features
from territories.geography.contour_shapes import inner_point, joined, rings_of, simplify
from territories.geography.enums import PositionQuality, TerritoryKind
from territories.geography.models import Commune, Millesime, Outline, Territory, TerritoryCommune
from territories.geography.queries import commune_lookup
from territories.geography.toponymy import search_form

if TYPE_CHECKING:
    from territories.access.models import User

DEFAULT_TOLERANCE: Final = 100
LARGEST_TOLERANCE: Final = 5_000
_BATCH: Final = 500
_SHOWN: Final = 10
# Levels made of communes, when a file gives the communes.
_DERIVED: Final = (
    TerritoryKind.EPCI,
    TerritoryKind.DEPARTEMENT,
    TerritoryKind.REGION,
    TerritoryKind.PAYS,
    TerritoryKind.COMPOSITE,
)
# Kinds that a file may draw, likeliest first when several fit as well.
DRAWN_KINDS: Final = (TerritoryKind.COMMUNE, TerritoryKind.EPCI, TerritoryKind.DEPARTEMENT, TerritoryKind.REGION)
_PLURALS: Final = {
    TerritoryKind.COMMUNE: "communes",
    TerritoryKind.EPCI: "EPCI",
    TerritoryKind.DEPARTEMENT: "départements",
    TerritoryKind.REGION: "régions",
    TerritoryKind.PAYS: "Pays",
    TerritoryKind.COMPOSITE: "territoires de projet",
}


@dataclass
class ContourReport:
    """What an import kept, by kind, and in French what it could not use."""

    kept: dict[TerritoryKind, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    @property
    def sentence(self) -> str:
        counts = ", ".join(counted(kind, count) for kind, count in self.kept.items() if count)
        return f"Contours enregistrés\u00a0: {counts}."


def counted(kind: TerritoryKind, count: int) -> str:
    """« 1 commune », « 1 228 communes », « 67 EPCI »."""
    singular = str(kind.label) if kind == TerritoryKind.EPCI else str(kind.label).lower()
    return f"{nombre(count)} {singular if count == 1 else _PLURALS[kind]}"


@dataclass(frozen=True)
class Prepared:
    """Outlines ready to be written: by level, by code."""

    millesime: Millesime
    levels: Mapping[TerritoryKind, Mapping[str, BaseGeometry]]
    report: ContourReport


def import_contours(
    path: Path,
    *,
    kind: TerritoryKind | str | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    source: str = "",
    by: "User | None" = None,
) -> ContourReport:
    """Keep the outlines of a file for the current millésime, in place of those of the same territories. All or nothing.

    Arguments as in `prepare_contours` and `keep_contours`. Raises ContourFileError, Millesime.DoesNotExist.
    """
    return keep_contours(prepare_contours(path, kind=kind, tolerance=tolerance), source=source or path.name, by=by)


def prepare_contours(
    path: Path,
    *,
    kind: TerritoryKind | str | None = None,
    tolerance: float = DEFAULT_TOLERANCE,
    progress: Callable[[int, int, str], object] = lambda done, total, message: None,
) -> Prepared:
    """Read, recognise, simplify and join, writing nothing. `kind` None is found out from the codes; `tolerance` in metres,
    0 keeps every point. When communes are given, the levels wholly made of them are drawn too. Raises ContourFileError."""
    if not 0 <= tolerance <= LARGEST_TOLERANCE:
        raise ContourFileError(f"La tolérance va de 0 à {nombre(LARGEST_TOLERANCE)} mètres.")
    millesime = Millesime.objects.current()
    progress(0, 4, "Lecture du fichier")
    features = read_features(path)
    report = ContourReport()
    found_kind, key = _recognise(features, millesime, TerritoryKind(kind) if kind else None)
    shapes = _by_code(features, key, found_kind, millesime, report)
    progress(1, 4, "Simplification des contours")
    shapes = simplify(shapes, tolerance)
    levels = {found_kind: shapes}
    if found_kind == TerritoryKind.COMMUNE:
        progress(2, 4, "Réunion des communes")
        levels |= _derived(shapes, millesime)
    progress(3, 4, "Enregistrement")
    return Prepared(millesime, levels, report)


@transaction.atomic
def keep_contours(prepared: Prepared, *, source: str, by: "User | None" = None) -> ContourReport:
    """Write what was prepared. `source` is cited under the maps."""
    report = prepared.report
    for level, drawn in prepared.levels.items():
        report.kept[level] = _keep(level, drawn, prepared.millesime, source[:200])
    if TerritoryKind.COMMUNE in prepared.levels:
        _place(prepared.levels[TerritoryKind.COMMUNE], prepared.millesime)
    details = {"source": source[:200], "lines": report.lines}
    record("outlines_imported", f"{by or SYSTEM} a chargé des contours. {report.sentence}", by=by, details=details)
    return report


def _recognise(features: Sequence[Feature], millesime: Millesime, kind: TerritoryKind | None) -> tuple[TerritoryKind, str]:
    """The kind drawn and the property that holds its codes: the pair that recognises most features.

    Départements and régions share codes: their names decide. Raises ContourFileError when most codes are unknown.
    """
    known: dict[TerritoryKind, dict[str, str]] = {one: {} for one in DRAWN_KINDS}
    for level, code, name in Territory.objects.filter(millesime=millesime, kind__in=DRAWN_KINDS).values_list(
        "kind", "code", "search"
    ):
        known[TerritoryKind(level)][code] = name
    known[TerritoryKind.COMMUNE] |= dict.fromkeys(set(commune_lookup(millesime)) - set(known[TerritoryKind.COMMUNE]), "")
    best = (0.0, TerritoryKind.COMMUNE, "")
    for key in code_properties(list(features)):
        for level in DRAWN_KINDS if kind is None else (kind,):
            values = [(feature.properties.get(key, ""), feature.name) for feature in features]
            codes = {value for value, _ in values if value in known[level]}
            hits = sum(value in known[level] for value, _ in values)
            named = sum(bool(name) and known[level].get(value) == search_form(name) for value, name in values)
            # A property shared by many features (the département of a commune) is not the code of any.
            score = (hits + named / 2) / len(features) * len(codes) / max(hits, 1)
            if score > best[0]:
                best = (score, level, key)
    if best[0] < 0.5:
        wanted = _PLURALS[kind] if kind else "communes, EPCI, départements ou régions"
        raise ContourFileError(
            f"Les codes du fichier ne sont pas ceux de {wanted} de la {millesime}. Vérifiez le fichier et la nature choisie."
        )
    return best[1], best[2]


def _by_code(
    features: Sequence[Feature], key: str, kind: TerritoryKind, millesime: Millesime, report: ContourReport
) -> dict[str, BaseGeometry]:
    """One shape per current code; communes that have merged since are joined. What is left out is said in the report."""
    if kind == TerritoryKind.COMMUNE:
        current = commune_lookup(millesime)
    else:
        codes = Territory.objects.filter(millesime=millesime, kind=kind).values_list("code", flat=True)
        current = {code: code for code in codes}
    parts: dict[str, list[BaseGeometry]] = defaultdict(list)
    unknown, empty, merged = [], [], 0
    for feature in features:
        code = feature.properties.get(key, "")
        label = f"{code} ({feature.name})" if feature.name else code or "sans code"
        if code not in current:
            unknown.append(label)
        elif feature.geometry is None:
            empty.append(label)
        else:
            merged += current[code] != code
            parts[current[code]].append(feature.geometry)
    if unknown:
        report.lines.append(f"Codes inconnus de la {millesime}, laissés de côté\u00a0: {_some(unknown)}.")
    if empty:
        report.lines.append(f"Entités sans contour, laissées de côté\u00a0: {_some(empty)}.")
    if merged:
        report.lines.append(f"Anciennes communes réunies aux communes d’aujourd’hui\u00a0: {nombre(merged)}.")
    if not parts:
        raise ContourFileError("Aucune entité du fichier n’a à la fois un code connu et un contour. Vérifiez l’export.")
    return {code: drawn[0] if len(drawn) == 1 else joined(drawn) for code, drawn in sorted(parts.items())}


def _some(labels: Sequence[str]) -> str:
    """The labels, or the first ones and how many more."""
    shown = ", ".join(labels[:_SHOWN])
    return shown if len(labels) <= _SHOWN else f"{shown} et {nombre(len(labels) - _SHOWN)} autres"


def _derived(shapes: Mapping[str, BaseGeometry], millesime: Millesime) -> dict[TerritoryKind, dict[str, BaseGeometry]]:
    """Outlines of the levels all of whose communes are drawn; the others keep what they had."""
    members: dict[tuple[str, str], list[str]] = defaultdict(list)
    counts: Counter[tuple[str, str]] = Counter()
    rows = TerritoryCommune.objects.filter(territory__millesime=millesime, territory__kind__in=_DERIVED).order_by(
        "territory__code", "commune__code"
    )
    for kind, code, commune in rows.values_list("territory__kind", "territory__code", "commune__code"):
        counts[kind, code] += 1
        if commune in shapes:
            members[kind, code].append(commune)
    result: dict[TerritoryKind, dict[str, BaseGeometry]] = {}
    for (kind, code), communes in members.items():
        if len(communes) == counts[kind, code]:
            result.setdefault(TerritoryKind(kind), {})[code] = joined([shapes[commune] for commune in communes])
    return result


def _keep(kind: TerritoryKind, shapes: Mapping[str, BaseGeometry], millesime: Millesime, source: str) -> int:
    outlines = [
        Outline(kind=kind, code=code, millesime=millesime, rings=rings, source=source)
        for code, drawn in shapes.items()
        if (rings := rings_of(drawn))
    ]
    Outline.objects.bulk_create(
        outlines,
        batch_size=_BATCH,
        update_conflicts=True,
        unique_fields=["millesime", "kind", "code"],
        update_fields=["rings", "source"],
    )
    return len(outlines)


def _place(shapes: Mapping[str, BaseGeometry], millesime: Millesime) -> None:
    """Communes whose chief place is not known are now put inside their outline."""
    communes = list(
        Commune.objects.filter(millesime=millesime, code__in=list(shapes))
        .exclude(position_quality=PositionQuality.EXACT)
        .order_by("pk")
    )
    for commune in communes:
        commune.longitude, commune.latitude = inner_point(shapes[commune.code])
        commune.position_quality = PositionQuality.INSIDE
    Commune.objects.bulk_update(communes, ["longitude", "latitude", "position_quality"], batch_size=_BATCH)
