"""Real workers to kill, on a data folder, a database and a broker of their own, apart from those of the tests."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from script import supervise

ROOT = Path(settings.BASE_DIR)
# What every test of this kind waits for: short, so that a killed worker is soon missed.
LEASE_SECONDS, SWEEP_SECONDS = 3, 1


def worker_command() -> list[str]:
    """The worker as the supervisor of one machine starts it."""
    return next(child.command for child in supervise.children() if "celery" in child.command)


class Machine:
    """A machine whose workers are started, killed and looked at. `database` begins the name of its database on PostgreSQL.

    `folder` receives the files, the SQLite database, the broker, the temporary files and the output of the workers.
    """

    def __init__(self, folder: Path, *, database: str, lease: int = LEASE_SECONDS) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.workers: list[subprocess.Popen[bytes]] = []
        self.url = os.environ.get("DATABASE_URL", "")
        self.database = f"{database}_{uuid.uuid4().hex[:8]}"
        self.environment = {
            **os.environ,
            "CRESS_VAR": str(folder),
            "CRESS_JOB_LEASE": str(lease),
            "CRESS_JOB_SWEEP": str(SWEEP_SECONDS),
            "DJANGO_SETTINGS_MODULE": "cress.settings",
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(self.temporary),
        }
        if os.environ.get("REDIS_URL"):
            self.environment["REDIS_URL"] = self._reserve_redis(os.environ["REDIS_URL"])
        if self.url:
            self._administer(f"CREATE DATABASE {self.database}")
            self.environment["DATABASE_URL"] = urlsplit(self.url)._replace(path=f"/{self.database}").geturl()
        self.run("manage.py", "migrate", "--verbosity=0")

    def _reserve_redis(self, url: str) -> str:
        """The address of an empty database of the same server, marked as taken."""
        import redis

        with closing(redis.Redis.from_url(url)) as server:
            taken = {int(name.removeprefix("db")) for name in server.info("keyspace")}
            free = [number for number in range(int(server.config_get("databases")["databases"])) if number not in taken]
        assert free, "aucune base Redis vide pour cet essai"
        own = urlsplit(url)._replace(path=f"/{free[-1]}").geturl()
        with closing(redis.Redis.from_url(own)) as server:
            server.set("cress-tests", self.database)
        return own

    def _administer(self, statement: str) -> None:
        import psycopg2

        with closing(psycopg2.connect(self.url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(statement)

    def run(self, *arguments: str, seconds: float = 60) -> str:
        """What a program says that is started in the environment of this machine; it must succeed."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=seconds, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def query(self, statement: str) -> list[tuple]:
        if not self.url:
            with closing(sqlite3.connect(self.folder / "cress.sqlite3", timeout=20)) as connection:
                rows = connection.execute(statement).fetchall()
                connection.commit()
                return rows
        import psycopg2

        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            rows = cursor.fetchall()
            connection.commit()
            return rows

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"worker{len(self.workers)}.log").open("wb") as log:
            worker = subprocess.Popen(
                [*worker_command(), *options],
                cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True, preexec_fn=supervise.die_with_parent,
            )  # fmt: skip
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """Main process and children at once, as a machine that loses its power."""
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait(10)

    def wait_for(self, condition: Callable[[], bool], seconds: float, what: str, *, pause: float = 0.1) -> None:
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            if condition():
                return
            time.sleep(pause)
        logs = "\n".join(path.read_text(errors="replace")[-3000:] for path in self.folder.glob("worker*.log"))
        rows = self.query("SELECT title, state, attempt, lease_until, message, error, error_detail FROM foundations_job")
        pytest.fail(f"{what} : pas en {seconds} s\n{rows}\n{logs}")

    def programs(self) -> list[int]:
        """The processes of this computer that were given something of this machine’s folder on their command line."""
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and str(self.folder).encode() in (entry / "cmdline").read_bytes():
                    found.append(int(entry.name))
            except OSError:
                # It ended while we looked.
                continue
        return found

    def stop_workers(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                self.kill(worker)

    def close(self) -> None:
        self.stop_workers()
        if self.environment.get("REDIS_URL"):
            import redis

            with closing(redis.Redis.from_url(self.environment["REDIS_URL"])) as server:
                server.flushdb()
        if self.url:
            self._administer(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
