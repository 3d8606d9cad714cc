"""A tiny country: two régions, an EPCI across them, an island without EPCI, a Pays; and a Sirene dataset about it."""

from datetime import date
from typing import Any

from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, FormerCode, Millesime, Territory, TerritoryCommune
from territories.observatory.enums import Champ, DatasetState, Qualification
from territories.observatory.models import Dataset, Establishment, Observation, Perimeter

ANCENIS, REDON, RENNES = "244400552", "243500741", "243500139"
# code, name, département, région, EPCI, population
COMMUNES = (
    ("44003", "Ancenis-Saint-Géréon", "44", "52", ANCENIS, 11_000),
    ("44115", "Oudon", "44", "52", ANCENIS, 4_000),
    ("49160", "Ingrandes-le-Fresne-sur-Loire", "49", "52", ANCENIS, 2_500),
    ("44007", "Avessac", "44", "52", REDON, 2_500),
    ("35236", "Redon", "35", "53", REDON, 9_000),
    ("35238", "Rennes", "35", "53", RENNES, 220_000),
    ("85113", "L'Île-d'Yeu", "85", "52", "", 5_000),
)
SCOPE = ("44003", "44115", "49160", "44007", "35236", "85113")
NAMES = {
    ("epci", ANCENIS): "CC du Pays d'Ancenis",
    ("epci", REDON): "CA Redon Agglomération",
    ("epci", RENNES): "Rennes Métropole",
    ("departement", "44"): "Loire-Atlantique",
    ("departement", "49"): "Maine-et-Loire",
    ("departement", "35"): "Ille-et-Vilaine",
    ("departement", "85"): "Vendée",
    ("region", "52"): "Pays de la Loire",
    ("region", "53"): "Bretagne",
    ("country", "F"): "France",
}


def slug_of(name: str) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in name.lower().replace("é", "e").replace("î", "i"))


def add_territory(millesime: Millesime, kind: str, code: str, name: str, members: list[Commune]) -> Territory:
    territory = Territory.objects.create(
        millesime=millesime,
        kind=kind,
        code=code,
        name=name,
        search=slug_of(name).replace("-", " "),
        slug=f"{slug_of(name)}-{code}"[:120] if kind not in ("pays", "composite") else code,
        population=sum(member.population or 0 for member in members),
        commune_count=len(members),
    )
    TerritoryCommune.objects.bulk_create([TerritoryCommune(territory=territory, commune=member) for member in members])
    return territory


def make_geography(extra: int = 0) -> Millesime:
    """The tiny country; `extra` more communes in the EPCI of Ancenis."""
    millesime = Millesime.objects.create(
        year=2026, source="Géographie d’essai", population_label="populations d'essai", is_current=True
    )
    rows = [*COMMUNES, *((f"44{900 + rank}", f"Commune {rank:03d}", "44", "52", ANCENIS, 1_000) for rank in range(extra))]
    communes = []
    for code, name, departement, region, epci, population in rows:
        communes.append(
            Commune.objects.create(
                millesime=millesime,
                code=code,
                name=name,
                search=slug_of(name).replace("-", " "),
                departement=departement,
                region=region,
                epci=epci,
                population=population,
            )
        )
    for commune in communes:
        add_territory(millesime, TerritoryKind.COMMUNE, commune.code, commune.name, [commune])
    for (kind, code), name in NAMES.items():
        belongs = {
            "epci": lambda commune, code=code: commune.epci == code,
            "departement": lambda commune, code=code: commune.departement == code,
            "region": lambda commune, code=code: commune.region == code,
            "country": lambda commune: True,
        }[kind]
        add_territory(millesime, kind, code, name, [commune for commune in communes if belongs(commune)])
    # Codes that are both a région and a département.
    add_territory(millesime, TerritoryKind.DEPARTEMENT, "52", "Haute-Marne", [])
    add_territory(millesime, TerritoryKind.REGION, "44", "Grand Est", [])
    rivers = [commune for commune in communes if commune.code in ("44115", "49160")]
    add_territory(millesime, TerritoryKind.PAYS, "pays-des-rives", "Pays des rives", rivers)
    FormerCode.objects.create(millesime=millesime, code="44180", name="Saint-Géréon", commune=communes[0])
    return millesime


# commune, famille, division, band, SIREN rank, name: one row an establishment, all included.
ESTABLISHMENTS = (
    ("44003", "association", "88", "12", 1, "Les Amis d’Ancenis"),
    ("44003", "association", "88", "02", 1, "Les Amis, second lieu"),
    ("44003", "cooperative", "01", "21", 2, "La Terre partagée"),
    ("44003", "association", "93", "NN", 3, "Club de marche"),
    ("44115", "association", "88", "01", 1, "Les Amis d’Oudon"),
    ("49160", "mutuelle", "65", "00", 4, "Mutuelle du Fleuve"),
    ("44007", "association", "85", "03", 5, "École d’Avessac"),
    ("35236", "association", "86", "11", 6, "Centre de santé"),
    ("35236", "fondation", "86", "", 7, "Fondation sans tranche"),
)
# Employers of all kinds: commune, division, private, number.
EMPLOYERS = (
    ("44003", "47", True, 20),
    ("44003", "88", True, 3),
    ("44003", "84", False, 2),
    ("44115", "88", True, 5),
    ("49160", "65", True, 4),
    ("44007", "85", True, 2),
    ("35236", "86", True, 10),
    ("85113", "47", True, 6),
)
# The rest of the country, where no establishment is kept: places whose cells exist only at comparison levels.
ELSEWHERE = (("departement", "35"), ("region", "53"))


def make_dataset(millesime: Millesime, **changes: Any) -> Dataset:
    """An active dataset about the scope, with the comparison levels entirely covered."""
    perimeter, _ = Perimeter.objects.get_or_create(
        code="essai-1", defaults={"name": "Périmètre d’essai", "content": {}, "source": "essai"}
    )
    values: dict[str, Any] = {
        "source": "sirene",
        "title": "Sirene, stock au 1er novembre 2026, Pays de la Loire",
        "producer": "Insee",
        "vintage_on": date(2026, 11, 1),
        "workforce_year": 2024,
        "licence": "Licence Ouverte 2.0",
        "perimeter": perimeter,
        "millesime": millesime,
        "region": "52",
        "state": DatasetState.ACTIVE,
        "covered_departements": ["35", "44", "49", "85"],
    }
    dataset = Dataset.objects.create(**values | changes)
    fill(dataset)
    return dataset


def levels_of(code: str) -> list[tuple[str, str]]:
    """The levels at which a commune of the scope is counted."""
    departement, region = next((row[2], row[3]) for row in COMMUNES if row[0] == code)
    return [("commune", code), ("departement", departement), ("region", region), ("country", "F")]


def fill(dataset: Dataset, factor: int = 1) -> None:
    """Establishments and observations, `factor` times the counts."""
    cells: dict[tuple, int] = {}
    for rank, (code, family, division, band, siren, name) in enumerate(ESTABLISHMENTS):
        employer = band not in ("", "NN")
        Establishment.objects.create(
            dataset=dataset,
            siret=f"{siren:09d}{rank:05d}",
            siren=f"{siren:09d}",
            name=name,
            search=name.lower(),
            qualification=Qualification.INCLUDED,
            family=family,
            motive="catégorie juridique",
            legal_category="9220",
            nomenclature="NAFRev2",
            division=division,
            sector="",
            size_band=band,
            is_employer=employer,
            commune_code=code,
        )
        for level in levels_of(code):
            key = (*level, Champ.ESS, family, "NAFRev2", division, band, employer, True, None, "establishments")
            cells[key] = cells.get(key, 0) + factor
    for code, division, private, n in EMPLOYERS:
        for level in levels_of(code):
            key = (*level, Champ.EMPLOYERS, "", "NAFRev2", division, "", True, private, None, "establishments")
            cells[key] = cells.get(key, 0) + n * factor
    for kind, code in (*ELSEWHERE, ("country", "F")):
        for key, n in (
            ((kind, code, Champ.ESS, "association", "NAFRev2", "88", "11", True, True, None, "establishments"), 90),
            ((kind, code, Champ.EMPLOYERS, "", "NAFRev2", "88", "", True, True, None, "establishments"), 900),
        ):
            cells[key] = cells.get(key, 0) + n * factor
    for kind, code, n in (("commune", "44003", 2), ("departement", "35", 80), ("country", "F", 85)):
        cells[kind, code, Champ.ENTERPRISES, "association", "", "", "", None, None, None, "enterprises"] = n
    for year, n in ((2024, 3), (2025, 1)):
        cells["commune", "44003", Champ.FLOWS, "association", "", "", "", None, None, year, "creations"] = n
    Observation.objects.bulk_create(
        Observation(
            dataset=dataset,
            kind=kind,
            code=code,
            champ=champ,
            family=family,
            nomenclature=nomenclature,
            division=division,
            size_band=band,
            is_employer=employer,
            is_private=private,
            year=year,
            measure=measure,
            value=value,
        )
        for (kind, code, champ, family, nomenclature, division, band, employer, private, year, measure), value in cells.items()
    )
