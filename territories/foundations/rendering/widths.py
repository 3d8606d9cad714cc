"""Widths of the columns of a native table (Word, PowerPoint): the longest word of each fits, words share what is left."""

from territories.foundations.rendering import document as tree


def column_widths(table: tree.Table, width: float, *, character: float, margins: float, least: float) -> list[float]:
    """One width a column, in the unit of `width`, their sum. `character` is the mean width of a character, `margins` those
    of a cell, `least` the least width of the first column."""
    needed, wishes = [], []
    for rank, column in enumerate(table.columns):
        texts = [column.label, *(table.text_of(row[rank], column) for row in table.rows)]
        words = column.label.split() if column.kind == "text" else [*column.label.split(), *texts[1:]]
        own = max(len(word) for word in words or [""]) * character + margins
        needed.append(max(own, least) if rank == 0 else own)
        wishes.append(max(len(text) for text in texts) if column.kind == "text" else 1.0)
    left = width - sum(needed)
    if left < 0:
        return [width * own / sum(needed) for own in needed]
    return [own + left * wish / sum(wishes) for own, wish in zip(needed, wishes, strict=True)]
