"""HTML: structure that a screen reader follows, and nothing that comes from a text acts."""

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from lxml import etree
from lxml import html as lxml_html
from markupsafe import Markup

from territories.foundations.rendering.document import (
    BulletList,
    Callout,
    Chart,
    Column,
    Definitions,
    Document,
    Emphasis,
    Figure,
    KeyFigures,
    Map,
    Paragraph,
    Quotation,
    Reference,
    Section,
    Strong,
    Table,
)
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.html import frise, print_html, render_body, render_page, render_table
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Phase, Status
from tests.territories.foundations.rendering.sample import sample_charts, sample_document, sample_maps

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</style><svg/onload=alert(1)>",
    "{{ 7*7 }}{% load x %}",
    "<link rel=attachment href=file:///etc/passwd>",
    "]]><!--<b>",
    "&lt;b&gt; &amp; \x00\x1b[31m",
    "javascript:alert(1)",
    "@import url(http://evil.example)",
]


def _blank(_spec) -> str:
    return '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="10"/>'


def hostile_document(text: str) -> Document:
    """The text in every field that takes one."""
    table = Table(
        text, (Column(text), Column(text, "number")), ((text, 1), ("b", Value(None, Status.SECRET))), (text,), text, (text,)
    )
    chart = replace(sample_charts(1)[0], title=text, sentence=text, source=text, notes=(text,), table=table)
    drawn = replace(sample_maps()[0], title=text, sentence=text, source=text, notes=(text,))
    blocks = (
        Paragraph((text, Strong(text), Emphasis(text))),
        KeyFigures((Figure(text, text, text, text),), text, text),
        chart,
        drawn,
        table,
        BulletList((text,), ordered=True),
        Definitions(((text, text),)),
        Callout(text, text),
        Quotation(text, text),
        Reference(text, "https://example.org/?a=b&c='\""),
    )
    return Document(text, text, text, (Section(text, blocks),), subtitle=text, author=text, demonstration=True)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_becomes_markup(text):
    document = hostile_document(text)
    # Drawings have their own tests (test_charts, test_maps).
    for page in (render_page(document, draw=_blank), print_html(document, draw=_blank).html):
        root = lxml_html.fromstring(page)
        assert not root.xpath("//script|//iframe|//object|//base|//*[@onerror or @onload or @onmouseover]")
        assert not [e for e in root.xpath("//link") if e.get("rel") != "stylesheet"]
        assert not root.xpath("//img[not(starts-with(@src, 'asset:'))]")
        assert not root.xpath("//@style")
        assert all(h.startswith(("#", "https://", "asset:")) for h in root.xpath("//@href"))
        assert "\x00" not in page


def test_the_body_has_headings_in_order_and_no_title_of_its_own():
    root = lxml_html.fromstring(f"<main>{render_body(sample_document(charts=2, tables=1))}</main>")
    levels = [int(e.tag[1]) for e in root.iter() if re.fullmatch(r"h\d", str(e.tag))]
    assert levels[0] == 2
    assert 1 not in levels
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_the_heading_level_can_start_lower():
    assert "<h3" in render_body(sample_document(charts=0), heading_level=3)
    assert "<h2" not in render_body(sample_document(charts=0), heading_level=3)


def test_a_table_printed_for_itself_is_not_repeated_in_the_annex():
    first, second = sample_charts(2)
    document = Document("T", "T", "d", (Section("S", (first, first.table, second)),))
    page = print_html(document, draw=_blank).html
    assert page.count(f"<caption>{first.table.caption}</caption>") == 1
    assert page.count(f"<caption>{second.table.caption}</caption>") == 1
    assert "chiffres-2" in page
    assert "chiffres-1" not in page


def test_a_long_sentence_is_printed_before_its_drawing():
    chart = sample_charts(1)[0]
    for sentence, before in (("a" * 240, False), ("a" * 241, True)):
        page = print_html(Document("T", "T", "d", (Section("S", (replace(chart, sentence=sentence),)),)), draw=_blank).html
        assert (page.index('class="doc-sentence') < page.index("<img")) is before


def test_every_figure_has_its_caption_sentence_source_and_table():
    root = lxml_html.fromstring(f"<main>{render_body(sample_document())}</main>")
    figures = root.xpath("//figure")
    assert len(figures) == 8
    for figure in figures:
        assert figure.xpath("./figcaption")
        assert figure.xpath(".//*[local-name()='svg'][@role='img']")
        assert figure.xpath("./p[@class='doc-sentence']")[0].text_content()
        assert figure.xpath(".//p[@class='doc-source']")[0].text_content().startswith("Source")
        assert figure.xpath("./details//table/caption")


def test_no_identifier_occurs_twice_even_with_the_same_chart_twice():
    chart = sample_charts(1)[0]
    maps = sample_maps()[:2]
    sections = (Section("Un", (chart, *maps, chart)), Section("Deux", (chart, *maps)))
    page = str(render_body(Document("T", "T", "d", sections)))
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    for reference in re.findall(r"url\(#([^)]+)\)", page):
        assert reference in identifiers


def test_tables_have_scopes_and_statuses_are_spelled_out():
    table = Table(
        "Titre",
        (Column("Secteur"), Column("Nombre", "number")),
        (("A", Value(None, Status.SECRET)), ("B", 1234), ("Total", 1300)),
        totals=1,
        emphasis=(0,),
    )
    root = lxml_html.fromstring(render_table(table, scroll=True))
    assert [e.get("scope") for e in root.xpath("//thead//th")] == ["col", "col"]
    assert [e.get("scope") for e in root.xpath("//tbody//th")] == ["row"] * 3
    assert root.xpath("//abbr")[0].get("title") == "secret statistique"
    assert root.xpath("//tr[@class='doc-total']/th")[0].text == "Total"
    assert root.xpath("//tr[@class='doc-strong']/th")[0].text == "A"
    assert root.xpath("//*[@role='region'][@tabindex='0']")
    assert "s\u00a0:" in root.text_content()


def test_the_frise_shows_the_four_phases_in_full_and_the_current_one():
    root = lxml_html.fromstring(frise(Phase.PROSPECTIVE))
    assert [e.text for e in root.xpath("//*[@class='doc-frise-title']")] == [phase.title for phase in Phase]
    assert [e.get("aria-current") for e in root.xpath("//li")] == [None, "step", None, None]


@pytest.mark.parametrize("shown", [True, False])
def test_demonstration_data_say_so(shown):
    document = sample_document(charts=1, demonstration=shown)
    assert ("DONNÉES DE DÉMONSTRATION" in render_page(document)) is shown
    assert ("Données de démonstration" in print_html(document).html) is shown


def test_the_page_is_complete_and_named():
    root = lxml_html.fromstring(render_page(sample_document(charts=1), styles="body{color:red}").split("\n", 1)[1])
    assert root.get("lang") == "fr"
    assert root.findtext(".//title") == "État des lieux quantitatif — CC du Pays d’Ancenis"
    assert len(root.xpath("//h1")) == 1
    assert root.xpath("//meta[@name='author']/@content") == ["CRESS Pays de la Loire"]
    assert root.findtext(".//style") == "body{color:red}"
    with pytest.raises(RenderingError, match="style"):
        render_page(sample_document(charts=0), styles="a{}</style><script>")


def test_drawings_can_be_kept_and_figures_can_have_downloads():
    calls = []

    def draw(spec):
        calls.append(spec)
        return '<svg xmlns="http://www.w3.org/2000/svg"/>'

    def footer(block: Chart | Map, rank: int) -> Markup:
        return Markup('<a href="/telecharger/{}">{}</a>').format(rank, block.title)

    page = render_body(sample_document(), draw=draw, footer=footer)
    assert len(calls) == 6
    assert all(spec["usermeta"]["sentence"] for spec in calls)
    assert 'href="/telecharger/1"' in page
    assert "&lt;b&gt;" in render_body(sample_document(charts=0), footer=lambda block, rank: "<b>")


def test_the_print_version_names_only_our_files_and_gives_every_picture_its_words():
    printable = print_html(sample_document())
    root = lxml_html.fromstring(printable.html.split("\n", 1)[1])
    images = root.xpath("//img")
    assert len(images) == 8
    assert all(len(image.get("alt")) > 20 for image in images)
    assert {image.get("src").removeprefix("asset:") for image in images} <= set(printable.assets)
    for name, content in printable.assets.items():
        assert etree.fromstring(content).tag.endswith("svg"), name
    targets = {a.removeprefix("#") for a in root.xpath("//a/@href") if a.startswith("#")}
    assert targets <= set(root.xpath("//@id"))
    assert any(t.startswith("chiffres-") for t in targets)
