"""Reads the code officiel géographique as packaged in `@etalab/decoupage-administratif`. Pure: no database.

Source of the files: INSEE (code officiel géographique, populations) and DGCL (EPCI), Licence Ouverte. Populations come
from `communes.json` alone: `epci.json` carries those of another year.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from territories.foundations.formats import apostrophe
from territories.geography.enums import COUNTRY_CODE, FormerKind, TerritoryKind
from territories.geography.toponymy import search_form

PACKAGE: Final = "@etalab/decoupage-administratif"
FILES: Final = ("communes.json", "epci.json", "departements.json", "regions.json")
# Raised when the reading below changes, so that the same files are loaded again.
READING: Final = "1"
# Major version n of the package is the geography of 1 January 2020 + n (6.0.0: 2026).
_FIRST_YEAR: Final = 2020
# Populations in force on 1 January of year N describe N − 3 (INSEE, populations de référence); the file does not say it.
_POPULATION_AGE: Final = 3
_OVERSEAS_COLLECTIVITY: Final = "com"

_FORMER_KINDS: Final = {
    "commune-deleguee": FormerKind.DELEGATED,
    "commune-associee": FormerKind.ASSOCIATED,
    "arrondissement-municipal": FormerKind.ARRONDISSEMENT,
}
COUNTRY_DESCRIPTION: Final = (
    "France métropolitaine et les cinq départements d’outre-mer (Guadeloupe, Martinique, Guyane, La Réunion, Mayotte)\u00a0; "
    "sans les autres collectivités d’outre-mer."
)


class GeographyFileError(Exception):
    """The files cannot be read as a geography. The text is a French sentence: what is wrong and what to do."""


@dataclass(frozen=True)
class CommuneRow:
    code: str
    name: str
    departement: str
    region: str
    epci: str
    in_country: bool
    postal_codes: tuple[str, ...]
    population: int | None


@dataclass(frozen=True)
class FormerRow:
    """A code that is no longer a commune’s and the current commune it belongs to; the name is often unknown."""

    code: str
    commune: str
    kind: FormerKind
    name: str = ""


@dataclass(frozen=True)
class TerritoryRow:
    """A standard territory. `population` is the sum of the known ones of its communes, None when none is known."""

    kind: TerritoryKind
    code: str
    name: str
    nature: str
    place: str
    population: int | None
    commune_count: int
    description: str = ""
    former_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Geography:
    """A whole millésime, ready to be loaded. `stamp` changes with any of the files."""

    year: int
    source: str
    population_label: str
    stamp: str
    communes: Sequence[CommuneRow]
    formers: Sequence[FormerRow]
    territories: Sequence[TerritoryRow]
    remarks: Sequence[str] = field(default=())


def read_package(folder: Path) -> Geography:
    """The geography of an unpacked package. Raises GeographyFileError."""
    try:
        version = str(json.loads((folder / "package.json").read_text(encoding="utf-8"))["version"])
        raw = {name: (folder / "data" / name).read_bytes() for name in FILES}
        tables: dict[str, list[dict[str, Any]]] = {name: json.loads(content) for name, content in raw.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GeographyFileError(
            f"Le découpage administratif est introuvable ou abîmé dans «\u00a0{folder}\u00a0»\u00a0: "
            f"relancez «\u00a0npm ci\u00a0», ou donnez le dossier du paquet {PACKAGE} par --dossier."
        ) from error
    digest = hashlib.sha256(f"{READING}\n{version}\n".encode())
    for name in FILES:
        digest.update(raw[name])
    return build_geography(
        version,
        communes=tables["communes.json"],
        epci=tables["epci.json"],
        departements=tables["departements.json"],
        regions=tables["regions.json"],
        stamp=digest.hexdigest(),
    )


def build_geography(
    version: str,
    *,
    communes: Iterable[Mapping[str, Any]],
    epci: Sequence[Mapping[str, Any]],
    departements: Sequence[Mapping[str, Any]],
    regions: Sequence[Mapping[str, Any]],
    stamp: str,
) -> Geography:
    """The geography of tables in the form of the package. Raises GeographyFileError when they contradict themselves."""
    major = re.match(r"(\d+)\.", version)
    if major is None:
        raise GeographyFileError(f"La version «\u00a0{version}\u00a0» du paquet {PACKAGE} n’a pas la forme attendue (6.0.0).")
    year = _FIRST_YEAR + int(major[1])
    entries = list(communes)
    try:
        epci_of = {member["code"]: group["code"] for group in epci for member in group["membres"]}
        current = [_commune(entry, epci_of) for entry in entries if entry["type"] == "commune-actuelle"]
        formers, seats, remarks = _formers(entries, {row.code for row in current})
        territories = _territories(current, epci, departements, regions, _names_by_commune(formers, seats))
    except (KeyError, TypeError, AttributeError) as error:
        raise GeographyFileError(
            f"Le paquet {PACKAGE} {version} n’a plus les colonnes attendues ({error})\u00a0: "
            "gardez la version précédente et signalez-le."
        ) from error
    repeated = [code for code, count in Counter(row.code for row in current).items() if count > 1]
    unknown = sorted(set(epci_of) - {row.code for row in current})
    if not current or repeated or unknown:
        found = f"communes en double {repeated[:5]}" if repeated else f"membres d’EPCI inconnus {unknown[:5]}"
        raise GeographyFileError(f"Le paquet {PACKAGE} {version} se contredit\u00a0: {found if current else 'aucune commune'}.")
    return Geography(
        year=year,
        source=(
            f"INSEE, code officiel géographique {year}, et DGCL, périmètre des EPCI\u00a0; {PACKAGE} {version} "
            "(données sous Licence Ouverte, code sous licence MIT)"
        ),
        population_label=(f"population municipale, millésime le plus récent du fichier ({year - _POPULATION_AGE}, déduit)"),
        stamp=stamp,
        communes=current,
        formers=formers,
        territories=territories,
        remarks=remarks,
    )


def _commune(entry: Mapping[str, Any], epci_of: Mapping[str, str]) -> CommuneRow:
    return CommuneRow(
        code=entry["code"],
        name=apostrophe(entry["nom"]),
        departement=entry["departement"],
        region=entry["region"],
        epci=epci_of.get(entry["code"], ""),
        in_country=entry.get("zone") != _OVERSEAS_COLLECTIVITY,
        postal_codes=tuple(entry.get("codesPostaux", ())),
        population=entry.get("population"),
    )


def read_communes(folder: Path) -> list[dict[str, Any]]:
    """The entries of `communes.json` as they are, for whoever needs delegated communes by name."""
    entries: list[dict[str, Any]] = json.loads((folder / "data" / "communes.json").read_bytes())
    return entries


def merged_names(entries: Sequence[Mapping[str, Any]]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """By current commune: the name of the delegated commune that keeps its code, the names of the others."""
    formers, seats, _ = _formers(entries, {entry["code"] for entry in entries if entry["type"] == "commune-actuelle"})
    parts: dict[str, list[str]] = defaultdict(list)
    for row in formers:
        if row.name:
            parts[row.commune].append(row.name)
    return {row.commune: row.name for row in seats}, dict(parts)


def _formers(entries: Sequence[Mapping[str, Any]], current: set[str]) -> tuple[list[FormerRow], list[FormerRow], list[str]]:
    """Former codes; delegated communes that kept the code of the whole (a name, not a code); remarks in French.

    Where `anciensCodes` and a delegated commune disagree, the delegated commune is right: it is the state of today.
    """
    found: dict[str, FormerRow] = {}
    seats, remarks = [], []
    for entry in entries:
        kind = _FORMER_KINDS.get(entry["type"])
        if kind is None:
            continue
        row = FormerRow(entry["code"], entry.get("chefLieu") or entry["commune"], kind, apostrophe(entry["nom"]))
        if row.commune not in current:
            remarks.append(f"{row.code} ({row.name}) dépend de {row.commune}, qui n’est pas une commune\u00a0: laissé de côté.")
        elif row.code in current:
            seats.append(row)
        else:
            found[row.code] = row
    for entry in entries:
        if entry["type"] != "commune-actuelle":
            continue
        for code in entry.get("anciensCodes", ()):
            if code in current:
                continue
            known = found.setdefault(code, FormerRow(code, entry["code"], FormerKind.FORMER))
            if known.commune != entry["code"]:
                remarks.append(
                    f"{code} ({known.name}) est dit de {entry['code']} et de {known.commune}\u00a0: {known.commune} est retenu."
                )
    return [found[code] for code in sorted(found)], seats, remarks


def _names_by_commune(formers: Iterable[FormerRow], seats: Iterable[FormerRow]) -> dict[str, tuple[str, ...]]:
    names: dict[str, set[str]] = defaultdict(set)
    for row in [*formers, *seats]:
        if row.name:
            names[row.commune].add(row.name)
    return {code: tuple(sorted(found, key=search_form)) for code, found in names.items()}


def _population(rows: Iterable[CommuneRow]) -> int | None:
    known = [row.population for row in rows if row.population is not None]
    return sum(known) if known else None


def _by_people(rows: Iterable[CommuneRow], names: Mapping[str, str]) -> str:
    """Names of the départements of communes, the most peopled part first."""
    people: Counter[str] = Counter()
    for row in rows:
        people[row.departement] += row.population or 0
    return ", ".join(names[code] for code in sorted(people, key=lambda code: (-people[code], code)))


def _territories(
    communes: Sequence[CommuneRow],
    epci: Sequence[Mapping[str, Any]],
    departements: Sequence[Mapping[str, Any]],
    regions: Sequence[Mapping[str, Any]],
    former_names: Mapping[str, tuple[str, ...]],
) -> list[TerritoryRow]:
    """Every standard territory. Overseas collectivités are neither départements nor régions: their communes stand alone."""
    departement_names = {entry["code"]: apostrophe(entry["nom"]) for entry in departements}
    region_names = {entry["code"]: apostrophe(entry["nom"]) for entry in regions}
    members: dict[tuple[TerritoryKind, str], list[CommuneRow]] = defaultdict(list)
    for row in communes:
        members[TerritoryKind.EPCI, row.epci].append(row)
        if row.in_country:
            members[TerritoryKind.DEPARTEMENT, row.departement].append(row)
            members[TerritoryKind.REGION, row.region].append(row)
            members[TerritoryKind.COUNTRY, COUNTRY_CODE].append(row)

    def made(kind: TerritoryKind, code: str, name: str, place: str, nature: str = "", description: str = "") -> TerritoryRow:
        rows = members[kind, code]
        return TerritoryRow(kind, code, name, nature, place, _population(rows), len(rows), description)

    rows = [
        TerritoryRow(
            TerritoryKind.COMMUNE,
            row.code,
            row.name,
            "",
            f"{departement_names[row.departement]} ({row.departement})",
            row.population,
            1,
            former_names=tuple(name for name in former_names.get(row.code, ()) if name != row.name),
        )
        for row in communes
    ]
    for entry in epci:
        place = _by_people(members[TerritoryKind.EPCI, entry["code"]], departement_names)
        rows.append(made(TerritoryKind.EPCI, entry["code"], apostrophe(entry["nom"]), place, nature=entry["type"]))
    for entry in departements:
        if entry.get("zone") != _OVERSEAS_COLLECTIVITY:
            name, place = departement_names[entry["code"]], region_names[entry["region"]]
            rows.append(made(TerritoryKind.DEPARTEMENT, entry["code"], name, place))
    for entry in regions:
        if entry.get("zone") != _OVERSEAS_COLLECTIVITY:
            rows.append(made(TerritoryKind.REGION, entry["code"], region_names[entry["code"]], "France"))
    rows.append(made(TerritoryKind.COUNTRY, COUNTRY_CODE, "France", "", description=COUNTRY_DESCRIPTION))
    return rows
