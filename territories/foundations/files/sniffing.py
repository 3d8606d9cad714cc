"""The type of a file, read from its bytes. A name proves nothing and is never looked at."""

import io
import json
import re
import zipfile
from pathlib import Path
from typing import BinaryIO, Final

PDF: Final = "application/pdf"
PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
GIF: Final = "image/gif"
WEBP: Final = "image/webp"
ZIP: Final = "application/zip"
GZIP: Final = "application/gzip"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODT: Final = "application/vnd.oasis.opendocument.text"
ODP: Final = "application/vnd.oasis.opendocument.presentation"
PARQUET: Final = "application/vnd.apache.parquet"
JSON: Final = "application/json"
CSV: Final = "text/csv"
TEXT: Final = "text/plain"
HTML: Final = "text/html"
SVG: Final = "image/svg+xml"
XML: Final = "application/xml"
UNKNOWN: Final = "application/octet-stream"

# What each type is called on disk and in downloads.
EXTENSIONS: Final[dict[str, str]] = {
    PDF: ".pdf",
    PNG: ".png",
    JPEG: ".jpg",
    GIF: ".gif",
    WEBP: ".webp",
    ZIP: ".zip",
    GZIP: ".gz",
    XLSX: ".xlsx",
    DOCX: ".docx",
    PPTX: ".pptx",
    ODS: ".ods",
    ODT: ".odt",
    ODP: ".odp",
    PARQUET: ".parquet",
    JSON: ".json",
    CSV: ".csv",
    TEXT: ".txt",
    HTML: ".html",
    SVG: ".svg",
    XML: ".xml",
    UNKNOWN: ".bin",
}
# A browser runs what these hold.
ACTIVE: Final = frozenset({HTML, SVG, XML})

_SIGNATURES: Final = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"\x1f\x8b", GZIP),
    (b"PAR1", PARQUET),
)
_OFFICE_FOLDERS: Final = (("xl/", XLSX), ("word/", DOCX), ("ppt/", PPTX))
_HEAD_BYTES: Final = 64 * 1024
_JSON_BYTES: Final = 4 * 1024 * 1024
# HTML is recognised wherever a lenient browser would: any of these tags near the start makes it a page.
_HTML_TAG = re.compile(
    r"<\s*(!doctype\s+html|html|head|body|script|iframe|style|title|meta|link|img|object|embed|a\s|table|div|p[\s>])", re.I
)
_SVG_TAG = re.compile(r"<\s*(\w+:)?svg[\s>/]", re.I)
_XML_START = re.compile(r"<(\?xml|!DOCTYPE|!--|[A-Za-z_])")


def content_type_of(source: Path | bytes) -> str:
    """The media type of the bytes; `application/octet-stream` when nothing is recognised, empty files included."""
    if isinstance(source, bytes):
        return _type_of(io.BytesIO(source))
    with source.open("rb") as stream:
        return _type_of(stream)


def _type_of(stream: BinaryIO) -> str:
    head = stream.read(_HEAD_BYTES)
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive_type(stream)
    text = _as_text(head, whole=len(head) < _HEAD_BYTES)
    return _text_type(text, stream) if text is not None else UNKNOWN


def _archive_type(stream: BinaryIO) -> str:
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                declared = archive.read("mimetype").decode("ascii", "replace").strip()
                return declared if declared in (ODS, ODT, ODP) else ZIP
            if "[Content_Types].xml" in names:
                for folder, kind in _OFFICE_FOLDERS:
                    if any(name.startswith(folder) for name in names):
                        return kind
            return ZIP
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        return UNKNOWN


def _as_text(head: bytes, *, whole: bool) -> str | None:
    """The start of the file as text (UTF-8, UTF-16 with its mark, else Windows-1252); None when it is binary."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace")
    if not head or b"\x00" in head:
        return None
    try:
        # A multi-byte character may be cut at the end of what was read.
        return head.decode("utf-8-sig") if whole else head[:-4].decode("utf-8-sig", "ignore")
    except UnicodeDecodeError:
        strange = sum(byte < 9 or 13 < byte < 32 for byte in head)
        return None if strange else head.decode("cp1252", "replace")


def _text_type(text: str, stream: BinaryIO) -> str:
    start = text.lstrip()
    if start.startswith("<"):
        if _SVG_TAG.search(text):
            return SVG
        if _HTML_TAG.search(text[:4096]):
            return HTML
        if _XML_START.match(start):
            return XML
    if start[:1] in "{[" and start:
        stream.seek(0)
        body = stream.read(_JSON_BYTES + 1)
        if len(body) > _JSON_BYTES:
            return JSON
        try:
            json.loads(body)
        except ValueError:
            return TEXT
        return JSON
    return CSV if _looks_tabular(text) else TEXT


def _looks_tabular(text: str) -> bool:
    """At least two lines that hold the same number, not nil, of one separator."""
    lines = [line for line in text.splitlines()[:5] if line.strip()]
    if len(lines) < 2:
        return False
    return any(len({line.count(mark) for line in lines[:2]}) == 1 and lines[0].count(mark) for mark in (";", "\t", ","))
