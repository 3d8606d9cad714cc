"""The pieces of PowerPoint that python-pptx does not offer: 16:9 layouts of ours, French, alternative texts, plain tables."""

import copy
import io
import re
from collections.abc import Mapping
from datetime import datetime

from lxml import etree
from pptx.dml.color import RGBColor
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.opc.constants import RELATIONSHIP_TYPE
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls, qn
from pptx.oxml.shapes.picture import CT_Picture
from pptx.presentation import Presentation as Deck
from pptx.shapes.base import BaseShape
from pptx.slide import Slide, SlideLayout, SlideMaster
from pptx.table import _Cell as DeckCell
from pptx.text.text import TextFrame, _Paragraph
from pptx.util import Emu, Inches, Pt

from territories.foundations.rendering import document as tree
from territories.foundations.rendering.typography import printable

# Calibri is on every office machine; LibreOffice shows Carlito, of the same metrics, and Arial stands in elsewhere.
FONT = "Calibri"
LANGUAGE = "fr-FR"
WIDTH, HEIGHT = 13.333, 7.5
MARGIN = 0.75
# A deck carries no date of making: the same content gives the same bytes.
_NO_DATE = datetime(2000, 1, 1)
_NO_STYLE = "{2D5ABB26-0587-4C30-8999-92F81FD0307C}"
_DECORATIVE = (
    '<a:ext xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" uri="{C183D7F6-B498-43B3-948B-1728B52AA6E4}">'
    '<adec:decorative xmlns:adec="http://schemas.microsoft.com/office/drawing/2017/decorative" val="1"/></a:ext>'
)

# Layouts kept of the built-in template: rank, name, and the boxes of their placeholders in inches (x, y, width, height).
COVER, CHAPTER, CONTENT = "Couverture", "Chapitre", "Message"
_TITLE_BOX = (MARGIN, 0.62, 10.3, 1.02)
_LAYOUTS: tuple[tuple[int, str, dict[str, tuple[float, float, float, float]]], ...] = (
    (0, COVER, {"title": (MARGIN, 2.35, 8.4, 1.2), "body": (MARGIN, 3.62, 8.4, 0.75)}),
    (2, CHAPTER, {"title": (MARGIN, 2.15, 11.0, 1.15), "body": (MARGIN, 3.55, 10.2, 2.4)}),
    (5, CONTENT, {"title": _TITLE_BOX}),
)
_FOOTER_BOX = (MARGIN, 6.98, 10.6, 0.3)
_NUMBER_BOX = (WIDTH - MARGIN - 1.0, 6.98, 1.0, 0.3)
_TITLES = (PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE)
_BODIES = (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.SUBTITLE)


def rgb(hexadecimal: str) -> RGBColor:
    return RGBColor.from_string(hexadecimal.removeprefix("#").upper())


def place(shape: BaseShape, box: tuple[float, float, float, float]) -> None:
    """Puts a shape in a box: left, top, width and height, in inches."""
    shape.left, shape.top, shape.width, shape.height = (Inches(part) for part in box)


# --- The deck ---------------------------------------------------------------------------------------------------------


def prepare(deck: Deck, document: tree.Document, hues: Mapping[str, str]) -> dict[str, SlideLayout]:
    """Makes the empty deck ours: size, fonts and colours of the theme, three layouts, properties. Gives the layouts by name."""
    deck.slide_width, deck.slide_height = Emu(12_192_000), Emu(6_858_000)
    _set_properties(deck, document)
    master = deck.slide_masters[0]
    _set_theme(master, hues)
    _set_master(master, hues)
    kept = {rank: (name, boxes) for rank, name, boxes in _LAYOUTS}
    layouts = {}
    for rank, layout in enumerate(list(deck.slide_layouts)):
        if rank not in kept:
            deck.slide_layouts.remove(layout)
            continue
        name, boxes = kept[rank]
        _set_layout(layout, name, boxes, hues)
        layouts[name] = layout
    return layouts


def _set_properties(deck: Deck, document: tree.Document) -> None:
    package = deck.part.package
    for key, relation in list(package._rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.THUMBNAIL:
            package._rels.pop(key)
    for key, relation in list(deck.part.rels.items()):
        if relation.reltype == RELATIONSHIP_TYPE.PRINTER_SETTINGS:
            deck.part.rels.pop(key)
    properties = deck.core_properties
    properties.title = printable(document.full_title)[:250]
    properties.author = properties.last_modified_by = printable(document.author)[:250]
    properties.subject = printable(document.subtitle)[:250]
    properties.language = LANGUAGE if document.language == "fr" else document.language
    properties.comments = properties.keywords = properties.category = ""
    properties.created = properties.modified = _NO_DATE
    properties.revision = 1


def _set_theme(master: SlideMaster, hues: Mapping[str, str]) -> None:
    """Fonts and colours of the theme: what somebody writes in the deck looks like the rest."""
    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    root = etree.fromstring(part.blob)
    slots = {"dk1": "text", "dk2": "ink", "lt2": "mist", "accent1": "ink", "accent2": "accent", "accent3": "line"}
    for slot, token in slots.items():
        for holder in root.iter(qn(f"a:{slot}")):
            for child in list(holder):
                holder.remove(child)
            etree.SubElement(holder, qn("a:srgbClr")).set("val", hues[token].removeprefix("#").upper())
    for font in ("majorFont", "minorFont"):
        for holder in root.iter(qn(f"a:{font}")):
            for latin in holder.findall(qn("a:latin")):
                latin.set("typeface", FONT)
    part._blob = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _set_master(master: SlideMaster, hues: Mapping[str, str]) -> None:
    for shape in list(master.placeholders):
        kind = shape.placeholder_format.type
        if kind == PP_PLACEHOLDER.DATE:
            shape._element.getparent().remove(shape._element)
        elif kind == PP_PLACEHOLDER.FOOTER:
            _set_foot(shape, _FOOTER_BOX, "l", hues["text-soft"])
        elif kind == PP_PLACEHOLDER.SLIDE_NUMBER:
            _set_foot(shape, _NUMBER_BOX, "r", hues["ink"])
        else:
            place(shape, _TITLE_BOX if kind in _TITLES else (MARGIN, 1.9, WIDTH - 2 * MARGIN, 4.8))
    styles = master._element.find(qn("p:txStyles"))
    _style_level(styles.find(f"{qn('p:titleStyle')}/{qn('a:lvl1pPr')}"), 26, hues["ink"], bold=True)
    _style_level(styles.find(f"{qn('p:bodyStyle')}/{qn('a:lvl1pPr')}"), 18, hues["text"], bold=False)


def _style_level(level: etree._Element, size: float, hexadecimal: str, *, bold: bool) -> None:
    """Alignment, size and colour of the first level of a text style, without a bullet."""
    for name in ("marL", "indent"):
        level.set(name, "0")
    level.set("algn", "l")
    for old in [child for child in level if child.tag in (qn("a:buChar"), qn("a:buFont"), qn("a:buNone"))]:
        level.remove(old)
    form = level.find(qn("a:defRPr"))
    form.addprevious(etree.Element(qn("a:buNone")))
    form.set("sz", str(round(size * 100)))
    form.set("b", "1" if bold else "0")
    for fill in form.findall(qn("a:solidFill")):
        form.remove(fill)
    form.insert(0, parse_xml(f'<a:solidFill {nsdecls("a")}><a:srgbClr val="{hexadecimal[1:].upper()}"/></a:solidFill>'))


def _set_foot(shape: BaseShape, box: tuple[float, float, float, float], align: str, hexadecimal: str) -> None:
    place(shape, box)
    frame = shape.text_frame
    frame.margin_left = frame.margin_right = 0
    for level in shape._element.iter(qn("a:lvl1pPr")):
        level.set("algn", align)
        form = level.find(qn("a:defRPr"))
        form.set("sz", "1000")
        for child in list(form):
            form.remove(child)
        form.append(parse_xml(f'<a:solidFill {nsdecls("a")}><a:srgbClr val="{hexadecimal[1:].upper()}"/></a:solidFill>'))


def _set_layout(
    layout: SlideLayout, name: str, boxes: Mapping[str, tuple[float, float, float, float]], hues: Mapping[str, str]
) -> None:
    layout._element.cSld.set("name", name)
    sizes = {COVER: (44.0, 26.0), CHAPTER: (40.0, 22.0), CONTENT: (26.0, 18.0)}[name]
    for shape in list(layout.placeholders):
        kind = shape.placeholder_format.type
        slot = "title" if kind in _TITLES else "body" if kind in _BODIES else ""
        if slot in boxes:
            place(shape, boxes[slot])
            _dress(shape, sizes[slot == "body"], _hue_of(slot, name, hues), bold=slot == "title" or name == COVER)
            body = shape._element.txBody.bodyPr
            for child in list(body):
                body.remove(child)
            body.set("anchor", "b" if slot == "title" else "t")
            for side in ("lIns", "rIns", "tIns", "bIns"):
                body.set(side, "0")
            etree.SubElement(body, qn("a:normAutofit"))
        elif kind == PP_PLACEHOLDER.DATE or slot:
            shape._element.getparent().remove(shape._element)
        else:
            footer = kind == PP_PLACEHOLDER.FOOTER
            place(shape, _FOOTER_BOX if footer else _NUMBER_BOX)


def _hue_of(slot: str, name: str, hues: Mapping[str, str]) -> str:
    return hues["ink"] if slot == "title" else hues["accent"] if name == COVER else hues["text"]


def _dress(shape: BaseShape, size: float, hexadecimal: str, *, bold: bool) -> None:
    styles = shape._element.txBody.find(qn("a:lstStyle"))
    for child in list(styles):
        styles.remove(child)
    styles.append(
        parse_xml(
            f'<a:lvl1pPr {nsdecls("a")} marL="0" indent="0" algn="l"><a:lnSpc><a:spcPct val="95000"/></a:lnSpc><a:buNone/>'
            f'<a:defRPr sz="{round(size * 100)}" b="{int(bold)}" cap="none"><a:solidFill>'
            f'<a:srgbClr val="{hexadecimal[1:].upper()}"/></a:solidFill></a:defRPr></a:lvl1pPr>'
        )
    )


def add_to_layout(
    layout: SlideLayout, box: tuple[float, float, float, float], *, fill: str = "", png: bytes | None = None
) -> None:
    """A rule or a picture that every slide of a layout bears, silent for screen readers."""
    x, y, width, height = (Inches(part) for part in box)
    shapes = layout.shapes._spTree
    number = max([int(found) for found in shapes.xpath("//@id") if str(found).isdigit()], default=1) + 1
    if png is not None:
        _, relation = layout.part.get_or_add_image_part(io.BytesIO(png))
        element = CT_Picture.new_pic(number, f"Logo {number}", "", relation, x, y, width, height)
    else:
        element = parse_xml(
            f'<p:sp {nsdecls("p", "a")}><p:nvSpPr><p:cNvPr id="{number}" name="Filet {number}"/><p:cNvSpPr/>'
            f'<p:nvPr userDrawn="1"/></p:nvSpPr><p:spPr>'
            f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/></a:xfrm>'
            f'<a:prstGeom prst="rect"><a:avLst/></a:prstGeom><a:solidFill><a:srgbClr val="{fill[1:].upper()}"/></a:solidFill>'
            "<a:ln><a:noFill/></a:ln></p:spPr></p:sp>"
        )
    shapes.append(element)
    _silence(element)


# --- A slide ----------------------------------------------------------------------------------------------------------


def add_foot(slide: Slide, words: str, mark: str, hues: Mapping[str, str]) -> None:
    """The footer and the number of a slide, in the placeholders of its layout; the mark stands out in the footer."""
    for source in slide.slide_layout.placeholders:
        kind = source.placeholder_format.type
        if kind not in (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER):
            continue
        element = copy.deepcopy(source._element)
        slide.shapes._spTree.append(element)
        number = max(int(found) for found in slide.shapes._spTree.xpath("//@id") if str(found).isdigit()) + 1
        element.nvSpPr.cNvPr.set("id", str(number))
        if kind == PP_PLACEHOLDER.SLIDE_NUMBER:
            continue
        frame = slide.shapes[-1].text_frame
        frame.text = ""
        add_run(frame.paragraphs[0], words)
        if mark:
            add_run(frame.paragraphs[0], f" · {mark}", hue=hues["accent"], bold=True)


def add_text(slide: Slide, box: tuple[float, float, float, float], *, anchor: str = "t", columns: int = 1) -> TextFrame:
    """An empty text box without margins, its words wrapped; two columns are filled one after the other."""
    frame = slide.shapes.add_textbox(*(Inches(part) for part in box)).text_frame
    frame.word_wrap = True
    frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
    body = frame._txBody.bodyPr
    body.set("anchor", anchor)
    if columns > 1:
        body.set("numCol", str(columns))
        body.set("spcCol", str(Inches(0.5)))
    return frame


def paragraph_of(frame: TextFrame) -> _Paragraph:
    """The next paragraph to fill: the first one while it is empty."""
    first = frame.paragraphs[0]
    return first if len(frame.paragraphs) == 1 and not first.runs else frame.add_paragraph()


def add_run(
    paragraph: _Paragraph,
    text: str,
    *,
    size: float | None = None,
    hue: str = "",
    bold: bool | None = None,
    italic: bool | None = None,
) -> None:
    """A run of text with what differs from the style of its paragraph."""
    run = paragraph.add_run()
    run.text = printable(text).replace("\n", " ").replace("\t", " ")
    run.font.bold, run.font.italic = bold, italic
    if size is not None:
        run.font.size = Pt(size)
    if hue:
        run.font.color.rgb = rgb(hue)


def add_inlines(paragraph: _Paragraph, text: tree.Text, *, size: float, hue: str, bold: bool | None = None) -> None:
    """A text with its emphasis and its outside links."""
    for part in tree.inlines(text):
        words = part if isinstance(part, str) else part.text
        strong = True if isinstance(part, tree.Strong) else bold
        add_run(paragraph, words, size=size, hue=hue, bold=strong, italic=True if isinstance(part, tree.Emphasis) else None)
        if isinstance(part, tree.Link) and not part.url.startswith("/"):
            paragraph.runs[-1].hyperlink.address = part.url


def add_picture(slide: Slide, png: bytes, box: tuple[float, float, float, float], *, text: str, title: str = "") -> None:
    """A picture and its alternative text; one without a text is an ornament and is marked so."""
    x, y, width, height = (Inches(part) for part in box)
    shape = slide.shapes.add_picture(io.BytesIO(png), x, y, width, height)
    describe(shape, text=text, title=title)


def describe(shape: BaseShape, *, text: str, title: str = "") -> None:
    """Alternative text of a picture or of a table."""
    properties = shape._element.xpath(".//p:cNvPr")[0]
    properties.set("descr", printable(text))
    if title:
        properties.set("title", printable(title))
    if not text:
        _silence(shape._element)


def add_rule(slide: Slide, box: tuple[float, float, float, float], hexadecimal: str) -> None:
    """A filled rectangle, an ornament."""
    shape = slide.shapes.add_shape(1, *(Inches(part) for part in box))
    shape.fill.solid()
    shape.fill.fore_color.rgb = rgb(hexadecimal)
    shape.line.fill.background()
    # The style of the theme would add a shadow.
    for style in shape._element.findall(qn("p:style")):
        shape._element.remove(style)
    _silence(shape._element)


def fade(slide: Slide, share: float) -> None:
    """Makes the last picture of a slide paler: `share` of its colour is left."""
    slide.shapes[-1]._element.xpath(".//a:blip")[0].append(
        parse_xml(f'<a:alphaModFix {nsdecls("a")} amt="{round(share * 100_000)}"/>')
    )


def _silence(element: etree._Element) -> None:
    """Marks a shape as decorative."""
    properties = element.xpath(".//*[local-name()='cNvPr']")[0]
    properties.set("descr", "")
    properties.append(parse_xml(f"<a:extLst {nsdecls('a')}>{_DECORATIVE}</a:extLst>"))


def add_notes(slide: Slide, lines: list[str]) -> None:
    """What is said while the slide is shown."""
    frame = slide.notes_slide.notes_text_frame
    if frame is not None:
        frame.text = "\n".join(printable(line).replace("\n", " ").replace("\t", " ") for line in lines if line)


# --- Tables -----------------------------------------------------------------------------------------------------------


def plain_table(frame: BaseShape, *, totals: bool) -> None:
    """A native table without the colours of the theme, that says what its first row and column are."""
    properties = frame._element.graphic.graphicData.tbl.tblPr
    for name, on in (("firstRow", True), ("firstCol", True), ("lastRow", totals), ("bandRow", False)):
        properties.set(name, "1" if on else "0")
    properties.find(qn("a:tableStyleId")).text = _NO_STYLE


def fill_cell(
    cell: DeckCell,
    text: str,
    *,
    size: float,
    hue: str,
    bold: bool = False,
    right: bool = False,
    rule: tuple[float, str],
    ground: str,
) -> None:
    """The text of a cell, a rule under it (points, colour), and its ground when it has one."""
    cell.margin_left = cell.margin_right = Inches(0.07)
    cell.margin_top = cell.margin_bottom = Inches(0.025)
    paragraph = cell.text_frame.paragraphs[0]
    if right:
        paragraph._p.get_or_add_pPr().set("algn", "r")
    add_run(paragraph, text, size=size, hue=hue, bold=bold)
    properties = cell._tc.get_or_add_tcPr()
    properties.set("anchor", "ctr")
    width, hexadecimal = rule
    for side in ("lnL", "lnR", "lnT"):
        properties.append(parse_xml(f'<a:{side} {nsdecls("a")} w="0"><a:noFill/></a:{side}>'))
    properties.append(
        parse_xml(
            f'<a:lnB {nsdecls("a")} w="{round(width * 12_700)}"><a:solidFill><a:srgbClr val="{hexadecimal[1:].upper()}"/>'
            "</a:solidFill></a:lnB>"
        )
    )
    fill = f'<a:solidFill><a:srgbClr val="{ground[1:].upper()}"/></a:solidFill>' if ground else "<a:noFill/>"
    properties.append(parse_xml(re.sub(r"^<a:(\w+)", rf"<a:\1 {nsdecls('a')}", fill)))


# --- The end ----------------------------------------------------------------------------------------------------------


def speak_french(deck: Deck, language: str) -> None:
    """Every text of the deck, its layouts and its notes is said to be in its language: spelling, hyphens, voices."""
    tag = LANGUAGE if language == "fr" else language
    roots = [deck._element, deck.slide_masters[0]._element, *(layout._element for layout in deck.slide_layouts)]
    roots.append(deck.notes_master._element)
    for slide in deck.slides:
        roots += [slide._element, *([slide.notes_slide._element] if slide.has_notes_slide else [])]
    for root in roots:
        for form in root.iter(qn("a:rPr"), qn("a:defRPr"), qn("a:endParaRPr")):
            form.set("lang", tag)
