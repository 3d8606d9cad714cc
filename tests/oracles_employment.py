"""A slow, obvious computation of the indicators with jobs, from rows of the canonical layout: dicts, loops and fractions.

Nothing is shared with the code under test. A value is a Fraction, or the sign of why there is none: « s », « nd », « /// »,
« ns ». Rows are dicts with the columns of the layout (`champ`, `famille`, `secteur`, `tranche_taille`, `sexe`, `classe_age`,
`code_geo`, `nb_entreprises`, `nb_etablissements`, `effectifs_3112`, `etp`, `remunerations_brutes`, `statut`); a column that
is not there is empty.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.oracles import SECTOR_BOUNDS

Value = Fraction | str
Row = Mapping[str, Any]

COLUMNS = {
    "enterprises": "nb_entreprises",
    "establishments": "nb_etablissements",
    "jobs": "effectifs_3112",
    "fte": "etp",
    "gross_pay": "remunerations_brutes",
}
DIMENSIONS = ("famille", "secteur", "tranche_taille", "sexe", "classe_age")
FAMILIES = ("association", "cooperative", "mutuelle", "fondation", "commercial")
SECTORS = tuple(dict.fromkeys(key for key, _, _ in sorted(SECTOR_BOUNDS, key=lambda bound: bound[1])))
SIZES = ("E0", "E1T4", "E5T9", "E10T19", "E20T49", "E50T99", "E100T199", "E100T249", "E200T499", "E250T499", "E_GE250", "E_GE500")
AGES = ("M25", "M30", "25T29", "25T39", "30T39", "30T49", "40T49", "50T54", "50P", "55P", "55T59", "60P")
BINDING = ("s", "nd", "///", "ns")


def sector_of(code: str) -> str:
    """A key of the grid as it is, a division (« 87 ») by its bounds."""
    if not code.isdigit():
        return code
    for key, first, last in SECTOR_BOUNDS:
        if first <= int(code) <= last:
            return key
    return "non-classe"


def read_value(row: Row, column: str) -> Value:
    status = str(row.get("statut") or "A")
    if status in ("K", "s"):
        return "s"
    text = row.get(column)
    if status == "nd" or text is None or text == "":
        return "nd"
    return Fraction(str(text).replace(",", "."))


def worst(values: Iterable[Value]) -> Value | None:
    found = [value for value in values if isinstance(value, str)]
    for sign in BINDING:
        if sign in found:
            return sign
    return None


def add(values: Sequence[Value]) -> Value:
    values = [value for value in values if value != "///"]
    missing = worst(values)
    if missing is not None:
        return missing
    return sum((value for value in values if isinstance(value, Fraction)), Fraction(0))


def divide(numerator: Value, denominator: Value) -> Value:
    missing = worst((numerator, denominator))
    if missing is not None:
        return missing
    assert isinstance(numerator, Fraction)
    assert isinstance(denominator, Fraction)
    return "///" if denominator == 0 else numerator / denominator


def part_of(part: Value, whole: Value) -> Value:
    if isinstance(part, Fraction) and isinstance(whole, Fraction) and not 0 <= part <= whole:
        return "nd"
    return divide(part, whole)


def to_thousandth(value: Fraction) -> Fraction:
    doubled = value * 2000
    return Fraction((doubled.numerator // doubled.denominator + 1) // 2, 1000)


def parts_of(parts: Sequence[Value], whole: Value) -> list[Value]:
    """Shares to the tenth of a point; by largest remainder only if the parts are all known and make up the whole."""
    known = [part for part in parts if isinstance(part, Fraction)]
    if len(known) == len(parts) and isinstance(whole, Fraction) and whole > 0 and sum(known) == whole:
        floors = [part * 1000 // whole for part in known]
        remainders = [part * 1000 / whole - floor for part, floor in zip(known, floors, strict=True)]
        for _ in range(1000 - sum(floors)):
            best = 0
            for index, remainder in enumerate(remainders):
                if remainder > remainders[best]:
                    best = index
            floors[best] += 1
            remainders[best] = Fraction(-1)
        return [Fraction(floor, 1000) for floor in floors]
    shares: list[Value] = []
    for part in parts:
        share = part_of(part, whole)
        shares.append(to_thousandth(share) if isinstance(share, Fraction) else share)
    return shares


class Territory:
    """The figures of a territory: those of its places added up, each known only if it is known in every place."""

    def __init__(self, rows: Iterable[Row], places: Sequence[str] | None = None, *, absent_is_zero: bool = False) -> None:
        self.absent_is_zero = absent_is_zero
        self.cells: dict[tuple[str, ...], dict[str, dict[str, list[Value]]]] = {}
        rows = list(rows)
        self.places = list(dict.fromkeys(str(row.get("code_geo", "")) for row in rows)) if places is None else list(places)
        for row in rows:
            place = str(row.get("code_geo", ""))
            if place not in self.places:
                continue
            names = [str(row.get(dimension) or "") for dimension in DIMENSIONS]
            names[1] = sector_of(names[1])
            key = (str(row["champ"]), *names)
            for measure, column in COLUMNS.items():
                self.cells.setdefault(key, {}).setdefault(measure, {}).setdefault(place, []).append(read_value(row, column))

    def get(self, champ: str, measure: str, **dimensions: str) -> Value:
        key = (champ, *(dimensions.get(dimension, "") for dimension in DIMENSIONS))
        by_place = self.cells.get(key, {}).get(measure, {})
        if not by_place and not self.absent_is_zero:
            return "nd"
        if measure == "enterprises" and len(self.places) > 1:
            values = [add(by_place[place]) for place in by_place]
            return "s" if "s" in values else "nd"
        values = []
        for place in self.places:
            if place in by_place:
                values.append(add(by_place[place]))
            else:
                values.append(Fraction(0) if self.absent_is_zero else "nd")
        return add(values)

    def private(self, measure: str, **dimensions: str) -> Value:
        given = self.get("PRIVE", measure, **dimensions)
        if given != "nd":
            return given
        ess, other = self.get("ESS", measure, **dimensions), self.get("PRIVE_HORS_ESS", measure, **dimensions)
        if "nd" not in (ess, other):
            return add((ess, other))
        return self.less(self.get("TOTAL", measure, **dimensions), self.get("PUBLIC", measure, **dimensions))

    def outside(self, measure: str, **dimensions: str) -> Value:
        given = self.get("PRIVE_HORS_ESS", measure, **dimensions)
        if given != "nd":
            return given
        return self.less(self.private(measure, **dimensions), self.get("ESS", measure, **dimensions))

    def overall(self, measure: str, **dimensions: str) -> Value:
        given = self.get("TOTAL", measure, **dimensions)
        if given != "nd":
            return given
        private, public = self.private(measure, **dimensions), self.get("PUBLIC", measure, **dimensions)
        return "nd" if "nd" in (private, public) else add((private, public))

    def less(self, whole: Value, part: Value) -> Value:
        if "nd" in (whole, part):
            return "nd"
        missing = worst((whole, part))
        if missing is not None:
            return missing
        assert isinstance(whole, Fraction)
        assert isinstance(part, Fraction)
        return "nd" if part > whole else whole - part

    def ess(self, measure: str, **dimensions: str) -> Value:
        return self.get("ESS", measure, **dimensions)

    def aged(self, side: str, age: str) -> Value:
        read = self.ess if side == "ess" else self.outside
        given = read("jobs", classe_age=age)
        if given != "nd":
            return given
        women, men = (read("jobs", classe_age=age, sexe=sex) for sex in ("F", "H"))
        return "nd" if "nd" in (women, men) else add((women, men))

    def oldest(self, side: str, name: str) -> Value:
        ways = {"50P": (("50P",), ("50T54", "55P"), ("50T54", "55T59", "60P")), "55P": (("55P",), ("55T59", "60P")), "": ()}
        for ages in ways[name]:
            values = [self.aged(side, age) for age in ages]
            if "nd" not in values:
                return add(values)
        return "nd"

    @property
    def retirement_class(self) -> str:
        for name in ("50P", "55P"):
            if self.oldest("ess", name) != "nd":
                return name
        return ""


def indicators_from_rows(
    rows: Iterable[Row],
    *,
    places: Sequence[str] | None = None,
    population: int | None = None,
    reference_rows: Iterable[Row] | None = None,
    reference_places: Sequence[str] | None = None,
    absent_is_zero: bool = False,
    threshold: int = 30,
) -> dict[str, dict[tuple[str, str], Value]]:
    """Every indicator of one territory and one year, by table, then by (row, column); « total » is the row of the total.

    `rows` are those of its places for that year, already masked; others are ignored when `places` names them. Without
    `reference_rows` the index of specialisation and the coefficient are without object.
    """
    here = Territory(rows, places, absent_is_zero=absent_is_zero)
    there = None
    if reference_rows is not None:
        there = Territory(reference_rows, reference_places, absent_is_zero=absent_is_zero)
    return {
        "jobs_key_figures": {(row, "value"): value for row, value in _key_figures(here, population).items()},
        "jobs_families": _families(here),
        "jobs_sectors": _sectors(here, there, threshold),
        "jobs_sizes": _sizes(here),
        "jobs_people": _people(here),
        "jobs_analyses": {(row, "value"): value for row, value in _analyses(here, there).items()},
    }


def _key_figures(here: Territory, population: int | None) -> dict[str, Value]:
    jobs, fte, pay, establishments = (here.ess(measure) for measure in ("jobs", "fte", "gross_pay", "establishments"))
    inhabitants: Value = "nd" if population is None else Fraction(population)
    per_thousand = divide(jobs, inhabitants)
    oldest = here.retirement_class
    return {
        "jobs": jobs,
        "fte": fte,
        "gross_pay": pay,
        "source_establishments": establishments,
        "source_enterprises": here.ess("enterprises"),
        "private_job_share": part_of(jobs, here.private("jobs")),
        "total_job_share": part_of(jobs, here.overall("jobs")),
        "private_pay_share": part_of(pay, here.private("gross_pay")),
        "total_pay_share": part_of(pay, here.overall("gross_pay")),
        "source_establishment_share": part_of(establishments, here.private("establishments")),
        "jobs_per_1000": per_thousand * 1000 if isinstance(per_thousand, Fraction) else per_thousand,
        "jobs_per_establishment": divide(jobs, establishments),
        "fte_ratio": divide(fte, jobs),
        "pay_per_fte": divide(pay, fte),
        "other_pay_per_fte": divide(here.outside("gross_pay"), here.outside("fte")),
        "public_pay_per_fte": divide(here.get("PUBLIC", "gross_pay"), here.get("PUBLIC", "fte")),
        "women_share": part_of(here.ess("jobs", sexe="F"), jobs),
        "other_women_share": part_of(here.outside("jobs", sexe="F"), here.outside("jobs")),
        "over_50_share": part_of(here.oldest("ess", oldest), jobs),
        "other_over_50_share": part_of(here.oldest("other", oldest), here.outside("jobs")),
        "private_jobs": here.private("jobs"),
        "total_jobs": here.overall("jobs"),
    }


def _said(here: Territory, champ: str, **dimensions: str) -> bool:
    return any(here.get(champ, measure, **dimensions) != "nd" for measure in COLUMNS)


def _whole(value: Value) -> Value:
    return value if isinstance(value, str) else Fraction(1) if value else "///"


def _families(here: Territory) -> dict[tuple[str, str], Value]:
    keys = list(FAMILIES)
    if _said(here, "ESS", famille="other_non_profit"):
        keys.append("other_non_profit")
    shares = parts_of([here.ess("jobs", famille=key) for key in keys], here.ess("jobs"))
    result: dict[tuple[str, str], Value] = {}
    for key, share in [*zip(keys, shares, strict=True), ("total", _whole(here.ess("jobs")))]:
        famille = "" if key == "total" else key
        jobs, fte = here.ess("jobs", famille=famille), here.ess("fte", famille=famille)
        result[key, "jobs"] = jobs
        result[key, "job_family_share"] = share
        result[key, "source_establishments"] = here.ess("establishments", famille=famille)
        result[key, "fte"] = fte
        result[key, "fte_ratio"] = divide(fte, jobs)
        result[key, "pay_per_fte"] = divide(here.ess("gross_pay", famille=famille), fte)
    return result


def _sector_keys(*territories: Territory | None) -> list[str]:
    unclassified = any(t is not None and _said(t, "ESS", secteur="non-classe") for t in territories)
    return [*SECTORS, "non-classe"] if unclassified else list(SECTORS)


def _sectors(here: Territory, there: Territory | None, threshold: int) -> dict[tuple[str, str], Value]:
    keys = _sector_keys(here)
    shares = parts_of([here.ess("jobs", secteur=key) for key in keys], here.ess("jobs"))
    result: dict[tuple[str, str], Value] = {}
    for key, share in [*zip(keys, shares, strict=True), ("total", _whole(here.ess("jobs")))]:
        sector = "" if key == "total" else key
        jobs = here.ess("jobs", secteur=sector)
        result[key, "jobs"] = jobs
        result[key, "job_sector_mix"] = share
        result[key, "sector_private_jobs"] = here.private("jobs", secteur=sector)
        result[key, "job_sector_share"] = part_of(jobs, here.private("jobs", secteur=sector))
        result[key, "sector_total_jobs"] = here.overall("jobs", secteur=sector)
        result[key, "job_sector_total_share"] = part_of(jobs, here.overall("jobs", secteur=sector))
        result[key, "job_specialisation"] = "///"
        if there is not None and key not in ("total", "non-classe"):
            result[key, "job_specialisation"] = _index(here, there, key, threshold)
    return result


def _index(here: Territory, there: Territory, sector: str, threshold: int) -> Value:
    jobs, whole = here.ess("jobs", secteur=sector), here.ess("jobs")
    other, other_whole = there.ess("jobs", secteur=sector), there.ess("jobs")
    missing = worst((jobs, whole, other, other_whole))
    if missing is not None:
        return missing
    assert isinstance(jobs, Fraction)
    assert isinstance(whole, Fraction)
    assert isinstance(other, Fraction)
    assert isinstance(other_whole, Fraction)
    if 0 in (whole, other, other_whole):
        return "///"
    return "ns" if jobs < threshold else (jobs / whole) / (other / other_whole)


def _sizes(here: Territory) -> dict[tuple[str, str], Value]:
    keys = [key for key in SIZES if _said(here, "ESS", tranche_taille=key)]
    result: dict[tuple[str, str], Value] = {}
    for measure, column, share_column in (
        ("establishments", "source_establishments", "source_size_share"),
        ("jobs", "jobs", "job_size_share"),
    ):
        values = [here.ess(measure, tranche_taille=key) for key in keys]
        for key, value, share in zip(keys, values, parts_of(values, here.ess(measure)), strict=True):
            result[key, column], result[key, share_column] = value, share
        result["total", column], result["total", share_column] = here.ess(measure), _whole(here.ess(measure))
    return result


def _people(here: Territory) -> dict[tuple[str, str], Value]:
    result: dict[tuple[str, str], Value] = {}
    sexes = {sex: (here.ess("jobs", sexe=sex), here.outside("jobs", sexe=sex)) for sex in ("F", "H")}
    ages = {age: (here.aged("ess", age), here.aged("other", age)) for age in AGES}
    for prefix, classes in (("sex", sexes), ("age", ages)):
        given = {name: pair for name, pair in classes.items() if pair != ("nd", "nd")}
        mine = parts_of([pair[0] for pair in given.values()], here.ess("jobs"))
        others = parts_of([pair[1] for pair in given.values()], here.outside("jobs"))
        for (name, pair), share, other in zip(given.items(), mine, others, strict=True):
            result[f"{prefix}:{name}", "jobs"] = pair[0]
            result[f"{prefix}:{name}", "people_share"] = share
            result[f"{prefix}:{name}", "other_people_share"] = other
    return result


def _all_sectors(territory: Territory, keys: Sequence[str]) -> dict[str, Value]:
    """Jobs by sector; one that the source does not write is a zero if the others make up the whole."""
    jobs = {key: territory.ess("jobs", secteur=key) for key in keys}
    known = sum((value for value in jobs.values() if isinstance(value, Fraction)), Fraction(0))
    if known == territory.ess("jobs"):
        jobs = {key: Fraction(0) if value == "nd" else value for key, value in jobs.items()}
    return jobs


def _analyses(here: Territory, there: Territory | None) -> dict[str, Value]:
    keys = _sector_keys(here, there)
    jobs = _all_sectors(here, keys)
    whole = add(list(jobs.values()))
    result: dict[str, Value] = {}
    if isinstance(whole, str) or whole == 0:
        why = whole if isinstance(whole, str) else "///"
        result |= dict.fromkeys(("sector_herfindahl", "equivalent_sectors", "first_sector_share"), why)
        shares = {}
    else:
        shares = {key: value / whole for key, value in jobs.items() if isinstance(value, Fraction)}
        concentration = sum((share * share for share in shares.values()), Fraction(0))
        result["sector_herfindahl"] = concentration
        result["equivalent_sectors"] = 1 / concentration
        result["first_sector_share"] = max(shares.values())
    if there is None:
        result["specialisation_coefficient"] = "///"
        return result
    other_jobs = _all_sectors(there, keys)
    other_whole = add(list(other_jobs.values()))
    signs = [value if isinstance(value, str) else "///" for value in (whole, other_whole) if isinstance(value, str) or not value]
    if signs:
        result["specialisation_coefficient"] = worst(signs) or "///"
        return result
    assert isinstance(other_whole, Fraction)
    gaps = Fraction(0)
    for key, share in shares.items():
        other = other_jobs[key]
        assert isinstance(other, Fraction)
        gaps += abs(share - other / other_whole)
    result["specialisation_coefficient"] = gaps / 2
    return result


def growth_by_year(before: int | Fraction, after: int | Fraction, years: int) -> float:
    """TCAM: the constant yearly rate that leads from one to the other, by bisection."""
    target = float(Fraction(after) / Fraction(before))
    low, high = -1.0, max(1.0, target)
    for _ in range(200):
        middle = (low + high) / 2
        product = 1.0
        for _ in range(years):
            product *= 1 + middle
        low, high = (middle, high) if product < target else (low, middle)
    return (low + high) / 2


def shift_share_of(
    before: Mapping[str, int], after: Mapping[str, int], reference_before: Mapping[str, int], reference_after: Mapping[str, int]
) -> dict[str, tuple[Fraction, Fraction, Fraction]]:
    """(national, structural, local) by sector, each from its own formula."""
    national = Fraction(sum(reference_after.values()), sum(reference_before.values())) - 1
    effects = {}
    for sector, jobs in before.items():
        if jobs == 0:
            effects[sector] = (Fraction(0), Fraction(0), Fraction(after[sector]))
            continue
        there = Fraction(reference_after[sector], reference_before[sector]) - 1
        here = Fraction(after[sector], jobs) - 1
        effects[sector] = (jobs * national, jobs * (there - national), jobs * (here - there))
    return effects
