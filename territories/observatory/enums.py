"""Enumerations of the observatory. No ORM here."""

from django.db.models import TextChoices

from territories.foundations.vocabulary import EssFamily

FAMILY_CHOICES = [(family.value, family.label) for family in EssFamily]


class DatasetState(TextChoices):
    IMPORTING = "importing", "En cours de chargement"
    READY = "ready", "Chargé"
    ACTIVE = "active", "Actif"
    SUPERSEDED = "superseded", "Remplacé"
    FAILED = "failed", "Échoué"


class DiffusionPolicy(TextChoices):
    PUBLIC = "public", "Public : comptages ouverts, jamais masqués"


class Qualification(TextChoices):
    INCLUDED = "included", "Dans le périmètre"
    TO_QUALIFY = "to_qualify", "À qualifier"


class ReleaseState(TextChoices):
    PREPARING = "preparing", "En préparation"
    CURRENT = "current", "En ligne"
    SUPERSEDED = "superseded", "Remplacée"
    FAILED = "failed", "Échouée"


class Champ(TextChoices):
    """What an observation counts."""

    ESS = "ess", "Établissements de l’ESS"
    EMPLOYERS = "employers", "Établissements employeurs, tous secteurs institutionnels"
    FLOWS = "flows", "Créations et cessations de l’ESS"
    ENTERPRISES = "enterprises", "Entreprises de l’ESS"
