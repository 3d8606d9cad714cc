"""The forms that bring statistics in: what is said of a file, and which column is which."""

from datetime import date
from pathlib import Path
from typing import Any, Final

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Fieldset, Layout
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from territories.foundations.files.models import StoredFile
from territories.foundations.files.sniffing import CSV, TEXT, UNKNOWN, XLSX, ZIP
from territories.foundations.files.uploads import accept
from territories.observatory.enums import DiffusionPolicy, EssPerimeter
from territories.observatory.forms import inbox_files, size_fr
from territories.observatory.orders.layouts import CONSTANTS, LONG, MAPPABLE, Mapping
from territories.observatory.orders.meta import DEFAULT_RULES, OLDEST_YEAR, SOURCES, OrderMeta, other_source
from territories.observatory.orders.words import CHOICES

ENDINGS: Final = (".csv", ".txt", ".xlsx", ".zip")
UPLOADABLE: Final = frozenset({ZIP, XLSX, CSV, TEXT, UNKNOWN})
OTHER: Final = "autre"
# Columns of the reference layout that the form says better than the file.
_NOT_MAPPED: Final = frozenset({"source", "date_publication", "millesime_geo"})


class StatisticsForm(forms.Form):
    """A file, from the server’s folder or sent, and its sheet. What is left empty takes the value of the known source."""

    file_inbox = forms.ChoiceField(label="Fichier du dossier de dépôt", required=False)
    file_upload = forms.FileField(label="Ou fichier envoyé depuis ce poste", required=False)
    sheet = forms.CharField(
        label="Feuille du classeur",
        required=False,
        max_length=100,
        help_text="Pour un XLSX de plusieurs feuilles. À laisser vide\u00a0: la feuille dont l’en-tête est reconnu est retenue.",
    )
    source = forms.ChoiceField(
        label="Source", choices=[*((key, source.label) for key, source in SOURCES.items()), (OTHER, "Autre source")]
    )
    title = forms.CharField(
        label="Intitulé",
        required=False,
        max_length=180,
        help_text="Obligatoire pour une autre source\u00a0; l’année lui est ajoutée.",
    )
    producer = forms.CharField(label="Producteur", required=False, max_length=100)
    licence = forms.CharField(label="Licence ou convention", required=False, max_length=100)
    year = forms.IntegerField(
        label="Année décrite",
        required=False,
        min_value=OLDEST_YEAR,
        help_text="À laisser vide quand une colonne la donne\u00a0; un fichier de plusieurs années fait un jeu par année.",
    )
    published_on = forms.DateField(
        label="Publié ou livré le", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    geography = forms.IntegerField(
        label="Géographie des codes (année)",
        required=False,
        min_value=2000,
        help_text="Millésime du code officiel géographique du fichier. Les anciennes communes sont converties.",
    )
    ess_perimeter = forms.ChoiceField(
        label="Périmètre de l’ESS",
        required=False,
        choices=[("", "Celui de la source"), *((value, label) for value, label in EssPerimeter.choices if value)],
    )
    concept = forms.CharField(
        label="Notion d’emploi",
        required=False,
        max_length=200,
        help_text="Par exemple «\u00a0effectifs salariés au 31 décembre (postes)\u00a0».",
    )
    field_note = forms.CharField(
        label="Champ",
        required=False,
        max_length=250,
        help_text="Par exemple «\u00a0hors défense et particuliers employeurs\u00a0».",
    )
    break_note = forms.CharField(
        label="Rupture de série avec l’année précédente",
        required=False,
        max_length=300,
        help_text="À remplir quand le producteur en signale une\u00a0: aucune évolution n’est alors calculée à travers elle.",
    )
    absent_is_zero = forms.BooleanField(
        label="La source n’écrit pas les lignes nulles (documentation du producteur)",
        required=False,
        help_text="Sans cette mention, une combinaison absente est «\u00a0non disponible\u00a0», jamais zéro.",
    )
    policy = forms.ChoiceField(label="Diffusion", required=False, choices=[("", "Celle de la source"), *DiffusionPolicy.choices])
    min_units = forms.IntegerField(
        label="Entreprises au moins", required=False, min_value=1, initial=int(DEFAULT_RULES["min_units"])
    )
    max_share = forms.DecimalField(
        label="Part maximale de la plus grande, en\u00a0%",
        required=False,
        min_value=1,
        max_value=100,
        initial=int(100 * DEFAULT_RULES["max_share"]),
    )
    min_persons = forms.IntegerField(
        label="Personnes au moins", required=False, min_value=0, initial=int(DEFAULT_RULES["min_persons"])
    )
    is_demonstration = forms.BooleanField(label="Données de démonstration, fictives", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "Choisir un fichier"), *inbox_files(ENDINGS)]
        self.fields["file_inbox"] = forms.ChoiceField(label="Fichier du dossier de dépôt", required=False, choices=choices)
        upload = self.fields["file_upload"]
        upload.help_text = (
            f"CSV, XLSX ou zip, {size_fr(settings.UPLOAD_LIMIT)} au plus. Au-delà, déposez le fichier sur le serveur."
        )
        upload.widget.attrs["accept"] = ",".join(ENDINGS)
        self.order_fields(list(self.base_fields))
        self.helper = FormHelper(self)
        self.helper.form_tag = False
        self.helper.layout = Layout(
            Fieldset("Le fichier", "file_inbox", "file_upload", "sheet"),
            Fieldset("Ce qu’il est", "source", "title", "producer", "licence", "year", "published_on", "geography"),
            Fieldset("Ce qu’il compte", "ess_perimeter", "concept", "field_note", "break_note", "absent_is_zero"),
            Fieldset(
                "Ce qui peut être montré",
                "policy",
                HTML('<p class="soft">Seuils de notre masque, pour une livraison complète seulement\u00a0:</p>'),
                "min_units",
                "max_share",
                "min_persons",
                "is_demonstration",
            ),
        )

    def clean_published_on(self) -> date | None:
        given: date | None = self.cleaned_data["published_on"]
        if given and given > timezone.localdate():
            raise ValidationError("Cette date est à venir\u00a0: donnez celle de la publication ou de la livraison.")
        return given

    def clean_year(self) -> int | None:
        given: int | None = self.cleaned_data["year"]
        if given and given > timezone.localdate().year:
            raise ValidationError("Cette année n’est pas encore passée\u00a0: donnez celle que le fichier décrit.")
        return given

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("source") == OTHER:
            for name, sentence in (
                ("title", "Donnez un intitulé à cette source."),
                ("producer", "Dites qui produit ces chiffres."),
                ("licence", "Dites sous quelle licence ou convention ils sont donnés."),
            ):
                if not cleaned.get(name) and not self.errors.get(name):
                    self.add_error(name, sentence)
            if cleaned.get("title") and not other_source(cleaned["title"]).removeprefix("autre-"):
                self.add_error("title", "Donnez un intitulé qui contienne des lettres.")
        if self.errors.get("file_inbox") or self.errors.get("file_upload"):
            return cleaned
        inbox, sent = cleaned.get("file_inbox"), cleaned.get("file_upload")
        if bool(inbox) == bool(sent):
            self.add_error(
                "file_inbox",
                "Donnez un seul fichier\u00a0: celui du dossier de dépôt ou celui de ce poste, pas les deux."
                if inbox
                else "Choisissez un fichier du dossier de dépôt, ou envoyez-en un depuis ce poste.",
            )
        elif sent is not None and (sent.size or 0) > settings.UPLOAD_LIMIT:
            self.add_error(
                "file_upload",
                f"«\u00a0{sent.name}\u00a0» pèse {size_fr(sent.size or 0)}\u00a0: un navigateur ne peut en envoyer que "
                f"{size_fr(settings.UPLOAD_LIMIT)}. Déposez-le dans le dossier du serveur, puis choisissez-le dans la liste.",
            )
        return cleaned

    def given_file(self, *, by: Any) -> Path | StoredFile | None:
        """The file of a valid form, kept first when it was sent; None, with an error on the field, when it is refused."""
        sent: UploadedFile | None = self.cleaned_data["file_upload"]
        if sent is None:
            return Path(settings.INBOX_DIR) / self.cleaned_data["file_inbox"]
        try:
            return accept(sent, allowed=UPLOADABLE, by=by)
        except ValidationError as error:
            self.add_error("file_upload", error)
            return None

    def meta(self) -> OrderMeta:
        """The sheet of a valid form."""
        given = self.cleaned_data
        source = other_source(given["title"]) if given["source"] == OTHER else given["source"]
        rules = {}
        if given["policy"] == DiffusionPolicy.COMPLETE:
            share = given["max_share"]
            rules = {
                "min_units": given["min_units"] or int(DEFAULT_RULES["min_units"]),
                "max_share": float(share) / 100 if share else DEFAULT_RULES["max_share"],
                "min_persons": DEFAULT_RULES["min_persons"] if given["min_persons"] is None else given["min_persons"],
            }
        names = ("title", "producer", "licence", "published_on", "ess_perimeter", "concept", "field_note", "break_note", "year")
        return OrderMeta(
            source=source,
            rules=rules,
            **{name: given[name] for name in (*names, "policy", "geography", "absent_is_zero", "sheet")},
        )


def initial_of(meta: OrderMeta, *, is_demonstration: bool = False) -> dict[str, Any]:
    """What the form shows again of a sheet already filled in, or of a known source just chosen."""
    full = meta.completed()
    values: dict[str, Any] = {name: getattr(full, name) for name in StatisticsForm.base_fields if hasattr(full, name)}
    if meta.source not in SOURCES:
        values["source"] = OTHER
    if full.rules:
        values["max_share"] = round(100 * full.rules["max_share"], 2)
        values["min_units"], values["min_persons"] = int(full.rules["min_units"]), int(full.rules["min_persons"])
    return {**values, "is_demonstration": is_demonstration}


class MappingForm(forms.Form):
    """Which column of the file is which, what is said once for all of it, and what unknown words mean.

    `words`: canonical column → words to translate. A translation already typed stays, known or not.
    """

    name = forms.CharField(
        label="Garder cette correspondance sous le nom",
        required=False,
        max_length=100,
        help_text="Elle sera retrouvée d’elle-même quand un fichier de même en-tête reviendra.",
    )

    def __init__(self, *args: Any, header: tuple[str, ...], words: dict[str, list[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.header = header
        columns = [("", "–"), *((name, name) for name in header if name)]
        self.mapped: list[str] = [name for name in MAPPABLE if name not in _NOT_MAPPED]
        for canonical in self.mapped:
            self.fields[f"col_{canonical}"] = _select(MAPPABLE[canonical], columns)
        for canonical in CONSTANTS:
            self.fields[f"tout_{canonical}"] = _select(MAPPABLE[canonical].partition(" (")[0], [("", "–"), *CHOICES[canonical]])
        self.words = self._words(words or {})
        for key, canonical, word in self.words:
            shown = f"«\u00a0{word}\u00a0»" if word else "(cellule vide)"
            self.fields[key] = _select(f"{MAPPABLE[canonical]}\u00a0: {shown}", [("", "Choisir"), *CHOICES[canonical]])
        for field in self.fields.values():
            field.widget.attrs["class"] = "form-select" if isinstance(field, forms.ChoiceField) else "form-control"

    def _words(self, words: dict[str, list[str]]) -> list[tuple[str, str, str]]:
        """(name of the field, canonical column, word): those asked for, then those that the page sends back."""
        pairs = [(canonical, word) for canonical, several in words.items() if canonical in CHOICES for word in several]
        if self.is_bound:
            for key in self.data:
                canonical, _, number = key.removeprefix("mot_").rpartition("_")
                if key.startswith("mot_") and canonical in CHOICES and number.isdigit():
                    pair = (canonical, str(self.data.get(f"texte_{key}", "")))
                    if pair not in pairs:
                        pairs.append(pair)
        return [(self._key(canonical, word, index), canonical, word) for index, (canonical, word) in enumerate(pairs)]

    def _key(self, canonical: str, word: str, index: int) -> str:
        """The name under which the page already sent a word, so that what was chosen for it stays; else a new one."""
        if self.is_bound:
            for key in self.data:
                if key.startswith(f"mot_{canonical}_") and self.data.get(f"texte_{key}") == word:
                    return key
            index += 1_000
        return f"mot_{canonical}_{index}"

    def mapping(self) -> Mapping:
        """The mapping of a valid form; words without a translation are left out."""
        given = self.cleaned_data
        values: dict[str, dict[str, str]] = {}
        for key, canonical, word in self.words:
            if given.get(key):
                values.setdefault(canonical, {})[word] = given[key]
        return Mapping(
            columns={name: given[f"col_{name}"] for name in self.mapped if given.get(f"col_{name}")},
            values=values,
            constants={
                name: given[f"tout_{name}"] for name in CONSTANTS if given.get(f"tout_{name}") and not given.get(f"col_{name}")
            },
        )

    # --- For the template ---

    def column_fields(self) -> list[Any]:
        return [self[f"col_{name}"] for name in self.mapped if name not in LONG]

    def long_fields(self) -> list[Any]:
        return [self[f"col_{name}"] for name in LONG]

    def constant_fields(self) -> list[Any]:
        return [self[f"tout_{name}"] for name in CONSTANTS]

    def word_fields(self) -> list[tuple[Any, str, str]]:
        """(field, name of the hidden field that carries the word, word)."""
        return [(self[key], f"texte_{key}", word) for key, _, word in self.words]


def _select(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=choices)
