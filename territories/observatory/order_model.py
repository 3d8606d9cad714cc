"""The model of an order: the columns to ask INSEE for, what goes in each, and an example that fits the ordinary import."""

from typing import Final

from territories.foundations.exports import Column
from territories.observatory.orders.layouts import CANONICAL
from territories.observatory.orders.words import CHOICES

_NUMBERS: Final = frozenset(
    {"nb_entreprises", "nb_etablissements", "effectifs_3112", "etp", "remunerations_brutes", "max_contributeur"}
)
# Nine lines with everything that a delivery may hold: a total, parts, a division, persons, a hidden cell, another champ.
_EXAMPLE: Final[tuple[dict[str, object], ...]] = (
    {"maille": "COM", "code_geo": "44003", "champ": "ESS", "nb_entreprises": 31, "nb_etablissements": 38, "effectifs_3112": 512,
     "etp": 391.5, "remunerations_brutes": 12_430_000},
    {"maille": "COM", "code_geo": "44003", "champ": "ESS", "famille": "association", "nb_entreprises": 27,
     "nb_etablissements": 33,
     "effectifs_3112": 420, "etp": 310.2, "remunerations_brutes": 9_310_000},
    {"maille": "COM", "code_geo": "44003", "champ": "ESS", "famille": "cooperative", "statut": "s"},
    {"maille": "COM", "code_geo": "44003", "champ": "ESS", "famille": "mutuelle", "statut": "s"},
    {"maille": "EPCI", "code_geo": "244400552", "champ": "ESS", "secteur": "88", "nb_entreprises": 24, "nb_etablissements": 36,
     "effectifs_3112": 871, "etp": 640.0, "remunerations_brutes": 19_200_000},
    {"maille": "EPCI", "code_geo": "244400552", "champ": "ESS", "tranche_taille": "E20T49", "nb_entreprises": 12,
     "nb_etablissements": 14, "effectifs_3112": 430, "etp": 338.0, "remunerations_brutes": 10_900_000},
    {"maille": "EPCI", "code_geo": "244400552", "champ": "ESS", "sexe": "F", "nb_entreprises": 88, "nb_etablissements": 120,
     "effectifs_3112": 1_690, "etp": 1_240.0, "remunerations_brutes": 38_000_000},
    {"maille": "EPCI", "code_geo": "244400552", "champ": "ESS", "classe_age": "50P", "nb_entreprises": 80,
     "nb_etablissements": 104,
     "effectifs_3112": 780, "etp": 590.0, "remunerations_brutes": 20_500_000},
    {"maille": "EPCI", "code_geo": "244400552", "champ": "PRIVE_HORS_ESS", "nb_entreprises": 1_650, "nb_etablissements": 1_940,
     "effectifs_3112": 18_700, "etp": 16_400.0, "remunerations_brutes": 640_000_000},
    {"maille": "REG", "code_geo": "52", "champ": "TOTAL", "nb_entreprises": 101_000, "nb_etablissements": 144_000,
     "effectifs_3112": 1_369_000, "etp": 1_190_000.0, "remunerations_brutes": 45_900_000_000},
)  # fmt: skip


def columns() -> list[Column]:
    """The columns of the reference layout under their own names: the file comes back as it left."""
    return [Column(name, "number" if name in _NUMBERS else "text") for name in CANONICAL]


def example_rows(year: int) -> list[list[object]]:
    """Invented lines for `year`, one cell a column."""
    common = {
        "source": "Exemple (chiffres inventés)",
        "millesime": str(year),
        "date_publication": f"{year + 2}-03-31",
        "perimetre": "ESS-4F+SC",
        "nomenclature": "NAFRev2",
        "millesime_geo": str(year + 2),
        "statut": "A",
    }
    return [[(common | line).get(name, "") for name in CANONICAL] for line in _EXAMPLE]


def instructions(year: int) -> list[str]:
    """What the « Lisez-moi » sheet says: the request, then each column with the words that it may hold."""
    lines = [
        f"Commande de statistiques sur l’ESS, emplois au 31 décembre {year}.",
        (
            "Une ligne par combinaison. Une dimension vide veut dire «\u00a0ensemble\u00a0»\u00a0: il faut les "
            "totaux et leurs parts."
        ),
        "Mailles\u00a0: communes de la région et des EPCI qui la touchent, EPCI, départements, région, France.",
        "Champs\u00a0: ESS, privé hors ESS, public, ensemble. Le total de chaque champ est nécessaire aux parts.",
        (
            "Croisements utiles\u00a0: famille, secteur (divisions NAF), taille, sexe, âge (dont 50 ans et plus, "
            "55 ans et plus), un à la fois."
        ),
        "Une case secrète garde sa ligne, sans nombre, avec le statut «\u00a0s\u00a0». Dites si une ligne absente est un zéro.",
        "Dites toute rupture avec l’année précédente\u00a0: champ, méthode, périmètre, géographie.",
        "max_contributeur ne se remplit que pour une livraison complète, sous convention.",
    ]
    for name, label in CANONICAL.items():
        words = ", ".join(code for code, _ in CHOICES.get(name, ())[:14])
        lines.append(f"{name}\u00a0: {label}" + (f". Valeurs\u00a0: {words}." if words else "."))
    return lines
