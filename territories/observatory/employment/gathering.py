"""Vintages put together for the tables of territories: what is read, allowed, masked, and only then handed to the core.

For each dataset in turn: cells of the territories (`territories`), only of those that its policy lets out (`permits`), all of
them through its mask at once. From there on nobody holds a value that is not to be shown. Years, other series, denominators and
references are put side by side only after their own masks.

The headline is the last year of which a territory has figures of the ESS, in one series for everybody. When the dataset of a
year does not give all activities, another active dataset of the same series and year does, under its own line of source; never
another series nor another year, and never one delivered complete.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Territory
from territories.observatory.employment.permits import (
    COMMUNES_TABLE,
    EVOLUTION_TABLE,
    OTHER_SERIES_TABLE,
    SHIFT_SHARE_TABLE,
    Allowance,
)
from territories.observatory.employment.reading import Place, Reading, with_zeros
from territories.observatory.employment.territories import Made, TerritoryCells, made_of
from territories.observatory.employment.vintages import by_year, headline_series, source_year
from territories.observatory.models import Dataset
from territories.observatory.statistics.employment.building import build_job_tables
from territories.observatory.statistics.employment.cells import (
    ESS,
    JOBS,
    PRIVATE,
    PRIVATE_OTHER,
    PUBLIC,
    TOTAL,
    CommuneFigures,
    JobCell,
    JobFacts,
    JobKey,
    YearFigures,
)
from territories.observatory.statistics.employment.masking import mask_for
from territories.observatory.statistics.figures import UNAVAILABLE, Figure
from territories.observatory.statistics.tables import Table

_COMMUNE: Final = TerritoryKind.COMMUNE.value
_DENOMINATORS: Final = (PRIVATE_OTHER, PRIVATE, PUBLIC, TOTAL)
_SECTORS_TABLE: Final = "jobs_sectors"
_NO_PERMIT: Final = (
    "Livré complet et sans autorisation de diffusion\u00a0: rien n’en est publié. Signez une autorisation pour l’inclure."
)
_NOTHING_HERE: Final = "Aucune case ne concerne les territoires publiés."
_TWICE: Final = "Une autre source de la même série décrit déjà l’ESS cette année-là."
_NO_ESS: Final = "Aucune case de l’ESS\u00a0: ce jeu ne sert que de dénominateur, et il n’y a rien à quoi le rapporter."

Figures = dict[JobKey, dict[str, Figure]]
Reader = Callable[[Dataset, Collection[Place]], Reading]
# What the reader of a job is told between two datasets.
Step = Callable[[Dataset], None]


@dataclass(frozen=True)
class Geography:
    """Who the territories are: their communes in order, names, populations, EPCI. All of one vintage."""

    millesime: int
    communes: Mapping[str, tuple[str, int | None]]
    regions: Mapping[str, str]
    epci_of: Mapping[str, str]

    @classmethod
    def read(cls, millesime: int) -> "Geography":
        """One query."""
        rows = list(
            Commune.objects.filter(millesime_id=millesime)
            .order_by("search", "code")
            .values_list("code", "name", "population", "region", "epci")
        )
        return cls(
            millesime,
            {code: (name, population) for code, name, population, _, _ in rows},
            {code: region for code, _, _, region, _ in rows},
            {code: epci for code, _, _, _, epci in rows if epci},
        )

    def made(self, parts: Iterable[tuple[Territory, Sequence[str]]]) -> dict[UUID, Made]:
        """Territories with the codes of their communes, as made of communes and, when composed of them exactly, of EPCI."""
        sizes = {epci: len(codes) for epci, codes in self.of_epci().items()}
        return {territory.pk: made_of(territory, codes, self.epci_of, sizes) for territory, codes in parts}

    def of_epci(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for code, epci in self.epci_of.items():
            found.setdefault(epci, []).append(code)
        return found


@dataclass(frozen=True)
class Shown:
    """A dataset once masked: the figures of each place that may be published of it."""

    dataset: Dataset
    figures: Mapping[Place, Figures]
    allowance: Allowance

    @property
    def speaks_of_the_ess(self) -> bool:
        return any(key.champ == ESS for figures in self.figures.values() for key in figures)


@dataclass(frozen=True)
class LeftOut:
    """A dataset that the publication does not show, or does not show everywhere, and why, in a French sentence."""

    dataset: Dataset
    why: str


def _slim(key: JobKey) -> bool:
    """What years before the headline and other series are read for: totals and sectors."""
    return not (key.family or key.size or key.sex or key.age)


def _order(dataset: Dataset) -> tuple[str, int, str]:
    return dataset.series, dataset.year or 0, dataset.source


def mask(dataset: Dataset, cells: Mapping[Place, Mapping[JobKey, JobCell]]) -> dict[Place, Figures]:
    """All the cells of a dataset that are to be published, through its mask."""
    flat = {(f"{kind}:{code}", key): cell for (kind, code), held in cells.items() for key, cell in held.items()}
    shown: dict[Place, Figures] = {place: {} for place in cells}
    names = {f"{kind}:{code}": (kind, code) for kind, code in cells}
    for (name, key), figures in mask_for(dataset.policy, dataset.rules).apply(flat).items():
        shown[names[name]][key] = figures
    return shown


def cells_of(
    dataset: Dataset, geography: Geography, made: Collection[Made], read: Reader
) -> dict[Place, Mapping[JobKey, JobCell]]:
    """The cells of territories and of their communes according to one dataset, not yet masked; only those that have some."""
    same = dataset.millesime_id == geography.millesime
    epci = geography.of_epci() if same else {}
    held = {code for one in made for code in one.communes} if same else set()
    parts = {code for one in made for code in one.epci} if same else set()
    held |= {commune for code in parts for commune in epci.get(code, ())}
    wanted = {one.place for one in made}
    wanted |= {(TerritoryKind.EPCI.value, code) for code in parts} | {(_COMMUNE, code) for code in held}
    inside = {code for code in held if geography.regions.get(code) == dataset.region}
    source = TerritoryCells(with_zeros(read(dataset, wanted), inside), same_geography=same, epci_communes=epci)
    places = {one.place: one for one in made}
    # The communes of a table of communes are published by it, whether or not they have a page of their own here.
    places |= {(_COMMUNE, code): Made(_COMMUNE, code, (code,)) for code in held if (_COMMUNE, code) not in places}
    return {place: found for place, one in places.items() if (found := source.of(one))}


class Employment:
    """The statistics with jobs of some territories, masked, from which the tables of each of them are built."""

    def __init__(self, geography: Geography, made: Mapping[UUID, Made]) -> None:
        self.geography = geography
        self.made = made
        self.shown: list[Shown] = []
        self.left_out: list[LeftOut] = []
        self.series = ""
        self._years: dict[int, list[Shown]] = {}
        self._others: list[Shown] = []
        self._reference_facts: dict[tuple[Place, tuple[int, ...]], JobFacts] = {}

    # --- Reading -------------------------------------------------------------------------------------------------------

    def load(self, allowances: Sequence[Allowance], read: Reader, step: Step | None = None) -> None:
        """Read and mask each dataset in turn, then settle the series of the headline."""
        for allowance in allowances:
            dataset = allowance.dataset
            if step is not None:
                step(dataset)
            if allowance.is_empty:
                self.left_out.append(LeftOut(dataset, _NO_PERMIT))
                continue
            shown = Shown(dataset, self._masked(dataset, allowance, read), allowance)
            if not shown.figures:
                self.left_out.append(LeftOut(dataset, _NOTHING_HERE))
                continue
            self.shown.append(shown)
        self._settle()

    def _masked(self, dataset: Dataset, allowance: Allowance, read: Reader) -> dict[Place, Figures]:
        cells = cells_of(dataset, self.geography, self.made.values(), read)
        return mask(dataset, {place: found for place, found in cells.items() if allowance.tables(*place)})

    def _settle(self) -> None:
        of_the_ess = {shown.dataset.pk: shown.speaks_of_the_ess for shown in self.shown}
        datasets = [shown.dataset for shown in self.shown]
        by_dataset = {shown.dataset.pk: shown for shown in self.shown}
        self.series = headline_series(datasets, of_the_ess)
        years = by_year(datasets, self.series) if self.series else {}
        self._years = {}
        for year, found in years.items():
            # The one that speaks of the ESS first: the others only lend what it lacks.
            held = sorted((by_dataset[one.pk] for one in found), key=lambda one: (not one.speaks_of_the_ess, one.dataset.source))
            if held[0].speaks_of_the_ess:
                self._years[year] = held
            else:
                self.left_out += [LeftOut(one.dataset, _NO_ESS) for one in held]
        others = [one for one in self.shown if one.dataset.series != self.series]
        self.left_out += [LeftOut(one.dataset, _NO_ESS) for one in others if not one.speaks_of_the_ess]
        speaking = sorted((one for one in others if one.speaks_of_the_ess), key=lambda one: _order(one.dataset))
        first = {(one.dataset.series, one.dataset.year): one for one in reversed(speaking)}
        self._others = [one for one in speaking if first[one.dataset.series, one.dataset.year] is one]
        self.left_out += [LeftOut(one.dataset, _TWICE) for one in speaking if one not in self._others]
        self._slim_down()

    def _slim_down(self) -> None:
        """Free what only a headline shows from the vintages that are none."""
        headline = max(self._years, default=None)
        for shown in [one for year, held in self._years.items() if year != headline for one in held] + self._others:
            # Where a later vintage may not be shown, an earlier one is the headline: it keeps everything.
            if any(one.allowance.is_complete for held in self._years.values() for one in held):
                return
            for figures in shown.figures.values():
                for key in [key for key in figures if not _slim(key)]:
                    del figures[key]

    # --- One territory -------------------------------------------------------------------------------------------------

    def _year(self, held: Sequence[Shown], place: Place, *, table: str = "") -> YearFigures | None:
        """What may be shown of a place for one year, the missing champs lent by another dataset; None when nothing is said.

        `table` is the one that a dataset delivered complete must allow there.
        """
        first, *lenders = held
        own = first.figures.get(place)
        if not own or not any(key.champ == ESS for key in own):
            return None
        if table and table not in first.allowance.tables(*place):
            return None
        cells: Figures = dict(own)
        lent = None
        champs = {key.champ for key in own}
        for lender in lenders:
            if lender.allowance.is_complete:
                continue
            more = {key: figures for key, figures in lender.figures.get(place, {}).items() if key.champ in _DENOMINATORS}
            more = {key: figures for key, figures in more.items() if key.champ not in champs}
            if more:
                cells |= more
                champs |= {key.champ for key in more}
                lent = lent or lender.dataset
        return YearFigures(source_year(first.dataset), cells, None if lent is None else source_year(lent))

    def _vintages(self, place: Place) -> list[tuple[int, YearFigures]]:
        """The years of the headline series for a place, in order. The last one is its headline."""
        found = [(year, figures) for year, held in self._years.items() if (figures := self._year(held, place)) is not None]
        if not found:
            return []
        *before, last = found
        kept = [(year, figures) for year, figures in before if EVOLUTION_TABLE in self._years[year][0].allowance.tables(*place)]
        return [*kept, last]

    def _allowed(self, place: Place, years: Sequence[int]) -> frozenset[str]:
        """The tables that every vintage they show allows of this place."""
        allowed = self._years[years[-1]][0].allowance.tables(*place)
        for year in years[:-1]:
            before = self._years[year][0].allowance.tables(*place)
            allowed -= {SHIFT_SHARE_TABLE} - before
        return allowed

    def _communes(self, made: Made, year: int, allowed: Collection[str]) -> tuple[CommuneFigures, ...]:
        # Without their table, no communes at all: an analysis of them would say what it may not.
        if made.kind == _COMMUNE or COMMUNES_TABLE not in allowed:
            return ()
        held = self._years[year]
        return tuple(
            CommuneFigures(code, *self.geography.communes[code], self._year(held, (_COMMUNE, code), table=COMMUNES_TABLE))
            for code in made.communes
        )

    def _facts(self, territory: Territory, made: Made) -> JobFacts | None:
        vintages = self._vintages(made.place)
        others = [
            figures
            for one in self._others
            if OTHER_SERIES_TABLE in one.allowance.tables(*made.place)
            and (figures := self._year([one], made.place, table=OTHER_SERIES_TABLE)) is not None
        ]
        if not vintages and not others:
            return None
        years = [year for year, _ in vintages]
        allowed = self._allowed(made.place, years) if years else frozenset({OTHER_SERIES_TABLE})
        return JobFacts(
            code=f"{made.kind}:{made.code}",
            name=territory.name,
            population=territory.population,
            years=tuple(figures for _, figures in vintages),
            communes=self._communes(made, years[-1], allowed) if years else (),
            others=tuple(others),
            allowed=allowed,
        )

    def _reference(self, reference: Territory, place: Place, facts: JobFacts) -> JobFacts | None:
        """What a territory is measured against, for its own years only, and only where its sectors may be published."""
        years = tuple(figures.source.year for figures in facts.years)
        known = self._reference_facts.get((place, years))
        if known is None:
            found = [self._year(self._years[year], place, table=_SECTORS_TABLE) for year in years]
            known = JobFacts(
                code=f"{place[0]}:{place[1]}",
                name=reference.name,
                population=reference.population,
                years=tuple(figures for figures in found if figures is not None),
            )
            self._reference_facts[place, years] = known
        return known if known.years and known.years[-1].source.year == years[-1] else None

    def speaks_of(self, territory: Territory) -> bool:
        """Whether there is anything to publish of a territory."""
        made = self.made.get(territory.pk)
        return made is not None and self._facts(territory, made) is not None

    def tables(self, territory: Territory, reference: Territory | None) -> dict[str, Table]:
        """The tables with jobs of a territory; none when nothing may be said of it."""
        made = self.made.get(territory.pk)
        facts = None if made is None else self._facts(territory, made)
        if made is None or facts is None:
            return {}
        against = None
        if reference is not None and reference.pk != territory.pk and facts.years:
            against = self._reference(reference, (str(reference.kind), reference.code), facts)
        built = build_job_tables(facts, reference=against)
        return {key: table for key, table in built.items() if facts.allowed is None or key in facts.allowed}

    def headline_jobs(self, territory: Territory) -> Figure:
        """The jobs of the ESS of the headline year of a territory, masked; unavailable when it has none."""
        made = self.made.get(territory.pk)
        vintages = [] if made is None else self._vintages(made.place)
        return vintages[-1][1].figure(JobKey(), JOBS) if vintages else UNAVAILABLE

    # --- What is said of it --------------------------------------------------------------------------------------------

    @property
    def datasets(self) -> list[Dataset]:
        """The datasets that the tables show, in the order of the headline, its lenders, the other series."""
        return [one.dataset for year in sorted(self._years, reverse=True) for one in self._years[year]] + [
            one.dataset for one in self._others
        ]
