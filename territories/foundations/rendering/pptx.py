"""Document -> slides for a council: one message a slide, native tables, pictures with their alternative text, notes to speak.

People move, copy and rewrite slides: every title is in its placeholder, tables are tables, texts are texts, and layouts and
theme carry the look. What goes where is decided by `pptx_plan`.
"""

import io
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

from pptx import Presentation
from pptx.slide import Slide, SlideLayout
from pptx.util import Inches, Pt

from territories.foundations.formats import NBSP
from territories.foundations.rendering import document as tree
from territories.foundations.rendering import pptx_parts as parts
from territories.foundations.rendering import pptx_plan as planned
from territories.foundations.rendering.archive import same_dates, write_whole
from territories.foundations.rendering.brand import palette
from territories.foundations.rendering.drawing import described, render_png, svg_to_png
from territories.foundations.rendering.html import DEMONSTRATION, DRAFT
from territories.foundations.rendering.pptx_parts import HEIGHT, MARGIN, WIDTH
from territories.foundations.rendering.tokens import text_on, tokens
from territories.foundations.vocabulary import Phase

_ACROSS = WIDTH - 2 * MARGIN
_PICTURE_SCALE = 3.0
# Pictures are drawn for 420 units; past this many inches across they would shout.
_WIDEST_PICTURE = 7.3
_PICTURE_TOP, _PICTURE_BOTTOM = 2.2, 6.42
_SOURCE_TOP = 6.5
_SIZES = {"lead": 20.0, "text": 17.0, "item": 18.0, "number": 18.0, "term": 15.0, "quote": 20.0, "warning": 17.0, "title": 20.0}
_DENSE = 12.0


def render_pptx(document: tree.Document, out: Path, *, tick: Callable[[], None] | None = None) -> Path:
    """Writes the slides at `out`, whole or not at all; the same document gives the same bytes.

    `tick` is called after each slide; what it raises goes through. Raises RenderingError when a drawing fails.
    """
    deck = Presentation()
    hues = palette(document.brand)
    layouts = parts.prepare(deck, document, hues)
    _dress(layouts, document, hues)
    plan = planned.plan(document)
    writer = _Writer(document, hues, lambda name: deck.slides.add_slide(layouts[name]))
    writer.cover()
    for slide in plan.slides:
        writer.write(slide)
        if tick is not None:
            tick()
    writer.last(plan.left_out)
    parts.speak_french(deck, document.language)
    content = io.BytesIO()
    deck.save(content)
    return write_whole(out, same_dates(content.getvalue()))


def _dress(layouts: Mapping[str, SlideLayout], document: tree.Document, hues: Mapping[str, str]) -> None:
    """One accent a layout, and the logo of the territory on those that follow the cover."""
    parts.add_to_layout(layouts[parts.CONTENT], (MARGIN, 0.42, 0.62, 0.055), fill=hues["accent"])
    parts.add_to_layout(layouts[parts.CHAPTER], (0, 0, 0.22, HEIGHT), fill=hues["ink"])
    parts.add_to_layout(layouts[parts.CHAPTER], (MARGIN, 1.75, 0.62, 0.055), fill=hues["accent"])
    if document.brand is not None and document.brand.logo is not None:
        width, height = document.brand.logo_box(1.25, 0.55)
        for name in (parts.CHAPTER, parts.CONTENT):
            parts.add_to_layout(layouts[name], (WIDTH - MARGIN - width, 0.42, width, height), png=document.brand.logo)


class _Writer:
    """Draws the slides one after the other."""

    def __init__(self, document: tree.Document, hues: Mapping[str, str], new: Callable[[str], Slide]) -> None:
        self._document = document
        self._hues = hues
        self._new = new
        shown = ((document.demonstration, DEMONSTRATION), (document.draft, DRAFT))
        self._mark = " · ".join(words for on, words in shown if on)

    def write(self, slide: planned.Slide) -> None:
        match slide:
            case planned.Opening():
                self._opening(slide)
            case planned.Keys():
                self._keys(slide)
            case planned.Picture():
                self._picture(slide)
            case planned.Grid():
                self._grid(slide)
            case planned.Words():
                self._words(slide)

    def _slide(self, layout: str, title: str) -> Slide:
        slide = self._new(layout)
        if slide.shapes.title is not None:
            parts.add_run(parts.paragraph_of(slide.shapes.title.text_frame), title)
        return slide

    def _end(self, slide: Slide, notes: list[str]) -> None:
        """Foot and notes, last in the reading order."""
        parts.add_foot(slide, self._document.full_title, self._mark, self._hues)
        parts.add_notes(slide, notes)

    # --- Cover and last slide ---

    def cover(self) -> None:
        document, hues = self._document, self._hues
        cover = document.cover
        slide = self._slide(parts.COVER, document.title)
        subtitle = slide.placeholders[1]
        parts.add_run(parts.paragraph_of(subtitle.text_frame), document.territory)
        if cover.illustration:
            png = svg_to_png(cover.illustration)
            parts.add_picture(slide, png, _fitted(png, (8.6, 1.75, 4.1, 3.85), across=0.5), text="")
            parts.fade(slide, 0.45)
            slide.shapes._spTree.insert(2, slide.shapes[-1]._element)
        words = parts.add_text(slide, (MARGIN, 4.5, 8.0, 1.0))
        for text, size, hue in ((document.subtitle, 16.0, hues["text"]), (document.date_label, 14.0, hues["text-soft"])):
            if text:
                parts.add_run(parts.paragraph_of(words), text, size=size, hue=hue)
        if self._mark:
            parts.add_run(parts.paragraph_of(words), self._mark, size=14, hue=hues["accent"], bold=True)
        parts.add_rule(slide, (MARGIN, 0.62, 0.07, 0.72 if cover.programme else 0.42), hues["accent"])
        publisher = parts.add_text(slide, (MARGIN + 0.22, 0.6, 6.0, 0.8))
        parts.add_run(parts.paragraph_of(publisher), cover.publisher, size=18, hue=hues["ink"], bold=True)
        if cover.programme:
            parts.add_run(parts.paragraph_of(publisher), cover.programme, size=13, hue=hues["text-soft"])
        self._brand(slide)
        if cover.phase is not None:
            self._frise(slide, cover.phase)
        self._end(slide, [document.full_title, document.author, document.date_label, self._mark])

    def _brand(self, slide: Slide) -> None:
        brand = self._document.brand
        if brand is None:
            return
        width, height = brand.logo_box(2.7, 1.0)
        if brand.logo is not None:
            box = (WIDTH - MARGIN - width, 0.5, width, height)
            parts.add_picture(slide, brand.logo, box, text=brand.logo_alternative, title=brand.logo_alternative)
        lines = [(brand.name, 16.0, self._hues["accent"], True)] if brand.logo is None else []
        lines += [(brand.baseline, 12.0, self._hues["text-soft"], False)] if brand.baseline else []
        if lines:
            frame = parts.add_text(slide, (WIDTH - MARGIN - 5.0, 0.6 + height, 5.0, 0.7))
            for text, size, hue, bold in lines:
                paragraph = parts.paragraph_of(frame)
                paragraph._p.get_or_add_pPr().set("algn", "r")
                parts.add_run(paragraph, text, size=size, hue=hue, bold=bold)

    def _frise(self, slide: Slide, current: Phase) -> None:
        """The four phases, the current one on the ink; colours of phases are those of the house."""
        gap, top, high = 0.12, 5.72, 1.14
        width = (_ACROSS - gap * (len(Phase) - 1)) / len(Phase)
        for rank, phase in enumerate(Phase):
            x = MARGIN + rank * (width + gap)
            active = phase is current
            ground = self._hues["ink"] if active else self._hues["mist"]
            parts.add_rule(slide, (x, top, width, high), ground)
            parts.add_rule(slide, (x, top, width, 0.06), tokens()["phase"][str(phase.number)])
            frame = parts.add_text(slide, (x + 0.1, top + 0.13, width - 0.2, high - 0.16))
            hue = text_on(ground) if active else self._hues["text-soft"]
            paragraph = parts.paragraph_of(frame)
            parts.add_run(paragraph, f"{phase.number}. ", size=11, hue=hue, bold=True)
            parts.add_run(paragraph, phase.title, size=10.5, hue=hue, bold=active or None)
            words = f"{phase.months}{NBSP}mois" + (" · phase en cours" if active else "")
            parts.add_run(parts.paragraph_of(frame), words, size=10, hue=hue)

    def last(self, left_out: tuple[str, ...]) -> None:
        """What the deck leaves to the files, and who answers for the figures."""
        document, hues = self._document, self._hues
        slide = self._slide(parts.CONTENT, "Pour aller plus loin")
        frame = parts.add_text(slide, (MARGIN, 2.2, 10.4, 4.2))
        lines: list[tree.Text] = [
            (
                tree.Strong("Les chiffres de chaque graphique et de chaque carte"),
                f"{NBSP}: dans l’archive des graphiques (CSV, XLSX, ODS) et en annexe du document Word.",
            )
        ]
        if left_out:
            named = f"{NBSP}; ".join(left_out[:6]) + (f"{NBSP}; et {len(left_out) - 6} autres" if len(left_out) > 6 else "")
            lines.append(
                (
                    tree.Strong("Ce que ce diaporama laisse aux fichiers"),
                    f"{NBSP}: {named}. Tout y est entier.",
                )
            )
        lines.append((tree.Strong(document.author), f", {document.date_label}."))
        for line in lines:
            paragraph = parts.paragraph_of(frame)
            paragraph.space_after = Pt(14)
            parts.add_inlines(paragraph, line, size=18, hue=hues["text"])
        self._end(slide, [tree.plain(line) for line in lines])

    # --- The slides of the plan ---

    def _opening(self, opening: planned.Opening) -> None:
        slide = self._slide(parts.CHAPTER, opening.title)
        body = slide.placeholders[1]
        if opening.question:
            parts.add_run(parts.paragraph_of(body.text_frame), opening.question)
        else:
            body._element.getparent().remove(body._element)
        self._end(slide, [opening.title, *opening.said])

    def _keys(self, keys: planned.Keys) -> None:
        hues = self._hues
        slide = self._slide(parts.CONTENT, keys.title)
        gap = 0.45
        width = (_ACROSS - 2 * gap) / 3
        for rank, one in enumerate(keys.figures):
            x, y = MARGIN + (rank % 3) * (width + gap), 2.2 + (rank // 3) * 2.1
            parts.add_rule(slide, (x, y, width, 0.025), hues["ink"])
            frame = parts.add_text(slide, (x, y + 0.12, width, 1.8))
            parts.add_run(parts.paragraph_of(frame), one.value_text, size=40, hue=hues["ink"], bold=True)
            parts.add_run(parts.paragraph_of(frame), one.label, size=15, hue=hues["text"], bold=True)
            for detail in (one.detail, one.source):
                if detail:
                    parts.add_run(parts.paragraph_of(frame), detail, size=12, hue=hues["text-soft"])
        self._source(slide, [_source(keys.source)] if keys.source else [])
        said = [f"{one.value_text} {one.label}" + (f" ({one.detail})" if one.detail else "") + "." for one in keys.figures]
        self._end(slide, [*said, *keys.said, _source(keys.source) if keys.source else ""])

    def _picture(self, picture: planned.Picture) -> None:
        block, hues = picture.block, self._hues
        if isinstance(block, tree.Chart):
            spec = described(block.spec, title=block.title, sentence=block.sentence)
            png = render_png(spec, _PICTURE_SCALE)
        else:
            png = svg_to_png(block.svg, _PICTURE_SCALE)
        slide = self._slide(parts.CONTENT, picture.message)
        caption = parts.paragraph_of(parts.add_text(slide, (MARGIN, 1.74, _ACROSS, 0.3)))
        parts.add_run(caption, f"{picture.name}{NBSP}: ", size=14, hue=hues["accent"], bold=True)
        parts.add_run(caption, block.title, size=14, hue=hues["text-soft"])
        beside = picture.rest or " ".join(block.notes)
        widest = _WIDEST_PICTURE if beside else _WIDEST_PICTURE + 1.5
        box = _fitted(png, (MARGIN, _PICTURE_TOP, widest, _PICTURE_BOTTOM - _PICTURE_TOP), across=0.0 if beside else 0.25)
        parts.add_picture(slide, png, box, text=f"{block.title}. {block.sentence}", title=block.title)
        if beside:
            x = max(box[0] + box[2] + 0.6, 7.4)
            frame = parts.add_text(slide, (x, _PICTURE_TOP + 0.05, WIDTH - MARGIN - x, _PICTURE_BOTTOM - _PICTURE_TOP))
            if picture.rest:
                parts.add_run(parts.paragraph_of(frame), planned.opening_of(picture.rest, 420), size=16, hue=hues["text"])
            for note in block.notes:
                paragraph = parts.paragraph_of(frame)
                paragraph.space_before = Pt(10)
                parts.add_run(paragraph, planned.cut(note, 260), size=12, hue=hues["text-soft"])
        self._source(slide, [_source(block.source)])
        self._end(slide, [block.sentence, *picture.said, *block.notes, _source(block.source)])

    def _grid(self, grid: planned.Grid) -> None:
        table, hues = grid.table, self._hues
        slide = self._slide(parts.CONTENT, grid.title)
        widths = planned.widths_of(table)
        left, top = Inches(MARGIN), Inches(1.85)
        frame = slide.shapes.add_table(
            len(table.rows) + 1, len(table.columns), left, top, Inches(sum(widths)), Inches(0.29 * (len(table.rows) + 1))
        )
        parts.describe(frame, text=f"Tableau{NBSP}: {table.caption}")
        parts.plain_table(frame, totals=bool(table.totals))
        drawn = frame.table
        size = 10.5 if len(table.columns) > planned.WIDE_TABLE else 12.0
        for column, width in zip(drawn.columns, widths, strict=True):
            column.width = Inches(width)
        for row in drawn.rows:
            row.height = Inches(0.29)
        for cell, column in zip(drawn.rows[0].cells, table.columns, strict=True):
            right = column.kind != "text"
            parts.fill_cell(
                cell, column.label, size=size, hue=hues["ink"], bold=True, right=right, rule=(1.25, hues["ink"]), ground=""
            )
        first_total = len(table.rows) - table.totals
        for index, content in enumerate(table.rows):
            strong = index >= first_total or index in table.emphasis
            rule = (1.0, hues["ink"]) if index == first_total - 1 and table.totals else (0.5, hues["line"])
            for cell, value, column in zip(drawn.rows[index + 1].cells, content, table.columns, strict=True):
                parts.fill_cell(
                    cell,
                    table.text_of(value, column),
                    size=size,
                    hue=hues["ink-strong" if strong else "text"],
                    bold=strong,
                    right=column.kind != "text",
                    rule=rule,
                    ground=hues["mist"] if index in table.emphasis else "",
                )
        foot = [planned.left_line(grid.left)] if grid.last and grid.left else []
        legend = " ".join(table.legend_lines())
        lines = [*foot, *table.notes, legend, _source(table.source) if table.source else ""]
        self._source(slide, [line for line in lines if line])
        self._end(slide, [table.caption, *grid.said, *lines])

    def _words(self, words: planned.Words) -> None:
        hues = self._hues
        slide = self._slide(parts.CONTENT, words.title)
        whole = sum(planned.height_of(line, dense=True) for line in words.lines)
        columns = 2 if words.dense and whole > planned.DENSE_ROOM / 2 else 1
        frame = parts.add_text(slide, (MARGIN, 2.0, _ACROSS if columns > 1 else 10.4, 4.75), columns=columns)
        rank = 0
        for line in words.lines:
            paragraph = parts.paragraph_of(frame)
            size = _DENSE + (2.0 if line.style in ("title", "lead") else 0.0) if words.dense else _SIZES[line.style]
            paragraph.space_after = Pt(size * 0.45)
            paragraph.line_spacing = 1.08
            hue = hues["ink" if line.style == "title" else "accent" if line.style == "warning" else "text"]
            rank = rank + 1 if line.style == "number" else 0
            if line.style in ("item", "number"):
                sign = f"{rank}." if line.style == "number" else "•"
                _hang(paragraph, size)
                parts.add_run(paragraph, f"{sign}{NBSP}{NBSP}", size=size, hue=hues["accent"], bold=True)
            parts.add_inlines(paragraph, planned.shortened(line.text), size=size, hue=hue, bold=line.style == "title" or None)
        self._end(slide, [*(tree.plain(line.text) for line in words.lines), *words.said])

    def _source(self, slide: Slide, lines: list[str]) -> None:
        """Under the figure: what it comes from, and what its signs mean."""
        if not lines:
            return
        frame = parts.add_text(slide, (MARGIN, _SOURCE_TOP - 0.17 * (min(len(lines), 3) - 1), _ACROSS, 0.4), anchor="t")
        for line in lines[:-1] if len(lines) > 1 else []:
            parts.add_run(parts.paragraph_of(frame), planned.cut(line, 240), size=10, hue=self._hues["text-soft"])
        parts.add_run(parts.paragraph_of(frame), planned.cut(lines[-1], 240), size=10, hue=self._hues["text-soft"])


def _hang(paragraph: object, size: float) -> None:
    """A hanging indent as wide as the sign of a list."""
    properties = paragraph._p.get_or_add_pPr()  # type: ignore[attr-defined]
    properties.set("marL", str(Pt(size)))
    properties.set("indent", str(-Pt(size)))


def _fitted(png: bytes, box: tuple[float, float, float, float], *, across: float) -> tuple[float, float, float, float]:
    """The box of a picture inside another, its proportions kept; `across` 0 is at the left, 0.5 in the middle."""
    pixels, lines = struct.unpack(">II", png[16:24])
    x, y, width, height = box
    scale = min(width / pixels, height / lines)
    return x + (width - pixels * scale) * across, y, pixels * scale, lines * scale


def _source(source: str) -> str:
    return source if source.lower().startswith("source") else f"Source{NBSP}: {source}"
