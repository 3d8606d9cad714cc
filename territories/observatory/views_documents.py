"""« Documents » of a territory: what each form is for, what is ready, and asking for several at once."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from territories.access.enums import Capability
from territories.access.policy import allows, capability_required
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.presentation import JobSheet, sheet_of
from territories.geography.models import Territory, TerritoryBrand
from territories.observatory.brand_preview import preview_of
from territories.observatory.documents import DOCUMENT_JOB, FORMATS, DocumentRefused, ready_documents, request_document
from territories.observatory.portrait import load_portrait
from territories.observatory.public_pages import COMPARE, Comparison, comparison_of, territory_or_404

FOLLOWED = "travail"
# The answer to « with which identity? »; anything else means the territory’s own.
WITHOUT_BRAND = "sans"
_MOST_FOLLOWED = 8
_SHOWN = 6


@login_not_required
@capability_required(Capability.REQUEST_DOCUMENT)
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def documents(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The page, or asking: one form from the portrait leads to its job, those of this page are followed here."""
    territory = territory_or_404(kind, code)
    if request.method == "POST":
        return _asked(request, territory)
    comparison = comparison_of(territory, request.GET.getlist(COMPARE))
    brand = TerritoryBrand.objects.of(territory)
    portrait = load_portrait(territory, compare=comparison.territories)
    ready = ready_documents(territory, compare=comparison.identifiers, brand=brand, by=request.user)
    followed = _followed(request, territory)
    context: dict[str, Any] = {
        "territory": territory,
        "comparison": comparison,
        "brand": brand,
        "preview": preview_of(territory, brand),
        "may_edit": allows(request.user, Capability.EDIT_BRAND, territory),
        "has_figures": portrait.has_figures,
        "reason": "" if portrait.has_figures else portrait.empty_reason,
        "choices": [(form, sheet_of(ready[key]) if key in ready else None) for key, form in FORMATS.items()],
        "followed": followed,
        "waiting": any(sheet.job.is_active for sheet in followed),
        "mine": _mine(request, territory, followed),
    }
    return render(request, "observatory/public/documents.html", context)


def _asked(request: HttpRequest, territory: Territory) -> HttpResponse:
    comparison = comparison_of(territory, request.POST.getlist(COMPARE))
    wanted = list(dict.fromkeys(request.POST.getlist("format")))
    from_page = "page" in request.POST
    back = _address(territory, comparison) if from_page else territory.get_absolute_url()
    if not wanted:
        messages.warning(request, "Cochez au moins une forme de document.")
        return redirect(_address(territory, comparison))
    brand = None if request.POST.get("identite") == WITHOUT_BRAND else TerritoryBrand.objects.of(territory)
    by = request.user if request.user.is_authenticated else None
    try:
        # All or none: a refusal leaves no document half asked for.
        with transaction.atomic():
            jobs = [
                request_document(territory, form, compare=comparison.identifiers, brand=brand, by=by)
                for form in wanted[: len(FORMATS) + 1]
            ]
    except DocumentRefused as refusal:
        messages.warning(request, str(refusal))
        return redirect(back)
    if len(jobs) == 1 and not from_page:
        return redirect("foundations:job", jobs[0].pk)
    return redirect(_address(territory, comparison, jobs) + "#demandes")


def _address(territory: Territory, comparison: Comparison, jobs: Sequence[Job] = ()) -> str:
    """The page, with its comparison and the jobs to follow."""
    told = [(COMPARE, token) for token in comparison.tokens] if comparison.is_chosen else []
    told += [(FOLLOWED, str(job.pk)) for job in jobs]
    address = reverse("observatory:request_document", args=[territory.kind, territory.code])
    return f"{address}?{urlencode(told)}" if told else address


def _followed(request: HttpRequest, territory: Territory) -> list[JobSheet]:
    """The jobs that the address names and that this person may open, in its order."""
    wanted: list[uuid.UUID] = []
    for text in request.GET.getlist(FOLLOWED)[:_MOST_FOLLOWED]:
        try:
            wanted.append(uuid.UUID(text))
        except ValueError:
            continue
    if not wanted:
        return []
    readable = Job.objects.readable_by(request.user).filter(kind=DOCUMENT_JOB, params__territory=str(territory.pk))
    found = {job.pk: job for job in readable.filter(pk__in=wanted).for_list()}
    return [sheet_of(found[pk]) for pk in dict.fromkeys(wanted) if pk in found]


def _mine(request: HttpRequest, territory: Territory, followed: Sequence[JobSheet]) -> list[JobSheet]:
    """The last documents of this territory that this person asked for, but those followed above."""
    if not request.user.is_authenticated:
        return []
    asked = Job.objects.filter(requested_by=request.user.pk, kind=DOCUMENT_JOB, params__territory=str(territory.pk))
    return [sheet_of(job) for job in asked.exclude(pk__in=[sheet.job.pk for sheet in followed]).for_list()[:_SHOWN]]
