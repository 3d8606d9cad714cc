"""Where communes are: a file shipped with the project, made by `manage.py make_positions` from an open gazetteer. Pure.

A position is the chief place as GeoNames gives it, or, where no entry of the gazetteer was recognised, an approximation
that maps must announce.
"""

import csv
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from territories.geography.enums import PositionQuality

FILE: Final = Path(__file__).parent / "data" / "positions_52.csv"
_QUALITIES: Final = {"e": PositionQuality.EXACT, "a": PositionQuality.APPROXIMATE}


@dataclass(frozen=True)
class Place:
    """Longitude and latitude in degrees (WGS 84)."""

    longitude: float
    latitude: float
    quality: PositionQuality


@dataclass(frozen=True)
class Positions:
    by_code: Mapping[str, Place]
    stamp: str
    attribution: str


NO_POSITIONS: Final = Positions({}, hashlib.sha256(b"").hexdigest(), "")


def read_positions(path: Path = FILE) -> Positions:
    """The positions of a file: lines of comments (« # », of which « # Attribution : » is kept), then code,
    longitude, latitude, quality (e exact, a approximate)."""
    content = path.read_bytes()
    lines = content.decode("utf-8").splitlines()
    attribution = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("# Attribution")), "")
    rows = csv.DictReader(line for line in lines if line and not line.startswith("#"))
    places = {row["code"]: Place(float(row["longitude"]), float(row["latitude"]), _QUALITIES[row["quality"]]) for row in rows}
    return Positions(places, hashlib.sha256(content).hexdigest(), attribution)
