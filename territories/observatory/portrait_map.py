"""The map of a portrait: the communes of the territory, or the EPCI of a département and of a région.

With outlines the communes are shaded by density; without, they are circles in proportion at their positions. Both read
published figures only. A position that is approximate is said under the map.
"""

from dataclasses import dataclass

from territories.foundations.rendering.maps import Place, Polygons, Wording, choropleth, proportional_circles
from territories.foundations.rendering.typography import Value
from territories.geography.enums import TerritoryKind
from territories.geography.queries import approximate_positions, outline_sources, outlines_for, positions_for
from territories.observatory.portrait import Portrait
from territories.observatory.statistics.tables import Row

TITLE = "Établissements employeurs de l’ESS par commune"
JOBS_TITLE = "Emplois salariés de l’ESS par commune"
# Owed by the licence of the positions (territories/geography/data).
POSITIONS_CREDIT = "Positions des communes\u00a0: GeoNames, licence CC BY 4.0."
# Names written on the map, to find one’s way.
NAMED_COMMUNES = 5


@dataclass(frozen=True)
class DrawnMap:
    """An SVG and what must be said under it."""

    svg: str
    notes: tuple[str, ...] = ()


def _value(row: Row, column: str) -> Value:
    figure = row[column]
    return Value(figure.value, figure.status)


def communes_map(portrait: Portrait, sentence: str, *, bare: bool = False) -> DrawnMap | None:
    """The map of the communes of the published table; None for a single commune, or when too few have a place.

    `bare` is for a cover: circles only, no text.
    """
    table = portrait.tables.get("communes")
    if table is None or len(table.rows) < 2 or portrait.dataset is None:
        return None
    rows = {row.key: row for row in table.rows}
    millesime = portrait.dataset.millesime
    labels = {code: row.label for code, row in rows.items()}
    placed = positions_for(rows, millesime=millesime)
    if not bare:
        outlines: dict[str, Polygons] = outlines_for(rows, kind=TerritoryKind.COMMUNE, millesime=millesime)
        if len(outlines) == len(rows):
            wording = Wording(TITLE, sentence, "établissements employeurs pour 10\u202f000 habitants", decimals=1)
            values = {code: _value(row, "density") for code, row in rows.items()}
            places = _largest(rows, placed)
            svg = choropleth(outlines, values, labels=labels, wording=wording, places=places)
            sources = " ; ".join(outline_sources(millesime=millesime)).replace(" ;", "\u00a0;")
            return DrawnMap(svg, (f"Contours\u00a0: {sources}.",) if sources else ())
    if len(placed) < 2:
        return None
    territory = portrait.territory
    outline = outlines_for([territory.code], kind=territory.kind, millesime=millesime).get(territory.code, ())
    svg = proportional_circles(
        placed,
        {code: _value(row, "employers") for code, row in rows.items() if code in placed},
        labels=labels,
        wording=Wording(TITLE, sentence or TITLE, "établissements employeurs"),
        outline=outline,
        places=() if bare else _largest(rows, placed),
        bare=bare,
    )
    approximate = approximate_positions(rows, millesime=millesime)
    return DrawnMap(svg, _notes(len(approximate), len(rows) - len(placed)))


def jobs_map(portrait: Portrait, sentence: str) -> DrawnMap | None:
    """The jobs of the ESS of each commune as circles, secret ones as hollow rings; None for a single commune, when too few
    have a place, or when not one number of jobs may be shown."""
    table = portrait.tables.get("jobs_communes")
    if table is None or len(table.rows) < 2 or portrait.dataset is None:
        return None
    rows = {row.key: row for row in table.rows}
    if not any(row["jobs"].known for row in table.rows):
        return None
    millesime = portrait.dataset.millesime
    placed = positions_for(rows, millesime=millesime)
    if len(placed) < 2:
        return None
    territory = portrait.territory
    svg = proportional_circles(
        placed,
        {code: _value(row, "jobs") for code, row in rows.items() if code in placed},
        labels={code: row.label for code, row in rows.items()},
        wording=Wording(JOBS_TITLE, sentence, "emplois salariés de l’ESS"),
        outline=outlines_for([territory.code], kind=territory.kind, millesime=millesime).get(territory.code, ()),
        places=_largest(rows, placed, "jobs"),
    )
    approximate = approximate_positions(rows, millesime=millesime)
    return DrawnMap(svg, _notes(len(approximate), len(rows) - len(placed)))


def _largest(rows: dict[str, Row], placed: dict[str, tuple[float, float]], column: str = "employers") -> tuple[Place, ...]:
    """The communes with most employers (or jobs), as landmarks."""
    by_size = sorted((code for code in rows if code in placed), key=lambda code: (-(rows[code][column].value or 0), code))
    return tuple(Place(rows[code].label, placed[code]) for code in by_size[:NAMED_COMMUNES])


def _notes(approximate: int, missing: int) -> tuple[str, ...]:
    notes = [POSITIONS_CREDIT]
    if approximate == 1:
        notes.append("La position d’une commune est approchée.")
    elif approximate:
        notes.append(f"Les positions de {approximate} communes sont approchées.")
    if missing == 1:
        notes.append("Une commune sans position connue n’est pas sur la carte\u00a0; elle est dans le tableau.")
    elif missing:
        notes.append(f"{missing} communes sans position connue ne sont pas sur la carte\u00a0; elles sont dans le tableau.")
    return tuple(notes)
