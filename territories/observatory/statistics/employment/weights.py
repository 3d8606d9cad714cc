"""The table of key figures with jobs: how much the ESS weighs, over what, and beside what."""

from typing import Any

from territories.observatory.statistics.employment.cells import (
    ENTERPRISES,
    ESTABLISHMENTS,
    FTE,
    GROSS_PAY,
    JOBS,
    WOMEN,
    JobKey,
    YearFigures,
)
from territories.observatory.statistics.employment.champs import (
    Reader,
    ess,
    older,
    outside,
    overall,
    private,
    public,
    retirement_class,
)
from territories.observatory.statistics.employment.sheets import JOB_KEY_FIGURES, KEY_FIGURE_SHEETS
from territories.observatory.statistics.figures import Figure, count, rate, ratio, share
from territories.observatory.statistics.tables import Row, Table

_LABELS = {sheet.code: sheet.label for sheet in KEY_FIGURE_SHEETS}


def source_facts(year: YearFigures) -> dict[str, Any]:
    """What every table says of its source, in JSON types. `denominators` is empty when they come from the same file."""
    source = year.source
    return {
        "source": source.source,
        "series": source.series,
        "year": source.year,
        "concept": source.concept,
        "perimeter": source.perimeter_label,
        "geography": source.geography,
        "nomenclature": source.nomenclature,
        "denominators": "" if year.denominators is None else year.denominators.source,
        "is_demonstration": source.is_demonstration or (year.denominators is not None and year.denominators.is_demonstration),
    }


def pay_per_fte(year: YearFigures, read: Reader, key: JobKey) -> Figure:
    """Gross pay by full-time equivalent and by year, in euros."""
    return ratio(read(year, GROSS_PAY, key), read(year, FTE, key))


def key_figures(year: YearFigures, population: int | None) -> Table:
    whole = JobKey()
    women = JobKey(sex=WOMEN)
    jobs, establishments, pay = (ess(year, measure) for measure in (JOBS, ESTABLISHMENTS, GROSS_PAY))
    class_ = retirement_class(year)
    figures = {
        "jobs": jobs,
        "fte": ess(year, FTE),
        "gross_pay": pay,
        "source_establishments": establishments,
        "source_enterprises": ess(year, ENTERPRISES),
        "private_job_share": share(jobs, private(year, JOBS)),
        "total_job_share": share(jobs, overall(year, JOBS)),
        "private_pay_share": share(pay, private(year, GROSS_PAY)),
        "total_pay_share": share(pay, overall(year, GROSS_PAY)),
        "source_establishment_share": share(establishments, private(year, ESTABLISHMENTS)),
        "jobs_per_1000": rate(jobs, count(population), per=1000),
        "jobs_per_establishment": ratio(jobs, establishments),
        "fte_ratio": ratio(ess(year, FTE), jobs),
        "pay_per_fte": pay_per_fte(year, ess, whole),
        "other_pay_per_fte": pay_per_fte(year, outside, whole),
        "public_pay_per_fte": pay_per_fte(year, public, whole),
        "women_share": share(ess(year, JOBS, women), jobs),
        "other_women_share": share(outside(year, JOBS, women), outside(year, JOBS)),
        "over_50_share": share(older(year, ess, class_), jobs),
        "other_over_50_share": share(older(year, outside, class_), outside(year, JOBS)),
        "private_jobs": private(year, JOBS),
        "total_jobs": overall(year, JOBS),
    }
    return Table(
        key="jobs_key_figures",
        columns=("value",),
        rows=tuple(Row(code, _LABELS[code], {"value": figures[code]}) for code in JOB_KEY_FIGURES),
        facts={**source_facts(year), "population": population, "retirement_class": class_},
    )
