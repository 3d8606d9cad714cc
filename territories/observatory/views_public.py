"""Public pages: finding a territory, its portrait, its report as a page."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from territories.access.enums import Capability
from territories.access.policy import capability_required
from territories.foundations.formats import LEGEND
from territories.geography.models import Territory, TerritoryBrand
from territories.geography.queries import search_territories
from territories.observatory.analyses_page import analyses_of
from territories.observatory.browsing import SEARCH_LIMIT, lines_of, tree_of
from territories.observatory.catalogue import groups
from territories.observatory.portrait_page import body_of, head_of, report_body
from territories.observatory.public_pages import COMPARE, comparison_of, public_page, territory_or_404

# A search word is short; what is longer is a paste by mistake.
LONGEST_QUERY = 80


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def territories(request: HttpRequest) -> HttpResponse:
    """Search and browse. With htmx, only the results."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    found = search_territories(query, limit=SEARCH_LIMIT + 1) if query else []
    context = {"query": query, "lines": lines_of(found[:SEARCH_LIMIT]), "more": len(found) > SEARCH_LIMIT}
    template = "observatory/public/_results.html"
    if "HX-Request" not in request.headers:
        template = "observatory/public/territories.html"
        mine = Territory.objects.of_member(request.user) if request.user.is_authenticated else []
        context |= {"tree": None if query else tree_of(settings.CRESS_REGION), "mine": mine}
    response = render(request, template, context)
    # The same address gives a whole page or its results: a browser that goes back must not mix them.
    patch_vary_headers(response, ["HX-Request"])
    return response


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def portrait(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The portrait of a territory, compared as the address says."""
    territory = territory_or_404(kind, code)
    comparison = comparison_of(territory, request.GET.getlist(COMPARE))
    wanted = request.GET.get("ajouter", "").strip()[:LONGEST_QUERY]
    found = search_territories(wanted, limit=8) if wanted else []
    candidates = [one.territory for one in found if one.territory.pk != territory.pk]
    if len(candidates) == 1:
        return redirect(territory.get_absolute_url() + comparison.with_one_more(candidates[0]) + "#comparaison")
    body = body_of(territory, comparison)
    beside = {(one.kind, one.code) for one in comparison.territories}
    context = {
        **body,
        "territory": territory,
        "comparison": comparison,
        "beside": [one.name for one in comparison.territories if one.pk not in body["without"]],
        "wanted": wanted,
        "candidates": [(one, comparison.with_one_more(one)) for one in candidates],
        "similar": [
            (one, comparison.with_token(one.kind, one.code))
            for one in body.get("similar", ())
            if (one.kind, one.code) not in beside
        ],
        "compared": [(one, comparison.without(one), one.pk in body["without"]) for one in comparison.territories],
        **head_of(territory),
    }
    return render(request, "observatory/public/portrait.html", context)


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def analyses(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """« Analyses avancées »: shift-share, specialisation, concentration, or why there are none."""
    territory = territory_or_404(kind, code)
    comparison = comparison_of(territory, request.GET.getlist(COMPARE))
    context = {"territory": territory, "comparison": comparison, **analyses_of(territory, comparison)}
    return render(request, "observatory/public/analyses.html", context)


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def indicators(request: HttpRequest) -> HttpResponse:
    """The definition sheets of the whole catalogue."""
    return render(request, "observatory/public/indicators.html", {"groups": groups(), "legend": LEGEND.values()})


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def report(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """« État des lieux quantitatif » as a page: the accessible twin of the PDF."""
    territory = territory_or_404(kind, code)
    comparison = comparison_of(territory, request.GET.getlist(COMPARE))
    body = report_body(territory, comparison)
    if body is None:
        return redirect(territory)
    context = {"territory": territory, "comparison": comparison, "brand": TerritoryBrand.objects.of(territory), **body}
    return render(request, "observatory/public/report.html", context)
