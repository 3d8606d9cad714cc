"""Finding a territory while typing, attaching people to territories, importing outlines."""

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_required
from territories.geography import operations
from territories.geography.contours import counted
from territories.geography.enums import TerritoryKind
from territories.geography.forms import MemberForm, OutlinesForm
from territories.geography.jobs import request_contours
from territories.geography.models import Millesime, Outline, Territory, TerritoryMember
from territories.geography.queries import Found, outline_sources, search_territories
from territories.geography.views import LONGEST_QUERY

_SUGGESTIONS = 10
_PAGE = 50


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """Territories for a text being typed: a fragment for htmx, or JSON (?format=json). `kinds` may be repeated."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    kinds = [kind for kind in request.GET.getlist("kinds") if kind in TerritoryKind.values]
    found = search_territories(query, kinds=kinds, limit=_SUGGESTIONS) if query else []
    if request.GET.get("format") == "json":
        return JsonResponse({"query": query, "territories": [_as_json(one) for one in found]})
    return render(request, "geography/_search_results.html", {"query": query, "found": found})


def _as_json(found: Found) -> dict[str, object]:
    territory = found.territory
    return {
        "kind": territory.kind,
        "code": territory.code,
        "name": territory.name,
        "label": territory.kind_label,
        "place": territory.place,
        "population": territory.population,
        "hint": found.hint,
        "url": territory.get_absolute_url(),
    }


@capability_required(Capability.COMPOSE_TERRITORY)
@require_safe
def attachments(request: HttpRequest) -> HttpResponse:
    """Everybody attached to a territory, and a search to attach somebody to another."""
    query = request.GET.get("q", "").strip()[:LONGEST_QUERY]
    members = (
        TerritoryMember.objects.filter(territory__millesime__is_current=True)
        .select_related("territory", "user")
        .order_by("territory__search", "user__full_name", "user__email", "pk")
    )
    page = Paginator(members, _PAGE).get_page(request.GET.get("page"))
    found = search_territories(query, limit=_SUGGESTIONS) if query else []
    return render(request, "geography/attachments.html", {"query": query, "found": found, "page": page})


@capability_required(Capability.COMPOSE_TERRITORY)
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """The people attached to one territory."""
    if kind not in TerritoryKind.values:
        raise Http404
    territory = get_object_or_404(Territory.objects.current().select_related("millesime"), kind=kind, code=code)
    form = MemberForm(request.POST or None)
    if form.is_valid():
        actor = User.objects.get(pk=request.user.pk)
        member = operations.attach_member(territory, user=form.user, role=form.cleaned_data["role"], by=actor)
        messages.success(request, f"{member.user} est rattaché(e) à «\u00a0{territory.name}\u00a0».")
        return redirect("geography:members", kind=kind, code=code)
    attached = territory.members.select_related("user").order_by("user__full_name", "user__email", "pk")
    return render(request, "geography/members.html", {"territory": territory, "members": attached, "form": form})


@capability_required(Capability.COMPOSE_TERRITORY)
@require_POST
def member_remove(request: HttpRequest, pk: int) -> HttpResponse:
    member = get_object_or_404(TerritoryMember.objects.select_related("territory", "user"), pk=pk)
    operations.detach_member(member, by=User.objects.get(pk=request.user.pk))
    messages.success(request, f"{member.user} n’est plus rattaché(e) à «\u00a0{member.territory.name}\u00a0».")
    return redirect("geography:members", kind=member.territory.kind, code=member.territory.code)


@capability_required(Capability.IMPORT_OUTLINES)
@require_http_methods(["GET", "HEAD", "POST"])
def import_outlines(request: HttpRequest) -> HttpResponse:
    """Send a file of outlines; a job reads it."""
    form = OutlinesForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        actor = User.objects.get(pk=request.user.pk)
        try:
            stored = form.stored(actor)
        except ValidationError as error:
            form.add_error("file", error)
        else:
            wanted = {name: form.cleaned_data[name] for name in ("kind", "tolerance", "source")}
            with transaction.atomic():
                job = request_contours(stored, **wanted, by=actor)
            return redirect("foundations:job", pk=job.pk)
    outlines = Outline.objects.filter(millesime__is_current=True)
    counts = dict(outlines.order_by().values_list("kind").annotate(Count("pk")))
    context = {
        "form": form,
        "millesime": Millesime.objects.filter(is_current=True).first(),
        "counts": [counted(kind, counts[kind]) for kind in TerritoryKind if kind in counts],
        "sources": outline_sources(),
    }
    return render(request, "geography/import_outlines.html", context)
