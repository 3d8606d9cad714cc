"""Is the house standing: database, doorbell of the jobs, age of the oldest job that waits."""

from typing import Any

from django.db import DatabaseError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError

from cress.celery import app
from territories.foundations.jobs.models import Job, JobState

SECONDS_BEFORE_SLOW = 300


def report() -> tuple[dict[str, Any], bool]:
    """The state of each part in French words, and whether pages can be served.

    A job that waits for long is told (« en retard ») without failing: restarting the web would not help the worker.
    """
    parts: dict[str, Any] = {"base": _database(), "sonnette": _doorbell()}
    standing = all(value == "ok" for value in parts.values())
    parts["attente_secondes"] = _oldest_wait() if parts["base"] == "ok" else None
    late = (parts["attente_secondes"] or 0) > SECONDS_BEFORE_SLOW
    parts["etat"] = "en panne" if not standing else "en retard" if late else "ok"
    return parts, standing


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return "injoignable"
    return "ok"


def _doorbell() -> str:
    try:
        with app.connection_for_write() as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except (OperationalError, OSError):
        return "injoignable"
    return "ok"


def _oldest_wait() -> int:
    """Seconds since the oldest waiting job was asked for; 0 when none waits."""
    oldest = Job.objects.filter(state=JobState.QUEUED).order_by("created_at").values_list("created_at", flat=True).first()
    return max(0, int((timezone.now() - oldest).total_seconds())) if oldest else 0
