"""Stock files as large as the national ones, written by DuckDB from a range of numbers: the matter of the benchmark.

Rows are as varied as the real ones (states, legal categories, activities, size bands, communes by population) but carry
no story: a region to look at is written by `cress.demo.sirene_files`. Every value comes from a hash of the rank of its
row, so that the same seed gives the same rows whatever the number of threads.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from cress.demo.sirene_activities import ASSOCIATION_EMPLOYERS, PRIVATE, Activity, naf_2025
from cress.demo.sirene_layout import ESTABLISHMENT_COLUMNS, LEGAL_UNIT_COLUMNS
from cress.demo.sirene_rows import CommuneSpec

# Establishments by legal unit, in hundredths of units: 44 million for 30 million in September 2026, all states together.
_PER_UNIT: Final = ((1, 75), (2, 15), (3, 6), (5, 4))
_ESTABLISHMENTS_PER_UNIT: Final = sum(number * share for number, share in _PER_UNIT) / 100

# Legal categories in ten-thousandths of the legal units of the directory (orders of magnitude).
_LEGAL: Final = (
    ("1000", 5_650),
    ("5499", 1_570),
    ("5710", 1_060),
    ("6540", 780),
    ("9220", 420),
    ("9110", 110),
    ("6598", 60),
    ("6599", 60),
    ("5599", 40),
    ("6533", 30),
    ("8310", 25),
    ("8420", 10),
    ("7210", 35),
    ("7361", 20),
    ("7354", 10),
    ("5202", 30),
    ("9230", 3),
    ("9221", 3),
    ("9223", 3),
    ("9240", 3),
    ("9260", 12),
    ("9300", 4),
    ("8210", 6),
    ("6411", 1),
    ("6316", 8),
    ("6317", 3),
    ("5458", 3),
    ("5460", 2),
    ("5558", 1),
    ("6595", 2),
    ("6596", 1),
    ("9900", 35),
)
_PRIVATE_BANDS: Final = (("", 560), ("NN", 300), ("00", 12), ("01", 62), ("02", 28), ("03", 16), ("11", 12), ("12", 8), ("21", 2))
_SLOTS: Final = 1 << 18


class NationalFiles(NamedTuple):
    """The two files and their numbers of rows."""

    legal_units: Path
    establishments: Path
    units: int
    rows: int


def write_national(
    target: Path,
    n_establishments: int,
    *,
    seed: int,
    threads: int,
    communes: Sequence[CommuneSpec],
    memory_limit: str = "2GB",
) -> NationalFiles:
    """Write about `n_establishments` establishments and seven tenths as many legal units, in parquet (snappy).

    `communes` is the whole country: establishments fall on them by population, so that each region has its real share.
    Raises ValueError when there is nothing to write.
    """
    if n_establishments < 1 or not communes:
        raise ValueError("Rien à écrire : donner un nombre d’établissements et la liste des communes.")
    target.mkdir(parents=True, exist_ok=True)
    units = max(1, round(n_establishments * 1.003 / _ESTABLISHMENTS_PER_UNIT))
    step = max(1, 89_000_000 // units)
    legal_units = target / "StockUniteLegale_utf8.parquet"
    establishments = target / "StockEtablissement_utf8.parquet"
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": memory_limit,
        "temp_directory": str(target / "tmp"),
    }
    with duckdb.connect(config=config) as connection:
        _place_slots(connection, communes)
        ranks = f"(SELECT range AS i, 10000000 + range * {step} AS body FROM range({units}))"
        unit_columns = _columns(LEGAL_UNIT_COLUMNS, _UNIT_VALUES | {"siren": _siren()})
        connection.execute(
            f"COPY (SELECT {unit_columns} FROM (SELECT *, {_draws(seed)} FROM {ranks})) "
            f"TO '{_escaped(legal_units)}' (FORMAT parquet, COMPRESSION snappy)"
        )
        row_columns = _columns(ESTABLISHMENT_COLUMNS, _ROW_VALUES | {"siren": "siren", "nic": "nic", "siret": "siren || nic"})
        connection.execute(
            f"COPY (SELECT {row_columns} FROM ("
            f"  SELECT *, {_nic()} AS nic, {_draws(seed + 1, 'i * 8 + rank', 'row_')} FROM ("
            f"    SELECT *, {_siren()} AS siren, unnest(range(1, 1 + {_number()})) AS rank FROM ("
            f"      SELECT *, {_draws(seed)} FROM {ranks}))) "
            f"JOIN slots ON slots.slot = (row_h2 % {_SLOTS})) "
            f"TO '{_escaped(establishments)}' (FORMAT parquet, COMPRESSION snappy)"
        )
        rows = connection.read_parquet(str(establishments)).count("*").fetchall()[0][0]
    return NationalFiles(legal_units, establishments, units, rows)


def _escaped(path: Path) -> str:
    return str(path).replace("'", "''")


def _place_slots(connection: duckdb.DuckDBPyConnection, communes: Sequence[CommuneSpec]) -> None:
    """A table of slots, as many for each commune as its population asks: drawing a slot draws a commune."""
    totals = list(accumulate(max(1, commune.population) for commune in communes))
    bounds = [round(total * _SLOTS / totals[-1]) for total in totals]
    connection.execute("CREATE TABLE bounds (first INTEGER, last INTEGER, code VARCHAR, name VARCHAR, postcode VARCHAR)")
    lines = [
        (first, last, commune.code, commune.nom.upper(), commune.code_postal)
        for first, last, commune in zip([0, *bounds], bounds, communes, strict=False)
        if last > first
    ]
    connection.execute(
        "INSERT INTO bounds SELECT unnest(?), unnest(?), unnest(?), unnest(?), unnest(?)",
        [list(column) for column in zip(*lines, strict=True)],
    )
    connection.execute(
        "CREATE TABLE slots AS SELECT unnest(range(first, last)) AS slot, code AS place, name AS place_name, "
        "postcode AS place_postcode FROM bounds"
    )


def _draws(seed: int, rank: str = "i", prefix: str = "") -> str:
    """Four independent 64-bit draws for a rank."""
    return ", ".join(f"hash({rank}, {seed * 10 + turn}) AS {prefix}h{turn}" for turn in range(4))


def _digit(position: int) -> str:
    """The digit of `body` at that position, from 1 to 8."""
    return f"(body // {10 ** (8 - position)} % 10)"


def _doubled(digit: str) -> str:
    return f"(2 * {digit} // 10 + 2 * {digit} % 10)"


def _siren() -> str:
    total = " + ".join(_doubled(_digit(position)) if position % 2 == 0 else _digit(position) for position in range(1, 9))
    return f"(lpad(body::VARCHAR, 8, '0') || ((10 - ({total}) % 10) % 10)::VARCHAR)"


def _nic() -> str:
    """The NIC of the establishment of that `rank` (1 to 5), whose last digit makes the SIRET valid."""
    last = "siren[9]::INTEGER"
    total = " + ".join(
        [_doubled(_digit(position)) if position % 2 else _digit(position) for position in range(1, 9)]
        + [_doubled(last), _doubled("rank")]
    )
    return f"('000' || rank::VARCHAR || ((10 - ({total}) % 10) % 10)::VARCHAR)"


def _number() -> str:
    bound, cases = 0, []
    for number, share in _PER_UNIT:
        bound += share
        cases.append(f"WHEN h3 % 100 < {bound} THEN {number}")
    return f"(CASE {' '.join(cases)} END)"


def _weighted(draw: str, values: Iterable[tuple[str, int]]) -> str:
    """A CASE that draws a value by its weight; the empty value is NULL."""
    values = list(values)
    total, bound, cases = sum(weight for _, weight in values), 0, []
    for value, weight in values:
        bound += weight
        cases.append(f"WHEN {draw} % {total} < {bound} THEN {repr(value) if value else 'NULL'}")
    return f"(CASE {' '.join(cases)} END)"


def _ape_list(activities: Sequence[Activity], *, recent: bool) -> str:
    """256 codes, each as often as its weight asks, to be drawn by their place."""
    totals = list(accumulate(activity.weight for activity in activities))
    codes = []
    for slot in range(256):
        index = next(place for place, total in enumerate(totals) if slot < total / totals[-1] * 256 + 1e-9)
        codes.append(naf_2025(activities[index].ape) if recent else activities[index].ape)
    return "[" + ", ".join(f"'{code}'" for code in codes) + "]"


_LEGAL_CATEGORY: Final = _weighted("h0", _LEGAL)
# Associations are seldom struck off: nearly all are active in the directory.
_MEMBERSHIP: Final = f"({_LEGAL_CATEGORY}[1] = '9' AND {_LEGAL_CATEGORY} NOT IN ('9110', '9900'))"
_UNIT_ACTIVE: Final = f"(h1 % 100 < CASE WHEN {_MEMBERSHIP} THEN 95 ELSE 58 END)"
_ROW_ACTIVE: Final = f"({_UNIT_ACTIVE} AND row_h0 % 100 < CASE WHEN {_MEMBERSHIP} THEN 90 ELSE 68 END)"
_EXCLUDED_SHARE: Final = "WHEN {draw} % 50 = 0 THEN '94.91Z' WHEN {draw} % 50 = 1 THEN '94.20Z'"


def _ape(draw: str, *, recent: bool = False) -> str:
    """The activity: that of an association (one in twenty-five excluded from the perimeter) or of a company."""
    excluded = _EXCLUDED_SHARE.format(draw=draw)
    if recent:
        excluded = excluded.replace("Z'", "Y'")
    return (
        f"(CASE WHEN {_MEMBERSHIP} THEN CASE {excluded} "
        f"ELSE {_ape_list(ASSOCIATION_EMPLOYERS, recent=recent)}[1 + (({draw} // 64) % 256)::INTEGER] END "
        f"ELSE {_ape_list(PRIVATE, recent=recent)}[1 + (({draw} // 64) % 256)::INTEGER] END)"
    )


_DAY: Final = "(DATE '1960-01-01' + ({draw} % 24400)::INTEGER)::VARCHAR"
_STREETS: Final = (
    "['DES TILLEULS', 'DU MOULIN FICTIF', 'DE LA GARE', 'DU LAVOIR', 'DES ECOLES', 'DE BEL AIR', 'DU STADE', 'DE L''ECLUSE']"
)

_UNIT_VALUES: Final[dict[str, str]] = {
    "statutDiffusionUniteLegale": "CASE WHEN h2 % 40 = 0 THEN 'P' ELSE 'O' END",
    "dateCreationUniteLegale": _DAY.format(draw="h2"),
    "trancheEffectifsUniteLegale": _weighted("h3", _PRIVATE_BANDS),
    "anneeEffectifsUniteLegale": "CASE WHEN h3 % 1000 > 860 THEN '2024' END",
    "dateDernierTraitementUniteLegale": "'2026-0' || (1 + h2 % 9) || '-12T10:15:42.000'",
    "nombrePeriodesUniteLegale": "(1 + h1 % 6)::VARCHAR",
    "categorieEntreprise": "CASE WHEN h1 % 3 = 0 THEN 'PME' END",
    "dateDebut": _DAY.format(draw="h1"),
    "etatAdministratifUniteLegale": f"CASE WHEN {_UNIT_ACTIVE} THEN 'A' ELSE 'C' END",
    "denominationUniteLegale": f"CASE WHEN {_LEGAL_CATEGORY} != '1000' THEN 'UNITE FICTIVE ' || i END",
    "nomUniteLegale": f"CASE WHEN {_LEGAL_CATEGORY} = '1000' THEN 'PERSONNE FICTIVE ' || i END",
    "categorieJuridiqueUniteLegale": _LEGAL_CATEGORY,
    "activitePrincipaleUniteLegale": _ape("h2"),
    "nomenclatureActivitePrincipaleUniteLegale": "'NAFRev2'",
    "nicSiegeUniteLegale": "'00011'",
    "economieSocialeSolidaireUniteLegale": (
        f"CASE WHEN {_LEGAL_CATEGORY}[1] = '9' AND h3 % 10 < 9 THEN 'O' "
        f"WHEN {_LEGAL_CATEGORY} IN ('5710', '5499') AND h3 % 500 = 0 THEN 'O' WHEN h3 % 3 = 0 THEN 'N' END"
    ),
    "caractereEmployeurUniteLegale": "CASE WHEN h3 % 1000 > 860 THEN 'O' ELSE 'N' END",
    "activitePrincipaleNAF25UniteLegale": _ape("h2", recent=True),
}
_ROW_VALUES: Final[dict[str, str]] = {
    "statutDiffusionEtablissement": "CASE WHEN h2 % 40 = 0 THEN 'P' ELSE 'O' END",
    "dateCreationEtablissement": _DAY.format(draw="row_h0"),
    "trancheEffectifsEtablissement": _weighted("row_h1", _PRIVATE_BANDS),
    "anneeEffectifsEtablissement": "CASE WHEN row_h1 % 1000 > 860 THEN '2024' END",
    "dateDernierTraitementEtablissement": "'2026-0' || (1 + row_h2 % 9) || '-12T10:15:42.000'",
    "etablissementSiege": "CASE WHEN rank = 1 THEN 'true' ELSE 'false' END",
    "nombrePeriodesEtablissement": "(1 + row_h3 % 6)::VARCHAR",
    "numeroVoieEtablissement": "(1 + row_h3 % 200)::VARCHAR",
    "typeVoieEtablissement": "['RUE', 'RUE', 'PLACE', 'AVENUE'][1 + (row_h3 % 4)::INTEGER]",
    "libelleVoieEtablissement": f"{_STREETS}[1 + ((row_h3 // 16) % 8)::INTEGER]",
    "codePostalEtablissement": "place_postcode",
    "libelleCommuneEtablissement": "place_name",
    "codeCommuneEtablissement": "place",
    "identifiantAdresseEtablissement": "place || '_' || lpad((row_h3 % 10000)::VARCHAR, 4, '0') || '_B'",
    "coordonneeLambertAbscisseEtablissement": "(300000 + row_h3 % 400000)::VARCHAR || '.12'",
    "coordonneeLambertOrdonneeEtablissement": "(6600000 + row_h0 % 300000)::VARCHAR || '.34'",
    "dateDebut": _DAY.format(draw="row_h3"),
    "etatAdministratifEtablissement": f"CASE WHEN {_ROW_ACTIVE} THEN 'A' ELSE 'F' END",
    "enseigne1Etablissement": "CASE WHEN row_h0 % 9 = 0 THEN 'ENSEIGNE FICTIVE ' || (row_h0 % 5000) END",
    "activitePrincipaleEtablissement": _ape("row_h2"),
    "nomenclatureActivitePrincipaleEtablissement": (
        f"CASE WHEN row_h3 % 20 = 0 AND NOT {_UNIT_ACTIVE} THEN 'NAFRev1' ELSE 'NAFRev2' END"
    ),
    "caractereEmployeurEtablissement": "CASE WHEN row_h1 % 1000 > 860 THEN 'O' ELSE 'N' END",
    "activitePrincipaleNAF25Etablissement": _ape("row_h2", recent=True),
}


def _columns(columns: Iterable[str], values: dict[str, str]) -> str:
    """Every official column in its order: its expression, or a NULL text."""
    return ", ".join(f'{values.get(column, "NULL::VARCHAR")} AS "{column}"' for column in columns)
