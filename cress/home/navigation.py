"""The menu: what the person in front of the screen may open, and nothing else."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from territories.access.enums import Capability
from territories.access.policy import allows


@dataclass(frozen=True)
class Entry:
    """A link of the menu. `names` are the view names (or their beginnings) that light it up."""

    label: str
    name: str
    names: tuple[str, ...]
    capability: Capability | None = None


MENU: tuple[Entry, ...] = (
    Entry(
        "Territoires",
        "observatory:territories",
        (
            "observatory:territories",
            "observatory:browse",
            "observatory:portrait",
            "observatory:establishments",
            "observatory:report",
            "observatory:territory_remark",
            "geography:compos",
            "geography:attachments",
            "geography:member",
        ),
    ),
    Entry("La démarche", "home:approach", ("home:approach",)),
    Entry(
        "Observatoire",
        "observatory:datasets",
        (
            "observatory:dataset",
            "observatory:import",
            "observatory:statistics",
            "observatory:release",
            "observatory:perimeter",
            "observatory:publish",
            "observatory:to_qualify",
            "observatory:qualif",
            "observatory:decide",
            "observatory:siren_list",
            "observatory:remark",
            "observatory:annual",
            "observatory:reference",
            "geography:import",
        ),
        Capability.READ_DRAFT_FIGURES,
    ),
    Entry("Travaux", "foundations:jobs", ("foundations:job",), Capability.READ_OWN_JOBS),
)


@dataclass(frozen=True)
class Link:
    """An entry as shown: `current` is « page » on its own page, « true » on a page below it, else empty."""

    label: str
    url: str
    current: str = ""


def menu_of(request: HttpRequest) -> list[Link]:
    """The links that this person may follow, in order."""
    links = [_link(entry, request) for entry in MENU if entry.capability is None or allows(request.user, entry.capability)]
    if request.user.is_authenticated:
        links.insert(0, _link(Entry("Tableau de bord", "home:dashboard", ("home:dashboard",)), request))
    else:
        links.append(_link(Entry("Se connecter", "account_login", ("account_login",)), request))
    return links


def account_links(user: Any) -> list[Link]:
    """What the menu of the account opens, beside signing out."""
    links = [Link("Mon compte", reverse("access:profile"))]
    if allows(user, Capability.MANAGE_ACCOUNTS):
        links.append(Link("Comptes et rôles", reverse("access:accounts")))
    if user.is_staff:
        links.append(Link("Administration", reverse("admin:index")))
    return links


def _link(entry: Entry, request: HttpRequest) -> Link:
    match = getattr(request, "resolver_match", None)
    here = match.view_name if match else ""
    if here == entry.name:
        return Link(entry.label, reverse(entry.name), "page")
    below = any(here.startswith(name) for name in entry.names)
    return Link(entry.label, reverse(entry.name), "true" if below else "")
