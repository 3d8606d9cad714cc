"""Where allauth asks us: no sign-up, limits by account, safe redirections, our sentences."""

import time
from typing import Any, ClassVar

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

TOO_MANY = "Trop d’essais pour ce compte. Attendez cinq minutes, ou demandez un nouveau mot de passe."


class AccountAdapter(DefaultAccountAdapter):
    """Accounts are created by the administration, never by signing up."""

    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": "L’adresse ou le mot de passe ne convient pas.",
        "too_many_login_attempts": TOO_MANY,
        "rate_limited": TOO_MANY,
        "incorrect_password": "Ce mot de passe ne convient pas.",
        "enter_current_password": "Ce n’est pas votre mot de passe actuel.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """After signing in, one only goes to a page of this site, named by its path: the request’s host is not believed."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("access:profile")

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Somebody who has just signed in is not asked again to prove who they are."""
        records = get_authentication_records(self.request, self.request.user)
        if records and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return bool(super().is_reauthentication_required(app=app, **kwargs))

    def forget_failures(self, request: HttpRequest, email: str) -> None:
        """Opens the door again to somebody who proved, by a link received, that the address is theirs."""
        self._delete_login_attempts_cached_email(request, email=email)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # allauth puts the request’s host in the key: another Host header would open another count.
        return f"account:{credentials.get('email', '').strip().lower()}"


class MFAAdapter(DefaultMFAAdapter):
    error_messages: ClassVar[dict[str, Any]] = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "Ce code ne convient pas. Prenez celui que l’application affiche maintenant, et vérifiez que l’heure "
        "du téléphone est réglée automatiquement.",
    }


def too_many_resets(request: HttpRequest, email: str) -> bool:
    """Counts a request for a new password. Says whether there were too many for this address, known or not."""
    usage = ratelimit.consume(request, app="allauth.account", action="reset_password", key=email.lower())
    return usage is None
