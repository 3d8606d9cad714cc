"""What the demonstration region is made of: kinds of structures, their legal categories, numbers and activities.

Orders of magnitude for a region of 3.9 million inhabitants, after the published figures of the Pays de la Loire
(about 15 000 ESS employer establishments, four out of five associations). Frequencies are per 1 000 inhabitants, so
that any list of communes gives a plausible file.
"""

from typing import Final, NamedTuple

from cress.demo.sirene_activities import (
    ASSOCIATION_EMPLOYERS,
    ASSOCIATION_OTHERS,
    PRIVATE,
    PUBLIC,
    Activity,
)

_A = Activity


class Profile(NamedTuple):
    """A kind of structure.

    `employers` and `others` are establishments per 1 000 inhabitants. `clusters` says how many establishments a legal
    unit holds: (number, weight). `flag` is the share of units carrying « O » in economieSocialeSolidaireUniteLegale.
    """

    key: str
    family: str | None
    employers: float
    others: float
    legal: tuple[tuple[str, float], ...]
    activities: tuple[Activity, ...]
    clusters: tuple[tuple[int, float], ...] = ((1, 1),)
    flag: float = 0.0
    partial: float = 0.004
    to_qualify: bool = False
    other_activities: tuple[Activity, ...] = ()


ESS_PROFILES: Final[tuple[Profile, ...]] = (
    Profile(
        "association",
        "association",
        3.03,
        14.0,
        (
            ("9220", 95.2),
            ("9230", 1.6),
            ("9223", 1.0),
            ("9221", 1.0),
            ("9222", 0.6),
            ("9240", 0.3),
            ("9210", 0.2),
            ("9224", 0.05),
            ("9260", 0.05),
        ),
        ASSOCIATION_EMPLOYERS,
        ((1, 88), (2, 7), (3, 2.5), (5, 1.5), (9, 0.7), (18, 0.25), (45, 0.05)),
        0.90,
        other_activities=ASSOCIATION_OTHERS,
    ),
    Profile(
        "bank",
        "cooperative",
        0.155,
        0.005,
        (("6596", 45), ("5192", 22), ("5196", 25), ("5194", 8)),
        (_A("64.19Z", 1, "finance", "s", "town"),),
        ((40, 1), (70, 2), (110, 1)),
        0.80,
        0.0,
    ),
    Profile(
        "local-bank",
        "cooperative",
        0.07,
        0.004,
        (("6595", 1),),
        (_A("64.19Z", 1, "finance", "s", "village"),),
        ((1, 5), (2, 1)),
        0.85,
        0.0,
    ),
    Profile(
        "farming",
        "cooperative",
        0.075,
        0.05,
        (("6317", 68), ("6318", 12), ("6532", 10), ("5432", 4), ("5532", 4), ("5632", 2)),
        (
            _A("46.21Z", 5, "cooperative-agricole", "m", "rural"),
            _A("01.62Z", 1.5, "cooperative-agricole", "m", "rural"),
            _A("10.51A", 1, "cooperative-agricole", "l", "rural"),
            _A("10.11Z", 0.6, "cooperative-agricole", "l", "rural"),
            _A("11.02B", 0.5, "cooperative-agricole", "s", "rural"),
            _A("46.33Z", 0.4, "cooperative-agricole", "s", "village"),
            _A("47.52A", 0.8, "cooperative-agricole", "s", "village"),
        ),
        ((1, 8), (4, 3), (12, 2), (35, 0.5)),
        0.80,
    ),
    Profile(
        "cuma",
        "cooperative",
        0.042,
        0.23,
        (("6316", 1),),
        (_A("01.61Z", 1, "agriculture", "xs", "rural"),),
        flag=0.70,
    ),
    Profile(
        "scop",
        "cooperative",
        0.083,
        0.018,
        (("5458", 58), ("5558", 12), ("5658", 2), ("5460", 19), ("5560", 8), ("5660", 1)),
        (
            _A("43.32A", 2, "industrie", "m"),
            _A("43.21A", 1.5, "industrie", "m"),
            _A("41.20B", 1, "industrie", "m"),
            _A("25.62B", 1, "industrie", "m", "village"),
            _A("18.12Z", 0.6, "industrie", "m", "town"),
            _A("31.09B", 0.4, "industrie", "m", "rural"),
            _A("38.32Z", 0.5, "insertion", "m"),
            _A("47.29Z", 0.9, "commerce", "s", "urban"),
            _A("56.10A", 0.8, "hebergement", "s", "urban"),
            _A("62.01Z", 1.4, "services", "m", "metropolis"),
            _A("70.22Z", 1.6, "services", "s", "metropolis"),
            _A("71.12B", 1.4, "services", "m", "metropolis"),
            _A("74.10Z", 0.7, "services", "xs", "metropolis"),
            _A("85.59A", 1.2, "formation", "s", "urban"),
            _A("90.02Z", 0.6, "culture", "xs", "metropolis"),
            _A("81.30Z", 0.5, "industrie", "s"),
            _A("88.91A", 0.3, "petite-enfance", "s", "urban"),
        ),
        ((1, 20), (2, 2), (4, 0.5)),
        0.76,
    ),
    Profile(
        "trade",
        "cooperative",
        0.014,
        0.003,
        (("5552", 38), ("5652", 8), ("5453", 20), ("5553", 10), ("5551", 8), ("5455", 6), ("5555", 4), ("5554", 6)),
        (
            _A("46.39B", 2, "commerce", "l", "town"),
            _A("47.11F", 1, "commerce", "l", "town"),
            _A("46.73A", 1, "commerce", "m"),
            _A("49.41A", 0.8, "services", "m"),
            _A("03.11Z", 0.3, "agriculture", "s", "town"),
        ),
        ((1, 6), (3, 1), (8, 0.4)),
        0.7,
    ),
    Profile(
        "housing",
        "cooperative",
        0.007,
        0.004,
        (("5547", 50), ("5647", 10), ("5543", 20), ("5443", 10), ("6543", 10)),
        (_A("68.20A", 3, "logement", "m", "urban"), _A("41.10A", 1, "logement", "s", "urban")),
        ((1, 3), (4, 1)),
        0.6,
    ),
    Profile(
        "mutual",
        "mutuelle",
        0.093,
        0.01,
        (("8210", 62), ("6411", 26), ("8250", 10), ("8290", 2)),
        (
            _A("65.12Z", 5, "assurance", "s", "town"),
            _A("65.20Z", 0.4, "assurance", "m", "urban"),
            _A("66.22Z", 0.4, "assurance", "xs", "town"),
            _A("47.78A", 2.2, "assurance", "s", "town"),
            _A("86.23Z", 1.6, "sante", "s", "town"),
            _A("86.10Z", 0.15, "sante", "l", "urban"),
            _A("87.10A", 0.8, "social", "l", "town"),
            _A("88.10A", 0.5, "social", "l", "town"),
            _A("88.91A", 0.6, "petite-enfance", "m", "urban"),
        ),
        ((1, 3), (4, 3), (12, 3), (30, 2)),
        0.85,
        0.0,
    ),
    Profile(
        "foundation",
        "fondation",
        0.038,
        0.024,
        (("9300", 1),),
        (
            _A("87.10A", 1.5, "social", "l"),
            _A("87.10B", 1.2, "social", "l"),
            _A("87.90A", 1.2, "social", "m"),
            _A("88.99B", 1.4, "social", "m", "urban"),
            _A("88.10C", 0.8, "social", "l"),
            _A("86.10Z", 0.5, "sante", "l", "urban"),
            _A("85.31Z", 0.6, "enseignement", "l", "town"),
            _A("91.02Z", 0.4, "culture", "s"),
            _A("94.99Z", 1.2, "fondation", "s", "metropolis"),
        ),
        ((1, 4), (3, 2), (9, 1), (18, 0.4)),
        0.75,
    ),
    # SAS and SARL carrying the flag: SCOP and SCIC in that form, sociétés commerciales de l’ESS, and noise.
    Profile(
        "to-qualify",
        None,
        0.09,
        0.11,
        (("5710", 80), ("5499", 18), ("5599", 1.5), ("5699", 0.5)),
        (
            _A("70.22Z", 2, "services", "s", "metropolis"),
            _A("62.01Z", 1.4, "services", "s", "metropolis"),
            _A("88.10A", 1, "social", "m", "town"),
            _A("56.10A", 0.8, "hebergement", "s", "urban"),
            _A("47.29Z", 0.8, "commerce", "xs", "urban"),
            _A("43.32A", 0.7, "industrie", "m"),
            _A("38.32Z", 0.5, "insertion", "m"),
            _A("35.11Z", 0.5, "industrie", "xs", "rural"),
        ),
        flag=1.0,
        to_qualify=True,
    ),
)

# Under a legal category of the ESS, but with an activity that the statistical perimeter leaves out.
EXCLUDED_ACTIVITIES: Final = Profile(
    "excluded",
    "association",
    0.115,
    0.6,
    (("9220", 96), ("9240", 2), ("9230", 2)),
    (
        _A("94.91Z", 5, "culte", "xs", "village"),
        _A("94.20Z", 3, "syndicat", "xs", "urban"),
        _A("94.11Z", 2, "syndicat", "s", "urban"),
        _A("94.92Z", 0.8, "syndicat", "xs", "urban"),
        _A("84.11Z", 0.7, "divers", "s"),
        _A("84.12Z", 0.5, "divers", "s"),
        _A("84.13Z", 0.6, "divers", "s"),
        _A("84.25Z", 0.6, "divers", "xs", "village"),
        _A("84.30B", 0.2, "divers", "m", "urban"),
    ),
    flag=0.85,
)

ORDINARY_PROFILES: Final[tuple[Profile, ...]] = (
    Profile(
        "company",
        None,
        24.2,
        3.4,
        (
            ("5499", 47),
            ("5710", 33),
            ("5599", 1.6),
            ("5699", 0.4),
            ("5202", 0.9),
            ("6598", 4.0),
            ("6533", 2.2),
            ("6540", 2.0),
            ("5485", 1.6),
            ("5785", 1.2),
            ("9110", 0.7),
            ("8310", 0.5),
            ("8420", 0.3),
            ("8410", 0.3),
            ("5546", 0.2),
            ("6599", 0.4),
            ("6589", 0.6),
            ("9900", 0.1),
        ),
        PRIVATE,
        ((1, 92), (2, 4.5), (4, 2), (12, 0.6)),
        partial=0.02,
    ),
    Profile(
        "individual",
        None,
        6.6,
        3.0,
        (("1000", 1),),
        tuple(activity._replace(size="xs") for activity in PRIVATE if activity.size in ("xs", "s")),
        partial=0.25,
    ),
    Profile(
        "public",
        None,
        2.05,
        0.1,
        (
            ("7361", 14),
            ("7331", 16),
            ("7364", 6),
            ("7366", 10),
            ("7346", 10),
            ("7348", 6),
            ("7354", 8),
            ("7210", 14),
            ("7389", 5),
            ("7379", 5),
            ("7172", 4),
            ("4110", 2),
            ("4140", 2),
            ("7410", 1.5),
        ),
        PUBLIC,
        ((1, 60), (3, 20), (10, 4)),
        partial=0.0,
    ),
)
