"""What was done, by whom, in a French sentence written at the time. Append-only, without any foreign key."""

from typing import Any, NoReturn

from django.db import models


class ImmutableEntry(Exception):
    """Somebody tried to change or erase what was written."""


class JournalQuerySet(models.QuerySet["JournalEntry"]):
    """Reads and adds; every other write is refused."""

    def about(self, target: models.Model) -> "JournalQuerySet":
        return self.filter(target_kind=target._meta.label_lower, target_id=str(target.pk))

    def update(self, **kwargs: Any) -> NoReturn:
        raise ImmutableEntry("The journal is append-only.")

    def delete(self) -> NoReturn:
        raise ImmutableEntry("The journal is append-only.")

    def bulk_update(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableEntry("The journal is append-only.")


class JournalEntry(models.Model):
    at = models.DateTimeField("le", auto_now_add=True, db_index=True)
    actor = models.CharField("par", max_length=200)
    event = models.CharField("événement", max_length=60, db_index=True)
    sentence = models.TextField("phrase")
    target_kind = models.CharField("objet", max_length=60, blank=True)
    target_id = models.CharField("identifiant de l’objet", max_length=64, blank=True)
    details = models.JSONField("détails", default=dict)

    objects = JournalQuerySet.as_manager()

    class Meta:
        verbose_name = "entrée du journal"
        verbose_name_plural = "journal"
        ordering = ("-at", "-pk")
        indexes = (models.Index(fields=("target_kind", "target_id")),)

    def __str__(self) -> str:
        return self.sentence

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ImmutableEntry("The journal is append-only.")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImmutableEntry("The journal is append-only.")
