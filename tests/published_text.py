"""Everything that the public can read of territories: pages, drawings and files, reached by their links, as plain text."""

import io
import re
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from django.test import Client

from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import run_job_now
from territories.geography.models import Territory
from territories.observatory.documents import FORMATS, request_document

_LINK = re.compile(r"""(?:href|src|hx-get|action)=["']([^"'#]+)""")
# Coordinates of drawings and addresses are not read by anybody.
_SILENT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
# The token of a form is chance.
_TOKEN = re.compile(r"<input[^>]*csrfmiddlewaretoken[^>]*>")
_SPOKEN = re.compile(r"""\b(?:aria-label|title|alt|content|value|data-[a-z-]+)=["']([^"']*)""")
_TAG = re.compile(r"<[^>]+>")
# A number as people or files write it: thousands apart, comma or point.
_NUMBER = re.compile(r"\d{1,3}(?:[\u00a0\u202f\u2009 ]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
# The moment at which an office file was written is no figure.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+")
_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".ico", ".woff2", ".css", ".js")


def spoken(markup: str) -> str:
    """What is read of an HTML, SVG or XML text: its words and the attributes that are said aloud or kept for the page."""
    markup = _TOKEN.sub(" ", _SILENT.sub(" ", markup))
    said = " | ".join(_SPOKEN.findall(markup))
    return unescape(f"{_TAG.sub(' | ', markup)} | {said}")


def numbers(text: str) -> set[float]:
    """Every number of a text, as numbers."""
    found = set()
    for token in _NUMBER.findall(_MOMENT.sub(" ", text)):
        found.add(float(re.sub(r"[\u00a0\u202f\u2009 ]", "", token).replace(",", ".")))
    return found


def text_of_file(name: str, content: bytes) -> str:
    """The text of a file, whatever its form. Raises LookupError on a form that nobody can read here."""
    suffix = Path(name).suffix
    if suffix == ".pdf":
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(content)
            file.flush()
            return subprocess.run(["pdftotext", "-layout", file.name, "-"], check=True, capture_output=True, text=True).stdout
    if suffix in (".zip", ".docx", ".pptx", ".xlsx", ".ods"):
        parts = []
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                if not part.endswith(("/", *_PICTURES)):
                    parts.append(text_of_file(part, archive.read(part)))
        return "\n".join(parts)
    if suffix in (".svg", ".xml", ".rels", ".html"):
        return spoken(content.decode())
    if suffix in (".csv", ".txt", ".json", ""):
        return content.decode("utf-8-sig")
    raise LookupError(name)


def _body(response: object) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


def walk(client: Client, territory: Territory) -> Iterator[tuple[str, str]]:
    """Address and text of each page and file that links of the portrait lead to, under its address, without signing in.

    A page that is added to the portrait later is walked too. Pictures are left: they are drawn from the same tables.
    """
    start = territory.get_absolute_url()
    waiting, seen = [start], {start}
    while waiting:
        address = waiting.pop()
        response = client.get(address)
        if response.status_code != 200:
            continue
        kind = response["Content-Type"].partition(";")[0]
        content = _body(response)
        if kind == "text/html":
            page = content.decode()
            yield address, spoken(page)
            for link in _LINK.findall(page):
                target = unescape(link)
                plain = target.partition("?")[0]
                if plain.startswith(start) and not plain.endswith(_PICTURES) and target not in seen:
                    seen.add(target)
                    waiting.append(target)
        elif kind.startswith(("image/svg", "text/", "application/")):
            yield address, text_of_file(re.search(r'filename="([^"]+)"', response["Content-Disposition"])[1], content)  # type: ignore[index]


def documents(territory: Territory) -> Iterator[tuple[str, str]]:
    """Name and text of the document of a portrait in each of its forms."""
    for form, made in FORMATS.items():
        job = Job.objects.select_related("result_file").get(pk=run_job_now(request_document(territory, form, by=None)).pk)
        assert job.state == "done", job.error
        with job.result_file.file.open("rb") as stored:
            yield f"document.{form}", text_of_file(f"document{made.suffix}", stored.read())
