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


class UploadState(TextChoices):
    """Where a file of statistics is on its way in."""

    MAPPING = "mapping", "Colonnes à désigner"
    CHECKING = "checking", "En cours de contrôle"
    CHECKED = "checked", "Prêt à charger"
    REFUSED = "refused", "À corriger"
    LOADING = "loading", "En cours de chargement"
    LOADED = "loaded", "Chargé"


class DiffusionPolicy(TextChoices):
    """What the producer allows. Which cells are shown is decided by the mask that the policy names, nowhere else."""

    PUBLIC = "public", "Public : données ouvertes, jamais masquées par nous"
    MASKED = "masked", "Livré masqué : le masque du producteur est conservé"
    COMPLETE = "complete", "Livré complet sous convention : masqué par nous avant toute publication"


class EssPerimeter(TextChoices):
    """The two perimeters of the ESS met in statistics (never compared nor chained), and none for all activities together."""

    FOUR_FAMILIES = "ess_4f_sc", "ESS : quatre familles et sociétés commerciales (réseau des CRESS)"
    FIVE_FAMILIES = "ess_5f", "Économie sociale : cinq familles, sans sociétés commerciales (Insee, depuis 2018)"
    NONE = "", "Sans objet : tous secteurs"


class Qualification(TextChoices):
    INCLUDED = "included", "Dans le périmètre"
    TO_QUALIFY = "to_qualify", "À qualifier"


class PerimeterState(TextChoices):
    DRAFT = "draft", "Brouillon"
    PUBLISHED = "published", "Adoptée"
    SUPERSEDED = "superseded", "Remplacée"


class ListKind(TextChoices):
    """Lists joined by SIREN. The first three may decide that a company is in; the others are attributes, never a famille."""

    ESS_FRANCE = "ess_france", "Liste ESS France"
    ESUS = "esus", "Agrément Esus"
    SCOP_SCIC = "scop_scic", "Scop et Scic"
    SIAE = "siae", "SIAE (insertion par l’activité économique)"
    EA = "ea", "Entreprises adaptées"
    OTHER = "autre", "Autre liste"


# Shown beside the establishments, in this order.
LABEL_KINDS = {ListKind.ESUS: "Esus", ListKind.SIAE: "SIAE", ListKind.EA: "EA"}


class ListState(TextChoices):
    RECEIVED = "received", "Reçue"
    CHECKED = "checked", "Contrôlée"
    ACTIVE = "active", "En vigueur"
    SUPERSEDED = "superseded", "Remplacée"


class Verdict(TextChoices):
    """A decision of the observatoire. RULE gives the establishment back to the rules of the perimeter: how one undoes."""

    INCLUDED = "included", "Dans l’ESS"
    EXCLUDED = "excluded", "Hors de l’ESS"
    TO_QUALIFY = "to_qualify", "À garder pour plus tard"
    RULE = "rule", "Règle du périmètre"


class RemarkKind(TextChoices):
    CLOSED = "closed", "Fermé"
    MOVED = "moved", "Déménagé"
    MISSING = "missing", "Manquant dans la liste"
    NOT_EMPLOYER = "not_employer", "N’est plus employeur"
    OTHER = "other", "Autre"


class RemarkState(TextChoices):
    OPEN = "open", "À traiter"
    ANSWERED = "answered", "Répondu"
    ACCEPTED = "accepted", "Retenu"
    DECLINED = "declined", "Non retenu"


class ReleaseState(TextChoices):
    PREPARING = "preparing", "En préparation"
    CURRENT = "current", "En ligne"
    SUPERSEDED = "superseded", "Remplacée"
    FAILED = "failed", "Échouée"


class Champ(TextChoices):
    """What an observation counts. The first four are counted by us in Sirene, the others come from statistics with jobs."""

    ESS = "ess", "Établissements de l’ESS"
    EMPLOYERS = "employers", "Établissements employeurs, tous secteurs institutionnels"
    FLOWS = "flows", "Créations et cessations de l’ESS"
    ENTERPRISES = "enterprises", "Entreprises de l’ESS"
    JOBS_ESS = "jobs_ess", "ESS"
    JOBS_PRIVATE_OTHER = "jobs_other", "Privé hors ESS"
    JOBS_PRIVATE = "jobs_private", "Privé, ESS comprise"
    JOBS_PUBLIC = "jobs_public", "Public"
    JOBS_TOTAL = "jobs_total", "Ensemble"


JOB_CHAMPS = (Champ.JOBS_ESS, Champ.JOBS_PRIVATE_OTHER, Champ.JOBS_PRIVATE, Champ.JOBS_PUBLIC, Champ.JOBS_TOTAL)


class ReferenceUnit(TextChoices):
    """What a published figure counts."""

    ESTABLISHMENTS = "establishments", "établissements"
    JOBS = "jobs", "postes"
    FTE = "fte", "équivalents temps plein"
    PERCENT = "percent", "%"
    UNITS = "units", "unités légales"


class ReferencePrecision(TextChoices):
    """How exact a published figure is said to be."""

    EXACT = "exact", "Exacte"
    ROUNDED = "rounded", "Arrondie"
    MINIMUM = "minimum", "«\u00a0Plus de\u00a0»"


class ReferenceBasis(TextChoices):
    """What a published share or change is computed on."""

    JOBS = "jobs", "Les postes"
    FTE = "fte", "Les équivalents temps plein"
    ESTABLISHMENTS = "establishments", "Les établissements"
    PAY = "pay", "Les rémunérations"


class ReferencePerimeter(TextChoices):
    """The perimeters met in figures published by others: the two of statistics, and the former four familles alone."""

    FOUR_FAMILIES = "ess_4f", "Quatre familles"
    FOUR_AND_COMMERCIAL = EssPerimeter.FOUR_FAMILIES.value, "Quatre familles et sociétés commerciales (réseau des CRESS)"
    FIVE_FAMILIES = EssPerimeter.FIVE_FAMILIES.value, "Cinq familles, sans sociétés commerciales (Insee, depuis 2018)"
