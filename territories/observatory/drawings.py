"""Drawings of the public pages, kept by the hash of what they draw: the same figures are never drawn twice."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.cache import cache

from territories.foundations.rendering.document import Chart, Map
from territories.foundations.rendering.drawing import chart_key, described, render_png, render_svg, svg_to_png
from territories.observatory.exhibits import Exhibit

KEPT_SECONDS = 30 * 86_400
PNG_SCALE = 2.0


def _spec(chart: Chart) -> dict[str, Any]:
    return described(chart.spec, title=chart.title, sentence=chart.sentence)


def draw(spec: Mapping[str, Any]) -> str:
    """The SVG of a described specification, drawn once."""
    key = f"svg:{chart_key(spec)}"
    svg = cache.get(key)
    if svg is None:
        svg = render_svg(spec)
        cache.set(key, svg, KEPT_SECONDS)
    return svg


def svg_of(block: Chart | Map) -> str:
    return block.svg if isinstance(block, Map) else draw(_spec(block))


def drawings_of(exhibits: Iterable[Exhibit]) -> dict[str, str]:
    """The SVG of each chart and map by key of exhibit, with one look into the cache for all."""
    drawn: dict[str, str] = {}
    wanted: dict[str, tuple[str, dict[str, Any]]] = {}
    for exhibit in exhibits:
        if isinstance(exhibit.block, Map):
            drawn[exhibit.key] = exhibit.block.svg
        elif isinstance(exhibit.block, Chart):
            spec = _spec(exhibit.block)
            wanted[exhibit.key] = (f"svg:{chart_key(spec)}", spec)
    kept = cache.get_many([key for key, _ in wanted.values()])
    missing: dict[str, str] = {}
    for name, (key, spec) in wanted.items():
        drawn[name] = kept[key] if key in kept else missing.setdefault(key, render_svg(spec))
    if missing:
        cache.set_many(missing, KEPT_SECONDS)
    return drawn


def png_of(block: Chart | Map) -> bytes:
    """The image of a chart or map for a text processor, at twice its size."""
    if isinstance(block, Map):
        return svg_to_png(block.svg, PNG_SCALE)
    spec = _spec(block)
    key = f"png:{chart_key(spec)}"
    image = cache.get(key)
    if image is None:
        image = render_png(spec, PNG_SCALE)
        cache.set(key, image, KEPT_SECONDS)
    return image
