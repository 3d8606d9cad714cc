"""Tallies: cells of a place summed by the dimensions that are published. Adding territories is adding tallies.

Mutable and private to one computation: nothing here is stored or shown. Divisions are folded into sectors on entry,
with their nomenclature.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from territories.foundations.vocabulary import EXCLUDED_DIVISIONS, UNCLASSIFIED, sector_of
from territories.observatory.statistics.cells import EmployerCell, EssCell, FlowCell

Counts = defaultdict[str, int]


def _counts() -> Counts:
    return defaultdict(int)


@dataclass(slots=True)
class Tally:
    """Counts of one place or of a sum of places. Keys are familles, sectors, Sirene size bands, years.

    `cross` is keyed by (famille, sector) and, like `families`, `sectors` and `bands`, counts employers only.
    """

    families: Counts = field(default_factory=_counts)
    sectors: Counts = field(default_factory=_counts)
    bands: Counts = field(default_factory=_counts)
    cross: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    other_families: Counts = field(default_factory=_counts)
    private_sectors: Counts = field(default_factory=_counts)
    public: int = 0
    creations: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))
    cessations: defaultdict[int, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def employers(self) -> int:
        return sum(self.families.values())

    @property
    def non_employers(self) -> int:
        return sum(self.other_families.values())

    @property
    def private_employers(self) -> int:
        return sum(self.private_sectors.values())

    @property
    def all_employers(self) -> int:
        return self.private_employers + self.public

    def add(self, other: "Tally") -> None:
        """Add the counts of `other`, place by place or territory by territory."""
        for mine, theirs in (
            (self.families, other.families),
            (self.sectors, other.sectors),
            (self.bands, other.bands),
            (self.other_families, other.other_families),
            (self.private_sectors, other.private_sectors),
        ):
            for key, n in theirs.items():
                mine[key] += n
        for pair, n in other.cross.items():
            self.cross[pair] += n
        for year, n in other.creations.items():
            self.creations[year] += n
        for year, n in other.cessations.items():
            self.cessations[year] += n
        self.public += other.public


def tally_cells(
    ess: Iterable[EssCell], employers: Iterable[EmployerCell] = (), flows: Iterable[FlowCell] = ()
) -> dict[str, Tally]:
    """One tally by place. A place without any cell has no entry: whether that is zero is for its coverage to say.

    Employers of the excluded divisions (private households, extra-territorial bodies) are left out of the
    denominators; the perimeter already keeps them out of the ESS.
    """
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for cell in ess:
        tally = tallies[cell.commune]
        if not cell.employer:
            tally.other_families[cell.famille] += cell.n
            continue
        sector = sector_of(cell.nomenclature, cell.division) or UNCLASSIFIED
        tally.families[cell.famille] += cell.n
        tally.sectors[sector] += cell.n
        tally.bands[cell.tranche] += cell.n
        tally.cross[cell.famille, sector] += cell.n
    for employer in employers:
        if employer.division in EXCLUDED_DIVISIONS:
            continue
        tally = tallies[employer.commune]
        if employer.private:
            sector = sector_of(employer.nomenclature, employer.division) or UNCLASSIFIED
            tally.private_sectors[sector] += employer.n
        else:
            tally.public += employer.n
    for flow in flows:
        tally = tallies[flow.commune]
        tally.creations[flow.year] += flow.creations
        tally.cessations[flow.year] += flow.cessations
    return dict(tallies)


def sum_tallies(tallies: Iterable[Tally]) -> Tally:
    """The tally of a territory from those of its places. An empty sum is an empty tally."""
    result = Tally()
    for tally in tallies:
        result.add(tally)
    return result
