"""What became of the establishments created in a year: from counts of cohorts to a table."""

from collections.abc import Iterable
from dataclasses import dataclass

from territories.observatory.statistics.figures import (
    NOT_APPLICABLE,
    NOT_SIGNIFICANT,
    SIGNIFICANCE_THRESHOLD,
    Figure,
    count,
    share,
)
from territories.observatory.statistics.tables import Row, Table


@dataclass(frozen=True, slots=True)
class Cohort:
    """Establishments created in `year`: how many, and how many were still active on their third and fifth anniversaries.

    `survived_3` and `survived_5` are None as long as the youngest of them has not reached that anniversary. `created` is
    None when the file does not say.
    """

    year: int
    created: int | None
    survived_3: int | None = None
    survived_5: int | None = None


def _survival(created: Figure, survived: int | None, threshold: int) -> Figure:
    if survived is None:
        return NOT_APPLICABLE
    if created.value is not None and created.value < threshold:
        return NOT_SIGNIFICANT
    return share(Figure(survived), created)


def survival_table(cohorts: Iterable[Cohort], *, threshold: int = SIGNIFICANCE_THRESHOLD, source: str = "") -> Table:
    """One row a cohort, in order of years; « /// » when it is too young, « n.s. » under `threshold` creations.

    `threshold` itself is significant. More survivors than creations were not counted on the same field: unavailable.
    """
    rows = []
    for cohort in sorted(cohorts, key=lambda cohort: cohort.year):
        created = count(cohort.created)
        rows.append(
            Row(
                str(cohort.year),
                str(cohort.year),
                {
                    "created": created,
                    "survival_3": _survival(created, cohort.survived_3, threshold),
                    "survival_5": _survival(created, cohort.survived_5, threshold),
                },
            )
        )
    return Table(
        "survival",
        ("created", "survival_3", "survival_5"),
        tuple(rows),
        facts={"threshold": threshold, "source": source},
    )
