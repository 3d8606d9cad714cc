"""The roof: settings, addresses, pages that gather several rooms. It imports every room; no room imports it."""

from cress.celery import app as celery_app

__all__ = ["celery_app"]
