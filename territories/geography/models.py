"""Communes and territories. A territory of any kind is a dated set of communes; no level is deduced from another’s code."""

import hashlib
import uuid
from collections.abc import Collection
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q, Sum

from territories.access.enums import Capability, Role
from territories.geography.enums import (
    COMPOSED_KINDS,
    COUNTRY_CODE,
    FormerKind,
    PositionQuality,
    TerritoryKind,
    TerritoryRole,
)
from territories.geography.querysets import MillesimeQuerySet, TerritoryBrandQuerySet, TerritoryQuerySet
from territories.geography.registers import territory_page

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from territories.access.models import User


class Millesime(models.Model):
    """A vintage of the code officiel géographique, as loaded."""

    year = models.PositiveSmallIntegerField("millésime", primary_key=True)
    source = models.CharField("source", max_length=300)
    population_label = models.CharField("populations", max_length=200)
    # sha256 of all the files of the load, written at its end: empty while a load is unfinished.
    stamp = models.CharField("empreinte des fichiers", max_length=64, blank=True)
    is_current = models.BooleanField("en cours", default=False)
    loaded_at = models.DateTimeField("chargé le", auto_now=True)

    objects = MillesimeQuerySet.as_manager()

    class Meta:
        verbose_name = "millésime géographique"
        verbose_name_plural = "millésimes géographiques"
        ordering = ("-year",)
        constraints = (
            models.UniqueConstraint(fields=("is_current",), condition=Q(is_current=True), name="one_current_millesime"),
        )

    def __str__(self) -> str:
        return f"géographie au 01/01/{self.year}"


class Commune(models.Model):
    """A commune of a millésime. Codes are text; `epci` is empty for the few communes that belong to none."""

    millesime = models.ForeignKey(Millesime, on_delete=models.CASCADE, related_name="communes")
    code = models.CharField("code commune", max_length=5)
    name = models.CharField("nom", max_length=100)
    search = models.CharField("nom sans accents", max_length=120, db_index=True)
    departement = models.CharField("code du département", max_length=3)
    region = models.CharField("code de la région", max_length=3)
    epci = models.CharField("SIREN de l’EPCI", max_length=9, blank=True)
    # The five departments and the metropolis are France; the other collectivités d’outre-mer are not counted in it.
    in_country = models.BooleanField("comptée dans « France »", default=True)
    postal_codes = models.JSONField("codes postaux", default=list)
    population = models.PositiveIntegerField("population municipale", null=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    position_quality = models.CharField(max_length=12, choices=PositionQuality, default=PositionQuality.NONE)

    class Meta:
        verbose_name = "commune"
        ordering = ("search", "code")
        constraints = (models.UniqueConstraint(fields=("millesime", "code"), name="one_commune_per_code"),)
        indexes = (
            models.Index(fields=("millesime", "epci")),
            models.Index(fields=("millesime", "departement")),
            models.Index(fields=("millesime", "region")),
        )

    def __str__(self) -> str:
        return self.name


class FormerCode(models.Model):
    """A code that is no longer a commune’s: merged, delegated, associated commune or municipal arrondissement."""

    millesime = models.ForeignKey(Millesime, on_delete=models.CASCADE, related_name="+")
    code = models.CharField("ancien code", max_length=5)
    name = models.CharField("nom", max_length=100, blank=True)
    kind = models.CharField("nature", max_length=14, choices=FormerKind, default=FormerKind.FORMER)
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, related_name="former_codes")

    class Meta:
        verbose_name = "ancien code"
        verbose_name_plural = "anciens codes"
        constraints = (models.UniqueConstraint(fields=("millesime", "code"), name="one_commune_per_former_code"),)

    def __str__(self) -> str:
        return f"{self.code} → {self.commune.code}"


class Territory(models.Model):
    """A commune, an EPCI, a Pays, a département, a région, France or a composite: a dated set of communes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    millesime = models.ForeignKey(Millesime, on_delete=models.PROTECT, related_name="territories")
    kind = models.CharField("nature", max_length=12, choices=TerritoryKind)
    code = models.CharField("code", max_length=60)
    name = models.CharField("nom", max_length=150)
    nature = models.CharField("nature juridique", max_length=10, blank=True)
    # Where it lies, in words, to tell homonyms apart: « Loire-Atlantique, Maine-et-Loire ».
    place = models.CharField("situation", max_length=200, blank=True)
    search = models.CharField("nom sans accents", max_length=180, db_index=True)
    # `search` without legal nature nor first article: « pays d ancenis », « mans ».
    core = models.CharField("nom court sans accents", max_length=180, blank=True)
    # Names of the communes that merged into it, as written, and searched: « |champtoceaux|drain ».
    former_names = models.JSONField("anciens noms", default=list, blank=True)
    aliases = models.TextField("anciens noms sans accents", blank=True)
    slug = models.SlugField("adresse", max_length=120)
    population = models.PositiveIntegerField("population municipale", null=True)
    commune_count = models.PositiveIntegerField("nombre de communes", default=0)
    communes = models.ManyToManyField(Commune, through="TerritoryCommune", related_name="territories")
    description = models.CharField("présentation", max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="composé par"
    )
    updated_at = models.DateTimeField(auto_now=True)

    # Only on the results of a search: 0 is the exact name or code.
    rank: int

    objects = TerritoryQuerySet.as_manager()

    class Meta:
        verbose_name = "territoire"
        ordering = ("search", "kind", "code")
        constraints = (
            models.UniqueConstraint(fields=("millesime", "kind", "code"), name="one_territory_per_code"),
            models.UniqueConstraint(fields=("millesime", "kind", "slug"), name="one_territory_per_slug"),
        )

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return territory_page(self)

    @property
    def is_composed(self) -> bool:
        """Whether people made it here, rather than the code officiel géographique."""
        return self.kind in COMPOSED_KINDS

    @property
    def kind_label(self) -> str:
        """The kind in French: « Commune », « EPCI », « Pays ou PETR »…"""
        return str(TerritoryKind(self.kind).label)

    # --- Guarded: what the policy asks ---

    def roles_of(self, user: "User | AnonymousUser") -> Collection[Role]:
        """The roles of a person on this very territory."""
        if not user.is_authenticated:
            return ()
        return [Role(role) for role in self.members.filter(user=user).values_list("role", flat=True)]

    def open_capabilities(self) -> Collection[Capability]:
        """Everything, but changing the composition of a territory that people did not compose, or of a past millésime."""
        everything = set(Capability)
        if not (self.is_composed and self.millesime.is_current):
            everything.discard(Capability.COMPOSE_TERRITORY)
        return everything

    # --- Around it ---

    def commune_codes(self) -> list[str]:
        """Codes of its communes, in their millésime, sorted."""
        return list(self.memberships.order_by("commune__code").values_list("commune__code", flat=True))

    def parents(self) -> list["Territory"]:
        """The standard levels above it that hold at least one of its communes: EPCI, départements, régions, France.

        Ordered by level, then by the population they share with it, largest first. Never itself nor its own level.
        """
        above = _LEVELS_ABOVE[TerritoryKind(self.kind)]
        around = self._surrounding()
        return [territory for level in above for territory in around[level]]

    def comparison_chain(self) -> list["Territory"]:
        """What it is read against, nearest first, itself left out.

        A commune: its EPCI, département, région, France. An EPCI or a composed territory: the département(s) of its
        communes by population inside, the région where most of its population lives, France.
        """
        above = _LEVELS_ABOVE[TerritoryKind(self.kind)]
        around = self._surrounding()
        chain = []
        for level in above:
            if level == TerritoryKind.EPCI and self.kind != TerritoryKind.COMMUNE:
                continue
            chain += around[level][:1] if level == TerritoryKind.REGION else around[level]
        return chain

    def _surrounding(self) -> dict[TerritoryKind, list["Territory"]]:
        """Territories of each standard level holding one of its communes, by population shared. Two queries, none for France."""
        if not _LEVELS_ABOVE[TerritoryKind(self.kind)]:
            return {}
        rows = list(
            Commune.objects.filter(memberships__territory=self)
            .order_by()
            .values("epci", "departement", "region", "in_country")
            .annotate(people=Sum("population"))
        )
        shared: dict[tuple[TerritoryKind, str], int] = {}
        for row in rows:
            keys = [
                (TerritoryKind.EPCI, row["epci"]),
                (TerritoryKind.DEPARTEMENT, row["departement"]),
                (TerritoryKind.REGION, row["region"]),
                (TerritoryKind.COUNTRY, COUNTRY_CODE if row["in_country"] else ""),
            ]
            for key in keys:
                if key[1]:
                    shared[key] = shared.get(key, 0) + (row["people"] or 0)
        found: dict[TerritoryKind, list[Territory]] = {level: [] for level in _STANDARD_LEVELS}
        # Kinds and codes apart, sifted below: an OR of pairs would not use the index, and codes collide between kinds.
        kinds, codes = {kind for kind, _ in shared}, {code for _, code in shared}
        for territory in Territory.objects.filter(millesime=self.millesime_id, kind__in=kinds, code__in=codes):
            if (TerritoryKind(territory.kind), territory.code) in shared:
                found[TerritoryKind(territory.kind)].append(territory)
        for level, territories in found.items():
            territories.sort(key=lambda territory: (-shared[level, territory.code], territory.search, territory.code))
        return found


_STANDARD_LEVELS = (TerritoryKind.EPCI, TerritoryKind.DEPARTEMENT, TerritoryKind.REGION, TerritoryKind.COUNTRY)
_LEVELS_ABOVE = {
    TerritoryKind.COMMUNE: _STANDARD_LEVELS,
    TerritoryKind.EPCI: _STANDARD_LEVELS[1:],
    TerritoryKind.PAYS: _STANDARD_LEVELS,
    TerritoryKind.COMPOSITE: _STANDARD_LEVELS,
    TerritoryKind.DEPARTEMENT: _STANDARD_LEVELS[2:],
    TerritoryKind.REGION: _STANDARD_LEVELS[3:],
    TerritoryKind.COUNTRY: (),
}


class TerritoryCommune(models.Model):
    """One commune of one territory."""

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="memberships")
    commune = models.ForeignKey(Commune, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = (models.UniqueConstraint(fields=("territory", "commune"), name="one_membership"),)

    def __str__(self) -> str:
        return f"{self.commune_id} ∈ {self.territory_id}"


class Outline(models.Model):
    """The outline of a territory, simplified, in longitude and latitude, five decimals at most."""

    kind = models.CharField(max_length=12, choices=TerritoryKind)
    code = models.CharField(max_length=60)
    millesime = models.ForeignKey(Millesime, on_delete=models.CASCADE, related_name="outlines")
    # Coordinates of a GeoJSON MultiPolygon: polygons of rings (the outer one first) of [longitude, latitude].
    rings = models.JSONField("anneaux")
    source = models.CharField("source", max_length=200)

    class Meta:
        verbose_name = "contour"
        constraints = (models.UniqueConstraint(fields=("millesime", "kind", "code"), name="one_outline_per_territory"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class TerritoryBrand(models.Model):
    """The logo and colours of a territory in its documents. Known by kind and code: a new millésime keeps it."""

    kind = models.CharField("nature", max_length=12, choices=TerritoryKind)
    code = models.CharField("code", max_length=60)
    logo = models.ForeignKey(
        "foundations.StoredFile", on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name="logo"
    )
    # As chosen, `#rrggbb`; what is printed is darkened when it could not be read on white.
    primary = models.CharField("couleur principale", max_length=7)
    accent = models.CharField("couleur d’accent", max_length=7)
    name = models.CharField("nom affiché", max_length=80, blank=True)
    baseline = models.CharField("ligne sous le nom", max_length=120, blank=True)
    updated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="modifié par"
    )
    updated_at = models.DateTimeField("modifié le", auto_now=True)

    objects = TerritoryBrandQuerySet.as_manager()

    class Meta:
        verbose_name = "identité du territoire"
        verbose_name_plural = "identités des territoires"
        constraints = (models.UniqueConstraint(fields=("kind", "code"), name="one_brand_per_territory"),)

    def __str__(self) -> str:
        return self.name or f"{self.kind} {self.code}"

    @property
    def version(self) -> str:
        """Twelve hexadecimal digits: the same for the same logo, colours and words, whenever they were saved."""
        words = [self.primary, self.accent, self.name, self.baseline, self.logo.sha256 if self.logo else ""]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()[:12]


class TerritoryMember(models.Model):
    """An official of a territory: an EPCI’s technician or elected person."""

    territory = models.ForeignKey(Territory, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="territory_memberships")
    role = models.CharField("rôle", max_length=20, choices=TerritoryRole)

    class Meta:
        verbose_name = "membre du territoire"
        verbose_name_plural = "membres du territoire"
        constraints = (models.UniqueConstraint(fields=("territory", "user"), name="one_role_per_territory"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.territory})"
