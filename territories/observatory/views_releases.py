"""The team’s page about publishing: what is on line, what would change, the act, the former publications."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from territories.access.enums import Capability
from territories.access.policy import capability_required
from territories.foundations.jobs.models import Job
from territories.observatory.enums import ReleaseState
from territories.observatory.models import Release
from territories.observatory.operations import NothingToRelease, request_release
from territories.observatory.publishing import preview
from territories.observatory.release import RELEASE_JOB

PER_PAGE = 20
STATES = {
    ReleaseState.CURRENT: "current",
    ReleaseState.PREPARING: "warning",
    ReleaseState.FAILED: "danger",
}


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def releases(request: HttpRequest) -> HttpResponse:
    rows = Release.objects.select_related("dataset", "released_by").order_by("-number")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(row, STATES.get(ReleaseState(row.state), "")) for row in page],
        "preview": preview(),
        "running": list(Job.objects.active().filter(kind=RELEASE_JOB).order_by("created_at", "id")),
    }
    return render(request, "observatory/staff/releases.html", context)


@capability_required(Capability.PUBLISH_FIGURES)
@require_POST
def publish(request: HttpRequest) -> HttpResponse:
    """The act of publishing: a job, and its page."""
    try:
        job = request_release(by=request.user, note=request.POST.get("note", "").strip())
    except NothingToRelease as refusal:
        messages.error(request, str(refusal))
        return redirect("observatory:releases")
    return redirect(job)
