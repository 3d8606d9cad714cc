"""One writing for a text that people type in many ways: search columns and comparisons of names. Pure."""

import re
import unicodedata
from typing import Final

# What Unicode does not take apart by itself.
_LIGATURES: Final = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th"})
_NOT_A_WORD: Final = re.compile(r"[^0-9a-z]+")


def fold(text: str) -> str:
    """Lower case, without accents nor ligatures; apostrophes, hyphens and any other mark become one space.

    « L’Île-d’Yeu » gives « l ile d yeu », « CŒUR  Pays de Retz » gives « coeur pays de retz ».
    """
    bare = unicodedata.normalize("NFKD", text.casefold().translate(_LIGATURES))
    letters = "".join(character for character in bare if not unicodedata.combining(character))
    return _NOT_A_WORD.sub(" ", letters.translate(_LIGATURES)).strip()
