"""Colours that everybody can read and tell apart."""

from itertools import combinations, pairwise

import pytest

from territories.foundations.rendering.tokens import colour, contrast, luminance, text_on, tokens, tokens_version
from territories.foundations.vocabulary import EssFamily, Phase, Regard


def test_the_tokens_name_every_famille_regard_and_phase_of_the_vocabulary():
    assert list(tokens()["family"]) == list(EssFamily)
    assert list(tokens()["regard"]) == list(Regard)
    assert list(tokens()["phase"]) == [str(phase.number) for phase in Phase]


@pytest.mark.parametrize("name", ["ink", "ink-strong", "text", "text-soft", "accent", "positive", "warning", "danger", "focus"])
@pytest.mark.parametrize("ground", ["paper", "surface", "mist"])
def test_text_colours_have_the_contrast_of_wcag_aa(name, ground):
    assert contrast(colour(name), colour(ground)) >= 4.5


def test_the_accent_is_readable_on_its_soft_ground():
    assert contrast(colour("accent"), colour("accent-soft")) >= 4.5
    assert contrast(colour("text"), colour("accent-soft")) >= 4.5


@pytest.mark.parametrize("group", ["family", "regard"])
def test_familles_and_regards_are_told_apart_in_grey(group):
    """A contrast of 1.4 between any two greys is what a photocopy keeps."""
    for first, second in combinations(tokens()[group].values(), 2):
        assert contrast(first, second) >= 1.4, (first, second)


def _seen_without_red_cones(hexadecimal: str) -> tuple[float, ...]:
    """Linear colour as a protanope sees it (Viénot, Brettel and Mollon, 1999)."""
    red, green, blue = ((int(hexadecimal[i : i + 2], 16) / 255) ** 2.2 for i in (1, 3, 5))
    return (0.11238 * red + 0.88762 * green, 0.11238 * red + 0.88762 * green, 0.00401 * red - 0.00401 * green + blue)


def test_familles_are_told_apart_without_red_cones():
    for first, second in combinations(tokens()["family"].values(), 2):
        a, b = _seen_without_red_cones(first), _seen_without_red_cones(second)
        assert sum(abs(x - y) for x, y in zip(a, b, strict=True)) > 0.08, (first, second)


def test_the_sequential_scale_darkens_at_every_step():
    scale = [luminance(c) for c in tokens()["sequential"]]
    assert all(a / b > 1.3 for a, b in pairwise(scale))


@pytest.mark.parametrize("group", ["family", "regard", "phase"])
def test_text_put_on_a_colour_is_readable(group):
    for ground in tokens()[group].values():
        assert contrast(ground, text_on(ground)) >= 4.4, ground


def test_the_version_follows_the_file():
    assert len(tokens_version()) == 12
