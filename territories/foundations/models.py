"""Bricks without a domain that need a table: jobs, files, journal."""

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.journal.models import JournalEntry

__all__ = ["Job", "JobState", "JournalEntry", "StoredFile"]
