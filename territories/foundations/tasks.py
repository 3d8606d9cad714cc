"""What Celery runs: three lines each, identifiers only. The rows decide."""

import uuid

from celery import shared_task

from territories.foundations.jobs import runner, sweeping


@shared_task
def carry_job(job_id: str) -> None:
    """Carries the job if nobody else does and it is not finished."""
    runner.carry(uuid.UUID(job_id))


@shared_task
def sweep_jobs() -> None:
    """Rings again for what was lost."""
    sweeping.sweep()


@shared_task
def purge_jobs() -> None:
    """Throws away what finished jobs left behind."""
    sweeping.purge()
