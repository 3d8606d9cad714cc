"""A table of the portrait as rows of a file: numbers stay numbers, a missing one keeps the sign that says why."""

from territories.foundations.formats import Unit
from territories.foundations.rendering.archive import columns_and_rows
from territories.foundations.rendering.document import Column, Table
from territories.observatory.exhibits import exhibit, printed
from territories.observatory.exhibits.common import source_of
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.indicators import INDICATORS, unit_of

__all__ = ["columns_and_rows", "key_figures_table", "table_of"]

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
