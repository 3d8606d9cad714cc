"""Report of 30+ pages, 12 charts and 2 maps: ours against bare WeasyPrint on the same HTML, and the memory of all processes.

Both run here, in turn, each in fresh processes, so that the noise of the machine falls on both. Ours is all that a job does
from the document to the stored file: drawings, bounded child, checks, fsync. Prints one JSON line after the table.

    python benchmarks/pdf_report.py [rounds]
"""

import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

PROJECT = Path(__file__).resolve().parents[1]
TARGET_RATIO = 1.4
TARGET_MEGABYTES = 500

_OURS = """
import os, sys, time
from pathlib import Path
from tests.territories.foundations.rendering.sample import sample_document
from territories.foundations.rendering.pdf import render_pdf
document = sample_document(charts=12, tables=6, prose_sections=2)
start, work = time.perf_counter(), sum(os.times()[:4])
result = render_pdf(document, Path(sys.argv[1]) / "ours.pdf")
print(time.perf_counter() - start, sum(os.times()[:4]) - work, result.pages)
"""
# The reference is given everything ready: drawings made, fonts and styles read; its clock includes the import of
# WeasyPrint, as ours does.
_BARE = """
import os, sys, time
from pathlib import Path
from territories.foundations.rendering.pdf_child import asset_fetcher
folder = Path(sys.argv[1])
assets = {file.name: file.read_bytes() for file in (folder / "assets").iterdir()}
html = (folder / "document.html").read_text()
start, work = time.perf_counter(), sum(os.times()[:4])
import weasyprint
document = weasyprint.HTML(string=html, url_fetcher=asset_fetcher(assets)).render()
document.write_pdf(folder / "bare.pdf")
print(time.perf_counter() - start, sum(os.times()[:4]) - work, len(document.pages))
"""
_PREPARE = """
import sys
from pathlib import Path
from tests.territories.foundations.rendering.sample import sample_document
from territories.foundations.rendering.fonts import build_fonts, font_files
from territories.foundations.rendering.html import print_html
from territories.foundations.rendering.pdf import print_styles
build_fonts()
folder = Path(sys.argv[1])
(folder / "assets").mkdir()
document = sample_document(charts=12, tables=6, prose_sections=2)
printable = print_html(document)
(folder / "document.html").write_text(printable.html)
(folder / "assets" / "print.css").write_text(print_styles(document))
for name, content in {**printable.assets, **{n: f.read_bytes() for n, f in font_files().items()}}.items():
    (folder / "assets" / name).write_bytes(content)
"""


@dataclass(frozen=True)
class Run:
    """One run: elapsed and processor seconds, pages, peak of resident memory in MB over the process and its children."""

    elapsed: float
    processor: float
    pages: int
    megabytes: float


def run(script: str, folder: Path) -> Run:
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    peak = 0.0
    stopped = threading.Event()

    def watch() -> None:
        nonlocal peak
        root = psutil.Process(process.pid)
        while not stopped.wait(0.05):
            try:
                family = [root, *root.children(recursive=True)]
                peak = max(peak, sum(one.memory_info().rss for one in family) / 1024**2)
            except psutil.Error:
                continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    output, _ = process.communicate()
    stopped.set()
    watcher.join()
    if process.returncode != 0:
        raise SystemExit(f"The script ended with {process.returncode}.")
    elapsed, processor, pages = output.split() or ("0", "0", "0")
    return Run(float(elapsed), float(processor), int(pages), peak)


def main(rounds: int) -> None:
    ours: list[Run] = []
    bare: list[Run] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(_PREPARE, folder)
        for _ in range(rounds):
            bare.append(run(_BARE, folder))
            ours.append(run(_OURS, folder))
    pairs = list(zip(ours, bare, strict=True))
    ratio = statistics.median(o.elapsed / b.elapsed for o, b in pairs)
    best = min(o.elapsed for o in ours) / min(b.elapsed for b in bare)
    processor = statistics.median(o.processor / b.processor for o, b in pairs)
    peak = max(o.megabytes for o in ours)
    print(f"{'':<28}{'elapsed s (median)':>20}{'best':>8}{'processor s':>14}{'pages':>8}{'peak MB':>10}")
    for label, runs in (("WeasyPrint alone, same HTML", bare), ("Ours, document to file", ours)):
        seconds = [one.elapsed for one in runs]
        work = statistics.median(one.processor for one in runs)
        print(
            f"{label:<28}{statistics.median(seconds):>20.2f}{min(seconds):>8.2f}{work:>14.2f}"
            f"{runs[0].pages:>8}{max(one.megabytes for one in runs):>10.0f}"
        )
    print(f"Ratio of elapsed time: {ratio:.2f} (median of {rounds} pairs), {best:.2f} (best of each); target ≤ {TARGET_RATIO}")
    print(f"Ratio of processor time: {processor:.2f} (ours works in two processes at once)")
    print(f"Peak memory over all processes: {peak:.0f} MB; target ≤ {TARGET_MEGABYTES}")
    figures = {"ratio": round(ratio, 3), "ratio_best": round(best, 3), "ratio_processor": round(processor, 3)}
    print(json.dumps({"benchmark": "pdf_report", **figures, "pages": ours[0].pages, "peak_mb": round(peak)}))


if __name__ == "__main__":
    started = time.perf_counter()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
    print(f"({time.perf_counter() - started:.0f} s in all)")
