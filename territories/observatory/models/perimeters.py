"""The perimeter of the ESS as the observatoire keeps it."""

from django.db import models


class Perimeter(models.Model):
    """A version of the ESS perimeter: categories, excluded activities, lists, decisions. Never edited once it has served."""

    code = models.SlugField("version", unique=True)
    name = models.CharField("nom", max_length=150)
    content = models.JSONField("contenu")
    source = models.TextField("sources")
    created_at = models.DateTimeField("créée le", auto_now_add=True)

    class Meta:
        verbose_name = "périmètre de l’ESS"
        verbose_name_plural = "périmètres de l’ESS"
        ordering = ("-created_at", "code")

    def __str__(self) -> str:
        return self.name
