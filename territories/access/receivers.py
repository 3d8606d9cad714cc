"""What allauth does for a person, told to the journal; and the sessions that must not outlive it."""

import time
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from territories.access import operations
from territories.access.middleware import ENDED, SEEN_AT, SIGNED_IN_AT
from territories.access.models import User
from territories.foundations.journal.operations import record


@receiver(user_logged_in)
def start_session(request: HttpRequest, **_: Any) -> None:
    now = int(time.time())
    request.session[SIGNED_IN_AT] = request.session[SEEN_AT] = now
    request.session.pop(ENDED, None)


@receiver(password_changed)
def tell_password_changed(user: User, **_: Any) -> None:
    record("account_password", f"{user} a changé son mot de passe.", by=user, target=user)


@receiver(authenticator_added)
def tell_second_factor_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: Any) -> None:
    """A session opened before by the password alone must not profit from the second factor proved in this one."""
    if authenticator.type == Authenticator.Type.TOTP:
        update_session_auth_hash(request, operations.close_sessions(user))
        record("account_totp_added", f"{user} a activé la double vérification.", by=user, target=user)


@receiver(authenticator_removed)
def tell_second_factor_removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    if authenticator.type == Authenticator.Type.TOTP:
        record("account_totp_removed", f"{user} a retiré sa double vérification.", by=user, target=user)
