"""The rules of an import: a version of the perimeter, with the lists in force and the decisions of the observatoire."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Final

from territories.foundations.formats import date_fr
from territories.observatory.enums import Verdict
from territories.observatory.models import Perimeter, QualificationDecision, SirenList
from territories.observatory.perimeter import LISTS, ManualDecision, PerimeterRules, parse_rules
from territories.observatory.siren_numbers import SortedSirens

_READ: Final = 2_000


@dataclass(frozen=True)
class RulesInForce:
    """Rules ready to be applied, and what to say of them in an account.

    `lists` are {kind, title, dated_on, sirens}; `fresh` are the keys of the decisions that no vintage has taken in yet.
    """

    rules: PerimeterRules
    lists: list[dict[str, Any]]
    fresh: list[int]

    @property
    def decisions(self) -> int:
        return len(self.rules.decisions)


def rules_in_force(perimeter: Perimeter) -> RulesInForce:
    """Everything that qualifies now under this version. An imported list takes the place of the one the version carries.

    A decision of the page takes the place of the version’s own on the same number; « règle du périmètre » removes it.
    Raises PerimeterError.
    """
    rules = parse_rules(perimeter.content)
    used = used_lists(perimeter.content)
    lists: dict[str, Collection[str]] = {name: rules.lists[name] if name in used else frozenset() for name in LISTS}
    told = [
        {"kind": name, "title": "portée par le périmètre", "dated_on": "", "sirens": len(lists[name])}
        for name in LISTS
        if lists[name] and name in used
    ]
    for found in SirenList.objects.in_force().filter(kind__in=used).select_related("numbers"):
        lists[found.kind] = numbers_of(found)
        told = [line for line in told if line["kind"] != found.kind]
        told.append(
            {
                "kind": found.kind,
                "title": found.title,
                "dated_on": found.dated_on.isoformat(),
                "sirens": found.siren_count,
                "id": str(found.pk),
            }
        )
    decisions = dict(rules.decisions)
    fresh: list[int] = []
    for decision in QualificationDecision.objects.filter(is_current=True).order_by("pk").iterator(chunk_size=_READ):
        if decision.taken_in_id is None:
            fresh.append(decision.pk)
        if decision.qualification == Verdict.RULE:
            decisions.pop(decision.number, None)
            continue
        decisions[decision.number] = ManualDecision(
            decision.number, decision.qualification, decision.family, decision.sub_family, decision.motive
        )
    return RulesInForce(replace(rules, lists=lists, decisions=decisions), told, fresh)


def used_lists(content: dict[str, Any]) -> list[str]:
    """The lists that a version lets decide: all of them unless it says which."""
    return [name for name in LISTS if name in content.get("used_lists", LISTS)]


def numbers_of(found: SirenList) -> SortedSirens:
    """Every SIREN of a list that was checked."""
    if found.numbers is None:
        return SortedSirens(b"")
    with found.numbers.file.open("rb") as stream:
        return SortedSirens(stream.read())


def list_words(found: SirenList) -> str:
    """« Liste ESS France au 20 novembre 2023 »."""
    return f"{found.title} au {date_fr(found.dated_on)}"
