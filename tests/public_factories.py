"""A small published world for the public pages: communes, two EPCI, their département, région and France, a release."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from territories.foundations.text import fold
from territories.foundations.vocabulary import NAF_REV2, SECTORS, SIZE_BANDS, EssFamily
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Millesime, Territory, TerritoryCommune
from territories.observatory.enums import DatasetState, Qualification, ReleaseState
from territories.observatory.models import Dataset, Establishment, Perimeter, Release, ReleasedFigure
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
from territories.observatory.statistics.tallies import Tally, sum_tallies, tally_cells

YEARS = FlowYears(tuple(range(2014, 2026)))
BANDS = [band.code for band in SIZE_BANDS if band.is_employer][:10]
FAMILIES = [family.value for family in EssFamily]


@dataclass(frozen=True)
class CommuneFact:
    """A commune of the small world; `epci` is the code of its EPCI."""

    code: str
    name: str
    population: int
    epci: str
    departement: str = "44"
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True)
class GroupFact:
    """An EPCI or a département by code and name."""

    code: str
    name: str
    nature: str = "CC"


SMALL_COMMUNES = (
    CommuneFact("44003", "Ancenis-Saint-Géréon", 11_000, "244400552", "44", -1.18, 47.37),
    CommuneFact("44036", "Couffé", 2_600, "244400552", "44", -1.29, 47.39),
    CommuneFact("44213", "Vair-sur-Loire", 4_900, "244400552", "44", -1.10, 47.38),
    CommuneFact("49160", "Ingrandes-Le Fresne sur Loire", 2_800, "244400552", "49", -0.92, 47.40),
    CommuneFact("44184", "Saint-Nazaire", 72_000, "244400644", "44", -2.21, 47.27),
    CommuneFact("44132", "Pornichet", 12_000, "244400644", "44", -2.34, 47.26),
    CommuneFact("44109", "Nantes", 32_000, "244400404", "44", -1.55, 47.22),
)
SMALL_GROUPS = (
    GroupFact("244400552", "CC du Pays d’Ancenis"),
    GroupFact("244400644", "CA de la Région Nazairienne", "CA"),
    GroupFact("244400404", "Nantes Métropole", "METRO"),
)
SMALL_DEPARTEMENTS = (GroupFact("44", "Loire-Atlantique"), GroupFact("49", "Maine-et-Loire"))


@dataclass
class World:
    """What was made."""

    millesime: Millesime
    release: Release
    dataset: Dataset
    territories: dict[tuple[str, str], Territory]

    def __getitem__(self, key: tuple[str, str]) -> Territory:
        return self.territories[key]


def make_geography(
    communes: Sequence[CommuneFact] = SMALL_COMMUNES,
    groups: Sequence[GroupFact] = SMALL_GROUPS,
    departements: Sequence[GroupFact] = SMALL_DEPARTEMENTS,
) -> tuple[Millesime, dict[tuple[str, str], Territory]]:
    """Communes and territories of every standard kind, in the current millésime."""
    millesime = Millesime.objects.create(
        year=2026, source="Monde de test", population_label="populations de test", is_current=True
    )
    rows = Commune.objects.bulk_create(
        Commune(
            millesime=millesime,
            code=one.code,
            name=one.name,
            search=fold(one.name),
            departement=one.departement,
            region="52",
            epci=one.epci,
            population=one.population,
            longitude=one.longitude,
            latitude=one.latitude,
        )
        for one in communes
    )
    by_code = {row.code: row for row in rows}
    territories: dict[tuple[str, str], Territory] = {}

    def add(kind: str, code: str, name: str, members: list[Commune], nature: str = "") -> None:
        territory = Territory.objects.create(
            millesime=millesime,
            kind=kind,
            code=code,
            name=name,
            nature=nature,
            search=fold(name),
            core=fold(name),
            slug=f"{fold(name).replace(' ', '-').replace(chr(8217), '-')}-{code}".lower()[:120],
            population=sum(commune.population or 0 for commune in members),
            commune_count=len(members),
        )
        TerritoryCommune.objects.bulk_create(TerritoryCommune(territory=territory, commune=commune) for commune in members)
        territories[kind, code] = territory

    for one in communes:
        add(TerritoryKind.COMMUNE, one.code, one.name, [by_code[one.code]])
    for group in groups:
        members = [by_code[one.code] for one in communes if one.epci == group.code]
        add(TerritoryKind.EPCI, group.code, group.name, members, group.nature)
    for group in departements:
        members = [by_code[one.code] for one in communes if one.departement == group.code]
        add(TerritoryKind.DEPARTEMENT, group.code, group.name, members)
    add(TerritoryKind.REGION, "52", "Pays de la Loire", rows)
    add(TerritoryKind.COUNTRY, "F", "France", rows)
    return millesime, territories


def make_dataset(millesime: Millesime) -> Dataset:
    perimeter = Perimeter.objects.create(code="test", name="Périmètre de test", content={}, source="Test")
    return Dataset.objects.create(
        source="sirene",
        title="Sirene, fichiers des unités légales et des établissements",
        producer="Insee",
        vintage_on=date(2026, 11, 1),
        workforce_year=2024,
        licence="Licence ouverte 2.0",
        perimeter=perimeter,
        millesime=millesime,
        region="52",
        state=DatasetState.ACTIVE,
        is_demonstration=True,
    )


def _cells(communes: Sequence[CommuneFact], draw: random.Random) -> tuple[list[EssCell], list[EmployerCell], list[FlowCell]]:
    ess: list[EssCell] = []
    employers: list[EmployerCell] = []
    flows: list[FlowCell] = []
    for one in communes:
        base = max(2, one.population // 250)
        for family, weight in zip(FAMILIES, (0.78, 0.14, 0.03, 0.01, 0.04), strict=True):
            for _ in range(round(base * weight + draw.random())):
                division = draw.choice(SECTORS[draw.choice((3, 6, 7, 8, 8, 8, 9, 10, 11))].divisions)
                ess.append(EssCell(one.code, family, division, NAF_REV2, draw.choice(BANDS[: draw.randint(1, 10)]), True, 1))
            ess.append(EssCell(one.code, family, "94", NAF_REV2, "NN", False, round(3 * base * weight)))
            for year in YEARS.years:
                flows.append(FlowCell(one.code, family, year, round(draw.random() * base * weight / 3), round(draw.random())))
        for sector in SECTORS:
            employers.append(EmployerCell(one.code, sector.divisions[0], True, base + draw.randint(0, base * 2)))
        employers.append(EmployerCell(one.code, "84", False, 1 + base // 4))
    return ess, employers, flows


def make_world(*, uncovered: Sequence[str] = ()) -> World:
    """Geography, dataset, establishments and a current release with the tables of every territory. Same seed, same world."""
    millesime, territories = make_geography()
    return publish(millesime, territories, SMALL_COMMUNES, uncovered=uncovered)


def publish(
    millesime: Millesime,
    territories: dict[tuple[str, str], Territory],
    communes: Sequence[CommuneFact],
    *,
    uncovered: Sequence[str] = (),
) -> World:
    """A current release of these territories over these communes, and its establishments."""
    draw = random.Random(52)
    dataset = make_dataset(millesime)
    tallies = tally_cells(*_cells(communes, draw))
    whole = sum_tallies(list(tallies.values()))
    release = Release.objects.create(
        number=3,
        dataset=dataset,
        state=ReleaseState.CURRENT,
        territory_count=len(territories),
        released_at=datetime(2026, 11, 12, 9, tzinfo=UTC),
    )
    figures = []
    for territory in territories.values():
        figures += _figures(release, territory, tallies, whole, uncovered)
    ReleasedFigure.objects.bulk_create(figures, batch_size=200)
    make_establishments(dataset, communes)
    return World(millesime, release, dataset, territories)


def _figures(
    release: Release, territory: Territory, tallies: dict[str, Tally], whole: Tally, uncovered: Sequence[str]
) -> list[ReleasedFigure]:
    members = list(territory.communes.order_by("search").values_list("code", "name", "population"))
    members = [member for member in members if member[0] in tallies]
    places = tuple(Place(code, name, population, code not in uncovered) for code, name, population in members)
    country = territory.kind == TerritoryKind.COUNTRY
    code = territory.code
    listings = tuple(
        EmployerListing(
            f"{90000000000000 + rank}", f"Structure {rank} de {name}", FAMILIES[rank % 5], "action-sociale", c, name, "21"
        )
        for rank, (c, name, _) in enumerate(members[:12])
    )
    facts = TerritoryFacts(
        code=code,
        name=territory.name,
        population=territory.population,
        places=() if country else places,
        is_whole=country,
        enterprises=sum(tallies[place.code].employers for place in places) * 9 // 10,
        present=len(places),
        commune_count=len(places),
        listings=listings,
    )
    known = {**tallies, code: whole} if country else tallies
    tables = build_tables(facts, known, reference=Reference("52", "Pays de la Loire", whole), years=YEARS)
    return [
        ReleasedFigure(release=release, territory=territory, table=key, payload=payload)
        for key, payload in tables.to_json().items()
    ]


def make_establishments(dataset: Dataset, communes: Sequence[CommuneFact], *, each: int = 12) -> None:
    """Some establishments in each commune; the third one of each is in partial diffusion, the fourth to qualify."""
    rows = []
    for place, one in enumerate(communes):
        for rank in range(each):
            partly = rank == 2
            name = "" if partly else f"Association {one.name} {rank:02d}"
            rows.append(
                Establishment(
                    dataset=dataset,
                    siret=f"{10_000_000_000_000 + place * 1000 + rank}",
                    siren=f"{100_000_000 + place * 1000 + rank}",
                    name=name,
                    search=fold(name),
                    qualification=Qualification.TO_QUALIFY if rank == 3 else Qualification.INCLUDED,
                    family=FAMILIES[rank % 5],
                    motive="Catégorie juridique 9220, association déclarée",
                    legal_category="9220",
                    ape="88.99B",
                    nomenclature=NAF_REV2,
                    division="88",
                    sector="action-sociale" if rank % 2 else "sports-loisirs",
                    size_band="NN" if rank == 5 else BANDS[rank % len(BANDS)],
                    is_employer=rank != 5,
                    is_partly_diffused=partly,
                    commune_code=one.code,
                    postal_code="" if partly else "44150",
                    created_on=date(2001, 5, 1),
                )
            )
    Establishment.objects.bulk_create(rows, batch_size=500)
