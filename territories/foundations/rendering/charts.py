"""Chart specifications (Vega-Lite 6, written with Altair) of the forms that our documents use.

A specification is a plain JSON-able dict: the same one serves page, PDF, DOCX and download. Every function takes
values already masked and publishable. A value without a number is drawn as its sign (« s », « nd »), never as zero.
Drawing is `drawing.render_svg`. Width is 420 px and the smallest text 13 px, so that a chart shrunk to the 328 px of a
telephone stays legible. Familles and series differ by luminance too, and values are written beside their marks.
The geometry is ours (labels and legends are marks), so that long French labels never push the bars out.
"""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import altair as alt

from territories.foundations.rendering.fonts import FONT_STACK
from territories.foundations.rendering.tokens import colour, family_colour, tokens
from territories.foundations.rendering.typography import Numeric, as_value, figure, printable

WIDTH = 420
TEXT_SIZE = 14
SMALL_TEXT_SIZE = 13

# Our main series; the rows drawn in it are marked `main`, so that a brand can repaint them and nothing else.
MAIN_COLOUR = family_colour("association")

Spec = dict[str, Any]
Row = dict[str, Any]
Legend = Sequence[tuple[str, str, str]]
"""Entries of a legend: name, hexadecimal colour, Vega shape."""

KEY_DIGITS = 3
_LINE = 16
_LEGEND_LINE = 22
# Blank between and beside the columns of years, as parts of the step from one year to the next.
_INNER, _OUTER = 0.22, 0.08
_COLUMNS_HEIGHT = 190
# Mean advance of a lower-case text in our typeface, in ems: measured 0.47, with a margin for capitals.
ADVANCE = 0.52


@dataclass(frozen=True)
class Bar:
    """A category and its value; `reference` is the same measure of the comparison territory; `colour` is a famille, a
    regard or a general token. None or « main » is the main series, our green, or the colour of a territory’s brand."""

    label: str
    value: Numeric
    reference: Numeric | None = None
    colour: str | None = None


@dataclass(frozen=True)
class Series:
    """One value per category or year, in their order; `colour` as in `Bar`."""

    name: str
    values: tuple[Numeric, ...]
    colour: str | None = None


def horizontal_bars(bars: Sequence[Bar], *, unit: str = "", decimals: int = 0, name: str = "", reference_name: str = "") -> Spec:
    """One bar per category, its value written at its end; where given, a ringed dot at the value of the reference
    territory.

    `name` and `reference_name` make the legend, and are needed with references. Raises ValueError without a bar.
    """
    rows = []
    for rank, bar in enumerate(some(bars)):
        reference = as_value(bar.reference).plain if bar.reference is not None else None
        rows.append(
            row_of(rank, bar.label, bar.value, unit, decimals)
            | {"reference": reference, "fill": colour_of(bar.colour, MAIN_COLOUR)}
            | marked(bar.colour in (None, "main"))
        )
    left = label_width(rows)
    numbers = [r[field] for r in rows for field in ("value", "reference") if r[field] is not None]
    domain = _domain(numbers, rows, WIDTH - left)
    _keep_texts_off_references(rows, domain, WIDTH - left)
    base = alt.Chart(inline_data(rows))
    step = row_step(rows)
    y = band("key", paddingInner=0.3, paddingOuter=0.15)
    fill = alt.Color("fill:N", scale=None, legend=None)
    layers = [base.mark_bar(cornerRadiusEnd=2).encode(y=y, x=across("value", domain), color=fill)]
    entries: Legend = ()
    if any(row["reference"] is not None for row in rows):
        if not name or not reference_name:
            raise ValueError("Un repère de comparaison demande le nom des deux territoires.")
        entries = ((name, rows[0]["fill"], "square"), (reference_name, colour("accent"), "circle"))
        layers.append(
            base.transform_filter("isValid(datum.reference)")
            .mark_point(
                filled=True,
                shape="circle",
                size=110,
                opacity=1,
                color=colour("accent"),
                stroke=colour("surface"),
                strokeWidth=1.8,
            )
            .encode(y=y, x=across("reference", domain))
        )
    layers.extend(_end_texts(base, domain, y=y))
    layers.extend(category_labels(rows))
    return with_legend(layers, entries, height=step * len(rows), left=left, main="main" in rows[0])


def grouped_bars(categories: Sequence[str], series: Sequence[Series], *, unit: str = "", decimals: int = 0) -> Spec:
    """Horizontal bars, one per series inside each category, values written.

    Raises ValueError when a series has not one value per category, or when there is none.
    """
    rows, entries = series_rows(categories, series, unit, decimals)
    left = label_width(rows)
    domain = _domain([r["value"] for r in rows if r["value"] is not None], rows, WIDTH - left)
    base = alt.Chart(inline_data(rows))
    y = band("key", paddingInner=0.26, paddingOuter=0.1)
    offset = alt.YOffset("series:N", sort="ascending", scale=alt.Scale(paddingInner=0.06))
    fill = alt.Color("fill:N", scale=None, legend=None)
    layers = [base.mark_bar(cornerRadiusEnd=2).encode(y=y, yOffset=offset, x=across("value", domain), color=fill)]
    layers.extend(_end_texts(base, domain, y=y, yOffset=offset))
    layers.extend(category_labels([row for row in rows if row["series"] == "0"]))
    step = max(20 * len(series) + 10, row_step(rows))
    return with_legend(layers, entries, height=step * len(categories), left=left, main="main" in rows[0])


def columns_over_years(
    years: Sequence[int], series: Sequence[Series], *, unit: str = "", decimals: int = 0, breaks: Sequence[int] = ()
) -> Spec:
    """Vertical columns, one per series and year (créations and cessations), values written above them while there is
    room, else an axis on the left.

    `breaks` are years not comparable with the one before: a dotted line stands before them, with the word « rupture ».
    Raises ValueError as `grouped_bars`.
    """
    rows, entries = series_rows([str(year) for year in years], series, unit, decimals)
    longest = max(len(row["text"]) for row in rows)
    written = WIDTH / (len(years) * len(series)) >= longest * SMALL_TEXT_SIZE * ADVANCE + 2
    high = max((row["value"] for row in rows if row["value"] is not None), default=0) or 1
    low = min((row["value"] for row in rows if row["value"] is not None), default=0)
    scale = alt.Scale(domain=[min(low, 0), high * (1.1 if written else 1)], nice=not written, zero=True)
    axis = None
    if not written:
        axis = alt.Axis(title=None, domain=False, ticks=False, tickCount=4, format=",~f", labelPadding=6)
    base = alt.Chart(inline_data(rows))
    x = alt.X(
        "key:N",
        sort="ascending",
        scale=alt.Scale(paddingInner=_INNER, paddingOuter=_OUTER),
        axis=alt.Axis(
            title=None,
            domain=False,
            ticks=False,
            grid=False,
            labelAngle=0,
            labelPadding=6,
            labelExpr=f"slice(datum.value, {KEY_DIGITS})",
        ),
    )
    offset = alt.XOffset("series:N", sort="ascending", scale=alt.Scale(paddingInner=0.08))
    columns = base.mark_bar(cornerRadiusEnd=2).encode(
        x=x,
        xOffset=offset,
        y=alt.Y("value:Q", axis=axis, scale=scale),
        color=alt.Color("fill:N", scale=None, legend=None),
    )
    texts = base if written else base.transform_filter("datum.absent")
    texts = texts.mark_text(baseline="bottom", dy=-4, fontSize=SMALL_TEXT_SIZE).encode(
        x=x, xOffset=offset, y=alt.Y("end:Q", axis=axis, scale=scale), text=alt.Text("text:N"), color=text_colour()
    )
    left = 0.0 if written else (len(figure(high)) + 1) * TEXT_SIZE * ADVANCE + 8
    layers = [columns, texts, *_breaks_between_columns(years, breaks, WIDTH - left - 4)]
    top = 18 if len(layers) > 2 else 0
    main = "main" in rows[0]
    return with_legend(layers, entries, height=_COLUMNS_HEIGHT, left=left, bottom=26, top=top, main=main)


def _breaks_between_columns(years: Sequence[int], breaks: Sequence[int], plot: float) -> list[alt.Chart]:
    """A dotted line in the middle of the gap before each year that breaks the series."""
    step = plot / (len(years) - _INNER + 2 * _OUTER)
    layers: list[alt.Chart] = []
    for rank, (before, after) in enumerate(pairwise(years), start=1):
        if not any(before < one <= after for one in breaks):
            continue
        x = step * (_OUTER + rank - _INNER / 2)
        data = alt.Chart(inline_data([{"text": "rupture"}]))
        rule = data.mark_rule(color=colour("text-soft"), strokeDash=[2, 3], strokeWidth=1.4)
        layers.append(rule.encode(x=alt.XValue(x), y=alt.YValue(0), y2=alt.Y2Value(_COLUMNS_HEIGHT)))
        words = data.mark_text(baseline="bottom", fontSize=SMALL_TEXT_SIZE, color=colour("text-soft"))
        layers.append(words.encode(x=alt.XValue(x), y=alt.YValue(-4), text=alt.Text("text:N")))
    return layers


def specialisation(bars: Sequence[Bar], *, reference_name: str) -> Spec:
    """Lollipops around 1: the index of specificity of each sector against `reference_name` (1 = same share as there).

    Raises ValueError without a bar.
    """
    rows = []
    for rank, bar in enumerate(some(bars)):
        row = row_of(rank, bar.label, bar.value, "", 2)
        at = 1.0 if row["value"] is None else row["value"]
        hue = MAIN_COLOUR if at >= 1 else colour("accent")
        rows.append(row | {"at": at, "below": at < 1, "fill": hue} | marked(at >= 1))
    left = label_width(rows)
    furthest = max(abs(row["at"] - 1) for row in rows)
    spread = max(furthest, 0.5) * (WIDTH - left) / max(WIDTH - left - 104, 60)
    domain = (1 - spread, 1 + spread)
    base = alt.Chart(inline_data(rows))
    y, x, one = band("key"), across("at", domain), alt.X2Datum(1)
    fill = alt.Color("fill:N", scale=None, legend=None)
    seen = base.transform_filter("!datum.absent")
    layers = [
        alt.Chart(inline_data([{"one": 1}])).mark_rule(color=colour("text-soft"), strokeWidth=1).encode(x=across("one", domain)),
        seen.mark_rule(strokeWidth=3).encode(y=y, x=x, x2=one, color=fill),
        seen.mark_circle(size=110, opacity=1).encode(y=y, x=x, color=fill),
        base.transform_filter("!datum.below")
        .mark_text(align="left", dx=10)
        .encode(y=y, x=x, text=alt.Text("text:N"), color=text_colour()),
        base.transform_filter("datum.below").mark_text(align="right", dx=-10).encode(y=y, x=x, text=alt.Text("text:N")),
        alt.Chart(inline_data([{"one": 1, "text": f"1 = {printable(reference_name)}"}]))
        .mark_text(y=-10, fontSize=SMALL_TEXT_SIZE, color=colour("text-soft"), limit=WIDTH - left)
        .encode(x=across("one", domain), text=alt.Text("text:N")),
    ]
    layers.extend(category_labels(rows))
    return finish(alt.layer(*layers), height=row_step(rows) * len(rows), left=left, top=22)


# --- What the forms share ---------------------------------------------------------------------------------------


def finish(chart: alt.LayerChart | alt.FacetChart, *, height: float, left: float = 0, top: float = 0, bottom: float = 2) -> Spec:
    """The whole specification, 420 px wide: `height` is that of the plot, the others are margins, in px."""
    chart = chart.properties(
        width=WIDTH - left - 4,
        height=height,
        autosize=alt.AutoSizeParams(type="none"),
        padding={"left": left + 2, "right": 2, "top": top + 2, "bottom": bottom},
    )
    # Validating costs more than all the rest: the tests do it, and the renderer refuses what it cannot draw.
    spec: Spec = chart.configure(**_theme()).to_dict(validate=False)
    # Altair refuses None, which is how Vega is told to leave the ground transparent.
    spec["config"]["background"] = None
    return spec


def inline_data(rows: list[Row]) -> alt.InlineData:
    """Rows put in the specification itself: nothing is ever fetched."""
    return alt.InlineData(values=rows)


def _theme() -> dict[str, Any]:
    return {
        "font": FONT_STACK,
        "view": {"stroke": None},
        "text": {"font": FONT_STACK, "fontSize": TEXT_SIZE, "color": colour("text")},
        "axis": {
            "labelFont": FONT_STACK,
            "labelFontSize": TEXT_SIZE,
            "labelColor": colour("text"),
            "labelOverlap": "parity",
            "gridColor": colour("line"),
        },
    }


def colour_of(name: str | None, default: str) -> str:
    """Hexadecimal colour of a famille, a regard or a general token. Raises KeyError for an unknown name."""
    if name is None:
        return default
    if name == "main":
        return MAIN_COLOUR
    if name == "reference":
        return str(tokens()["reference"])
    for group in ("family", "regard", "colour"):
        if name in tokens()[group]:
            found: str = tokens()[group][name]
            return found
    raise KeyError(name)


def marked(main: bool) -> Row:
    """What tells the rows of the main series apart."""
    return {"main": True} if main else {}


def some(bars: Sequence[Bar]) -> Sequence[Bar]:
    if not bars:
        raise ValueError("Un graphique doit avoir au moins une barre.")
    return bars


def row_of(rank: int, label: str, value: Numeric, unit: str, decimals: int) -> Row:
    """A row of data. Its key begins with its rank, so that two categories of the same name stay apart."""
    known = as_value(value)
    lines = textwrap.wrap(printable(label).replace("|", "/"), 24, break_on_hyphens=False)
    if len(lines) > 3:
        lines = [*lines[:2], f"{lines[2][:22]}…"]
    return {
        "key": f"{rank:0{KEY_DIGITS}d}" + "|".join(lines),
        "label": "|".join(lines),
        "value": known.plain,
        "end": max(known.plain or 0.0, 0.0),
        "text": figure(known, decimals=decimals, unit=unit),
        "absent": known.number is None,
        "ink": colour("text-soft" if known.number is None else "text"),
    }


def series_rows(categories: Sequence[str], series: Sequence[Series], unit: str, decimals: int) -> tuple[list[Row], Legend]:
    """Rows, and legend when there are several series. Colours by default: dark, light, middle; distinct in grey."""
    if not categories or not series:
        raise ValueError("Un graphique doit avoir au moins une catégorie et une série.")
    defaults = (MAIN_COLOUR, family_colour("commercial"), colour("accent"))
    rows: list[Row] = []
    entries: list[tuple[str, str, str]] = []
    for place, one in enumerate(series):
        if len(one.values) != len(categories):
            raise ValueError(f"Série « {one.name} » : une valeur par catégorie est attendue.")
        fill = colour_of(one.colour, defaults[place % len(defaults)])
        entries.append((one.name, fill, "square"))
        rows.extend(
            row_of(rank, category, value, unit, decimals)
            | {"series": str(place), "fill": fill}
            | marked(one.colour == "main" or (one.colour is None and place == 0))
            for rank, (category, value) in enumerate(zip(categories, one.values, strict=True))
        )
    return rows, entries if len(entries) > 1 else ()


def _label_lines(row: Row) -> int:
    return int(row["label"].count("|")) + 1


def label_width(rows: Sequence[Row]) -> float:
    longest = max(len(line) for row in rows for line in row["label"].split("|"))
    return longest * TEXT_SIZE * ADVANCE + 10


def row_step(rows: Sequence[Row]) -> float:
    return max(30, _LINE * max(_label_lines(row) for row in rows) + 12)


def _domain(numbers: Sequence[float], rows: Sequence[Row], plot: float) -> tuple[float, float]:
    """From 0 (or the least value) to the largest, and room for the longest value text beside the longest bar."""
    low, high = min((0.0, *numbers)), max((0.0, *numbers))
    if low == high:
        high = low + 1
    needed = max(len(row["text"]) for row in rows) * TEXT_SIZE * ADVANCE + 16
    return low, low + (high - low) * plot / max(plot - needed, plot / 3)


def _keep_texts_off_references(rows: Sequence[Row], domain: tuple[float, float], plot: float) -> None:
    """A reference mark standing where the text would be written sends the text after the mark."""
    unit = plot / (domain[1] - domain[0])
    for row in rows:
        if row["reference"] is None:
            continue
        gap = (row["reference"] - row["end"]) * unit
        if -6 <= gap <= len(row["text"]) * TEXT_SIZE * ADVANCE + 18:
            row["end"] = max(row["reference"], row["end"])


def across(field: str, domain: tuple[float, float]) -> alt.X:
    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=list(domain), nice=False, zero=False))


def band(field: str, **scale: Any) -> alt.Y:
    return alt.Y(f"{field}:N", sort="ascending", axis=None, scale=alt.Scale(**scale))


def text_colour() -> alt.Color:
    """The ink of a value, written in its row: that of a sign is softer."""
    return alt.Color("ink:N", scale=None, legend=None)


def _end_texts(base: alt.Chart, domain: tuple[float, float], **encodings: Any) -> list[alt.Chart]:
    """Values beside the end of their bars; absent ones as their sign, softer, at the origin or after a mark there."""
    return [
        base.mark_text(align="left", dx=9, baseline="middle").encode(
            x=across("end", domain), text=alt.Text("text:N"), color=text_colour(), **encodings
        )
    ]


def category_labels(rows: Sequence[Row]) -> list[alt.Chart]:
    """Names of the categories, on as many lines as they need, centred on their bars."""
    layers = []
    for lines in sorted({_label_lines(row) for row in rows}):
        own = [{"key": row["key"], "label": row["label"]} for row in rows if _label_lines(row) == lines]
        layers.append(
            alt.Chart(inline_data(own))
            .mark_text(align="right", baseline="middle", x=0, dx=-8, dy=-_LINE * (lines - 1) / 2, lineBreak="|", lineHeight=_LINE)
            .encode(y=band("key"), text=alt.Text("label:N"))
        )
    return layers


def with_legend(
    layers: list[alt.Chart],
    entries: Legend,
    *,
    height: float,
    left: float,
    bottom: float = 2,
    top: float = 0,
    main: bool = False,
) -> Spec:
    """The chart under its legend, which starts at the left edge and takes one line when its names fit in it.

    `top` is the room that marks need above the plot, under the legend; `main` says that the first entry is the main series.
    """
    marks: list[alt.Chart] = []
    widths = [20 + len(name) * TEXT_SIZE * ADVANCE + 18 for name, _, _ in entries]
    one_line = sum(widths) <= WIDTH + 18
    top += 0.0 if not entries else _LEGEND_LINE * (1 if one_line else len(entries)) + 10
    x, y = -left + 8, -top + _LEGEND_LINE / 2 - 1
    for rank, ((name, fill, shape), width) in enumerate(zip(entries, widths, strict=True)):
        single = alt.Chart(inline_data([{"text": printable(name)} | marked(main and rank == 0)]))
        marks.append(single.mark_point(filled=True, shape=shape, size=130, opacity=1, color=fill, x=x, y=y))
        marks.append(
            single.mark_text(align="left", baseline="middle", x=x + 13, y=y, limit=WIDTH - 30).encode(text=alt.Text("text:N"))
        )
        x, y = (x + width, y) if one_line else (x, y + _LEGEND_LINE)
    return finish(alt.layer(*layers, *marks), height=height, left=left, top=top, bottom=bottom)
