"""What the handler of a job is given: parameters, a folder, progress, stages, fenced writes, the result."""

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import remove, store
from territories.foundations.jobs import claims
from territories.foundations.jobs.models import ATTEMPTS, Job
from territories.foundations.jobs.registry import LeaseLost

# Progress is written at most this often.
_PROGRESS_SECONDS = 1.0


def folder_of(job: Job) -> Path:
    """The scratch folder of a job on this machine, whether or not it exists."""
    return Path(settings.WORK_DIR) / str(job.pk)


class Work:
    """One attempt at a job. Each of its writes fails with LeaseLost once another attempt has taken over."""

    def __init__(self, job: Job, lost: threading.Event | None = None) -> None:
        self.job = job
        self.params: Mapping[str, Any] = dict(job.params)
        self.result: dict[str, Any] = {}
        self._attempt = job.attempt
        self._lost = lost or threading.Event()
        self._written_at: float | None = None

    @property
    def dir(self) -> Path:
        """A folder that stays the same over the attempts made on one machine, removed when the job ends.

        Another machine may carry the next attempt: look whether a file is there before relying on it, and give a file
        its final name only once it is whole.
        """
        folder = folder_of(self.job)
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def progress(self, done: int, total: int, message: str = "") -> None:
        """Says where the work is: `done` out of `total` of any unit, total 0 when unknown; `message` in French.

        Written at most once a second; raises JobCancelled or LeaseLost then.
        """
        if self._lost.is_set():
            raise LeaseLost
        now = time.monotonic()
        finished = total > 0 and done >= total
        if self._written_at is not None and now - self._written_at < _PROGRESS_SECONDS and not finished:
            return
        self._written_at = now
        claims.write(
            self.job.pk,
            self._attempt,
            progress_done=max(0, done),
            progress_total=max(0, total),
            message=message[:300],
        )

    def checkpoint(self, stage: str) -> dict[str, Any] | None:
        """What a finished stage left behind, possibly in an earlier attempt; None when it is not finished."""
        return self.job.checkpoints.get(stage)

    def finish_stage(self, stage: str, data: Mapping[str, Any] | None = None) -> None:
        """Marks a stage as finished, with what the next ones need of it (JSON). Inside `fenced()`, in its transaction.

        An attempt that got further earns the job two more: a machine restarted ten times delays long work, no more.
        """
        checkpoints = {**self.job.checkpoints, stage: dict(data or {})}
        limit = max(self.job.attempt_limit, self._attempt + ATTEMPTS - 1)
        claims.write(self.job.pk, self._attempt, checkpoints=checkpoints, attempt_limit=limit)
        self.job.checkpoints, self.job.attempt_limit = checkpoints, limit

    @contextmanager
    def fenced(self) -> Iterator[None]:
        """One transaction that only commits if this attempt still carries the job.

        The row of the job is held from the first statement to the last: nobody can take over in between.
        """
        with transaction.atomic():
            claims.write(self.job.pk, self._attempt)
            began = time.monotonic()
            yield
            if time.monotonic() - began > settings.JOB_LEASE_SECONDS / 3:
                # The signs of life waited behind this transaction: leave a full lease behind it.
                claims.extend(self.job.pk, self._attempt)

    def store_result(self, source: Path | bytes, name: str) -> StoredFile:
        """Keeps a file as the result of the job, in place of the one of an earlier attempt.

        Raises JobCancelled or LeaseLost, and then leaves no file behind.
        """
        stored = store(source, name=name, by=self.job.requested_by)
        previous = self.job.result_file
        try:
            with transaction.atomic():
                claims.write(self.job.pk, self._attempt, result_file=stored)
        except BaseException:
            remove(stored)
            raise
        self.job.result_file = stored
        if previous is not None:
            remove(previous)
        return stored
