"""The rows of the two stock files, as they stand before being written.

Every attribute is a *cell*: the text that goes between two commas of the CSV file. A missing value is `NULL` (nothing
between the commas), an empty text is `EMPTY` (two quotes): DuckDB reads the first as NULL and the second as ''. The
masked value of the partial diffusion is `MASKED`. These three mean « no value » and must be told apart from a value.

Beside its cells, a row carries what the generator knows of it (famille, motive of refusal, current commune). The truth
is counted from these tags, which no column of the files repeats.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from operator import attrgetter
from typing import Any, Final, NamedTuple

NULL: Final = ""
EMPTY: Final = '""'
MASKED: Final = "[ND]"
NON_EMPLOYER: Final = "NN"
UNKNOWN_DATE: Final = "1900-01-01"


class Refusal(StrEnum):
    """Why an establishment of an ESS unit is not counted; each refused row has one motive, and only one."""

    CLOSED = "closed"
    CLOSED_UNIT = "closed-unit"
    EXCLUDED_APE = "excluded-ape"
    OLD_DIFFUSION = "old-diffusion"
    INVALID_SIRET = "invalid-siret"
    UNKNOWN_COMMUNE = "unknown-commune"
    FOREIGN = "foreign"
    ORPHAN = "orphan"


class CommuneSpec(NamedTuple):
    """A commune of the region to write: codes as text, population municipale. `epci` is empty when it has none."""

    code: str
    nom: str
    departement: str
    region: str
    epci: str
    population: int
    code_postal: str


@dataclass(slots=True)
class Unit:
    """A row of StockUniteLegale. Tags: `family` (key of the famille, None outside the ESS), `to_qualify`, `theme`."""

    siren: str
    legal_category: str
    name: str
    ape: str
    naf_2025: str
    created: str
    seat_nic: str = NULL
    family: str | None = None
    to_qualify: bool = False
    theme: str = ""
    next_rank: int = 1
    written: bool = True
    diffusion: str = "O"
    purged: str = NULL
    acronym: str = NULL
    sex: str = NULL
    first_name: str = NULL
    rna: str = NULL
    tranche: str = NULL
    tranche_year: str = NULL
    processed: str = NULL
    periods: str = "1"
    category: str = NULL
    category_year: str = NULL
    since: str = NULL
    state: str = "A"
    surname: str = NULL
    usual_name: str = NULL
    nomenclature: str = "NAFRev2"
    flag: str = NULL
    mission: str = NULL
    employer: str = NULL


@dataclass(slots=True)
class Establishment:
    """A row of StockEtablissement.

    Tags: `commune` (current code, None when the row cannot be placed), `refused` (the one motive for which an
    establishment of an ESS unit is not counted, None when nothing is wrong with it), `copies` (times it is written).
    """

    unit: Unit
    nic: str
    siret: str
    commune: str | None
    commune_code: str
    commune_label: str
    postcode: str
    ape: str
    naf_2025: str
    created: str
    refused: Refusal | None = None
    copies: int = 1
    siren: str = field(default=NULL)
    diffusion: str = "O"
    tranche: str = NULL
    tranche_year: str = NULL
    trade_register: str = NULL
    processed: str = NULL
    seat: str = "true"
    periods: str = "1"
    complement: str = NULL
    number: str = NULL
    repetition: str = NULL
    street_type: str = NULL
    street: str = NULL
    foreign_town: str = NULL
    distribution: str = NULL
    cedex: str = NULL
    cedex_label: str = NULL
    country_code: str = NULL
    country: str = NULL
    address_id: str = NULL
    x: str = NULL
    y: str = NULL
    second_postcode: str = NULL
    second_town: str = NULL
    second_commune: str = NULL
    since: str = NULL
    state: str = "A"
    sign: str = NULL
    usual_name: str = NULL
    nomenclature: str = "NAFRev2"
    employer: str = NULL

    @property
    def is_employer(self) -> bool:
        """True when the size band says that it employed someone in the reference year."""
        return self.tranche not in (NULL, EMPTY, MASKED, NON_EMPLOYER)


UNIT_CELLS: Final[dict[str, str]] = {
    "siren": "siren",
    "statutDiffusionUniteLegale": "diffusion",
    "unitePurgeeUniteLegale": "purged",
    "dateCreationUniteLegale": "created",
    "sigleUniteLegale": "acronym",
    "sexeUniteLegale": "sex",
    "prenom1UniteLegale": "first_name",
    "prenomUsuelUniteLegale": "first_name",
    "identifiantAssociationUniteLegale": "rna",
    "trancheEffectifsUniteLegale": "tranche",
    "anneeEffectifsUniteLegale": "tranche_year",
    "dateDernierTraitementUniteLegale": "processed",
    "nombrePeriodesUniteLegale": "periods",
    "categorieEntreprise": "category",
    "anneeCategorieEntreprise": "category_year",
    "dateDebut": "since",
    "etatAdministratifUniteLegale": "state",
    "nomUniteLegale": "surname",
    "denominationUniteLegale": "name",
    "denominationUsuelle1UniteLegale": "usual_name",
    "categorieJuridiqueUniteLegale": "legal_category",
    "activitePrincipaleUniteLegale": "ape",
    "nomenclatureActivitePrincipaleUniteLegale": "nomenclature",
    "nicSiegeUniteLegale": "seat_nic",
    "economieSocialeSolidaireUniteLegale": "flag",
    "societeMissionUniteLegale": "mission",
    "caractereEmployeurUniteLegale": "employer",
    "activitePrincipaleNAF25UniteLegale": "naf_2025",
}

ESTABLISHMENT_CELLS: Final[dict[str, str]] = {
    "siren": "siren",
    "nic": "nic",
    "siret": "siret",
    "statutDiffusionEtablissement": "diffusion",
    "dateCreationEtablissement": "created",
    "trancheEffectifsEtablissement": "tranche",
    "anneeEffectifsEtablissement": "tranche_year",
    "activitePrincipaleRegistreMetiersEtablissement": "trade_register",
    "dateDernierTraitementEtablissement": "processed",
    "etablissementSiege": "seat",
    "nombrePeriodesEtablissement": "periods",
    "complementAdresseEtablissement": "complement",
    "numeroVoieEtablissement": "number",
    "indiceRepetitionEtablissement": "repetition",
    "typeVoieEtablissement": "street_type",
    "libelleVoieEtablissement": "street",
    "codePostalEtablissement": "postcode",
    "libelleCommuneEtablissement": "commune_label",
    "libelleCommuneEtrangerEtablissement": "foreign_town",
    "distributionSpecialeEtablissement": "distribution",
    "codeCommuneEtablissement": "commune_code",
    "codeCedexEtablissement": "cedex",
    "libelleCedexEtablissement": "cedex_label",
    "codePaysEtrangerEtablissement": "country_code",
    "libellePaysEtrangerEtablissement": "country",
    "identifiantAdresseEtablissement": "address_id",
    "coordonneeLambertAbscisseEtablissement": "x",
    "coordonneeLambertOrdonneeEtablissement": "y",
    "codePostal2Etablissement": "second_postcode",
    "libelleCommune2Etablissement": "second_town",
    "codeCommune2Etablissement": "second_commune",
    "dateDebut": "since",
    "etatAdministratifEtablissement": "state",
    "enseigne1Etablissement": "sign",
    "denominationUsuelleEtablissement": "usual_name",
    "activitePrincipaleEtablissement": "ape",
    "nomenclatureActivitePrincipaleEtablissement": "nomenclature",
    "caractereEmployeurEtablissement": "employer",
    "activitePrincipaleNAF25Etablissement": "naf_2025",
}


def line_writer(columns: tuple[str, ...], cells: dict[str, str]) -> Callable[[Any], str]:
    """A function giving the CSV line of a row for these columns; a column without a cell is always NULL."""
    template = ",".join("%s" if column in cells else "" for column in columns) + "\n"
    values = attrgetter(*(cells[column] for column in columns if column in cells))
    return lambda row: template % values(row)


def quoted(text: str) -> str:
    """The cell of a free text: quoted when it holds a comma, a quote or a line break, as in the official files."""
    if any(mark in text for mark in ',"\n\r'):
        return '"' + text.replace('"', '""') + '"'
    return text
