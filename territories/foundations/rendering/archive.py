"""The charts and maps of a document, each as SVG, PNG and its table, to paste into another document."""

import csv
import io
import os
import re
import unicodedata
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from territories.foundations.formats import NBSP
from territories.foundations.rendering import document as tree
from territories.foundations.rendering.drawing import described, render_png, render_svg, svg_to_png
from territories.foundations.rendering.typography import as_value, printable

# Every file of an archive bears this date: the same content gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
# What a spreadsheet takes for the beginning of a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def zip_of_charts(document: tree.Document, out: Path) -> Path:
    """Writes the archive at `out`, whole or not at all: three files per chart, two or three per map, and LISEZMOI.txt with
    titles, sentences and sources. Raises RenderingError when a drawing fails."""
    members: dict[str, bytes] = {}
    lines = [document.full_title, f"{document.author}, {document.date_label}", ""]
    if document.demonstration:
        lines += ["DONNÉES DE DÉMONSTRATION : chiffres fictifs, à ne pas diffuser.", ""]
    rank = 0
    for block in document.blocks():
        if not isinstance(block, tree.Chart | tree.Map):
            continue
        rank += 1
        stem = f"{rank:02d}-{_slug(block.title)}"
        if isinstance(block, tree.Chart):
            spec = described(block.spec, title=block.title, sentence=block.sentence)
            svg, png = render_svg(spec), render_png(spec, 3)
        else:
            svg, png = block.svg, svg_to_png(block.svg, 3)
        members[f"{stem}.svg"] = svg.encode()
        members[f"{stem}.png"] = png
        if block.table is not None:
            members[f"{stem}.csv"] = table_csv(block.table)
        lines += [f"{stem}", f"  {block.title}", f"  {block.sentence}", f"  Source{NBSP}: {block.source}", ""]
    lines.append("SVG : image vectorielle. PNG : image. CSV : tableau (séparateur point-virgule, virgule décimale, UTF-8).")
    members["LISEZMOI.txt"] = ("\ufeff" + printable("\n".join(lines)) + "\n").replace("\n", "\r\n").encode()
    return write_whole(out, pack(members))


def table_csv(table: tree.Table) -> bytes:
    """A table as CSV for a French spreadsheet: BOM, `;`, decimal comma, CRLF; numbers stay numbers, texts that a
    spreadsheet would compute are preceded by an apostrophe; the sign of the status where there is no number."""
    written = io.StringIO()
    writer = csv.writer(written, delimiter=";", lineterminator="\r\n")
    heads = [f"{c.label} (%)" if c.kind == "percent" else c.label for c in table.columns]
    writer.writerow([_inert(head) for head in heads])
    for row in table.rows:
        writer.writerow([_csv_cell(cell) for cell in row])
    return ("\ufeff" + written.getvalue()).encode()


def _csv_cell(cell: tree.Cell) -> str:
    if isinstance(cell, str):
        return _inert(cell)
    value = as_value(cell)
    if value.plain is None:
        return value.status.symbol
    return repr(value.plain).removesuffix(".0").replace(".", ",")


def _inert(text: str) -> str:
    """The text, that no spreadsheet will take for a formula."""
    clean = printable(text)
    return f"'{clean}" if clean.lstrip(" \u00a0").startswith(_FORMULA) else clean


def _slug(title: str) -> str:
    ascii_title = unicodedata.normalize("NFKD", title.replace("’", "-")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", ascii_title).strip("-")[:60] or "figure"


def pack(members: dict[str, bytes]) -> bytes:
    """A zip of these files, in this order and without dates."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as target:
        for name, content in members.items():
            member = ZipInfo(name, _EPOCH)
            member.compress_type = ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            target.writestr(member, content)
    return written.getvalue()


def same_dates(archive: bytes) -> bytes:
    """The same zip without its dates."""
    with ZipFile(io.BytesIO(archive)) as read:
        return pack({name: read.read(name) for name in read.namelist()})


def write_whole(out: Path, content: bytes) -> Path:
    """Writes a file that appears complete or not at all, even after a power cut; returns its path."""
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.{os.getpid()}")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(out)
    return out
