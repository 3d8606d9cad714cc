"""« Analyses avancées » of a territory as parts of a page, kept until the next release."""

from typing import Any

from django.core.cache import cache
from django.template.loader import render_to_string

from territories.geography.models import Territory
from territories.observatory.chapters import spaced
from territories.observatory.drawings import KEPT_SECONDS, drawings_of
from territories.observatory.exhibits import advanced_exhibits
from territories.observatory.exhibits.analyses import ANALYSES_QUESTION, ANALYSES_TITLE, SHIFT_SHARE_READING, refusal
from territories.observatory.portrait import Portrait, current_release, load_portrait
from territories.observatory.portrait_page import shown_exhibit
from territories.observatory.public_pages import Comparison, kept_key

# Parts of the page: anchor, title, exhibits.
PARTS = (
    ("evolution", "Pourquoi l’emploi a changé", ("jobs_shift_total", "jobs_shift_share")),
    ("specialisation", "La spécialisation", ("jobs_coefficient",)),
    ("concentration", "La concentration", ("jobs_concentration",)),
)


def analyses_of(territory: Territory, comparison: Comparison) -> dict[str, Any]:
    """Title, question and parts of the page; the reason why there is nothing for a territory without statistics."""
    key = kept_key("analyses", current_release(), territory, comparison)
    body: dict[str, Any] | None = cache.get(key)
    if body is None:
        portrait = load_portrait(territory, compare=comparison.territories)
        body = _body(portrait, comparison)
        if portrait.has_figures:
            cache.set(key, body, KEPT_SECONDS)
    return body


def _body(portrait: Portrait, comparison: Comparison) -> dict[str, Any]:
    shown = {exhibit.key: exhibit for exhibit in advanced_exhibits(portrait)}
    drawings = drawings_of(shown.values())
    why = refusal(portrait)
    parts = []
    for anchor, title, keys in PARTS:
        held = [shown_exhibit(portrait, shown[key], drawings, comparison) for key in keys if key in shown]
        refused = why if anchor == "evolution" else ""
        if not held and not refused:
            continue
        context = {
            "id": anchor,
            "title": title,
            "exhibits": held,
            "refused": refused,
            "reading": SHIFT_SHARE_READING if anchor == "evolution" and held else (),
        }
        html = render_to_string("observatory/public/_analysis.html", {"part": context})
        parts.append({"id": anchor, "title": title, "html": html})
    reason = ""
    if not parts:
        reason = portrait.empty_reason or (
            f"Aucune statistique d’emploi n’est publiée pour {portrait.naming.le}\u00a0: sans elle, ni l’évolution, ni la "
            "spécialisation, ni la concentration ne se calculent."
        )
    return {"title": ANALYSES_TITLE, "question": spaced(ANALYSES_QUESTION), "parts": parts, "reason": reason}
