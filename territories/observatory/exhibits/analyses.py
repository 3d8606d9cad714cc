"""The advanced analyses: why jobs changed (shift-share), how far the territory is specialised, how far jobs are concentrated."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from territories.foundations.formats import Unit, affiche
from territories.foundations.rendering import charts
from territories.foundations.rendering.charts_series import signed_bars, stacked_effects
from territories.foundations.rendering.document import Cell, Chart, Column, Table
from territories.foundations.rendering.typography import signed
from territories.observatory.exhibits.common import Builder, Exhibit, cell, printed, sentence, source_of, twin
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.indicators import INDICATORS, unit_of
from territories.observatory.statistics.tables import Row
from territories.observatory.statistics.tables import Table as PublishedTable

ANALYSES_TITLE: Final = "Analyses avancées"
ANALYSES_QUESTION: Final = "Pourquoi l’emploi de l’ESS a-t-il changé, et qu’est-ce qui distingue le territoire ?"
# How to read the three effects, in plain words.
SHIFT_SHARE_READING: Final = (
    (
        "Effet national",
        "ce que le territoire aurait gagné si tous ses secteurs avaient suivi le rythme de l’ESS de la référence.",
    ),
    (
        "Effet structurel",
        "ce qu’il doit à la composition de son ESS\u00a0: positif, ses secteurs sont de ceux qui progressent le plus dans "
        "la référence.",
    ),
    (
        "Effet local",
        "ce qui reste\u00a0: positif, les mêmes secteurs font mieux ici que dans la référence. C’est une question à poser aux "
        "acteurs, pas une cause.",
    ),
)
EFFECTS: Final = (
    ("national_effect", "Effet national", "enterprise"),
    ("structural_effect", "Effet structurel", "commercial"),
    ("residual_effect", "Effet local", "cooperative"),
)
_COLUMNS: Final = ("jobs_before", "jobs_after", "job_gain", "national_effect", "structural_effect", "residual_effect")
_SPECIALISED: Final = ("specialisation_coefficient",)
_CONCENTRATED: Final = ("sector_herfindahl", "equivalent_sectors", "first_sector_share", "first_communes_share")


def refusal(portrait: Portrait) -> str:
    """Why the change in jobs is not decomposed here; empty when it is, or when there is no such table."""
    published = portrait.tables.get("jobs_shift_share")
    return str(published.facts.get("refusal") or "") if published is not None else ""


def _years(published: PublishedTable) -> str:
    years = published.facts.get("years") or ()
    return f"{years[0]}–{years[-1]}" if len(years) > 1 else ""


def _reference_name(published: PublishedTable) -> str:
    reference = published.facts.get("reference") or {}
    return str(reference.get("name", "")) if isinstance(reference, Mapping) else str(reference)


def _shift_table(published: PublishedTable, source: str) -> Table:
    caption = f"Ce qui explique l’évolution de l’emploi de l’ESS {_years(published)}".strip()
    return twin(published, "Secteur d’activité", _COLUMNS, caption=caption, source=source)


def _decomposed(portrait: Portrait) -> PublishedTable | None:
    """The table of effects when there is one and it was not refused."""
    published = portrait.tables.get("jobs_shift_share")
    if published is None or refusal(portrait) or published.total is None:
        return None
    return published if cell(published.total, "job_gain").known else None


def shift_total(portrait: Portrait) -> Exhibit | None:
    """The change in the jobs of the whole territory and the three effects that add up to it exactly."""
    published = _decomposed(portrait)
    if published is None or published.total is None:
        return None
    source = source_of(portrait, published)
    total = published.total
    lines = [*((code, name, hue) for code, name, hue in EFFECTS), ("job_gain", "Évolution de l’emploi", "main")]
    values = {code: printed(cell(total, code), Unit.GAIN) for code, _, _ in lines}
    rows: list[tuple[Cell, ...]] = [(name, values[code]) for code, name, _ in lines]
    table = Table(
        f"L’évolution de l’emploi de l’ESS et ses trois effets {_years(published)}".strip(),
        (Column("Effet"), Column("Emplois", "number", 1, signed=True)),
        tuple(rows),
        source=source,
        totals=1,
    )
    chart = Chart(
        "Pourquoi l’emploi de l’ESS a changé",
        sentence(portrait, published),
        signed_bars([charts.Bar(name, values[code], colour=hue) for code, name, hue in lines], decimals=1),
        table,
        source,
        notes=(f"Référence\u00a0: {_reference_name(published)}. Les trois effets s’additionnent exactement.",),
    )
    codes = ("job_gain", *(code for code, _, _ in EFFECTS))
    return Exhibit("jobs_shift_total", "Pourquoi l’emploi de l’ESS a changé", chart, codes)


def shift_share(portrait: Portrait) -> Exhibit | None:
    """The effects of each sector, stacked around zero, and their sum."""
    published = _decomposed(portrait)
    if published is None:
        return None
    source = source_of(portrait, published)
    rows = sorted(published.rows, key=_by_gain)
    shown = [row for row in rows if not (cell(row, "jobs_before").value == 0 and cell(row, "jobs_after").value == 0)]
    if not shown:
        return None
    spec = stacked_effects(
        [row.label for row in shown],
        [charts.Series(name, tuple(printed(cell(row, code), Unit.GAIN) for row in shown), hue) for code, name, hue in EFFECTS],
        [printed(cell(row, "job_gain"), Unit.GAIN) for row in shown],
        total_name="Évolution",
    )
    chart = Chart("Les effets, secteur par secteur", _sector_sentence(shown), spec, _shift_table(published, source), source)
    return Exhibit("jobs_shift_share", "Les effets par secteur", chart, _COLUMNS)


def _by_gain(row: Row) -> tuple[float, str]:
    return (-(cell(row, "job_gain").value or 0), row.label)


def _sector_sentence(rows: list[Row]) -> str:
    """The sectors that gained and lost most, and where the territory does better than the reference."""
    known = [row for row in rows if cell(row, "job_gain").known]
    if not known:
        return "Les effets par secteur ne peuvent pas être publiés."
    best, worst = known[0], known[-1]
    text = f"Le secteur «\u00a0{best.label}\u00a0» est celui qui évolue le plus favorablement ({_jobs(best, 'job_gain')})"
    if worst is not best:
        text += f", «\u00a0{worst.label}\u00a0» le moins ({_jobs(worst, 'job_gain')})"
    local = max(known, key=lambda row: cell(row, "residual_effect").value or 0)
    if (cell(local, "residual_effect").value or 0) > 0:
        text += f". L’effet local est le plus fort dans «\u00a0{local.label}\u00a0» ({_jobs(local, 'residual_effect')})"
    return f"{text}."


def _jobs(row: Row, code: str) -> str:
    figure = cell(row, code)
    text = signed(printed(figure, Unit.GAIN), decimals=1)
    return f"{text}\u00a0{'emplois' if abs(round(figure.value or 0)) >= 2 else 'emploi'}"


def _part(portrait: Portrait, codes: tuple[str, ...], caption: str) -> tuple[PublishedTable, Table] | None:
    """Some rows of the table of analyses, and how to read them; None when none of them is there."""
    published = portrait.tables.get("jobs_analyses")
    if published is None:
        return None
    rows = tuple(
        (row.label, affiche(row["value"].value, row["value"].status, unit_of(code)))
        for code in codes
        if (row := published.row(code)) is not None
    )
    if not rows:
        return None
    notes = tuple(f"{INDICATORS[code].label}\u00a0: {INDICATORS[code].limits}" for code in codes if INDICATORS[code].limits)
    columns = (Column("Indicateur"), Column("Valeur"))
    return published, Table(caption, columns, rows, source=source_of(portrait, published), notes=notes)


def coefficient(portrait: Portrait) -> Exhibit | None:
    """How far the mix of sectors differs from that of the reference."""
    found = _part(portrait, _SPECIALISED, "Coefficient de spécialisation")
    if found is None:
        return None
    return Exhibit("jobs_coefficient", "Spécialisation", _with_sentence(portrait, *found), _SPECIALISED)


def concentration(portrait: Portrait) -> Exhibit | None:
    """How far jobs are gathered in a few sectors and communes."""
    found = _part(portrait, _CONCENTRATED, "Concentration des emplois")
    if found is None:
        return None
    return Exhibit("jobs_concentration", "Concentration", found[1], _CONCENTRATED)


def _with_sentence(portrait: Portrait, published: PublishedTable, table: Table) -> Table:
    text = sentence(portrait, published)
    return replace(table, notes=(text, *table.notes) if text else table.notes)


BUILDERS: Final[dict[str, Builder]] = {
    "jobs_shift_total": shift_total,
    "jobs_shift_share": shift_share,
    "jobs_coefficient": coefficient,
    "jobs_concentration": concentration,
}
