"""Carries one job: claim, signs of life, handler, last write. The same path for workers, commands and tests."""

import errno
import logging
import shutil
import traceback
import uuid

from billiard.exceptions import SoftTimeLimitExceeded
from django.db import DatabaseError

from territories.foundations.jobs import claims, doorbell
from territories.foundations.jobs.heartbeat import Heartbeat
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.registry import JobCancelled, JobFailure, JobKind, LeaseLost, kind_of
from territories.foundations.jobs.work import Work, folder_of

logger = logging.getLogger(__name__)

_RETRY_SECONDS = 5
_DETAIL_CHARACTERS = 10_000

DISK_FULL = (
    "Il n’y a plus de place sur le disque du serveur. Rien n’a été publié. "
    "Libérez de la place (ou prévenez l’administration), puis relancez."
)
TOO_LONG = "Le travail a dépassé la durée permise et a été arrêté. Réduisez la demande ou prévenez l’administration."


def given_up(job: Job) -> str:
    """Why a job that failed for an unforeseen reason at each attempt is given up."""
    return (
        "Le travail s’est interrompu à chaque tentative à cause d’une erreur imprévue. "
        f"Relancez-le\u00a0; si cela se reproduit, prévenez l’administration en citant le numéro {str(job.pk)[:8]}."
    )


def carry(job_id: uuid.UUID) -> Job | None:
    """Carries the job if it may be claimed; gives it back as it is afterwards, None when there was nothing to carry."""
    waiting = Job.objects.filter(pk=job_id).only("kind").first()
    if waiting is None:
        # Rung from a transaction that was rolled back, or purged since.
        return None
    kind = kind_of(waiting.kind)
    if kind is None:
        # A newer version asked for it while workers are being replaced: one of them will know.
        logger.warning("Travail %s : nature inconnue ici (%s).", job_id, waiting.kind)
        return None
    job = claims.claim(job_id)
    if job is None:
        return None
    try:
        _attempt(job, kind)
    except LeaseLost:
        logger.warning("Travail %s : la tentative %s a été reprise par une autre.", job_id, job.attempt)
    return Job.objects.filter(pk=job_id).first()


def _attempt(job: Job, kind: JobKind) -> None:
    with Heartbeat(job.pk, job.attempt) as heartbeat:
        work = Work(job, heartbeat.lost)
        try:
            kind.handle(work)
        except LeaseLost:
            raise
        except JobCancelled:
            claims.finish_cancelled(job.pk, job.attempt)
        except JobFailure as failure:
            _fail(job, str(failure))
        except SoftTimeLimitExceeded:
            _fail(job, TOO_LONG)
        except Exception as error:
            _after_error(job, error)
            return
        else:
            _done(job, work)
    shutil.rmtree(folder_of(job), ignore_errors=True)


def _done(job: Job, work: Work) -> None:
    total = max(work.job.progress_total, 1)
    current = Job.objects.filter(pk=job.pk).values_list("progress_total", flat=True).first()
    total = max(current or 0, total)
    claims.finish(
        job.pk,
        job.attempt,
        JobState.DONE,
        result=work.result,
        message="",
        error="",
        error_detail="",
        progress_done=total,
        progress_total=total,
    )


def _fail(job: Job, reason: str, detail: str = "") -> None:
    claims.finish(job.pk, job.attempt, JobState.FAILED, error=reason, error_detail=detail, message="")


def _is_disk_full(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        # SQLite says it in words, PostgreSQL with SQLSTATE 53100.
        if isinstance(error, DatabaseError) and "disk is full" in str(error):
            return True
        if getattr(error, "sqlstate", None) == "53100" or getattr(error, "pgcode", None) == "53100":
            return True
        error = error.__cause__ or error.__context__
    return False


def _after_error(job: Job, error: Exception) -> None:
    """Another attempt while some are left; then the end, with a sentence for people and the trace for administrators."""
    logger.error("Travail %s (%s), tentative %s : %s", job.pk, job.kind, job.attempt, type(error).__name__, exc_info=error)
    detail = "".join(traceback.format_exception(error))[-_DETAIL_CHARACTERS:]
    if _is_disk_full(error):
        _fail(job, DISK_FULL, detail)
    elif job.attempt >= job.attempt_limit:
        _fail(job, given_up(job), detail)
    else:
        left = job.attempt_limit - job.attempt
        claims.hand_back(
            job.pk,
            job.attempt,
            message=f"Interrompu par une erreur, une nouvelle tentative suit (encore {left} possible{'s' if left > 1 else ''}).",
            detail=detail,
        )
        doorbell.ring(job.pk, delay_seconds=_RETRY_SECONDS * job.attempt)
        return
    shutil.rmtree(folder_of(job), ignore_errors=True)
