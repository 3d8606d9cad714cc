"""Asking for work: once for a key, with the transaction that asks, whatever the broker does."""

import threading
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection, transaction
from kombu.exceptions import OperationalError

from territories.foundations.jobs import doorbell
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import NotRelaunchable, cancel_job, relaunch_job, request_job, run_job_now
from territories.foundations.jobs.registry import JobFailure, job_handler
from territories.foundations.jobs.work import Work
from tests.access_factories import person
from tests.foundations_factories import fresh, handler, nothing


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls that reach the broker."""
    calls: list[str] = []
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda name, args, **options: calls.append(args[0]))
    return calls


@pytest.fixture
def kind() -> Iterator[str]:
    with handler(nothing) as name:
        yield name


@pytest.mark.django_db
def test_a_request_is_a_row_and_one_ring(rung: list[str], kind: str) -> None:
    job = request_job(kind, title="Essai", params={"code": "44109"}, by=person())
    assert (job.state, job.params, job.attempt, job.shared) == (JobState.QUEUED, {"code": "44109"}, 0, False)
    assert rung == [str(job.pk)]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_rung_before_the_commit(rung: list[str], kind: str) -> None:
    with transaction.atomic():
        request_job(kind, title="Essai", params={})
        assert rung == []
    assert len(rung) == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_rolled_back_leaves_nothing(rung: list[str], kind: str) -> None:
    def fail_after_asking() -> None:
        with transaction.atomic():
            request_job(kind, title="Essai", params={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_asking()
    assert Job.objects.count() == 0
    assert rung == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("broker down"), OSError("no route")])
def test_a_broker_that_is_down_is_nobody_s_error(monkeypatch: pytest.MonkeyPatch, kind: str, error: Exception) -> None:
    def refuse(*args: object, **options: object) -> None:
        raise error

    monkeypatch.setattr(doorbell.current_app, "send_task", refuse)
    job = request_job(kind, title="Essai", params={})
    assert fresh(job).state == JobState.QUEUED
    assert doorbell.ring(job.pk) is False


@pytest.mark.django_db
def test_an_unknown_kind_is_a_mistake_of_the_caller(kind: str) -> None:
    with pytest.raises(LookupError):
        request_job("tests.unheard", title="Essai", params={})
    assert Job.objects.count() == 0


def test_two_handlers_under_one_name_are_refused(kind: str) -> None:
    with pytest.raises(ValueError, match=kind):
        job_handler(kind, label="Autre")(lambda work: None)
    assert job_handler(kind, label="Autre")(nothing) is nothing


@pytest.mark.django_db
def test_one_active_job_per_key(rung: list[str], kind: str) -> None:
    theo = person()
    first = request_job(kind, title="Essai", params={}, by=theo, dedupe_key="portrait-44")
    again = request_job(kind, title="Essai", params={}, by=theo, dedupe_key="portrait-44")
    other = request_job(kind, title="Essai", params={}, by=theo, dedupe_key="portrait-49")
    assert again == first != other
    assert fresh(first).shared is False
    run_job_now(first)
    assert request_job(kind, title="Essai", params={}, by=theo, dedupe_key="portrait-44") != first


@pytest.mark.django_db
def test_jobs_without_a_key_are_never_merged(rung: list[str], kind: str) -> None:
    assert request_job(kind, title="Essai", params={}) != request_job(kind, title="Essai", params={})


@pytest.mark.django_db
def test_a_job_that_two_people_ask_for_is_readable_by_both(rung: list[str], kind: str) -> None:
    theo, zoe = person(), person("zoe@exemple.test", name="Zoé")
    job = request_job(kind, title="Essai", params={}, by=theo, dedupe_key="k")
    assert not Job.objects.readable_by(zoe).filter(pk=job.pk).exists()
    assert request_job(kind, title="Essai", params={}, by=zoe, dedupe_key="k") == job
    assert Job.objects.readable_by(zoe).filter(pk=job.pk).exists()
    assert fresh(job).requested_by == theo


@pytest.mark.django_db
def test_a_job_asked_for_without_account_is_read_by_its_address(rung: list[str], kind: str) -> None:
    job = request_job(kind, title="Essai", params={}, by=AnonymousUser())
    assert (job.requested_by, job.shared) == (None, True)
    assert Job.objects.readable_by(AnonymousUser()).get() == job
    assert not Job.objects.visible_to(AnonymousUser()).exists()
    assert not Job.objects.visible_to(person()).exists()


@pytest.mark.django_db
def test_the_table_itself_refuses_two_active_jobs_of_one_key(kind: str) -> None:
    Job.objects.create(kind=kind, title="a", dedupe_key="k")
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=kind, title="b", dedupe_key="k")
    Job.objects.create(kind=kind, title="c", dedupe_key="k", state=JobState.DONE)


@pytest.mark.django_db
def test_the_table_itself_refuses_a_running_job_without_a_lease(kind: str) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Job.objects.create(kind=kind, title="a", state=JobState.RUNNING)


@pytest.mark.django_db(transaction=True)
def test_ten_people_who_ask_at_once_get_one_job(rung: list[str], kind: str) -> None:
    barrier, found = threading.Barrier(10), []

    def ask() -> None:
        try:
            barrier.wait(10)
            found.append(request_job(kind, title="Essai", params={}, dedupe_key="k").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 10
    assert len(set(found)) == 1
    assert Job.objects.count() == 1


@pytest.mark.django_db
def test_asking_again_takes_a_stop_back(rung: list[str], kind: str) -> None:
    from territories.foundations.jobs import claims

    job = request_job(kind, title="Essai", params={}, dedupe_key="k")
    claims.claim(job.pk)
    assert cancel_job(job).cancel_requested
    assert request_job(kind, title="Essai", params={}, dedupe_key="k") == job
    assert not fresh(job).cancel_requested
    # The attempt had already read the stop: the work goes back to the queue instead of vanishing.
    claims.finish_cancelled(job.pk, 1)
    assert fresh(job).state == JobState.QUEUED


@pytest.mark.django_db
def test_a_failed_job_is_relaunched_from_its_beginning_with_three_attempts_more(rung: list[str]) -> None:
    def refuse(work: Work) -> None:
        assert work.checkpoint("lu") is None
        work.finish_stage("lu", {"lignes": 12})
        raise JobFailure("Le fichier est illisible. Déposez-le de nouveau.")

    with handler(refuse) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
        assert (job.state, job.attempt, job.error) == (JobState.FAILED, 1, "Le fichier est illisible. Déposez-le de nouveau.")
        again = relaunch_job(job)
        assert (again.pk, again.state, again.error, again.checkpoints) == (job.pk, JobState.QUEUED, "", {})
        assert again.attempt_limit == 4
        assert run_job_now(again).attempt == 2


@pytest.mark.django_db
@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.DONE])
def test_an_active_or_finished_job_is_not_relaunched(kind: str, state: JobState) -> None:
    job = Job.objects.create(kind=kind, title="Essai", state=state)
    with pytest.raises(NotRelaunchable):
        relaunch_job(job)
    assert fresh(job).state == state


@pytest.mark.django_db
def test_a_job_is_not_relaunched_beside_its_twin(rung: list[str], kind: str) -> None:
    job = Job.objects.create(kind=kind, title="Essai", state=JobState.FAILED, dedupe_key="k")
    Job.objects.create(kind=kind, title="Essai", dedupe_key="k")
    with pytest.raises(NotRelaunchable, match="déjà en cours"):
        relaunch_job(job)
