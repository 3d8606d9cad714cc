"""Where Sirene’s commune codes are today: the tables that the queries join, made from the geography by the import."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.qualify_sql import load_table

# A département is said to be whole when at least this share of its populated communes has a row in the file.
COVERED_SHARE: Final = 0.99
# … and when it has at least this many rows by inhabitant: the real stock has more than 0.5, a stray row in Paris,
# a département of a single commune, must not pass for the whole.
LEAST_ROWS: Final = 0.001

COUNTRY: Final = "F"


@dataclass(frozen=True)
class Place:
    """A commune of the current geography. `epci` may be empty. `population`: municipal, None when unknown."""

    departement: str
    region: str
    epci: str
    population: int | None
    in_country: bool


@dataclass(frozen=True)
class Places:
    """`lookup`: any code ever met -> current commune; `scope`: current communes whose establishments are kept one by one."""

    lookup: Mapping[str, str]
    communes: Mapping[str, Place]
    scope: frozenset[str]


@dataclass(frozen=True)
class Coverage:
    """What the file holds, by commune having at least one row. Codes are current ones."""

    departements: frozenset[str]
    regions: frozenset[str]
    has_country: bool
    uncovered_scope: tuple[str, ...]


def load_places(engine: Engine, folder: Path, places: Places) -> None:
    """Make `place_code`: code, commune, departement, region, epci, scope (« 1 » or « 0 »)."""
    load_table(
        engine,
        folder,
        "place_code",
        ("code", "commune", "departement", "region", "epci", "scope"),
        (
            (code, commune, place.departement, place.region, place.epci, "1" if commune in places.scope else "0")
            for code, commune in sorted(places.lookup.items())
            for place in (places.communes[commune],)
        ),
    )


def measure_coverage(places: Places, rows: Mapping[str, int]) -> Coverage:
    """Say what is covered, from the number of rows by current commune. Communes without inhabitants are not expected."""
    found = rows.keys()
    expected: dict[str, list[str]] = {}
    region_of: dict[str, str] = {}
    national: set[str] = set()
    for code, place in places.communes.items():
        if not place.departement:
            continue
        region_of[place.departement] = place.region
        if place.in_country:
            national.add(place.departement)
        if place.population:
            expected.setdefault(place.departement, []).append(code)
    whole = frozenset(
        departement
        for departement, codes in expected.items()
        if sum(code in found for code in codes) >= COVERED_SHARE * len(codes)
        and sum(rows.get(code, 0) for code in codes) >= LEAST_ROWS * sum(places.communes[code].population or 0 for code in codes)
    )
    regions = {region for region in region_of.values() if region}
    return Coverage(
        departements=whole,
        regions=frozenset(
            region for region in regions if all(departement in whole for departement, its in region_of.items() if its == region)
        ),
        has_country=bool(national) and national <= whole,
        uncovered_scope=tuple(sorted(code for code in places.scope if places.communes[code].population and code not in found)),
    )


def load_levels(engine: Engine, folder: Path, places: Places, coverage: Coverage) -> None:
    """Make `place_level`: commune -> (kind, code) of every geography that gets figures, and `place_epci` for the scope’s EPCI."""
    rows: list[tuple[str, str, str]] = []
    epci_of_scope = {places.communes[code].epci for code in places.scope} - {""}
    for code, place in sorted(places.communes.items()):
        if code in places.scope:
            rows.append((code, "commune", code))
        if place.departement in coverage.departements:
            rows.append((code, "departement", place.departement))
        if place.region in coverage.regions:
            rows.append((code, "region", place.region))
        if coverage.has_country and place.in_country:
            rows.append((code, "country", COUNTRY))
    load_table(engine, folder, "place_level", ("commune", "kind", "code"), rows)
    load_table(
        engine,
        folder,
        "place_epci",
        ("commune", "kind", "code"),
        ((code, "epci", place.epci) for code, place in sorted(places.communes.items()) if place.epci in epci_of_scope),
    )
