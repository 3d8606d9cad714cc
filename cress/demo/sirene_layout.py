"""Columns of the Sirene stock files, in their official order, and the numbers that identify units.

Two generations are written. The files of 2026 have 35 and 54 columns (« Sirene 4 », NAF 2025 added on 16 December
2025, and the columns of the secondary address still in place); those of 2018 lack the columns that came later.
Source: documentation of the Sirene stock files, INSEE.
"""

from typing import Final, Literal

Generation = Literal["2026", "2018"]

LEGAL_UNIT_COLUMNS: Final[tuple[str, ...]] = (
    "siren",
    "statutDiffusionUniteLegale",
    "unitePurgeeUniteLegale",
    "dateCreationUniteLegale",
    "sigleUniteLegale",
    "sexeUniteLegale",
    "prenom1UniteLegale",
    "prenom2UniteLegale",
    "prenom3UniteLegale",
    "prenom4UniteLegale",
    "prenomUsuelUniteLegale",
    "pseudonymeUniteLegale",
    "identifiantAssociationUniteLegale",
    "trancheEffectifsUniteLegale",
    "anneeEffectifsUniteLegale",
    "dateDernierTraitementUniteLegale",
    "nombrePeriodesUniteLegale",
    "categorieEntreprise",
    "anneeCategorieEntreprise",
    "dateDebut",
    "etatAdministratifUniteLegale",
    "nomUniteLegale",
    "nomUsageUniteLegale",
    "denominationUniteLegale",
    "denominationUsuelle1UniteLegale",
    "denominationUsuelle2UniteLegale",
    "denominationUsuelle3UniteLegale",
    "categorieJuridiqueUniteLegale",
    "activitePrincipaleUniteLegale",
    "nomenclatureActivitePrincipaleUniteLegale",
    "nicSiegeUniteLegale",
    "economieSocialeSolidaireUniteLegale",
    "societeMissionUniteLegale",
    "caractereEmployeurUniteLegale",
    "activitePrincipaleNAF25UniteLegale",
)

ESTABLISHMENT_COLUMNS: Final[tuple[str, ...]] = (
    "siren",
    "nic",
    "siret",
    "statutDiffusionEtablissement",
    "dateCreationEtablissement",
    "trancheEffectifsEtablissement",
    "anneeEffectifsEtablissement",
    "activitePrincipaleRegistreMetiersEtablissement",
    "dateDernierTraitementEtablissement",
    "etablissementSiege",
    "nombrePeriodesEtablissement",
    "complementAdresseEtablissement",
    "numeroVoieEtablissement",
    "indiceRepetitionEtablissement",
    "dernierNumeroVoieEtablissement",
    "indiceRepetitionDernierNumeroVoieEtablissement",
    "typeVoieEtablissement",
    "libelleVoieEtablissement",
    "codePostalEtablissement",
    "libelleCommuneEtablissement",
    "libelleCommuneEtrangerEtablissement",
    "distributionSpecialeEtablissement",
    "codeCommuneEtablissement",
    "codeCedexEtablissement",
    "libelleCedexEtablissement",
    "codePaysEtrangerEtablissement",
    "libellePaysEtrangerEtablissement",
    "identifiantAdresseEtablissement",
    "coordonneeLambertAbscisseEtablissement",
    "coordonneeLambertOrdonneeEtablissement",
    "complementAdresse2Etablissement",
    "numeroVoie2Etablissement",
    "indiceRepetition2Etablissement",
    "typeVoie2Etablissement",
    "libelleVoie2Etablissement",
    "codePostal2Etablissement",
    "libelleCommune2Etablissement",
    "libelleCommuneEtranger2Etablissement",
    "distributionSpeciale2Etablissement",
    "codeCommune2Etablissement",
    "codeCedex2Etablissement",
    "libelleCedex2Etablissement",
    "codePaysEtranger2Etablissement",
    "libellePaysEtranger2Etablissement",
    "dateDebut",
    "etatAdministratifEtablissement",
    "enseigne1Etablissement",
    "enseigne2Etablissement",
    "enseigne3Etablissement",
    "denominationUsuelleEtablissement",
    "activitePrincipaleEtablissement",
    "nomenclatureActivitePrincipaleEtablissement",
    "caractereEmployeurEtablissement",
    "activitePrincipaleNAF25Etablissement",
)

_ABSENT_IN_2018: Final = frozenset(
    {
        "societeMissionUniteLegale",
        "activitePrincipaleNAF25UniteLegale",
        "dernierNumeroVoieEtablissement",
        "indiceRepetitionDernierNumeroVoieEtablissement",
        "identifiantAdresseEtablissement",
        "coordonneeLambertAbscisseEtablissement",
        "coordonneeLambertOrdonneeEtablissement",
        "activitePrincipaleNAF25Etablissement",
    }
)

# Columns that a typed parquet file carries with another type than text.
DATE_COLUMNS: Final = frozenset({"dateCreationUniteLegale", "dateCreationEtablissement", "dateDebut"})
BOOLEAN_COLUMNS: Final = frozenset({"etablissementSiege", "unitePurgeeUniteLegale"})
INTEGER_COLUMNS: Final = frozenset(
    {
        "anneeEffectifsUniteLegale",
        "anneeEffectifsEtablissement",
        "anneeCategorieEntreprise",
        "nombrePeriodesUniteLegale",
        "nombrePeriodesEtablissement",
        "categorieJuridiqueUniteLegale",
    }
)


def columns_of(columns: tuple[str, ...], generation: Generation) -> tuple[str, ...]:
    """The columns of a file of that generation, in their order."""
    if generation == "2026":
        return columns
    return tuple(column for column in columns if column not in _ABSENT_IN_2018)


# --- Numbers ----------------------------------------------------------------------------------------------------


def _sum_of_digits(number: int) -> int:
    return number - 9 if number > 9 else number


def _chunk_sums(doubled: tuple[bool, bool, bool, bool]) -> tuple[int, ...]:
    """Luhn sum of every group of four digits, the digits marked `doubled` counting twice."""
    return tuple(
        sum(_sum_of_digits(int(digit) * (2 if twice else 1)) for digit, twice in zip(f"{group:04d}", doubled, strict=True))
        for group in range(10_000)
    )


# Tables rather than loops over digits: a region has a quarter of a million numbers.
_EVEN: Final = _chunk_sums((False, True, False, True))
_ODD: Final = _chunk_sums((True, False, True, False))
_DOUBLE: Final = tuple(_sum_of_digits(digit * 2) for digit in range(10))

LA_POSTE: Final = "356000000"


def siren_from(body: int) -> str:
    """The SIREN (9 digits, Luhn) that starts with the eight digits of `body`, leading zeros included."""
    left, right = divmod(body, 10_000)
    return f"{body:08d}{-(_EVEN[left] + _EVEN[right]) % 10}"


def nic_from(siren: str, rank: int) -> str:
    """The NIC (5 digits) of the establishment of that rank, 1 to 9 999: the last digit makes the SIRET valid.

    La Poste is the exception of the directory: the plain sum of the 14 digits is a multiple of five, Luhn or not.
    """
    if siren == LA_POSTE:
        plain = sum(map(int, siren)) + sum(map(int, f"{rank:04d}"))
        return f"{rank:04d}{-plain % 5}"
    total = _ODD[int(siren[:4])] + _ODD[int(siren[4:8])] + _DOUBLE[int(siren[8])] + _EVEN[rank]
    return f"{rank:04d}{-total % 10}"


def is_valid_number(number: str) -> bool:
    """Luhn's rule, digit by digit, for a SIREN or a SIRET (and the rule of La Poste). Slow and obvious, for checks."""
    if not (number.isascii() and number.isdigit() and len(number) in (9, 14)):
        return False
    if len(number) == 14 and number.startswith(LA_POSTE) and sum(map(int, number)) % 5 == 0:
        return True
    digits = reversed([int(digit) for digit in number])
    return sum(_sum_of_digits(digit * (1 + rank % 2)) for rank, digit in enumerate(digits)) % 10 == 0
