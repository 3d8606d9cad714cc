"""What a portrait shows: its published tables as charts, maps and tables, each with its sentence, its twin table and its source.

One place serves the public page, the downloads and the document, so that they can never disagree. Nothing is computed here:
figures come from the release, masks included.
"""

from typing import Final

from territories.observatory.exhibits import analyses, employment, people, sirene, years
from territories.observatory.exhibits.common import Builder, Exhibit, printed, shortened
from territories.observatory.exhibits.employment import job_figures
from territories.observatory.exhibits.sirene import key_figures
from territories.observatory.portrait import Portrait

__all__ = (
    "Exhibit",
    "advanced_exhibits",
    "exhibit",
    "exhibits",
    "job_figures",
    "key_figures",
    "printed",
    "shortened",
)

# Those of the portrait, jobs first; those of the page « Analyses avancées » after them.
PORTRAIT_BUILDERS: Final[dict[str, Builder]] = {
    **employment.BUILDERS,
    **people.BUILDERS,
    **years.BUILDERS,
    **sirene.BUILDERS,
}
FROM_THE_REGISTER: Final = frozenset({*sirene.BUILDERS, "survival"})
ANALYSES_BUILDERS: Final[dict[str, Builder]] = analyses.BUILDERS
BUILDERS: Final[dict[str, Builder]] = {**PORTRAIT_BUILDERS, **ANALYSES_BUILDERS}


def _built(portrait: Portrait, builders: dict[str, Builder]) -> tuple[Exhibit, ...]:
    built = (builder(portrait) for key, builder in builders.items() if _may_show(portrait, key))
    return tuple(exhibit for exhibit in built if exhibit is not None)


def _may_show(portrait: Portrait, key: str) -> bool:
    """Statistics may speak of a territory of which the files of the register say nothing, and the other way round."""
    return portrait.in_register if key in FROM_THE_REGISTER else portrait.has_figures


def exhibits(portrait: Portrait) -> tuple[Exhibit, ...]:
    """Everything the portrait shows, in reading order; nothing for a territory without figures."""
    return _built(portrait, PORTRAIT_BUILDERS)


def advanced_exhibits(portrait: Portrait) -> tuple[Exhibit, ...]:
    """What the page of the advanced analyses shows."""
    return _built(portrait, ANALYSES_BUILDERS)


def exhibit(portrait: Portrait, key: str) -> Exhibit | None:
    """One of them, None when the portrait has nothing to show there or when the key is unknown."""
    if key not in BUILDERS or not _may_show(portrait, key):
        return None
    return BUILDERS[key](portrait)
