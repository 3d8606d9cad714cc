"""The page where a draft is edited: one form of plain fields, from the content of the version and back to it."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from territories.foundations.vocabulary import EssFamily
from territories.observatory.perimeter import LISTS, PerimeterError
from territories.observatory.rules import used_lists
from territories.observatory.sirene.account import LIST_LABELS

# Lines left blank for what is added.
BLANK: Final = 3
FAMILIES: Final = [("", "–"), *((family.value, str(family.label)) for family in EssFamily)]
_LONGEST: Final = 300


@dataclass(frozen=True)
class CategoryGroup:
    """Categories of one famille, as shown: rank in the form and the row of the content."""

    title: str
    rows: list[tuple[int, Mapping[str, Any]]]


def category_groups(content: Mapping[str, Any]) -> list[CategoryGroup]:
    """The categories by famille, those that are out last; each keeps its rank in the content."""
    rows = list(enumerate(content["legal_categories"]))
    groups = []
    for family in EssFamily:
        inside = [(rank, row) for rank, row in rows if row["included"] and row["family"] == family.value]
        if inside:
            groups.append(CategoryGroup(str(family.label), inside))
    known = {rank for group in groups for rank, _ in group.rows}
    outside = [(rank, row) for rank, row in rows if rank not in known]
    if outside:
        groups.append(CategoryGroup("Hors périmètre", outside))
    return groups


def list_choices(content: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    used = used_lists(dict(content))
    return [(name, LIST_LABELS[name], name in used) for name in LISTS]


def content_of(base: Mapping[str, Any], posted: QueryDict) -> dict[str, Any]:
    """The content that was typed, over `base`: possibly nonsense, which `parse_rules` refuses.

    Raises PerimeterError when the page sent does not have the lines of the version (a cut form).
    """
    content = copy.deepcopy(dict(base))

    def text(name: str) -> str:
        return posted.get(name, "").strip()[:_LONGEST]

    for rank, row in enumerate(content["legal_categories"]):
        if f"c{rank}-code" not in posted:
            raise PerimeterError("Le formulaire est arrivé incomplet\u00a0: rechargez la page, puis recommencez.")
        if text(f"c{rank}-code") != row["code"]:
            raise PerimeterError("Le brouillon a changé depuis l’ouverture de cette page\u00a0: rechargez-la, puis recommencez.")
        included = f"c{rank}-incluse" in posted
        row |= {
            "included": included,
            "family": text(f"c{rank}-famille") if included else "",
            "sub_family": text(f"c{rank}-sous")[:80],
            "to_validate": f"c{rank}-valider" in posted,
            "note": text(f"c{rank}-note"),
        }
    for rank in range(BLANK):
        if code := text(f"n{rank}-code"):
            content["legal_categories"].append(
                {
                    "code": code,
                    "label": text(f"n{rank}-intitule"),
                    "family": text(f"n{rank}-famille"),
                    "group": "",
                    "sub_family": text(f"n{rank}-sous")[:80],
                    "included": True,
                    "to_validate": f"n{rank}-valider" in posted,
                    "confidence": "",
                    "note": text(f"n{rank}-note"),
                }
            )
    kept = set(posted.getlist("activite"))
    content["excluded_activities"] = [row for row in content["excluded_activities"] if row["class"] in kept]
    for rank in range(BLANK):
        if code := text(f"x{rank}-code"):
            if code in {row["class"] for row in content["excluded_activities"]}:
                raise PerimeterError(f"L’activité {code} est déjà exclue.")
            content["excluded_activities"].append(
                {
                    "class": code,
                    "label": text(f"x{rank}-intitule"),
                    "group": text(f"x{rank}-groupe") or text(f"x{rank}-intitule").lower(),
                    "confidence": "",
                    "source": "Observatoire",
                }
            )
    content["used_lists"] = [name for name in LISTS if name in posted.getlist("liste")]
    return content


def added_lines(posted: Mapping[str, Any] | None) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The blank lines as typed, for a page shown again: categories, then activities."""
    given = posted or {}

    def typed(letter: str, rank: int, names: tuple[str, ...]) -> dict[str, str]:
        return {"prefix": f"{letter}{rank}", **{name: str(given.get(f"{letter}{rank}-{name}", "")) for name in names}}

    categories = [typed("n", rank, ("code", "intitule", "famille", "sous", "note", "valider")) for rank in range(BLANK)]
    return categories, [typed("x", rank, ("code", "intitule", "groupe")) for rank in range(BLANK)]


def typed_content(base: Mapping[str, Any], posted: QueryDict) -> dict[str, Any]:
    """The lines of the version as typed, without those added: what a refused page shows again."""
    shown = copy.deepcopy(dict(base))
    for rank, row in enumerate(shown["legal_categories"]):
        row |= {
            "typed_included": f"c{rank}-incluse" in posted,
            "typed_family": posted.get(f"c{rank}-famille", ""),
            "sub_family": posted.get(f"c{rank}-sous", ""),
            "to_validate": f"c{rank}-valider" in posted,
            "note": posted.get(f"c{rank}-note", ""),
        }
    shown["used_lists"] = [name for name in LISTS if name in posted.getlist("liste")]
    return shown
