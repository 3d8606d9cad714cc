"""Fictitious statistics with jobs, in the layouts in which observatories receive them: an order, Flores, Urssaf.

Plainly invented, for the demonstration, the tests and the measures of speed. The same arguments give the same bytes. The files
say what they are in their names; datasets loaded from them carry « données de démonstration ».
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

import pandas as pd

from cress.demo.orders_cells import EARLIER, FULL, CellKey, Cells, Detail, OrderCell, count_cells, mask, regrouped
from cress.demo.orders_employers import ESS, SUMS, country_of, draw_employers, jobs_of_year
from cress.demo.sirene_files import CommuneSpec
from cress.demo.sirene_plan import RegionPlan
from cress.demo.sirene_truth import Employer, Truth
from territories.foundations.vocabulary import AGGREGATE_OF, DIVISIONS, SECTORS
from territories.observatory.orders.layouts import CANONICAL

COLUMNS: Final = tuple(CANONICAL)
SOURCE: Final = "Commande du réseau des CRESS (données fictives)"
BREAK_NOTE: Final = (
    "changement de méthode en 2021\u00a0: les postes annexes sont comptés autrement (rupture fictive, pour la démonstration)"
)
_GRID: Final = frozenset(sector.key for sector in SECTORS)
_FLORES_COLUMNS: Final = (
    "GEO",
    "GEO_OBJECT",
    "ACTIVITY",
    "NUMBER_EMPL",
    "LEGAL_FORM_WITH_PUBLIC",
    "FLORES_MEASURE",
    "OBS_STATUS",
    "TIME_PERIOD",
    "OBS_VALUE",
)
_URSSAF_COLUMNS: Final = (
    "region",
    "code_region",
    "champ_ess",
    "famille_ess",
    "grand_secteur_d_activite",
    "secteur_na88",
    "annee",
    "nombre_d_etablissements",
    "effectifs_salaries_moyens",
    "masse_salariale",
)
_URSSAF_FAMILIES: Final = {
    "association": "Associations",
    "cooperative": "Coopératives",
    "mutuelle": "Mutuelles",
    "fondation": "Fondations",
    "commercial": "Sociétés commerciales",
}
# What the Urssaf does not see: farming, which is with the MSA, and the public sector.
_NOT_URSSAF: Final = ("01", "02", "03")
URSSAF_FIRST_YEAR: Final = 2010
# Apprentices are counted from this year on.
APPRENTICES: Final = 2023


@dataclass(frozen=True)
class Orders:
    """The employers of a region and what they employ, drawn once for several files."""

    employers: pd.DataFrame
    communes: Sequence[CommuneSpec]
    region: str
    last: int
    seed: int
    geography: int = 2026
    drawn: dict[int, tuple[pd.DataFrame, pd.DataFrame]] = field(default_factory=dict, repr=False)

    def year(self, year: int) -> tuple[pd.DataFrame, pd.DataFrame]:
        """The establishments of the communes, and the rows that stand for the whole country. The last year is kept."""
        if year in self.drawn:
            return self.drawn[year]
        frame = jobs_of_year(self.employers, year, self.last, seed=self.seed)
        found = frame, country_of(frame, region=self.region, seed=self.seed)
        if year == self.last:
            self.drawn[year] = found
        return found

    @property
    def epci_of(self) -> dict[str, str]:
        return {spec.code: spec.epci for spec in self.communes}


def draw_orders(
    communes: Sequence[CommuneSpec],
    *,
    seed: int,
    last: int,
    region: str = "52",
    employers: Iterable[Employer] | None = None,
    scale: float = 1.0,
    geography: int = 2026,
) -> Orders:
    """Draw the employers of these communes, or take those of a Sirene file already written for them."""
    if employers is None:
        plan = RegionPlan(communes, seed=seed, reference_year=last, scale=scale)
        plan.populate()
        truth = Truth(Path(), Path(), last)
        truth.count(plan.units, plan.rows, communes)
        employers = truth.employer_rows
    return Orders(draw_employers(list(employers), communes, seed=seed), communes, region, last, seed, geography)


def write_order(
    path: Path,
    communes: Sequence[CommuneSpec],
    *,
    seed: int,
    years: Sequence[int],
    policy: Literal["masked", "complete"] = "masked",
    detail: Detail = FULL,
    region: str = "52",
    scale: float = 1.0,
    orders: Orders | None = None,
) -> int:
    """Write an order of these years in the canonical layout (CSV, « ; », UTF-8); gives the number of its lines.

    « masked »: small or dominated cells carry « s » and no number, and enough others beside them. « complete »: nothing is
    hidden, and `max_contributeur` gives the jobs of the largest enterprise of each cell. Absent combinations have no line: they
    are zeros. The last of the years is that of the Sirene files when `orders` comes from them.
    """
    drawn = orders or draw_orders(communes, seed=seed, last=max(years), region=region, scale=scale)
    lines = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(";".join(COLUMNS) + "\n")
        for year in years:
            cells = order_cells(drawn, year, policy=policy, detail=detail)
            for key in sorted(cells):
                out.write(_order_line(key, cells[key], year, policy, drawn.geography))
                lines += 1
    return lines


def order_cells(orders: Orders, year: int, *, policy: str = "masked", detail: Detail = FULL) -> Cells:
    """The cells of one year of an order, masked if the policy says so: what `write_order` writes, for oracles."""
    frame, country = orders.year(year)
    cells = count_cells(frame, country, region=orders.region, detail=detail)
    if policy == "masked":
        mask(cells, orders.epci_of)
    return cells


def _order_line(key: CellKey, cell: OrderCell, year: int, policy: str, geography: int) -> str:
    if cell.masked:
        values = ["", "", "", "", ""]
    else:
        fte = f"{cell.fte // 10}.{cell.fte % 10}"
        values = [str(cell.enterprises), str(cell.establishments), str(cell.jobs), fte, str(cell.pay)]
    largest = str(cell.largest) if policy == "complete" and key.level != "FRANCE" else ""
    nomenclature = "GRILLE" if key.sector in _GRID else "NAFRev2"
    dimensions = (key.champ, key.family, "", key.sector, key.size, key.sex, key.age, "")
    known = (SOURCE, str(year), f"{year + 2}-03-31", "ESS-4F+SC", nomenclature, key.level, key.code, str(geography))
    return ";".join((*known, *dimensions, *values, largest, "s" if cell.masked else "A")) + "\n"


def write_flores(path: Path, orders: Orders, year: int) -> int:
    """Write the open file of Flores, all activities together, in the form of Melodi: a zip of one CSV by « ; », A38.

    Communes, départements, régions and France. A cell of fewer than three enterprises carries « K » and no number; the jobs of
    one small commune are counted in its neighbour, which carries « W ».
    """
    frame, country = orders.year(year)
    frame, country = (
        rows.assign(activity=regrouped(rows["division"], lambda division: AGGREGATE_OF[division].a38))
        for rows in (frame, country)
    )
    inside = frame[frame["region"] == orders.region]
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(_FLORES_COLUMNS)
    lines = 0
    for level, column, rows in (
        ("COM", "commune", frame),
        ("DEP", "departement", inside),
        ("REG", "region", inside),
        ("FRANCE", "country", country),
    ):
        cells = list(_flores_cells(rows, column))
        small, neighbour, moved = _absorbed(cells, orders.epci_of) if level == "COM" else ("", "", 0)
        for code, activity, establishments, jobs in cells:
            whole = activity == "_T"
            # Establishments are in a public register: only jobs are withheld.
            withheld = level == "COM" and (code == small if whole else establishments < 3)
            status, value = "A", str(jobs)
            if withheld:
                status, value = "K", ""
            elif whole and code == neighbour:
                status, value = "W", str(jobs + moved)
            common = (code, level, activity, "_T", "1T9X7")
            writer.writerow((*common, "UNIT_LOC", "A", year, establishments))
            writer.writerow((*common, "EMPL3112", status, year, value))
            lines += 2
    entry = zipfile.ZipInfo(f"DS_FLORES_A38_{year}_data.csv", date_time=(year + 2, 3, 31, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry, text.getvalue())
    return lines


def _flores_cells(rows: pd.DataFrame, column: str) -> Iterator[tuple[str, str, int, int]]:
    """(place, activity, establishments, jobs), all activities together first, under « _T »."""
    for keys in ([column], [column, "activity"]):
        found = rows.groupby(keys, as_index=False, sort=True, observed=True)[["establishments", "jobs"]].sum()
        for row in found.itertuples(index=False, name=None):
            yield row[0], row[1] if len(keys) == 2 else "_T", row[-2], row[-1]


def _absorbed(cells: Sequence[tuple[str, str, int, int]], epci_of: Mapping[str, str]) -> tuple[str, str, int]:
    """The commune of fewest jobs whose jobs are counted in the largest of its EPCI: (commune, neighbour, jobs moved)."""
    whole = {code: jobs for code, activity, _, jobs in cells if activity == "_T"}
    for small in sorted(whole, key=lambda code: (whole[code], code)):
        others = [code for code in whole if code != small and epci_of.get(code) and epci_of[code] == epci_of.get(small)]
        if others:
            return small, max(others, key=lambda code: (whole[code], code)), whole[small]
    return "", "", 0


def write_urssaf(
    path: Path, orders: Orders, last: int, *, first: int = URSSAF_FIRST_YEAR, region_name: str = "Pays de la Loire"
) -> int:
    """Write the file of the Urssaf on the ESS of the région by division, yearly means since `first`: a CSV by « ; ».

    Private sector without farming. Jobs rise a little from `APPRENTICES` on, when apprentices enter the count.
    """
    lines = 0
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";", lineterminator="\n")
        writer.writerow(_URSSAF_COLUMNS)
        base, _ = orders.year(orders.last)
        base = base[(base["region"] == orders.region) & (base["champ"] != "PUBLIC") & ~base["division"].isin(_NOT_URSSAF)]
        found = base.groupby(["champ", "family", "division"], as_index=False, observed=True)[list(SUMS)].sum()
        for year in range(first, last + 1):
            for row in found.itertuples(index=False):
                in_ess = row.champ == ESS
                growth = 1.009 if in_ess else 1.012
                factor = growth ** (year - orders.last) * (0.985 if year == 2020 else 1.0)
                apprentices = 1.022 if year >= APPRENTICES else 1.0
                mean_jobs = round(row.jobs * factor * apprentices * 0.965, 1)
                aggregate = AGGREGATE_OF[row.division]
                writer.writerow(
                    (
                        region_name,
                        orders.region,
                        "OUI" if in_ess else "NON",
                        _URSSAF_FAMILIES.get(row.family, "Hors ESS"),
                        f"{aggregate.a17}",
                        f"{row.division} {DIVISIONS[row.division]}",
                        year,
                        round(row.establishments * factor * 0.94, 1),
                        mean_jobs,
                        round(row.pay * factor * apprentices * 0.97 * 1.018 ** (year - orders.last)),
                    )
                )
                lines += 1
    return lines


@dataclass(frozen=True)
class DemoFiles:
    """What the demonstration drops in its inbox. `orders` are (year, file)."""

    orders: tuple[tuple[int, Path], ...]
    flores: Path
    flores_year: int
    urssaf: Path


def write_demo_files(folder: Path, orders: Orders, years: Sequence[int]) -> DemoFiles:
    """The files of the demonstration: an order a year, more detailed for the last one; Flores of that year; the Urssaf."""
    written = []
    for year in years:
        path = folder / f"commande-cress-{year}-donnees-fictives.csv"
        detail = FULL if year == max(years) else EARLIER
        write_order(path, orders.communes, seed=orders.seed, years=[year], detail=detail, orders=orders)
        written.append((year, path))
    flores = folder / f"DS_FLORES_A38_{max(years)}_CSV_FR-donnees-fictives.zip"
    write_flores(flores, orders, max(years))
    urssaf = folder / "urssaf-ess-regions-na88-donnees-fictives.csv"
    write_urssaf(urssaf, orders, max(years))
    return DemoFiles(tuple(written), flores, max(years), urssaf)
