"""Signs of life of a running job, on a database connection of their own."""

import logging
import threading
import uuid
from types import TracebackType

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from territories.foundations.jobs import claims

logger = logging.getLogger(__name__)


class Heartbeat(threading.Thread):
    """Extends the lease each third of its length, until it is left or another attempt has taken over (`lost`)."""

    def __init__(self, job_id: uuid.UUID, attempt: int) -> None:
        super().__init__(name=f"heartbeat-{job_id}", daemon=True)
        self.lost = threading.Event()
        self._job_id = job_id
        self._attempt = attempt
        self._period = settings.JOB_LEASE_SECONDS / 3
        self._left = threading.Event()

    def run(self) -> None:
        try:
            while not self._left.wait(self._period) and not self.lost.is_set():
                self._beat()
        finally:
            connection.close()

    def _beat(self) -> None:
        try:
            if not claims.extend(self._job_id, self._attempt):
                self.lost.set()
        except (DatabaseError, InterfaceError) as error:
            # A busy or restarting database: the next beat tries again on a new connection, the lease outlives two misses.
            logger.warning("Signe de vie du travail %s reporté : %s", self._job_id, error)
            connection.close()

    def __enter__(self) -> "Heartbeat":
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._left.set()
        self.join(timeout=self._period)
