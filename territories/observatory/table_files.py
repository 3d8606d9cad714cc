"""A table of the portrait as rows of a file: numbers stay numbers, a missing one keeps the sign that says why."""

from territories.foundations.exports import Column as FileColumn
from territories.foundations.formats import Unit
from territories.foundations.rendering.document import Cell, Column, Table
from territories.foundations.rendering.typography import as_value
from territories.observatory.exhibits import exhibit, printed
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.indicators import INDICATORS, unit_of


def key_figures_table(portrait: Portrait) -> Table:
    """All key figures of a territory: label, number, unit, how it is computed."""
    published = portrait.tables["key_figures"]
    rows = tuple(
        (
            row.label,
            printed(row["value"], unit_of(row.key)),
            "%" if unit_of(row.key) == Unit.SHARE else "",
            INDICATORS[row.key].formula,
        )
        for row in published.rows
    )
    columns = (Column("Indicateur"), Column("Valeur", "number", 1), Column("Unité"), Column("Calcul"))
    return Table("Chiffres clés", columns, rows, source=portrait.source)


def table_of(portrait: Portrait, name: str) -> Table | None:
    """The whole table of an exhibit, or the key figures; None when the portrait has no such table."""
    if name == "key_figures":
        return key_figures_table(portrait)
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
