"""What the reading of a file found: errors that block, remarks that do not, and counts. Frozen, and written as JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

# Of each kind: all are counted, the first ones are shown.
SHOWN: Final = 50

# Kind → (what it is, what to do).
ERRORS: Final[dict[str, tuple[str, str]]] = {
    "year": ("Année absente ou illisible", "Donnez l’année décrite dans le formulaire, ou en quatre chiffres dans sa colonne."),
    "other_year": (
        "Autre année que celle annoncée",
        "Laissez l’année vide dans le formulaire si le fichier en décrit plusieurs, ou retirez ces lignes.",
    ),
    "level": ("Maille inconnue", "Mailles admises\u00a0: COM, EPCI, PAYS, DEP, REG, FRANCE."),
    "no_code": ("Code géographique absent", "Donnez le code de la commune, de l’EPCI, du département ou de la région."),
    "champ": ("Champ inconnu", "Champs admis\u00a0: ESS, PRIVE_HORS_ESS, PRIVE, PUBLIC, TOTAL."),
    "family": (
        "Famille inconnue",
        "Familles admises\u00a0: associations, coopératives, mutuelles, fondations, sociétés commerciales, autres.",
    ),
    "family_of_perimeter": (
        "Famille étrangère au périmètre annoncé",
        "Vérifiez le périmètre\u00a0: celui des cinq familles ne compte pas les sociétés commerciales, l’autre ne compte "
        "pas « autres ».",
    ),
    "sector": (
        "Secteur inconnu",
        "Donnez une division de la NAF (deux chiffres), un code A38, A17 ou A5, ou un secteur de la grille.",
    ),
    "sector_level": (
        "Secteurs de plusieurs niveaux mêlés",
        "Écrivez le niveau devant le code, par exemple «\u00a0A38:QB\u00a0».",
    ),
    "size": (
        "Tranche de taille inconnue",
        "Tranches admises\u00a0: celles de Flores, par exemple «\u00a010 à 19\u00a0» ou E10T19.",
    ),
    "sex": ("Sexe inconnu", "Valeurs admises\u00a0: F, H, ou Ensemble."),
    "age": (
        "Classe d’âge inconnue",
        "Classes admises\u00a0: par exemple «\u00a0Moins de 30 ans\u00a0», «\u00a050 ans et plus\u00a0».",
    ),
    "csp": ("Catégorie socioprofessionnelle inconnue", "Donnez le chiffre du niveau 1, de 1 à 6."),
    "measure": ("Mesure inconnue", "Mesures admises\u00a0: entreprises, établissements, effectifs, ETP, rémunérations brutes."),
    "nomenclature": ("Nomenclature inconnue", "Nomenclatures admises\u00a0: NAF rév. 2 et NAF 2025."),
    "perimeter": (
        "Périmètre inconnu ou autre que celui annoncé",
        "Un fichier porte un seul périmètre de l’ESS, celui du formulaire.",
    ),
    "status": ("Statut inconnu", "Statuts admis\u00a0: A, K, W, s, nd, p, r, e, ///, n.s."),
    "number": ("Texte à la place d’un nombre", "Écrivez un nombre, ou un signe\u00a0: s, nd, ///, n.s."),
    "negative": ("Valeur négative", "Aucune mesure ne peut être négative."),
    "value_beside_status": (
        "Valeur à côté d’un statut qui n’en a pas",
        "Ôtez la valeur, ou corrigez le statut\u00a0: «\u00a0s\u00a0», «\u00a0K\u00a0» et «\u00a0nd\u00a0» n’ont pas de valeur.",
    ),
    "largest": (
        "Plus forte contribution supérieure à la valeur",
        "La plus forte contribution est dans l’unité de la valeur, et ne la dépasse pas.",
    ),
    "duplicate": ("Même case deux fois, avec des valeurs différentes", "Ne gardez qu’une des lignes."),
    "more_enterprises": (
        "Plus d’entreprises que d’établissements",
        "Vérifiez les deux colonnes\u00a0: elles sont peut-être échangées.",
    ),
    "unknown_code": ("Code géographique inconnu", "Vérifiez le code, sa maille et le millésime de la géographie du fichier."),
    "no_row": ("Aucune observation", "Le fichier n’a aucune valeur lisible\u00a0: vérifiez les colonnes désignées."),
}
REMARKS: Final[dict[str, tuple[str, str]]] = {
    "left_out": ("Lignes laissées de côté", "Elles ne concernent pas ce que l’observatoire suit."),
    "repaired": ("Zéros de tête rétablis", "Le tableur les avait ôtés\u00a0; chaque code n’a qu’une lecture possible."),
    "former": (
        "Anciennes communes converties",
        "Leurs lignes sont additionnées dans la commune actuelle\u00a0; une part masquée masque la somme.",
    ),
    "split": (
        "Communes rétablies depuis, refusées",
        "Leur ligne couvre aujourd’hui plusieurs communes et ne peut pas être répartie\u00a0: elle n’est pas chargée.",
    ),
    "arrondissement": ("Arrondissements municipaux laissés de côté", "Leur commune est déjà dans le fichier."),
    "outside": (
        "Lignes hors du champ de la région",
        "Vérifiées, puis laissées de côté\u00a0: elles ne servent à aucun portrait.",
    ),
    "identical": ("Lignes répétées à l’identique", "Comptées une seule fois."),
    "fte": ("ETP supérieurs à 1,6 fois les postes", "Possible dans une activité saisonnière\u00a0; vérifiez les deux colonnes."),
    "parts_over": ("Parts supérieures au total", "La somme des parts dépasse le total du fichier, arrondis compris."),
    "parts_short": ("Parts inférieures au total", "Rien n’est masqué et la somme des parts n’atteint pas le total."),
    "change": ("Écart de plus de 20\u00a0%", "Comparé au jeu de données en usage\u00a0; une rupture de série doit être dite."),
    "country": ("Périmètre de la France", "Flores donne la France entière (F) ou métropolitaine (FM)."),
    "geography": ("Communes rétablies", ""),
    "margins": ("Totaux additionnés", "Le fichier donne les lignes détaillées\u00a0: les totaux sont leurs sommes."),
}


@dataclass(frozen=True)
class Finding:
    """One thing found. `line` 0 when it concerns no line in particular."""

    kind: str
    line: int = 0
    column: str = ""
    value: str = ""
    detail: str = ""


@dataclass(frozen=True)
class PartsCheck:
    """Totals against parts, for one measure: how many totals could be checked, and how it ended."""

    label: str
    measure: str
    checked: int
    equal: int
    over: int
    short: int
    masked: int


@dataclass(frozen=True)
class Report:
    """The dry run of a file. `counts` are [level, champ, status, observations]; `comparison` rows are against `against`."""

    layout: str
    file: Mapping[str, Any] = field(default_factory=dict)
    lines: int = 0
    observations: int = 0
    years: tuple[int, ...] = ()
    errors: tuple[Finding, ...] = ()
    error_counts: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[Finding, ...] = ()
    remark_counts: Mapping[str, int] = field(default_factory=dict)
    counts: tuple[tuple[str, str, str, int], ...] = ()
    places: Mapping[str, int] = field(default_factory=dict)
    totals: tuple[tuple[int, str, str, str, float], ...] = ()
    parts: tuple[PartsCheck, ...] = ()
    comparison: tuple[Mapping[str, Any], ...] = ()
    country: str = ""
    unknown_words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_blocked(self) -> bool:
        return bool(self.error_counts)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def first_errors(self, count: int = 5) -> str:
        """The first errors as sentences, for a job that fails or a command."""
        return " ".join(sentence(error) for error in self.errors[:count])


def sentence(finding: Finding | Mapping[str, Any]) -> str:
    """« Ligne 12, colonne « etp » : texte à la place d’un nombre (« beaucoup »). Écrivez un nombre… »."""
    found = finding if isinstance(finding, Finding) else Finding(**finding)
    title, advice = ERRORS.get(found.kind) or REMARKS[found.kind]
    where = ", ".join(
        part
        for part in (f"Ligne {found.line}" if found.line else "", f"colonne «\u00a0{found.column}\u00a0»" if found.column else "")
        if part
    )
    said = f"«\u00a0{found.value}\u00a0»" if found.value else ""
    aside = ", ".join(part for part in (said, found.detail) if part)
    body = title + (f" ({aside})" if aside else "")
    if where:
        body = f"{where[:1].upper()}{where[1:]}\u00a0: {body[0].lower()}{body[1:]}"
    return f"{body}. {advice}".strip()


class Findings:
    """Collects while a file is read, in bounded memory."""

    def __init__(self) -> None:
        self.error_counts: Counter[str] = Counter()
        self.remark_counts: Counter[str] = Counter()
        self._errors: dict[str, list[Finding]] = {}
        self._remarks: dict[str, dict[tuple[str, str, str], Finding]] = {}
        self.unknown_words: dict[str, dict[str, None]] = {}

    def error(self, kind: str, line: int = 0, column: str = "", value: str = "", detail: str = "", count: int = 1) -> None:
        self.error_counts[kind] += count
        shown = self._errors.setdefault(kind, [])
        if len(shown) < SHOWN:
            shown.append(Finding(kind, line, column, value[:120], detail))

    def remark(self, kind: str, line: int = 0, column: str = "", value: str = "", detail: str = "", count: int = 1) -> None:
        """Said once for each (column, value, detail), counted every time."""
        self.remark_counts[kind] += count
        shown = self._remarks.setdefault(kind, {})
        key = (column, value[:120], detail)
        if key not in shown and len(shown) < SHOWN:
            shown[key] = Finding(kind, line, column, value[:120], detail)

    def unknown_word(self, column: str, word: str) -> None:
        known = self.unknown_words.setdefault(column, {})
        if len(known) < SHOWN:
            known[word[:80]] = None

    def errors(self) -> tuple[Finding, ...]:
        return tuple(error for kind in ERRORS for error in self._errors.get(kind, ()))

    def remarks(self) -> tuple[Finding, ...]:
        return tuple(remark for kind in REMARKS for remark in self._remarks.get(kind, {}).values())

    def words(self) -> dict[str, tuple[str, ...]]:
        return {column: tuple(words) for column, words in self.unknown_words.items()}


def by_kind(
    findings: Sequence[Mapping[str, Any]], counts: Mapping[str, int]
) -> list[tuple[str, str, int, list[Mapping[str, Any]]]]:
    """For a page: (title, advice, how many in all, those shown) by kind, in the order of the tables above."""
    kinds = {**ERRORS, **REMARKS}
    return [(*kinds[kind], counts[kind], [one for one in findings if one["kind"] == kind]) for kind in kinds if counts.get(kind)]
