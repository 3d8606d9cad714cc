"""Years side by side: what is chained, what is not and why, and the other series, shown apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any, Final

from territories.foundations.formats import NBSP
from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.cells import (
    ESTABLISHMENTS,
    GROSS_PAY,
    JOBS,
    JobFacts,
    SourceYear,
    YearFigures,
)
from territories.observatory.statistics.employment.champs import ess, outside
from territories.observatory.statistics.employment.weights import source_facts
from territories.observatory.statistics.figures import (
    NOT_APPLICABLE,
    Figure,
    combined_status,
    evolution,
    rate,
)
from territories.observatory.statistics.tables import Row, Table

_SERIES_LABELS: Final[dict[str, str]] = {"flores": "Insee, Flores", "urssaf": "Urssaf"}


@dataclass(frozen=True, slots=True)
class Segment:
    """Consecutive years that may be compared with one another, at least two, in order."""

    years: tuple[YearFigures, ...]

    @property
    def first(self) -> YearFigures:
        return self.years[0]

    @property
    def last(self) -> YearFigures:
        return self.years[-1]

    @property
    def numbers(self) -> tuple[int, ...]:
        return tuple(year.source.year for year in self.years)


def series_label(series: str) -> str:
    return _SERIES_LABELS.get(series, series)


def break_between(before: SourceYear, after: SourceYear) -> str:
    """Why two vintages are not chained, as the end of a French sentence; empty when they are."""
    if after.year != before.year + 1:
        missing = [str(year) for year in range(before.year + 1, after.year)]
        if not missing:
            return "les millésimes ne se suivent pas"
        return f"aucune donnée n’est chargée pour {missing[0]}" + (f" à {missing[-1]}" if len(missing) > 1 else "")
    if after.series != before.series:
        return f"la source n’est pas la même ({series_label(before.series)}, puis {series_label(after.series)})"
    if after.concept != before.concept:
        return f"l’emploi n’y est pas compté de la même façon ({before.concept}, puis {after.concept})"
    if after.perimeter != before.perimeter:
        return f"le périmètre de l’ESS n’est pas le même ({_perimeter(before)}, puis {_perimeter(after)})"
    if after.geography != before.geography:
        return f"la géographie n’est pas la même ({_geography(before)}, puis {_geography(after)})"
    if after.break_note:
        return f"rupture de série en {after.year} ({_ended(after.break_note)})"
    return ""


def _ended(note: str) -> str:
    return note.strip().rstrip(".")


def _perimeter(source: SourceYear) -> str:
    return source.perimeter_label or source.perimeter or "toutes activités"


def _geography(source: SourceYear) -> str:
    return f"communes au 1er janvier {source.geography}" if source.geography else "géographie non précisée"


def _gap(year: YearFigures) -> str:
    """Why the jobs of a year are not known, empty when they are."""
    jobs = ess(year, JOBS)
    if jobs.known:
        return ""
    if jobs.status is Status.SECRET:
        return f"le nombre d’emplois de {year.source.year} est couvert par le secret statistique"
    return f"le nombre d’emplois de {year.source.year} n’est pas disponible"


def _why_not(before: YearFigures, after: YearFigures) -> str:
    return break_between(before.source, after.source) or _gap(before) or _gap(after)


def refusals(years: Sequence[YearFigures]) -> list[str]:
    """One French sentence for each couple of neighbouring vintages that is not compared, saying why."""
    return [
        f"Les années {before.source.year} et {after.source.year} ne sont pas comparées{NBSP}: {reason}."
        for before, after in pairwise(years)
        if (reason := _why_not(before, after))
    ]


def segments(years: Sequence[YearFigures]) -> list[Segment]:
    """The longest runs of comparable years, in order; a year comparable with none of its neighbours is in no segment."""
    runs: list[list[YearFigures]] = []
    for year in years:
        if runs and not _why_not(runs[-1][-1], year):
            runs[-1].append(year)
        else:
            runs.append([year])
    return [Segment(tuple(run)) for run in runs if len(run) > 1]


def yearly_growth(before: Figure, after: Figure, years: int) -> Figure:
    """The mean growth by year (TCAM), 0.02 for + 2 % a year; « /// » from zero."""
    growth = evolution(before, after)
    if growth.value is None:
        return growth
    return Figure((1 + growth.value) ** (1 / years) - 1, growth.status)


def _segment_facts(segment: Segment) -> dict[str, Any]:
    before, after = ess(segment.first, JOBS), ess(segment.last, JOBS)
    numbers = segment.numbers
    return {
        "years": list(numbers),
        "base": numbers[0],
        "growth": evolution(before, after).to_json(),
        "tcam": yearly_growth(before, after, numbers[-1] - numbers[0]).to_json(),
    }


def _denominators(year: YearFigures) -> SourceYear:
    return year.denominators or year.source


def _other_index(segment: Segment, position: int) -> Figure:
    """The index of the private sector outside the ESS, as long as its own vintages are comparable too."""
    until = segment.years[: position + 1]
    if any(break_between(_denominators(before), _denominators(after)) for before, after in pairwise(until)):
        return NOT_APPLICABLE
    return rate(outside(until[-1], JOBS), outside(segment.first, JOBS), per=100)


def _alone(figure: Figure) -> Figure:
    """The index or the change of a year that is compared with none: without object, unless it is masked or missing."""
    return NOT_APPLICABLE if figure.known else Figure(None, figure.status)


def _change(before: YearFigures | None, after: YearFigures) -> Figure:
    jobs = ess(after, JOBS)
    if before is None:
        return _alone(jobs)
    reason = break_between(before.source, after.source)
    if reason:
        status = combined_status((ess(before, JOBS).status, jobs.status))
        return NOT_APPLICABLE if status.has_value else Figure(None, status)
    return evolution(ess(before, JOBS), jobs)


def evolution_table(years: Sequence[YearFigures]) -> Table:
    """The jobs year by year. Indices start again at 100 with each segment; no change crosses a break.

    facts: `segments` [{years, base, growth, tcam}] with `growth` and `tcam` as {value, status}, `refusals` (sentences),
    `sources` (one line a vintage, without repetition).
    """
    found = segments(years)
    rows = []
    for position, year in enumerate(years):
        jobs, other = ess(year, JOBS), outside(year, JOBS)
        index, other_index = _alone(jobs), _alone(other)
        for segment in found:
            if year.source.year in segment.numbers:
                index = rate(jobs, ess(segment.first, JOBS), per=100)
                other_index = _other_index(segment, segment.numbers.index(year.source.year))
        cells = {
            "jobs": jobs,
            "job_index": index,
            "other_job_index": other_index,
            "job_change": _change(years[position - 1] if position else None, year),
        }
        rows.append(Row(str(year.source.year), str(year.source.year), cells))
    facts = {
        **source_facts(years[-1]),
        "sources": _lines(years),
        "segments": [_segment_facts(segment) for segment in found],
        "refusals": refusals(years),
    }
    return Table("jobs_evolution", ("jobs", "job_index", "other_job_index", "job_change"), tuple(rows), facts=facts)


def _lines(years: Iterable[YearFigures]) -> list[str]:
    lines = [line for year in years for line in (year.source.source, year.denominators and year.denominators.source) if line]
    return list(dict.fromkeys(lines))


def other_series_table(facts: JobFacts) -> Table:
    """The vintages of other series, each series apart, in order: keys « urssaf:2022 ».

    facts: `series` [{key, label, source, concept}] (source of its last vintage), `refusals`, `sources`.
    """
    ordered = sorted(facts.others, key=lambda year: (year.source.series, year.source.year))
    rows: list[Row] = []
    described: list[dict[str, str]] = []
    refused: list[str] = []
    for series, group in groupby(ordered, key=lambda year: year.source.series):
        years = list(group)
        label = series_label(series)
        last = years[-1].source
        described.append({"key": series, "label": label, "source": last.source, "concept": last.concept})
        refused += [f"{label}{NBSP}: {_lowered(sentence)}" for sentence in refusals(years)]
        for before, year in zip([None, *years[:-1]], years, strict=True):
            cells = {
                "jobs": ess(year, JOBS),
                "source_establishments": ess(year, ESTABLISHMENTS),
                "gross_pay": ess(year, GROSS_PAY),
                "job_change": _change(before, year),
            }
            rows.append(Row(f"{series}:{year.source.year}", f"{label} {year.source.year}", cells))
    return Table(
        key="jobs_other_series",
        columns=("jobs", "source_establishments", "gross_pay", "job_change"),
        rows=tuple(rows),
        facts={**source_facts(ordered[-1]), "sources": _lines(ordered), "series": described, "refusals": refused},
    )


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
