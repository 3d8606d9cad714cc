"""The frozen tree of a document: what rooms build and what every writer (HTML, PDF, DOCX, ZIP) reads.

It holds only publishable content: texts, figures already masked, chart specifications, maps already drawn. No HTML.
Writers escape everything; the only emphasis is `Strong`, `Emphasis` and `Link` inside a text. Every check made here
raises ValueError: content that breaks them is a programming fault, found by the tests of the room that builds it.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlsplit

from territories.foundations.formats import NBSP, legend_for
from territories.foundations.rendering.tokens import contrast
from territories.foundations.rendering.typography import Numeric, as_value, figure, signed
from territories.foundations.vocabulary import Phase, Status

# --- Inline text ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Strong:
    """Important words."""

    text: str


@dataclass(frozen=True)
class Emphasis:
    """Words in italics: a title, a foreign word."""

    text: str


@dataclass(frozen=True)
class Link:
    """An address that readers may follow: http, https, mailto, or a path of this site (`/territoires/…`).

    Raises ValueError for any other scheme.
    """

    text: str
    url: str

    def __post_init__(self) -> None:
        own_path = self.url.startswith("/") and not self.url.startswith(("//", "/\\"))
        if not own_path and urlsplit(self.url).scheme not in ("http", "https", "mailto"):
            raise ValueError(f"Adresse refusée dans un document : {self.url!r}.")


Inline = str | Strong | Emphasis | Link
Text = str | tuple[Inline, ...]


def inlines(text: Text) -> tuple[Inline, ...]:
    """The parts of a text, one when it is a plain string."""
    return (text,) if isinstance(text, str) else text


def plain(text: Text) -> str:
    """The words of a text without emphasis."""
    return "".join(part if isinstance(part, str) else part.text for part in inlines(text))


# --- Blocks ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `lead` makes it the larger opening words of a chapter."""

    text: Text
    lead: bool = False


@dataclass(frozen=True)
class Figure:
    """A key figure. `value_text` is printed as it is (see `typography.figure`); a status sign is a valid text."""

    value_text: str
    label: str
    detail: str = ""
    source: str = ""


@dataclass(frozen=True)
class KeyFigures:
    """A grid of key figures; `source` is said once under it."""

    figures: tuple[Figure, ...]
    source: str = ""
    title: str = ""


ColumnKind = Literal["text", "number", "percent"]


@dataclass(frozen=True)
class Column:
    """A column of a table. `percent` values are out of a hundred (12.3 is printed « 12,3 % »).

    `decimals` None means 0 for numbers and 1 for percentages. `signed` prints « + » before a gain: the column holds
    differences.
    """

    label: str
    kind: ColumnKind = "text"
    decimals: int | None = None
    signed: bool = False

    @property
    def precision(self) -> int:
        if self.decimals is not None:
            return self.decimals
        return 1 if self.kind == "percent" else 0


Cell = str | Numeric


@dataclass(frozen=True)
class Table:
    """A table with a caption. The first cell of a row is its header.

    `rows` hold texts, or numbers and `Value`s in columns of kind number or percent. The last `totals` rows are
    totals; `emphasis` are indices of rows to bring out (the territory among others). The legend of the statuses that
    occur is written by the writers; `legend` adds to it. Raises ValueError when a row has not one cell per column.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    source: str = ""
    legend: tuple[str, ...] = ()
    totals: int = 0
    emphasis: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.caption.strip():
            raise ValueError("Un tableau doit avoir un titre.")
        for row in self.rows:
            if len(row) != len(self.columns):
                raise ValueError(
                    f"Tableau « {self.caption} » : une ligne a {len(row)} cellules pour {len(self.columns)} colonnes."
                )
            for cell, column in zip(row, self.columns, strict=True):
                if isinstance(cell, bool) or (column.kind == "text" and not isinstance(cell, str)):
                    raise ValueError(f"Tableau « {self.caption} » : {cell!r} n’est pas un texte.")

    def text_of(self, cell: Cell, column: Column) -> str:
        """The cell as printed."""
        if isinstance(cell, str):
            return cell
        write = signed if column.signed else figure
        return write(cell, decimals=column.precision, unit="%" if column.kind == "percent" else "")

    def statuses(self) -> tuple[Status, ...]:
        """The statuses other than « observed » that occur, in the order of the vocabulary."""
        met = {as_value(c).status for row in self.rows for c in row if not isinstance(c, str)}
        return tuple(status for status in Status if status in met and status is not Status.OBSERVED)

    def legend_lines(self) -> tuple[str, ...]:
        """« s : secret statistique… », one sentence per status that occurs, then the lines of `legend`."""
        return (*legend_for(self.statuses()), *self.legend)


def _require(kind: str, **texts: str) -> None:
    for name, text in texts.items():
        if not text.strip():
            raise ValueError(f"{kind} sans {name} : titre, phrase, source et tableau sont dus au lecteur.")


@dataclass(frozen=True)
class Chart:
    """A chart: its specification (see `charts`), the sentence that says what it shows (alternative text), the table of
    the same figures and its source line. Raises ValueError when a text is empty."""

    title: str
    sentence: str
    spec: Mapping[str, Any]
    table: Table
    source: str
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require("Graphique", titre=self.title, phrase=self.sentence, source=self.source)


@dataclass(frozen=True)
class Map:
    """A map drawn by `maps`, with its sentence and its source, and the table of the same figures where there is one.

    Raises ValueError when a text is empty.
    """

    title: str
    sentence: str
    svg: str
    source: str
    table: Table | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _require("Carte", titre=self.title, phrase=self.sentence, source=self.source, dessin=self.svg)


@dataclass(frozen=True)
class BulletList:
    items: tuple[Text, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Definitions:
    """Terms and what they mean here."""

    items: tuple[tuple[str, Text], ...]


@dataclass(frozen=True)
class Callout:
    """A framed note: what to know before reading, a limit of the data. `title` is optional."""

    text: Text
    title: str = ""
    kind: Literal["note", "warning"] = "note"


@dataclass(frozen=True)
class Quotation:
    """Somebody's words, exactly; `author` as that person agreed to be named."""

    text: str
    author: str = ""


@dataclass(frozen=True)
class Reference:
    """A source or a further reading."""

    text: str
    url: str = ""

    def __post_init__(self) -> None:
        if self.url:
            Link(self.text, self.url)


Block = Paragraph | KeyFigures | Chart | Table | Map | BulletList | Definitions | Callout | Quotation | Reference


# --- Document -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """A titled part. `level` 1 is a chapter, 2 and 3 are inside it; `page_break` None means: chapters only."""

    title: str
    blocks: tuple[Block, ...] = ()
    level: int = 1
    page_break: bool | None = None

    @property
    def starts_page(self) -> bool:
        return self.level == 1 if self.page_break is None else self.page_break


@dataclass(frozen=True)
class Cover:
    """First page: the frise of the four phases with the current one brought out (None: no frise), who publishes, and
    an optional drawing of the territory (an SVG of `maps`, decorative)."""

    phase: Phase | None = None
    publisher: str = "CRESS Pays de la Loire"
    programme: str = ""
    illustration: str = ""


@dataclass(frozen=True)
class Brand:
    """The identity of the territory, printed beside the publisher: its name, a logo (PNG bytes, or None), two colours
    `#rrggbb` that can be read on white, and an optional line under its name. Raises ValueError for other colours or another
    image."""

    name: str
    primary: str
    accent: str
    logo: bytes | None = None
    baseline: str = ""

    def __post_init__(self) -> None:
        for hexadecimal in (self.primary, self.accent):
            if not re.fullmatch(r"#[0-9a-f]{6}", hexadecimal) or contrast(hexadecimal, "#ffffff") < 4.5:
                raise ValueError(f"La couleur {hexadecimal!r} ne se lit pas sur le blanc : voyez « brand.readable ».")
        if self.logo is not None and not self.logo.startswith(b"\x89PNG\r\n\x1a\n"):
            raise ValueError("Le logo doit être une image PNG.")

    @property
    def logo_alternative(self) -> str:
        """What a screen reader says for the logo."""
        return f"Logo{NBSP}: {self.name}"

    def logo_box(self, widest: float, highest: float) -> tuple[float, float]:
        """Width and height of the logo, in the unit given, as large as the box allows without changing its proportions.

        (0, 0) without a logo.
        """
        if self.logo is None:
            return 0.0, 0.0
        width, height = struct.unpack(">II", self.logo[16:24])
        scale = min(widest / width, highest / height)
        return width * scale, height * scale


@dataclass(frozen=True)
class Document:
    """A whole document.

    `date_label` is the date as printed (« 23 novembre 2026 »). `demonstration` writes « données de démonstration » on
    every page. `brand` is given by `brand.with_brand`, which paints the charts too. Raises ValueError when a text is
    missing, when the first section is not a chapter, or when a level is skipped.
    """

    title: str
    territory: str
    date_label: str
    sections: tuple[Section, ...]
    subtitle: str = ""
    author: str = "CRESS Pays de la Loire"
    cover: Cover = field(default_factory=Cover)
    demonstration: bool = False
    language: str = "fr"
    draft: bool = False
    brand: Brand | None = None

    def __post_init__(self) -> None:
        for name, text in (("titre", self.title), ("territoire", self.territory), ("auteur", self.author)):
            if not text.strip():
                raise ValueError(f"Document sans {name}.")
        level = 0
        for section in self.sections:
            if not section.title.strip():
                raise ValueError("Une partie du document n’a pas de titre.")
            if not 1 <= section.level <= min(level + 1, 3):
                raise ValueError(f"Partie « {section.title} » : niveau {section.level} après le niveau {level}.")
            level = section.level

    def blocks(self) -> Iterator[Block]:
        """Every block, in reading order."""
        for section in self.sections:
            yield from section.blocks

    def tables(self) -> tuple[Table, ...]:
        """The tables printed for themselves: a chart of the same figures need not repeat one in an annex."""
        return tuple(block for block in self.blocks() if isinstance(block, Table))

    @property
    def full_title(self) -> str:
        """« État des lieux quantitatif — CC du Pays d’Ancenis »."""
        return f"{self.title} — {self.territory}"


def slug_of_number(number: int) -> str:
    """Anchor of the section of this rank, the same in page, PDF and DOCX."""
    return f"partie-{number}"
