"""The tree refuses what no writer could print honestly."""

import pytest

from territories.foundations.rendering.document import (
    Chart,
    Column,
    Document,
    Link,
    Map,
    Paragraph,
    Reference,
    Section,
    Strong,
    Table,
    plain,
)
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Status

TABLE = Table("Titre", (Column("Secteur"), Column("Nombre", "number")), (("A", 1),))


@pytest.mark.parametrize("missing", ["title", "sentence", "source"])
def test_a_chart_owes_its_title_sentence_and_source(missing):
    texts = {"title": "T", "sentence": "Phrase.", "source": "S"} | {missing: "  "}
    with pytest.raises(ValueError, match="dus au lecteur"):
        Chart(texts["title"], texts["sentence"], {}, TABLE, texts["source"])
    with pytest.raises(ValueError, match="dus au lecteur"):
        Map(texts["title"], texts["sentence"], "<svg/>", texts["source"])


def test_a_row_has_one_cell_per_column():
    with pytest.raises(ValueError, match="1 cellules pour 2"):
        Table("Titre", TABLE.columns, (("A",),))


def test_a_number_does_not_go_in_a_column_of_texts_nor_a_boolean_anywhere():
    with pytest.raises(ValueError, match="pas un texte"):
        Table("Titre", TABLE.columns, ((1, 1),))
    with pytest.raises(ValueError, match="pas un texte"):
        Table("Titre", TABLE.columns, (("A", True),))


def test_the_legend_names_the_statuses_that_occur_and_no_other():
    rows = (("A", Value(None, Status.SECRET)), ("B", Value(3, Status.PROVISIONAL)), ("C", 0))
    table = Table("Titre", TABLE.columns, rows, legend=("Champ : employeurs.",))
    signs = [line.partition("\u00a0:")[0] for line in table.legend_lines()]
    assert signs[:2] == ["s", "(p)"]
    assert table.legend_lines()[-1] == "Champ : employeurs."
    assert TABLE.legend_lines() == ()


def test_percentages_have_one_decimal_and_numbers_none():
    columns = (Column("A"), Column("B", "number"), Column("C", "percent"), Column("D", "number", 2))
    table = Table("Titre", columns, (("x", 1234.6, 12.34, 0.5),))
    assert [table.text_of(c, k) for c, k in zip(table.rows[0], columns, strict=True)] == [
        "x",
        "1\u202f235",
        "12,3\u00a0%",
        "0,50",
    ]


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//evil.example", "/\\evil", "ftp://x", "JAVASCRIPT:x", ""],
)
def test_dangerous_addresses_are_refused(url):
    with pytest.raises(ValueError, match="Adresse refusée"):
        Link("texte", url)


@pytest.mark.parametrize("url", ["https://cress.example/a?b=c", "mailto:a@b.fr", "/territoires/44", "http://x.fr"])
def test_ordinary_addresses_are_kept(url):
    assert Link("texte", url).url == url
    assert Reference("texte", url).url == url


def _document(*levels: int) -> Document:
    return Document("T", "Territoire", "23 novembre 2026", tuple(Section(f"S{i}", level=level) for i, level in enumerate(levels)))


@pytest.mark.parametrize("levels", [(1,), (1, 2, 3, 1), (1, 2, 2, 3, 2)])
def test_levels_may_go_down_one_by_one_and_up_at_will(levels):
    assert len(_document(*levels).sections) == len(levels)


@pytest.mark.parametrize("levels", [(2,), (1, 3), (1, 2, 3, 4), (0,)])
def test_no_level_is_skipped(levels):
    with pytest.raises(ValueError, match="niveau"):
        _document(*levels)


def test_a_document_names_itself():
    with pytest.raises(ValueError, match="titre"):
        Document(" ", "T", "d", ())
    assert _document(1).full_title == "T — Territoire"
    assert plain(("a ", Strong("b"), " c")) == "a b c"
    assert Paragraph("x").text == "x"
