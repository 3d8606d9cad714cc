"""What the register of enterprises shows: employers, familles, sectors, sizes, communes, creations, largest employers."""

from collections.abc import Callable
from typing import Any, Final

from territories.foundations.formats import Unit, affiche, capitalise, nombre
from territories.foundations.rendering import charts
from territories.foundations.rendering.document import Cell, Chart, Column, Map, Table
from territories.foundations.rendering.document import Figure as PrintedFigure
from territories.foundations.rendering.family_chart import FamilyShares, family_shares
from territories.foundations.vocabulary import EssFamily
from territories.observatory.exhibits.common import (
    Exhibit,
    bars,
    beside,
    column,
    largest_first,
    printed,
    sentence,
    sides_of,
    twin,
)
from territories.observatory.portrait import Portrait
from territories.observatory.portrait_map import communes_map
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.indicators import INDICATORS, unit_of
from territories.observatory.statistics.sentences import Compared, sentence_of
from territories.observatory.statistics.tables import FAMILY_LABELS, TABLE_TITLES

# What the comparison puts side by side.
COMPARISON_COLUMNS = ("employers", "enterprises", "private_share", "total_share", "density", "presence")
HEADLINES = ("employers", "private_share", "density", "enterprises", "non_employers", "presence")


# --- The opening ----------------------------------------------------------------------------------------------------


def key_figures(portrait: Portrait) -> tuple[PrintedFigure, ...]:
    """The headline figures, each with its definition in few words."""
    table = portrait.tables["key_figures"]
    details = {
        "employers": "actifs, ayant employé dans l’année de référence",
        "private_share": "des établissements employeurs privés",
        "density": "établissements employeurs pour 10\u202f000 habitants",
        "enterprises": "numéros SIREN distincts",
        "non_employers": "chiffre secondaire\u00a0: surtout des associations de bénévoles",
        "presence": "des communes ont au moins un employeur de l’ESS",
    }
    return tuple(
        PrintedFigure(affiche(figure.value, figure.status, unit_of(code)), INDICATORS[code].label, details[code])
        for code in HEADLINES
        if not _without_object(figure := table.figure(code, "value"))
    )


def _without_object(figure: Figure) -> bool:
    return figure.status.value == "///"


def comparison(portrait: Portrait) -> Exhibit | None:
    """The weight of the ESS beside the comparison territories."""
    if not portrait.compared_in_register:
        return None
    sides = sides_of(portrait)
    rows: list[tuple[Cell, ...]] = []
    for side in sides:
        table = side.tables["key_figures"]
        rows.append((side.naming.name, *(printed(table.figure(code, "value"), unit_of(code)) for code in COMPARISON_COLUMNS)))
    source = portrait.source
    table = Table(
        "Le poids de l’ESS et les territoires de comparaison",
        (Column("Territoire"), *(column(code) for code in COMPARISON_COLUMNS)),
        tuple(rows),
        source=source,
        emphasis=(0,),
    )
    drawn = [
        charts.Bar(
            side.naming.name,
            printed(side.tables["key_figures"].figure("private_share", "value"), Unit.SHARE),
            colour="main" if rank == 0 else "reference",
        )
        for rank, side in enumerate(sides)
    ]
    compared = [Compared(side.naming, side.tables["key_figures"]) for side in portrait.compared_in_register]
    chart = Chart(
        "Part de l’ESS dans les établissements employeurs privés",
        sentence_of(portrait.tables["key_figures"], portrait.naming, compared),
        charts.horizontal_bars(drawn, unit="%", decimals=1),
        table,
        source,
    )
    return Exhibit("comparison", "Comparaison", chart, ("private_share", "total_share", "density", "presence"))


# --- One exhibit a table --------------------------------------------------------------------------------------------


def families(portrait: Portrait) -> Exhibit:
    published = portrait.tables["families"]
    table = twin(
        published,
        "Famille",
        ("employers", "family_share", "non_employers"),
        caption="Établissements de l’ESS par famille",
        source=portrait.source,
    )
    shown = [portrait.side, *portrait.compared_in_register[-1:]]
    spec = family_shares(
        [
            FamilyShares(
                side.naming.name,
                {EssFamily(row.key): printed(row["family_share"], Unit.SHARE) for row in side.tables["families"].rows},
            )
            for side in shown
        ]
    )
    chart = Chart("Les familles de l’ESS", sentence(portrait, published), spec, table, portrait.source)
    return Exhibit("families", TABLE_TITLES["families"], chart, ("family_share",))


def sectors(portrait: Portrait) -> Exhibit | None:
    published = portrait.tables["sectors"]
    rows = largest_first(published.rows, "employers")
    if not rows:
        return None
    table = twin(
        published,
        "Secteur d’activité",
        ("employers", "sector_mix", "private_employers", "sector_share", "specialisation"),
        caption="Établissements employeurs de l’ESS par secteur d’activité",
        source=portrait.source,
    )
    chart = Chart(
        "Les secteurs d’activité de l’ESS",
        sentence(portrait, published),
        charts.horizontal_bars(bars(rows, "employers"), unit=""),
        table,
        portrait.source,
    )
    return Exhibit("sectors", TABLE_TITLES["sectors"], chart, ("sector_mix", "sector_share", "specialisation"))


def sector_share(portrait: Portrait) -> Exhibit | None:
    """The share of the ESS in the private employers of each sector, the widest comparison territory as a mark."""
    published = portrait.tables["sectors"]
    rows = largest_first(published.rows, "sector_share")
    if not rows:
        return None
    against = portrait.compared_in_register[-1] if portrait.compared_in_register else None
    reference = against.tables["sectors"] if against else None
    codes = ("sector_share", "private_employers", "employers")
    table = twin(published, "Secteur d’activité", codes, caption="Part de l’ESS dans chaque secteur", source=portrait.source)
    if against is not None:
        table = beside(table, published, against, "sector_share")
    best = max((row for row in rows if row["sector_share"].known), key=lambda row: row["sector_share"].value or 0, default=None)
    if best is None:
        return None
    share = affiche(best["sector_share"].value, best["sector_share"].status, Unit.SHARE)
    text = (
        f"{capitalise(portrait.naming.dans)}, c’est dans le secteur «\u00a0{best.label}\u00a0» que l’ESS pèse le plus\u00a0: "
        f"{share} des établissements employeurs privés du secteur."
    )
    spec = charts.horizontal_bars(
        bars(rows, "sector_share", reference),
        unit="%",
        decimals=1,
        name=portrait.naming.name,
        reference_name=against.naming.name if against else "",
    )
    chart = Chart("La part de l’ESS dans chaque secteur", text, spec, table, portrait.source)
    return Exhibit("sector_share", "Part de l’ESS dans les secteurs", chart, ("sector_share",))


def specialisation(portrait: Portrait) -> Exhibit | None:
    """The index of specificity, only when at least one sector is large enough to mean something."""
    published = portrait.tables["sectors"]
    reference = published.facts.get("reference")
    rows = [row for row in published.rows if row["specialisation"].known]
    if not reference or not rows:
        return None
    rows.sort(key=lambda row: (-(row["specialisation"].value or 0), row.label))
    table = twin(
        published,
        "Secteur d’activité",
        ("employers", "sector_mix", "specialisation"),
        caption="Indice de spécificité des secteurs de l’ESS",
        source=portrait.source,
    )
    most = rows[0]
    index = affiche(most["specialisation"].value, most["specialisation"].status, Unit.INDEX)
    text = (
        f"L’indice le plus élevé est celui du secteur «\u00a0{most.label}\u00a0»\u00a0: {index}. Au-dessus de 1, le secteur "
        f"pèse plus dans l’ESS {portrait.naming.de} que dans celle de la référence ({reference['name']})."
    )
    chart = Chart(
        "Ce qui distingue l’ESS du territoire",
        text,
        charts.specialisation(bars(rows, "specialisation"), reference_name=reference["name"]),
        table,
        portrait.source,
        notes=(
            "Les secteurs de moins de 30 établissements employeurs de l’ESS ne sont pas significatifs (n.s.)\u00a0: "
            "ils ne sont pas dessinés.",
        ),
    )
    return Exhibit("specialisation", "Spécificités", chart, ("specialisation",))


def family_sector(portrait: Portrait) -> Exhibit | None:
    """Familles by sector, turned so that the long dimension goes down the page."""
    published = portrait.tables["family_sector"]
    if published.is_empty:
        return None
    sector_rows = portrait.tables["sectors"].rows
    names = [row.key for row in published.rows]
    rows: list[tuple[Cell, ...]] = []
    for sector in sector_rows:
        if sector.key not in published.columns:
            continue
        cells = [printed(published.figure(name, sector.key), Unit.COUNT) for name in names]
        total = published.total.cells.get(sector.key) if published.total is not None else None
        if total is not None and total.value == 0:
            continue
        rows.append((sector.label, *cells, *([] if total is None else [printed(total, Unit.COUNT)])))
    if not rows:
        return None
    ends = [Column("Ensemble", "number")] if published.total is not None else []
    table = Table(
        "Établissements employeurs de l’ESS par secteur et par famille",
        (Column("Secteur d’activité"), *(Column(FAMILY_LABELS[name], "number") for name in names), *ends),
        tuple(rows),
        source=portrait.source,
    )
    return Exhibit("family_sector", TABLE_TITLES["family_sector"], table, ())


def sizes(portrait: Portrait) -> Exhibit | None:
    published = portrait.tables["sizes"]
    rows = [row for row in published.rows if not (row["employers"].known and not row["employers"].value)]
    if not rows:
        return None
    table = twin(
        published,
        "Salariés (tranche Sirene)",
        ("employers", "size_share"),
        caption="Établissements employeurs de l’ESS par taille",
        source=portrait.source,
    )
    notes = []
    low, high = (Figure.from_json(published.facts[key]) for key in ("jobs_low", "jobs_high"))
    if low.known and high.known:
        notes.append(
            f"Estimation Sirene\u00a0: ces établissements emploient entre {nombre(low.value or 0)} et "
            f"{nombre(high.value or 0)} personnes (somme des bornes des tranches). Ce n’est pas un effectif mesuré."
        )
    chart = Chart(
        "La taille des établissements employeurs",
        sentence(portrait, published),
        charts.horizontal_bars(bars(published.rows, "employers")),
        table,
        portrait.source,
        notes=tuple(notes),
    )
    return Exhibit("sizes", TABLE_TITLES["sizes"], chart, ("size_share", "jobs_low", "jobs_high"))


def communes(portrait: Portrait) -> Exhibit | None:
    """The map of the communes, and their table."""
    published = portrait.tables["communes"]
    if len(published.rows) < 2:
        return None
    codes = ("employers", "density", "non_employers", "population")
    table = twin(published, "Commune", codes, caption="L’ESS dans les communes", source=portrait.source)
    text = sentence(portrait, published)
    drawn = communes_map(portrait, text)
    if drawn is None:
        return Exhibit("communes", TABLE_TITLES["communes"], table, ("density",))
    block = Map(
        "Les établissements employeurs de l’ESS dans les communes", text, drawn.svg, portrait.source, table, notes=drawn.notes
    )
    return Exhibit("communes", TABLE_TITLES["communes"], block, ("density",))


def dynamics(portrait: Portrait) -> Exhibit | None:
    published = portrait.tables["dynamics"]
    if not published.rows or published.is_empty:
        return None
    table = twin(
        published,
        "Année",
        ("creations", "cessations", "balance"),
        caption="Créations et cessations d’établissements de l’ESS",
        source=portrait.source,
    )
    rows = published.rows[-10:]
    spec = charts.columns_over_years(
        [int(row.key) for row in rows],
        [
            charts.Series("Créations", [printed(row["creations"], Unit.COUNT) for row in rows], "main"),
            charts.Series("Cessations", [printed(row["cessations"], Unit.COUNT) for row in rows], "cooperative"),
        ],
    )
    chart = Chart("Créations et cessations", sentence(portrait, published), spec, table, portrait.source)
    return Exhibit("dynamics", TABLE_TITLES["dynamics"], chart, ("creations", "cessations", "balance"))


def top_employers(portrait: Portrait) -> Exhibit | None:
    """Largest employers by public size band, in the order of the release: band, then name."""
    published = portrait.tables["top_employers"]
    listed: list[dict[str, Any]] = published.facts.get("employers", [])
    if not listed:
        return None
    rows = tuple((one["name"], one["commune_name"], FAMILY_LABELS.get(one["family"], ""), one["band_label"]) for one in listed)
    table = Table(
        "Principaux établissements employeurs de l’ESS",
        (Column("Établissement"), Column("Commune"), Column("Famille"), Column("Salariés (tranche Sirene)")),
        rows,
        notes=tuple(note for note in (sentence(portrait, published),) if note),
        source=portrait.source,
    )
    return Exhibit("top_employers", TABLE_TITLES["top_employers"], table, ("top_employers",))


BUILDERS: Final[dict[str, Callable[[Portrait], Exhibit | None]]] = {
    "comparison": comparison,
    "families": families,
    "sectors": sectors,
    "sector_share": sector_share,
    "specialisation": specialisation,
    "family_sector": family_sector,
    "sizes": sizes,
    "communes": communes,
    "dynamics": dynamics,
    "top_employers": top_employers,
}
