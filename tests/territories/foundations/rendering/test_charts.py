"""Specifications, and the SVG drawn from them."""

import json
import re
from pathlib import Path

import pytest
from lxml import etree

from territories.foundations.rendering import charts
from territories.foundations.rendering.charts import Bar, Series
from territories.foundations.rendering.drawing import chart_key, clean_svg, described, inline_copy, render_png, render_svg
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.family_chart import FamilyShares, family_shares
from territories.foundations.rendering.tokens import family_colour
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import EssFamily, Status
from tests.territories.foundations.rendering.sample import sample_charts

HOSTILE = "\"><script>alert(1)</script>&amp;<img src=x onerror=alert(1)>|'{{7*7}}"


def texts(svg: str) -> list[str]:
    return ["".join(e.itertext()) for e in etree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def numbers(svg: str) -> set[float]:
    return {float(n) for n in re.findall(r"-?\d+\.?\d*", svg)}


@pytest.fixture(scope="module")
def drawn() -> list[str]:
    return [render_svg(described(c.spec, title=c.title, sentence=c.sentence)) for c in sample_charts(6)]


def test_every_form_is_420_px_wide_accessible_and_safe_to_inline(drawn):
    for svg in drawn:
        root = etree.fromstring(svg)
        assert root.get("width") == "420"
        assert root.get("role") == "img"
        assert [child.tag.rpartition("}")[2] for child in root[:2]] == ["title", "desc"]
        assert "style=" not in svg
        assert "<script" not in svg
        assert not re.search(r"href|https?://(?!www\.w3\.org/)", svg)


def test_the_ground_is_transparent(drawn):
    for svg in drawn:
        assert not re.search(r'<rect[^>]*fill="(white|#fff|#ffffff)"[^>]*(width="420")', svg)


def test_the_smallest_text_is_13_px_so_that_it_is_10_on_a_telephone(drawn):
    sizes = {float(size) for svg in drawn for size in re.findall(r'font-size="([\d.]+)(?:px)?"', svg)}
    assert sizes
    assert min(sizes) >= 13


def test_everything_stays_inside_the_drawing():
    """Nothing is cut: the ink of the picture does not touch its edges."""
    from io import BytesIO

    from PIL import Image

    for chart in sample_charts(6):
        picture = Image.open(BytesIO(render_png(chart.spec, 1))).convert("L")
        width, height = picture.size
        edges = [picture.crop(box) for box in ((0, 0, 1, height), (width - 1, 0, width, height), (0, height - 1, width, height))]
        assert all(edge.getextrema()[0] > 200 for edge in edges), chart.title


def test_numbers_are_written_in_french():
    svg = render_svg(charts.horizontal_bars([Bar("A", 12345.6), Bar("B", 3)], decimals=1))
    assert "12\u202f345,6" in texts(svg)
    svg = render_svg(charts.horizontal_bars([Bar("A", 12.3)], unit="%", decimals=1))
    assert "12,3\u00a0%" in texts(svg)


def test_the_axis_of_many_years_is_written_in_french():
    years = range(2000, 2026)
    svg = render_svg(charts.columns_over_years(years, [Series("Créations", tuple(range(40_000, 40_026)))]))
    assert any("\u202f" in text for text in texts(svg))
    assert not any("," in text for text in texts(svg))


def test_an_absent_value_is_written_as_its_sign_and_has_no_bar():
    spec = charts.horizontal_bars([Bar("Secret", Value(None, Status.SECRET)), Bar("Zéro", 0), Bar("Dix", 10)])
    svg = render_svg(spec)
    assert "s" in texts(svg)
    assert "0" in texts(svg)
    rows = (
        [row for dataset in spec["datasets"].values() for row in dataset]
        if "datasets" in spec
        else spec["layer"][0]["data"]["values"]
    )
    secret = next(row for row in rows if row.get("text") == "s")
    assert secret["value"] is None
    zero = next(row for row in rows if row.get("text") == "0")
    assert zero["value"] == 0


@pytest.mark.parametrize("status", [s for s in Status if not s.has_value])
def test_no_form_turns_an_absent_value_into_a_number(status):
    absent = Value(None, status)
    specs = [
        charts.horizontal_bars([Bar("A", absent), Bar("B", 1)]),
        charts.grouped_bars(["A"], [Series("x", (absent,)), Series("y", (1,))]),
        charts.columns_over_years([2024, 2025], [Series("x", (absent, 1))]),
        charts.specialisation([Bar("A", absent), Bar("B", 1.2)], reference_name="Région"),
        family_shares([FamilyShares("T", {EssFamily.ASSOCIATION: 90, EssFamily.MUTUELLE: absent})]),
    ]
    for spec in specs:
        assert status.symbol in texts(render_svg(spec))


def test_all_values_absent_is_still_a_chart():
    svg = render_svg(charts.horizontal_bars([Bar("A", Value(None, Status.SECRET)), Bar("B", Value(None, Status.UNAVAILABLE))]))
    assert {"s", "nd"} <= set(texts(svg))


def test_all_zero_is_still_a_chart():
    assert texts(render_svg(charts.horizontal_bars([Bar("A", 0), Bar("B", 0)]))).count("0") == 2
    render_svg(charts.columns_over_years([2024], [Series("x", (0,))]))


def test_two_categories_of_the_same_name_stay_apart_and_in_order():
    svg = render_svg(charts.horizontal_bars([Bar("Commerce", 3), Bar("Commerce", 5), Bar("Autre", 1)]))
    found = texts(svg)
    assert found.count("Commerce") == 2
    assert {"3", "5", "1"} <= set(found)


def test_familles_keep_their_colours():
    svg = render_svg(family_shares([FamilyShares("T", dict(zip(EssFamily, (60, 20, 10, 6, 4), strict=True)))]))
    for family in EssFamily:
        assert family_colour(family) in svg
        assert family.label in texts(svg)


def test_a_part_missing_leaves_a_blank_and_too_much_is_refused():
    family_shares([FamilyShares("T", {EssFamily.ASSOCIATION: 100.4})])
    with pytest.raises(ValueError, match="dépassent"):
        family_shares([FamilyShares("T", {EssFamily.ASSOCIATION: 60, EssFamily.MUTUELLE: 41})])


@pytest.mark.parametrize("count", [0, 4])
def test_a_distribution_shows_one_to_three_territories(count):
    with pytest.raises(ValueError, match="trois"):
        family_shares([FamilyShares("T", {})] * count)


def test_a_chart_without_data_is_refused():
    for call in (
        lambda: charts.horizontal_bars([]),
        lambda: charts.grouped_bars([], []),
        lambda: charts.specialisation([], reference_name="x"),
        lambda: charts.columns_over_years([2025], [Series("x", (1, 2))]),
    ):
        with pytest.raises(ValueError, match=r"graphique|valeur"):
            call()


def test_a_reference_needs_the_names_of_both_territories():
    with pytest.raises(ValueError, match="nom des deux"):
        charts.horizontal_bars([Bar("A", 1, 2)])


def test_hostile_labels_stay_text():
    spec = charts.horizontal_bars([Bar(HOSTILE, 1, 2)], name=HOSTILE, reference_name=HOSTILE)
    svg = render_svg(described(spec, title=HOSTILE, sentence=HOSTILE))
    etree.fromstring(svg)
    assert "<script" not in svg
    assert "<img" not in svg
    assert "onerror" not in {name for e in etree.fromstring(svg).iter() for name in e.attrib}


def test_the_key_follows_the_content_and_nothing_else():
    first, same, other = (charts.horizontal_bars([Bar("A", n)]) for n in (1, 1, 2))
    assert chart_key(first) == chart_key(same) == chart_key(json.loads(json.dumps(first)))
    assert chart_key(first) != chart_key(other)
    assert chart_key(first) != chart_key(described(first, title="t", sentence="s"))


def test_the_same_specification_gives_the_same_svg():
    spec = sample_charts(3)[2].spec
    assert render_svg(spec) == render_svg(spec)


def test_a_broken_specification_is_a_french_error():
    with pytest.raises(RenderingError, match="graphique"):
        render_svg({"mark": "bar", "data": {"url": "https://example.org/data.json"}, "encoding": 3})


def test_cleaning_removes_what_a_page_must_not_carry():
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" onload="x()">'
        '<script>x()</script><style>a{}</style><image xlink:href="http://e/x.png"/><foreignObject/>'
        '<clipPath id="clip0"><rect/></clipPath><g clip-path="url(#clip0)" style="fill: red; pointer-events: none" class="c">'
        '<rect fill="url(http://e/f)" href="javascript:x()"/></g></svg>'
    )
    svg = clean_svg(raw, prefix="g1", title="T", description="D")
    assert not re.search(r"onload|<script|<style|<image|foreignObject|style=|class=|href|http://e|javascript", svg)
    assert 'id="g1-0"' in svg
    assert 'clip-path="url(#g1-0)"' in svg
    assert 'fill="red"' in svg
    with pytest.raises(RenderingError, match="SVG"):
        clean_svg("<svg>", prefix="g", title="", description="")


def test_an_entity_is_not_expanded():
    bomb = (
        '<!DOCTYPE svg [<!ENTITY e SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg"><text>&e;</text></svg>'
    )
    hostname = Path("/etc/hostname")
    secret = hostname.read_text().strip() if hostname.exists() else "none"
    assert secret not in clean_svg(bomb, prefix="g", title="", description="")


def test_two_copies_in_a_page_share_no_identifier():
    raw = '<svg xmlns="http://www.w3.org/2000/svg"><clipPath id="a"/><g clip-path="url(#a)"/></svg>'
    svg = clean_svg(raw, prefix="g1", title="", description="")
    copy = inline_copy(svg, 2)
    assert set(re.findall(r'id="([^"]+)"', svg)).isdisjoint(re.findall(r'id="([^"]+)"', copy))
    assert re.findall(r"url\(#([^)]+)\)", copy) == re.findall(r'id="([^"]+)"', copy)
