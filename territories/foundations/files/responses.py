"""Sending a stored file to a browser. The view that calls this has already decided who may read it."""

from django.http import FileResponse
from django.utils.http import http_date

from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import CSV, GIF, JPEG, PDF, PNG, TEXT, WEBP

# What a browser may show in a tab; anything else is always downloaded.
_SHOWN = frozenset({PDF, PNG, JPEG, GIF, WEBP})
_SANDBOX = "default-src 'none'; sandbox"


def send(stored: StoredFile, *, as_attachment: bool = True) -> FileResponse:
    """The file as a response: its own type, never guessed again by the browser, never run."""
    shown = not as_attachment and stored.content_type in _SHOWN
    response = FileResponse(stored.file.open("rb"), as_attachment=not shown, filename=stored.name)
    charset = "; charset=utf-8" if stored.content_type in (CSV, TEXT) else ""
    response["Content-Type"] = stored.content_type + charset
    response["Content-Length"] = str(stored.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-cache"
    response["ETag"] = f'"{stored.sha256}"'
    response["Last-Modified"] = http_date(stored.created_at.timestamp())
    if not (shown and stored.content_type == PDF):
        # Browsers show no PDF inside a sandbox; theirs runs nothing of the page.
        response["Content-Security-Policy"] = _SANDBOX
    return response
