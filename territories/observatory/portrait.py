"""The portrait of a territory: what pages, JSON and documents read. Published tables only, never observations.

A portrait costs the same few queries for a hamlet and for a région: the release, the comparison territories, one read of
tables. `draft_portrait` shows the team what a dataset would publish; it is the only one that counts, and it says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Final

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from territories.foundations.formats import apostrophe, date_fr, nombre
from territories.foundations.vocabulary import NAF_REV2
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.counting import levels_beside, read_counts, speakable, territory_tables
from territories.observatory.employment.releasing import employment_of_draft, employment_tables, parts_of, plan
from territories.observatory.employment.vintages import statistics_notes
from territories.observatory.enums import ReleaseState
from territories.observatory.models import Dataset, Release, ReleasedFigure
from territories.observatory.statistics.figures import Figure, ratio
from territories.observatory.statistics.indicators import Indicator, definitions
from territories.observatory.statistics.sentences import Compared, Naming, coverage_sentence, naming, sentence_of
from territories.observatory.statistics.tables import ADVANCED_JOB_TABLES, JOB_TABLES, TABLE_KEYS, Table

# What is read of a comparison territory: never its communes.
COMPARED_TABLES: Final = (
    "key_figures",
    "families",
    "sectors",
    "sizes",
    "jobs_key_figures",
    "jobs_families",
    "jobs_sectors",
    "jobs_sizes",
    "jobs_people",
)
# How a source is cited; its vintage follows. A source that is not here is cited by the title of its dataset.
SOURCE_NAMES: Final = {"sirene": "Sirene"}
_WITH_JOBS: Final = frozenset((*JOB_TABLES, *ADVANCED_JOB_TABLES))
_NO_JOBS: Final = Table("jobs_key_figures", (), ())


@dataclass(frozen=True)
class Side:
    """One territory of a comparison with its published tables; the main one has them all."""

    territory: Territory
    naming: Naming
    tables: Mapping[str, Table]

    def figure(self, indicator: str) -> Figure:
        """A key figure of this territory."""
        return self.tables["key_figures"].figure(indicator, "value")

    def job_figure(self, indicator: str) -> Figure:
        """A key figure of employment of this territory; unavailable when it has none."""
        return self.tables.get("jobs_key_figures", _NO_JOBS).figure(indicator, "value")

    @property
    def in_register(self) -> bool:
        """Whether the Sirene files loaded say anything of it: the number of its employers is known, be it zero."""
        return "key_figures" in self.tables and self.figure("employers").known

    def family_split(self) -> list[tuple[str, Figure]]:
        """The share of each famille, in the order of the vocabulary."""
        return [(row.key, row["family_share"]) for row in self.tables["families"].rows]


@dataclass(frozen=True)
class Portrait:
    """A territory, its figures or the reason why it has none, what it is compared with, and where it all comes from.

    `release` is None for a draft. `without_figures` names the comparison territories that were asked for and have none.
    """

    territory: Territory
    naming: Naming
    tables: Mapping[str, Table]
    compared: tuple[Side, ...] = ()
    release: Release | None = None
    dataset: Dataset | None = None
    without_figures: tuple[Territory, ...] = ()
    is_draft: bool = False
    # The datasets of statistics that the release shows, whether or not they say something of this territory.
    statistics: tuple[Dataset, ...] = ()
    publisher: str = field(default_factory=lambda: settings.CRESS_NAME)

    @property
    def has_employment(self) -> bool:
        """True when a table with jobs is published, be all its figures masked."""
        return not _WITH_JOBS.isdisjoint(self.tables)

    @property
    def in_register(self) -> bool:
        """True when the number of employers is known, be it zero."""
        return self.side.in_register

    @property
    def has_figures(self) -> bool:
        """True when there is something to show: employers of the register, or statistics with jobs, be they masked."""
        return self.in_register or self.has_employment

    @property
    def compared_in_register(self) -> tuple[Side, ...]:
        """The comparison territories of which the Sirene files loaded say something."""
        return tuple(side for side in self.compared if side.in_register)

    @property
    def side(self) -> Side:
        return Side(self.territory, self.naming, self.tables)

    def figure(self, indicator: str) -> Figure:
        """A key figure of the territory; unavailable when it has none."""
        table = self.tables.get("key_figures", Table("key_figures", (), ()))
        return table.figure(indicator, "value")

    def job_figure(self, indicator: str) -> Figure:
        """A key figure of employment of the territory; unavailable when it has none."""
        return self.side.job_figure(indicator)

    def weight_against(self, side: Side) -> Figure:
        """The weight of the ESS here over its weight there, both in private employers: above 1, it weighs more here."""
        return ratio(self.figure("private_share"), side.figure("private_share"))

    @property
    def empty_reason(self) -> str:
        """Why there are no figures, and what will bring some; empty when there are."""
        if self.has_figures:
            return ""
        if self.dataset is None:
            return (
                "Aucun chiffre n’est encore publié. L’observatoire doit charger les fichiers Sirene, puis les publier\u00a0: "
                "ce portrait se remplira de lui-même."
            )
        if not self.tables:
            return (
                f"La publication en ligne ne contient pas {self.naming.le}\u00a0: les fichiers chargés ne couvrent pas ce "
                "territoire, ou il a été composé depuis. La prochaine publication qui le couvre donnera ses chiffres."
            )
        return coverage_sentence(self.tables["key_figures"], self.naming)

    @property
    def coverage_note(self) -> str:
        """What is counted when only a part of the territory is covered; empty when all of it is."""
        return coverage_sentence(self.tables["key_figures"], self.naming) if self.in_register else ""

    @cached_property
    def compared_key_figures(self) -> tuple[Compared, ...]:
        """The comparison territories as the sentences want them."""
        return tuple(
            Compared(side.naming, side.tables["key_figures"], side.tables.get("jobs_key_figures")) for side in self.compared
        )

    def sentence(self, table: str) -> str:
        """What a published table says. Raises KeyError when the portrait has no such table."""
        return sentence_of(self.tables[table], self.naming, self.compared_key_figures)

    def definitions(self, codes: tuple[str, ...] = ()) -> list[Indicator]:
        """The definition sheets of these indicators, all by default."""
        return definitions(codes)

    # --- Where the figures come from ----------------------------------------------------------------------------------

    @property
    def is_demonstration(self) -> bool:
        return any(dataset.is_demonstration for dataset in (self.dataset, *self.statistics) if dataset is not None)

    @property
    def released_on(self) -> date:
        """The day the figures went on line; today for a draft."""
        if self.release is not None and self.release.released_at is not None:
            return timezone.localtime(self.release.released_at).date()
        return timezone.localdate()

    @property
    def source(self) -> str:
        """The line that every chart and table carries: source, vintage, perimeter, geography."""
        if self.dataset is None:
            return ""
        dataset = self.dataset
        state = f"fichiers au {date_fr(dataset.vintage_on)}"
        if dataset.workforce_year:
            state += f", tranches d’effectif {dataset.workforce_year}"
        parts = [
            f"Source\u00a0: {dataset.producer}, {SOURCE_NAMES.get(dataset.source, dataset.title)} ({state})",
            f"traitement Observatoire de l’ESS, {self.publisher}",
            f"périmètre «\u00a0{dataset.perimeter.name}\u00a0»",
            f"géographie au 01/01/{dataset.millesime_id}",
        ]
        line = f"{parts[0]} –\u00a0{parts[1]}, {parts[2]}, {parts[3]}."
        return f"{line} Données de démonstration, fictives." if dataset.is_demonstration else line

    def source_of(self, table: str) -> str:
        """The line of source of a table: the one frozen in a table with jobs, that of Sirene for the others."""
        found = self.tables.get(table)
        frozen = found.facts.get("source", "") if found is not None else ""
        return str(frozen) if frozen else self.source

    @property
    def sources(self) -> tuple[str, ...]:
        """Every line of source, once each: Sirene, then those of the tables with jobs and of what they divide by."""
        lines = [self.source]
        for table in self.tables.values():
            if table.key not in _WITH_JOBS:
                continue
            lines.append(self.source_of(table.key))
            lines.append(str(table.facts.get("denominators") or ""))
            if table.key == "jobs_other_series":
                lines += [str(one["source"]) for one in table.facts.get("series", ()) if one.get("source")]
        return tuple(dict.fromkeys(line for line in lines if line))

    @property
    def method_notes(self) -> tuple[str, ...]:
        """What a reader of the method must know of this dataset, one sentence each."""
        if self.dataset is None:
            return ()
        dataset = self.dataset
        notes = []
        if self.release is not None:
            notes.append(f"Publication n°\u00a0{self.release.number} du {date_fr(self.released_on)}.")
        if self.is_draft:
            notes.append("Ébauche interne\u00a0: ces chiffres ne sont pas publiés.")
        if dataset.workforce_year:
            notes.append(
                f"Les tranches d’effectif de Sirene décrivent le 31 décembre {dataset.workforce_year}\u00a0; la liste des "
                f"établissements est celle du {date_fr(dataset.vintage_on)}."
            )
        populations = apostrophe(dataset.millesime.population_label)
        notes.append(f"Géographie au 1er janvier {dataset.millesime_id}\u00a0; populations\u00a0: {populations}.")
        if dataset.nomenclature != NAF_REV2:
            notes.append("Activités codées dans la NAF 2025, regroupées par division.")
        missing = len(dataset.uncovered_communes)
        if missing == 1:
            notes.append("Une commune du champ chargé n’a aucune ligne dans les fichiers\u00a0: elle est dite non couverte.")
        elif missing:
            notes.append(
                f"{nombre(missing)} communes du champ chargé n’ont aucune ligne dans les fichiers\u00a0: "
                "elles sont dites non couvertes."
            )
        notes.append(f"Licence des données\u00a0: {dataset.licence}.")
        if self.has_employment:
            notes += statistics_notes(self.statistics)
        return tuple(notes)


def territory_naming(territory: Territory) -> Naming:
    """The forms of the name of a territory that sentences need."""
    return naming(apostrophe(territory.name), territory.kind)


def current_release() -> Release | None:
    """The release on line with all that its source line needs, in one query."""
    return (
        Release.objects.filter(state=ReleaseState.CURRENT)
        .select_related("dataset__perimeter", "dataset__millesime")
        # Long texts of the import that no portrait shows.
        .defer("dataset__perimeter__content", "dataset__account", "dataset__files", "dataset__covered_departements")
        .order_by("-number")
        .first()
    )


def _without_itself(territory: Territory, others: Iterable[Territory]) -> list[Territory]:
    """Each other territory once, in order, the territory itself left out."""
    return list({other.pk: other for other in others if other.pk != territory.pk}.values())


def _released_tables(release: Release, territory: Territory, others: Sequence[Territory]) -> dict[object, dict[str, Table]]:
    """Tables by territory, in one query: all those of the territory, a few of the others."""
    # The first condition is what makes the databases use the index of territories, the second only leaves rows out.
    figures = ReleasedFigure.objects.filter(release=release, territory__in=[territory, *others]).filter(
        Q(territory=territory) | Q(table__in=COMPARED_TABLES)
    )
    found: dict[object, dict[str, Table]] = {}
    for territory_id, key, payload in figures.values_list("territory_id", "table", "payload"):
        found.setdefault(territory_id, {})[key] = Table.from_json(key, payload)
    return found


def _portrait(
    territory: Territory,
    others: Sequence[Territory],
    tables: Mapping[object, Mapping[str, Table]],
    *,
    release: Release | None,
    dataset: Dataset | None,
    statistics: Sequence[Dataset] = (),
    is_draft: bool = False,
) -> Portrait:
    own = tables.get(territory.pk, {})
    shown = [other for other in others if "key_figures" in tables.get(other.pk, {})]
    return Portrait(
        territory=territory,
        naming=territory_naming(territory),
        tables={key: own[key] for key in TABLE_KEYS if key in own},
        compared=tuple(Side(other, territory_naming(other), tables[other.pk]) for other in shown),
        release=release,
        dataset=dataset,
        without_figures=tuple(other for other in others if other not in shown),
        is_draft=is_draft,
        statistics=tuple(statistics),
    )


def _statistics_of(release: Release) -> list[Dataset]:
    """The datasets of statistics that a release shows, the most recent first. One query."""
    rows = Dataset.objects.filter(release_sources__release=release).defer("account", "files", "covered_departements", "rules")
    return list(rows.order_by("-year", "series", "source", "id"))


def load_portrait(territory: Territory, *, compare: Sequence[Territory] | None = None) -> Portrait:
    """The published portrait of a territory of the current millésime.

    `compare` chooses the comparison territories; by default the chain of the territory: EPCI, départements, région, France,
    of which those that have figures are kept.
    """
    release = current_release()
    others = _without_itself(territory, territory.comparison_chain() if compare is None else compare)
    if release is None:
        return _portrait(territory, others, {}, release=None, dataset=None)
    tables = _released_tables(release, territory, others)
    return _portrait(territory, others, tables, release=release, dataset=release.dataset, statistics=_statistics_of(release))


def draft_portrait(territory: Territory, dataset: Dataset, *, compare: Sequence[Territory] | None = None) -> Portrait:
    """The portrait that `dataset` and the active statistics would publish now, permits included.

    For the team, computed on the spot (seconds, not milliseconds).
    """
    others = _without_itself(territory, territory.comparison_chain() if compare is None else compare)
    counts = read_counts(dataset)
    subjects = speakable(counts, [territory, *others])
    tables: dict[object, dict[str, Table]] = {
        counted.pk: dict(result.tables) for counted, result in territory_tables(counts, subjects)
    }
    references = Territory.objects.filter(
        Q(kind=TerritoryKind.COUNTRY) | Q(kind=TerritoryKind.REGION, code=dataset.region), millesime_id=dataset.millesime_id
    )
    known = {counted.pk for counted, _ in subjects}
    wanted = {one.pk: one for one in (territory, *others, *references) if one.pk not in known}
    elsewhere = speakable(counts, list(wanted.values()))
    measured = [*subjects, *elsewhere, *levels_beside(counts, list(wanted.values()))]
    for counted, result in territory_tables(counts, measured[len(subjects) :]):
        tables[counted.pk] = dict(result.tables)
    employment = employment_of_draft(plan(), parts_of(measured), dataset.millesime_id, main=territory.pk)
    for counted, with_jobs in employment_tables(employment, measured):
        tables.setdefault(counted.pk, {}).update(with_jobs)
    spoken = {counted.pk for counted, _ in (*subjects, *elsewhere)}
    tables = {key: found for key, found in tables.items() if key in spoken or not _WITH_JOBS.isdisjoint(found)}
    return _portrait(territory, others, tables, release=None, dataset=dataset, statistics=employment.datasets, is_draft=True)


def kind_label(territory: Territory) -> str:
    """« EPCI », « Département »… as printed beside a name."""
    return str(TerritoryKind(territory.kind).label)
