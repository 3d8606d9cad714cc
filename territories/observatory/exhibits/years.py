"""Jobs year after year: numbers, indices against the rest of the private sector, other sources apart.

A chart never joins two years that are not compared: the reason is printed with it.
"""

from itertools import pairwise
from typing import Final

from territories.foundations.formats import Unit, affiche, capitalise
from territories.foundations.rendering import charts
from territories.foundations.rendering.charts_series import lines_over_years
from territories.foundations.rendering.document import Chart, Table
from territories.observatory.exhibits.common import Builder, Exhibit, cell, honest, printed, sentence, source_of, twin
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.tables import TABLE_TITLES
from territories.observatory.statistics.tables import Table as PublishedTable


def _breaks(published: PublishedTable) -> list[int]:
    """The years not comparable with the one before although both are known: where a series breaks."""
    segments = [set(segment.get("years", ())) for segment in published.facts.get("segments", ())]
    years = [row for row in published.rows if row.key.isdigit()]
    return [
        int(after.key)
        for before, after in pairwise(years)
        if cell(before, "jobs").known
        and cell(after, "jobs").known
        and not any({int(before.key), int(after.key)} <= segment for segment in segments)
    ]


def _refusals(published: PublishedTable) -> tuple[str, ...]:
    return tuple(str(refusal) for refusal in published.facts.get("refusals", ()))


def _years_table(published: PublishedTable, source: str) -> Table:
    codes = ("jobs", "job_change", "job_index", "other_job_index")
    lines = [str(line) for line in published.facts.get("sources", ()) if line != source]
    caption = "L’emploi de l’ESS année après année"
    return twin(published, "Année", codes, caption=caption, source=source, notes=(*_refusals(published), *lines))


def levels(portrait: Portrait) -> Exhibit | None:
    """The number of jobs each year, as columns; a break is said under them."""
    published = portrait.tables.get("jobs_evolution")
    if published is None or not published.rows:
        return None
    source = source_of(portrait, published)
    table = _years_table(published, source)
    codes = ("jobs", "job_change", "job_index", "other_job_index")
    if not any(cell(row, "jobs").known for row in published.rows):
        return honest(portrait, published, "jobs_levels", table, codes)
    if len(published.rows) < 2:
        return None
    rows = published.rows[-10:]
    spec = charts.columns_over_years(
        [int(row.key) for row in rows],
        [charts.Series("Emplois de l’ESS", tuple(printed(cell(row, "jobs"), Unit.COUNT) for row in rows), "main")],
        breaks=_breaks(published),
    )
    chart = Chart("Les emplois de l’ESS, année après année", sentence(portrait, published), spec, table, source)
    return Exhibit("jobs_levels", "Les emplois, année après année", chart, codes)


def evolution(portrait: Portrait) -> Exhibit | None:
    """The index of the jobs of the ESS against the rest of the private sector, cut where figures stop being comparable."""
    published = portrait.tables.get("jobs_evolution")
    if published is None:
        return None
    rows = [row for row in published.rows if row.key.isdigit()]
    known = [row for row in rows if cell(row, "job_index").known]
    if len(known) < 2:
        return None
    source = source_of(portrait, published)
    series = [charts.Series("ESS", tuple(printed(cell(row, "job_index"), Unit.RATE) for row in rows), "main")]
    if any(cell(row, "other_job_index").known for row in rows):
        others = tuple(printed(cell(row, "other_job_index"), Unit.RATE) for row in rows)
        series.append(charts.Series("Privé hors ESS", others, "reference"))
    bases = [str(segment.get("base") or segment["years"][0]) for segment in published.facts.get("segments", [])]
    spec = lines_over_years([int(row.key) for row in rows], series, breaks=_breaks(published), base=100)
    chart = Chart(
        "L’emploi de l’ESS et celui du reste du privé, en indice",
        _index_sentence(portrait, published),
        spec,
        _years_table(published, source),
        source,
        notes=(*((f"Base 100 en {' puis en '.join(bases)}.",) if bases else ()), *_refusals(published)),
    )
    return Exhibit("jobs_evolution", TABLE_TITLES["jobs_evolution"], chart, ("job_index", "other_job_index", "job_change"))


def _index_sentence(portrait: Portrait, published: PublishedTable) -> str:
    """Where both indices stand at the end of the last segment."""
    segments = published.facts.get("segments", [])
    years = [str(year) for year in segments[-1]["years"]] if segments else [row.key for row in published.rows]
    known = [row for row in published.rows if row.key in years and cell(row, "job_index").known]
    if len(known) < 2:
        return sentence(portrait, published)
    last, first = known[-1], known[0]
    own = cell(last, "job_index")
    text = (
        f"{capitalise(portrait.naming.dans)}, pour 100 emplois de l’ESS en {first.label}, on en compte "
        f"{affiche(own.value, own.status, Unit.RATE)} en {last.label}"
    )
    other = cell(last, "other_job_index")
    if other.known:
        text += f"\u00a0; pour 100 emplois du reste du privé, {affiche(other.value, other.status, Unit.RATE)}"
    return f"{text}."


def other_series(portrait: Portrait) -> Exhibit | None:
    """The figures of other sources, apart: never chained with the main series."""
    published = portrait.tables.get("jobs_other_series")
    if published is None or not published.rows:
        return None
    codes = ("jobs", "source_establishments", "gross_pay", "job_change")
    described = published.facts.get("series", [])
    source = source_of(portrait, published)
    lines = tuple(str(one["source"]) for one in described if one.get("source") and one["source"] != source)
    table = twin(
        published,
        "Source et année",
        codes,
        caption="D’autres sources, à lire à part",
        source=source,
        notes=(*_refusals(published), *lines),
    )
    text = sentence(portrait, published)
    if text:
        table = Table(table.caption, table.columns, table.rows, (text, *table.notes), table.source)
    return Exhibit("jobs_other_series", TABLE_TITLES["jobs_other_series"], table, codes)


BUILDERS: Final[dict[str, Builder]] = {
    "jobs_evolution": evolution,
    "jobs_levels": levels,
    "jobs_other_series": other_series,
}
