"""Familles, sectors, size classes: the jobs of the ESS by one dimension at a time, with their shares."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from territories.foundations.vocabulary import SECTORS, UNCLASSIFIED, EssFamily
from territories.observatory.statistics.employment.cells import (
    ESS,
    ESTABLISHMENTS,
    FTE,
    JOBS,
    OTHER_NON_PROFIT,
    OTHER_NON_PROFIT_LABEL,
    SIZE_CLASSES,
    JobFacts,
    JobKey,
    YearFigures,
)
from territories.observatory.statistics.employment.champs import ess, is_given, overall, private
from territories.observatory.statistics.employment.mixes import mix, whole_share
from territories.observatory.statistics.employment.weights import pay_per_fte, source_facts
from territories.observatory.statistics.figures import NOT_APPLICABLE, Figure, ratio, share, specialisation
from territories.observatory.statistics.tables import FAMILY_LABELS, Row, Table, sector_label

ALL_LABEL: Final = "Ensemble de l’ESS"
SECTOR_KEYS: Final = tuple(sector.key for sector in SECTORS)
_FAMILIES: Final = tuple(family.value for family in EssFamily)


def _has(year: YearFigures, key: JobKey) -> bool:
    return any(is_given(figure) for figure in year.cells.get(key, {}).values())


def _present(year: YearFigures, keys: Iterable[str], make: Callable[[str], JobKey]) -> tuple[str, ...]:
    """The values of a dimension of which the source says something."""
    return tuple(key for key in keys if _has(year, make(key)))


def families(year: YearFigures) -> Table:
    keys = (*_FAMILIES, *_present(year, (OTHER_NON_PROFIT,), lambda key: JobKey(family=key)))
    labels = {**FAMILY_LABELS, OTHER_NON_PROFIT: OTHER_NON_PROFIT_LABEL}
    shares = mix([ess(year, JOBS, JobKey(family=key)) for key in keys], ess(year, JOBS))
    rows = tuple(
        Row(key, labels[key], _family_cells(year, JobKey(family=key), part)) for key, part in zip(keys, shares, strict=True)
    )
    total = Row("total", ALL_LABEL, _family_cells(year, JobKey(), whole_share(ess(year, JOBS))))
    columns = ("jobs", "job_family_share", "source_establishments", "fte", "fte_ratio", "pay_per_fte")
    return Table("jobs_families", columns, rows, total, source_facts(year))


def _family_cells(year: YearFigures, key: JobKey, part: Figure) -> dict[str, Figure]:
    jobs, fte = ess(year, JOBS, key), ess(year, FTE, key)
    return {
        "jobs": jobs,
        "job_family_share": part,
        "source_establishments": ess(year, ESTABLISHMENTS, key),
        "fte": fte,
        "fte_ratio": ratio(fte, jobs),
        "pay_per_fte": pay_per_fte(year, ess, key),
    }


def sector_keys(*years: YearFigures) -> tuple[str, ...]:
    """The grid, then « non classé » only when one of the sources says something of it."""
    has_unclassified = any(_has(year, JobKey(champ=ESS, sector=UNCLASSIFIED)) for year in years)
    return (*SECTOR_KEYS, UNCLASSIFIED) if has_unclassified else SECTOR_KEYS


def same_vintage(year: YearFigures, reference: JobFacts | None, code: str) -> YearFigures | None:
    """The vintage of the reference that may be set beside `year`: same series, year, perimeter and nomenclature."""
    if reference is None or reference.code == code:
        return None
    mine = year.source
    for other in reference.years:
        theirs = other.source
        if (theirs.series, theirs.year, theirs.perimeter, theirs.nomenclature) == (
            mine.series,
            mine.year,
            mine.perimeter,
            mine.nomenclature,
        ):
            return other
    return None


def reference_facts(reference: JobFacts | None, vintage: YearFigures | None) -> dict[str, Any] | None:
    """How tables name the territory of reference; None when there is none to compare with."""
    if reference is None or vintage is None:
        return None
    return {"code": reference.code, "name": reference.name, "kind": reference.kind, "source": vintage.source.source}


def sectors(year: YearFigures, code: str, reference: JobFacts | None, threshold: int) -> Table:
    vintage = same_vintage(year, reference, code)
    keys = sector_keys(year)
    whole = ess(year, JOBS)
    shares = mix([ess(year, JOBS, JobKey(sector=key)) for key in keys], whole)
    rows = []
    for key, part in zip(keys, shares, strict=True):
        index = NOT_APPLICABLE
        if vintage is not None and key != UNCLASSIFIED:
            index = specialisation(
                ess(year, JOBS, JobKey(sector=key)),
                whole,
                ess(vintage, JOBS, JobKey(sector=key)),
                ess(vintage, JOBS),
                threshold=threshold,
            )
        rows.append(Row(key, sector_label(key), _sector_cells(year, JobKey(sector=key), part, index)))
    total = Row("total", ALL_LABEL, _sector_cells(year, JobKey(), whole_share(whole), NOT_APPLICABLE))
    columns = (
        "jobs",
        "job_sector_mix",
        "sector_private_jobs",
        "job_sector_share",
        "sector_total_jobs",
        "job_sector_total_share",
        "job_specialisation",
    )
    facts = {**source_facts(year), "reference": reference_facts(reference, vintage), "threshold": threshold}
    return Table("jobs_sectors", columns, tuple(rows), total, facts)


def _sector_cells(year: YearFigures, key: JobKey, part: Figure, index: Figure) -> dict[str, Figure]:
    jobs, in_private, in_all = ess(year, JOBS, key), private(year, JOBS, key), overall(year, JOBS, key)
    return {
        "jobs": jobs,
        "job_sector_mix": part,
        "sector_private_jobs": in_private,
        "job_sector_share": share(jobs, in_private),
        "sector_total_jobs": in_all,
        "job_sector_total_share": share(jobs, in_all),
        "job_specialisation": index,
    }


def sizes(year: YearFigures) -> Table:
    """The classes that the source uses, in order. Those that overlap are each set against the whole, not together."""
    keys = _present(year, SIZE_CLASSES, lambda key: JobKey(size=key))
    jobs, establishments = ess(year, JOBS), ess(year, ESTABLISHMENTS)
    job_shares = mix([ess(year, JOBS, JobKey(size=key)) for key in keys], jobs)
    establishment_shares = mix([ess(year, ESTABLISHMENTS, JobKey(size=key)) for key in keys], establishments)
    rows = tuple(
        Row(
            key,
            SIZE_CLASSES[key],
            {
                "source_establishments": ess(year, ESTABLISHMENTS, JobKey(size=key)),
                "source_size_share": establishment_share,
                "jobs": ess(year, JOBS, JobKey(size=key)),
                "job_size_share": job_share,
            },
        )
        for key, establishment_share, job_share in zip(keys, establishment_shares, job_shares, strict=True)
    )
    total = {
        "source_establishments": establishments,
        "source_size_share": whole_share(establishments),
        "jobs": jobs,
        "job_size_share": whole_share(jobs),
    }
    columns = ("source_establishments", "source_size_share", "jobs", "job_size_share")
    return Table("jobs_sizes", columns, rows, Row("total", ALL_LABEL, total), source_facts(year))
