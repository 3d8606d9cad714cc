"""Definition sheets of the key figures with jobs: formula in words, unit, denominator, source, limits."""

from typing import Final

from territories.foundations.formats import Unit
from territories.observatory.statistics.sheets import Indicator

EMPLOYMENT: Final = "Source d’emploi citée sous le tableau (Insee, Flores ou Urssaf)"
EMPLOYMENT_AND_POPULATION: Final = "Source d’emploi citée sous le tableau et populations municipales de l’Insee"

POSTS_NOTE: Final = (
    "Des postes, et non des personnes\u00a0: une personne qui a deux employeurs compte deux fois, un temps partiel compte pour "
    "un. Comptés au lieu de travail."
)
PRIVATE_NOTE: Final = (
    "Privé\u00a0: ESS et reste du privé, hors secteur public, défense et particuliers employeurs. Si la source ne donne pas le "
    "privé, il est la somme de l’ESS et du privé hors ESS, ou à défaut l’ensemble moins le public."
)
OTHER_NOTE: Final = "Privé hors ESS\u00a0: donné par la source, ou à défaut le privé moins l’ESS."
PERSON_NOTE: Final = "Les postes par sexe et par âge ont leur propre seuil de secret."

KEY_FIGURE_SHEETS: Final[tuple[Indicator, ...]] = (
    Indicator(
        code="jobs",
        label="Emplois salariés de l’ESS",
        short="Emplois",
        unit=Unit.COUNT,
        formula="Somme des postes salariés des établissements du périmètre de l’ESS de la source.",
        source=EMPLOYMENT,
        limits=POSTS_NOTE,
    ),
    Indicator(
        code="fte",
        label="Équivalents temps plein de l’ESS",
        short="ETP",
        unit=Unit.COUNT,
        formula="Somme des équivalents temps plein des établissements de l’ESS, sur l’année.",
        source=EMPLOYMENT,
        limits="Volume de travail de l’année, arrondi à l’unité\u00a0: à ne pas comparer à un nombre de personnes.",
    ),
    Indicator(
        code="gross_pay",
        label="Rémunérations brutes versées par l’ESS",
        short="Rémunérations brutes",
        unit=Unit.EUROS,
        formula="Somme des rémunérations brutes des établissements de l’ESS, en euros courants, sur l’année.",
        source=EMPLOYMENT,
        limits="Avant cotisations salariales, sans celles de l’employeur. Euros courants\u00a0: l’inflation y est comprise.",
    ),
    Indicator(
        code="source_establishments",
        label="Établissements employeurs de l’ESS, selon la source d’emploi",
        short="Établissements",
        unit=Unit.COUNT,
        formula="Nombre d’établissements de l’ESS ayant employé au moins un salarié, tels que la source d’emploi les compte.",
        source=EMPLOYMENT,
        limits="Diffère du compte de Sirene\u00a0: autre date, autre champ, autre périmètre.",
    ),
    Indicator(
        code="source_enterprises",
        label="Entreprises employeuses de l’ESS, selon la source d’emploi",
        short="Entreprises",
        unit=Unit.COUNT,
        formula="Nombre d’entreprises distinctes (SIREN) de l’ESS ayant employé au moins un salarié dans le territoire.",
        source=EMPLOYMENT,
        limits="Ne s’additionne pas\u00a0: non disponible pour un territoire composé de plusieurs autres.",
    ),
    Indicator(
        code="private_job_share",
        label="Part de l’ESS dans l’emploi salarié privé",
        short="Part dans l’emploi privé",
        unit=Unit.SHARE,
        formula="Emplois de l’ESS / emplois salariés privés, ESS comprise.",
        denominator="emplois salariés privés, ESS comprise",
        source=EMPLOYMENT,
        limits=PRIVATE_NOTE,
    ),
    Indicator(
        code="total_job_share",
        label="Part de l’ESS dans l’ensemble de l’emploi salarié",
        short="Part dans l’ensemble de l’emploi",
        unit=Unit.SHARE,
        formula="Emplois de l’ESS / emplois salariés privés et publics.",
        denominator="emplois salariés privés et publics",
        source=EMPLOYMENT,
        limits="À ne pas comparer à une part dans l’emploi privé.",
    ),
    Indicator(
        code="private_pay_share",
        label="Part de l’ESS dans les rémunérations brutes du privé",
        short="Part dans les rémunérations du privé",
        unit=Unit.SHARE,
        formula="Rémunérations brutes de l’ESS / rémunérations brutes du privé, ESS comprise.",
        denominator="rémunérations brutes du privé, ESS comprise",
        source=EMPLOYMENT,
        limits="Souvent inférieure à la part dans l’emploi\u00a0: temps partiels et métiers y comptent autant que les salaires.",
    ),
    Indicator(
        code="total_pay_share",
        label="Part de l’ESS dans l’ensemble des rémunérations brutes",
        short="Part dans l’ensemble des rémunérations",
        unit=Unit.SHARE,
        formula="Rémunérations brutes de l’ESS / rémunérations brutes privées et publiques.",
        denominator="rémunérations brutes privées et publiques",
        source=EMPLOYMENT,
        limits="À ne pas comparer à une part dans les rémunérations du privé.",
    ),
    Indicator(
        code="source_establishment_share",
        label="Part de l’ESS dans les établissements employeurs privés, selon la source d’emploi",
        short="Part dans les établissements privés",
        unit=Unit.SHARE,
        formula="Établissements de l’ESS / établissements employeurs privés, ESS comprise, de la même source.",
        denominator="établissements employeurs privés de la source d’emploi",
        source=EMPLOYMENT,
        limits="Diffère de la part calculée sur Sirene\u00a0: autre date, autre champ, autre périmètre.",
    ),
    Indicator(
        code="jobs_per_1000",
        label="Emplois de l’ESS pour 1\u202f000 habitants",
        short="Pour 1\u202f000 habitants",
        unit=Unit.RATE,
        formula="1\u202f000 × emplois de l’ESS / population municipale.",
        denominator="habitants (population municipale)",
        source=EMPLOYMENT_AND_POPULATION,
        limits="Emplois au lieu de travail, habitants au lieu de résidence\u00a0: ce n’est pas un taux d’emploi.",
    ),
    Indicator(
        code="jobs_per_establishment",
        label="Taille moyenne d’un établissement de l’ESS",
        short="Emplois par établissement",
        unit=Unit.RATE,
        formula="Emplois de l’ESS / établissements employeurs de l’ESS de la même source.",
        denominator="établissements employeurs de l’ESS, selon la source d’emploi",
        source=EMPLOYMENT,
        limits="Une moyenne\u00a0: quelques grands établissements suffisent à l’élever.",
    ),
    Indicator(
        code="fte_ratio",
        label="Équivalents temps plein par emploi de l’ESS",
        short="ETP par emploi",
        unit=Unit.INDEX,
        formula="Équivalents temps plein de l’année / emplois de la dernière semaine de décembre.",
        denominator="emplois salariés de l’ESS",
        source=EMPLOYMENT,
        limits=(
            "Un volume annuel rapporté à un effectif de fin d’année\u00a0: bas s’il y a beaucoup de temps partiels ou de postes "
            "ouverts en cours d’année, il peut dépasser 1 si l’activité est saisonnière."
        ),
    ),
    Indicator(
        code="pay_per_fte",
        label="Rémunération brute annuelle par équivalent temps plein, dans l’ESS",
        short="Rémunération par ETP",
        unit=Unit.EUROS,
        formula="Rémunérations brutes de l’ESS / équivalents temps plein de l’ESS.",
        denominator="équivalents temps plein de l’ESS",
        source=EMPLOYMENT,
        limits="Moyenne brute par an, en euros courants\u00a0: ni un salaire médian, ni un salaire à métier ou diplôme égal.",
    ),
    Indicator(
        code="other_pay_per_fte",
        label="Rémunération brute annuelle par équivalent temps plein, dans le privé hors ESS",
        short="Rémunération par ETP, privé hors ESS",
        unit=Unit.EUROS,
        formula="Rémunérations brutes du privé hors ESS / équivalents temps plein du privé hors ESS.",
        denominator="équivalents temps plein du privé hors ESS",
        source=EMPLOYMENT,
        limits=OTHER_NOTE,
    ),
    Indicator(
        code="public_pay_per_fte",
        label="Rémunération brute annuelle par équivalent temps plein, dans le public",
        short="Rémunération par ETP, public",
        unit=Unit.EUROS,
        formula="Rémunérations brutes du public / équivalents temps plein du public.",
        denominator="équivalents temps plein du public",
        source=EMPLOYMENT,
        limits="Public tel que la source le délimite, hors défense.",
    ),
    Indicator(
        code="women_share",
        label="Part des femmes dans l’emploi de l’ESS",
        short="Femmes",
        unit=Unit.SHARE,
        formula="Emplois de l’ESS occupés par des femmes / emplois de l’ESS.",
        denominator="emplois salariés de l’ESS",
        source=EMPLOYMENT,
        limits=PERSON_NOTE,
    ),
    Indicator(
        code="other_women_share",
        label="Part des femmes dans l’emploi privé hors ESS",
        short="Femmes, privé hors ESS",
        unit=Unit.SHARE,
        formula="Emplois du privé hors ESS occupés par des femmes / emplois du privé hors ESS.",
        denominator="emplois salariés du privé hors ESS",
        source=EMPLOYMENT,
        limits=OTHER_NOTE,
    ),
    Indicator(
        code="over_50_share",
        label="Départs à la retraite dans les dix ans\u00a0: part des plus âgés dans l’emploi de l’ESS",
        short="Départs dans les dix ans",
        unit=Unit.SHARE,
        formula=(
            "Emplois de l’ESS occupés par des personnes de 50 ans et plus / emplois de l’ESS. Convention\u00a0: qui a 50 ans "
            "ou plus atteindra l’âge de la retraite dans dix ans environ. Si la source ne donne que les 55 ans et plus, ce sont "
            "eux, et le tableau le dit."
        ),
        denominator="emplois salariés de l’ESS",
        source=EMPLOYMENT,
        limits="Une convention, et non une prévision\u00a0: l’âge effectif de départ dépend des métiers et des carrières.",
    ),
    Indicator(
        code="other_over_50_share",
        label="Part des plus âgés dans l’emploi privé hors ESS",
        short="Départs dans les dix ans, privé hors ESS",
        unit=Unit.SHARE,
        formula="La même classe d’âge que dans l’ESS / emplois du privé hors ESS.",
        denominator="emplois salariés du privé hors ESS",
        source=EMPLOYMENT,
        limits=OTHER_NOTE,
    ),
    Indicator(
        code="private_jobs",
        label="Emplois salariés privés, ESS comprise",
        short="Emplois privés",
        unit=Unit.COUNT,
        formula="Somme des postes salariés du privé, ESS comprise.",
        source=EMPLOYMENT,
        limits=PRIVATE_NOTE,
    ),
    Indicator(
        code="total_jobs",
        label="Emplois salariés privés et publics",
        short="Ensemble des emplois",
        unit=Unit.COUNT,
        formula="Somme des postes salariés du privé et du public.",
        source=EMPLOYMENT,
        limits="Hors défense et particuliers employeurs.",
    ),
)

# The rows of the table of key figures, in order.
JOB_KEY_FIGURES: Final = (
    "jobs",
    "fte",
    "gross_pay",
    "source_establishments",
    "source_enterprises",
    "private_job_share",
    "total_job_share",
    "private_pay_share",
    "total_pay_share",
    "source_establishment_share",
    "jobs_per_1000",
    "jobs_per_establishment",
    "fte_ratio",
    "pay_per_fte",
    "other_pay_per_fte",
    "public_pay_per_fte",
    "women_share",
    "other_women_share",
    "over_50_share",
    "other_over_50_share",
    "private_jobs",
    "total_jobs",
)

# What a comparison of territories shows: relative figures first, they alone compare territories of different sizes.
JOB_COMPARED: Final = ("private_job_share", "total_job_share", "jobs_per_1000", "fte_ratio", "pay_per_fte", "women_share", "jobs")

JOB_ANALYSES: Final = (
    "specialisation_coefficient",
    "sector_herfindahl",
    "equivalent_sectors",
    "first_sector_share",
    "first_communes_share",
)
