"""The account of an import: what was read, kept, left out and why. Kept as JSON with the dataset, shown and exported.

`make_account` is the only place that fixes its keys; `sections` turns it into French tables.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from territories.foundations.formats import date_fr
from territories.foundations.vocabulary import EssFamily
from territories.observatory.enums import ListKind
from territories.observatory.perimeter import PerimeterRules
from territories.observatory.sirene.cells import Counts
from territories.observatory.sirene.places import Coverage
from territories.observatory.sirene.select import Selection

# Codes listed one by one; the total always counts them all.
LISTED: Final = 200

LIST_LABELS: Final = {kind.value: str(kind.label) for kind in ListKind}

_FAMILIES: Final = {family.value: family.label for family in EssFamily}


def make_account(
    rules: PerimeterRules,
    counts: Counts,
    coverage: Coverage,
    selection: Selection,
    durations: Mapping[str, float],
    lists: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The account, JSON. Counts of establishments unless the key says otherwise; durations in seconds.

    `lists` are those that qualified, as `rules.RulesInForce` tells them.
    """
    order = {family.value: rank for rank, family in enumerate(EssFamily)}
    labels = {rule.motive: rule.label for rule in rules.categories.values() if rule.included}
    families: dict[str, dict[str, int]] = {}
    for row in counts.scope["kept"]:
        line = families.setdefault(row["family"], {"employers": 0, "establishments": 0})
        line["employers"] += row["employers"]
        line["establishments"] += row["establishments"]
    return {
        "read": {
            "units": counts.units_read,
            "establishments": counts.establishments_read,
            "scope_rows": counts.scope["rows"],
        },
        "kept": {
            "included": selection.included,
            "families": {family.value: families[family.value] for family in EssFamily if family.value in families},
            "motives": sorted(
                ({**row, "label": labels.get(row["motive"], "")} for row in counts.scope["kept"]),
                key=lambda row: (order.get(row["family"], len(order)), -row["establishments"], row["motive"]),
            ),
            "to_qualify": selection.to_qualify,
            "to_qualify_motives": counts.scope["to_qualify"],
            "to_validate": [
                {"code": code, "label": rules.categories[code].label, "establishments": number}
                for code, number in counts.scope["to_validate"].items()
            ],
            "partly_diffused": counts.scope["partly_diffused"],
            "unclassified": counts.scope["unclassified"],
        },
        "left_out": {
            "closed": counts.scope["closed"],
            "closed_unit": counts.scope["closed_unit"],
            "motives": counts.scope["excluded"],
            "invalid_siret": counts.invalid_siret,
            "duplicate_rows": counts.duplicate_rows,
            "duplicate_units": counts.duplicate_units,
            "undiffused": counts.undiffused,
            "foreign": counts.foreign,
            "without_commune": counts.without_commune,
            "employers_without_unit": counts.employers_without_unit,
            "listed_outside": [
                {"code": code, "label": rules.categories[code].label, "employers": number}
                for code, number in counts.scope["employers_listed_outside"].items()
            ],
        },
        "unknown_communes": {
            "codes": len(counts.unknown_communes),
            "rows": sum(counts.unknown_communes.values()),
            "kept_rows": sum(counts.scope["unknown_communes"].values()),
            "list": [
                {"code": code, "rows": rows, "kept_rows": counts.scope["unknown_communes"].get(code, 0)}
                for code, rows in sorted(counts.unknown_communes.items(), key=lambda item: (-item[1], item[0]))[:LISTED]
            ],
        },
        "coverage": {
            "departements": len(coverage.departements),
            "country": coverage.has_country,
            "uncovered": len(coverage.uncovered_scope),
            "uncovered_list": list(coverage.uncovered_scope[:LISTED]),
        },
        "lists": [dict(line) for line in lists],
        "decisions": len(rules.decisions),
        "employers_all": counts.scope["employers_all"],
        "flow_years": [counts.first_year, counts.last_year],
        "observations": counts.cells,
        "durations": {stage: round(seconds, 1) for stage, seconds in durations.items()},
    }


@dataclass(frozen=True)
class Section:
    """A table of the account: French headers, rows of text and numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]
    note: str = ""

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The headers, each with whether its column is of numbers."""
        kinds = [not isinstance(cell, str) for cell in self.rows[0]]
        return list(zip(self.columns, kinds, strict=True))

    @property
    def lines(self) -> list[list[tuple[str | int | float, bool]]]:
        return [[(cell, not isinstance(cell, str)) for cell in row] for row in self.rows]


STAGES: Final = {
    "inspect": "Examen des fichiers",
    "units": "Lecture des unités légales",
    "establishments": "Lecture des établissements",
    "select": "Qualification et comptages",
    "write": "Écriture",
}


def sections(account: Mapping[str, Any]) -> list[Section]:
    """The account as tables, empty ones left out. `account` as made by `make_account`; empty gives nothing."""
    if not account:
        return []
    read, kept, out = account["read"], account["kept"], account["left_out"]
    unknown, coverage = account["unknown_communes"], account["coverage"]
    found = [
        Section(
            "Lu",
            ("Fichier", "Lignes"),
            (
                ("Unités légales", read["units"]),
                ("Établissements", read["establishments"]),
                ("dont communes de la région et des EPCI qui la touchent", read["scope_rows"]),
            ),
        ),
        Section(
            "Listes et décisions qui ont qualifié",
            ("Liste", "Intitulé", "Date", "SIREN"),
            tuple(
                (LIST_LABELS.get(line["kind"], line["kind"]), line["title"], _day(line["dated_on"]), line["sirens"])
                for line in account.get("lists", ())
            )
            + ((("Décisions de l’observatoire", "", "", account["decisions"]),) if account.get("decisions") else ()),
        ),
        Section(
            "Retenu, par famille",
            ("Famille", "Établissements employeurs", "Tous établissements"),
            tuple((_FAMILIES[key], line["employers"], line["establishments"]) for key, line in kept["families"].items()),
        ),
        Section(
            "Retenu, par motif",
            ("Famille", "Motif", "Intitulé", "Établissements employeurs", "Tous établissements"),
            tuple(
                (_FAMILIES.get(row["family"], "—"), row["motive"], row.get("label", ""), row["employers"], row["establishments"])
                for row in kept["motives"]
            ),
        ),
        Section(
            "Compté, à valider par l’observatoire",
            ("Catégorie juridique", "Intitulé", "Établissements"),
            tuple((row["code"], row["label"], row["establishments"]) for row in kept["to_validate"]),
            "Catégories incluses par défaut, sans liste officielle\u00a0: à valider avant la première publication.",
        ),
        Section(
            "À qualifier, non compté",
            ("Motif", "Établissements"),
            tuple(kept["to_qualify_motives"].items()),
        ),
        Section(
            "Exclu pour son activité ou par décision",
            ("Motif", "Établissements"),
            tuple(out["motives"].items()),
        ),
        Section(
            "Hors périmètre par sa catégorie juridique",
            ("Catégorie juridique", "Intitulé", "Établissements employeurs"),
            tuple((row["code"], row["label"], row["employers"]) for row in out["listed_outside"]),
            "Catégories voisines de l’ESS, examinées et non retenues.",
        ),
        Section(
            "Écarté avant tout comptage",
            ("Raison", "Lignes"),
            tuple(
                (label, number)
                for label, number in (
                    ("Établissement fermé", out["closed"]),
                    ("Établissement ouvert d’une unité légale cessée", out["closed_unit"]),
                    ("SIRET invalide", out["invalid_siret"]),
                    ("SIRET répété (la dernière version traitée est gardée)", out["duplicate_rows"]),
                    ("SIREN répété (la dernière version traitée est gardée)", out["duplicate_units"]),
                    ("Ancien statut «\u00a0non diffusible\u00a0»", out["undiffused"]),
                    ("Établissement situé à l’étranger", out["foreign"]),
                    ("Établissement sans commune", out["without_commune"]),
                    ("Employeur sans unité légale dans le fichier", out["employers_without_unit"]),
                )
                if number
            ),
        ),
        Section(
            "À savoir",
            ("Fait", "Établissements"),
            tuple(
                (label, number)
                for label, number in (
                    ("Diffusion partielle\u00a0: comptés, jamais nommés ni situés", kept["partly_diffused"]),
                    ("Activité non classée (absente ou d’une ancienne nomenclature)", kept["unclassified"]),
                    ("Employeurs de toutes natures dans le champ", account["employers_all"]),
                )
                if number
            ),
        ),
        Section(
            "Communes inconnues de la géographie",
            ("Code", "Lignes", "dont ESS ouverte"),
            tuple((row["code"], row["rows"], row["kept_rows"]) for row in unknown["list"]),
            _cut(unknown["codes"]),
        ),
        Section(
            "Communes du champ sans aucune ligne",
            ("Code",),
            tuple((code,) for code in coverage["uncovered_list"]),
            _cut(coverage["uncovered"]),
        ),
        Section(
            "Durée",
            ("Étape", "Secondes"),
            tuple((STAGES.get(stage, stage), seconds) for stage, seconds in account["durations"].items()),
        ),
    ]
    return [section for section in found if section.rows]


def _day(text: str) -> str:
    return date_fr(date.fromisoformat(text)) if text else ""


def _cut(total: int) -> str:
    return f"Les {LISTED} premiers codes sur {total}." if total > LISTED else ""
