"""Fictitious Sirene stock files of a region, faithful to the official format, with the truth of what they contain.

Nothing here needs Django. The same arguments give the same bytes (CSV and zip) and the same rows (parquet).
"""

import gc
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from cress.demo.sirene_difficult import write_difficult_cases
from cress.demo.sirene_layout import (
    BOOLEAN_COLUMNS,
    DATE_COLUMNS,
    ESTABLISHMENT_COLUMNS,
    INTEGER_COLUMNS,
    LEGAL_UNIT_COLUMNS,
    Generation,
    columns_of,
)
from cress.demo.sirene_plan import RegionPlan
from cress.demo.sirene_rows import (
    ESTABLISHMENT_CELLS,
    MASKED,
    UNIT_CELLS,
    CommuneSpec,
    Establishment,
    Unit,
    line_writer,
)
from cress.demo.sirene_truth import Truth

Format = Literal["parquet", "csv", "zip"]
Encoding = Literal["utf-8", "latin-1", "cp1252"]

__all__ = ["CommuneSpec", "Truth", "write_region"]

# Marks that Latin-1 lacks, as an old export would write them.
_LATIN_1: Final = str.maketrans({"œ": "oe", "Œ": "OE", "’": "'", "–": "-", "…": "...", "€": "EUR"})
_BLOCK: Final = 20_000


def write_region(
    target: Path,
    communes: Sequence[CommuneSpec],
    *,
    seed: int,
    reference_year: int,
    scale: float = 1.0,
    fmt: Format = "parquet",
    generation: Generation = "2026",
    encoding: Encoding = "utf-8",
    naf_2025_only: bool = False,
    typed: bool = False,
    former_codes: Sequence[tuple[str, str]] = (),
    delegated_codes: Sequence[tuple[str, str]] = (),
    duplicates: int = 0,
) -> Truth:
    """Write StockUniteLegale and StockEtablissement of these communes into the directory `target`.

    `scale` 1 gives the frequencies of a real region, for the populations given; `reference_year` is the year of the
    size bands, two years before the stock. `generation` « 2018 » writes the older columns. `naf_2025_only` writes
    NAF 2025 in activitePrincipale*, as files do from January 2027. `typed` gives parquet columns their dates, booleans
    and integers. `former_codes` and `delegated_codes` are (old code, current code) to be met in the file. `duplicates`
    repeats that many establishment rows.

    Raises ValueError, in French, for an empty list of communes or options that do not go together.
    """
    _check(communes, scale=scale, fmt=fmt, encoding=encoding, typed=typed)
    with _without_collector():
        plan = RegionPlan(communes, seed=seed, reference_year=reference_year, scale=scale)
        plan.populate()
        write_difficult_cases(plan, former_codes=former_codes, delegated_codes=delegated_codes)
    if naf_2025_only:
        _only_naf_2025(plan)
    for row in plan.rows[:: max(1, len(plan.rows) // duplicates)][:duplicates] if duplicates else ():
        row.copies += 1
    units = sorted((unit for unit in plan.units if unit.written), key=lambda unit: unit.siren)
    rows = sorted(plan.rows, key=lambda row: row.siret)

    target.mkdir(parents=True, exist_ok=True)
    suffix = {"utf-8": "utf8", "latin-1": "latin1", "cp1252": "cp1252"}[encoding]
    paths = []
    for name, columns, cells, items in (
        ("StockUniteLegale", columns_of(LEGAL_UNIT_COLUMNS, generation), UNIT_CELLS, units),
        ("StockEtablissement", columns_of(ESTABLISHMENT_COLUMNS, generation), ESTABLISHMENT_CELLS, rows),
    ):
        path = target / f"{name}_{suffix}.csv"
        _write_csv(path, columns, cells, items, encoding)
        if fmt == "zip":
            path = _zipped(path)
        elif fmt == "parquet":
            path = _as_parquet(path, columns, typed=typed)
        paths.append(path)
    truth = Truth(legal_units=paths[0], establishments=paths[1], reference_year=reference_year)
    truth.count(plan.units, plan.rows, communes)
    truth.cases = {key: tuple(row.siret for row in found) for key, found in plan.cases.items()}
    return truth


@contextmanager
def _without_collector() -> Iterator[None]:
    """Half a million small objects are made and all are kept: looking for garbage among them takes a third of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _check(communes: Sequence[CommuneSpec], *, scale: float, fmt: str, encoding: str, typed: bool) -> None:
    if not communes:
        raise ValueError("Aucune commune : donner la liste des communes de la région à écrire.")
    if len({commune.code for commune in communes}) != len(communes):
        raise ValueError("Une commune est donnée deux fois : retirer les doublons de la liste.")
    if not 0 <= scale <= 20:
        raise ValueError(f"Échelle {scale} hors limites : donner un nombre de 0 à 20.")
    if fmt == "parquet" and encoding != "utf-8":
        raise ValueError("Un fichier parquet est toujours en UTF-8 : choisir csv ou zip pour un autre encodage.")
    if typed and fmt != "parquet":
        raise ValueError("Seul le format parquet a des colonnes typées : choisir parquet.")


def _only_naf_2025(plan: RegionPlan) -> None:
    """Files of 2027: the main activity itself is in NAF 2025; older nomenclatures of closed units stay."""
    holders: list[Unit | Establishment] = [*plan.units, *plan.rows]
    for holder in holders:
        if holder.nomenclature == "NAFRev2":
            holder.ape, holder.nomenclature = holder.naf_2025, "NAF2025"


def _write_csv(path: Path, columns: tuple[str, ...], cells: dict[str, str], items: Sequence[Any], encoding: Encoding) -> None:
    line = line_writer(columns, cells)
    with path.open("w", encoding=encoding, newline="") as out:
        out.write(",".join(columns) + "\n")
        for start in range(0, len(items), _BLOCK):
            text = "".join(_lines(items[start : start + _BLOCK], line))
            out.write(text.translate(_LATIN_1) if encoding == "latin-1" else text)


def _lines(items: Iterable[Any], line: Callable[[Any], str]) -> Iterable[str]:
    for item in items:
        for _ in range(getattr(item, "copies", 1)):
            yield line(item)


def _zipped(path: Path) -> Path:
    """The official form: one CSV deflated in an archive of the same name."""
    archive = path.with_suffix(".zip")
    entry = zipfile.ZipInfo(path.name, date_time=(2026, 11, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(archive, "w") as out, path.open("rb") as source, out.open(entry, "w") as member:
        while block := source.read(1 << 20):
            member.write(block)
    path.unlink()
    return archive


def _as_parquet(path: Path, columns: tuple[str, ...], *, typed: bool) -> Path:
    """The CSV as parquet: all text, or with the types that a typed publication would carry."""
    parquet = path.with_suffix(".parquet")
    selected = ", ".join(_typed_column(column) if typed else f'"{column}"' for column in columns)
    declared = "{" + ", ".join(f"'{column}': 'VARCHAR'" for column in columns) + "}"
    with duckdb.connect(config={"threads": 1, "memory_limit": "200MB"}) as connection:
        connection.execute(
            f"COPY (SELECT {selected} FROM read_csv(?, header=true, columns={declared}, delim=',', quote='\"', "
            f"escape='\"', nullstr='', allow_quoted_nulls=false, parallel=false)) "
            f"TO '{str(parquet).replace(chr(39), chr(39) * 2)}' (FORMAT parquet, COMPRESSION zstd)",
            [str(path)],
        )
    path.unlink()
    return parquet


def _typed_column(column: str) -> str:
    if column in DATE_COLUMNS:
        kind = "DATE"
    elif column in BOOLEAN_COLUMNS:
        kind = "BOOLEAN"
    elif column in INTEGER_COLUMNS:
        kind = "INTEGER"
    else:
        return f'"{column}"'
    return f'TRY_CAST(NULLIF("{column}", \'{MASKED}\') AS {kind}) AS "{column}"'
