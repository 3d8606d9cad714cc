"""What is counted for every commune of the scope, département, région and France, in one pass over the two stocks.

Same rules as `select`: open on both sides, current commune, perimeter, one row a SIRET. Besides the ESS itself: all
employers (denominators), creations and cessations, distinct enterprises; and everything the account says was left out.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from territories.foundations.vocabulary import EXCLUDED_DIVISIONS
from territories.observatory.perimeter import PerimeterRules
from territories.observatory.sirene.engine import Engine, literal
from territories.observatory.sirene.places import Coverage, Places, load_levels, measure_coverage
from territories.observatory.sirene.qualify_sql import candidate_condition, division_expression, qualified
from territories.observatory.sirene.select import EMPLOYER_BANDS, KNOWN_BANDS, UNKNOWN_DATE, day, read_activity, valid_siret

# Full years of creations and cessations that are kept.
FLOW_YEARS: Final = 12

# Ages, in years, at which the survival of a cohort of creations is read.
SURVIVAL_AGES: Final = (3, 5)

MEASURE: Final = "establishments"


@dataclass
class Counts:
    """What the pass saw. Counts of rows of the establishments’ file unless said otherwise."""

    units_read: int = 0
    establishments_read: int = 0
    vintage_on: date | None = None
    workforce_year: int | None = None
    nomenclature: str = "NAFRev2"
    first_year: int = 0
    last_year: int = 0
    rows_by_commune: dict[str, int] = field(default_factory=dict)
    unknown_communes: dict[str, int] = field(default_factory=dict)
    foreign: int = 0
    without_commune: int = 0
    candidates: int = 0
    duplicate_rows: int = 0
    duplicate_units: int = 0
    invalid_siret: int = 0
    undiffused: int = 0
    employers_without_unit: int = 0
    scope: dict[str, Any] = field(default_factory=dict)
    cells: int = 0


def prepare_rows(engine: Engine, rules: PerimeterRules, counts: Counts) -> None:
    """Make `kept_row`: every row that may count somewhere, once a SIRET. Needs views, rules and places.

    Also makes `loser_row` and `loser_unit`: duplicates that lost. The last treated wins, then the last of the file.
    """
    counts.units_read = int(engine.value("SELECT count(*) FROM units"))
    counts.establishments_read = int(engine.value("SELECT count(*) FROM establishments"))
    engine.run(
        "CREATE OR REPLACE TEMP TABLE candidate_unit AS SELECT siren, state, coalesce(legal_category, '') AS legal_category, "
        "coalesce(ess_flag, '') AS ess_flag, coalesce(diffusion, '') AS diffusion, source_row "
        f"FROM units WHERE {candidate_condition(rules)}"
    )
    find_losers(engine, "units", "siren", "SELECT siren FROM candidate_unit", "loser_unit")
    counts.duplicate_units = int(engine.value("SELECT count(*) FROM loser_unit"))
    engine.run("DELETE FROM candidate_unit WHERE source_row IN (SELECT source_row FROM loser_unit)")
    ape, nomenclature = read_activity("e")
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE kept_row AS
        SELECT e.source_row, e.siret, e.siren, coalesce(e.diffusion, '') AS diffusion, e.created, e.workforce_year,
            e.commune, e.foreign_country, e.began, coalesce(e.state, '') AS state, {ape} AS ape,
            {nomenclature} AS nomenclature,
            CASE WHEN e.band IN ({KNOWN_BANDS}) THEN e.band ELSE '' END AS band,
            coalesce(e.band IN ({EMPLOYER_BANDS}), false) AS is_employer,
            u.siren IS NOT NULL AS is_candidate, coalesce(u.state, '') AS unit_state,
            coalesce(u.legal_category, '') AS legal_category, coalesce(u.ess_flag, '') AS ess_flag,
            coalesce(u.diffusion, '') AS unit_diffusion,
            try_cast(e.siret AS BIGINT) AS number
        FROM establishments AS e LEFT JOIN candidate_unit AS u ON u.siren = e.siren
        WHERE u.siren IS NOT NULL OR (e.state = 'A' AND e.band IN ({EMPLOYER_BANDS}))"""
    )
    find_losers(engine, "establishments", "siret", "SELECT siret FROM kept_row", "loser_row")
    counts.duplicate_rows = int(engine.value("SELECT count(*) FROM loser_row"))
    engine.run("DELETE FROM kept_row WHERE source_row IN (SELECT source_row FROM loser_row)")


def find_losers(engine: Engine, relation: str, key: str, keys: str, target: str) -> None:
    """Make `target` (source_row): the rows of `relation` that share their key with a later treated row."""
    engine.run(
        f"CREATE OR REPLACE TEMP TABLE repeated AS SELECT {key} FROM {relation} WHERE {key} IN ({keys}) "
        f"GROUP BY {key} HAVING count(*) > 1"
    )
    if not engine.value("SELECT count(*) FROM repeated"):
        engine.run(f"CREATE OR REPLACE TEMP TABLE {target} (source_row BIGINT)")
        return
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE {target} AS
        SELECT source_row FROM {relation} WHERE {key} IN (SELECT {key} FROM repeated)
        QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY treated DESC NULLS LAST, source_row DESC) > 1"""
    )


def drop_invalid(engine: Engine, counts: Counts) -> None:
    """Take out of `kept_row` the SIRET that are not valid and the former status « N » (not diffused), and count them."""
    counts.candidates = int(engine.value("SELECT count(*) FROM kept_row"))
    engine.run(
        "CREATE OR REPLACE TEMP TABLE invalid_row AS SELECT source_row FROM kept_row "
        f"WHERE NOT coalesce({valid_siret('siret', 'siren', 'number')}, false)"
    )
    counts.invalid_siret = int(engine.value("SELECT count(*) FROM invalid_row"))
    engine.run("DELETE FROM kept_row WHERE source_row IN (SELECT source_row FROM invalid_row)")
    hidden = "(diffusion = 'N' OR unit_diffusion = 'N')"
    counts.undiffused = int(engine.value(f"SELECT count(*) FROM kept_row WHERE {hidden}"))
    engine.run(f"DELETE FROM kept_row WHERE {hidden}")


def read_coverage(engine: Engine, places: Places, counts: Counts) -> Coverage:
    """Count the rows of every commune code of the file, known or not, and say what is covered."""
    for code, commune, rows, foreign in engine.run(
        """SELECT coalesce(c.code, ''), p.commune, sum(c.n), sum(c.n_foreign)
        FROM (SELECT commune AS code, count(*) AS n,
                  count(*) FILTER (coalesce(foreign_country, '') NOT IN ('', '[ND]')) AS n_foreign
              FROM establishments GROUP BY 1) AS c
        LEFT JOIN place_code AS p ON p.code = c.code GROUP BY ALL ORDER BY 1"""
    ):
        if commune is not None:
            counts.rows_by_commune[commune] = counts.rows_by_commune.get(commune, 0) + int(rows)
        elif code in ("", "[ND]"):
            counts.foreign += int(foreign)
            counts.without_commune += int(rows) - int(foreign)
        else:
            counts.unknown_communes[code] = int(rows)
    return measure_coverage(places, counts.rows_by_commune)


def qualify_rows(engine: Engine, rules: PerimeterRules, counts: Counts, vintage_on: date | None) -> None:
    """Make `ess_row`: candidates with their outcome, whether open or closed. Fixes the vintage and the years of the flows."""
    relation = "SELECT * FROM kept_row WHERE is_candidate"
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE ess_row AS
        SELECT q.siret, q.siren, q.diffusion = 'P' OR q.unit_diffusion = 'P' AS is_partly_diffused,
            {known_year("q.created")} AS created_year, {known_year("q.began")} AS began_year,
            {known_day("q.created")} AS created_on, {known_day("q.began")} AS began_on,
            q.state, q.unit_state, q.state = 'A' AND q.unit_state = 'A' AS is_open, q.legal_category, q.nomenclature,
            {division_expression("q.ape", "q.nomenclature")} AS division, q.band, q.is_employer, q.workforce_year,
            p.commune, p.departement, p.region, p.scope = '1' AS in_scope, coalesce(q.commune, '') AS code,
            q.qualification, q.family, q.motive
        FROM ({qualified(relation, rules)}) AS q LEFT JOIN place_code AS p ON p.code = q.commune"""
    )
    latest = engine.value(f"SELECT {day('latest')} FROM (SELECT max(treated) AS latest FROM establishments)")
    counts.vintage_on = vintage_on or latest
    year = engine.run(
        """SELECT try_cast(workforce_year AS INTEGER) AS year, count(*) FROM ess_row
        WHERE is_open AND is_employer AND qualification = 'included' AND try_cast(workforce_year AS INTEGER) IS NOT NULL
        GROUP BY 1 ORDER BY 2 DESC, 1 DESC LIMIT 1"""
    )
    counts.workforce_year = int(year[0][0]) if year else None
    nomenclature = engine.run(
        """SELECT nomenclature, count(*) FROM ess_row WHERE is_open AND qualification = 'included' AND nomenclature <> ''
        GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1"""
    )
    counts.nomenclature = str(nomenclature[0][0]) if nomenclature else "NAFRev2"
    counts.last_year = (counts.vintage_on or date.today()).year - 1
    counts.first_year = counts.last_year - FLOW_YEARS + 1


def known_day(column: str) -> str:
    """SQL of a date; null when it is unknown, which INSEE writes 1 January 1900."""
    return f"nullif({day(column)}, DATE '{UNKNOWN_DATE}')"


def known_year(column: str) -> str:
    """SQL of the year of a date; null when the date is unknown."""
    return f"year({known_day(column)})"


def survival_cells(counts: Counts) -> str:
    """SQL of the cohorts of creations, by commune, famille and year: how many were created, how many lasted 3 and 5 years.

    The two stocks alone say it: an establishment that is open has lasted until now, a closed one until `began_on`, the first
    day of its present state. Those of which the end is not known (unit closed around an establishment left open, closing
    without a date or before the creation) are in no cohort. An age is written only for the cohorts of which every member
    could reach it before the vintage: the others have no row, which is not zero.
    """
    vintage = counts.vintage_on or date.today()
    known = "(is_open OR (state = 'F' AND began_on >= created_on))"
    cohort = f"""FROM ess_row WHERE qualification = 'included' AND commune IS NOT NULL AND {known}
            AND created_year >= {counts.first_year} AND created_year <="""
    selects = [
        "SELECT commune, family, 'cohort' AS measure, created_year AS year, count(*) AS n "
        f"{cohort} {counts.last_year} GROUP BY ALL"
    ]
    for age in SURVIVAL_AGES:
        # Born on 31 December of its year, the last of the cohort must have reached the age: the year after is over.
        last = vintage.year - age - 1
        lasted = f"is_open OR began_on >= created_on + INTERVAL {age} YEAR"
        selects.append(
            f"SELECT commune, family, 'survived_{age}', created_year, count(*) FILTER ({lasted}) {cohort} {last} GROUP BY ALL"
        )
    return " UNION ALL ".join(selects)


def join_employers(engine: Engine, counts: Counts) -> None:
    """Make `employer_row`: every open employer of every legal form, with its place; individuals counted, never named."""
    engine.run(
        """CREATE OR REPLACE TEMP TABLE employer_unit AS
        SELECT siren, arg_max(state, (coalesce(CAST(treated AS VARCHAR), ''), source_row)) AS state,
            arg_max(coalesce(legal_category, ''), (coalesce(CAST(treated AS VARCHAR), ''), source_row)) AS legal_category,
            arg_max(coalesce(diffusion, ''), (coalesce(CAST(treated AS VARCHAR), ''), source_row)) AS diffusion
        FROM units WHERE siren IN (SELECT siren FROM kept_row WHERE is_employer AND state = 'A') GROUP BY siren"""
    )
    counts.employers_without_unit = int(
        engine.value(
            "SELECT count(*) FROM kept_row WHERE is_employer AND state = 'A' AND siren NOT IN (SELECT siren FROM employer_unit)"
        )
    )
    engine.run(
        f"""CREATE OR REPLACE TEMP TABLE employer_row AS
        SELECT p.commune, p.scope = '1' AS in_scope, k.nomenclature,
            {division_expression("k.ape", "k.nomenclature")} AS division, u.legal_category,
            NOT (starts_with(u.legal_category, '7') OR starts_with(u.legal_category, '4')) AS is_private
        FROM kept_row AS k JOIN employer_unit AS u ON u.siren = k.siren JOIN place_code AS p ON p.code = k.commune
        WHERE k.is_employer AND k.state = 'A' AND u.state = 'A' AND u.diffusion <> 'N'"""
    )


def write_cells(engine: Engine, places: Places, coverage: Coverage, counts: Counts, folder: Path, target: Path) -> None:
    """Write the observations to a parquet file, in a fixed order. Columns: those of `Observation`, without status."""
    load_levels(engine, folder, places, coverage)
    never = ", ".join(literal(division) for division in sorted(EXCLUDED_DIVISIONS))
    counted = "is_open AND qualification = 'included' AND commune IS NOT NULL"
    window = f"BETWEEN {counts.first_year} AND {counts.last_year}"
    engine.run(
        f"""COPY (
        WITH ess AS (
            SELECT commune, family, nomenclature, division, band, is_employer, count(*) AS n
            FROM ess_row WHERE {counted} GROUP BY ALL
        ), employers AS (
            SELECT commune, nomenclature, division, is_private, count(*) AS n
            FROM employer_row WHERE division NOT IN ({never}) GROUP BY ALL
        ), flows AS (
            SELECT commune, family, 'creations' AS measure, created_year AS year, count(*) AS n
            FROM ess_row WHERE qualification = 'included' AND commune IS NOT NULL AND created_year {window} GROUP BY ALL
            UNION ALL
            SELECT commune, family, 'cessations', began_year AS year, count(*)
            FROM ess_row WHERE qualification = 'included' AND commune IS NOT NULL AND state = 'F' AND began_year {window}
            GROUP BY ALL
            UNION ALL {survival_cells(counts)}
        ), enterprise AS (
            SELECT DISTINCT commune, family, siren FROM ess_row WHERE {counted} AND is_employer
        ), every_level AS (SELECT * FROM place_level UNION ALL SELECT * FROM place_epci),
        cell AS (
            SELECT kind, code, 'ess' AS champ, family, nomenclature, division, band AS size_band, is_employer,
                true AS is_private, CAST(NULL AS INTEGER) AS year, '{MEASURE}' AS measure, sum(n) AS value
            FROM ess JOIN place_level USING (commune) GROUP BY ALL
            UNION ALL
            SELECT kind, code, 'employers', '', nomenclature, division, '', true, is_private, NULL, '{MEASURE}', sum(n)
            FROM employers JOIN place_level USING (commune) GROUP BY ALL
            UNION ALL
            SELECT kind, code, 'flows', family, '', '', '', CAST(NULL AS BOOLEAN), CAST(NULL AS BOOLEAN), year, measure, sum(n)
            FROM flows JOIN place_level USING (commune) GROUP BY ALL
            UNION ALL
            SELECT kind, code, 'enterprises', family, '', '', '', true, true, NULL, 'enterprises', count(DISTINCT siren)
            FROM enterprise JOIN every_level USING (commune) GROUP BY ALL
        )
        SELECT * REPLACE (CAST(value AS DOUBLE) AS value) FROM cell
        ORDER BY kind, code, champ, measure, family, nomenclature, division, size_band, is_employer, is_private, year
        ) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"""
    )
    counts.cells = int(engine.value(f"SELECT count(*) FROM read_parquet({literal(str(target))})"))


def describe_scope(engine: Engine, rules: PerimeterRules, places: Places, counts: Counts) -> None:
    """Fill `counts.scope`: what became of the candidates of the scope, in the order in which they are left out."""

    def table(sql: str) -> dict[str, int]:
        return {str(key): int(n) for key, n in engine.run(sql)}

    opened = "in_scope AND is_open"
    listed = ", ".join(literal(rule.code) for rule in rules.categories.values() if not rule.included)
    to_validate = ", ".join(literal(rule.code) for rule in rules.categories.values() if rule.to_validate)
    counts.scope = {
        "rows": sum(rows for code, rows in counts.rows_by_commune.items() if code in places.scope),
        "candidates": int(engine.value("SELECT count(*) FROM ess_row WHERE in_scope")),
        "closed": int(engine.value("SELECT count(*) FROM ess_row WHERE in_scope AND state <> 'A'")),
        "closed_unit": int(engine.value("SELECT count(*) FROM ess_row WHERE in_scope AND state = 'A' AND unit_state <> 'A'")),
        "open": int(engine.value(f"SELECT count(*) FROM ess_row WHERE {opened}")),
        "partly_diffused": int(
            engine.value(f"SELECT count(*) FROM ess_row WHERE {opened} AND is_partly_diffused AND qualification <> 'excluded'")
        ),
        "kept": [
            {"family": str(family), "motive": str(motive), "employers": int(employers), "establishments": int(every)}
            for family, motive, employers, every in engine.run(
                f"""SELECT family, motive, count(*) FILTER (is_employer), count(*) FROM ess_row
                WHERE {opened} AND qualification = 'included' GROUP BY ALL ORDER BY 1, 4 DESC, 2"""
            )
        ],
        "excluded": table(
            f"""SELECT motive, count(*) FROM ess_row WHERE {opened} AND qualification = 'excluded'
            GROUP BY 1 ORDER BY 2 DESC, 1"""
        ),
        "to_qualify": table(
            f"""SELECT motive, count(*) FROM ess_row WHERE {opened} AND qualification = 'to_qualify'
            GROUP BY 1 ORDER BY 2 DESC, 1"""
        ),
        "to_validate": table(
            f"""SELECT legal_category, count(*) FROM ess_row WHERE {opened} AND qualification = 'included'
            AND legal_category IN ({to_validate or "''"}) GROUP BY 1 ORDER BY 1"""
        ),
        "employers_all": int(engine.value("SELECT count(*) FROM employer_row WHERE in_scope")),
        "employers_listed_outside": table(
            f"""SELECT legal_category, count(*) FROM employer_row WHERE in_scope AND legal_category IN ({listed or "''"})
            GROUP BY 1 ORDER BY 1"""
        ),
        "unclassified": int(
            engine.value(f"SELECT count(*) FROM ess_row WHERE {opened} AND qualification = 'included' AND division = ''")
        ),
        "unknown_communes": table(
            """SELECT code, count(*) FROM ess_row WHERE is_open AND qualification <> 'excluded' AND commune IS NULL
            GROUP BY 1 ORDER BY 2 DESC, 1"""
        ),
    }
