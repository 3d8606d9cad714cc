"""The public list of establishments of a territory: what can be asked, and the rows it gives.

A unit in partial diffusion (status P) is counted and never named: neither its name, nor a search that would find it by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

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
from territories.observatory.enums import Qualification
from territories.observatory.models import Dataset, Establishment

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
    tri = forms.ChoiceField(label="Trier par", required=False, choices=[(key, label) for key, (label, _) in SORTS.items()])

    def __init__(self, data: Any, *, communes: list[tuple[str, str]]) -> None:
        super().__init__(data)
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
        for name in ("texte", "famille", "secteur", "tranche", "commune"):
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
    return rows.order_by(*SORTS[asked["tri"]][1])


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


def row_of(establishment: Establishment, names: Mapping[str, str]) -> Row:
    """The public row of an establishment; `names` are those of the communes by code."""
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
    )
