"""The pages of the lists joined by SIREN: what is in force, receiving one, reading its control, putting it in force."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import allows, capability_required
from territories.foundations.formats import date_fr, nombre
from territories.foundations.jobs.models import Job
from territories.foundations.rendering.document import Figure
from territories.observatory import lists
from territories.observatory.enums import LABEL_KINDS, ListKind, ListState
from territories.observatory.forms_perimeter import ListImportForm
from territories.observatory.models import SirenList
from territories.observatory.perimeter import LISTS

STATES = {ListState.ACTIVE: "success", ListState.CHECKED: "current", ListState.RECEIVED: "warning"}
# What a list does once it is in force, by kind.
EFFECTS = {
    ListKind.ESS_FRANCE: (
        "Une société déclarée de l’ESS et inscrite ici est incluse\u00a0; "
        "une autre catégorie juridique hors périmètre, inscrite ici, est à qualifier."
    ),
    ListKind.ESUS: "Une société déclarée de l’ESS et agréée est incluse. L’agrément est montré avec l’établissement.",
    ListKind.SCOP_SCIC: "Une société inscrite ici est incluse parmi les coopératives.",
    ListKind.SIAE: "Montrée avec l’établissement, sans effet sur le périmètre.",
    ListKind.EA: "Montrée avec l’établissement, sans effet sur le périmètre.",
    ListKind.OTHER: "Gardée pour la qualification à la main, sans effet sur le périmètre.",
}


def _actor(request: HttpRequest) -> User:
    return User.objects.get(pk=request.user.pk)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_http_methods(["GET", "HEAD", "POST"])
def siren_lists(request: HttpRequest) -> HttpResponse:
    """What is in force for each nature, every list ever received, and the form of a new one."""
    may_change = allows(request.user, Capability.QUALIFY)
    if request.method == "POST":
        return _receive(request)
    return _lists_page(request, ListImportForm() if may_change else None)


@capability_required(Capability.QUALIFY)
def _receive(request: HttpRequest) -> HttpResponse:
    form = ListImportForm(request.POST, request.FILES)
    actor = _actor(request)
    file = form.given_file(by=actor) if form.is_valid() else None
    if file is None:
        return _lists_page(request, form)
    values = {name: form.cleaned_data[name] for name in ("kind", "title", "dated_on", "source", "licence")}
    _, job = lists.receive_list(file, **values, by=actor)
    return redirect(job)


def _lists_page(request: HttpRequest, form: ListImportForm | None) -> HttpResponse:
    every = list(SirenList.objects.select_related("imported_by").order_by("-imported_at", "id"))
    in_force = {kind: [one for one in every if one.kind == kind and one.state == ListState.ACTIVE] for kind in ListKind}
    context = {
        "kinds": [
            {
                "label": kind.label,
                "lists": in_force[kind],
                "effect": EFFECTS[kind],
                "decides": kind in LISTS,
                "is_label": kind in LABEL_KINDS,
            }
            for kind in ListKind
        ],
        "rows": [(one, STATES.get(ListState(one.state), "")) for one in every],
        "form": form,
    }
    return render(request, "observatory/staff/lists.html", context)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def siren_list(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(SirenList.objects.select_related("imported_by"), pk=pk)
    account = found.account
    running = Job.objects.active().filter(kind=lists.KIND, dedupe_key=f"{lists.KIND}:{found.pk}").order_by("pk").first()
    context: dict[str, Any] = {
        "list": found,
        "state_kind": STATES.get(ListState(found.state), ""),
        "effect": EFFECTS[ListKind(found.kind)],
        "running": running,
        "refusal": lists.refusal_of(found) if found.state in (ListState.CHECKED, ListState.SUPERSEDED) else "",
        "same": lists.same_in_force(found) if found.state == ListState.CHECKED else None,
        "former": SirenList.objects.in_force().filter(series=found.series).exclude(pk=found.pk).first(),
        "can_choose": found.state in (ListState.RECEIVED, ListState.CHECKED) and bool(found.headers) and running is None,
        "figures": _figures(found) if account else [],
        "identity": [
            ("Nature", found.get_kind_display()),
            ("Date de la liste", date_fr(found.dated_on)),
            ("Source", found.source),
            ("Licence", found.licence),
            ("Fichier", found.file_name),
            ("Colonne du SIREN", found.siren_column),
            ("Détails gardés", ", ".join(account.get("details", ())) or "aucun"),
            ("Empreinte sha256", found.sha256),
            ("Reçue", f"le {date_fr(found.imported_at.date())}" + (f" par {found.imported_by}" if found.imported_by else "")),
        ],
        "reasons": sorted(account.get("reasons", {}).items(), key=lambda pair: (-pair[1], pair[0])),
        "lines": account.get("lines", ()),
        "note": account.get("entries_note", ""),
    }
    return render(request, "observatory/staff/list.html", context)


def _figures(found: SirenList) -> list[Figure]:
    account = found.account
    return [
        Figure(nombre(found.siren_count), "entreprises (SIREN distincts)"),
        Figure(
            nombre(found.row_count), "lignes lues", f"dont {nombre(account['repeated'])} répétées" if account["repeated"] else ""
        ),
        Figure(nombre(found.rejected_count), "lignes écartées"),
        Figure(nombre(account["repaired"]), "zéros rendus", "SIREN dont un tableur avait ôté les premiers zéros"),
    ]


@capability_required(Capability.QUALIFY)
@require_POST
def siren_list_column(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(SirenList, pk=pk)
    try:
        job = lists.choose_column(found, request.POST.get("colonne", ""), by=_actor(request))
    except lists.ListRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    return redirect(job)


@capability_required(Capability.QUALIFY)
@require_POST
def siren_list_adopt(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(SirenList, pk=pk)
    try:
        adopted = lists.adopt_list(found, by=_actor(request))
    except lists.ListRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    if adopted.pk != pk:
        messages.info(request, "Ce fichier est déjà en vigueur\u00a0: rien n’a changé.")
    else:
        later = " Elle qualifiera au prochain chargement de Sirene." if adopted.kind in LISTS else ""
        messages.success(request, f"«\u00a0{adopted.title}\u00a0» est en vigueur.{later}")
    return redirect(adopted)


@capability_required(Capability.QUALIFY)
@require_POST
def siren_list_remove(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Withdraw a list in force, or erase one that never was."""
    found = get_object_or_404(SirenList, pk=pk)
    try:
        if found.state == ListState.ACTIVE:
            lists.withdraw_list(found, by=_actor(request))
            messages.success(request, f"«\u00a0{found.title}\u00a0» n’est plus en vigueur\u00a0; elle peut y être remise.")
            return redirect(found)
        lists.discard_list(found)
    except lists.ListRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(found)
    messages.success(request, f"«\u00a0{found.title}\u00a0» est effacée.")
    return redirect("observatory:siren_lists")
