"""The Word file, opened again: styles, native tables, alternative texts, no formula in the tables of the archive."""

import csv
import io
from dataclasses import replace
from zipfile import ZipFile

import docx
import pytest
from docx.oxml.ns import qn

from territories.foundations.rendering.archive import table_csv, zip_of_charts
from territories.foundations.rendering.document import Column, Document, Link, Paragraph, Section, Table
from territories.foundations.rendering.docx import render_docx
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Phase, Status
from tests.territories.foundations.rendering.sample import sample_charts, sample_document, sample_maps
from tests.territories.foundations.rendering.test_html import HOSTILE, hostile_document


@pytest.fixture(scope="module")
def word(tmp_path_factory):
    return docx.Document(str(render_docx(sample_document(), tmp_path_factory.mktemp("docx") / "rapport.docx")))


def test_headings_have_real_styles(word):
    sections = sample_document().sections
    found = [(p.style.name, p.text) for p in word.paragraphs if p.style.name.startswith("Heading")]
    assert found[: len(sections)] == [(f"Heading {s.level}", s.title) for s in sections]


def test_the_file_is_named_in_french_and_undated(word):
    properties = word.core_properties
    assert properties.title == "État des lieux quantitatif — CC du Pays d’Ancenis"
    assert properties.author == "CRESS Pays de la Loire"
    assert properties.language == "fr"
    assert properties.created.year == 2000
    languages = {e.get(qn("w:val")) for e in word.styles.element.iter(qn("w:lang"))}
    assert languages == {"fr-FR"}


def test_tables_are_native_with_a_header_repeated(word):
    table = next(t for t in word.tables if t.rows[0].cells[0].text == "Structure")
    header = table.rows[0]._tr.trPr
    assert header.find(qn("w:tblHeader")) is not None
    assert len(table.rows) == 31
    assert table.rows[6].cells[3].text == "s"


def test_every_picture_has_its_words(word):
    pictures = list(word.element.body.iter(qn("wp:docPr")))
    assert len(pictures) == 9
    assert all(len(picture.get("descr")) > 20 for picture in pictures)


def test_captions_and_sources_surround_the_pictures(word):
    paragraphs = list(word.paragraphs)
    for rank, paragraph in enumerate(paragraphs):
        if (
            paragraph.style.name == "Caption"
            and paragraph.text.startswith(("Graphique", "Carte"))
            and "chiffres" not in paragraph.text
        ):
            assert paragraphs[rank + 1]._p.findall(f".//{qn('w:drawing')}")
            assert any(p.text.startswith("Source") for p in paragraphs[rank + 2 : rank + 5])


def test_the_cover_shows_the_four_phases(word):
    frise = next(t for t in word.tables if Phase.PROSPECTIVE.title in t.rows[0].cells[1].text)
    assert [phase.title in cell.text for phase, cell in zip(Phase, frise.rows[0].cells, strict=True)] == [True] * 4
    assert "phase en cours" in frise.rows[0].cells[0].text


def test_pages_are_numbered_and_the_demonstration_is_said_on_each(word):
    section = word.sections[0]
    fields = [e.text.strip() for e in section.footer._element.iter(qn("w:instrText"))]
    assert fields == ["PAGE", "NUMPAGES"]
    assert "Données de démonstration" in section.header.paragraphs[0].text


def test_the_same_document_gives_the_same_bytes(tmp_path):
    document = sample_document(charts=1, tables=0)
    one, two = (render_docx(document, tmp_path / name).read_bytes() for name in ("a.docx", "b.docx"))
    assert one == two


def test_hostile_texts_stay_texts(tmp_path):
    opened = docx.Document(str(render_docx(hostile_document(" ".join(HOSTILE)), tmp_path / "x.docx")))
    assert "<script>alert(1)</script>" in "\n".join(p.text for p in opened.paragraphs)
    assert not list(opened.element.body.iter(qn("w:object")))


def test_links_are_links_but_an_address_of_the_site_stays_words(tmp_path):
    blocks = (Paragraph((Link("la loi", "https://example.org/"), " et ", Link("le portrait", "/territoires/44"))),)
    document = Document("T", "T", "d", (Section("S", blocks),))
    opened = docx.Document(str(render_docx(document, tmp_path / "x.docx")))
    targets = [r.target_ref for r in opened.part.rels.values() if r.is_external]
    assert targets == ["https://example.org/"]
    assert "le portrait" in "\n".join(p.text for p in opened.paragraphs)


# --- The archive of charts ---


def read_csv(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";"))


def test_each_chart_and_map_comes_as_svg_png_and_table(tmp_path):
    with ZipFile(zip_of_charts(sample_document(), tmp_path / "x.zip")) as archive:
        names = archive.namelist()
        assert len([n for n in names if n.endswith(".svg")]) == 8
        assert len([n for n in names if n.endswith(".png")]) == 8
        # The two tables printed for themselves come too.
        for form in ("csv", "xlsx", "ods"):
            assert len([n for n in names if n.endswith(f".{form}")]) == 10
        assert all(archive.read(n).startswith(b"\x89PNG") for n in names if n.endswith(".png"))
        readme = archive.read("LISEZMOI.txt").decode("utf-8-sig")
        assert archive.testzip() is None
    for chart in (*sample_charts(6), *sample_maps()[:2]):
        assert chart.title in readme
        assert chart.source in readme
        assert chart.sentence in readme
    assert "DÉMONSTRATION" in readme


@pytest.mark.parametrize(
    "text", ["=1+1", "+33 2 40", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1", " =1", "\u00a0=1", "\uff20x", "\uff0d1", "\uff0b1"]
)
def test_no_text_of_a_table_is_a_formula(text):
    table = Table("T", (Column(text), Column("N", "number")), ((text, -3),))
    rows = read_csv(table_csv(table))
    assert rows[0][0].startswith("'")
    assert rows[1][0].startswith("'")
    assert rows[1][1] == "-3"


def test_numbers_stay_numbers_for_a_french_spreadsheet():
    columns = (Column("A"), Column("B", "number"), Column("C", "percent"))
    rows = (('x;y"z', 12345.5, 12.25), ("é", Value(None, Status.SECRET), 0), ("", 1_000_000, Value(1, Status.REVISED)))
    content = table_csv(Table("T", columns, rows))
    assert content.startswith(b"\xef\xbb\xbf")
    assert read_csv(content) == [
        ["A", "B", "C (%)"],
        ['x;y"z', "12345,5", "12,25"],
        ["é", "s", "0"],
        ["", "1000000", "1"],
    ]


def test_two_charts_of_the_same_title_have_two_names(tmp_path):
    chart = replace(sample_charts(1)[0], title="../../etc/passwd « é »")
    document = Document("T", "T", "d", (Section("S", (chart, chart)),))
    with ZipFile(zip_of_charts(document, tmp_path / "x.zip")) as archive:
        names = archive.namelist()
    assert len(names) == len(set(names)) == 11
    assert all("/" not in name and ".." not in name for name in names)
