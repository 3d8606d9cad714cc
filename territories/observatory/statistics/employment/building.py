"""From what may be shown of a territory to its published tables with jobs.

Nothing here decides a mask: figures come masked, and the arithmetic of `figures` keeps them so in whatever is derived.
"""

from territories.observatory.statistics.employment.cells import JobFacts
from territories.observatory.statistics.figures import SIGNIFICANCE_THRESHOLD
from territories.observatory.statistics.tables import Table


def build_job_tables(
    facts: JobFacts, *, reference: JobFacts | None = None, threshold: int = SIGNIFICANCE_THRESHOLD
) -> dict[str, Table]:
    """The tables with jobs of a territory, by key, in their order.

    A table in which nothing is said of the ESS is left out, and so is one that `facts.allowed` does not name. A table whose
    figures are all masked stays: it says so. `reference` is the région, or France for the région: without it, or if it has
    no vintage of the same series, perimeter and year, indices are without object. It is never the territory itself.
    """
    return {}
