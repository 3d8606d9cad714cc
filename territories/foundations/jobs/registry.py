"""What each kind of job does, and the three ways out that a handler may take besides returning."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from territories.foundations.jobs.work import Work

    Handler = Callable[["Work"], None]


class JobFailure(Exception):
    """The work cannot be done, whoever tries again. Its text is a French sentence: what is wrong and what to do."""


class JobCancelled(Exception):
    """Somebody asked for the work to stop. Raised by `Work`; a handler lets it pass."""


class LeaseLost(Exception):
    """Another attempt has taken the job over: this one must stop without writing anything."""


@dataclass(frozen=True)
class JobKind:
    """A nature of work: its name in the table, its label on pages, the function that does it."""

    name: str
    label: str
    handle: "Handler"


_kinds: dict[str, JobKind] = {}


def job_handler(name: str, *, label: str) -> "Callable[[Handler], Handler]":
    """Declares the function that carries the jobs of one kind. Two functions under one name raise ValueError.

    The function may run again from the start, or twice at once for a moment when a machine was frozen: it writes inside
    `work.fenced()` and names each file of `work.dir` only once it is whole.
    """

    def register(handle: "Handler") -> "Handler":
        known = _kinds.get(name)
        if known is not None and known.handle is not handle:
            raise ValueError(f"Two handlers for the job kind {name!r}.")
        _kinds[name] = JobKind(name, label, handle)
        return handle

    return register


def kind_of(name: str) -> JobKind | None:
    """The kind known under this name; None when this version of the application does not know it."""
    return _kinds.get(name)


def known_kinds() -> list[JobKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.label)
