"""What was published: the release, the datasets that it shows, its figures."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from territories.observatory.enums import ReleaseState
from territories.observatory.models.datasets import Dataset


class Release(models.Model):
    """The act of publishing: which datasets, when, by whom. Pages read only the current one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField("numéro", unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="releases", verbose_name="jeu de données")
    state = models.CharField("état", max_length=12, choices=ReleaseState, default=ReleaseState.PREPARING)
    note = models.CharField("note", max_length=300, blank=True)
    territory_count = models.PositiveIntegerField("territoires", default=0)
    # Statistics with jobs that it shows, and those that it leaves out with the reason.
    account = models.JSONField("compte rendu", default=dict, blank=True)
    job_id = models.UUIDField("travail", null=True, blank=True, unique=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="publié par"
    )
    created_at = models.DateTimeField("demandée le", auto_now_add=True)
    released_at = models.DateTimeField("en ligne depuis le", null=True, blank=True)

    class Meta:
        verbose_name = "publication"
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("state",), condition=Q(state="current"), name="one_current_release"),)

    def __str__(self) -> str:
        return f"publication n° {self.number}"


class ReleaseSource(models.Model):
    """A dataset of statistics shown by a release, beside the Sirene one that `Release.dataset` names."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="sources")
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="release_sources", verbose_name="jeu de données")

    class Meta:
        verbose_name = "source d’une publication"
        verbose_name_plural = "sources d’une publication"
        constraints = (models.UniqueConstraint(fields=("release", "dataset"), name="one_source_per_release"),)

    def __str__(self) -> str:
        return f"{self.release_id} {self.dataset_id}"


class DiffusionPermit(models.Model):
    """What a named person allows to be published of a dataset delivered complete: which tables, levels and territories.

    Never edited: another permit replaces it. `warning` is the sentence that was read and signed.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="permits", verbose_name="jeu de données")
    tables = models.JSONField("tableaux", default=list)
    kinds = models.JSONField("niveaux", default=list)
    # Codes « epci:244400552 » of the only territories allowed; empty means every territory of the levels.
    territories = models.JSONField("territoires", default=list)
    warning = models.TextField("avertissement signé")
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name="signé par"
    )
    # The name stays when the account goes.
    signed_name = models.CharField("nom du signataire", max_length=150)
    signed_at = models.DateTimeField("signé le", auto_now_add=True)
    withdrawn_at = models.DateTimeField("retiré le", null=True, blank=True)

    class Meta:
        verbose_name = "autorisation de diffusion"
        verbose_name_plural = "autorisations de diffusion"
        ordering = ("-signed_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("dataset",), condition=Q(withdrawn_at__isnull=True), name="one_permit_in_force_per_dataset"
            ),
        )

    def __str__(self) -> str:
        return f"{self.dataset}, {self.signed_name}"


class ReleasedFigure(models.Model):
    """One published table of one territory: every cell carries value and status. Public pages, files and maps read only this."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="figures")
    territory = models.ForeignKey("geography.Territory", on_delete=models.CASCADE, related_name="released_figures")
    table = models.CharField("tableau", max_length=30)
    payload = models.JSONField("contenu")

    class Meta:
        verbose_name = "chiffre publié"
        verbose_name_plural = "chiffres publiés"
        constraints = (
            models.UniqueConstraint(fields=("release", "territory", "table"), name="one_table_per_territory_and_release"),
        )

    def __str__(self) -> str:
        return f"{self.territory_id} {self.table}"
