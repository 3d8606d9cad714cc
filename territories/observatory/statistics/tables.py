"""Published tables as values: rows, columns, statuses, and their JSON.

A table knows keys and figures; the labels of its columns come from the catalogue of indicators and the vocabulary. Its JSON
is what a release stores: stable keys, one {value, status} by cell, nothing that is not publishable.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from territories.foundations.vocabulary import SECTOR_LABELS, UNCLASSIFIED, UNCLASSIFIED_LABEL, EssFamily, Status
from territories.observatory.statistics.figures import UNAVAILABLE, Figure

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line: a stable key, the label frozen at publication, one figure by column key."""

    key: str
    label: str
    cells: Mapping[str, Figure]

    def __getitem__(self, column: str) -> Figure:
        return self.cells[column]

    def to_json(self) -> Json:
        return {
            "key": self.key,
            "label": self.label,
            "cells": {column: figure.to_json() for column, figure in self.cells.items()},
        }

    @classmethod
    def from_json(cls, payload: Json) -> "Row":
        cells = {column: Figure.from_json(cell) for column, cell in payload["cells"].items()}
        return cls(payload["key"], payload["label"], cells)


@dataclass(frozen=True, slots=True)
class Table:
    """A published table. `facts` holds what is not a figure (names, years, coverage), already in JSON types."""

    key: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: Row | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)

    def row(self, key: str) -> Row | None:
        return next((row for row in self.rows if row.key == key), None)

    def figure(self, row: str, column: str) -> Figure:
        """The figure of a cell, unavailable when the table has no such cell."""
        found = self.row(row)
        return UNAVAILABLE if found is None else found.cells.get(column, UNAVAILABLE)

    def figures(self) -> Iterator[Figure]:
        for row in self.rows:
            yield from row.cells.values()
        if self.total is not None:
            yield from self.total.cells.values()

    def statuses(self) -> set[Status]:
        """The statuses met, for a legend that explains only the signs really printed."""
        return {figure.status for figure in self.figures()}

    @property
    def is_empty(self) -> bool:
        """True when no cell carries a value: the page then says why instead of drawing a chart."""
        return not any(figure.known for figure in self.figures())

    def to_json(self) -> Json:
        return {
            "columns": list(self.columns),
            "rows": [row.to_json() for row in self.rows],
            "total": None if self.total is None else self.total.to_json(),
            "facts": dict(self.facts),
        }

    @classmethod
    def from_json(cls, key: str, payload: Json) -> "Table":
        total = payload.get("total")
        return cls(
            key=key,
            columns=tuple(payload["columns"]),
            rows=tuple(Row.from_json(row) for row in payload["rows"]),
            total=None if total is None else Row.from_json(total),
            facts=payload.get("facts", {}),
        )


# From Sirene, for every territory of a release.
SIRENE_TABLES: Final = (
    "key_figures",
    "families",
    "sectors",
    "family_sector",
    "sizes",
    "communes",
    "dynamics",
    "top_employers",
)
# From the sources with jobs, for the territories of which they say something and that may be published.
JOB_TABLES: Final = (
    "jobs_key_figures",
    "jobs_families",
    "jobs_sectors",
    "jobs_sizes",
    "jobs_people",
    "jobs_communes",
    "jobs_evolution",
    "jobs_other_series",
)
# Apart, for those who know how to read them.
ADVANCED_JOB_TABLES: Final = ("jobs_shift_share", "jobs_analyses")
# From Sirene too, but only when its history was read.
SURVIVAL_TABLE: Final = "survival"
TABLE_KEYS: Final = (*SIRENE_TABLES, SURVIVAL_TABLE, *JOB_TABLES, *ADVANCED_JOB_TABLES)

TABLE_TITLES: Final[dict[str, str]] = {
    "key_figures": "Chiffres clés",
    "families": "Répartition par famille de l’ESS",
    "sectors": "Répartition par secteur d’activité",
    "family_sector": "Familles et secteurs d’activité",
    "sizes": "Taille des établissements employeurs",
    "communes": "L’ESS dans les communes",
    "dynamics": "Créations et cessations d’établissements",
    "top_employers": "Principaux employeurs",
    "survival": "Survie des établissements créés",
    "jobs_key_figures": "L’emploi dans l’ESS",
    "jobs_families": "Emploi par famille de l’ESS",
    "jobs_sectors": "Emploi par secteur d’activité",
    "jobs_sizes": "Emploi par taille d’établissement",
    "jobs_people": "Femmes, hommes et âges",
    "jobs_communes": "L’emploi de l’ESS dans les communes",
    "jobs_evolution": "Évolution de l’emploi",
    "jobs_other_series": "L’emploi selon d’autres sources",
    "jobs_shift_share": "Analyse structurelle-résiduelle de l’emploi",
    "jobs_analyses": "Spécialisation et concentration de l’emploi",
}


@dataclass(frozen=True, slots=True)
class TerritoryTables:
    """The published tables of one territory, by key, in the order of `TABLE_KEYS`."""

    code: str
    tables: Mapping[str, Table]

    def __getitem__(self, key: str) -> Table:
        return self.tables[key]

    def to_json(self) -> dict[str, Json]:
        return {key: self.tables[key].to_json() for key in TABLE_KEYS if key in self.tables}

    @classmethod
    def from_json(cls, code: str, payload: Mapping[str, Json]) -> "TerritoryTables":
        return cls(code, {key: Table.from_json(key, payload[key]) for key in TABLE_KEYS if key in payload})


def sector_label(key: str) -> str:
    """The label of a sector of the grid, « Non classé » included."""
    return UNCLASSIFIED_LABEL if key == UNCLASSIFIED else SECTOR_LABELS[key]


FAMILY_LABELS: Final[dict[str, str]] = {family.value: family.label for family in EssFamily}
