"""Names of the demonstration: plainly fictitious, in the capitals of the Sirene directory.

Every name carries « FICTIF » or « FICTIVE »: no reader may take one for a real structure. No natural person is named.
"""

import random
from typing import Final

# By theme of activity: what the structure is, agreed with « fictif » or « fictive ».
_STEMS: Final[dict[str, tuple[str, ...]]] = {
    "sport": ("CLUB SPORTIF FICTIF", "UNION SPORTIVE FICTIVE", "AMICALE SPORTIVE FICTIVE", "GYM FICTIVE"),
    "social": (
        "AIDE A DOMICILE FICTIVE",
        "MAISON FICTIVE D'ACCUEIL",
        "FOYER FICTIF",
        "CENTRE SOCIAL FICTIF",
        "RESIDENCE FICTIVE",
        "ENTRAIDE FICTIVE",
    ),
    "petite-enfance": ("CRECHE FICTIVE", "HALTE-GARDERIE FICTIVE", "MULTI-ACCUEIL FICTIF"),
    "enseignement": ("ECOLE PRIVEE FICTIVE", "COLLEGE FICTIF", "OGEC FICTIF", "INSTITUT FICTIF"),
    "formation": ("CENTRE DE FORMATION FICTIF", "MAISON FAMILIALE FICTIVE", "ATELIER FICTIF"),
    "culture": ("COMPAGNIE FICTIVE", "THEATRE FICTIF", "ŒUVRE FICTIVE", "ORCHESTRE FICTIF", "FESTIVAL FICTIF"),
    "sante": ("CENTRE DE SANTE FICTIF", "CLINIQUE FICTIVE", "SOINS FICTIFS"),
    "divers": (
        "ASSOCIATION FICTIVE",
        "COMITE DES FETES FICTIF",
        "AMIS FICTIFS",
        "CLUB FICTIF DES AINES",
        "FAMILLES FICTIVES",
    ),
    "hebergement": ("VILLAGE DE VACANCES FICTIF", "GITE FICTIF", "CANTINE FICTIVE", "AUBERGE FICTIVE"),
    "services": ("CONSEIL FICTIF", "ATELIER FICTIF", "BUREAU FICTIF", "REGIE FICTIVE"),
    "insertion": ("CHANTIER FICTIF D'INSERTION", "RESSOURCERIE FICTIVE", "JARDIN FICTIF"),
    "industrie": ("MENUISERIE FICTIVE", "FABRIQUE FICTIVE", "ATELIERS FICTIFS"),
    "agriculture": ("CUMA FICTIVE", "SERVICE AGRICOLE FICTIF"),
    "cooperative-agricole": ("COOPERATIVE AGRICOLE FICTIVE", "UNION AGRICOLE FICTIVE", "CAVE FICTIVE"),
    "commerce": ("COMPTOIR FICTIF", "EPICERIE FICTIVE", "BOUTIQUE FICTIVE"),
    "finance": ("CAISSE FICTIVE", "BANQUE FICTIVE"),
    "assurance": ("MUTUELLE FICTIVE", "ASSURANCE MUTUELLE FICTIVE"),
    "logement": ("HABITAT FICTIF", "COOPERATIVE FICTIVE D'HABITATION"),
    "fondation": ("FONDATION FICTIVE", "FONDS DE DOTATION FICTIF"),
    "syndicat": ("SYNDICAT FICTIF", "UNION LOCALE FICTIVE", "SECTION FICTIVE"),
    "culte": ("PAROISSE FICTIVE", "COMMUNAUTE FICTIVE"),
    "public": ("SERVICE PUBLIC FICTIF", "ETABLISSEMENT PUBLIC FICTIF"),
    "entreprise": ("ENTREPRISE FICTIVE", "SOCIETE FICTIVE", "MAISON FICTIVE", "ETS FICTIFS"),
}

_WORDS: Final = (
    "GENETS BRUYERES TILLEULS CHENES AUBEPINES CAMELIAS MESANGES MARTINETS ALOUETTES HIRONDELLES SALICORNES AJONCS "
    "ROSEAUX PEUPLIERS ARDOISES FAIENCES LAVOIRS MOULINS ECLUSES GABARES SALINES DUNES MARAIS BOCAGES COTEAUX "
    "VERGERS PRIMEVERES COQUELICOTS BLEUETS NOISETIERS CHATAIGNIERS CORMIERS LIBELLULES HERISSONS CIGOGNES AIGRETTES "
    "HERONS LOUTRES GRILLONS LUCIOLES TUFFEAUX PASSERELLES LANTERNES CERFS-VOLANTS BALANCOIRES GIROUETTES SABLIERS "
    "BOUSSOLES CARILLONS MANEGES TOUPIES MARELLES ENCRIERS ARC-EN-CIEL CERISES MURES GROSEILLES MIRABELLES TISANES"
)
_THINGS: Final = tuple(_WORDS.split())
_QUALITIES: Final[tuple[str, ...]] = (
    "",
    " BLEUS",
    " DU MATIN",
    " DU PLATEAU",
    " DE LA RIVE",
    " DU VALLON",
    " D'EN HAUT",
    " D'EN BAS",
    " DU PONT",
    " DES TROIS CHEMINS",
    " DE LA CLAIRIERE",
    " DU GRAND PRE",
    " SANS FIN",
    " ET COMPAGNIE",
    " REUNIS",
    " DE L'ETANG",
    " DU SOIR",
    " DE MI-COTE",
    " DU PETIT BOIS",
    " VOYAGEURS",
)
_STREETS: Final[tuple[str, ...]] = (
    "DU MOULIN FICTIF",
    "DES TILLEULS",
    "DE LA GARE",
    "DES HERISSONS",
    "DU LAVOIR",
    "DE LA MAIRIE",
    "DES MARRONNIERS",
    "DU GRAND PRE",
    "DES HIRONDELLES",
    "DE L'ECLUSE",
    "DU BOCAGE",
    "DES TROIS CHEMINS",
    "DE LA FONTAINE",
    "DU STADE",
    "DES ECOLES",
    "DE BEL AIR",
    "DU CHAMP DE FOIRE",
    "DES ARTISANS",
)
_STREET_TYPES: Final[tuple[str, ...]] = ("RUE", "RUE", "RUE", "RUE", "PLACE", "AVENUE", "CHEMIN", "ALLEE", "IMPASSE")

THEMES: Final = frozenset(_STEMS)


class Names:
    """Draws names and addresses; the same generator gives the same suite."""

    def __init__(self, dice: random.Random) -> None:
        self._random = dice.random

    def structure(self, theme: str) -> str:
        """The denomination of a structure of that theme: at most 120 characters, never a comma."""
        stems = _STEMS[theme]
        draw = self._random
        stem = stems[int(draw() * len(stems))]
        thing = _THINGS[int(draw() * len(_THINGS))]
        return f"{stem} LES {thing}{_QUALITIES[int(draw() * len(_QUALITIES))]}"

    def street(self) -> tuple[str, str, str]:
        """Number, type and name of a street."""
        draw = self._random
        return (
            str(1 + int(draw() * 120)),
            _STREET_TYPES[int(draw() * len(_STREET_TYPES))],
            _STREETS[int(draw() * len(_STREETS))],
        )


def initials(name: str) -> str:
    """The acronym of a denomination, as the directory keeps one for some structures."""
    return "".join(word[0] for word in name.replace("'", " ").split())[:20]
