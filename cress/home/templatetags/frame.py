"""Tags of the frame of every page. Rooms do not load them: they extend `layout/base.html`."""

from typing import Any

from django import template
from django.urls import reverse

from cress.home.navigation import account_links, menu_of

register = template.Library()


@register.inclusion_tag("layout/_navigation.html", takes_context=True)
def main_navigation(context: dict[str, Any]) -> dict[str, Any]:
    """The main menu and the account of whoever is signed in."""
    request = context["request"]
    user = request.user
    person = None
    if user.is_authenticated:
        person = {
            "name": str(user),
            "short_name": user.get_short_name(),
            "role": user.get_role_display() or "Membre d’un territoire",
        }
    return {
        "items": menu_of(request),
        "person": person,
        "account_items": account_links(user) if user.is_authenticated else [],
        "logout_url": reverse("account_logout"),
        "csrf_token": context.get("csrf_token", ""),
    }
