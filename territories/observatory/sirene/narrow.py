"""From a CSV, zipped or not, in UTF-8 or CP1252, to parquet parts that hold only the needed columns as text.

DuckDB opens no zip and no CP1252, so the bytes go through here once: cut at the end of a record into pieces of bounded
size, transcoded if need be, turned into a part each, and dropped. Neither the whole CSV nor a whole column is ever in
memory or unpacked on the disk. A parquet file is read where it is: a copy would gain nothing.
"""

import codecs
import io
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import IO, Final

import duckdb

from territories.foundations.formats import nombre
from territories.observatory.sirene.archive import open_csv
from territories.observatory.sirene.columns import COLUMNS, Stock, present_columns, quoted
from territories.observatory.sirene.engine import Engine, literal
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import Form, SourceFile

BLOCK: Final = 8 * 1024**2
PIECE: Final = 256 * 1024**2
# A record of Sirene takes a few hundred bytes: longer than this, a quotation mark was never closed.
MAX_RECORD: Final = 2 * 1024**2

# The bytes that CP1252 defines where Latin-1 has control characters. The five it leaves undefined stay as Latin-1 has them.
_CP1252: Final = {
    byte: bytes([byte]).decode("cp1252") for byte in range(0x80, 0xA0) if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}

_ERROR_LINE: Final = re.compile(r"Line: (\d+)")


class Transcoder:
    """Gives UTF-8 whatever comes in. The encoding is decided on the first block that is not plain ASCII, once for all."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.encoding = "ascii"

    def __call__(self, block: bytes, line: int, *, final: bool) -> bytes:
        if self.encoding == "ascii":
            if block.isascii():
                return block
            self.encoding = "utf-8" if self._is_utf8(block) else "cp1252"
        if self.encoding == "cp1252":
            return block.decode("latin-1").translate(_CP1252).encode()
        try:
            return self._decoder.decode(block, final).encode()
        except UnicodeDecodeError as error:
            place = line + block[: error.start].count(b"\n")
            raise SourceProblem(
                f"Le fichier «\u00a0{self._name}\u00a0» change d’encodage vers la ligne {nombre(place)}\u00a0: "
                "il est abîmé ou mal assemblé. "
                "Donnez le fichier tel que data.gouv.fr le publie."
            ) from error

    @staticmethod
    def _is_utf8(block: bytes) -> bool:
        """A few bad bytes among many good sequences: damaged UTF-8, refused later. In CP1252 nearly every accent is bad."""
        text = codecs.getincrementaldecoder("utf-8")("replace").decode(block)
        bad = text.count("\ufffd")
        return bad == 0 or sum(not character.isascii() for character in text) > 2 * bad


def cut(data: bytes, name: str, line: int) -> int:
    """Where the last whole record of `data` ends; 0 when there is none. `data` begins at the start of a record.

    A line end inside quotation marks does not end a record: the number of marks before it is odd.
    """
    end = data.rfind(b"\n")
    odd = data.count(b'"', 0, end + 1) % 2 if end >= 0 else 0
    while end >= 0 and odd:
        if len(data) - end > MAX_RECORD:
            break
        previous = data.rfind(b"\n", 0, end)
        odd ^= data.count(b'"', previous + 1, end + 1) % 2
        end = previous
    if len(data) - (end + 1) > MAX_RECORD + BLOCK or (end >= 0 and odd):
        near = line + data.count(b"\n", 0, max(end, 0))
        raise SourceProblem(
            f"Le fichier «\u00a0{name}\u00a0» a une ligne démesurée ou un guillemet jamais refermé après la "
            f"ligne {nombre(near)}. "
            "Donnez le fichier tel que data.gouv.fr le publie."
        )
    return end + 1


def pieces(
    source: SourceFile,
    folder: Path,
    opener: Callable[[], AbstractContextManager[IO[bytes] | io.RawIOBase]],
    tick: Callable[[int], None],
) -> Iterator[tuple[Path, int]]:
    """Successive UTF-8 CSV files without header, each with the number of its first line. The file is written again each time.

    `tick` gets the number of bytes read so far.
    """
    path = folder / f"{source.stock}.morceau.csv"
    transcode = Transcoder(source.path.name)
    with opener() as stream:
        read = 0
        carry = b""
        line = 1
        header_seen = False
        finished = False
        while not finished:
            first_line, written = line, 0
            with path.open("wb") as out:
                while written < PIECE and not finished:
                    block = stream.read(BLOCK) or b""
                    finished = not block
                    if read == 0:
                        block = block.removeprefix(codecs.BOM_UTF8)
                    read += len(block)
                    tick(read)
                    data = carry + transcode(block, line, final=finished)
                    end = len(data) if finished else cut(data, source.path.name, line)
                    whole, carry = data[:end], data[end:]
                    if b"\x00" in whole:
                        place = line + whole[: whole.index(b"\x00")].count(b"\n")
                        raise SourceProblem(
                            f"Le fichier «\u00a0{source.path.name}\u00a0» contient un caractère nul à la ligne "
                            f"{nombre(place)}\u00a0: "
                            "il est abîmé. Téléchargez-le de nouveau depuis data.gouv.fr."
                        )
                    if not header_seen and whole:
                        after = whole.find(b"\n") + 1
                        whole = whole[after:] if after else b""
                        header_seen, line, first_line = True, 2, 2
                    line += whole.count(b"\n")
                    # A record ends with a bare line feed from here on, whatever the system that wrote the file.
                    written += out.write(whole.replace(b"\r\n", b"\n"))
            if written:
                yield path, first_line
    path.unlink(missing_ok=True)


def narrow(engine: Engine, source: SourceFile, folder: Path, tick: Callable[[int], None]) -> list[Path]:
    """Write the parts of a CSV or of a zipped CSV into `folder` and name them, in the order of the file.

    `tick` gets the number of unpacked bytes read so far and may raise to stop. A parquet file is given back as it is.
    Raises SourceProblem, naming the line, when the text is not a well-formed CSV.
    """
    if source.form is Form.PARQUET:
        return [source.path]

    def opener() -> AbstractContextManager[IO[bytes] | io.RawIOBase]:
        return open_csv(source.path) if source.form is Form.ZIP else source.path.open("rb")

    parts: list[Path] = []
    for piece, first_line in pieces(source, folder, opener, tick):
        part = folder / f"{source.stock}-{len(parts):04d}.parquet"
        temporary = part.with_suffix(".tmp")
        try:
            engine.run(_copy(source, piece, temporary))
        except duckdb.Error as error:
            if isinstance(error, duckdb.InterruptException):
                raise
            raise _malformed(source, error, first_line) from error
        temporary.rename(part)
        parts.append(part)
    if not parts:
        raise SourceProblem(
            f"Le fichier «\u00a0{source.path.name}\u00a0» n’a que sa ligne d’en-tête. Téléchargez-le de "
            "nouveau depuis data.gouv.fr."
        )
    return parts


def _copy(source: SourceFile, piece: Path, target: Path) -> str:
    names = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(source.header)))
    written = present_columns(source.stock, source.header)
    place_of = {name: place for place, name in enumerate(source.header)}
    taken = []
    for column in COLUMNS[source.stock]:
        if column.source in written:
            value = f"c{place_of[written[column.source]]}"
            if source.stock is Stock.UNITS and column.name in ("name", "acronym", "usual_name"):
                # Nothing that names a natural person is kept, even in the scratch copy.
                category = f"c{place_of[written['categorieJuridiqueUniteLegale']]}"
                value = f"CASE WHEN {category} <> '1000' THEN {value} END"
            taken.append(f"{value} AS {quoted(column.source)}")
    return (
        f"COPY (SELECT {', '.join(taken)} FROM read_csv({literal(str(piece))}, header=false, auto_detect=false, "
        f"delim={literal(source.separator)}, new_line='\\n', "
        f"quote='\"', escape='\"', max_line_size={MAX_RECORD}, columns={{{names}}})) "
        f"TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"
    )


def _malformed(source: SourceFile, error: duckdb.Error, first_line: int) -> SourceProblem:
    found = _ERROR_LINE.search(str(error))
    where = f"à la ligne {nombre(first_line + int(found.group(1)) - 1)}" if found else f"après la ligne {nombre(first_line)}"
    return SourceProblem(
        f"Le fichier «\u00a0{source.path.name}\u00a0» n’est pas un CSV bien formé {where}\u00a0: "
        f"nombre de colonnes, guillemets ou ligne démesurée (attendu\u00a0: {len(source.header)} "
        "colonnes). Donnez le fichier tel que data.gouv.fr le publie."
    )
