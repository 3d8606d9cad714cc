"""Document -> HTML, for a page of the site, for a file to keep, and for the layout of the PDF: one implementation.

Every text goes through `markup.element`, which escapes it. Drawings (SVG of ours) are inline
on a page and files beside the print version. Classes all begin with `doc-`; the site's styles and `print.css` dress them.
"""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from territories.foundations.formats import NBSP
from territories.foundations.rendering import document as tree
from territories.foundations.rendering.brand import palette
from territories.foundations.rendering.drawing import described, inline_copy, render_svg
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.markup import Ours, element, join, text_markup
from territories.foundations.rendering.stylesheets import stylesheet
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Phase, Status

Draw = Callable[[Mapping[str, Any]], str]
FigureFooter = Callable[[tree.Chart | tree.Map, int], str]


DEMONSTRATION = "Données de démonstration"
DRAFT = "Document de travail"
# Beyond this many characters a sentence is printed across the page and not beside its drawing.
LONG_SENTENCE = 240
# A table of at most so many rows is never parted between two pages; one of more columns than this is set smaller.
SHORT_TABLE = 16
WIDE_TABLE = 6
# The name under which a layout finds the logo of the territory.
LOGO = "logo.png"
NUMBERS_ANNEX = "Les chiffres des graphiques et des cartes"


def render_inlines(text: tree.Text) -> Markup:
    """A text with its emphasis and links."""
    parts = []
    for part in tree.inlines(text):
        match part:
            case tree.Strong():
                parts.append(element("strong", part.text))
            case tree.Emphasis():
                parts.append(element("em", part.text))
            case tree.Link():
                parts.append(element("a", part.text, href=part.url))
            case _:
                parts.append(text_markup(part))
    return Markup("").join(parts)


def render_table(table: tree.Table, *, scroll: bool = False, id_: str | None = None) -> Markup:
    """A table with caption, scopes, notes, legend of its statuses and source. `scroll` wraps it in a region that a
    keyboard can scroll on a narrow screen."""
    head = element(
        "tr",
        *(element("th", c.label, scope="col", class_=None if c.kind == "text" else "doc-number") for c in table.columns),
    )
    first_total = len(table.rows) - table.totals
    body = [
        element(
            "tr",
            *_cells(table, row),
            class_="doc-total" if index >= first_total else "doc-strong" if index in table.emphasis else None,
        )
        for index, row in enumerate(table.rows)
    ]
    drawn = element(
        "table",
        element("caption", table.caption),
        element("thead", head),
        element("tbody", join(body)),
        id=id_,
        class_="doc-table doc-wide" if len(table.columns) > WIDE_TABLE else "doc-table",
    )
    if scroll:
        name = f"Tableau{NBSP}: {table.caption}"
        drawn = element("div", drawn, class_="doc-scroll", role="region", aria_label=name, tabindex="0")
    together = " doc-together" if len(table.rows) <= SHORT_TABLE else ""
    return element("div", drawn, *_table_foot(table), class_=f"doc-table-block{together}")


def _table_foot(table: tree.Table) -> list[Markup]:
    foot = [element("p", note, class_="doc-notes") for note in table.notes]
    legend = table.legend_lines()
    if legend:
        foot.append(element("p", " ".join(legend), class_="doc-legend"))
    if table.source:
        foot.append(source_line(table.source))
    return foot


def _cells(table: tree.Table, row: tuple[tree.Cell, ...]) -> list[Markup]:
    pairs = enumerate(zip(row, table.columns, strict=True))
    return [_cell(table, cell, column, first=rank == 0) for rank, (cell, column) in pairs]


def _cell(table: tree.Table, cell: tree.Cell, column: tree.Column, *, first: bool) -> Markup:
    text: object = table.text_of(cell, column)
    if isinstance(cell, Value) and cell.status is not Status.OBSERVED:
        text = element("abbr", text, title=cell.status.label)
    number = None if column.kind == "text" else "doc-number"
    if first:
        return element("th", text, scope="row", class_=number)
    return element("td", text, class_=number)


def source_line(source: str) -> Markup:
    """« Source : … », the word added when the text does not begin with it."""
    if not source.lower().startswith("source"):
        source = f"Source{NBSP}: {source}"
    return element("p", source, class_="doc-source")


def frise(current: Phase | None) -> Markup:
    """The four phases in order, the current one marked; the same drawing from cockpit to report cover."""
    steps = []
    for phase in Phase:
        state = ""
        if current is not None:
            state = " is-current" if phase is current else " is-done" if phase.number < current.number else " is-ahead"
        steps.append(
            element(
                "li",
                element("span", phase.number, class_="doc-frise-number", aria_hidden="true"),
                element("span", phase.title, class_="doc-frise-title"),
                element("span", f"{phase.months} mois", class_="doc-frise-length"),
                class_=f"doc-frise-step doc-phase-{phase.number}{state}",
                aria_current="step" if phase is current else None,
            )
        )
    return element("ol", *steps, class_="doc-frise", aria_label="Les quatre phases de la démarche")


@dataclass
class _Writer:
    """Writes one document. `printed` chooses files for drawings and an annex for their figures, except the tables that
    the document prints anyway (`beside`); else drawings are inline and their figures folded under them."""

    draw: Draw
    printed: bool
    heading_level: int = 2
    footer: FigureFooter | None = None
    assets: dict[str, bytes] = field(default_factory=dict)
    annex: list[tuple[str, str, tree.Table]] = field(default_factory=list)
    seen: dict[str, int] = field(default_factory=dict)
    beside: tuple[tree.Table, ...] = ()
    figures: int = 0
    charts: int = 0
    maps: int = 0

    def section(self, rank: int, section: tree.Section) -> Markup:
        heading = element(
            f"h{min(self.heading_level + section.level - 1, 6)}",
            section.title,
            id=tree.slug_of_number(rank),
            class_=f"doc-title doc-level-{section.level}" + (" doc-new-page" if section.starts_page else ""),
        )
        return element(
            "section",
            heading,
            *(self.block(block) for block in section.blocks),
            class_="doc-section",
            aria_labelledby=tree.slug_of_number(rank),
        )

    def block(self, block: tree.Block) -> Markup:
        match block:
            case tree.Paragraph():
                return element("p", render_inlines(block.text), class_="doc-lead" if block.lead else None)
            case tree.KeyFigures():
                return self.key_figures(block)
            case tree.Chart():
                self.charts += 1
                spec = described(block.spec, title=block.title, sentence=block.sentence)
                return self.figure(block, f"Graphique {self.charts}", self.draw(spec), block.table)
            case tree.Map():
                self.maps += 1
                return self.figure(block, f"Carte {self.maps}", block.svg, block.table)
            case tree.Table():
                return render_table(block, scroll=not self.printed)
            case tree.BulletList():
                items = [element("li", render_inlines(item)) for item in block.items]
                return element("ol" if block.ordered else "ul", *items, class_="doc-list")
            case tree.Definitions():
                pairs = [element("dt", term) + element("dd", render_inlines(meaning)) for term, meaning in block.items]
                return element("dl", *pairs, class_="doc-definitions")
            case tree.Callout():
                title = [element("p", block.title, class_="doc-callout-title")] if block.title else []
                return element(
                    "div",
                    *title,
                    element("p", render_inlines(block.text)),
                    class_=f"doc-callout doc-{block.kind}",
                    role="note",
                )
            case tree.Quotation():
                author = [element("footer", f"— {block.author}")] if block.author else []
                words = element("p", f"«{NBSP}{block.text}{NBSP}»")
                return element("blockquote", words, *author, class_="doc-quotation")
            case tree.Reference():
                text: object = element("a", block.text, href=block.url) if block.url else block.text
                return element("p", text, class_="doc-reference")

    def key_figures(self, block: tree.KeyFigures) -> Markup:
        items = []
        for one in block.figures:
            parts = [
                element("span", one.value_text, class_="doc-figure-value"),
                Markup(" "),
                element("span", one.label, class_="doc-figure-label"),
            ]
            if one.detail:
                parts += [Markup(" "), element("span", one.detail, class_="doc-figure-detail")]
            if one.source:
                parts += [Markup(" "), element("span", one.source, class_="doc-figure-source")]
            items.append(element("li", *parts, class_="doc-key-figure"))
        title = [element("p", block.title, class_="doc-key-figures-title")] if block.title else []
        source = [source_line(block.source)] if block.source else []
        count = len(block.figures)
        width = 4 if count % 4 == 0 else 3 if count % 3 == 0 or count > 4 else count
        return element(
            "div",
            *title,
            element("ul", *items, class_=f"doc-key-figures doc-in-{width}"),
            *source,
            class_="doc-key-figures-block",
        )

    def figure(self, block: tree.Chart | tree.Map, name: str, svg: str, table: tree.Table | None) -> Markup:
        self.figures += 1
        caption = element(
            "figcaption", element("span", name, class_="doc-figure-number"), Markup(" "), element("span", block.title)
        )
        under = [element("p", note, class_="doc-notes") for note in block.notes]
        under.append(source_line(block.source))
        kind = "doc-map" if isinstance(block, tree.Map) else "doc-chart"
        drawing = self.printed_drawing(block, svg) if self.printed else self.inline_drawing(svg)
        long = self.printed and len(block.sentence) > LONG_SENTENCE
        sentence = element("p", block.sentence, class_="doc-sentence doc-long" if long else "doc-sentence")
        parts = [caption, *((sentence, drawing) if long else (drawing, sentence)), *under]
        if self.printed and table is not None and table in self.beside:
            table = None
        if table is not None and self.printed:
            anchor = f"chiffres-{self.figures}"
            self.annex.append((anchor, name, table))
            parts.append(
                element(
                    "p",
                    element("a", "Chiffres en annexe", href=f"#{anchor}", class_="doc-page-reference"),
                    class_="doc-data-reference",
                )
            )
        elif table is not None:
            parts.append(
                element(
                    "details",
                    element("summary", "Voir les chiffres en tableau"),
                    render_table(table, scroll=True),
                    class_="doc-data",
                )
            )
        if self.footer is not None:
            parts.append(text_markup(self.footer(block, self.figures)))
        return element("figure", *parts, class_=f"doc-figure {kind}", id=f"figure-{self.figures}")

    def printed_drawing(self, block: tree.Chart | tree.Map, svg: str) -> Markup:
        name = f"dessin-{self.figures}.svg"
        self.assets[name] = svg.encode()
        return element("img", src=f"asset:{name}", alt=f"{block.title}. {block.sentence}", class_="doc-drawing")

    def inline_drawing(self, svg: str) -> Markup:
        times = self.seen.get(svg, 0)
        self.seen[svg] = times + 1
        return element("div", Ours(inline_copy(svg, times) if times else svg), class_="doc-drawing")


def render_body(
    document: tree.Document, *, draw: Draw = render_svg, heading_level: int = 2, footer: FigureFooter | None = None
) -> Markup:
    """The sections of a document as a fragment of a page, without its title (the page has its own `h1`).

    `draw` may keep its drawings by `chart_key`. `footer` gives what comes under each figure (downloads), escaped unless
    it is `Markup`. Raises RenderingError when a drawing fails.
    """
    writer = _Writer(draw=draw, printed=False, heading_level=heading_level, footer=footer)
    return join([writer.section(rank, section) for rank, section in enumerate(document.sections, start=1)])


def render_page(document: tree.Document, *, draw: Draw = render_svg, styles: str | None = None) -> str:
    """The accessible twin as one complete file, dressed by `screen.css` or by the given styles.

    Raises RenderingError as `render_body`, or when the styles could close their element.
    """
    banner = [element("p", DEMONSTRATION.upper(), class_="doc-banner")] if document.demonstration else []
    header = element(
        "header",
        *banner,
        *([_page_brand(document.brand)] if document.brand is not None else []),
        element("h1", document.title, " ", element("span", document.territory, class_="doc-territory")),
        *([element("p", document.subtitle, class_="doc-subtitle")] if document.subtitle else []),
        element("p", f"{document.author} · {document.date_label}", class_="doc-date"),
        frise(document.cover.phase) if document.cover.phase else Markup(""),
    )
    main = element("main", header, render_body(document, draw=draw), class_="doc")
    return _complete(document, main, styles=stylesheet("screen", palette(document.brand)) if styles is None else styles)


def _page_brand(brand: tree.Brand) -> Markup:
    """The same in a page kept as one file: the logo is inside it."""
    if brand.logo is None:
        return element("p", brand.name, class_="doc-brand")
    source = f"data:image/png;base64,{base64.b64encode(brand.logo).decode()}"
    return element("p", element("img", src=source, alt=brand.logo_alternative, class_="doc-logo"), class_="doc-brand")


@dataclass(frozen=True)
class Printable:
    """What the layout of a PDF needs: one HTML file and the files it names `asset:…` (fonts and styles apart)."""

    html: str
    assets: Mapping[str, bytes]


def print_html(document: tree.Document, *, draw: Draw = render_svg) -> Printable:
    """The print version. Raises RenderingError when a drawing fails."""
    writer = _Writer(draw=draw, printed=True, beside=document.tables())
    body = [writer.section(rank, section) for rank, section in enumerate(document.sections, start=1)]
    contents = [
        element(
            "li",
            element("a", section.title, href=f"#{tree.slug_of_number(rank)}"),
            class_=f"doc-contents-{section.level}",
        )
        for rank, section in enumerate(document.sections, start=1)
        if section.level <= 2
    ]
    if writer.annex:
        contents.append(element("li", element("a", NUMBERS_ANNEX, href="#annexe-chiffres"), class_="doc-contents-1"))
        tables = [
            element("div", element("p", name, class_="doc-annex-name"), render_table(table), id=anchor, class_="doc-annex-table")
            for anchor, name, table in writer.annex
        ]
        title = element("h2", NUMBERS_ANNEX, id="annexe-chiffres", class_="doc-title doc-level-1 doc-new-page")
        body.append(element("section", title, *tables, class_="doc-section doc-annex"))
    parts = [_cover(document, writer), _contents(contents), element("main", join(body), class_="doc")]
    return Printable(_complete(document, join(parts), link="asset:print.css"), writer.assets)


def _cover(document: tree.Document, writer: _Writer) -> Markup:
    cover = document.cover
    parts = [element("p", cover.publisher, class_="doc-cover-publisher")]
    if cover.programme:
        parts.append(element("p", cover.programme, class_="doc-cover-programme"))
    title = element(
        "h1",
        element("span", document.title, class_="doc-cover-title"),
        Markup(" "),
        element("span", document.territory, class_="doc-cover-territory"),
    )
    words = [title]
    if document.subtitle:
        words.append(element("p", document.subtitle, class_="doc-cover-subtitle"))
    words.append(element("p", document.date_label, class_="doc-cover-date"))
    marks = [(document.demonstration, DEMONSTRATION), (document.draft, DRAFT)]
    words += [element("p", mark, class_="doc-cover-mark") for shown, mark in marks if shown]
    parts.append(element("div", *words, class_="doc-cover-words"))
    if document.brand is not None:
        parts.append(_brand(document.brand, writer.assets))
    if cover.illustration:
        writer.assets["couverture.svg"] = cover.illustration.encode()
        # Decorative: the background of a box has no place in the reading order.
        parts.append(element("div", class_="doc-cover-illustration"))
    if cover.phase is not None:
        parts.append(
            element(
                "div",
                element("p", "Les quatre phases de la démarche", class_="doc-cover-frise-title"),
                frise(cover.phase),
                class_="doc-cover-frise",
            )
        )
    return element("header", *parts, class_="doc-cover", data_running=document.full_title)


def _brand(brand: tree.Brand, assets: dict[str, bytes]) -> Markup:
    """The territory beside the publisher: its logo, or its name without one, and its line."""
    parts = [element("p", brand.name, class_="doc-cover-brand-name")]
    if brand.logo is not None:
        assets[LOGO] = brand.logo
        parts = [element("img", src=f"asset:{LOGO}", alt=brand.logo_alternative, class_="doc-cover-logo")]
    if brand.baseline:
        parts.append(element("p", brand.baseline, class_="doc-cover-baseline"))
    return element("div", *parts, class_="doc-cover-brand")


def _contents(lines: list[Markup]) -> Markup:
    title = element("p", "Sommaire", class_="doc-contents-title", id="sommaire")
    return element("nav", title, element("ul", *lines), class_="doc-contents", aria_labelledby="sommaire")


def _complete(document: tree.Document, body: Markup, *, styles: str = "", link: str = "") -> str:
    if "</" in styles:
        raise RenderingError("La feuille de style du document n’est pas acceptable.")
    head = [
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", document.full_title),
        element("meta", name="author", content=document.author),
        element("meta", name="description", content=document.subtitle or document.full_title),
        element("meta", name="generator", content=document.cover.publisher),
    ]
    if link:
        head.append(element("link", rel="stylesheet", href=link))
    if styles:
        head.append(element("style", Ours(styles)))
    classes = " ".join(
        name for shown, name in ((document.demonstration, "doc-demonstration"), (document.draft, "doc-draft")) if shown
    )
    page = element("html", element("head", join(head)), element("body", body, class_=classes or None), lang=document.language)
    return f"<!DOCTYPE html>\n{page}\n"
