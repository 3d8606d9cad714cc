"""Versions of the perimeter: copied as a draft, edited, compared, adopted. A version that was adopted is never edited again."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.utils import timezone

from territories.foundations.journal.operations import record
from territories.foundations.vocabulary import EssFamily
from territories.observatory.enums import PerimeterState
from territories.observatory.models import Perimeter
from territories.observatory.perimeter import LISTS, PerimeterError, parse_rules
from territories.observatory.rules import used_lists
from territories.observatory.sirene.account import LIST_LABELS

if TYPE_CHECKING:
    from territories.access.models import User

_FAMILIES: Final = {family.value: str(family.label) for family in EssFamily}


class VersionRefused(Exception):
    """The version cannot be changed or adopted. The message is French and says why."""


class EditedMeanwhile(VersionRefused):
    """Somebody saved the draft since the page was opened; `differences` are what they changed."""

    def __init__(self, message: str, differences: "list[Difference]") -> None:
        super().__init__(message)
        self.differences = differences


@transaction.atomic
def copy_as_draft(source: Perimeter, *, name: str, note: str = "", by: "User | None") -> Perimeter:
    """A draft with the content of another version. Raises VersionRefused when the name is empty or taken."""
    name = name.strip()[:150]
    if not name:
        raise VersionRefused("Donnez un nom à la nouvelle version.")
    if Perimeter.objects.filter(name=name).exists():
        raise VersionRefused(f"Une version s’appelle déjà «\u00a0{name}\u00a0»\u00a0: donnez un autre nom.")
    code = _free_code()
    content = {**copy.deepcopy(source.content), "code": code, "name": name}
    draft = Perimeter.objects.create(
        code=code,
        name=name,
        content=content,
        source=source.source,
        state=PerimeterState.DRAFT,
        note=note.strip()[:500],
        copied_from=source,
        created_by=by,
    )
    record(
        "perimeter_copied",
        f"A ouvert le brouillon «\u00a0{name}\u00a0» d’après «\u00a0{source.name}\u00a0».",
        by=by,
        target=draft,
    )
    return draft


def _free_code() -> str:
    """« perimetre-2026-2 »: the first that no version has."""
    start = f"perimetre-{timezone.localdate().year}-"
    taken = set(Perimeter.objects.filter(code__startswith=start).values_list("code", flat=True))
    rank = 1
    while f"{start}{rank}" in taken:
        rank += 1
    return f"{start}{rank}"


@transaction.atomic
def save_draft(
    draft: Perimeter, *, content: Mapping[str, Any], name: str, note: str, edition: int, by: "User | None"
) -> Perimeter:
    """Keep an edited draft. `edition` is the one that the page showed.

    Raises VersionRefused (no longer a draft, empty or taken name), EditedMeanwhile, or PerimeterError (nonsense).
    """
    kept = Perimeter.objects.select_for_update().get(pk=draft.pk)
    if not kept.is_draft:
        raise VersionRefused("Cette version est adoptée\u00a0: elle ne change plus. Copiez-la pour en faire une nouvelle.")
    name = name.strip()[:150]
    if not name:
        raise VersionRefused("Donnez un nom à la version.")
    if Perimeter.objects.filter(name=name).exclude(pk=kept.pk).exists():
        raise VersionRefused(f"Une version s’appelle déjà «\u00a0{name}\u00a0»\u00a0: donnez un autre nom.")
    parse_rules(content)
    if kept.edition != edition:
        raise EditedMeanwhile(
            "Quelqu’un a enregistré ce brouillon depuis que vous l’avez ouvert. Votre saisie est gardée ci-dessous\u00a0: "
            "comparez, puis enregistrez de nouveau pour la garder.",
            differences(content, kept.content),
        )
    kept.content = {**content, "code": kept.code, "name": name}
    kept.name, kept.note, kept.edition = name, note.strip()[:500], kept.edition + 1
    kept.save(update_fields=["content", "name", "note", "edition"])
    return kept


@transaction.atomic
def delete_draft(draft: Perimeter, *, by: "User | None") -> None:
    """Erase a draft. Raises VersionRefused when it is not one any more."""
    kept = Perimeter.objects.select_for_update().get(pk=draft.pk)
    if not kept.is_draft:
        raise VersionRefused("Une version adoptée est gardée\u00a0: les chiffres publiés doivent pouvoir y être rattachés.")
    record("perimeter_deleted", f"A supprimé le brouillon «\u00a0{kept.name}\u00a0».", by=by)
    kept.delete()


@transaction.atomic
def adopt(version: Perimeter, *, by: "User | None") -> Perimeter:
    """Make a draft (or a former version) the one of the next import. Raises VersionRefused."""
    kept = Perimeter.objects.select_for_update().get(pk=version.pk)
    current = Perimeter.objects.published()
    if kept.state == PerimeterState.PUBLISHED and current is not None and current.pk == kept.pk:
        raise VersionRefused("Cette version est déjà celle du prochain chargement.")
    try:
        parse_rules(kept.content)
    except PerimeterError as error:
        raise VersionRefused(str(error)) from error
    Perimeter.objects.filter(state=PerimeterState.PUBLISHED).exclude(pk=kept.pk).update(state=PerimeterState.SUPERSEDED)
    kept.state, kept.published_at, kept.published_by = PerimeterState.PUBLISHED, timezone.now(), by
    kept.save(update_fields=["state", "published_at", "published_by"])
    instead = f" à la place de «\u00a0{current.name}\u00a0»" if current is not None else ""
    record("perimeter_adopted", f"A adopté le périmètre «\u00a0{kept.name}\u00a0»{instead}.", by=by, target=kept)
    return kept


# --- Two versions side by side --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Difference:
    """A line of the comparison: what it is about, and what each version says; empty text when a version has nothing."""

    part: str
    code: str
    label: str
    before: str
    after: str

    @property
    def sign(self) -> str:
        return "ajouté" if not self.before else "retiré" if not self.after else "changé"


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What a version says otherwise than another, in the order of the codes."""
    found = _compared("Catégorie juridique", _categories(before), _categories(after))
    found += _compared("Activité exclue", _activities(before), _activities(after))
    lists = tuple({name: (LIST_LABELS[name], "utilisée") for name in used_lists(dict(content))} for content in (before, after))
    found += _compared("Liste", *lists)
    return found


def _compared(part: str, before: Mapping[str, tuple[str, str]], after: Mapping[str, tuple[str, str]]) -> list[Difference]:
    rows = []
    for code in sorted(before.keys() | after.keys()):
        old, new = before.get(code, ("", "")), after.get(code, ("", ""))
        if old != new:
            rows.append(Difference(part, code if code not in LISTS else "", new[0] or old[0], old[1], new[1]))
    return rows


def _categories(content: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["code"]: (row["label"], category_words(row)) for row in content.get("legal_categories", ())}


def category_words(row: Mapping[str, Any]) -> str:
    """« incluse, Coopératives, banque et crédit, à valider »."""
    if row["included"]:
        words: Iterable[str] = (
            "incluse",
            _FAMILIES.get(row["family"], ""),
            row["sub_family"],
            "à valider" if row["to_validate"] else "",
        )
    else:
        words = ("hors périmètre",)
    note = row.get("note", "")
    return ", ".join(word for word in words if word) + (f" ({note})" if note else "")


def _activities(content: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {row["class"]: (row["label"], row["group"] or "exclue") for row in content.get("excluded_activities", ())}
