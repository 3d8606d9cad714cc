"""Makes the bucket of the S3-compatible storage when it is not there yet; does nothing on local files."""

from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Crée le dossier du stockage S3 s’il n’existe pas encore."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.S3_BUCKET:
            self.stdout.write("Stockage local : rien à créer.")
            return
        client = storages["default"].connection.meta.client
        known = {bucket["Name"] for bucket in client.list_buckets()["Buckets"]}
        if settings.S3_BUCKET in known:
            self.stdout.write(f"Le dossier « {settings.S3_BUCKET} » existe.")
            return
        client.create_bucket(Bucket=settings.S3_BUCKET)
        self.stdout.write(f"Le dossier « {settings.S3_BUCKET} » est créé.")
