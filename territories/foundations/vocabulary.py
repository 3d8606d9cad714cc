"""Words of the field that every room shares: statuses, familles, regards, phases, size bands, sectors.

Pure data and lookups. Nothing here may import Django, read a file or know a table: the statistical core, the
charts and the documents all start from these names. What the CRESS edits (perimeter, méthode) is data elsewhere.
"""

import unicodedata
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final


class Status(StrEnum):
    """Why a figure is what it is. Zero is an observed value; every status without a value says why it has none.

    Values are those stored and exchanged; `symbol` is what is printed, after the sign conventions of INSEE.
    """

    OBSERVED = "A"
    SECRET = "s"
    UNAVAILABLE = "nd"
    NOT_APPLICABLE = "///"
    NOT_SIGNIFICANT = "ns"
    PROVISIONAL = "p"
    REVISED = "r"
    ESTIMATED = "e"
    INCLUDES_OTHER = "W"

    @property
    def has_value(self) -> bool:
        """True when a figure of this status carries a number."""
        return self in _WITH_VALUE

    @property
    def symbol(self) -> str:
        """The printed sign: empty for a plainly observed figure."""
        return _STATUS_SYMBOLS[self]

    @property
    def label(self) -> str:
        return _STATUS_LABELS[self]


_WITH_VALUE: Final = frozenset({Status.OBSERVED, Status.PROVISIONAL, Status.REVISED, Status.ESTIMATED, Status.INCLUDES_OTHER})

_STATUS_SYMBOLS: Final[dict[Status, str]] = {
    Status.OBSERVED: "",
    Status.SECRET: "s",
    Status.UNAVAILABLE: "nd",
    Status.NOT_APPLICABLE: "///",
    Status.NOT_SIGNIFICANT: "n.s.",
    Status.PROVISIONAL: "p",
    Status.REVISED: "r",
    Status.ESTIMATED: "e",
    Status.INCLUDES_OTHER: "w",
}

_STATUS_LABELS: Final[dict[Status, str]] = {
    Status.OBSERVED: "donnée observée",
    Status.SECRET: "secret statistique",
    Status.UNAVAILABLE: "donnée non disponible",
    Status.NOT_APPLICABLE: "sans objet",
    Status.NOT_SIGNIFICANT: "non significatif",
    Status.PROVISIONAL: "donnée provisoire",
    Status.REVISED: "donnée révisée",
    Status.ESTIMATED: "donnée estimée",
    Status.INCLUDES_OTHER: "valeur qui comprend une autre commune",
}


class EssFamily(StrEnum):
    """The familles of the ESS (loi n° 2014-856, art. 1, II), in the order in which they are shown everywhere."""

    ASSOCIATION = "association"
    COOPERATIVE = "cooperative"
    MUTUELLE = "mutuelle"
    FONDATION = "fondation"
    COMMERCIAL = "commercial"

    @property
    def label(self) -> str:
        """Plural, as a line of a table or a legend."""
        return _FAMILY_LABELS[self][1]

    @property
    def singular(self) -> str:
        """Lower-case singular, inside a sentence."""
        return _FAMILY_LABELS[self][0]

    @property
    def plural(self) -> str:
        """Lower-case plural, inside a sentence."""
        return self.label[0].lower() + self.label[1:]


_FAMILY_LABELS: Final[dict[EssFamily, tuple[str, str]]] = {
    EssFamily.ASSOCIATION: ("association", "Associations"),
    EssFamily.COOPERATIVE: ("coopérative", "Coopératives"),
    EssFamily.MUTUELLE: ("mutuelle", "Mutuelles"),
    EssFamily.FONDATION: ("fondation", "Fondations"),
    EssFamily.COMMERCIAL: ("société commerciale de l’ESS", "Sociétés commerciales de l’ESS"),
}


class Regard(StrEnum):
    """The three views that a diagnostic partagé crosses. Values are the keys of the design tokens."""

    ESS = "ess"
    ENTERPRISE = "enterprise"
    INSTITUTION = "institution"

    @property
    def label(self) -> str:
        return _REGARD_LABELS[self]


_REGARD_LABELS: Final[dict[Regard, str]] = {
    Regard.ESS: "Structures de l’ESS",
    Regard.ENTERPRISE: "Entreprises classiques",
    Regard.INSTITUTION: "Acteurs institutionnels",
}


class Phase(Enum):
    """The four phases of a démarche. Durations are « environ »: defaults for planned dates, never rules."""

    CHARACTERISATION = 1
    PROSPECTIVE = 2
    FORMALISATION = 3
    CONSOLIDATION = 4

    @property
    def number(self) -> int:
        return int(self.value)

    @property
    def title(self) -> str:
        """The full title, never abridged on screen."""
        return _PHASES[self][0]

    @property
    def months(self) -> int:
        return _PHASES[self][1]

    @property
    def is_optional(self) -> bool:
        """A démarche may end after phase 3: the appui post-diagnostic is contracted apart."""
        return self is Phase.CONSOLIDATION


_PHASES: Final[dict[Phase, tuple[str, int]]] = {
    Phase.CHARACTERISATION: (
        ("Caractérisation du poids, des problématiques du secteur et des coopérations territoriales par les acteurs locaux"),
        6,
    ),
    Phase.PROSPECTIVE: ("Échange et réflexion prospective", 3),
    Phase.FORMALISATION: ("Formalisation et valorisation des résultats obtenus", 3),
    Phase.CONSOLIDATION: (
        "Consolidation et structuration de la dynamique (appui post-diagnostic)",
        24,
    ),
}


# --- Size of establishments -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SizeBand:
    """A value of `trancheEffectifsEtablissement` (documentation of Sirene).

    `lower` and `upper` are inclusive headcounts; `upper` is None when the band is open. `group` is the key of the
    published band. « 00 » had no employee on 31 December but employed someone during the year: an employer.
    """

    code: str
    label: str
    lower: int
    upper: int | None
    group: str

    @property
    def is_employer(self) -> bool:
        return self.code != NON_EMPLOYER


NON_EMPLOYER: Final = "NN"

SIZE_BANDS: Final[tuple[SizeBand, ...]] = (
    SizeBand("NN", "Non employeur", 0, 0, "NN"),
    SizeBand("00", "0 salarié au 31 décembre", 0, 0, "0"),
    SizeBand("01", "1 ou 2 salariés", 1, 2, "1-2"),
    SizeBand("02", "3 à 5 salariés", 3, 5, "3-5"),
    SizeBand("03", "6 à 9 salariés", 6, 9, "6-9"),
    SizeBand("11", "10 à 19 salariés", 10, 19, "10-19"),
    SizeBand("12", "20 à 49 salariés", 20, 49, "20-49"),
    SizeBand("21", "50 à 99 salariés", 50, 99, "50-99"),
    SizeBand("22", "100 à 199 salariés", 100, 199, "100-199"),
    SizeBand("31", "200 à 249 salariés", 200, 249, "200-249"),
    SizeBand("32", "250 à 499 salariés", 250, 499, "250-499"),
    SizeBand("41", "500 à 999 salariés", 500, 999, "500+"),
    SizeBand("42", "1\u202f000 à 1\u202f999 salariés", 1000, 1999, "500+"),
    SizeBand("51", "2\u202f000 à 4\u202f999 salariés", 2000, 4999, "500+"),
    SizeBand("52", "5\u202f000 à 9\u202f999 salariés", 5000, 9999, "500+"),
    SizeBand("53", "10\u202f000 salariés et plus", 10000, None, "500+"),
)

# Official name of the variable, kept for those who look for it.
TRANCHES: Final[dict[str, SizeBand]] = {band.code: band for band in SIZE_BANDS}

# Published bands of employers: key, French label, in order. They do not nest in the classes of Flores.
SIZE_GROUPS: Final[tuple[tuple[str, str], ...]] = (
    ("0", "0"),
    ("1-2", "1–2"),
    ("3-5", "3–5"),
    ("6-9", "6–9"),
    ("10-19", "10–19"),
    ("20-49", "20–49"),
    ("50-99", "50–99"),
    ("100-199", "100–199"),
    ("200-249", "200–249"),
    ("250-499", "250–499"),
    ("500+", "500 et plus"),
)

EMPLOYER_DEFINITION: Final = (
    "Établissement ayant employé au moins un salarié au cours de l’année de référence de Sirene "
    "(tranche d’effectif renseignée et différente de «\u00a0NN\u00a0»)."
)


def is_employer(tranche: str | None) -> bool:
    """True when a Sirene size band says that the establishment employed someone in the reference year.

    Missing and « NN » are no; an unknown code is no. « 00 » is yes.
    """
    band = TRANCHES.get(tranche or "")
    return band is not None and band.is_employer


# --- Activities -----------------------------------------------------------------------------------------------

NAF_REV2: Final = "NAFRev2"
NAF_2025: Final = "NAF2025"

# Divisions that are never counted among employers: private households and extra-territorial bodies.
EXCLUDED_DIVISIONS: Final = frozenset({"97", "98", "99"})

_NOMENCLATURES: Final[dict[str, str]] = {
    "nafrev2": NAF_REV2,
    "naf2008": NAF_REV2,
    "naf2025": NAF_2025,
    "nafrev21": NAF_2025,
    "naf25": NAF_2025,
}


def nomenclature_of(text: str | None) -> str | None:
    """NAF_REV2 or NAF_2025 for the literals met in the files; None for older nomenclatures and for nothing."""
    folded = unicodedata.normalize("NFKD", text or "").encode("ascii", "ignore").decode().lower()
    return _NOMENCLATURES.get("".join(letter for letter in folded if letter.isalnum()))


def division_of(ape: str | None) -> str:
    """The two figures of the division of an APE code (« 94.99Z », « 9499Z »); empty when there is none."""
    digits = (ape or "").strip()[:2]
    return digits if len(digits) == 2 and digits.isascii() and digits.isdigit() else ""


def naf4(ape: str | None) -> str:
    """The class of an APE code as four figures (« 94.99Z » and « 9499Y » give « 9499 »); empty when incomplete.

    The last letter changes between NAF rév. 2 and NAF 2025, the four figures are what the exclusions hold on.
    """
    digits = (ape or "").strip().replace(".", "")[:4]
    return digits if len(digits) == 4 and digits.isascii() and digits.isdigit() else ""


@dataclass(frozen=True)
class Sector:
    """A sector of the grid of the CRESS observatories. `divisions` are those of NAF rév. 2."""

    key: str
    label: str
    divisions: tuple[str, ...]


def _span(*bounds: tuple[int, int]) -> tuple[str, ...]:
    return tuple(code for first, last in bounds for code in (f"{n:02d}" for n in range(first, last + 1)) if code in DIVISIONS)


# Labels of the 88 divisions of NAF rév. 2 (INSEE, décret n° 2007-1888).
DIVISIONS: Final[dict[str, str]] = {
    "01": "Culture et production animale, chasse et services annexes",
    "02": "Sylviculture et exploitation forestière",
    "03": "Pêche et aquaculture",
    "05": "Extraction de houille et de lignite",
    "06": "Extraction d’hydrocarbures",
    "07": "Extraction de minerais métalliques",
    "08": "Autres industries extractives",
    "09": "Services de soutien aux industries extractives",
    "10": "Industries alimentaires",
    "11": "Fabrication de boissons",
    "12": "Fabrication de produits à base de tabac",
    "13": "Fabrication de textiles",
    "14": "Industrie de l’habillement",
    "15": "Industrie du cuir et de la chaussure",
    "16": (
        "Travail du bois et fabrication d’articles en bois et en liège, à l’exception des meubles\u00a0; "
        "fabrication d’articles en vannerie et sparterie"
    ),
    "17": "Industrie du papier et du carton",
    "18": "Imprimerie et reproduction d’enregistrements",
    "19": "Cokéfaction et raffinage",
    "20": "Industrie chimique",
    "21": "Industrie pharmaceutique",
    "22": "Fabrication de produits en caoutchouc et en plastique",
    "23": "Fabrication d’autres produits minéraux non métalliques",
    "24": "Métallurgie",
    "25": "Fabrication de produits métalliques, à l’exception des machines et des équipements",
    "26": "Fabrication de produits informatiques, électroniques et optiques",
    "27": "Fabrication d’équipements électriques",
    "28": "Fabrication de machines et équipements n.c.a.",
    "29": "Industrie automobile",
    "30": "Fabrication d’autres matériels de transport",
    "31": "Fabrication de meubles",
    "32": "Autres industries manufacturières",
    "33": "Réparation et installation de machines et d’équipements",
    "35": "Production et distribution d’électricité, de gaz, de vapeur et d’air conditionné",
    "36": "Captage, traitement et distribution d’eau",
    "37": "Collecte et traitement des eaux usées",
    "38": "Collecte, traitement et élimination des déchets\u00a0; récupération",
    "39": "Dépollution et autres services de gestion des déchets",
    "41": "Construction de bâtiments",
    "42": "Génie civil",
    "43": "Travaux de construction spécialisés",
    "45": "Commerce et réparation d’automobiles et de motocycles",
    "46": "Commerce de gros, à l’exception des automobiles et des motocycles",
    "47": "Commerce de détail, à l’exception des automobiles et des motocycles",
    "49": "Transports terrestres et transport par conduites",
    "50": "Transports par eau",
    "51": "Transports aériens",
    "52": "Entreposage et services auxiliaires des transports",
    "53": "Activités de poste et de courrier",
    "55": "Hébergement",
    "56": "Restauration",
    "58": "Édition",
    "59": (
        "Production de films cinématographiques, de vidéo et de programmes de télévision\u00a0; "
        "enregistrement sonore et édition musicale"
    ),
    "60": "Programmation et diffusion",
    "61": "Télécommunications",
    "62": "Programmation, conseil et autres activités informatiques",
    "63": "Services d’information",
    "64": "Activités des services financiers, hors assurance et caisses de retraite",
    "65": "Assurance",
    "66": "Activités auxiliaires de services financiers et d’assurance",
    "68": "Activités immobilières",
    "69": "Activités juridiques et comptables",
    "70": "Activités des sièges sociaux\u00a0; conseil de gestion",
    "71": "Activités d’architecture et d’ingénierie\u00a0; activités de contrôle et analyses techniques",
    "72": "Recherche-développement scientifique",
    "73": "Publicité et études de marché",
    "74": "Autres activités spécialisées, scientifiques et techniques",
    "75": "Activités vétérinaires",
    "77": "Activités de location et location-bail",
    "78": "Activités liées à l’emploi",
    "79": "Activités des agences de voyage, voyagistes, services de réservation et activités connexes",
    "80": "Enquêtes et sécurité",
    "81": "Services relatifs aux bâtiments et aménagement paysager",
    "82": "Activités administratives et autres activités de soutien aux entreprises",
    "84": "Administration publique et défense\u00a0; sécurité sociale obligatoire",
    "85": "Enseignement",
    "86": "Activités pour la santé humaine",
    "87": "Hébergement médico-social et social",
    "88": "Action sociale sans hébergement",
    "90": "Activités créatives, artistiques et de spectacle",
    "91": "Bibliothèques, archives, musées et autres activités culturelles",
    "92": "Organisation de jeux de hasard et d’argent",
    "93": "Activités sportives, récréatives et de loisirs",
    "94": "Activités des organisations associatives",
    "95": "Réparation d’ordinateurs et de biens personnels et domestiques",
    "96": "Autres services personnels",
    "97": "Activités des ménages en tant qu’employeurs de personnel domestique",
    "98": "Activités indifférenciées des ménages en tant que producteurs de biens et services pour usage propre",
    "99": "Activités des organisations et organismes extraterritoriaux",
}

# NAF 2025 (décret n° 2025-736) deletes division 45 and keeps the other numbers.
DIVISIONS_2025: Final = frozenset(DIVISIONS) - {"45"}

SECTORS: Final[tuple[Sector, ...]] = (
    Sector("agriculture", "Agriculture, sylviculture, pêche", _span((1, 3))),
    Sector("industrie-construction", "Industrie et construction", _span((5, 43))),
    Sector("commerce", "Commerce", _span((45, 47))),
    Sector("hebergement-restauration", "Hébergement et restauration", _span((55, 56))),
    Sector("finance-assurance", "Activités financières et d’assurance", _span((64, 66))),
    Sector("soutien-entreprises", "Soutien aux entreprises", _span((58, 63), (68, 82))),
    Sector("enseignement", "Enseignement", _span((85, 85))),
    Sector("sante", "Santé humaine", _span((86, 86))),
    Sector("action-sociale", "Action sociale", _span((87, 88))),
    Sector("arts-spectacles", "Arts et spectacles", _span((90, 92))),
    Sector("sports-loisirs", "Sports et loisirs", _span((93, 93))),
    Sector("services-divers", "Services divers", _span((49, 53), (84, 84), (94, 99))),
)

SECTOR_LABELS: Final[dict[str, str]] = {sector.key: sector.label for sector in SECTORS}

# Key and label of what no sector takes: older nomenclatures, missing activity.
UNCLASSIFIED: Final = "non-classe"
UNCLASSIFIED_LABEL: Final = "Non classé"

_SECTOR_OF: Final[dict[tuple[str, str], str]] = {
    (nomenclature, division): sector.key
    for nomenclature, known in ((NAF_REV2, frozenset(DIVISIONS)), (NAF_2025, DIVISIONS_2025))
    for sector in SECTORS
    for division in sector.divisions
    if division in known
}


def sector_of(nomenclature: str | None, division: str | None) -> str | None:
    """The key of the sector of a division in its nomenclature; None when it cannot be classified.

    Keyed on the pair, never on section letters: those shift in NAF 2025. Codes of NAP, NAF 1993 and NAF rév. 1 have
    other meanings under the same figures and are left « non classé ».
    """
    known = _SECTOR_OF.get((nomenclature or "", division or ""))
    if known is not None:
        return known
    return _SECTOR_OF.get((nomenclature_of(nomenclature) or "", division or ""))


@dataclass(frozen=True)
class Aggregate:
    """A line of the aggregated levels of NAF rév. 2 (INSEE): an A38 code, its divisions and its coarser levels."""

    a38: str
    divisions: tuple[str, ...]
    a17: str
    a10: str
    a5: str


AGGREGATES: Final[tuple[Aggregate, ...]] = tuple(
    Aggregate(a38, _span((first, last)), a17, a10, a5)
    for a38, first, last, a17, a10, a5 in (
        ("AZ", 1, 3, "AZ", "AZ", "AZ"),
        ("BZ", 5, 9, "DE", "BE", "BE"),
        ("CA", 10, 12, "C1", "BE", "BE"),
        ("CB", 13, 15, "C5", "BE", "BE"),
        ("CC", 16, 18, "C5", "BE", "BE"),
        ("CD", 19, 19, "C2", "BE", "BE"),
        ("CE", 20, 20, "C5", "BE", "BE"),
        ("CF", 21, 21, "C5", "BE", "BE"),
        ("CG", 22, 23, "C5", "BE", "BE"),
        ("CH", 24, 25, "C5", "BE", "BE"),
        ("CI", 26, 26, "C3", "BE", "BE"),
        ("CJ", 27, 27, "C3", "BE", "BE"),
        ("CK", 28, 28, "C3", "BE", "BE"),
        ("CL", 29, 30, "C4", "BE", "BE"),
        ("CM", 31, 33, "C5", "BE", "BE"),
        ("DZ", 35, 35, "DE", "BE", "BE"),
        ("EZ", 36, 39, "DE", "BE", "BE"),
        ("FZ", 41, 43, "FZ", "FZ", "FZ"),
        ("GZ", 45, 47, "GZ", "GI", "GU"),
        ("HZ", 49, 53, "HZ", "GI", "GU"),
        ("IZ", 55, 56, "IZ", "GI", "GU"),
        ("JA", 58, 60, "JZ", "JZ", "GU"),
        ("JB", 61, 61, "JZ", "JZ", "GU"),
        ("JC", 62, 63, "JZ", "JZ", "GU"),
        ("KZ", 64, 66, "KZ", "KZ", "GU"),
        ("LZ", 68, 68, "LZ", "LZ", "GU"),
        ("MA", 69, 71, "MN", "MN", "GU"),
        ("MB", 72, 72, "MN", "MN", "GU"),
        ("MC", 73, 75, "MN", "MN", "GU"),
        ("NZ", 77, 82, "MN", "MN", "GU"),
        ("OZ", 84, 84, "OQ", "OQ", "OQ"),
        ("PZ", 85, 85, "OQ", "OQ", "OQ"),
        ("QA", 86, 86, "OQ", "OQ", "OQ"),
        ("QB", 87, 88, "OQ", "OQ", "OQ"),
        ("RZ", 90, 93, "RU", "RU", "GU"),
        ("SZ", 94, 96, "RU", "RU", "GU"),
        ("TZ", 97, 98, "RU", "RU", "GU"),
        ("UZ", 99, 99, "RU", "RU", "GU"),
    )
)

AGGREGATE_OF: Final[dict[str, Aggregate]] = {division: aggregate for aggregate in AGGREGATES for division in aggregate.divisions}
