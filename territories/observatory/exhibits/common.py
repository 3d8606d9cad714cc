"""What every exhibit is made of: the value itself, its figures as printed, its twin table, the bars of a chart."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from territories.foundations.formats import Unit, capitalise, nombre
from territories.foundations.rendering import charts
from territories.foundations.rendering.document import Chart, Column, ColumnKind, Map, Table
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Status
from territories.observatory.portrait import Portrait, Side
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.indicators import column_label, unit_of
from territories.observatory.statistics.sentences import sentence_of
from territories.observatory.statistics.tables import TABLE_TITLES, Row
from territories.observatory.statistics.tables import Table as PublishedTable

_PERCENT_UNITS: Final = {Unit.SHARE, Unit.CHANGE}
_SIGNED_UNITS: Final = {Unit.CHANGE, Unit.GAIN}
_DECIMALS: Final = {Unit.COUNT: 0, Unit.RATE: 1, Unit.INDEX: 2, Unit.EUROS: 0}
# In a report a table stays on its page; the whole list is a download.
LONGEST_TABLE: Final = 40


@dataclass(frozen=True)
class Exhibit:
    """One thing shown: a chart, a map or a table of the document tree, and the codes of its definition sheets."""

    key: str
    title: str
    block: Chart | Map | Table
    indicators: tuple[str, ...]

    @property
    def table(self) -> Table | None:
        """The figures of this exhibit as a table."""
        return self.block if isinstance(self.block, Table) else self.block.table

    @property
    def sentence(self) -> str:
        return "" if isinstance(self.block, Table) else self.block.sentence


Builder = Callable[[Portrait], Exhibit | None]


def printed(figure: Figure, unit: Unit) -> Value:
    """A published figure as a document prints it: shares out of a hundred, the status kept."""
    value = figure.value
    if value is not None and unit in _PERCENT_UNITS:
        value = value * 100
    return Value(value, figure.status)


def column(code: str, *, label: str = "") -> Column:
    """The column of an indicator, with its label, kind and decimals."""
    unit = unit_of(code)
    kind: ColumnKind = "percent" if unit in _PERCENT_UNITS else "number"
    words = capitalise(label or column_label(code)) + ("\u00a0(€)" if unit is Unit.EUROS else "")
    return Column(words, kind, _DECIMALS.get(unit, 1), signed=unit in _SIGNED_UNITS)


def twin(
    published: PublishedTable,
    head: str,
    codes: Sequence[str],
    *,
    caption: str,
    source: str,
    labels: dict[str, str] | None = None,
    notes: tuple[str, ...] = (),
) -> Table:
    """A published table as a document table: one row a line, the total last."""
    lines = [*published.rows, *([published.total] if published.total is not None else [])]
    rows = tuple((line.label, *(printed(cell(line, code), unit_of(code)) for code in codes)) for line in lines)
    columns = (Column(head), *(column(code, label=(labels or {}).get(code, "")) for code in codes))
    return Table(caption, columns, rows, source=source, notes=notes, totals=0 if published.total is None else 1)


def cell(row: Row, code: str) -> Figure:
    """A figure of a row, unavailable when the row has no such column."""
    return row.cells.get(code, Figure(None, Status.UNAVAILABLE))


def first_sentences(text: str, most: int) -> str:
    """The opening of a text: its first `most` sentences."""
    parts = text.split(". ")
    return text if len(parts) <= most else ". ".join(parts[:most]) + "."


def sides_of(portrait: Portrait) -> tuple[Side, ...]:
    """The territory, then those it is compared with in the register."""
    return (portrait.side, *portrait.compared_in_register)


def sentence(portrait: Portrait, table: PublishedTable) -> str:
    return sentence_of(table, portrait.naming)


def source_of(portrait: Portrait, published: PublishedTable) -> str:
    """The line of the source of a table: its own, frozen with it, or that of the register."""
    return portrait.source_of(published.key)


def comparable(own: PublishedTable, other: PublishedTable) -> bool:
    """Two tables with jobs are read side by side only when they are of one series, one year and one perimeter."""
    return all(own.facts.get(name) == other.facts.get(name) for name in ("series", "year", "perimeter"))


def honest(portrait: Portrait, published: PublishedTable, key: str, table: Table, codes: Sequence[str]) -> Exhibit:
    """The exhibit of a table whose headline is withheld: its signs and the sentence that says so, in place of a chart."""
    text = sentence(portrait, published)
    notes = (text, *table.notes) if text else table.notes
    return Exhibit(key, TABLE_TITLES.get(published.key, table.caption), replace(table, notes=notes), tuple(codes))


def bars(rows: Iterable[Row], code: str, reference: PublishedTable | None = None) -> list[charts.Bar]:
    """One bar a row, with the figure of the same row in `reference` as its mark."""
    unit = unit_of(code)
    return [
        charts.Bar(
            row.label,
            printed(cell(row, code), unit),
            reference=None if reference is None else reference_value(reference, row.key, code),
        )
        for row in rows
    ]


def reference_value(reference: PublishedTable, key: str, code: str) -> Value | None:
    """The figure to mark, None when it has no value: a mark has no place for a sign."""
    figure = reference.figure(key, code)
    return printed(figure, unit_of(code)) if figure.known else None


def largest_first(rows: Iterable[Row], code: str) -> list[Row]:
    """Rows that have something to show, the largest first; those without a value keep their place at the end."""
    shown = [row for row in rows if not (cell(row, code).known and not cell(row, code).value)]
    return sorted(shown, key=lambda row: (-(cell(row, code).value or 0), row.label))


def beside(table: Table, published: PublishedTable, against: Side, code: str) -> Table:
    """The same table with the column `code` of the comparison territory’s table after the first one of figures."""
    theirs = against.tables[published.key]
    lines = [*published.rows, *([published.total] if published.total is not None else [])]
    others = [
        printed(cell(theirs.total, code), unit_of(code))
        if line is published.total and theirs.total is not None
        else printed(theirs.figure(line.key, code), unit_of(code))
        for line in lines
    ]
    rows = tuple((*row[:2], other, *row[2:]) for row, other in zip(table.rows, others, strict=True))
    columns = (*table.columns[:2], replace(table.columns[1], label=against.naming.name), *table.columns[2:])
    return replace(table, rows=rows, columns=columns)


def shortened(table: Table, longest: int = LONGEST_TABLE) -> Table:
    """The table as a report prints it: at most `longest` rows and the totals, saying what is left out."""
    body = table.rows[: len(table.rows) - table.totals]
    if len(body) <= longest:
        return table
    kept = (*body[:longest], *table.rows[len(table.rows) - table.totals :])
    note = (
        f"Les {longest} premières lignes sur {nombre(len(body))}\u00a0; "
        "le tableau entier se télécharge depuis la page du portrait."
    )
    return replace(table, rows=kept, notes=(*table.notes, note))
