"""Kinds of jobs that tests may request, and a way to leave no trace in the registers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs import registry
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.work import Work


@contextmanager
def handler(handle: Callable[[Work], None], name: str = "tests.work", label: str = "Travail d’essai") -> Iterator[str]:
    """Declares a kind of job for the length of a block."""
    known = dict(registry._kinds)
    registry._kinds.pop(name, None)
    registry.job_handler(name, label=label)(handle)
    try:
        yield name
    finally:
        registry._kinds.clear()
        registry._kinds.update(known)


def nothing(work: Work) -> None:
    """A handler that succeeds at once."""


def content_of(stored: StoredFile) -> bytes:
    with stored.file.open("rb") as stream:
        return stream.read()


def fresh(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)
