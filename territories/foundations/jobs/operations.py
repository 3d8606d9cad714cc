"""Asking for long work, stopping it, asking again."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from territories.foundations.jobs import doorbell, runner
from territories.foundations.jobs.models import ATTEMPTS, Job, JobState
from territories.foundations.jobs.registry import kind_of

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

    Person = AbstractBaseUser | AnonymousUser

_TRIES = 5
_POLL_SECONDS = 0.5


class NotRelaunchable(Exception):
    """The job cannot be begun again now. Its text says why, in French."""


def request_job(
    kind: str,
    *,
    title: str,
    params: Mapping[str, Any],
    by: "Person | None" = None,
    dedupe_key: str = "",
) -> Job:
    """Writes the job in the caller’s transaction and rings a worker once that is committed.

    `params` holds JSON values only. While a job of the same `dedupe_key` waits or runs, that one is given back; asked
    for by several people, it becomes readable by whoever has its address, as is one asked for without an account.
    An unknown kind raises LookupError.
    """
    if kind_of(kind) is None:
        raise LookupError(f"Unknown job kind: {kind!r}.")
    person = by if by is not None and by.is_authenticated else None
    with transaction.atomic():
        job = _active_or_new(kind, title=title, params=params, person=person, dedupe_key=dedupe_key)
        if not job.shared and (person is None or job.requested_by_id != person.pk):
            Job.objects.filter(pk=job.pk).update(shared=True)
            job.shared = True
        doorbell.ring_on_commit(job.pk)
    return job


def _active_or_new(kind: str, *, title: str, params: Mapping[str, Any], person: "Person | None", dedupe_key: str) -> Job:
    """The constraint of the table decides between two people who ask at the same moment; whoever lost looks again."""
    for _ in range(_TRIES):
        other = Job.objects.active().filter(dedupe_key=dedupe_key).order_by("created_at").first() if dedupe_key else None
        if other is not None and not other.cancel_requested:
            return other
        if other is not None:
            # It is stopping: asking for the same again takes the stop back, unless it has stopped meanwhile.
            if Job.objects.active().filter(pk=other.pk).update(cancel_requested=False):
                return other
            continue
        try:
            with transaction.atomic():
                return Job.objects.create(
                    kind=kind,
                    title=title[:200],
                    params=dict(params),
                    requested_by_id=person.pk if person is not None else None,
                    dedupe_key=dedupe_key,
                    shared=person is None,
                    rung_at=timezone.now(),
                )
        except IntegrityError:
            if not dedupe_key:
                raise
    raise IntegrityError(f"No active job and no room for one under the key {dedupe_key!r}.")


@transaction.atomic
def cancel_job(job: Job) -> Job:
    """Stops a job: at once when nobody carries it, otherwise at its next sign of progress. Nothing happens to a finished one."""
    now = timezone.now()
    idle = Q(state=JobState.QUEUED) | Q(state=JobState.RUNNING, lease_until__lt=now)
    stopped = Job.objects.filter(idle, pk=job.pk).update(
        state=JobState.CANCELLED,
        # An attempt that comes back from a frozen machine must find that the job is no longer its own.
        attempt=F("attempt") + 1,
        lease_until=None,
        finished_at=now,
        cancel_requested=True,
        message="",
    )
    if not stopped:
        Job.objects.filter(pk=job.pk, state=JobState.RUNNING).update(cancel_requested=True)
    return Job.objects.get(pk=job.pk)


@transaction.atomic
def relaunch_job(job: Job) -> Job:
    """Puts a failed or cancelled job back in the queue, from its very beginning, under the same address.

    Raises NotRelaunchable when it is active or done, or when another job does the same work already.
    """
    if kind_of(job.kind) is None:
        raise NotRelaunchable("Cette version de l’application ne connaît plus cette nature de travail.")
    if job.dedupe_key and Job.objects.active().filter(dedupe_key=job.dedupe_key).exclude(pk=job.pk).exists():
        raise NotRelaunchable("Le même travail est déjà en cours.")
    try:
        with transaction.atomic():
            # Attempts go on counting: an old one can never be taken for the new one.
            again = Job.objects.filter(pk=job.pk, state__in=(JobState.FAILED, JobState.CANCELLED)).update(
                state=JobState.QUEUED,
                attempt_limit=F("attempt") + ATTEMPTS,
                cancel_requested=False,
                checkpoints={},
                progress_done=0,
                progress_total=0,
                message="",
                error="",
                error_detail="",
                result={},
                rung_at=timezone.now(),
                started_at=None,
                finished_at=None,
            )
    except IntegrityError as error:
        raise NotRelaunchable("Le même travail est déjà en cours.") from error
    if not again:
        raise NotRelaunchable("Ce travail n’est ni échoué ni annulé\u00a0: il n’y a rien à relancer.")
    doorbell.ring_on_commit(job.pk)
    return Job.objects.get(pk=job.pk)


def run_job_now(job: Job) -> Job:
    """Carries the job to its end in this process, all attempts included: for commands and tests.

    Claim, lease and fencing are those of the workers. When one of them was quicker, its end is waited for. A job of a
    kind unknown here is given back as it stands.
    """
    while True:
        carried = runner.carry(job.pk)
        after = carried or Job.objects.get(pk=job.pk)
        if not after.is_active or kind_of(after.kind) is None:
            return after
        if carried is None:
            time.sleep(_POLL_SECONDS)
