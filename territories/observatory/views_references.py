"""The page « Contrôle »: what others have published beside ours, and the figures that the observatoire adds to it."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.policy import capability_required
from territories.foundations.exports import Column
from territories.foundations.exports.responses import export_response
from territories.observatory.forms_references import ReferenceForm
from territories.observatory.models import ReferenceValue
from territories.observatory.reference_operations import keep_reference, remove_reference
from territories.observatory.references import export_rows
from territories.observatory.references_page import comparisons, groups
from territories.observatory.to_qualify import FORMATS

COLUMNS = (
    Column("Territoire"),
    Column("Niveau"),
    Column("Code"),
    Column("Indicateur"),
    Column("Année publiée", "number", decimals=0),
    Column("Précision sur l’année"),
    Column("Valeur publiée", "number"),
    Column("Unité"),
    Column("Notre valeur", "number"),
    Column("Notre année", "number", decimals=0),
    Column("Écart", "number", decimals=1),
    Column("Unité de l’écart"),
    Column("Pourquoi ils peuvent différer"),
    Column("Note"),
    Column("Source"),
    Column("Adresse"),
)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def references(request: HttpRequest) -> HttpResponse:
    """Every published figure beside ours; `territoire` keeps one place."""
    place = request.GET.get("territoire", "")
    found, shown, places = comparisons(place)
    context = {
        "groups": groups(found, shown),
        "shown": shown,
        "places": places,
        "place": place,
        "total": len(found),
        "close": sum(one.is_close for one in found),
        "compared": sum(one.gap is not None for one in found),
        "formats": FORMATS,
    }
    return render(request, "observatory/staff/references.html", context)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def references_file(request: HttpRequest, fmt: str) -> HttpResponseBase:
    found, shown, _ = comparisons(request.GET.get("territoire", ""))
    lines = [f"Nos chiffres\u00a0: {shown.origin or 'aucun'}."]
    if shown.is_demonstration:
        lines.append("Nos chiffres sont des données de démonstration, inventées.")
    return export_response(
        request,
        export_rows(found),
        COLUMNS,
        fmt=fmt,
        filename="valeurs-de-controle",
        title="Contrôle\u00a0: chiffres publiés par d’autres et les nôtres",
        source_lines=lines,
    )


@capability_required(Capability.IMPORT_DATA)
@require_http_methods(["GET", "POST"])
def add_reference(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


@capability_required(Capability.IMPORT_DATA)
@require_http_methods(["GET", "POST"])
def reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    return _edit(request, get_object_or_404(ReferenceValue, pk=pk))


def _edit(request: HttpRequest, value: ReferenceValue | None) -> HttpResponse:
    form = ReferenceForm(request.POST or None, instance=value)
    if request.method == "POST" and form.is_valid():
        kept = keep_reference(form.save(commit=False), by=request.user)
        messages.success(request, f"Valeur gardée\u00a0: {kept.territory_name}, {kept.year}.")
        return redirect("observatory:references")
    return render(request, "observatory/staff/reference.html", {"form": form, "value": value})


@capability_required(Capability.IMPORT_DATA)
@require_POST
def delete_reference(request: HttpRequest, pk: UUID) -> HttpResponse:
    remove_reference(get_object_or_404(ReferenceValue, pk=pk), by=request.user)
    messages.success(request, "Valeur retirée.")
    return redirect("observatory:references")
