"""Our one typeface, and every sign that we print."""

import pytest
from fontTools.ttLib import TTFont

from territories.foundations.formats import MINUS, NBSP, THIN
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.fonts import (
    FACES,
    REQUIRED_CHARACTERS,
    TARGET,
    build_fonts,
    font_face_css,
    missing_characters,
)

ISSUE_SIGNS = "\u00a0\u202f\u2009\u2010\u2011\u2013\u2014\u2019«»≤≥−×€→←↑↓↗↘…•"


@pytest.mark.parametrize("stem", [stem for stem, _, _ in FACES])
@pytest.mark.parametrize("suffix", ["ttf", "woff2"])
def test_every_face_draws_every_sign_that_we_print(stem, suffix):
    assert missing_characters(TARGET / f"{stem}.{suffix}", REQUIRED_CHARACTERS + ISSUE_SIGNS + NBSP + THIN + MINUS) == ""


def test_a_missing_sign_is_seen():
    assert missing_characters(TARGET / "SourceSans3-Regular.ttf", "a😀b漢") == "漢😀"


def test_figures_have_all_the_same_width_so_that_columns_align():
    font = TTFont(TARGET / "SourceSans3-Regular.ttf")
    cmap, widths = font.getBestCmap(), font["hmtx"].metrics
    assert len({widths[cmap[ord(digit)]][0] for digit in "0123456789"}) == 1


def test_kerning_is_kept():
    features = {r.FeatureTag for r in TTFont(TARGET / "SourceSans3-Bold.ttf")["GPOS"].table.FeatureList.FeatureRecord}
    assert "kern" in features


def test_building_again_changes_nothing(tmp_path):
    first = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in build_fonts(tmp_path)}
    second = {file.name: (file.stat().st_mtime_ns, file.read_bytes()) for file in build_fonts(tmp_path)}
    assert first == second
    assert len(first) == 2 * len(FACES)
    # A face made again from the same source has the same bytes.
    lost = tmp_path / "SourceSans3-Regular.woff2"
    lost.unlink()
    build_fonts(tmp_path)
    assert lost.read_bytes() == first[lost.name][1]
    assert not list(tmp_path.glob(".*"))
    assert "SIL OPEN FONT LICENSE" in (tmp_path / "LICENSE-SourceSans3.md").read_text().upper()
    assert max(len(content) for name, (_, content) in first.items() if name.endswith("woff2")) < 30_000


def test_an_absent_source_says_what_to_do(tmp_path):
    with pytest.raises(RenderingError, match="npm ci"):
        build_fonts(tmp_path / "target", tmp_path / "nowhere")


def test_the_rules_name_every_face():
    assert font_face_css("asset:").count("@font-face") == len(FACES)
