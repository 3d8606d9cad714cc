"""The perimeter of the ESS: versioned data, and the procedure that says why an establishment is in, out or to be judged.

The legal category is that of the legal unit, the excluded activity that of the establishment: this is how INSEE, the DIIESES
and the CNCRES built the champ. Rules are data (`data/*.json`, kept in `Perimeter`); this module only applies them, and
`sirene/qualify_sql.py` says the same thing to DuckDB.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from territories.foundations.vocabulary import EssFamily, naf4, nomenclature_of

DATA_DIR: Final = Path(__file__).resolve().parent / "data"
DEFAULT_PERIMETER: Final = "perimetre-2026-1"

INCLUDED: Final = "included"
TO_QUALIFY: Final = "to_qualify"
EXCLUDED: Final = "excluded"

LISTS: Final = ("scop_scic", "ess_france", "esus")


@dataclass(frozen=True)
class CategoryRule:
    """What the perimeter says of one legal category. `family` is an EssFamily value, empty when not included."""

    code: str
    label: str
    family: str
    sub_family: str
    included: bool
    to_validate: bool

    @property
    def motive(self) -> str:
        if self.included:
            return f"Catégorie juridique {self.code}" + (", à valider" if self.to_validate else "")
        return f"Catégorie juridique {self.code} hors périmètre"


@dataclass(frozen=True)
class ActivityRule:
    """An excluded activity: the four figures of its class, and the sourced wording of the exclusion."""

    code: str
    label: str
    group: str

    @property
    def motive(self) -> str:
        return f"Activité exclue {self.code[:2]}.{self.code[2:]}\u00a0: {self.group}"


@dataclass(frozen=True)
class ManualDecision:
    """A dated decision of the observatory on one SIREN (9 figures) or one SIRET (14 figures)."""

    number: str
    qualification: str
    family: str
    sub_family: str
    motive: str


@dataclass(frozen=True)
class PerimeterRules:
    """A version of the perimeter, ready to be applied."""

    code: str
    name: str
    categories: Mapping[str, CategoryRule]
    activities: Mapping[str, ActivityRule]
    nomenclatures: frozenset[str]
    lists: Mapping[str, Collection[str]]
    decisions: Mapping[str, ManualDecision] = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The outcome for one establishment, with its motive in French."""

    qualification: str
    family: str
    sub_family: str
    motive: str


class PerimeterError(ValueError):
    """A perimeter file says something that cannot be applied; the French message names the place."""


def read_shipped(code: str = DEFAULT_PERIMETER) -> dict[str, Any]:
    """The content of a perimeter shipped with the project. Raises PerimeterError when there is none of that name."""
    path = DATA_DIR / f"{code}.json"
    if not path.is_file():
        raise PerimeterError(f"Le périmètre «\u00a0{code}\u00a0» n’est pas livré avec l’application.")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def shipped_codes() -> list[str]:
    return sorted(path.stem for path in DATA_DIR.glob("perimetre-*.json"))


def parse_rules(content: Mapping[str, Any]) -> PerimeterRules:
    """Check a perimeter’s content and make it applicable. Raises PerimeterError."""
    families = {family.value for family in EssFamily}
    categories: dict[str, CategoryRule] = {}
    for row in content["legal_categories"]:
        rule = CategoryRule(row["code"], row["label"], row["family"], row["sub_family"], row["included"], row["to_validate"])
        if len(rule.code) != 4 or not rule.code.isascii() or not rule.code.isdigit():
            raise PerimeterError(f"La catégorie juridique «\u00a0{rule.code}\u00a0» doit avoir quatre chiffres.")
        if rule.code in categories:
            raise PerimeterError(f"La catégorie juridique {rule.code} figure deux fois.")
        if rule.included and rule.family not in families:
            raise PerimeterError(f"La catégorie juridique {rule.code} est incluse sans famille connue.")
        if not rule.included and rule.to_validate:
            raise PerimeterError(f"La catégorie juridique {rule.code} est à valider sans être incluse.")
        categories[rule.code] = rule
    activities = {row["class"]: ActivityRule(row["class"], row["label"], row["group"]) for row in content["excluded_activities"]}
    for code in activities:
        if naf4(code) != code:
            raise PerimeterError(
                f"L’activité exclue «\u00a0{code}\u00a0» doit être écrite avec les quatre chiffres de sa classe."
            )
    unknown = sorted(set(content.get("used_lists", LISTS)) - set(LISTS))
    if unknown:
        raise PerimeterError(f"La liste «\u00a0{unknown[0]}\u00a0» ne peut pas décider du périmètre.")
    decisions: dict[str, ManualDecision] = {}
    for row in content["decisions"]:
        decision = ManualDecision(
            row["number"], row["qualification"], row.get("family", ""), row.get("sub_family", ""), row["motive"]
        )
        if len(decision.number) not in (9, 14) or not decision.number.isdigit():
            raise PerimeterError(f"La décision sur «\u00a0{decision.number}\u00a0» ne porte ni un SIREN ni un SIRET.")
        if decision.number in decisions:
            raise PerimeterError(f"Deux décisions portent sur {decision.number}.")
        if decision.qualification not in (INCLUDED, TO_QUALIFY, EXCLUDED):
            raise PerimeterError(f"La décision sur {decision.number} n’est ni une inclusion, ni une exclusion, ni un renvoi.")
        if decision.qualification == INCLUDED and decision.family not in families:
            raise PerimeterError(f"La décision d’inclure {decision.number} doit nommer une famille.")
        decisions[decision.number] = decision
    return PerimeterRules(
        code=content["code"],
        name=content["name"],
        categories=categories,
        activities=activities,
        nomenclatures=frozenset(content["nomenclatures"]),
        lists={name: frozenset(content["lists"].get(name, ())) for name in LISTS},
        decisions=decisions,
    )


# Motives that do not depend on a code. The SQL of the import uses the same sentences.
MOTIVE_SCOP: Final = "Société inscrite à la liste des Scop et Scic"
MOTIVE_LISTED_ESS_FRANCE: Final = "Société déclarée de l’ESS et inscrite à la liste ESS France"
MOTIVE_LISTED_ESUS: Final = "Société déclarée de l’ESS et agréée Esus"
MOTIVE_FLAG_ONLY: Final = "Société déclarée de l’ESS dans Sirene, absente des listes"
MOTIVE_LIST_ONLY: Final = "Inscrite à la liste ESS France, catégorie juridique hors périmètre"


def motive_outside(legal_category: str) -> str:
    return f"Catégorie juridique {legal_category or 'absente'} hors périmètre"


def _base(rules: PerimeterRules, siren: str, legal_category: str, ess_flag: str) -> Decision:
    """What the legal unit alone says, before its establishments’ activities."""
    rule = rules.categories.get(legal_category)
    company = legal_category.startswith("5")
    flagged = ess_flag == "O"
    if rule is not None and rule.included:
        return Decision(INCLUDED, rule.family, rule.sub_family, rule.motive)
    if company and siren in rules.lists["scop_scic"]:
        return Decision(INCLUDED, EssFamily.COOPERATIVE, "Scop et Scic", MOTIVE_SCOP)
    if company and flagged and siren in rules.lists["ess_france"]:
        return Decision(INCLUDED, EssFamily.COMMERCIAL, "", MOTIVE_LISTED_ESS_FRANCE)
    if company and flagged and siren in rules.lists["esus"]:
        return Decision(INCLUDED, EssFamily.COMMERCIAL, "", MOTIVE_LISTED_ESUS)
    if company and flagged:
        return Decision(TO_QUALIFY, "", "", MOTIVE_FLAG_ONLY)
    if siren in rules.lists["ess_france"]:
        return Decision(TO_QUALIFY, "", "", MOTIVE_LIST_ONLY)
    return Decision(EXCLUDED, "", "", motive_outside(legal_category))


def qualify(
    rules: PerimeterRules,
    *,
    siret: str,
    siren: str,
    legal_category: str,
    ess_flag: str,
    ape: str,
    nomenclature: str,
) -> Decision:
    """Say whether an open establishment belongs to the ESS, and why.

    `legal_category` and `ess_flag` are the legal unit’s, `ape` and `nomenclature` the establishment’s; empty text means no
    value. In order: a decision of the observatory on the SIRET, then on the SIREN; the legal category; the list of Scop and
    Scic; a company that declares itself ESS and is on a list; a company that only declares itself (noisy flag: to qualify);
    a unit that only the list knows (to qualify). An excluded activity takes out what the legal unit let in. Activities are
    compared on four figures, in NAF rév. 2 and NAF 2025 only: the same figures meant something else before.
    """
    manual = rules.decisions.get(siret) or rules.decisions.get(siren)
    if manual is not None:
        return Decision(manual.qualification, manual.family, manual.sub_family, manual.motive)
    base = _base(rules, siren, legal_category, ess_flag)
    if base.qualification != EXCLUDED and nomenclature_of(nomenclature) in rules.nomenclatures:
        activity = rules.activities.get(naf4(ape))
        if activity is not None:
            return Decision(EXCLUDED, "", "", activity.motive)
    return base
