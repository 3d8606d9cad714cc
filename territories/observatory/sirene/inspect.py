"""What a file is, before anything is done with it: its form, its columns, which of the two stocks. Refusals say what to do."""

import codecs
import csv
import hashlib
import io
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import IO, Final

import duckdb

from territories.foundations.formats import enumerate_fr, nombre
from territories.observatory.sirene.archive import find_csv, open_csv
from territories.observatory.sirene.columns import (
    COLUMNS,
    Stock,
    missing_columns,
    other_file,
    recognise,
    repeated_columns,
)
from territories.observatory.sirene.engine import file_list
from territories.observatory.sirene.errors import SourceProblem

# What is looked at to recognise a CSV; the header of Sirene takes two thousand characters.
HEAD_BYTES: Final = 1024 * 1024
MAX_HEADER: Final = 64 * 1024

_MAGIC: Final[tuple[tuple[bytes, str], ...]] = (
    (b"\x1f\x8b", "une archive gzip\u00a0: décompressez-la, ou prenez la version zip ou parquet"),
    (b"7z\xbc\xaf\x27\x1c", "une archive 7-Zip\u00a0: sortez-en le fichier CSV"),
    (b"Rar!", "une archive RAR\u00a0: sortez-en le fichier CSV"),
    (b"%PDF", "un PDF"),
    (b"\xd0\xcf\x11\xe0", "un classeur Excel\u00a0: donnez le fichier publié par data.gouv.fr, sans l’ouvrir dans un tableur"),
    (b"SQLite format 3", "une base SQLite"),
    (b"\x89PNG", "une image"),
    (b"\xff\xd8\xff", "une image"),
    (b"<!DOCTYPE", "une page web (le téléchargement a sans doute été refusé)\u00a0: téléchargez de nouveau le fichier"),
    (b"<html", "une page web (le téléchargement a sans doute été refusé)\u00a0: téléchargez de nouveau le fichier"),
    (b"{", "un fichier JSON"),
)

WANTED: Final = "Formes acceptées\u00a0: parquet, CSV, ou zip contenant un CSV."


class Form(StrEnum):
    PARQUET = "parquet"
    CSV = "csv"
    ZIP = "zip"

    @property
    def label(self) -> str:
        return {"parquet": "parquet", "csv": "CSV", "zip": "CSV dans un zip"}[self.value]


@dataclass(frozen=True)
class SourceFile:
    """A file that may be read. `header` as written; `separator` and `bom` only for a CSV; sizes in bytes."""

    path: Path
    form: Form
    stock: Stock
    header: tuple[str, ...]
    size: int
    unpacked: int
    separator: str = ","
    absent: tuple[str, ...] = ()


def inspect_file(path: Path, expected: Stock) -> SourceFile:
    """Recognise a file given as `expected`. Raises SourceProblem when it cannot be used, saying why and what to do."""
    try:
        size = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(16)
    except OSError as error:
        raise SourceProblem(
            f"Le fichier «\u00a0{path.name}\u00a0» est introuvable ou illisible sur le serveur. "
            "Vérifiez qu’il est bien dans le dossier de dépôt."
        ) from error
    if size == 0:
        raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est vide. Téléchargez-le de nouveau depuis data.gouv.fr.")
    if start.startswith(b"PAR1"):
        header, separator, form, unpacked = _parquet_header(path), ",", Form.PARQUET, size
    elif start.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        unpacked = find_csv(path).file_size
        header, separator = read_header(path, lambda: open_csv(path))
        form = Form.ZIP
    else:
        _refuse_other(path, start)
        header, separator = read_header(path, lambda: path.open("rb"))
        form, unpacked = Form.CSV, size
    stock = _check_stock(path, expected, header)
    names = {name.strip().lower() for name in header}
    return SourceFile(
        path=path,
        form=form,
        stock=stock,
        header=header,
        size=size,
        unpacked=unpacked,
        separator=separator,
        absent=tuple(column.source for column in COLUMNS[stock] if column.source.lower() not in names),
    )


def _refuse_other(path: Path, start: bytes) -> None:
    for magic, label in _MAGIC:
        if start.lower().startswith(magic.lower()):
            raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est {label}. {WANTED}")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise SourceProblem(
            f"Le fichier «\u00a0{path.name}\u00a0» est écrit en UTF-16, sans doute enregistré par un tableur. "
            "Donnez le fichier publié par data.gouv.fr, sans l’ouvrir dans un tableur."
        )


def _parquet_header(path: Path) -> tuple[str, ...]:
    try:
        with duckdb.connect(":memory:") as connection:
            rows = connection.execute(f"DESCRIBE SELECT * FROM read_parquet({file_list([path])})").fetchall()
    except duckdb.Error as error:
        raise SourceProblem(
            f"Le fichier parquet «\u00a0{path.name}\u00a0» est incomplet ou abîmé. "
            "Téléchargez-le de nouveau depuis data.gouv.fr, puis relancez."
        ) from error
    return tuple(str(row[0]) for row in rows)


def read_header(
    path: Path, opener: Callable[[], AbstractContextManager[IO[bytes] | io.RawIOBase]]
) -> tuple[tuple[str, ...], str]:
    """The columns of a CSV and its separator (comma or semicolon). A byte-order mark is left out."""
    with opener() as stream:
        head = stream.read(HEAD_BYTES) or b""
    head = head.removeprefix(codecs.BOM_UTF8)
    if not head.strip():
        raise SourceProblem(f"Le fichier «\u00a0{path.name}\u00a0» est vide. Téléchargez-le de nouveau depuis data.gouv.fr.")
    line = head.splitlines()[0]
    if b"\x00" in line or len(line) > MAX_HEADER:
        raise SourceProblem(
            f"Le fichier «\u00a0{path.name}\u00a0» n’est pas un CSV lisible\u00a0: sa première ligne n’est "
            f"pas un en-tête. {WANTED}"
        )
    text = line.decode("utf-8", errors="replace")
    separator = max(",;\t", key=text.count)
    header = tuple(next(csv.reader([text], delimiter=separator), []))
    if separator == "\t":
        raise SourceProblem(
            f"Le fichier «\u00a0{path.name}\u00a0» a des tabulations pour séparateur. Donnez le fichier "
            "publié par data.gouv.fr (virgules)."
        )
    return header, separator


def _check_stock(path: Path, expected: Stock, header: tuple[str, ...]) -> Stock:
    found = recognise(header)
    if found is not None and found is not expected:
        raise SourceProblem(
            f"Les deux fichiers semblent échangés\u00a0: «\u00a0{path.name}\u00a0» est {found.label} (les {found.french}), "
            f"alors qu’il est donné comme {expected.label} (les {expected.french}). Intervertissez-les et relancez."
        )
    if found is None:
        other = other_file(header)
        if other is not None:
            raise SourceProblem(
                f"«\u00a0{path.name}\u00a0» est {other}. Il faut le fichier {expected.label}, état courant, "
                "publié par data.gouv.fr."
            )
        lacking = missing_columns(expected, header)
        if len(lacking) > len(COLUMNS[expected]) // 2:
            raise SourceProblem(
                f"«\u00a0{path.name}\u00a0» n’est pas un fichier {expected.label} de Sirene\u00a0: "
                f"sa première ligne ne porte pas les noms de colonnes attendus (par exemple «\u00a0{lacking[-1]}\u00a0»)."
            )
    lacking = missing_columns(expected, header)
    if lacking:
        word = "la colonne obligatoire" if len(lacking) == 1 else "les colonnes obligatoires"
        raise SourceProblem(
            f"Il manque à «\u00a0{path.name}\u00a0» {word} {enumerate_fr(lacking)}. "
            f"Prenez le fichier {expected.label} complet publié par data.gouv.fr."
        )
    twice = repeated_columns(expected, header)
    if twice:
        raise SourceProblem(
            f"La colonne «\u00a0{twice[0]}\u00a0» figure plusieurs fois dans «\u00a0{path.name}\u00a0». "
            "Donnez le fichier tel que data.gouv.fr le publie."
        )
    return expected


def check_disk(folder: Path, files: tuple[SourceFile, ...]) -> None:
    """Refuse to begin when the disk would fill up. A CSV, zipped or not, is copied in a narrow form: a third of its size."""
    needed = 300 * 1024**2 + sum(file.unpacked // 3 if file.form is not Form.PARQUET else file.size // 5 for file in files)
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SourceProblem(
            f"Il reste {nombre(free / 1024**3, 1)} Go sur le disque du serveur et ce chargement en demande environ "
            f"{nombre(needed / 1024**3, 1)}. Libérez de la place, puis relancez."
        )


def fingerprint(path: Path, tick: Callable[[int], None]) -> str:
    """The sha256 of a file, read as a stream; `tick` gets the number of bytes read so far."""
    digest = hashlib.sha256()
    read = 0
    with path.open("rb") as stream:
        while block := stream.read(4 * 1024**2):
            digest.update(block)
            read += len(block)
            tick(read)
    return digest.hexdigest()
