"""How place names are written to be searched: abbreviations spelled out, the legal nature and the article set apart. Pure."""

import re
from typing import Final

from territories.foundations.text import fold

_ABBREVIATIONS: Final = {"st": "saint", "ste": "sainte", "sts": "saints", "stes": "saintes"}
# « cc du pays d ancenis » is looked for as « pays d ancenis » too, « le mans » as « mans ».
_NATURE: Final = re.compile(
    r"^(?:cc|ca|cu|communaute de communes|communaute d agglomeration|communaute urbaine|metropole|petr)"
    r"(?: (?:du|des|de la|de l|de|d))? (?=.)"
)
_ARTICLE: Final = re.compile(r"^(?:le|la|les|l) (?=.)")


def search_form(text: str) -> str:
    """Folded words, « st » and « ste » spelled out: « St-Sébastien s/Loire » gives « saint sebastien s loire »."""
    return " ".join(_ABBREVIATIONS.get(word, word) for word in fold(text).split())


def core_form(name: str) -> str:
    """The searched form without legal nature nor first article: what people type first."""
    return _ARTICLE.sub("", _NATURE.sub("", search_form(name)))
