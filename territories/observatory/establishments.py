"""The public list of establishments of a territory: what can be asked, and the rows it gives.

A unit in partial diffusion (status P) is counted and never named: neither its name, nor a search that would find it by name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from territories.foundations.formats import date_fr
from territories.foundations.text import fold
from territories.foundations.vocabulary import (
    SECTOR_LABELS,
    SECTORS,
    SIZE_BANDS,
    SIZE_GROUPS,
    TRANCHES,
    UNCLASSIFIED_LABEL,
    EssFamily,
)
from territories.geography.models import Commune, Territory
from territories.observatory.enums import LABEL_KINDS, ListKind, ListState, Qualification
from territories.observatory.models import Dataset, Establishment, SirenList, SirenListEntry

NOT_DIFFUSED = "[non diffusible]"
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "nom": ("Nom", ("is_partly_diffused", "search", "siret")),
    "taille": ("Taille, les plus grands d’abord", ("-is_employer", "-size_band", "is_partly_diffused", "search", "siret")),
    "commune": ("Commune", ("commune_code", "is_partly_diffused", "search", "siret")),
}


class LongSelect(forms.Select):
    """A list of choices written in one go: the 1 228 communes of a région, each by its own template, take 0.2 s."""

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        chosen = "" if value is None else str(value)
        options = format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((key, SafeString(" selected") if str(key) == chosen else "", label) for key, label in self.choices),
        )
        return format_html("<select{}>{}</select>", flatatt(self.build_attrs({**self.attrs, "name": name}, attrs)), options)


class EstablishmentFilter(forms.Form):
    """What one may ask of the list. Every field is optional; an unknown value is refused in words."""

    texte = forms.CharField(label="Nom contient", required=False, max_length=80)
    famille = forms.ChoiceField(
        label="Famille", required=False, choices=[("", "Toutes"), *((family.value, family.label) for family in EssFamily)]
    )
    secteur = forms.ChoiceField(
        label="Secteur d’activité", required=False, choices=[("", "Tous"), *((sector.key, sector.label) for sector in SECTORS)]
    )
    tranche = forms.ChoiceField(label="Salariés", required=False, choices=[("", "Toutes tailles"), *SIZE_GROUPS])
    commune = forms.ChoiceField(label="Commune", required=False)
    employeur = forms.ChoiceField(
        label="Employeurs",
        required=False,
        choices=[("oui", "Employeurs"), ("non", "Sans salarié"), ("tous", "Tous")],
    )
    label = forms.ChoiceField(label="Agrément ou label", required=False)
    tri = forms.ChoiceField(label="Trier par", required=False, choices=[(key, label) for key, (label, _) in SORTS.items()])

    def __init__(self, data: Any, *, communes: list[tuple[str, str]], labels: Sequence[SirenList] = ()) -> None:
        super().__init__(data)
        if labels:
            found = [("", "Tous"), *((one.kind, LABEL_KINDS[ListKind(one.kind)]) for one in labels)]
            self.fields["label"] = forms.ChoiceField(label="Agrément ou label", required=False, choices=found)
        else:
            del self.fields["label"]
        # Given as a new field: the choices depend on the territory.
        choices = [("", "Toutes"), *communes]
        self.fields["commune"] = forms.ChoiceField(label="Commune", required=False, choices=choices, widget=LongSelect)
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"

    def clean_employeur(self) -> str:
        return self.cleaned_data["employeur"] or "oui"

    def clean_tri(self) -> str:
        return self.cleaned_data["tri"] or "nom"

    def active(self) -> list[tuple[str, str]]:
        """What narrows the list, in words: (label, value)."""
        words = []
        for name in ("texte", "famille", "secteur", "tranche", "commune", "label"):
            value = self.cleaned_data.get(name)
            if value:
                field = self.fields[name]
                shown = _label(field, value) if isinstance(field, forms.ChoiceField) else value
                words.append((str(field.label), str(shown)))
        return words


def _label(field: forms.ChoiceField, value: str) -> str:
    """The words of a choice of a list without groups."""
    return next((str(label) for key, label in field.widget.choices if key == value), value)


def commune_choices(territory: Territory) -> list[tuple[str, str]]:
    """The communes of a territory, by name."""
    return list(Commune.objects.filter(territories=territory).order_by("search", "code").values_list("code", "name"))


def establishments_of(territory: Territory, dataset: Dataset, asked: dict[str, str]) -> QuerySet[Establishment]:
    """The establishments of the perimeter in the territory that answer the cleaned filter, in a total order."""
    rows = Establishment.objects.filter(
        dataset=dataset,
        qualification=Qualification.INCLUDED,
        commune_code__in=Commune.objects.filter(territories=territory).values("code"),
    )
    if asked["employeur"] != "tous":
        rows = rows.filter(is_employer=asked["employeur"] == "oui")
    for field, name in (("family", "famille"), ("sector", "secteur"), ("commune_code", "commune")):
        if asked[name]:
            rows = rows.filter(**{field: asked[name]})
    if asked["tranche"]:
        rows = rows.filter(size_band__in=[band.code for band in SIZE_BANDS if band.group == asked["tranche"]])
    if asked["texte"]:
        word = fold(asked["texte"])
        rows = rows.filter(Q(search__contains=word), is_partly_diffused=False)
    if asked.get("label"):
        listed = SirenListEntry.objects.filter(list__state=ListState.ACTIVE, list__kind=asked["label"])
        rows = rows.filter(siren__in=listed.values("siren"), is_partly_diffused=False)
    return rows.order_by(*SORTS[asked["tri"]][1])


def label_lists() -> list[SirenList]:
    """The lists in force whose enterprises wear a label, in the order in which labels are shown."""
    order = list(LABEL_KINDS)
    found = SirenList.objects.in_force().filter(kind__in=order)
    return sorted(found, key=lambda one: order.index(ListKind(one.kind)))


def labels_of(lists: Sequence[SirenList], sirens: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """The labels of each SIREN by these lists: (« Esus », « SIAE »). One query; `sirens` narrows it to those of a page."""
    if not lists:
        return {}
    order = {one.pk: rank for rank, one in enumerate(lists)}
    rows = SirenListEntry.objects.filter(list__in=list(order))
    if sirens is not None:
        rows = rows.filter(siren__in=sirens)
    found: dict[str, list[int]] = {}
    for siren, key in rows.order_by("siren", "pk").values_list("siren", "list_id"):
        found.setdefault(siren, []).append(order[key])
    return {siren: tuple(LABEL_KINDS[ListKind(lists[rank].kind)] for rank in sorted(ranks)) for siren, ranks in found.items()}


def label_sources(lists: Sequence[SirenList]) -> list[str]:
    """« Esus : Agrément Esus au 1er mars 2026 (ministère…, Licence Ouverte 2.0). »: what says the labels, and when."""
    return [
        f"{LABEL_KINDS[ListKind(one.kind)]}\u00a0: {one.title} au {date_fr(one.dated_on)} ({one.source}, {one.licence})."
        for one in lists
    ]


@dataclass(frozen=True)
class Row:
    """An establishment as shown and exported."""

    name: str
    is_named: bool
    siret: str
    family: str
    sub_family: str
    sector: str
    band: str
    commune: str
    commune_code: str
    postal_code: str
    ape: str
    motive: str
    created: str
    labels: tuple[str, ...] = ()


def row_of(establishment: Establishment, names: Mapping[str, str], labels: Mapping[str, tuple[str, ...]] | None = None) -> Row:
    """The public row of an establishment; `names` are those of the communes by code, `labels` those of the SIREN."""
    named = not establishment.is_partly_diffused
    band = TRANCHES.get(establishment.size_band)
    return Row(
        name=(establishment.usual_name or establishment.name or NOT_DIFFUSED) if named else NOT_DIFFUSED,
        is_named=named,
        siret=establishment.siret,
        family=establishment.family,
        sub_family=establishment.sub_family,
        sector=SECTOR_LABELS.get(establishment.sector, UNCLASSIFIED_LABEL),
        band=band.label if band is not None else "Non renseignée",
        commune=names.get(establishment.commune_code, establishment.commune_code),
        commune_code=establishment.commune_code,
        postal_code=establishment.postal_code if named else "",
        ape=establishment.ape,
        motive=establishment.motive,
        created=establishment.created_on.isoformat() if establishment.created_on else "",
        labels=(labels or {}).get(establishment.siren, ()) if named else (),
    )
