"""A form that arrives without its security token: nothing typed is lost, nothing foreign is sent again by itself."""

from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

HIDDEN_WORDS = ("password", "csrf", "token", "code")
LONGEST_SHOWN = 20_000


def _comes_from_here(request: HttpRequest) -> bool:
    """True when the browser itself says that one of our own pages sent the form."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin") or request.headers.get("Referer", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()


def typed_fields(request: HttpRequest) -> list[dict[str, str]]:
    """What was typed, in order, without secrets."""
    return [
        {"name": name, "value": value[:LONGEST_SHOWN]}
        for name, values in request.POST.lists()
        if not any(word in name.lower() for word in HIDDEN_WORDS)
        for value in values
    ]


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Shows what was typed. It may be sent again by one press when our own page sent it, never when another site did."""
    fields = typed_fields(request)
    secrets = any(any(word in name.lower() for word in ("password", "code")) for name in request.POST)
    context = {
        "fields": fields,
        "resend": _comes_from_here(request) and not secrets,
        "files": list(request.FILES),
        "action": request.get_full_path(),
    }
    return render(request, "403_csrf.html", context, status=403)
