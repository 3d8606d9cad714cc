"""The yearly update: the steps in order, and where each of them stands for a year. Computed from the data; nothing is ticked.

A year of update is that of the work: in 2026 one loads the géographie of 2026, a Sirene of 2026, the jobs of the end of 2024. A
step of which the room is not in this instance is left out. A step that does not apply keeps the reason that was given.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from django.apps import apps
from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from territories.access.enums import Capability
from territories.foundations.formats import compte, date_fr, nombre
from territories.geography.models import Millesime
from territories.observatory.enums import DatasetState, DiffusionPolicy, ReleaseState
from territories.observatory.models import Dataset, DiffusionPermit, Release, SkippedStep

FIRST_YEAR: Final = 2020
# How many years before the update the data of a source describe.
ORDER_LAG: Final = 2
URSSAF_LAG: Final = 1
ORDER: Final = "insee-commande"
FLORES: Final = "flores-open"
URSSAF: Final = "urssaf-ess"
SIRENE_UNITS: Final = "https://www.data.gouv.fr/datasets/r/825f4199-cadd-486c-ac46-a65a8ea1a047"
SIRENE_ESTABLISHMENTS: Final = "https://www.data.gouv.fr/datasets/r/0651fb76-bcf3-4f6a-a38d-bc04fa708576"
ESS_FRANCE: Final = "https://www.data.gouv.fr/datasets/r/57bc99ca-0432-4b46-8fcc-e76a35c9efaf"
FLORES_ADDRESS: Final = "https://api.insee.fr/melodi/file/DS_FLORES_A38/DS_FLORES_A38_{year}_CSV_FR"
URSSAF_ADDRESS: Final = (
    "https://open.urssaf.fr/explore/dataset/nombre-etab-effectifs-salaries-et-masse-salariale-ess-regions-x-na88/"
)
COG_ADDRESS: Final = "https://www.insee.fr/fr/information/2560452"
# A stock of Sirene older than this is worth replacing.
OLD_STOCK_DAYS: Final = 366


class StepState(StrEnum):
    DONE = "done"
    TO_DO = "to_do"
    LATE = "late"
    WAITING = "waiting"
    SKIPPED = "skipped"

    @property
    def label(self) -> str:
        return _LABELS[self]

    @property
    def kind(self) -> str:
        """The colour of the state on the page."""
        return {"done": "success", "to_do": "current", "late": "warning", "waiting": "", "skipped": ""}[self.value]


_LABELS: Final = {
    StepState.DONE: "Fait",
    StepState.TO_DO: "À faire",
    StepState.LATE: "En retard",
    StepState.WAITING: "Le moment venu",
    StepState.SKIPPED: "Sans objet",
}


@dataclass(frozen=True)
class Action:
    """A button or a link: what it says, where it goes, and what one must be allowed to do to see it."""

    label: str
    url: str
    capability: Capability = Capability.IMPORT_DATA
    is_main: bool = True


@dataclass(frozen=True)
class Step:
    """A step for a year. `facts` are (term, text); `links` (label, address) elsewhere; `by` and `on` when it is done."""

    key: str
    title: str
    state: StepState
    summary: str
    help: str
    actions: tuple[Action, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    on: date | None = None
    by: str = ""
    reason: str = ""
    # The layouts of files that belong here, as `inbox.recognised` names them.
    files: tuple[str, ...] = ()

    @property
    def may_be_skipped(self) -> bool:
        return self.key not in (CHANGES, CONTROL, RELEASE)


GEOGRAPHY: Final = "geographie"
SIRENE: Final = "sirene"
LISTS: Final = "listes"
OPEN_FLORES: Final = "flores"
CRESS_ORDER: Final = "commande"
OPEN_URSSAF: Final = "urssaf"
CHANGES: Final = "ce-qui-change"
CONTROL: Final = "controle"
RELEASE: Final = "publication"


@dataclass
class Situation:
    """What is in the base, read once for all the steps of a year. `late` asks of a day of the year whether it is over."""

    year: int
    today: date
    millesime: Millesime | None
    sirene: Dataset | None
    statistics: Mapping[str, Sequence[Dataset]]
    release: Release | None
    permitted: frozenset[Any] = frozenset()
    skipped: Mapping[str, SkippedStep] = field(default_factory=dict)

    @classmethod
    def read(cls, year: int) -> "Situation":
        """Six queries, whatever the number of datasets."""
        region = settings.CRESS_REGION
        active = Dataset.objects.filter(state=DatasetState.ACTIVE, region=region).select_related("imported_by")
        statistics: dict[str, list[Dataset]] = {}
        for dataset in active.filter(year__isnull=False).order_by("-year", "source").defer("account", "files"):
            statistics.setdefault(dataset.source, []).append(dataset)
        release = (
            Release.objects.filter(state=ReleaseState.CURRENT)
            .select_related("released_by", "dataset")
            .order_by("-number")
            .first()
        )
        permits = DiffusionPermit.objects.filter(withdrawn_at__isnull=True).values_list("dataset_id", flat=True)
        return cls(
            year=year,
            today=timezone.localdate(),
            millesime=Millesime.objects.filter(is_current=True).first(),
            sirene=Dataset.objects.active(),
            statistics=statistics,
            release=release,
            permitted=frozenset(permits),
            skipped={row.step: row for row in SkippedStep.objects.filter(year=year).select_related("decided_by")},
        )

    def pending(self, month: int) -> StepState:
        """To do, or late once `month` of the year is over."""
        due = date(self.year + month // 12, month % 12 + 1, 1)
        return StepState.LATE if self.today >= due else StepState.TO_DO

    def dataset_of(self, source: str, year: int) -> Dataset | None:
        """The dataset in use of a source that describes this year, or a later one."""
        return next((one for one in reversed(self.statistics.get(source, ())) if one.year is not None and one.year >= year), None)

    def last_of(self, source: str) -> Dataset | None:
        return next(iter(self.statistics.get(source, ())), None)

    @property
    def unpublished(self) -> list[Dataset]:
        """The datasets in use that arrived after the release on line was asked for. Those that nobody may "
        "publish do not count."""
        since = self.release.created_at if self.release is not None else None
        fresh = [
            one
            for rows in self.statistics.values()
            for one in rows
            if (since is None or one.imported_at > since) and (one.policy != DiffusionPolicy.COMPLETE or one.pk in self.permitted)
        ]
        if self.sirene is not None and (self.release is None or self.sirene.pk != self.release.dataset_id):
            fresh.insert(0, self.sirene)
        return fresh


def address_of(name: str, *args: object) -> str:
    """The address of a page, empty when its room is not in this instance."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


def _who(dataset: Dataset) -> tuple[date, str]:
    return timezone.localdate(dataset.imported_at), str(dataset.imported_by or "")


def _geography(now: Situation) -> Step:
    held = now.millesime
    done = held is not None and held.year >= now.year
    facts = []
    if held is not None:
        facts = [("Millésime chargé", f"au 1er janvier {held.year}"), ("Populations", held.population_label)]
        if not done:
            facts.append(("Suivant attendu", f"au 1er janvier {now.year}"))
    return Step(
        GEOGRAPHY,
        "Géographie",
        StepState.DONE if done else now.pending(3),
        f"Communes et EPCI au 1er janvier {now.year}.",
        (
            "L’Insee publie le code officiel géographique au printemps\u00a0; le paquet dont nous tirons communes, EPCI et "
            "populations suit de quelques semaines. Il se charge par une commande du serveur (load_geography), à demander à la "
            "personne qui l’administre\u00a0: les territoires composés sont repris, et ce qui ne peut l’être est dit."
        ),
        actions=(Action("Voir les territoires à reprendre", address_of("geography:compositions"), is_main=False),),
        facts=tuple(facts),
        links=(("Code officiel géographique (Insee)", COG_ADDRESS),),
        on=timezone.localdate(held.loaded_at) if done and held is not None else None,
    )


def _sirene(now: Situation) -> Step:
    held = now.sirene
    done = held is not None and held.vintage_on.year >= now.year
    facts = []
    if held is not None:
        age = (now.today - held.vintage_on).days
        facts = [
            (
                "État des fichiers",
                f"au {date_fr(held.vintage_on)}" + (f", il y a {nombre(age // 30)}\u00a0mois" if age >= 60 else ""),
            ),
            ("Tranches d’effectif", f"au 31 décembre {held.workforce_year}" if held.workforce_year else ""),
        ]
        if age > OLD_STOCK_DAYS:
            facts.append(("À savoir", "Ce stock a plus d’un an\u00a0: des établissements ont ouvert et fermé depuis."))
    on, by = _who(held) if done and held is not None else (None, "")
    return Step(
        SIRENE,
        "Stock Sirene",
        StepState.DONE if done else now.pending(6),
        "Les deux fichiers nationaux, de préférence en parquet.",
        (
            "Prenez StockUniteLegale et StockEtablissement du même mois, plus de 2\u00a0Go chacun\u00a0: "
            "déposez-les dans le dossier du "
            "serveur plutôt que de les envoyer. Le chargement prend quelques minutes et ne change rien à ce qui est en ligne."
        ),
        actions=(Action("Charger Sirene", reverse("observatory:import_sirene")),),
        facts=tuple(facts),
        links=(("StockUniteLegale", SIRENE_UNITS), ("StockEtablissement", SIRENE_ESTABLISHMENTS)),
        on=on,
        by=by,
        files=("sirene",),
    )


def _lists(now: Situation) -> Step | None:
    """The lists joined by SIREN, when their room is here: its model and its page are looked up by name."""
    url = address_of("observatory:siren_lists")
    try:
        model = apps.get_model("observatory", "SirenList")
    except LookupError:
        return None
    if not url:
        return None
    adopted = list(model._default_manager.exclude(adopted_at=None).order_by("-dated_on", "pk"))
    recent = [one for one in adopted if one.dated_on.year >= now.year]
    kinds = dict.fromkeys(str(one.get_kind_display()) for one in adopted)
    facts = [
        (kind, f"liste du {date_fr(next(one.dated_on for one in adopted if str(one.get_kind_display()) == kind))}")
        for kind in kinds
    ]
    return Step(
        LISTS,
        "Listes",
        StepState.DONE if recent else now.pending(9),
        "ESS France, Esus, Scop et Scic, structures d’insertion, entreprises adaptées.",
        (
            "Elles disent de l’ESS ce que la forme juridique ne dit pas, et se joignent par le numéro SIREN. "
            "Une liste adoptée sert au "
            "chargement suivant de Sirene."
        ),
        actions=(Action("Ouvrir les listes", url),),
        facts=tuple(facts),
        links=(("Liste ESS France (data.gouv.fr)", ESS_FRANCE),),
        on=timezone.localdate(recent[0].adopted_at) if recent else None,
        files=("liste",),
    )


def _source_step(
    now: Situation, key: str, source: str, year: int, month: int, title: str, summary: str, help_text: str, **more: Any
) -> Step:
    """A step that loads one source of statistics with jobs: done when a dataset in use describes `year`."""
    held, last = now.dataset_of(source, year), now.last_of(source)
    facts = [("Année attendue", str(year))]
    if last is not None:
        revision = f", révision {last.revision}" if last.revision > 1 else ""
        facts.append(("Dernière année en usage", f"{last.year}{revision}, chargée le {date_fr(_who(last)[0])}"))
        if last.is_demonstration:
            facts.append(("À savoir", "Ce sont des données de démonstration."))
    else:
        facts.append(("Dernière année en usage", "aucune"))
    on, by = _who(held) if held is not None else (None, "")
    address = f"{reverse('observatory:import_statistics')}?source={source}"
    return Step(
        key,
        title,
        StepState.DONE if held is not None else now.pending(month),
        summary,
        help_text,
        actions=(Action(f"Charger {more.pop('what')}", address), *more.pop("actions", ())),
        facts=tuple(facts),
        on=on,
        by=by,
        **more,
    )


def _flores(now: Situation) -> Step:
    year = now.year - ORDER_LAG
    return _source_step(
        now,
        OPEN_FLORES,
        FLORES,
        year,
        6,
        "Flores, données ouvertes",
        f"Emplois au 31 décembre {year}, tous secteurs\u00a0: les dénominateurs.",
        (
            "L’Insee le publie à la fin de mars. Le fichier zip se dépose tel quel\u00a0: communes, "
            "départements, régions et France. Il "
            "ne dit rien de l’ESS. L’Insee ne garantit pas que deux années se comparent\u00a0: regardez les totaux au contrôle."
        ),
        what=f"Flores {year}",
        links=((f"DS_FLORES_A38_{year}_CSV_FR", FLORES_ADDRESS.format(year=year)),),
        files=("flores",),
    )


def _order(now: Situation) -> Step:
    year = now.year - ORDER_LAG
    return _source_step(
        now,
        CRESS_ORDER,
        ORDER,
        year,
        9,
        "Commande du réseau des CRESS",
        f"Emplois, équivalents temps plein et rémunérations de l’ESS au 31 décembre {year}.",
        (
            "À demander à l’Insee au printemps, avec le réseau des CRESS\u00a0: communes, EPCI, "
            "départements, région et France\u00a0; ESS, "
            "privé hors ESS, public, ensemble\u00a0; famille, secteur, taille, sexe, âge. Joignez le modèle "
            "ci-dessous à la demande. Faites "
            "préciser si les lignes absentes sont des zéros, si le secret est déjà posé, et toute rupture "
            "avec l’année précédente."
        ),
        what=f"la commande {year}",
        actions=(
            Action("Modèle vide (XLSX)", reverse("observatory:order_model"), Capability.IMPORT_DATA, is_main=False),
            Action("Exemple rempli (CSV)", reverse("observatory:order_example"), Capability.IMPORT_DATA, is_main=False),
        ),
        files=("canonical",),
    )


def _urssaf(now: Situation) -> Step:
    year = now.year - URSSAF_LAG
    return _source_step(
        now,
        OPEN_URSSAF,
        URSSAF,
        year,
        11,
        "Urssaf, données ouvertes",
        f"L’ESS de la région jusqu’à {year}, en moyenne annuelle.",
        (
            "Publié à l’automne, en une seule fois pour toutes les années. Champ différent de Flores (privé, "
            "sans l’agriculture)\u00a0: les "
            "deux sont montrés côte à côte, jamais mis bout à bout. Les apprentis y sont comptés depuis 2023."
        ),
        what=f"l’Urssaf {year}",
        links=(("ESS, régions et NA88 (open.urssaf.fr)", URSSAF_ADDRESS),),
        files=("urssaf",),
    )


def _changes(now: Situation) -> Step:
    fresh = now.unpublished
    return Step(
        CHANGES,
        "Ce qui change",
        StepState.TO_DO if fresh else StepState.DONE if now.release is not None else StepState.WAITING,
        "L’année chargée à côté de la précédente, par niveau et par famille.",
        (
            "Regardez les plus fortes variations avant de publier\u00a0: un mouvement de 20\u00a0% est plus "
            "souvent un reclassement qu’un événement."
        ),
        actions=(
            Action("Voir ce qui change", reverse("observatory:annual_changes", args=[now.year]), Capability.READ_DRAFT_FIGURES),
        ),
        facts=(
            (("Pas encore en ligne", ", ".join(one.title for one in fresh[:4]) + ("…" if len(fresh) > 4 else "")),)
            if fresh
            else ()
        ),
    )


def _control(now: Situation) -> Step:
    fresh = now.unpublished
    return Step(
        CONTROL,
        "Valeurs de contrôle",
        StepState.TO_DO if fresh else StepState.DONE if now.release is not None else StepState.WAITING,
        "Ce que d’autres ont publié, à côté de nos chiffres.",
        "Ajoutez-y les chiffres régionaux parus dans l’année\u00a0: ils serviront encore l’an prochain.",
        actions=(Action("Ouvrir le contrôle", reverse("observatory:references"), Capability.READ_DRAFT_FIGURES),),
    )


def _release(now: Situation) -> Step:
    release, fresh = now.release, now.unpublished
    released_on = timezone.localdate(release.released_at) if release is not None and release.released_at else None
    done = released_on is not None and released_on.year >= now.year and not fresh
    facts = []
    if release is not None and released_on is not None:
        facts.append(("En ligne", f"publication n°\u00a0{release.number}, depuis le {date_fr(released_on)}"))
    if fresh and release is not None:
        facts.append(("À publier", compte(len(fresh), "jeu de données nouveau", "jeux de données nouveaux")))
    state = StepState.DONE if done else StepState.WAITING if now.sirene is None else now.pending(12)
    return Step(
        RELEASE,
        "Publication",
        state,
        "Publier est un acte\u00a0: tout passe en ligne d’un seul coup.",
        "La page dit ce qui sera montré, ce qui restera masqué et ce qui change avant de publier.",
        actions=(Action("Aller à la publication", reverse("observatory:releases"), Capability.READ_DRAFT_FIGURES),),
        facts=tuple(facts),
        on=released_on if done else None,
        by=str(release.released_by or "") if done and release is not None else "",
    )


_BUILDERS: Final[tuple[Callable[[Situation], Step | None], ...]] = (
    _geography,
    _sirene,
    _lists,
    _flores,
    _order,
    _urssaf,
    _changes,
    _control,
    _release,
)


def steps_of(now: Situation) -> list[Step]:
    """The steps of the year in order, those left out with their reason. A step that is done is never shown as left out."""
    found = []
    for build in _BUILDERS:
        step = build(now)
        if step is None:
            continue
        skipped = now.skipped.get(step.key)
        if skipped is not None and step.state is not StepState.DONE and step.may_be_skipped:
            step = _left_out(step, skipped)
        found.append(step)
    return found


def _left_out(step: Step, skipped: SkippedStep) -> Step:
    day = timezone.localdate(skipped.decided_at)
    return replace(step, state=StepState.SKIPPED, reason=skipped.reason, on=day, by=str(skipped.decided_by or ""))


def next_step(steps: Iterable[Step]) -> Step | None:
    """The first step that is still to be done."""
    return next((step for step in steps if step.state in (StepState.TO_DO, StepState.LATE)), None)


def years_offered(today: date) -> list[int]:
    """The years that may be chosen, the present one first."""
    return list(range(today.year, max(FIRST_YEAR, today.year - 5) - 1, -1))
