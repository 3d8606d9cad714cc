"""Document -> editable Word file: real heading styles, native tables, charts as pictures with their alternative text.

People paste from it and write in it: nothing is drawn with text boxes or tabs, captions and source lines are paragraphs,
and styles carry the look, so that changing a style changes the document.
"""

import io
from collections.abc import Mapping
from pathlib import Path

import docx
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm
from docx.text.paragraph import Paragraph as WordParagraph

from territories.foundations.formats import NBSP
from territories.foundations.rendering import document as tree
from territories.foundations.rendering import word_parts as parts
from territories.foundations.rendering.archive import same_dates, write_whole
from territories.foundations.rendering.brand import palette
from territories.foundations.rendering.drawing import described, render_png, svg_to_png
from territories.foundations.rendering.html import DEMONSTRATION, DRAFT, NUMBERS_ANNEX, WIDE_TABLE
from territories.foundations.rendering.tokens import tokens
from territories.foundations.rendering.widths import column_widths
from territories.foundations.vocabulary import Phase

_TEXT_WIDTH = 166.0
_PICTURE_WIDTH = 106.0
# Mean width of a character of a cell and the margins of a cell, in millimetres.
_CHARACTER = 1.85
_NARROW_CHARACTER = 1.62
_CELL_MARGINS = 4.2
_LEAST_HEADER = 30.0


def render_docx(document: tree.Document, out: Path) -> Path:
    """Writes the Word file at `out`, whole or not at all; the same document gives the same bytes.

    Raises RenderingError when a drawing fails.
    """
    word = docx.Document()
    parts.set_properties(word, document)
    hues = palette(document.brand)
    parts.set_styles(word, document.language, hues)
    _page(word, document, hues)
    _cover(word, document, hues)
    writer = _Writer(word, document.tables(), hues)
    for section in document.sections:
        writer.section(section)
    writer.annex()
    content = io.BytesIO()
    word.save(content)
    return write_whole(out, same_dates(content.getvalue()))


def _marks(document: tree.Document) -> str:
    shown = ((document.demonstration, DEMONSTRATION), (document.draft, DRAFT))
    return " · ".join(words for on, words in shown if on)


def _page(word: Word, document: tree.Document, hues: Mapping[str, str]) -> None:
    page = word.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(22)
    page.top_margin, page.bottom_margin = Mm(26), Mm(22)
    page.different_first_page_header_footer = True
    header = page.header.paragraphs[0]
    if _add_logo(header, document.brand, widest=34, highest=8):
        parts.add_run(header, f"{NBSP}{NBSP}")
    parts.add_run(header, document.full_title, size=8.5, hue=hues["text-soft"])
    if _marks(document):
        parts.add_run(header, f" · {_marks(document)}", size=8.5, hue=hues["accent"], bold=True)
    footer = page.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    parts.add_run(footer, f"Page{NBSP}", size=8.5, hue=hues["ink"])
    parts.add_field(footer, "PAGE")
    parts.add_run(footer, f"{NBSP}/{NBSP}", size=8.5, hue=hues["ink"])
    parts.add_field(footer, "NUMPAGES")


def _cover(word: Word, document: tree.Document, hues: Mapping[str, str]) -> None:
    cover = document.cover
    publisher = word.add_paragraph()
    parts.add_run(publisher, cover.publisher, size=13, hue=hues["ink"], bold=True)
    if cover.programme:
        publisher.paragraph_format.space_after = 0
        parts.add_run(word.add_paragraph(), cover.programme, hue=hues["text-soft"])
    if document.brand is not None:
        _brand(word, document.brand, hues)
    if cover.illustration:
        picture = word.add_paragraph()
        picture.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        picture.add_run().add_picture(io.BytesIO(svg_to_png(cover.illustration)), width=Mm(88 if document.brand is None else 66))
        parts.describe_picture(picture, title="Illustration", text=f"Carte de {document.territory}, en illustration")
    title = word.add_paragraph(style="Title")
    # The logo takes its room above the title, so that the frise stays on the cover.
    above = 20 if document.brand is None else 8
    title.paragraph_format.space_before = Mm(above if cover.illustration else 70)
    parts.add_run(title, document.title)
    parts.add_run(word.add_paragraph(style="Subtitle"), document.territory)
    if document.subtitle:
        parts.add_run(word.add_paragraph(style="Chapeau"), document.subtitle)
    parts.add_run(word.add_paragraph(), document.date_label, hue=hues["text-soft"])
    if _marks(document):
        parts.add_run(word.add_paragraph(), _marks(document), hue=hues["accent"], bold=True)
    if cover.phase is not None:
        _frise(word, cover.phase, hues)
    contents = word.add_paragraph(style="Chapeau")
    contents.paragraph_format.page_break_before = True
    parts.add_run(contents, "Sommaire", size=22, hue=hues["ink"], bold=True)
    parts.add_contents(word, [(section.level, section.title) for section in document.sections if section.level <= 2])


def _brand(word: Word, brand: tree.Brand, hues: Mapping[str, str]) -> None:
    """The territory beside the publisher: its logo, or its name without one, and its line."""
    paragraph = word.add_paragraph()
    paragraph.paragraph_format.space_before = Mm(4)
    if not _add_logo(paragraph, brand, widest=64, highest=24):
        parts.add_run(paragraph, brand.name, size=13, hue=hues["accent"], bold=True)
    if brand.baseline:
        parts.add_run(word.add_paragraph(), brand.baseline, hue=hues["text-soft"])


def _add_logo(paragraph: WordParagraph, brand: tree.Brand | None, *, widest: float, highest: float) -> bool:
    """Puts the logo in a paragraph, within a box in millimetres; says whether there is one."""
    if brand is None or brand.logo is None:
        return False
    width, height = brand.logo_box(widest, highest)
    paragraph.add_run().add_picture(io.BytesIO(brand.logo), width=Mm(width), height=Mm(height))
    parts.describe_picture(paragraph, title=brand.logo_alternative, text=brand.logo_alternative)
    return True


def _frise(word: Word, current: Phase, hues: Mapping[str, str]) -> None:
    """The four phases as a shaded row of cells, the current one on the ink."""
    label = word.add_paragraph()
    label.paragraph_format.space_before = Mm(14)
    label.paragraph_format.keep_with_next = True
    parts.add_run(label, "Les quatre phases de la démarche", hue=hues["text-soft"], bold=True)
    table = word.add_table(rows=1, cols=len(Phase))
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    for cell, phase in zip(table.rows[0].cells, Phase, strict=True):
        active = phase is current
        hue = "#ffffff" if active else hues["text-soft"]
        parts.shade(cell, hues["ink"] if active else hues["mist"])
        parts.border_cell(cell, top=(36, tokens()["phase"][str(phase.number)]))
        parts.fill_cell(cell, str(phase.number), style="Chiffre clé", hue=hue)
        title = cell.add_paragraph(style="Cellule")
        parts.add_run(title, phase.title, hue=hue, bold=active or None)
        words = f"{phase.months} mois" + (" · phase en cours" if active else "")
        parts.add_run(cell.add_paragraph(style="Cellule"), words, hue=hue)
    parts.set_widths(table, [_TEXT_WIDTH / len(Phase)] * len(Phase))


class _Writer:
    """Walks through the sections; figures of charts and maps are put in an annex, as in the PDF."""

    def __init__(self, word: Word, beside: tuple[tree.Table, ...], hues: Mapping[str, str]) -> None:
        self._word = word
        self._hues = hues
        self._beside = beside
        self._charts = 0
        self._maps = 0
        self._annex: list[tuple[str, tree.Table]] = []

    def section(self, section: tree.Section) -> None:
        heading = self._word.add_heading(level=section.level)
        parts.add_run(heading, section.title)
        heading.paragraph_format.page_break_before = section.starts_page
        for block in section.blocks:
            self._block(block)

    def annex(self) -> None:
        if not self._annex:
            return
        self.section(tree.Section(NUMBERS_ANNEX))
        for name, table in self._annex:
            self._table(table, prefix=f"{name}, chiffres{NBSP}: ")

    def _block(self, block: tree.Block) -> None:
        match block:
            case tree.Paragraph():
                parts.add_text(self._word.add_paragraph(style="Chapeau" if block.lead else "Normal"), block.text)
            case tree.KeyFigures():
                self._key_figures(block)
            case tree.Chart():
                self._charts += 1
                spec = described(block.spec, title=block.title, sentence=block.sentence)
                self._figure(f"Graphique {self._charts}", block, render_png(spec, 3))
            case tree.Map():
                self._maps += 1
                self._figure(f"Carte {self._maps}", block, svg_to_png(block.svg, 3))
            case tree.Table():
                self._table(block)
            case tree.BulletList():
                for item in block.items:
                    parts.add_text(self._word.add_paragraph(style="List Number" if block.ordered else "List Bullet"), item)
            case tree.Definitions():
                for term, meaning in block.items:
                    parts.add_run(self._word.add_paragraph(style="Terme"), term)
                    parts.add_text(self._word.add_paragraph(), meaning)
            case tree.Callout():
                self._callout(block)
            case tree.Quotation():
                quoted = self._word.add_paragraph(style="Quote")
                parts.add_run(quoted, f"«{NBSP}{block.text}{NBSP}»")
                if block.author:
                    parts.add_run(quoted, f" — {block.author}", hue=self._hues["text-soft"]).italic = False
            case tree.Reference():
                text: tree.Text = (tree.Link(block.text, block.url),) if block.url else block.text
                parts.add_text(self._word.add_paragraph(), text)

    def _figure(self, name: str, block: tree.Chart | tree.Map, png: bytes) -> None:
        caption = self._word.add_paragraph(style="Caption")
        parts.add_run(caption, f"{name}{NBSP}: ", hue=self._hues["accent"])
        parts.add_run(caption, block.title)
        picture = self._word.add_paragraph()
        picture.paragraph_format.keep_with_next = True
        picture.add_run().add_picture(io.BytesIO(png), width=Mm(_PICTURE_WIDTH))
        parts.describe_picture(picture, title=block.title, text=f"{block.title}. {block.sentence}")
        sentence = self._word.add_paragraph()
        sentence.paragraph_format.keep_with_next = True
        parts.add_run(sentence, block.sentence)
        self._foot([*block.notes, _source(block.source)])
        if block.table is not None and block.table not in self._beside:
            self._annex.append((name, block.table))

    def _foot(self, lines: list[str]) -> None:
        for rank, line in enumerate(lines):
            paragraph = self._word.add_paragraph(style="Source")
            if rank < len(lines) - 1:
                paragraph.paragraph_format.space_after = 0
                paragraph.paragraph_format.keep_with_next = True
            parts.add_run(paragraph, line)

    def _key_figures(self, block: tree.KeyFigures) -> None:
        if block.title:
            parts.add_run(self._word.add_paragraph(style="Caption"), block.title)
        across = min(3, len(block.figures))
        table = self._word.add_table(rows=-(-len(block.figures) // across), cols=across)
        for rank, one in enumerate(block.figures):
            cell = table.cell(rank // across, rank % across)
            parts.border_cell(cell, top=(12, self._hues["ink"]))
            parts.fill_cell(cell, one.value_text, style="Chiffre clé")
            parts.add_run(cell.add_paragraph(style="Cellule"), one.label, bold=True)
            for detail in (one.detail, one.source):
                if detail:
                    parts.add_run(cell.add_paragraph(style="Cellule"), detail, hue=self._hues["text-soft"])
        parts.set_widths(table, [_TEXT_WIDTH / across] * across)
        self._foot([_source(block.source)] if block.source else [""])

    def _callout(self, block: tree.Callout) -> None:
        table = self._word.add_table(rows=1, cols=1)
        cell = table.rows[0].cells[0]
        warning = block.kind == "warning"
        parts.border_cell(cell, left=(36, self._hues["accent" if warning else "ink"]))
        parts.shade(cell, self._hues["accent-soft" if warning else "mist"])
        cell.paragraphs[0].style = "Encadré"
        if block.title:
            parts.add_run(cell.paragraphs[0], block.title, bold=True)
            parts.add_text(cell.add_paragraph(style="Encadré"), block.text)
        else:
            parts.add_text(cell.paragraphs[0], block.text)
        parts.set_widths(table, [_TEXT_WIDTH])
        self._foot([""])

    def _table(self, table: tree.Table, *, prefix: str = "") -> None:
        caption = self._word.add_paragraph(style="Caption")
        parts.add_run(caption, prefix + table.caption)
        drawn = self._word.add_table(rows=1 + len(table.rows), cols=len(table.columns))
        grid = [row.cells for row in drawn.rows]
        style = "Cellule serrée" if len(table.columns) > WIDE_TABLE else "Cellule"
        for cell, column in zip(grid[0], table.columns, strict=True):
            parts.fill_cell(cell, column.label, style=style, bold=True, right=column.kind != "text", hue=self._hues["ink"])
            parts.border_cell(cell, bottom=(8, self._hues["ink"]))
        first_total = len(table.rows) - table.totals
        for index, (cells, row) in enumerate(zip(grid[1:], table.rows, strict=True)):
            strong = index >= first_total or index in table.emphasis
            for cell, content, column in zip(cells, row, table.columns, strict=True):
                text = table.text_of(content, column)
                parts.fill_cell(cell, text, style=style, bold=strong, right=column.kind != "text")
                parts.border_cell(cell, bottom=(4, self._hues["line"]))
                if index in table.emphasis:
                    parts.shade(cell, self._hues["mist"])
        parts.repeat_header(drawn)
        parts.set_widths(drawn, _widths(table))
        source = [_source(table.source)] if table.source else []
        self._foot([*table.notes, *table.legend_lines(), *source] or [""])


def _source(source: str) -> str:
    return source if source.lower().startswith("source") else f"Source{NBSP}: {source}"


def _widths(table: tree.Table) -> list[float]:
    """Widths of the columns, in millimetres."""
    character = _NARROW_CHARACTER if len(table.columns) > WIDE_TABLE else _CHARACTER
    return column_widths(table, _TEXT_WIDTH, character=character, margins=_CELL_MARGINS, least=_LEAST_HEADER)
