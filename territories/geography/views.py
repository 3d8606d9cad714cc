"""Pages where a Pays or a territoire de projet is composed. The address names the territory; nothing waits in a session."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_required
from territories.foundations.formats import nombre
from territories.foundations.journal.models import JournalEntry
from territories.geography import operations
from territories.geography.composing import candidates_for, groups_of, picked_codes
from territories.geography.forms import CompositionForm, DescriptionForm
from territories.geography.models import Commune, Territory

LONGEST_QUERY = 80
_HISTORY = 50


def _actor(request: HttpRequest) -> User:
    """The account of the request: these pages are never anonymous."""
    return User.objects.get(pk=request.user.pk)


def _composed(slug: str) -> Territory:
    return get_object_or_404(Territory.objects.current().composed().select_related("millesime", "created_by"), slug=slug)


@capability_required(Capability.COMPOSE_TERRITORY)
@require_safe
def compositions(request: HttpRequest) -> HttpResponse:
    territories = Territory.objects.current().composed().select_related("created_by").order_by("search", "kind", "code")
    return render(request, "geography/compositions.html", {"territories": territories})


@capability_required(Capability.COMPOSE_TERRITORY)
@require_http_methods(["GET", "HEAD", "POST"])
def compose(request: HttpRequest) -> HttpResponse:
    """The name first: the territory exists, then receives its communes."""
    form = CompositionForm(request.POST or None)
    if form.is_valid():
        try:
            territory = operations.compose_territory(**form.cleaned_data, by=_actor(request))
        except operations.CompositionRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, f"«\u00a0{territory.name}\u00a0» est créé. Ajoutez-lui maintenant ses communes.")
            return redirect("geography:composition_communes", slug=territory.slug)
    return render(request, "geography/compose.html", {"form": form})


@capability_required(Capability.COMPOSE_TERRITORY)
@require_safe
def composition(request: HttpRequest, slug: str) -> HttpResponse:
    territory = _composed(slug)
    history = JournalEntry.objects.filter(target_kind=territory._meta.label_lower, target_id=str(territory.pk))
    context = {
        "territory": territory,
        "groups": groups_of(territory),
        "members": territory.members.select_related("user").order_by("user__full_name", "user__email", "pk"),
        "history": history.order_by("-at", "-pk")[:_HISTORY],
    }
    return render(request, "geography/composition.html", context)


@capability_required(Capability.COMPOSE_TERRITORY)
@require_http_methods(["GET", "HEAD", "POST"])
def composition_describe(request: HttpRequest, slug: str) -> HttpResponse:
    territory = _composed(slug)
    form = DescriptionForm(request.POST or None, initial={"name": territory.name, "description": territory.description})
    if form.is_valid():
        try:
            operations.describe_territory(territory, **form.cleaned_data, by=_actor(request))
        except operations.CompositionRefused as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, "Le nom et la présentation sont enregistrés.")
            return redirect("geography:composition", slug=territory.slug)
    return render(request, "geography/composition_describe.html", {"territory": territory, "form": form})


@capability_required(Capability.COMPOSE_TERRITORY)
@require_http_methods(["GET", "HEAD", "POST"])
def composition_communes(request: HttpRequest, slug: str) -> HttpResponse:
    """Pick communes and EPCI: a search, a button beside each answer, a button on each commune held."""
    territory = _composed(slug)
    if request.method == "POST":
        return _changed(request, territory)
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    groups = groups_of(territory)
    context = {"territory": territory, "query": query, "groups": groups, "candidates": candidates_for(query, groups)}
    return render(request, "geography/composition_communes.html", context)


def _changed(request: HttpRequest, territory: Territory) -> HttpResponse:
    # The buttons are not called « add » and « remove »: those names would hide methods of the form from the browser.
    query = request.POST.get("q", "").strip()[:LONGEST_QUERY]
    try:
        actor = _actor(request)
        added = operations.add_to_territory(territory, **picked_codes(request.POST.getlist("ajout")), by=actor)
        removed = operations.remove_from_territory(territory, **picked_codes(request.POST.getlist("retrait")), by=actor)
    except operations.CompositionRefused as refusal:
        messages.error(request, str(refusal))
    else:
        # With htmx the running total is read out instead.
        if "HX-Request" not in request.headers:
            messages.success(request, _said(added, removed))
    address = reverse("geography:composition_communes", kwargs={"slug": territory.slug})
    return redirect(f"{address}?{urlencode({'q': query})}" if query else address)


def _said(added: list[Commune], removed: list[Commune]) -> str:
    for communes, one, several in ((added, "ajoutée", "ajoutées"), (removed, "retirée", "retirées")):
        if len(communes) == 1:
            return f"{communes[0].name} est {one}."
        if communes:
            return f"{nombre(len(communes))} communes sont {several}."
    return "Rien n’a changé\u00a0: ces communes y étaient déjà, ou n’y étaient plus."


@capability_required(Capability.COMPOSE_TERRITORY)
@require_http_methods(["GET", "HEAD", "POST"])
def composition_delete(request: HttpRequest, slug: str) -> HttpResponse:
    territory = _composed(slug)
    if request.method == "POST":
        operations.delete_territory(territory, by=_actor(request))
        messages.success(request, f"«\u00a0{territory.name}\u00a0» est supprimé.")
        return redirect("geography:compositions")
    return render(request, "geography/composition_delete.html", {"territory": territory})
