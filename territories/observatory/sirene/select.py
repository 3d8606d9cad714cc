"""From the two stocks to the establishments of a scope that are in the perimeter or to be judged, one row each, with the motive.

An establishment counts when it is open and its legal unit too (documentation of Sirene: a unit may be active with all its
establishments closed). `[ND]`, empty and null all mean « no value »; the partly diffused are kept and never named.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from territories.foundations.vocabulary import NON_EMPLOYER, SIZE_BANDS
from territories.observatory.perimeter import PerimeterRules
from territories.observatory.sirene.columns import Stock, projection
from territories.observatory.sirene.engine import Engine, file_list, literal
from territories.observatory.sirene.qualify_sql import (
    candidate_condition,
    division_expression,
    nomenclature_expression,
    qualified,
)

NOT_DIFFUSED: Final = "[ND]"
# Date written by INSEE when the date of creation is unknown.
UNKNOWN_DATE: Final = "1900-01-01"

KNOWN_BANDS: Final = ", ".join(literal(band.code) for band in SIZE_BANDS)
EMPLOYER_BANDS: Final = ", ".join(literal(band.code) for band in SIZE_BANDS if band.code != NON_EMPLOYER)

NAME_LENGTH: Final = 200
USUAL_NAME_LENGTH: Final = 150


def make_views(engine: Engine, units: Sequence[Path], establishments: Sequence[Path]) -> None:
    """Give the two files (or their parts) as `units` and `establishments`: our names, all text but the dates, `source_row`.

    `source_row` is the place of the row in the file: it decides between rows that nothing else tells apart.
    """
    for stock, paths in ((Stock.UNITS, units), (Stock.ESTABLISHMENTS, establishments)):
        source = f"read_parquet({file_list(paths)})"
        kinds = {str(row[0]): str(row[1]) for row in engine.run(f"DESCRIBE SELECT * FROM {source}")}
        engine.run(
            f"CREATE OR REPLACE TEMP VIEW {stock.value} AS SELECT {projection(stock, kinds)}, "
            f"file_index * 100000000000 + file_row_number AS source_row FROM {source}"
        )


def clean(column: str) -> str:
    """SQL of a text shown to people: no control character, no double space, '' for the three ways of having no value."""
    squeezed = f"trim(regexp_replace({column}, '[\\x00-\\x20]+', ' ', 'g'))"
    return f"CASE WHEN {column} IS NULL OR {column} = '{NOT_DIFFUSED}' THEN '' ELSE {squeezed} END"


def first_filled(*columns: str) -> str:
    return "coalesce(" + ", ".join(f"nullif({clean(column)}, '')" for column in columns) + ", '')"


def day(column: str) -> str:
    """SQL of the day of a date that is text, a date or a timestamp; null when it is none."""
    return f"try_cast(substr(CAST({column} AS VARCHAR), 1, 10) AS DATE)"


def valid_siret(siret: str, siren: str, number: str) -> str:
    """SQL of the check of a SIRET: fourteen figures that begin with the SIREN and satisfy Luhn’s key.

    `number` names a column that holds the SIRET as BIGINT (`try_cast`): computed once, not once a figure.
    The establishments of La Poste (SIREN 356000000) satisfy instead: sum of the figures divisible by five.
    """
    figures = [f"({number} // {10 ** (13 - place)} % 10)" for place in range(14)]
    # The figures in even places count double, their own figures summed: twice the figure, less nine above four.
    luhn = " + ".join(
        f"({figure} * 2 - 9 * CAST({figure} > 4 AS BIGINT))" if place % 2 == 0 else figure for place, figure in enumerate(figures)
    )
    return (
        f"(regexp_full_match({siret}, '[0-9]{{14}}') AND starts_with({siret}, {siren}) AND "
        f"(({luhn}) % 10 = 0 OR {siren} = '356000000' AND ({' + '.join(figures)}) % 5 = 0))"
    )


def read_activity(alias: str) -> tuple[str, str]:
    """SQL of the APE and of its nomenclature: NAF 2025 stands in when the file gives no other activity."""
    absent = f"({alias}.ape IS NULL OR {alias}.ape IN ('', '{NOT_DIFFUSED}'))"
    stands_in = f"{absent} AND {alias}.ape_2025 IS NOT NULL AND {alias}.ape_2025 NOT IN ('', '{NOT_DIFFUSED}')"
    ape = f"CASE WHEN {stands_in} THEN {alias}.ape_2025 WHEN {absent} THEN '' ELSE {alias}.ape END"
    nomenclature = (
        f"CASE WHEN {stands_in} THEN 'NAF2025' WHEN {absent} THEN '' ELSE {nomenclature_expression(alias + '.nomenclature')} END"
    )
    return ape, nomenclature


@dataclass(frozen=True)
class Selection:
    """What was written to the parquet file. Counts are of rows of that file."""

    path: Path
    included: int
    to_qualify: int
    rows: int


def qualifying_query(engine: Engine, rules: PerimeterRules) -> str:
    """The query of the open establishments of the scope that the perimeter looks at, once a SIRET, with their outcome.

    Needs `make_views`, `load_rules` and `load_places`. `loser_row` and `loser_unit` (source_row of duplicates that lost),
    when they exist, are left out; without them the last row of the file wins.
    """
    for name in ("loser_row", "loser_unit"):
        engine.run(f"CREATE TEMP TABLE IF NOT EXISTS {name} (source_row BIGINT)")
    ape, nomenclature = read_activity("e")
    found = f"""
        SELECT e.siret, e.siren, e.diffusion, u.diffusion AS unit_diffusion, e.created, e.band, e.is_seat, e.postal_code,
            p.commune, e.sign, e.usual_name, {ape} AS ape, {nomenclature} AS nomenclature, e.declares_employer,
            e.source_row, try_cast(e.siret AS BIGINT) AS number, u.source_row AS unit_row,
            coalesce(u.legal_category, '') AS legal_category,
            coalesce(u.ess_flag, '') AS ess_flag
        FROM establishments AS e
        JOIN place_code AS p ON p.code = e.commune AND p.scope = '1'
        JOIN units AS u ON u.siren = e.siren AND u.state = 'A' AND {candidate_condition(rules, "u.")}
        WHERE e.state = 'A'"""
    single = f"""
        SELECT * FROM ({found})
        WHERE source_row NOT IN (SELECT source_row FROM loser_row)
            AND unit_row NOT IN (SELECT source_row FROM loser_unit)
            AND coalesce(diffusion, '') <> 'N' AND coalesce(unit_diffusion, '') <> 'N'
            AND {valid_siret("siret", "siren", "number")}
        QUALIFY row_number() OVER (PARTITION BY siret ORDER BY source_row DESC, unit_row DESC) = 1"""
    return qualified(single, rules)


def qualify_establishments(engine: Engine, rules: PerimeterRules) -> None:
    """Make `qualified_row`, with what the directory shows of each establishment. Needs what `qualifying_query` needs."""
    engine.run(f"CREATE OR REPLACE TEMP TABLE qualified_row AS {qualifying_query(engine, rules)}")


def select_establishments(engine: Engine, rules: PerimeterRules, target: Path) -> Selection:
    """Write the open establishments of the scope that are in the perimeter or to be judged, in the order of their SIRET.

    Needs what `qualify_establishments` needs. Columns of the file: those of `Establishment` that come from Sirene.
    """
    qualify_establishments(engine, rules)
    engine.run(
        """CREATE OR REPLACE TEMP TABLE unit_name AS
        SELECT source_row AS unit_row, name AS unit_name, usual_name AS unit_usual_name, acronym
        FROM units WHERE state = 'A' AND source_row IN (SELECT unit_row FROM qualified_row WHERE qualification <> 'excluded')"""
    )
    hidden = "(diffusion = 'P' OR unit_diffusion = 'P')"
    name = first_filled("unit_name", "unit_usual_name", "acronym", "usual_name", "sign")
    shown = f"""
        SELECT siret, siren,
            CASE WHEN {hidden} THEN '' ELSE rtrim(substr({name}, 1, {NAME_LENGTH})) END AS name,
            CASE WHEN {hidden} THEN '' ELSE rtrim(substr({first_filled("sign", "usual_name")}, 1, {USUAL_NAME_LENGTH})) END
                AS usual_name,
            qualification, family, sub_family, motive, legal_category, substr(ape, 1, 6) AS ape, nomenclature,
            {division_expression("ape", "nomenclature")} AS division,
            CASE WHEN band IN ({KNOWN_BANDS}) THEN band ELSE '' END AS size_band,
            coalesce(band IN ({EMPLOYER_BANDS}), false) AS is_employer,
            CASE declares_employer WHEN 'O' THEN true WHEN 'N' THEN false END AS declares_employer,
            coalesce(lower(is_seat) IN ('true', 't', '1', 'vrai'), false) AS is_seat,
            coalesce({hidden}, false) AS is_partly_diffused,
            commune AS commune_code,
            CASE WHEN {hidden} THEN '' ELSE substr({clean("postal_code")}, 1, 9) END AS postal_code,
            nullif({day("created")}, DATE '{UNKNOWN_DATE}') AS created_on
        FROM qualified_row JOIN unit_name USING (unit_row) WHERE qualification <> 'excluded'"""
    engine.run(
        f"""COPY (
            SELECT * REPLACE (CASE WHEN lower(usual_name) = lower(name) THEN '' ELSE usual_name END AS usual_name)
            FROM ({shown}) ORDER BY siret
        ) TO {literal(str(target))} (FORMAT parquet, COMPRESSION zstd)"""
    )
    counts = dict(engine.run(f"SELECT qualification, count(*) FROM read_parquet({literal(str(target))}) GROUP BY 1"))
    included, to_qualify = int(counts.get("included", 0)), int(counts.get("to_qualify", 0))
    return Selection(path=target, included=included, to_qualify=to_qualify, rows=included + to_qualify)
