"""What goes on which slide, before anything is drawn: one message a slide, and a deck that a council can follow.

A chart or a map is a slide whose title is its message; a table at most two. The prose around them is what the speaker says: it
goes to the notes (`said` of each slide). Past `MOST_SLIDES`, what the files hold in full (the end of long tables, chapter
openings, then the longest tables) leaves the deck, and its last slide says so.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Literal

from territories.foundations.formats import NBSP, capitalise, nombre
from territories.foundations.rendering import document as tree
from territories.foundations.rendering.widths import column_widths

MOST_SLIDES = 40
# Method and sources in a deck: what a council may ask; definitions are in the documents and on line.
MOST_METHOD_SLIDES = 2
DEFINITIONS_LEFT = "Définitions des indicateurs"
MOST_ROWS = 14
MOST_TABLE_SLIDES = 2
MOST_FIGURES = 6
MESSAGE_LENGTH = 116
_OPENING_LENGTH = 430
_WORDS_LENGTH = 900
# Of a table: inches of its whole width, of a character, of a line, and of the rows that a slide holds under the header.
TABLE_WIDTH = 11.83
TABLE_HEIGHT = 4.1
_NARROW, _WIDE = 0.079, 0.092
_ROW_HEIGHT = 0.29
_LINE_HEIGHT = 0.19
_CELL_MARGINS = 0.16
WIDE_TABLE = 6
# Lines of small type in the two columns of a slide of method.
DENSE_ROOM = 46.0
CONTINUED = "(suite)"

Style = Literal["title", "lead", "text", "item", "number", "term", "quote", "warning"]


@dataclass(frozen=True)
class Line:
    """A paragraph of a slide and the style that dresses it."""

    style: Style
    text: tree.Text


@dataclass(frozen=True)
class Opening:
    """The beginning of a chapter: its title and what it asks."""

    title: str
    question: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keys:
    """At most six key figures."""

    title: str
    figures: tuple[tree.Figure, ...]
    source: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A chart or a map: message, what follows in the sentence, name (« Graphique 2 »)."""

    block: tree.Chart | tree.Map
    name: str
    message: str
    rest: str
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grid:
    """Some rows of a table. `part` 1 is its first slide, `last` its last one; `left` rows are only in the files."""

    table: tree.Table
    title: str
    part: int
    last: bool
    left: int = 0
    said: tuple[str, ...] = ()


@dataclass(frozen=True)
class Words:
    """Texts; `dense` is method and definitions, set smaller in two columns."""

    title: str
    lines: tuple[Line, ...]
    dense: bool
    said: tuple[str, ...] = ()


Slide = Opening | Keys | Picture | Grid | Words


@dataclass(frozen=True)
class Plan:
    """The slides between the cover and the last one, and the captions of the tables that the deck does not print whole."""

    slides: tuple[Slide, ...]
    left_out: tuple[str, ...]


def plan(document: tree.Document, *, most: int = MOST_SLIDES) -> Plan:
    """The slides of a document, at most `most` with the cover and the last one as long as its charts allow it."""
    room = most - 2
    slides = list(_slides(document))
    left_out = [slide.table.caption for slide in slides if isinstance(slide, Grid) and slide.last and slide.left]
    if len(slides) > room:
        slides = [_alone(slide) if isinstance(slide, Grid) else slide for slide in slides if _begins(slide)]
        left_out = [slide.table.caption for slide in slides if isinstance(slide, Grid) and slide.left]
    if len(slides) > room:
        slides = [slide for slide in slides if not isinstance(slide, Opening)]
    for grid in sorted((one for one in slides if isinstance(one, Grid)), key=lambda one: -(len(one.table.rows) + one.left)):
        if len(slides) > room:
            slides = [one for one in slides if one is not grid]
            left_out += [] if grid.table.caption in left_out else [grid.table.caption]
    if any(isinstance(block, tree.Definitions) for block in document.blocks()):
        left_out.append(DEFINITIONS_LEFT)
    return Plan(tuple(slides), tuple(dict.fromkeys(left_out)))


def _begins(slide: Slide) -> bool:
    return not isinstance(slide, Grid) or slide.part == 1


def _alone(grid: Grid) -> Grid:
    """The first slide of a table, become its only one."""
    if grid.last:
        return grid
    return replace(grid, last=True, left=grid.left)


def _slides(document: tree.Document) -> Iterator[Slide]:
    counts = {"Graphique": 0, "Carte": 0}
    for chapter in _chapters(document):
        if not any(
            isinstance(block, tree.Chart | tree.Map | tree.Table | tree.KeyFigures) for s in chapter for block in s.blocks
        ):
            yield from islice(_pages(chapter[0].title, _gathered(chapter), dense=True), MOST_METHOD_SLIDES)
            continue
        yield from _chapter(chapter, counts, document.territory)


def _chapter(chapter: list[tree.Section], counts: dict[str, int], territory: str) -> list[Slide]:
    """A chapter that shows something: its opening, then its figures; prose is said with what follows it."""
    lead = next((block for block in chapter[0].blocks if isinstance(block, tree.Paragraph) and block.lead), None)
    question = "" if lead is None else tree.plain(lead.text)
    slides: list[Slide] = [Opening(chapter[0].title, opening_of(question, _OPENING_LENGTH), (question,) if question else ())]
    said: list[str] = []
    for section in chapter:
        waiting: list[Line] = []
        for block in section.blocks:
            if block is lead:
                continue
            if isinstance(block, tree.Paragraph):
                said.append(tree.plain(block.text))
                continue
            if words := _lines(block):
                waiting += words
                continue
            shown = [*_pages(section.title, waiting, dense=False), *_shown(block, section, counts, territory)]
            if shown:
                slides += [replace(shown[0], said=tuple(said)), *shown[1:]]
                waiting, said = [], []
        slides += _pages(section.title, waiting, dense=False)
    if said:
        slides[-1] = replace(slides[-1], said=(*slides[-1].said, *said))
    return slides


def _chapters(document: tree.Document) -> list[list[tree.Section]]:
    chapters: list[list[tree.Section]] = []
    for section in document.sections:
        if section.level == 1:
            chapters.append([])
        chapters[-1].append(section)
    return chapters


def _gathered(chapter: list[tree.Section]) -> list[Line]:
    lines: list[Line] = []
    for section in chapter:
        told = [line for block in section.blocks if not isinstance(block, tree.Definitions) for line in _lines(block)]
        if told and section is not chapter[0]:
            lines.append(Line("title", section.title))
        lines += told
    return lines


def _shown(block: tree.Block, section: tree.Section, counts: dict[str, int], territory: str) -> Iterator[Slide]:
    match block:
        case tree.KeyFigures():
            title = block.title or section.title
            for rank, at in enumerate(range(0, len(block.figures), MOST_FIGURES)):
                yield Keys(title if not rank else f"{title} {CONTINUED}", block.figures[at : at + MOST_FIGURES], block.source)
        case tree.Chart() | tree.Map():
            kind = "Graphique" if isinstance(block, tree.Chart) else "Carte"
            counts[kind] += 1
            message, rest = message_of(without_place(block.sentence, territory))
            yield Picture(block, f"{kind} {counts[kind]}", message, rest)
        case tree.Table():
            yield from _grids(block)


# --- Tables -----------------------------------------------------------------------------------------------------------


def widths_of(table: tree.Table) -> list[float]:
    """Widths of the columns on a slide, in inches."""
    character = _NARROW if len(table.columns) > WIDE_TABLE else _WIDE
    return column_widths(table, TABLE_WIDTH, character=character, margins=_CELL_MARGINS, least=1.9)


def _height(row: tuple[tree.Cell, ...], table: tree.Table, widths: list[float]) -> float:
    character = _NARROW if len(table.columns) > WIDE_TABLE else _WIDE
    texts = (table.text_of(cell, column) for cell, column in zip(row, table.columns, strict=True))
    lines = max(math.ceil(len(text) * character / (width - _CELL_MARGINS)) for text, width in zip(texts, widths, strict=True))
    return _ROW_HEIGHT + (max(lines, 1) - 1) * _LINE_HEIGHT


def _grids(table: tree.Table) -> list[Grid]:
    """A table by slides: at most MOST_ROWS rows each and what its height allows; its totals end the last one."""
    widths = widths_of(table)
    body = len(table.rows) - table.totals
    parts: list[list[int]] = [[]]
    used = 0.0
    reserved = sum(_height(row, table, widths) for row in table.rows[body:])
    for index in range(body):
        high = _height(table.rows[index], table, widths)
        if parts[-1] and (len(parts[-1]) + table.totals >= MOST_ROWS or used + high + reserved > TABLE_HEIGHT):
            parts.append([])
            used = 0.0
        parts[-1].append(index)
        used += high
    left = sum(len(part) for part in parts[MOST_TABLE_SLIDES:])
    parts = parts[:MOST_TABLE_SLIDES]
    grids = []
    for rank, part in enumerate(parts):
        last = rank == len(parts) - 1
        indices = [*part, *(range(body, len(table.rows)) if last else ())]
        shown = replace(
            table,
            rows=tuple(table.rows[index] for index in indices),
            totals=table.totals if last else 0,
            emphasis=tuple(place for place, index in enumerate(indices) if index in table.emphasis),
        )
        title = cut(table.caption, MESSAGE_LENGTH)
        # A first slide left alone says how many rows the deck leaves to the files.
        after = body - sum(len(other) for other in parts[: rank + 1])
        grids.append(Grid(shown, title if not rank else f"{title} {CONTINUED}", rank + 1, last, left if last else after))
    return grids


def left_line(count: int) -> str:
    """« 12 autres lignes sont dans les fichiers… »."""
    many = count > 1
    subject = f"{nombre(count)} autres lignes sont" if many else "Une autre ligne est"
    return f"{subject} dans les fichiers du document (Word, tableurs)."


# --- Texts ------------------------------------------------------------------------------------------------------------


def without_place(sentence: str, territory: str) -> str:
    """The sentence without its opening « En 2023, dans la CC du Pays d’Ancenis, … »: every slide already says where.

    « parmi les secteurs dont … est publié, » goes too: the sentences that follow, in the notes, say what is masked.
    """
    found = re.match(rf"(?:En \d{{4}}, )?[^,]*?{re.escape(territory)}, (?:parmi [^,]*, )?(?=\S)", sentence)
    return capitalise(sentence[found.end() :]) if found else sentence


def message_of(sentence: str) -> tuple[str, str]:
    """The first sentence, shortened to a title without its full stop; and what the reader is still owed of the whole."""
    first, rest = _first_sentence(sentence.strip())
    message = first.removesuffix(".")
    if len(message) <= MESSAGE_LENGTH:
        return message, rest
    # A clause that stands by itself makes a better title than words cut short.
    for mark in (f"{NBSP}; ", "; ", f"{NBSP}: ", ": ", ", "):
        head = message[:MESSAGE_LENGTH].rpartition(mark)[0].rstrip()
        if len(head) >= MESSAGE_LENGTH // 2 and head.count("(") == head.count(")") and head.count("«") == head.count("»"):
            return head, sentence.strip()
    return cut(message, MESSAGE_LENGTH), sentence.strip()


def _first_sentence(text: str) -> tuple[str, str]:
    found = re.search(r"[.!?…](?=\s+[A-ZÀ-Ý«])", text)
    return (text, "") if found is None else (text[: found.end()], text[found.end() :].strip())


def cut(text: str, length: int) -> str:
    """The text, whole or cut at a word and followed by « … »; no-break spaces are kept."""
    if len(text) <= length:
        return text
    return text[: length - 1].rpartition(" ")[0].rstrip(" ,;:") + "…"


def opening_of(text: str, length: int) -> str:
    """The first sentences of a text that hold in `length` characters; the first one is cut when it does not."""
    kept, rest = _first_sentence(text.strip())
    while rest:
        following, after = _first_sentence(rest)
        if len(kept) + 1 + len(following) > length:
            break
        kept, rest = f"{kept} {following}", after
    return cut(kept, length)


def _lines(block: tree.Block) -> list[Line]:
    match block:
        case tree.Paragraph():
            return [Line("lead" if block.lead else "text", block.text)]
        case tree.BulletList():
            return [Line("number" if block.ordered else "item", item) for item in block.items]
        case tree.Definitions():
            return [Line("term", (tree.Strong(term), f"{NBSP}: ", *tree.inlines(meaning))) for term, meaning in block.items]
        case tree.Callout():
            title = (tree.Strong(f"{block.title}. "),) if block.title else ()
            return [Line("warning" if block.kind == "warning" else "text", (*title, *tree.inlines(block.text)))]
        case tree.Quotation():
            author = (f" — {block.author}",) if block.author else ()
            return [Line("quote", (f"«{NBSP}{block.text}{NBSP}»", *author))]
        case tree.Reference():
            return [Line("item", (tree.Link(block.text, block.url),) if block.url else block.text)]
    return []


def height_of(line: Line, *, dense: bool) -> float:
    """Lines of type that a text takes on a slide, with the space after it."""
    across = 76 if dense else 88
    return math.ceil(min(len(tree.plain(line.text)), _WORDS_LENGTH) / across) + (0.9 if line.style == "title" else 0.5)


def _pages(title: str, lines: list[Line], *, dense: bool) -> Iterator[Words]:
    """Lines by slides: what a slide holds is counted in lines of its type size."""
    room = DENSE_ROOM if dense else 17.0
    page: list[Line] = []
    used, rank = 0.0, 0
    for line in lines:
        high = height_of(line, dense=dense)
        # A subtitle is never left alone at the foot of a slide.
        if page and used + high + (3 if line.style == "title" else 0) > room:
            yield Words(title if not rank else f"{title} {CONTINUED}", tuple(page), dense)
            page, used, rank = [], 0.0, rank + 1
        page.append(line)
        used += high
    if page:
        yield Words(title if not rank else f"{title} {CONTINUED}", tuple(page), dense)


def shortened(text: tree.Text) -> tree.Text:
    """A text as a slide prints it; one that is too long loses its emphasis and its end, which the notes keep."""
    words = tree.plain(text)
    return text if len(words) <= _WORDS_LENGTH else cut(words, _WORDS_LENGTH)
