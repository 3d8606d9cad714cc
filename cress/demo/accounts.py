"""One plainly fictitious account for each kind of user of the demonstration."""

from dataclasses import dataclass

from territories.access.enums import Role

PASSWORD = "demonstration-ess"


@dataclass(frozen=True)
class DemoAccount:
    email: str
    full_name: str
    role: Role
    epci: str = ""
    presentation: str = ""


ACCOUNTS = (
    DemoAccount(
        "administration@exemple.test",
        "Alix Administration",
        Role.ADMINISTRATOR,
        presentation="gère les comptes et tous les travaux",
    ),
    DemoAccount(
        "observatoire@exemple.test",
        "Odile Observatoire",
        Role.OBSERVATORY,
        presentation="charge les fichiers publics et publie les chiffres",
    ),
    DemoAccount("mission@exemple.test", "Aïcha Mission", Role.PROJECT_OFFICER, presentation="conduit les démarches de la CRESS"),
    DemoAccount(
        "technicien@exemple.test", "Théo Technique", Role.TECHNICIAN, "244400552", "suit son EPCI et télécharge les documents"
    ),
    DemoAccount("elue@exemple.test", "Chloé Élue", Role.ELECTED, "244400552", "lit et télécharge"),
    DemoAccount("reseau@exemple.test", "Rémi Réseau", Role.NETWORK_HEAD, presentation="anime un réseau départemental"),
)
