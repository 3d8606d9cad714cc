"""The page of the definition sheets: the whole catalogue, grouped as a reader looks for it."""

from dataclasses import dataclass
from typing import Final

from territories.foundations.formats import Unit, capitalise
from territories.observatory.statistics.employment.sheets import JOB_ANALYSES, JOB_KEY_FIGURES
from territories.observatory.statistics.indicators import Indicator, definitions

UNIT_WORDS: Final = {
    Unit.COUNT: "nombre",
    Unit.SHARE: "pourcentage",
    Unit.RATE: "nombre à une décimale",
    Unit.INDEX: "indice (sans unité)",
    Unit.POINTS: "points de pourcentage",
    Unit.CHANGE: "évolution en pourcentage",
    Unit.EUROS: "euros",
    Unit.GAIN: "nombre d’emplois, avec son signe",
}
_SHIFT_SHARE: Final = ("jobs_before", "jobs_after", "job_gain", "national_effect", "structural_effect", "residual_effect")
_SURVIVAL: Final = ("created", "survival_3", "survival_5")


@dataclass(frozen=True)
class Sheet:
    """A definition sheet in words. `code` is its anchor."""

    code: str
    label: str
    formula: str
    unit: str
    denominator: str
    source: str
    limits: str


@dataclass(frozen=True)
class Group:
    """Sheets read together."""

    anchor: str
    title: str
    sheets: tuple[Sheet, ...]


def _sheet(indicator: Indicator) -> Sheet:
    return Sheet(
        indicator.code,
        indicator.label,
        indicator.formula,
        capitalise(UNIT_WORDS[indicator.unit]),
        capitalise(indicator.denominator),
        indicator.source,
        indicator.limits,
    )


def _group_of(indicator: Indicator) -> str:
    if indicator.code in JOB_KEY_FIGURES:
        return "emploi"
    if indicator.code in (*JOB_ANALYSES, *_SHIFT_SHARE):
        return "analyses"
    if indicator.code in _SURVIVAL or "emploi" not in indicator.source:
        return "etablissements"
    return "repartition"


TITLES: Final = {
    "emploi": "L’emploi : chiffres clés",
    "repartition": "L’emploi : répartitions et évolution",
    "etablissements": "Les établissements",
    "analyses": "Analyses avancées",
}


def groups() -> list[Group]:
    """Every sheet of the catalogue, in exactly one group."""
    held: dict[str, list[Sheet]] = {anchor: [] for anchor in TITLES}
    for indicator in definitions():
        held[_group_of(indicator)].append(_sheet(indicator))
    return [Group(f"fiches-{anchor}", title.replace(" :", "\u00a0:"), tuple(held[anchor])) for anchor, title in TITLES.items()]
