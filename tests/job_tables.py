"""Published tables with jobs made by hand, as a release stores them: for pages, documents and files.

The arithmetic is that of `statistics.figures`, so that a masked figure masks what is derived from it.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from territories.foundations.vocabulary import SECTORS, EssFamily, Status
from territories.observatory.models import Release, ReleasedFigure
from territories.observatory.statistics.employment.cells import (
    AGE_CLASSES,
    OTHER_NON_PROFIT,
    OTHER_NON_PROFIT_LABEL,
    SIZE_CLASSES,
)
from territories.observatory.statistics.figures import Figure, evolution, rate, ratio, share, specialisation, total
from territories.observatory.statistics.indicators import INDICATORS
from territories.observatory.statistics.tables import Row, Table
from tests.public_factories import World

SECRET = Figure(None, Status.SECRET)
SOURCE = (
    "Source\u00a0: Insee, Flores 2022 (effectifs au 31/12) –\u00a0traitement Observatoire. Données de démonstration, fictives."
)
URSSAF = "Source\u00a0: Urssaf, 2022 (effectifs moyens)."
FACTS: dict[str, Any] = {
    "series": "flores",
    "perimeter": "ESS",
    "source": SOURCE,
    "year": 2022,
    "concept": "postes au 31 décembre",
}
YEARS = (2018, 2019, 2020, 2021, 2022)
SHARES = (0.7, 0.18, 0.04, 0.05, 0.03)
MIX = {"action-sociale": 0.42, "enseignement": 0.19, "sante": 0.1, "sports-loisirs": 0.05, "finance-assurance": 0.12}


def _kept(value: float, masked: bool) -> Figure:
    return SECRET if masked else Figure(round(value))


def _row(key: str, label: str, **cells: Figure) -> Row:
    return Row(key, label, cells)


def key_figures(jobs: Figure, population: int) -> Table:
    n = jobs.value or 0
    private, everything = Figure(round(n * 7.1) + 300), Figure(round(n * 9.4) + 500)
    fte = SECRET if jobs.value is None else Figure(round(n * 0.8))
    pay = SECRET if jobs.value is None else Figure(round(n * 0.8 * 33_400))
    establishments, enterprises = Figure(max(3, round(n / 11))), Figure(max(3, round(n / 13)))
    cells = {
        "jobs": jobs,
        "fte": fte,
        "gross_pay": pay,
        "source_establishments": establishments,
        "source_enterprises": enterprises,
        "private_job_share": share(jobs, private),
        "total_job_share": share(jobs, everything),
        "private_pay_share": share(pay, Figure(round(n * 7.1 * 31_000) + 1_000)),
        "total_pay_share": share(pay, Figure(round(n * 9.4 * 32_000) + 1_000)),
        "source_establishment_share": share(establishments, Figure(max(30, n))),
        "jobs_per_1000": rate(jobs, Figure(population), per=1_000),
        "jobs_per_establishment": ratio(jobs, establishments),
        "fte_ratio": ratio(fte, jobs),
        "pay_per_fte": ratio(pay, fte),
        "other_pay_per_fte": Figure(36_900),
        "public_pay_per_fte": Figure(34_100),
        "women_share": SECRET if jobs.value is None else Figure(0.68),
        "other_women_share": Figure(0.42),
        "over_50_share": SECRET if jobs.value is None else Figure(0.31),
        "other_over_50_share": Figure(0.27),
        "private_jobs": private,
        "total_jobs": everything,
    }
    rows = tuple(_row(code, INDICATORS[code].label, value=figure) for code, figure in cells.items())
    return Table("jobs_key_figures", ("value",), rows, facts={**FACTS, "denominators": SOURCE, "retirement_class": "50P"})


def families(jobs: Figure, masked: Collection[str]) -> Table:
    rows = []
    parts = [
        *((f.value, f.label, s) for f, s in zip(EssFamily, SHARES, strict=True)),
        (OTHER_NON_PROFIT, OTHER_NON_PROFIT_LABEL, 0.0),
    ]
    for key, label, weight in parts:
        own = SECRET if jobs.value is None else _kept(jobs.value * weight, key in masked)
        fte = SECRET if own.value is None else Figure(round(own.value * (0.75 if key == "association" else 0.9)))
        pay = SECRET if own.value is None else Figure(round(own.value * 27_000))
        rows.append(
            _row(
                key,
                label,
                jobs=own,
                job_family_share=share(own, jobs),
                source_establishments=Figure(round((jobs.value or 30) / 11 * weight)),
                fte=fte,
                fte_ratio=ratio(fte, own),
                pay_per_fte=ratio(pay, fte),
            )
        )
    whole_fte = SECRET if jobs.value is None else Figure(round(jobs.value * 0.8))
    whole = _row(
        "total",
        "Ensemble",
        jobs=jobs,
        job_family_share=share(jobs, jobs),
        source_establishments=total(row["source_establishments"] for row in rows),
        fte=whole_fte,
        fte_ratio=ratio(whole_fte, jobs),
        pay_per_fte=SECRET if jobs.value is None else Figure(33_400),
    )
    columns = ("jobs", "job_family_share", "source_establishments", "fte", "fte_ratio", "pay_per_fte")
    return Table("jobs_families", columns, tuple(rows), whole, FACTS)


def sectors(jobs: Figure, masked: Collection[str]) -> Table:
    rows = []
    for rank, sector in enumerate(SECTORS):
        weight = MIX.get(sector.key, 0.015 + rank * 0.001)
        own = SECRET if jobs.value is None else _kept(jobs.value * weight, sector.key in masked)
        n = jobs.value or 0
        private, everything = Figure(round(n * weight * 2) + 40), Figure(round(n * weight * 3) + 60)
        rows.append(
            _row(
                sector.key,
                sector.label,
                jobs=own,
                job_sector_mix=share(own, jobs),
                sector_private_jobs=private,
                job_sector_share=share(own, private),
                sector_total_jobs=everything,
                job_sector_total_share=share(own, everything),
                job_specialisation=specialisation(
                    own, jobs, Figure(round(weight * 9_000 * (0.7 + rank / 18)) + 1), Figure(10_000)
                ),
            )
        )
    columns = tuple(rows[0].cells)
    whole = Row("total", "Ensemble", {**dict.fromkeys(columns, Figure(None, Status.NOT_APPLICABLE)), "jobs": jobs})
    facts = {**FACTS, "reference": {"code": "52", "name": "Pays de la Loire", "kind": "region"}, "threshold": 30}
    return Table("jobs_sectors", columns, tuple(rows), whole, facts)


def sizes(jobs: Figure) -> Table:
    classes = ("E1T4", "E5T9", "E10T19", "E20T49", "E50T99", "E100T249")
    rows = []
    for key, places, posts in zip(classes, (0.42, 0.2, 0.16, 0.14, 0.05, 0.03), (0.07, 0.1, 0.16, 0.3, 0.2, 0.17), strict=True):
        own = SECRET if jobs.value is None or key == "E100T249" else Figure(round(jobs.value * posts))
        rows.append(
            _row(
                key,
                SIZE_CLASSES[key],
                source_establishments=Figure(round((jobs.value or 100) / 11 * places)),
                source_size_share=Figure(places),
                jobs=own,
                job_size_share=share(own, jobs),
            )
        )
    parts = {"source_size_share": Figure(1), "job_size_share": share(jobs, jobs)}
    whole = _row(
        "total", "Ensemble", source_establishments=total(row["source_establishments"] for row in rows), jobs=jobs, **parts
    )
    return Table("jobs_sizes", tuple(rows[0].cells), tuple(rows), whole, FACTS)


def people(jobs: Figure) -> Table:
    lines = [("sex:F", "Femmes", 0.68, 0.42), ("sex:H", "Hommes", 0.32, 0.58)]
    lines += [
        (f"age:{key}", AGE_CLASSES[key], own, other)
        for key, own, other in (("M30", 0.17, 0.23), ("30T49", 0.52, 0.5), ("50P", 0.31, 0.27), ("55P", 0.18, 0.15))
    ]
    rows = tuple(
        _row(
            key,
            label,
            jobs=SECRET if jobs.value is None else Figure(round(jobs.value * own)),
            people_share=SECRET if jobs.value is None else Figure(own),
            other_people_share=Figure(other),
        )
        for key, label, own, other in lines
    )
    return Table("jobs_people", ("jobs", "people_share", "other_people_share"), rows, None, FACTS)


def communes(members: Iterable[tuple[str, str, int | None]], masked: Collection[str], whole: Figure) -> Table:
    rows = []
    for code, name, population in members:
        own = _kept((population or 0) / 24, code in masked)
        people_there = Figure(population or 0)
        rows.append(
            _row(
                code,
                name,
                jobs=own,
                jobs_per_1000=rate(own, people_there, per=1_000),
                private_job_share=share(own, Figure(round((population or 0) / 3))),
                population=people_there,
            )
        )
    last = _row("total", "Ensemble", jobs=whole, jobs_per_1000=SECRET, private_job_share=SECRET, population=Figure(0))
    return Table("jobs_communes", tuple(rows[0].cells), tuple(rows), last, FACTS)


def _segment(years: list[int], tcam: float, growth: float) -> dict[str, Any]:
    return {"years": years, "base": years[0], "tcam": Figure(tcam).to_json(), "growth": Figure(growth).to_json()}


def evolution_table(jobs: Figure) -> Table:
    """Five years; the series breaks before 2020."""
    rows: list[Row] = []
    before: Figure | None = None
    for year, own, other in zip(YEARS, (0.95, 0.96, 0.97, 1.0, 1.02), (0.97, 0.99, 0.96, 1.0, 1.03), strict=True):
        here = SECRET if jobs.value is None else Figure(round(jobs.value * own))
        base = (0.95, 0.97) if year < 2020 else (0.97, 0.96)
        rows.append(
            _row(
                str(year),
                str(year),
                jobs=here,
                job_index=SECRET if jobs.value is None else Figure(100 * own / base[0]),
                other_job_index=Figure(100 * other / base[1]),
                job_change=Figure(None, Status.NOT_APPLICABLE) if before is None or year == 2020 else evolution(before, here),
            )
        )
        before = here
    broken = "Les années 2019 et 2020 ne sont pas comparées\u00a0: rupture de série en 2020."
    unknown = "Les années 2018 et 2019 ne sont pas comparées\u00a0: les emplois de 2018 sont couverts par le secret statistique."
    secret = jobs.value is None
    facts = {
        **FACTS,
        "segments": [] if secret else [_segment([2018, 2019], 0.01, 0.01), _segment([2020, 2021, 2022], 0.025, 0.05)],
        "refusals": [unknown] if secret else [broken],
    }
    return Table("jobs_evolution", ("jobs", "job_index", "other_job_index", "job_change"), tuple(rows), None, facts)


def other_series(jobs: Figure) -> Table:
    rows = [
        _row(
            f"urssaf:{year}",
            f"Urssaf, {year}",
            jobs=SECRET if jobs.value is None else Figure(round(jobs.value * ratio_)),
            source_establishments=Figure(round((jobs.value or 30) / 12)),
            gross_pay=SECRET if jobs.value is None else Figure(round(jobs.value * 26_000)),
            job_change=Figure(None, Status.NOT_APPLICABLE) if year == 2021 else Figure(0.012),
        )
        for year, ratio_ in ((2021, 0.9), (2022, 0.91))
    ]
    described = {"key": "urssaf", "label": "Urssaf", "source": URSSAF, "concept": "effectifs moyens"}
    facts = {**FACTS, "source": URSSAF, "series": [described], "refusals": []}
    return Table("jobs_other_series", tuple(rows[0].cells), tuple(rows), None, facts)


def shift_share(jobs: Figure, masked: Collection[str]) -> Table:
    columns = ("jobs_before", "jobs_after", "job_gain", "national_effect", "structural_effect", "residual_effect")
    facts: dict[str, Any] = {
        **FACTS,
        "years": [2020, 2022],
        "reference": {"code": "F", "name": "France", "kind": "country"},
        "refusal": "",
    }
    if jobs.value is None or any(sector.key in masked for sector in SECTORS):
        facts["refusal"] = "Des secteurs sont masqués par le secret statistique\u00a0: l’évolution ne peut pas être décomposée."
        return Table("jobs_shift_share", columns, (), None, facts)
    rows = []
    for rank, sector in enumerate(SECTORS):
        before = round(jobs.value * MIX.get(sector.key, 0.015 + rank * 0.001))
        effects = (before * 0.02, before * (rank - 5) * 0.004, before * (4 - rank % 7) * 0.006)
        figures = (before, before + sum(effects), sum(effects), *effects)
        rows.append(Row(sector.key, sector.label, dict(zip(columns, map(Figure, figures), strict=True))))
    whole = Row("total", "Ensemble", {column: total(row[column] for row in rows) for column in columns})
    return Table("jobs_shift_share", columns, tuple(rows), whole, facts)


def analyses(jobs: Figure) -> Table:
    values = {
        "specialisation_coefficient": 0.14,
        "sector_herfindahl": 0.23,
        "equivalent_sectors": 4.3,
        "first_sector_share": 0.42,
        "first_communes_share": 0.71,
    }
    rows = tuple(
        _row(code, INDICATORS[code].label, value=SECRET if jobs.value is None else Figure(value))
        for code, value in values.items()
    )
    facts = {
        **FACTS,
        "reference": {"code": "52", "name": "Pays de la Loire", "kind": "region"},
        "first_sector": "Action sociale",
        "first_communes": ["Ancenis-Saint-Géréon", "Couffé", "Vair-sur-Loire"],
    }
    return Table("jobs_analyses", ("value",), rows, None, facts)


def survival() -> Table:
    rows = tuple(
        _row(
            str(year),
            str(year),
            created=Figure(40 + year % 7),
            survival_3=Figure(0.72 + year % 5 / 100) if year < 2023 else Figure(None, Status.NOT_APPLICABLE),
            survival_5=Figure(0.58 + year % 3 / 100) if year < 2021 else Figure(None, Status.NOT_APPLICABLE),
        )
        for year in range(2016, 2025)
    )
    return Table(
        "survival",
        ("created", "survival_3", "survival_5"),
        rows,
        None,
        {"source": "Source\u00a0: Insee, Sirene.", "threshold": 30},
    )


def job_tables(
    population: int,
    members: Sequence[tuple[str, str, int | None]] = (),
    *,
    secret: bool = False,
    masked: Collection[str] = (),
) -> dict[str, Table]:
    """Every table with jobs of a territory of this population. `secret` hides the headline and what follows from it;
    `masked` are keys of familles, sectors or communes that are hidden."""
    jobs = SECRET if secret else Figure(max(30, population // 24))
    tables = [
        key_figures(jobs, population),
        families(jobs, masked),
        sectors(jobs, masked),
        sizes(jobs),
        people(jobs),
        *([communes(members, masked, jobs)] if members else []),
        evolution_table(jobs),
        other_series(jobs),
        shift_share(jobs, masked),
        analyses(jobs),
        survival(),
    ]
    return {table.key: table for table in tables}


def publish_jobs(release: Release, territories: Iterable[Any], **changes: Any) -> None:
    """Add the tables with jobs of these territories to a release. `changes` as `job_tables`."""
    rows = []
    for territory in territories:
        members = list(territory.communes.order_by("search").values_list("code", "name", "population"))
        tables = job_tables(territory.population or 0, members, **changes)
        rows += [
            ReleasedFigure(release=release, territory=territory, table=key, payload=table.to_json())
            for key, table in tables.items()
        ]
    ReleasedFigure.objects.bulk_create(rows, batch_size=200)


def with_jobs(world: World, **changes: Any) -> World:
    """The small published world, with statistics."""
    publish_jobs(world.release, world.territories.values(), **changes)
    return world
