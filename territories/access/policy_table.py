"""The policy printed for people: roles × capabilities, then every address of the URLconf with who may open it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from territories.access import policy
from territories.access.enums import STAFF_ROLES, Capability, Role

REGENERATE = "python manage.py print_policy --write"
# Addresses that Django makes for its administration: one line, one rule.
ADMINISTRATION = "admin"


@dataclass(frozen=True)
class Address:
    """One address: its route as written in the URLconf, its full name, its view and what its parameters accept."""

    route: str
    name: str
    view: Callable[..., Any]
    converters: dict[str, Any]

    @property
    def is_public(self) -> bool:
        return not getattr(self.view, "login_required", True)

    @property
    def capability(self) -> Capability | None:
        return getattr(self.view, "capability", None)


def addresses() -> list[Address]:
    """Every address of the application in the order of their routes, those of Django’s administration apart."""
    return sorted(_walk(get_resolver().url_patterns, "", "", {}), key=lambda address: address.route)


def _walk(patterns: list[Any], route: str, namespace: str, converters: dict[str, Any]) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        known = {**converters, **(pattern.pattern.converters if isinstance(pattern.pattern, RoutePattern) else {})}
        if isinstance(pattern, URLResolver):
            if pattern.namespace != ADMINISTRATION:
                inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
                yield from _walk(pattern.url_patterns, here, inner, known)
        elif isinstance(pattern, URLPattern):
            yield Address(here, f"{namespace}{pattern.name or ''}", pattern.callback, known)


def policy_document() -> str:
    """docs/policy.md: Markdown, French, the same bytes for the same policy."""
    return "\n".join([*_introduction(), *_capabilities(), *_addresses()]) + "\n"


def _held(role: Role) -> frozenset[Capability]:
    """What somebody of this role holds in all: an account adds its own, and everybody what the public holds."""
    roles = {role, Role.PUBLIC} if role is Role.PUBLIC else {role, Role.ACCOUNT, Role.PUBLIC}
    return policy.granted_to(roles)


def _introduction() -> list[str]:
    staff = ", ".join(str(role.label) for role in Role if role in STAFF_ROLES)
    return [
        "# Qui peut faire quoi",
        "",
        f"Page écrite par `{REGENERATE}` d’après `territories/access/policy.py` et les adresses\u00a0; un test la compare.",
        "",
        "Une permission demande deux oui.",
        "QUI\u00a0: un rôle de la personne, dans la maison ou sur l’objet, l’accorde (tableau ci-dessous).",
        "QUAND\u00a0: l’objet, dans son état actuel, la laisse ouverte (`open_capabilities` de l’objet).",
        "",
        "Un compte fermé n’a plus que les droits du public. Les rôles de technicien et d’élu se tiennent sur un territoire,",
        "jamais dans toute la maison.",
        f"Double vérification demandée en production à\u00a0: {staff}.",
        "",
    ]


def _capabilities() -> list[str]:
    lines = [
        "## Rôles et permissions",
        "",
        f"| Permission | {' | '.join(str(role.label) for role in Role)} |",
        f"|---|{'---|' * len(Role)}",
    ]
    for capability in Capability:
        marks = ("oui" if capability in _held(role) else "–" for role in Role)
        lines.append(f"| {capability.label} (`{capability.value}`) | {' | '.join(marks)} |")
    return [*lines, ""]


def _addresses() -> list[str]:
    lines = [
        "## Adresses",
        "",
        "«\u00a0ouvert\u00a0»\u00a0: la page répond, et peut encore refuser un objet (403, avec la raison) ou l’ignorer (404).",
        "«\u00a0connexion\u00a0»\u00a0: renvoi vers la page de connexion\u00a0; «\u00a0refusé\u00a0»\u00a0: 403 avec la raison.",
        "Ce que chaque adresse répond vraiment, objet par objet, est dans `tests/repository/access_matrix.csv`.",
        "",
        f"| Adresse | Nom | Permission demandée | {' | '.join(str(role.label) for role in Role)} |",
        f"|---|---|---|{'---|' * len(Role)}",
    ]
    for address in addresses():
        asked = f"`{address.capability.value}`" if address.capability else "–"
        marks = " | ".join(_answer(address, role) for role in Role)
        lines.append(f"| `/{address.route}` | `{address.name}` | {asked} | {marks} |")
    administration = Capability.OPEN_ADMINISTRATION
    marks = " | ".join(
        "ouvert" if administration in _held(role) else "connexion" if role is Role.PUBLIC else "refusé" for role in Role
    )
    lines.append(f"| `/administration/…` | `{ADMINISTRATION}:…` | `{administration.value}` | {marks} |")
    return lines


def _answer(address: Address, role: Role) -> str:
    if address.capability is None:
        return "ouvert" if address.is_public or role is not Role.PUBLIC else "connexion"
    if address.capability in _held(role) and (address.is_public or role is not Role.PUBLIC):
        return "ouvert"
    return "connexion" if role is Role.PUBLIC else "refusé"
