"""DuckDB held down: bounded memory and threads, no network, its overflow in the folder of the work, interruptible."""

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import duckdb

from territories.observatory.sirene.errors import SourceProblem

# Called while a query runs; raises to stop it (cancelled work, lost lease).
Tick = Callable[[], None]

POLL_SECONDS: Final = 0.2


def silent() -> None:
    """The tick of those who do not follow."""


class Engine:
    """One DuckDB connection for one piece of work. Use as a context manager.

    `memory`: as DuckDB writes it (« 700MB »). `tick` is called about five times a second while a query runs.
    """

    def __init__(self, folder: Path, *, memory: str = "700MB", threads: int = 2, tick: Tick = silent) -> None:
        overflow = folder / "debordement"
        overflow.mkdir(parents=True, exist_ok=True)
        self._tick = tick
        self.connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": memory,
                "threads": str(threads),
                "temp_directory": str(overflow),
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.connection.close()

    def run(self, sql: str, parameters: Sequence[Any] | None = None) -> list[tuple[Any, ...]]:
        """Execute one statement and give its rows. Whatever `tick` raises interrupts the statement and is raised here.

        Raises SourceProblem when the disk is full.
        """
        rows: list[tuple[Any, ...]] = []
        failures: list[BaseException] = []

        def work() -> None:
            try:
                rows.extend(self.connection.execute(sql, parameters or []).fetchall())
            except BaseException as error:
                failures.append(error)

        # Short statements stay in this thread’s time: the loop below ends as soon as the other one does.
        runner = threading.Thread(target=work, daemon=True)
        runner.start()
        try:
            while runner.is_alive():
                runner.join(POLL_SECONDS)
                if runner.is_alive():
                    self._tick()
        except BaseException:
            self.connection.interrupt()
            runner.join()
            raise
        if failures:
            self._raise(failures[0])
        return rows

    def value(self, sql: str, parameters: Sequence[Any] | None = None) -> Any:
        """The only value of a statement that gives one row of one column."""
        return self.run(sql, parameters)[0][0]

    @staticmethod
    def _raise(error: BaseException) -> None:
        text = str(error)
        if (isinstance(error, duckdb.OutOfMemoryException) and "temp_directory" in text) or "No space left" in text:
            raise SourceProblem(
                "L’espace disque du serveur est épuisé pendant la lecture\u00a0: libérez de la place, puis "
                "relancez le chargement."
            ) from error
        raise error


def literal(value: str) -> str:
    """A text literal for SQL."""
    return "'" + value.replace("'", "''") + "'"


def file_list(paths: Sequence[Path]) -> str:
    """A list of file names for `read_parquet`."""
    return "[" + ", ".join(literal(str(path)) for path in paths) + "]"
