"""Public figures: where they come from (Dataset), what was read (Establishment, Observation), what was published (Release)."""

import uuid

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
    Qualification,
    ReleaseState,
)


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


class DatasetQuerySet(models.QuerySet["Dataset"]):
    def active(self, source: str = "sirene", region: str | None = None) -> "Dataset | None":
        """The vintage in use of a source, in the région of this instance unless another is named."""
        region = region or settings.CRESS_REGION
        return (
            self.filter(source=source, region=region, state=DatasetState.ACTIVE).select_related("perimeter", "millesime").first()
        )

    def for_list(self) -> "DatasetQuerySet":
        return self.select_related("perimeter", "millesime", "imported_by").order_by("-imported_at", "id")


class Dataset(models.Model):
    """One vintage of one source, as imported, with everything needed to cite it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField("source", max_length=40)
    title = models.CharField("intitulé", max_length=200)
    producer = models.CharField("producteur", max_length=100)
    vintage_on = models.DateField("état des fichiers au")
    workforce_year = models.PositiveSmallIntegerField("année des tranches d’effectif", null=True, blank=True)
    published_on = models.DateField("publié le", null=True, blank=True)
    licence = models.CharField("licence", max_length=100)
    perimeter = models.ForeignKey(Perimeter, on_delete=models.PROTECT, related_name="datasets", verbose_name="périmètre")
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
                fields=("source", "region"), condition=Q(state="active"), name="one_active_dataset_per_source"
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
    """A counted cell: `kind` and `code` name the geography, an empty dimension means all. Adds up within a champ and a level."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="observations")
    kind = models.CharField("niveau", max_length=12, choices=TerritoryKind)
    code = models.CharField("code", max_length=9)
    champ = models.CharField("champ", max_length=12, choices=Champ)
    family = models.CharField("famille", max_length=12, blank=True)
    nomenclature = models.CharField("nomenclature", max_length=8, blank=True)
    division = models.CharField("division", max_length=2, blank=True)
    size_band = models.CharField("tranche d’effectif", max_length=2, blank=True)
    is_employer = models.BooleanField("employeur", null=True)
    is_private = models.BooleanField("privé", null=True)
    year = models.PositiveSmallIntegerField("année", null=True)
    measure = models.CharField("mesure", max_length=20)
    value = models.FloatField("valeur", null=True)
    status = models.CharField("statut", max_length=3, default="A")

    class Meta:
        verbose_name = "observation"
        constraints = (
            models.CheckConstraint(
                condition=Q(value__isnull=False, status__in=("A", "p", "r", "e"))
                | Q(value__isnull=True, status__in=("s", "nd", "///", "ns")),
                name="observation_has_value_or_says_why",
            ),
        )
        indexes = (models.Index(fields=("dataset", "kind", "code")),)

    def __str__(self) -> str:
        return f"{self.kind} {self.code} {self.champ} {self.measure}"


class Release(models.Model):
    """The act of publishing: which datasets, when, by whom. Pages read only the current one."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.PositiveIntegerField("numéro", unique=True)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="releases", verbose_name="jeu de données")
    state = models.CharField("état", max_length=12, choices=ReleaseState, default=ReleaseState.PREPARING)
    note = models.CharField("note", max_length=300, blank=True)
    territory_count = models.PositiveIntegerField("territoires", default=0)
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
