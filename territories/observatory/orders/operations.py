"""Loading statistics with jobs, asked for by a person or carried in this process."""

from pathlib import Path
from typing import TYPE_CHECKING

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job
from territories.observatory.models import Dataset
from territories.observatory.orders.meta import OrderMeta

if TYPE_CHECKING:
    from territories.access.models import User


def request_statistics_import(
    file: Path | StoredFile, meta: OrderMeta, *, is_demonstration: bool = False, by: "User | None" = None
) -> Job:
    """Ask for the load of a file; two loads of one source never run together. Raises ImportRefused."""
    raise NotImplementedError


def run_statistics_import(
    path: Path, *, meta: OrderMeta, is_demonstration: bool = False, by: "User | None" = None
) -> list[Dataset]:
    """The same load carried in this process: the datasets of the file, one a year, those already there included.

    Raises ImportRefused, or SourceProblem with the first errors of the file.
    """
    raise NotImplementedError
