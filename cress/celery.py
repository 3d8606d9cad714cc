"""Celery rings; the `Job` rows decide. Tasks are three lines and take identifiers only."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cress.settings")
app = Celery("cress")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
