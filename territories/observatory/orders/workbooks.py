"""XLSX read row by row in bounded memory. Nothing is opened before its sizes were checked; formulas give their stored value."""

import math
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from territories.foundations.formats import nombre
from territories.observatory.sirene.errors import SourceProblem

MAX_UNPACKED: Final = 200 * 1024**2
MAX_MEMBERS: Final = 400
MAX_RATIO: Final = 100
# Below this size the ratio says nothing: an empty sheet compresses very well.
RATIO_FLOOR: Final = 1024**2
MAX_ROWS: Final = 1_048_576
MAX_CELLS: Final = 40_000_000
MAX_WIDTH: Final = 400
MAX_TEXT: Final = 2_000
_BLANK_ROWS: Final = 20_000


def check_workbook(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse a workbook that would not fit, or that carries programs, before any of it is unpacked."""
    names = {member.filename.lower() for member in members}
    if any("vbaproject" in name or name.startswith(("xl/macrosheets/", "xl/activex/")) for name in names):
        raise SourceProblem(
            f"«\u00a0{path.name}\u00a0» contient des macros\u00a0: il n’a pas été ouvert. Enregistrez-le au format XLSX simple."
        )
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise SourceProblem(
            f"«\u00a0{path.name}\u00a0» pèse {nombre(unpacked / 1024**2)} Mo une fois déplié, en {nombre(len(members))} "
            "éléments\u00a0: il n’a pas "
            "été ouvert. Enregistrez la feuille utile au format CSV, puis envoyez ce fichier."
        )
    for member in members:
        if member.file_size > RATIO_FLOOR and member.file_size > MAX_RATIO * max(member.compress_size, 1):
            raise SourceProblem(
                f"«\u00a0{path.name}\u00a0» annonce un contenu démesuré pour sa taille\u00a0: il n’a pas été ouvert. "
                "Enregistrez la feuille utile au format CSV, puis envoyez ce fichier."
            )


# What openpyxl raises on a damaged workbook has no common class.
_BROKEN: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    DefusedXmlException,
    ParseError,
    zlib.error,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    OverflowError,
)


def _broken(path: Path) -> SourceProblem:
    return SourceProblem(
        f"Le classeur «\u00a0{path.name}\u00a0» est abîmé ou écrit d’une façon que l’application ne lit pas. Ouvrez-le "
        "dans un tableur "
        "et enregistrez-le de nouveau au format XLSX, ou au format CSV."
    )


def sheet_names(path: Path) -> list[str]:
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
        finally:
            book.close()
    except _BROKEN as error:
        raise _broken(path) from error


def read_workbook(path: Path, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a sheet: number from 1, cells as text (« 12.5 » for a number, « 44109 » never « 44109.0 »)."""
    try:
        book = load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = book[name]
            # The size that a sheet declares may be a lie, or a million of empty rows.
            sheet.reset_dimensions()
            cells = blanks = 0
            for number, row in enumerate(sheet.iter_rows(max_col=MAX_WIDTH, values_only=True), start=1):
                texts = [cell_text(value) for value in row]
                while texts and not texts[-1]:
                    texts.pop()
                cells += len(texts)
                blanks = 0 if texts else blanks + 1
                if number > MAX_ROWS or cells > MAX_CELLS:
                    raise SourceProblem(
                        f"La feuille «\u00a0{name}\u00a0» de «\u00a0{path.name}\u00a0» est trop grande\u00a0: "
                        "enregistrez-la au format CSV, puis envoyez-le."
                    )
                if blanks > _BLANK_ROWS:
                    return
                if texts:
                    yield number, texts
        finally:
            book.close()
    except SourceProblem:
        raise
    except _BROKEN as error:
        raise _broken(path) from error


def cell_text(value: Any) -> str:
    """A cell as a text that the reading of numbers understands."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "OUI" if value else "NON"
    if isinstance(value, float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()[:MAX_TEXT]
