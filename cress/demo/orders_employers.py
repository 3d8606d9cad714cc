"""What the employers of the demonstration employ: jobs, full-time equivalents, pay, women and ages, year after year.

Fictitious. One row an establishment and a year: whatever is added up from these rows adds up, from the commune to the région.
Orders of magnitude after the published figures of the Pays de la Loire: some 165 000 jobs of the ESS in 15 000 establishments,
14 to 15 % of private employment, two women in three, three full-time equivalents for four jobs in associations.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from cress.demo.sirene_rows import CommuneSpec
from cress.demo.sirene_truth import TO_QUALIFY, Employer
from territories.foundations.vocabulary import TRANCHES

ESS: Final = "ESS"
PRIVATE_OTHER: Final = "PRIVE_HORS_ESS"
PUBLIC: Final = "PUBLIC"
TOTAL: Final = "TOTAL"
COMMERCIAL: Final = "commercial"

# Columns that add up. `fte` is in tenths, so that sums stay exact; pay in euros.
SUMS: Final = ("establishments", "jobs", "fte", "pay", "women", "under_30", "middle", "over_50", "over_55")

# Mean jobs of an establishment, after published figures; growth a year; share of 50 and over; under 30.
_MEAN_JOBS: Final = {ESS: 11.2, PRIVATE_OTHER: 8.1, PUBLIC: 25.0}
_GROWTH: Final = {ESS: 0.011, PRIVATE_OTHER: 0.014, PUBLIC: 0.004}
_OLDER: Final = {ESS: 0.315, PRIVATE_OTHER: 0.272, PUBLIC: 0.365}
_YOUNGER: Final = {ESS: 0.212, PRIVATE_OTHER: 0.258, PUBLIC: 0.165}
# Full-time equivalents of a job and gross pay of a full-time equivalent, by famille or champ.
_FTE: Final = {
    "association": 0.755,
    "cooperative": 0.90,
    "mutuelle": 0.88,
    "fondation": 0.82,
    COMMERCIAL: 0.84,
    PRIVATE_OTHER: 0.875,
    PUBLIC: 0.87,
}
_PAY: Final = {
    "association": 31_400,
    "cooperative": 42_300,
    "mutuelle": 43_100,
    "fondation": 34_200,
    COMMERCIAL: 33_600,
    PRIVATE_OTHER: 39_900,
    PUBLIC: 37_200,
}
_WOMEN: Final = {"86": 0.76, "87": 0.75, "88": 0.83, "85": 0.68, "93": 0.42, "90": 0.45, "94": 0.62, "64": 0.61, "65": 0.66}
_WOMEN_OTHERWISE: Final = {ESS: 0.47, PRIVATE_OTHER: 0.40, PUBLIC: 0.62}
# Texts that repeat: kept as categories, so that adding up 150 000 rows many times stays quick.
_WORDS: Final = ("commune", "epci", "departement", "region", "champ", "family", "division")
# The share of the firms carrying the flag that turn out to be sociétés commerciales de l’ESS.
_COMMERCIAL_SHARE: Final = 0.4
# Chances that an establishment opened, or closed, in a given year.
_OPENED: Final = 0.022
_CLOSED: Final = 0.014
# The year of the epidemic, and a change of method of which the tables must not be read as growth.
EPIDEMIC: Final = 2020
BREAK: Final = 2021
APPRENTICES_NOTE: Final = (
    "secteur privé, régime général, hors agriculture (MSA)\u00a0; apprentis comptés à partir de 2023\u00a0: rupture"
)
_DIP: Final = {"90": 0.90, "93": 0.93, "55": 0.90, "56": 0.91, "79": 0.88}
_METHOD: Final = 1.013


def draw_employers(employers: Sequence[Employer], communes: Sequence[CommuneSpec], *, seed: int) -> pd.DataFrame:
    """One row an establishment: place, champ, famille, division, jobs of the last year, years of opening and closing."""
    dice = np.random.default_rng(seed)
    frame = pd.DataFrame(employers, columns=list(Employer._fields))
    place = pd.DataFrame(
        [(spec.code, spec.epci, spec.departement, spec.region) for spec in communes],
        columns=["commune", "epci", "departement", "region"],
    )
    frame = frame.merge(place, on="commune", how="inner", validate="many_to_one").reset_index(drop=True)
    judged = (frame["family"] == TO_QUALIFY) & (dice.random(len(frame)) < _COMMERCIAL_SHARE)
    frame["family"] = frame["family"].where(frame["family"] != TO_QUALIFY, "").mask(judged, COMMERCIAL)
    frame["champ"] = np.where(frame["family"] != "", ESS, np.where(frame["is_private"], PRIVATE_OTHER, PUBLIC))
    frame["division"] = frame["division"].where(frame["division"].str.len() == 2, "94")
    lower = frame["band"].map({code: band.lower for code, band in TRANCHES.items()}).to_numpy(dtype=float)
    # The open band has no upper bound.
    upper = frame["band"].map({code: 12_000 if band.upper is None else band.upper for code, band in TRANCHES.items()})
    upper = upper.to_numpy(dtype=float)
    jobs = np.floor(lower + (upper - lower + 0.999 * (upper > 0)) * dice.random(len(frame)) ** 1.7)
    for champ, mean in _MEAN_JOBS.items():
        mine = (frame["champ"] == champ).to_numpy()
        if mine.any():
            factor = float(np.clip(mean * mine.sum() / max(jobs[mine].sum(), 1), 0.4, 2.5))
            jobs[mine] = np.where(jobs[mine] > 0, np.maximum(1, np.floor(jobs[mine] * factor + dice.random(mine.sum()))), 0)
    frame["last_jobs"] = jobs
    frame["lasting"] = dice.random(len(frame))
    frame["siren"] = pd.factorize(frame["siren"], sort=True)[0] + 1
    for column in _WORDS:
        frame[column] = frame[column].astype("category")
    return frame.drop(columns=["band", "is_private"])


def jobs_of_year(employers: pd.DataFrame, year: int, last: int, *, seed: int) -> pd.DataFrame:
    """The establishments at work in December of `year`, with the columns of `SUMS`. `last` is the year of `last_jobs`."""
    age = last - year
    # Those with the smallest draws were not there yet: a longer look back leaves more of them out, and always the same.
    frame = employers[employers["lasting"] >= _OPENED * age]
    # And some of those that closed since were there then: they are copies, under another number.
    gone = employers[employers["lasting"] >= 1 - _CLOSED * age].assign(siren=lambda rows: -rows["siren"])
    frame = pd.concat([frame, gone], ignore_index=True)
    dice = np.random.default_rng((seed, year))
    steady = np.random.default_rng((seed, 1))
    pairs = _pairs(employers)
    slope = {pair: float(np.clip(_GROWTH[pair[0]] + steady.normal(0, 0.012), -0.03, 0.05)) for pair in pairs}
    level = {pair: (1 + slope[pair]) ** -age * _event(pair, year) for pair in pairs}
    factor = _by_pair(frame, level)
    noise = dice.normal(1, 0.05, len(frame)) if age else np.ones(len(frame))
    jobs = np.floor(frame["last_jobs"] * np.clip(factor * noise, 0.5, 1.6) + dice.random(len(frame)))
    jobs = np.where(frame["last_jobs"] > 0, np.maximum(jobs, 1), 0).astype(int) if age else frame["last_jobs"].astype(int)
    frame = frame.assign(establishments=1, jobs=np.asarray(jobs))
    outside = (frame["family"] == "").to_numpy()
    ratio = (
        np.where(outside, _by(frame["champ"], _FTE), _by(frame["family"], _FTE))
        * np.where(frame["division"].isin(["93", "90"]), 0.78, 1.0)
        * dice.normal(1, 0.08, len(frame))
    )
    frame["fte"] = np.minimum(np.round(frame["jobs"] * ratio * 10), frame["jobs"] * 10).astype(int)
    mean_pay = np.where(outside, _by(frame["champ"], _PAY), _by(frame["family"], _PAY))
    pay = mean_pay * (1 - 0.021 * age) * dice.normal(1, 0.12, len(frame)).clip(0.6, 1.8)
    frame["pay"] = np.round(frame["fte"] / 10 * pay).astype(int)
    women = _by(frame["division"], _WOMEN)
    women = np.where(np.isnan(women), _by(frame["champ"], _WOMEN_OTHERWISE), women)
    frame["women"] = dice.binomial(frame["jobs"], women)
    frame["over_50"] = dice.binomial(frame["jobs"], _by(frame["champ"], _OLDER))
    frame["over_55"] = dice.binomial(frame["over_50"], 0.54)
    rest = frame["jobs"] - frame["over_50"]
    younger = _by(frame["champ"], _YOUNGER) / (1 - _by(frame["champ"], _OLDER))
    frame["under_30"] = dice.binomial(rest, younger)
    frame["middle"] = rest - frame["under_30"]
    frame["size"] = pd.cut(
        frame["jobs"],
        [-1, 0, 4, 9, 19, 49, 99, 249, 10**9],
        labels=["E0", "E1T4", "E5T9", "E10T19", "E20T49", "E50T99", "E100T249", "E_GE250"],
    )
    return frame.drop(columns=["last_jobs", "lasting"])


def _by(words: pd.Series, values: Mapping[str, float]) -> np.ndarray:
    """The value of each word of a column of categories, NaN without one."""
    known = np.array([values.get(word, np.nan) for word in words.cat.categories] or [np.nan], dtype=float)
    return known[words.cat.codes.to_numpy()]


def _pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """The (champ, division) that exist, in order."""
    return sorted(frame[["champ", "division"]].drop_duplicates().itertuples(index=False, name=None))


def _by_pair(frame: pd.DataFrame, values: Mapping[tuple[str, str], float]) -> np.ndarray:
    champs, divisions = frame["champ"].cat, frame["division"].cat
    known = np.array([[values.get((champ, one), 1.0) for one in divisions.categories] for champ in champs.categories])
    return known[champs.codes.to_numpy(), divisions.codes.to_numpy()]


def _event(pair: tuple[str, str], year: int) -> float:
    """What happened in that year: the dip of the epidemic, and before the change of method jobs counted otherwise."""
    champ, division = pair
    dip = _DIP.get(division, 0.985) if year == EPIDEMIC else 1.0
    return dip / (_METHOD if champ == ESS and year < BREAK else 1.0)


def country_of(frame: pd.DataFrame, *, region: str, seed: int) -> pd.DataFrame:
    """The whole country as the région made larger, sector by sector: less of the ESS, more of the rest. No real figure."""
    keys = ["champ", "family", "division", "size"]
    inside = frame[frame["region"] == region]
    grouped = inside.groupby(keys, sort=True, as_index=False, observed=True)[list(SUMS)].sum()
    dice = np.random.default_rng((seed, 2))
    mean = {ESS: 15.1, PRIVATE_OTHER: 18.4, PUBLIC: 23.5}
    factor = _by_pair(grouped, {pair: mean[pair[0]] * float(np.clip(dice.normal(1, 0.12), 0.7, 1.3)) for pair in _pairs(frame)})
    for column in SUMS:
        grouped[column] = np.round(grouped[column] * factor).astype(int)
    # Parts that must add up to the jobs take what rounding left.
    grouped["middle"] = (grouped["jobs"] - grouped["over_50"] - grouped["under_30"]).clip(lower=0)
    return grouped.assign(country="F", siren=0)
