"""Who may do what. The single access policy of the application: no other module compares roles.

A capability is granted when two questions get a yes:

- WHO: does one of the person’s roles, on the whole house or on the target, grant it?
- WHEN: does the target, in its present state, leave it open?

`docs/policy.md` is this table printed; a test fails when they differ.
"""

from collections.abc import Callable, Collection, Mapping
from functools import wraps
from typing import TYPE_CHECKING, Protocol, TypeAlias

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from territories.access.enums import STAFF_ROLES, Capability, Role

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from territories.access.models import User

Person: TypeAlias = "User | AnonymousUser"

_PUBLIC = frozenset({Capability.READ_PORTRAIT, Capability.REQUEST_DOCUMENT})
_ACCOUNT = frozenset({Capability.READ_OWN_JOBS})
# What an official may do on the territory to which they are attached.
_OFFICIAL = frozenset({Capability.EDIT_BRAND, Capability.SEND_REMARK})
_PROJECT_OFFICER = _OFFICIAL | {Capability.READ_DRAFT_FIGURES, Capability.COMPOSE_TERRITORY}
_OBSERVATORY = _PROJECT_OFFICER | {
    Capability.IMPORT_DATA,
    Capability.QUALIFY,
    Capability.PUBLISH_FIGURES,
    Capability.IMPORT_OUTLINES,
}

# Every active account also holds ACCOUNT, and everybody PUBLIC: a line says only what its role adds to them.
GRANTS: Mapping[Role, frozenset[Capability]] = {
    Role.ADMINISTRATOR: frozenset(Capability),
    Role.OBSERVATORY: _OBSERVATORY,
    Role.PROJECT_OFFICER: _PROJECT_OFFICER,
    Role.NETWORK_HEAD: frozenset(),
    Role.TECHNICIAN: _OFFICIAL,
    Role.ELECTED: _OFFICIAL,
    Role.ACCOUNT: _ACCOUNT,
    Role.PUBLIC: _PUBLIC,
}


class Denied(PermissionDenied):
    """A refusal. Its text is a French sentence for the person who is refused."""


class Guarded(Protocol):
    """What a target answers about itself. `access` judges objects it does not know."""

    def roles_of(self, user: Person) -> Collection[Role]:
        """The roles held by this person on this very object, beside the house-wide ones."""
        ...

    def open_capabilities(self) -> Collection[Capability]:
        """What may be done on the object in its present state, whoever asks."""
        ...


def house_roles(user: Person) -> frozenset[Role]:
    """The roles a person holds everywhere. A closed account holds no more than a passer-by."""
    if not user.is_authenticated or not user.is_active:
        return frozenset({Role.PUBLIC})
    held = {Role.PUBLIC, Role.ACCOUNT}
    if user.role:
        held.add(Role(user.role))
    return frozenset(held)


def granted_to(roles: Collection[Role]) -> frozenset[Capability]:
    """Everything that holding these roles together allows."""
    return frozenset[Capability]().union(*(GRANTS[role] for role in roles))


def roles_granting(capability: Capability) -> list[Role]:
    """The roles that grant `capability` by themselves, in the order of the enum."""
    return [role for role in Role if capability in GRANTS[role]]


def check(user: Person, capability: Capability, target: Guarded | None = None) -> None:
    """Returns when the person may; raises Denied, with the reason in French, when not."""
    roles = house_roles(user)
    if target is not None:
        roles |= frozenset(target.roles_of(user))
    if capability not in granted_to(roles):
        able = ", ".join(str(role.label) for role in roles_granting(capability))
        raise Denied(f"Votre rôle ne le permet pas. «\u00a0{capability.label}\u00a0» est réservé à\u00a0: {able}.")
    if target is not None and capability not in target.open_capabilities():
        raise Denied(f"«\u00a0{capability.label}\u00a0»\u00a0: ce n’est pas ouvert dans l’état actuel.")


def allows(user: Person, capability: Capability, target: Guarded | None = None) -> bool:
    """The same question, answered by yes or no: for buttons and menus."""
    try:
        check(user, capability, target)
    except Denied:
        return False
    return True


def capability_required(capability: Capability) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guards a view that has no target. Somebody without an account is first asked to sign in; the others get 403 and why.

    The capability stays readable on the view, for the printed table.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated and not allows(request.user, capability):
                query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
                return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
            check(request.user, capability)
            return view(request, *args, **kwargs)

        vars(guarded)["capability"] = capability
        return guarded

    return decorate


def capability_on(
    capability: Capability, find: Callable[..., Guarded]
) -> Callable[[Callable[..., HttpResponseBase]], Callable[..., HttpResponseBase]]:
    """Guards a view that acts on one object, found from the parameters of the address and given to the view.

    Somebody without an account is first asked to sign in, whether the object exists or not; `find` raises Http404 for what
    does not exist; the others get 403 and why. The capability stays readable on the view, for the printed table.
    """

    def decorate(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: HttpRequest, **kwargs: object) -> HttpResponseBase:
            if not request.user.is_authenticated:
                query = urlencode({REDIRECT_FIELD_NAME: request.get_full_path()})
                return redirect(f"{resolve_url(settings.LOGIN_URL)}?{query}")
            target = find(**kwargs)
            check(request.user, capability, target)
            return view(request, target)

        vars(guarded)["capability"] = capability
        return guarded

    return decorate


def needs_second_factor(user: Person) -> bool:
    """Whether the person works inside the house: a password alone is then not enough."""
    return not house_roles(user).isdisjoint(STAFF_ROLES)


def leaves_nobody(role: str, capability: Capability) -> bool:
    """Whether somebody whose house role becomes `role` (possibly none) can no longer do this."""
    return not role or capability not in GRANTS[Role(role)]
