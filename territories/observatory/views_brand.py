"""« Logo et couleurs » of a territory, for its officials and the team; the logo itself is public, as the documents are."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_on, capability_required
from territories.foundations.files.images import ImageRefused
from territories.foundations.files.responses import send
from territories.geography import brands
from territories.geography.forms import BrandForm
from territories.geography.models import Territory, TerritoryBrand
from territories.observatory.brand_preview import preview_of
from territories.observatory.public_pages import territory_or_404


def _actor(request: HttpRequest) -> User:
    """The account of the request: these pages are never anonymous."""
    return User.objects.get(pk=request.user.pk)


@capability_on(Capability.EDIT_BRAND, territory_or_404)
@require_http_methods(["GET", "HEAD", "POST"])
def brand(request: HttpRequest, territory: Territory) -> HttpResponse:
    """Colours, words and a new logo in one form; the cover beside it shows what is kept."""
    kept = TerritoryBrand.objects.of(territory)
    form = BrandForm(request.POST or None, request.FILES or None, initial=_initial(kept))
    if form.is_valid():
        try:
            brands.set_brand(territory, **form.cleaned_data, by=_actor(request))
        except ImageRefused as refusal:
            form.add_error("logo", str(refusal))
        else:
            messages.success(request, "Le logo et les couleurs sont enregistrés\u00a0: les prochains documents les portent.")
            return redirect("observatory:brand", territory.kind, territory.code)
    context = {"territory": territory, "brand": kept, "form": form, "preview": preview_of(territory, kept)}
    return render(request, "observatory/public/brand.html", context)


def _initial(kept: TerritoryBrand | None) -> dict[str, Any]:
    if kept is not None:
        return {"primary": kept.primary, "accent": kept.accent, "name": kept.name, "baseline": kept.baseline}
    primary, accent = brands.house_colours()
    return {"primary": primary, "accent": accent}


@capability_on(Capability.EDIT_BRAND, territory_or_404)
@require_POST
def brand_remove_logo(request: HttpRequest, territory: Territory) -> HttpResponse:
    brands.remove_logo(territory, by=_actor(request))
    messages.success(request, "Le logo est retiré. Les couleurs restent.")
    return redirect("observatory:brand", territory.kind, territory.code)


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
def brand_logo(request: HttpRequest, kind: str, code: str) -> HttpResponseBase:
    """The logo, as kept: a PNG written by us."""
    kept = TerritoryBrand.objects.of(territory_or_404(kind, code))
    if kept is None or kept.logo is None:
        raise Http404("Ce territoire n’a pas de logo.")
    return send(kept.logo, as_attachment=False)
