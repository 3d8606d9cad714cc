"""French articles and prepositions before the name of a territory: « du Mans », « de la CC du Pays d’Ancenis ».

Pure. A name is never altered beyond what French contracts: « Le Mans » gives « du Mans », « Les Herbiers » gives « des
Herbiers », while « La Roche-sur-Yon » keeps its capital article, which belongs to the name. The gender of départements
and régions follows the « type de nom en clair » of the code officiel géographique (INSEE), with the usage « en ».
"""

import unicodedata
from typing import Final

from territories.foundations.formats import apostrophe

# Kinds of territory this module tells apart. Any other text is read as a free name.
COMMUNE: Final = "commune"
EPCI: Final = "epci"
DEPARTEMENT: Final = "departement"
REGION: Final = "region"
FRANCE: Final = "country"

_LE, _LA, _L, _LES, _NONE = "le ", "la ", "l’", "les ", ""

# Départements whose name takes « le », « l’ » or « les »; « la » is the rule, and the last set takes none.
_DEPARTEMENTS: Final[dict[str, frozenset[str]]] = {
    _LE: frozenset(
        [
            "Bas-Rhin",
            "Calvados",
            "Cantal",
            "Cher",
            "Doubs",
            "Finistère",
            "Gard",
            "Gers",
            "Haut-Rhin",
            "Jura",
            "Loiret",
            "Lot",
            "Morbihan",
            "Nord",
            "Pas-de-Calais",
            "Puy-de-Dôme",
            "Rhône",
            "Tarn",
            "Territoire de Belfort",
            "Val-de-Marne",
            "Val-d’Oise",
            "Var",
        ]
    ),
    _L: frozenset(
        [
            "Ain",
            "Aisne",
            "Allier",
            "Ardèche",
            "Ariège",
            "Aube",
            "Aude",
            "Aveyron",
            "Essonne",
            "Eure",
            "Hérault",
            "Indre",
            "Isère",
            "Oise",
            "Orne",
            "Yonne",
        ]
    ),
    _LES: frozenset(
        [
            "Alpes-de-Haute-Provence",
            "Alpes-Maritimes",
            "Ardennes",
            "Bouches-du-Rhône",
            "Côtes-d’Armor",
            "Deux-Sèvres",
            "Hautes-Alpes",
            "Hautes-Pyrénées",
            "Hauts-de-Seine",
            "Landes",
            "Pyrénées-Atlantiques",
            "Pyrénées-Orientales",
            "Vosges",
            "Yvelines",
        ]
    ),
    _NONE: frozenset(
        [
            "Eure-et-Loir",
            "Ille-et-Vilaine",
            "Indre-et-Loire",
            "Loir-et-Cher",
            "Lot-et-Garonne",
            "Maine-et-Loire",
            "Meurthe-et-Moselle",
            "Saône-et-Loire",
            "Seine-et-Marne",
            "Tarn-et-Garonne",
            "Vaucluse",
        ]
    ),
}

_REGIONS: Final[dict[str, str]] = {
    "Centre-Val de Loire": _LE,
    "Grand Est": _LE,
    "Hauts-de-France": _LES,
    "Pays de la Loire": _LES,
    "Guadeloupe": _LA,
    "Martinique": _LA,
    "Guyane": _LA,
}

# Cities and islands: « à Paris », « à Mayotte », « à La Réunion », whatever the level of the territory.
_AT: Final = frozenset({"Paris", "Mayotte", "La Réunion"})

# First words of intercommunalités, Pays and groupings that call for an article.
_FIRST_WORDS: Final[dict[str, str]] = {
    "CC": _LA,
    "CA": _LA,
    "CU": _LA,
    "Communauté": _LA,
    "Métropole": _LA,
    "Eurométropole": _L,
    "Agglomération": _L,
    "Pays": _LE,
    "PETR": _LE,
    "Pôle": _LE,
    "Syndicat": _LE,
    "Territoire": _LE,
    "Bassin": _LE,
    "Parc": _LE,
    "Vignoble": _LE,
}

# In place names these beginnings mostly carry an aspirated h (Haute-Goulaine, Houssay), the others do not (Herbignac).
_ASPIRATED: Final = ("ha", "ho")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


def _elides(name: str) -> bool:
    """True when « de » becomes « d’ » before the name."""
    start = _folded(name)
    if start.startswith("h"):
        return not start.startswith(_ASPIRATED)
    if start.startswith("y"):
        return start[1:2] not in "aeiou"
    return start[:1] in tuple("aeiou")


def _article(name: str, kind: str) -> str:
    """The article that French adds before `name`; empty when it takes none or when the name already holds one."""
    if kind == FRANCE or name == "France":
        return _LA
    if name in _AT or kind == COMMUNE:
        return _NONE
    if kind == DEPARTEMENT:
        return next((article for article, names in _DEPARTEMENTS.items() if name in names), _LA)
    if kind == REGION or name == "Pays de la Loire":
        return _REGIONS.get(name, _NONE)
    return _FIRST_WORDS.get(name.split(" ", 1)[0], _NONE)


def le_territoire(name: str, kind: str = "") -> str:
    """The territory as a subject: « Nantes », « la CC du Pays d’Ancenis », « les Pays de la Loire »."""
    name = apostrophe(name)
    return _article(name, kind) + name


def de_territoire(name: str, kind: str = "") -> str:
    """« de Nantes », « d’Angers », « du Mans », « des Herbiers », « de la Sarthe », « de la CC de Nozay »."""
    name = apostrophe(name)
    article = _article(name, kind)
    if article == _LE:
        return f"du {name}"
    if article == _LES:
        return f"des {name}"
    if article:
        return f"de {article}{name}"
    if name.startswith("Le "):
        return f"du {name[3:]}"
    if name.startswith("Les "):
        return f"des {name[4:]}"
    return f"d’{name}" if _elides(name) else f"de {name}"


def dans_territoire(name: str, kind: str = "") -> str:
    """« à Nantes », « au Mans », « aux Herbiers », « dans la CC de Nozay », « en Vendée », « en France »."""
    name = apostrophe(name)
    if kind == COMMUNE or name in _AT:
        if name.startswith("Le "):
            return f"au {name[3:]}"
        if name.startswith("Les "):
            return f"aux {name[4:]}"
        return f"à {name}"
    article = _article(name, kind)
    # « en » is the usage for singular feminine names, and the one of the region itself: « en Pays de la Loire ».
    if kind == FRANCE or name in {"France", "Pays de la Loire"}:
        return f"en {name}"
    if kind in {DEPARTEMENT, REGION} and article in {_LA, _NONE}:
        return f"en {name}"
    if name.startswith(("Le ", "Les ")):
        return f"dans {name[0].lower()}{name[1:]}"
    return f"dans {article}{name}"
