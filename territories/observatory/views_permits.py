"""The page where somebody allows parts of a dataset delivered complete to be published, and takes it back."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from territories.access.enums import Capability
from territories.access.models import User
from territories.access.policy import capability_required
from territories.geography.enums import TerritoryKind
from territories.observatory.employment.permits import WARNING, PermitRefused, sign_permit, withdraw_permit
from territories.observatory.employment.previewing import is_quick, mask_counts, mask_table
from territories.observatory.enums import DatasetState, DiffusionPolicy, ReleaseState
from territories.observatory.forms_permits import PermitForm
from territories.observatory.models import Dataset, DiffusionPermit, ReleaseSource
from territories.observatory.statistics.tables import TABLE_TITLES


def _dataset(pk: UUID) -> Dataset:
    found = get_object_or_404(Dataset.objects.statistics().select_related("millesime"), pk=pk)
    if found.policy != DiffusionPolicy.COMPLETE:
        raise Http404("Ce jeu de données ne demande pas d’autorisation de diffusion.")
    return found


def _in_words(permit: DiffusionPermit) -> dict[str, object]:
    return {
        "permit": permit,
        "tables": [TABLE_TITLES[key] for key in permit.tables if key in TABLE_TITLES],
        "kinds": [str(TerritoryKind(kind).label) for kind in permit.kinds],
        "territories": [place.partition(":")[2] for place in permit.territories],
    }


@capability_required(Capability.PUBLISH_FIGURES)
@require_http_methods(["GET", "POST"])
def permit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is allowed of a dataset, and the form to allow something else."""
    dataset = _dataset(pk)
    permits = list(dataset.permits.select_related("signed_by"))
    current = next((one for one in permits if one.withdrawn_at is None), None)
    form = PermitForm(request.POST or None, millesime=dataset.millesime, permit=current)
    if request.method == "POST" and form.is_valid() and isinstance(request.user, User):
        chosen = {name: form.cleaned_data[name] for name in ("tables", "kinds", "territories")}
        try:
            sign_permit(dataset, by=request.user, **chosen)
        except PermitRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "Autorisation signée. Elle prendra effet à la prochaine publication.")
            return redirect("observatory:permit", pk=dataset.pk)
    counted = request.GET.get("compter") == "oui" or is_quick(dataset)
    context = {
        "dataset": dataset,
        "is_active": dataset.state == DatasetState.ACTIVE,
        "form": form,
        "warning": WARNING,
        "current": None if current is None else _in_words(current),
        "former": [_in_words(one) for one in permits if one.withdrawn_at is not None],
        "is_online": ReleaseSource.objects.filter(dataset=dataset, release__state=ReleaseState.CURRENT).exists(),
        "mask": mask_table(counts) if counted and (counts := mask_counts(dataset)) else None,
        "counted": counted,
    }
    return render(request, "observatory/staff/permit.html", context)


@capability_required(Capability.PUBLISH_FIGURES)
@require_POST
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take back the permit in force; twice is the same as once."""
    dataset = _dataset(pk)
    current = dataset.permits.filter(withdrawn_at__isnull=True).first()
    if current is not None and isinstance(request.user, User):
        withdraw_permit(current, by=request.user)
        messages.success(request, "Autorisation retirée. Ce qui est en ligne y reste jusqu’à la prochaine publication.")
    return redirect("observatory:permit", pk=dataset.pk)
