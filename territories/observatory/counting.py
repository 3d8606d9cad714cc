"""From the observations of a dataset to the tables of its territories: what a release publishes and what a draft shows.

Territories that lie in the communes read one by one are sums of communes, coverage included. Comparison levels outside are
taken whole, only when the dataset holds all of them. A territory that is neither has no tables: nobody is shown a part of a
département as if it were the département.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from territories.foundations.vocabulary import TRANCHES
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Territory, TerritoryCommune
from territories.geography.queries import scope_codes
from territories.observatory.enums import Champ, Qualification
from territories.observatory.models import Dataset, Establishment, Observation
from territories.observatory.statistics.building import Reference, build_tables
from territories.observatory.statistics.cells import (
    EmployerCell,
    EmployerListing,
    EssCell,
    FlowCell,
    FlowYears,
    Place,
    TerritoryFacts,
)
from territories.observatory.statistics.tables import TerritoryTables
from territories.observatory.statistics.tallies import Tally, sum_tallies, tally_cells
from territories.observatory.survival import COHORT_MEASURES, Cohorts

_WHOLE_KINDS = frozenset({TerritoryKind.DEPARTEMENT, TerritoryKind.REGION, TerritoryKind.COUNTRY})
_Key = tuple[str, str]


def _place(kind: str, code: str) -> str:
    """The place of a cell: a commune by its code, a whole territory by kind and code, which no commune code can equal."""
    return code if kind == TerritoryKind.COMMUNE else f"{kind}:{code}"


@dataclass(frozen=True)
class Counts:
    """Everything read once from a dataset. `whole` names the comparison territories counted entirely."""

    dataset: Dataset
    tallies: Mapping[str, Tally]
    enterprises: Mapping[_Key, int]
    whole: frozenset[_Key]
    scope: frozenset[str]
    years: FlowYears
    communes: Mapping[str, Place]
    listings: Mapping[str, tuple[EmployerListing, ...]]
    sirens: Mapping[str, frozenset[str]]
    cohorts: Cohorts


def _observed(dataset: Dataset, champ: Champ, *fields: str) -> Iterator[tuple]:
    rows = Observation.objects.filter(dataset=dataset, champ=champ, value__isnull=False)
    return rows.values_list("kind", "code", *fields, "value").iterator(chunk_size=20_000)


def _flows(dataset: Dataset, cohorts: Cohorts) -> Iterator[FlowCell]:
    """Creations and cessations; cohorts are put aside on the way."""
    for kind, code, family, year, measure, value in _observed(dataset, Champ.FLOWS, "family", "year", "measure"):
        n = round(value)
        if measure in COHORT_MEASURES:
            cohorts.add(_place(kind, code), year, measure, n)
            continue
        created = measure == "creations"
        yield FlowCell(_place(kind, code), family, year, n if created else 0, 0 if created else n)


def _listings(dataset: Dataset, communes: Mapping[str, Place]) -> tuple[dict[str, list[EmployerListing]], dict[str, set[str]]]:
    """Employers by commune: those with a band that can be listed, and the SIREN of all of them."""
    listings: defaultdict[str, list[EmployerListing]] = defaultdict(list)
    sirens: defaultdict[str, set[str]] = defaultdict(set)
    rows = Establishment.objects.filter(dataset=dataset, is_employer=True, qualification=Qualification.INCLUDED)
    fields = ("siret", "siren", "name", "family", "sector", "commune_code", "size_band", "is_partly_diffused")
    for siret, siren, name, family, sector, code, band, hidden in rows.values_list(*fields).iterator(chunk_size=20_000):
        sirens[code].add(siren)
        if band in TRANCHES and TRANCHES[band].lower:
            commune = communes.get(code)
            listings[code].append(
                EmployerListing(siret, name, family, sector, code, commune.name if commune else "", band, hidden)
            )
    return dict(listings), dict(sirens)


def read_counts(dataset: Dataset) -> Counts:
    """Read a dataset: six queries whatever its size."""
    scope = frozenset(scope_codes(dataset.millesime, dataset.region))
    uncovered = frozenset(dataset.uncovered_communes)
    communes = {
        code: Place(code, name, population, code in scope and code not in uncovered)
        for code, name, population in Commune.objects.filter(millesime_id=dataset.millesime_id)
        .order_by("search", "code")
        .values_list("code", "name", "population")
    }
    whole: set[_Key] = set()

    def ess() -> Iterator[EssCell]:
        fields = ("family", "division", "nomenclature", "size_band", "is_employer")
        for kind, code, family, division, nomenclature, band, employer, value in _observed(dataset, Champ.ESS, *fields):
            if kind in _WHOLE_KINDS:
                whole.add((kind, code))
            yield EssCell(_place(kind, code), family, division, nomenclature, band, bool(employer), round(value))

    employers = (
        EmployerCell(_place(kind, code), division, bool(private), round(value), nomenclature)
        for kind, code, division, nomenclature, private, value in _observed(
            dataset, Champ.EMPLOYERS, "division", "nomenclature", "is_private"
        )
    )
    years: set[int] = set()
    cohorts = Cohorts()

    def flows() -> Iterator[FlowCell]:
        for cell in _flows(dataset, cohorts):
            years.add(cell.year)
            yield cell

    tallies = tally_cells(ess(), employers, flows())
    enterprises: defaultdict[_Key, int] = defaultdict(int)
    for kind, code, value in _observed(dataset, Champ.ENTERPRISES):
        enterprises[kind, code] += round(value)
    listings, sirens = _listings(dataset, communes)
    return Counts(
        dataset=dataset,
        tallies=tallies,
        enterprises=dict(enterprises),
        whole=frozenset(whole),
        scope=scope,
        years=FlowYears(tuple(sorted(years))),
        communes=communes,
        listings={code: tuple(found) for code, found in listings.items()},
        sirens={code: frozenset(found) for code, found in sirens.items()},
        cohorts=cohorts,
    )


def _members(counts: Counts, territories: Collection[Territory]) -> dict[UUID, list[str]]:
    """The communes of each territory that has some in the scope, all of them, in the order of their names."""
    composed = [t for t in territories if t.kind not in {TerritoryKind.COMMUNE, TerritoryKind.COUNTRY}]
    members: defaultdict[UUID, list[str]] = defaultdict(list)
    for territory in territories:
        if territory.kind == TerritoryKind.COMMUNE and territory.code in counts.scope:
            members[territory.pk].append(territory.code)
    # One read of the memberships of the levels that gather communes; those of the country are never needed.
    links = TerritoryCommune.objects.filter(territory__millesime_id=counts.dataset.millesime_id)
    if len(composed) == len(territories) == 1:
        links = links.filter(territory=composed[0])
    else:
        links = links.exclude(territory__kind__in=(TerritoryKind.COMMUNE, TerritoryKind.COUNTRY))
    wanted = {territory.pk for territory in composed}
    for territory_id, code in links.values_list("territory_id", "commune__code").iterator(chunk_size=20_000):
        if territory_id in wanted:
            members[territory_id].append(code)
    rank = {code: position for position, code in enumerate(counts.communes)}
    return {
        territory_id: sorted(codes, key=rank.__getitem__)
        for territory_id, codes in members.items()
        if not counts.scope.isdisjoint(codes)
    }


def _facts(counts: Counts, territory: Territory, codes: list[str] | None) -> TerritoryFacts | None:
    """What the tables of a territory start from, None when the dataset cannot speak of it."""
    key = (territory.kind, territory.code)
    inside = codes is not None and counts.scope.issuperset(codes)
    if territory.kind in _WHOLE_KINDS and not inside:
        if key not in counts.whole:
            return None
        return TerritoryFacts(
            code=_place(*key),
            name=territory.name,
            population=territory.population,
            is_whole=True,
            enterprises=counts.enterprises.get(key),
            commune_count=territory.commune_count or None,
        )
    if codes is None:
        return None
    enterprises = counts.enterprises.get(key)
    if enterprises is None:
        enterprises = len(frozenset().union(*(counts.sirens.get(code, frozenset()) for code in codes)))
    return TerritoryFacts(
        code=territory.code,
        name=territory.name,
        population=territory.population,
        places=tuple(counts.communes[code] for code in codes),
        enterprises=enterprises,
        listings=tuple(listing for code in codes for listing in counts.listings.get(code, ())),
    )


class _References:
    """What the index of specificity is measured against: the région inside it, France for the région and elsewhere."""

    def __init__(self, counts: Counts) -> None:
        millesime = counts.dataset.millesime_id
        region = counts.dataset.region
        regional = Commune.objects.filter(millesime_id=millesime, region=region).values_list("code", flat=True)
        names = {
            (kind, code): name
            for kind, code, name in Territory.objects.filter(
                millesime_id=millesime, kind__in=(TerritoryKind.REGION, TerritoryKind.COUNTRY)
            ).values_list("kind", "code", "name")
        }
        here = [counts.tallies[code] for code in regional if code in counts.tallies]
        self.region = Reference(
            region, names.get((TerritoryKind.REGION, region), region), sum_tallies(here), TerritoryKind.REGION
        )
        self.country: Reference | None = None
        for key in counts.whole:
            if key[0] == TerritoryKind.COUNTRY:
                name = names.get(key, "France")
                self.country = Reference(key[1], name, counts.tallies[_place(*key)], TerritoryKind.COUNTRY)

    def of(self, territory: Territory, facts: TerritoryFacts) -> Reference | None:
        if territory.kind == TerritoryKind.COUNTRY:
            return None
        if territory.kind == TerritoryKind.REGION or facts.is_whole:
            return self.country
        return self.region


def speakable(counts: Counts, territories: Collection[Territory]) -> list[tuple[Territory, TerritoryFacts]]:
    """Those of `territories` that the dataset can speak of, in their order, with what their tables start from.

    Territories are of the millésime of the dataset.
    """
    members = _members(counts, territories)
    found = ((territory, _facts(counts, territory, members.get(territory.pk))) for territory in territories)
    return [(territory, facts) for territory, facts in found if facts is not None]


def levels_beside(counts: Counts, territories: Collection[Territory]) -> list[tuple[Territory, TerritoryFacts]]:
    """Those of `territories` that Sirene says nothing of here, but that statistics may name: départements, régions, France.

    What their tables start from has no tally: every figure of the register is unavailable there, never a zero.
    """
    spoken = {territory.pk for territory, _ in speakable(counts, territories)}
    return [
        (
            territory,
            TerritoryFacts(
                code=_place(territory.kind, territory.code),
                name=territory.name,
                population=territory.population,
                is_whole=True,
                commune_count=territory.commune_count or None,
            ),
        )
        for territory in territories
        if territory.kind in _WHOLE_KINDS and territory.pk not in spoken
    ]


def territory_tables(
    counts: Counts, subjects: Collection[tuple[Territory, TerritoryFacts]]
) -> Iterator[tuple[Territory, TerritoryTables]]:
    """The tables of each of the territories found by `speakable`, in their order."""
    references = _References(counts)
    for territory, facts in subjects:
        tables = build_tables(facts, counts.tallies, reference=references.of(territory, facts), years=counts.years)
        survival = counts.cohorts.table(facts)
        if survival is not None:
            tables = TerritoryTables(tables.code, {**tables.tables, survival.key: survival})
        yield territory, tables
