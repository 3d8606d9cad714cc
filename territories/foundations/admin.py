"""What administrators may look at; jobs, files and the journal are written by the application only."""

from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job
from territories.foundations.journal.models import JournalEntry


class ReadOnlyAdmin(admin.ModelAdmin):
    """Lists and pages, no button that writes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnlyAdmin):
    list_display = ("title", "kind", "state", "attempt", "requested_by", "created_at", "finished_at")
    list_filter = ("state", "kind")
    list_select_related = ("requested_by",)
    search_fields = ("title", "id")


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "content_type", "size", "created_by", "created_at")
    list_filter = ("content_type",)
    list_select_related = ("created_by",)
    search_fields = ("name", "sha256")
    exclude = ("file",)


@admin.register(JournalEntry)
class JournalEntryAdmin(ReadOnlyAdmin):
    list_display = ("at", "actor", "sentence")
    list_filter = ("event",)
    date_hierarchy = "at"
    search_fields = ("sentence", "actor", "target_id")
