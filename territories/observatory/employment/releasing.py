"""What a release or a draft takes from statistics with jobs: which datasets, under which permits, and what is said of it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from territories.foundations.formats import date_fr
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.employment.gathering import Employment, Geography, Step
from territories.observatory.employment.permits import Allowance, allowances
from territories.observatory.employment.reading import Place, Reading, read_all, read_draft
from territories.observatory.employment.vintages import active_statistics
from territories.observatory.enums import DatasetState
from territories.observatory.models import Dataset
from territories.observatory.statistics.cells import TerritoryFacts
from territories.observatory.statistics.tables import TABLE_TITLES, Table

Subject = tuple[Territory, TerritoryFacts]
Part = tuple[Territory, Sequence[str]]


@dataclass(frozen=True)
class Plan:
    """The datasets that a publication takes and what is allowed of each, as they were at one moment."""

    allowances: tuple[Allowance, ...]

    @property
    def params(self) -> dict[str, list[str]]:
        """The plan as the parameters of a job keep it."""
        return {
            "statistics": [str(one.dataset.pk) for one in self.allowances],
            "permits": [str(one.permit.pk) for one in self.allowances if one.permit is not None],
        }


def plan() -> Plan:
    """What would be published now: every active dataset of statistics, under the permits in force. Two queries."""
    datasets = active_statistics()
    found = allowances(datasets)
    return Plan(tuple(found[dataset.pk] for dataset in datasets))


def asked_plan(params: Mapping[str, Any]) -> Plan:
    """The plan that a request named; what is active now for a request that named nothing."""
    if "statistics" not in params:
        return plan()
    wanted = Dataset.objects.filter(pk__in=params["statistics"]).select_related("millesime")
    datasets = list(wanted.order_by("series", "year", "source", "id"))
    found = allowances(datasets)
    return Plan(tuple(found[dataset.pk] for dataset in datasets))


def changed_since(params: Mapping[str, Any]) -> str:
    """Why what a request named may no longer be published as it was asked; empty when nothing changed. Two queries.

    A dataset that was replaced, or a permit signed or withdrawn since, changes what the person saw before publishing.
    """
    if "statistics" not in params:
        return ""
    found = {str(dataset.pk): dataset for dataset in Dataset.objects.filter(pk__in=params["statistics"])}
    for pk in params["statistics"]:
        dataset = found.get(pk)
        if dataset is None or dataset.state != DatasetState.ACTIVE:
            name = "Un jeu de données" if dataset is None else f"«\u00a0{dataset}\u00a0»"
            return f"{name} a été remplacé depuis la demande de publication. Relisez ce qui sera publié, puis publiez de nouveau."
    now = allowances(list(found.values()))
    permits = {str(one.permit.pk) for one in now.values() if one.permit is not None}
    if permits != set(params.get("permits", ())):
        return (
            "Une autorisation de diffusion a été signée ou retirée depuis la demande de publication. Relisez ce qui sera publié, "
            "puis publiez de nouveau."
        )
    return ""


def parts_of(subjects: Sequence[Subject]) -> list[Part]:
    """Territories of which Sirene speaks, with the codes of their communes."""
    return [(territory, [place.code for place in facts.places]) for territory, facts in subjects]


def employment_of_release(plan: Plan, parts: Sequence[Part], millesime: int, step: Step | None = None) -> Employment:
    """Everything that the tables of all these territories need. One query a dataset, and one for the geography."""
    geography = Geography.read(millesime)
    employment = Employment(geography, geography.made(parts))
    employment.load(plan.allowances, read_all, step)
    return employment


def employment_of_draft(
    plan: Plan, parts: Sequence[Part], millesime: int, *, main: UUID | None = None, totals_only: bool = False
) -> Employment:
    """The same for a few territories: only their rows are read, with the communes of the `main` one.

    `totals_only` reads the totals of each champ: what a page shows before publishing.
    """
    geography = Geography.read(millesime)
    made = geography.made(parts)
    employment = Employment(geography, made)
    epci = geography.of_epci()
    commune, group = TerritoryKind.COMMUNE.value, TerritoryKind.EPCI.value

    def read(dataset: Dataset, wanted: Collection[Place]) -> Reading:
        named = {one.place for one in made.values()}
        if main is not None and main in made:
            named |= {(commune, code) for code in made[main].communes}
        below = {
            one.place: {(commune, code) for code in one.communes}
            | {(group, code) for code in one.epci}
            | {(commune, code) for held in one.epci for code in epci.get(held, ())}
            for one in made.values()
        }
        asked = {place: held & set(wanted) for place, held in below.items()}
        return read_draft(dataset, named & set(wanted), asked, totals_only=totals_only)

    employment.load(plan.allowances, read)
    return employment


class References:
    """What territories are measured against: the région for those inside it, France for the région and elsewhere."""

    def __init__(self, territories: Sequence[Territory]) -> None:
        self.region: Territory | None = None
        self.country: Territory | None = None
        for territory in territories:
            if territory.kind == TerritoryKind.COUNTRY:
                self.country = territory
            elif territory.kind == TerritoryKind.REGION and territory.code == settings.CRESS_REGION:
                self.region = territory

    def of(self, territory: Territory, facts: TerritoryFacts) -> Territory | None:
        if territory.kind == TerritoryKind.COUNTRY:
            return None
        return self.country if territory.kind == TerritoryKind.REGION or facts.is_whole else self.region


def employment_tables(employment: Employment, subjects: Sequence[Subject]) -> Iterator[tuple[Territory, dict[str, Table]]]:
    """The tables with jobs of each territory, in order."""
    references = References([territory for territory, _ in subjects])
    for territory, facts in subjects:
        yield territory, employment.tables(territory, references.of(territory, facts))


# --- What a release says of itself ---------------------------------------------------------------------------------------


def _line(dataset: Dataset) -> dict[str, Any]:
    return {
        "dataset": str(dataset.pk),
        "title": str(dataset),
        "series": dataset.series,
        "year": dataset.year,
        "revision": dataset.revision,
        "policy": dataset.policy,
    }


def permit_sentence(allowance: Allowance) -> str:
    """What a permit lets out, in one sentence; empty without one."""
    permit = allowance.permit
    if permit is None:
        return ""
    tables = ", ".join(TABLE_TITLES[key] for key in permit.tables if key in TABLE_TITLES)
    levels = ", ".join(str(TerritoryKind(kind).label) for kind in permit.kinds)
    only = f", pour {len(permit.territories)} territoires nommés" if permit.territories else ""
    return (
        f"Publié en partie, sous l’autorisation signée par {permit.signed_name} le {date_fr(permit.signed_at.date())}\u00a0: "
        f"{tables} ({levels}{only}). Jamais pour un territoire composé."
    )


def account_of(employment: Employment, counted: Mapping[str, int], territories: int) -> dict[str, Any]:
    """What a release included and left out, kept with it. `counted` is the number of tables by key."""
    shown = {one.dataset.pk: one for one in employment.shown}
    return {
        "included": [_line(dataset) | {"note": permit_sentence(shown[dataset.pk].allowance)} for dataset in employment.datasets],
        "left_out": [_line(one.dataset) | {"why": one.why} for one in employment.left_out],
        "territories": territories,
        "tables": dict(counted),
    }
