"""Maps: classes, signs of what is absent, legends with real sizes, weight."""

import math
import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from territories.foundations.rendering.maps import Place, choropleth, proportional_circles, quantile_breaks
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Status
from tests.territories.foundations.rendering.sample import centres, grid_shapes, sample_wording

NS = "{http://www.w3.org/2000/svg}"
SHAPES = grid_shapes()
LABELS = {code: f"Commune {code}" for code in SHAPES}


def titles(svg: str) -> dict[str, etree._Element]:
    root = etree.fromstring(svg)
    return {e.findtext(f"{NS}title"): e for e in root.iter() if e is not root and e.find(f"{NS}title") is not None}


def legend(svg: str) -> list[str]:
    return [e.text for e in etree.fromstring(svg).iter(f"{NS}text") if e.text]


def test_every_area_says_its_name_and_value():
    svg = choropleth(SHAPES, {c: i for i, c in enumerate(SHAPES)}, labels=LABELS, wording=sample_wording())
    assert set(titles(svg)) == {f"Commune {c}\u00a0: {i}" for i, c in enumerate(SHAPES)}
    root = etree.fromstring(svg)
    assert root.get("role") == "img"
    assert root.find(f"{NS}desc").text
    assert "style=" not in svg


def test_secret_unavailable_and_uncovered_are_three_different_fills_named_in_the_legend():
    codes = list(SHAPES)
    values = {c: Value(10) for c in codes[3:]} | {codes[0]: Value(None, Status.SECRET), codes[1]: Value(None, Status.UNAVAILABLE)}
    svg = choropleth(SHAPES, values, labels=LABELS, wording=sample_wording())
    found = titles(svg)
    fills = [
        found[f"Commune {codes[i]}\u00a0: {said}"].get("fill") for i, said in ((0, "s"), (1, "nd"), (2, "non couvert"), (3, "10"))
    ]
    assert len(set(fills)) == 4
    assert all(fill.startswith("url(#") for fill in fills[:3])
    assert {"secret statistique (s)", "donnée non disponible (nd)", "non couvert"} <= set(legend(svg))
    identifiers = set(re.findall(r'id="([^"]+)"', svg))
    assert {fill[5:-1] for fill in fills[:3]} <= identifiers


def test_zero_is_a_value_and_belongs_to_a_class():
    codes = list(SHAPES)
    svg = choropleth(SHAPES, {c: 0 if c == codes[0] else 5 for c in codes}, labels=LABELS, wording=sample_wording())
    assert titles(svg)[f"Commune {codes[0]}\u00a0: 0"].get("fill").startswith("#")


def test_given_breaks_hold_their_upper_bound_and_the_rest_has_a_class():
    codes = list(SHAPES)
    values = dict(zip(codes, [5, 5.01, 10, 12], strict=False))
    svg = choropleth(SHAPES, values, labels=LABELS, wording=sample_wording(unit="%"), breaks=[5, 10])
    found = titles(svg)
    printed = ("5,0", "5,0", "10,0", "12,0")
    fills = [found[f"Commune {code}\u00a0: {said}\u00a0%"].get("fill") for code, said in zip(codes, printed, strict=False)]
    # 5.01 is above the bound 5, though both print « 5,0 % ».
    assert fills[1] == fills[2]
    assert len(set(fills)) == 3


@given(st.lists(st.integers(0, 50), min_size=1, max_size=80), st.integers(1, 6))
def test_quantiles_cover_every_value_and_never_part_equal_ones(values, classes):
    bounds = quantile_breaks(values, classes)
    assert bounds[-1] == max(values)
    assert list(bounds) == sorted(set(bounds))
    assert len(bounds) <= classes
    assert set(bounds) <= set(values)


def test_maps_without_anything_are_refused():
    with pytest.raises(ValueError, match="contour"):
        choropleth({}, {}, labels={}, wording=sample_wording())
    with pytest.raises(ValueError, match="position"):
        proportional_circles({}, {}, labels={}, wording=sample_wording())
    with pytest.raises(ValueError, match="négatives"):
        proportional_circles({"a": (0, 47)}, {"a": -1}, labels={}, wording=sample_wording())


def test_one_commune_is_a_map():
    svg = proportional_circles({"a": (-1.2, 47.3)}, {"a": 12}, labels={"a": "A"}, wording=sample_wording())
    assert "A\u00a0: 12" in titles(svg)
    assert "nan" not in svg


def test_areas_of_circles_are_in_proportion():
    positions = {"a": (-1.5, 47.2), "b": (-1.2, 47.4), "c": (-1.0, 47.0), "d": (-0.9, 47.3)}
    values = {"a": 400, "b": 100, "c": 0, "d": Value(None, Status.SECRET)}
    svg = proportional_circles(positions, values, labels=dict.fromkeys(positions, "X"), wording=sample_wording())
    found = titles(svg)
    big, small = (float(found[f"X\u00a0: {n}"].get("r")) for n in (400, 100))
    assert big == pytest.approx(2 * small, abs=0.15)
    # A secret value is a hollow ring of its own size, whatever the others are.
    assert found["X\u00a0: s"].tag == f"{NS}circle"
    assert found["X\u00a0: s"].get("r") == "7"
    assert float(found["X\u00a0: 0"].get("r")) < 1.4
    assert {"aucun", "secret statistique (s)"} <= set(legend(svg))


def test_the_legend_shows_circles_of_the_size_they_have_on_the_map():
    positions = {"a": (-1.5, 47.2), "b": (-1.2, 47.4)}
    svg = proportional_circles(positions, {"a": 50, "b": 200}, labels={"a": "A", "b": "B"}, wording=sample_wording())
    assert {"200", "50", "10"} <= set(legend(svg))
    drawn = {float(e.get("r")) for e in etree.fromstring(svg).iter(f"{NS}circle") if e.get("fill") == "none"}
    assert {float(titles(svg)["B\u00a0: 200"].get("r")), float(titles(svg)["A\u00a0: 50"].get("r"))} <= drawn


def test_east_west_distances_are_shortened_by_the_latitude():
    square = [[[(-1.0, 47.0), (-0.9, 47.0), (-0.9, 47.1), (-1.0, 47.1), (-1.0, 47.0)]]]
    svg = choropleth({"a": square}, {"a": 1}, labels={"a": "A"}, wording=sample_wording())
    path = titles(svg)["A\u00a0: 1"].get("d")
    steps = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+) (-?[\d.]+)", path.partition("l")[2])]
    across, down = max(abs(x) for x, _ in steps), max(abs(y) for _, y in steps)
    assert across / down == pytest.approx(0.6816, abs=0.01)


def test_1300_circles_stay_light():
    rng = random.Random(4)
    positions = {f"{i:05d}": (rng.uniform(-2.5, 0.9), rng.uniform(46.3, 48.5)) for i in range(1300)}
    labels = {code: f"Saint-Martin-de-la-Rivière-{code}" for code in positions}
    values = {code: rng.randint(0, 900) for code in positions}
    assert len(proportional_circles(positions, values, labels=labels, wording=sample_wording())) < 150_000


def test_shared_borders_stay_shared_on_a_coarse_grid():
    """Both sides of a border are moved alike: the union of two neighbours has no gap."""
    shapely = pytest.importorskip("shapely")
    from territories.foundations.rendering import maps

    border = [(0.05 + 0.01 * math.sin(i / 90), 46 + i / 30_000) for i in range(3_000)]
    left = [[[(0, 46), *border, (0, 46.1), (0, 46)]]]
    right = [[[(0.1, 46), (0.1, 46.1), *reversed(border), (0.1, 46)]]]
    frame = maps._Frame([p for s in (left, right) for p in s[0][0]] * 8, margin=6)
    assert frame.grid > 1

    def polygon(d: str):
        (x, y), steps = (0, 0), []
        head, _, tail = d.partition("l")
        x, y = (float(n) for n in head[1:].split())
        steps.append((x, y))
        for dx, dy in re.findall(r"(-?[\d.]+) (-?[\d.]+)", tail):
            x, y = round(x + float(dx), 1), round(y + float(dy), 1)
            steps.append((x, y))
        return shapely.Polygon(steps)

    first, second = polygon(frame.path(left)), polygon(frame.path(right))
    assert first.is_valid
    assert first.intersection(second).area < 1e-6
    both = shapely.union_all([first, second])
    assert len(both.interiors) == 0
    assert both.area == pytest.approx(first.area + second.area, abs=1e-6)


def test_names_that_would_overlap_are_left_out():
    positions = centres(SHAPES)
    code = next(iter(positions))
    places = [Place("Premier", positions[code]), Place("Second", positions[code])]
    svg = proportional_circles(positions, {}, labels=LABELS, wording=sample_wording(), places=places)
    assert "Premier" in legend(svg)
    assert "Second" not in legend(svg)


def test_hostile_names_stay_text():
    hostile = "</title><script>alert(1)</script>\"'&"
    codes = list(SHAPES)
    svg = choropleth(
        SHAPES,
        dict.fromkeys(codes, 1),
        labels=dict.fromkeys(codes, hostile),
        wording=sample_wording(title=hostile, sentence=hostile, measure=hostile),
        places=[Place(hostile, (-1.2, 47.4))],
    )
    assert "<script" not in svg
    etree.fromstring(svg)
