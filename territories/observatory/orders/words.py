"""The words of producers, translated into ours: levels, champs, familles, sectors, size and age classes. Pure.

Each reader gives the code, « » for « all », or None for a word that it does not know.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from territories.foundations.text import fold
from territories.foundations.vocabulary import AGGREGATES, DIVISIONS, NAF_2025, NAF_REV2, SECTORS, EssFamily, nomenclature_of
from territories.geography.enums import TerritoryKind
from territories.observatory.enums import Champ, EssPerimeter
from territories.observatory.statistics.employment.cells import (
    AGE_CLASSES,
    ENTERPRISES,
    ESTABLISHMENTS,
    FTE,
    GROSS_PAY,
    JOBS,
    OTHER_NON_PROFIT,
    SIZE_CLASSES,
)

# « All » as producers write it.
ALL: Final = frozenset({"", "t", "total", "ensemble", "ens", "tous", "toutes", "ensemble des familles", "tous secteurs", "all"})
# Not ours: a level of geography that no page shows.
IGNORED: Final = "-"

LEVELS: Final[dict[str, str]] = {
    **dict.fromkeys(("com", "commune", "communes"), TerritoryKind.COMMUNE.value),
    **dict.fromkeys(("epci", "intercommunalite", "epci a fiscalite propre"), TerritoryKind.EPCI.value),
    **dict.fromkeys(("pays", "petr", "pays ou petr"), TerritoryKind.PAYS.value),
    **dict.fromkeys(("dep", "departement", "departements"), TerritoryKind.DEPARTEMENT.value),
    **dict.fromkeys(("reg", "region", "regions"), TerritoryKind.REGION.value),
    **dict.fromkeys(("france", "f", "fm", "fr", "pays france", "national"), TerritoryKind.COUNTRY.value),
    **dict.fromkeys(
        ("arm", "ze2020", "ze", "zone d emploi", "aav2020", "aav", "bv2022", "bv", "uu2020", "uu", "arr", "canov", "cv", "iris"),
        IGNORED,
    ),
}

CHAMPS: Final[dict[str, str]] = {
    **dict.fromkeys(("ess", "oui", "economie sociale et solidaire", "economie sociale", "jobs ess"), Champ.JOBS_ESS.value),
    **dict.fromkeys(
        ("prive hors ess", "hors ess", "non", "prive non ess", "secteur prive hors ess", "reste du prive", "jobs other"),
        Champ.JOBS_PRIVATE_OTHER.value,
    ),
    **dict.fromkeys(("prive", "secteur prive", "ensemble prive", "prive ess comprise", "jobs private"), Champ.JOBS_PRIVATE.value),
    **dict.fromkeys(("public", "secteur public", "jobs public"), Champ.JOBS_PUBLIC.value),
    **dict.fromkeys(
        ("total", "ensemble", "tous", "t", "tous secteurs", "ensemble des activites", "jobs total"), Champ.JOBS_TOTAL.value
    ),
}

_FAMILY_STEMS: Final = (
    ("assoc", EssFamily.ASSOCIATION.value),
    ("coop", EssFamily.COOPERATIVE.value),
    ("mutuel", EssFamily.MUTUELLE.value),
    ("fondation", EssFamily.FONDATION.value),
)
_OTHER_FAMILIES: Final[dict[str, str]] = {
    **dict.fromkeys(
        (
            "commercial",
            "sc",
            "sc ess",
            "societes commerciales",
            "societe commerciale",
            "societes commerciales de l ess",
            "societe commerciale de l ess",
            "entreprises commerciales de l ess",
        ),
        EssFamily.COMMERCIAL.value,
    ),
    **dict.fromkeys(
        (
            "other non profit",
            "autres",
            "autres organismes prives a but non lucratif",
            "autre organisme prive a but non lucratif",
            "autres organismes prives non lucratifs",
            "autres opbnl",
        ),
        OTHER_NON_PROFIT,
    ),
}

SEXES: Final[dict[str, str]] = {
    **dict.fromkeys(("f", "femme", "femmes", "2", "w"), "F"),
    **dict.fromkeys(("h", "m", "homme", "hommes", "1"), "H"),
}

MEASURES: Final[dict[str, str]] = {
    **dict.fromkeys(("nb entreprises", "entreprises", "nombre d entreprises", "unit legal", "enterprises"), ENTERPRISES),
    **dict.fromkeys(
        ("nb etablissements", "etablissements", "nombre d etablissements", "unit loc", "nbet", "establishments"), ESTABLISHMENTS
    ),
    **dict.fromkeys(
        (
            "effectifs 3112", "effectifs", "effectif", "postes", "empl3112", "nbsalet", "effectifs salaries", "emplois", "jobs",
            "effectifs salaries au 31 decembre", "effectifs salaries moyens", "postes salaries",
        ),
        JOBS,
    ),
    **dict.fromkeys(("etp", "equivalents temps plein", "fte", "nb etp"), FTE),
    **dict.fromkeys(
        ("remunerations brutes", "masse salariale", "remunerations", "salaires bruts", "gross pay", "remuneration brute"),
        GROSS_PAY,
    ),
}  # fmt: skip

PERIMETERS: Final[dict[str, str]] = {
    **dict.fromkeys(("ess 4f sc", "4f sc", "ess 4 familles et societes commerciales", "ess"), EssPerimeter.FOUR_FAMILIES.value),
    **dict.fromkeys(
        ("ess 5f", "5f", "economie sociale 5 familles", "es 5f", "economie sociale"), EssPerimeter.FIVE_FAMILIES.value
    ),
}

CSP: Final[dict[str, str]] = {
    **{str(code): str(code) for code in range(1, 7)},
    "agriculteurs exploitants": "1",
    "artisans commercants et chefs d entreprise": "2",
    "artisans commercants chefs d entreprise": "2",
    "cadres": "3",
    "cadres et professions intellectuelles superieures": "3",
    "professions intermediaires": "4",
    "employes": "5",
    "ouvriers": "6",
}

_SECTOR_KEYS: Final = {fold(text): sector.key for sector in SECTORS for text in (sector.key, sector.label)}
_DIVISION = re.compile(r"(?:A88[: ]|NA88[: ])?(\d{2})(?![\d.])", re.IGNORECASE)
_AGGREGATE = re.compile(r"(?:(A38|A17|A5)[: ]\s*)?([A-Z][A-Z0-9])(?![A-Z0-9])")
# From the coarsest: a code that several levels share holds the same divisions in all of them.
LEVELS_OF_ACTIVITY: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    ("A5", frozenset(one.a5 for one in AGGREGATES)),
    ("A17", frozenset(one.a17 for one in AGGREGATES)),
    ("A38", frozenset(one.a38 for one in AGGREGATES)),
)
_AGGREGATE_CODES: Final = frozenset().union(*(codes for _, codes in LEVELS_OF_ACTIVITY))
# In front of an aggregated code whose level is only known once the whole file was read.
LEVEL_TO_COME: Final = "?"


def read_family(text: str) -> str | None:
    folded = fold(text)
    if folded in ALL or folded in ("hors ess", "non ess", "sans objet"):
        return ""
    if folded in _OTHER_FAMILIES:
        return _OTHER_FAMILIES[folded]
    return next((code for stem, code in _FAMILY_STEMS if folded.startswith(stem)), None)


def read_sector(text: str) -> str | None:
    """« 87 » for a division, « GRILLE:action-sociale », « A38:QB » or « ?:QB » while the level is not known."""
    stripped = text.strip()
    folded = fold(stripped)
    if folded in ALL:
        return ""
    if folded.startswith("grille "):
        folded = folded.removeprefix("grille ")
    if folded in _SECTOR_KEYS:
        return f"GRILLE:{_SECTOR_KEYS[folded]}"
    if found := _DIVISION.match(stripped):
        return found[1] if found[1] in DIVISIONS else None
    if len(stripped) == 1 and stripped.isdigit():
        # « 1 » is « 01 » whose zero a spreadsheet ate.
        return f"0{stripped}" if f"0{stripped}" in DIVISIONS else None
    if (found := _AGGREGATE.match(stripped)) and found[2] in _AGGREGATE_CODES:
        return f"{found[1] or LEVEL_TO_COME}:{found[2]}"
    return None


def level_of(codes: frozenset[str]) -> str | None:
    """The level of activities that holds every code, the coarsest one; None when no level does."""
    return next((level for level, known in LEVELS_OF_ACTIVITY if codes <= known), None)


def _class_words(classes: Mapping[str, str], noun: str) -> dict[str, str]:
    words = {}
    for code, label in classes.items():
        open_ended = label.replace(" et plus", f" {noun} et plus")
        for text in (code, label, f"{label} {noun}", open_ended, label.replace(" à ", "-"), f"de {label}", f"de {label} {noun}"):
            words[fold(text)] = code
    return words


_SIZES: Final = {**_class_words(SIZE_CLASSES, "salariés"), "0 salarie": "E0", "aucun salarie": "E0"}
_AGES: Final = {**_class_words(AGE_CLASSES, "ans"), "moins de 25": "M25", "moins de 30": "M30"}


def read_size(text: str) -> str | None:
    return _from(_SIZES, text)


def read_age(text: str) -> str | None:
    return _from(_AGES, text)


def _from(words: Mapping[str, str], text: str) -> str | None:
    folded = fold(text)
    return "" if folded in ALL else words.get(folded)


def read_nomenclature(text: str) -> str | None:
    """« NAFRev2 » or « NAF2025 »; the aggregated levels are those of NAF rév. 2."""
    folded = fold(text).replace(" ", "")
    if not folded or folded in ("a88", "a38", "a17", "a5", "na88", "na38", "na17", "na5", "grille"):
        return NAF_REV2
    found = nomenclature_of(text)
    return found if found in (NAF_REV2, NAF_2025) else None


# Canonical column → how its words are read. The statuses and the numbers have their own module.
READERS: Final[dict[str, Callable[[str], str | None]]] = {
    "maille": lambda text: LEVELS.get(fold(text)),
    "champ": lambda text: CHAMPS.get(fold(text)),
    "famille": read_family,
    "secteur": read_sector,
    "tranche_taille": read_size,
    "sexe": lambda text: _from(SEXES, text),
    "classe_age": read_age,
    "csp": lambda text: _from(CSP, text),
    "mesure": lambda text: MEASURES.get(fold(text)),
    "perimetre": lambda text: "" if not text.strip() else PERIMETERS.get(fold(text)),
    "nomenclature": read_nomenclature,
}

# What each of them may say, for the page and for the message of an unknown word: (code, French label).
CHOICES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "maille": (
        ("COM", "Commune"), ("EPCI", "EPCI"), ("PAYS", "Pays ou PETR"), ("DEP", "Département"), ("REG", "Région"),
        ("FRANCE", "France"),
    ),
    "champ": (
        ("ESS", "ESS"), ("PRIVE_HORS_ESS", "Privé hors ESS"), ("PRIVE", "Privé, ESS comprise"), ("PUBLIC", "Public"),
        ("TOTAL", "Ensemble"),
    ),
    "famille": (
        *((family.value, family.label) for family in EssFamily),
        ("autres", "Autres organismes privés à but non lucratif"),
        ("ensemble", "Toutes familles"),
    ),
    "secteur": (*((sector.key, sector.label) for sector in SECTORS), ("ensemble", "Tous secteurs")),
    "tranche_taille": (*((code, f"{label} salariés") for code, label in SIZE_CLASSES.items()), ("ensemble", "Toutes tailles")),
    "sexe": (("F", "Femmes"), ("H", "Hommes"), ("ensemble", "Ensemble")),
    "classe_age": (*AGE_CLASSES.items(), ("ensemble", "Tous âges")),
    "csp": (
        ("1", "Agriculteurs exploitants"), ("2", "Artisans, commerçants, chefs d’entreprise"), ("3", "Cadres"),
        ("4", "Professions intermédiaires"), ("5", "Employés"), ("6", "Ouvriers"), ("ensemble", "Ensemble"),
    ),
    "mesure": (
        ("nb_entreprises", "Entreprises"), ("nb_etablissements", "Établissements"), ("effectifs_3112", "Postes"), ("etp", "ETP"),
        ("remunerations_brutes", "Rémunérations brutes"),
    ),
    "perimetre": (("ESS-4F+SC", "Quatre familles et sociétés commerciales"), ("ESS-5F", "Cinq familles")),
    "nomenclature": ((NAF_REV2, "NAF rév. 2"), (NAF_2025, "NAF 2025")),
}  # fmt: skip
