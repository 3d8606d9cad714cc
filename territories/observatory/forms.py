"""The forms of the team’s pages about data. They validate shape; the operations validate rules."""

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils import timezone

from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import CSV, PARQUET, TEXT, UNKNOWN, ZIP
from territories.foundations.files.uploads import accept
from territories.foundations.formats import date_fr, nombre
from territories.foundations.text import fold
from territories.observatory.decisions import with_decision, with_proposed_family
from territories.observatory.enums import FAMILY_CHOICES, PerimeterState, Qualification
from territories.observatory.models import Dataset, Establishment, Perimeter
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import inspect_file

ENDINGS: Final = (".parquet", ".csv", ".txt", ".zip")
UPLOADABLE: Final = frozenset({PARQUET, ZIP, CSV, TEXT, UNKNOWN})
# The first months of the stock files of Sirene.
OLDEST: Final = date(2017, 1, 1)


def size_fr(count: int) -> str:
    """« 2,2 Go », « 171 Mo », « 12 Ko », in units of 1 024."""
    for unit, step in (("Go", 1024**3), ("Mo", 1024**2)):
        if count >= step:
            return f"{nombre(count / step, 1 if count < 10 * step else 0)} {unit}"
    return f"{nombre(max(count / 1024, 1) if count else 0)} Ko"


def inbox_files(endings: Collection[str] = ENDINGS) -> list[tuple[str, str]]:
    """Files that may be chosen in the server’s folder: (path below it, path with size and date), the most recent first."""
    inbox = Path(settings.INBOX_DIR)
    found = []
    for path in inbox.rglob("*") if inbox.is_dir() else ():
        if path.is_file() and path.suffix.lower() in endings and not path.name.startswith("."):
            status = path.stat()
            dropped = datetime.fromtimestamp(status.st_mtime, tz=timezone.get_current_timezone())
            name = str(path.relative_to(inbox))
            found.append((-status.st_mtime, name, f"{name} – {size_fr(status.st_size)}, déposé le {date_fr(dropped.date())}"))
    return [(name, label) for _, name, label in sorted(found)]


class SireneImportForm(forms.Form):
    """Two files, each from the server’s folder or sent; the date of the stock and the perimeter may be left as they are."""

    units_inbox = forms.ChoiceField(label="Fichier du dossier de dépôt", required=False)
    units_upload = forms.FileField(label="Ou fichier envoyé depuis ce poste", required=False)
    establishments_inbox = forms.ChoiceField(label="Fichier du dossier de dépôt", required=False)
    establishments_upload = forms.FileField(label="Ou fichier envoyé depuis ce poste", required=False)
    vintage_on = forms.DateField(
        label="Date du stock",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="À laisser vide\u00a0: la date du dernier traitement lu dans le fichier est alors retenue.",
    )
    perimeter = forms.ModelChoiceField(label="Périmètre de l’ESS", queryset=Perimeter.objects.none(), empty_label=None)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choisir un fichier"), *inbox_files()]
        limit = f"{size_fr(settings.UPLOAD_LIMIT)} au plus. Au-delà, déposez le fichier dans le dossier du serveur."
        for stock in Stock:
            self.fields[f"{stock.value}_inbox"] = forms.ChoiceField(
                label=self.fields[f"{stock.value}_inbox"].label, required=False, choices=choices
            )
            upload = self.fields[f"{stock.value}_upload"]
            upload.help_text = limit
            upload.widget.attrs["accept"] = ",".join(ENDINGS)
        perimeters = Perimeter.objects.exclude(state=PerimeterState.DRAFT).order_by("-created_at", "code")
        self.fields["perimeter"] = forms.ModelChoiceField(
            label="Périmètre de l’ESS", queryset=perimeters, empty_label=None, initial=Perimeter.objects.published()
        )
        self.order_fields(list(self.base_fields))
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Fieldset("Unités légales (StockUniteLegale)", "units_inbox", "units_upload"),
            Fieldset("Établissements (StockEtablissement)", "establishments_inbox", "establishments_upload"),
            Fieldset("Précisions", "vintage_on", "perimeter"),
        )

    def clean_vintage_on(self) -> date | None:
        given = self.cleaned_data["vintage_on"]
        if given and not OLDEST <= given <= timezone.localdate():
            raise ValidationError("La date du stock doit être comprise entre 2017 et aujourd’hui.")
        return given

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        chosen = [cleaned.get(f"{stock.value}_inbox") for stock in Stock]
        if chosen[0] and chosen[0] == chosen[1]:
            self.add_error(
                "establishments_inbox",
                "Le même fichier est donné deux fois\u00a0: il faut les unités légales et les établissements.",
            )
            return cleaned
        for stock in Stock:
            self._clean_file(cleaned, stock)
        return cleaned

    def _clean_file(self, cleaned: dict[str, Any], stock: Stock) -> None:
        inbox, upload = f"{stock.value}_inbox", f"{stock.value}_upload"
        if self.errors.get(inbox) or self.errors.get(upload):
            return
        if bool(cleaned.get(inbox)) == bool(cleaned.get(upload)):
            both = cleaned.get(inbox)
            self.add_error(
                inbox,
                f"Donnez un seul fichier pour les {stock.french}\u00a0: celui du dossier de dépôt ou celui de ce "
                "poste, pas les deux."
                if both
                else f"Choisissez le fichier des {stock.french} dans le dossier de dépôt, ou envoyez-le depuis ce poste.",
            )
            return
        sent: UploadedFile | None = cleaned.get(upload)
        if sent is not None:
            if (sent.size or 0) > settings.UPLOAD_LIMIT:
                self.add_error(
                    upload,
                    f"«\u00a0{sent.name}\u00a0» pèse {size_fr(sent.size or 0)}\u00a0: un navigateur ne peut en envoyer que "
                    f"{size_fr(settings.UPLOAD_LIMIT)}. "
                    "Déposez-le dans le dossier du serveur, puis choisissez-le dans la liste.",
                )
            return
        try:
            inspect_file(Path(settings.INBOX_DIR) / cleaned[inbox], stock)
        except SourceProblem as problem:
            self.add_error(inbox, str(problem))

    def given_files(self, *, by: Any) -> dict[str, Path | StoredFile] | None:
        """The two files of a valid form, those sent being kept first; None, with an error on the field, when one is refused."""
        given: dict[str, Path | StoredFile] = {}
        for stock in Stock:
            sent = self.cleaned_data[f"{stock.value}_upload"]
            if sent is None:
                given[stock.value] = Path(settings.INBOX_DIR) / self.cleaned_data[f"{stock.value}_inbox"]
                continue
            try:
                given[stock.value] = accept(sent, allowed=UPLOADABLE, by=by)
            except ValidationError as error:
                self.add_error(f"{stock.value}_upload", error)
                return None
        return given


class ToQualifyFilter(forms.Form):
    """What one may ask of the establishments to be judged."""

    texte = forms.CharField(label="Nom ou SIREN", required=False, max_length=80)
    motif = forms.ChoiceField(label="Motif", required=False)
    categorie = forms.ChoiceField(label="Catégorie juridique", required=False)
    employeur = forms.ChoiceField(
        label="Employeurs", required=False, choices=[("", "Tous"), ("oui", "Employeurs"), ("non", "Sans salarié")]
    )

    famille = forms.ChoiceField(label="Famille proposée", required=False, choices=[("", "Toutes, ou aucune"), *FAMILY_CHOICES])
    decision = forms.ChoiceField(
        label="Décision",
        required=False,
        choices=[
            ("", "Toutes, ou aucune"),
            ("sans", "À décider"),
            ("attente", "En attente de chargement"),
            ("plus-tard", "Gardé pour plus tard"),
        ],
    )

    def __init__(self, data: Any, *, dataset: Dataset) -> None:
        super().__init__(data)
        rows = Establishment.objects.filter(dataset=dataset, qualification=Qualification.TO_QUALIFY)
        for name, field in (("motif", "motive"), ("categorie", "legal_category")):
            values = rows.order_by(field).values_list(field, flat=True).distinct()
            self.fields[name] = forms.ChoiceField(
                label=self.fields[name].label,
                required=False,
                choices=[("", "Tous" if name == "motif" else "Toutes"), *((v, v) for v in values)],
            )
        self.order_fields(list(self.base_fields))
        for asked in self.fields.values():
            asked.widget.attrs["class"] = "form-select" if isinstance(asked, forms.ChoiceField) else "form-control"
        self._rows = rows

    def rows(self) -> QuerySet[Establishment]:
        """The establishments that answer a valid filter, in a total order; those in partial diffusion are not found by name."""
        asked = self.cleaned_data
        rows = self._rows
        if asked["texte"]:
            digits = "".join(asked["texte"].split())
            if digits.isdigit():
                rows = rows.filter(siret__startswith=digits)
            else:
                rows = rows.filter(search__contains=fold(asked["texte"]), is_partly_diffused=False)
        if asked["motif"]:
            rows = rows.filter(motive=asked["motif"])
        if asked["categorie"]:
            rows = rows.filter(legal_category=asked["categorie"])
        if asked["employeur"]:
            rows = rows.filter(is_employer=asked["employeur"] == "oui")
        if asked["famille"]:
            rows = with_proposed_family(rows, asked["famille"])
        rows = with_decision(rows, asked["decision"])
        return rows.order_by("-is_employer", "search", "siret")
