"""Tells a worker that a job waits. The broker may lose the call, be late or be down: the sweeper rings again."""

import logging
import uuid

from celery import current_app
from django.db import transaction
from kombu.exceptions import KombuError

logger = logging.getLogger(__name__)

CARRY_TASK = "territories.foundations.tasks.carry_job"


def ring(job_id: uuid.UUID, *, delay_seconds: int = 0) -> bool:
    """Rings once, without insisting. A broker that does not answer is written down and is nobody’s error."""
    try:
        current_app.send_task(CARRY_TASK, args=(str(job_id),), countdown=delay_seconds or None, retry=False, ignore_result=True)
    except (KombuError, OSError) as error:
        logger.warning("Le courtier ne répond pas, le travail %s attendra le prochain balayage : %s", job_id, error)
        return False
    return True


def ring_on_commit(job_id: uuid.UUID) -> None:
    """Rings once the present transaction is written; at once when there is none."""
    transaction.on_commit(lambda: ring(job_id), robust=True)
