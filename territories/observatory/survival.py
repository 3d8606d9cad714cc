"""Cohorts of creations, from the flows of Sirene to the table of a territory: how many lasted three years, and five.

A cohort too young to have reached an age has no row at that age in the whole dataset: what is missing there is « not yet »,
while a place without any row of an older cohort created nothing that year.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from territories.observatory.statistics.cells import TerritoryFacts
from territories.observatory.statistics.employment.survival import Cohort, survival_table
from territories.observatory.statistics.tables import Table

CREATED: Final = "cohort"
LASTED: Final = ("survived_3", "survived_5")
COHORT_MEASURES: Final = frozenset({CREATED, *LASTED})


@dataclass
class Cohorts:
    """Counts by place, year and measure, and the years that each measure covers."""

    counts: defaultdict[tuple[str, int, str], int] = field(default_factory=lambda: defaultdict(int))
    years: defaultdict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def add(self, place: str, year: int, measure: str, n: int) -> None:
        self.counts[place, year, measure] += n
        self.years[measure].add(year)

    def table(self, facts: TerritoryFacts) -> Table | None:
        """The table of a territory, None when the dataset follows no cohort or covers nothing of it."""
        places = [facts.code] if facts.is_whole else [place.code for place in facts.places if place.covered]
        if not places or not self.years:
            return None
        return survival_table([self._cohort(places, year) for year in sorted(self.years[CREATED])])

    def _cohort(self, places: Iterable[str], year: int) -> Cohort:
        totals = {
            measure: sum(self.counts.get((place, year, measure), 0) for place in places) if year in self.years[measure] else None
            for measure in (CREATED, *LASTED)
        }
        return Cohort(year, totals[CREATED], *(totals[measure] for measure in LASTED))
