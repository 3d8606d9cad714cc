"""The form of a figure published by somebody else."""

from typing import Any, ClassVar

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.models import ReferenceValue
from territories.observatory.references import MEASURES

FIRST_YEAR = 1990


class ReferenceForm(forms.ModelForm):
    """A published figure: of which territory, what, how much, from where. Shares are typed in percent."""

    kind = forms.ChoiceField(label="Niveau", choices=TerritoryKind.choices, initial=TerritoryKind.EPCI)
    code = forms.CharField(
        label="Code du territoire",
        max_length=40,
        help_text=(
            "Code Insee de la commune, SIREN de l’EPCI, numéro du département ou de la région, «\u00a0F\u00a0» pour la France."
        ),
    )
    indicator = forms.ChoiceField(label="Indicateur", choices=[(key, measure.label) for key, measure in MEASURES.items()])
    value = forms.FloatField(
        label="Valeur publiée", localize=True, help_text="Une part s’écrit en pour cent\u00a0: 11,8.", min_value=-100
    )
    year = forms.IntegerField(label="Année décrite", min_value=FIRST_YEAR)
    url = forms.URLField(label="Adresse de la publication", required=False, max_length=400, assume_scheme="https")

    class Meta:
        model = ReferenceValue
        fields = (
            "kind",
            "code",
            "indicator",
            "value",
            "year",
            "year_note",
            "precision",
            "basis",
            "perimeter",
            "source",
            "url",
            "note",
        )
        labels: ClassVar = {"basis": "Calculée sur"}
        help_texts: ClassVar = {
            "year_note": "Facultatif, quand l’année n’est pas sûre\u00a0: «\u00a0diagnostic de 2022\u00a0».",
            "source": "Qui, où, quand\u00a0: «\u00a0Insee Analyses Pays de la Loire n°\u00a052, octobre 2017\u00a0».",
            "note": "Vos mots, pas ceux de la publication.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False

    def clean_year(self) -> int:
        year: int = self.cleaned_data["year"]
        if year > timezone.localdate().year:
            raise ValidationError("Cette année n’est pas encore écoulée.")
        return year

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind, code, indicator = cleaned.get("kind"), (cleaned.get("code") or "").strip(), cleaned.get("indicator")
        if kind and code:
            territory = Territory.objects.current().filter(kind=kind, code=code).first()
            if territory is None:
                self.add_error("code", "Aucun territoire de ce niveau n’a ce code dans la géographie chargée.")
            else:
                self.instance.territory_name = territory.name
        if indicator and "value" in cleaned:
            self.instance.unit = MEASURES[indicator].unit
            if MEASURES[indicator].unit != "percent" and cleaned["value"] < 0:
                self.add_error("value", "Un nombre ne peut pas être négatif.")
            elif MEASURES[indicator].unit == "percent" and cleaned["value"] > 100:
                self.add_error("value", "Une part ne dépasse pas 100\u00a0%.")
        return cleaned
