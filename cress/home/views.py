"""Home, cockpit and the pages about the site itself."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from cress.home import gallery
from cress.home import health as health_report
from cress.home.dashboard import cockpit_of
from territories.foundations.vocabulary import Regard, Status
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.portrait import current_release
from territories.observatory.portrait_page import bare_map


@login_not_required
@require_safe
def welcome(request: HttpRequest) -> HttpResponse:
    region = Territory.objects.current().filter(kind=TerritoryKind.REGION, code=settings.CRESS_REGION).first()
    svg = bare_map(region) if region is not None else ""
    return render(request, "home/welcome.html", {"region": region, "map_svg": svg})


@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    return render(request, "home/dashboard.html", cockpit_of(request.user))


@login_not_required
@require_safe
def approach(request: HttpRequest) -> HttpResponse:
    return render(request, "home/approach.html", {"regards": [item.value for item in Regard]})


@login_not_required
@require_safe
def data(request: HttpRequest) -> HttpResponse:
    return render(
        request, "home/data.html", {"release": current_release(), "statuses": [status for status in Status if status.symbol]}
    )


@login_not_required
@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "home/accessibility.html")


@login_not_required
@require_safe
def components(request: HttpRequest) -> HttpResponse:
    return render(request, "home/components.html", gallery.pieces())


@login_not_required
@never_cache
@require_safe
def health(request: HttpRequest) -> JsonResponse:
    parts, standing = health_report.report()
    return JsonResponse(parts, status=200 if standing else 503)
