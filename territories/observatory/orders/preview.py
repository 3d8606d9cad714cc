"""The beginning of a file, for the page where its columns are named: header, first lines, words that nobody knows. Bounded."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from territories.foundations.text import fold
from territories.observatory.imports import place_of
from territories.observatory.models import ColumnMapping, StatisticsUpload
from territories.observatory.orders.layouts import KNOWN_HEADERS, MAPPABLE, Mapping, fingerprint, recognise
from territories.observatory.orders.operations import file_of
from territories.observatory.orders.pipeline import local_path
from territories.observatory.orders.reading import Source, open_source, rows_of
from territories.observatory.orders.words import READERS

SHOWN_LINES: Final = 8
# Words are looked for in the first lines; those met further are said by the dry run.
SEARCHED_LINES: Final = 3_000
MAX_WORDS: Final = 30


@dataclass(frozen=True)
class Preview:
    """What can be said of a file before it is read whole."""

    source: Source
    lines: tuple[tuple[str, ...], ...]

    @property
    def header(self) -> tuple[str, ...]:
        return self.source.header


@contextmanager
def opened(upload: StatisticsUpload) -> Iterator[Source]:
    """The file of an upload, recognised. Raises SourceProblem."""
    with tempfile.TemporaryDirectory() as folder:
        path = local_path(place_of(file_of(upload)), Path(folder))
        yield open_source(path, sheet=str(upload.meta.get("sheet") or ""), known=KNOWN_HEADERS)


def preview(upload: StatisticsUpload) -> Preview:
    """Raises SourceProblem when the file cannot be read."""
    with opened(upload) as source:
        width = len(source.header)
        lines = [tuple((cells + [""] * width)[:width]) for _, cells in islice(rows_of(source), SHOWN_LINES)]
    return Preview(source, tuple(lines))


def needs_mapping(source: Source) -> tuple[bool, ColumnMapping | None]:
    """Whether somebody must name the columns; the mapping already made for this header when there is one."""
    known = ColumnMapping.objects.filter(fingerprint=fingerprint(source.header)).order_by("-updated_at", "pk").first()
    return known is None and recognise(source.header) is None, known


def unknown_words(upload: StatisticsUpload, mapping: Mapping) -> dict[str, list[str]]:
    """Canonical column → words of the first lines that neither we nor the mapping can translate."""
    found: dict[str, dict[str, None]] = {}
    with opened(upload) as source:
        at = {name: index for index, name in enumerate(source.header)}
        columns = [(name, at[column]) for name, column in mapping.columns.items() if name in READERS and column in at]
        translated = {name: {fold(word) for word in words} for name, words in mapping.values.items()}
        for _, cells in islice(rows_of(source), SEARCHED_LINES):
            for name, index in columns:
                word = cells[index] if index < len(cells) else ""
                if word in found.get(name, {}) or fold(word) in translated.get(name, ()):
                    continue
                if READERS[name](word) is None and len(found.setdefault(name, {})) < MAX_WORDS:
                    found[name][word] = None
    return {name: list(words) for name, words in found.items() if words}


# Other names met for a canonical column, folded.
_GUESSES: Final[dict[str, tuple[str, ...]]] = {
    "millesime": ("annee", "year", "an"),
    "maille": ("niveau", "niveau geographique", "type de territoire", "geo object"),
    "code_geo": ("codgeo", "code", "code insee", "code commune", "code territoire", "geo", "depcom"),
    "champ": ("champ ess", "secteur institutionnel"),
    "famille": ("famille ess", "famille de l ess", "familles"),
    "secteur": ("secteur d activite", "secteur na88", "a88", "a38", "division", "activite"),
    "tranche_taille": ("tranche", "taille", "tranche d effectif", "tranche de taille"),
    "classe_age": ("age", "tranche d age", "classe d age"),
    "csp": ("categorie socioprofessionnelle", "pcs"),
    "nb_entreprises": ("entreprises", "nombre d entreprises"),
    "nb_etablissements": ("etablissements", "nombre d etablissements", "etab"),
    "effectifs_3112": ("effectifs", "effectif", "postes", "emplois", "effectifs salaries", "effectifs au 31 12", "nb postes"),
    "etp": ("equivalents temps plein", "nb etp"),
    "remunerations_brutes": ("remunerations", "masse salariale", "salaires bruts", "remuneration brute"),
    "statut": ("status", "obs status", "secret"),
    "mesure": ("indicateur", "variable"),
    "valeur": ("value", "obs value", "nombre"),
}


def guess(header: tuple[str, ...]) -> dict[str, str]:
    """Canonical column → column of the file that bears its name or one often met."""
    written = {fold(name): name for name in header if name}
    guessed: dict[str, str] = {}
    for canonical in MAPPABLE:
        for name in (fold(canonical), fold(MAPPABLE[canonical]), *_GUESSES.get(canonical, ())):
            if name in written and written[name] not in guessed.values():
                guessed[canonical] = written[name]
                break
    return guessed
