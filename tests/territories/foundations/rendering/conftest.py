"""The font is built once: charts, PDF and DOCX need it."""

import pytest

from territories.foundations.rendering.fonts import build_fonts


@pytest.fixture(scope="session", autouse=True)
def _fonts():
    build_fonts()
