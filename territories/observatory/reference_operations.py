"""Writes of the yearly update: figures published by others, steps that do not apply to a year."""

from typing import TYPE_CHECKING

from django.db import transaction

from territories.foundations.journal.operations import record
from territories.observatory.models import ReferenceValue, SkippedStep

if TYPE_CHECKING:
    from territories.access.models import User


@transaction.atomic
def keep_reference(value: ReferenceValue, *, by: "User") -> ReferenceValue:
    """Add a published figure, or correct it."""
    is_new = value._state.adding
    if is_new:
        value.added_by = by
    value.save()
    verb = "ajoutée" if is_new else "corrigée"
    record("observatory.reference_kept", f"Valeur de contrôle {verb}\u00a0: {value}.", by=by, target=value)
    return value


@transaction.atomic
def remove_reference(value: ReferenceValue, *, by: "User") -> None:
    record("observatory.reference_removed", f"Valeur de contrôle retirée\u00a0: {value}.", by=by, target=value)
    value.delete()


@transaction.atomic
def skip_step(year: int, step: str, reason: str, *, title: str, by: "User") -> SkippedStep:
    """Say that a step does not apply to a year; said twice, the last reason stands."""
    skipped, _ = SkippedStep.objects.update_or_create(year=year, step=step, defaults={"reason": reason, "decided_by": by})
    record(
        "observatory.step_skipped",
        f"Mise à jour {year}\u00a0: étape «\u00a0{title}\u00a0» sans objet ({reason}).",
        by=by,
        target=skipped,
    )
    return skipped


@transaction.atomic
def resume_step(year: int, step: str, *, title: str, by: "User") -> None:
    """Take a step up again; nothing to do when it was not left out."""
    for skipped in SkippedStep.objects.filter(year=year, step=step):
        record(
            "observatory.step_resumed", f"Mise à jour {year}\u00a0: étape «\u00a0{title}\u00a0» reprise.", by=by, target=skipped
        )
        skipped.delete()
