"""Who works in the ESS, for what pay and how much of full time; and what becomes of the establishments that are created."""

from typing import Any, Final

from territories.foundations.formats import Unit, affiche, capitalise, points
from territories.foundations.rendering import charts
from territories.foundations.rendering.charts_series import mirrored_bars
from territories.foundations.rendering.document import Cell, Chart, Column, Table
from territories.observatory.exhibits.common import (
    Builder,
    Exhibit,
    cell,
    column,
    honest,
    printed,
    sentence,
    source_of,
    twin,
)
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.employment.cells import AGE_CLASSES
from territories.observatory.statistics.figures import Figure, difference
from territories.observatory.statistics.indicators import INDICATORS, unit_of
from territories.observatory.statistics.tables import TABLE_TITLES, Row
from territories.observatory.statistics.tables import Table as PublishedTable

_PEOPLE: Final = ("jobs", "people_share", "other_people_share")
# Pay per full-time equivalent: what is compared, and the colour that each keeps.
_PAYS: Final = (
    ("pay_per_fte", "ESS", "main"),
    ("other_pay_per_fte", "Privé hors ESS", "reference"),
    ("public_pay_per_fte", "Public", "enterprise"),
)
_SURVIVALS: Final = (("survival_3", "Trois ans après", "main"), ("survival_5", "Cinq ans après", "commercial"))


def _people_rows(published: PublishedTable, prefix: str) -> list[Row]:
    return [row for row in published.rows if row.key.startswith(prefix)]


def _part(published: PublishedTable, prefix: str, caption: str, head: str, source: str) -> Table:
    """The rows of one dimension of the table of people, without a total: age classes may overlap."""
    rows = tuple(
        (row.label, *(printed(cell(row, code), unit_of(code)) for code in _PEOPLE)) for row in _people_rows(published, prefix)
    )
    return Table(caption, (Column(head), *(column(code) for code in _PEOPLE)), rows, source=source)


def _of_people(portrait: Portrait, key: str, prefix: str, caption: str, head: str, title: str) -> Exhibit | None:
    """ESS on the left, the rest of the private sector on the right, on one scale."""
    published = portrait.tables.get("jobs_people")
    rows = _people_rows(published, prefix) if published is not None else []
    if published is None or not rows:
        return None
    source = source_of(portrait, published)
    table = _part(published, prefix, caption, head, source)
    if not any(cell(row, "people_share").known for row in rows):
        return honest(portrait, published, key, table, _PEOPLE)
    own = charts.Series("ESS", tuple(printed(cell(row, "people_share"), Unit.SHARE) for row in rows), "main")
    labels = [row.label for row in rows]
    if any(cell(row, "other_people_share").known for row in rows):
        others = tuple(printed(cell(row, "other_people_share"), Unit.SHARE) for row in rows)
        spec = mirrored_bars(labels, own, charts.Series("Privé hors ESS", others, "reference"), unit="%", decimals=1)
    else:
        spec = charts.grouped_bars(labels, [own], unit="%", decimals=1)
    notes = ("Les classes d’âge se recouvrent\u00a0: elles ne s’additionnent pas.",) if _overlap(rows) else ()
    chart = Chart(title, _people_sentence(portrait, rows), spec, table, source, notes=notes)
    return Exhibit(key, caption, chart, _PEOPLE)


def _overlap(rows: list[Row]) -> bool:
    """True when a class is inside another: « 55 ans et plus » inside « 50 ans et plus »."""
    keys = {row.key.partition(":")[2] for row in rows}
    return "55P" in keys and "50P" in keys


def _people_sentence(portrait: Portrait, rows: list[Row]) -> str:
    """The largest row, in the ESS and outside it."""
    first = max((row for row in rows if cell(row, "people_share").known), key=lambda row: cell(row, "people_share").value or 0)
    if first.key.startswith("sex:"):
        first = next((row for row in rows if row.key == "sex:F" and cell(row, "people_share").known), first)
    own, other = cell(first, "people_share"), cell(first, "other_people_share")
    who = first.label[0].lower() + first.label[1:]
    who = f"les {who}" if first.key.startswith("sex:") else f"les salariés de {who}"
    text = (
        f"{capitalise(portrait.naming.dans)}, {who} occupent {affiche(own.value, own.status, Unit.SHARE)} "
        "des emplois salariés de l’ESS"
    )
    if other.known:
        text += f", contre {affiche(other.value, other.status, Unit.SHARE)} dans le reste du privé"
    return f"{text}."


def gender(portrait: Portrait) -> Exhibit | None:
    """Women and men in the ESS and in the rest of the private sector."""
    return _of_people(
        portrait, "jobs_gender", "sex:", "Les emplois par sexe", "Sexe", "Femmes et hommes dans l’ESS et dans le reste du privé"
    )


def ages(portrait: Portrait) -> Exhibit | None:
    """The ages of those who work in the ESS and in the rest of the private sector."""
    return _of_people(
        portrait,
        "jobs_ages",
        "age:",
        "Les emplois par âge",
        "Âge du salarié",
        "Les âges dans l’ESS et dans le reste du privé",
    )


def retirement(portrait: Portrait) -> Exhibit | None:
    """Those who may retire within ten years: the share of the oldest class of the source, here and outside the ESS."""
    published = portrait.tables.get("jobs_key_figures")
    if published is None or published.row("over_50_share") is None:
        return None
    own, other = (published.figure(code, "value") for code in ("over_50_share", "other_over_50_share"))
    if not own.known:
        return None
    source = source_of(portrait, published)
    label = AGE_CLASSES.get(str(published.facts.get("retirement_class")), AGE_CLASSES["50P"])
    lines: list[tuple[str, Figure, str]] = [("ESS", own, "main")]
    if other.known:
        lines.append(("Privé hors ESS", other, "reference"))
    rows: list[tuple[Cell, ...]] = [(name, printed(figure, Unit.SHARE)) for name, figure, _ in lines]
    table = Table(f"Salariés de {label}", (Column("Secteur"), Column("Part des salariés", "percent")), tuple(rows), source=source)
    text = (
        f"{capitalise(portrait.naming.dans)}, {affiche(own.value, own.status, Unit.SHARE)} des salariés de l’ESS ont {label}"
        "\u00a0: ils peuvent partir à la retraite dans les dix ans"
    )
    gap = difference(own, other)
    if gap.known:
        text += f". L’écart avec le reste du privé est de {points(gap.value)}"
    chart = Chart(
        "Les départs à la retraite d’ici dix ans",
        f"{text}.",
        charts.horizontal_bars(
            [charts.Bar(name, printed(figure, Unit.SHARE), colour=hue) for name, figure, hue in lines], unit="%", decimals=1
        ),
        table,
        source,
        notes=(f"Convention\u00a0: salariés de {label} rapportés à tous les salariés. Ce n’est pas une prévision.",),
    )
    return Exhibit("jobs_retirement", "Départs à la retraite", chart, ("over_50_share", "other_over_50_share"))


def pay(portrait: Portrait) -> Exhibit | None:
    """Gross pay per full-time equivalent in the ESS, in the rest of the private sector and in the public sector."""
    published = portrait.tables.get("jobs_key_figures")
    if published is None:
        return None
    lines = [(code, name, hue) for code, name, hue in _PAYS if published.row(code) is not None]
    if not any(published.figure(code, "value").known for code, _, _ in lines):
        return None
    source = source_of(portrait, published)
    values = {code: printed(published.figure(code, "value"), unit_of(code)) for code, _, _ in lines}
    rows: list[tuple[Cell, ...]] = [(name, values[code]) for code, name, _ in lines]
    table = Table(
        "Salaire brut annuel par équivalent temps plein",
        (Column("Secteur"), Column("Euros par ETP", "number")),
        tuple(rows),
        source=source,
    )
    chart = Chart(
        "Le salaire brut annuel, par équivalent temps plein",
        _pay_sentence(portrait, published),
        charts.horizontal_bars([charts.Bar(name, values[code], colour=hue) for code, name, hue in lines], unit="€"),
        table,
        source,
        notes=(
            "Moyenne brute, avant cotisations salariales et impôt\u00a0; elle dépend des métiers et des âges de chaque secteur.",
        ),
    )
    return Exhibit("jobs_pay", "Salaires", chart, tuple(code for code, _, _ in lines))


def _pay_sentence(portrait: Portrait, published: PublishedTable) -> str:
    own, other = (published.figure(code, "value") for code in ("pay_per_fte", "other_pay_per_fte"))
    if not own.known:
        return f"Le salaire moyen dans l’ESS {portrait.naming.de} ne peut pas être publié."
    text = (
        f"{capitalise(portrait.naming.dans)}, un équivalent temps plein de l’ESS est payé {_euros(own)} bruts par an en moyenne"
    )
    return f"{text}, contre {_euros(other)} dans le reste du privé." if other.known else f"{text}."


def _euros(figure: Figure) -> str:
    return affiche(figure.value, figure.status, Unit.EUROS)


def working_time(portrait: Portrait) -> Exhibit | None:
    """Full-time equivalents for one job, by famille: how far jobs are from full time."""
    published = portrait.tables.get("jobs_families")
    if published is None:
        return None
    lines = [*published.rows, *([published.total] if published.total is not None else [])]
    known = [line for line in lines if cell(line, "fte_ratio").known]
    if not known:
        return None
    source = source_of(portrait, published)
    codes = ("jobs", "fte", "fte_ratio")
    table = twin(published, "Famille", codes, caption="Emplois et équivalents temps plein par famille", source=source)
    shown = [line for line in lines if cell(line, "jobs").value != 0]
    drawn = [
        charts.Bar(
            line.label,
            printed(cell(line, "fte_ratio"), Unit.INDEX),
            colour=_family_hue(line.key) if line is not published.total else "reference",
        )
        for line in shown
    ]
    chart = Chart(
        "Le temps de travail\u00a0: équivalents temps plein par emploi",
        _time_sentence(portrait, published, known),
        charts.horizontal_bars(drawn, decimals=2),
        table,
        source,
        notes=("Un emploi à temps plein toute l’année vaut 1\u00a0; temps partiels et contrats courts font baisser le rapport.",),
    )
    return Exhibit("jobs_working_time", "Temps de travail", chart, ("fte_ratio", "fte"))


def _family_hue(key: str) -> str:
    return key if key in {"association", "cooperative", "mutuelle", "fondation", "commercial"} else "reference"


def _time_sentence(portrait: Portrait, published: PublishedTable, known: list[Row]) -> str:
    """The whole when it is known, else the famille nearest to full time."""
    whole = published.total
    first = whole if whole is not None and cell(whole, "fte_ratio").known else known[0]
    figure = cell(first, "fte_ratio")
    who = "un emploi de l’ESS" if first is whole else f"un emploi de la famille «\u00a0{first.label}\u00a0»"
    return (
        f"{capitalise(portrait.naming.dans)}, {who} représente en moyenne {affiche(figure.value, figure.status, Unit.INDEX)} "
        "équivalent temps plein sur l’année."
    )


def survival(portrait: Portrait) -> Exhibit | None:
    """Of the establishments created each year, how many are still open three and five years later."""
    published = portrait.tables.get("survival")
    if published is None or not published.rows:
        return None
    codes = ("created", "survival_3", "survival_5")
    source = source_of(portrait, published)
    table = twin(published, "Année de création", codes, caption="Ce que deviennent les établissements créés", source=source)
    rows = [row for row in published.rows if row.key.isdigit()][-8:]
    series: list[Any] = [
        charts.Series(name, tuple(printed(cell(row, code), Unit.SHARE) for row in rows), hue)
        for code, name, hue in _SURVIVALS
        if any(cell(row, code).known for row in rows)
    ]
    if not series:
        return honest(portrait, published, "survival", table, codes)
    chart = Chart(
        "Ce que deviennent les établissements créés",
        sentence(portrait, published),
        charts.columns_over_years([int(row.key) for row in rows], series, unit="%"),
        table,
        source,
    )
    return Exhibit("survival", TABLE_TITLES["survival"], chart, tuple(code for code in codes if code in INDICATORS))


BUILDERS: Final[dict[str, Builder]] = {
    "jobs_gender": gender,
    "jobs_ages": ages,
    "jobs_retirement": retirement,
    "jobs_pay": pay,
    "jobs_working_time": working_time,
    "survival": survival,
}
