"""What somebody sees after signing in: own work, what is online, and the shortcuts of the role."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from territories.access.enums import Capability
from territories.access.policy import allows
from territories.foundations.jobs.models import Job
from territories.geography.models import Territory
from territories.observatory.portrait import current_release

JOBS_SHOWN = 5


@dataclass(frozen=True)
class Shortcut:
    """A door of the house: what one does behind it, in one sentence."""

    title: str
    sentence: str
    name: str
    capability: Capability | None = None

    @property
    def url(self) -> str:
        return reverse(self.name)


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut(
        "Lire un portrait",
        "Chercher une commune, un EPCI, un département, et demander son état des lieux.",
        "observatory:territories",
    ),
    Shortcut(
        "Composer un territoire",
        "Réunir des EPCI ou des communes en un Pays ou un territoire de projet.",
        "geography:compositions",
        Capability.COMPOSE_TERRITORY,
    ),
    Shortcut(
        "Mettre l’année à jour",
        "Une page dans l’ordre\u00a0: quels fichiers chercher, où, et ce qu’ils changent.",
        "observatory:annual",
        Capability.IMPORT_DATA,
    ),
    Shortcut(
        "Charger les données publiques",
        "Déposer les fichiers de Sirene et suivre leur lecture.",
        "observatory:import_sirene",
        Capability.IMPORT_DATA,
    ),
    Shortcut(
        "Charger des statistiques d’emploi",
        "Contrôler puis charger la commande de l’Insee, Flores ou l’Urssaf.",
        "observatory:import_statistics",
        Capability.IMPORT_DATA,
    ),
    Shortcut(
        "Qualifier des établissements",
        "Décider de ceux que ni la forme juridique ni les listes ne tranchent, un par un ou par lots.",
        "observatory:qualification",
        Capability.QUALIFY,
    ),
    Shortcut(
        "Faire évoluer le périmètre",
        "Préparer une version, voir ce qu’elle changerait, puis l’adopter.",
        "observatory:perimeters",
        Capability.QUALIFY,
    ),
    Shortcut(
        "Lire les signalements",
        "Ce que les territoires disent d’un établissement fermé, déménagé ou manquant, et leur répondre.",
        "observatory:remarks",
        Capability.READ_DRAFT_FIGURES,
    ),
    Shortcut(
        "Publier les chiffres",
        "Relire ce qui change, puis mettre en ligne une nouvelle publication.",
        "observatory:releases",
        Capability.PUBLISH_FIGURES,
    ),
    Shortcut(
        "Charger des contours",
        "Dessiner les cartes avec les vraies limites des communes et des EPCI.",
        "geography:import_contours",
        Capability.IMPORT_OUTLINES,
    ),
    Shortcut(
        "Suivre les travaux", "Chargements, publications et documents en cours.", "foundations:jobs", Capability.READ_OWN_JOBS
    ),
)


def cockpit_of(user: Any) -> dict[str, Any]:
    """The context of the page: my last jobs, my territories, what is online, my shortcuts."""
    return {
        "jobs": Job.objects.filter(requested_by=user).order_by("-created_at", "id")[:JOBS_SHOWN],
        "my_territories": Territory.objects.of_member(user),
        "release": current_release(),
        "shortcuts": [shortcut for shortcut in SHORTCUTS if shortcut.capability is None or allows(user, shortcut.capability)],
    }
