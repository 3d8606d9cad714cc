"""Files of statistics written by hand around the tiny geography."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from territories.observatory.orders.examination import Examination, examine
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.pipeline import current_millesime

HEADER = ("maille", "code_geo", "champ", "famille", "secteur", "nb_etablissements", "effectifs_3112", "statut")
ORDER = OrderMeta(source="insee-commande", year=2022)


def write_csv(
    path: Path,
    rows: Iterable[Sequence[Any]],
    header: Sequence[str] = HEADER,
    *,
    separator: str = ";",
    encoding: str = "utf-8",
) -> Path:
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.writer(out, delimiter=separator)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_xlsx(path: Path, sheets: dict[str, list[Sequence[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def order_rows(*, factor: int = 1) -> list[Sequence[Any]]:
    """A small order, consistent: two communes, their EPCI, their département, the région; two familles, one cell secret."""
    rows: list[Sequence[Any]] = []
    jobs = {"44003": 100 * factor, "44180": 40 * factor}
    for code, count in jobs.items():
        rows.append(("COM", code, "ESS", "", "", count // 10, count, "A"))
        rows.append(("COM", code, "PRIVE_HORS_ESS", "", "", count, count * 9, "A"))
    rows.append(("COM", "44003", "ESS", "association", "", 8, 90 * factor, "A"))
    rows.append(("COM", "44003", "ESS", "cooperative", "", 10 * factor - 8, 10 * factor, "A"))
    rows.append(("COM", "44180", "ESS", "association", "", "", "", "s"))
    rows.append(("EPCI", "244400552", "ESS", "", "", 14 * factor, 140 * factor, "A"))
    rows.append(("DEP", "44", "ESS", "", "", 1_000 * factor, 10_000 * factor, "A"))
    rows.append(("DEP", "44", "ESS", "", "87", 100, 2_000 * factor, "A"))
    rows.append(("REG", "52", "ESS", "", "", 3_000 * factor, 30_000 * factor, "A"))
    rows.append(("REG", "52", "TOTAL", "", "", 9_000 * factor, 300_000 * factor, "A"))
    return rows


def examined(path: Path, folder: Path, meta: OrderMeta = ORDER) -> Examination:
    """The dry run of a file on the current geography."""
    work = folder / "travail"
    work.mkdir(exist_ok=True)
    return examine(path, meta.completed(), work, region="52", millesime=current_millesime())
