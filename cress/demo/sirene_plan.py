"""The plan of a region: which units and establishments exist, drawn from the profiles and from the populations."""

import random
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, TypeVar

from cress.demo.names import Names, initials
from cress.demo.sirene_activities import CLASS_BOUNDS, SIZES, TILTS, Activity, naf_2025
from cress.demo.sirene_layout import nic_from, siren_from
from cress.demo.sirene_profiles import ESS_PROFILES, EXCLUDED_ACTIVITIES, ORDINARY_PROFILES, Profile
from cress.demo.sirene_rows import (
    MASKED,
    NON_EMPLOYER,
    NULL,
    UNKNOWN_DATE,
    CommuneSpec,
    Establishment,
    Refusal,
    Unit,
    quoted,
)

# Headcount standing for a band when the band of a legal unit is made from those of its establishments.
_TYPICAL: Final[dict[str, int]] = {
    "00": 0,
    "01": 1,
    "02": 4,
    "03": 7,
    "11": 14,
    "12": 32,
    "21": 70,
    "22": 140,
    "31": 220,
    "32": 350,
    "41": 700,
    "42": 1400,
    "51": 3000,
}
_BAND_FLOORS: Final = (0, 1, 3, 6, 10, 20, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000)
_BANDS: Final = ("00", "01", "02", "03", "11", "12", "21", "22", "31", "32", "41", "42", "51", "52", "53")
_DAYS: Final = tuple(f"{month:02d}-{day:02d}" for month in range(1, 11) for day in range(1, 29))
_PUBLIC: Final = "47"
_FIRST_YEAR: Final = 1950
# Years of closures kept in the files, before the reference year.
CLOSURE_YEARS: Final = 10
# Closed establishments in the files, for each ESS employer establishment: about ten years of cessations.
_CLOSED_SHARE: Final = 1.2
# Special legal categories of some activities.
_LEGAL_BY_APE: Final[dict[str, str]] = {"78.30Z": "9223", "81.21Z": "9221", "38.32Z": "9221", "78.20Z": "9222"}


T = TypeVar("T")


class RegionPlan:
    """Units and establishments of a region, in the order in which they were drawn.

    Every draw comes from one seeded generator: the same arguments give the same rows.
    """

    def __init__(self, communes: Sequence[CommuneSpec], *, seed: int, reference_year: int, scale: float) -> None:
        self.communes = communes
        self.reference_year = reference_year
        self.stock_year = reference_year + 2
        self.scale = scale
        self.units: list[Unit] = []
        self.rows: list[Establishment] = []
        self.cases: dict[str, list[Establishment]] = {}
        self.dice = random.Random(seed)
        self.names = Names(self.dice)
        self._numbers = 0
        self._offset = self.dice.randrange(60_000_000)
        self._labels = {commune.code: label_of(commune.nom) for commune in communes}
        self._affinity = self._draw_affinities()
        self._places: dict[tuple[str, str], Iterator[CommuneSpec]] = {}
        self._sizes = {key: self.stream(*zip(*bands, strict=True), block=4096) for key, bands in SIZES.items()}
        self._days = self.stream(_DAYS, [1] * len(_DAYS), block=4096)
        self._processed = self.stream(
            [f"{self.stock_year}-{month:02d}-{month * 2:02d}T{month:02d}:15:42.{month:03d}" for month in range(1, 11)],
            [1] * 10,
        )
        founded = range(_FIRST_YEAR, reference_year + 1)
        self._old_years = self.stream(founded, [1.035 ** (year - _FIRST_YEAR) for year in founded])
        self._company_years = self.stream(founded, [1.09 ** (year - _FIRST_YEAR) for year in founded])
        recent = range(_FIRST_YEAR, self.stock_year + 1)
        self._recent_years = self.stream(recent, [1.045 ** (year - _FIRST_YEAR) for year in recent])
        self.year = str(reference_year)

    # --- Draws --------------------------------------------------------------------------------------------------

    def stream(self, values: Sequence[T], weights: Sequence[float], block: int = 1024) -> Iterator[T]:
        """An endless suite of weighted draws, made by blocks."""
        return _stream(self.dice, values, weights, block)

    def _draw_affinities(self) -> dict[tuple[str, str], float]:
        """How much each EPCI leans to each theme: local specialities, so that portraits differ."""
        themes = sorted({activity.theme for profile in ESS_PROFILES for activity in profile.activities})
        affinity: dict[tuple[str, str], float] = {}
        for epci in sorted({commune.epci for commune in self.communes}):
            general = self.dice.uniform(0.8, 1.25)
            specialities = self.dice.sample(themes, 2)
            for theme in themes:
                factor = general * self.dice.uniform(0.7, 1.35)
                affinity[epci, theme] = factor * (1.9 if theme in specialities else 1.0)
        return affinity

    def place(self, activity: Activity) -> CommuneSpec:
        """A commune for an establishment of that activity: by population, kind of commune and local speciality."""
        key = (activity.tilt, activity.theme)
        places = self._places.get(key)
        if places is None:
            tilt = TILTS[activity.tilt]
            weights = [
                commune.population
                * tilt[bisect_right(CLASS_BOUNDS, commune.population)]
                * self._affinity.get((commune.epci, activity.theme), 1.0)
                for commune in self.communes
            ]
            places = self._places[key] = self.stream(self.communes, weights, block=4096)
        return next(places)

    def know(self, commune: CommuneSpec) -> None:
        """Let rows be written in a commune outside the region."""
        self._labels[commune.code] = label_of(commune.nom)

    def day_in(self, year: int) -> str:
        return f"{year}-{next(self._days)}"

    def size(self, activity: Activity) -> str:
        return next(self._sizes[activity.size])

    def _number(self, legal_category: str) -> str:
        """A new SIREN: public bodies start with 1 or 2, one in a hundred of the others with zeros."""
        self._numbers += 1
        rank = self._numbers
        if legal_category[0] in _PUBLIC:
            return siren_from(10_000_000 + (self._offset + rank * 7_919) % 20_000_000)
        if rank % 100 == 0:
            return siren_from((self._offset + rank // 100 * 7_919) % 900_000)
        body = 36_000_000 + (self._offset + rank * 15_485_863) % 60_000_000
        return siren_from(body)

    # --- Rows ---------------------------------------------------------------------------------------------------

    def unit(
        self,
        profile: Profile,
        activity: Activity,
        *,
        legal_category: str,
        created: str,
        siren: str | None = None,
    ) -> Unit:
        """A new legal unit of a profile, without establishment yet."""
        draw = self.dice.random()
        theme = {"mutual": "assurance", "foundation": "fondation"}.get(profile.key, activity.theme)
        unit = Unit(
            siren=siren or self._number(legal_category),
            legal_category=legal_category,
            name=NULL if legal_category == "1000" else self.names.structure(theme),
            ape=activity.ape,
            naf_2025=naf_2025(activity.ape),
            created=created,
            family=profile.family,
            to_qualify=profile.to_qualify,
            theme=activity.theme,
            processed=next(self._processed),
            since=created if draw < 0.5 or created == UNKNOWN_DATE else self._later(created),
        )
        if draw < profile.flag:
            unit.flag = "O"
        elif draw > 0.97 or profile.family is None:
            unit.flag = "N" if draw < 0.98 else NULL
        if legal_category == "1000":
            unit.sex, unit.first_name = "M" if draw < 0.5 else "F", "DEMO"
            unit.surname = f"PERSONNE FICTIVE {self._numbers}"
        if profile.family == "association" and draw < 0.8:
            unit.rna = f"W{int(draw * 1e9):09d}"
        if 0.2 < draw < 0.3 and unit.name:
            unit.acronym = initials(unit.name)
        if 0.3 < draw < 0.3 + profile.partial:
            mask_unit(unit)
        if profile.family is None and draw > 0.99:
            unit.mission = "O"
        self.units.append(unit)
        return unit

    def establishment(
        self,
        unit: Unit,
        commune: CommuneSpec,
        ape: str,
        *,
        tranche: str,
        created: str,
        seat: bool,
        closed_in: int | None = None,
    ) -> Establishment:
        """A new establishment of a unit; `tranche` NULL or « NN » makes a non-employer."""
        nic = nic_from(unit.siren, unit.next_rank)
        unit.next_rank += 1
        number, street_type, street = self.names.street()
        draw = self.dice.random()
        employer = tranche not in (NULL, NON_EMPLOYER)
        row = Establishment(
            unit=unit,
            siren=unit.siren,
            nic=nic,
            siret=unit.siren + nic,
            commune=commune.code,
            commune_code=commune.code,
            commune_label=self._labels[commune.code],
            postcode=commune.code_postal,
            ape=ape,
            naf_2025=naf_2025(ape),
            created=created,
            tranche=tranche,
            tranche_year=self.year if employer else NULL,
            processed=unit.processed,
            seat="true" if seat else "false",
            number=number,
            street_type=street_type,
            street=street,
            since=created if draw < 0.5 or created == UNKNOWN_DATE else self._later(created),
            employer=_employer_mark(employer, draw),
        )
        if draw < 0.7:
            row.address_id = f"{commune.code}_{int(draw * 9000) + 1:04d}_{int(number):05d}_{'B' if draw < 0.6 else 'C'}"
        if 0.1 < draw < 0.16 and unit.name:
            row.sign = self.names.structure(unit.theme or "entreprise")
        if closed_in is not None:
            row.state, row.refused, row.employer = "F", Refusal.CLOSED, "N"
            row.since = self.day_in(closed_in)
            row.periods = "2"
        if unit.diffusion == "P":
            mask_establishment(row)
        if seat:
            unit.seat_nic = nic
        self.rows.append(row)
        return row

    def _later(self, created: str) -> str:
        """A date of last change after the creation."""
        first = max(int(created[:4]) + 1, 2008)
        if first >= self.stock_year:
            return created
        return self.day_in(first + int(self.dice.random() * (self.stock_year - first)))

    def creation(self, profile: Profile, *, employer: bool) -> str:
        """A date of creation; one in fifty is unknown, written 1900-01-01."""
        if self.dice.random() < 0.02:
            return UNKNOWN_DATE
        if not employer:
            return self.day_in(next(self._recent_years))
        return self.day_in(next(self._company_years if profile.family is None else self._old_years))

    # --- The region ---------------------------------------------------------------------------------------------

    def populate(self) -> None:
        """Draw every profile, then the town halls and the closed establishments."""
        inhabitants = sum(commune.population for commune in self.communes) / 1000 * self.scale
        for profile in (*ESS_PROFILES, EXCLUDED_ACTIVITIES, *ORDINARY_PROFILES):
            self._employers(profile, round(profile.employers * inhabitants))
            self._others(profile, round(profile.others * inhabitants))
        self._town_halls()
        self._closed(round(sum(profile.employers for profile in ESS_PROFILES) * inhabitants * _CLOSED_SHARE))

    def _employers(self, profile: Profile, number: int) -> None:
        """Employer establishments, gathered into units: neighbours of the same theme share a legal unit."""
        dice = self.dice.random
        weights = [activity.weight for activity in profile.activities]
        drawn = []
        for activity in self.dice.choices(profile.activities, weights, k=number):
            commune = self.place(activity)
            drawn.append((activity.theme, commune.departement, commune.epci, dice(), activity, commune))
        drawn.sort(key=lambda item: item[:4])
        clusters = self.stream(*zip(*profile.clusters, strict=True))
        legal = self.stream(*zip(*profile.legal, strict=True))
        start = 0
        while start < number:
            group = drawn[start : start + next(clusters)]
            start += len(group)
            activity = group[0][4]
            category = next(legal)
            if profile.key == "association":
                category = _LEGAL_BY_APE.get(activity.ape, category)
            created = self.creation(profile, employer=True)
            unit = self.unit(profile, activity, legal_category=category, created=created)
            headcount = 0
            for rank, (_, _, _, _, own, commune) in enumerate(group):
                tranche = self.size(own)
                headcount += _TYPICAL[tranche]
                opened = created if rank == 0 else max(created, self.creation(profile, employer=True))
                row = self.establishment(unit, commune, own.ape, tranche=tranche, created=opened, seat=rank == 0)
                if profile is EXCLUDED_ACTIVITIES:
                    row.refused = Refusal.EXCLUDED_APE
            self._size_unit(unit, tranche if len(group) == 1 else _band_of(headcount))

    def _size_unit(self, unit: Unit, tranche: str) -> None:
        unit.tranche, unit.tranche_year = tranche, self.year
        unit.category_year = str(self.reference_year - 1)
        unit.category = "PME" if tranche < "32" else "ETI" if tranche < "52" else "GE"
        unit.employer = "O"

    def _others(self, profile: Profile, number: int) -> None:
        """Non-employers: units of one establishment, and a few second addresses of units that exist already."""
        activities = profile.other_activities or profile.activities
        weights = [activity.weight for activity in activities]
        legal = self.stream(*zip(*profile.legal, strict=True))
        parents = [unit for unit in self.units if unit.family == profile.family and not unit.to_qualify]
        attached = bool(parents) and profile.family is not None and profile is not EXCLUDED_ACTIVITIES
        for activity in self.dice.choices(activities, weights, k=number):
            draw = self.dice.random()
            created = self.creation(profile, employer=False)
            tranche = NON_EMPLOYER if draw < 0.93 else NULL
            commune = self.place(activity)
            if attached and not profile.to_qualify and draw < 0.03:
                unit, seat = parents[int(self.dice.random() * len(parents))], False
            else:
                unit, seat = (
                    self.unit(profile, activity, legal_category=next(legal), created=created),
                    True,
                )
                unit.tranche, unit.employer = tranche, "N"
            row = self.establishment(unit, commune, activity.ape, tranche=tranche, created=created, seat=seat)
            if profile is EXCLUDED_ACTIVITIES:
                row.refused = Refusal.EXCLUDED_APE

    def _town_halls(self) -> None:
        """The commune itself, employer of its town hall, wherever the scale keeps it."""
        profile = ORDINARY_PROFILES[-1]
        activity = Activity("84.11Z", 1, "public", "m")
        for commune in self.communes:
            if self.dice.random() >= self.scale:
                continue
            tranche = _band_of(commune.population // 90 + 1)
            unit = self.unit(profile, activity, legal_category="7210", created=UNKNOWN_DATE)
            unit.name = quoted(f"COMMUNE DE {self._labels[commune.code]} (DONNEES FICTIVES)")
            self._size_unit(unit, tranche)
            self.establishment(unit, commune, "84.11Z", tranche=tranche, created=UNKNOWN_DATE, seat=True)

    def _closed(self, number: int) -> None:
        """Establishments closed over the last years, with their unit (three in four) or without it."""
        profiles = [profile for profile in ESS_PROFILES if profile.family in ("association", "cooperative")]
        profiles.append(ORDINARY_PROFILES[0])
        weights = [min(profile.employers + profile.others, 5.0) for profile in profiles]
        weights[-1] = 1.0  # a few ordinary ones among them: nobody looks at those
        parents = [unit for unit in self.units if unit.family is not None and unit.state == "A"]
        last = self.stock_year
        for profile in self.dice.choices(profiles, weights, k=number):
            activities = profile.other_activities or profile.activities
            activity = activities[int(self.dice.random() * len(activities))]
            closed_in = last - int(self.dice.random() * (CLOSURE_YEARS + 1))
            created = self.day_in(closed_in - 1 - int(self.dice.random() ** 2 * 40))
            commune = self.place(activity)
            if parents and profile.family is not None and self.dice.random() < 0.25:
                unit = parents[int(self.dice.random() * len(parents))]
                self.establishment(unit, commune, activity.ape, tranche=NULL, created=created, seat=False, closed_in=closed_in)
                continue
            unit = self.unit(profile, activity, legal_category=profile.legal[0][0], created=created)
            row = self.establishment(unit, commune, activity.ape, tranche=NULL, created=created, seat=True, closed_in=closed_in)
            unit.state, unit.since, unit.employer, unit.periods = "C", row.since, "N", "2"


def _stream(dice: random.Random, values: Sequence[T], weights: Iterable[float], block: int) -> Iterator[T]:
    totals = list(accumulate(weights))
    while True:
        yield from dice.choices(values, cum_weights=totals, k=block)


def _employer_mark(employer: bool, draw: float) -> str:
    """caractereEmployeurEtablissement, declarative: one in twenty disagrees with the size band."""
    if draw > 0.93:
        return NULL
    return "O" if employer == (draw > 0.05) else "N"


def _band_of(headcount: int) -> str:
    return _BANDS[bisect_right(_BAND_FLOORS, headcount) - 1]


def label_of(name: str) -> str:
    """The name of a commune as the directory writes it: capitals without accents."""
    plain = unicodedata.normalize("NFKD", name.replace("œ", "oe").replace("’", "'"))
    return quoted("".join(mark for mark in plain if not unicodedata.combining(mark)).upper())


def mask_unit(unit: Unit) -> None:
    """Partial diffusion of a legal unit: names of persons and acronyms are replaced by [ND]."""
    unit.diffusion = "P"
    unit.acronym = MASKED
    if unit.legal_category == "1000":
        unit.sex = unit.surname = unit.first_name = MASKED
    else:
        unit.usual_name = MASKED


def mask_establishment(row: Establishment) -> None:
    """Partial diffusion of an establishment: address, postal code and names are [ND], the commune is not."""
    row.diffusion = "P"
    row.number = row.street_type = row.street = row.postcode = MASKED
    row.address_id = row.x = row.y = MASKED
    row.sign = row.usual_name = MASKED
