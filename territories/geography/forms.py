"""Forms of the geography. They validate shape; the operations validate rules."""

from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from django import forms

from territories.access.models import User
from territories.foundations.files.images import MOST_BYTES, ImageRefused, clean_png
from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import GZIP, JSON
from territories.foundations.files.uploads import accept
from territories.geography.contours import DEFAULT_TOLERANCE, DRAWN_KINDS, LARGEST_TOLERANCE
from territories.geography.enums import COMPOSED_CHOICES, TerritoryKind, TerritoryRole

HEXADECIMAL = r"\A#[0-9a-fA-F]{6}\Z"
NO_COLOUR = "Une couleur s’écrit avec un croisillon et six chiffres ou lettres de A à F, par exemple #1a6350."


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


class BrandForm(_FieldsOnly, forms.Form):
    """Logo, colours and words of a territory. Colours are of the shape `#rrggbb`."""

    logo = forms.FileField(
        label="Logo",
        required=False,
        widget=forms.FileInput({"accept": "image/png,image/jpeg,image/webp"}),
        help_text="PNG, JPEG ou WebP, 2\u00a0Mo au plus. Un PNG sur fond transparent donne le meilleur résultat.",
    )
    primary = forms.RegexField(
        HEXADECIMAL,
        label="Couleur principale",
        widget=forms.TextInput({"type": "color"}),
        error_messages={"invalid": NO_COLOUR},
        help_text="Titres, filets et barres des graphiques du territoire.",
    )
    accent = forms.RegexField(
        HEXADECIMAL,
        label="Couleur d’accent",
        widget=forms.TextInput({"type": "color"}),
        error_messages={"invalid": NO_COLOUR},
        help_text="Nom du territoire, numéros des graphiques, puces.",
    )
    name = forms.CharField(
        label="Nom court", max_length=80, required=False, help_text="Facultatif, par exemple «\u00a0COMPA\u00a0»."
    )
    baseline = forms.CharField(
        label="Ligne sous le logo", max_length=120, required=False, help_text="Facultative, sur la couverture seulement."
    )

    def clean_logo(self) -> bytes | None:
        """The bytes of a new logo, already read as a picture; None when none is sent."""
        sent = self.cleaned_data["logo"]
        if sent is None:
            return None
        if sent.size > MOST_BYTES:
            raise forms.ValidationError("L’image dépasse 2\u00a0Mo. Réduisez-la, puis recommencez.")
        content: bytes = sent.read()
        try:
            clean_png(content)
        except ImageRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return content


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
