"""Who carries a job: one at a time, and never one who was taken over."""

import threading
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from territories.foundations.jobs import claims
from territories.foundations.jobs.heartbeat import Heartbeat
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.registry import JobCancelled, LeaseLost
from territories.foundations.jobs.work import Work
from tests.foundations_factories import fresh


def waiting(**fields: object) -> Job:
    return Job.objects.create(**{"kind": "tests.work", "title": "Essai", **fields})


def let_the_lease_expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


@pytest.mark.django_db
def test_a_claim_counts_an_attempt_and_takes_a_lease() -> None:
    job = claims.claim(waiting().pk)
    assert job is not None
    assert (job.state, job.attempt) == (JobState.RUNNING, 1)
    assert job.lease_until > timezone.now()
    assert job.started_at is not None


@pytest.mark.django_db
def test_a_running_job_cannot_be_claimed_until_its_lease_expires() -> None:
    job = waiting()
    assert claims.claim(job.pk)
    assert claims.claim(job.pk) is None
    let_the_lease_expire(job)
    taken = claims.claim(job.pk)
    assert taken is not None
    assert taken.attempt == 2


@pytest.mark.django_db
@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_a_finished_job_cannot_be_claimed(state: JobState) -> None:
    assert claims.claim(waiting(state=state).pk) is None


@pytest.mark.django_db
def test_the_last_attempt_may_be_claimed_and_not_one_more() -> None:
    assert claims.claim(waiting(attempt=2).pk)
    assert claims.claim(waiting(attempt=3).pk) is None
    assert claims.claim(waiting(attempt=3, attempt_limit=4).pk)


@pytest.mark.django_db
def test_a_job_whose_stop_was_asked_cannot_be_claimed() -> None:
    assert claims.claim(waiting(cancel_requested=True).pk) is None


@pytest.mark.django_db(transaction=True)
def test_eight_workers_rung_at_once_make_one_claim() -> None:
    for _ in range(3):
        job = waiting()
        barrier, won = threading.Barrier(8), []

        def try_to_claim(pk: object = job.pk, barrier: threading.Barrier = barrier, won: list[bool] = won) -> None:
            try:
                barrier.wait(10)
                won.append(claims.claim(pk) is not None)
            finally:
                connection.close()

        threads = [threading.Thread(target=try_to_claim) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted(won) == [False] * 7 + [True]
        assert fresh(job).attempt == 1


@pytest.mark.django_db
def test_an_attempt_that_was_taken_over_can_write_nothing() -> None:
    job = waiting()
    old = Work(claims.claim(job.pk))
    let_the_lease_expire(job)
    new = Work(claims.claim(job.pk))

    with pytest.raises(LeaseLost):
        old.progress(1, 2, "ancien")
    with pytest.raises(LeaseLost):
        old.finish_stage("lu", {})
    with pytest.raises(LeaseLost), old.fenced():
        waiting(title="Écrit par l’ancien")
    with pytest.raises(LeaseLost):
        old.store_result(b"ancien", "resultat.txt")
    with pytest.raises(LeaseLost):
        claims.finish(job.pk, old.job.attempt, JobState.DONE)
    with pytest.raises(LeaseLost):
        claims.hand_back(job.pk, old.job.attempt, message="", detail="")
    assert claims.extend(job.pk, old.job.attempt) is False
    assert Job.objects.count() == 1

    new.progress(1, 2, "nouveau")
    assert (fresh(job).state, fresh(job).message, fresh(job).checkpoints) == (JobState.RUNNING, "nouveau", {})


@pytest.mark.django_db
def test_a_refused_result_leaves_no_file_behind() -> None:
    from territories.foundations.files.models import StoredFile

    job = waiting()
    old = Work(claims.claim(job.pk))
    let_the_lease_expire(job)
    claims.claim(job.pk)
    with pytest.raises(LeaseLost):
        old.store_result(b"ancien", "resultat.txt")
    assert StoredFile.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_fenced_block_is_written_whole_or_not_at_all() -> None:
    job = waiting()
    work = Work(claims.claim(job.pk))

    def fail_in_the_block() -> None:
        with work.fenced():
            waiting(title="Lot")
            work.finish_stage("lot", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_block()
    assert Job.objects.count() == 1
    assert fresh(job).checkpoints == {}
    with work.fenced():
        waiting(title="Lot")
        work.finish_stage("lot", {"lignes": 3})
    assert Job.objects.count() == 2
    assert Work(fresh(job)).checkpoint("lot") == {"lignes": 3}


@pytest.mark.django_db
def test_a_fenced_block_gives_a_full_lease() -> None:
    job = waiting()
    work = Work(claims.claim(job.pk))
    soon = timezone.now() + timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(lease_until=soon)
    with work.fenced():
        pass
    assert fresh(job).lease_until > soon


@pytest.mark.django_db
def test_progress_is_written_at_most_once_a_second_and_always_at_the_end() -> None:
    job = waiting()
    work = Work(claims.claim(job.pk))
    work.progress(1, 10, "un")
    work.progress(2, 10, "deux")
    assert (fresh(job).progress_done, fresh(job).message) == (1, "un")
    work.progress(10, 10, "fin")
    assert (fresh(job).progress_done, fresh(job).progress_percent) == (10, 100)


@pytest.mark.django_db
def test_a_stop_is_read_at_the_next_progress() -> None:
    job = waiting()
    work = Work(claims.claim(job.pk))
    Job.objects.filter(pk=job.pk).update(cancel_requested=True)
    with pytest.raises(JobCancelled):
        work.progress(1, 2)
    with pytest.raises(JobCancelled), work.fenced():
        pass


@pytest.mark.django_db(transaction=True)
def test_signs_of_life_push_the_lease_away_and_notice_a_takeover(settings: object) -> None:
    settings.JOB_LEASE_SECONDS = 0.6
    job = claims.claim(waiting().pk)
    with Heartbeat(job.pk, job.attempt) as heartbeat:
        first = fresh(job).lease_until
        time.sleep(0.5)
        assert fresh(job).lease_until > first
        assert claims.claim(job.pk) is None
        Job.objects.filter(pk=job.pk).update(attempt=2)
        assert heartbeat.lost.wait(2)
        with pytest.raises(LeaseLost):
            Work(job, heartbeat.lost).progress(1, 2)
    assert not heartbeat.is_alive()


@pytest.mark.django_db(transaction=True)
def test_signs_of_life_outlive_a_database_that_stops_answering(settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    settings.JOB_LEASE_SECONDS = 0.3
    job = claims.claim(waiting().pk)
    real, failures = claims.extend, iter([True, True])

    def flaky(*args: object) -> bool:
        if next(failures, False):
            raise OperationalError("database is locked")
        return real(*args)

    monkeypatch.setattr(claims, "extend", flaky)
    with Heartbeat(job.pk, job.attempt) as heartbeat:
        time.sleep(0.6)
        assert heartbeat.is_alive()
        assert not heartbeat.lost.is_set()
    assert fresh(job).lease_until > timezone.now() - timedelta(seconds=0.3)
