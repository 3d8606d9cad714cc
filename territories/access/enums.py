"""Roles and capabilities. No ORM here."""

from django.db.models import TextChoices


class Role(TextChoices):
    """Who somebody is. Those of `house_choices` are given with the account and held everywhere; TECHNICIAN and ELECTED are
    held on a target only; ACCOUNT and PUBLIC come by themselves, by being signed in and by being there."""

    ADMINISTRATOR = "administrator", "Administration"
    OBSERVATORY = "observatory", "Observatoire"
    PROJECT_OFFICER = "project_officer", "Chargée de mission"
    TECHNICIAN = "technician", "Technicien ou technicienne du territoire"
    ELECTED = "elected", "Élu ou élue du territoire"
    NETWORK_HEAD = "network_head", "Tête de réseau"
    ACCOUNT = "account", "Toute personne ayant un compte"
    PUBLIC = "public", "Public, sans compte"

    @classmethod
    def house_choices(cls) -> list[tuple[str, str]]:
        return [
            (role.value, str(role.label)) for role in (cls.ADMINISTRATOR, cls.OBSERVATORY, cls.PROJECT_OFFICER, cls.NETWORK_HEAD)
        ]


STAFF_ROLES = frozenset({Role.ADMINISTRATOR, Role.OBSERVATORY, Role.PROJECT_OFFICER})


class Capability(TextChoices):
    READ_PORTRAIT = "read_portrait", "Lire le portrait publié d’un territoire"
    REQUEST_DOCUMENT = "request_document", "Demander un document (PDF, DOCX, PPTX, ZIP) d’un portrait publié"
    READ_OWN_JOBS = "read_own_jobs", "Suivre ses propres travaux"
    READ_ALL_JOBS = "read_all_jobs", "Suivre, annuler et relancer tous les travaux"
    READ_DRAFT_FIGURES = "read_draft_figures", "Lire les chiffres non publiés"
    IMPORT_DATA = "import_data", "Charger des données publiques"
    PUBLISH_FIGURES = "publish_figures", "Publier les chiffres"
    SEND_REMARK = "send_remark", "Signaler un établissement de son territoire à l’observatoire"
    QUALIFY = "qualify", "Décider du périmètre de l’ESS, des listes et des établissements à qualifier"
    COMPOSE_TERRITORY = "compose_territory", "Composer un Pays ou un territoire de projet"
    IMPORT_OUTLINES = "import_outlines", "Charger des contours"
    EDIT_BRAND = "edit_brand", "Choisir le logo et les couleurs d’un territoire"
    MANAGE_ACCOUNTS = "manage_accounts", "Créer et fermer des comptes"
    READ_JOURNAL = "read_journal", "Lire le journal"
    OPEN_ADMINISTRATION = "open_administration", "Ouvrir l’administration technique"
