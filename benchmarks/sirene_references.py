"""What the import of Sirene is compared with: the bare query, and pandas at its best.

Both know the perimeter only as plain sets given by the caller, and read the same two parquet files as the import.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb
import pandas as pd
import pyarrow.parquet as pq

_BATCH: Final = 1 << 20


@dataclass(frozen=True)
class Perimeter:
    """`families`: legal category -> famille; `excluded`: classes (four figures) that the APE may not have."""

    families: Mapping[str, str]
    excluded: frozenset[str]


def count_by_bare_query(
    units: Path,
    establishments: Path,
    perimeter: Perimeter,
    communes: Collection[str],
    *,
    threads: int,
    memory: str,
    to_qualify: bool = False,
) -> int:
    """Qualified ESS establishments of these communes: the least that any reading has to do, and nothing more.

    `to_qualify` also counts those that the import keeps to be judged (companies carrying the flag).
    """
    flagged = "OR (u.economieSocialeSolidaireUniteLegale = 'O' AND starts_with(u.categorieJuridiqueUniteLegale, '5'))"
    with duckdb.connect(config={"threads": threads, "memory_limit": memory}) as connection:
        connection.read_parquet(str(units)).create_view("units")
        connection.read_parquet(str(establishments)).create_view("establishments")
        connection.execute("CREATE TABLE place AS SELECT unnest(?) AS code", [sorted(communes)])
        categories, excluded = (
            ", ".join(f"'{code}'" for code in sorted(codes)) for codes in (perimeter.families, perimeter.excluded)
        )
        found = connection.execute(
            f"""
            SELECT count(*) FROM establishments AS e JOIN units AS u USING (siren)
            JOIN place ON place.code = e.codeCommuneEtablissement
            WHERE e.etatAdministratifEtablissement = 'A' AND u.etatAdministratifUniteLegale = 'A'
            AND (u.categorieJuridiqueUniteLegale IN ({categories}) {flagged if to_qualify else ""})
            AND coalesce(replace(e.activitePrincipaleEtablissement, '.', '')[:4], '') NOT IN ({excluded})
            """
        ).fetchone()
    return int(found[0]) if found else 0


def select_by_pandas(units: Path, establishments: Path, perimeter: Perimeter, places: Mapping[str, str], target: Path) -> int:
    """The same selection by pandas, tuned: few columns, batches of a million rows, filters before anything else.

    `places` is any known commune code -> current commune, for the communes to keep. Texts stay in Arrow memory (pandas 3),
    states and commune codes are read as categories, so that a filter looks at a few thousand labels rather than at
    millions of rows. Writes the establishments to parquet, with the columns that the application keeps.
    """
    found_units = []
    columns = [
        "siren",
        "etatAdministratifUniteLegale",
        "categorieJuridiqueUniteLegale",
        "economieSocialeSolidaireUniteLegale",
        "denominationUniteLegale",
        "sigleUniteLegale",
        "statutDiffusionUniteLegale",
    ]
    reader = pq.ParquetFile(units, memory_map=True, read_dictionary=columns[1:4] + columns[6:])
    for batch in reader.iter_batches(_BATCH, columns=columns):
        frame = batch.to_pandas()
        category = frame["categorieJuridiqueUniteLegale"]
        keep = (frame["etatAdministratifUniteLegale"] == "A") & (
            category.isin(perimeter.families)
            | ((frame["economieSocialeSolidaireUniteLegale"] == "O") & category.astype(str).str.startswith("5"))
        )
        found_units.append(frame[keep].astype(dict.fromkeys(columns[1:4] + columns[6:], str)))
    unit = pd.concat(found_units, ignore_index=True)

    found_rows = []
    columns = [
        "siret",
        "siren",
        "statutDiffusionEtablissement",
        "dateCreationEtablissement",
        "trancheEffectifsEtablissement",
        "etablissementSiege",
        "codePostalEtablissement",
        "codeCommuneEtablissement",
        "etatAdministratifEtablissement",
        "enseigne1Etablissement",
        "denominationUsuelleEtablissement",
        "activitePrincipaleEtablissement",
        "nomenclatureActivitePrincipaleEtablissement",
        "caractereEmployeurEtablissement",
    ]
    repeated = [columns[2], columns[4], columns[5], *columns[7:9], *columns[11:]]
    reader = pq.ParquetFile(establishments, memory_map=True, read_dictionary=repeated)
    for batch in reader.iter_batches(_BATCH, columns=columns):
        frame = batch.to_pandas()
        keep = (frame["etatAdministratifEtablissement"] == "A") & frame["codeCommuneEtablissement"].isin(places)
        found_rows.append(frame[keep].astype(dict.fromkeys(repeated, str)))
    row = pd.concat(found_rows, ignore_index=True).merge(unit, on="siren")

    naf4 = row["activitePrincipaleEtablissement"].str.replace(".", "", regex=False).str[:4]
    row = row[~naf4.isin(perimeter.excluded)].copy()
    row["family"] = row["categorieJuridiqueUniteLegale"].map(perimeter.families).fillna("")
    row["commune"] = row["codeCommuneEtablissement"].map(places)
    hidden = (row["statutDiffusionEtablissement"] == "P") | (row["statutDiffusionUniteLegale"] == "P")
    row["name"] = row["denominationUniteLegale"].fillna(row["denominationUsuelleEtablissement"]).mask(hidden, "")
    row["employer"] = ~row["trancheEffectifsEtablissement"].isin(["NN", "nan", "None", ""])
    row = row.sort_values("siret")
    row.to_parquet(target, compression="zstd", index=False)
    return int((row["family"] != "").sum())
