"""A table of the portrait as rows of a file: numbers stay numbers, a missing one keeps the sign that says why."""

from territories.foundations.exports import Column as FileColumn
from territories.foundations.formats import Unit
from territories.foundations.rendering.document import Cell, Column, Table
from territories.foundations.rendering.typography import as_value
from territories.observatory.exhibits import exhibit, printed
from territories.observatory.exhibits.common import source_of
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.indicators import INDICATORS, unit_of

# The tables of key figures: their caption.
KEY_FIGURE_TABLES = {"key_figures": "Chiffres clés", "jobs_key_figures": "Chiffres clés de l’emploi"}
UNIT_SIGNS = {Unit.SHARE: "%", Unit.CHANGE: "%", Unit.EUROS: "€"}


def key_figures_table(portrait: Portrait, key: str = "key_figures") -> Table:
    """All key figures of a territory, of the register or of employment: label, number, unit, how it is computed.

    Raises KeyError when the portrait has no such table.
    """
    published = portrait.tables[key]
    rows = tuple(
        (
            row.label,
            printed(row["value"], unit_of(row.key)),
            UNIT_SIGNS.get(unit_of(row.key), ""),
            INDICATORS[row.key].formula,
        )
        for row in published.rows
    )
    columns = (Column("Indicateur"), Column("Valeur", "number", 1), Column("Unité"), Column("Calcul"))
    denominators = published.facts.get("denominators")
    notes = (f"Ensemble des activités\u00a0: {denominators}",) if denominators else ()
    return Table(KEY_FIGURE_TABLES[key], columns, rows, source=source_of(portrait, published), notes=notes)


def table_of(portrait: Portrait, name: str) -> Table | None:
    """The whole table of an exhibit, or the key figures; None when the portrait has no such table."""
    if name in KEY_FIGURE_TABLES:
        return key_figures_table(portrait, name) if name in portrait.tables else None
    found = exhibit(portrait, name)
    return found.table if found is not None else None


def columns_and_rows(table: Table) -> tuple[list[FileColumn], list[list[object]]]:
    """The columns and rows of the file of a table. Percentages become shares, which spreadsheets format themselves."""
    columns = [FileColumn(column.label, column.kind) for column in table.columns]
    return columns, [[_file_cell(cell, column) for cell, column in zip(row, table.columns, strict=True)] for row in table.rows]


def _file_cell(cell: Cell, column: Column) -> object:
    if isinstance(cell, str):
        return cell
    value = as_value(cell)
    if value.number is None:
        return value.status.symbol
    return value.number / 100 if column.kind == "percent" else value.number
