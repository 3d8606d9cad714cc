"""The dry run: read a whole file, check it, and leave on the disk the observations that a load would write. Writes no table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import duckdb
from django.db.models import Count, Sum

from territories.foundations.formats import nombre
from territories.foundations.text import fold
from territories.geography.models import Millesime
from territories.observatory.enums import Champ, DatasetState
from territories.observatory.models import Dataset, Observation
from territories.observatory.orders import checks
from territories.observatory.orders.findings import Findings, Report
from territories.observatory.orders.layouts import KNOWN_HEADERS
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.places import load_atlas
from territories.observatory.orders.reading import Source, open_source, rows_of
from territories.observatory.orders.staging import KEYS, merge, open_engine, read_cells
from territories.observatory.sirene.engine import Engine, literal
from territories.observatory.sirene.errors import SourceProblem

# Columns of an observation, as they are written, from those of a cell.
OBSERVATION: Final = (
    "kind, code, champ, family, CASE WHEN length(sector) = 2 THEN nomenclature ELSE '' END AS nomenclature, "
    "CASE WHEN length(sector) = 2 THEN sector ELSE '' END AS division, '' AS size_band, sub_family, "
    "CASE WHEN length(sector) > 2 THEN sector ELSE '' END AS activity, size_class, sex, age_class, csp, year, measure, value, "
    "status, units, largest"
)
_WHOLE: Final = " AND ".join(f"{name} = ''" for name in KEYS if name not in ("champ", "nomenclature"))
# The same cells in the database: nothing but the champ is said of them.
WHOLE: Final[dict[str, str]] = {
    "family": "", "sub_family": "", "division": "", "activity": "", "size_class": "", "sex": "", "age_class": "", "csp": "",
}  # fmt: skip
Say = Callable[[float, str], None]


@dataclass(frozen=True)
class Examination:
    """The report, and the parquet file of each year that has observations in the field of the région."""

    report: Report
    files: dict[int, tuple[str, int]]


def examine(
    path: Path,
    meta: OrderMeta,
    folder: Path,
    *,
    region: str,
    millesime: Millesime,
    name: str = "",
    say: Say = lambda share, message: None,
) -> Examination:
    """Read and check a file. `say` gets a share between 0 and 1 and what is being done; it may raise to stop.

    Raises SourceProblem when the file cannot be read at all; everything else is in the report.
    """
    source = open_source(path, sheet=meta.sheet, known=KNOWN_HEADERS)
    findings = Findings()
    atlas, remark = load_atlas(millesime, region, year=meta.geography or _geography_in(source))
    if remark:
        findings.remark("geography", detail=remark)

    def read(lines: int) -> None:
        # How many lines there will be is not known: the bar tends towards the end of this part.
        say(0.7 * lines / (lines + 200_000), f"Lecture\u00a0: {nombre(lines)} lignes")

    layout, reader, margins = read_cells(source, meta, atlas, folder, findings, read)
    with open_engine(folder, lambda: say(0.7, "Contrôle du fichier")) as engine:
        try:
            merge(engine, folder, reader, meta, findings, margins=margins)
            count = engine.value("SELECT count(*) FROM cellules")
            if not count and not findings.error_counts:
                findings.error("no_row")
            say(0.75, "Contrôle des mesures")
            checks.check_measures(engine, findings)
            say(0.8, "Totaux contre parts")
            parts = checks.check_parts(engine, findings) + checks.check_levels(engine, folder, atlas, meta, findings)
            say(0.9, "Comparaison avec les données en usage")
            years = tuple(row[0] for row in engine.run("SELECT DISTINCT year FROM cellules WHERE in_scope ORDER BY year"))
            comparison = compare(engine, meta, region, years)
            checks.notable_changes(comparison, findings)
            report = _report(
                engine, source, layout, reader.lines, count, years, findings, parts, comparison, reader.countries, name
            )
            files = {} if report.is_blocked else _write_years(engine, folder, years)
        except duckdb.OutOfMemoryException as error:
            raise SourceProblem("Ce fichier est trop grand pour la mémoire du serveur\u00a0: découpez-le par année.") from error
    for name in ("lues", "uniques", "cellules", "completees"):
        (folder / f"{name}.parquet").unlink(missing_ok=True)
    return Examination(report, files)


def _geography_in(source: Source) -> int | None:
    """The year of the codes as the first line of the reference layout says it."""
    names = [fold(name) for name in source.header]
    if "millesime geo" not in names:
        return None
    _, cells = next(rows_of(source), (0, []))
    at = names.index("millesime geo")
    text = cells[at] if at < len(cells) else ""
    return int(text) if len(text) == 4 and text.isascii() and text.isdigit() else None


def _write_years(engine: Engine, folder: Path, years: Sequence[int]) -> dict[int, tuple[str, int]]:
    files = {}
    order = ", ".join(("kind", "code", *KEYS, "measure"))
    for year in years:
        target = folder / f"observations-{year}.parquet"
        partial = target.with_suffix(".partiel")
        engine.run(
            f"COPY (SELECT {OBSERVATION} FROM (SELECT * FROM cellules WHERE in_scope AND year = {int(year)} ORDER BY {order})) "
            f"TO {literal(str(partial))} (FORMAT parquet)"
        )
        partial.rename(target)
        files[int(year)] = (target.name, int(engine.value(f"SELECT count(*) FROM read_parquet({literal(str(target))})")))
    return files


def _report(
    engine: Engine,
    source: Source,
    layout: str,
    lines: int,
    count: int,
    years: Sequence[int],
    findings: Findings,
    parts: Sequence[checks.PartsCheck],
    comparison: Sequence[dict[str, Any]],
    countries: set[str],
    name: str,
) -> Report:
    counts = engine.run(
        "SELECT kind, champ, status, count(*) FROM cellules WHERE in_scope GROUP BY ALL ORDER BY kind, champ, status"
    )
    totals = engine.run(
        f"SELECT year, kind, champ, measure, sum(value) FROM cellules WHERE in_scope AND {_WHOLE} AND value IS NOT NULL "
        "GROUP BY ALL ORDER BY year, kind, champ, measure"
    )
    places = engine.run("SELECT kind, count(DISTINCT code) FROM cellules WHERE in_scope GROUP BY kind ORDER BY kind")
    form = {"csv": "CSV", "xlsx": "XLSX", "zip": "CSV dans un zip"}[source.kind]
    return Report(
        layout=layout,
        file={
            "name": name or source.path.name,
            "form": form,
            "sheet": source.sheet,
            "encoding": {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}.get(source.encoding, ""),
            "header_line": source.header_line,
            "columns": len(source.header),
        },
        lines=lines,
        observations=int(count),
        years=tuple(int(year) for year in years),
        errors=findings.errors(),
        error_counts=dict(findings.error_counts),
        remarks=findings.remarks(),
        remark_counts=dict(findings.remark_counts),
        counts=tuple((kind, champ, status, int(number)) for kind, champ, status, number in counts),
        places={kind: int(number) for kind, number in places},
        totals=tuple((int(year), kind, champ, measure, float(total)) for year, kind, champ, measure, total in totals),
        parts=tuple(parts),
        comparison=tuple(comparison),
        country="FM" if countries == {"FM"} else "F" if countries else "",
        unknown_words=findings.words(),
    )


def statistics_of(source: str, region: str, year: int) -> Dataset | None:
    """The dataset in use for a source and a year."""
    return Dataset.objects.filter(source=source, region=region, year=year, state=DatasetState.ACTIVE).first()


def compare(engine: Engine, meta: OrderMeta, region: str, years: Sequence[int]) -> list[dict[str, Any]]:
    """Totals by level, champ and measure against the dataset in use for the same year, else the year before."""
    rows: list[dict[str, Any]] = []
    for year in years:
        against = statistics_of(meta.source, region, year) or statistics_of(meta.source, region, year - 1)
        if against is None:
            continue
        name = f"{against.year}, révision {against.revision}" if against.year == year else str(against.year)
        before = {
            (kind, champ, measure): (count, total)
            for kind, champ, measure, count, total in Observation.objects.filter(dataset=against, **WHOLE)
            .order_by("kind", "champ", "measure")
            .values_list("kind", "champ", "measure")
            .annotate(count=Count("pk"), total=Sum("value"))
        }
        after = {
            (kind, champ, measure): (count, total)
            for kind, champ, measure, count, total in engine.run(
                f"SELECT kind, champ, measure, count(*), sum(value) FROM cellules WHERE in_scope AND year = {int(year)} "
                f"AND {_WHOLE} "
                "GROUP BY ALL"
            )
        }
        for kind, champ, measure in sorted(before.keys() | after.keys()):
            old_count, old = before.get((kind, champ, measure), (0, None))
            new_count, new = after.get((kind, champ, measure), (0, None))
            rows.append(
                {
                    "year": int(year),
                    "against": name,
                    "kind": kind,
                    "champ": champ,
                    "measure": measure,
                    "label": _label(kind, champ, measure),
                    "before": old,
                    "after": new,
                    "rows_before": int(old_count),
                    "rows_after": int(new_count),
                    "change": (new - old) / old if old and new is not None else None,
                }
            )
    return rows


def _label(kind: str, champ: str, measure: str) -> str:
    return f"{KIND_PLURALS[kind]}, {str(Champ(champ).label).lower() if champ != 'jobs_ess' else 'ESS'}, {checks.FRENCH[measure]}"


KIND_PLURALS: Final[dict[str, str]] = {
    "commune": "communes",
    "epci": "EPCI",
    "pays": "Pays",
    "composite": "territoires de projet",
    "departement": "départements",
    "region": "régions",
    "country": "France",
}
