"""Every employment figure of a territory, recomputed from the rows of the order as delivered: dictionaries and fractions.

Nothing of the import, of the masks nor of the statistical core takes part. A missing figure is a word: « s » secret, « nd »
not available, « /// » without object, « ns » not significant; the most binding one wins, in that order.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

from tests.oracles import SECTOR_BOUNDS

BINDING = ("s", "nd", "///", "ns")
Figure = Fraction | str
MEASURES = {
    "enterprises": "nb_entreprises",
    "establishments": "nb_etablissements",
    "jobs": "effectifs_3112",
    "fte": "etp",
    "pay": "remunerations_brutes",
}
FAMILIES = ("association", "cooperative", "mutuelle", "fondation", "commercial")
SECTORS = tuple(dict.fromkeys(name for name, _, _ in SECTOR_BOUNDS))
THRESHOLD = 30


def _number(text: object) -> Fraction:
    return Fraction(str(text).replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", "."))


def worst(*figures: Figure) -> str | None:
    words = {figure for figure in figures if isinstance(figure, str)}
    return next((word for word in BINDING if word in words), None)


def over(part: Figure, whole: Figure, times: int = 1) -> Figure:
    if word := worst(part, whole):
        return word
    assert isinstance(part, Fraction)
    assert isinstance(whole, Fraction)
    return "///" if whole == 0 else part * times / whole


def share(part: Figure, whole: Figure) -> Figure:
    if isinstance(part, Fraction) and isinstance(whole, Fraction) and part > whole:
        return "nd"
    return over(part, whole)


def minus(left: Figure, right: Figure) -> Figure:
    return worst(left, right) or left - right  # type: ignore[operator]


def plus(figures: Iterable[Figure]) -> Figure:
    terms = list(figures)
    return worst(*terms) or sum((term for term in terms if isinstance(term, Fraction)), Fraction(0))


class Order:
    """The rows of an order, by year. `absent_is_zero`: a combination that is not written is a zero where its champ is."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self.rows: dict[tuple, Mapping[str, Any]] = {}
        self.places: set[tuple[int, str, str, str]] = set()
        for row in rows:
            year, maille, code, champ = int(row["millesime"]), row["maille"], row["code_geo"], row["champ"]
            dims = (row["famille"], row["secteur"], row["tranche_taille"], row["sexe"], row["classe_age"])
            self.rows[(year, maille, code, champ, *dims)] = row
            self.places.add((year, maille, code, champ))

    def raw(self, year: int, maille: str, code: str, champ: str, dims: tuple[str, ...], measure: str) -> Figure:
        """One cell of one place as delivered."""
        if (year, maille, code, champ) not in self.places:
            return "nd"
        row = self.rows.get((year, maille, code, champ, *dims))
        if row is None:
            return Fraction(0)
        if row["statut"] == "s":
            return "s"
        text = row[MEASURES[measure]]
        return "nd" if text == "" else _number(text)


Dims = tuple[str, str, str, str, str]
ALL: Dims = ("", "", "", "", "")


class Place:
    """A territory: direct rows when the order has some, else its communes, all of them."""

    def __init__(self, order: Order, maille: str, code: str, communes: Sequence[str], population: int) -> None:
        self.order, self.maille, self.code, self.communes, self.population = order, maille, code, communes, population

    def get(self, year: int, champ: str, measure: str, dims: Dims = ALL) -> Figure:
        sector = dims[1]
        if sector and not sector.isdigit():
            first_last = [(first, last) for name, first, last in SECTOR_BOUNDS if name == sector]
            codes = [f"{n:02d}" for first, last in first_last for n in range(first, last + 1)]
            return self._sum_of(year, champ, measure, [(dims[0], code, *dims[2:]) for code in codes])
        return self._sum_of(year, champ, measure, [dims])

    def _sum_of(self, year: int, champ: str, measure: str, cells: list[tuple[str, ...]]) -> Figure:
        if (year, self.maille, self.code, champ) in self.order.places:
            places = [(self.maille, self.code)]
        else:
            places = [("COM", commune) for commune in self.communes]
        figures = [self.order.raw(year, maille, code, champ, dims, measure) for maille, code in places for dims in cells]
        if measure == "enterprises" and len([figure for figure in figures if figure != 0]) > 1:
            return worst(*figures) or "nd"
        return plus(figures)

    def private(self, year: int, measure: str, dims: Dims = ALL) -> Figure:
        return plus([self.get(year, "ESS", measure, dims), self.get(year, "PRIVE_HORS_ESS", measure, dims)])


def key_figures(place: Place, year: int) -> dict[str, Figure]:
    def ess(measure: str, dims: Dims = ALL) -> Figure:
        return place.get(year, "ESS", measure, dims)

    def other(measure: str, dims: Dims = ALL) -> Figure:
        return place.get(year, "PRIVE_HORS_ESS", measure, dims)

    women, old = ("", "", "", "F", ""), ("", "", "", "", "50P")
    private = place.private(year, "jobs")
    total = place.get(year, "TOTAL", "jobs")
    return {
        "jobs": ess("jobs"),
        "fte": ess("fte"),
        "gross_pay": ess("pay"),
        "source_establishments": ess("establishments"),
        "private_jobs": private,
        "total_jobs": total,
        "private_job_share": share(ess("jobs"), private),
        "total_job_share": share(ess("jobs"), total),
        "private_pay_share": share(ess("pay"), place.private(year, "pay")),
        "total_pay_share": share(ess("pay"), place.get(year, "TOTAL", "pay")),
        "source_establishment_share": share(ess("establishments"), place.private(year, "establishments")),
        "jobs_per_1000": over(ess("jobs"), Fraction(place.population), 1000),
        "jobs_per_establishment": over(ess("jobs"), ess("establishments")),
        "fte_ratio": over(ess("fte"), ess("jobs")),
        "pay_per_fte": over(ess("pay"), ess("fte")),
        "other_pay_per_fte": over(other("pay"), other("fte")),
        "public_pay_per_fte": over(place.get(year, "PUBLIC", "pay"), place.get(year, "PUBLIC", "fte")),
        "women_share": share(ess("jobs", women), ess("jobs")),
        "other_women_share": share(other("jobs", women), other("jobs")),
        "over_50_share": share(ess("jobs", old), ess("jobs")),
        "other_over_50_share": share(other("jobs", old), other("jobs")),
    }


def families(place: Place, year: int) -> dict[tuple[str, str], Figure]:
    found: dict[tuple[str, str], Figure] = {}
    for family in FAMILIES:
        dims = (family, "", "", "", "")
        jobs, fte = place.get(year, "ESS", "jobs", dims), place.get(year, "ESS", "fte", dims)
        found[family, "jobs"] = jobs
        found[family, "fte"] = fte
        found[family, "source_establishments"] = place.get(year, "ESS", "establishments", dims)
        found[family, "fte_ratio"] = over(fte, jobs)
        found[family, "pay_per_fte"] = over(place.get(year, "ESS", "pay", dims), fte)
    parts = largest_remainder({family: found[family, "jobs"] for family in FAMILIES}, place.get(year, "ESS", "jobs"))
    return found | {(family, "job_family_share"): value for family, value in parts.items()}


def sectors(place: Place, reference: Place | None, year: int) -> dict[tuple[str, str], Figure]:
    found: dict[tuple[str, str], Figure] = {}
    whole = place.get(year, "ESS", "jobs")
    for sector in SECTORS:
        dims = ("", sector, "", "", "")
        jobs = place.get(year, "ESS", "jobs", dims)
        found[sector, "jobs"] = jobs
        found[sector, "sector_private_jobs"] = place.private(year, "jobs", dims)
        found[sector, "job_sector_share"] = share(jobs, place.private(year, "jobs", dims))
        found[sector, "sector_total_jobs"] = place.get(year, "TOTAL", "jobs", dims)
        found[sector, "job_sector_total_share"] = share(jobs, place.get(year, "TOTAL", "jobs", dims))
        if reference is None:
            found[sector, "job_specialisation"] = "///"
            continue
        there, whole_there = reference.get(year, "ESS", "jobs", dims), reference.get(year, "ESS", "jobs")
        if word := worst(jobs, whole, there, whole_there):
            found[sector, "job_specialisation"] = word
        elif whole == 0 or there == 0 or whole_there == 0:
            found[sector, "job_specialisation"] = "///"
        elif jobs < THRESHOLD:  # type: ignore[operator]
            found[sector, "job_specialisation"] = "ns"
        else:
            found[sector, "job_specialisation"] = (jobs / whole) / (there / whole_there)  # type: ignore[operator]
    mix = largest_remainder({sector: found[sector, "jobs"] for sector in SECTORS}, whole)
    return found | {(sector, "job_sector_mix"): value for sector, value in mix.items()}


def largest_remainder(figures: Mapping[str, Figure], whole: Figure) -> dict[str, Figure]:
    """Shares to the tenth of a point that add up to 100 when every part is known and they make the whole; else each alone."""
    known = {key: value for key, value in figures.items() if isinstance(value, Fraction)}
    if isinstance(whole, Fraction) and whole > 0 and len(known) == len(figures) and sum(known.values()) == whole:
        exact = {key: value * 1000 / whole for key, value in known.items()}
        floors = {key: int(value) for key, value in exact.items()}
        order = sorted(exact, key=lambda key: (-(exact[key] - floors[key]), list(exact).index(key)))
        for key in order[: 1000 - sum(floors.values())]:
            floors[key] += 1
        return {key: Fraction(value, 1000) for key, value in floors.items()}
    return {key: _to_the_tenth(share(value, whole)) for key, value in figures.items()}


def _to_the_tenth(figure: Figure) -> Figure:
    """A share rounded to the tenth of a point, halves away from zero."""
    return figure if isinstance(figure, str) else Fraction(int(figure * 1000 + Fraction(1, 2)), 1000)


def shift_share(place: Place, reference: Place, first: int, last: int) -> dict[tuple[str, str], Fraction] | str:
    """The three effects by sector in jobs, or the word that forbids them."""

    def jobs(of: Place, year: int) -> dict[str, Figure]:
        return {sector: of.get(year, "ESS", "jobs", ("", sector, "", "", "")) for sector in SECTORS}

    here0, here1, there0, there1 = jobs(place, first), jobs(place, last), jobs(reference, first), jobs(reference, last)
    for table in (here0, here1, there0, there1):
        if word := worst(*table.values()):
            return word
    grown = sum(there1.values()) / sum(there0.values()) - 1  # type: ignore[arg-type]
    found: dict[tuple[str, str], Fraction] = {}
    for sector in SECTORS:
        start, end = here0[sector], here1[sector]
        assert isinstance(start, Fraction)
        assert isinstance(end, Fraction)
        of_sector = there1[sector] / there0[sector] - 1 if there0[sector] else Fraction(0)  # type: ignore[operator]
        found[sector, "job_gain"] = end - start
        found[sector, "national_effect"] = start * grown
        found[sector, "structural_effect"] = start * (of_sector - grown)
        found[sector, "residual_effect"] = end - start - start * of_sector
    return found


def sizes(place: Place, year: int, classes: Sequence[str]) -> dict[tuple[str, str], Figure]:
    found: dict[tuple[str, str], Figure] = {}
    for measure, share_name in (("jobs", "job_size_share"), ("establishments", "source_size_share")):
        parts = {size: place.get(year, "ESS", measure, ("", "", size, "", "")) for size in classes}
        shares = largest_remainder(parts, place.get(year, "ESS", measure))
        for size in classes:
            found[size, "jobs" if measure == "jobs" else "source_establishments"] = parts[size]
            found[size, share_name] = shares[size]
    return found


def people(place: Place, year: int) -> dict[tuple[str, str], Figure]:
    """Women and men, then the age classes, which make up the whole together."""
    found: dict[tuple[str, str], Figure] = {}
    for kind, position, values in (("sex", 3, ("F", "H")), ("age", 4, ("M30", "30T49", "50P"))):
        for champ, column in (("ESS", "people_share"), ("PRIVE_HORS_ESS", "other_people_share")):
            parts = {}
            for value in values:
                dims = ["", "", "", "", ""]
                dims[position] = value
                parts[value] = place.get(year, champ, "jobs", (dims[0], dims[1], dims[2], dims[3], dims[4]))
            shares = largest_remainder(parts, place.get(year, champ, "jobs"))
            for value in values:
                found[f"{kind}:{value}", column] = shares[value]
                if champ == "ESS":
                    found[f"{kind}:{value}", "jobs"] = parts[value]
    return found


def evolution(place: Place, years: Sequence[int], broken: int) -> dict[tuple[str, str], Figure]:
    """Jobs, index and change by year; `broken` is the year that is not comparable with the one before."""
    found: dict[tuple[str, str], Figure] = {}
    jobs = {year: place.get(year, "ESS", "jobs") for year in years}
    other = {year: place.get(year, "PRIVE_HORS_ESS", "jobs") for year in years}
    for year in years:
        found[str(year), "jobs"] = jobs[year]
        run = [one for one in years if (one >= broken) == (year >= broken)]
        if all(isinstance(jobs[one], Fraction) for one in years) and len(run) > 1:
            found[str(year), "job_index"] = over(jobs[year], jobs[run[0]], 100)
            found[str(year), "other_job_index"] = over(other[year], other[run[0]], 100)
        before = year - 1
        if before in jobs and year != broken:
            found[str(year), "job_change"] = over(minus(jobs[year], jobs[before]), jobs[before])
    return found


def analyses(place: Place, reference: Place | None, year: int) -> dict[str, Figure]:
    """Coefficient of specialisation, Herfindahl and its inverse, share of the first sector."""
    jobs = {name: place.get(year, "ESS", "jobs", ("", name, "", "", "")) for name in SECTORS}
    whole = plus(jobs.values())
    found: dict[str, Figure] = {}
    if isinstance(whole, str) or whole == 0:
        word = whole if isinstance(whole, str) else "///"
        return dict.fromkeys(("sector_herfindahl", "equivalent_sectors", "first_sector_share"), word)
    parts = [over(value, whole) for value in jobs.values()]
    herfindahl = sum((part * part for part in parts if isinstance(part, Fraction)), Fraction(0))
    found["sector_herfindahl"] = herfindahl
    found["equivalent_sectors"] = 1 / herfindahl
    found["first_sector_share"] = max(part for part in parts if isinstance(part, Fraction))
    if reference is not None:
        there = [reference.get(year, "ESS", "jobs", ("", name, "", "", "")) for name in SECTORS]
        if not worst(*there):
            gaps = [abs(part - over(value, plus(there))) for part, value in zip(parts, there, strict=True)]  # type: ignore[operator]
            found["specialisation_coefficient"] = sum(gaps, Fraction(0)) / 2
    return found
