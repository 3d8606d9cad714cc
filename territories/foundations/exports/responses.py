"""An export as an HTTP response. Larger than `CELLS_IN_A_REQUEST`, it is a job: the caller makes one."""

import io
from collections.abc import Iterable, Sequence
from typing import Final

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.text import get_valid_filename

from territories.foundations.exports.columns import Column, Row
from territories.foundations.exports.csv_writer import csv_chunks
from territories.foundations.exports.ods_writer import MIMETYPE, write_ods
from territories.foundations.exports.xlsx_writer import write_xlsx

CELLS_IN_A_REQUEST: Final = 20_000
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def fits_a_request(row_count: int, columns: Sequence[Column]) -> bool:
    """Whether a table is small enough to be written while the person waits."""
    return row_count * len(columns) <= CELLS_IN_A_REQUEST


def export_response(
    request: HttpRequest,
    rows: Iterable[Row],
    columns: Sequence[Column],
    *,
    fmt: str,
    filename: str,
    title: str,
    source_lines: Sequence[str] = (),
) -> StreamingHttpResponse | FileResponse:
    """The table as a download; `fmt` is csv, xlsx or ods (anything else is a page that does not exist).

    `filename` has no ending. The address of the page, filters included, closes the « Lisez-moi » sheet.
    """
    name = f"{get_valid_filename(filename)}.{fmt}"
    if fmt == "csv":
        response: StreamingHttpResponse | FileResponse = StreamingHttpResponse(
            csv_chunks(rows, columns), content_type="text/csv; charset=utf-8"
        )
    elif fmt in ("xlsx", "ods"):
        lines = [*source_lines, f"Adresse\u00a0: {settings.SITE_URL}{request.get_full_path()}"]
        body = io.BytesIO()
        (write_xlsx if fmt == "xlsx" else write_ods)(rows, columns, body, title=title, source_lines=lines)
        body.seek(0)
        response = FileResponse(body, content_type=XLSX_TYPE if fmt == "xlsx" else MIMETYPE)
    else:
        raise Http404(f"No export in the format {fmt!r}.")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response
