"""Administrators read here what the pages show; imported rows are never typed."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from territories.observatory.models import Dataset, Perimeter, Release


class ReadOnlyAdmin(admin.ModelAdmin):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Perimeter)
class PerimeterAdmin(ReadOnlyAdmin):
    list_display = ("code", "name", "created_at")


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin):
    list_display = ("title", "state", "vintage_on", "perimeter", "imported_at")
    list_filter = ("state", "source")


@admin.register(Release)
class ReleaseAdmin(ReadOnlyAdmin):
    list_display = ("number", "dataset", "state", "released_at")
