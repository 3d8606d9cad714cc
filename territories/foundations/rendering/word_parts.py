"""The pieces of Word that python-docx does not offer: styles of ours, fields, alternative texts, links, repeated headers."""

import textwrap
from collections.abc import Mapping
from datetime import datetime

from docx.document import Document as Word
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table as WordTable
from docx.table import _Cell as WordCell
from docx.text.paragraph import Paragraph as WordParagraph
from docx.text.run import Run

from territories.foundations.rendering import document as tree
from territories.foundations.rendering.tokens import colour
from territories.foundations.rendering.typography import printable

# A document carries no date of making: the same content gives the same bytes.
_NO_DATE = datetime(2000, 1, 1)

# People edit these files in Word, which does not have our typeface: a humanist sans that every Word has is what they
# would see anyway, chosen and not by accident. LibreOffice shows Carlito, of the same metrics.
_FONT = "Calibri"

# Name, size in points, bold, token of its colour, space before and after in points, line height.
_STYLES: tuple[tuple[str, float, bool, str, float, float, float], ...] = (
    ("Normal", 10.5, False, "text", 0, 7, 1.25),
    ("Title", 32, True, "ink", 0, 8, 1.05),
    ("Subtitle", 20, True, "accent", 0, 14, 1.1),
    ("Heading 1", 22, True, "ink", 0, 14, 1.1),
    ("Heading 2", 14, True, "ink", 20, 6, 1.15),
    ("Heading 3", 11.5, True, "ink", 14, 4, 1.2),
    ("Caption", 11, True, "ink", 12, 5, 1.2),
    ("List Bullet", 10.5, False, "text", 0, 3, 1.25),
    ("List Number", 10.5, False, "text", 0, 3, 1.25),
    ("Quote", 11.5, False, "ink-strong", 8, 8, 1.3),
    ("Chapeau", 12.5, False, "ink-strong", 0, 10, 1.3),
    ("Source", 8.5, False, "text-soft", 3, 8, 1.2),
    ("Cellule", 9, False, "text", 2, 2, 1.1),
    ("Cellule serrée", 8, False, "text", 1, 1, 1.1),
    ("Encadré", 10.5, False, "text", 3, 3, 1.25),
    ("Chiffre clé", 22, True, "ink", 4, 0, 1.05),
    ("Terme", 10.5, True, "ink", 8, 1, 1.2),
)


def rgb(hexadecimal: str) -> RGBColor:
    return RGBColor.from_string(hexadecimal.removeprefix("#"))


def set_properties(word: Word, document: tree.Document) -> None:
    """Title, author, subject and language of the file; no date."""
    properties = word.core_properties
    properties.title = _short(document.full_title)
    properties.author = properties.last_modified_by = _short(document.author)
    properties.subject = _short(document.subtitle)
    properties.language = document.language
    properties.comments = ""
    properties.created = properties.modified = _NO_DATE


def _short(text: str) -> str:
    """Word takes at most 255 characters in a property."""
    return textwrap.shorten(printable(text), 255, placeholder="…")


def set_styles(word: Word, language: str, hues: Mapping[str, str]) -> None:
    """Gives our look to the built-in styles (so that Word’s navigation and contents know them) and adds ours."""
    for name, size, bold, hue, before, after, line in _STYLES:
        known = name in [style.name for style in word.styles]
        style = word.styles[name] if known else word.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if not isinstance(style, ParagraphStyle):
            raise TypeError(f"{name} is not a paragraph style")
        style.font.name, style.font.size, style.font.bold, style.font.italic = _FONT, Pt(size), bold, name == "Quote"
        style.font.color.rgb = rgb(hues[hue])
        form = style.paragraph_format
        form.space_before, form.space_after, form.line_spacing = Pt(before), Pt(after), line
        form.keep_with_next = name in ("Heading 1", "Heading 2", "Heading 3", "Caption", "Chiffre clé", "Terme")
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for key in list(fonts.attrib):
            if key.endswith("Theme"):
                del fonts.attrib[key]
        for key in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{key}"), _FONT)
        if not known:
            style.base_style = word.styles["Normal"]
            style.quick_style = True
    for borders in word.styles["Title"].element.findall(f".//{qn('w:pBdr')}"):
        borders.getparent().remove(borders)
    _set_language(word, language)


def _set_language(word: Word, language: str) -> None:
    tag = "fr-FR" if language == "fr" else language
    defaults = word.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")
    if defaults is None:
        return
    for old in defaults.findall(qn("w:lang")):
        defaults.remove(old)
    defaults.append(_element("w:lang", val=tag, eastAsia=tag, bidi="ar-SA"))


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    made = OxmlElement(name)
    for key, value in attributes.items():
        made.set(qn(f"w:{key}"), value)
    return made


def add_run(paragraph: WordParagraph, text: str, *, size: float | None = None, hue: str = "", bold: bool | None = None) -> Run:
    """A run of text with what differs from its style."""
    run = paragraph.add_run(printable(text))
    run.bold = bold
    if size is not None:
        run.font.size = Pt(size)
    if hue:
        run.font.color.rgb = rgb(hue)
    return run


def add_text(paragraph: WordParagraph, text: tree.Text) -> WordParagraph:
    """A text with its emphasis and its links; returns the paragraph."""
    for part in tree.inlines(text):
        match part:
            case tree.Strong():
                paragraph.add_run(printable(part.text)).bold = True
            case tree.Emphasis():
                paragraph.add_run(printable(part.text)).italic = True
            case tree.Link():
                add_link(paragraph, part.text, part.url)
            case _:
                paragraph.add_run(printable(part))
    return paragraph


def add_link(paragraph: WordParagraph, text: str, url: str) -> None:
    """A link that Word opens; an address of this site has no meaning in a file and stays words."""
    if url.startswith("/"):
        paragraph.add_run(printable(text))
        return
    identifier = paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), identifier)
    run = add_run(paragraph, text, hue=colour("ink"))
    run.underline = True
    link.append(run._r)
    paragraph._p.append(link)


def add_field(paragraph: WordParagraph, instruction: str, *, size: float = 8.5) -> None:
    """A field on one line that Word computes (PAGE, NUMPAGES)."""
    _open_field(paragraph, instruction)
    add_run(paragraph, "1", size=size, hue=colour("ink"))
    add_run(paragraph, "")._r.append(_element("w:fldChar", fldCharType="end"))


def _open_field(paragraph: WordParagraph, instruction: str) -> None:
    add_run(paragraph, "")._r.append(_element("w:fldChar", fldCharType="begin"))
    field = _element("w:instrText")
    field.set(qn("xml:space"), "preserve")
    field.text = f" {instruction} "
    add_run(paragraph, "")._r.append(field)
    add_run(paragraph, "")._r.append(_element("w:fldChar", fldCharType="separate"))


def add_contents(word: Word, titles: list[tuple[int, str]]) -> None:
    """A table of contents that already lists its titles (level, words); Word adds the pages when it is updated."""
    paragraph = None
    for level, title in titles:
        first = paragraph is None
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.left_indent = Mm(7 * (level - 1))
        paragraph.paragraph_format.space_after = Pt(3)
        if first:
            _open_field(paragraph, 'TOC \\o "1-2" \\h \\z \\u')
        add_run(paragraph, title, bold=level == 1)
    if paragraph is not None:
        add_run(paragraph, "")._r.append(_element("w:fldChar", fldCharType="end"))


def describe_picture(paragraph: WordParagraph, *, title: str, text: str) -> None:
    """Alternative text of the picture of a paragraph."""
    for properties in paragraph._p.iter(qn("wp:docPr")):
        properties.set("descr", printable(text))
        properties.set("title", printable(title))


def shade(cell: WordCell, hexadecimal: str) -> None:
    cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=hexadecimal.removeprefix("#")))


def border_cell(cell: WordCell, **sides: tuple[int, str]) -> None:
    """Borders by side (`top`, `bottom`, `left`): width in eighths of a point and colour."""
    borders = _element("w:tcBorders")
    for side in ("top", "left", "bottom", "right"):
        if side in sides:
            width, hexadecimal = sides[side]
            borders.append(_element(f"w:{side}", val="single", sz=str(width), space="0", color=hexadecimal.removeprefix("#")))
    cell._tc.get_or_add_tcPr().append(borders)


def repeat_header(table: WordTable) -> None:
    """The first row is a header, repeated on every page; no row is cut in two."""
    for rank, row in enumerate(table.rows):
        properties = row._tr.get_or_add_trPr()
        properties.append(_element("w:cantSplit"))
        if rank == 0:
            properties.append(_element("w:tblHeader"))


def set_widths(table: WordTable, widths: list[float]) -> None:
    """Column widths in millimetres, written on the grid and on every cell (Word reads one, LibreOffice the other)."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)


def fill_cell(
    cell: WordCell, text: str, *, style: str = "Cellule", bold: bool = False, right: bool = False, hue: str = ""
) -> None:
    """The text of a cell, in its only paragraph."""
    paragraph = cell.paragraphs[0]
    paragraph.style = style
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    add_run(paragraph, text, bold=bold or None, hue=hue)
