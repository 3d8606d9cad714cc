"""The charts and maps of a document, each as SVG, PNG and its table, to paste into another document."""

import csv
import io
import os
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from territories.foundations.exports import Column as FileColumn
from territories.foundations.exports import write_ods, write_xlsx
from territories.foundations.formats import NBSP
from territories.foundations.rendering import document as tree
from territories.foundations.rendering.drawing import described, render_png, render_svg, svg_to_png
from territories.foundations.rendering.typography import as_value, printable

# Every file of an archive bears this date: the same content gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NO_DATE = datetime(2000, 1, 1, tzinfo=UTC)
# What a spreadsheet takes for the beginning of a formula, full-width forms included.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def zip_of_charts(document: tree.Document, out: Path, *, tick: Callable[[], None] | None = None) -> Path:
    """Writes the archive at `out`, whole or not at all: per chart and map its images, per table its files (CSV, XLSX, ODS), and
    LISEZMOI.txt with titles, sentences and sources. Tables printed for themselves follow the drawings, unless they are the
    table of one. No logo goes in. Raises RenderingError when a drawing fails."""
    members: dict[str, bytes] = {}
    lines = [document.full_title, f"{document.author}, {document.date_label}", ""]
    if document.demonstration:
        lines += ["DONNÉES DE DÉMONSTRATION : chiffres fictifs, à ne pas diffuser.", ""]
    rank = 0
    given: list[tree.Table] = []
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
            given.append(block.table)
            members |= _table_files(stem, block.table)
        lines += [f"{stem}", f"  {block.title}", f"  {block.sentence}", f"  {_source(block.source)}", ""]
        if tick is not None:
            tick()
    for table in (table for table in document.tables() if table not in given):
        rank += 1
        stem = f"{rank:02d}-{_slug(table.caption)}"
        members |= _table_files(stem, table)
        lines += [f"{stem}", f"  {table.caption}", *([f"  {_source(table.source)}"] if table.source else []), ""]
    lines.append("SVG : image vectorielle. PNG : image. CSV : tableau (séparateur point-virgule, virgule décimale, UTF-8).")
    lines.append(
        "XLSX : tableau pour Excel. ODS : tableau pour LibreOffice. Les pourcentages y sont des parts que le tableur affiche."
    )
    members["LISEZMOI.txt"] = ("\ufeff" + printable("\n".join(lines)) + "\n").replace("\n", "\r\n").encode()
    return write_whole(out, pack(members))


def _source(source: str) -> str:
    return source if source.lower().startswith("source") else f"Source{NBSP}: {source}"


def _table_files(stem: str, table: tree.Table) -> dict[str, bytes]:
    """The three files of a table by name, without a date of making."""
    columns, rows = columns_and_rows(table)
    about = [line for line in (table.source, *table.legend_lines(), *table.notes) if line]
    files = {f"{stem}.csv": table_csv(table)}
    for form, write in (("xlsx", write_xlsx), ("ods", write_ods)):
        content = io.BytesIO()
        write(rows, columns, content, title=table.caption, source_lines=about, made_on=_NO_DATE)
        files[f"{stem}.{form}"] = same_dates(content.getvalue())
    return files


def columns_and_rows(table: tree.Table) -> tuple[list[FileColumn], list[list[object]]]:
    """The columns and rows of the spreadsheet of a table: numbers stay numbers, percentages become shares, which
    spreadsheets format themselves, and a missing figure keeps the sign that says why."""
    columns = [FileColumn(column.label, column.kind) for column in table.columns]
    return columns, [[_file_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]


def _file_cell(cell: tree.Cell, column: tree.Column) -> object:
    if isinstance(cell, str):
        return cell
    value = as_value(cell)
    if value.number is None:
        return value.status.symbol
    return value.number / 100 if column.kind == "percent" else value.number


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


def pack(members: dict[str, bytes], *, stored: frozenset[str] = frozenset()) -> bytes:
    """A zip of these files, in this order and without dates."""
    written = io.BytesIO()
    with ZipFile(written, "w", ZIP_DEFLATED) as target:
        for name, content in members.items():
            member = ZipInfo(name, _EPOCH)
            member.compress_type = ZIP_STORED if name in stored else ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            target.writestr(member, content)
    return written.getvalue()


def same_dates(archive: bytes) -> bytes:
    """The same zip without its dates. What was stored as it is (the type of an OpenDocument) stays so."""
    with ZipFile(io.BytesIO(archive)) as read:
        stored = frozenset(one.filename for one in read.infolist() if one.compress_type == ZIP_STORED)
        return pack({name: read.read(name) for name in read.namelist()}, stored=stored)


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
