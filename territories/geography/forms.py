"""Forms of the geography. They validate shape; the operations validate rules."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

from territories.access.models import User
from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import GZIP, JSON
from territories.foundations.files.uploads import accept
from territories.geography.contours import DEFAULT_TOLERANCE, DRAWN_KINDS, LARGEST_TOLERANCE
from territories.geography.enums import COMPOSED_CHOICES, TerritoryKind, TerritoryRole


class _FieldsOnly:
    """The template writes the form tag, the token, the summary of errors and the buttons."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(*self.fields)


class DescriptionForm(_FieldsOnly, forms.Form):
    name = forms.CharField(
        label="Nom", max_length=150, help_text="Celui que le territoire emploie, par exemple «\u00a0Pays de Retz\u00a0»."
    )
    description = forms.CharField(
        label="Présentation",
        max_length=300,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text="Facultative. Une ou deux phrases, montrées avec le portrait du territoire.",
    )


class CompositionForm(DescriptionForm):
    kind = forms.ChoiceField(label="Nature", choices=COMPOSED_CHOICES, initial=TerritoryKind.PAYS, widget=forms.RadioSelect)
    field_order = ("kind", "name", "description")


class MemberForm(_FieldsOnly, forms.Form):
    email = forms.EmailField(
        label="Adresse électronique du compte",
        widget=forms.EmailInput({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    role = forms.ChoiceField(label="Rôle", choices=TerritoryRole.choices, widget=forms.RadioSelect)

    user: User

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        user = User.objects.filter(email__iexact=email, is_active=True).first()
        if user is None:
            raise forms.ValidationError(
                "Aucun compte ouvert à cette adresse. Vérifiez-la, ou demandez à l’administration d’inviter cette personne."
            )
        self.user = user
        return email


class OutlinesForm(_FieldsOnly, forms.Form):
    file = forms.FileField(
        label="Fichier GeoJSON",
        help_text=(
            "En longitude et latitude, 200\u00a0Mo au plus, compressé (.gz) ou non. Donnez de préférence les communes\u00a0: "
            "EPCI, départements et régions en sont déduits."
        ),
        widget=forms.ClearableFileInput({"accept": ".geojson,.json,.gz"}),
    )
    kind = forms.ChoiceField(
        label="Nature des contours",
        required=False,
        choices=[("", "La reconnaître d’après les codes"), *((kind.value, kind.label) for kind in DRAWN_KINDS)],
    )
    tolerance = forms.FloatField(
        label="Simplification, en mètres",
        min_value=0,
        max_value=LARGEST_TOLERANCE,
        initial=DEFAULT_TOLERANCE,
        help_text="100\u00a0m convient aux cartes d’un EPCI ou de la région\u00a0; 0 garde tous les points.",
    )
    source = forms.CharField(
        label="Source à citer sous les cartes",
        max_length=200,
        help_text="Par exemple «\u00a0IGN, Admin Express 2026 (Licence Ouverte)\u00a0».",
    )

    def stored(self, by: User) -> StoredFile:
        """Keep the file sent. Raises ValidationError when it is too large or no JSON."""
        return accept(self.cleaned_data["file"], allowed={JSON, GZIP}, by=by)
