"""What the files of the demonstration contain, counted from the plan: the oracle of the import.

Counted in plain loops over the rows and the tags that the generator put on them. No perimeter table, no SQL and no code
of the import takes part, so that an error there cannot hide here.

Definitions. An ESS establishment is counted when its legal unit was drawn in a famille and nothing refuses it:
establishment and legal unit active, four figures of the APE not excluded, not « N » in an old file, valid SIRET, commune
known. It is an employer when its size band is given and is not « NN » (« 00 » is an employer).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

from cress.demo.sirene_rows import EMPTY, NULL, UNKNOWN_DATE, CommuneSpec, Establishment, Refusal, Unit

_OUTSIDE_EMPLOYERS: Final = ("97", "98", "99")
_TO_VALIDATE: Final = ("9210", "9224", "9240")
# Not yet in a famille: an ordinary company carrying the flag.
TO_QUALIFY: Final = "to-qualify"


class Employer(NamedTuple):
    """An open employer as the statistics with jobs see it. `family` is empty outside the ESS, « to-qualify » when in doubt."""

    siren: str
    commune: str
    division: str
    band: str
    family: str
    is_private: bool


@dataclass
class Truth:
    """Counts of establishments unless said otherwise. Communes are current codes, familles are keys.

    `legal_units` and `establishments` are the written files. Keys of the counters:

    - `ess`: (commune, famille, is employer);
    - `ess_by_epci`, `non_employers_by_epci`: (EPCI, famille), for the communes given to the generator;
    - `by_division`: (famille, nomenclature, division), `by_size`: (famille, tranche), employers only;
    - `enterprises_by_epci`, `enterprises_by_commune`: distinct SIREN having an employer establishment there;
    - `private_employers`, `public_employers`: commune, outside the ESS;
    - `to_qualify`: (commune, is employer);
    - `creations`, `closures`: year, and (commune, year) in the `_by_commune` twins;
    - `cohorts_by_commune`: (commune, year of creation) of those of which the end is known; `survived_by_commune` adds the
      age reached, 3 or 5;
    - `former`: code as written in the file, when it is not the current one;
    - `employer_rows`: the open employers of every legal form, one by one;
    - `cases`: SIRET of the difficult cases by key.
    """

    legal_units: Path
    establishments: Path
    reference_year: int
    ess: Counter[tuple[str, str, bool]] = field(default_factory=Counter)
    ess_by_epci: Counter[tuple[str, str]] = field(default_factory=Counter)
    non_employers_by_epci: Counter[tuple[str, str]] = field(default_factory=Counter)
    by_division: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    by_size: Counter[tuple[str, str]] = field(default_factory=Counter)
    enterprises: int = 0
    enterprises_by_epci: Counter[str] = field(default_factory=Counter)
    enterprises_by_commune: Counter[str] = field(default_factory=Counter)
    private_employers: Counter[str] = field(default_factory=Counter)
    public_employers: Counter[str] = field(default_factory=Counter)
    to_qualify: Counter[tuple[str, bool]] = field(default_factory=Counter)
    to_validate: int = 0
    partial: int = 0
    excluded_ape: Counter[str] = field(default_factory=Counter)
    closed_establishments: int = 0
    closed_units: int = 0
    dropped_n: int = 0
    invalid_siret: int = 0
    unknown_commune: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    orphans: int = 0
    former: Counter[str] = field(default_factory=Counter)
    creations: Counter[int] = field(default_factory=Counter)
    closures: Counter[int] = field(default_factory=Counter)
    creations_by_commune: Counter[tuple[str, int]] = field(default_factory=Counter)
    closures_by_commune: Counter[tuple[str, int]] = field(default_factory=Counter)
    cohorts_by_commune: Counter[tuple[str, int]] = field(default_factory=Counter)
    survived_by_commune: Counter[tuple[str, int, int]] = field(default_factory=Counter)
    rows_legal_units: int = 0
    rows_establishments: int = 0
    duplicates: int = 0
    cases: dict[str, tuple[str, ...]] = field(default_factory=dict)
    employer_rows: list[Employer] = field(default_factory=list, repr=False)

    def employers(self, family: str | None = None) -> int:
        """ESS employer establishments of the whole file, or of one famille."""
        return sum(count for (_, key, is_employer), count in self.ess.items() if is_employer and family in (None, key))

    def count(self, units: Iterable[Unit], rows: Sequence[Establishment], communes: Sequence[CommuneSpec]) -> None:
        """Fill the counters from the plan. Duplicates count once."""
        epci_of = {commune.code: commune.epci for commune in communes if commune.epci}
        enterprises: set[str] = set()
        in_epci: set[tuple[str, str]] = set()
        in_commune: set[tuple[str, str]] = set()
        self.rows_legal_units = sum(1 for unit in units if unit.written)
        for row in rows:
            self.rows_establishments += row.copies
            self.duplicates += row.copies - 1
            if row.unit.family is not None and row.refused is None:
                self._count_ess(row, epci_of)
                if row.is_employer and row.commune is not None:
                    siren = row.unit.siren
                    enterprises.add(siren)
                    in_commune.add((row.commune, siren))
                    if row.commune in epci_of:
                        in_epci.add((epci_of[row.commune], siren))
            else:
                self._count_other(row)
        self.enterprises = len(enterprises)
        self.enterprises_by_epci.update(epci for epci, _ in in_epci)
        self.enterprises_by_commune.update(commune for commune, _ in in_commune)

    def _count_ess(self, row: Establishment, epci_of: dict[str, str]) -> None:
        family, commune, is_employer = row.unit.family, row.commune, row.is_employer
        if family is None or commune is None:
            raise ValueError(f"{row.siret}: a counted establishment has a famille and a commune")
        self.ess[commune, family, is_employer] += 1
        if commune in epci_of:
            by_epci = self.ess_by_epci if is_employer else self.non_employers_by_epci
            by_epci[epci_of[commune], family] += 1
        if is_employer:
            division = "" if row.ape in (NULL, EMPTY) else row.ape[:2]
            self.employer_rows.append(Employer(row.unit.siren, commune, division, row.tranche, family, True))
            self.by_division[family, row.nomenclature, division] += 1
            self.by_size[family, row.tranche] += 1
        if row.commune_code != commune:
            self.former[row.commune_code] += 1
        if "P" in (row.diffusion, row.unit.diffusion):
            self.partial += 1
        if row.unit.legal_category in _TO_VALIDATE:
            self.to_validate += 1
        self._count_creation(row, commune)

    def _count_creation(self, row: Establishment, commune: str) -> None:
        if row.created not in (UNKNOWN_DATE, NULL):
            year = int(row.created[:4])
            self.creations[year] += 1
            self.creations_by_commune[commune, year] += 1
            self._count_survival(row, commune, year)

    def _count_survival(self, row: Establishment, commune: str, year: int) -> None:
        """How long it lasted, in whole years. Dates are compared as texts: AAAA-MM-JJ sorts as it counts."""
        if row.state == "F" and (row.since in (UNKNOWN_DATE, NULL) or row.since < row.created):
            return
        self.cohorts_by_commune[commune, year] += 1
        for age in (3, 5):
            birthday = f"{year + age}{row.created[4:]}"
            if row.state == "A" or row.since >= birthday:
                self.survived_by_commune[commune, year, age] += 1

    def _count_other(self, row: Establishment) -> None:
        """Everything that is not a counted ESS establishment: refusals, and the employers outside the ESS."""
        if row.unit.family is not None:
            self._count_refusal(row)
        elif row.refused is Refusal.ORPHAN:
            self.orphans += 1
        active = row.state == "A" and row.unit.state == "A" and row.unit.written
        if not active or row.commune is None or "N" in (row.diffusion, row.unit.diffusion):
            return
        if row.refused not in (None, Refusal.EXCLUDED_APE):
            return
        if row.unit.to_qualify:
            self.to_qualify[row.commune, row.is_employer] += 1
        if row.is_employer and not row.ape.startswith(_OUTSIDE_EMPLOYERS):
            is_public = row.unit.legal_category[0] in "47"
            (self.public_employers if is_public else self.private_employers)[row.commune] += 1
            family = TO_QUALIFY if row.unit.to_qualify else ""
            self.employer_rows.append(Employer(row.unit.siren, row.commune, row.ape[:2], row.tranche, family, not is_public))

    def _count_refusal(self, row: Establishment) -> None:
        match row.refused:
            case Refusal.CLOSED:
                self.closed_establishments += 1
                if row.commune is None:
                    raise ValueError(f"{row.siret}: a closed establishment has a commune")
                year = int(row.since[:4])
                self.closures[year] += 1
                self.closures_by_commune[row.commune, year] += 1
                self._count_creation(row, row.commune)
            case Refusal.CLOSED_UNIT:
                self.closed_units += 1
            case Refusal.EXCLUDED_APE:
                self.excluded_ape[row.ape[:2] + row.ape[3:5]] += 1
            case Refusal.OLD_DIFFUSION:
                self.dropped_n += 1
            case Refusal.INVALID_SIRET:
                self.invalid_siret += 1
            case Refusal.UNKNOWN_COMMUNE:
                self.unknown_commune[row.commune_code] += 1
            case Refusal.FOREIGN:
                self.foreign += 1
            case _:
                raise ValueError(f"{row.siret}: unknown motive {row.refused}")
