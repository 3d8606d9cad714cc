"""The bounded process that lays out one PDF: `python -m territories.foundations.rendering.pdf_child FOLDER`.

It reads `document.html` and the files of `assets/` in FOLDER, writes `document.pdf` and `result.json` there, and can do
nothing else: memory and processor time are limited, the network is closed, no other file is served to the layout. It
knows no Django, no database, and no drawing library (V8 does not survive a memory limit).
"""

import ctypes
import importlib
import json
import logging
import resource
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MEMORY_BYTES = 1_500 * 1024 * 1024
CPU_SECONDS = 110
# Exit codes that the parent tells apart.
OUT_OF_MEMORY = 71

_SCHEME = "asset:"
_TYPES = {".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".png": "image/png"}
_CLOSED_EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.bind", "subprocess.Popen", "os.system", "os.exec")


def close_network() -> None:
    """Refuses, for the rest of the process, every connection, name look-up and program started from Python."""

    def refuse(event: str, _arguments: tuple[Any, ...]) -> None:
        if event in _CLOSED_EVENTS:
            raise PermissionError(f"refused in the layout process: {event}")

    sys.addaudithook(refuse)


def limit_resources(memory: int = MEMORY_BYTES, cpu: int = CPU_SECONDS) -> None:
    """Bounds the address space (bytes) and the processor time (seconds) of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def asset_fetcher(assets: Mapping[str, bytes]) -> Any:
    """A WeasyPrint fetcher that serves `asset:NAME` from a mapping, and raises ValueError for every other address.

    Nothing is delegated to the parent class, so there is no handler left to open a file or follow a redirection.
    """
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class AssetFetcher(URLFetcher):
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> URLFetcherResponse:
            name = url.removeprefix(_SCHEME) if url.startswith(_SCHEME) else None
            if name is None or name not in assets:
                raise ValueError(f"refused address: {url[:200]!r}")
            kind = _TYPES.get(Path(name).suffix, "application/octet-stream")
            return URLFetcherResponse(url, body=assets[name], headers={"Content-Type": kind})

    return AssetFetcher(allowed_protocols={"asset"}, allow_redirects=False)


class _Faults(logging.Handler):
    """Keeps what WeasyPrint reports as errors: a missing alternative text, a file refused."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def lay_out(html: str, assets: Mapping[str, bytes], target: Path) -> dict[str, Any]:
    """Writes the tagged PDF of `html` and returns `pages`, `fonts` (embedded names, without subset tags), `faults`."""
    import weasyprint

    faults = _Faults()
    logging.getLogger("weasyprint").addHandler(faults)
    fonts: set[str] = set()

    def collect(_document: Any, pdf: Any) -> None:
        for item in pdf.objects:
            if isinstance(item, dict) and item.get("Type") == "/FontDescriptor":
                name = item["FontName"]
                fonts.add(str(name).removeprefix("/").rpartition("+")[2])

    page = weasyprint.HTML(string=html, url_fetcher=asset_fetcher(assets), base_url=None)
    document = page.render(pdf_variant="pdf/ua-1")
    document.write_pdf(target, finisher=collect, pdf_variant="pdf/ua-1")
    return {"pages": len(document.pages), "fonts": sorted(fonts), "faults": faults.lines}


def die_with_parent() -> None:
    """Asks Linux to kill this process when the worker that started it dies (prctl, PR_SET_PDEATHSIG)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def main(folder: Path) -> int:
    die_with_parent()
    limit_resources()
    close_network()
    # Loaded while the parent still draws; the work is ready when it says so, and there is none when it is gone.
    importlib.import_module("weasyprint")
    if not sys.stdin.readline():
        return 0
    assets = {file.name: file.read_bytes() for file in (folder / "assets").iterdir()}
    html = (folder / "document.html").read_text(encoding="utf-8")
    try:
        result = lay_out(html, assets, folder / "document.pdf")
    except MemoryError:
        return OUT_OF_MEMORY
    result["peak_kilobytes"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (folder / "result.json").write_text(json.dumps(result), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
