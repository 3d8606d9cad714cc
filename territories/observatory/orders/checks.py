"""What is checked over the whole of a file: measures against each other, totals against parts, levels against levels."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from territories.foundations.formats import evolution, nombre
from territories.geography.enums import TerritoryKind
from territories.observatory.orders.findings import SHOWN, Findings, PartsCheck
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.places import Atlas
from territories.observatory.orders.staging import FRENCH, KEY, KEYS, PLACE, any_hidden
from territories.observatory.sirene.engine import Engine, literal

FTE_BY_JOB: Final = 1.6
# A difference between two loads beyond which it is said.
NOTABLE: Final = 0.2
# What adds up. An enterprise may be in several parts.
ADDITIVE: Final = ("establishments", "jobs", "fte", "gross_pay")

# (label, column summed over, SQL condition on the parts): the activities by level, since A38 and A17 both cover the whole.
_BREAKDOWNS: Final = (
    ("familles", "family", "family <> ''"),
    ("secteurs (divisions)", "sector", "length(sector) = 2"),
    ("secteurs (A38)", "sector", "sector LIKE 'A38:%'"),
    ("secteurs (A17)", "sector", "sector LIKE 'A17:%'"),
    ("secteurs (A5)", "sector", "sector LIKE 'A5:%'"),
    ("secteurs (grille)", "sector", "sector LIKE 'GRILLE:%'"),
    ("tranches de taille", "size_class", "size_class <> ''"),
    # An establishment has people of both sexes: only people and what they are paid add up.
    ("sexes", "sex", "sex <> '' AND measure <> 'establishments'"),
)

_LEVELS: Final = frozenset({"commune", "departement", "region", "country"})


def check_measures(engine: Engine, findings: Findings) -> None:
    """Enterprises against establishments, full-time equivalents against jobs, cell by cell."""
    measures = {row[0] for row in engine.run("SELECT DISTINCT measure FROM cellules")}
    pivot = (
        f"SELECT {PLACE}, {KEY}, min(line) AS line, "
        + ", ".join(f"max(value) FILTER (WHERE measure = '{measure}') AS {measure}" for measure in FRENCH)
        + f" FROM cellules GROUP BY {PLACE}, {KEY}"
    )
    engine.run(f"CREATE OR REPLACE TEMP VIEW croises AS {pivot}")
    for condition, first, second in (
        ("enterprises > establishments", "enterprises", "establishments"),
        (f"fte > {FTE_BY_JOB} * jobs", "fte", "jobs"),
    ):
        if not {first, second} <= measures:
            continue
        count = engine.value(f"SELECT count(*) FROM croises WHERE {condition}")
        for line, kind, code, one, other in engine.run(
            f"SELECT line, kind, code, {first}, {second} FROM croises WHERE {condition} ORDER BY line, kind, code LIMIT {SHOWN}"
        ):
            said = f"{FRENCH[first]}\u00a0: {nombre(one)}, {FRENCH[second]}\u00a0: {nombre(other)}"
            place = f"{str(TerritoryKind(kind).label).lower()} {code}"
            if first == "enterprises":
                findings.error("more_enterprises", line, value=place, detail=said)
            else:
                findings.remark("fte", line, value=place, detail=said)
        if count > SHOWN:
            kinds = findings.error_counts if first == "enterprises" else findings.remark_counts
            kinds["more_enterprises" if first == "enterprises" else "fte"] += count - SHOWN


def check_parts(engine: Engine, findings: Findings) -> list[PartsCheck]:
    """Familles, sectors, sizes and sexes against the totals of the file, when it has both."""
    found = []
    asked = ", ".join(f"coalesce(bool_or({condition}), false)" for _, _, condition in _BREAKDOWNS)
    there = engine.run(f"SELECT {asked} FROM cellules")[0]
    for (label, column, condition), is_there in zip(_BREAKDOWNS, there, strict=True):
        if not is_there:
            continue
        others = [name for name in KEYS if name != column]
        join = " AND ".join(f"parts.{name} = whole.{name}" for name in ("year", "kind", "code", "measure", *others))
        grouped = ", ".join(("year", "kind", "code", "measure", *others))
        engine.run(
            "CREATE OR REPLACE TEMP TABLE confrontes AS SELECT whole.year, whole.kind, whole.code, whole.measure, whole.line, "
            "whole.value AS total, parts.value, parts.pieces, parts.hidden OR whole.value IS NULL AS masked, parts.elsewhere, "
            "false AS is_full FROM "
            f"(SELECT {grouped}, sum(value) AS value, count(*) AS pieces, {any_hidden()} AS hidden, false AS elsewhere "
            f"FROM cellules WHERE {condition} AND measure <> 'enterprises' GROUP BY {grouped}) parts "
            f"JOIN (SELECT * FROM cellules WHERE {column} = '') whole ON {join}"
        )
        found += _confront(engine, label, findings, short_needs_full=False)
    return found


def check_levels(engine: Engine, folder: Path, atlas: Atlas, meta: OrderMeta, findings: Findings) -> list[PartsCheck]:
    """Communes against département, région and France; départements against région and France; régions against France."""
    kinds = {row[0] for row in engine.run("SELECT DISTINCT kind FROM cellules")}
    if len(kinds & _LEVELS) < 2:
        return []
    engine.run("CREATE OR REPLACE TABLE communes (code VARCHAR, departement VARCHAR, region VARCHAR, in_country BOOLEAN)")
    listing = folder / "communes.csv"
    listing.write_text(
        "".join(
            f"{code},{departement},{region},{in_country}\n" for code, (departement, region, in_country) in atlas.communes.items()
        ),
        encoding="utf-8",
    )
    engine.run(f"COPY communes FROM {literal(str(listing))} (FORMAT csv, HEADER false)")
    listing.unlink()
    engine.run(
        "CREATE OR REPLACE TABLE departements AS SELECT departement AS code, any_value(region) AS region, "
        "bool_or(in_country) AS in_country FROM communes GROUP BY departement"
    )
    engine.run(
        "CREATE OR REPLACE TABLE regions AS SELECT region AS code, bool_or(in_country) AS in_country FROM communes GROUP "
        "BY region"
    )
    found = []
    for label, kind, table, above, parent in (
        ("communes contre département", "commune", "communes", "departement", "departement"),
        ("communes contre région", "commune", "communes", "region", "region"),
        ("communes contre France", "commune", "communes", "country", "CASE WHEN in_country THEN 'F' END"),
        ("départements contre région", "departement", "departements", "region", "region"),
        ("départements contre France", "departement", "departements", "country", "CASE WHEN in_country THEN 'F' END"),
        ("régions contre France", "region", "regions", "country", "CASE WHEN in_country THEN 'F' END"),
    ):  # fmt: skip
        if not {kind, above} <= kinds:
            continue
        join = " AND ".join(f"parts.{name} = whole.{name}" for name in ("year", "measure", *KEYS))
        grouped = f"year, measure, {KEY}, parent"
        engine.run(
            "CREATE OR REPLACE TEMP TABLE confrontes AS SELECT whole.year, whole.kind, whole.code, whole.measure, whole.line, "
            "whole.value AS total, parts.value, parts.pieces, parts.hidden OR whole.value IS NULL AS masked, parts.elsewhere, "
            f"{'true' if meta.absent_is_zero else 'parts.pieces = members.expected'} AS is_full FROM "
            f"(SELECT {grouped}, sum(value) AS value, count(*) AS pieces, {any_hidden()} AS hidden, bool_or(status = 'W') "
            "AS elsewhere FROM "
            f"(SELECT cellules.*, {parent} AS parent FROM cellules JOIN {table} USING (code) "
            f"WHERE kind = '{kind}' AND measure <> 'enterprises') WHERE parent IS NOT NULL GROUP BY {grouped}) parts "
            f"JOIN (SELECT {parent} AS parent, count(*) AS expected FROM {table} GROUP BY 1) members ON members.parent = "
            "parts.parent "
            f"JOIN (SELECT * FROM cellules WHERE kind = '{above}') whole ON whole.code = parts.parent AND {join}"
        )
        found += _confront(engine, label, findings, short_needs_full=True)
    return found


def _confront(engine: Engine, label: str, findings: Findings, *, short_needs_full: bool) -> list[PartsCheck]:
    """Count what was laid out in `confrontes`. Each part and the total may be rounded by a half: that is the tolerance.

    `short_needs_full`: an absent commune is no zero, so a sum below the total says nothing unless every part is there.
    """
    # Full-time equivalents and amounts are themselves sums of rounded numbers: a ten-thousandth more.
    tolerance = "(0.5 * (pieces + 1) + CASE WHEN measure IN ('fte', 'gross_pay') THEN 1e-4 * abs(total) ELSE 0 END)"
    # Without a value in the total nothing can exceed it; parts that are masked only raise the sum.
    # « W » includes another place, perhaps of another département: then nothing can be said.
    over = f"(total IS NOT NULL AND NOT elsewhere AND coalesce(value, 0) > total + {tolerance})"
    complete = "is_full AND" if short_needs_full else ""
    short = f"({complete} NOT masked AND NOT elsewhere AND value < total - {tolerance})"
    rows = engine.run(
        f"SELECT measure, count(*), count(*) FILTER (WHERE {over}), count(*) FILTER (WHERE {short}), "
        f"count(*) FILTER (WHERE (masked OR elsewhere) AND NOT {over}) FROM confrontes GROUP BY measure ORDER BY measure"
    )
    found = []
    for measure, count, many, few, masked in rows:
        found.append(PartsCheck(label, measure, count, count - many - few - masked, many, few, masked))
    totals = {"parts_over": sum(one.over for one in found), "parts_short": sum(one.short for one in found)}
    for kind, condition in (("parts_over", over), ("parts_short", short)):
        if not totals[kind]:
            continue
        shown = engine.run(
            f"SELECT line, kind, code, measure, value, total FROM confrontes WHERE {condition} ORDER BY line, kind, code "
            f"LIMIT {SHOWN}"
        )
        for line, level, code, measure, value, total in shown:
            place = f"{str(TerritoryKind(level).label).lower()} {code}"
            findings.remark(kind, line, label, place, f"{FRENCH[measure]}\u00a0: parts {nombre(value)}, total {nombre(total)}")
        findings.remark_counts[kind] += totals[kind] - len(shown)
    return found


def notable_changes(rows: Sequence[dict[str, object]], findings: Findings) -> None:
    """Say every comparison that is out of the ordinary."""
    for row in rows:
        change = row["change"]
        if isinstance(change, float) and abs(change) > NOTABLE:
            findings.remark("change", detail=f"{row['label']}\u00a0: {evolution(change)} par rapport à {row['against']}")
