"""The PDF, read back: tagged, ours only, the same bytes twice, and bounded."""

import hashlib
import logging
import os
import re
import subprocess
import sys
import threading
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pikepdf
import pytest

from territories.foundations.rendering import pdf as pdf_module
from territories.foundations.rendering.document import Column, Document, Paragraph, Section, Table
from territories.foundations.rendering.errors import RenderingError
from territories.foundations.rendering.fonts import PROJECT
from territories.foundations.rendering.html import Printable
from territories.foundations.rendering.pdf import LayoutProcess, render_pdf
from territories.foundations.rendering.pdf_child import asset_fetcher
from tests.territories.foundations.rendering.sample import long_table, sample_charts, sample_document, sample_maps
from tests.territories.foundations.rendering.test_html import HOSTILE, hostile_document


def blank_svg(_spec):
    return '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="100"><rect width="10" height="10"/></svg>'


def small(*blocks) -> Document:
    return Document("Titre", "Territoire", "23 novembre 2026", (Section("Partie", blocks),))


def structure(node, found=None):
    """Every structure element of a tagged PDF, depth first, in order."""
    found = [] if found is None else found
    children = node.get("/K", [])
    for child in children if isinstance(children, pikepdf.Array) else [children]:
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            found.append(child)
            structure(child, found)
    return found


def text_of(path: Path) -> str:
    return subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    out = tmp_path_factory.mktemp("pdf") / "rapport.pdf"
    return render_pdf(sample_document(), out)


def test_the_report_is_a_whole_file_described_exactly(report):
    content = report.path.read_bytes()
    assert content.startswith(b"%PDF-1.7")
    assert report.size == len(content)
    assert report.sha256 == hashlib.sha256(content).hexdigest()
    assert report.faults == ()
    with pikepdf.open(report.path) as opened:
        assert report.pages == len(opened.pages) >= 20
    assert [p.name for p in report.path.parent.iterdir()] == ["rapport.pdf"]


def test_the_report_is_tagged_and_named(report):
    with pikepdf.open(report.path) as opened:
        assert bool(opened.Root.MarkInfo.Marked)
        assert str(opened.Root.Lang) == "fr"
        assert bool(opened.Root.ViewerPreferences.DisplayDocTitle)
        assert str(opened.docinfo.Title) == "État des lieux quantitatif — CC du Pays d’Ancenis"
        assert str(opened.docinfo.Author) == "CRESS Pays de la Loire"
        assert "/CreationDate" not in opened.docinfo
        metadata = opened.Root.Metadata.read_bytes()
        assert b"pdfuaid" in metadata
        assert all(str(page.get("/Tabs")) == "/S" for page in opened.pages)


def test_headings_follow_each_other_without_a_gap(report):
    with pikepdf.open(report.path) as opened:
        tags = [str(e.S) for e in structure(opened.Root.StructTreeRoot)]
    levels = [int(tag[2]) for tag in tags if re.fullmatch(r"/H[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_every_picture_has_its_words(report):
    with pikepdf.open(report.path) as opened:
        figures = [e for e in structure(opened.Root.StructTreeRoot) if str(e.S) == "/Figure"]
    assert len(figures) == 8
    assert all(len(str(figure.Alt)) > 20 for figure in figures)


def test_bookmarks_are_the_chapters_and_their_parts(report):
    titles = [section.title for section in sample_document().sections]
    with pikepdf.open(report.path) as opened, opened.open_outline() as outline:
        chapters = [item.title for item in outline.root]
        parts = [child.title for item in outline.root for child in item.children]
    assert "L’essentiel" in chapters
    assert "Taille des établissements employeurs" in parts
    assert set(chapters) | set(parts) >= set(titles)


def test_only_our_font_is_in_the_file(report):
    listed = subprocess.run(["pdffonts", str(report.path)], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    assert listed
    assert all("+Source-Sans-3" in line or "+SourceSans3" in line for line in listed), listed
    assert all(line.split()[-5] == "yes" for line in listed)


def test_every_page_says_where_it_is_and_what_the_data_are(report):
    pages = text_of(report.path).split("\f")[:-1]
    assert len(pages) == report.pages
    assert all("Données de démonstration" in page for page in pages)
    assert all(f"Page {rank} / {report.pages}" in page for rank, page in enumerate(pages[1:], start=2))
    assert all("CC du Pays d’Ancenis" in page for page in pages)


def test_the_contents_give_true_pages(report):
    pages = text_of(report.path).split("\f")
    line = next(line for line in pages[1].splitlines() if line.strip().startswith("Méthode et définitions"))
    target = int(re.search(r"(\d+)$", line.strip())[1])
    assert "Méthode et définitions" in pages[target - 1]


def test_the_same_document_gives_the_same_bytes(report, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    again = render_pdf(sample_document(), tmp_path / "ailleurs" / "autre-nom.pdf")
    assert again.sha256 == report.sha256


def test_another_document_gives_other_bytes(tmp_path):
    one, two = (render_pdf(small(Paragraph(text)), tmp_path / "x.pdf").sha256 for text in ("un", "deux"))
    assert one != two


def test_hostile_texts_open_nothing_and_embed_nothing(tmp_path):
    document = hostile_document(" ".join(HOSTILE) + " url(file:///etc/hostname) <img src='http://127.0.0.1:9/x'>")
    result = render_pdf(document, tmp_path / "x.pdf")
    with pikepdf.open(result.path) as opened:
        assert len(opened.attachments) == 0
        assert "/JavaScript" not in opened.Root.get("/Names", {})
    assert "root:" not in text_of(result.path)


def test_a_picture_without_words_is_reported(tmp_path, caplog):
    page = '<html lang="fr"><head><title>T</title></head><body><p>a</p><img src="asset:a.svg"></body></html>'
    with LayoutProcess() as child, caplog.at_level(logging.ERROR):
        result = child.lay_out(Printable(page, {"a.svg": blank_svg(None).encode()}), "", tmp_path / "x.pdf")
    assert any("alt" in fault.lower() for fault in result.faults)
    assert "alt" in caplog.text.lower()


def test_a_sign_that_our_font_does_not_draw_is_reported(tmp_path, caplog):
    with caplog.at_level(logging.ERROR):
        result = render_pdf(small(Paragraph("Bonjour \u4e16 \u0634")), tmp_path / "x.pdf")
    assert result.pages
    assert any(fault.startswith("Foreign font") for fault in result.faults) or "\u25a1" in text_of(result.path)
    assert "PDF:" in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:9/x",
        "https://example.org/x",
        "ftp://x/y",
        "data:text/plain,x",
        "asset:",
        "asset:../document.html",
        "asset:absent.svg",
        "ASSET:a.svg",
        "asset://a.svg",
        "/etc/passwd",
    ],
)
def test_the_fetcher_serves_our_files_and_nothing_else(url):
    fetcher = asset_fetcher({"a.svg": b"<svg/>"})
    assert fetcher.fetch("asset:a.svg").read() == b"<svg/>"
    with pytest.raises(ValueError, match="refused"):
        fetcher.fetch(url)
    with pytest.raises(ValueError, match="refused"):
        fetcher(url)


def test_the_fetcher_has_no_redirection():
    fetcher = asset_fetcher({})
    assert fetcher._allow_redirects is False if hasattr(fetcher, "_allow_redirects") else True
    assert not any("Redirect" in type(handler).__name__ for handler in fetcher.handlers)


def test_files_named_in_html_css_and_svg_are_refused(tmp_path):
    outside = tmp_path / "outside.svg"
    outside.write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>SECRET</text></svg>')
    images = (
        f'<image xlink:href="file://{outside}" width="9" height="9"/><image href="http://127.0.0.1:9/x" width="9" height="9"/>'
    )
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    svg = f'<svg {names} width="9" height="9">{images}</svg>'
    page = (
        f'<html lang="fr"><head><title>T</title><link rel="attachment" href="file:///etc/hostname">'
        f'<link rel="stylesheet" href="http://127.0.0.1:9/a.css"><link rel="stylesheet" href="asset:print.css"></head>'
        f'<body><p>a</p><img alt="a" src="asset:a.svg"><img alt="b" src="file://{outside}"></body></html>'
    )
    styles = f'@import url("file://{outside}"); body{{background:url(file:///etc/hosts)}}'
    with LayoutProcess() as child:
        result = child.lay_out(Printable(page, {"a.svg": svg.encode()}), styles, tmp_path / "x.pdf")
    assert len([fault for fault in result.faults if "refused" in fault or "Failed" in fault]) >= 4
    assert "SECRET" not in text_of(result.path)
    with pikepdf.open(result.path) as opened:
        assert len(opened.attachments) == 0


def test_the_layout_process_can_connect_to_nothing_and_start_nothing():
    script = (
        "import socket, subprocess, os\n"
        "from territories.foundations.rendering.pdf_child import close_network\n"
        "close_network()\n"
        "for call in (lambda: socket.create_connection(('127.0.0.1', 9)), lambda: socket.getaddrinfo('example.org', 80),\n"
        "             lambda: subprocess.run(['true']), lambda: os.system('true')):\n"
        "    try:\n        call()\n    except PermissionError:\n        print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["refused"] * 4


def test_500_rows_are_laid_out_with_their_header_on_every_page(tmp_path):
    result = render_pdf(small(long_table(500)), tmp_path / "x.pdf")
    pages = text_of(result.path).split("\f")[2:-1]
    assert len(pages) > 10
    assert all("Structure" in page and "Commune" in page for page in pages)


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ((long_table(501),), "501 lignes"),
        ((Paragraph("a" * 20_001),), "20000 caractères"),
        ((Table("T", (Column("A"),), (("x" * 20_001,),)),), "trop longue"),
        ((replace(sample_charts(1)[0], table=long_table(501)),), "501 lignes"),
        ((replace(sample_maps()[0], sentence="a" * 20_001),), "20000 caractères"),
    ],
)
def test_too_much_is_refused_in_french_and_leaves_nothing(blocks, words, tmp_path):
    with pytest.raises(RenderingError, match=words):
        render_pdf(small(*blocks), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_text_of_the_greatest_length_is_accepted(tmp_path):
    assert render_pdf(small(Paragraph("mot " * 5_000)), tmp_path / "x.pdf").pages > 3


def test_too_much_in_all_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_module, "MAX_HTML", 1_000)
    with pytest.raises(RenderingError, match="trop lourd"):
        render_pdf(small(Paragraph("a " * 1_000)), tmp_path / "x.pdf")


def test_a_layout_that_lasts_is_stopped_with_a_french_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_module, "WALL_SECONDS", 0)
    with pytest.raises(RenderingError, match="dépassé"):
        render_pdf(small(Paragraph("a")), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_layout_out_of_memory_is_told_in_french(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_module, "CHILD_MODULE", "tests.territories.foundations.rendering.starved_child")
    with pytest.raises(RenderingError, match="trop lourd"):
        render_pdf(small(long_table(500)), tmp_path / "x.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_of_the_child_is_told_in_french_and_logged(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(pdf_module, "CHILD_MODULE", "tests.territories.foundations.rendering.absent_child")
    with pytest.raises(RenderingError, match="signalez"):
        render_pdf(small(Paragraph("a")), tmp_path / "x.pdf")
    assert "No module named" in caplog.text


def _children() -> set[int]:
    return {int(pid) for pid in Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split()}


def test_a_heartbeat_that_refuses_stops_everything(tmp_path):
    class Cancelled(Exception):
        pass

    before = _children()
    beats = []

    def tick():
        beats.append(1)
        if len(beats) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        render_pdf(sample_document(), tmp_path / "x.pdf", tick=tick)
    assert list(tmp_path.iterdir()) == []
    assert _children() == before


def test_a_failed_drawing_stops_everything(tmp_path):
    def draw(_spec):
        raise RenderingError("Le graphique n’a pas pu être dessiné.")

    before = _children()
    with pytest.raises(RenderingError, match="graphique"):
        render_pdf(sample_document(charts=1), tmp_path / "x.pdf", draw=draw)
    assert _children() == before


def test_the_layout_dies_with_the_worker_that_asked_for_it(tmp_path):
    script = (
        "import time\n"
        "from territories.foundations.rendering.pdf import LayoutProcess\n"
        "with LayoutProcess() as child:\n    print(child.pid, flush=True)\n    time.sleep(60)\n"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    worker = subprocess.Popen([sys.executable, "-c", script], cwd=PROJECT, stdout=subprocess.PIPE, text=True, env=environment)
    child = Path("/proc") / worker.stdout.readline().strip()
    assert child.exists()
    worker.kill()
    worker.communicate()
    deadline = time.monotonic() + 10
    while child.exists() and "Z" not in (child / "stat").read_text().rpartition(")")[2].split()[0]:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_nothing_here_needs_django():
    script = (
        "import importlib, pkgutil, sys\n"
        "import territories.foundations.rendering as package\n"
        "for module in pkgutil.iter_modules(package.__path__):\n"
        "    importlib.import_module(f'{package.__name__}.{module.name}')\n"
        "print([name for name in ('django', 'weasyprint') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_a_killed_worker_left_is_swept_after_an_hour(tmp_path, monkeypatch):
    monkeypatch.setattr(pdf_module.tempfile, "tempdir", str(tmp_path))
    old, recent = tmp_path / "mise-en-page-old", tmp_path / "mise-en-page-recent"
    for folder in (old, recent):
        folder.mkdir()
    os.utime(old, (1, 1))
    with LayoutProcess():
        assert not old.exists()
        assert recent.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["mise-en-page-recent"]
