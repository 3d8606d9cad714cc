"""The portrait and the report as parts of pages: built from the published tables, kept until the next release."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse

from territories.foundations.formats import compte
from territories.foundations.rendering.document import Chart, Map, Table
from territories.foundations.rendering.html import render_body
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.browsing import kind_label
from territories.observatory.chapters import CHAPTERS
from territories.observatory.content import portrait_document
from territories.observatory.drawings import KEPT_SECONDS, draw, drawings_of
from territories.observatory.exhibits import Exhibit, exhibits, job_figures, key_figures, shortened
from territories.observatory.exhibits.common import source_of
from territories.observatory.exhibits.employment import weight_sentences
from territories.observatory.portrait import Portrait, current_release, load_portrait, territory_naming
from territories.observatory.portrait_map import communes_map
from territories.observatory.public_pages import Comparison, kept_key
from territories.observatory.similar import described, profile_of, similar_territories
from territories.observatory.statistics.indicators import INDICATORS
from territories.observatory.statistics.sentences import sentence_of
from territories.observatory.statistics.tables import ADVANCED_JOB_TABLES

IMAGE_FORMS = (("Image SVG", "chart_svg"), ("Image PNG", "chart_png"))
TABLE_FORMS = (("XLSX", "xlsx"), ("ODS", "ods"), ("CSV", "csv"))
# A page shows the first lines of a long table; all of them are in the files.
ROWS_SHOWN = 60


def head_of(territory: Territory) -> dict[str, Any]:
    """What the top of the page says of the place itself."""
    facts = []
    if territory.population is not None:
        facts.append(compte(territory.population, "habitant"))
    if territory.kind != TerritoryKind.COMMUNE:
        facts.append(compte(territory.commune_count, "commune"))
    return {
        "kind": kind_label(territory),
        "facts": facts,
        "parents": list(territory.parents()),
        "naming": territory_naming(territory),
    }


def body_of(territory: Territory, comparison: Comparison) -> dict[str, Any]:
    """The kept part of the portrait: opening, chapters, similar territories, or the reason why there is nothing."""
    release = current_release()
    key = kept_key("portrait", release, territory, comparison)
    body: dict[str, Any] | None = cache.get(key)
    if body is None:
        portrait = load_portrait(territory, compare=comparison.territories)
        body = _body(portrait, comparison)
        if portrait.has_figures:
            cache.set(key, body, KEPT_SECONDS)
    return body


def _body(portrait: Portrait, comparison: Comparison) -> dict[str, Any]:
    if not portrait.has_figures:
        return {"has_figures": False, "reason": portrait.empty_reason, "chapters": [], "opening": "", "method": "", "without": []}
    shown = {exhibit.key: exhibit for exhibit in exhibits(portrait)}
    drawings = drawings_of(shown.values())
    chapters = []
    for chapter in CHAPTERS:
        if held := chapter.held(shown):
            parts = chapter.parts(shown)
            context = {
                "id": chapter.anchor,
                "title": chapter.title_for(shown),
                "question": chapter.question_for(shown),
                "exhibits": [
                    {**shown_exhibit(portrait, shown[key], drawings, comparison), "part": parts.get(key, "")} for key in held
                ],
            }
            html = render_to_string("observatory/public/_chapter.html", {"chapter": context})
            chapters.append({"id": chapter.anchor, "title": context["title"], "html": html})
    return {
        "has_figures": True,
        "reason": "",
        "without": [other.pk for other in portrait.without_figures],
        "opening": _opening(portrait, comparison),
        "method": _method(portrait, shown),
        "chapters": chapters,
        "has_analyses": any(key in portrait.tables for key in ADVANCED_JOB_TABLES),
        "similar": similar_territories(portrait.territory, portrait.release, with_jobs="jobs_key_figures" in portrait.tables),
        "profile": described(profile_of(portrait.territory)) if portrait.territory.commune_count else "",
    }


def _opening(portrait: Portrait, comparison: Comparison) -> str:
    """The first words and figures: jobs when there are statistics, then employers."""
    jobs = job_figures(portrait)
    context: dict[str, Any] = {"coverage": portrait.coverage_note, "jobs": jobs, "in_register": portrait.in_register}
    if portrait.in_register:
        context |= {
            "sentence": sentence_of(portrait.tables["key_figures"], portrait.naming),
            # Their source is said once, under them all.
            "figures": [replace(figure, source="") for figure in key_figures(portrait)],
            "source": portrait.source,
            "downloads": _table_links(portrait, "key_figures", comparison),
        }
    if jobs:
        context |= {
            "jobs_sentence": weight_sentences(portrait),
            "jobs_source": source_of(portrait, portrait.tables["jobs_key_figures"]),
            "jobs_downloads": _table_links(portrait, "jobs_key_figures", comparison),
        }
    return render_to_string("observatory/public/_opening.html", context)


def _method(portrait: Portrait, shown: Mapping[str, Exhibit]) -> str:
    codes = tuple(dict.fromkeys(code for exhibit in shown.values() for code in exhibit.indicators))
    return render_to_string(
        "observatory/public/_method.html",
        {
            "definitions": portrait.definitions(("employers", "enterprises", "non_employers", *codes)),
            "notes": portrait.method_notes,
            "sources": portrait.sources,
            "without": ", ".join(other.name for other in portrait.without_figures),
        },
    )


def sheet_links(codes: Iterable[str]) -> list[tuple[str, str]]:
    """The definition sheets of these indicators, by short label, each once."""
    catalogue = reverse("observatory:indicators")
    return [(INDICATORS[code].column, f"{catalogue}#{code}") for code in dict.fromkeys(codes) if code in INDICATORS]


def shown_exhibit(portrait: Portrait, exhibit: Exhibit, drawings: dict[str, str], comparison: Comparison) -> dict[str, Any]:
    """What the templates need of an exhibit: its drawing or table, its files, its definition sheets."""
    block = exhibit.block
    sheets = sheet_links(exhibit.indicators)
    tables = _table_links(portrait, exhibit.key, comparison)
    if isinstance(block, Table):
        table = shortened(block, ROWS_SHOWN)
        return {"key": exhibit.key, "table": table, "downloads": tables, "links": _links(portrait, exhibit), "sheets": sheets}
    return {
        "key": exhibit.key,
        "drawing": _with_short_table(block),
        "svg": drawings[exhibit.key],
        "downloads": _image_links(portrait, exhibit.key, comparison) + tables,
        "links": _links(portrait, exhibit),
        "sheets": sheets,
    }


def _with_short_table(block: Chart | Map) -> Chart | Map:
    return block if block.table is None else replace(block, table=shortened(block.table, ROWS_SHOWN))


def _links(portrait: Portrait, exhibit: Exhibit) -> dict[str, str]:
    """Addresses of the territories named by the first cells of a table."""
    if exhibit.key in ("communes", "jobs_communes"):
        rows = portrait.tables[exhibit.key].rows
        return {row.label: reverse("observatory:portrait", args=[TerritoryKind.COMMUNE, row.key]) for row in rows}
    if exhibit.key in ("comparison", "jobs_comparison"):
        return {side.naming.name: side.territory.get_absolute_url() for side in portrait.compared}
    return {}


def _image_links(portrait: Portrait, key: str, comparison: Comparison) -> list[tuple[str, str]]:
    place = [portrait.territory.kind, portrait.territory.code, key]
    return [(label, reverse(f"observatory:{name}", args=place) + comparison.query) for label, name in IMAGE_FORMS]


def _table_links(portrait: Portrait, key: str, comparison: Comparison) -> list[tuple[str, str]]:
    place = [portrait.territory.kind, portrait.territory.code, key]
    return [(label, reverse("observatory:table", args=[*place, form]) + comparison.query) for label, form in TABLE_FORMS]


def report_body(territory: Territory, comparison: Comparison) -> dict[str, Any] | None:
    """The report as parts of a page, kept until the next release; None when there is nothing to report."""
    release = current_release()
    key = kept_key("report", release, territory, comparison)
    kept: dict[str, Any] | None = cache.get(key)
    if kept is None:
        portrait = load_portrait(territory, compare=comparison.territories)
        if not portrait.has_figures:
            return None
        document = portrait_document(portrait)
        kept = {
            "title": document.title,
            "subtitle": document.subtitle,
            "date_label": document.date_label,
            "author": document.author,
            "body": str(render_body(document, draw=draw)),
            "contents": [
                {"anchor": f"partie-{rank}", "title": section.title}
                for rank, section in enumerate(document.sections, start=1)
                if section.level == 1
            ],
        }
        cache.set(key, kept, KEPT_SECONDS)
    return kept


def bare_map(territory: Territory) -> str:
    """The circles of the communes of a territory, without words: an ornament that tells where the employers are.

    Empty when the territory has no figures or its communes no position.
    """
    release = current_release()
    key = kept_key("bare-map", release, territory, Comparison((), False))
    svg: str | None = cache.get(key)
    if svg is None:
        portrait = load_portrait(territory, compare=())
        drawn = communes_map(portrait, "", bare=True) if portrait.has_figures else None
        svg = drawn.svg if drawn is not None else ""
        if svg:
            cache.set(key, svg, KEPT_SECONDS)
    return svg
