"""Our one typeface, Source Sans 3 (SIL Open Font License 1.1), subset once for pages, PDF and charts.

Its default figures are lining and tabular, so columns align without any feature; old style (`onum`) and proportional
(`pnum`) figures stay available. Everything we print is in it: `REQUIRED_CHARACTERS` is checked at each build.
"""

import io
import os
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from territories.foundations.rendering.errors import RenderingError

PROJECT = Path(__file__).resolve().parents[3]
SOURCE = PROJECT / "node_modules" / "source-sans"
TARGET = PROJECT / "static" / "build" / "fonts"

FAMILY = "Source Sans 3"
# In an SVG attribute the name must be quoted: a CSS identifier cannot begin with a digit.
FONT_STACK = f"'{FAMILY}', sans-serif"

# File stem, CSS weight, CSS style.
FACES: tuple[tuple[str, int, str], ...] = (
    ("SourceSans3-Regular", 400, "normal"),
    ("SourceSans3-It", 400, "italic"),
    ("SourceSans3-Semibold", 600, "normal"),
    ("SourceSans3-Bold", 700, "normal"),
)

# Names of people, places and organisations: Latin with all its European letters, and Greek and Cyrillic as far as the
# typeface has them would double the files, so they are left to the system font of the reader.
_RANGES: tuple[tuple[int, int], ...] = (
    (0x20, 0x7E),
    (0xA0, 0x17F),
    (0x218, 0x21B),
    (0x1E80, 0x1E85),
    (0x1E9E, 0x1E9E),
    (0x1EF2, 0x1EF3),
)
_SIGNS = (
    "\u2009\u2010\u2011\u2012\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2022\u2026\u202f\u2030"
    "\u2032\u2033\u2039\u203a\u2044\u20ac\u2116\u2122\u2190\u2191\u2192\u2193\u2196\u2197\u2198\u2199\u2206\u2211\u2212"
    "\u2215\u2248\u2260\u2264\u2265\u25a0\u25b2\u25bc\u25cb\u25cf\u2713\u2080\u2081\u2082\u2083\u2070\u2074"
)
# What our own texts and numbers use: a build without one of these fails.
REQUIRED_CHARACTERS = (
    "".join(map(chr, range(0x20, 0x7F)))
    + "ÀÂÄÇÈÉÊËÎÏÔÖÙÛÜŸŒÆàâäçèéêëîïôöùûüÿœæªº°²³«»·×÷±§€"
    + "\u00a0\u202f\u2009\u2010\u2011\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u2022\u2030"
    + "≤≥≈≠−→←↑↓↗↘✓■○▲▼"
)
_FEATURES = ["kern", "mark", "mkmk", "ccmp", "locl", "liga", "onum", "pnum", "tnum", "lnum", "sups", "case", "frac"]


def _wanted() -> set[int]:
    wanted = {ord(sign) for sign in _SIGNS + REQUIRED_CHARACTERS}
    for first, last in _RANGES:
        wanted.update(range(first, last + 1))
    return wanted


def missing_characters(font: Path, characters: Iterable[str]) -> str:
    """The characters that a font file does not draw, sorted, each once."""
    with TTFont(font, lazy=True) as opened:
        drawn = opened.getBestCmap()
    return "".join(sorted({c for c in characters if ord(c) not in drawn}))


def build_fonts(target: Path = TARGET, source: Path = SOURCE) -> list[Path]:
    """Writes the subset faces as TTF (for vl-convert) and WOFF2 (pages, PDF) and returns the files.

    Idempotent: files newer than their source are kept; the same source gives the same bytes. Each file appears whole
    or not at all. Raises RenderingError when the source package is absent or lacks a required character.
    """
    target.mkdir(parents=True, exist_ok=True)
    licence = source / "LICENSE.md"
    if licence.is_file():
        # The licence must go with the files (SIL OFL 1.1, condition 2).
        (target / "LICENSE-SourceSans3.md").write_bytes(licence.read_bytes())
    written: list[Path] = []
    for stem, _weight, _style in FACES:
        origin = source / "TTF" / f"{stem}.ttf"
        if not origin.is_file():
            raise RenderingError(
                f"La police {stem} est introuvable dans {source} : installez les paquets npm (npm ci), puis recommencez."
            )
        missing = missing_characters(origin, REQUIRED_CHARACTERS)
        if missing:
            raise RenderingError(f"La police {stem} n’a pas les signes : {' '.join(missing)}.")
        outputs = [target / f"{stem}.ttf", target / f"{stem}.woff2"]
        written.extend(outputs)
        newest = max(origin.stat().st_mtime, Path(__file__).stat().st_mtime)
        if all(output.is_file() and output.stat().st_mtime >= newest for output in outputs):
            continue
        _write_subset(origin, outputs)
    return written


def _write_subset(origin: Path, outputs: list[Path]) -> None:
    options = subset.Options()
    options.layout_features = _FEATURES
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False
    font = TTFont(origin, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=_wanted())
    subsetter.subset(font)
    for output in outputs:
        font.flavor = "woff2" if output.suffix == ".woff2" else None
        content = io.BytesIO()
        font.save(content)
        partial = output.with_name(f".{output.name}.{os.getpid()}")
        partial.write_bytes(content.getvalue())
        partial.replace(output)


@cache
def font_files() -> dict[str, Path]:
    """The built WOFF2 files by name. Raises RenderingError, saying how to build them, when one is absent."""
    files = {f"{stem}.woff2": TARGET / f"{stem}.woff2" for stem, _, _ in FACES}
    for file in files.values():
        if not file.is_file():
            raise RenderingError(
                f"La police {file.name} n’est pas construite : lancez la construction des styles, puis recommencez."
            )
    return files


def font_face_css(prefix: str) -> str:
    """`@font-face` rules whose files are at `prefix` + file name (`asset:` in the PDF)."""
    return "\n".join(
        f"@font-face{{font-family:'{FAMILY}';font-weight:{weight};font-style:{style};font-display:swap;"
        f"src:url('{prefix}{stem}.woff2') format('woff2')}}"
        for stem, weight, style in FACES
    )
