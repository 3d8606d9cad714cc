"""The chapters of a portrait, in the order of a real report: the same for the page and for the document."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from territories.foundations.formats import NBSP


@dataclass(frozen=True)
class Chapter:
    """A chapter: its anchor in the page, its title, what it asks, the exhibits it may hold, in order.

    `bare_title` and `bare_question` are those of the chapter without any statistics with jobs.
    """

    anchor: str
    title: str
    question: str
    keys: tuple[str, ...]
    bare_title: str = ""
    bare_question: str = ""

    def held(self, shown: Collection[str]) -> list[str]:
        """The exhibits of this chapter among those shown, in its order."""
        return [key for key in self.keys if key in shown]

    def parts(self, shown: Collection[str]) -> dict[str, str]:
        """The words before the first exhibit of each source, when the chapter shows jobs and establishments both."""
        held = self.held(shown)
        groups = {
            "Les emplois": [key for key in held if _is_job(key)],
            "Les établissements": [key for key in held if not _is_job(key)],
        }
        return {keys[0]: words for words, keys in groups.items()} if all(groups.values()) else {}

    def title_for(self, shown: Collection[str]) -> str:
        return self.title if not self.bare_title or _has_statistics(self.held(shown)) else self.bare_title

    def question_for(self, shown: Collection[str]) -> str:
        """What it asks, with French spacing."""
        asked = self.question if not self.bare_question or _has_statistics(self.held(shown)) else self.bare_question
        return spaced(asked)


def spaced(text: str) -> str:
    """French spacing before a question mark or a colon."""
    return text.replace(" ?", f"{NBSP}?").replace(" :", f"{NBSP}:")


def _is_job(key: str) -> bool:
    return key.startswith("jobs_")


def _has_statistics(keys: Collection[str]) -> bool:
    return any(_is_job(key) or key == "survival" for key in keys)


CHAPTERS: Final = (
    Chapter(
        "comparaison",
        "Le poids de l’ESS",
        "Que représente l’ESS dans l’emploi et parmi les employeurs du territoire, et au regard des territoires voisins ?",
        ("jobs_comparison", "jobs_weight", "comparison"),
        bare_question="Que représente l’ESS parmi les employeurs du territoire, et au regard des territoires voisins ?",
    ),
    Chapter(
        "familles",
        "Les familles de l’ESS",
        "Associations, coopératives, mutuelles, fondations, sociétés commerciales : qui emploie ?",
        ("jobs_families", "families", "family_sector"),
    ),
    Chapter(
        "secteurs",
        "Les secteurs d’activité",
        "Dans quels secteurs l’ESS est-elle présente, et où pèse-t-elle plus qu’ailleurs ?",
        ("jobs_sectors", "jobs_sector_share", "jobs_specialisation", "sectors", "sector_share", "specialisation"),
    ),
    Chapter(
        "taille",
        "La taille",
        "De petites équipes ou de grandes maisons, et combien d’emplois dans chacune ?",
        ("jobs_sizes", "sizes", "top_employers"),
        bare_title="La taille des employeurs",
        bare_question="De petites équipes ou de grandes maisons ?",
    ),
    Chapter(
        "salaries",
        "Qui travaille dans l’ESS",
        "Femmes et hommes, jeunes et moins jeunes : qui occupe les emplois, et combien de départs d’ici dix ans ?",
        ("jobs_gender", "jobs_ages", "jobs_retirement"),
    ),
    Chapter(
        "salaires",
        "Salaires et temps de travail",
        "Que gagne-t-on dans l’ESS, et à quelle distance du temps plein ?",
        ("jobs_pay", "jobs_working_time"),
    ),
    Chapter(
        "evolution",
        "L’évolution",
        "L’emploi de l’ESS progresse-t-il, et au même rythme que le reste du privé ?",
        ("jobs_levels", "jobs_evolution", "jobs_other_series"),
    ),
    Chapter(
        "communes",
        "L’ESS dans les communes",
        "Où sont les emplois et les employeurs de l’ESS ?",
        ("jobs_communes", "communes"),
        bare_question="Où se trouvent les employeurs de l’ESS ?",
    ),
    Chapter(
        "creations",
        "Créations, cessations, survie",
        "Le tissu se renouvelle-t-il, et ce qui naît dure-t-il ?",
        ("dynamics", "survival"),
        bare_title="Créations et cessations",
        bare_question="Le tissu se renouvelle-t-il ?",
    ),
)
