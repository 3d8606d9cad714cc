"""Files of the public portrait: each drawing as SVG and PNG, each table as XLSX, ODS and CSV."""

from collections.abc import Callable
from datetime import date

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from territories.access.enums import Capability
from territories.access.policy import capability_required
from territories.foundations.exports.responses import export_response
from territories.foundations.rendering.document import Chart, Map
from territories.observatory.drawings import KEPT_SECONDS, png_of, svg_of
from territories.observatory.exhibits import exhibit
from territories.observatory.portrait import Portrait, current_release, load_portrait
from territories.observatory.public_pages import COMPARE, comparison_of, kept_key, public_page, territory_or_404
from territories.observatory.table_files import columns_and_rows, table_of

FORMS = ("xlsx", "ods", "csv")
CONTENT_TYPES = {"svg": "image/svg+xml", "png": "image/png"}


def _portrait(request: HttpRequest, kind: str, code: str) -> Portrait:
    territory = territory_or_404(kind, code)
    comparison = comparison_of(territory, request.GET.getlist(COMPARE))
    portrait = load_portrait(territory, compare=comparison.territories)
    if not portrait.has_figures:
        raise Http404("Ce territoire n’a pas de chiffres publiés.")
    return portrait


def _drawing(portrait: Portrait, name: str) -> Chart | Map:
    found = exhibit(portrait, name)
    if found is None or not isinstance(found.block, Chart | Map):
        raise Http404("Ce portrait n’a pas ce graphique.")
    return found.block


def file_name(portrait: Portrait, name: str, suffix: str) -> str:
    """« ess-cc-du-pays-d-ancenis-families-2026-11.svg »."""
    day: date = portrait.released_on
    return f"ess-{portrait.territory.slug}-{name}-{day:%Y-%m}.{suffix}"


def _file(content: bytes | str, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _chart(
    request: HttpRequest, kind: str, code: str, name: str, *, suffix: str, draw: Callable[[Chart | Map], bytes | str]
) -> HttpResponse:
    """The file of a chart, kept with its name until the next release: a second request reads no table at all."""
    territory = territory_or_404(kind, code)
    comparison = comparison_of(territory, request.GET.getlist(COMPARE))
    key = kept_key(f"chart-{name}-{suffix}", current_release(), territory, comparison)
    kept: tuple[bytes | str, str] | None = cache.get(key)
    if kept is None:
        portrait = _portrait(request, kind, code)
        kept = (draw(_drawing(portrait, name)), file_name(portrait, name, suffix))
        cache.set(key, kept, KEPT_SECONDS)
    content, filed_as = kept
    return _file(content, CONTENT_TYPES[suffix], filed_as)


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def chart_svg(request: HttpRequest, kind: str, code: str, name: str) -> HttpResponse:
    return _chart(request, kind, code, name, suffix="svg", draw=svg_of)


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def chart_png(request: HttpRequest, kind: str, code: str, name: str) -> HttpResponse:
    return _chart(request, kind, code, name, suffix="png", draw=png_of)


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_page
def table(request: HttpRequest, kind: str, code: str, name: str, form: str) -> HttpResponseBase:
    """The whole table, numbers as numbers, statuses in their own columns' text, source under it."""
    if form not in FORMS:
        raise Http404("Cette forme de fichier n’existe pas.")
    portrait = _portrait(request, kind, code)
    found = table_of(portrait, name)
    if found is None:
        raise Http404("Ce portrait n’a pas ce tableau.")
    columns, rows = columns_and_rows(found)
    return export_response(
        request,
        rows,
        columns,
        fmt=form,
        filename=file_name(portrait, name, form).removesuffix(f".{form}"),
        title=f"{found.caption} – {portrait.territory.name}",
        source_lines=[line for line in (found.source, *found.legend_lines(), *found.notes) if line],
    )
