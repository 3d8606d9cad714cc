"""The forms about the perimeter: lists, decisions, remarks. They validate shape; the operations validate rules."""

from datetime import date
from pathlib import Path
from typing import Any, Final

from crispy_forms.helper import FormHelper
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone

from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import CSV, TEXT, UNKNOWN, XLSX
from territories.foundations.files.uploads import accept
from territories.foundations.vocabulary import EssFamily
from territories.geography.models import Territory
from territories.observatory.decisions import LONGEST_MOTIVE, MOTIVES
from territories.observatory.enums import ListKind, RemarkKind, RemarkState, Verdict
from territories.observatory.establishments import LongSelect, commune_choices
from territories.observatory.forms import inbox_files, size_fr
from territories.observatory.models import EstablishmentRemark

ENDINGS: Final = (".csv", ".txt", ".xlsx")
OLDEST: Final = date(2014, 8, 1)
FAMILIES: Final = [(family.value, family.label) for family in EssFamily]


def _dress(form: forms.Form) -> None:
    """The classes of the house, and the errors tied to their fields for screen readers."""
    for name, field in form.fields.items():
        if isinstance(field.widget, forms.CheckboxInput | forms.RadioSelect | forms.HiddenInput):
            continue
        field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
        if form.is_bound and name in form.errors:
            field.widget.attrs["class"] += " is-invalid"


class ListImportForm(forms.Form):
    """A list to receive: its nature, its date, its source, and the file from the server’s folder or sent."""

    kind = forms.ChoiceField(label="Nature de la liste", choices=[("", "Choisir"), *ListKind.choices])
    title = forms.CharField(
        label="Intitulé",
        max_length=150,
        required=False,
        help_text="Laissé vide\u00a0: celui de la nature. À donner pour une «\u00a0autre liste\u00a0».",
    )
    dated_on = forms.DateField(
        label="Date de la liste",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="Celle que dit le producteur, pas celle d’aujourd’hui.",
    )
    source = forms.CharField(label="Source", max_length=200, help_text="Qui la publie, et où.")
    licence = forms.CharField(label="Licence", max_length=100, initial="Licence Ouverte 2.0")
    inbox = forms.ChoiceField(label="Fichier du dossier de dépôt", required=False)
    upload = forms.FileField(label="Ou fichier envoyé depuis ce poste", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        files = [(name, label) for name, label in inbox_files(ENDINGS)]
        self.fields["inbox"] = forms.ChoiceField(
            label=self.fields["inbox"].label, required=False, choices=[("", "Choisir un fichier"), *files]
        )
        self.fields["upload"].help_text = f"CSV ou XLSX, {size_fr(settings.UPLOAD_LIMIT)} au plus."
        self.fields["upload"].widget.attrs["accept"] = ",".join(ENDINGS)
        self.order_fields(list(self.base_fields))
        self.helper = FormHelper(self)
        self.helper.form_tag = False

    def clean_dated_on(self) -> date:
        given: date = self.cleaned_data["dated_on"]
        if not OLDEST <= given <= timezone.localdate():
            raise ValidationError("La date de la liste doit être comprise entre août 2014 (loi ESS) et aujourd’hui.")
        return given

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        kind = cleaned.get("kind", "")
        if kind and not cleaned.get("title"):
            if kind == ListKind.OTHER:
                self.add_error("title", "Donnez l’intitulé de cette liste.")
            else:
                cleaned["title"] = str(ListKind(kind).label)
        if not self.errors.get("inbox") and not self.errors.get("upload"):
            given = bool(cleaned.get("inbox")) + bool(cleaned.get("upload"))
            if given != 1:
                self.add_error(
                    "inbox",
                    "Donnez un seul fichier\u00a0: celui du dossier de dépôt ou celui de ce poste."
                    if given
                    else "Choisissez un fichier du dossier de dépôt, ou envoyez-le depuis ce poste.",
                )
        return cleaned

    def given_file(self, *, by: Any) -> Path | StoredFile | None:
        """The file of a valid form, kept first when it was sent; None, with an error on the field, when it is refused."""
        sent = self.cleaned_data["upload"]
        if sent is None:
            return Path(settings.INBOX_DIR) / self.cleaned_data["inbox"]
        try:
            return accept(sent, allowed=frozenset({CSV, TEXT, XLSX, UNKNOWN}), by=by)
        except ValidationError as error:
            self.add_error("upload", error)
            return None


class DecisionForm(forms.Form):
    """What is decided, of how many, and why. Used by the queue and by the page of one enterprise."""

    verdict = forms.ChoiceField(label="Décision", choices=[("", "Choisir"), *Verdict.choices])
    famille = forms.ChoiceField(label="Famille, si dans l’ESS", choices=[("", "Choisir"), *FAMILIES], required=False)
    sous_famille = forms.CharField(label="Sous-famille (facultative)", max_length=80, required=False)
    motif = forms.ChoiceField(
        label="Motif", choices=[("", "Choisir, ou écrire à côté"), *((text, text) for text in MOTIVES)], required=False
    )
    motif_libre = forms.CharField(label="Ou motif écrit", max_length=LONGEST_MOTIVE, required=False)
    portee = forms.ChoiceField(
        label="Porte sur",
        choices=[("siren", "Toute l’entreprise (SIREN)"), ("siret", "L’établissement (SIRET)")],
        initial="siren",
    )

    def __init__(self, *args: Any, owner: str = "", **kwargs: Any) -> None:
        super().__init__(*args, prefix="d", **kwargs)
        _dress(self)
        if owner:
            # The fields stand below the table whose boxes belong to the same form.
            for field in self.fields.values():
                field.widget.attrs["form"] = owner

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("motif") and cleaned.get("motif_libre"):
            self.add_error("motif_libre", "Un seul motif\u00a0: celui de la liste, ou celui que vous écrivez.")
        elif not cleaned.get("motif") and not cleaned.get("motif_libre"):
            self.add_error("motif", "Donnez le motif\u00a0: il est montré avec l’établissement et gardé dans l’historique.")
        if cleaned.get("verdict") == Verdict.INCLUDED and not cleaned.get("famille"):
            self.add_error("famille", "Choisissez la famille dans laquelle l’établissement sera compté.")
        return cleaned

    def values(self) -> dict[str, str]:
        """What `decisions.decide` takes, of a valid form."""
        cleaned = self.cleaned_data
        return {
            "verdict": cleaned["verdict"],
            "family": cleaned["famille"],
            "sub_family": cleaned["sous_famille"],
            "motive": cleaned["motif"] or cleaned["motif_libre"],
        }


class RemarkForm(forms.Form):
    """Something wrong about an establishment of the list, or one that is missing from it."""

    kind = forms.ChoiceField(label="Ce que vous signalez", choices=RemarkKind.choices, widget=forms.RadioSelect)
    name = forms.CharField(label="Nom de l’établissement", max_length=200, required=False)
    commune = forms.ChoiceField(label="Commune", required=False)
    text = forms.CharField(
        label="Précisions",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": 1000}),
        help_text="1 000 caractères au plus. Pas de nom ni de coordonnées de personnes.",
    )

    def __init__(self, *args: Any, territory: Territory, missing: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if missing:
            del self.fields["kind"]
            choices = [("", "Choisir"), *commune_choices(territory)]
            self.fields["commune"] = forms.ChoiceField(label="Commune", choices=choices, widget=LongSelect)
            self.fields["name"].required = self.fields["text"].required = True
            self.order_fields(["name", "commune", "text"])
        else:
            del self.fields["name"], self.fields["commune"]
            kinds = [(value, label) for value, label in RemarkKind.choices if value != RemarkKind.MISSING]
            self.fields["kind"] = forms.ChoiceField(label=self.fields["kind"].label, choices=kinds, widget=forms.RadioSelect)
            self.order_fields(["kind", "text"])
        self.helper = FormHelper(self)
        self.helper.form_tag = False


class AnswerForm(forms.Form):
    """The answer of the observatoire to a remark."""

    state = forms.ChoiceField(
        label="Suite donnée",
        choices=[(value, label) for value, label in RemarkState.choices if value != RemarkState.OPEN],
        widget=forms.RadioSelect,
    )
    answer = forms.CharField(
        label="Réponse",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": 1000}),
        help_text="Lue par la personne qui a signalé. 1 000 caractères au plus.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper(self)
        self.helper.form_tag = False


class RemarkFilter(forms.Form):
    """What one may ask of the remarks."""

    etat = forms.ChoiceField(label="État", required=False, choices=[("", "Tous"), *RemarkState.choices])
    nature = forms.ChoiceField(label="Signalé", required=False, choices=[("", "Tout"), *RemarkKind.choices])
    territoire = forms.ChoiceField(label="Territoire", required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        places = (
            EstablishmentRemark.objects.order_by("territory_name", "territory_kind", "territory_code")
            .values_list("territory_kind", "territory_code", "territory_name")
            .distinct()
        )
        choices = [("", "Tous"), *((f"{kind}:{code}", name) for kind, code, name in places)]
        self.fields["territoire"] = forms.ChoiceField(label="Territoire", required=False, choices=choices)
        _dress(self)

    def rows(self) -> QuerySet[EstablishmentRemark]:
        """The remarks that answer a valid filter, those to be treated first."""
        asked = self.cleaned_data
        rows = EstablishmentRemark.objects.select_related("sent_by", "answered_by")
        if asked["etat"]:
            rows = rows.filter(state=asked["etat"])
        if asked["nature"]:
            rows = rows.filter(kind=asked["nature"])
        if asked["territoire"]:
            kind, _, code = asked["territoire"].partition(":")
            rows = rows.filter(territory_kind=kind, territory_code=code)
        return rows.order_by("-sent_at", "pk")
