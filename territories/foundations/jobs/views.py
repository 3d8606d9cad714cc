"""« Travaux »: the list, the page of a job while it lasts and after, its file. A job that one may not read does not exist."""

import uuid
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from territories.foundations.files.responses import send
from territories.foundations.jobs import visibility
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import NotRelaunchable, cancel_job, relaunch_job
from territories.foundations.jobs.presentation import sheet_of

PER_PAGE = 25


def _may_cancel(request: HttpRequest, job: Job) -> bool:
    """Whoever asked for it, or follows every job. One asked for without an account may serve others: nobody else stops it."""
    own = request.user.is_authenticated and job.requested_by_id == request.user.pk
    return job.is_active and not job.cancel_requested and (own or visibility.may_read_all(request.user))


def _may_relaunch(job: Job) -> bool:
    return job.state in (JobState.FAILED, JobState.CANCELLED)


def _readable(request: HttpRequest, pk: uuid.UUID) -> Job:
    return get_object_or_404(Job.objects.readable_by(request.user).for_list(), pk=pk)


def _context(request: HttpRequest, job: Job) -> dict[str, Any]:
    return {
        "job": job,
        "sheet": sheet_of(job),
        "may_cancel": _may_cancel(request, job),
        "may_relaunch": _may_relaunch(job),
        "reads_details": visibility.may_read_all(request.user),
    }


@require_GET
@never_cache
def jobs(request: HttpRequest) -> HttpResponse:
    """The person’s jobs, or everybody’s for who follows them all; `etat` keeps one state."""
    wanted = request.GET.get("etat", "")
    visible = Job.objects.visible_to(request.user).for_list()
    shown = visible.filter(state=wanted) if wanted in JobState.values else visible
    page = Paginator(shown, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "sheets": [sheet_of(job) for job in page],
        "states": JobState.choices,
        "wanted": wanted if wanted in JobState.values else "",
        "all_jobs": visibility.may_read_all(request.user),
    }
    return render(request, "foundations/jobs.html", context)


@login_not_required
@require_GET
@never_cache
def job(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """One job: its progress while it lasts, then what it produced or why it did not."""
    return render(request, "foundations/job.html", _context(request, _readable(request, pk)))


@login_not_required
@require_GET
@never_cache
def job_progress(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """The part of the page that is asked for every other second. Once the job is over, the whole page is to be read again."""
    found = _readable(request, pk)
    response = render(request, "foundations/includes/job_progress.html", _context(request, found))
    if not found.is_active:
        response["HX-Refresh"] = "true"
    return response


@login_not_required
@require_GET
def job_file(request: HttpRequest, pk: uuid.UUID) -> HttpResponseBase:
    """The file produced, once the job is done."""
    found = _readable(request, pk)
    if found.state != JobState.DONE or found.result_file is None:
        raise Http404
    return send(found.result_file)


@login_not_required
@require_POST
def job_cancel(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Asks the job to stop."""
    found = _readable(request, pk)
    if _may_cancel(request, found):
        after = cancel_job(found)
        if after.is_active:
            messages.info(request, "L’annulation est demandée\u00a0: le travail s’arrêtera à sa prochaine étape.")
        else:
            messages.info(request, "Le travail est annulé.")
    elif found.is_active:
        messages.warning(request, "Seule la personne qui a demandé ce travail peut l’annuler.")
    else:
        messages.info(request, "Ce travail est déjà terminé\u00a0: il n’y a plus rien à annuler.")
    return redirect(found)


@login_not_required
@require_POST
def job_relaunch(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Begins a failed or cancelled job again."""
    found = _readable(request, pk)
    try:
        relaunch_job(found)
    except NotRelaunchable as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, "Le travail est relancé.")
    return redirect(found)
