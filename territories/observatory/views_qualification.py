"""The queue « à qualifier », bulk decisions, and the page of one enterprise with its history."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import allows, capability_required, check
from territories.foundations.exports.responses import export_response, fits_a_request
from territories.foundations.formats import compte, nombre
from territories.observatory import decisions
from territories.observatory import to_qualify as listing
from territories.observatory.enums import DatasetState, Verdict
from territories.observatory.forms import ToQualifyFilter
from territories.observatory.forms_perimeter import DecisionForm
from territories.observatory.models import Dataset, Establishment, EstablishmentRemark, QualificationDecision
from territories.observatory.previews import family_label
from territories.observatory.reloading import sources_of, waiting_decisions
from territories.observatory.siren_numbers import has_key

PER_PAGE = 50
# The form to which the boxes of the table and the fields below it belong.
OWNER = "decider"
STATES = {Verdict.INCLUDED: "success", Verdict.EXCLUDED: "danger", Verdict.TO_QUALIFY: "warning"}


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def qualification(request: HttpRequest) -> HttpResponse:
    """The queue of the active vintage, or the page of the SIREN or SIRET that was typed."""
    number = "".join(request.GET.get("numero", "").split())
    if number:
        if _is_number(number):
            return redirect("observatory:qualification_number", number)
        messages.error(
            request, f"«\u00a0{number[:20]}\u00a0» n’est ni un SIREN ni un SIRET valable\u00a0: vérifiez ses chiffres."
        )
    active = Dataset.objects.active()
    if active is None:
        return render(request, "observatory/staff/qualification_empty.html")
    return redirect("observatory:to_qualify", active.pk)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def to_qualify(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    """The establishments to be judged, fifty by page; `fichier` gives them as a file when they are few enough to wait for."""
    found = get_object_or_404(Dataset.objects.for_list(), pk=pk, year=None)
    form = ToQualifyFilter(request.GET, dataset=found)
    wanted = request.GET.get("fichier")
    if form.is_valid() and wanted in listing.FORMATS:
        rows = form.rows()
        if fits_a_request(rows.count(), listing.COLUMNS):
            name, title, lines = listing.file_words(found)
            return export_response(
                request,
                listing.cells_of(rows, listing.commune_names(found)),
                listing.COLUMNS,
                fmt=str(wanted),
                filename=name,
                title=title,
                source_lines=lines,
            )
    return _queue(request, found, form, DecisionForm(owner=OWNER), page=request.GET.get("page"))


def _queue(
    request: HttpRequest,
    found: Dataset,
    form: ToQualifyFilter,
    decision_form: DecisionForm,
    *,
    page: str | None,
    ticked: Collection[str] = (),
    refusal: str = "",
    whole: bool = False,
) -> HttpResponse:
    is_active = found.state == DatasetState.ACTIVE
    context: dict[str, Any] = {
        "dataset": found,
        "form": form,
        "lines": [],
        "formats": listing.FORMATS,
        "short": True,
        "page": None,
        "decision_form": decision_form,
        "refusal": refusal,
        "whole": whole,
        "is_active": is_active,
        "can_decide": is_active and allows(request.user, Capability.QUALIFY),
        "waiting": waiting_decisions(),
        "lost": sources_of(found).lost if is_active else "",
        "asked": [],
    }
    if form.is_valid():
        shown = Paginator(form.rows(), PER_PAGE).get_page(page)
        rows = list(shown)
        names = listing.commune_names(found)
        decided = decisions.decisions_on(rows)
        proposed = decisions.proposed_families(rows)
        told = decisions.lists_of(row.siren for row in rows)
        context |= {
            "page": shown,
            "lines": [
                {
                    "row": listing.line_of(row, names),
                    "decision": decided.get(row.siret),
                    "state": STATES.get(Verdict(decided[row.siret].qualification), "") if row.siret in decided else "",
                    "proposed": proposed.get(row.siren, ""),
                    "lists": ", ".join(told.get(row.siren, ())),
                    "ticked": row.siret in ticked,
                }
                for row in rows
            ],
            "short": fits_a_request(shown.paginator.count, listing.COLUMNS),
            "asked": [(name, value) for name, value in form.cleaned_data.items() if value],
        }
    return render(request, "observatory/staff/to_qualify.html", context)


@capability_required(Capability.QUALIFY)
@require_POST
def decide(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Decide of the ticked establishments, or of all that the filter finds. A refusal gives the page back as it was."""
    found = get_object_or_404(Dataset.objects.for_list(), pk=pk, year=None)
    form, decision_form = ToQualifyFilter(request.POST, dataset=found), DecisionForm(request.POST, owner=OWNER)
    ticked, whole = request.POST.getlist("cible"), request.POST.get("quoi") == "tous"
    page = request.POST.get("page")
    if not form.is_valid():
        raise Http404("Unknown filter.")

    def again(refusal: str) -> HttpResponse:
        return _queue(request, found, form, decision_form, page=page, ticked=ticked, refusal=refusal, whole=whole)

    if found.state != DatasetState.ACTIVE:
        return again("Ce jeu de données n’est plus actif\u00a0: décidez depuis la file du jeu de données actif.")
    if not decision_form.is_valid():
        return again("La décision est incomplète\u00a0: ce qui manque est dit sous la liste, à côté de chaque champ.")
    rows = form.rows()
    if whole:
        count = rows.count()
        if request.POST.get("attendu") != str(count):
            return again(
                f"Le filtre trouve maintenant {compte(count, 'établissement')}\u00a0: relisez la liste, puis recommencez."
            )
    else:
        rows = rows.filter(siret__in=ticked[: 2 * PER_PAGE])
    field = "siren" if decision_form.cleaned_data["portee"] == "siren" else "siret"
    try:
        written = decisions.decide(
            rows.order_by().values_list(field, flat=True).distinct(),
            **decision_form.values(),
            by=User.objects.get(pk=request.user.pk),
        )
    except decisions.DecisionRefused as refusal:
        return again(str(refusal))
    messages.success(request, _said(written))
    query = urlencode([(name, value) for name, value in form.cleaned_data.items() if value])
    address = reverse("observatory:to_qualify", args=[found.pk])
    return redirect(f"{address}?{query}" if query else address)


def _said(written: int) -> str:
    if not written:
        return "Rien n’a changé\u00a0: la règle du périmètre s’appliquait déjà."
    word = "décision est enregistrée" if written == 1 else "décisions sont enregistrées"
    return f"{nombre(written)} {word}\u00a0: elles compteront au prochain chargement de Sirene."


def _is_number(number: str) -> bool:
    return number.isascii() and number.isdigit() and len(number) in (9, 14) and has_key(number[:9])


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def qualification_number(request: HttpRequest, number: str) -> HttpResponse:
    """One enterprise (or one of its establishments): what Sirene and the lists say, the decisions, the remarks."""
    if not _is_number(number):
        raise Http404("Neither a SIREN nor a SIRET.")
    siren = number[:9]
    form = DecisionForm(request.POST or None, initial={"portee": "siren" if len(number) == 9 else "siret"})
    if request.method == "POST":
        check(request.user, Capability.QUALIFY)
        if form.is_valid():
            target = siren if form.cleaned_data["portee"] == "siren" else number
            try:
                written = decisions.decide([target], **form.values(), by=User.objects.get(pk=request.user.pk))
            except decisions.DecisionRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _said(written))
                return redirect("observatory:qualification_number", number)
    if len(number) == 9:
        form.fields["portee"].widget.choices = [("siren", "Toute l’entreprise (SIREN)")]
    active = Dataset.objects.active()
    rows = list(Establishment.objects.filter(dataset=active, siren=siren).order_by("siret")) if active is not None else []
    names = listing.commune_names(active) if active is not None else {}
    history = QualificationDecision.objects.filter(siren=siren).select_related("by", "taken_in").order_by("-at", "-pk")
    context = {
        "number": number,
        "siren": siren,
        "form": form,
        "active": active,
        "lines": [(listing.line_of(row, names), row.get_qualification_display(), family_label(row.family)) for row in rows],
        "lists": decisions.lists_of([siren]).get(siren, []),
        "entries": decisions.active_entries().filter(siren=siren).select_related("list").order_by("list__kind", "pk"),
        "history": [(row, STATES.get(Verdict(row.qualification), ""), family_label(row.family)) for row in history],
        "remarks": EstablishmentRemark.objects.filter(siret__startswith=siren).order_by("-sent_at", "pk"),
        "can_decide": allows(request.user, Capability.QUALIFY),
        "waiting": waiting_decisions(),
    }
    return render(request, "observatory/staff/qualification_number.html", context)
