"""The pages of the perimeter: versions, comparison, draft, preview, adoption."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_required
from territories.foundations.files.responses import send
from territories.foundations.formats import nombre
from territories.foundations.jobs.models import Job
from territories.foundations.rendering.document import Column, Figure, Table
from territories.geography.enums import TerritoryKind
from territories.observatory import perimeter_versions as versions
from territories.observatory.imports import ImportRefused
from territories.observatory.models import Dataset, Perimeter
from territories.observatory.perimeter import PerimeterError
from territories.observatory.perimeter_edit import (
    FAMILIES,
    added_lines,
    category_groups,
    content_of,
    list_choices,
    typed_content,
)
from territories.observatory.previews import KIND as PREVIEW
from territories.observatory.previews import family_label, request_preview
from territories.observatory.reloading import request_reload, sources_of, waiting_decisions
from territories.observatory.rules import used_lists
from territories.observatory.sirene.account import LIST_LABELS


def _actor(request: HttpRequest) -> User:
    """The account of the request: these pages are never anonymous."""
    return User.objects.get(pk=request.user.pk)


def _version(code: str) -> Perimeter:
    return get_object_or_404(Perimeter.objects.select_related("copied_from", "created_by", "published_by"), code=code)


def _standing(version: Perimeter, active: Dataset | None, next_one: Perimeter | None) -> tuple[str, str]:
    """The state of a version in words, and its colour."""
    if version.is_draft:
        return "Brouillon", "warning"
    used = active is not None and active.perimeter_id == version.pk
    if next_one is not None and next_one.pk == version.pk:
        return ("En usage", "success") if used else ("Adoptée, au prochain chargement", "current")
    return ("En usage jusqu’au prochain chargement", "current") if used else ("Remplacée", "")


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def perimeters(request: HttpRequest) -> HttpResponse:
    active, next_one = Dataset.objects.active(), Perimeter.objects.published()
    rows = [
        (version, *_standing(version, active, next_one))
        for version in Perimeter.objects.select_related("copied_from", "created_by", "published_by").order_by(
            "-created_at", "code"
        )
    ]
    context = {"rows": rows, "active": active, "next_one": next_one, "waiting": waiting_decisions()}
    return render(request, "observatory/staff/perimeters.html", context)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def perimeter(request: HttpRequest, code: str) -> HttpResponse:
    version = _version(code)
    active, next_one = Dataset.objects.active(), Perimeter.objects.published()
    state, state_kind = _standing(version, active, next_one)
    content = version.content
    context = {
        "version": version,
        "state": state,
        "state_kind": state_kind,
        "groups": category_groups(content) if content else [],
        "activities": content.get("excluded_activities", ()),
        "lists": [LIST_LABELS[name] for name in used_lists(content)],
        "others": Perimeter.objects.exclude(pk=version.pk).order_by("-created_at", "code"),
        "is_next": next_one is not None and next_one.pk == version.pk,
        "figures": _content_figures(content),
    }
    return render(request, "observatory/staff/perimeter.html", context)


def _content_figures(content: dict[str, Any]) -> list[Figure]:
    categories = content.get("legal_categories", ())
    return [
        Figure(nombre(sum(row["included"] for row in categories)), "catégories juridiques incluses"),
        Figure(nombre(sum(row["to_validate"] for row in categories)), "à valider"),
        Figure(nombre(len(content.get("excluded_activities", ()))), "activités exclues"),
    ]


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def perimeters_compare(request: HttpRequest) -> HttpResponse:
    """Two versions side by side; without choice, the version in use and the last one made."""
    every = list(Perimeter.objects.order_by("-created_at", "code"))
    by_code = {version.code: version for version in every}
    first, second = by_code.get(request.GET.get("avant", "")), by_code.get(request.GET.get("apres", ""))
    found = versions.differences(first.content, second.content) if first and second else []
    context = {"every": every, "first": first, "second": second, "differences": found}
    return render(request, "observatory/staff/perimeters_compare.html", context)


@capability_required(Capability.QUALIFY)
@require_POST
def perimeter_copy(request: HttpRequest, code: str) -> HttpResponse:
    version = _version(code)
    try:
        draft = versions.copy_as_draft(
            version, name=request.POST.get("nom", ""), note=request.POST.get("note", ""), by=_actor(request)
        )
    except versions.VersionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(version)
    messages.success(request, f"Le brouillon «\u00a0{draft.name}\u00a0» est ouvert\u00a0: rien ne change avant son adoption.")
    return redirect("observatory:perimeter_edit", draft.code)


@capability_required(Capability.QUALIFY)
@require_http_methods(["GET", "HEAD", "POST"])
def perimeter_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Edit a draft: one form. A refused form comes back as typed."""
    draft = _version(code)
    if not draft.is_draft:
        messages.error(request, "Cette version est adoptée\u00a0: elle ne change plus. Copiez-la pour en faire une nouvelle.")
        return redirect(draft)
    error, changed, edition = "", [], draft.edition
    if request.method == "POST":
        given = request.POST.get("edition", "")
        edition = int(given) if given.isdigit() and len(given) < 9 else 0
        try:
            versions.save_draft(
                draft,
                content=content_of(draft.content, request.POST),
                name=request.POST.get("nom", ""),
                note=request.POST.get("note", ""),
                edition=edition,
                by=_actor(request),
            )
        except versions.EditedMeanwhile as meanwhile:
            # Saving again, having read what changed, keeps what was typed here.
            error, changed, edition = str(meanwhile), meanwhile.differences, draft.edition
        except (versions.VersionRefused, PerimeterError) as refusal:
            error = str(refusal)
        else:
            messages.success(request, "Le brouillon est enregistré.")
            return redirect("observatory:perimeter", draft.code)
    return render(request, "observatory/staff/perimeter_edit.html", _edit_context(request, draft, error, changed, edition))


def _edit_context(
    request: HttpRequest, draft: Perimeter, error: str, changed: list[versions.Difference], edition: int
) -> dict[str, Any]:
    posted: QueryDict | None = request.POST if request.method == "POST" else None
    shown = typed_content(draft.content, posted) if posted is not None else draft.content
    kept = (
        set(posted.getlist("activite")) if posted is not None else {row["class"] for row in draft.content["excluded_activities"]}
    )
    groups = [
        (
            group.title,
            [
                (
                    f"c{rank}",
                    row,
                    row.get("typed_included", row["included"]),
                    row.get("typed_family", row["family"]),
                )
                for rank, row in group.rows
            ],
        )
        for group in category_groups(shown)
    ]
    categories, activities = added_lines(posted)
    return {
        "draft": draft,
        "error": error,
        "changed": changed,
        "edition": edition,
        "name": posted.get("nom", "") if posted is not None else draft.name,
        "note": posted.get("note", "") if posted is not None else draft.note,
        "groups": groups,
        "families": FAMILIES,
        "activities": [(row, row["class"] in kept) for row in draft.content["excluded_activities"]],
        "lists": list_choices(shown),
        "new_categories": categories,
        "new_activities": activities,
    }


@capability_required(Capability.QUALIFY)
@require_POST
def perimeter_delete(request: HttpRequest, code: str) -> HttpResponse:
    draft = _version(code)
    try:
        versions.delete_draft(draft, by=_actor(request))
    except versions.VersionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(draft)
    messages.success(request, f"Le brouillon «\u00a0{draft.name}\u00a0» est supprimé.")
    return redirect("observatory:perimeters")


# --- Before adopting -----------------------------------------------------------------------------------------------------


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def perimeter_preview(request: HttpRequest, code: str) -> HttpResponse:
    """The last preview of a version, and the way to ask for another."""
    version = _version(code)
    preview = version.previews.select_related("dataset", "dataset__perimeter", "file").order_by("-made_at", "pk").first()
    active = Dataset.objects.active()
    next_one = Perimeter.objects.published()
    context: dict[str, Any] = {
        "version": version,
        "active": active,
        "preview": preview,
        "running": _running(version),
        "lost": sources_of(active).lost if active is not None else "",
        "is_old": preview is not None
        and (preview.edition != version.edition or active is None or preview.dataset_id != active.pk),
        "is_next": next_one is not None and next_one.pk == version.pk,
        "waiting": waiting_decisions(),
    }
    if preview is not None:
        summary = preview.summary
        context |= {
            "families": _families_table(summary),
            "departements": _places_table(summary, TerritoryKind.DEPARTEMENT, "Établissements touchés par département"),
            "epcis": _places_table(summary, TerritoryKind.EPCI, "Établissements touchés par EPCI"),
            "changes": [
                {
                    **group,
                    "lines": [
                        {
                            **line,
                            "family_before": family_label(line["family_before"]),
                            "family_after": family_label(line["family_after"]),
                        }
                        for line in group["shown"]
                    ],
                    "more": group["count"] - len(group["shown"]),
                }
                for group in summary["changes"]
            ],
        }
    return render(request, "observatory/staff/perimeter_preview.html", context)


def _running(version: Perimeter) -> Job | None:
    jobs = Job.objects.active().filter(kind=PREVIEW).order_by("created_at", "id")
    return next((job for job in jobs if job.params.get("perimeter") == version.code), None)


def _families_table(summary: dict[str, Any]) -> Table:
    columns = (
        Column("Famille"),
        Column("Employeurs, aujourd’hui", "number"),
        Column("ensuite", "number"),
        Column("Écart", "number"),
        Column("Tous, aujourd’hui", "number"),
        Column("ensuite", "number"),
        Column("Écart", "number"),
    )
    rows = []
    names = ("employers", "establishments")
    for line in summary["families"]:
        cells: list[Any] = [family_label(line["key"])]
        for name in names:
            cells += [line[name], line[f"{name}_after"], line[f"{name}_after"] - line[name]]
        rows.append(tuple(cells))
    total: list[Any] = ["Ensemble de l’ESS", *(sum(row[place] for row in rows) for place in range(1, 7))]
    return Table("Établissements de l’ESS par famille", columns, (*rows, tuple(total)), totals=1)


def _places_table(summary: dict[str, Any], kind: str, caption: str) -> Table:
    columns = (
        Column("Territoire"),
        Column("Établissements touchés", "number"),
        Column("Entrent", "number"),
        Column("Sortent", "number"),
        Column("Solde des employeurs", "number"),
    )
    rows = tuple(
        (line["name"], line["changes"], line["entering"], line["leaving"], line["employers"])
        for line in summary["territories"]
        if line["kind"] == kind
    )
    return Table(caption, columns, rows)


@capability_required(Capability.QUALIFY)
@require_POST
def perimeter_ask_preview(request: HttpRequest, code: str) -> HttpResponse:
    version, active = _version(code), Dataset.objects.active()
    if active is None:
        messages.error(request, "Aucun jeu de données actif\u00a0: chargez d’abord les fichiers Sirene.")
        return redirect("observatory:perimeter_preview", version.code)
    return redirect(request_preview(version, active, by=_actor(request)))


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def perimeter_preview_file(request: HttpRequest, code: str) -> HttpResponseBase:
    preview = _version(code).previews.select_related("file").order_by("-made_at", "pk").first()
    if preview is None or preview.file is None:
        raise Http404("Aucun aperçu pour ce périmètre.")
    return send(preview.file)


@capability_required(Capability.QUALIFY)
@require_POST
def perimeter_adopt(request: HttpRequest, code: str) -> HttpResponse:
    """Adopt, and load the same files under it when they are still there."""
    version, actor = _version(code), _actor(request)
    try:
        versions.adopt(version, by=actor)
    except versions.VersionRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(version)
    try:
        job = request_reload(perimeter=version.code, by=actor)
    except ImportRefused as refusal:
        messages.warning(request, f"«\u00a0{version.name}\u00a0» est adopté, pour le prochain chargement. {refusal}")
        return redirect("observatory:perimeters")
    messages.success(
        request, f"«\u00a0{version.name}\u00a0» est adopté\u00a0: les fichiers de Sirene sont relus sous cette version."
    )
    return redirect(job)


@capability_required(Capability.QUALIFY)
@require_POST
def reload_sirene(request: HttpRequest) -> HttpResponse:
    """« Appliquer maintenant »: the same files under the adopted version, with the lists and decisions of now."""
    try:
        job = request_reload(perimeter=None, by=_actor(request))
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("observatory:qualification")
    return redirect(job)
