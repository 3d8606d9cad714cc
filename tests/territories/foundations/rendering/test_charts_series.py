"""Lines over years, pyramids, signed bars, stacked effects: what is drawn, what is never drawn."""

import re
from io import BytesIO
from typing import Any

import pytest
from lxml import etree
from PIL import Image

from territories.foundations.rendering.charts import Bar, Series, columns_over_years
from territories.foundations.rendering.charts_series import lines_over_years, mirrored_bars, signed_bars, stacked_effects
from territories.foundations.rendering.drawing import described, render_png, render_svg
from territories.foundations.rendering.family_chart import FamilyShares, family_shares
from territories.foundations.rendering.typography import Value, signed
from territories.foundations.vocabulary import EssFamily, Status

SECRET = Value(None, Status.SECRET)
YEARS = (2018, 2019, 2020, 2021, 2022)


def texts(spec: dict[str, Any]) -> list[str]:
    svg = render_svg(described(spec, title="Titre", sentence="Phrase."))
    return ["".join(e.itertext()) for e in etree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def forms() -> dict[str, dict[str, Any]]:
    ess = Series("ESS", (100, 101.2, 99.4, 100, 103.1))
    other = Series("Privé hors ESS", (100, 101.9, SECRET, 100, 102.7), "reference")
    effects = [
        Series("Effet national", (50, 20, SECRET)),
        Series("Effet structurel", (20, -10, 3)),
        Series("Local", (-30, 12, 1)),
    ]
    return {
        "lines": lines_over_years(YEARS, [ess, other], breaks=[2020], base=100),
        "columns": columns_over_years(YEARS, [ess], breaks=[2020]),
        "mirrored": mirrored_bars(
            ["Moins de 30 ans", "50 ans et plus"],
            Series("ESS", (18.2, SECRET)),
            Series("Privé hors ESS", (24, 25), "reference"),
            unit="%",
            decimals=1,
        ),
        "signed": signed_bars([Bar("Effet national", 120), Bar("Effet structurel", -34), Bar("Effet local", SECRET)]),
        "stacked": stacked_effects(["Action sociale", "Sport", "Commerce"], effects, (40, 22, SECRET), total_name="Évolution"),
        "others": family_shares(
            [FamilyShares(name, {EssFamily.ASSOCIATION: 70, EssFamily.MUTUELLE: 20}, {"Autres": 10}) for name in ("A", "B")]
        ),
    }


@pytest.mark.parametrize("name", forms())
def test_every_form_is_420_px_wide_legible_and_inside_its_frame(name: str) -> None:
    spec = forms()[name]
    svg = render_svg(described(spec, title="Titre", sentence="Phrase."))
    assert etree.fromstring(svg).get("width") == "420"
    assert min(float(size) for size in re.findall(r'font-size="([\d.]+)(?:px)?"', svg)) >= 13
    picture = Image.open(BytesIO(render_png(spec, 1))).convert("L")
    width, height = picture.size
    for box in ((0, 0, 1, height), (width - 1, 0, width, height), (0, height - 1, width, height), (0, 0, width, 1)):
        assert picture.crop(box).getextrema()[0] > 200


@pytest.mark.parametrize("name", ["lines", "mirrored", "signed", "stacked"])
def test_a_secret_value_is_its_sign(name: str) -> None:
    assert "s" in texts(forms()[name])


@pytest.mark.parametrize("name", ["lines", "columns"])
def test_a_break_is_named(name: str) -> None:
    assert "rupture" in texts(forms()[name])


def test_without_a_break_nothing_is_named() -> None:
    spec = lines_over_years(YEARS, [Series("ESS", (1, 2, 3, 4, 5))])
    assert "rupture" not in texts(spec)


def rows_of(spec: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The rows of data that have this field."""
    held = [row for layer in spec["layer"] for row in layer.get("data", {}).get("values", ())]
    held += [row for values in spec.get("datasets", {}).values() for row in values]
    return [row for row in held if field in row]


def line_of(spec: dict[str, Any]) -> dict[int, str]:
    """The line to which each point of the first series belongs."""
    return {row["at"]: row["line"] for row in rows_of(spec, "line") if row["series"] == "0"}


def test_no_line_crosses_a_break() -> None:
    lines = line_of(lines_over_years(YEARS, [Series("ESS", (1, 2, 3, 4, 5))], breaks=[2020]))
    assert lines[0] == lines[1]
    assert lines[1] != lines[2]
    assert lines[2] == lines[4]


def test_no_line_passes_over_a_missing_year() -> None:
    lines = line_of(lines_over_years(YEARS, [Series("ESS", (1, 2, SECRET, 4, 5))]))
    assert lines[1] != lines[3]


def test_gains_and_losses_have_their_signs() -> None:
    written = texts(forms()["signed"])
    assert {"+120", "−34", "s"} <= set(written)
    assert signed(0) == "0"
    assert signed(0.04, decimals=1) == "0,0"
    assert signed(Value(3, Status.PROVISIONAL)) == "+3\u00a0(p)"


def test_a_sector_without_a_sum_has_no_piece() -> None:
    pieces = rows_of(forms()["stacked"], "stop")
    assert pieces
    assert not any(row["key"].endswith("Commerce") for row in pieces)


def test_pieces_of_a_sector_add_up() -> None:
    spec = stacked_effects(["A"], [Series("x", (50,)), Series("y", (-20,)), Series("z", (-5,))], (25,), total_name="t")
    pieces = rows_of(spec, "stop")
    assert sum(row["stop"] - row["start"] for row in pieces) == 25
    assert min(row["stop"] for row in pieces) == -25


def test_sums_must_match_categories() -> None:
    with pytest.raises(ValueError, match="Une somme par catégorie"):
        stacked_effects(["A", "B"], [Series("x", (1, 2))], (1,), total_name="t")


def test_what_belongs_to_no_famille_has_its_line() -> None:
    assert "Autres" in texts(forms()["others"])
