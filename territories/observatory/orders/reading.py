"""Any delivered file as rows of text, one at a time: CSV, workbook, or a zip of Melodi. Memory does not grow with the file.

Whatever the bytes, the only exception that leaves this module is SourceProblem, with a sentence that says what to do.
"""

import codecs
import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Final

from territories.foundations.formats import enumerate_fr, nombre
from territories.foundations.text import fold
from territories.observatory.orders.workbooks import check_workbook, read_workbook, sheet_names
from territories.observatory.sirene.errors import SourceProblem

Row = tuple[int, list[str]]
"""The number of the line in the file (from 1) and its cells, as text."""

WANTED: Final = "Formes acceptées\u00a0: CSV, XLSX, ou zip de l’Insee contenant un fichier «\u00a0…_data.csv\u00a0»."
# The header is looked for among the first lines: a title, a source and blank lines often come before it.
HEADER_LINES: Final = 30
MAX_LINES: Final = 20_000_000
MAX_COLUMNS: Final = 400
MAX_UNPACKED: Final = 4 * 1024**3
MAX_MEMBERS: Final = 400
_BLOCK: Final = 1024 * 1024
_SEPARATORS: Final = ";,\t"


@dataclass(frozen=True)
class Source:
    """A file that may be read. `kind` is « csv », « xlsx » or « zip »; `sheet` the sheet chosen; `separator` of a CSV."""

    path: Path
    kind: str
    header: tuple[str, ...]
    header_line: int
    encoding: str = ""
    separator: str = ""
    member: str = ""
    sheet: str = ""
    sheets: tuple[str, ...] = ()


def open_source(path: Path, *, sheet: str = "", known: Sequence[frozenset[str]] = ()) -> Source:
    """Recognise a file and find its header. `known` are the sets of folded names whose presence makes a header certain.

    Raises SourceProblem when the file cannot be read, saying why and what to do.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(8)
    except OSError as error:
        raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est introuvable ou illisible sur le serveur.") from error
    if not start:
        raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est vide. Vérifiez-le, puis renvoyez-le.")
    if start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return _open_zip(path, sheet, known)
    _refuse_other(path, start)
    return _open_csv(path, "csv", "", known)


def rows_of(source: Source) -> Iterator[Row]:
    """The lines after the header, blank ones left out. Raises SourceProblem when the file breaks on the way."""
    count = 0
    for line, cells in _lines(source):
        if line <= source.header_line or not any(cells):
            continue
        count += 1
        if count > MAX_LINES:
            raise SourceProblem(
                f"«\u00a0{source.path.name}\u00a0» a plus de {nombre(MAX_LINES)} lignes\u00a0: découpez-le par année."
            )
        yield line, cells


def _open_zip(path: Path, sheet: str, known: Sequence[frozenset[str]]) -> Source:
    members = _members(path)
    names = {member.filename for member in members}
    if "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names):
        check_workbook(path, members)
        return _open_workbook(path, sheet, known)
    if sum(member.file_size for member in members) > MAX_UNPACKED:
        raise SourceProblem(f"L’archive «\u00a0{path.name}\u00a0» annonce un contenu démesuré\u00a0: elle n’a pas été ouverte.")
    tables = [member for member in members if PurePosixPath(member.filename).suffix.lower() in (".csv", ".txt")]
    data = [member for member in tables if member.filename.lower().endswith("_data.csv")]
    chosen = data if data else [member for member in tables if "metadata" not in member.filename.lower()]
    if len(chosen) != 1:
        found = enumerate_fr(PurePosixPath(member.filename).name for member in members[:5]) or "rien"
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» doit contenir un seul fichier de données\u00a0; elle contient {found}. {WANTED}"
        )
    return _open_csv(path, "zip", chosen[0].filename, known)


def _members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, KeyError, EOFError) as error:
        raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est incomplet ou abîmé. Renvoyez-le, entier.") from error
    if len(members) > MAX_MEMBERS:
        raise SourceProblem(
            f"Le fichier «\u00a0{path.name}\u00a0» renferme {nombre(len(members))} éléments\u00a0: ce n’est pas un "
            f"tableau. {WANTED}"
        )
    if any(member.flag_bits & 1 for member in members):
        raise SourceProblem(
            f"Le fichier «\u00a0{path.name}\u00a0» est protégé par un mot de passe\u00a0: retirez-le, puis renvoyez."
        )
    return [member for member in members if not member.is_dir() and not member.filename.startswith("__MACOSX/")]


def _refuse_other(path: Path, start: bytes) -> None:
    for magic, label in (
        (b"\xd0\xcf\x11\xe0", "un classeur Excel ancien ou chiffré\u00a0: enregistrez-le au format XLSX, sans mot de passe"),
        (b"%PDF", "un PDF\u00a0: demandez au producteur le tableau en CSV ou XLSX"),
        (b"PAR1", "un fichier parquet\u00a0: prenez la version CSV"),
        (b"\x1f\x8b", "une archive gzip\u00a0: décompressez-la"),
        (b"7z\xbc\xaf", "une archive 7-Zip\u00a0: sortez-en le tableau"),
        (b"Rar!", "une archive RAR\u00a0: sortez-en le tableau"),
        (b"\x89PNG", "une image"),
        (b"\xff\xd8\xff", "une image"),
        (b"<!", "une page web\u00a0: téléchargez de nouveau le fichier"),
        (b"<htm", "une page web\u00a0: téléchargez de nouveau le fichier"),
    ):
        if start.lower().startswith(magic.lower()):
            raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est {label}. {WANTED}")


# --- CSV --------------------------------------------------------------------------------------------------------------


@contextmanager
def _bytes_of(source_path: Path, member: str) -> Iterator[IO[bytes]]:
    if not member:
        with source_path.open("rb") as stream:
            yield stream
        return
    with zipfile.ZipFile(source_path) as archive, archive.open(member) as packed:
        yield packed


_BROKEN: Final = (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, KeyError)


def _encoding_of(path: Path, member: str) -> str:
    """« utf-8-sig » when every byte of the file is UTF-8, cp1252 otherwise; UTF-16 by its mark."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    first = True
    read = 0
    try:
        with _bytes_of(path, member) as stream:
            while block := stream.read(_BLOCK):
                if first and block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                    return "utf-16"
                first = False
                read += len(block)
                if read > MAX_UNPACKED:
                    raise SourceProblem(f"«\u00a0{path.name}\u00a0» donne un contenu démesuré\u00a0: il a été refusé.")
                try:
                    decoder.decode(block)
                except UnicodeDecodeError:
                    return "cp1252"
    except _BROKEN as error:
        raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est tronqué ou abîmé. Renvoyez-le, entier.") from error
    return "utf-8-sig"


def _open_csv(path: Path, kind: str, member: str, known: Sequence[frozenset[str]]) -> Source:
    encoding = _encoding_of(path, member)
    best: Source | None = None
    for separator in _SEPARATORS:
        bare = Source(path, kind, (), 0, encoding, separator, member)
        head = []
        # A quote left open under the wrong separator is not yet a fault of the file.
        with suppress(SourceProblem):
            for row in _csv_lines(bare):
                head.append(row)
                if len(head) >= HEADER_LINES:
                    break
        found = find_header(head, known)
        if found is None:
            continue
        line, header = found
        if best is None or len(header) > len(best.header):
            best = Source(path, kind, header, line, encoding, separator, member)
    if best is None:
        raise SourceProblem(
            f"«\u00a0{path.name}\u00a0» n’a pas de ligne d’en-tête lisible\u00a0: la première ligne du tableau doit nommer "
            f"au moins deux colonnes. {WANTED}"
        )
    return _checked(best)


def _csv_lines(source: Source) -> Iterator[Row]:
    try:
        with _bytes_of(source.path, source.member) as stream:
            buffered = io.BufferedReader(stream, _BLOCK) if source.member else stream  # type: ignore[type-var]
            text = io.TextIOWrapper(buffered, encoding=source.encoding, errors="replace", newline="")  # type: ignore[type-var]
            reader = csv.reader(text, delimiter=source.separator)
            for cells in reader:
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error as error:
        raise SourceProblem(
            f"«\u00a0{source.path.name}\u00a0» n’est pas un CSV lisible (guillemets ouverts et jamais refermés, ou cellule "
            f"démesurée). {WANTED}"
        ) from error
    except _BROKEN as error:
        raise SourceProblem(f"Le fichier «\u00a0{source.path.name}\u00a0» est tronqué ou abîmé. Renvoyez-le, entier.") from error


# --- Workbooks --------------------------------------------------------------------------------------------------------


def _open_workbook(path: Path, sheet: str, known: Sequence[frozenset[str]]) -> Source:
    """The sheet asked for, else the first whose header is known, else the first that has a header at all."""
    names = sheet_names(path)
    if sheet and sheet not in names:
        raise SourceProblem(
            f"La feuille «\u00a0{sheet}\u00a0» n’est pas dans «\u00a0{path.name}\u00a0». Feuilles\u00a0: {enumerate_fr(names)}."
        )
    fallback: Source | None = None
    for name in [sheet] if sheet else names:
        head = []
        for row in read_workbook(path, name):
            head.append(row)
            if len(head) >= HEADER_LINES:
                break
        found = find_header(head, known)
        if found is None:
            continue
        line, header = found
        source = Source(path, "xlsx", header, line, sheet=name, sheets=tuple(names))
        if _is_known(header, known):
            return _checked(source)
        fallback = fallback or source
    if fallback is None:
        raise SourceProblem(
            f"Aucune feuille de «\u00a0{path.name}\u00a0» n’a de ligne d’en-tête\u00a0: la première ligne du tableau doit nommer "
            "au moins deux colonnes."
        )
    return _checked(fallback)


def _lines(source: Source) -> Iterator[Row]:
    return read_workbook(source.path, source.sheet) if source.kind == "xlsx" else _csv_lines(source)


# --- Header -----------------------------------------------------------------------------------------------------------


def _is_known(header: Sequence[str], known: Sequence[frozenset[str]]) -> bool:
    names = {fold(cell) for cell in header}
    return any(needed <= names for needed in known)


def find_header(head: Sequence[Row], known: Sequence[frozenset[str]]) -> tuple[int, tuple[str, ...]] | None:
    """The line of the header and its names: the first one known, else the first of the widest lines made of words."""
    best: tuple[int, tuple[str, ...]] | None = None
    width = 1
    for line, cells in head:
        names = [cell for cell in cells if cell]
        if _is_known(cells, known):
            return line, _trimmed(cells)
        words = sum(1 for name in names if any(letter.isalpha() for letter in name))
        if len(names) > width and words == len(names):
            best, width = (line, _trimmed(cells)), len(names)
    return best


def _trimmed(cells: Sequence[str]) -> tuple[str, ...]:
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _checked(source: Source) -> Source:
    if len(source.header) > MAX_COLUMNS:
        raise SourceProblem(
            f"«\u00a0{source.path.name}\u00a0» a {nombre(len(source.header))} colonnes\u00a0: {MAX_COLUMNS} au plus."
        )
    seen: set[str] = set()
    for name in source.header:
        folded = fold(name)
        if folded and folded in seen:
            raise SourceProblem(
                f"La colonne «\u00a0{name}\u00a0» figure deux fois dans l’en-tête de "
                f"«\u00a0{source.path.name}\u00a0»\u00a0: renommez-en une."
            )
        seen.add(folded)
    return source
