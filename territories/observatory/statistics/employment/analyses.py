"""Advanced analyses, shown apart: what the growth of jobs owes to sectors, how specialised and concentrated the ESS is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

from territories.foundations.formats import NBSP
from territories.foundations.toponyms import dans_territoire
from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.breakdowns import (
    ALL_LABEL,
    reference_facts,
    same_vintage,
    sector_keys,
)
from territories.observatory.statistics.employment.cells import JOBS, JobFacts, JobKey, YearFigures
from territories.observatory.statistics.employment.champs import ess
from territories.observatory.statistics.employment.mixes import apportioned, exact
from territories.observatory.statistics.employment.series import Segment, break_between, refusals, segments
from territories.observatory.statistics.employment.sheets import JOB_ANALYSES
from territories.observatory.statistics.employment.table_sheets import TABLE_SHEETS
from territories.observatory.statistics.employment.weights import source_facts
from territories.observatory.statistics.figures import (
    NOT_APPLICABLE,
    UNAVAILABLE,
    ZERO,
    Figure,
    combined_status,
    share,
    total,
)
from territories.observatory.statistics.tables import Row, Table, sector_label

_LABELS: Final = {sheet.code: sheet.label for sheet in TABLE_SHEETS}
_LISTED_COMMUNES: Final = 3
_EFFECTS: Final = ("job_gain", "national_effect", "structural_effect", "residual_effect")


class _Refused(Exception):
    """The analysis is not made; the message is the French sentence that says why."""


def completed(parts: Mapping[str, Figure], whole: Figure) -> dict[str, Figure]:
    """The parts, those that the source does not write read as zeros when the others make up the whole exactly.

    A masked part stays masked, and a missing one stays missing when it may hold something.
    """
    known = [exact(part.value) for part in parts.values() if part.value is not None]
    is_whole = whole.value is not None and sum(known, Fraction(0)) == exact(whole.value)
    return {key: ZERO if is_whole and part.status is Status.UNAVAILABLE else part for key, part in parts.items()}


def _sector_jobs(year: YearFigures, keys: Iterable[str]) -> dict[str, Figure]:
    return completed({key: ess(year, JOBS, JobKey(sector=key)) for key in keys}, ess(year, JOBS))


# --- Shift-share ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effects:
    """The gain of a sector and what it is made of: `national` + `structural` + `residual` = `gain`, exactly."""

    gain: Fraction
    national: Fraction
    structural: Fraction

    @property
    def residual(self) -> Fraction:
        return self.gain - self.national - self.structural


def shift_share(
    before: Mapping[str, Fraction],
    after: Mapping[str, Fraction],
    reference_before: Mapping[str, Fraction],
    reference_after: Mapping[str, Fraction],
) -> dict[str, Effects]:
    """The effects by sector, exact. The four mappings have the same keys.

    With E the jobs before here, g the growth of the reference and g_s that of the sector there: E·g is the national effect,
    E·(g_s − g) the structural one, and what remains of the gain is E·(growth here − g_s). A sector absent here at the start
    gains by itself alone. Raises ZeroDivisionError when the reference has none of a sector that exists here, or no job.
    """
    whole = sum(reference_before.values(), Fraction(0))
    growth = (sum(reference_after.values(), Fraction(0)) - whole) / whole
    effects = {}
    for sector, jobs in before.items():
        start = reference_before[sector]
        sector_growth = growth if jobs == 0 else (reference_after[sector] - start) / start
        effects[sector] = Effects(after[sector] - jobs, jobs * growth, jobs * (sector_growth - growth))
    return effects


def shift_share_table(facts: JobFacts, reference: JobFacts | None) -> Table:
    """The last comparable period, from its first to its last year, against the same period of the reference.

    facts: `years` [first, last], `reference`, `refusal` (a sentence: the table is then without rows). Effects are printed to
    the tenth of a job, and printed figures add up along rows and down columns.
    """
    described: dict[str, Any] = {**source_facts(facts.years[-1]), "years": [], "reference": None, "refusal": ""}
    columns = ("jobs_before", "jobs_after", *_EFFECTS)
    try:
        segment = _period(facts)
        described["years"] = [segment.numbers[0], segment.numbers[-1]]
        beside, here = _reference_period(segment, facts, reference)
        described["reference"] = reference_facts(here, beside.last)
        rows, whole = _shift_share_rows(segment, beside, here)
    except _Refused as refused:
        return Table("jobs_shift_share", columns, (), None, {**described, "refusal": str(refused)})
    return Table("jobs_shift_share", columns, rows, whole, described)


def _period(facts: JobFacts) -> Segment:
    found = segments(facts.years)
    if not found:
        raise _Refused(" ".join(refusals(facts.years)) or "Il faut au moins deux années comparables.")
    segment = found[-1]
    for before, after in pairwise(segment.years):
        if before.source.nomenclature != after.source.nomenclature:
            raise _Refused(
                f"La nomenclature d’activités n’est pas la même en {before.source.year} et en {after.source.year}\u00a0: "
                "les secteurs ne se comparent pas."
            )
    return segment


def _reference_period(segment: Segment, facts: JobFacts, reference: JobFacts | None) -> tuple[Segment, JobFacts]:
    if reference is None or reference.code == facts.code:
        raise _Refused("Aucun territoire de référence n’a de chiffres pour cette période.")
    years = [same_vintage(year, reference, facts.code) for year in segment.years]
    found = [year for year in years if year is not None]
    where = dans_territoire(reference.name, reference.kind)
    if len(found) < len(years):
        missing = next(mine.source.year for mine, other in zip(segment.years, years, strict=True) if other is None)
        raise _Refused(f"Les chiffres de {missing} manquent {where}, le territoire de référence.")
    for before, after in pairwise(found):
        if reason := break_between(before.source, after.source):
            raise _Refused(
                f"Les années {before.source.year} et {after.source.year} ne sont pas comparées {where}{NBSP}: {reason}."
            )
    return Segment(tuple(found)), reference


def _known_jobs(year: YearFigures, keys: Sequence[str], where: str) -> dict[str, Figure]:
    """The jobs of every sector, or a refusal that names the first one of which they may not or cannot be said."""
    jobs = _sector_jobs(year, keys)
    secret = [key for key, figure in jobs.items() if figure.status is Status.SECRET]
    missing = [key for key, figure in jobs.items() if not figure.known]
    if missing:
        why = "est couvert par le secret statistique" if secret else "n’est pas disponible"
        label = sector_label((secret or missing)[0])
        raise _Refused(f"Le nombre d’emplois du secteur «{NBSP}{label}{NBSP}» {why} en {year.source.year} {where}.")
    return jobs


def _exact_jobs(figures: Mapping[str, Figure]) -> dict[str, Fraction]:
    return {key: exact(figure.value) for key, figure in figures.items() if figure.value is not None}


def _shift_share_rows(segment: Segment, beside: Segment, reference: JobFacts) -> tuple[tuple[Row, ...], Row]:
    keys = sector_keys(segment.first, segment.last, beside.first, beside.last)
    there = dans_territoire(reference.name, reference.kind)
    before, after = (_known_jobs(year, keys, "dans le territoire") for year in (segment.first, segment.last))
    reference_before, reference_after = (_known_jobs(year, keys, there) for year in (beside.first, beside.last))
    for key in keys:
        if before[key].value and not reference_before[key].value:
            raise _Refused(
                f"Le secteur «{NBSP}{sector_label(key)}{NBSP}» ne compte aucun emploi en {beside.first.source.year} {there}, "
                "alors qu’il en compte dans le territoire."
            )
    if not any(figure.value for figure in reference_before.values()):
        raise _Refused(f"L’ESS ne compte aucun emploi en {beside.first.source.year} {there}.")
    effects = shift_share(*(_exact_jobs(jobs) for jobs in (before, after, reference_before, reference_after)))
    status = combined_status(
        figure.status for jobs in (before, after, reference_before, reference_after) for figure in jobs.values()
    )
    tenths = _printed(list(effects.values()))
    rows = tuple(
        Row(
            key,
            sector_label(key),
            {"jobs_before": before[key], "jobs_after": after[key]}
            | {effect: Figure(n / 10, status) for effect, n in zip(_EFFECTS, printed, strict=True)},
        )
        for key, printed in zip(keys, tenths, strict=True)
    )
    sums = {effect: Figure(sum(printed[index] for printed in tenths) / 10, status) for index, effect in enumerate(_EFFECTS)}
    whole = {"jobs_before": total(before.values()), "jobs_after": total(after.values())} | sums
    return rows, Row("total", ALL_LABEL, whole)


def _printed(effects: Sequence[Effects]) -> list[tuple[int, int, int, int]]:
    """Gain, national, structural and residual in tenths: the last one by difference, so that what is printed adds up."""
    gains = apportioned([effect.gain for effect in effects])
    national = apportioned([effect.national for effect in effects])
    structural = apportioned([effect.structural for effect in effects])
    return [(g, n, s, g - n - s) for g, n, s in zip(gains, national, structural, strict=True)]


# --- Specialisation and concentration -------------------------------------------------------------------------


def analyses_table(facts: JobFacts, reference: JobFacts | None) -> Table:
    """Specialisation and concentration of the last vintage. One masked sector, or commune, masks what needs them all.

    facts: `reference`, `first_sector` and `first_communes` (names, empty when they may not be said).
    """
    year = facts.years[-1]
    vintage = same_vintage(year, reference, facts.code)
    keys = sector_keys(year) if vintage is None else sector_keys(year, vintage)
    jobs = _sector_jobs(year, keys)
    first = _first_sector(jobs)
    communes, names = _first_communes(facts)
    concentration = _herfindahl(jobs)
    figures = {
        "specialisation_coefficient": (
            NOT_APPLICABLE if vintage is None else _specialisation_coefficient(jobs, _sector_jobs(vintage, keys))
        ),
        "sector_herfindahl": concentration,
        "equivalent_sectors": _inverse(concentration),
        "first_sector_share": first[0],
        "first_communes_share": communes,
    }
    return Table(
        key="jobs_analyses",
        columns=("value",),
        rows=tuple(Row(code, _LABELS[code], {"value": figures[code]}) for code in JOB_ANALYSES),
        facts={
            **source_facts(year),
            "reference": reference_facts(reference, vintage),
            "first_sector": first[1],
            "first_communes": names,
        },
    )


def _shares(jobs: Mapping[str, Figure]) -> tuple[dict[str, Fraction], Figure]:
    """The exact share of each part in their sum, and a figure that says why there is none, or with which status."""
    whole = total(jobs.values())
    if whole.value is None:
        return {}, whole
    if not whole.value:
        return {}, NOT_APPLICABLE
    exact_jobs = _exact_jobs(jobs)
    everything = sum(exact_jobs.values(), Fraction(0))
    return {key: value / everything for key, value in exact_jobs.items()}, whole


def _specialisation_coefficient(jobs: Mapping[str, Figure], reference_jobs: Mapping[str, Figure]) -> Figure:
    (shares, whole), (reference_shares, reference_whole) = _shares(jobs), _shares(reference_jobs)
    if not shares or not reference_shares:
        return Figure(None, combined_status(figure.status for figure in (whole, reference_whole) if not figure.known))
    gaps = sum((abs(shares[key] - reference_shares[key]) for key in shares), Fraction(0))
    return Figure(float(gaps / 2), combined_status((whole.status, reference_whole.status)))


def _herfindahl(jobs: Mapping[str, Figure]) -> Figure:
    shares, whole = _shares(jobs)
    if not shares:
        return whole
    return Figure(float(sum((part * part for part in shares.values()), Fraction(0))), whole.status)


def _inverse(figure: Figure) -> Figure:
    return figure if figure.value is None else Figure(1 / figure.value, figure.status)


def _first_sector(jobs: Mapping[str, Figure]) -> tuple[Figure, str]:
    shares, whole = _shares(jobs)
    if not shares:
        return whole, ""
    first = max(shares, key=lambda key: shares[key])
    return Figure(float(shares[first]), whole.status), sector_label(first)


def _first_communes(facts: JobFacts) -> tuple[Figure, list[str]]:
    """The share of the first three communes, and their names. Without object when there are no more than three."""
    if 0 < len(facts.communes) <= _LISTED_COMMUNES:
        return NOT_APPLICABLE, []
    whole = ess(facts.years[-1], JOBS)
    given = {place.code: UNAVAILABLE if place.figures is None else ess(place.figures, JOBS) for place in facts.communes}
    jobs = completed(given, whole)
    everywhere = total(jobs.values())
    if not jobs or everywhere.value is None:
        return (everywhere if jobs else UNAVAILABLE), []
    names = {place.code: place.name for place in facts.communes}
    ranked = sorted(_exact_jobs(jobs).items(), key=lambda pair: (-pair[1], names[pair[0]], pair[0]))[:_LISTED_COMMUNES]
    part = share(total(jobs[code] for code, _ in ranked), whole)
    return part, [names[code] for code, jobs_here in ranked if jobs_here] if part.known else []
