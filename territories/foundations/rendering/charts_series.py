"""Chart forms for statistics with jobs: lines over years with their breaks, pyramids, signed bars, stacked effects.

Same rules as `charts`: 420 px wide, no text under 13 px, values written, a value without a number drawn as its sign. A line
is never drawn across a break: the gap stays empty and says « rupture ».
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import altair as alt

from territories.foundations.rendering.charts import (
    ADVANCE,
    MAIN_COLOUR,
    SMALL_TEXT_SIZE,
    TEXT_SIZE,
    WIDTH,
    Bar,
    Legend,
    Row,
    Series,
    Spec,
    across,
    band,
    category_labels,
    colour_of,
    finish,
    inline_data,
    label_width,
    marked,
    row_of,
    row_step,
    series_rows,
    some,
    text_colour,
    with_legend,
)
from territories.foundations.rendering.tokens import colour
from territories.foundations.rendering.typography import Numeric, printable, signed

_PLOT_HEIGHT = 200
# Beyond this number of years only the ends of each line are written.
_MOST_WRITTEN_YEARS = 9


# --- Over years -----------------------------------------------------------------------------------------------------


def lines_over_years(
    years: Sequence[int],
    series: Sequence[Series],
    *,
    breaks: Sequence[int] = (),
    decimals: int = 1,
    unit: str = "",
    base: float | None = None,
) -> Spec:
    """One line a series, values written at its points (at its ends beyond nine years); `base` draws a level line (100).

    `breaks` are the years from which figures are no longer comparable with those before: the lines stop, a dotted line
    stands between the two years with the word « rupture ». A line stops too where a value has no number: nothing is drawn
    over what is not known. Series differ by shape and dash as well as by colour. Raises
    ValueError when a series has not one value a year, or when there is none.
    """
    rows, entries = series_rows([str(year) for year in years], series, unit, decimals)
    places = {str(year): rank for rank, year in enumerate(years)}
    segments = {str(year): sum(1 for one in breaks if one <= year) for year in years}
    stops = 0
    for row, year in zip(rows, [str(year) for _ in series for year in years], strict=True):
        stops += row["absent"]
        row |= {"at": places[year], "line": f"{row['series']}-{segments[year]}-{stops}", "written": True}
    low, high = _room([row["value"] for row in rows if row["value"] is not None], base)
    _place_texts(rows, years, segments)
    for row in rows:
        row["y"] = low if row["absent"] else row["value"]
    x = alt.X("at:Q", axis=None, scale=alt.Scale(domain=[-0.5, len(years) - 0.5], nice=False, zero=False))
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[low, high], nice=False, zero=False))
    data = alt.Chart(inline_data(rows))
    seen = data.transform_filter("!datum.absent")
    fill = alt.Color("fill:N", scale=None, legend=None)
    layers = [*_level_line(base, x, y, len(years)), *_break_lines(years, breaks, x, low, high)]
    shapes: list[tuple[str, str, str]] = []
    for place, (name, hue, _) in enumerate(entries or [(series[0].name, rows[0]["fill"], "circle")]):
        own = seen.transform_filter(f"datum.series == '{place}'")
        shape = ("circle", "square", "triangle-up")[place % 3]
        dash = [1, 0] if place == 0 else [6, 3]
        layers.append(
            own.mark_line(strokeWidth=2.6, strokeDash=dash).encode(
                x=x, y=y, color=fill, detail=alt.Detail("line:N"), order=alt.Order("at:Q")
            )
        )
        layers.append(
            own.mark_point(filled=True, shape=shape, size=80, opacity=1, stroke=colour("surface"), strokeWidth=1).encode(
                x=x, y=y, color=fill
            )
        )
        shapes.append((name, hue, shape))
    for above in (True, False):
        layers.append(
            data.transform_filter(f"datum.written && datum.above == {str(above).lower()}")
            .mark_text(baseline="bottom" if above else "top", dy=-9 if above else 9, fontSize=SMALL_TEXT_SIZE)
            .encode(x=x, y=y, text=alt.Text("text:N"), color=text_colour())
        )
    layers.append(_year_texts(years, x))
    named = shapes if len(series) > 1 else ()
    main = "main" in rows[0]
    return with_legend(layers, named, height=_PLOT_HEIGHT, left=0, bottom=26, top=18 if breaks else 0, main=main)


def _room(numbers: Sequence[float], base: float | None) -> tuple[float, float]:
    """The vertical domain: all values and the base, with room for the texts above and below."""
    held = [*numbers, *([] if base is None else [base])] or [0.0, 1.0]
    low, high = min(held), max(held)
    margin = max((high - low) * 0.22, abs(high) * 0.01, 0.5)
    return low - margin, high + margin


def _place_texts(rows: list[Row], years: Sequence[int], segments: dict[str, int]) -> None:
    """At each year the highest value is written above its point, the others below; signs stand at the bottom."""
    few = len(years) <= _MOST_WRITTEN_YEARS
    labels = [str(year) for year in years]
    ends = {labels[0], labels[-1]}
    ends |= {label for pair in pairwise(labels) if segments[pair[0]] != segments[pair[1]] for label in pair}
    for rank, label in enumerate(labels):
        here = [row for row in rows if row["at"] == rank]
        highest = max((row for row in here if not row["absent"]), key=lambda row: row["value"], default=None)
        signs = {row["text"] for row in here if row["absent"]}
        for row in here:
            row["above"] = row is highest or row["absent"]
            row["written"] = few or label in ends or row["absent"]
            # One sign a year is enough when several series lack it for the same reason, and one text for two equal points.
            if row["absent"]:
                row["written"] = row["text"] in signs
                signs.discard(row["text"])
            elif highest is not None and row is not highest and row["text"] == highest["text"]:
                row["written"] = False


def _level_line(base: float | None, x: alt.X, y: alt.Y, count: int) -> list[alt.Chart]:
    if base is None:
        return []
    ends = alt.Chart(inline_data([{"at": -0.5, "y": base}, {"at": count - 0.5, "y": base}]))
    return [ends.mark_line(color=colour("line"), strokeWidth=1.5).encode(x=x, y=y)]


def _break_lines(years: Sequence[int], breaks: Sequence[int], x: alt.X, low: float, high: float) -> list[alt.Chart]:
    """A dotted line between the last year before a break and the first after it, with its word at the top."""
    rows = [
        {"at": rank + 0.5, "text": "rupture"}
        for rank, (before, after) in enumerate(pairwise(years))
        if any(before < one <= after for one in breaks)
    ]
    if not rows:
        return []
    data = alt.Chart(inline_data(rows))
    return [
        data.mark_rule(color=colour("text-soft"), strokeDash=[2, 3], strokeWidth=1.4).encode(x=x),
        data.mark_text(y=-2, baseline="bottom", fontSize=SMALL_TEXT_SIZE, color=colour("text-soft")).encode(
            x=x, text=alt.Text("text:N")
        ),
    ]


def _year_texts(years: Sequence[int], x: alt.X) -> alt.Chart:
    every = max(1, -(-len(years) * 44 // WIDTH))
    rows = [{"at": rank, "text": str(year)} for rank, year in enumerate(years) if (len(years) - 1 - rank) % every == 0]
    return (
        alt.Chart(inline_data(rows))
        .mark_text(y=_PLOT_HEIGHT + 14, baseline="middle", fontSize=TEXT_SIZE)
        .encode(x=x, text=alt.Text("text:N"))
    )


# --- Two sides ------------------------------------------------------------------------------------------------------


def mirrored_bars(categories: Sequence[str], left: Series, right: Series, *, unit: str = "", decimals: int = 0) -> Spec:
    """A pyramid: for each category one bar to the left and one to the right of its name, on the same scale.

    Raises ValueError as `charts.grouped_bars`.
    """
    rows, entries = series_rows(categories, (left, right), unit, decimals)
    gutter = label_width(rows) + 14
    written = max(len(row["text"]) for row in rows) * TEXT_SIZE * ADVANCE + 12
    plot = float(WIDTH - 4)
    reach = max((plot - gutter) / 2 - written, 30)
    high = max((row["value"] for row in rows if row["value"] is not None), default=0) or 1
    for row in rows:
        side = -1 if row["series"] == "0" else 1
        start = plot / 2 + side * gutter / 2
        row |= {"start": start, "stop": start + side * reach * max(row["value"] or 0, 0) / high, "leftwards": side < 0}
    data = alt.Chart(inline_data(rows))
    y = band("key", paddingInner=0.3, paddingOuter=0.15)
    domain = (0.0, plot)
    fill = alt.Color("fill:N", scale=None, legend=None)
    layers = [
        data.transform_filter("!datum.absent")
        .mark_bar(cornerRadius=1)
        .encode(y=y, x=across("start", domain), x2=alt.X2("stop:Q"), color=fill)
    ]
    for leftwards, align, dx in ((True, "right", -7), (False, "left", 7)):
        layers.append(
            data.transform_filter(f"datum.leftwards == {str(leftwards).lower()}")
            .mark_text(align=align, dx=dx, baseline="middle")
            .encode(y=y, x=across("stop", domain), text=alt.Text("text:N"), color=text_colour())
        )
    layers.extend(_centred_labels([row for row in rows if row["series"] == "0"], domain, plot / 2))
    heads = [
        {"x": plot / 2 - gutter / 2, "text": printable(entries[0][0]), "left": True},
        {"x": plot / 2 + gutter / 2, "text": printable(entries[1][0]), "left": False},
    ]
    for head in heads:
        layers.append(
            alt.Chart(inline_data([head]))
            .mark_text(align="right" if head["left"] else "left", y=-12, baseline="middle", fontWeight=600, limit=plot / 2)
            .encode(x=across("x", domain), text=alt.Text("text:N"))
        )
    return finish(alt.layer(*layers), height=row_step(rows) * len(categories), top=24)


def _centred_labels(rows: Sequence[Row], domain: tuple[float, float], middle: float) -> list[alt.Chart]:
    """Names of the categories in the gutter, on one line or more."""
    layers = []
    for lines in sorted({row["label"].count("|") for row in rows}):
        own = [{"key": row["key"], "label": row["label"], "x": middle} for row in rows if row["label"].count("|") == lines]
        layers.append(
            alt.Chart(inline_data(own))
            .mark_text(align="center", baseline="middle", dy=-8 * lines, lineBreak="|", lineHeight=16)
            .encode(y=band("key", paddingInner=0.3, paddingOuter=0.15), x=across("x", domain), text=alt.Text("label:N"))
        )
    return layers


# --- Around zero ----------------------------------------------------------------------------------------------------


def signed_bars(bars: Sequence[Bar], *, unit: str = "", decimals: int = 0) -> Spec:
    """Bars to the right of zero for gains, to the left for losses, each with its signed value. Raises ValueError without a
    bar."""
    gain, loss = MAIN_COLOUR, colour("accent")
    rows = []
    for rank, bar in enumerate(some(bars)):
        row = row_of(rank, bar.label, bar.value, unit, decimals)
        default = loss if (row["value"] or 0) < 0 else gain
        rows.append(
            row
            | {
                "text": signed(bar.value, decimals=decimals, unit=unit),
                "end": row["value"] or 0.0,
                "below": (row["value"] or 0) < 0,
                "fill": colour_of(bar.colour, default),
            }
            | marked(bar.colour == "main")
        )
    left = label_width(rows)
    domain = _around_zero([row["end"] for row in rows], rows, WIDTH - left)
    data = alt.Chart(inline_data(rows))
    y = band("key", paddingInner=0.3, paddingOuter=0.15)
    layers = [
        data.mark_bar(cornerRadiusEnd=2).encode(y=y, x=across("value", domain), color=alt.Color("fill:N", scale=None)),
        _zero_line(domain),
        *_signed_texts(data, y, domain),
        *category_labels(rows),
    ]
    return finish(alt.layer(*layers), height=row_step(rows) * len(rows), left=left)


def stacked_effects(
    categories: Sequence[str], effects: Sequence[Series], totals: Sequence[Numeric], *, total_name: str, decimals: int = 0
) -> Spec:
    """For each category its effects stacked from zero, gains to the right, losses to the left, and a diamond at their sum.

    The sum is written at the right with its sign. A category whose sum has no number is drawn as its sign. Raises ValueError
    when an effect or `totals` has not one value a category.
    """
    rows, entries = series_rows(categories, effects, "", decimals)
    if len(totals) != len(categories):
        raise ValueError("Une somme par catégorie est attendue.")
    sums = [
        row_of(rank, name, total, "", decimals) | {"text": signed(total, decimals=decimals)}
        for rank, (name, total) in enumerate(zip(categories, totals, strict=True))
    ]
    pieces = _stacked(rows, sums)
    left = label_width(sums)
    ends = [end for piece in pieces for end in (piece["start"], piece["stop"])] or [0.0]
    written = max(len(row["text"]) for row in sums) * TEXT_SIZE * ADVANCE + 14
    plot = float(WIDTH - left)
    low, high = min(0.0, *ends), max(0.0, *ends)
    if low == high:
        high = low + 1
    unit = (high - low) / max(plot - written - 16, plot / 3)
    domain = (low - 8 * unit, high + (written + 8) * unit)
    for row in sums:
        row |= {"at": 0.0 if row["absent"] else row["value"], "edge": domain[1]}
    data, over = alt.Chart(inline_data(pieces)), alt.Chart(inline_data(sums))
    y = band("key", paddingInner=0.3, paddingOuter=0.15)
    layers = [
        data.mark_bar(stroke=colour("surface"), strokeWidth=0.8).encode(
            y=y, x=across("start", domain), x2=alt.X2("stop:Q"), color=alt.Color("fill:N", scale=None)
        ),
        _zero_line(domain),
        over.transform_filter("!datum.absent")
        .mark_point(
            filled=True,
            shape="diamond",
            size=120,
            opacity=1,
            color=colour("ink-strong"),
            stroke=colour("surface"),
            strokeWidth=1.4,
        )
        .encode(y=y, x=across("at", domain)),
        over.mark_text(align="right", baseline="middle", fontWeight=600).encode(
            y=y, x=across("edge", domain), text=alt.Text("text:N"), color=text_colour()
        ),
        *category_labels(sums),
    ]
    legend: Legend = [*entries, (total_name, colour("ink-strong"), "diamond")]
    return with_legend(layers, legend, height=row_step(sums) * len(categories), left=left)


def _stacked(rows: Sequence[Row], sums: Sequence[Row]) -> list[Row]:
    """Where each effect of a category starts and stops; none for a category without a sum."""
    reached: dict[tuple[str, bool], float] = {}
    silent = {row["key"] for row in sums if row["absent"]}
    pieces = []
    for row in rows:
        value = row["value"]
        if not value or row["key"] in silent:
            continue
        start = reached.get((row["key"], value > 0), 0.0)
        reached[row["key"], value > 0] = start + value
        pieces.append({"key": row["key"], "fill": row["fill"], "start": start, "stop": start + value})
    return pieces


def _around_zero(numbers: Sequence[float], rows: Sequence[Row], plot: float) -> tuple[float, float]:
    """From the least to the largest value, zero inside, with room for the texts on the sides that have some."""
    low, high = min((0.0, *numbers)), max((0.0, *numbers))
    if low == high:
        high = low + 1
    written = max(len(row["text"]) for row in rows) * TEXT_SIZE * ADVANCE + 16
    sides = (1 if low < 0 else 0) + 1
    unit = (high - low) / max(plot - sides * written, plot / 3)
    return low - (written if low < 0 else 0) * unit, high + written * unit


def _zero_line(domain: tuple[float, float]) -> alt.Chart:
    return (
        alt.Chart(inline_data([{"zero": 0}])).mark_rule(color=colour("text-soft"), strokeWidth=1).encode(x=across("zero", domain))
    )


def _signed_texts(data: alt.Chart, y: Any, domain: tuple[float, float]) -> list[alt.Chart]:
    return [
        data.transform_filter(f"datum.below == {below}")
        .mark_text(align=align, dx=dx, baseline="middle")
        .encode(y=y, x=across("end", domain), text=alt.Text("text:N"), color=text_colour())
        for below, align, dx in (("true", "right", -7), ("false", "left", 7))
    ]
