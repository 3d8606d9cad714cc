"""Long work is a row. Whoever claims it by one conditional UPDATE carries it; the broker only rings."""

import uuid
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from territories.foundations.jobs import visibility

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser


class JobState(models.TextChoices):
    QUEUED = "queued", "En attente"
    RUNNING = "running", "En cours"
    DONE = "done", "Terminé"
    FAILED = "failed", "Échoué"
    CANCELLED = "cancelled", "Annulé"


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING)
# How many times a job is begun before it is given up.
ATTEMPTS = 3


class JobQuerySet(models.QuerySet["Job"]):
    def active(self) -> Self:
        """Waiting or running."""
        return self.filter(state__in=ACTIVE_STATES)

    def visible_to(self, user: "AbstractBaseUser | AnonymousUser") -> Self:
        """The jobs that a person finds in the list: their own, or all for whoever follows them all."""
        if visibility.may_read_all(user):
            return self
        if user.is_authenticated:
            return self.filter(requested_by=user.pk)
        return self.none()

    def readable_by(self, user: "AbstractBaseUser | AnonymousUser") -> Self:
        """The jobs that a person may open by address: the visible ones, and those shared by their address."""
        if visibility.may_read_all(user):
            return self
        own = Q(requested_by=user.pk) if user.is_authenticated else Q(pk__in=[])
        return self.filter(own | Q(shared=True))

    def for_list(self) -> Self:
        """What a list of jobs prints, the latest first."""
        return self.select_related("requested_by", "result_file").order_by("-created_at", "pk")


class Job(models.Model):
    """A piece of long work, from its request to its result."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=60)
    title = models.CharField("intitulé", max_length=200)
    params = models.JSONField("paramètres", default=dict)
    dedupe_key = models.CharField("clé d’unicité", max_length=200, blank=True)
    state = models.CharField("état", max_length=10, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField("tentative", default=0)
    attempt_limit = models.PositiveSmallIntegerField("tentatives permises", default=ATTEMPTS)
    lease_until = models.DateTimeField("bail jusqu’au", null=True, blank=True)
    rung_at = models.DateTimeField("dernier appel", null=True, blank=True)
    progress_done = models.PositiveBigIntegerField("fait", default=0)
    progress_total = models.PositiveBigIntegerField("à faire", default=0)
    message = models.CharField("où il en est", max_length=300, blank=True)
    checkpoints = models.JSONField("étapes finies", default=dict)
    cancel_requested = models.BooleanField("annulation demandée", default=False)
    error = models.TextField("raison de l’échec", blank=True)
    error_detail = models.TextField("détail technique", blank=True)
    result = models.JSONField("résultat", default=dict)
    result_file = models.ForeignKey(
        "foundations.StoredFile",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="fichier produit",
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="demandé par"
    )
    shared = models.BooleanField(
        "lisible par qui a l’adresse",
        default=False,
        help_text="Demandé sans compte, ou demandé par plusieurs personnes à la fois.",
    )
    created_at = models.DateTimeField("demandé le", auto_now_add=True)
    started_at = models.DateTimeField("commencé le", null=True, blank=True)
    finished_at = models.DateTimeField("terminé le", null=True, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "travail"
        verbose_name_plural = "travaux"
        ordering = ("-created_at", "id")
        indexes = (
            models.Index(fields=("state", "lease_until")),
            models.Index(fields=("requested_by", "-created_at")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("dedupe_key",),
                condition=Q(state__in=("queued", "running")) & ~Q(dedupe_key=""),
                name="one_active_job_per_key",
                violation_error_message="Ce travail est déjà en cours.",
            ),
            models.CheckConstraint(
                condition=Q(state="running", lease_until__isnull=False) | ~Q(state="running"), name="running_job_has_a_lease"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("foundations:job", args=[self.pk])

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES

    @property
    def progress_percent(self) -> int | None:
        """Whole percent between 0 and 100; None while the length of the work is unknown."""
        if self.progress_total <= 0:
            return None
        return min(100, self.progress_done * 100 // self.progress_total)
