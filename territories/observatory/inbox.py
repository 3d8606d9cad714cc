"""What the files of the server’s folder are, from their first bytes and their header: never from their name alone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from territories.foundations.text import fold
from territories.observatory.enums import DatasetState
from territories.observatory.forms import size_fr
from territories.observatory.models import Dataset
from territories.observatory.orders.layouts import KNOWN_HEADERS, Layout, recognise
from territories.observatory.orders.reading import Source, open_source, rows_of
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import inspect_file

ENDINGS: Final = frozenset({".csv", ".txt", ".xlsx", ".zip", ".parquet"})
# The most recent files only: a folder where everything is kept must not slow the page.
MOST: Final = 24
# Columns that say the year of a line, folded.
_YEAR_COLUMNS: Final = frozenset({"time period", "millesime"})
_IN_NAME: Final = re.compile(r"(?:^|[^A-Za-z0-9])(A\d{1,2})(?=[^0-9])")
_SOURCES: Final = {"flores": "flores-open", "canonical": "insee-commande", "urssaf": "urssaf-ess"}


@dataclass(frozen=True)
class InboxFile:
    """A file of the folder. `kind` is « sirene », a layout of statistics, or empty when nothing was recognised."""

    name: str
    size: str
    dropped_on: date
    kind: str
    label: str
    url: str = ""

    @property
    def base(self) -> str:
        """The name without its folder, as datasets keep it."""
        return Path(self.name).name


def loaded_names() -> frozenset[str]:
    """The names of the files that a dataset in use, or replaced, was read from. One query."""
    rows = Dataset.objects.filter(state__in=(DatasetState.ACTIVE, DatasetState.SUPERSEDED)).values_list("files", flat=True)
    return frozenset(Path(str(file.get("name", ""))).name for files in rows for file in files or ())


def inbox(folder: Path | None = None) -> list[InboxFile]:
    """The most recent files of the folder, the last dropped first, each with what it is. Opens each of them for a moment."""
    root = Path(folder or settings.INBOX_DIR)
    found: list[tuple[float, int, Path]] = []
    for path in root.rglob("*") if root.is_dir() else ():
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file():
            status = path.stat()
            found.append((status.st_mtime, status.st_size, path))
    found.sort(key=lambda one: (-one[0], str(one[2])))
    return [_described(path, root, size, moment) for moment, size, path in found[:MOST]]


def _described(path: Path, root: Path, size: int, moment: float) -> InboxFile:
    name = str(path.relative_to(root))
    dropped = datetime.fromtimestamp(moment, tz=timezone.get_current_timezone()).date()
    kind, label = recognised(path)
    url = ""
    if kind == "sirene":
        url = reverse("observatory:import_sirene")
    elif path.suffix.lower() != ".parquet":
        query = {"fichier": name, **({"source": _SOURCES[kind]} if kind in _SOURCES else {})}
        url = f"{reverse('observatory:import_statistics')}?{urlencode(query)}"
    return InboxFile(name, size_fr(size), dropped, kind, label, url)


def recognised(path: Path) -> tuple[str, str]:
    """(kind, words): « sirene », « Sirene, établissements », or « flores », « Flores A38 2024 ». Both empty when unknown."""
    for stock in Stock:
        try:
            inspect_file(path, stock)
        except SourceProblem:
            continue
        return "sirene", f"Sirene, {stock.french}"
    if path.suffix.lower() == ".parquet":
        return "", ""
    try:
        source = open_source(path, known=KNOWN_HEADERS)
        layout = recognise(source.header)
        return ("", "") if layout is None else (layout.key, _words(layout, source, path))
    except SourceProblem:
        return "", ""


def _words(layout: Layout, source: Source, path: Path) -> str:
    label = {"flores": "Flores", "canonical": "Commande au format de référence", "urssaf": "Urssaf, ESS par secteur"}[layout.key]
    grid = _IN_NAME.search((source.member or path.name).replace("_", " ")) if layout.key == "flores" else None
    year = _first_year(source)
    return " ".join(part for part in (label, grid[1] if grid else "", year) if part)


def _first_year(source: Source) -> str:
    """The year of the first line, when a column says it. The Urssaf gives every year in one file: none is said."""
    at = next((rank for rank, name in enumerate(source.header) if fold(name) in _YEAR_COLUMNS), None)
    if at is None:
        return ""
    _, cells = next(rows_of(source), (0, []))
    return cells[at].strip()[:4] if at < len(cells) else ""


def of_kinds(files: Sequence[InboxFile], kinds: Sequence[str]) -> list[InboxFile]:
    return [one for one in files if one.kind in kinds]
