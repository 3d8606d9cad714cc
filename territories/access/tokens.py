"""The links by which somebody chooses a password: from an invitation, or after forgetting one.

Nothing is stored: the token is Django’s, signed over the present password and the last sign-in, so that it dies when it
has served. Opening the link consumes nothing.
"""

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.urls import reverse
from django.utils.http import base36_to_int, int_to_base36

from territories.access.models import User

INVITATION_LIFE = timedelta(days=14)
RESET_LIFE = timedelta(days=1)


class LinkTokens(PasswordResetTokenGenerator):
    """An invitation lives as long as PASSWORD_RESET_TIMEOUT, a reset link one day."""

    key_salt = "territories.access.tokens.LinkTokens"

    def check_token(self, user: User | None, token: str | None) -> bool:
        if user is None or not token or not user.is_active or not super().check_token(user, token):
            return False
        age = self._num_seconds(self._now()) - base36_to_int(token.split("-")[0])
        return user.is_invited or age <= RESET_LIFE.total_seconds()

    def _make_hash_value(self, user: User, timestamp: int) -> str:
        # Closing an account kills its links for good, even when it is opened again.
        return f"{super()._make_hash_value(user, timestamp)}{user.session_generation}"


link_tokens = LinkTokens()


def password_link(user: User) -> str:
    """The absolute address where `user` chooses a password. Built from SITE_URL: the request’s host is never believed."""
    path = reverse("account_reset_password_from_key", args=[int_to_base36(user.pk), link_tokens.make_token(user)])
    return f"{settings.SITE_URL}{path}"


def user_of_link(uid: str, token: str) -> User | None:
    """Whom the link was made for; None when unknown, altered, used, expired or revoked, without saying which."""
    try:
        user = User.objects.filter(pk=base36_to_int(uid)).first()
    except (ValueError, OverflowError):
        return None
    return user if link_tokens.check_token(user, token) else None
