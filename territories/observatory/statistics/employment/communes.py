"""The jobs of the ESS in each commune of a territory."""

from territories.observatory.statistics.employment.cells import JOBS, JobFacts, YearFigures
from territories.observatory.statistics.employment.champs import ess, private
from territories.observatory.statistics.employment.weights import source_facts
from territories.observatory.statistics.figures import UNAVAILABLE, Figure, count, rate, share
from territories.observatory.statistics.tables import Row, Table


def communes(facts: JobFacts) -> Table:
    """One row a commune, in the order of `facts`. A commune without figures is unavailable, never empty."""
    year = facts.years[-1]
    rows = tuple(Row(place.code, place.name, _cells(place.figures, place.population)) for place in facts.communes)
    total = Row("total", facts.name, _cells(year, facts.population))
    columns = ("jobs", "jobs_per_1000", "private_job_share", "population")
    return Table("jobs_communes", columns, rows, total, source_facts(year))


def _cells(year: YearFigures | None, population: int | None) -> dict[str, Figure]:
    jobs = UNAVAILABLE if year is None else ess(year, JOBS)
    return {
        "jobs": jobs,
        "jobs_per_1000": rate(jobs, count(population), per=1000),
        "private_job_share": UNAVAILABLE if year is None else share(jobs, private(year, JOBS)),
        "population": count(population),
    }
