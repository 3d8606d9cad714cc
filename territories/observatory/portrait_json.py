"""The portrait as JSON: a stable form for those who re-use the figures. Described in docs/portrait-json.md.

A key is never renamed nor removed under the same version number; new keys may appear.
"""

from typing import Any, Final

from territories.foundations.formats import LEGEND
from territories.foundations.vocabulary import Status
from territories.geography.models import Territory
from territories.observatory.models import Dataset
from territories.observatory.portrait import Portrait, Side
from territories.observatory.statistics.indicators import Indicator, column_label, definitions, unit_of
from territories.observatory.statistics.tables import TABLE_TITLES, Table

FORMAT: Final = "portrait-ess"
VERSION: Final = 1

Json = dict[str, Any]


def _territory(territory: Territory) -> Json:
    return {
        "kind": territory.kind,
        "code": territory.code,
        "name": territory.name,
        "population": territory.population,
        "commune_count": territory.commune_count,
    }


def _dataset(dataset: Dataset) -> Json:
    return {
        "source": dataset.source,
        "title": dataset.title,
        "producer": dataset.producer,
        "vintage_on": dataset.vintage_on.isoformat(),
        "workforce_year": dataset.workforce_year,
        "published_on": None if dataset.published_on is None else dataset.published_on.isoformat(),
        "licence": dataset.licence,
        "perimeter": {"code": dataset.perimeter.code, "name": dataset.perimeter.name},
        "geography": dataset.millesime_id,
        "nomenclature": dataset.nomenclature,
        "is_demonstration": dataset.is_demonstration,
    }


def _statistics(dataset: Dataset) -> Json:
    return {
        "source": dataset.source,
        "series": dataset.series,
        "year": dataset.year,
        "revision": dataset.revision,
        "title": dataset.title,
        "producer": dataset.producer,
        "published_on": None if dataset.published_on is None else dataset.published_on.isoformat(),
        "licence": dataset.licence,
        "concept": dataset.concept,
        "field": dataset.field_note,
        "ess_perimeter": dataset.ess_perimeter,
        "break": dataset.break_note,
        "geography": dataset.millesime_id,
        "nomenclature": dataset.nomenclature,
        "policy": dataset.policy,
        "is_demonstration": dataset.is_demonstration,
    }


def _column(table: Table, column: str) -> Json:
    if column == "value":
        return {"key": column, "label": "Valeur", "unit": None}
    return {"key": column, "label": column_label(column), "unit": unit_of(column).value}


def _table(table: Table, sentence: str | None = None, source: str = "") -> Json:
    payload = table.to_json()
    if table.columns == ("value",):
        for row in payload["rows"]:
            row["unit"] = unit_of(row["key"]).value
    described: Json = {"title": TABLE_TITLES[table.key]}
    if sentence is not None:
        described["sentence"] = sentence
    if source:
        described["source_line"] = source
    return {**described, **payload, "columns": [_column(table, column) for column in table.columns]}


def _side(side: Side) -> Json:
    return {**_territory(side.territory), "tables": {key: _table(table) for key, table in side.tables.items()}}


def _definition(indicator: Indicator) -> Json:
    return {
        "code": indicator.code,
        "label": indicator.label,
        "unit": indicator.unit.value,
        "formula": indicator.formula,
        "denominator": indicator.denominator,
        "source": indicator.source,
        "limits": indicator.limits,
    }


def portrait_json(portrait: Portrait) -> Json:
    """The whole portrait in JSON types. Cells are {value, status}: value is null whenever the status forbids a number."""
    release = portrait.release
    return {
        "format": FORMAT,
        "version": VERSION,
        "internal": portrait.is_draft,
        "territory": _territory(portrait.territory),
        "has_figures": portrait.has_figures,
        "empty_reason": portrait.empty_reason,
        "coverage_note": portrait.coverage_note,
        "release": None
        if release is None
        else {
            "number": release.number,
            "released_at": None if release.released_at is None else release.released_at.isoformat(),
        },
        "dataset": None if portrait.dataset is None else _dataset(portrait.dataset),
        "statistics": [_statistics(dataset) for dataset in portrait.statistics],
        "source_line": portrait.source,
        "source_lines": list(portrait.sources),
        "statuses": {status.value: {"symbol": status.symbol, "label": status.label} for status in Status},
        "legend": list(LEGEND.values()),
        "tables": {key: _table(table, portrait.sentence(key), portrait.source_of(key)) for key, table in portrait.tables.items()},
        "compared": [_side(side) for side in portrait.compared],
        "compared_without_figures": [_territory(territory) for territory in portrait.without_figures],
        "definitions": [_definition(indicator) for indicator in definitions()],
    }
