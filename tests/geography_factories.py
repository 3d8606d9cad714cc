"""A tiny France, made by hand from real communes, in the form of the package and loaded by the real code.

It holds what makes geography hard: an EPCI over two départements, one over two régions, an island without EPCI, a
commune déléguée, former codes (one changed département), Paris and two arrondissements, homonyms, a département and a
région of the same code, an overseas département and an overseas collectivité.
"""

from typing import Any

from territories.geography.enums import PositionQuality, TerritoryKind
from territories.geography.loading import load
from territories.geography.models import Commune, Millesime, Territory
from territories.geography.positions import Place, Positions
from territories.geography.source_files import Geography, build_geography

YEAR = 2026

ANCENIS = "244400552"
REDON = "243500741"
NANTES_METROPOLE = "244400404"
ESSARTS = "200071918"
GRAND_PARIS = "200054781"

REGIONS = [
    {"code": "02", "nom": "Martinique", "zone": "drom"},
    {"code": "11", "nom": "Île-de-France", "zone": "metro"},
    {"code": "44", "nom": "Grand Est", "zone": "metro"},
    {"code": "52", "nom": "Pays de la Loire", "zone": "metro"},
    {"code": "53", "nom": "Bretagne", "zone": "metro"},
    {"code": "975", "nom": "Saint-Pierre-et-Miquelon", "zone": "com"},
]
DEPARTEMENTS = [
    {"code": "35", "nom": "Ille-et-Vilaine", "region": "53", "zone": "metro"},
    {"code": "44", "nom": "Loire-Atlantique", "region": "52", "zone": "metro"},
    {"code": "49", "nom": "Maine-et-Loire", "region": "52", "zone": "metro"},
    {"code": "52", "nom": "Haute-Marne", "region": "44", "zone": "metro"},
    {"code": "56", "nom": "Morbihan", "region": "53", "zone": "metro"},
    {"code": "75", "nom": "Paris", "region": "11", "zone": "metro"},
    {"code": "85", "nom": "Vendée", "region": "52", "zone": "metro"},
    {"code": "972", "nom": "Martinique", "region": "02", "zone": "drom"},
    {"code": "975", "nom": "Saint-Pierre-et-Miquelon", "region": "975", "zone": "com"},
]
_REGION_OF = {entry["code"]: entry["region"] for entry in DEPARTEMENTS}
_ZONE_OF = {entry["code"]: entry["zone"] for entry in DEPARTEMENTS}


def commune_entry(code: str, name: str, departement: str, postal: str, population: int, *former: str) -> dict[str, Any]:
    """A current commune in the form of `communes.json`."""
    entry: dict[str, Any] = {
        "code": code,
        "nom": name,
        "type": "commune-actuelle",
        "departement": departement,
        "region": _REGION_OF[departement],
        "zone": _ZONE_OF[departement],
        "codesPostaux": [postal],
        "population": population,
    }
    if former:
        entry["anciensCodes"] = list(former)
    return entry


def part_entry(code: str, name: str, whole: str, kind: str = "commune-deleguee") -> dict[str, Any]:
    """A commune déléguée or associée, or a municipal arrondissement, of the commune `whole`."""
    key = "commune" if kind == "arrondissement-municipal" else "chefLieu"
    return {"code": code, "nom": name, "type": kind, key: whole, "zone": "metro"}


COMMUNES = [
    commune_entry("44003", "Ancenis-Saint-Géréon", "44", "44150", 11_000, "44160"),
    # Freigné (49144) came from another département, then merged.
    commune_entry("44180", "Vallons-de-l'Erdre", "44", "44540", 6_600, "44219", "49144"),
    commune_entry("49160", "Ingrandes-le-Fresne-sur-Loire", "49", "49123", 2_700, "44060", "49382"),
    commune_entry("35236", "Redon", "35", "35600", 9_300),
    commune_entry("35294", "Sainte-Marie", "35", "35600", 2_300),
    commune_entry("44007", "Avessac", "44", "44460", 2_500),
    commune_entry("56001", "Allaire", "56", "56350", 4_000),
    commune_entry("44109", "Nantes", "44", "44000", 320_000),
    commune_entry("44143", "Rezé", "44", "44400", 43_000),
    commune_entry("44190", "Saint-Sébastien-sur-Loire", "44", "44230", 28_000),
    commune_entry("85084", "Essarts-en-Bocage", "85", "85140", 6_900, "85030"),
    commune_entry("85165", "L'Oie", "85", "85140", 1_250),
    commune_entry("85113", "L'Île-d'Yeu", "85", "85350", 4_900),
    commune_entry("75056", "Paris", "75", "75001", 2_100_000),
    commune_entry("52121", "Chaumont", "52", "52000", 21_000),
    commune_entry("97228", "Sainte-Marie", "972", "97230", 15_000),
    commune_entry("97502", "Saint-Pierre", "975", "97500", 5_200),
    part_entry("44160", "Saint-Géréon", "44003"),
    part_entry("44219", "Vritz", "44180"),
    part_entry("49382", "Le Fresne-sur-Loire", "49160"),
    # Keeps the code of the whole: a name more, not a code.
    part_entry("85084", "Les Essarts", "85084"),
    part_entry("75101", "Paris 1er Arrondissement", "75056", "arrondissement-municipal"),
    part_entry("75118", "Paris 18e Arrondissement", "75056", "arrondissement-municipal"),
]
EPCI = [
    {
        "code": ANCENIS,
        "nom": "CC du Pays d'Ancenis",
        "type": "CC",
        "membres": [{"code": "44003"}, {"code": "44180"}, {"code": "49160"}],
    },
    {
        "code": REDON,
        "nom": "CA Redon Agglomération",
        "type": "CA",
        "membres": [{"code": "35236"}, {"code": "35294"}, {"code": "44007"}, {"code": "56001"}],
    },
    {
        "code": NANTES_METROPOLE,
        "nom": "Nantes Métropole",
        "type": "METRO",
        "membres": [{"code": "44109"}, {"code": "44143"}, {"code": "44190"}],
    },
    {
        "code": ESSARTS,
        "nom": "CC du Pays de Saint-Fulgent - Les Essarts",
        "type": "CC",
        "membres": [{"code": "85084"}, {"code": "85165"}],
    },
    {"code": GRAND_PARIS, "nom": "Métropole du Grand Paris", "type": "METRO", "membres": [{"code": "75056"}]},
]

_EXACT, _APPROXIMATE = PositionQuality.EXACT, PositionQuality.APPROXIMATE
PLACES = {
    "44003": Place(-1.177, 47.366, _EXACT),
    "44180": Place(-1.182, 47.529, _EXACT),
    "49160": Place(-0.923, 47.404, _EXACT),
    "35236": Place(-2.085, 47.651, _EXACT),
    "35294": Place(-2.005, 47.693, _EXACT),
    "44007": Place(-1.987, 47.653, _EXACT),
    "56001": Place(-2.163, 47.637, _EXACT),
    "44109": Place(-1.554, 47.217, _EXACT),
    "44143": Place(-1.549, 47.178, _EXACT),
    "44190": Place(-1.503, 47.207, _EXACT),
    "85084": Place(-1.228, 46.774, _EXACT),
    "85165": Place(-1.12, 46.80, _APPROXIMATE),
    "85113": Place(-2.347, 46.72, _EXACT),
}


def source(version: str = "6.0.0", *, stamp: str = "1", **tables: Any) -> Geography:
    """The tiny geography as read from a package; `tables` replace some of its tables."""
    parts = {"communes": COMMUNES, "epci": EPCI, "departements": DEPARTEMENTS, "regions": REGIONS, **tables}
    return build_geography(version, stamp=stamp * 64, **parts)


def positions() -> Positions:
    return Positions(PLACES, "0" * 64, "GeoNames (essai)")


def make_geography() -> Millesime:
    """Load the tiny geography and make it the current one."""
    load(source(), positions(), pause=0)
    return Millesime.objects.current()


def commune(code: str) -> Commune:
    """A commune of the current geography."""
    return Commune.objects.get(millesime__is_current=True, code=code)


def territory(kind: TerritoryKind | str, code: str) -> Territory:
    """A territory of the current geography."""
    return Territory.objects.get_by_code(kind, code)
