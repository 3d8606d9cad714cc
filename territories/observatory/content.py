"""« État des lieux quantitatif — [territoire] »: the document of a portrait, as a frozen tree for every writer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

from territories.foundations.formats import LEGEND, date_fr
from territories.foundations.rendering.brand import with_brand
from territories.foundations.rendering.document import (
    Block,
    Brand,
    BulletList,
    Callout,
    Cover,
    Definitions,
    Document,
    KeyFigures,
    Paragraph,
    Reference,
    Section,
    Strong,
    Table,
)
from territories.foundations.vocabulary import EMPLOYER_DEFINITION, EssFamily, Phase
from territories.observatory.exhibits import Exhibit, exhibits, key_figures, shortened
from territories.observatory.portrait import Portrait
from territories.observatory.portrait_map import communes_map
from territories.observatory.statistics.indicators import INDICATORS
from territories.observatory.statistics.sentences import Compared, coverage_sentence, sentence_of

TITLE = "État des lieux quantitatif"
SUBTITLE = "L’économie sociale et solidaire du territoire en chiffres"

# Chapters: title, what it asks, the exhibits it holds.
CHAPTERS = (
    (
        "Le poids de l’ESS",
        "Que représente l’ESS parmi les employeurs du territoire, et au regard des territoires voisins ?",
        ("comparison",),
    ),
    (
        "Les familles de l’ESS",
        "Associations, coopératives, mutuelles, fondations, sociétés commerciales : qui emploie ?",
        ("families", "family_sector"),
    ),
    (
        "Les secteurs d’activité",
        "Dans quels secteurs l’ESS est-elle présente, et où pèse-t-elle plus qu’ailleurs ?",
        ("sectors", "sector_share", "specialisation"),
    ),
    ("La taille des employeurs", "De petites équipes ou de grandes maisons ?", ("sizes", "top_employers")),
    ("L’ESS dans les communes", "Où se trouvent les employeurs de l’ESS ?", ("communes",)),
    ("Créations et cessations", "Le tissu se renouvelle-t-il ?", ("dynamics",)),
)


# Tables printed under their chart, where the reader compares lines; the others are in the annex.
TABLES_BESIDE = frozenset({"comparison", "communes", "dynamics"})
# What the summary says of each table: its first sentences.
SUMMARISED = (("families", 1), ("sectors", 2), ("sizes", 1), ("communes", 2), ("dynamics", 2))


def portrait_document(portrait: Portrait, *, on: date | None = None, brand: Brand | None = None, whole: bool = False) -> Document:
    """The whole document of a portrait that has figures.

    `on` dates the document; by default it bears the day of the release, so that the same release makes the same file. `brand`
    gives it the identity of the territory. `whole` keeps every row of long tables, for writers that make files of them.
    Raises ValueError for a portrait without figures: there is nothing to publish.
    """
    if not portrait.has_figures:
        raise ValueError("Ce territoire n’a pas de chiffres publiés.")
    shown = {exhibit.key: exhibit for exhibit in exhibits(portrait)}
    sections = [Section("L’essentiel", tuple(_summary(portrait)))]
    for title, question, keys in CHAPTERS:
        held = [shown[key] for key in keys if key in shown]
        if held:
            blocks: list[Block] = [Paragraph(_spaced(question), lead=True)]
            for exhibit in held:
                blocks += _blocks_of(exhibit, _whole if whole else shortened)
            sections.append(Section(title, tuple(blocks)))
    sections += _method(portrait, shown)
    drawn = communes_map(portrait, "", bare=True)
    document = Document(
        title=TITLE,
        subtitle=SUBTITLE,
        territory=portrait.naming.name,
        date_label=date_fr(on or portrait.released_on),
        author=f"Observatoire de l’ESS, {portrait.publisher}",
        sections=tuple(sections),
        cover=Cover(
            phase=Phase.CHARACTERISATION,
            publisher=portrait.publisher,
            programme="Diagnostic partagé de l’économie sociale et solidaire",
            illustration="" if drawn is None else drawn.svg,
        ),
        demonstration=portrait.is_demonstration,
    )
    return with_brand(document, brand)


def _whole(table: Table) -> Table:
    """A table with all its rows."""
    return table


def _spaced(text: str) -> str:
    """French spacing before a question mark or a colon."""
    return text.replace(" ?", "\u00a0?").replace(" :", "\u00a0:")


def _summary(portrait: Portrait) -> list[Block]:
    table = portrait.tables["key_figures"]
    compared = [Compared(side.naming, side.tables["key_figures"]) for side in portrait.compared]
    blocks: list[Block] = [Paragraph(sentence_of(table, portrait.naming, compared), lead=True)]
    if warning := coverage_sentence(table, portrait.naming):
        blocks.append(Callout(warning, title="Couverture partielle", kind="warning"))
    blocks.append(KeyFigures(key_figures(portrait), source=portrait.source, title="Chiffres clés"))
    points = [
        _first_sentences(sentence_of(portrait.tables[key], portrait.naming), most)
        for key, most in SUMMARISED
        if key in portrait.tables and portrait.tables[key].rows
    ]
    if points:
        blocks.append(BulletList(tuple(points)))
    return blocks


def _first_sentences(text: str, most: int) -> str:
    """The opening of a text: its first `most` sentences."""
    parts = text.split(". ")
    return text if len(parts) <= most else ". ".join(parts[:most]) + "."


def _blocks_of(exhibit: Exhibit, fit: Callable[[Table], Table]) -> list[Block]:
    """The blocks of an exhibit, its tables as `fit` leaves them."""
    block = exhibit.block
    if isinstance(block, Table):
        return [fit(block)]
    blocks: list[Block] = [block if block.table is None else replace(block, table=fit(block.table))]
    if exhibit.key in TABLES_BESIDE and block.table is not None:
        blocks.append(fit(block.table))
    return blocks


def _meaning(sentence: str) -> str:
    """« s : secret statistique » without its sign."""
    return sentence.partition("\u00a0: ")[2] or sentence


def _method(portrait: Portrait, shown: dict[str, Exhibit]) -> list[Section]:
    codes = list(
        dict.fromkeys(["employers", "enterprises", "non_employers", *(code for one in shown.values() for code in one.indicators)])
    )
    definitions = tuple(
        (
            INDICATORS[code].label,
            " ".join(part for part in (INDICATORS[code].formula, INDICATORS[code].limits) if part),
        )
        for code in codes
        if code in INDICATORS
    )
    perimeter: list[Block] = [
        Paragraph(
            "Le périmètre est celui de la loi n°\u00a02014-856 du 31 juillet 2014\u00a0: coopératives, mutuelles, fondations, "
            "associations, et sociétés commerciales reconnues de l’ESS. La forme juridique s’apprécie au niveau de l’unité "
            "légale, l’activité au niveau de l’établissement."
        ),
        BulletList(
            (
                (
                    Strong("Dans le périmètre"),
                    f"\u00a0: {', '.join(family.label[0].lower() + family.label[1:] for family in EssFamily)}.",
                ),
                (
                    Strong("Activités exclues"),
                    "\u00a0: administration publique, organisations patronales et consulaires, syndicats de salariés, "
                    "organisations politiques et religieuses.",
                ),
                (
                    Strong("À qualifier"),
                    "\u00a0: les sociétés commerciales que Sirene signale comme relevant de l’ESS sans autre preuve ne sont "
                    "pas comptées tant que l’observatoire ne les a pas examinées.",
                ),
            )
        ),
        Callout(EMPLOYER_DEFINITION, title="Établissement employeur"),
    ]
    source: list[Block] = [
        Paragraph(portrait.source),
        *(Paragraph(sentence) for sentence in portrait.method_notes),
        BulletList(tuple((Strong(sign), f"\u00a0: {_meaning(sentence)}") for sign, sentence in LEGEND.items())),
    ]
    return [
        Section("Méthode et sources", (Paragraph(_spaced("D’où viennent ces chiffres, et que comptent-ils ?"), lead=True),)),
        Section("Le périmètre de l’ESS", tuple(perimeter), level=2, page_break=False),
        Section("Sources et signes", tuple(source), level=2, page_break=False),
        Section("Définitions", (Definitions(definitions),), level=2, page_break=False),
        Section(
            "Références",
            (
                Reference("Loi n°\u00a02014-856 du 31 juillet 2014 relative à l’économie sociale et solidaire, article 1"),
                Reference("Insee, base Sirene des entreprises et de leurs établissements"),
                Reference("Insee, code officiel géographique et populations de référence"),
            ),
            level=2,
            page_break=False,
        ),
    ]
