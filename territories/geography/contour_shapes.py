"""Simplifies outlines together, so that neighbours keep the same border, and joins them. Pure: shapely, no database."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import numpy
import shapely
from shapely.geometry.base import BaseGeometry

_METRES_PER_DEGREE: Final = 111_320.0
# Five decimals are about a metre.
DECIMALS: Final = 5

# Gaps narrower than about 200 m between neighbours that do not fit are no enclave.
_SLIVER_DEGREES: Final = 0.001

Rings = list[list[list[list[float]]]]


def _to_plane(shapes: Sequence[BaseGeometry], *, back: bool = False, latitude: float) -> list[BaseGeometry]:
    """Degrees to metres on a plane true enough at this latitude, or back: one tolerance in every direction."""
    scale = numpy.array([_METRES_PER_DEGREE * math.cos(math.radians(latitude)), _METRES_PER_DEGREE])

    def moved(points: numpy.ndarray) -> numpy.ndarray:
        return points / scale if back else points * scale

    return [shapely.transform(drawn, moved) for drawn in shapes]


def simplify(shapes: Mapping[str, BaseGeometry], tolerance: float) -> dict[str, BaseGeometry]:
    """The same shapes with fewer points, `tolerance` in metres; borders shared by two shapes stay shared.

    Borders are shared when both sides have the same points, as in the official files; elsewhere each side is simplified
    for itself. A shape that would vanish is kept as it was.
    """
    codes = list(shapes)
    if tolerance <= 0 or not codes:
        return dict(shapes)
    _, south, _, north = shapely.total_bounds(list(shapes.values()))
    latitude = (south + north) / 2
    plane = _to_plane(list(shapes.values()), latitude=latitude)
    light = _to_plane(list(shapely.coverage_simplify(numpy.array(plane, dtype=object), tolerance)), back=True, latitude=latitude)
    return {code: new if not new.is_empty and new.area > 0 else shapes[code] for code, new in zip(codes, light, strict=True)}


def joined(shapes: Iterable[BaseGeometry]) -> BaseGeometry:
    """One shape out of neighbours: inner borders disappear, and the slivers that neighbours leave between them."""
    parts = [polygon for drawn in shapes for polygon in shapely.get_parts(drawn)]
    if shapely.coverage_is_valid(numpy.array(parts, dtype=object)):
        whole = shapely.coverage_union_all(parts)
    else:
        whole = shapely.union_all([shapely.make_valid(part) for part in parts])
    return shapely.MultiPolygon([_without_slivers(part) for part in shapely.get_parts(whole) if part.geom_type == "Polygon"])


def _without_slivers(polygon: BaseGeometry) -> BaseGeometry:
    enclaves = [ring for ring in polygon.interiors if not shapely.Polygon(ring).buffer(-_SLIVER_DEGREES).is_empty]
    return shapely.Polygon(polygon.exterior, enclaves)


def rings_of(drawn: BaseGeometry) -> Rings:
    """Coordinates of a GeoJSON MultiPolygon, rounded; rings that fall to less than a triangle are left out."""
    result: Rings = []
    for polygon in shapely.get_parts(drawn):
        if polygon.geom_type != "Polygon" or polygon.is_empty:
            continue
        rings = [_ring(ring.coords) for ring in (polygon.exterior, *polygon.interiors)]
        if len(rings[0]) >= 4:
            result.append([ring for ring in rings if len(ring) >= 4])
    return result


def _ring(coordinates: Iterable[Sequence[float]]) -> list[list[float]]:
    ring: list[list[float]] = []
    for longitude, latitude in coordinates:
        point = [round(longitude, DECIMALS), round(latitude, DECIMALS)]
        if not ring or ring[-1] != point:
            ring.append(point)
    return ring


def inner_point(drawn: BaseGeometry) -> tuple[float, float]:
    """A point surely inside, near the middle: (longitude, latitude)."""
    largest = max(shapely.get_parts(drawn), key=lambda polygon: polygon.area)
    point = largest.centroid if largest.contains(largest.centroid) else largest.representative_point()
    return round(point.x, DECIMALS), round(point.y, DECIMALS)
