"""Document -> tagged PDF (PDF/UA-1 structure), laid out by WeasyPrint in a bounded child process.

Drawings are made here, before the child starts. The same document gives the same bytes, whenever and wherever it is
laid out with the same fonts and libraries: no date, no path and no random name goes in.
"""

import contextlib
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from territories.foundations.rendering import document as tree
from territories.foundations.rendering.archive import write_whole
from territories.foundations.rendering.brand import palette
from territories.foundations.rendering.drawing import render_svg
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.fonts import FAMILY, PROJECT, font_face_css, font_files
from territories.foundations.rendering.html import DEMONSTRATION, DRAFT, LOGO, Draw, Printable, print_html
from territories.foundations.rendering.pdf_child import OUT_OF_MEMORY
from territories.foundations.rendering.stylesheets import stylesheet

logger = logging.getLogger(__name__)

CHILD_MODULE = "territories.foundations.rendering.pdf_child"
WALL_SECONDS = 120
MAX_TABLE_ROWS = 500
MAX_TEXT = 20_000
MAX_HTML = 6_000_000

_PREFIX = "mise-en-page-"
_TOO_HEAVY = "Le document est trop lourd à mettre en page : retirez des tableaux longs ou des parties, puis relancez."


@dataclass(frozen=True)
class PdfResult:
    """A written PDF: where, how many pages, sha256 (hexadecimal) and size in bytes of the file, peak memory of the child
    in kilobytes, and faults of accessibility or fonts that were logged."""

    path: Path
    pages: int
    sha256: str
    size: int
    peak_kilobytes: int
    faults: tuple[str, ...] = ()


def render_pdf(
    document: tree.Document, out: Path, *, draw: Draw = render_svg, tick: Callable[[], None] | None = None
) -> PdfResult:
    """Writes the PDF at `out`, whole or not at all.

    `tick` is called after each drawing and about every second of the layout (heartbeat, cancellation): an exception
    raised in it stops the layout and goes through. Raises RenderingError, with a French sentence, when the content is
    too large, when a drawing fails, or when the layout fails or exceeds its limits.
    """
    check_size(document)
    beat = tick if tick is not None else _nothing

    def drawn(spec: Mapping[str, Any]) -> str:
        svg = draw(spec)
        beat()
        return svg

    # The child loads its libraries while the drawings are made here.
    with LayoutProcess() as child:
        printable = print_html(document, draw=drawn)
        if len(printable.html) > MAX_HTML:
            raise RenderingError(_TOO_HEAVY)
        return child.lay_out(printable, print_styles(document), out, tick=beat)


def _nothing() -> None:
    """No heartbeat is asked for."""


def check_size(document: tree.Document) -> None:
    """Raises RenderingError for a table or a text that no reader nor layout engine can take."""
    for block in document.blocks():
        tables = [block] if isinstance(block, tree.Table) else []
        if isinstance(block, tree.Chart | tree.Map) and block.table is not None:
            tables.append(block.table)
        for table in tables:
            if len(table.rows) > MAX_TABLE_ROWS:
                raise RenderingError(
                    f"Le tableau « {table.caption} » a {len(table.rows)} lignes ; un document en imprime au plus "
                    f"{MAX_TABLE_ROWS} par tableau : réduisez-le ou joignez-le en fichier."
                )
            if any(len(cell) > MAX_TEXT for row in table.rows for cell in row if isinstance(cell, str)):
                raise RenderingError(f"Une cellule du tableau « {table.caption} » est trop longue pour être imprimée.")
        for text in _long_texts(block):
            if len(text) > MAX_TEXT:
                raise RenderingError(f"Un texte dépasse {MAX_TEXT} caractères (« {text[:60]}… ») : découpez-le en paragraphes.")


def _long_texts(block: tree.Block) -> list[str]:
    match block:
        case tree.Paragraph() | tree.Callout():
            return [tree.plain(block.text)]
        case tree.Quotation() | tree.Reference():
            return [block.text]
        case tree.BulletList():
            return [tree.plain(item) for item in block.items]
        case tree.Definitions():
            return [tree.plain(meaning) for _, meaning in block.items]
        case tree.Chart() | tree.Map():
            return [block.sentence, *block.notes]
    return []


def print_styles(document: tree.Document) -> str:
    """The print style sheet with our font, and the mention that every page must bear."""
    marks = [words for shown, words in ((document.demonstration, DEMONSTRATION), (document.draft, DRAFT)) if shown]
    mention = f'@page{{@bottom-center{{content:"{" · ".join(marks)}"}}}}' if marks else ""
    sheet = stylesheet("print", palette(document.brand))
    return f"{font_face_css('asset:')}\n{sheet}\n{mention}\n{_brand_styles(document.brand)}\n"


def _brand_styles(brand: tree.Brand | None) -> str:
    """What an identity changes beside colours: the logo at the left of the running header (an ornament there, described on
    the cover), and the frise in full white, which can be read on any primary colour."""
    if brand is None:
        return ""
    frise = ".doc-cover-frise-title{color:#ffffff}.doc-frise-step{opacity:1}"
    if brand.logo is None:
        return frise
    width, height = brand.logo_box(30, 8)
    return (
        f'@page{{@top-left{{background:url("asset:{LOGO}") left 0 bottom 8.5mm / {width:.2f}mm {height:.2f}mm no-repeat;'
        f"padding-left:{width + 4:.2f}mm}}}}@page cover{{@top-left{{background:none}}}}{frise}"
    )


class LayoutProcess:
    """The bounded child, started at once and given its work by `lay_out`; killed, and its folder removed, at the end."""

    def __enter__(self) -> "LayoutProcess":
        _sweep()
        self._folder = tempfile.TemporaryDirectory(prefix=_PREFIX)
        folder = Path(self._folder.name)
        (folder / "assets").mkdir()
        environment = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": os.environ.get("HOME", str(folder)),
            "LANG": "C.UTF-8",
            "PYTHONHASHSEED": "0",
            "SOURCE_DATE_EPOCH": "0",
            "TMPDIR": str(folder),
        }
        command = [sys.executable, "-m", CHILD_MODULE, str(folder)]
        with (folder / "log").open("wb") as log:
            self._child = subprocess.Popen(
                command, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def __exit__(self, *_error: object) -> None:
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.close()
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        return self._child.pid

    def lay_out(self, printable: Printable, styles: str, out: Path, *, tick: Callable[[], None] = _nothing) -> PdfResult:
        """Lays out an HTML file and its assets and puts the PDF at `out`; once. Raises RenderingError."""
        folder = Path(self._folder.name)
        (folder / "document.html").write_text(printable.html, encoding="utf-8")
        files = {name: file.read_bytes() for name, file in font_files().items()}
        for name, content in {**files, **printable.assets, "print.css": styles.encode()}.items():
            (folder / "assets" / name).write_bytes(content)
        self._wait(tick)
        result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        content = (folder / "document.pdf").read_bytes()
        write_whole(out, content)
        return PdfResult(
            path=out,
            pages=result["pages"],
            sha256=hashlib.sha256(content).hexdigest(),
            size=len(content),
            peak_kilobytes=result["peak_kilobytes"],
            faults=_report_faults(result),
        )

    def _wait(self, tick: Callable[[], None]) -> None:
        deadline = time.monotonic() + WALL_SECONDS
        if self._child.stdin is not None:
            # A child that is already dead is told apart below, by its code.
            with contextlib.suppress(BrokenPipeError):
                self._child.stdin.write(b"go\n")
                self._child.stdin.flush()
        while self._child.poll() is None:
            if time.monotonic() > deadline:
                raise RenderingError(f"La mise en page a dépassé {WALL_SECONDS // 60} minutes. {_TOO_HEAVY}")
            tick()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(timeout=1)
        if self._child.returncode == 0:
            return
        said = (Path(self._folder.name) / "log").read_text(encoding="utf-8", errors="replace")
        logger.error("PDF layout process ended with %s: %s", self._child.returncode, said[-4000:])
        # Killed by a limit (negative), or out of memory as Python or as a C library says it.
        if self._child.returncode == OUT_OF_MEMORY or self._child.returncode < 0 or "MemoryError" in said:
            raise RenderingError(_TOO_HEAVY)
        raise RenderingError("La mise en page du document a échoué. Relancez-la ; si l’échec se répète, signalez-le.")


def _sweep() -> None:
    """Removes the folders that killed workers left behind, more than an hour old."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > 3600:
                shutil.rmtree(folder)


def _report_faults(result: Mapping[str, Any]) -> tuple[str, ...]:
    """Logs, as errors, what WeasyPrint reported and any font that is not ours (a sign that our font does not draw)."""
    ours = FAMILY.replace(" ", "")
    foreign = [name for name in result["fonts"] if not name.replace("-", "").startswith(ours)]
    faults = [*result["faults"], *(f"Foreign font embedded: {name}" for name in foreign)]
    for fault in faults:
        logger.error("PDF: %s", fault)
    return tuple(faults)
