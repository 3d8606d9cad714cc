"""What statistics with jobs show: the weight of the ESS in jobs, familles, sectors, sizes, communes, change over years.

Each exhibit carries the line of its own source, frozen with its table. A table whose figures are all withheld is still shown:
as the table of its signs, with the sentence that says so, never as an empty chart.
"""

from collections.abc import Iterable
from typing import Any, Final

from territories.foundations.formats import NBSP, Unit, affiche, capitalise, enumerate_fr
from territories.foundations.rendering import charts
from territories.foundations.rendering.document import Cell, Chart, Column, Map, Table
from territories.foundations.rendering.document import Figure as PrintedFigure
from territories.foundations.rendering.family_chart import FamilyShares, family_shares
from territories.foundations.vocabulary import EssFamily
from territories.observatory.exhibits.common import (
    Builder,
    Exhibit,
    bars,
    beside,
    cell,
    column,
    comparable,
    first_sentences,
    honest,
    largest_first,
    printed,
    sentence,
    source_of,
    twin,
)
from territories.observatory.portrait import Portrait, Side
from territories.observatory.portrait_map import jobs_map
from territories.observatory.statistics.employment.cells import OTHER_NON_PROFIT, OTHER_NON_PROFIT_LABEL
from territories.observatory.statistics.figures import Figure, share
from territories.observatory.statistics.indicators import INDICATORS, unit_of
from territories.observatory.statistics.sentences import Compared, sentence_of
from territories.observatory.statistics.tables import TABLE_TITLES
from territories.observatory.statistics.tables import Table as PublishedTable

_MILLION: Final = 1_000_000
COMPARISON_COLUMNS: Final = ("jobs", "private_job_share", "total_job_share", "jobs_per_1000", "fte_ratio", "pay_per_fte")
# The five shares of the ESS, each over its own denominator.
WEIGHTS: Final = (
    "private_job_share",
    "total_job_share",
    "private_pay_share",
    "total_pay_share",
    "source_establishment_share",
)
_WEIGHT_LABELS: Final = {
    "private_job_share": "Emplois salariés privés",
    "total_job_share": "Emplois salariés, public compris",
    "private_pay_share": "Masse salariale privée",
    "total_pay_share": "Masse salariale, public compris",
    "source_establishment_share": "Établissements employeurs",
}
# The headline figures, the share of private jobs first, and what each is a share or a number of.
HEADLINES: Final = {
    "private_job_share": "des emplois salariés privés du territoire",
    "total_job_share": "de tous les emplois salariés, public compris",
    "jobs": "postes salariés de l’ESS",
    "fte": "volume de travail de l’année, en temps plein",
    "gross_pay": "versés dans l’année aux salariés de l’ESS",
    "jobs_per_1000": "postes de l’ESS pour 1\u202f000 habitants",
}


def job_figures(portrait: Portrait) -> tuple[PrintedFigure, ...]:
    """The headline figures of employment, each naming its denominator; none without statistics."""
    table = portrait.tables.get("jobs_key_figures")
    if table is None:
        return ()
    return tuple(
        PrintedFigure(_headline(figure, unit_of(code)), INDICATORS[code].label, detail)
        for code, detail in HEADLINES.items()
        if table.row(code) is not None and (figure := table.figure(code, "value")).status.value != "///"
    )


def _headline(figure: Figure, unit: Unit) -> str:
    """A headline figure; amounts in millions or thousands of millions of euros, as people say them."""
    if unit is not Unit.EUROS or figure.value is None or figure.value < _MILLION:
        return affiche(figure.value, figure.status, unit)
    scale, sign = (1_000 * _MILLION, "Md€") if figure.value >= 1_000 * _MILLION else (_MILLION, "M€")
    text = affiche(figure.value / scale, figure.status, Unit.RATE)
    number, bracket, mark = text.partition(f"{NBSP}(")
    return f"{number}{NBSP}{sign}{bracket}{mark}"


def jobs_sentence(portrait: Portrait) -> str:
    """The sentence of the key figures of employment, with the comparison territories that have some."""
    # Only what they say of jobs is read here.
    silent = PublishedTable("key_figures", (), ())
    compared = [Compared(side.naming, silent, side.tables.get("jobs_key_figures")) for side in portrait.compared]
    return sentence_of(portrait.tables["jobs_key_figures"], portrait.naming, compared)


def weight_sentences(portrait: Portrait) -> str:
    """The opening words: how many jobs, and what they weigh in private jobs and in all jobs, without comparison."""
    return first_sentences(sentence_of(portrait.tables["jobs_key_figures"], portrait.naming), 3)


def _beside(portrait: Portrait, key: str) -> list[Side]:
    """The comparison territories that have this table for the same series, year and perimeter."""
    own = portrait.tables[key]
    return [side for side in portrait.compared if key in side.tables and comparable(own, side.tables[key])]


def _against(portrait: Portrait, key: str) -> Side | None:
    """The widest comparison territory that has this table."""
    return next(reversed(_beside(portrait, key)), None)


# --- The weight -----------------------------------------------------------------------------------------------------


def comparison(portrait: Portrait) -> Exhibit | None:
    """The share of private jobs beside the comparison territories."""
    published = portrait.tables.get("jobs_key_figures")
    if published is None:
        return None
    sides = [portrait.side, *_beside(portrait, "jobs_key_figures")]
    source = source_of(portrait, published)
    rows: list[tuple[Cell, ...]] = [
        (
            side.naming.name,
            *(printed(side.tables["jobs_key_figures"].figure(code, "value"), unit_of(code)) for code in COMPARISON_COLUMNS),
        )
        for side in sides
    ]
    table = Table(
        "L’emploi dans l’ESS et les territoires de comparaison",
        (Column("Territoire"), *(column(code) for code in COMPARISON_COLUMNS)),
        tuple(rows),
        source=source,
        emphasis=(0,),
    )
    shares = [side.tables["jobs_key_figures"].figure("private_job_share", "value") for side in sides]
    if not any(figure.known for figure in shares):
        return honest(portrait, published, "jobs_comparison", table, COMPARISON_COLUMNS)
    if len(sides) == 1:
        return None
    drawn = [
        charts.Bar(side.naming.name, printed(figure, Unit.SHARE), colour="main" if rank == 0 else "reference")
        for rank, (side, figure) in enumerate(zip(sides, shares, strict=True))
    ]
    chart = Chart(
        "Part de l’ESS dans l’emploi salarié privé",
        jobs_sentence(portrait),
        charts.horizontal_bars(drawn, unit="%", decimals=1),
        table,
        source,
    )
    return Exhibit("jobs_comparison", "Comparaison de l’emploi", chart, COMPARISON_COLUMNS)


def weight(portrait: Portrait) -> Exhibit | None:
    """The five shares of the ESS side by side, with those of the widest comparison territory as marks."""
    published = portrait.tables.get("jobs_key_figures")
    if published is None:
        return None
    codes = [code for code in WEIGHTS if published.row(code) is not None]
    if not any(published.figure(code, "value").known for code in codes):
        return None
    against = _against(portrait, "jobs_key_figures")
    theirs = against.tables["jobs_key_figures"] if against is not None else None
    source = source_of(portrait, published)
    drawn = [
        charts.Bar(
            _WEIGHT_LABELS[code],
            printed(published.figure(code, "value"), Unit.SHARE),
            reference=None if theirs is None else _mark(theirs, code),
        )
        for code in codes
    ]
    columns = [Column("Part de l’ESS dans…"), Column(portrait.naming.name, "percent")]
    rows: list[tuple[Cell, ...]] = []
    if against is not None:
        columns.append(Column(against.naming.name, "percent"))
    columns.append(Column("Dénominateur"))
    for code in codes:
        values = [printed(published.figure(code, "value"), Unit.SHARE)]
        if theirs is not None:
            values.append(printed(theirs.figure(code, "value"), Unit.SHARE))
        rows.append((_WEIGHT_LABELS[code], *values, capitalise(INDICATORS[code].denominator)))
    denominators = published.facts.get("denominators")
    table = Table(
        "Ce que pèse l’ESS, selon ce à quoi on la rapporte",
        tuple(columns),
        tuple(rows),
        source=source,
        notes=(f"Ensemble des activités\u00a0: {denominators}",) if denominators and denominators != source else (),
    )
    chart = Chart(
        "Ce que pèse l’ESS, selon ce à quoi on la rapporte",
        _weight_sentence(portrait, published),
        charts.horizontal_bars(
            drawn,
            unit="%",
            decimals=1,
            name=portrait.naming.name,
            reference_name=against.naming.name if against is not None else "",
        ),
        table,
        source,
        notes=table.notes,
    )
    return Exhibit("jobs_weight", "Le poids selon le dénominateur", chart, tuple(codes))


def _mark(theirs: PublishedTable, code: str) -> Any:
    figure = theirs.figure(code, "value")
    return printed(figure, Unit.SHARE) if figure.known else None


def _weight_sentence(portrait: Portrait, published: PublishedTable) -> str:
    """« L’ESS représente 14,1 % des emplois salariés privés, et 10,2 % de l’emploi total… »."""
    parts = [
        f"{affiche(figure.value, figure.status, Unit.SHARE)} {wording}"
        for code, wording in (
            ("private_job_share", "des emplois salariés privés"),
            ("total_job_share", "de tous les emplois salariés, public compris"),
            ("private_pay_share", "de la masse salariale privée"),
            ("source_establishment_share", "des établissements employeurs"),
        )
        if (figure := published.figure(code, "value")).known
    ]
    if not parts:
        return sentence(portrait, published)
    text = f"{capitalise(portrait.naming.dans)}, l’ESS représente {enumerate_fr(parts)}"
    return f"{text}. Une part n’a de sens qu’avec son dénominateur\u00a0: le même nombre d’emplois pèse plus dans le privé seul."


# --- Familles, sectors, sizes ---------------------------------------------------------------------------------------


def families(portrait: Portrait) -> Exhibit | None:
    """Jobs by famille, beside establishments of the same source."""
    published = portrait.tables.get("jobs_families")
    if published is None:
        return None
    codes = ("jobs", "job_family_share", "source_establishments", "fte", "fte_ratio", "pay_per_fte")
    source = source_of(portrait, published)
    table = twin(published, "Famille", codes, caption="Les emplois de l’ESS par famille", source=source)
    if not any(cell(row, "job_family_share").known for row in published.rows):
        return honest(portrait, published, "jobs_families", table, codes)
    jobs = {row.key: cell(row, "job_family_share") for row in published.rows}
    if not _make_a_whole(jobs.values()):
        # A source whose familles exceed their total is shown as it is, in figures: a bar of more than 100 % would lie.
        return honest(portrait, published, "jobs_families", table, codes)
    whole = cell(published.total, "source_establishments") if published.total is not None else None
    drawn = [_family_bar("Emplois salariés", jobs)]
    if whole is not None and whole.known:
        held = {row.key: share(cell(row, "source_establishments"), whole) for row in published.rows}
        if _make_a_whole(held.values()):
            drawn.append(_family_bar("Établissements", held))
    chart = Chart("Les emplois par famille", sentence(portrait, published), family_shares(drawn), table, source)
    return Exhibit("jobs_families", TABLE_TITLES["jobs_families"], chart, codes)


def _make_a_whole(shares: Iterable[Figure]) -> bool:
    """Whether parts may be drawn as one bar: together they do not exceed the whole, to the rounding."""
    return sum(figure.value for figure in shares if figure.value is not None) <= 1.001


def _family_bar(label: str, figures: dict[str, Any]) -> FamilyShares:
    shares = {family: printed(figures[family.value], Unit.SHARE) for family in EssFamily if family.value in figures}
    others = {OTHER_NON_PROFIT_LABEL: printed(figures[OTHER_NON_PROFIT], Unit.SHARE)} if OTHER_NON_PROFIT in figures else {}
    return FamilyShares(label, shares, others)


def sectors(portrait: Portrait) -> Exhibit | None:
    published = portrait.tables.get("jobs_sectors")
    if published is None:
        return None
    codes = ("jobs", "job_sector_mix", "job_sector_share", "job_specialisation")
    source = source_of(portrait, published)
    table = twin(published, "Secteur d’activité", codes, caption="Les emplois de l’ESS par secteur d’activité", source=source)
    rows = largest_first(published.rows, "jobs")
    if not any(cell(row, "jobs").known for row in rows):
        return honest(portrait, published, "jobs_sectors", table, codes)
    chart = Chart(
        "Les emplois par secteur d’activité",
        sentence(portrait, published),
        charts.horizontal_bars(bars(rows, "jobs")),
        table,
        source,
    )
    return Exhibit("jobs_sectors", TABLE_TITLES["jobs_sectors"], chart, codes)


def sector_share(portrait: Portrait) -> Exhibit | None:
    """The share of the ESS in the private jobs of each sector, the widest comparison territory as a mark."""
    published = portrait.tables.get("jobs_sectors")
    if published is None:
        return None
    rows = largest_first(published.rows, "job_sector_share")
    known = [row for row in rows if cell(row, "job_sector_share").known]
    if not known:
        return None
    against = _against(portrait, "jobs_sectors")
    codes = ("job_sector_share", "jobs", "sector_private_jobs", "job_sector_total_share", "sector_total_jobs")
    source = source_of(portrait, published)
    table = twin(
        published, "Secteur d’activité", codes, caption="Part de l’ESS dans les emplois de chaque secteur", source=source
    )
    if against is not None:
        table = beside(table, published, against, "job_sector_share")
    best = known[0]
    figure = cell(best, "job_sector_share")
    text = (
        f"{capitalise(portrait.naming.dans)}, c’est dans le secteur «\u00a0{best.label}\u00a0» que l’ESS pèse le plus dans "
        f"l’emploi\u00a0: {affiche(figure.value, figure.status, Unit.SHARE)} des emplois salariés privés du secteur."
    )
    spec = charts.horizontal_bars(
        bars(rows, "job_sector_share", against.tables["jobs_sectors"] if against is not None else None),
        unit="%",
        decimals=1,
        name=portrait.naming.name,
        reference_name=against.naming.name if against is not None else "",
    )
    chart = Chart("La part de l’ESS dans les emplois de chaque secteur", text, spec, table, source)
    return Exhibit("jobs_sector_share", "Part de l’ESS dans les emplois des secteurs", chart, codes)


def specialisation(portrait: Portrait) -> Exhibit | None:
    """The index of specificity in jobs, only where at least one sector is large enough to mean something."""
    published = portrait.tables.get("jobs_sectors")
    reference = published.facts.get("reference") if published is not None else None
    if published is None or not reference:
        return None
    rows = [row for row in published.rows if cell(row, "job_specialisation").known]
    if not rows:
        return None
    rows.sort(key=lambda row: (-(cell(row, "job_specialisation").value or 0), row.label))
    codes = ("jobs", "job_sector_mix", "job_specialisation")
    source = source_of(portrait, published)
    table = twin(published, "Secteur d’activité", codes, caption="Indice de spécificité des emplois de l’ESS", source=source)
    most = cell(rows[0], "job_specialisation")
    text = (
        f"L’indice le plus élevé est celui du secteur «\u00a0{rows[0].label}\u00a0»\u00a0: "
        f"{affiche(most.value, most.status, Unit.INDEX)}. Au-dessus de 1, le secteur pèse plus dans les emplois de l’ESS "
        f"{portrait.naming.de} que dans ceux de la référence ({reference['name']})."
    )
    threshold = published.facts.get("threshold", 30)
    chart = Chart(
        "Ce qui distingue les emplois de l’ESS du territoire",
        text,
        charts.specialisation(bars(rows, "job_specialisation"), reference_name=reference["name"]),
        table,
        source,
        notes=(f"Les secteurs de moins de {threshold} emplois de l’ESS, ou masqués, ne sont pas dessinés.",),
    )
    return Exhibit("jobs_specialisation", "Spécificités de l’emploi", chart, ("job_specialisation",))


def sizes(portrait: Portrait) -> Exhibit | None:
    """For each class of size, its share of the establishments beside its share of the jobs."""
    published = portrait.tables.get("jobs_sizes")
    if published is None or not published.rows:
        return None
    codes = ("source_establishments", "source_size_share", "jobs", "job_size_share")
    source = source_of(portrait, published)
    table = twin(published, "Salariés au 31 décembre", codes, caption="Établissements et emplois par taille", source=source)
    shown = [row for row in published.rows if any(cell(row, code).value != 0 for code in ("source_establishments", "jobs"))]
    measures = [("Établissements", "source_size_share", "reference"), ("Emplois", "job_size_share", "main")]
    series = [
        charts.Series(name, tuple(printed(cell(row, code), Unit.SHARE) for row in shown), hue)
        for name, code, hue in measures
        if any(cell(row, code).known for row in shown)
    ]
    if not series:
        return honest(portrait, published, "jobs_sizes", table, codes)
    chart = Chart(
        "Petits et grands employeurs\u00a0: établissements et emplois",
        sentence(portrait, published),
        charts.grouped_bars([f"{row.label} salariés" for row in shown], series, unit="%", decimals=1),
        table,
        source,
    )
    return Exhibit("jobs_sizes", TABLE_TITLES["jobs_sizes"], chart, codes)


# --- Communes -------------------------------------------------------------------------------------------------------


def communes(portrait: Portrait) -> Exhibit | None:
    """The map of the jobs of the communes: a masked one is a hollow ring, never sized."""
    published = portrait.tables.get("jobs_communes")
    if published is None or len(published.rows) < 2:
        return None
    codes = ("jobs", "jobs_per_1000", "private_job_share", "population")
    source = source_of(portrait, published)
    table = twin(published, "Commune", codes, caption="Les emplois de l’ESS dans les communes", source=source)
    text = sentence(portrait, published)
    drawn = jobs_map(portrait, text)
    if drawn is None:
        return honest(portrait, published, "jobs_communes", table, codes)
    block = Map("Les emplois de l’ESS dans les communes", text, drawn.svg, source, table, notes=drawn.notes)
    return Exhibit("jobs_communes", TABLE_TITLES["jobs_communes"], block, codes)


BUILDERS: Final[dict[str, Builder]] = {
    "jobs_comparison": comparison,
    "jobs_weight": weight,
    "jobs_families": families,
    "jobs_sectors": sectors,
    "jobs_sector_share": sector_share,
    "jobs_specialisation": specialisation,
    "jobs_sizes": sizes,
    "jobs_communes": communes,
}
