"""What the pages about statistics show of a report and of a dataset: tables of text and numbers, no figure computed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone

from territories.foundations.formats import compte, date_fr, evolution, nombre, pourcent
from territories.foundations.rendering.document import Figure
from territories.foundations.text import fold
from territories.foundations.vocabulary import Status
from territories.observatory.enums import Champ, DiffusionPolicy
from territories.observatory.models import Dataset
from territories.observatory.orders.examination import KIND_PLURALS
from territories.observatory.orders.findings import by_kind
from territories.observatory.orders.layouts import LAYOUTS
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.staging import FRENCH

STATUS_LABELS: Final[dict[str, str]] = {
    **{status.value: f"{status.value} – {status.label}" for status in Status},
    "K": "K – non diffusé par l’Insee (secret)",
    "W": "W – comprend une autre commune",
    "ns": "n.s. – non significatif",
}
MEASURES: Final[dict[str, str]] = {name: label[:1].upper() + label[1:] for name, label in FRENCH.items()}


@dataclass(frozen=True)
class Grid:
    """A table for a page: heads are (text, whether numbers stand below); the first cell of a line is its title."""

    title: str
    heads: tuple[tuple[str, bool], ...]
    lines: tuple[tuple[tuple[str, bool], ...], ...]
    note: str = ""

    @property
    def anchor(self) -> str:
        return fold(self.title).replace(" ", "-")


def grid(title: str, heads: Sequence[str], rows: Sequence[Sequence[Any]], numbers: Sequence[bool], note: str = "") -> Grid:
    lines = tuple(tuple((_text(cell), is_number) for cell, is_number in zip(row, numbers, strict=True)) for row in rows)
    return Grid(title, tuple(zip(heads, numbers, strict=True)), lines, note)


def _text(cell: Any) -> str:
    """A cell as printed: nothing for what is not there, numbers rounded to the unit."""
    if cell is None:
        return ""
    return nombre(cell) if isinstance(cell, int | float) else str(cell)


def findings_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """Errors and remarks by kind, for the page of an upload."""
    if not report:
        return {"errors": [], "remarks": []}
    return {
        "errors": by_kind(report["errors"], report["error_counts"]),
        "remarks": by_kind(report["remarks"], report["remark_counts"]),
    }


def figures_of(report: Mapping[str, Any]) -> list[Figure]:
    hidden = sum(count for _, _, status, count in report["counts"] if status in ("s", "K"))
    shown = sum(count for *_, count in report["counts"])
    years = report["years"]
    return [
        Figure(nombre(report["lines"]), "lignes lues"),
        Figure(nombre(shown), "observations", "une mesure d’une case"),
        Figure(nombre(hidden), "sous le secret", pourcent(hidden / shown) + " des observations" if shown else ""),
        Figure(", ".join(map(str, years[-3:])) if years else "–", "années" if len(years) > 1 else "année", _others(years)),
    ]


def _others(years: Sequence[int]) -> str:
    return f"et depuis {years[0]}" if len(years) > 3 else ""


def grids_of(report: Mapping[str, Any]) -> list[Grid]:
    """Counts, totals, totals against parts, comparison: what is there, in this order."""
    found = [_counts(report), _totals(report), _parts(report), _comparison(report)]
    return [one for one in found if one.lines]


def _champ(value: str) -> str:
    return str(Champ(value).label)


def _kind(value: str) -> str:
    text = KIND_PLURALS[value]
    return text[:1].upper() + text[1:]


def _counts(report: Mapping[str, Any]) -> Grid:
    statuses = sorted({status for _, _, status, _ in report["counts"]})
    table: dict[tuple[str, str], dict[str, int]] = {}
    for kind, champ, status, count in report["counts"]:
        table.setdefault((kind, champ), {})[status] = count
    rows = [
        [_kind(kind), _champ(champ), report["places"].get(kind, 0), *(counts.get(status, 0) for status in statuses)]
        for (kind, champ), counts in sorted(table.items(), key=lambda one: (_rank(one[0][0]), one[0][1]))
    ]
    heads = ["Maille", "Champ", "Territoires", *(STATUS_LABELS.get(status, status) for status in statuses)]
    return grid("Observations par maille, champ et statut", heads, rows, [False, False, True, *(True for _ in statuses)])


def _totals(report: Mapping[str, Any]) -> Grid:
    sums: dict[tuple[int, str, str], dict[str, float]] = {}
    for year, kind, champ, measure, total in report["totals"]:
        sums.setdefault((year, kind, champ), {})[measure] = total
    measures = [name for name in MEASURES if any(name in totals for totals in sums.values())]
    rows = [
        [str(year), _kind(kind), _champ(champ), *(totals.get(name) for name in measures)]
        for (year, kind, champ), totals in sorted(sums.items(), key=lambda one: (-one[0][0], _rank(one[0][1]), one[0][2]))
    ]
    return grid(
        "Totaux lus, toutes familles et tous secteurs",
        ["Année", "Maille", "Champ", *(MEASURES[name] for name in measures)],
        rows,
        [False, False, False, *(True for _ in measures)],
        "Sommes des valeurs non masquées de chaque maille. Un même emploi compte dans sa commune, son EPCI et sa région.",
    )


def _rank(kind: str) -> int:
    """From the commune to France."""
    return list(KIND_PLURALS).index(kind)


def _parts(report: Mapping[str, Any]) -> Grid:
    rows = [
        [one["label"][:1].upper() + one["label"][1:], MEASURES[one["measure"]]]
        + [one[name] for name in ("checked", "equal", "over", "short", "masked")]
        for one in report["parts"]
    ]
    return grid(
        "Totaux contre parts",
        ["Parts", "Mesure", "Totaux contrôlés", "Égaux", "Parts trop grandes", "Parts trop petites", "Non vérifiables"],
        rows,
        [False, False, True, True, True, True, True],
        "Aux arrondis près. Non vérifiable\u00a0: une part est masquée, ou comprend une autre commune.",
    )


def _comparison(report: Mapping[str, Any]) -> Grid:
    rows = [
        [
            str(one["year"]),
            f"{_kind(one['kind'])}, {_champ(one['champ'])}",
            MEASURES[one["measure"]],
            one["against"],
            one["before"],
            one["after"],
            evolution(one["change"]) if one["change"] is not None else "",
        ]
        for one in sorted(
            report["comparison"],
            key=lambda one: (-one["year"], _rank(one["kind"]), one["champ"], list(MEASURES).index(one["measure"])),
        )
    ]
    return grid(
        "Comparé aux données en usage",
        ["Année", "Maille et champ", "Mesure", "Comparée à", "Avant", "Ce fichier", "Évolution"],
        rows,
        [False, False, False, False, True, True, True],
    )


def upload_identity(meta: OrderMeta, report: Mapping[str, Any]) -> list[tuple[str, str]]:
    full = meta.completed()
    file = report.get("file") or {}
    layout = report.get("layout", "")
    known = LAYOUTS[layout].label if layout in LAYOUTS else "Correspondance de colonnes" if layout else ""
    form = ", ".join(
        part
        for part in (
            file.get("form", ""),
            file.get("encoding", ""),
            f"feuille «\u00a0{file['sheet']}\u00a0»" if file.get("sheet") else "",
            f"en-tête ligne {file['header_line']}" if file else "",
        )
        if part
    )
    return [
        ("Source", full.title),
        ("Disposition", known),
        ("Fichier", form),
        ("Année annoncée", str(full.year) if full.year else "celle du fichier"),
        ("Producteur", full.producer),
        ("Licence", full.licence),
        ("Publié ou livré", f"le {date_fr(full.published_on)}" if full.published_on else ""),
        ("Diffusion", str(DiffusionPolicy(full.policy).label)),
        ("Seuils de masquage", rules_text(full.rules)),
        ("Rupture de série", full.break_note),
    ]


def rules_text(rules: Mapping[str, Any]) -> str:
    if not rules:
        return ""
    return (
        f"au moins {compte(int(rules['min_units']), 'entreprise')}, la plus grande au plus {pourcent(rules['max_share'], 0)}, "
        f"au moins {compte(int(rules['min_persons']), 'personne')}"
    )


def dataset_identity(found: Dataset) -> list[tuple[str, str]]:
    """The sheet of a dataset of statistics: what one needs to cite it, and what may be shown of it."""
    return [
        ("Année décrite", str(found.year)),
        ("Révision", str(found.revision)),
        ("Producteur", found.producer),
        ("Licence", found.licence),
        ("Publié ou livré", f"le {date_fr(found.published_on)}" if found.published_on else "date non renseignée"),
        ("Série statistique", found.series),
        ("Ce qui est compté", found.concept),
        ("Champ", found.field_note),
        ("Périmètre de l’ESS", found.get_ess_perimeter_display() if found.ess_perimeter else "sans objet\u00a0: tous secteurs"),
        ("Géographie", str(found.millesime).capitalize()),
        (
            "Combinaisons absentes",
            "nulles, d’après le producteur" if found.absent_is_zero else "non disponibles",
        ),
        ("Rupture de série", found.break_note),
        ("Diffusion", found.get_policy_display()),
        ("Seuils de masquage", rules_text(found.rules)),
        (
            "Chargé",
            f"le {date_fr(timezone.localdate(found.imported_at))}" + (f" par {found.imported_by}" if found.imported_by else ""),
        ),
        ("Nature", "données de démonstration, fictives" if found.is_demonstration else ""),
    ]


def changes_grid(found: Dataset) -> Grid | None:
    """What a revision changed from the former one, by level; None for a first delivery."""
    rows = found.account.get("changes") or []
    if not rows:
        return None
    lines = [
        [_kind(row["kind"])]
        + [row[name] for name in ("same", "changed", "new", "gone", "unmasked", "masked")]
        + [row["jobs_before"], row["jobs_after"]]
        for row in sorted(rows, key=lambda row: _rank(row["kind"]))
    ]
    heads = [
        "Maille",
        "Inchangées",
        "Changées",
        "Nouvelles",
        "Disparues",
        "Démasquées",
        "Masquées",
        "Postes ESS avant",
        "Postes ESS après",
    ]
    return grid("Ce qui change", heads, lines, [False, *(True for _ in heads[1:])], "En cases\u00a0: une mesure d’un territoire.")
