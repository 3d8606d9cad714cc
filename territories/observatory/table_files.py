"""A table of the portrait as rows of a file: numbers stay numbers, a missing one keeps the sign that says why."""

from territories.foundations.formats import Unit
from territories.foundations.rendering.archive import columns_and_rows
from territories.foundations.rendering.document import Column, Table
from territories.observatory.exhibits import exhibit, printed
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.indicators import INDICATORS, unit_of

__all__ = ["columns_and_rows", "key_figures_table", "table_of"]


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
