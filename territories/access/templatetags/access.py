"""{% load access %}{% allowed "import_data" as can_import %}: a reader sees no button that would be refused."""

from typing import Any

from django import template
from django.contrib.auth.models import AnonymousUser
from django.template import Context

from territories.access import policy
from territories.access.enums import Capability

register = template.Library()


@register.simple_tag(takes_context=True)
def allowed(context: Context, capability: str, target: Any = None) -> bool:
    """Whether the person of the page may do this, on `target` when there is one. An unknown capability raises ValueError."""
    request = context.get("request")
    person = getattr(request, "user", None) or AnonymousUser()
    return policy.allows(person, Capability(capability), target)
