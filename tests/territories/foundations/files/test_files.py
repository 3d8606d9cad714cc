"""Files: known by their bytes, whole or absent, never run by a browser."""

import gzip
import hashlib
import io
import json
import os
import time
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from territories.foundations.files import operations, sniffing
from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import display_name, remove, remove_orphans, store
from territories.foundations.files.responses import send
from territories.foundations.files.sniffing import content_type_of
from territories.foundations.files.uploads import accept
from tests.access_factories import person
from tests.foundations_factories import content_of

pytestmark = pytest.mark.usefixtures("own_storage")


def archive(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        for name, content in members.items():
            opened.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def office(folder: str) -> bytes:
    return archive(**{"[Content_Types].xml": "<Types/>", f"{folder}__document.xml": "<a/>"})


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"%PDF-1.7\n...", sniffing.PDF),
        (b"\x89PNG\r\n\x1a\n....", sniffing.PNG),
        (b"\xff\xd8\xff\xe0....", sniffing.JPEG),
        (b"GIF89a....", sniffing.GIF),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", sniffing.WEBP),
        (gzip.compress(b"a;b\n", mtime=0), sniffing.GZIP),
        (b"PAR1\x15\x04\x15....PAR1", sniffing.PARQUET),
        (archive(a="1"), sniffing.ZIP),
        (office("xl"), sniffing.XLSX),
        (office("word"), sniffing.DOCX),
        (office("ppt"), sniffing.PPTX),
        (archive(mimetype=sniffing.ODS, content="<a/>"), sniffing.ODS),
        (archive(mimetype=sniffing.ODT, content="<a/>"), sniffing.ODT),
        (archive(mimetype="application/x-anything", content="<a/>"), sniffing.ZIP),
        (b"PK\x03\x04 cut short", sniffing.UNKNOWN),
        (json.dumps({"type": "FeatureCollection"}).encode(), sniffing.JSON),
        (b"[not json", sniffing.TEXT),
        ("siren;nom\n123456789;Épicerie\n".encode(), sniffing.CSV),
        ("siren;nom\n123456789;Épicerie\n".encode("cp1252"), sniffing.CSV),
        ("\ufeffsiren,nom\n1,a\n".encode(), sniffing.CSV),
        ("siren\tnom\n1\ta\n".encode("utf-16"), sniffing.CSV),
        (b"Bonjour,\nvoici une note.", sniffing.TEXT),
        (b"<!DOCTYPE html><p>x", sniffing.HTML),
        (b"  \n<script>alert(1)</script>", sniffing.HTML),
        (b"<IMG src=x onerror=alert(1)>", sniffing.HTML),
        (b'<?xml version="1.0"?><!-- a --><svg xmlns="http://www.w3.org/2000/svg"/>', sniffing.SVG),
        (b"\xef\xbb\xbf<svg/>", sniffing.SVG),
        (b'<x:svg xmlns:x="http://www.w3.org/2000/svg"/>', sniffing.SVG),
        (b'<?xml version="1.0"?><rows/>', sniffing.XML),
        (b"", sniffing.UNKNOWN),
        (b"\x00\x01\x02\x03", sniffing.UNKNOWN),
        (b"\x7fELF\x02\x01\x01\x00", sniffing.UNKNOWN),
    ],
)
def test_the_type_is_read_from_the_bytes(content: bytes, wanted: str, tmp_path: Path) -> None:
    assert content_type_of(content) == wanted
    path = tmp_path / "nom-trompeur.exe"
    path.write_bytes(content)
    assert content_type_of(path) == wanted


def test_a_character_cut_at_the_end_of_what_is_read_does_not_make_a_text_binary() -> None:
    text = "n;é\n" * 40_000
    for shift in range(4):
        assert content_type_of(("x" * shift + text).encode()) == sniffing.CSV


@pytest.mark.parametrize(
    ("name", "content_type", "wanted"),
    [
        ("État des lieux.pdf", sniffing.PDF, "État des lieux.pdf"),
        ("rapport", sniffing.PDF, "rapport.pdf"),
        ("rapport.exe", sniffing.PDF, "rapport.exe.pdf"),
        ("C:\\dossier\\photo.JPEG", sniffing.JPEG, "photo.JPEG"),
        ("../../etc/passwd", sniffing.TEXT, "passwd.txt"),
        ("page.html", sniffing.TEXT, "page.html.txt"),
        ("notes.md", sniffing.TEXT, "notes.md"),
        ("a\r\nSet-Cookie: b.pdf", sniffing.PDF, "a Set-Cookie- b.pdf"),
        ("", sniffing.PDF, "fichier.pdf"),
        ("...", sniffing.UNKNOWN, "fichier.bin"),
        ("abc\u202efdp.exe", sniffing.UNKNOWN, "abc fdp.exe.bin"),
    ],
)
def test_names_are_made_fit_for_a_download(name: str, content_type: str, wanted: str) -> None:
    assert display_name(name, content_type) == wanted


def test_a_very_long_name_keeps_its_ending() -> None:
    name = display_name("é" * 400 + ".pdf", sniffing.PDF)
    assert len(name) == 150
    assert name.endswith("é.pdf")


@pytest.mark.django_db
def test_a_stored_file_is_whole_and_known_by_its_hash(tmp_path: Path) -> None:
    content = b"%PDF-1.7 " + os.urandom(3_000_000)
    source = tmp_path / "source"
    source.write_bytes(content)
    theo = person()
    stored = store(source, name="../rapport", by=theo)
    assert (stored.name, stored.content_type, stored.size) == ("rapport.pdf", sniffing.PDF, len(content))
    assert stored.sha256 == hashlib.sha256(content).hexdigest()
    assert stored.created_by == theo
    assert content_of(stored) == content
    assert "rapport" not in stored.file.name
    assert Path(stored.file.path).stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db
def test_a_full_disk_leaves_neither_row_nor_half_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(default_storage.path(operations.FOLDER))
    before = sorted(folder.rglob("*"))

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(operations.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store(b"%PDF-1.7", name="a.pdf")
    assert StoredFile.objects.count() == 0
    assert [path for path in sorted(folder.rglob("*")) if path.is_file()] == [path for path in before if path.is_file()]


@pytest.mark.django_db
def test_a_row_that_is_refused_takes_its_file_away(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = []

    def refuse(**values: object) -> None:
        kept.append(values["file"])
        raise RuntimeError

    monkeypatch.setattr(StoredFile.objects, "create", refuse)
    with pytest.raises(RuntimeError):
        store(b"%PDF-1.7", name="a.pdf")
    assert not default_storage.exists(kept[0])


@pytest.mark.django_db
def test_removing_takes_row_and_file() -> None:
    stored = store(b"%PDF-1.7", name="a.pdf")
    path = stored.file.name
    assert default_storage.exists(path)
    assert remove(stored)
    assert not default_storage.exists(path)
    assert StoredFile.objects.count() == 0


@pytest.mark.django_db
def test_only_old_files_without_a_row_are_orphans() -> None:
    stored, lost, young = (store(b"%PDF-1.7 " + name, name="a.pdf") for name in (b"a", b"b", b"c"))
    StoredFile.objects.exclude(pk=stored.pk).delete()
    yesterday = time.time() - operations.ORPHAN_HOURS * 3600 - 60
    for kept in (stored, lost):
        os.utime(default_storage.path(kept.file.name), (yesterday, yesterday))
    assert remove_orphans() == 1
    assert [default_storage.exists(file.file.name) for file in (stored, lost, young)] == [True, False, True]


@pytest.mark.django_db
def test_a_file_is_sent_as_what_it_is_and_never_run() -> None:
    response = send(store(b"a;b\n1;2\n", name="Établissements.csv"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response["Content-Disposition"] == "attachment; filename*=utf-8''%C3%89tablissements.csv"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert b"".join(response.streaming_content) == b"a;b\n1;2\n"
    response.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "shown"),
    [(b"%PDF-1.7", True), (b"\x89PNG\r\n\x1a\n", True), (b"<svg/>", False), (b"<p>x</p>", False), (b"a;b\n1;2\n", False)],
)
def test_only_documents_and_images_may_open_in_a_tab(content: bytes, shown: bool) -> None:
    response = send(store(content, name="a"), as_attachment=False)
    assert response["Content-Disposition"].startswith("inline" if shown else "attachment")
    response.close()


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"<svg/>", b"<html><script>alert(1)</script>", b"<?xml version='1.0'?><a/>"])
def test_an_upload_that_could_run_is_refused_whatever_its_name(content: bytes) -> None:
    with pytest.raises(ValidationError, match="peut contenir un programme"):
        accept(SimpleUploadedFile("image.png", content, content_type="image/png"), allowed={sniffing.PNG, sniffing.TEXT})
    assert StoredFile.objects.count() == 0


@pytest.mark.django_db
def test_an_upload_of_another_type_is_told_what_is_expected() -> None:
    with pytest.raises(ValidationError, match="CSV, PARQUET"):
        accept(SimpleUploadedFile("stock.csv", b"%PDF-1.7"), allowed={sniffing.CSV, sniffing.PARQUET})
    with pytest.raises(ValidationError, match="est vide"):
        accept(SimpleUploadedFile("stock.csv", b""), allowed={sniffing.CSV})


@pytest.mark.django_db
def test_an_upload_may_weigh_the_limit_and_not_a_byte_more() -> None:
    content = b"a;b\n1;2\n"
    assert accept(SimpleUploadedFile("a.csv", content), allowed={sniffing.CSV}, limit=len(content)).name == "a.csv"
    with pytest.raises(ValidationError, match="dépasse"):
        accept(SimpleUploadedFile("a.csv", content), allowed={sniffing.CSV}, limit=len(content) - 1)
