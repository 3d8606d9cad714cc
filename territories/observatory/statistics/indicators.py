"""The catalogue of indicators: what each figure is, how it is computed, over what, from what, and what it does not say.

Pages, JSON, files and documents take their labels and definition sheets from here; nobody else writes a formula in words.
"""

from typing import Final

from territories.foundations.formats import Unit
from territories.foundations.vocabulary import EMPLOYER_DEFINITION, SECTOR_LABELS, UNCLASSIFIED, UNCLASSIFIED_LABEL
from territories.observatory.statistics.employment.sheets import KEY_FIGURE_SHEETS
from territories.observatory.statistics.employment.table_sheets import TABLE_SHEETS
from territories.observatory.statistics.figures import SIGNIFICANCE_THRESHOLD
from territories.observatory.statistics.sheets import Indicator
from territories.observatory.statistics.tables import FAMILY_LABELS

SIRENE_AND_POPULATION: Final = "Insee, Sirene et populations municipales"

_SIRENE_LIMITS: Final = (
    "Les tranches d’effectif de Sirene sont établies au 31 décembre de l’avant-dernière année\u00a0: un employeur récent "
    "n’y figure pas encore."
)
_SMALL_COUNTS: Final = "Sur un petit territoire, un ou deux établissements suffisent à faire varier fortement cet indicateur."


_CATALOGUE: Final[tuple[Indicator, ...]] = (
    Indicator(
        code="employers",
        label="Établissements employeurs de l’ESS",
        short="Établissements employeurs",
        unit=Unit.COUNT,
        formula=f"Nombre d’établissements actifs du périmètre de l’ESS. {EMPLOYER_DEFINITION}",
        limits=_SIRENE_LIMITS,
    ),
    Indicator(
        code="enterprises",
        label="Entreprises employeuses de l’ESS",
        short="Entreprises",
        unit=Unit.COUNT,
        formula=(
            "Nombre de numéros SIREN distincts parmi les établissements employeurs de l’ESS du territoire\u00a0; une entreprise "
            "n’est comptée qu’une fois par territoire."
        ),
        limits="Ne s’additionne pas d’un territoire à l’autre\u00a0: une entreprise peut être présente dans plusieurs.",
    ),
    Indicator(
        code="non_employers",
        label="Établissements non employeurs de l’ESS",
        short="Non-employeurs",
        unit=Unit.COUNT,
        formula="Nombre d’établissements actifs du périmètre de l’ESS sans salarié connu au cours de l’année de référence.",
        limits=(
            "Chiffre secondaire\u00a0: beaucoup d’associations n’ont pas de numéro Sirene, et d’autres, inscrites, n’ont plus "
            "d’activité. Ce n’est pas le nombre d’associations du territoire."
        ),
    ),
    Indicator(
        code="private_share",
        label="Part de l’ESS dans les établissements employeurs privés",
        short="Part dans le privé",
        unit=Unit.SHARE,
        formula="Établissements employeurs de l’ESS / établissements employeurs privés, ESS comprise.",
        denominator="établissements employeurs privés",
        limits=(
            "Privé\u00a0: catégorie juridique ne commençant ni par 4 ni par 7. Hors particuliers employeurs et organismes "
            "extraterritoriaux (divisions 97 à 99). Une part d’établissements n’est pas une part d’emplois."
        ),
    ),
    Indicator(
        code="total_share",
        label="Part de l’ESS dans l’ensemble des établissements employeurs",
        short="Part dans l’ensemble",
        unit=Unit.SHARE,
        formula="Établissements employeurs de l’ESS / établissements employeurs privés et publics.",
        denominator="établissements employeurs privés et publics",
        limits="Hors divisions 97 à 99. À ne pas comparer à une part dans le privé.",
    ),
    Indicator(
        code="density",
        label="Établissements employeurs de l’ESS pour 10\u202f000 habitants",
        short="Pour 10\u202f000 habitants",
        unit=Unit.RATE,
        formula="10\u202f000 × établissements employeurs de l’ESS / population municipale.",
        denominator="habitants (population municipale)",
        source=SIRENE_AND_POPULATION,
        limits=f"Les établissements sont comptés là où ils sont, les habitants là où ils résident. {_SMALL_COUNTS}",
    ),
    Indicator(
        code="presence",
        label="Communes où l’ESS emploie",
        short="Présence",
        unit=Unit.SHARE,
        formula="Communes ayant au moins un établissement employeur de l’ESS / communes du territoire.",
        denominator="communes du territoire",
    ),
    Indicator(
        code="present_communes",
        label="Communes ayant au moins un établissement employeur de l’ESS",
        short="Communes avec un employeur",
        unit=Unit.COUNT,
        formula="Nombre de communes ayant au moins un établissement employeur de l’ESS.",
    ),
    Indicator(
        code="family_share",
        label="Part de la famille dans les établissements employeurs de l’ESS",
        short="Part",
        unit=Unit.SHARE,
        formula="Établissements employeurs de la famille / établissements employeurs de l’ESS.",
        denominator="établissements employeurs de l’ESS du territoire",
        limits="Parts arrondies au dixième de point de façon que leur total fasse 100\u00a0%.",
    ),
    Indicator(
        code="sector_mix",
        label="Part du secteur dans les établissements employeurs de l’ESS",
        short="Part",
        unit=Unit.SHARE,
        formula="Établissements employeurs de l’ESS du secteur / établissements employeurs de l’ESS.",
        denominator="établissements employeurs de l’ESS du territoire",
        limits="Parts arrondies au dixième de point de façon que leur total fasse 100\u00a0%.",
    ),
    Indicator(
        code="sector_share",
        label="Part de l’ESS dans les établissements employeurs privés du secteur",
        short="Part de l’ESS dans le secteur privé",
        unit=Unit.SHARE,
        formula="Établissements employeurs de l’ESS du secteur / établissements employeurs privés du secteur, ESS comprise.",
        denominator="établissements employeurs privés du secteur",
        limits=_SMALL_COUNTS,
    ),
    Indicator(
        code="specialisation",
        label="Indice de spécificité",
        unit=Unit.INDEX,
        formula=(
            "(employeurs de l’ESS du secteur / employeurs de l’ESS) dans le territoire, rapporté au même quotient dans le "
            "territoire de référence. Au-dessus de 1, le secteur pèse plus dans l’ESS du territoire que dans la référence."
        ),
        denominator="part du secteur dans l’ESS du territoire de référence",
        limits=f"Non significatif (n.s.) sous {SIGNIFICANCE_THRESHOLD} établissements employeurs de l’ESS dans le secteur.",
    ),
    Indicator(
        code="size_share",
        label="Part de la tranche dans les établissements employeurs de l’ESS",
        short="Part",
        unit=Unit.SHARE,
        formula="Établissements employeurs de la tranche d’effectif / établissements employeurs de l’ESS.",
        denominator="établissements employeurs de l’ESS du territoire",
        limits="Tranches de Sirene\u00a0: elles ne s’emboîtent pas dans les classes de taille de Flores.",
    ),
    Indicator(
        code="jobs_low",
        label="Emplois de l’ESS, borne basse (estimation Sirene)",
        short="Borne basse",
        unit=Unit.COUNT,
        formula="Somme des bornes inférieures des tranches d’effectif des établissements employeurs de l’ESS.",
        limits="Ordre de grandeur\u00a0: ce n’est pas un effectif mesuré et il ne se compare à aucune statistique d’emploi.",
    ),
    Indicator(
        code="jobs_high",
        label="Emplois de l’ESS, borne haute (estimation Sirene)",
        short="Borne haute",
        unit=Unit.COUNT,
        formula="Somme des bornes supérieures des tranches d’effectif des établissements employeurs de l’ESS.",
        limits="Non disponible si un établissement est dans la tranche ouverte «\u00a010\u202f000 salariés et plus\u00a0».",
    ),
    Indicator(
        code="creations",
        label="Créations d’établissements de l’ESS",
        short="Créations",
        unit=Unit.COUNT,
        formula="Établissements du périmètre de l’ESS, employeurs ou non, dont la date de création est dans l’année.",
        limits="Un transfert d’adresse crée un établissement sans créer d’activité\u00a0; les dates inconnues sont écartées.",
    ),
    Indicator(
        code="cessations",
        label="Cessations d’établissements de l’ESS",
        short="Cessations",
        unit=Unit.COUNT,
        formula="Établissements du périmètre de l’ESS, employeurs ou non, fermés dans l’année et toujours fermés.",
        limits="Beaucoup d’associations cessent sans le déclarer\u00a0: les cessations sont sous-estimées et tardives.",
    ),
    Indicator(
        code="balance",
        label="Solde des créations et des cessations",
        short="Solde",
        unit=Unit.COUNT,
        formula="Créations − cessations de l’année.",
        limits="Les cessations étant sous-déclarées, le solde est surestimé.",
    ),
    Indicator(
        code="population",
        label="Population municipale",
        unit=Unit.COUNT,
        formula="Population municipale en vigueur, somme de celles des communes.",
        source="Insee, populations de référence",
    ),
    Indicator(
        code="commune_count",
        label="Communes",
        unit=Unit.COUNT,
        formula="Nombre de communes du territoire dans la géographie indiquée.",
        source="Insee, code officiel géographique",
    ),
    Indicator(
        code="private_employers",
        label="Établissements employeurs privés, ESS comprise",
        short="Employeurs privés",
        unit=Unit.COUNT,
        formula="Établissements employeurs dont la catégorie juridique ne commence ni par 4 ni par 7, hors divisions 97 à 99.",
        limits=_SIRENE_LIMITS,
    ),
    Indicator(
        code="all_employers",
        label="Établissements employeurs privés et publics",
        short="Ensemble des employeurs",
        unit=Unit.COUNT,
        formula="Établissements employeurs de toutes catégories juridiques, hors divisions 97 à 99.",
        limits=_SIRENE_LIMITS,
    ),
    Indicator(
        code="top_employers",
        label="Principaux employeurs",
        unit=Unit.COUNT,
        formula="Établissements de l’ESS classés par tranche d’effectif publique, puis par ordre alphabétique.",
        limits=(
            "Aucun effectif exact n’est publié. Les établissements en diffusion partielle ne sont pas nommés. L’ordre à "
            "l’intérieur d’une tranche n’est pas un classement."
        ),
    ),
    *KEY_FIGURE_SHEETS,
    *TABLE_SHEETS,
)

INDICATORS: Final[dict[str, Indicator]] = {indicator.code: indicator for indicator in _CATALOGUE}

# The rows of the table of key figures, in order.
KEY_FIGURES: Final = (
    "employers",
    "private_share",
    "total_share",
    "density",
    "enterprises",
    "non_employers",
    "jobs_low",
    "jobs_high",
    "presence",
    "present_communes",
    "creations",
    "cessations",
    "commune_count",
    "population",
    "private_employers",
    "all_employers",
)

# What a comparison of territories shows: relative figures first, they alone compare territories of different sizes.
COMPARED: Final = ("private_share", "total_share", "density", "presence", "employers", "non_employers")


def column_label(column: str) -> str:
    """The printed label of a column: an indicator, a famille or a sector."""
    if column in INDICATORS:
        return INDICATORS[column].column
    if column in FAMILY_LABELS:
        return FAMILY_LABELS[column]
    return UNCLASSIFIED_LABEL if column == UNCLASSIFIED else SECTOR_LABELS[column]


def unit_of(column: str) -> Unit:
    """The unit of a column: that of its indicator, a count for a famille or a sector."""
    indicator = INDICATORS.get(column)
    return Unit.COUNT if indicator is None else indicator.unit


def definitions(codes: tuple[str, ...] = ()) -> list[Indicator]:
    """Definition sheets of these codes, or of the whole catalogue, in the order of the catalogue."""
    return [indicator for indicator in _CATALOGUE if not codes or indicator.code in codes]
