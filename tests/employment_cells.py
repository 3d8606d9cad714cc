"""Cells, vintages and rows of the canonical layout, for the tests of the figures with jobs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.cells import (
    ESS,
    PRIVATE,
    PRIVATE_OTHER,
    PUBLIC,
    TOTAL,
    JobCell,
    JobFacts,
    JobKey,
    SourceYear,
    YearFigures,
)
from territories.observatory.statistics.figures import UNAVAILABLE, Figure

SECRET = Figure(None, Status.SECRET)
CHAMPS = {"ESS": ESS, "PRIVE_HORS_ESS": PRIVATE_OTHER, "PRIVE": PRIVATE, "PUBLIC": PUBLIC, "TOTAL": TOTAL}
COLUMNS = {
    "nb_entreprises": "enterprises",
    "nb_etablissements": "establishments",
    "effectifs_3112": "jobs",
    "etp": "fte",
    "remunerations_brutes": "gross_pay",
}
SOURCE = SourceYear("flores", 2022, "Insee, Flores 2022", perimeter="ESS-4F+SC", perimeter_label="4 familles", geography=2024)


def figure(value: Any) -> Figure:
    """None is unavailable, « s » is secret, a number is observed, a figure is itself."""
    if isinstance(value, Figure):
        return value
    return UNAVAILABLE if value is None else SECRET if value == "s" else Figure(value)


def cell(units: int | None = None, largest: Mapping[str, float] | None = None, **figures: Any) -> JobCell:
    return JobCell({measure: figure(value) for measure, value in figures.items()}, largest or {}, units)


def year_of(cells: Mapping[JobKey, Mapping[str, Any]], year: int = 2022, **source: Any) -> YearFigures:
    """A vintage from {key: {measure: number, « s » or None}}."""
    shown = {key: {measure: figure(value) for measure, value in figures.items()} for key, figures in cells.items()}
    return YearFigures(replace(SOURCE, year=year, source=f"Insee, Flores {year}", **source), shown)


def simple_year(year: int, jobs: Any, other: Any = None, **source: Any) -> YearFigures:
    return year_of({JobKey(): {"jobs": jobs}, JobKey(PRIVATE_OTHER): {"jobs": other}}, year, **source)


def facts_of(*years: YearFigures, code: str = "T", name: str = "Territoire", **changes: Any) -> JobFacts:
    return replace(JobFacts(code, name, 10_000, tuple(years)), **changes)


def year_from_rows(rows: Iterable[Mapping[str, Any]]) -> YearFigures:
    """A vintage from rows of the canonical layout of one place, already masked."""
    cells: dict[JobKey, dict[str, Figure]] = {}
    for row in rows:
        key = JobKey(
            CHAMPS[row["champ"]],
            row.get("famille", ""),
            row.get("secteur", ""),
            row.get("tranche_taille", ""),
            row.get("sexe", ""),
            row.get("classe_age", ""),
        )
        for column, measure in COLUMNS.items():
            value = row.get(column, "")
            shown = SECRET if row.get("statut", "A") in ("s", "K") else UNAVAILABLE if value == "" else Figure(value)
            cells.setdefault(key, {})[measure] = shown
    return YearFigures(SOURCE, cells)


def same(shown: Figure, expected: Fraction | str) -> bool:
    """Whether a figure is what the oracle found: the same sign, or the same number to the precision of a float."""
    if isinstance(expected, str):
        return shown.value is None and shown.status.value == expected
    if shown.value is None:
        return False
    return abs(Fraction(shown.value) - expected) <= Fraction(1, 10**9) * max(1, abs(expected))
