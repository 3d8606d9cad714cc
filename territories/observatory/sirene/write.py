"""Rows of a parquet file into a table of the database, quickly, in batches that leave room for people’s forms.

SQLite: at most 5 000 rows a transaction, then a pause. PostgreSQL: COPY. Rows are written in the order of the file, so
that an interrupted writing goes on after the rows that are already there.
"""

import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import duckdb
from django.db import connection, models

from territories.foundations.text import fold
from territories.foundations.vocabulary import Status, sector_of
from territories.observatory.models import Dataset, Establishment, Observation
from territories.observatory.sirene.engine import literal

BATCH: Final = 5_000
SQLITE_PAUSE: Final = 0.05

Fence = Callable[[], AbstractContextManager[None]]
Row = tuple[Any, ...]


def write_establishments(dataset: Dataset, source: Path, *, fence: Fence, tick: Callable[[int], None]) -> int:
    """Write the establishments of the file that are not there yet; gives the number now in the table.

    `fence` opens the transaction of a batch; `tick` gets the number of rows written so far, after each batch.
    """

    def completed(names: Sequence[str]) -> Callable[[Row], Row]:
        name, usual_name, nomenclature, division = map(names.index, ("name", "usual_name", "nomenclature", "division"))

        def complete(row: Row) -> Row:
            search = fold(f"{row[name]} {row[usual_name]}")[:200].rstrip()
            return search, sector_of(row[nomenclature], row[division]) or ""

        return complete

    return _write(Establishment, dataset, source, ("search", "sector"), completed, fence, tick)


def write_observations(dataset: Dataset, source: Path, *, fence: Fence, tick: Callable[[int], None]) -> int:
    """Write the counted cells of the file that are not there yet; gives the number now in the table."""
    status = (Status.OBSERVED.value,)
    return _write(Observation, dataset, source, ("status",), lambda names: lambda row: status, fence, tick)


def write_statistics(dataset: Dataset, source: Path, *, fence: Fence, tick: Callable[[int], None]) -> int:
    """Write the observations of a file of statistics, statuses included, that are not there yet; gives the number in the "
    "table."""
    return _write(Observation, dataset, source, (), lambda names: lambda row: (), fence, tick)


def _write(
    model: type[models.Model],
    dataset: Dataset,
    source: Path,
    extra: tuple[str, ...],
    completed: Callable[[Sequence[str]], Callable[[Row], Row]],
    fence: Fence,
    tick: Callable[[int], None],
) -> int:
    written = model._default_manager.filter(dataset=dataset).count()
    names, batches = _read(source, written)
    complete = completed(names)
    owner = models.UUIDField().get_db_prep_value(dataset.pk, connection)
    columns = ["dataset_id", *names, *extra]
    insert = _copy if connection.vendor == "postgresql" else _execute
    pause = SQLITE_PAUSE if connection.vendor == "sqlite" else 0.0
    for batch in batches:
        rows = [(owner, *row, *complete(row)) for row in batch]
        with fence():
            insert(model._meta.db_table, columns, rows)
        written += len(rows)
        tick(written)
        time.sleep(pause)
    return written


def _read(source: Path, skip: int) -> tuple[list[str], Iterator[list[Row]]]:
    """Names of the columns, and the rows after the first `skip`, in batches, in the order of the file. Dates as text."""
    reader = duckdb.connect(":memory:", config={"memory_limit": "200MB", "threads": "1"})
    table = f"read_parquet({literal(str(source))})"
    kinds = [(str(row[0]), str(row[1])) for row in reader.execute(f"DESCRIBE SELECT * FROM {table}").fetchall()]
    chosen = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" if kind == "DATE" else name for name, kind in kinds)
    cursor = reader.execute(f"SELECT {chosen} FROM {table} OFFSET {int(skip)}")

    def batches() -> Iterator[list[Row]]:
        with reader:
            while rows := cursor.fetchmany(BATCH):
                yield rows

    return [name for name, _ in kinds], batches()


def _execute(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    quote = connection.ops.quote_name
    places = ", ".join(["%s"] * len(columns))
    names = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {quote(table)} ({names}) VALUES ({places})", rows)


def _copy(table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    quote = connection.ops.quote_name
    text = io.StringIO()
    for row in rows:
        text.write("\t".join(_copy_text(value) for value in row) + "\n")
    text.seek(0)
    names = ", ".join(quote(column) for column in columns)
    with connection.cursor() as cursor:
        cursor.copy_expert(f"COPY {quote(table)} ({names}) FROM STDIN", text)


def _copy_text(value: Any) -> str:
    """A value in the text format of COPY (documentation of PostgreSQL)."""
    if value is None:
        return r"\N"
    if value is True or value is False:
        return "t" if value else "f"
    return str(value).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def remove_rows(dataset: Dataset, *, tick: Callable[[int], None] = lambda removed: None) -> None:
    """Erase the rows of a dataset, in batches that leave room for others; the dataset itself stays."""
    removed = 0
    for model in (Establishment, Observation):
        while keys := list(model._default_manager.filter(dataset=dataset).order_by("pk").values_list("pk", flat=True)[:BATCH]):
            model._default_manager.filter(dataset=dataset, pk__lte=keys[-1]).delete()
            removed += len(keys)
            tick(removed)
            if connection.vendor == "sqlite":
                time.sleep(SQLITE_PAUSE)
