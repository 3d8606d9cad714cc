"""Women and men, then ages: who holds the jobs of the ESS, and those of the rest of the private sector."""

from territories.observatory.statistics.employment.cells import AGE_CLASSES, JOBS, SEXES, JobKey, YearFigures
from territories.observatory.statistics.employment.champs import ess, is_given, outside, persons, retirement_class
from territories.observatory.statistics.employment.mixes import mix
from territories.observatory.statistics.employment.weights import source_facts
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.tables import Row, Table


def people(year: YearFigures) -> Table:
    """Only the classes of which the source says something. Ages may overlap: each is set against all jobs."""
    sexes = {sex: (ess(year, JOBS, JobKey(sex=sex)), outside(year, JOBS, JobKey(sex=sex))) for sex in SEXES}
    ages = {age: (persons(year, ess, age), persons(year, outside, age)) for age in AGE_CLASSES}
    rows = [*_rows(year, "sex", SEXES, sexes), *_rows(year, "age", AGE_CLASSES, ages)]
    facts = {**source_facts(year), "retirement_class": retirement_class(year)}
    return Table("jobs_people", ("jobs", "people_share", "other_people_share"), tuple(rows), facts=facts)


def _rows(year: YearFigures, dimension: str, labels: dict[str, str], figures: dict[str, tuple[Figure, Figure]]) -> list[Row]:
    given = {key: pair for key, pair in figures.items() if any(is_given(figure) for figure in pair)}
    here = mix([pair[0] for pair in given.values()], ess(year, JOBS))
    elsewhere = mix([pair[1] for pair in given.values()], outside(year, JOBS))
    return [
        Row(f"{dimension}:{key}", labels[key], {"jobs": jobs, "people_share": part, "other_people_share": other})
        for (key, (jobs, _)), part, other in zip(given.items(), here, elsewhere, strict=True)
    ]
