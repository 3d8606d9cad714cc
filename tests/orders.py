"""Orders of statistics as a producer would deliver them, made from invented enterprises: masked, complete or open.

The enterprises are drawn once from a seed; every cell is a sum over them, so that totals, parts, number of enterprises and
largest contribution are true by construction. The mask of a « masked » order is put here, in plain loops.
"""

import csv
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COLUMNS = (
    "source",
    "millesime",
    "date_publication",
    "perimetre",
    "nomenclature",
    "maille",
    "code_geo",
    "millesime_geo",
    "champ",
    "famille",
    "sous_famille",
    "secteur",
    "tranche_taille",
    "sexe",
    "classe_age",
    "csp",
    "nb_entreprises",
    "nb_etablissements",
    "effectifs_3112",
    "etp",
    "remunerations_brutes",
    "max_contributeur",
    "statut",
)
FAMILIES = ("association", "cooperative", "mutuelle", "fondation", "commercial")
DIVISIONS = ("01", "10", "47", "49", "56", "64", "70", "78", "85", "86", "87", "88", "90", "93", "94")
SIZES = (("E0", 0, 0), ("E1T4", 1, 4), ("E5T9", 5, 9), ("E10T19", 10, 19), ("E20T49", 20, 49), ("E50T99", 50, 99))

AGES = ("M30", "30T49", "50P")
CHAMPS = {"ess": "ESS", "other": "PRIVE_HORS_ESS", "public": "PUBLIC"}


@dataclass(frozen=True)
class Workplace:
    """An establishment of the invented producer."""

    siren: int
    commune: str
    champ: str
    family: str
    division: str
    people: tuple[tuple[str, str, int], ...]
    fte: float
    pay: float

    @property
    def jobs(self) -> int:
        return sum(n for _, _, n in self.people)


def size_of(jobs: int) -> str:
    return next((code for code, low, high in SIZES if low <= jobs <= high), "E100T199")


def draw(communes: Sequence[tuple[str, int]], *, seed: int, year: int) -> list[Workplace]:
    """The workplaces of these communes (code, population) in one year; those of a seed change a little from year to year."""
    stable = random.Random(seed)
    found: list[Workplace] = []
    siren = 0
    for commune, population in communes:
        for champ, per_thousand in (("ess", 4), ("other", 20), ("public", 2)):
            for _ in range(max(1, round(population * per_thousand / 1000 * stable.uniform(0.2, 0.4)))):
                siren += 1
                # One enterprise in six has its next workplace under the same number.
                number = siren - 1 if stable.random() < 0.16 else siren
                family = stable.choices(FAMILIES, (78, 14, 3, 2, 3))[0] if champ == "ess" else ""
                division = "84" if champ == "public" else stable.choice(DIVISIONS)
                base = stable.choice((0, 1, 2, 3, 5, 8, 12, 20, 35, 60, 130))
                drift = random.Random(f"{seed} {siren} {year}")
                people = []
                for sex, weight in (("F", 0.6), ("H", 0.4)):
                    for age, part in (("M30", 0.2), ("30T49", 0.5), ("50P", 0.3)):
                        people.append((sex, age, round(base * weight * part * drift.uniform(0.8, 1.25))))
                jobs = sum(n for _, _, n in people)
                fte = round(jobs * stable.uniform(0.6, 1.0), 1)
                pay = float(round(fte * stable.uniform(21_000, 36_000)))
                found.append(Workplace(number, commune, champ, family, division, tuple(people), fte, pay))
    return found


Dims = tuple[str, str, str, str, str, str]
"""champ, famille, secteur, tranche de taille, sexe, classe d’âge."""


def _dimensions(place: Workplace) -> Iterable[tuple[Dims, int | None]]:
    """The cells in which a workplace counts, and how many of its jobs where only some of them do."""
    yield (place.champ, "", "", "", "", ""), None
    yield ("total", "", "", "", "", ""), None
    yield (place.champ, "", place.division, "", "", ""), None
    yield ("total", "", place.division, "", "", ""), None
    if place.champ == "ess":
        yield (place.champ, place.family, "", "", "", ""), None
        yield (place.champ, "", "", size_of(place.jobs), "", ""), None
    if place.champ != "public":
        for sex in ("F", "H"):
            yield (place.champ, "", "", "", sex, ""), sum(n for s, _, n in place.people if s == sex)
        for age in AGES:
            yield (place.champ, "", "", "", "", age), sum(n for _, a, n in place.people if a == age)


def order_rows(
    communes: Sequence[tuple[str, int]],
    levels: Callable[[str], Iterable[tuple[str, str]]],
    *,
    seed: int = 1,
    years: Sequence[int] = (2023,),
    policy: str = "masked",
    min_persons: int = 5,
) -> list[dict[str, Any]]:
    """The rows of an order in the canonical layout. `levels` gives the (maille, code) that a commune counts in."""
    rows: list[dict[str, Any]] = []
    for year in years:
        cells: dict[tuple[str, str, Dims], dict[str, Any]] = {}
        for place in draw(communes, seed=seed, year=year):
            for maille, code in levels(place.commune):
                for dims, part in _dimensions(place):
                    cell = cells.setdefault(
                        (maille, code, dims),
                        {"sirens": defaultdict(int), "establishments": 0, "jobs": 0, "fte": 0.0, "pay": 0.0, "part": False},
                    )
                    jobs = place.jobs if part is None else part
                    cell["sirens"][place.siren] += jobs
                    cell["establishments"] += 1
                    cell["jobs"] += jobs
                    cell["fte"] += place.fte
                    cell["pay"] += place.pay
                    cell["part"] = part is not None
        for (maille, code, dims), cell in sorted(cells.items()):
            rows.append(_row(year, maille, code, dims, cell, policy=policy, min_persons=min_persons))
    return rows


def _row(year: int, maille: str, code: str, dims: Dims, cell: dict[str, Any], *, policy: str, min_persons: int) -> dict[str, Any]:
    champ, family, division, size, sex, age = dims
    units, jobs = len(cell["sirens"]), cell["jobs"]
    largest = max(cell["sirens"].values())
    secret = (
        policy == "masked"
        and jobs > 0
        and (units < 3 or cell["establishments"] < 3 or largest > 0.85 * jobs or (cell["part"] and jobs < min_persons))
    )
    values: dict[str, Any] = {
        "nb_entreprises": units,
        "nb_etablissements": cell["establishments"],
        "effectifs_3112": jobs,
        "etp": "" if cell["part"] else f"{cell['fte']:.1f}".replace(".", ","),
        "remunerations_brutes": "" if cell["part"] else f"{cell['pay']:.0f}",
        "max_contributeur": largest if policy == "complete" else "",
    }
    if secret:
        values = dict.fromkeys(values, "")
    return {
        "source": "Commande d’essai",
        "millesime": year,
        "date_publication": f"{year + 2}-03-31",
        "perimetre": "ESS-4F+SC",
        "nomenclature": "NAFRev2",
        "maille": maille,
        "code_geo": code,
        "millesime_geo": 2026,
        "champ": {**CHAMPS, "total": "TOTAL"}[champ],
        "famille": family,
        "sous_famille": "",
        "secteur": division,
        "tranche_taille": size,
        "sexe": sex,
        "classe_age": age,
        "csp": "",
        **values,
        "statut": "s" if secret else "A",
    }


def write_rows(path: Path, rows: Iterable[dict[str, Any]], *, columns: Sequence[str] = COLUMNS) -> Path:
    """A CSV as a French spreadsheet writes it: `;`, decimal comma, UTF-8 with a mark."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path
