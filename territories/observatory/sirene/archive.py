"""A zip that holds one CSV, read as a stream; anything that looks like a trap is refused before and while it is read."""

import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Final

from territories.foundations.formats import nombre
from territories.observatory.sirene.errors import SourceProblem

# The largest national file is about 10 GB once unzipped, four to fifteen times its archive.
MAX_UNPACKED: Final = 40 * 1024**3
MAX_RATIO: Final = 100
MAX_MEMBERS: Final = 20
# Below this size the ratio says nothing: a header alone compresses very well.
RATIO_FLOOR: Final = 50 * 1024**2

FETCH_AGAIN: Final = "Téléchargez-la de nouveau depuis data.gouv.fr, puis relancez."

_READABLE: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}


def find_csv(path: Path) -> zipfile.ZipInfo:
    """The only CSV of an archive. Raises SourceProblem when the archive is damaged, trapped, or holds something else."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» est incomplète ou abîmée (sa table des matières manque). {FETCH_AGAIN}"
        ) from error
    if len(members) > MAX_MEMBERS:
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» contient {nombre(len(members))} fichiers\u00a0: "
            "il en faut une qui ne contient que le CSV de Sirene."
        )
    for member in members:
        _check_member(path, member)
    files = [member for member in members if not member.is_dir() and not member.filename.startswith("__MACOSX/")]
    tables = [member for member in files if PurePosixPath(member.filename).suffix.lower() in (".csv", ".txt")]
    if len(files) != 1 or len(tables) != 1:
        names = ", ".join(f"«\u00a0{PurePosixPath(member.filename).name}\u00a0»" for member in files[:5]) or "rien"
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» doit contenir un seul fichier, un CSV\u00a0; elle contient\u00a0: {names}. "
            "Donnez l’archive telle que data.gouv.fr la publie, ou le fichier sorti de l’archive."
        )
    return tables[0]


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.filename.replace("\\", "/")
    if name.startswith("/") or ".." in name.split("/") or (len(name) > 1 and name[1] == ":"):
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» contient un chemin dangereux\u00a0: elle ne vient pas de "
            "data.gouv.fr et n’a pas été ouverte."
        )
    if member.flag_bits & 1:
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» est protégée par un mot de passe. "
            "Donnez l’archive publiée par data.gouv.fr, qui n’en a pas."
        )
    if PurePosixPath(name).suffix.lower() in (".zip", ".gz", ".7z", ".rar"):
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» contient une autre archive. "
            "Sortez-en le fichier CSV et donnez-le seul, ou dans une archive simple."
        )
    if member.compress_type not in _READABLE:
        raise SourceProblem(
            f"L’archive «\u00a0{path.name}\u00a0» est comprimée d’une façon que l’application ne lit pas. "
            "Sortez-en le fichier CSV et donnez-le tel quel, ou prenez la version parquet."
        )
    ratio_is_absurd = member.file_size > RATIO_FLOOR and member.file_size > MAX_RATIO * max(member.compress_size, 1)
    if member.file_size > MAX_UNPACKED or ratio_is_absurd:
        raise _bomb(path)


def _bomb(path: Path) -> SourceProblem:
    return SourceProblem(
        f"L’archive «\u00a0{path.name}\u00a0» annonce ou produit un contenu démesuré pour sa taille\u00a0: "
        "elle a été refusée sans être dépliée. "
        f"{FETCH_AGAIN}"
    )


class _Metered(io.RawIOBase):
    """The stream of a member that stops as soon as it gives more than was declared, whatever the archive pretends."""

    def __init__(self, path: Path, stream: IO[bytes], declared: int, packed: int) -> None:
        self._path = path
        self._stream = stream
        self._left = declared
        self._total = 0
        self._packed = max(packed, 1)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            block = self._stream.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise SourceProblem(f"L’archive «\u00a0{self._path.name}\u00a0» est tronquée ou abîmée. {FETCH_AGAIN}") from error
        self._left -= len(block)
        self._total += len(block)
        if self._left < 0 or (self._total > RATIO_FLOOR and self._total > MAX_RATIO * self._packed):
            raise _bomb(self._path)
        return block


@contextmanager
def open_csv(path: Path) -> Iterator[io.RawIOBase]:
    """The bytes of the CSV of an archive, read as a stream: never the whole in memory, never unpacked on the disk."""
    member = find_csv(path)
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            yield _Metered(path, stream, member.file_size, member.compress_size)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
        raise SourceProblem(f"L’archive «\u00a0{path.name}\u00a0» est tronquée ou abîmée. {FETCH_AGAIN}") from error
