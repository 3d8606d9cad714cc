"""Real workers, really killed: every job ends once, with the result of an undisturbed run."""

import hashlib
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.conf import settings

from tests.slow_job import BATCHES, expected_result
from tests.worker_processes import Machine

pytestmark = pytest.mark.processes


class Workers(Machine):
    """The machine of these tests: its workers know the slow job, and several may run side by side."""

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        number = len(self.workers)
        own = ("-I", "tests.slow_job", "-s", str(self.folder / f"beat{number}"), "-n", f"essai{number}@localhost")
        return super().start_worker(*own, *options)

    def is_locked(self) -> bool:
        """Whether somebody is in the middle of writing on a job."""
        if not self.url:
            with closing(sqlite3.connect(self.folder / "cress.sqlite3", timeout=0.2)) as connection:
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    return True
                return False
        import psycopg2

        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            try:
                cursor.execute("SELECT 1 FROM foundations_job FOR UPDATE NOWAIT")
            except psycopg2.errors.LockNotAvailable:
                return True
            return False

    def states(self) -> set[str]:
        return {state for (state,) in self.query("SELECT state FROM foundations_job")}

    def written(self) -> int:
        return self.query("SELECT COUNT(*) FROM foundations_journalentry")[0][0]


@pytest.fixture(scope="module")
def ready_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    machine = Workers(tmp_path_factory.mktemp("machine"), database="cress_jobs")
    try:
        yield machine
    finally:
        machine.close()


@pytest.fixture
def machine(ready_machine: Workers) -> Iterator[Workers]:
    """The same machine for all tests, without a worker nor a job at the start of each."""
    yield ready_machine
    ready_machine.stop_workers()
    ready_machine.query("DELETE FROM foundations_job RETURNING id")
    ready_machine.query("DELETE FROM foundations_storedfile RETURNING id")
    ready_machine.query("DELETE FROM foundations_journalentry RETURNING id")


def check_results(machine: Workers, labels: list[str]) -> None:
    """Each job is done, each batch written once, each file the one of an undisturbed run; no other file was kept."""
    rows = machine.query(
        "SELECT j.title, j.state, f.sha256, f.file FROM foundations_job j "
        "JOIN foundations_storedfile f ON f.id = j.result_file_id"
    )
    assert {(title, state) for title, state, _, _ in rows} == {(f"Essai {label}", "done") for label in labels}
    for title, _, sha256, path in rows:
        wanted = expected_result(title.removeprefix("Essai "))
        assert sha256 == hashlib.sha256(wanted).hexdigest()
        if not settings.S3_BUCKET:
            assert (machine.folder / "files" / path).read_bytes() == wanted
    assert machine.query("SELECT COUNT(*) FROM foundations_storedfile")[0][0] == len(labels)
    doubles = machine.query(
        "SELECT target_id, sentence FROM foundations_journalentry GROUP BY target_id, sentence HAVING COUNT(*) > 1"
    )
    assert doubles == []
    assert machine.written() == BATCHES * len(labels)


def test_a_worker_killed_twice_in_the_middle_of_its_jobs_loses_nothing(machine: Workers) -> None:
    labels = ["un", "deux"]
    assert len(machine.run("-m", "tests.slow_job", *labels).split()) == 2
    for _ in range(2):
        wanted = machine.written() + random.randint(1, 12)
        worker = machine.start_worker()
        machine.wait_for(lambda wanted=wanted: machine.written() >= wanted, 30, "aucun lot écrit")
        machine.kill(worker)
    machine.start_worker()
    machine.wait_for(lambda: machine.states() == {"done"}, 30, "les travaux ne se terminent pas")
    check_results(machine, labels)
    assert max(attempt for (attempt,) in machine.query("SELECT attempt FROM foundations_job")) >= 2


def test_a_frozen_worker_that_wakes_up_after_a_takeover_writes_nothing(machine: Workers) -> None:
    machine.run("-m", "tests.slow_job", "gelé")
    frozen = machine.start_worker()
    machine.wait_for(lambda: machine.written() > 3, 20, "aucun lot écrit")
    os.killpg(frozen.pid, signal.SIGSTOP)
    # Stopped in the middle of a transaction it would keep its locks, and nobody could take over: that is not this test.
    while machine.is_locked():
        os.killpg(frozen.pid, signal.SIGCONT)
        time.sleep(0.02)
        os.killpg(frozen.pid, signal.SIGSTOP)
    machine.start_worker()
    machine.wait_for(
        lambda: machine.query("SELECT attempt FROM foundations_job")[0][0] == 2 and machine.written() > 10,
        20,
        "personne ne reprend",
    )
    os.killpg(frozen.pid, signal.SIGCONT)
    machine.wait_for(lambda: machine.states() == {"done"}, 20, "le travail ne se termine pas")
    time.sleep(0.5)
    check_results(machine, ["gelé"])
    assert machine.query("SELECT attempt FROM foundations_job") == [(2,)]
