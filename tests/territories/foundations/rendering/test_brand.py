"""The identity of a territory: colours that can be read, logos described, and famille colours that never change."""

import io
import json
from zipfile import ZipFile

import docx
import pytest
from lxml import html as lxml_html
from PIL import Image
from pptx import Presentation

from territories.foundations.rendering.archive import zip_of_charts
from territories.foundations.rendering.brand import LEAST_CONTRAST, palette, readable, with_brand, with_main_colour
from territories.foundations.rendering.charts import Bar, Series, grouped_bars, horizontal_bars, specialisation
from territories.foundations.rendering.document import Brand, Document, Section
from territories.foundations.rendering.docx import render_docx
from territories.foundations.rendering.family_chart import FamilyShares, family_shares
from territories.foundations.rendering.html import print_html, render_page
from territories.foundations.rendering.pdf import print_styles, render_pdf
from territories.foundations.rendering.pptx import render_pptx
from territories.foundations.rendering.tokens import contrast, family_colour
from territories.foundations.vocabulary import EssFamily
from tests.territories.foundations.rendering.sample import sample_charts, sample_document

PURPLE = "#5b2a86"


def logo(size: tuple[int, int] = (300, 120), colour: str = PURPLE) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, colour).save(drawn, "PNG")
    return drawn.getvalue()


def brand(**changes) -> Brand:
    return Brand(**({"name": "COMPA", "primary": PURPLE, "accent": readable("#e0007a"), "logo": logo()} | changes))


@pytest.mark.parametrize("wanted", ["#000000", "#5b2a86", "#ffffff", "#ffe600", "#00ff00", "#777777", "#767676", "#1A6350"])
def test_a_colour_is_kept_or_darkened_until_it_can_be_read(wanted):
    found = readable(wanted)
    assert contrast(found, "#ffffff") >= LEAST_CONTRAST
    if contrast(wanted.lower(), "#ffffff") >= LEAST_CONTRAST:
        assert found == wanted.lower()
    else:
        # No darker than needed.
        assert contrast(found, "#ffffff") < LEAST_CONTRAST + 0.3


@pytest.mark.parametrize("wanted", ["", "red", "#fff", "#12345g", "#1234567", "javascript:alert(1)"])
def test_anything_but_a_colour_is_refused(wanted):
    with pytest.raises(ValueError, match="Couleur inconnue"):
        readable(wanted)


@pytest.mark.parametrize("changes", [{"primary": "#ffff00"}, {"accent": "#eeeeee"}, {"primary": "rouge"}, {"logo": b"<svg/>"}])
def test_a_brand_that_cannot_be_printed_is_refused(changes):
    with pytest.raises(ValueError, match=r"blanc|PNG"):
        brand(**changes)


@pytest.mark.parametrize(("size", "box"), [((300, 100), (30, 10)), ((100, 300), (4, 12)), ((10, 10), (12, 12))])
def test_a_logo_keeps_its_proportions(size, box):
    assert brand(logo=logo(size)).logo_box(30, 12) == pytest.approx(box)
    assert brand(logo=None).logo_box(30, 12) == (0, 0)


def test_the_main_series_follows_the_brand_and_familles_never_do():
    bars = [Bar("a", 3, 2), Bar("b", 4, 3), Bar("Associations", 5, 1, colour="association")]
    spec = with_main_colour(horizontal_bars(bars, name="X", reference_name="Y"), PURPLE)
    rows = [row for rows in spec["datasets"].values() for row in rows if "fill" in row]
    assert [row["fill"] for row in rows] == [PURPLE, PURPLE, family_colour("association")]
    shares = family_shares([FamilyShares("X", dict.fromkeys(EssFamily, 20))])
    assert with_main_colour(shares, PURPLE) == shares


def test_the_legend_of_the_main_series_follows_it():
    spec = with_main_colour(grouped_bars(["a", "b"], [Series("X", (1, 2)), Series("Y", (3, 4))]), PURPLE)
    marks = [layer["mark"].get("color") for layer in spec["layer"] if layer["mark"]["type"] == "point"]
    assert marks == [PURPLE, family_colour("commercial")]
    kept = grouped_bars(["a"], [Series("X", (1,), "cooperative"), Series("Y", (3,))])
    assert PURPLE not in json.dumps(with_main_colour(kept, PURPLE))


def test_below_one_keeps_its_own_colour():
    spec = with_main_colour(specialisation([Bar("a", 1.5), Bar("b", 0.5)], reference_name="Région"), PURPLE)
    fills = {row["label"]: row["fill"] for rows in spec["datasets"].values() for row in rows if "fill" in row}
    assert fills["a"] == PURPLE
    assert fills["b"] == palette(None)["accent"]


def test_no_brand_changes_nothing():
    document = sample_document(charts=1, tables=0, prose_sections=0)
    assert with_brand(document, None) is document


@pytest.fixture(scope="module")
def branded() -> Document:
    return with_brand(sample_document(charts=1, tables=0, prose_sections=0), brand(baseline="Entre Loire et Erdre"))


def test_word_bears_the_described_logo_on_its_cover_and_in_its_header(branded, tmp_path):
    word = docx.Document(str(render_docx(branded, tmp_path / "x.docx")))
    described = [found.get("descr") for found in word.element.body.iter("{*}docPr")]
    assert "Logo\u00a0: COMPA" in described
    assert [found.get("descr") for found in word.sections[0].header._element.iter("{*}docPr")] == ["Logo\u00a0: COMPA"]
    assert str(word.styles["Title"].font.color.rgb) == PURPLE[1:].upper()
    assert any(part.blob == brand().logo for part in word.part.package.iter_parts() if part.partname.endswith(".png"))
    assert "CRESS Pays de la Loire" in "\n".join(paragraph.text for paragraph in word.paragraphs)


def test_slides_bear_the_logo_once_described_on_the_cover(branded, tmp_path):
    deck = Presentation(str(render_pptx(branded, tmp_path / "x.pptx")))
    cover = [shape for shape in deck.slides[0].shapes if shape.shape_type == 13]
    assert [shape._element.nvPicPr.cNvPr.get("descr") for shape in cover] == ["", "Logo\u00a0: COMPA"]
    content = next(layout for layout in deck.slide_layouts if layout.name == "Message")
    assert any(shape.shape_type == 13 for shape in content.shapes)


def test_the_printed_cover_and_the_page_describe_the_logo(branded):
    printable = print_html(branded)
    root = lxml_html.fromstring(printable.html)
    assert root.xpath("//img[@class='doc-cover-logo']/@alt") == ["Logo\u00a0: COMPA"]
    assert printable.assets["logo.png"] == brand().logo
    assert PURPLE in print_styles(branded)
    assert lxml_html.fromstring(render_page(branded)).xpath("//img[@class='doc-logo']/@alt") == ["Logo\u00a0: COMPA"]


def test_the_pdf_has_no_fault_with_a_logo(branded, tmp_path):
    assert render_pdf(branded, tmp_path / "x.pdf").faults == ()


def test_without_a_logo_the_name_is_printed(tmp_path):
    document = with_brand(Document("T", "Territoire", "d", (Section("S"),)), brand(logo=None))
    assert "COMPA" in print_html(document).html
    assert "logo.png" not in print_html(document).assets
    word = docx.Document(str(render_docx(document, tmp_path / "x.docx")))
    assert "COMPA" in [paragraph.text for paragraph in word.paragraphs]


def test_the_archive_is_painted_and_leaves_the_logo_out(tmp_path):
    document = with_brand(Document("T", "Territoire", "d", (Section("S", tuple(sample_charts(1))),)), brand())
    one, two = (zip_of_charts(document, tmp_path / name).read_bytes() for name in ("a.zip", "b.zip"))
    assert one == two
    with ZipFile(io.BytesIO(one)) as archive:
        names = archive.namelist()
        svg = next(archive.read(name).decode() for name in names if name.endswith(".svg"))
        assert PURPLE in svg
        assert not any(archive.read(name) == brand().logo for name in names)
        assert {name.rpartition(".")[2] for name in names} == {"svg", "png", "csv", "xlsx", "ods", "txt"}
