"""What a file of statistics cannot say of itself: its source, its perimeter, what may be shown of it. No ORM here."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any, Final

from territories.foundations.text import fold
from territories.observatory.enums import DiffusionPolicy, EssPerimeter

JOBS_CONCEPT: Final = "effectifs salariés au 31 décembre (postes)"
MEAN_CONCEPT: Final = "effectifs salariés en moyenne annuelle"
# Thresholds of the rule of INSEE, for what was delivered complete: enterprises, share of the largest one, persons.
DEFAULT_RULES: Final[Mapping[str, float]] = {"min_units": 3, "max_share": 0.85, "min_persons": 5}
AUTO: Final = "auto"
OLDEST_YEAR: Final = 1998


@dataclass(frozen=True)
class OrderMeta:
    """The sheet of a delivery. An empty field of a known source takes the value of `SOURCES`.

    `year` None: the column « millesime » of the file says it, and a file of several years makes several datasets.
    `geography` is the year of the commune codes in the file, the current one when None. `layout` is « auto », « canonical »,
    « flores », « urssaf » or « mapping »; `mapping` is then the JSON form of `layouts.Mapping`. `sheet` names a
    sheet of a workbook.
    """

    source: str
    series: str = ""
    title: str = ""
    producer: str = ""
    licence: str = ""
    published_on: date | None = None
    ess_perimeter: str = ""
    concept: str = ""
    field_note: str = ""
    policy: str = ""
    rules: Mapping[str, float] = field(default_factory=dict)
    absent_is_zero: bool = False
    break_note: str = ""
    year: int | None = None
    geography: int | None = None
    layout: str = AUTO
    mapping: Mapping[str, Any] | None = None
    sheet: str = ""

    def completed(self) -> "OrderMeta":
        """The same sheet with what its source implies; thresholds only when the delivery is complete."""
        known = SOURCES.get(self.source)
        policy = self.policy or (known.policy if known else DiffusionPolicy.MASKED.value)
        rules = {**DEFAULT_RULES, **self.rules} if policy == DiffusionPolicy.COMPLETE else {}
        return replace(
            self,
            series=self.series or (known.series if known else self.source),
            title=self.title or (known.title if known else self.source),
            producer=self.producer or (known.producer if known else ""),
            licence=self.licence or (known.licence if known else ""),
            concept=self.concept or (known.concept if known else JOBS_CONCEPT),
            field_note=self.field_note or (known.field_note if known else ""),
            ess_perimeter=self.ess_perimeter or (known.ess_perimeter if known else ""),
            policy=policy,
            rules=rules,
        )

    def as_json(self) -> dict[str, Any]:
        values = asdict(self)
        values["published_on"] = self.published_on.isoformat() if self.published_on else None
        values["rules"] = dict(self.rules)
        values["mapping"] = dict(self.mapping) if self.mapping is not None else None
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "OrderMeta":
        given = dict(values)
        day = given.get("published_on")
        given["published_on"] = date.fromisoformat(day) if day else None
        return cls(**given)


@dataclass(frozen=True)
class KnownSource:
    """What is settled once for a source. `title` is completed by the year on the datasets."""

    key: str
    label: str
    series: str
    title: str
    producer: str
    licence: str
    concept: str
    field_note: str
    policy: str
    ess_perimeter: str = ""


SOURCES: Final[dict[str, KnownSource]] = {
    source.key: source
    for source in (
        KnownSource(
            "insee-commande",
            "Commande annuelle à l’Insee (Flores, ESS)",
            "flores",
            "Insee, Flores, commande de l’observatoire de l’ESS",
            "Insee",
            "Convention avec l’Insee",
            JOBS_CONCEPT,
            "hors défense et particuliers employeurs",
            DiffusionPolicy.MASKED.value,
            EssPerimeter.FOUR_FAMILIES.value,
        ),
        KnownSource(
            "flores-open",
            "Flores en données ouvertes (tous secteurs)",
            "flores",
            "Insee, Flores, tous secteurs",
            "Insee",
            "Licence Ouverte 2.0",
            JOBS_CONCEPT,
            "hors défense et particuliers employeurs",
            DiffusionPolicy.PUBLIC.value,
        ),
        KnownSource(
            "urssaf-ess",
            "Urssaf, ESS (régions et France)",
            "urssaf",
            "Urssaf, économie sociale et solidaire",
            "Urssaf",
            "ODbL",
            MEAN_CONCEPT,
            "secteur privé, régime général, hors agriculture (MSA)",
            DiffusionPolicy.PUBLIC.value,
            EssPerimeter.FOUR_FAMILIES.value,
        ),
    )
}

OTHER_PREFIX: Final = "autre-"


def other_source(title: str) -> str:
    """The key of a source that is not among the known ones, from its title: « autre-enquete-emploi »."""
    words = "".join(letter if letter.isalnum() and letter.isascii() else " " for letter in fold(title)).split()
    return (OTHER_PREFIX + "-".join(words))[:40].rstrip("-")
