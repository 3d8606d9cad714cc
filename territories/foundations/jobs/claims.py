"""The only writes to the state of a job. Each is one conditional UPDATE: the row says who won, never the broker.

A claim adds one to `attempt`; every later write of the carrier repeats that number in its condition, so that an attempt
that was taken over (frozen machine, lost network) can no longer write anything. Times are those of the application
servers: their clocks must agree within a few seconds, which is little beside the lease.
"""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.registry import JobCancelled, LeaseLost


def lease_end(now: datetime | None = None) -> datetime:
    return (now or timezone.now()) + timedelta(seconds=settings.JOB_LEASE_SECONDS)


def claim(job_id: uuid.UUID) -> Job | None:
    """Takes a waiting job, or one whose carrier no longer gives signs of life; None when there is nothing to take."""
    now = timezone.now()
    free = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    with transaction.atomic():
        won = Job.objects.filter(free, pk=job_id, cancel_requested=False, attempt__lt=F("attempt_limit")).update(
            state=JobState.RUNNING,
            attempt=F("attempt") + 1,
            lease_until=lease_end(now),
            started_at=Coalesce(F("started_at"), now),
        )
        return Job.objects.get(pk=job_id) if won else None


def extend(job_id: uuid.UUID, attempt: int) -> bool:
    """Sign of life: pushes the lease away. False when the job is no longer ours."""
    return bool(Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING).update(lease_until=lease_end()))


def write(job_id: uuid.UUID, attempt: int, **values: Any) -> None:
    """Writes on a job that this attempt still carries, and extends the lease.

    Raises JobCancelled when somebody asked to stop, LeaseLost when another attempt has taken over.
    """
    values.setdefault("lease_until", lease_end())
    mine = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING)
    if mine.filter(cancel_requested=False).update(**values):
        return
    if mine.exists():
        raise JobCancelled
    raise LeaseLost


def finish(job_id: uuid.UUID, attempt: int, state: JobState, **values: Any) -> None:
    """Last write of the attempt that carries the job. Raises LeaseLost when it no longer does.

    Work that is done stays done, even when somebody asked to stop it at the last moment.
    """
    done = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING).update(
        state=state, lease_until=None, finished_at=timezone.now(), **values
    )
    if not done:
        raise LeaseLost


def finish_cancelled(job_id: uuid.UUID, attempt: int) -> None:
    """Last write of an attempt that was asked to stop; back to the queue when the stop was taken back meanwhile."""
    mine = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING)
    stopped = mine.filter(cancel_requested=True).update(
        state=JobState.CANCELLED, lease_until=None, finished_at=timezone.now(), message=""
    )
    if not stopped:
        hand_back(job_id, attempt, message="", detail="")


def hand_back(job_id: uuid.UUID, attempt: int, *, message: str, detail: str) -> None:
    """Puts the job back in the queue for another attempt. Raises LeaseLost when it is no longer ours."""
    done = Job.objects.filter(pk=job_id, attempt=attempt, state=JobState.RUNNING).update(
        state=JobState.QUEUED, lease_until=None, rung_at=timezone.now(), message=message, error_detail=detail
    )
    if not done:
        raise LeaseLost
