"""What brings back lost doorbells, dead workers and forgotten folders. Running it twice at once is harmless."""

import logging
import shutil
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from territories.foundations.files.operations import remove, remove_orphans
from territories.foundations.jobs import doorbell
from territories.foundations.jobs.models import ACTIVE_STATES, Job, JobState
from territories.foundations.jobs.registry import kind_of

logger = logging.getLogger(__name__)

# A job asked for without an account is nobody’s: kept long enough to be downloaded again.
ANONYMOUS_DAYS = 30
UNKNOWN_KIND_HOURS = 1
FOLDER_HOURS = 24
# Jobs rung in one sweep: the next sweep, some seconds later, takes the following ones.
_RUNG_AT_ONCE = 200

INTERRUPTED = (
    "Le programme qui portait ce travail s’est arrêté à chaque tentative (machine redémarrée, mémoire insuffisante). "
    "Relancez-le\u00a0; si cela se reproduit, prévenez l’administration."
)
UNKNOWN_KIND = "Cette version de l’application ne connaît pas cette nature de travail. Prévenez l’administration."


@dataclass(frozen=True)
class Sweep:
    """How many jobs were rung again, given up, cancelled for good."""

    rung: int
    failed: int
    cancelled: int


def sweep() -> Sweep:
    """Rings again for the jobs that wait without having been called for a while and for those whose carrier is dead."""
    now = timezone.now()
    dead = Job.objects.filter(state=JobState.RUNNING, lease_until__lt=now)
    # Adding one to `attempt` shuts the door on a carrier that would wake up later.
    cancelled = dead.filter(cancel_requested=True).update(
        state=JobState.CANCELLED, attempt=F("attempt") + 1, lease_until=None, finished_at=now, message=""
    )
    failed = dead.filter(attempt__gte=F("attempt_limit")).update(
        state=JobState.FAILED, attempt=F("attempt") + 1, lease_until=None, finished_at=now, message="", error=INTERRUPTED
    )
    # The broker dropped the call, or every worker was busy and the call stands behind others: twice costs nothing.
    silent = Q(rung_at__isnull=True) | Q(rung_at__lt=now - timedelta(seconds=2 * settings.JOB_SWEEP_SECONDS))
    waiting = Job.objects.filter(Q(state=JobState.QUEUED) & silent | Q(state=JobState.RUNNING, lease_until__lt=now))
    rung = 0
    for job in waiting.order_by("created_at", "pk").only("pk", "kind", "state", "created_at")[:_RUNG_AT_ONCE]:
        if kind_of(job.kind) is None and job.created_at < now - timedelta(hours=UNKNOWN_KIND_HOURS):
            failed += Job.objects.filter(pk=job.pk, state=job.state).update(
                state=JobState.FAILED, lease_until=None, finished_at=now, error=UNKNOWN_KIND
            )
            continue
        if not doorbell.ring(job.pk):
            break
        Job.objects.filter(pk=job.pk).update(rung_at=now)
        rung += 1
    return Sweep(rung=rung, failed=failed, cancelled=cancelled)


def purge() -> int:
    """Once a day: folders of finished jobs, old anonymous jobs with their files, files that no row names. Counts what went."""
    gone = _purge_folders()
    old = timezone.now() - timedelta(days=ANONYMOUS_DAYS)
    anonymous = Job.objects.filter(requested_by=None, shared=True, finished_at__lt=old).exclude(state__in=ACTIVE_STATES)
    for job in anonymous.select_related("result_file").order_by("pk")[:1000]:
        stored = job.result_file
        job.delete()
        if stored is not None:
            remove(stored)
        gone += 1
    return gone + remove_orphans()


def _purge_folders() -> int:
    root = Path(settings.WORK_DIR)
    if not root.is_dir():
        return 0
    limit = time.time() - FOLDER_HOURS * 3600
    gone = 0
    for folder in root.iterdir():
        try:
            job_id = uuid.UUID(folder.name)
            recent = folder.stat().st_mtime > limit
        except (ValueError, OSError):
            # Not the folder of a job, or gone in between.
            continue
        if not recent and not Job.objects.filter(pk=job_id, state__in=ACTIVE_STATES).exists():
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
    return gone
