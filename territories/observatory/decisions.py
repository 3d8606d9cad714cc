"""Decisions of the observatoire on enterprises and establishments: bulk, dated, with a motive, undone by another decision.

A decision counts from the next import of Sirene on. The list and the published figures come from the same import: changing
one without the other would make them disagree.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from territories.foundations.formats import compte
from territories.foundations.journal.operations import record
from territories.foundations.vocabulary import EssFamily
from territories.observatory.enums import ListState, Verdict
from territories.observatory.models import Establishment, QualificationDecision, SirenListEntry
from territories.observatory.perimeter import MOTIVE_FLAG_ONLY
from territories.observatory.rules import list_words
from territories.observatory.siren_numbers import has_key

if TYPE_CHECKING:
    from territories.access.models import User

# What is decided in one act.
MOST: Final = 20_000
_CHUNK: Final = 400
LONGEST_MOTIVE: Final = 120

MOTIVES: Final = (
    "Statuts lus par l’observatoire\u00a0: conformes à la loi de 2014",
    "Agrément Esus vérifié",
    "Scop ou Scic confirmée",
    "Statuts sans mention de l’ESS",
    "Activité hors du champ de l’ESS",
    "Erreur de Sirene signalée à l’Insee",
    "Établissement fermé ou sans activité",
    "Statuts demandés à la structure",
)


class DecisionRefused(Exception):
    """Nothing was decided. The message is French and says why."""


@transaction.atomic
def decide(
    numbers: Iterable[str],
    *,
    verdict: str,
    motive: str,
    family: str = "",
    sub_family: str = "",
    by: "User | None",
) -> int:
    """Decide of several SIREN or SIRET at once, all or none; gives how many decisions were written.

    A decision already in force is replaced and kept. Giving back to the rules (`Verdict.RULE`) what has no decision writes
    nothing. Raises DecisionRefused.
    """
    wanted = sorted(set(numbers))
    _refuse(wanted, verdict, motive, family)
    motive, included = motive.strip(), verdict == Verdict.INCLUDED
    written = 0
    for chunk in _chunks(wanted):
        current = {
            row.number: row for row in QualificationDecision.objects.filter(number__in=chunk, is_current=True).select_for_update()
        }
        told = lists_of(number[:9] for number in chunk)
        kept = [number for number in chunk if verdict != Verdict.RULE or _binds(current.get(number))]
        QualificationDecision.objects.filter(pk__in=[current[number].pk for number in kept if number in current]).update(
            is_current=False
        )
        QualificationDecision.objects.bulk_create(
            QualificationDecision(
                number=number,
                siren=number[:9],
                qualification=verdict,
                family=family if included else "",
                sub_family=sub_family.strip() if included else "",
                motive=motive,
                lists=", ".join(told.get(number[:9], ()))[:300],
                by=by,
                replaces=current.get(number),
            )
            for number in kept
        )
        written += len(kept)
    if written:
        told_of = (
            wanted[0]
            if written == 1 and len(wanted) == 1
            else compte(written, "entreprise ou établissement", "entreprises ou établissements")
        )
        record(
            "qualification_decided",
            f"A décidé «\u00a0{Verdict(verdict).label}\u00a0» pour {told_of}\u00a0: {motive}.",
            by=by,
            details={"numbers": wanted[:50], "count": written},
        )
    return written


def _refuse(numbers: Sequence[str], verdict: str, motive: str, family: str) -> None:
    if not numbers:
        raise DecisionRefused("Cochez au moins un établissement, ou choisissez tous ceux que le filtre trouve.")
    if len(numbers) > MOST:
        raise DecisionRefused(f"On ne décide pas de plus de {compte(MOST, 'numéro')} à la fois\u00a0: resserrez le filtre.")
    if verdict not in Verdict.values:
        raise DecisionRefused("Choisissez une décision.")
    if not motive.strip():
        raise DecisionRefused(
            "Donnez le motif de la décision\u00a0: il est montré avec l’établissement et gardé dans l’historique."
        )
    if len(motive.strip()) > LONGEST_MOTIVE:
        raise DecisionRefused(f"Le motif a plus de {LONGEST_MOTIVE} caractères\u00a0: raccourcissez-le.")
    if verdict == Verdict.INCLUDED and family not in [item.value for item in EssFamily]:
        raise DecisionRefused("Choisissez la famille\u00a0: un établissement inclus est toujours compté dans une famille.")
    for number in numbers:
        if len(number) not in (9, 14) or not (number.isascii() and number.isdigit()) or not has_key(number[:9]):
            raise DecisionRefused(f"«\u00a0{number}\u00a0» n’est ni un SIREN ni un SIRET valable.")


def _binds(decision: QualificationDecision | None) -> bool:
    return decision is not None and decision.qualification != Verdict.RULE


def _chunks(numbers: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(numbers), _CHUNK):
        yield numbers[start : start + _CHUNK]


# --- What is read -----------------------------------------------------------------------------------------------------------


def active_entries() -> QuerySet[SirenListEntry]:
    return SirenListEntry.objects.filter(list__state=ListState.ACTIVE)


def lists_of(sirens: Iterable[str]) -> dict[str, list[str]]:
    """The lists in force that name each SIREN: « Liste ESS France au 20 novembre 2023 ». One query."""
    found: dict[str, list[str]] = {}
    rows = active_entries().filter(siren__in=set(sirens)).select_related("list").order_by("siren", "list__kind", "pk")
    for entry in rows:
        found.setdefault(entry.siren, []).append(list_words(entry.list))
    return found


def standing() -> Q:
    """Decisions that still say something: not a return to the rules that a vintage has already taken in."""
    return Q(is_current=True) & ~Q(qualification=Verdict.RULE, taken_in__isnull=False)


def decisions_on(rows: Sequence[Establishment]) -> dict[str, QualificationDecision]:
    """The decision in force on each SIRET: its own, else that of its SIREN. One query."""
    numbers = {row.siret for row in rows} | {row.siren for row in rows}
    known = {
        decision.number: decision
        for decision in QualificationDecision.objects.filter(standing(), number__in=numbers).select_related("by").order_by("pk")
    }
    found = {row.siret: known.get(row.siret) or known.get(row.siren) for row in rows}
    return {siret: decision for siret, decision in found.items() if decision is not None}


def with_decision(rows: QuerySet[Establishment], state: str) -> QuerySet[Establishment]:
    """Rows without decision (« sans »), with one that waits for the next import (« attente »), or kept for later."""
    decisions = QualificationDecision.objects.filter(standing())

    def has(**conditions: Any) -> Q:
        found = decisions.filter(**conditions)
        return Q(Exists(found.filter(number=OuterRef("siren")))) | Q(Exists(found.filter(number=OuterRef("siret"))))

    if state == "sans":
        return rows.exclude(has())
    if state == "attente":
        return rows.filter(has(taken_in__isnull=True))
    if state == "plus-tard":
        return rows.filter(has(qualification=Verdict.TO_QUALIFY))
    return rows


def with_proposed_family(rows: QuerySet[Establishment], family: str) -> QuerySet[Establishment]:
    """Rows for which the lists, or Sirene’s own declaration, propose this famille."""
    said = active_entries().filter(siren=OuterRef("siren")).exclude(family="")
    by_list = Q(Exists(said.filter(family=family)))
    if family == EssFamily.COMMERCIAL:
        return rows.filter(by_list | Q(motive=MOTIVE_FLAG_ONLY) & ~Q(Exists(said)))
    return rows.filter(by_list)


def proposed_families(rows: Sequence[Establishment]) -> Mapping[str, str]:
    """The famille proposed for each SIREN: what a list says, else « société commerciale » for a company that declares itself.

    One query; a SIREN that nothing speaks of is left out.
    """
    said = dict(
        active_entries()
        .filter(siren__in={row.siren for row in rows})
        .exclude(family="")
        .order_by("siren", "-pk")
        .values_list("siren", "family")
    )
    declared = {row.siren: EssFamily.COMMERCIAL.value for row in rows if row.motive == MOTIVE_FLAG_ONLY}
    return {**declared, **said}
