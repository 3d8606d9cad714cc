"""Every figure that Sirene gives of a territory, recomputed from the two raw files: one row after the other, by hand.

Nothing of the import, of its SQL nor of the statistical core takes part: only the perimeter file (data), a calendar and
fractions. Slow on purpose.
"""

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.conf import settings

from tests.oracles import SECTOR_BOUNDS

PERIMETER = Path(settings.BASE_DIR) / "territories" / "observatory" / "data" / "perimetre-2026-1.json"
FAMILIES = ("association", "cooperative", "mutuelle", "fondation", "commercial")
# Size bands of Sirene: bounds and published group.
BANDS = {
    "00": (0, 0, "0"),
    "01": (1, 2, "1-2"),
    "02": (3, 5, "3-5"),
    "03": (6, 9, "6-9"),
    "11": (10, 19, "10-19"),
    "12": (20, 49, "20-49"),
    "21": (50, 99, "50-99"),
    "22": (100, 199, "100-199"),
    "31": (200, 249, "200-249"),
    "32": (250, 499, "250-499"),
    "41": (500, 999, "500+"),
    "42": (1000, 1999, "500+"),
    "51": (2000, 4999, "500+"),
    "52": (5000, 9999, "500+"),
    "53": (10000, None, "500+"),
}


def luhn(number: str) -> bool:
    total = 0
    for rank, digit in enumerate(reversed(number)):
        value = int(digit) * (2 if rank % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def valid(siret: str, siren: str) -> bool:
    if len(siret) != 14 or not siret.isdigit() or not siret.startswith(siren):
        return False
    # The establishments of La Poste follow another rule (sum of digits), as INSEE documents it.
    return luhn(siret) or (siren == "356000000" and sum(map(int, siret)) % 5 == 0)


def sector(division: str) -> str:
    if not division:
        return "non-classe"
    return next(key for key, first, last in SECTOR_BOUNDS if first <= int(division) <= last)


def _last_treated(rows: Iterable[dict[str, str]], key: str, treated: str) -> dict[str, dict[str, str]]:
    kept: dict[str, tuple[tuple[str, int], dict[str, str]]] = {}
    for rank, row in enumerate(rows):
        mark = (row.get(treated) or "", rank)
        if row[key] not in kept or mark > kept[row[key]][0]:
            kept[row[key]] = (mark, row)
    return {name: row for name, (_, row) in kept.items()}


def _read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Rows:
    """The establishments of the files with what the perimeter says of them. `lookup`: code as written → current commune."""

    def __init__(self, units: Path, establishments: Path, lookup: Mapping[str, str]) -> None:
        rules = json.loads(PERIMETER.read_text(encoding="utf-8"))
        families = {row["code"]: row["family"] for row in rules["legal_categories"] if row["included"]}
        excluded = {row["class"] for row in rules["excluded_activities"]}
        by_siren = _last_treated(_read(units), "siren", "dateDernierTraitementUniteLegale")
        by_siret = _last_treated(_read(establishments), "siret", "dateDernierTraitementEtablissement")
        self.ess: list[dict[str, Any]] = []
        self.employers: list[dict[str, Any]] = []
        for row in by_siret.values():
            unit = by_siren.get(row["siren"])
            commune = lookup.get(row["codeCommuneEtablissement"])
            if unit is None or commune is None or not valid(row["siret"], row["siren"]):
                continue
            if "N" in (row["statutDiffusionEtablissement"], unit["statutDiffusionUniteLegale"]):
                continue
            ape, nomenclature = row["activitePrincipaleEtablissement"], row["nomenclatureActivitePrincipaleEtablissement"]
            recent = nomenclature in ("NAFRev2", "NAF2025")
            division = ape[:2] if recent and ape[:2].isdigit() else ""
            band = row["trancheEffectifsEtablissement"]
            category = unit["categorieJuridiqueUniteLegale"]
            is_open = row["etatAdministratifEtablissement"] == "A" and unit["etatAdministratifUniteLegale"] == "A"
            fact = {
                "commune": commune,
                "siren": row["siren"],
                "division": division,
                "band": band if band in BANDS or band == "NN" else "",
                "employer": band in BANDS,
                "open": is_open,
                "state": row["etatAdministratifEtablissement"],
                "created": row["dateCreationEtablissement"],
                "began": row["dateDebut"],
            }
            if fact["employer"] and is_open and division not in ("97", "98", "99"):
                self.employers.append(fact | {"private": category[:1] not in ("4", "7")})
            family = families.get(category, "")
            if family and not (recent and ape.replace(".", "")[:4] in excluded):
                self.ess.append(fact | {"family": family})


def _closed_shares(counts: Mapping[str, int]) -> dict[str, Fraction | None]:
    """Tenths of a point that add up to 100: the largest remainders are rounded up, the first of equals first."""
    whole = sum(counts.values())
    if not whole:
        return dict.fromkeys(counts)
    exact = {key: Fraction(n * 1000, whole) for key, n in counts.items()}
    floor = {key: int(value) for key, value in exact.items()}
    left = 1000 - sum(floor.values())
    order = sorted(counts, key=lambda key: (-(exact[key] - floor[key]), list(counts).index(key)))
    for key in order[:left]:
        floor[key] += 1
    return {key: Fraction(n, 1000) for key, n in floor.items()}


# What stands for a figure without value: « /// », n.s.
NO_OBJECT = "///"
NOT_SIGNIFICANT = "ns"
Expected = Fraction | int | str


def _over(part: int, whole: int) -> Expected:
    return Fraction(part, whole) if whole else NO_OBJECT


def sirene_figures(
    rows: Rows,
    communes: list[str],
    populations: Mapping[str, int],
    *,
    reference: set[str],
    years: Iterable[int],
) -> dict[tuple[str, str, str], Expected]:
    """(table, row, column) → what must be published of the territory made of `communes`.

    `reference` holds the communes that the index of specificity is measured against, `years` those of the dynamics.
    """
    inside = set(communes)
    open_ess = [row for row in rows.ess if row["open"] and row["commune"] in inside]
    employing = [row for row in open_ess if row["employer"]]
    others = [row for row in open_ess if not row["employer"]]
    every = [row for row in rows.employers if row["commune"] in inside]
    private = [row for row in every if row["private"]]
    people = sum(populations[code] for code in communes)
    n = len(employing)
    present = len({row["commune"] for row in employing})
    lower = sum(BANDS[row["band"]][0] for row in employing)
    uppers = [BANDS[row["band"]][1] for row in employing]
    found: dict[tuple[str, str, str], Expected] = {}

    def key(code: str, value: Expected) -> None:
        found["key_figures", code, "value"] = value

    key("employers", n)
    key("enterprises", len({row["siren"] for row in employing}))
    key("non_employers", len(others))
    key("private_employers", len(private))
    key("all_employers", len(every))
    key("private_share", _over(n, len(private)))
    key("total_share", _over(n, len(every)))
    key("density", Fraction(n * 10_000, people))
    key("population", people)
    key("jobs_low", lower)
    if None not in uppers:
        key("jobs_high", sum(upper for upper in uppers if upper is not None))
    key("presence", Fraction(present, len(communes)) if len(communes) > 1 else NO_OBJECT)

    by_family = Counter(row["family"] for row in employing)
    shares = _closed_shares({family: by_family[family] for family in FAMILIES})
    for family in FAMILIES:
        found["families", family, "employers"] = by_family[family]
        found["families", family, "family_share"] = _known(shares[family])
        found["families", family, "non_employers"] = sum(1 for row in others if row["family"] == family)

    _sectors(found, employing, private, [row for row in rows.ess if row["open"] and row["employer"]], reference)

    groups = Counter(BANDS[row["band"]][2] for row in employing)
    names = list(dict.fromkeys(band[2] for band in BANDS.values()))
    sizes = _closed_shares({name: groups[name] for name in names})
    for name in names:
        found["sizes", name, "employers"] = groups[name]
        found["sizes", name, "size_share"] = _known(sizes[name])

    for code in communes:
        here = [row for row in employing if row["commune"] == code]
        found["communes", code, "employers"] = len(here)
        found["communes", code, "density"] = Fraction(len(here) * 10_000, populations[code])
        for family in FAMILIES:
            found["communes", code, family] = sum(1 for row in here if row["family"] == family)

    _dynamics(found, [row for row in rows.ess if row["commune"] in inside], years)
    return found


def _known(value: Fraction | None) -> Expected:
    return NO_OBJECT if value is None else value


def _sectors(
    found: dict[tuple[str, str, str], Expected],
    employing: list[dict[str, Any]],
    private: list[dict[str, Any]],
    all_employing: list[dict[str, Any]],
    reference: set[str],
) -> None:
    names = list(dict.fromkeys(name for name, _, _ in SECTOR_BOUNDS))
    order = [
        "agriculture",
        "industrie-construction",
        "commerce",
        "hebergement-restauration",
        "finance-assurance",
        "soutien-entreprises",
        "enseignement",
        "sante",
        "action-sociale",
        "arts-spectacles",
        "sports-loisirs",
        "services-divers",
    ]
    assert set(names) == set(order)
    mine = Counter(sector(row["division"]) for row in employing)
    if mine["non-classe"]:
        order.append("non-classe")
    theirs = Counter(sector(row["division"]) for row in all_employing if row["commune"] in reference)
    of_private = Counter(sector(row["division"]) for row in private)
    mix = _closed_shares({name: mine[name] for name in order})
    whole, whole_there = sum(mine.values()), sum(theirs.values())
    for name in order:
        found["sectors", name, "employers"] = mine[name]
        found["sectors", name, "sector_mix"] = _known(mix[name])
        found["sectors", name, "private_employers"] = of_private[name]
        found["sectors", name, "sector_share"] = _over(mine[name], of_private[name])
        index: Expected = NO_OBJECT
        if name != "non-classe" and whole and theirs[name]:
            small = mine[name] < 30
            index = NOT_SIGNIFICANT if small else Fraction(mine[name], whole) / Fraction(theirs[name], whole_there)
        found["sectors", name, "specialisation"] = index


def _dynamics(found: dict[tuple[str, str, str], Expected], rows: list[dict[str, Any]], years: Iterable[int]) -> None:
    for year in years:
        created = sum(1 for row in rows if row["created"][:4] == str(year) and row["created"] != "1900-01-01")
        closed = sum(1 for row in rows if row["state"] == "F" and row["began"][:4] == str(year))
        found["dynamics", str(year), "creations"] = created
        found["dynamics", str(year), "cessations"] = closed
        found["dynamics", str(year), "balance"] = created - closed
