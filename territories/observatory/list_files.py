"""Tables that people send (CSV, XLSX), row by row in bounded memory: the header found, the columns known by their names."""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from openpyxl import load_workbook

from territories.foundations.formats import nombre
from territories.foundations.text import fold
from territories.foundations.vocabulary import EssFamily
from territories.observatory.sirene.errors import SourceProblem

# The header is looked for below a title of this many lines.
_HEADER_WITHIN: Final = 20
_HEAD: Final = 256 * 1024
# A workbook of a million rows unpacks to some 500 MB; its texts are held in memory by the reader.
_MOST_UNPACKED: Final = 1024**3
_MOST_TEXTS: Final = 150 * 1024**2
_LONGEST_NAME: Final = 5
_MOST_DETAILS: Final = 6
_LONGEST_DETAIL: Final = 80
_DETAIL_WORDS: Final = frozenset(
    ("date", "agrement", "agrements", "echeance", "debut", "fin", "type", "statut", "dispositif", "convention", "forme")
)
# Contacts of people have no place here, whatever else the header says.
_NEVER: Final = frozenset(
    ("mail", "email", "courriel", "telephone", "portable", "contact", "dirigeant", "responsable", "nom", "prenom", "adresse")
)

FAMILY_WORDS: Final = {
    "association": EssFamily.ASSOCIATION,
    "cooperative": EssFamily.COOPERATIVE,
    "mutuelle": EssFamily.MUTUELLE,
    "fondation": EssFamily.FONDATION,
}


@dataclass(frozen=True)
class TableFile:
    """A table being read: `rows` gives the number of the line in the file, from 1, and its cells as text."""

    headers: list[str]
    rows: Iterator[tuple[int, list[str]]]


@dataclass(frozen=True)
class Columns:
    """Places of the columns in a row; None when the file has none."""

    siren: int | None
    family: int | None
    postal_code: int | None
    departement: int | None
    details: tuple[tuple[int, str], ...]


@contextmanager
def open_table(path: Path, name: str) -> Iterator[TableFile]:
    """Read the file as CSV or as a workbook, by its content. Raises SourceProblem, saying what is wrong and what to do."""
    with path.open("rb") as stream:
        start = stream.read(4)
    if start.startswith(b"PK\x03\x04"):
        with _open_workbook(path, name) as rows:
            yield _table(rows, name)
    elif start.startswith(b"\xd0\xcf\x11\xe0"):
        raise SourceProblem(f"«\u00a0{name}\u00a0» est un ancien classeur (XLS)\u00a0: enregistrez-le en XLSX ou en CSV.")
    else:
        with _open_csv(path, name) as rows:
            yield _table(rows, name)


def _table(rows: Iterator[tuple[int, list[str]]], name: str) -> TableFile:
    """The header is the first line that names a SIREN, else the first that is not empty."""
    kept: list[tuple[int, list[str]]] = []
    for line, cells in rows:
        if any(cells):
            kept.append((line, cells))
        if columns_of(cells).siren is not None:
            return TableFile(cells, rows)
        if len(kept) >= _HEADER_WITHIN:
            break
    if len(kept) < 2:
        raise SourceProblem(f"«\u00a0{name}\u00a0» n’a pas de lignes\u00a0: il faut une ligne d’en-têtes, puis les données.")

    def again() -> Iterator[tuple[int, list[str]]]:
        yield from kept[1:]
        yield from rows

    return TableFile(kept[0][1], again())


@contextmanager
def _open_csv(path: Path, name: str) -> Iterator[Iterator[tuple[int, list[str]]]]:
    with path.open("rb") as raw:
        head = raw.read(_HEAD)
        raw.seek(0)
        if not head.startswith((b"\xff\xfe", b"\xfe\xff")) and b"\x00" in head:
            raise SourceProblem(f"«\u00a0{name}\u00a0» n’est ni un CSV ni un classeur XLSX.")
        # Names read wrong would not matter; figures are the same in every encoding.
        with io.TextIOWrapper(raw, encoding=_encoding(head), errors="replace", newline="") as text:
            yield _csv_rows(text, _delimiter(head), name)


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        # A letter may be cut at the end of what was read.
        head[: max(len(head) - 4, 1)].decode("utf-8-sig", "strict" if len(head) < _HEAD else "ignore")
    except UnicodeDecodeError as error:
        if error.start < len(head) - 8:
            return "cp1252"
    return "utf-8-sig"


def _delimiter(head: bytes) -> str:
    """The mark found most often in the first lines."""
    text = head[:8192].decode("utf-16" if head.startswith((b"\xff\xfe", b"\xfe\xff")) else "latin-1", "ignore")
    return max((";", ",", "\t", "|"), key=text.count)


def _csv_rows(text: io.TextIOWrapper, delimiter: str, name: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text, delimiter=delimiter)
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SourceProblem(
                f"La ligne {nombre(reader.line_num)} de «\u00a0{name}\u00a0» ne se lit pas (un guillemet ouvert n’est sans doute "
                "jamais fermé)\u00a0: corrigez-la, ou enregistrez le fichier en XLSX."
            ) from error
        yield reader.line_num, list(map(str.strip, row))


@contextmanager
def _open_workbook(path: Path, name: str) -> Iterator[Iterator[tuple[int, list[str]]]]:
    _refuse_trap(path, name)
    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except Exception as error:
        # Whatever the library stumbles on, the file is not one that a spreadsheet saved.
        raise SourceProblem(
            f"«\u00a0{name}\u00a0» est abîmé\u00a0: ouvrez-le dans un tableur et enregistrez-le de nouveau."
        ) from error
    try:
        if not book.worksheets:
            raise SourceProblem(f"«\u00a0{name}\u00a0» n’a pas de feuille de données.")
        sheet = next((one for one in book.worksheets if one.sheet_state == "visible"), book.worksheets[0])
        sheet.reset_dimensions()
        yield _sheet_rows(sheet, name)
    finally:
        book.close()


def _sheet_rows(sheet: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    rows = sheet.iter_rows(values_only=True)
    line = 0
    while True:
        line += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except Exception as error:
            raise SourceProblem(
                f"«\u00a0{name}\u00a0» est abîmé à la ligne {nombre(line)}\u00a0: ouvrez-le dans un tableur et enregistrez-le de "
                "nouveau."
            ) from error
        yield line, [_cell(value) for value in row]


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return f"{value:%d/%m/%Y}" if hasattr(value, "strftime") else str(value).strip()


def _refuse_trap(path: Path, name: str) -> None:
    """A small archive that unpacks to gigabytes is refused before it is opened."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise SourceProblem(f"«\u00a0{name}\u00a0» est incomplet ou abîmé\u00a0: envoyez-le de nouveau.") from error
    texts = sum(member.file_size for member in members if member.filename.endswith("sharedStrings.xml"))
    if sum(member.file_size for member in members) > _MOST_UNPACKED or texts > _MOST_TEXTS:
        raise SourceProblem(
            f"«\u00a0{name}\u00a0» est trop grand une fois décompressé pour être lu ainsi\u00a0: enregistrez-le en CSV."
        )
    if not any(member.filename.startswith("xl/") for member in members):
        raise SourceProblem(
            f"«\u00a0{name}\u00a0» n’est pas un classeur XLSX\u00a0: envoyez le CSV ou le classeur, sans archive."
        )


# --- What the headers say -------------------------------------------------------------------------------------------------


def columns_of(headers: Sequence[str], siren: str = "") -> Columns:
    """The columns that the names tell; `siren` names the one that somebody chose."""
    words = [fold(header).split() for header in headers]
    chosen = next((place for place, header in enumerate(headers) if siren and header == siren), None)
    if chosen is None:
        # A title (« Liste des SIREN de la région au… ») is longer than the name of a column.
        chosen = _first(words, lambda found: "siren" in found and len(found) <= _LONGEST_NAME)
    if chosen is None:
        chosen = _first(words, lambda found: "siret" in found and len(found) <= _LONGEST_NAME)
    taken = {chosen}
    family = _first(words, lambda found: "famille" in found)
    postal = _first(words, lambda found: found[:2] == ["code", "postal"] or found == ["cp"])
    departement = _first(words, lambda found: "departement" in found and "code" in found)
    if departement is None:
        departement = _first(words, lambda found: "departement" in found)
    taken |= {family, postal, departement}
    details = [
        (place, headers[place])
        for place, found in enumerate(words)
        if place not in taken and _DETAIL_WORDS & set(found) and not _NEVER & set(found)
    ]
    return Columns(chosen, family, postal, departement, tuple(details[:_MOST_DETAILS]))


def _first(words: Sequence[list[str]], holds: Any) -> int | None:
    return next((place for place, found in enumerate(words) if holds(found)), None)


def cell_of(cells: Sequence[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


@lru_cache(maxsize=256)
def family_of(text: str) -> str:
    """The famille that the words of a list name (« Associations »); empty when they name none of ours."""
    folded = fold(text)
    return next((family.value for word, family in FAMILY_WORDS.items() if folded.startswith(word)), "")


def departement_of(cells: Sequence[str], columns: Columns) -> str:
    """The code of the département of a row, by its postal code first; empty when the row does not say.

    Corsica is told by its postal codes (20…) as « 20 ».
    """
    postal = cell_of(cells, columns.postal_code)
    if postal.isdigit() and len(postal) in (4, 5):
        postal = postal.zfill(5)
        return postal[:3] if postal.startswith(("97", "98")) else postal[:2]
    code = cell_of(cells, columns.departement)
    if code.isdigit():
        return code.zfill(2) if len(code) < 3 else code
    return code if code in ("2A", "2B") else ""


def details_of(cells: Sequence[str], columns: Columns) -> dict[str, str]:
    found = ((label, cell_of(cells, place)[:_LONGEST_DETAIL]) for place, label in columns.details)
    return {label[:_LONGEST_DETAIL]: text for label, text in found if text}
