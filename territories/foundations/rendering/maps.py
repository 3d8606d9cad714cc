"""Maps written by hand as light SVG: shaded areas, or circles in proportion at the positions of the communes.

The same file serves page and PDF: no style attribute, no script, a title on every area, a legend with real sizes. The
projection is equirectangular, corrected by the cosine of the middle latitude, which is exact enough for a region.
Values come already masked; an area without a number is hatched and named in the legend, never shown as zero.
"""

import hashlib
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup

from territories.foundations.formats import NBSP, nombre
from territories.foundations.rendering.drawing import SVG_NAMESPACE
from territories.foundations.rendering.fonts import FONT_STACK
from territories.foundations.rendering.map_marks import secret_ring
from territories.foundations.rendering.markup import element
from territories.foundations.rendering.tokens import colour, family_colour, tokens, tokens_version
from territories.foundations.rendering.typography import Numeric, Value, as_value, figure
from territories.foundations.vocabulary import Status

WIDTH = 420
MAX_HEIGHT = 430
TEXT_SIZE = 13
_LEGEND_LINE = 21
_ADVANCE = 0.52
_KM_PER_DEGREE = 111.32
# Grid, in tenths of a pixel, on which outlines are drawn, by their number of points: a map stays light.
_GRIDS = ((1, 12_000), (4, 40_000), (8, math.inf))

Position = tuple[float, float]
"""Longitude and latitude in degrees (WGS 84)."""
Polygons = Sequence[Sequence[Sequence[Position]]]
"""Polygons of rings of positions, as the coordinates of a GeoJSON MultiPolygon."""


@dataclass(frozen=True)
class Place:
    """A name written on the map, to find one's way: the main communes."""

    name: str
    position: Position


@dataclass(frozen=True)
class Wording:
    """What a map says: its title and sentence (for screen readers), what is counted (« établissements employeurs ») and
    the unit after a number (« % » or nothing)."""

    title: str
    sentence: str
    measure: str
    unit: str = ""
    decimals: int | None = None

    @property
    def precision(self) -> int:
        """`decimals`, by default 1 for percentages and 0 for the rest."""
        if self.decimals is not None:
            return self.decimals
        return 1 if self.unit == "%" else 0

    def value(self, value: Value) -> str:
        return figure(value, decimals=self.precision, unit=self.unit)


@dataclass
class _Frame:
    """The projection that fits positions into the width, and what is drawn so far."""

    positions: Sequence[Position]
    margin: float
    scale: float = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        longitudes, latitudes = zip(*self.positions, strict=True)
        # Neighbours share their points, so a coarser grid moves both sides of a border alike: no gap opens.
        self.grid = next(step for step, limit in _GRIDS if len(self.positions) <= limit)
        self.west, self.east = min(longitudes), max(longitudes)
        self.south, self.north = min(latitudes), max(latitudes)
        self.shrink = math.cos(math.radians((self.south + self.north) / 2))
        # A single commune still has a little land around it.
        across = max((self.east - self.west) * self.shrink, 0.02)
        down = max(self.north - self.south, 0.02)
        inner = WIDTH - 2 * self.margin
        self.scale = min(inner / across, (MAX_HEIGHT - 2 * self.margin) / down)
        self.height = down * self.scale + 2 * self.margin
        self.left = (WIDTH - (self.east - self.west) * self.shrink * self.scale) / 2
        self.top = (self.height - (self.north - self.south) * self.scale) / 2

    def tenths(self, position: Position) -> tuple[int, int]:
        """Place on the grid, in tenths of a pixel: paths have one decimal and no rounding drift."""
        x, y = self.point(position)
        return round(x * 10 / self.grid) * self.grid, round(y * 10 / self.grid) * self.grid

    def point(self, position: Position) -> tuple[float, float]:
        """Place in pixels, to one decimal."""
        longitude, latitude = position
        x = self.left + (longitude - self.west) * self.shrink * self.scale
        y = self.top + (self.north - latitude) * self.scale
        return round(x, 1), round(y, 1)

    def path(self, polygons: Polygons) -> str:
        """The `d` of a path: relative moves, points that fall together written once, specks left out."""
        return "".join(self._ring(ring) for polygon in polygons for ring in polygon)

    def _ring(self, ring: Sequence[Position]) -> str:
        points: list[tuple[int, int]] = []
        for position in ring:
            point = self.tenths(position)
            if points and point == points[-1]:
                continue
            if len(points) > 1 and _aligned(points[-2], points[-1], point):
                points.pop()
            points.append(point)
        if len(points) > 1 and points[0] == points[-1]:
            points.pop()
        if len(points) < 3:
            return ""
        steps = [f"M{_tenth(points[0][0])} {_tenth(points[0][1])}l"]
        for (x0, y0), (x1, y1) in pairwise(points):
            steps.append(f"{_tenth(x1 - x0)} {_tenth(y1 - y0)} ")
        return "".join(steps).rstrip() + "z"


def _aligned(first: tuple[int, int], middle: tuple[int, int], last: tuple[int, int]) -> bool:
    """True when the middle point adds nothing to the straight line, walked in either direction."""
    (ax, ay), (bx, by) = (middle[0] - first[0], middle[1] - first[1]), (last[0] - middle[0], last[1] - middle[1])
    return ax * by == ay * bx and ax * bx + ay * by > 0


def _tenth(tenths: int) -> str:
    """« 12.3 », « -.4 », « 5 »: the shortest writing of a number of tenths."""
    text = f"{tenths / 10:.1f}".removesuffix(".0")
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def quantile_breaks(values: Sequence[float], classes: int) -> tuple[float, ...]:
    """Upper bounds of at most `classes` classes of about as many values; equal values are never parted.

    The last bound is the largest value. Empty for no value.
    """
    ordered = sorted(values)
    bounds = {ordered[math.ceil(len(ordered) * (rank + 1) / classes) - 1] for rank in range(classes)} if ordered else ()
    return tuple(sorted(bounds))


def choropleth(
    shapes: Mapping[str, Polygons],
    values: Mapping[str, Numeric],
    *,
    labels: Mapping[str, str],
    wording: Wording,
    breaks: Sequence[float] | None = None,
    classes: int = 5,
    outline: Polygons = (),
    places: Sequence[Place] = (),
) -> str:
    """Areas shaded by class. `breaks` are the upper bounds of the classes (the last may be below the largest value: one
    class more takes the rest); quantiles by default.

    A shape without a value is « non couvert »; a value without a number is hatched under the name of its status.
    Raises ValueError without a shape.
    """
    if not shapes:
        raise ValueError("Une carte doit avoir au moins un contour.")
    known = {code: as_value(values[code]) for code in shapes if code in values}
    numbers = [value.plain for value in known.values() if value.plain is not None]
    bounds = tuple(sorted(breaks)) if breaks is not None else quantile_breaks(numbers, classes)
    if numbers and max(numbers) > bounds[-1]:
        bounds = (*bounds, max(numbers))
    fills = _shades(len(bounds))
    frame = _Frame([p for shape in shapes.values() for polygon in shape for ring in polygon for p in ring], margin=6)
    hatching = _Hatching(_prefix(shapes, wording))
    areas: list[Markup] = []
    for code, polygons in shapes.items():
        value = known.get(code)
        if value is not None and value.plain is not None:
            fill = fills[_class_of(value.plain, bounds)]
        else:
            fill = hatching.fill(None if value is None else value.status)
        said = wording.value(value) if value is not None else "non couvert"
        title = element("title", f"{labels.get(code, code)}{NBSP}: {said}")
        areas.append(element("path", title, d=frame.path(polygons), fill=fill))
    drawn = [
        element(
            "g", *areas, stroke=colour("surface"), stroke_width="0.6" if len(shapes) < 300 else "0.25", stroke_linejoin="round"
        )
    ]
    drawn += _outline(frame, outline)
    drawn += _names(frame, places)
    entries = [(fills[rank], _class_label(rank, bounds, numbers, wording, exact=breaks is None)) for rank in range(len(bounds))]
    legend, end = _boxes([*entries, *hatching.entries()], wording.measure, top=frame.height + 8)
    furniture = _furniture(frame)
    return _svg([hatching.definitions(), *drawn, *furniture, *legend], end, wording)


def proportional_circles(
    positions: Mapping[str, Position],
    values: Mapping[str, Numeric],
    *,
    labels: Mapping[str, str],
    wording: Wording,
    outline: Polygons = (),
    places: Sequence[Place] = (),
    largest: float | None = None,
    bare: bool = False,
) -> str:
    """One circle per position, its area in proportion to the value, the largest first so that small ones stay seen.

    A position without a value, or of value 0, is a small point; a secret value is a hollow ring around an « s », always of
    the same size; any other value without a number is a small cross. `largest` is the greatest radius in px; `bare` leaves
    out names, legend and scale (cover of a report). Raises ValueError without a position, or for a negative value.
    """
    if not positions:
        raise ValueError("Une carte doit avoir au moins une position.")
    known = {code: as_value(values[code]) for code in positions if code in values}
    numbers = [value.plain for value in known.values() if value.plain is not None]
    if any(n < 0 for n in numbers):
        raise ValueError("Des cercles proportionnels ne montrent pas de valeurs négatives.")
    radius = largest if largest is not None else max(14.0, min(34.0, 130 / math.sqrt(len(positions))))
    top = max(numbers, default=0) or 1
    points = [*positions.values(), *(p for polygon in outline for ring in polygon for p in ring)]
    frame = _Frame(points, margin=radius + 4)
    circles, dots, crosses, rings = [], [], [], []
    for code in sorted(positions, key=lambda c: (-(known[c].plain or 0) if c in known else 0, c)):
        value = known.get(code)
        x, y = frame.point(positions[code])
        said = wording.value(value) if value is not None else "non couvert"
        title = () if bare else (element("title", f"{labels.get(code, code)}{NBSP}: {said}"),)
        if value is not None and value.plain:
            circles.append(element("circle", *title, cx=x, cy=y, r=_radius(value.plain, top, radius)))
        elif value is not None and value.status is Status.SECRET:
            rings += secret_ring(x, y, title)
        elif value is not None and value.number is None:
            crosses.append(element("path", *title, d=f"M{x - 2.5:.1f} {y - 2.5:.1f}l5 5m0-5l-5 5"))
        else:
            dots.append(element("circle", *title, cx=x, cy=y, r=1.2))
    drawn = _outline(frame, outline)
    drawn.append(element("g", *dots, fill=tokens()["reference"]))
    drawn.append(
        element(
            "g",
            *circles,
            fill=family_colour("association"),
            fill_opacity="0.78",
            stroke=colour("surface"),
            stroke_width="0.8",
        )
    )
    drawn.append(element("g", *crosses, stroke=colour("accent"), stroke_width="1.4", fill="none"))
    drawn += rings
    if bare:
        return _svg(drawn, frame.height, wording)
    drawn += _names(frame, places)
    legend, end = _sizes(top, radius, frame.height + 10, wording, absent=_absent(known.values(), len(dots)))
    return _svg([*drawn, *_furniture(frame), *legend], end, wording)


# --- Parts ------------------------------------------------------------------------------------------------------


def _prefix(shapes: Mapping[str, Polygons], wording: Wording) -> str:
    """Prefix of identifiers: two maps of a page never share one unless they are the same map."""
    text = "\n".join((tokens_version(), wording.title, wording.sentence, *shapes))
    return f"m{hashlib.sha256(text.encode()).hexdigest()[:10]}"


def _svg(parts: Sequence[Markup], height: float, wording: Wording) -> str:
    return str(
        element(
            "svg",
            element("title", wording.title),
            element("desc", wording.sentence),
            *parts,
            xmlns=SVG_NAMESPACE,
            width=WIDTH,
            height=math.ceil(height),
            viewBox=f"0 0 {WIDTH} {math.ceil(height)}",
            role="img",
            focusable="false",
            aria_label=wording.title,
            font_family=FONT_STACK,
            font_size=TEXT_SIZE,
            fill=colour("text"),
        )
    )


def _shades(count: int) -> list[str]:
    """`count` colours of the sequential scale, light to dark, as far apart as possible."""
    scale: list[str] = tokens()["sequential"]
    if count == 1:
        return [scale[3]]
    return [scale[round(rank * (len(scale) - 1) / (count - 1))] for rank in range(count)]


def _class_of(value: float, bounds: Sequence[float]) -> int:
    return next(rank for rank, bound in enumerate(bounds) if value <= bound)


def _class_label(rank: int, bounds: Sequence[float], numbers: Sequence[float], wording: Wording, *, exact: bool) -> str:
    """« 12,3 à 15,6 % »: with quantiles, the least and the greatest value of the class; else the given bounds."""

    def said(value: float) -> str:
        return nombre(value, wording.precision)

    unit = f"{NBSP}{wording.unit}" if wording.unit else ""
    if exact:
        inside = [n for n in numbers if _class_of(n, bounds) == rank]
        low, high = said(min(inside)), said(max(inside))
        return f"{low}{unit}" if low == high else f"{low} à {high}{unit}"
    if rank == 0:
        return f"{said(bounds[0])}{unit} et moins"
    return f"plus de {said(bounds[rank - 1])} à {said(bounds[rank])}{unit}"


class _Hatching:
    """Patterns for areas without a number, made when met, and their lines of legend."""

    _ANGLES = (45, 135, 0, 90)

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._met: dict[Status | None, str] = {}

    def fill(self, status: Status | None) -> str:
        """The fill of a status; None is « non couvert », dotted and not hatched."""
        self._met.setdefault(status, f"url(#{self._prefix}-{len(self._met)})")
        return self._met[status]

    def definitions(self) -> Markup:
        patterns = []
        for rank, (status, fill) in enumerate(self._met.items()):
            mark = element("path", d="M0 0v6", stroke=colour("text-soft"), stroke_width="1.6")
            if status is None:
                mark = element("circle", cx=3, cy=3, r="0.7", fill=colour("text-soft"))
            patterns.append(
                element(
                    "pattern",
                    element("rect", width=6, height=6, fill=colour("surface")),
                    mark,
                    id=fill[5:-1],
                    width=6,
                    height=6,
                    patternUnits="userSpaceOnUse",
                    patternTransform=f"rotate({self._ANGLES[rank % len(self._ANGLES)]})",
                )
            )
        return element("defs", *patterns) if patterns else Markup("")

    def entries(self) -> list[tuple[str, str]]:
        return [(fill, "non couvert" if status is None else _absence(status)) for status, fill in self._met.items()]


def _absence(status: Status) -> str:
    return f"{status.label} ({status.symbol})"


def _absent(values: Iterable[Value], uncovered: int) -> list[tuple[str, str]]:
    """Legend of the signs other than circles that a map of circles shows: sign (`ring`, `cross`, `dot`) and words."""
    met = dict.fromkeys(value.status for value in values if value.number is None)
    entries = [("ring" if status is Status.SECRET else "cross", _absence(status)) for status in met]
    return [*entries, ("dot", "aucun")] if uncovered else entries


def _outline(frame: _Frame, outline: Polygons) -> list[Markup]:
    if not outline:
        return []
    path = frame.path(outline)
    return [element("path", d=path, fill="none", stroke=colour("ink"), stroke_width="1.6", stroke_linejoin="round")]


def _names(frame: _Frame, places: Sequence[Place]) -> list[Markup]:
    """Names of places, haloed; one that would run over a name already written is left out."""
    written: list[tuple[float, float, float, float]] = []
    halos, names = [], []
    for place in places:
        x, y = frame.point(place.position)
        half = len(place.name) * TEXT_SIZE * _ADVANCE / 2
        x = min(max(x, half + 2), WIDTH - half - 2)
        box = (x - half, y - TEXT_SIZE, x + half, y + 4)
        if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in written):
            continue
        written.append(box)
        halos.append(element("text", place.name, x=f"{x:.1f}", y=f"{y:.1f}"))
        names.append(element("text", place.name, x=f"{x:.1f}", y=f"{y:.1f}"))
    if not names:
        return []
    white = {"stroke": colour("surface"), "stroke_width": 3, "stroke_linejoin": "round", "fill": colour("surface")}
    # The halo repeats the words: hidden from screen readers, which have the title anyway.
    return [
        element("g", *halos, text_anchor="middle", font_weight=600, aria_hidden="true", **white),
        element("g", *names, text_anchor="middle", font_weight=600, fill=colour("ink-strong")),
    ]


def _furniture(frame: _Frame) -> list[Markup]:
    """A discreet scale bar, a nice number of kilometres long, and the north, at the right under the map."""
    per_km = frame.scale / _KM_PER_DEGREE
    length = max((n for n in (1, 2, 5, 10, 20, 50, 100, 200) if n * per_km <= 90), default=1)
    width = length * per_km
    x, y = WIDTH - width - 4, frame.height + 14
    soft = colour("text-soft")
    return [
        element("path", d=f"M{x:.1f} {y - 4:.1f}v4h{width:.1f}v-4", fill="none", stroke=soft),
        element(
            "text",
            f"{length}{NBSP}km · nord ↑",
            x=WIDTH - 4,
            y=f"{y + 15:.1f}",
            text_anchor="end",
            font_size=TEXT_SIZE,
            fill=soft,
        ),
    ]


def _boxes(entries: Sequence[tuple[str, str]], measure: str, *, top: float) -> tuple[list[Markup], float]:
    """The legend of shades, one under the other, and where it ends."""
    y = top + 12
    parts = [element("text", measure, x=2, y=f"{y:.1f}", font_weight=600)]
    for fill, words in entries:
        y += _LEGEND_LINE
        box = element("rect", x=2, y=f"{y - 11:.1f}", width=22, height=14, fill=fill, stroke=colour("line"), stroke_width="0.6")
        parts += [box, element("text", words, x=32, y=f"{y:.1f}")]
    return parts, y + 8


def _radius(value: float, top: float, largest: float) -> float:
    return round(max(largest * math.sqrt(value / top), 1.4), 1)


def _legend_values(top: float) -> list[float]:
    """Two or three round values for the legend, the largest at most the largest of the map."""
    step = 10 ** math.floor(math.log10(top)) if top >= 1 else top
    high = max((n * step for n in (1, 2, 5) if n * step <= top), default=top)
    values = [high, high / 4, high / 20] if high >= 20 else [high, high / 4] if high >= 4 else [high]
    return [max(round(value), 1) if top >= 1 else value for value in values]


def _sizes(
    top: float, largest: float, start: float, wording: Wording, *, absent: Sequence[tuple[str, str]]
) -> tuple[list[Markup], float]:
    """Nested circles of real sizes with their values, then the other signs; and where the legend ends."""
    y = start + 10
    parts = [element("text", wording.measure, x=2, y=f"{y:.1f}", font_weight=600)]
    values = list(dict.fromkeys(_legend_values(top)))
    widest = _radius(values[0], top, largest)
    base = y + 12 + 2 * widest
    for rank, value in enumerate(values):
        r = _radius(value, top, largest)
        x_text = 2 * widest + 16
        y_text = base - 2 * widest + 5 + rank * max(2 * widest / max(len(values) - 1, 1), 15)
        y_mark = base - 2 * r
        parts += [
            element(
                "circle",
                cx=f"{widest + 3:.1f}",
                cy=f"{base - r:.1f}",
                r=r,
                fill="none",
                stroke=colour("text-soft"),
            ),
            element(
                "path",
                d=f"M{widest + 3:.1f} {y_mark:.1f}L{x_text - 4:.1f} {y_text - 4:.1f}",
                stroke=colour("line"),
                fill="none",
            ),
            element("text", wording.value(Value(value)), x=f"{x_text:.1f}", y=f"{y_text:.1f}"),
        ]
        end = max(base, y_text)
    end += 8
    for sign, words in absent:
        end += _LEGEND_LINE
        if sign == "ring":
            parts += secret_ring(9, end - 4.5)
        elif sign == "cross":
            d = f"M5 {end - 7:.1f}l5 5m0-5l-5 5"
            parts.append(element("path", d=d, stroke=colour("accent"), stroke_width="1.4", fill="none"))
        else:
            parts.append(element("circle", cx="7.5", cy=f"{end - 4.5:.1f}", r="1.6", fill=tokens()["reference"]))
        parts.append(element("text", words, x=22, y=f"{end:.1f}"))
    return parts, end + 8
