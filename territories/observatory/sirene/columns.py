"""The columns of the two Sirene stocks: which are needed, under which names they are read, which are never read.

Files are read by column name, whatever the order and the generation (2018 with the secondary address, 2026 with NAF 2025).
Personal columns (nom, prénom, sexe, pseudonyme) are not listed, hence never read.
Source: documentation of the Sirene variables (INSEE).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Stock(StrEnum):
    """The two national files."""

    UNITS = "units"
    ESTABLISHMENTS = "establishments"

    @property
    def label(self) -> str:
        return "StockUniteLegale" if self is Stock.UNITS else "StockEtablissement"

    @property
    def french(self) -> str:
        return "unités légales" if self is Stock.UNITS else "établissements"


@dataclass(frozen=True)
class Column:
    """A column of a stock. `name` is ours, `source` is INSEE’s, `width` is the length of a code written in figures.

    A date keeps the type it has in the file: few rows need it as text, and national files have tens of millions.
    """

    name: str
    source: str
    required: bool = True
    width: int | None = None
    is_date: bool = False


COLUMNS: Final[dict[Stock, tuple[Column, ...]]] = {
    Stock.UNITS: (
        Column("siren", "siren", width=9),
        Column("diffusion", "statutDiffusionUniteLegale"),
        Column("state", "etatAdministratifUniteLegale"),
        Column("legal_category", "categorieJuridiqueUniteLegale", width=4),
        Column("ess_flag", "economieSocialeSolidaireUniteLegale"),
        Column("name", "denominationUniteLegale"),
        Column("acronym", "sigleUniteLegale", required=False),
        Column("usual_name", "denominationUsuelle1UniteLegale", required=False),
        Column("treated", "dateDernierTraitementUniteLegale", required=False, is_date=True),
    ),
    Stock.ESTABLISHMENTS: (
        Column("siret", "siret", width=14),
        Column("siren", "siren", width=9),
        Column("diffusion", "statutDiffusionEtablissement"),
        Column("created", "dateCreationEtablissement", is_date=True),
        Column("band", "trancheEffectifsEtablissement", width=2),
        Column("workforce_year", "anneeEffectifsEtablissement", required=False),
        Column("treated", "dateDernierTraitementEtablissement", required=False, is_date=True),
        Column("is_seat", "etablissementSiege"),
        Column("postal_code", "codePostalEtablissement", required=False, width=5),
        Column("commune", "codeCommuneEtablissement", width=5),
        Column("foreign_country", "codePaysEtrangerEtablissement", required=False, width=5),
        Column("began", "dateDebut", is_date=True),
        Column("state", "etatAdministratifEtablissement"),
        Column("sign", "enseigne1Etablissement", required=False),
        Column("usual_name", "denominationUsuelleEtablissement", required=False),
        Column("ape", "activitePrincipaleEtablissement"),
        Column("nomenclature", "nomenclatureActivitePrincipaleEtablissement"),
        Column("declares_employer", "caractereEmployeurEtablissement"),
        Column("ape_2025", "activitePrincipaleNAF25Etablissement", required=False),
    ),
}

# A column that each stock has and no other file of the same publication.
_SIGNATURES: Final[dict[Stock, str]] = {
    Stock.UNITS: "categoriejuridiqueunitelegale",
    Stock.ESTABLISHMENTS: "codecommuneetablissement",
}

# Other files of the publication, told apart by a column of theirs, with what to say.
_OTHERS: Final[tuple[tuple[str, str], ...]] = (
    ("datefin", "un fichier « Historique » de Sirene"),
    ("siretetablissementpredecesseur", "le fichier des liens de succession de Sirene"),
    ("plg_code_commune", "le fichier de géolocalisation de Sirene"),
)


def recognise(header: Collection[str]) -> Stock | None:
    """The stock that has these columns, or None."""
    names = {name.strip().lower() for name in header}
    if "datefin" in names:
        return None
    found = [stock for stock, signature in _SIGNATURES.items() if signature in names]
    return found[0] if len(found) == 1 else None


def other_file(header: Collection[str]) -> str | None:
    """The French name of a known file that is not a stock, or None."""
    names = {name.strip().lower() for name in header}
    return next((label for column, label in _OTHERS if column in names), None)


def missing_columns(stock: Stock, header: Collection[str]) -> list[str]:
    """INSEE’s names of the required columns that the header has not, in the order of the file."""
    names = {name.strip().lower() for name in header}
    return [column.source for column in COLUMNS[stock] if column.required and column.source.lower() not in names]


def repeated_columns(stock: Stock, header: Sequence[str]) -> list[str]:
    """INSEE’s names of the needed columns that stand more than once."""
    names = [name.strip().lower() for name in header]
    return [column.source for column in COLUMNS[stock] if names.count(column.source.lower()) > 1]


def present_columns(stock: Stock, header: Sequence[str]) -> dict[str, str]:
    """INSEE’s name of each needed column of the file -> the name as written in this file."""
    written = {name.strip().lower(): name for name in header}
    return {column.source: written[column.source.lower()] for column in COLUMNS[stock] if column.source.lower() in written}


def quoted(identifier: str) -> str:
    """An identifier for SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def text_expression(identifier: str, kind: str, width: int | None) -> str:
    """SQL giving a column as text, whatever its type in a parquet file.

    A column that is already text is left bare, so that filters reach the file. Codes typed as numbers get their leading
    zeros back; dates are written AAAA-MM-JJ, booleans true or false.
    """
    name = quoted(identifier)
    kind = kind.upper()
    if kind == "VARCHAR":
        return name
    if kind == "BLOB":
        return f"decode({name})"
    if width is not None and ("INT" in kind or kind.startswith(("DECIMAL", "DOUBLE", "FLOAT"))):
        whole = name if "INT" in kind else f"CAST({name} AS BIGINT)"
        return f"lpad(CAST({whole} AS VARCHAR), {width}, '0')"
    if kind.startswith(("DOUBLE", "FLOAT", "DECIMAL")):
        return f"CAST(CAST({name} AS BIGINT) AS VARCHAR)"
    return f"CAST({name} AS VARCHAR)"


def projection(stock: Stock, kinds: Mapping[str, str]) -> str:
    """The SELECT list that gives our names, as text but for the dates. `kinds`: column of the file -> type in DuckDB."""
    written = present_columns(stock, list(kinds))
    parts = []
    for column in COLUMNS[stock]:
        if column.source in written:
            identifier = written[column.source]
            kind = kinds[identifier]
            value = quoted(identifier) if column.is_date else text_expression(identifier, kind, column.width)
            parts.append(f"{value} AS {column.name}")
        else:
            parts.append(f"CAST(NULL AS VARCHAR) AS {column.name}")
    return ", ".join(parts)
