"""Files kept by the application. Each owner room guards its own downloads; nothing is served from here."""

import uuid

from django.conf import settings
from django.db import models


class StoredFile(models.Model):
    """One immutable file: random stored name, type read from the content, sha256 of the bytes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    file = models.FileField("fichier", upload_to="fichiers/%Y/%m", max_length=200)
    name = models.CharField("nom affiché", max_length=200)
    content_type = models.CharField("type", max_length=100)
    size = models.PositiveBigIntegerField("taille en octets")
    sha256 = models.CharField(max_length=64, db_index=True)
    text = models.TextField("texte extrait", blank=True)
    created_at = models.DateTimeField("déposé le", auto_now_add=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="déposé par"
    )

    class Meta:
        verbose_name = "fichier"
        verbose_name_plural = "fichiers"

    def __str__(self) -> str:
        return self.name
