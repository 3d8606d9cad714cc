"""The distribution among familles: 100 % bars whose lines below are the legend and the direct label at once."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import altair as alt

from territories.foundations.rendering.charts import SMALL_TEXT_SIZE, WIDTH, Spec, finish, inline_data
from territories.foundations.rendering.tokens import colour, family_colour, text_on, tokens
from territories.foundations.rendering.typography import Numeric, Value, as_value, figure, percent, printable
from territories.foundations.vocabulary import EssFamily


@dataclass(frozen=True)
class FamilyShares:
    """Shares of the familles of one territory, out of a hundred; a famille left out has no segment and no line.

    `others` are shares by label of what belongs to no famille: drawn in the grey of references, after the familles.
    """

    label: str
    shares: dict[EssFamily, Numeric]
    others: dict[str, Numeric] = field(default_factory=dict)

    def share(self, part: "_Part") -> Value:
        """The share of a part; zero when it is left out."""
        found = self.shares.get(part.family) if part.family is not None else self.others.get(part.label)
        return Value(0) if found is None else as_value(found)


@dataclass(frozen=True)
class _Part:
    """What a segment and a line stand for: a famille, or something else by its label."""

    label: str
    fill: str
    family: EssFamily | None = None


def _parts(territories: Sequence[FamilyShares]) -> list[_Part]:
    """The familles in their order, then the others, of which at least one territory has a share."""
    familles = [family for family in EssFamily if any(family in one.shares for one in territories)]
    others = dict.fromkeys(label for one in territories for label in one.others)
    return [
        *(_Part(family.label, family_colour(family), family) for family in familles),
        *(_Part(label, str(tokens()["reference"])) for label in others),
    ]


def family_shares(territories: Sequence[FamilyShares], *, decimals: int = 1) -> Spec:
    """One 100 % bar per territory, divided into familles, and under them one line per famille with its share in each
    territory: the direct label of even the thinnest segment. At most three territories.

    Shares are out of a hundred. When one is absent the bar keeps a blank of the missing part. Raises ValueError
    without a territory, beyond three, or when shares add up to more than 100.5.
    """
    if not 1 <= len(territories) <= 3:
        raise ValueError("De un à trois territoires dans un graphique de répartition par famille.")
    parts = _parts(territories)
    bar_height, title_height, gap = 34, 22, 14
    block = bar_height + title_height + gap
    segments, titles = [], []
    for rank, one in enumerate(territories):
        top = rank * block
        titles.append({"x": 0, "y": top + title_height / 2, "text": printable(one.label)})
        start = 0.0
        for part in parts:
            size = one.share(part).plain
            if not size:
                continue
            fill = part.fill
            written = percent(size, 0)
            segments.append(
                {
                    "start": start,
                    "stop": start + size,
                    "middle": start + size / 2,
                    "top": top + title_height,
                    "bottom": top + title_height + bar_height,
                    "centre": top + title_height + bar_height / 2,
                    "fill": fill,
                    "ink": text_on(fill),
                    "text": written if size >= 9 else "",
                }
            )
            start += size
        if start > 100.5:
            raise ValueError(f"Les parts de « {one.label} » dépassent 100 %.")
    heads = [_head(one.label, 15 if len(territories) == 2 else 11) for one in territories] if len(territories) > 1 else []
    legend_top = len(territories) * block + max((16 * (head.count("|") + 1) + 6 for head in heads), default=4)
    height = legend_top + 24 * len(parts)
    layers = _family_bars(segments, titles, height)
    layers.extend(_family_lines(territories, parts, heads, legend_top, height, decimals))
    return finish(alt.layer(*layers), height=height)


def _across(field: str) -> alt.X:
    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, 100], nice=False, zero=False))


def _down(field: str, height: float) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, height], nice=False, zero=False, reverse=True))


def _family_bars(segments: list[dict[str, Any]], titles: list[dict[str, Any]], height: float) -> list[alt.Chart]:
    own = alt.Color("fill:N", scale=None, legend=None)
    bars = (
        alt.Chart(inline_data(segments))
        .mark_rect(stroke=colour("surface"), strokeWidth=1.5)
        .encode(x=_across("start"), x2=alt.X2("stop:Q"), y=_down("top", height), y2=alt.Y2("bottom:Q"), color=own)
    )
    inside = (
        alt.Chart(inline_data(segments))
        .mark_text(fontWeight=600)
        .encode(
            x=_across("middle"),
            y=_down("centre", height),
            text=alt.Text("text:N"),
            color=alt.Color("ink:N", scale=None, legend=None),
        )
    )
    names = (
        alt.Chart(inline_data(titles))
        .mark_text(align="left", fontWeight=600, limit=WIDTH - 4)
        .encode(x=_across("x"), y=_down("y", height), text=alt.Text("text:N"))
    )
    return [bars, inside, names]


def _family_lines(
    territories: Sequence[FamilyShares],
    parts: Sequence[_Part],
    heads: Sequence[str],
    top: float,
    height: float,
    decimals: int,
) -> list[alt.Chart]:
    """The legend written as a small table: a swatch, the famille, its share in each territory."""
    ends = {1: (100,), 2: (77, 100), 3: (69, 84.5, 100)}[len(territories)]
    swatches, words, figures = [], [], []
    for rank, part in enumerate(parts):
        y = top + 24 * rank + 12
        swatches.append({"x": 1.9, "y": y, "fill": part.fill})
        words.append({"x": 6, "y": y, "text": part.label})
        for end, one in zip(ends, territories, strict=True):
            figures.append({"x": end, "y": y, "text": figure(one.share(part), decimals=decimals, unit="%")})
    columns = [{"x": end, "y": top - 10 - 15 * head.count("|"), "text": head} for end, head in zip(ends, heads, strict=False)]

    def layer(rows: list[dict[str, Any]]) -> alt.Chart:
        return alt.Chart(inline_data(rows))

    def place(chart: alt.Chart) -> alt.Chart:
        return chart.encode(x=_across("x"), y=_down("y", height))

    layers = [
        place(layer(swatches).mark_square(size=170, opacity=1)).encode(color=alt.Color("fill:N", scale=None)),
        place(layer(words).mark_text(align="left")).encode(text=alt.Text("text:N")),
        place(layer(figures).mark_text(align="right")).encode(text=alt.Text("text:N")),
    ]
    if columns:
        names = layer(columns).mark_text(
            align="right",
            baseline="middle",
            fontSize=SMALL_TEXT_SIZE,
            color=colour("text-soft"),
            lineBreak="|",
            lineHeight=15,
        )
        layers.append(place(names).encode(text=alt.Text("text:N")))
    return layers


def _head(label: str, width: int) -> str:
    """The name of a territory on at most three short lines of `width` signs, parted by bars."""
    lines = textwrap.wrap(printable(label).replace("|", "/"), width)
    return "|".join(lines if len(lines) <= 3 else [*lines[:2], f"{lines[2]}…"])
