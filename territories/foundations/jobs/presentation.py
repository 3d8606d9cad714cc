"""What pages say about a job: dates, durations, ways out. French sentences are made here, not in templates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from territories.foundations.formats import THIN, moment_fr
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.registry import kind_of

_TONES: Final[dict[str, str]] = {
    JobState.QUEUED: "",
    JobState.RUNNING: "current",
    JobState.DONE: "success",
    JobState.FAILED: "danger",
    JobState.CANCELLED: "warning",
}


@dataclass(frozen=True)
class Way:
    """A link to what a job produced."""

    label: str
    url: str


@dataclass(frozen=True)
class JobSheet:
    """A job as pages show it. Texts are ready to print; an empty one is left out."""

    job: Job
    kind: str
    state: str
    tone: str
    requested: str
    requester: str
    waited: str
    lasted: str
    message: str
    result: Way | None
    file: Way | None


def sheet_of(job: Job, *, now: datetime | None = None) -> JobSheet:
    """The sheet of a job loaded by `Job.objects.for_list()`."""
    now = now or timezone.now()
    known = kind_of(job.kind)
    return JobSheet(
        job=job,
        kind=known.label if known else job.kind,
        state="Annulation demandée" if job.state == JobState.RUNNING and job.cancel_requested else job.get_state_display(),
        tone=_TONES[job.state],
        requested=moment_fr(timezone.localtime(job.created_at)),
        requester=str(job.requested_by) if job.requested_by else "",
        waited=duration_fr(now - job.created_at) if job.state == JobState.QUEUED else "",
        lasted=duration_fr((job.finished_at or now) - job.started_at) if job.started_at else "",
        message=job.message,
        result=_result_of(job),
        file=_file_of(job),
    )


def _result_of(job: Job) -> Way | None:
    url, label = job.result.get("url"), job.result.get("label")
    # Handlers write addresses of this site; anything else is not made a link.
    if job.state != JobState.DONE or not isinstance(url, str) or not url_has_allowed_host_and_scheme(url, allowed_hosts=None):
        return None
    return Way(str(label or "Voir le résultat"), url)


def _file_of(job: Job) -> Way | None:
    if job.state != JobState.DONE or job.result_file is None:
        return None
    stored = job.result_file
    # A handler that gives no address of its own may name the file in few words.
    named = job.result.get("label") if not job.result.get("url") else None
    label = str(named or f"Télécharger {stored.name}")
    return Way(f"{label} ({size_fr(stored.size)})", reverse("foundations:job_file", args=[job.pk]))


def duration_fr(length: timedelta) -> str:
    """« 45 s », « 2 min 05 s », « 1 h 12 min »; a negative length counts for nothing."""
    seconds = max(0, int(length.total_seconds()))
    hours, minutes, rest = seconds // 3600, seconds % 3600 // 60, seconds % 60
    if hours:
        return f"{hours}\u00a0h {minutes:02d}\u00a0min"
    if minutes:
        return f"{minutes}\u00a0min {rest:02d}\u00a0s"
    return f"{rest}\u00a0s"


def size_fr(count: int) -> str:
    """« 812 octets », « 64 Ko », « 1,5 Mo », in units of 1024."""
    if count < 1024:
        return f"{count}\u00a0octet{'s' if count > 1 else ''}"
    if count < 1024 * 1024:
        return f"{count / 1024:.0f}\u00a0Ko"
    whole, _, tenth = f"{count / (1024 * 1024):.1f}".partition(".")
    return f"{int(whole):,}".replace(",", THIN) + f",{tenth}\u00a0Mo"
