"""The pieces of our pages, each rendered alone."""

from typing import Any

import pytest
from django.core.paginator import Paginator
from django.template import engines
from django.test import RequestFactory

from territories.foundations.rendering.document import Column, Figure, Table
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import EssFamily, Status


def render(template_source: str, **context: Any) -> str:
    template = engines["django"].from_string("{% load components %}" + template_source)
    return template.render(context, RequestFactory().get("/liste/?famille=mutuelle&page=2"))


def table(**options: Any) -> Table:
    columns = (Column("Famille"), Column("Employeurs", "number"), Column("Part", "percent"))
    rows = (("Associations", 1234, 78.7), ("Fondations <1901>", Value(None, Status.SECRET), Value(None, Status.NOT_SIGNIFICANT)))
    return Table("Les familles", columns, (*rows, ("Ensemble", 1300, 100.0)), totals=1, source="Source : essai.", **options)


@pytest.mark.parametrize(
    ("value", "printed"),
    [(1234.4, "1\u202f234"), (0, "0"), (Value(8, Status.PROVISIONAL), "8"), (None, "nd"), (Value(None, Status.SECRET), "s")],
)
def test_number_prints_value_or_sign(value: Any, printed: str) -> None:
    assert printed in render("{{ value|number }}", value=value)


def test_absent_number_says_why_to_everybody() -> None:
    assert 'title="secret statistique"' in render("{{ value|number }}", value=Value(None, Status.SECRET))


def test_zero_is_a_number_and_not_a_sign() -> None:
    assert "<abbr" not in render("{{ value|number }}", value=0)


def test_table_is_accessible_and_escaped() -> None:
    html = render("{% data_table table downloads %}", table=table(), downloads=[("CSV", "/x.csv")])
    assert 'role="region" aria-label="Les familles" tabindex="0"' in html
    assert '<caption><span class="caption-text">Les familles</span></caption>' in html
    assert "<th scope='row'>Associations</th>" in html
    assert "<td class='is-number'>1\u202f234</td>" in html
    assert "Fondations &lt;1901&gt;" in html
    assert "<tr class='is-total'>" in html
    assert "secret statistique" in html
    assert "non significatif" in html
    assert 'href="/x.csv"' in html


def test_table_brings_out_rows_and_links_their_headers() -> None:
    html = render("{% data_table table links=links %}", table=table(emphasis=(0,)), links={"Associations": "/a/"})
    assert "<tr class='is-emphasis'><th scope='row'><a href=\"/a/\">Associations</a></th>" in html


def test_figure_row_shows_a_sign_as_such() -> None:
    html = render("{% figure_row figures source %}", figures=[Figure("12", "employeurs"), Figure("nd", "part")], source="S")
    assert html.count("figure-block") == 2
    assert "is-without" in html
    assert "donnée non disponible" in html


def test_frise_marks_the_current_phase_and_the_optional_one() -> None:
    html = render("{% frise current=2 done=done %}", done=[1])
    assert html.count("<li") == 4
    assert 'aria-current="step"' in html
    assert "facultative" in html
    assert "Terminée" in html


def test_every_famille_has_its_mark() -> None:
    for family in EssFamily:
        assert f"famille-{family.value}" in render(f'{{% famille "{family.value}" %}}')
    assert render('{% famille "" %}') == ""


def test_pagination_keeps_the_filters() -> None:
    html = render('{% pagination page "établissement" %}', page=Paginator(range(120), 50).page(2))
    assert "famille=mutuelle&amp;page=3" in html
    assert 'aria-current="page"' in html
    assert "120 établissements" in html


def test_single_page_has_no_links() -> None:
    html = render('{% pagination page "établissement" %}', page=Paginator(range(1), 50).page(1))
    assert "<a" not in html
    assert "1 établissement\n" in html or "1 établissement<" in html


def test_progress_without_total_has_no_value() -> None:
    assert "value=" not in render('{% progress 5 0 "Lecture" %}')
    assert 'value="5" max="10"' in render('{% progress 5 10 "Lecture" %}')
