"""What every sentence needs: the forms of a name, the territories compared, how a column reads."""

from dataclasses import dataclass

from territories.foundations.formats import NBSP
from territories.foundations.toponyms import dans_territoire, de_territoire, le_territoire
from territories.observatory.statistics.figures import Figure
from territories.observatory.statistics.tables import Row, Table


@dataclass(frozen=True, slots=True)
class Naming:
    """The forms of a territory’s name that sentences need."""

    name: str
    le: str
    de: str
    dans: str


def naming(name: str, kind: str = "") -> Naming:
    """The forms of `name` for a territory of this kind (« commune », « epci », « departement », « region », « country »)."""
    return Naming(name, le_territoire(name, kind), de_territoire(name, kind), dans_territoire(name, kind))


@dataclass(frozen=True, slots=True)
class Compared:
    """A comparison territory: its name, its key figures, and those with jobs when it has some."""

    naming: Naming
    key_figures: Table
    job_key_figures: Table | None = None


def whole_value(figure: Figure) -> int:
    """The value to the unit, for agreement and for counts; zero without a value."""
    return 0 if figure.value is None else round(figure.value)


def quoted(label: str) -> str:
    """« Associations »: a label named inside a sentence."""
    return f"«{NBSP}{label}{NBSP}»"


def by_size(table: Table, column: str) -> list[tuple[Row, int]]:
    """Rows with a positive count in `column`, largest first, in table order among equals."""
    rows = [(row, whole_value(row[column])) for row in table.rows if row[column].known]
    return sorted((pair for pair in rows if pair[1] > 0), key=lambda pair: -pair[1])
