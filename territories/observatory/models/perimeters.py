"""The perimeter of the ESS as the observatoire keeps it: versions, lists joined by SIREN, decisions, remarks of territories."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse

from territories.geography.enums import TerritoryKind
from territories.observatory.enums import (
    FAMILY_CHOICES,
    ListKind,
    ListState,
    PerimeterState,
    RemarkKind,
    RemarkState,
    Verdict,
)


class PerimeterQuerySet(models.QuerySet["Perimeter"]):
    def published(self) -> "Perimeter | None":
        """The version of the next import: the last one published."""
        return (
            self.filter(state=PerimeterState.PUBLISHED)
            .order_by(F("published_at").desc(nulls_last=True), "-created_at", "code")
            .first()
        )


class Perimeter(models.Model):
    """A version of the ESS perimeter: categories, excluded activities, lists. Only a draft is ever edited."""

    code = models.SlugField("version", unique=True)
    name = models.CharField("nom", max_length=150)
    content = models.JSONField("contenu")
    source = models.TextField("sources")
    state = models.CharField("état", max_length=12, choices=PerimeterState, default=PerimeterState.PUBLISHED)
    note = models.CharField("note", max_length=500, blank=True)
    copied_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="copies", verbose_name="copiée de"
    )
    # Counts the savings of a draft: two people who edit it at once are told.
    edition = models.PositiveIntegerField("édition", default=1)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="créée par"
    )
    created_at = models.DateTimeField("créée le", auto_now_add=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="adoptée par"
    )
    published_at = models.DateTimeField("adoptée le", null=True, blank=True)

    objects = PerimeterQuerySet.as_manager()

    class Meta:
        verbose_name = "périmètre de l’ESS"
        verbose_name_plural = "périmètres de l’ESS"
        ordering = ("-created_at", "code")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("observatory:perimeter", args=[self.code])

    @property
    def is_draft(self) -> bool:
        return self.state == PerimeterState.DRAFT


class PerimeterPreview(models.Model):
    """What the next import would change under a version, counted by a job. Never edited; the last one is shown."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    perimeter = models.ForeignKey(Perimeter, on_delete=models.CASCADE, related_name="previews")
    # The saving of the draft that was read: another one since then, and the page says that the preview is old.
    edition = models.PositiveIntegerField("édition")
    dataset = models.ForeignKey("observatory.Dataset", on_delete=models.CASCADE, related_name="previews")
    # Whether the two Sirene files were read again; otherwise only what the base keeps.
    with_files = models.BooleanField("fichiers relus")
    reason = models.CharField("pourquoi sans les fichiers", max_length=300, blank=True)
    summary = models.JSONField("comptages", default=dict)
    file = models.ForeignKey(
        "foundations.StoredFile", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="classeur"
    )
    job_id = models.UUIDField("travail", unique=True)
    made_at = models.DateTimeField("calculé le", auto_now_add=True)

    class Meta:
        verbose_name = "aperçu d’un périmètre"
        verbose_name_plural = "aperçus de périmètres"
        ordering = ("-made_at", "id")

    def __str__(self) -> str:
        return f"{self.perimeter_id} {self.made_at:%d/%m/%Y}"


class SirenListQuerySet(models.QuerySet["SirenList"]):
    def in_force(self) -> "SirenListQuerySet":
        return self.filter(state=ListState.ACTIVE).order_by("kind", "title", "id")


class SirenList(models.Model):
    """A dated list of enterprises, joined by SIREN. A new one of the same series supersedes it; the former is kept.

    `numbers` holds every valid SIREN, sorted, one a line: what the qualification reads. `entries` hold what is shown of them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField("nature", max_length=12, choices=ListKind)
    title = models.CharField("intitulé", max_length=150)
    # What supersedes what: the kind, and the title too for the lists of kind « autre ».
    series = models.CharField("série", max_length=180)
    source = models.CharField("source", max_length=200)
    licence = models.CharField("licence", max_length=100)
    dated_on = models.DateField("date de la liste")
    state = models.CharField("état", max_length=12, choices=ListState, default=ListState.RECEIVED)
    # The file as received, by its place (inbox, stored), its name and sha256 of its bytes.
    place = models.JSONField("fichier", default=dict)
    file_name = models.CharField("nom du fichier", max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    siren_column = models.CharField("colonne du SIREN", max_length=200, blank=True)
    headers = models.JSONField("colonnes", default=list)
    sample = models.JSONField("premières lignes", default=list)
    numbers = models.ForeignKey(
        "foundations.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="SIREN triés"
    )
    row_count = models.PositiveIntegerField("lignes", default=0)
    siren_count = models.PositiveIntegerField("SIREN distincts", default=0)
    rejected_count = models.PositiveIntegerField("lignes écartées", default=0)
    # {"reasons": {reason: count}, "lines": [[line, value, reason]], "repaired": n, "repeated": n, "entries_note": text}
    account = models.JSONField("compte rendu", default=dict)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="chargée par"
    )
    imported_at = models.DateTimeField("reçue le", auto_now_add=True)
    adopted_at = models.DateTimeField("en vigueur depuis le", null=True, blank=True)

    objects = SirenListQuerySet.as_manager()

    class Meta:
        verbose_name = "liste de SIREN"
        verbose_name_plural = "listes de SIREN"
        ordering = ("-imported_at", "id")
        constraints = (
            models.UniqueConstraint(fields=("series",), condition=Q(state="active"), name="one_active_list_per_series"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("observatory:siren_list", args=[self.pk])


class SirenListEntry(models.Model):
    """What a list says of one enterprise. `details`: French label to text (dates, type), as written in the file."""

    list = models.ForeignKey(SirenList, on_delete=models.CASCADE, related_name="entries")
    siren = models.CharField(max_length=9)
    family = models.CharField("famille dite par la liste", max_length=12, choices=FAMILY_CHOICES, blank=True)
    details = models.JSONField("détails", default=dict)

    class Meta:
        verbose_name = "ligne d’une liste"
        verbose_name_plural = "lignes d’une liste"
        constraints = (models.UniqueConstraint(fields=("list", "siren"), name="one_entry_per_siren"),)
        indexes = (models.Index(fields=("siren", "list"), name="lists_of_a_siren"),)

    def __str__(self) -> str:
        return self.siren


class QualificationDecision(models.Model):
    """A dated decision on a SIREN (9 figures) or a SIRET (14). Never edited: another one replaces it, undoing included.

    It counts from the next import of Sirene on; `taken_in` is the first vintage that took it into account.
    """

    number = models.CharField("SIREN ou SIRET", max_length=14, db_index=True)
    siren = models.CharField(max_length=9, db_index=True)
    qualification = models.CharField("décision", max_length=12, choices=Verdict)
    family = models.CharField("famille", max_length=12, choices=FAMILY_CHOICES, blank=True)
    sub_family = models.CharField("sous-famille", max_length=80, blank=True)
    motive = models.CharField("motif", max_length=120)
    # The lists the enterprise was on when it was decided, as read: « ESS France au 20 novembre 2023 ».
    lists = models.CharField("listes", max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="par"
    )
    at = models.DateTimeField("le", auto_now_add=True)
    replaces = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="replaced_by", verbose_name="remplace"
    )
    is_current = models.BooleanField("en vigueur", default=True)
    taken_in = models.ForeignKey(
        "observatory.Dataset", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="prise en compte"
    )

    class Meta:
        verbose_name = "décision de qualification"
        verbose_name_plural = "décisions de qualification"
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(fields=("number",), condition=Q(is_current=True), name="one_current_decision_per_number"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.qualification}"


class EstablishmentRemark(models.Model):
    """What somebody of a territory says of an establishment: closed, moved, missing… It never changes a figure by itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Empty when the establishment is said to be missing: then a name.
    siret = models.CharField("SIRET", max_length=14, blank=True, db_index=True)
    name = models.CharField("établissement", max_length=200)
    commune_code = models.CharField("code commune", max_length=5)
    # By kind and code, not by key: a territory is remade with every millésime.
    territory_kind = models.CharField("nature du territoire", max_length=12, choices=TerritoryKind)
    territory_code = models.CharField("code du territoire", max_length=60)
    territory_name = models.CharField("territoire", max_length=150)
    kind = models.CharField("ce qui est signalé", max_length=14, choices=RemarkKind)
    text = models.TextField("précisions", max_length=1000, blank=True)
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="envoyé par"
    )
    sent_at = models.DateTimeField("envoyé le", auto_now_add=True)
    state = models.CharField("état", max_length=10, choices=RemarkState, default=RemarkState.OPEN)
    answer = models.TextField("réponse", max_length=1000, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="répondu par"
    )
    answered_at = models.DateTimeField("répondu le", null=True, blank=True)

    class Meta:
        verbose_name = "signalement"
        verbose_name_plural = "signalements"
        ordering = ("-sent_at", "id")
        indexes = (models.Index(fields=("territory_kind", "territory_code"), name="remarks_of_a_territory"),)

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()})"
