"""Kinds of territories. No ORM here."""

from django.db.models import TextChoices


class TerritoryKind(TextChoices):
    COMMUNE = "commune", "Commune"
    EPCI = "epci", "EPCI"
    PAYS = "pays", "Pays ou PETR"
    COMPOSITE = "composite", "Territoire de projet"
    DEPARTEMENT = "departement", "Département"
    REGION = "region", "Région"
    COUNTRY = "country", "France"


# The kinds that people make in the browser; the others come from the code officiel géographique.
COMPOSED_KINDS = frozenset({TerritoryKind.PAYS, TerritoryKind.COMPOSITE})
COMPOSED_CHOICES = [(kind.value, str(kind.label)) for kind in TerritoryKind if kind in COMPOSED_KINDS]

# Code of the only territory of kind COUNTRY.
COUNTRY_CODE = "F"


class FormerKind(TextChoices):
    """What a code that is no longer a commune’s was, as far as the source says."""

    DELEGATED = "delegated", "commune déléguée"
    ASSOCIATED = "associated", "commune associée"
    ARRONDISSEMENT = "arrondissement", "arrondissement municipal"
    FORMER = "former", "ancienne commune"


class PositionQuality(TextChoices):
    EXACT = "exact", "Chef-lieu"
    # A point inside the imported outline: right, though not the chief place.
    INSIDE = "inside", "Milieu du contour"
    APPROXIMATE = "approximate", "Approchée"
    NONE = "none", "Inconnue"


class TerritoryRole(TextChoices):
    """What somebody is on a territory. Values of `access.enums.Role`, which the policy reads."""

    TECHNICIAN = "technician", "Technicien ou technicienne"
    ELECTED = "elected", "Élu ou élue"
