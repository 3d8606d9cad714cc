"""From what may be shown of a territory to its published tables with jobs.

Nothing here decides a mask: figures come masked, and the arithmetic of `figures` keeps them so in whatever is derived.
"""

from typing import Final

from territories.foundations.vocabulary import Status
from territories.observatory.statistics.employment.analyses import analyses_table, shift_share_table
from territories.observatory.statistics.employment.breakdowns import families, sectors, sizes
from territories.observatory.statistics.employment.cells import JobFacts
from territories.observatory.statistics.employment.communes import communes
from territories.observatory.statistics.employment.people import people
from territories.observatory.statistics.employment.series import evolution_table, other_series_table
from territories.observatory.statistics.employment.weights import key_figures
from territories.observatory.statistics.figures import SIGNIFICANCE_THRESHOLD, Figure
from territories.observatory.statistics.tables import Table

# What says nothing of the ESS: a table that knows only this is left out.
_BESIDE_THE_ESS: Final = frozenset(
    {
        "population",
        "private_jobs",
        "total_jobs",
        "other_pay_per_fte",
        "public_pay_per_fte",
        "other_women_share",
        "other_over_50_share",
        "sector_private_jobs",
        "sector_total_jobs",
        "other_people_share",
        "other_job_index",
    }
)


def build_job_tables(
    facts: JobFacts, *, reference: JobFacts | None = None, threshold: int = SIGNIFICANCE_THRESHOLD
) -> dict[str, Table]:
    """The tables with jobs of a territory, by key, in their order.

    A table in which nothing is said of the ESS is left out, and so is one that `facts.allowed` does not name. A table whose
    figures are all masked stays: it says so; so does a shift-share that is refused. `reference` is the région, or France for
    the région: without it, or if it has no vintage of the same series, perimeter and year, indices are without object.
    """
    tables: list[Table] = []
    if facts.years:
        year = facts.years[-1]
        tables += [
            key_figures(year, facts.population),
            families(year),
            sectors(year, facts.code, reference, threshold),
            sizes(year),
            people(year),
            communes(facts),
        ]
    if len(facts.years) > 1:
        tables.append(evolution_table(facts.years))
    if facts.others:
        tables.append(other_series_table(facts))
    if len(facts.years) > 1 and any(_speaks(table) for table in tables):
        tables.append(shift_share_table(facts, reference))
    if facts.years:
        tables.append(analyses_table(facts, reference))
    return {table.key: table for table in tables if _speaks(table) and (facts.allowed is None or table.key in facts.allowed)}


def _says(figure: Figure) -> bool:
    return figure.known or figure.status is Status.SECRET


def _speaks(table: Table) -> bool:
    """Whether the rows say anything of the ESS, be it that it is secret, or the table why it refuses."""
    if table.facts.get("refusal"):
        return True
    return any(
        _says(figure)
        for row in table.rows
        for column, figure in row.cells.items()
        if column not in _BESIDE_THE_ESS and row.key not in _BESIDE_THE_ESS
    )
