"""From tallies to the published tables of a territory.

A territory partly covered counts its covered communes only, divides by their population only, and says so; a territory
not covered at all has unavailable figures everywhere, never zeros.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from territories.foundations.vocabulary import (
    SECTORS,
    SIZE_GROUPS,
    TRANCHES,
    UNCLASSIFIED,
    EssFamily,
    Status,
)
from territories.observatory.statistics.cells import NO_FLOWS, FlowYears, Place, TerritoryFacts
from territories.observatory.statistics.figures import (
    NOT_APPLICABLE,
    SIGNIFICANCE_THRESHOLD,
    UNAVAILABLE,
    Figure,
    count,
    difference,
    rate,
    share,
    specialisation,
)
from territories.observatory.statistics.indicators import INDICATORS, KEY_FIGURES
from territories.observatory.statistics.listings import top_employers
from territories.observatory.statistics.rounding import rounded_shares
from territories.observatory.statistics.tables import FAMILY_LABELS, Row, Table, TerritoryTables, sector_label
from territories.observatory.statistics.tallies import Tally, sum_tallies

_FAMILIES: Final = tuple(family.value for family in EssFamily)
_SECTOR_KEYS: Final = tuple(sector.key for sector in SECTORS)
_UNKNOWN_BAND: Final = "inconnue"
_ALL_LABEL: Final = "Ensemble de l’ESS"
_NO_TALLY: Final = Tally()


@dataclass(frozen=True, slots=True)
class Reference:
    """The territory that specialisation is measured against. `kind` is the nature of the territory, for its article."""

    code: str
    name: str
    tally: Tally
    kind: str = ""


@dataclass(frozen=True, slots=True)
class _Scope:
    """A territory being counted: its tally, or None when nothing of it is covered."""

    facts: TerritoryFacts
    tally: Tally | None
    covered: tuple[Place, ...]
    population: int | None

    def count(self, value: int) -> Figure:
        return UNAVAILABLE if self.tally is None else Figure(value)

    @property
    def counted(self) -> Tally:
        return _NO_TALLY if self.tally is None else self.tally


def _population(places: Sequence[Place]) -> int | None:
    """The sum of the populations, None as soon as one is unknown."""
    populations = [place.population for place in places]
    known = [population for population in populations if population is not None]
    return sum(known) if len(known) == len(populations) else None


def _scope(facts: TerritoryFacts, tallies: Mapping[str, Tally]) -> _Scope:
    if facts.is_whole:
        return _Scope(facts, tallies.get(facts.code), (), facts.population)
    covered = tuple(place for place in facts.places if place.covered)
    if not covered:
        return _Scope(facts, None, (), None)
    # All covered: the population of the territory itself, which may be known even if a commune’s is not.
    population = facts.population if len(covered) == len(facts.places) else _population(covered)
    return _Scope(facts, sum_tallies(tallies[p.code] for p in covered if p.code in tallies), covered, population)


def _shares(scope: _Scope, counts: Sequence[int]) -> list[Figure]:
    """The shares of the counts in their sum, to the tenth of a point, adding up to 100 %."""
    if scope.tally is None:
        return [UNAVAILABLE] * len(counts)
    if not sum(counts):
        return [NOT_APPLICABLE] * len(counts)
    return [Figure(thousandths / 1000) for thousandths in rounded_shares(counts)]


def _whole_share(scope: _Scope) -> Figure:
    if scope.tally is None:
        return UNAVAILABLE
    return Figure(1.0) if scope.tally.employers else NOT_APPLICABLE


def job_range(tally: Tally) -> tuple[Figure, Figure]:
    """Lower and upper bounds of the jobs of the employers, from their size bands: « estimation Sirene ».

    Only bounds exist. The upper one is unavailable when an open or unknown band is met.
    """
    low, high, bounded = 0, 0, True
    for code, n in tally.bands.items():
        band = TRANCHES.get(code)
        low += n * (band.lower if band else 0)
        if band is None or band.upper is None:
            bounded = bounded and not n
        else:
            high += n * band.upper
    return Figure(low, Status.ESTIMATED), Figure(high, Status.ESTIMATED) if bounded else UNAVAILABLE


def _presence(scope: _Scope, tallies: Mapping[str, Tally]) -> tuple[Figure, Figure]:
    """Covered communes with at least one ESS employer: how many, and their share. Without object for one commune."""
    facts = scope.facts
    if facts.is_whole:
        present = count(facts.present)
        return present, share(present, count(facts.commune_count))
    if len(facts.places) == 1:
        return NOT_APPLICABLE, NOT_APPLICABLE
    present = scope.count(sum(1 for place in scope.covered if tallies.get(place.code, _NO_TALLY).employers))
    return present, share(present, scope.count(len(scope.covered)))


def _key_figures(scope: _Scope, tallies: Mapping[str, Tally], years: FlowYears) -> Table:
    facts, tally = scope.facts, scope.counted
    employers = scope.count(tally.employers)
    present, presence = _presence(scope, tallies)
    low, high = (UNAVAILABLE, UNAVAILABLE) if scope.tally is None else job_range(tally)
    closed = [year for year in years.years if year not in years.provisional]
    last = closed[-1] if closed else None
    figures = {
        "employers": employers,
        "private_share": share(employers, scope.count(tally.private_employers)),
        "total_share": share(employers, scope.count(tally.all_employers)),
        "density": rate(employers, count(scope.population)),
        # An entity without any employer has no enterprise: nobody needs to count them.
        "enterprises": Figure(0) if employers.value == 0 else count(None if scope.tally is None else facts.enterprises),
        "non_employers": scope.count(tally.non_employers),
        "jobs_low": low,
        "jobs_high": high,
        "presence": presence,
        "present_communes": present,
        "creations": UNAVAILABLE if last is None else scope.count(tally.creations.get(last, 0)),
        "cessations": UNAVAILABLE if last is None else scope.count(tally.cessations.get(last, 0)),
        "commune_count": count(facts.commune_count if facts.is_whole else len(facts.places)),
        "population": count(facts.population),
        "private_employers": scope.count(tally.private_employers),
        "all_employers": scope.count(tally.all_employers),
    }
    missing = [place.code for place in facts.places if not place.covered]
    return Table(
        key="key_figures",
        columns=("value",),
        rows=tuple(Row(code, INDICATORS[code].label, {"value": figures[code]}) for code in KEY_FIGURES),
        facts={
            "coverage": {
                "communes": len(facts.places),
                "covered": len(scope.covered),
                "missing": missing,
                "population": scope.population,
                "whole": facts.is_whole,
            },
            "flow_year": last,
        },
    )


def _families(scope: _Scope) -> Table:
    tally = scope.counted
    shares = _shares(scope, [tally.families.get(family, 0) for family in _FAMILIES])
    rows = tuple(
        Row(
            family,
            FAMILY_LABELS[family],
            {
                "employers": scope.count(tally.families.get(family, 0)),
                "family_share": part,
                "non_employers": scope.count(tally.other_families.get(family, 0)),
            },
        )
        for family, part in zip(_FAMILIES, shares, strict=True)
    )
    total = {
        "employers": scope.count(tally.employers),
        "family_share": _whole_share(scope),
        "non_employers": scope.count(tally.non_employers),
    }
    return Table("families", ("employers", "family_share", "non_employers"), rows, Row("total", _ALL_LABEL, total))


def _sector_keys(tally: Tally) -> tuple[str, ...]:
    """The grid, then « non classé » only when something is in it."""
    return (*_SECTOR_KEYS, UNCLASSIFIED) if tally.sectors.get(UNCLASSIFIED) else _SECTOR_KEYS


def _sectors(scope: _Scope, reference: Reference | None, threshold: int) -> Table:
    tally = scope.counted
    keys = _sector_keys(tally)
    employers = scope.count(tally.employers)
    rows = []
    for key, part in zip(keys, _shares(scope, [tally.sectors.get(key, 0) for key in keys]), strict=True):
        n = scope.count(tally.sectors.get(key, 0))
        private = scope.count(tally.private_sectors.get(key, 0))
        index = NOT_APPLICABLE
        if reference is not None and key != UNCLASSIFIED:
            here = Figure(reference.tally.sectors.get(key, 0))
            index = specialisation(n, employers, here, Figure(reference.tally.employers), threshold=threshold)
        rows.append(
            Row(
                key,
                sector_label(key),
                {
                    "employers": n,
                    "sector_mix": part,
                    "sector_share": share(n, private),
                    "private_employers": private,
                    "specialisation": index,
                },
            )
        )
    private_total = scope.count(tally.private_employers)
    total = {
        "employers": employers,
        "sector_mix": _whole_share(scope),
        "sector_share": share(employers, private_total),
        "private_employers": private_total,
        "specialisation": NOT_APPLICABLE,
    }
    return Table(
        key="sectors",
        columns=("employers", "sector_mix", "sector_share", "private_employers", "specialisation"),
        rows=tuple(rows),
        total=Row("total", _ALL_LABEL, total),
        facts={
            "reference": None if reference is None else {"code": reference.code, "name": reference.name, "kind": reference.kind},
            "threshold": threshold,
        },
    )


def _family_sector(scope: _Scope) -> Table:
    tally = scope.counted
    keys = _sector_keys(tally)
    rows = tuple(
        Row(
            family,
            FAMILY_LABELS[family],
            {key: scope.count(tally.cross.get((family, key), 0)) for key in keys}
            | {"employers": scope.count(tally.families.get(family, 0))},
        )
        for family in _FAMILIES
    )
    total = {key: scope.count(tally.sectors.get(key, 0)) for key in keys} | {"employers": scope.count(tally.employers)}
    return Table("family_sector", (*keys, "employers"), rows, Row("total", _ALL_LABEL, total))


def _sizes(scope: _Scope) -> Table:
    tally = scope.counted
    groups = dict.fromkeys((key for key, _ in SIZE_GROUPS), 0)
    unknown = 0
    for code, n in tally.bands.items():
        band = TRANCHES.get(code)
        if band is None or band.group not in groups:
            unknown += n
        else:
            groups[band.group] += n
    labels = dict(SIZE_GROUPS)
    if unknown:
        groups[_UNKNOWN_BAND] = unknown
        labels[_UNKNOWN_BAND] = "Tranche inconnue"
    shares = _shares(scope, list(groups.values()))
    rows = tuple(
        Row(key, labels[key], {"employers": scope.count(n), "size_share": part})
        for (key, n), part in zip(groups.items(), shares, strict=True)
    )
    total = {"employers": scope.count(tally.employers), "size_share": _whole_share(scope)}
    low, high = (UNAVAILABLE, UNAVAILABLE) if scope.tally is None else job_range(tally)
    return Table(
        key="sizes",
        columns=("employers", "size_share"),
        rows=rows,
        total=Row("total", _ALL_LABEL, total),
        facts={"jobs_low": low.to_json(), "jobs_high": high.to_json()},
    )


def _place_cells(tally: Tally | None, population: int | None) -> dict[str, Figure]:
    if tally is None:
        cells = dict.fromkeys(("employers", "density", "non_employers", *_FAMILIES), UNAVAILABLE)
        return cells | {"population": count(population)}
    employers = Figure(tally.employers)
    return {
        "employers": employers,
        "density": rate(employers, count(population)),
        "non_employers": Figure(tally.non_employers),
        **{family: Figure(tally.families.get(family, 0)) for family in _FAMILIES},
        "population": count(population),
    }


def _communes(scope: _Scope, tallies: Mapping[str, Tally]) -> Table:
    facts = scope.facts
    rows = tuple(
        Row(
            place.code,
            place.name,
            _place_cells(tallies.get(place.code, _NO_TALLY) if place.covered else None, place.population),
        )
        for place in facts.places
    )
    total = None if facts.is_whole else Row("total", facts.name, _place_cells(scope.tally, scope.population))
    return Table("communes", ("employers", "density", "non_employers", *_FAMILIES, "population"), rows, total)


def _dynamics(scope: _Scope, years: FlowYears) -> Table:
    tally = scope.counted
    rows = []
    for year in years.years:
        status = Status.PROVISIONAL if year in years.provisional else Status.OBSERVED
        created, closed = (
            UNAVAILABLE if scope.tally is None else Figure(counts.get(year, 0), status)
            for counts in (tally.creations, tally.cessations)
        )
        cells = {"creations": created, "cessations": closed, "balance": difference(created, closed)}
        rows.append(Row(str(year), str(year), cells))
    return Table("dynamics", ("creations", "cessations", "balance"), tuple(rows))


def build_tables(
    facts: TerritoryFacts,
    tallies: Mapping[str, Tally],
    *,
    reference: Reference | None = None,
    years: FlowYears = NO_FLOWS,
    threshold: int = SIGNIFICANCE_THRESHOLD,
) -> TerritoryTables:
    """The published tables of a territory, from the tallies of its communes or from its own when it is whole.

    `tallies` may hold any other place; communes that are not covered are ignored even if they have one. Without
    `reference` the index of specialisation is without object.
    """
    scope = _scope(facts, tallies)
    tables = (
        _key_figures(scope, tallies, years),
        _families(scope),
        _sectors(scope, reference, threshold),
        _family_sector(scope),
        _sizes(scope),
        _communes(scope, tallies),
        _dynamics(scope, years),
        Table("top_employers", (), (), facts=top_employers(facts.listings)),
    )
    return TerritoryTables(facts.code, {table.key: table for table in tables})
