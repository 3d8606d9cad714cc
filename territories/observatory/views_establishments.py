"""The public list of establishments: filters, pages, files."""

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from territories.access.enums import Capability
from territories.access.policy import allows, capability_required
from territories.foundations.exports.responses import export_response, fits_a_request
from territories.observatory.establishment_files import COLUMNS, FILE_FORMS, cells_of, file_words, request_list
from territories.observatory.establishments import (
    EstablishmentFilter,
    commune_choices,
    establishments_of,
    label_lists,
    label_sources,
    labels_of,
    row_of,
)
from territories.observatory.portrait import current_release, territory_naming
from territories.observatory.public_pages import public_list, territory_or_404

PER_PAGE = 50


@login_not_required
@capability_required(Capability.READ_PORTRAIT)
@require_safe
@public_list
def establishments(request: HttpRequest, kind: str, code: str) -> HttpResponseBase:
    """The filtered list, fifty by page; `fichier` gives it as a file when it is short enough to wait for."""
    territory = territory_or_404(kind, code)
    release = current_release()
    communes = commune_choices(territory)
    labels = label_lists()
    form = EstablishmentFilter(request.GET, communes=communes, labels=labels)
    context: dict[str, Any] = {
        "territory": territory,
        "naming": territory_naming(territory),
        "form": form,
        "release": release,
        "active": [],
        "rows": [],
        "can_send": request.user.is_authenticated and allows(request.user, Capability.SEND_REMARK, territory),
    }
    if release is None or not form.is_valid():
        return render(request, "observatory/public/establishments.html", context)
    rows = establishments_of(territory, release.dataset, form.cleaned_data)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    names = dict(communes)
    short = fits_a_request(page.paginator.count, COLUMNS)
    wanted = request.GET.get("fichier")
    if wanted in FILE_FORMS and short:
        name, title, lines = file_words(territory, release, labels)
        return export_response(
            request, cells_of(rows, names, labels_of(labels)), COLUMNS, fmt=wanted, filename=name, title=title, source_lines=lines
        )
    worn = labels_of(labels, {one.siren for one in page})
    context |= {
        "page": page,
        "rows": [row_of(one, names, worn) for one in page],
        "label_sources": label_sources(labels),
        "active": form.active(),
        "short": short,
        "files": [(file_form, _query_with(request.GET, file_form)) for file_form in FILE_FORMS],
        "asked": [(name, value) for name, value in form.cleaned_data.items() if value],
    }
    return render(request, "observatory/public/establishments.html", context)


def _query_with(query: QueryDict, form: str) -> str:
    copy = query.copy()
    copy.pop("page", None)
    copy["fichier"] = form
    return f"?{copy.urlencode()}"


@login_not_required
@capability_required(Capability.REQUEST_DOCUMENT)
@require_POST
def ask_list(request: HttpRequest, kind: str, code: str) -> HttpResponse:
    """Ask for a list too long to be written while one waits, then follow its making."""
    territory = territory_or_404(kind, code)
    release = current_release()
    form = EstablishmentFilter(request.POST, communes=commune_choices(territory), labels=label_lists())
    wanted = request.POST.get("fichier", "")
    if release is None or wanted not in FILE_FORMS or not form.is_valid():
        return redirect("observatory:establishments", kind, code)
    job = request_list(territory, release, wanted, form.cleaned_data, by=request.user)
    return redirect("foundations:job", job.pk)
