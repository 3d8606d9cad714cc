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
from territories.observatory.chapters import CHAPTERS, spaced
from territories.observatory.exhibits import Exhibit, advanced_exhibits, exhibits, job_figures, key_figures, shortened
from territories.observatory.exhibits.analyses import ANALYSES_QUESTION, ANALYSES_TITLE, SHIFT_SHARE_READING, refusal
from territories.observatory.exhibits.common import first_sentences, source_of
from territories.observatory.exhibits.employment import weight_sentences
from territories.observatory.portrait import Portrait
from territories.observatory.portrait_map import communes_map
from territories.observatory.statistics.indicators import INDICATORS
from territories.observatory.statistics.sentences import Compared, sentence_of
from territories.observatory.statistics.tables import JOB_TABLES

TITLE = "État des lieux quantitatif"
SUBTITLE = "L’économie sociale et solidaire du territoire en chiffres"

# Tables printed under their chart, where the reader compares lines; the others are in the annex.
TABLES_BESIDE = frozenset({"comparison", "jobs_comparison", "jobs_families", "communes", "jobs_communes", "dynamics"})
# What the summary says of each table: its first sentences. A table with jobs replaces that of the register beside it.
SUMMARISED = (
    ("jobs_families", 1, ""),
    ("families", 1, "jobs_families"),
    ("jobs_sectors", 2, ""),
    ("sectors", 2, "jobs_sectors"),
    ("jobs_sizes", 1, ""),
    ("sizes", 1, "jobs_sizes"),
    ("jobs_people", 1, ""),
    ("jobs_evolution", 1, ""),
    ("communes", 2, ""),
    ("dynamics", 2, ""),
)


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
    for chapter in CHAPTERS:
        held = chapter.held(shown)
        if held:
            fit = _whole if whole else shortened
            blocks: list[Block] = [Paragraph(chapter.question_for(shown), lead=True)]
            for key in held:
                blocks += _blocks_of(shown[key], fit)
            sections.append(Section(chapter.title_for(shown), tuple(blocks)))
    advanced = {exhibit.key: exhibit for exhibit in advanced_exhibits(portrait)}
    sections += advanced_sections(portrait, advanced, _whole if whole else shortened)
    sections += _method(portrait, {**shown, **advanced})
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


def _summary(portrait: Portrait) -> list[Block]:
    blocks: list[Block] = []
    if "jobs_key_figures" in portrait.tables:
        blocks.append(Paragraph(weight_sentences(portrait), lead=True))
    if portrait.in_register:
        table = portrait.tables["key_figures"]
        compared = [Compared(side.naming, side.tables["key_figures"]) for side in portrait.compared_in_register]
        blocks.append(Paragraph(sentence_of(table, portrait.naming, compared), lead=not blocks))
    if warning := portrait.coverage_note:
        blocks.append(Callout(warning, title="Couverture partielle", kind="warning"))
    if jobs := job_figures(portrait):
        source = source_of(portrait, portrait.tables["jobs_key_figures"])
        blocks.append(KeyFigures(jobs, source=source, title="L’emploi"))
    if portrait.in_register:
        title = "Les employeurs" if jobs else "Chiffres clés"
        blocks.append(KeyFigures(key_figures(portrait), source=portrait.source, title=title))
    points = [
        first_sentences(sentence_of(portrait.tables[key], portrait.naming), most)
        for key, most, unless in SUMMARISED
        if key in portrait.tables
        and portrait.tables[key].rows
        and unless not in portrait.tables
        and (key in JOB_TABLES or portrait.in_register)
    ]
    if points:
        blocks.append(BulletList(tuple(points)))
    return blocks


def _blocks_of(exhibit: Exhibit, fit: Callable[[Table], Table]) -> list[Block]:
    """The blocks of an exhibit, its tables as `fit` leaves them."""
    block = exhibit.block
    if isinstance(block, Table):
        return [fit(block)]
    blocks: list[Block] = [block if block.table is None else replace(block, table=fit(block.table))]
    if exhibit.key in TABLES_BESIDE and block.table is not None:
        blocks.append(fit(block.table))
    return blocks


def advanced_sections(portrait: Portrait, shown: dict[str, Exhibit], fit: Callable[[Table], Table] = shortened) -> list[Section]:
    """The annex « Analyses avancées », with the reason when the change in jobs is not decomposed; empty without statistics."""
    why = refusal(portrait)
    if not shown and not why:
        return []
    blocks: list[Block] = [Paragraph(spaced(ANALYSES_QUESTION), lead=True)]
    if why:
        blocks.append(Callout(why, title="Évolution non décomposée"))
    if "jobs_shift_total" in shown:
        blocks.append(BulletList(tuple((Strong(name), f"\u00a0: {words}") for name, words in SHIFT_SHARE_READING)))
    for exhibit in shown.values():
        blocks += _blocks_of(exhibit, fit)
    return [Section(ANALYSES_TITLE, tuple(blocks))]


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
        *(Paragraph(line) for line in portrait.sources),
        *(Paragraph(sentence) for sentence in portrait.method_notes),
        BulletList(tuple((Strong(sign), f"\u00a0: {_meaning(sentence)}") for sign, sentence in LEGEND.items())),
    ]
    return [
        Section("Méthode et sources", (Paragraph(spaced("D’où viennent ces chiffres, et que comptent-ils ?"), lead=True),)),
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
