"""How long a session lasts, and the second factor without which nobody works inside the house."""

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME, logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode

from territories.access import policy

IDLE_SECONDS = 30 * 60
ABSOLUTE_SECONDS = 12 * 3600
# A session is written at most this often: reading pages must not fill the database with writes.
SEEN_EVERY_SECONDS = 60

SIGNED_IN_AT = "access.signed_in_at"
SEEN_AT = "access.seen_at"
ENDED = "access_ended"

# Asked by the page itself, again and again: a forgotten tab does not keep a session alive.
POLLED_VIEWS = frozenset({"foundations:job", "foundations:job_progress", "foundations:jobs"})
# What somebody who still has to activate the second factor may open.
BEFORE_SECOND_FACTOR = frozenset(
    {
        "mfa_activate_totp",
        "mfa_reauthenticate",
        "account_reauthenticate",
        "account_logout",
        "home:health",
    }
)

Respond = Callable[[HttpRequest], HttpResponseBase]


class SessionLifetimeMiddleware:
    """Ends a session 12 hours after signing in and, for those who work inside the house, after 30 minutes without activity."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            reason = self.end_of(request)
            if reason:
                logout(request)
                request.session[ENDED] = reason
        return _whole_page_to_sign_in(request, self.get_response(request))

    def process_view(self, request: HttpRequest, *_: object) -> None:
        """Notes the activity, once the view is known."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return
        match = request.resolver_match
        if request.headers.get("HX-Request") and match and match.view_name in POLLED_VIEWS and request.method == "GET":
            return
        now = int(time.time())
        request.session.setdefault(SIGNED_IN_AT, now)
        if now - request.session.get(SEEN_AT, 0) >= SEEN_EVERY_SECONDS:
            request.session[SEEN_AT] = now

    def end_of(self, request: HttpRequest) -> str:
        """Why this session is over, as a key for the sign-in page, or nothing when it lives."""
        now = time.time()
        if now - request.session.get(SIGNED_IN_AT, now) >= ABSOLUTE_SECONDS:
            return "absolute"
        # Activity is noted once a minute: without the margin somebody could be put out a minute early.
        idle = now - request.session.get(SEEN_AT, now)
        if idle >= IDLE_SECONDS + SEEN_EVERY_SECONDS and policy.needs_second_factor(request.user):
            return "idle"
        return ""


class StaffTotpMiddleware:
    """Where the second factor is required, whoever works inside the house activates it before opening any page."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> HttpResponseBase | None:
        match = request.resolver_match
        if not settings.REQUIRE_TOTP or (match and match.view_name in BEFORE_SECOND_FACTOR):
            return None
        if not policy.needs_second_factor(request.user) or is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
            return None
        return redirect("mfa_activate_totp")


def _whole_page_to_sign_in(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """A fragment asked by htmx after the session ended: the whole page goes to sign-in, and comes back where it was."""
    login = resolve_url(settings.LOGIN_URL)
    location = response.headers.get("Location", "")
    if not request.headers.get("HX-Request") or response.status_code != 302 or urlsplit(location).path != login:
        return response
    page = urlsplit(request.headers.get("HX-Current-URL", ""))
    back = f"{page.path}?{page.query}" if page.query else page.path
    whole = HttpResponse(status=204)
    whole["HX-Redirect"] = f"{login}?{urlencode({REDIRECT_FIELD_NAME: back})}" if back else login
    return whole
