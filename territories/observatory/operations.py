"""Writes of the observatory asked for by people: publishing. Loading the national files is in `imports`."""

from django.db import transaction

from territories.access.models import User
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import request_job, run_job_now
from territories.foundations.jobs.registry import JobFailure
from territories.observatory.employment.releasing import plan
from territories.observatory.enums import ReleaseState
from territories.observatory.models import Dataset, Release
from territories.observatory.release import RELEASE_JOB, next_number


class NothingToRelease(Exception):
    """There is no active dataset to publish. Its text is the French sentence to show."""


def _active_dataset() -> Dataset:
    dataset = Dataset.objects.active()
    if dataset is None:
        raise NothingToRelease("Aucun jeu de données actif\u00a0: chargez d’abord les fichiers Sirene, puis publiez.")
    return dataset


@transaction.atomic
def request_release(*, by: User | None, note: str = "", dataset: Dataset | None = None) -> Job:
    """Ask for the publication of a dataset of Sirene, the active one by default, and of the active statistics with jobs.

    The request names the datasets and permits in force now: the release publishes these, or says what changed. It exists at
    once, « en préparation ». While one is being computed, asking again gives the same job.
    Raises NothingToRelease.
    """
    dataset = dataset or _active_dataset()
    job = request_job(
        RELEASE_JOB,
        title=f"Publication\u00a0: {dataset.title}"[:200],
        params={"dataset": str(dataset.pk), **plan().params},
        by=by,
        dedupe_key=RELEASE_JOB,
    )
    # A job cancelled before anybody carried it could not say so itself.
    stale = Release.objects.filter(state=ReleaseState.PREPARING).exclude(job_id__in=Job.objects.active().values("pk"))
    stale.update(state=ReleaseState.FAILED)
    if not Release.objects.filter(job_id=job.pk).exists():
        Release.objects.create(number=next_number(), dataset=dataset, job_id=job.pk, released_by=by, note=note[:300])
    return job


def run_release(*, by: User | None = None, note: str = "", dataset: Dataset | None = None) -> Release:
    """The same publication, carried in this process. Raises NothingToRelease, or JobFailure with the reason."""
    job = run_job_now(request_release(by=by, note=note, dataset=dataset))
    if job.state != JobState.DONE:
        raise JobFailure(job.error or "La publication n’a pas abouti\u00a0; la précédente reste en ligne.")
    return Release.objects.get(job_id=job.pk)
