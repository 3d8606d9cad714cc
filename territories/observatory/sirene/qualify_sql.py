"""The decision procedure of the perimeter, in the words of DuckDB. `perimeter.qualify` is the reference; a test compares them."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from territories.foundations.vocabulary import DIVISIONS, EssFamily
from territories.observatory import perimeter
from territories.observatory.perimeter import PerimeterRules
from territories.observatory.sirene.engine import Engine, literal


def load_table(engine: Engine, folder: Path, name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Make a table of text from rows, through a CSV file of the folder (an empty text stays an empty text)."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, quoting=csv.QUOTE_ALL)
        writer.writerow(columns)
        writer.writerows(rows)
    kinds = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in columns)
    source = (
        f"read_csv({literal(str(path))}, header=true, delim=',', quote='\"', escape='\"', nullstr='\\N', columns={{{kinds}}})"
    )
    engine.run(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM {source}")


def load_rules(engine: Engine, folder: Path, rules: PerimeterRules) -> None:
    """Make the tables that `qualified` joins."""
    load_table(
        engine,
        folder,
        "rule_category",
        ("code", "family", "sub_family", "motive"),
        ((rule.code, rule.family, rule.sub_family, rule.motive) for rule in rules.categories.values() if rule.included),
    )
    load_table(
        engine, folder, "rule_activity", ("code", "motive"), ((rule.code, rule.motive) for rule in rules.activities.values())
    )
    for name in perimeter.LISTS:
        load_table(engine, folder, f"list_{name}", ("siren",), ((siren,) for siren in rules.lists[name]))
    load_table(
        engine,
        folder,
        "rule_decision",
        ("number", "qualification", "family", "sub_family", "motive"),
        (
            (decision.number, decision.qualification, decision.family, decision.sub_family, decision.motive)
            for decision in rules.decisions.values()
        ),
    )


def candidate_condition(rules: PerimeterRules, prefix: str = "") -> str:
    """SQL condition on a legal unit (siren, legal_category, ess_flag): it may have establishments that are in or to qualify.

    Everything left out is « excluded » by `qualify`, whatever the establishment. `prefix`: « u. » when the table has an alias.
    """
    included = sorted(rule.code for rule in rules.categories.values() if rule.included)
    parts = [
        f"{prefix}legal_category IN ({', '.join(map(literal, included))})",
        f"({prefix}ess_flag = 'O' AND starts_with({prefix}legal_category, '5'))",
    ]
    if rules.lists["ess_france"]:
        parts.append(f"{prefix}siren IN (SELECT siren FROM list_ess_france)")
    if rules.lists["scop_scic"]:
        parts.append(f"(starts_with({prefix}legal_category, '5') AND {prefix}siren IN (SELECT siren FROM list_scop_scic))")
    if rules.decisions:
        parts.append(f"{prefix}siren IN (SELECT substr(number, 1, 9) FROM rule_decision)")
    return f"({' OR '.join(parts)})"


def nomenclature_expression(column: str) -> str:
    """SQL of `vocabulary.nomenclature_of`, older names kept as they are written (eight characters), nothing as ''."""
    folded = f"lower(regexp_replace(strip_accents({column}), '[^A-Za-z0-9]', '', 'g'))"
    return (
        f"CASE WHEN {column} IS NULL OR {column} = '[ND]' THEN '' WHEN {column} IN ('NAFRev2', 'NAF2025') THEN {column} "
        f"ELSE CASE {folded} WHEN 'nafrev2' THEN 'NAFRev2' WHEN 'naf2008' THEN 'NAFRev2' WHEN 'naf2025' THEN 'NAF2025' "
        f"WHEN 'nafrev21' THEN 'NAF2025' WHEN 'naf25' THEN 'NAF2025' ELSE substr({column}, 1, 8) END END"
    )


def division_expression(ape: str, nomenclature: str) -> str:
    """SQL of the division of an APE in NAF rév. 2 or NAF 2025; '' in older nomenclatures and for unknown divisions."""
    known = ", ".join(literal(code) for code in DIVISIONS)
    recent = ", ".join(literal(code) for code in DIVISIONS if code != "45")
    division = f"substr({ape}, 1, 2)"
    return (
        f"CASE WHEN {nomenclature} = 'NAFRev2' AND {division} IN ({known}) THEN {division} "
        f"WHEN {nomenclature} = 'NAF2025' AND {division} IN ({recent}) THEN {division} ELSE '' END"
    )


def qualified(relation: str, rules: PerimeterRules) -> str:
    """SELECT of every row of `relation` with qualification, family, sub_family and motive.

    `relation` has siret, siren, legal_category, ess_flag, ape and nomenclature (already that of `nomenclature_expression`),
    none of them null.
    """
    nomenclatures = ", ".join(literal(name) for name in sorted(rules.nomenclatures))
    cooperative, commercial = literal(EssFamily.COOPERATIVE), literal(EssFamily.COMMERCIAL)
    based = f"""
        SELECT r.*,
            rule_category.code IS NOT NULL AS by_category,
            starts_with(r.legal_category, '5') AS is_company,
            r.ess_flag = 'O' AS is_flagged,
            scop.siren IS NOT NULL AS on_scop,
            france.siren IS NOT NULL AS on_france,
            esus.siren IS NOT NULL AS on_esus,
            rule_category.family AS category_family,
            rule_category.sub_family AS category_sub_family,
            rule_category.motive AS category_motive,
            rule_activity.motive AS activity_motive,
            coalesce(by_siret.qualification, by_siren.qualification) AS decided,
            coalesce(by_siret.family, by_siren.family) AS decided_family,
            coalesce(by_siret.sub_family, by_siren.sub_family) AS decided_sub_family,
            coalesce(by_siret.motive, by_siren.motive) AS decided_motive
        FROM ({relation}) AS r
        LEFT JOIN rule_category ON rule_category.code = r.legal_category
        LEFT JOIN rule_activity
            ON r.nomenclature IN ({nomenclatures}) AND rule_activity.code = substr(replace(trim(r.ape), '.', ''), 1, 4)
        LEFT JOIN list_scop_scic AS scop ON scop.siren = r.siren
        LEFT JOIN list_ess_france AS france ON france.siren = r.siren
        LEFT JOIN list_esus AS esus ON esus.siren = r.siren
        LEFT JOIN rule_decision AS by_siret ON by_siret.number = r.siret
        LEFT JOIN rule_decision AS by_siren ON by_siren.number = r.siren"""
    # The first branch that holds, as in `_base`.
    rule = """
        CASE WHEN decided IS NOT NULL THEN 'decided'
             WHEN activity_motive IS NOT NULL AND
                  (by_category OR is_company AND (on_scop OR is_flagged) OR on_france) THEN 'activity'
             WHEN by_category THEN 'category'
             WHEN is_company AND on_scop THEN 'scop'
             WHEN is_company AND is_flagged AND on_france THEN 'france'
             WHEN is_company AND is_flagged AND on_esus THEN 'esus'
             WHEN is_company AND is_flagged THEN 'flag'
             WHEN on_france THEN 'list'
             ELSE 'outside' END"""
    internal = (
        "by_category, is_company, is_flagged, on_scop, on_france, on_esus, category_family, category_sub_family, "
        "category_motive, activity_motive, decided, decided_family, decided_sub_family, decided_motive, branch"
    )
    return f"""
        SELECT * EXCLUDE ({internal}),
            CASE branch WHEN 'decided' THEN decided
                WHEN 'category' THEN 'included' WHEN 'scop' THEN 'included' WHEN 'france' THEN 'included'
                WHEN 'esus' THEN 'included' WHEN 'flag' THEN 'to_qualify' WHEN 'list' THEN 'to_qualify'
                ELSE 'excluded' END AS qualification,
            CASE branch WHEN 'decided' THEN decided_family WHEN 'category' THEN category_family
                WHEN 'scop' THEN {cooperative} WHEN 'france' THEN {commercial} WHEN 'esus' THEN {commercial}
                ELSE '' END AS family,
            CASE branch WHEN 'decided' THEN decided_sub_family WHEN 'category' THEN category_sub_family
                WHEN 'scop' THEN 'Scop et Scic' ELSE '' END AS sub_family,
            CASE branch WHEN 'decided' THEN decided_motive
                WHEN 'activity' THEN activity_motive
                WHEN 'category' THEN category_motive
                WHEN 'scop' THEN {literal(perimeter.MOTIVE_SCOP)}
                WHEN 'france' THEN {literal(perimeter.MOTIVE_LISTED_ESS_FRANCE)}
                WHEN 'esus' THEN {literal(perimeter.MOTIVE_LISTED_ESUS)}
                WHEN 'flag' THEN {literal(perimeter.MOTIVE_FLAG_ONLY)}
                WHEN 'list' THEN {literal(perimeter.MOTIVE_LIST_ONLY)}
                ELSE 'Catégorie juridique ' || CASE WHEN legal_category = '' THEN 'absente' ELSE legal_category END
                     || ' hors périmètre' END AS motive
        FROM (SELECT *, {rule} AS branch FROM ({based}))"""
