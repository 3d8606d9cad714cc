"""How the columns of a file become those of the canonical table. A layout is a mapping; those we know are written here. Pure."""

import hashlib
from collections.abc import Mapping as MappingType
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from territories.foundations.formats import enumerate_fr
from territories.foundations.text import fold
from territories.observatory.orders.words import CHOICES
from territories.observatory.sirene.errors import SourceProblem

# Canonical columns of values, and the measure that each one holds.
WIDE: Final[dict[str, str]] = {
    "nb_entreprises": "enterprises",
    "nb_etablissements": "establishments",
    "effectifs_3112": "jobs",
    "etp": "fte",
    "remunerations_brutes": "gross_pay",
}
# Dimensions, in the order of the key of a cell.
DIMENSIONS: Final = ("champ", "famille", "sous_famille", "secteur", "tranche_taille", "sexe", "classe_age", "csp")

CANONICAL: Final[dict[str, str]] = {
    "source": "Source",
    "millesime": "Année décrite",
    "date_publication": "Date de publication",
    "perimetre": "Périmètre de l’ESS",
    "nomenclature": "Nomenclature d’activités",
    "maille": "Maille (COM, EPCI, DEP, REG…)",
    "code_geo": "Code géographique",
    "millesime_geo": "Millésime géographique",
    "champ": "Champ (ESS, privé hors ESS…)",
    "famille": "Famille de l’ESS",
    "sous_famille": "Sous-famille",
    "secteur": "Secteur d’activité",
    "tranche_taille": "Tranche de taille",
    "sexe": "Sexe",
    "classe_age": "Classe d’âge",
    "csp": "Catégorie socioprofessionnelle",
    "nb_entreprises": "Nombre d’entreprises",
    "nb_etablissements": "Nombre d’établissements",
    "effectifs_3112": "Effectifs (postes au 31/12)",
    "etp": "Équivalents temps plein",
    "remunerations_brutes": "Rémunérations brutes (euros)",
    "max_contributeur": "Plus forte contribution",
    "statut": "Statut de la ligne",
}
# Of a file in the long form: one column names the measure, another holds the number.
LONG: Final[dict[str, str]] = {"mesure": "Mesure (forme longue)", "valeur": "Valeur (forme longue)"}
MAPPABLE: Final = {**CANONICAL, **LONG}
# What one may say once for a whole file, with what is allowed.
CONSTANTS: Final = ("maille", "champ", "mesure", "perimetre", "nomenclature")


@dataclass(frozen=True)
class Mapping:
    """`columns`: canonical column → column of the file. `values`: canonical column → word of the file → canonical word.

    `constants`: canonical column → word said once for all. `keep`: column of the file → the only values whose lines are
    read. `margins`: the lines are the leaves of a whole partition, from which totals may be added up.
    """

    columns: MappingType[str, str] = field(default_factory=dict)
    values: MappingType[str, MappingType[str, str]] = field(default_factory=dict)
    constants: MappingType[str, str] = field(default_factory=dict)
    keep: MappingType[str, tuple[str, ...]] = field(default_factory=dict)
    margins: bool = False

    @property
    def is_long(self) -> bool:
        return "valeur" in self.columns

    def as_json(self) -> dict[str, Any]:
        return {
            "columns": dict(self.columns),
            "values": {column: dict(words) for column, words in self.values.items()},
            "constants": dict(self.constants),
        }

    @classmethod
    def from_json(cls, given: MappingType[str, Any]) -> "Mapping":
        """Raises SourceProblem when it was not written by us."""
        try:
            return cls(
                columns={str(key): str(value) for key, value in given.get("columns", {}).items() if key in MAPPABLE},
                values={
                    str(column): {str(word): str(code) for word, code in words.items()}
                    for column, words in given.get("values", {}).items()
                },
                constants={str(key): str(value) for key, value in given.get("constants", {}).items() if key in CONSTANTS},
            )
        except AttributeError as error:
            raise SourceProblem("La correspondance de colonnes donnée n’est pas lisible\u00a0: refaites-la.") from error


@dataclass(frozen=True)
class Layout:
    """A form of file that is recognised by its header: `needed` are folded names."""

    key: str
    label: str
    needed: frozenset[str]
    mapping: Mapping


FLORES: Final = Layout(
    "flores",
    "Insee, Flores en données ouvertes (Melodi)",
    frozenset({"geo", "geo object", "flores measure", "obs value", "time period"}),
    Mapping(
        columns={
            "code_geo": "GEO",
            "maille": "GEO_OBJECT",
            "secteur": "ACTIVITY",
            "tranche_taille": "NUMBER_EMPL",
            "mesure": "FLORES_MEASURE",
            "valeur": "OBS_VALUE",
            "statut": "OBS_STATUS",
            "millesime": "TIME_PERIOD",
        },
        constants={"champ": "TOTAL"},
        keep={"LEGAL_FORM_WITH_PUBLIC": ("1T9X7",)},
    ),
)
_URSSAF_COLUMNS: Final = {
    "code_geo": "code_region",
    "champ": "champ_ess",
    "famille": "famille_ess",
    "secteur": "secteur_na88",
    "millesime": "annee",
    "nb_etablissements": "nombre_d_etablissements",
    "effectifs_3112": "effectifs_salaries_moyens",
    "remunerations_brutes": "masse_salariale",
}
URSSAF: Final = Layout(
    "urssaf",
    "Urssaf, ESS par secteur (open.urssaf.fr)",
    frozenset({"champ ess", "secteur na88", "annee", "nombre d etablissements", "effectifs salaries moyens"}),
    Mapping(columns=_URSSAF_COLUMNS, constants={"maille": "REG"}, margins=True),
)
CANONICAL_LAYOUT: Final = Layout(
    "canonical",
    "Format de référence",
    frozenset({"maille", "code geo", "champ"}),
    Mapping(columns={name: name for name in CANONICAL}),
)
LAYOUTS: Final[dict[str, Layout]] = {layout.key: layout for layout in (FLORES, URSSAF, CANONICAL_LAYOUT)}
KNOWN_HEADERS: Final = tuple(layout.needed for layout in LAYOUTS.values())


def quoted(name: str) -> str:
    return f"«\u00a0{name}\u00a0»"


def fingerprint(header: Sequence[str]) -> str:
    """What makes the same header recognised again, whatever its case, its accents and the order of its columns."""
    return hashlib.sha256("\n".join(sorted(fold(name) for name in header if name)).encode()).hexdigest()


def recognise(header: Sequence[str]) -> Layout | None:
    """The known layout of a header; the reference layout also needs one column of values."""
    names = {fold(name) for name in header}
    for layout in LAYOUTS.values():
        if layout.needed <= names and (layout is not CANONICAL_LAYOUT or names & {fold(name) for name in WIDE}):
            return layout
    return None


def fitted(mapping: Mapping, header: Sequence[str]) -> Mapping:
    """The mapping with the names that the header really writes; columns that it lacks are left out."""
    written = {fold(name): name for name in header if name}
    columns = {canonical: written[fold(name)] for canonical, name in mapping.columns.items() if name and fold(name) in written}
    constants = {key: word for key, word in mapping.constants.items() if word}
    if "maille" in constants and "code_geo" not in columns:
        # A national file of the Urssaf has no column of régions.
        constants["maille"] = "FRANCE"
    keep = {written[fold(name)]: wanted for name, wanted in mapping.keep.items() if fold(name) in written}
    return Mapping(columns, mapping.values, constants, keep, mapping.margins)


def check_mapping(mapping: Mapping) -> list[str]:
    """What prevents a mapping from being used, as French sentences; nothing when it can be."""
    said = {**mapping.columns, **mapping.constants}
    problems = [
        f"Dites quelle colonne donne «\u00a0{MAPPABLE[name]}\u00a0», ou donnez sa valeur pour tout le fichier."
        for name in ("maille", "champ")
        if name not in said
    ]
    if "code_geo" not in said and mapping.constants.get("maille") != "FRANCE":
        problems.append(f"Dites quelle colonne donne «\u00a0{CANONICAL['code_geo']}\u00a0».")
    if mapping.is_long:
        if "mesure" not in said:
            problems.append("La forme longue demande aussi la mesure\u00a0: une colonne, ou une valeur pour tout le fichier.")
        if any(name in mapping.columns for name in WIDE):
            problems.append(
                "Choisissez une forme\u00a0: une colonne «\u00a0Valeur\u00a0» avec sa mesure, ou une colonne par mesure, "
                "pas les deux."
            )
    elif not any(name in mapping.columns for name in WIDE):
        problems.append("Aucune colonne de valeurs n’est désignée\u00a0: établissements, effectifs, ETP, rémunérations…")
    used: dict[str, list[str]] = {}
    for canonical, name in mapping.columns.items():
        used.setdefault(name, []).append(MAPPABLE[canonical])
    problems += [
        f"La colonne «\u00a0{name}\u00a0» sert deux fois\u00a0: {enumerate_fr(labels)}."
        for name, labels in used.items()
        if len(labels) > 1
    ]
    for column, word in mapping.constants.items():
        if word not in {code for code, _ in CHOICES[column]}:
            problems.append(f"«\u00a0{word}\u00a0» n’est pas une valeur de «\u00a0{MAPPABLE[column]}\u00a0».")
    return problems


def layout_for(header: Sequence[str], wanted: str, mapping: MappingType[str, Any] | None) -> tuple[str, Mapping]:
    """The layout to read a file with: (key, mapping fitted to its header). Raises SourceProblem when there is none."""
    if mapping is not None and wanted in ("mapping", "auto"):
        found, key = fitted(Mapping.from_json(mapping), header), "mapping"
        lacking = [
            name for name in Mapping.from_json(mapping).columns.values() if fold(name) not in {fold(one) for one in header}
        ]
        if lacking:
            raise SourceProblem(
                f"Le fichier n’a pas {'la colonne' if len(lacking) == 1 else 'les colonnes'} "
                f"{enumerate_fr(map(quoted, lacking))} de la correspondance choisie."
            )
    else:
        layout = recognise(header) if wanted == "auto" else LAYOUTS.get(wanted)
        if layout is None:
            raise SourceProblem(
                "La disposition de ce fichier n’est pas connue\u00a0: faites correspondre ses colonnes à celles de "
                "l’observatoire."
            )
        lacking = [name for name in sorted(layout.needed) if name not in {fold(one) for one in header}]
        if lacking:
            raise SourceProblem(
                f"Ce fichier n’est pas de la forme «\u00a0{layout.label}\u00a0»\u00a0: il lui manque {enumerate_fr(lacking)}."
            )
        found, key = fitted(layout.mapping, header), layout.key
    problems = check_mapping(found)
    if problems:
        raise SourceProblem(" ".join(problems))
    return key, found
