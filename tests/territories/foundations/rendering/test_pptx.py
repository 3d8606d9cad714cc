"""The slides, opened again: titles in their placeholders, native tables, alternative texts, notes, and nothing but texts."""

import io
from dataclasses import replace
from zipfile import ZipFile

import pytest
from lxml import etree
from pptx import Presentation
from pptx.enum.shapes import PP_PLACEHOLDER

from territories.foundations.rendering import pptx_plan
from territories.foundations.rendering.document import (
    Column,
    Document,
    Figure,
    KeyFigures,
    Paragraph,
    Section,
    Table,
)
from territories.foundations.rendering.pptx import render_pptx
from territories.foundations.rendering.pptx_plan import Grid, Picture, message_of, plan
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Status
from tests.territories.foundations.rendering.sample import sample_charts, sample_document
from tests.territories.foundations.rendering.test_html import HOSTILE, hostile_document


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    return Presentation(str(render_pptx(sample_document(), tmp_path_factory.mktemp("pptx") / "rapport.pptx")))


def texts_of(slide) -> str:
    return "\n".join(shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)


def document_of(*blocks) -> Document:
    return Document("Titre", "Territoire", "1er janvier 2026", (Section("Partie", blocks),))


def table_of(rows: int, **changes) -> Table:
    lines = tuple((f"Commune {rank}", rank, Value(None, Status.SECRET) if rank == 1 else 12.34) for rank in range(rows))
    columns = (Column("Commune"), Column("Établissements", "number"), Column("Part", "percent"))
    return Table("Les communes", columns, lines, source="Insee", **changes)


def only_tables(slide) -> list:
    return [shape.table for shape in slide.shapes if shape.has_table]


def test_every_slide_has_a_title_in_its_placeholder_and_a_number(deck):
    for slide in deck.slides:
        assert slide.shapes.title is not None
        assert slide.shapes.title.text_frame.text.strip()
        kinds = [shape.placeholder_format.type for shape in slide.placeholders]
        assert PP_PLACEHOLDER.SLIDE_NUMBER in kinds
        # The title is read first: only an ornament may come before it.
        ahead = next(shape for shape in slide.shapes if shape.shape_type is not None)
        assert ahead.shape_id == slide.shapes.title.shape_id or "decorative" in etree.tostring(ahead._element).decode()


def test_the_deck_is_wide_short_and_says_what_it_is(deck):
    assert deck.slide_width / deck.slide_height == pytest.approx(16 / 9, abs=0.01)
    assert len(deck.slides) <= pptx_plan.MOST_SLIDES
    properties = deck.core_properties
    assert properties.title == "État des lieux quantitatif — CC du Pays d’Ancenis"
    assert properties.author == "CRESS Pays de la Loire"
    assert properties.language == "fr-FR"
    assert properties.created.year == properties.modified.year == 2000


def test_every_slide_says_that_its_figures_are_fictitious(deck, tmp_path):
    assert all("Données de démonstration" in texts_of(slide) for slide in deck.slides)
    true = Presentation(str(render_pptx(document_of(Paragraph("Texte")), tmp_path / "x.pptx")))
    assert not any("démonstration" in texts_of(slide) for slide in true.slides)
    draft = replace(document_of(Paragraph("Texte")), draft=True)
    drawn = Presentation(str(render_pptx(draft, tmp_path / "d.pptx")))
    assert all("Document de travail" in texts_of(slide) for slide in drawn.slides)


def test_a_chart_is_a_message_a_described_picture_its_source_and_words_to_say(tmp_path):
    chart = sample_charts(1)[0]
    deck = Presentation(str(render_pptx(document_of(Paragraph("À dire d’abord."), chart), tmp_path / "x.pptx")))
    slide = deck.slides[2]
    assert slide.shapes.title.text_frame.text == message_of(chart.sentence)[0]
    picture = next(shape for shape in slide.shapes if shape.shape_type == 13)
    assert picture._element.nvPicPr.cNvPr.get("descr") == f"{chart.title}. {chart.sentence}"
    # Drawn at three times its size of 420 units.
    assert picture.image.size[0] >= 1200
    assert f"Source\u00a0: {chart.source}" in texts_of(slide)
    notes = slide.notes_slide.notes_text_frame.text
    assert chart.sentence in notes
    assert "À dire d’abord." in notes
    assert chart.source in notes


def test_key_figures_are_words_six_a_slide(tmp_path):
    figures = tuple(Figure(str(rank), f"libellé {rank}", "détail") for rank in range(8))
    deck = Presentation(str(render_pptx(document_of(KeyFigures(figures, "Insee", "Chiffres clés")), tmp_path / "x.pptx")))
    titles = [slide.shapes.title.text_frame.text for slide in deck.slides]
    assert titles[2:4] == ["Chiffres clés", "Chiffres clés (suite)"]
    assert "libellé 5" in texts_of(deck.slides[2])
    assert "libellé 6" in texts_of(deck.slides[3])


def test_a_table_is_native_with_its_statuses_and_its_legend(tmp_path):
    deck = Presentation(str(render_pptx(document_of(table_of(5, totals=1)), tmp_path / "x.pptx")))
    slide = deck.slides[2]
    [table] = only_tables(slide)
    assert [cell.text for cell in table.rows[0].cells] == ["Commune", "Établissements", "Part"]
    assert [cell.text for cell in table.rows[2].cells] == ["Commune 1", "1", "s"]
    assert [cell.text for cell in table.rows[3].cells] == ["Commune 2", "2", "12,3\u00a0%"]
    assert table.first_row
    assert table.last_row
    aligned = [cell._tc.find(".//{*}pPr") for cell in table.rows[3].cells]
    assert [found is not None and found.get("algn") == "r" for found in aligned] == [False, True, True]
    assert "s\u00a0: " in texts_of(slide)
    assert "Source\u00a0: Insee" in texts_of(slide)


@pytest.mark.parametrize(("rows", "slides"), [(13, 1), (14, 1), (15, 2), (28, 2)])
def test_a_table_is_continued_at_fourteen_rows(rows, slides):
    grids = [slide for slide in plan(document_of(table_of(rows))).slides if isinstance(slide, Grid)]
    assert len(grids) == slides
    assert sum(len(grid.table.rows) for grid in grids) == rows
    assert all(len(grid.table.rows) <= 14 for grid in grids)
    assert [grid.title.endswith("(suite)") for grid in grids] == [rank > 0 for rank in range(slides)]


def test_a_long_table_keeps_its_total_and_says_what_it_leaves(tmp_path):
    document = document_of(table_of(60, totals=1))
    made = plan(document)
    grids = [slide for slide in made.slides if isinstance(slide, Grid)]
    assert len(grids) == 2
    assert grids[-1].table.rows[-1][0] == "Commune 59"
    shown = sum(len(grid.table.rows) for grid in grids)
    assert grids[-1].left == 60 - shown
    assert made.left_out == ("Les communes",)
    deck = Presentation(str(render_pptx(document, tmp_path / "x.pptx")))
    assert f"{60 - shown} autres lignes sont dans les fichiers" in texts_of(deck.slides[3])
    assert "Les communes" in texts_of(deck.slides[-1])


def test_a_deck_that_is_too_long_leaves_tables_before_charts(tmp_path):
    chart = sample_charts(1)[0]
    blocks = [block for rank in range(14) for block in (chart, replace(table_of(30), caption=f"Tableau {rank}"))]
    made = plan(document_of(*blocks))
    assert len(made.slides) + 2 <= pptx_plan.MOST_SLIDES
    assert len([slide for slide in made.slides if isinstance(slide, Picture)]) == 14
    assert len(made.left_out) == 14


@pytest.mark.parametrize(
    ("sentence", "message", "rest"),
    [
        ("L’ESS pèse 12 %. Elle croît.", "L’ESS pèse 12 %", "Elle croît."),
        ("L’ESS pèse 12,3 % des employeurs.", "L’ESS pèse 12,3 % des employeurs", ""),
    ],
)
def test_the_message_is_the_first_sentence(sentence, message, rest):
    assert message_of(sentence) == (message, rest)


def test_a_long_first_sentence_is_cut_where_it_can_stand():
    sentence = f"{'Les associations emploient la plupart des personnes'} de {'très ' * 4}loin, {'et la suite ' * 12}."
    message, rest = message_of(sentence)
    assert message.endswith("loin")
    assert rest == sentence
    assert len(message_of("mot " * 100)[0]) <= pptx_plan.MESSAGE_LENGTH


def test_hostile_texts_stay_texts(tmp_path):
    path = render_pptx(hostile_document(" ".join(HOSTILE)), tmp_path / "x.pptx")
    deck = Presentation(str(path))
    with ZipFile(path) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(archive.read(name))
            assert not name.endswith((".bin", ".vml"))
            if name.endswith(".rels"):
                assert b"javascript:" not in archive.read(name)
    assert any("<script>" in texts_of(slide) for slide in deck.slides)


def test_the_same_document_makes_the_same_bytes_in_french(tmp_path):
    document = sample_document(charts=2, tables=1, prose_sections=0)
    one, two = (render_pptx(document, tmp_path / name).read_bytes() for name in ("a.pptx", "b.pptx"))
    assert one == two
    with ZipFile(io.BytesIO(one)) as archive:
        assert "docProps/thumbnail.jpeg" not in archive.namelist()
        assert b'lang="en-US"' not in b"".join(archive.read(n) for n in archive.namelist() if n.startswith("ppt/slides/"))
        assert b'lang="fr-FR"' in archive.read("ppt/slides/slide1.xml")
