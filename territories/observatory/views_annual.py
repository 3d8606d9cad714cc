"""« Mise à jour annuelle »: a year taken step by step, what it changes, and the model of the order."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from territories.access.enums import Capability
from territories.access.policy import allows, capability_required
from territories.foundations.exports.responses import export_response
from territories.foundations.jobs.models import Job
from territories.observatory import order_model as model
from territories.observatory.annual import (
    FLORES,
    ORDER,
    ORDER_LAG,
    Situation,
    Step,
    StepState,
    next_step,
    steps_of,
    years_offered,
)
from territories.observatory.annual_changes import sirene_changes, statistics_changes
from territories.observatory.inbox import inbox, loaded_names, of_kinds
from territories.observatory.orders.pipeline import CHECK, IMPORT
from territories.observatory.reference_operations import resume_step, skip_step
from territories.observatory.release import RELEASE_JOB
from territories.observatory.sirene.pipeline import KIND

REASON_LENGTH = 300
WORKS = (KIND, IMPORT, CHECK, RELEASE_JOB)


def _year_or_404(year: int) -> int:
    if year not in years_offered(timezone.localdate()):
        raise Http404("This year cannot be updated from here.")
    return year


def _address(year: int) -> str:
    return reverse("observatory:annual_year", args=[year])


@capability_required(Capability.IMPORT_DATA)
@require_safe
def this_year(request: HttpRequest) -> HttpResponse:
    return redirect(_address(timezone.localdate().year))


@capability_required(Capability.IMPORT_DATA)
@require_safe
def annual(request: HttpRequest, year: int) -> HttpResponse:
    return _page(request, _year_or_404(year))


def _page(request: HttpRequest, year: int, *, refused: str = "", typed: str = "", error: str = "") -> HttpResponse:
    """The page, a refused reason kept in its field."""
    steps = steps_of(Situation.read(year))
    files = inbox()
    coming = next_step(steps)
    names = loaded_names()
    placed = []
    for one in steps:
        mine = of_kinds(files, one.files)
        fresh, former = ([file for file in mine if (file.base in names) is held] for held in (False, True))
        placed.append((one, fresh, former, _actions(request, one)))
    known = {kind for step in steps for kind in step.files}
    context = {
        "year": year,
        "years": [(str(one), _address(one)) for one in years_offered(timezone.localdate())],
        "address": _address(year),
        "steps": placed,
        "next": coming,
        "done": sum(step.state in (StepState.DONE, StepState.SKIPPED) for step in steps),
        "total": len(steps),
        "others": [one for one in files if one.kind not in known],
        "running": list(Job.objects.active().filter(kind__in=WORKS).order_by("created_at", "id")),
        "refused": refused,
        "typed": typed,
        "error": error,
        "reason_length": REASON_LENGTH,
    }
    return render(request, "observatory/staff/annual.html", context, status=400 if error else 200)


def _actions(request: HttpRequest, step: Step) -> list[tuple[str, str, bool]]:
    """What this person may do, the main button only while the step is not done."""
    pending = step.state in (StepState.TO_DO, StepState.LATE)
    return [
        (action.label, action.url, action.is_main and pending)
        for action in step.actions
        if action.url and allows(request.user, action.capability)
    ]


@capability_required(Capability.IMPORT_DATA)
@require_POST
def step(request: HttpRequest, year: int, step: str) -> HttpResponse:
    """Leave a step out of a year with a reason, or take it up again."""
    _year_or_404(year)
    found = next((one for one in steps_of(Situation.read(year)) if one.key == step and one.may_be_skipped), None)
    if found is None:
        raise Http404("No such step.")
    if "reprendre" in request.POST:
        resume_step(year, step, title=found.title, by=request.user)
        return redirect(f"{_address(year)}#{step}")
    reason = " ".join(request.POST.get("raison", "").split())
    if not reason:
        return _page(request, year, refused=step, error="Dites en une phrase pourquoi cette étape est sans objet.")
    if len(reason) > REASON_LENGTH:
        return _page(request, year, refused=step, typed=reason, error=f"Tenez en {REASON_LENGTH} signes.")
    skip_step(year, step, reason, title=found.title, by=request.user)
    messages.success(request, f"Étape «\u00a0{found.title}\u00a0» sans objet en {year}.")
    return redirect(f"{_address(year)}#{step}")


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def changes(request: HttpRequest, year: int) -> HttpResponse:
    """The year loaded against the one before."""
    _year_or_404(year)
    described = year - ORDER_LAG
    found = [statistics_changes(described, ORDER), statistics_changes(described, FLORES), sirene_changes()]
    context = {"year": year, "address": _address(year), "changes": [one for one in found if one is not None]}
    return render(request, "observatory/staff/annual_changes.html", context)


@capability_required(Capability.IMPORT_DATA)
@require_safe
def order_model(request: HttpRequest) -> HttpResponseBase:
    """The empty workbook to send with an order: the columns, and a sheet that explains them."""
    year = timezone.localdate().year - ORDER_LAG
    return export_response(
        request,
        [],
        model.columns(),
        fmt="xlsx",
        filename=f"modele-commande-ess-{year}",
        title="Commande de statistiques sur l’ESS",
        source_lines=model.instructions(year),
    )


@capability_required(Capability.IMPORT_DATA)
@require_safe
def order_example(request: HttpRequest) -> HttpResponseBase:
    """A few invented lines in the same layout."""
    year = timezone.localdate().year - ORDER_LAG
    return export_response(
        request, model.example_rows(year), model.columns(), fmt="csv", filename=f"exemple-commande-ess-{year}", title="Exemple"
    )
