"""What the core receives: counted cells attached to a place, and facts about places.

A place (`commune`) is the code of a commune, or the key of a comparison territory counted as a whole (« DEP-35 »).
Cells are additive inside one place and between places that do not overlap; enterprises are not (an association with
two establishments in two communes is one enterprise of their EPCI), hence their own type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from territories.foundations.vocabulary import NAF_REV2


@dataclass(frozen=True, slots=True)
class EssCell:
    """`n` active establishments of the ESS. `tranche` is the Sirene size band, empty when it is missing."""

    commune: str
    famille: str
    division: str
    nomenclature: str
    tranche: str
    employer: bool
    n: int


@dataclass(frozen=True, slots=True)
class EmployerCell:
    """`n` employer establishments of all kinds, ESS included. Private: legal category starting with neither 4 nor 7."""

    commune: str
    division: str
    private: bool
    n: int
    nomenclature: str = NAF_REV2


@dataclass(frozen=True, slots=True)
class FlowCell:
    """Establishments of the ESS created and closed during `year`."""

    commune: str
    famille: str
    year: int
    creations: int
    cessations: int


@dataclass(frozen=True, slots=True)
class EnterpriseCount:
    """Distinct SIREN of the ESS employers of a territory: never the sum of those of its communes."""

    territory: str
    n: int


@dataclass(frozen=True, slots=True)
class Place:
    """A commune, or a comparison territory counted as a whole.

    `population` is the municipal population, None when unknown. `covered` is False when the files read did not include
    the place: its figures are then unavailable, never zero.
    """

    code: str
    name: str
    population: int | None
    covered: bool = True


@dataclass(frozen=True, slots=True)
class EmployerListing:
    """An employer of the ESS as the public register names it, with its size band. No headcount exists here."""

    siret: str
    name: str
    famille: str
    sector: str
    commune: str
    commune_name: str
    tranche: str
    partly_diffused: bool = False


@dataclass(frozen=True, slots=True)
class TerritoryFacts:
    """What the tables of a territory need besides its cells.

    `places` are its communes in the order of the table. `is_whole` says that the cells were counted for the territory
    as a whole (comparison levels): the table of communes is then empty and coverage complete. `population` is that of
    the whole territory; for a partial coverage, rates use the population of the covered communes.
    `present` and `commune_count` replace the count by commune when the territory is whole; None is unavailable.
    """

    code: str
    name: str
    population: int | None
    places: tuple[Place, ...] = ()
    is_whole: bool = False
    enterprises: int | None = None
    present: int | None = None
    commune_count: int | None = None
    listings: tuple[EmployerListing, ...] = ()


@dataclass(frozen=True, slots=True)
class FlowYears:
    """The years of the table of dynamics, in order, and those whose count is not closed yet."""

    years: tuple[int, ...] = ()
    provisional: frozenset[int] = field(default_factory=frozenset)


NO_FLOWS = FlowYears()

EnterpriseCounts = Mapping[str, int]
