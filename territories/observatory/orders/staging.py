"""The cells of a file on the disk, and the questions that concern all of them: one pass of the file, bounded memory."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Final

from territories.foundations.formats import nombre
from territories.geography.enums import TerritoryKind
from territories.observatory.orders.cells import CELL, Reader
from territories.observatory.orders.findings import Findings
from territories.observatory.orders.layouts import layout_for
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.numbers import HIDDEN
from territories.observatory.orders.places import Atlas
from territories.observatory.orders.reading import Source, rows_of
from territories.observatory.orders.words import LEVEL_TO_COME, level_of
from territories.observatory.sirene.engine import Engine, literal

# Beside what Python holds (about 150 MB): a whole file of France stays well under half a gigabyte.
MEMORY: Final = "140MB"
# What names a cell beside its place; a cell holds several measures.
KEYS: Final = ("champ", "family", "sub_family", "sector", "size_class", "sex", "age_class", "csp", "nomenclature")
KEY: Final = ", ".join(KEYS)
PLACE: Final = "year, kind, code"
_TICK_LINES: Final = 5_000

# The status of a sum: the most severe reason to hide, else what the values deserve to be said of them.
_HIDDEN_ORDER: Final = ("s", "K", "nd", "ns", "///")
_SHOWN_ORDER: Final = ("W", "e", "p", "r", "A")


def status_of_sum(column: str = "status") -> str:
    """SQL: the status of several added together."""
    cases = " ".join(f"WHEN bool_or({column} = '{status}') THEN '{status}'" for status in (*_HIDDEN_ORDER, *_SHOWN_ORDER))
    return f"CASE {cases} END"


def any_hidden(column: str = "status") -> str:
    """SQL: true when one of the statuses has no value."""
    return f"bool_or({column} IN ({', '.join(literal(status) for status in sorted(HIDDEN))}))"


def read_cells(
    source: Source, meta: OrderMeta, atlas: Atlas, folder: Path, findings: Findings, tick: Callable[[int], None]
) -> tuple[str, Reader, bool]:
    """Read the whole file into `lues.parquet`: (layout, reader, whether its lines are the leaves of totals to be made).

    `tick` gets the number of lines read. Raises SourceProblem when the file cannot be read or its layout is not known.
    """
    key, layout = layout_for(source.header, meta.layout, meta.mapping)
    reader = Reader(source.header, layout, atlas, findings, meta.year, meta.ess_perimeter)
    raw = folder / "cellules.csv"
    with raw.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        last = 0
        for cell in reader.read(rows_of(source)):
            writer.writerow(cell)
            if reader.lines - last >= _TICK_LINES:
                last = reader.lines
                tick(last)
    tick(reader.lines)
    level = _level_of_sectors(reader, findings)
    with open_engine(folder) as engine:
        columns = "{" + ", ".join(f"{literal(name)}: {literal(kind)}" for name, kind in CELL.items()) + "}"
        sector = f"replace(sector, '{LEVEL_TO_COME}:', '{level}:')"
        chosen = ", ".join(
            f"coalesce({sector if name == 'sector' else name}, '') AS {name}" if kind == "VARCHAR" else name
            for name, kind in CELL.items()
        )
        engine.run(
            f"COPY (SELECT {chosen} FROM read_csv({literal(str(raw))}, auto_detect=false, header=false, delim=',', quote='\"', "
            f"escape='\"', parallel=false, columns={columns})) TO {literal(str(folder / 'lues.parquet'))} (FORMAT parquet)"
        )
    raw.unlink()
    return key, reader, layout.margins


def _level_of_sectors(reader: Reader, findings: Findings) -> str:
    level = level_of(frozenset(reader.aggregates))
    if level is None:
        findings.error("sector_level", value=", ".join(sorted(reader.aggregates)[:12]))
        return "A38"
    return level


def open_engine(folder: Path, tick: Callable[[], None] = lambda: None) -> Engine:
    engine = Engine(folder, memory=MEMORY, threads=1, tick=tick)
    engine.connection.execute("SET preserve_insertion_order = false")
    return engine


def merge(engine: Engine, folder: Path, reader: Reader, meta: OrderMeta, findings: Findings, *, margins: bool) -> None:
    """From `lues` to `cellules.parquet`: repeated lines once, merged communes added together, totals of leaves made."""
    read = f"read_parquet({literal(str(folder / 'lues.parquet'))})"
    engine.run(f"CREATE OR REPLACE VIEW lues AS SELECT * FROM {read}")
    _leave_out(engine, reader, findings)
    once = folder / "uniques.parquet"
    engine.run(
        f"COPY (SELECT {PLACE}, source_code, {KEY}, measure, min(line) AS line, bool_or(in_scope) AS in_scope, count(*) AS "
        "times, "
        "count(DISTINCT (coalesce(value, -1), status)) AS readings, first(value) AS value, first(status) AS status, "
        "max(units) AS units, max(largest) AS largest, max(line) AS last_line "
        f"FROM lues WHERE NOT (kind = 'commune' AND source_code IN (SELECT code FROM doublons)) "
        f"AND NOT (kind = 'country' AND source_code = 'FM' AND {'true' if len(reader.countries) > 1 else 'false'}) "
        f"GROUP BY {PLACE}, source_code, {KEY}, measure) TO {literal(str(once))} (FORMAT parquet)"
    )
    engine.run(f"CREATE OR REPLACE VIEW uniques AS SELECT * FROM read_parquet({literal(str(once))})")
    _check_duplicates(engine, findings)
    target = folder / "cellules.parquet"
    engine.run(f"COPY ({_merged(reader, meta)}) TO {literal(str(target))} (FORMAT parquet)")
    if margins:
        target = _with_margins(engine, folder, findings)
    engine.run(f"CREATE OR REPLACE VIEW cellules AS SELECT * FROM read_parquet({literal(str(target))})")


def _leave_out(engine: Engine, reader: Reader, findings: Findings) -> None:
    """Arrondissements whose commune is in the file too, and France métropolitaine beside the whole."""
    engine.run("CREATE OR REPLACE TABLE doublons (code VARCHAR)")
    twice = [
        code
        for whole, codes in reader.sources.items()
        if whole in codes
        for code in codes
        if code in reader.atlas.arrondissements
    ]
    for code in twice:
        engine.run("INSERT INTO doublons VALUES (?)", [code])
        findings.remark("arrondissement", value=code)
    if len(reader.countries) > 1:
        findings.remark("country", detail="la France entière (F) est retenue, la métropole (FM) laissée de côté")
    elif reader.countries == {"FM"}:
        findings.remark("country", detail="le fichier ne donne que la France métropolitaine (FM)")


def _check_duplicates(engine: Engine, findings: Findings) -> None:
    identical = engine.value("SELECT coalesce(sum(times - 1), 0) FROM uniques WHERE times > 1 AND readings = 1")
    if identical:
        findings.remark("identical", value=f"{nombre(int(identical))} cases", count=int(identical))
    count = engine.value("SELECT count(*) FROM uniques WHERE readings > 1")
    shown = engine.run(
        "SELECT line, last_line, kind, source_code, measure FROM uniques WHERE readings > 1 ORDER BY line, measure LIMIT 50"
    )
    for line, last, kind, code, measure in shown:
        place = f"{str(TerritoryKind(kind).label).lower()} {code}"
        findings.error("duplicate", line, "", place, f"{FRENCH[measure]}, aussi ligne {last}")
    if count > len(shown):
        findings.error_counts["duplicate"] += count - len(shown)


# Measures as messages name them.
FRENCH: Final = {
    "enterprises": "entreprises",
    "establishments": "établissements",
    "jobs": "effectifs",
    "fte": "ETP",
    "gross_pay": "rémunérations brutes",
}


def _merged(reader: Reader, meta: OrderMeta) -> str:
    """SQL: cells by place of today. A masked part masks the sum; one that is absent leaves it unknown, unless absent is zero."""
    merged = {
        whole: len(codes - (reader.atlas.arrondissements if whole in codes else frozenset()))
        for whole, codes in reader.sources.items()
    }
    several = {whole: count for whole, count in merged.items() if count > 1}
    parts = ", ".join(f"({literal(code)}, {count})" for code, count in sorted(several.items())) or "('', 0)"
    lacking = "false" if meta.absent_is_zero else "count(*) < coalesce(max(parts.expected), 1)"
    hidden = any_hidden()
    return (
        f"WITH parts(whole, expected) AS (VALUES {parts}) "
        f"SELECT {PLACE}, {KEY}, measure, min(line) AS line, bool_or(in_scope) AS in_scope, "
        f"CASE WHEN {hidden} THEN NULL WHEN {lacking} THEN NULL "
        "WHEN count(*) > 1 AND measure = 'enterprises' THEN NULL ELSE sum(value) END AS value, "
        f"CASE WHEN {hidden} THEN {status_of_sum()} WHEN {lacking} THEN 'nd' "
        f"WHEN count(*) > 1 AND measure = 'enterprises' THEN 'nd' ELSE {status_of_sum()} END AS status, "
        "CASE WHEN count(units) = count(*) THEN max(units) END AS units, "
        "CASE WHEN count(largest) = count(*) THEN sum(largest) END AS largest "
        "FROM uniques LEFT JOIN parts ON kind = 'commune' AND code = whole "
        f"GROUP BY {PLACE}, {KEY}, measure"
    )


def _with_margins(engine: Engine, folder: Path, findings: Findings) -> Path:
    """Totals by famille, by sector and in all, for what gives only the detail; those that the file has are kept as they are."""
    leaves = f"read_parquet({literal(str(folder / 'cellules.parquet'))})"
    target = folder / "completees.parquet"
    rest = "sub_family, size_class, sex, age_class, csp, nomenclature"
    hidden = any_hidden()
    engine.run(
        f"COPY (WITH leaves AS (SELECT * FROM {leaves}), sums AS ("
        f"SELECT {PLACE}, champ, CASE WHEN grouping(family) = 1 THEN '' ELSE family END AS family, sub_family, "
        "CASE WHEN grouping(sector) = 1 THEN '' ELSE sector END AS sector, size_class, sex, age_class, csp, nomenclature, "
        "measure, "
        "min(line) AS line, bool_or(in_scope) AS in_scope, "
        f"CASE WHEN {hidden} OR measure = 'enterprises' THEN NULL ELSE sum(value) END AS value, "
        f"CASE WHEN measure = 'enterprises' THEN 'nd' ELSE {status_of_sum()} END AS status, "
        "CAST(NULL AS INTEGER) AS units, CAST(NULL AS DOUBLE) AS largest FROM leaves "
        f"GROUP BY GROUPING SETS ((family, {PLACE}, champ, {rest}, measure), (sector, {PLACE}, champ, {rest}, measure), "
        f"({PLACE}, champ, {rest}, measure)) ), "
        # The lines of the private sector outside the ESS have no famille: one sum only for each key.
        f"distinct_sums AS (SELECT DISTINCT ON ({PLACE}, {KEY}, measure) * FROM sums) "
        f"SELECT * FROM leaves UNION ALL BY NAME SELECT * FROM distinct_sums WHERE NOT EXISTS (SELECT 1 FROM leaves WHERE "
        + " AND ".join(f"leaves.{name} = distinct_sums.{name}" for name in (*PLACE.split(", "), *KEYS, "measure"))
        + f")) TO {literal(str(target))} (FORMAT parquet)"
    )
    added = engine.value(f"SELECT count(*) FROM read_parquet({literal(str(target))})") - engine.value(
        f"SELECT count(*) FROM {leaves}"
    )
    if added:
        findings.remark("margins", value=f"{nombre(added)} totaux", count=int(added))
    return target
