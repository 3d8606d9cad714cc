"""The team’s pages about data: what is loaded, its account, what remains to be judged, loading Sirene."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_required
from territories.foundations.exports import Column
from territories.foundations.exports.responses import export_response
from territories.foundations.formats import compte, date_fr, nombre
from territories.foundations.jobs.models import Job
from territories.foundations.rendering.document import Figure
from territories.observatory import to_qualify as listing
from territories.observatory.enums import DatasetState
from territories.observatory.forms import SireneImportForm, ToQualifyFilter, inbox_files, size_fr
from territories.observatory.imports import ImportRefused, request_sirene_import
from territories.observatory.models import Dataset
from territories.observatory.orders import pipeline as orders
from territories.observatory.sirene.account import sections
from territories.observatory.sirene.pipeline import KIND
from territories.observatory.statistics_pages import changes_grid, dataset_identity, figures_of, findings_of, grids_of

STATES = {
    DatasetState.ACTIVE: "current",
    DatasetState.IMPORTING: "warning",
    DatasetState.FAILED: "danger",
}
# Where the files are published; plain addresses, no page of ours calls them.
SOURCES = (
    ("StockUniteLegale (unités légales)", "https://www.data.gouv.fr/datasets/r/825f4199-cadd-486c-ac46-a65a8ea1a047"),
    ("StockEtablissement (établissements)", "https://www.data.gouv.fr/datasets/r/0651fb76-bcf3-4f6a-a38d-bc04fa708576"),
)


def statistics_context(found: Dataset) -> dict[str, Any]:
    """The page of a dataset of statistics: identity, counts, and what its revision changed."""
    report = found.account.get("report") or {}
    return {
        "dataset": found,
        "state_kind": STATES.get(DatasetState(found.state), ""),
        "files": [{**file, "shown_size": size_fr(file["size"])} for file in found.files],
        "identity": dataset_identity(found),
        "figures": figures_of({**report, "years": [found.year]}) if report else [],
        "grids": grids_of(report) if report else [],
        "remarks": findings_of(report)["remarks"],
        "changes": changes_grid(found),
        "later": Dataset.objects.filter(source=found.source, region=found.region, year=found.year, revision__gt=found.revision)
        .exclude(state=DatasetState.IMPORTING)
        .order_by("revision"),
        "is_lightened": found.state == DatasetState.SUPERSEDED and not found.observations.exists(),
    }


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def datasets(request: HttpRequest) -> HttpResponse:
    rows = [(row, STATES.get(DatasetState(row.state), "")) for row in Dataset.objects.for_list()]
    running = Job.objects.active().filter(kind__in=(KIND, orders.IMPORT)).order_by("created_at", "id")
    context = {
        "sirene": [one for one in rows if one[0].year is None],
        "statistics": sorted(
            (one for one in rows if one[0].year is not None), key=lambda one: (one[0].source, -one[0].year, -one[0].revision)
        ),
        "running": list(running),
    }
    return render(request, "observatory/staff/datasets.html", context)


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def dataset(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Dataset.objects.for_list().select_related("revises"), pk=pk)
    if found.year is not None:
        return render(request, "observatory/staff/dataset_statistics.html", statistics_context(found))
    files = [{**file, "shown_size": size_fr(file["size"])} for file in found.files]
    context: dict[str, Any] = {
        "dataset": found,
        "state_kind": STATES.get(DatasetState(found.state), ""),
        "files": files,
        "sections": sections(found.account),
        "kept": found.account.get("kept"),
        "figures": _figures(found),
        "identity": _identity(found),
        "formats": listing.FORMATS,
    }
    return render(request, "observatory/staff/dataset.html", context)


def _figures(found: Dataset) -> list[Figure]:
    account = found.account
    if not account:
        return []
    kept = account["kept"]
    employers = sum(line["employers"] for line in kept["families"].values())
    return [
        Figure(nombre(employers), "établissements employeurs de l’ESS", "région et EPCI qui la touchent"),
        Figure(nombre(kept["included"] - employers), "établissements de l’ESS sans salarié"),
        Figure(nombre(kept["to_qualify"]), "à qualifier, non comptés"),
        Figure(nombre(account["read"]["establishments"]), "établissements lus"),
    ]


def _identity(found: Dataset) -> list[tuple[str, str]]:
    """The sheet of a vintage: what one needs to cite it."""
    coverage = found.account.get("coverage") or {}
    whole = compte(len(found.covered_departements), "département entièrement couvert", "départements entièrement couverts")
    lacking = len(found.uncovered_communes)
    return [
        ("Producteur", found.producer),
        ("Licence", found.licence),
        ("État des fichiers au", date_fr(found.vintage_on)),
        ("Tranches d’effectif", f"au 31 décembre {found.workforce_year}" if found.workforce_year else "année non renseignée"),
        (
            "Nomenclature d’activités",
            {"NAFRev2": "NAF rév. 2", "NAF2025": "NAF 2025"}.get(found.nomenclature, found.nomenclature),
        ),
        ("Périmètre", found.perimeter.name),
        ("Géographie", str(found.millesime).capitalize()),
        ("Couverture", f"{whole}, {'France entière' if coverage.get('country') else 'sans total France'}"),
        (
            "Communes du champ sans aucune ligne",
            f"{nombre(lacking)}\u00a0: les territoires qui les contiennent sont dits «\u00a0partie régionale\u00a0»"
            if lacking
            else "",
        ),
        (
            "Chargé",
            f"le {date_fr(timezone.localdate(found.imported_at))}" + (f" par {found.imported_by}" if found.imported_by else ""),
        ),
        ("Diffusion", found.get_policy_display()),
    ]


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_safe
def account_file(request: HttpRequest, pk: UUID, fmt: str) -> HttpResponseBase:
    """The whole account as one table."""
    found = get_object_or_404(Dataset.objects.for_list(), pk=pk)
    if fmt not in listing.FORMATS or found.year is not None:
        raise Http404(f"No account of {found.source!r} in the format {fmt!r}.")
    rows: list[list[object]] = []
    for section in sections(found.account):
        for row in section.rows:
            texts = [str(cell) for cell in row if isinstance(cell, str)]
            numbers = [cell for cell in row if not isinstance(cell, str)]
            heads = [head for head, cell in zip(section.columns, row, strict=True) if not isinstance(cell, str)]
            label = " – ".join(texts)
            rows.extend([section.title, label, head, number] for head, number in zip(heads, numbers, strict=True))
            if not numbers:
                rows.append([section.title, label, "", None])
    columns = [Column("Rubrique", "text"), Column("Ligne", "text"), Column("Mesure", "text"), Column("Nombre", "number")]
    return export_response(
        request,
        rows,
        columns,
        fmt=fmt,
        filename=f"compte-rendu-sirene-{found.vintage_on.isoformat()}",
        title=f"Compte rendu\u00a0: {found.title}",
        source_lines=listing.file_words(found)[2][:1],
    )


@capability_required(Capability.READ_DRAFT_FIGURES)
@require_POST
def ask_to_qualify(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The list as a file, made by a job when it is long."""
    found = get_object_or_404(Dataset.objects.for_list(), pk=pk, year=None)
    form = ToQualifyFilter(request.POST, dataset=found)
    fmt = request.POST.get("fichier", "")
    if fmt not in listing.FORMATS or not form.is_valid():
        raise Http404("Unknown format or filter.")
    return redirect(listing.request_file(found, fmt, form.cleaned_data, by=request.user))


@capability_required(Capability.IMPORT_DATA)
@require_http_methods(["GET", "POST"])
def import_sirene(request: HttpRequest) -> HttpResponse:
    form = SireneImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        given = form.given_files(by=request.user)
        if given is not None:
            try:
                job = request_sirene_import(
                    units=given["units"],
                    establishments=given["establishments"],
                    perimeter=form.cleaned_data["perimeter"].code,
                    vintage_on=form.cleaned_data["vintage_on"],
                    by=request.user if isinstance(request.user, User) else None,
                )
            except ImportRefused as refusal:
                form.add_error(None, str(refusal))
            else:
                return redirect(job)
    context = {
        "form": form,
        "active": Dataset.objects.active(),
        "running": Job.objects.active().filter(kind=KIND).order_by("created_at", "id").first(),
        "inbox": settings.INBOX_DIR,
        "inbox_count": len(inbox_files()),
        "sources": SOURCES,
    }
    return render(request, "observatory/staff/import_sirene.html", context, status=200)
