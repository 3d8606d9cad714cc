"""Writing in the journal: the sentence is made at the time, with the names of the time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db.models import Model

from territories.foundations.journal.models import JournalEntry

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

SYSTEM = "L’application"
VISITOR = "Une personne sans compte"


def record(
    event: str,
    sentence: str,
    *,
    by: "AbstractBaseUser | AnonymousUser | None",
    target: Model | None = None,
    details: Mapping[str, Any] | None = None,
) -> JournalEntry:
    """Adds an entry, in the caller’s transaction: what is rolled back was not done.

    `event` is an English snake_case name, `sentence` French; `by=None` means the application itself. `details` holds
    JSON values, no token and nothing a person typed.
    """
    actor = SYSTEM if by is None else str(by) if by.is_authenticated else VISITOR
    return JournalEntry.objects.create(
        actor=actor[:200],
        event=event,
        sentence=sentence,
        target_kind=target._meta.label_lower if target is not None else "",
        target_id=str(target.pk) if target is not None else "",
        details=dict(details or {}),
    )
