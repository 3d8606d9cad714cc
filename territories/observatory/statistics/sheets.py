"""What a definition sheet is: the catalogue of indicators is made of these."""

from dataclasses import dataclass
from typing import Final

from territories.foundations.formats import Unit

SIRENE: Final = "Insee, Sirene"


@dataclass(frozen=True, slots=True)
class Indicator:
    """A definition sheet. `denominator` names what the figure is divided by, empty for a count."""

    code: str
    label: str
    unit: Unit
    formula: str
    denominator: str = ""
    source: str = SIRENE
    limits: str = ""
    short: str = ""

    @property
    def column(self) -> str:
        """The label of a column, where the title of the table already says the rest."""
        return self.short or self.label
