"""What every page’s frame needs."""

from django.conf import settings
from django.http import HttpRequest


def frame(request: HttpRequest) -> dict[str, object]:
    return {"cress_name": settings.CRESS_NAME, "demonstration": settings.DEMONSTRATION}
