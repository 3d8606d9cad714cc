"""Bringing statistics with jobs in: the file and its sheet, its columns, the dry run, the load."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_required
from territories.foundations.exports import Column
from territories.foundations.exports.responses import export_response
from territories.foundations.jobs.models import Job
from territories.observatory.enums import UploadState
from territories.observatory.forms_statistics import MappingForm, StatisticsForm, initial_of
from territories.observatory.imports import ImportRefused
from territories.observatory.models import ColumnMapping, Dataset, StatisticsUpload
from territories.observatory.orders import operations
from territories.observatory.orders.findings import by_kind
from territories.observatory.orders.layouts import Mapping, fitted, recognise
from territories.observatory.orders.meta import SOURCES, OrderMeta
from territories.observatory.orders.preview import Preview, guess, needs_mapping, opened, preview, unknown_words
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.statistics_pages import figures_of, findings_of, grids_of, upload_identity
from territories.observatory.to_qualify import FORMATS

RECENT = 8
STATES = {
    UploadState.CHECKED: "current",
    UploadState.LOADED: "current",
    UploadState.REFUSED: "danger",
    UploadState.CHECKING: "warning",
    UploadState.LOADING: "warning",
    UploadState.MAPPING: "warning",
}


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


@capability_required(Capability.IMPORT_DATA)
@require_http_methods(["GET", "POST"])
def import_statistics(request: HttpRequest) -> HttpResponse:
    """A file and its sheet. Known layouts go straight to the dry run, others to the naming of their columns."""
    form = StatisticsForm(request.POST or None, request.FILES or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        upload = _deposit(request, form)
        if upload is not None:
            return _next_step(request, upload)
    uploads = StatisticsUpload.objects.select_related("created_by")[:RECENT]
    context = {
        "form": form,
        "sources": [
            (source.label, f"{reverse('observatory:import_statistics')}?source={key}") for key, source in SOURCES.items()
        ],
        "uploads": [(one, operations.state_of(one).label, STATES[operations.state_of(one)]) for one in uploads],
        "mappings": ColumnMapping.objects.all(),
        "inbox": settings.INBOX_DIR,
        "current": Dataset.objects.statistics().filter(state="active").order_by("source", "-year")[:RECENT],
    }
    return render(request, "observatory/staff/import_statistics.html", context)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """The sheet of the known source asked for, or that of an upload to be sent again corrected."""
    source, again = request.GET.get("source", ""), request.GET.get("depot", "")
    # A file already chosen on the page of the yearly update.
    dropped = {"file_inbox": request.GET["fichier"]} if "fichier" in request.GET else {}
    if source in SOURCES:
        return {**initial_of(OrderMeta(source=source)), **dropped}
    try:
        upload = StatisticsUpload.objects.filter(pk=again).first() if again else None
    except (ValidationError, ValueError):
        upload = None
    if upload is None:
        return dropped
    values = initial_of(OrderMeta.from_json(upload.meta), is_demonstration=upload.is_demonstration)
    return {**values, "file_inbox": upload.inbox}


def _deposit(request: HttpRequest, form: StatisticsForm) -> StatisticsUpload | None:
    """Keep the file of a valid form; None, with an error on the form, when it is refused."""
    file = form.given_file(by=request.user)
    if file is None:
        return None
    try:
        return operations.create_upload(
            file, form.meta(), by=_person(request), is_demonstration=form.cleaned_data["is_demonstration"]
        )
    except ImportRefused as refusal:
        form.add_error(None, str(refusal))
        return None


def _next_step(request: HttpRequest, upload: StatisticsUpload) -> HttpResponse:
    try:
        with opened(upload) as source:
            wanted, known = needs_mapping(source)
            header = source.header
    except SourceProblem as problem:
        StatisticsUpload.objects.filter(pk=upload.pk).update(state=UploadState.REFUSED, problem=str(problem))
        return redirect(upload)
    if wanted:
        return redirect("observatory:statistics_mapping", pk=upload.pk)
    try:
        if known is not None and recognise(header) is None:
            operations.save_mapping(upload, Mapping.from_json(known.as_mapping()), header, name=known.name, by=known.created_by)
            messages.info(request, f"Correspondance retrouvée\u00a0: «\u00a0{known.name}\u00a0».")
        return redirect(operations.request_check(upload, by=_person(request)))
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("observatory:statistics_mapping", pk=upload.pk)


@capability_required(Capability.IMPORT_DATA)
@require_safe
def statistics_upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The report of the dry run, and what may be done next."""
    upload = get_object_or_404(StatisticsUpload.objects.select_related("mapping", "created_by"), pk=pk)
    state = operations.state_of(upload)
    report = upload.report or {}
    context = {
        "upload": upload,
        "state": state,
        "state_kind": STATES[state],
        "job": Job.objects.filter(pk=upload.job_id).first() if upload.job_id else None,
        "report": report,
        "identity": upload_identity(OrderMeta.from_json(upload.meta), report),
        "figures": figures_of(report) if report.get("observations") else [],
        "grids": grids_of(report) if report else [],
        "formats": FORMATS,
        "can_map": state in (UploadState.MAPPING, UploadState.REFUSED, UploadState.CHECKED) and not upload.problem,
        "again": f"{reverse('observatory:import_statistics')}?depot={upload.pk}",
        "datasets": _datasets_of(upload) if state == UploadState.LOADED else [],
        **findings_of(report),
    }
    return render(request, "observatory/staff/statistics_upload.html", context)


def _datasets_of(upload: StatisticsUpload) -> list[Dataset]:
    job = Job.objects.filter(pk=upload.job_id).first()
    keys = job.result.get("datasets", []) if job is not None else []
    return list(Dataset.objects.filter(pk__in=keys).order_by("-year"))


@capability_required(Capability.IMPORT_DATA)
@require_http_methods(["GET", "POST"])
def statistics_mapping(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Name the columns of a file, and translate its words."""
    upload = get_object_or_404(StatisticsUpload, pk=pk)
    if operations.state_of(upload) in (UploadState.LOADING, UploadState.LOADED):
        return redirect(upload)
    try:
        seen = preview(upload)
    except SourceProblem as problem:
        messages.error(request, str(problem))
        return redirect(upload)
    words = {column: list(several) for column, several in (upload.report or {}).get("unknown_words", {}).items()}
    form = MappingForm(request.POST or None, header=seen.header, words=words, initial=_mapping_initial(upload, seen))
    if request.method == "POST" and form.is_valid():
        answer = _use_mapping(request, upload, form, seen)
        if isinstance(answer, HttpResponse):
            return answer
        form = answer
    return render(request, "observatory/staff/statistics_mapping.html", {"upload": upload, "preview": seen, "form": form})


def _mapping_initial(upload: StatisticsUpload, seen: Preview) -> dict[str, Any]:
    layout = recognise(seen.header)
    if upload.meta.get("mapping"):
        mapping = Mapping.from_json(upload.meta["mapping"])
    elif layout is not None:
        mapping = fitted(layout.mapping, seen.header)
    else:
        mapping = Mapping(columns=guess(seen.header))
    return {
        "name": upload.mapping.name if upload.mapping else "",
        **{f"col_{name}": column for name, column in mapping.columns.items()},
        **{f"tout_{name}": word for name, word in mapping.constants.items()},
    }


def _use_mapping(request: HttpRequest, upload: StatisticsUpload, form: MappingForm, seen: Preview) -> HttpResponse | MappingForm:
    """Go on to the dry run, or give the form back with what it lacks: a column, or the meaning of a word."""
    mapping = form.mapping()
    unknown = unknown_words(upload, mapping)
    asked = {(canonical, word) for _, canonical, word in form.words}
    if any((canonical, word) not in asked for canonical, several in unknown.items() for word in several):
        again = MappingForm(request.POST, header=seen.header, words=unknown, initial=form.initial)
        again.is_valid()
        again.add_error(None, "Certains mots du fichier ne sont pas connus\u00a0: dites ce qu’ils veulent dire, ci-dessous.")
        return again
    try:
        upload = operations.save_mapping(upload, mapping, seen.header, name=form.cleaned_data["name"], by=_person(request))
        return redirect(operations.request_check(upload, by=_person(request)))
    except ImportRefused as refusal:
        form.add_error(None, str(refusal))
        return form


@capability_required(Capability.IMPORT_DATA)
@require_POST
def statistics_check(request: HttpRequest, pk: UUID) -> HttpResponse:
    upload = get_object_or_404(StatisticsUpload, pk=pk)
    try:
        return redirect(operations.request_check(upload, by=_person(request)))
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(upload)


@capability_required(Capability.IMPORT_DATA)
@require_POST
def statistics_load(request: HttpRequest, pk: UUID) -> HttpResponse:
    upload = get_object_or_404(StatisticsUpload, pk=pk)
    try:
        return redirect(operations.request_load(upload, by=_person(request)))
    except ImportRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(upload)


@capability_required(Capability.IMPORT_DATA)
@require_safe
def statistics_errors(request: HttpRequest, pk: UUID, fmt: str) -> HttpResponseBase:
    """Errors and remarks as a table to work from."""
    upload = get_object_or_404(StatisticsUpload, pk=pk)
    if fmt not in FORMATS or not upload.report:
        raise Http404(f"No export in the format {fmt!r}.")
    rows: list[list[object]] = []
    for gravity, findings, counts in (
        ("Erreur", upload.report["errors"], upload.report["error_counts"]),
        ("Remarque", upload.report["remarks"], upload.report["remark_counts"]),
    ):
        for title, advice, total, shown in by_kind(findings, counts):
            rows += [
                [gravity, title, one["line"] or None, one["column"], one["value"], one["detail"], advice, total] for one in shown
            ] or [[gravity, title, None, "", "", "", advice, total]]
    columns = [
        Column("Gravité"),
        Column("Nature"),
        Column("Ligne", "number"),
        Column("Colonne"),
        Column("Valeur"),
        Column("Précision"),
        Column("Que faire"),
        Column("Nombre de ce genre", "number"),
    ]
    return export_response(
        request,
        rows,
        columns,
        fmt=fmt,
        filename="anomalies",
        title=f"Anomalies\u00a0: {upload.name}",
        source_lines=["Les cinquante premières de chaque genre sont montrées\u00a0; toutes sont comptées."],
    )
