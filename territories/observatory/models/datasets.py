"""Public data as imported: the dataset and what was read of it."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from territories.geography.enums import TerritoryKind
from territories.observatory.enums import (
    FAMILY_CHOICES,
    Champ,
    DatasetState,
    DiffusionPolicy,
    EssPerimeter,
    Qualification,
    UploadState,
)
from territories.observatory.models.perimeters import Perimeter


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def active(self, source: str = "sirene", region: str | None = None) -> "Dataset | None":
        """The vintage in use of a source, in the région of this instance unless another is named."""
        region = region or settings.CRESS_REGION
        return (
            self.filter(source=source, region=region, state=DatasetState.ACTIVE)
            .select_related("perimeter", "millesime")
            .order_by("-year", "-imported_at", "id")
            .first()
        )

    def statistics(self) -> "DatasetQuerySet":
        """Datasets with jobs: every source but Sirene, one row a year and revision."""
        return self.filter(year__isnull=False)

    def for_list(self) -> "DatasetQuerySet":
        return self.select_related("perimeter", "millesime", "imported_by").order_by("-imported_at", "id")


class Dataset(models.Model):
    """One vintage of one source, as imported, with everything needed to cite it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField("source", max_length=40)
    # What may be compared or chained: two sources of one series count the same thing the same way.
    series = models.CharField("série statistique", max_length=40, blank=True)
    title = models.CharField("intitulé", max_length=200)
    producer = models.CharField("producteur", max_length=100)
    vintage_on = models.DateField("état des fichiers au")
    # The year that statistics with jobs describe; None for Sirene.
    year = models.PositiveSmallIntegerField("année décrite", null=True, blank=True)
    # The first delivery of a year is 1; a revised one is kept beside the former.
    revision = models.PositiveSmallIntegerField("révision", default=1)
    revises = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="revisions", verbose_name="révise"
    )
    # « effectifs salariés au 31 décembre (postes) »: what the measure of jobs counts, as printed.
    concept = models.CharField("notion d’emploi", max_length=200, blank=True)
    field_note = models.CharField("champ", max_length=300, blank=True)
    ess_perimeter = models.CharField("périmètre ESS de la source", max_length=12, choices=EssPerimeter, blank=True)
    break_note = models.CharField("rupture de série avec l’année précédente", max_length=300, blank=True)
    # Said by the producer’s documentation, never guessed: without it an absent combination is unavailable.
    absent_is_zero = models.BooleanField("la source n’écrit pas les lignes nulles", default=False)
    # Thresholds of our own mask, for what was delivered complete: `min_units`, `max_share`, `min_persons`.
    rules = models.JSONField("règles de masquage", default=dict, blank=True)
    workforce_year = models.PositiveSmallIntegerField("année des tranches d’effectif", null=True, blank=True)
    published_on = models.DateField("publié le", null=True, blank=True)
    licence = models.CharField("licence", max_length=100)
    perimeter = models.ForeignKey(
        Perimeter, on_delete=models.PROTECT, related_name="datasets", verbose_name="périmètre", null=True, blank=True
    )
    millesime = models.ForeignKey("geography.Millesime", on_delete=models.PROTECT, related_name="+", verbose_name="géographie")
    region = models.CharField("région chargée", max_length=3)
    nomenclature = models.CharField("nomenclature d’activités", max_length=20, default="NAFRev2")
    files = models.JSONField("fichiers lus", default=list)
    policy = models.CharField("politique de diffusion", max_length=20, choices=DiffusionPolicy, default=DiffusionPolicy.PUBLIC)
    state = models.CharField("état", max_length=12, choices=DatasetState, default=DatasetState.IMPORTING)
    account = models.JSONField("compte rendu", default=dict)
    covered_departements = models.JSONField("départements entièrement couverts", default=list)
    uncovered_communes = models.JSONField("communes du champ sans aucune ligne", default=list)
    is_demonstration = models.BooleanField("données de démonstration", default=False)
    job_id = models.UUIDField("travail", null=True, blank=True, unique=True)
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="chargé par"
    )
    imported_at = models.DateTimeField("chargé le", auto_now_add=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        verbose_name = "jeu de données"
        verbose_name_plural = "jeux de données"
        ordering = ("-imported_at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("source", "region"),
                condition=Q(state="active", year__isnull=True),
                name="one_active_dataset_per_source",
            ),
            models.UniqueConstraint(
                fields=("source", "region", "year"),
                condition=Q(state="active", year__isnull=False),
                name="one_active_dataset_per_source_and_year",
            ),
            models.UniqueConstraint(
                fields=("source", "region", "year", "revision"),
                condition=Q(state__in=("active", "superseded"), year__isnull=False),
                name="one_dataset_per_source_year_and_revision",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("observatory:dataset", args=[self.pk])


class Establishment(models.Model):
    """An establishment of the ESS read from Sirene, with the motive of its inclusion. Legal persons only."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="establishments")
    siret = models.CharField(max_length=14)
    siren = models.CharField(max_length=9)
    name = models.CharField("nom", max_length=200, blank=True)
    search = models.CharField("nom sans accents", max_length=200, blank=True)
    usual_name = models.CharField("enseigne ou nom usuel", max_length=150, blank=True)
    qualification = models.CharField("qualification", max_length=12, choices=Qualification)
    family = models.CharField("famille", max_length=12, choices=FAMILY_CHOICES, blank=True)
    sub_family = models.CharField("sous-famille", max_length=80, blank=True)
    motive = models.CharField("motif", max_length=120)
    legal_category = models.CharField("catégorie juridique", max_length=4)
    ape = models.CharField("APE", max_length=6, blank=True)
    nomenclature = models.CharField("nomenclature", max_length=8, blank=True)
    division = models.CharField("division", max_length=2, blank=True)
    sector = models.CharField("secteur", max_length=30, blank=True)
    size_band = models.CharField("tranche d’effectif", max_length=2, blank=True)
    is_employer = models.BooleanField("employeur")
    declares_employer = models.BooleanField("caractère employeur déclaré", null=True)
    is_seat = models.BooleanField("siège", default=False)
    is_partly_diffused = models.BooleanField("diffusion partielle", default=False)
    commune_code = models.CharField("code commune", max_length=5)
    postal_code = models.CharField("code postal", max_length=9, blank=True)
    created_on = models.DateField("créé le", null=True, blank=True)

    class Meta:
        verbose_name = "établissement"
        ordering = ("search", "siret")
        constraints = (models.UniqueConstraint(fields=("dataset", "siret"), name="one_establishment_per_dataset"),)
        # Wide enough to count the list of a région without reading its rows.
        indexes = (
            models.Index(fields=("dataset", "commune_code", "is_employer", "qualification"), name="establishments_of_a_place"),
        )

    def __str__(self) -> str:
        return self.siret


class Observation(models.Model):
    """A counted cell: `kind` and `code` name the geography, an empty dimension means all. Adds up within a champ and a level.

    `status` is the producer’s, kept as delivered: « K » (not disseminated) and « W » (includes another commune) of INSEE
    among them. `units` and `largest` stand where the source gives them: distinct enterprises, and the largest contribution
    to `value`, in its unit.
    """

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="observations")
    kind = models.CharField("niveau", max_length=12, choices=TerritoryKind)
    # As long as the code of a composed territory.
    code = models.CharField("code", max_length=60)
    champ = models.CharField("champ", max_length=12, choices=Champ)
    family = models.CharField("famille", max_length=20, blank=True)
    nomenclature = models.CharField("nomenclature", max_length=8, blank=True)
    division = models.CharField("division", max_length=2, blank=True)
    size_band = models.CharField("tranche d’effectif", max_length=2, blank=True)
    sub_family = models.CharField("sous-famille", max_length=40, blank=True, db_default="")
    # A code of the grid named by `nomenclature` (« A88:87 », « A17:OQ », « GRILLE:action_sociale »…) when it is no division.
    activity = models.CharField("activité", max_length=40, blank=True, db_default="")
    size_class = models.CharField("classe de taille", max_length=10, blank=True, db_default="")
    sex = models.CharField("sexe", max_length=1, blank=True, db_default="")
    age_class = models.CharField("classe d’âge", max_length=10, blank=True, db_default="")
    csp = models.CharField("catégorie socioprofessionnelle", max_length=10, blank=True, db_default="")
    is_employer = models.BooleanField("employeur", null=True)
    is_private = models.BooleanField("privé", null=True)
    year = models.PositiveSmallIntegerField("année", null=True)
    measure = models.CharField("mesure", max_length=20)
    value = models.FloatField("valeur", null=True)
    status = models.CharField("statut", max_length=3, default="A")
    units = models.PositiveIntegerField("entreprises contributrices", null=True)
    largest = models.FloatField("plus forte contribution", null=True)

    class Meta:
        verbose_name = "observation"
        constraints = (
            models.CheckConstraint(
                condition=Q(value__isnull=False, status__in=("A", "W", "p", "r", "e"))
                | Q(value__isnull=True, status__in=("s", "K", "nd", "///", "ns")),
                name="observation_has_value_or_says_why",
            ),
        )
        indexes = (models.Index(fields=("dataset", "kind", "code")),)

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.champ} {self.measure}"


class ColumnMapping(models.Model):
    """How the columns of one producer’s files are read, made once in the browser and found again by the header."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField("nom", max_length=100, unique=True)
    # See `orders.layouts.fingerprint`.
    fingerprint = models.CharField("empreinte de l’en-tête", max_length=64, db_index=True)
    columns = models.JSONField("colonnes", default=dict)
    values = models.JSONField("traductions des mots", default=dict, blank=True)
    constants = models.JSONField("valeurs données pour tout le fichier", default=dict, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="créée par"
    )
    updated_at = models.DateTimeField("modifiée le", auto_now=True)

    class Meta:
        verbose_name = "correspondance de colonnes"
        verbose_name_plural = "correspondances de colonnes"
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def as_mapping(self) -> dict[str, Any]:
        """The JSON form that `orders.layouts.Mapping` reads."""
        return {"columns": self.columns, "values": self.values, "constants": self.constants}


class StatisticsUpload(models.Model):
    """A file of statistics on its way in: what was said of it, what its dry run found, what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Sent by a browser, or named in the folder of the server (path below it).
    file = models.ForeignKey(
        "foundations.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="fichier envoyé"
    )
    inbox = models.CharField("fichier du dossier de dépôt", max_length=300, blank=True)
    name = models.CharField("nom", max_length=200)
    # `orders.meta.OrderMeta` as JSON, its mapping included.
    meta = models.JSONField("fiche", default=dict)
    is_demonstration = models.BooleanField("données de démonstration", default=False)
    mapping = models.ForeignKey(
        ColumnMapping, on_delete=models.SET_NULL, null=True, blank=True, related_name="uploads", verbose_name="correspondance"
    )
    report = models.JSONField("compte rendu", default=dict, blank=True)
    state = models.CharField("état", max_length=12, choices=UploadState, default=UploadState.MAPPING)
    problem = models.TextField("refus", blank=True)
    job_id = models.UUIDField("travail", null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="déposé par"
    )
    created_at = models.DateTimeField("déposé le", auto_now_add=True)

    class Meta:
        verbose_name = "dépôt de statistiques"
        verbose_name_plural = "dépôts de statistiques"
        ordering = ("-created_at", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(file__isnull=False, inbox="") | (Q(file__isnull=True) & ~Q(inbox="")),
                name="upload_is_sent_or_in_the_inbox",
            ),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("observatory:statistics_upload", args=[self.pk])
