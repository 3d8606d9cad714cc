"""Remarks on establishments: sent from a territory, answered by the observatoire."""

from collections.abc import Iterable
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import allows, capability_required, check
from territories.geography.models import Commune
from territories.observatory import remarks as operations
from territories.observatory.enums import RemarkKind, RemarkState
from territories.observatory.forms_perimeter import AnswerForm, RemarkFilter, RemarkForm
from territories.observatory.models import Dataset, Establishment, EstablishmentRemark
from territories.observatory.portrait import current_release
from territories.observatory.public_pages import territory_or_404
from territories.observatory.siren_numbers import has_key

PER_PAGE = 50
STATES = {RemarkState.OPEN: "warning", RemarkState.ACCEPTED: "success", RemarkState.DECLINED: ""}


def _actor(request: HttpRequest) -> User:
    return User.objects.get(pk=request.user.pk)


@require_safe
def territory_remarks(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """« Mes remarques »: what the person sent about this territory, with the answers."""
    territory = territory_or_404(kind, code)
    check(request.user, Capability.SEND_REMARK, territory)
    rows = (
        EstablishmentRemark.objects.filter(sent_by=request.user.pk, territory_kind=territory.kind, territory_code=territory.code)
        .select_related("answered_by")
        .order_by("-sent_at", "pk")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "territory": territory,
        "page": page,
        "rows": _with_states(page),
    }
    return render(request, "observatory/remarks/mine.html", context)


def _with_states(rows: Iterable[EstablishmentRemark]) -> list[tuple[EstablishmentRemark, str, str]]:
    """Each remark with the colour of its state and the name of its commune."""
    found = list(rows)
    names = _names(found)
    return [(row, STATES.get(RemarkState(row.state), "current"), names.get(row.commune_code, row.commune_code)) for row in found]


def _names(rows: Iterable[EstablishmentRemark]) -> dict[str, str]:
    codes = {row.commune_code for row in rows}
    communes = Commune.objects.filter(millesime__is_current=True, code__in=codes).order_by("code")
    return dict(communes.values_list("code", "name"))


@require_http_methods(["GET", "HEAD", "POST"])
def territory_remark_new(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Send a remark on the establishment named by `siret`, or on one that is missing from the list."""
    territory = territory_or_404(kind, code)
    check(request.user, Capability.SEND_REMARK, territory)
    siret = request.GET.get("siret", "")
    establishment = None
    if siret:
        release = current_release()
        establishment = (
            Establishment.objects.filter(
                dataset=release.dataset,
                siret=siret,
                commune_code__in=Commune.objects.filter(territories=territory).values("code"),
            ).first()
            if release is not None
            else None
        )
        if establishment is None:
            raise Http404("No such establishment in the published list of this territory.")
    form = RemarkForm(request.POST or None, territory=territory, missing=establishment is None)
    if form.is_valid():
        given = form.cleaned_data
        try:
            operations.send_remark(
                territory,
                kind=given.get("kind", RemarkKind.MISSING),
                text=given["text"],
                by=_actor(request),
                establishment=establishment,
                name=given.get("name", ""),
                commune_code=given.get("commune", ""),
            )
        except operations.RemarkRefused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, "Votre signalement est envoyé à l’observatoire\u00a0: sa réponse paraîtra ici.")
            return redirect("observatory:territory_remarks", territory.kind, territory.code)
    name = ""
    if establishment is not None:
        hidden = establishment.is_partly_diffused
        name = operations.NOT_DIFFUSED if hidden else establishment.usual_name or establishment.name or establishment.siret
    context = {"territory": territory, "form": form, "establishment": establishment, "name": name}
    return render(request, "observatory/remarks/new.html", context)


# --- The observatoire ----------------------------------------------------------------------------------------------------


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def remarks(request: HttpRequest) -> HttpResponse:
    form = RemarkFilter(request.GET)
    context: dict[str, object] = {
        "form": form,
        "page": None,
        "rows": [],
        "open_count": EstablishmentRemark.objects.filter(state=RemarkState.OPEN).count(),
    }
    if form.is_valid():
        page = Paginator(form.rows(), PER_PAGE).get_page(request.GET.get("page"))
        context |= {"page": page, "rows": _with_states(page)}
    return render(request, "observatory/staff/remarks.html", context)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def remark(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A remark, what Sirene says of the establishment, and the answer."""
    found = get_object_or_404(EstablishmentRemark.objects.select_related("sent_by", "answered_by"), pk=pk)
    initial = {"answer": found.answer} | ({"state": found.state} if found.state != RemarkState.OPEN else {})
    form = AnswerForm(request.POST or None, initial=initial)
    if request.method == "POST":
        check(request.user, Capability.QUALIFY)
        if form.is_valid():
            try:
                operations.answer_remark(found, **form.cleaned_data, by=_actor(request))
            except operations.RemarkRefused as refusal:
                form.add_error(refusal.field or None, str(refusal))
            else:
                messages.success(request, "La réponse est enregistrée\u00a0: la personne la lira sur la page de son territoire.")
                return redirect("observatory:remarks")
    active = Dataset.objects.active()
    establishment = Establishment.objects.filter(dataset=active, siret=found.siret).first() if found.siret and active else None
    commune = Commune.objects.filter(millesime__is_current=True, code=found.commune_code).order_by("pk").first()
    context = {
        "remark": found,
        "state_kind": STATES.get(RemarkState(found.state), "current"),
        "form": form,
        "establishment": establishment,
        "commune": commune.name if commune is not None else found.commune_code,
        "can_answer": allows(request.user, Capability.QUALIFY),
        "can_qualify": bool(found.siret) and has_key(found.siret[:9]),
    }
    return render(request, "observatory/staff/remark.html", context)
