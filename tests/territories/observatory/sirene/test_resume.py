"""An import that dies goes on where it was, and ends as if nothing had happened; one that is stopped leaves nothing."""

import hashlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cress.demo.sirene_files import Truth
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import cancel_job, run_job_now
from territories.foundations.jobs.registry import LeaseLost
from territories.foundations.jobs.runner import carry
from territories.foundations.jobs.work import Work
from territories.foundations.journal.models import JournalEntry
from territories.observatory.enums import DatasetState, ReleaseState
from territories.observatory.imports import request_sirene_import, run_sirene_import
from territories.observatory.models import Dataset, Establishment, Observation, Release
from territories.observatory.sirene import pipeline, write
from tests.sirene_factories import files, geography, rows_of

STAGES = ("inspect", "units", "establishments", "select", "open", "write", "switch")


class Killed(RuntimeError):
    """Stands for a worker that dies."""


@pytest.fixture
def truth(db, tmp_path: Path) -> Truth:
    geography()
    return files(tmp_path, fmt="zip", scale=0.02)


def ask(truth: Truth) -> Job:
    return request_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))


def hash_of(dataset: Dataset) -> str:
    return hashlib.sha256(repr(rows_of(dataset)).encode()).hexdigest()


def undisturbed(truth: Truth) -> str:
    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))
    fingerprint = hash_of(dataset)
    pipeline.discard(dataset)
    return fingerprint


@pytest.fixture
def small_batches(monkeypatch):
    monkeypatch.setattr(write, "BATCH", 100)
    monkeypatch.setattr(write, "SQLITE_PAUSE", 0.0)


@pytest.mark.parametrize("stage", STAGES)
def test_killed_just_after_a_stage(truth, monkeypatch, small_batches, stage):
    expected = undisturbed(truth)
    died: list[str] = []
    original = Work.finish_stage

    def finish(self: Work, name: str, data: Any = None) -> None:
        original(self, name, data)
        if name == stage and not died:
            died.append(name)
            raise Killed

    monkeypatch.setattr(Work, "finish_stage", finish)
    job = run_job_now(ask(truth))

    assert died == [stage]
    assert (job.state, job.attempt) == (JobState.DONE, 2)
    dataset = Dataset.objects.get()
    assert dataset.state == DatasetState.ACTIVE
    assert hash_of(dataset) == expected
    # `undisturbed` wrote the first entry.
    assert JournalEntry.objects.filter(event="dataset_imported").count() == 2


@pytest.mark.parametrize("batch", [1, 2, 7])
def test_killed_between_two_batches(truth, monkeypatch, small_batches, batch):
    expected = undisturbed(truth)
    deaths = die_at_progress(monkeypatch, "Écriture", batch, Killed)

    job = run_job_now(ask(truth))

    assert deaths == [batch]
    assert (job.state, job.attempt) == (JobState.DONE, 2)
    assert hash_of(Dataset.objects.get()) == expected


def die_at_progress(monkeypatch, words: str, rank: int, error: type[BaseException]) -> list[int]:
    """Make the `rank`-th progress whose message holds `words` raise, once."""
    deaths: list[int] = []
    seen = [0]
    original: Callable[..., None] = Work.progress

    def progress(self: Work, done: int, total: int, message: str = "") -> None:
        original(self, done, total, message)
        if words in message and not deaths:
            seen[0] += 1
            if seen[0] == rank:
                deaths.append(rank)
                raise error

    monkeypatch.setattr(Work, "progress", progress)
    return deaths


def test_scratch_folder_lost(truth, monkeypatch, small_batches):
    """Another machine carries the second attempt: the checkpoints are there, the files are not."""
    expected = undisturbed(truth)
    original = Work.finish_stage
    died: list[str] = []

    def finish(self: Work, name: str, data: Any = None) -> None:
        original(self, name, data)
        if name == "open" and not died:
            died.append(name)
            for path in self.dir.iterdir():
                if path.is_file():
                    path.unlink()
            raise Killed

    monkeypatch.setattr(Work, "finish_stage", finish)
    job = run_job_now(ask(truth))

    assert (job.state, job.attempt) == (JobState.DONE, 2)
    assert hash_of(Dataset.objects.get()) == expected


def test_three_deaths_leave_nothing(truth, monkeypatch):
    first = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)
    before = Establishment.objects.count(), Observation.objects.count()

    def write_observations(*args: Any, **kwargs: Any) -> int:
        raise Killed

    monkeypatch.setattr(pipeline, "write_observations", write_observations)
    job = run_job_now(ask(truth))

    assert (job.state, job.attempt) == (JobState.FAILED, 3)
    assert "imprévue" in job.error
    assert Dataset.objects.active() == first
    assert Dataset.objects.count() == 1
    assert (Establishment.objects.count(), Observation.objects.count()) == before


@pytest.mark.parametrize("words", ["Examen", "Lecture des établissements", "Comptages", "Écriture"])
def test_cancelled(truth, monkeypatch, small_batches, words):
    first = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)
    before = Establishment.objects.count(), Observation.objects.count()
    job = ask(truth)
    original: Callable[..., None] = Work.progress

    def progress(self: Work, done: int, total: int, message: str = "") -> None:
        if words in message and not Job.objects.get(pk=job.pk).cancel_requested:
            cancel_job(job)
            # The next one is written whatever the clock says, hence sees the request.
            self._written_at = None
        original(self, done, total, message)

    monkeypatch.setattr(Work, "progress", progress)
    job = run_job_now(job)

    assert job.state == JobState.CANCELLED
    assert Dataset.objects.active() == first
    assert Dataset.objects.count() == 1
    assert (Establishment.objects.count(), Observation.objects.count()) == before


def test_an_attempt_that_lost_its_lease_touches_nothing(truth, monkeypatch, small_batches):
    """The other attempt is at work on the same rows: this one must not clean up."""
    deaths = die_at_progress(monkeypatch, "Écriture", 2, LeaseLost)
    job = ask(truth)

    carry(job.pk)

    assert deaths == [2]
    assert Establishment.objects.count() == 200
    assert Dataset.objects.get().state == DatasetState.IMPORTING


def test_leftovers_of_a_dead_import_are_removed_by_the_next(truth, monkeypatch, small_batches):
    die_at_progress(monkeypatch, "Écriture", 3, LeaseLost)
    dead = ask(truth)
    carry(dead.pk)
    Job.objects.filter(pk=dead.pk).update(state=JobState.FAILED, lease_until=None)

    dataset = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)

    assert list(Dataset.objects.all()) == [dataset]
    assert Establishment.objects.exclude(dataset=dataset).count() == 0


def test_second_import_takes_the_place_of_the_first(truth):
    first = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)
    second = run_sirene_import(units=truth.legal_units, establishments=truth.establishments)

    first.refresh_from_db()
    assert first.state == DatasetState.SUPERSEDED
    assert second.state == DatasetState.ACTIVE
    assert rows_of(first) == rows_of(second)


def test_old_vintages_keep_their_account_and_lose_their_rows(truth):
    vintages = [run_sirene_import(units=truth.legal_units, establishments=truth.establishments) for _ in range(2)]
    Release.objects.create(number=1, dataset=vintages[0], state=ReleaseState.CURRENT)
    vintages += [run_sirene_import(units=truth.legal_units, establishments=truth.establishments) for _ in range(2)]

    kept = [Establishment.objects.filter(dataset=dataset).exists() for dataset in vintages]
    # The first is on line, the third is the previous one, the fourth is in use.
    assert kept == [True, False, True, True]
    assert Dataset.objects.get(pk=vintages[1].pk).account["kept"]["included"] > 0
    assert Observation.objects.filter(dataset=vintages[1]).count() == 0


def test_two_requests_are_one_job(truth):
    assert ask(truth) == ask(truth)


def test_two_batches_per_row_limit(truth, monkeypatch):
    """No transaction of the writing holds more rows than the house allows."""
    sizes: list[int] = []
    name = "_copy" if write.connection.vendor == "postgresql" else "_execute"
    original = getattr(write, name)

    def insert(table: str, columns: Any, rows: Any) -> None:
        sizes.append(len(rows))
        original(table, columns, rows)

    monkeypatch.setattr(write, name, insert)
    run_sirene_import(units=truth.legal_units, establishments=truth.establishments)

    assert max(sizes) <= 5_000
    assert sum(sizes) == Establishment.objects.count() + Observation.objects.count()
