"""What happens to a job from its claim to its last write, and what the sweeper brings back."""

import errno
import time
from datetime import timedelta
from pathlib import Path

import pytest
from billiard.exceptions import SoftTimeLimitExceeded
from django.core.management import call_command
from django.utils import timezone

from territories.foundations.files.models import StoredFile
from territories.foundations.files.operations import store
from territories.foundations.jobs import claims, doorbell, operations, runner, sweeping
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import cancel_job, request_job, run_job_now
from territories.foundations.jobs.registry import JobFailure
from territories.foundations.jobs.work import Work, folder_of
from territories.foundations.tasks import carry_job, purge_jobs, sweep_jobs
from tests.access_factories import person
from tests.foundations_factories import content_of, fresh, handler, nothing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_storage")]


@pytest.fixture(autouse=True)
def rung(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    calls: list[tuple[str, int | None]] = []
    monkeypatch.setattr(
        doorbell.current_app, "send_task", lambda name, args, **options: calls.append((args[0], options["countdown"]))
    )
    return calls


def test_a_job_that_succeeds_keeps_its_result_and_no_folder() -> None:
    def write(work: Work) -> None:
        whole = work.dir / "resultat.csv"
        whole.write_text("a;b\n1;2\n", encoding="utf-8")
        work.progress(3, 3, "Écriture")
        work.store_result(whole, "résultat.csv")
        work.result = {"url": "/territoires/", "label": "Ouvrir"}

    with handler(write) as name:
        job = run_job_now(request_job(name, title="Essai", params={}, by=person()))
    assert (job.state, job.attempt, job.lease_until, job.error) == (JobState.DONE, 1, None, "")
    assert job.finished_at is not None
    assert job.progress_percent == 100
    assert job.result == {"url": "/territoires/", "label": "Ouvrir"}
    assert job.result_file.name == "résultat.csv"
    assert content_of(job.result_file) == b"a;b\n1;2\n"
    assert not folder_of(job).exists()


def test_a_job_without_progress_still_shows_whole_at_the_end() -> None:
    with handler(nothing) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert job.progress_percent == 100


def test_an_error_is_tried_three_times_then_said_in_french(rung: list[tuple[str, int | None]]) -> None:
    seen = []

    def break_down(work: Work) -> None:
        seen.append(work.job.attempt)
        raise KeyError("siret")

    with handler(break_down) as name:
        asked = request_job(name, title="Essai", params={})
        assert runner.carry(asked.pk).state == JobState.QUEUED
        assert "nouvelle tentative" in fresh(asked).message
        assert "KeyError" in fresh(asked).error_detail
        job = run_job_now(asked)
    assert seen == [1, 2, 3]
    assert (job.state, job.attempt) == (JobState.FAILED, 3)
    assert "Relancez-le" in job.error
    assert "KeyError" not in job.error
    assert "KeyError: 'siret'" in job.error_detail
    # Once when asked for, then after each error but the last, a little later each time.
    assert [delay for _, delay in rung] == [None, 5, 10]


def test_a_refusal_is_not_tried_again() -> None:
    def refuse(work: Work) -> None:
        raise JobFailure("Le fichier n’a pas de colonne « siret ».")

    with handler(refuse) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert (job.state, job.attempt, job.error) == (JobState.FAILED, 1, "Le fichier n’a pas de colonne « siret ».")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(OSError(errno.ENOSPC, "No space left"), runner.DISK_FULL), (SoftTimeLimitExceeded(), runner.TOO_LONG)],
)
def test_full_disk_and_long_work_have_their_own_sentence(error: Exception, sentence: str) -> None:
    def stop(work: Work) -> None:
        raise error

    with handler(stop) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert (job.state, job.attempt, job.error) == (JobState.FAILED, 1, sentence)


def test_the_second_attempt_takes_up_after_the_last_finished_stage() -> None:
    done = []

    def two_stages(work: Work) -> None:
        if work.checkpoint("lecture") is None:
            done.append("lecture")
            (work.dir / "lu").write_text("12", encoding="utf-8")
            work.finish_stage("lecture", {"lignes": 12})
        if work.job.attempt == 1:
            raise RuntimeError("coupure")
        done.append(work.checkpoint("lecture")["lignes"])
        done.append((work.dir / "lu").read_text(encoding="utf-8"))

    with handler(two_stages) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert job.state == JobState.DONE
    assert done == ["lecture", 12, "12"]


def test_a_second_result_takes_the_place_of_the_first() -> None:
    def twice(work: Work) -> None:
        work.store_result(f"tentative {work.job.attempt}".encode(), "resultat.txt")
        if work.job.attempt == 1:
            raise RuntimeError("coupure")

    with handler(twice) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert content_of(job.result_file) == b"tentative 2"
    assert StoredFile.objects.count() == 1


def test_a_waiting_job_is_cancelled_at_once_and_never_carried() -> None:
    ran = []
    with handler(lambda work: ran.append(1)) as name:
        job = cancel_job(request_job(name, title="Essai", params={}))
        assert job.state == JobState.CANCELLED
        assert run_job_now(job).state == JobState.CANCELLED
    assert ran == []


def test_a_running_job_stops_at_its_next_sign_of_progress() -> None:
    def endless(work: Work) -> None:
        cancel_job(work.job)
        work.progress(1, 2)
        pytest.fail("went on after the stop")

    with handler(endless) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert (job.state, job.lease_until) == (JobState.CANCELLED, None)
    assert job.finished_at is not None


def test_work_that_ended_before_reading_the_stop_is_done() -> None:
    with handler(lambda work: cancel_job(work.job) and None) as name:
        assert run_job_now(request_job(name, title="Essai", params={})).state == JobState.DONE


def test_cancelling_a_finished_job_changes_nothing() -> None:
    with handler(nothing) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    after = cancel_job(job)
    assert (after.state, after.cancel_requested) == (JobState.DONE, False)


def test_an_attempt_that_was_taken_over_leaves_the_row_to_the_other() -> None:
    def frozen(work: Work) -> None:
        Job.objects.filter(pk=work.job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        assert claims.claim(work.job.pk).attempt == 2

    with handler(frozen) as name:
        job = runner.carry(request_job(name, title="Essai", params={}).pk)
    assert (job.state, job.attempt, job.finished_at) == (JobState.RUNNING, 2, None)


def test_running_now_waits_for_the_worker_that_was_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    waited = []

    def meanwhile(seconds: float) -> None:
        waited.append(seconds)
        if len(waited) == 2:
            claims.finish(job.pk, 1, JobState.DONE)

    monkeypatch.setattr(operations.time, "sleep", meanwhile)
    with handler(nothing) as name:
        job = request_job(name, title="Essai", params={})
        claims.claim(job.pk)
        assert run_job_now(job).state == JobState.DONE
    assert len(waited) == 2


def test_an_attempt_that_got_further_earns_two_more() -> None:
    def killed_at_each_stage(work: Work) -> None:
        for stage in ("un", "deux", "trois", "quatre"):
            if work.checkpoint(stage) is None:
                work.finish_stage(stage)
                raise RuntimeError("coupure")

    with handler(killed_at_each_stage) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert (job.state, job.attempt) == (JobState.DONE, 5)


def test_a_first_attempt_that_finished_a_stage_does_not_change_the_three() -> None:
    def stuck_at_the_second(work: Work) -> None:
        if work.checkpoint("un") is None:
            work.finish_stage("un")
        raise RuntimeError("toujours")

    with handler(stuck_at_the_second) as name:
        job = run_job_now(request_job(name, title="Essai", params={}))
    assert (job.state, job.attempt) == (JobState.FAILED, 3)


def test_ringing_twice_works_once() -> None:
    ran = []
    with handler(lambda work: ran.append(1)) as name:
        job = request_job(name, title="Essai", params={})
        carry_job(str(job.pk))
        carry_job(str(job.pk))
    assert ran == [1]


def test_a_ring_for_a_job_that_does_not_exist_or_is_not_known_here_does_nothing() -> None:
    carry_job("00000000-0000-4000-8000-000000000000")
    job = Job.objects.create(kind="tests.of_tomorrow", title="Essai")
    carry_job(str(job.pk))
    assert (fresh(job).state, fresh(job).attempt) == (JobState.QUEUED, 0)


# --- Sweeping -------------------------------------------------------------------------------------------------------


def aged(job: Job, **values: object) -> Job:
    Job.objects.filter(pk=job.pk).update(**values)
    return fresh(job)


def ago(seconds: float) -> object:
    return timezone.now() - timedelta(seconds=seconds)


def test_the_sweeper_rings_again_only_for_what_was_forgotten(rung: list[tuple[str, int | None]], settings: object) -> None:
    with handler(nothing) as name:
        forgotten = aged(Job.objects.create(kind=name, title="oublié"), rung_at=ago(2 * settings.JOB_SWEEP_SECONDS + 1))
        aged(Job.objects.create(kind=name, title="récent"), rung_at=ago(2 * settings.JOB_SWEEP_SECONDS - 5))
        never = Job.objects.create(kind=name, title="jamais appelé")
        dead = Job.objects.create(kind=name, title="mort", state=JobState.RUNNING, attempt=1, lease_until=ago(1))
        Job.objects.create(kind=name, title="vivant", state=JobState.RUNNING, attempt=1, lease_until=ago(-5))
        Job.objects.create(kind=name, title="fini", state=JobState.DONE)
        assert sweeping.sweep().rung == 3
        assert {called for called, _ in rung} == {str(job.pk) for job in (forgotten, never, dead)}
        rung.clear()
        # Those that were just called are left in peace; a dead one is called until somebody takes it.
        assert sweeping.sweep().rung == 1
        assert rung == [(str(dead.pk), None)]


def test_a_third_death_is_said_in_french_and_shuts_the_door() -> None:
    with handler(nothing) as name:
        job = Job.objects.create(kind=name, title="Essai", state=JobState.RUNNING, attempt=3, lease_until=ago(1))
        second = Job.objects.create(kind=name, title="Essai", state=JobState.RUNNING, attempt=2, lease_until=ago(1))
        assert sweeping.sweep().failed == 1
    assert (fresh(job).state, fresh(job).error) == (JobState.FAILED, sweeping.INTERRUPTED)
    assert fresh(second).state == JobState.RUNNING
    assert claims.extend(job.pk, 3) is False


def test_a_dead_job_whose_stop_was_asked_is_cancelled() -> None:
    job = Job.objects.create(
        kind="tests.work", title="Essai", state=JobState.RUNNING, attempt=1, lease_until=ago(1), cancel_requested=True
    )
    assert sweeping.sweep().cancelled == 1
    assert fresh(job).state == JobState.CANCELLED


def test_a_kind_that_nobody_learns_in_an_hour_is_given_up() -> None:
    young = aged(Job.objects.create(kind="tests.of_tomorrow", title="Essai"), created_at=ago(3500))
    old = aged(Job.objects.create(kind="tests.of_tomorrow", title="Essai"), created_at=ago(3700))
    sweep_jobs()
    assert fresh(young).state == JobState.QUEUED
    assert (fresh(old).state, fresh(old).error) == (JobState.FAILED, sweeping.UNKNOWN_KIND)


def test_the_command_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    Job.objects.create(kind="tests.work", title="Essai")
    call_command("sweep_jobs", "--purge")
    assert capsys.readouterr().out.splitlines() == [
        "Rappelés\u00a0: 1\u00a0; abandonnés\u00a0: 0\u00a0; annulés\u00a0: 0.",
        "Effacés\u00a0: 0.",
    ]


def test_the_purge_removes_old_folders_of_finished_jobs_only(tmp_path: Path, settings: object) -> None:
    import os

    settings.WORK_DIR = tmp_path
    jobs = {
        "old": Job.objects.create(kind="k", title="a", state=JobState.DONE),
        "active": Job.objects.create(kind="k", title="b"),
        "recent": Job.objects.create(kind="k", title="c", state=JobState.FAILED),
    }
    for label, job in jobs.items():
        folder_of(job).mkdir()
        if label != "recent":
            os.utime(folder_of(job), (time.time() - 90_000,) * 2)
    (tmp_path / "autre").mkdir()
    os.utime(tmp_path / "autre", (time.time() - 90_000,) * 2)
    purge_jobs()
    assert not folder_of(jobs["old"]).exists()
    assert folder_of(jobs["active"]).exists()
    assert folder_of(jobs["recent"]).exists()
    assert (tmp_path / "autre").exists()


def test_the_purge_forgets_old_anonymous_jobs_and_their_file() -> None:
    theo = person()
    old = timezone.now() - timedelta(days=sweeping.ANONYMOUS_DAYS, hours=1)
    young = timezone.now() - timedelta(days=sweeping.ANONYMOUS_DAYS, hours=-1)
    for by, finished in ((None, old), (None, young), (theo, old)):
        Job.objects.create(
            kind="k", title="Essai", state=JobState.DONE, shared=by is None, requested_by=by, finished_at=finished,
            result_file=store(b"%PDF-1.7 essai", name="a.pdf"),
        )  # fmt: skip
    purge_jobs()
    assert sorted(Job.objects.values_list("requested_by", "finished_at"), key=str) == sorted(
        [(None, young), (theo.pk, old)], key=str
    )
    assert StoredFile.objects.count() == 2
