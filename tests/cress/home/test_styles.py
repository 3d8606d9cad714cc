"""The build of the styles: tokens as SCSS, a stamp that notices every change."""

import importlib.util
import json
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def styles():
    spec = importlib.util.spec_from_file_location("_styles", PROJECT / "script" / "_styles.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_tokens_become_scss(styles) -> None:
    written = styles.tokens_scss({"colour": {"ink": "#123456"}, "font": {"family": "Source Sans 3"}, "space": ["1rem", "2rem"]})
    assert '$token-colour: ("ink": #123456);' in written
    assert '$token-font: ("family": "Source Sans 3");' in written
    assert "$token-space: (1rem, 2rem);" in written


def test_stamp_changes_with_an_input_and_not_without(styles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = tmp_path / "tokens.json"
    tokens.write_text("{}")
    monkeypatch.setattr(styles, "PROJECT", tmp_path)
    monkeypatch.setattr(styles, "inputs", lambda: iter([tokens]))
    before = styles.stamp()
    assert styles.stamp() == before
    tokens.write_text('{"a": 1}')
    assert styles.stamp() != before


def test_missing_output_is_built_again(styles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "app.css"
    monkeypatch.setattr(styles, "STAMP", tmp_path / ".stamp")
    monkeypatch.setattr(styles, "outputs", lambda: [made])
    styles.STAMP.write_text("x")
    assert not styles.is_current("x")
    made.write_text("")
    assert styles.is_current("x")
    assert not styles.is_current("y")


def test_template_colours_are_those_of_the_tokens() -> None:
    """The thin rule of the four phases at the top of every page is drawn in the template: it must follow the tokens."""
    tokens = json.loads((PROJECT / "territories/foundations/rendering/tokens.json").read_text())
    base = (PROJECT / "templates/layout/base.html").read_text()
    assert all(colour in base for colour in tokens["phase"].values())
