"""How fast the national Sirene files become the establishments of a region. Bars: DESIGN, section 6.

    .venv/bin/python -m benchmarks.sirene_import --work FOLDER [--rows 20000000] [--threads 2] [--rounds 3] [--keep]
                                                 [--postgresql URL] [--only reading|database]

Generates files as large as the national ones (about 1.5 GB for 20 million establishments) in FOLDER, and removes them at
the end unless `--keep` (a later run with the same folder then uses them again). Times are the best of several rounds, the
contestants taken in turn in one process, the files in the page cache for all. Memory is that of all the processes of
the real command, sampled twenty times a second.
"""

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.sirene_database import environment, manage, peak_memory, write_apart
from benchmarks.sirene_references import Perimeter, count_by_bare_query, select_by_pandas
from cress.demo.sirene_national import NationalFiles, write_national
from cress.demo.sirene_rows import CommuneSpec
from territories.observatory.perimeter import PerimeterRules, parse_rules, read_shipped
from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.places import Place, Places, load_places
from territories.observatory.sirene.qualify_sql import load_rules
from territories.observatory.sirene.select import make_views, qualifying_query, select_establishments

ROOT: Final = Path(__file__).resolve().parent.parent
GEOGRAPHY: Final = ROOT / "node_modules" / "@etalab" / "decoupage-administratif" / "data"
REGION: Final = "52"
MEMORY: Final = "700MB"


@dataclass(frozen=True)
class Geography:
    """The communes of France, and what the import knows of them."""

    communes: list[CommuneSpec]
    places: Places
    region: frozenset[str]

    @property
    def region_codes(self) -> list[str]:
        """Every code, of today or before, that leads to a commune of the region."""
        return [code for code, commune in self.places.lookup.items() if commune in self.region]

    @property
    def scope_codes(self) -> dict[str, str]:
        """Every code that leads to a commune of the region or of an EPCI that touches it."""
        return {code: commune for code, commune in self.places.lookup.items() if commune in self.places.scope}


def read_geography() -> Geography:
    """From the package of the Etalab, without a database."""
    rows: list[dict[str, Any]] = json.loads((GEOGRAPHY / "communes.json").read_text(encoding="utf-8"))
    groups: list[dict[str, Any]] = json.loads((GEOGRAPHY / "epci.json").read_text(encoding="utf-8"))
    epci_of = {member["code"]: group["code"] for group in groups for member in group["membres"]}
    current = {row["code"]: row for row in rows if row["type"] == "commune-actuelle"}
    region = frozenset(code for code, row in current.items() if row["region"] == REGION)
    touching = {epci_of[code] for code in region if code in epci_of}
    lookup = {code: code for code in current}
    for row in rows:
        lookup.setdefault(row["code"], row.get("chefLieu") or row.get("commune") or row["code"])
        for old in row.get("anciensCodes", ()):
            lookup.setdefault(old, row["code"])
    return Geography(
        communes=[
            CommuneSpec(
                code,
                row["nom"],
                row.get("departement", ""),
                row.get("region", ""),
                epci_of.get(code, ""),
                row.get("population", 0),
                (row.get("codesPostaux") or [""])[0],
            )
            for code, row in sorted(current.items())
        ],
        places=Places(
            lookup={code: commune for code, commune in lookup.items() if commune in current},
            communes={
                code: Place(row.get("departement", ""), row.get("region", ""), epci_of.get(code, ""), row.get("population"), True)
                for code, row in current.items()
            },
            scope=frozenset(code for code in current if code in region or epci_of.get(code) in touching),
        ),
        region=region,
    )


def plain_perimeter(rules: PerimeterRules) -> Perimeter:
    """The shipped perimeter as the plain sets that the references take."""
    return Perimeter(
        families={rule.code: rule.family for rule in rules.categories.values() if rule.included},
        excluded=frozenset(rules.activities),
    )


def select_by_import(
    files: NationalFiles, geography: Geography, rules: PerimeterRules, folder: Path, threads: int
) -> tuple[int, int]:
    """What the application does: included establishments, and rows written (with those to qualify)."""
    with Engine(folder, memory=MEMORY, threads=threads) as engine:
        make_views(engine, [files.legal_units], [files.establishments])
        load_rules(engine, folder, rules)
        load_places(engine, folder, geography.places)
        selection = select_establishments(engine, rules, folder / "import.parquet")
    return selection.included, selection.rows


def qualify_by_import(files: NationalFiles, geography: Geography, rules: PerimeterRules, folder: Path, threads: int) -> int:
    """The application’s own query, asked only who is in, in which famille and why: nothing that the directory shows."""
    with Engine(folder, memory=MEMORY, threads=threads) as engine:
        make_views(engine, [files.legal_units], [files.establishments])
        load_rules(engine, folder, rules)
        load_places(engine, folder, geography.places)
        query = qualifying_query(engine, rules)
        rows = engine.run(f"SELECT qualification, family, motive, count(*) FROM ({query}) GROUP BY ALL")
    return sum(n for qualification, _, _, n in rows if qualification != "excluded")


@dataclass(frozen=True)
class Effort:
    """Seconds on the clock, and seconds of processor over all threads: the second does not depend on the neighbours."""

    wall: float
    cpu: float

    def best(self, other: "Effort") -> "Effort":
        return Effort(min(self.wall, other.wall), min(self.cpu, other.cpu))

    def __str__(self) -> str:
        return f"{self.wall:.2f} s ({self.cpu:.2f} s de processeur)"


def best_of(rounds: int, contestants: dict[str, Callable[[], Any]]) -> tuple[dict[str, Effort], dict[str, Any]]:
    """Least effort of each contestant, taken in turn, and what each found. A first round, not counted, warms up."""
    efforts: dict[str, Effort] = {}
    found: dict[str, Any] = {}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            wall, cpu = time.perf_counter(), time.process_time()
            found[name] = run()
            effort = Effort(time.perf_counter() - wall, time.process_time() - cpu)
            if turn:
                efforts[name] = effort.best(efforts.get(name, effort))
    return efforts, found


def load() -> str:
    """How busy the machine is: a time taken among other works is longer than it should be."""
    return f"charge {os.getloadavg()[0]:.1f} pour {os.cpu_count()} cœurs"


def say(line: str) -> None:
    print(line, flush=True)


class Verdicts:
    """The lines of the table printed at the end."""

    def __init__(self) -> None:
        self.lines = ["| Mesure | Valeur | Barre | |", "|---|---|---|---|"]

    def add(self, name: str, value: float, bar: float, *, at_most: bool, unit: str) -> None:
        """`at_most` says on which side of the bar the value must be; on the bar is held."""
        holds = value <= bar if at_most else value >= bar
        self.lines.append(
            f"| {name} | {value:,.2f} {unit} | {'≤' if at_most else '≥'} {bar:,.1f} | {'tenu' if holds else 'NON TENU'} |"
        )


def measure_reading(
    files: NationalFiles, geography: Geography, folder: Path, verdicts: Verdicts, *, threads: int, rounds: int
) -> None:
    rules = parse_rules(read_shipped())
    perimeter = plain_perimeter(rules)
    efforts, found = best_of(
        rounds,
        {
            "bare": lambda: count_by_bare_query(
                files.legal_units,
                files.establishments,
                perimeter,
                geography.region_codes,
                threads=threads,
                memory=MEMORY,
            ),
            "same": lambda: count_by_bare_query(
                files.legal_units,
                files.establishments,
                perimeter,
                geography.scope_codes,
                threads=threads,
                memory=MEMORY,
                to_qualify=True,
            ),
            "qualify": lambda: qualify_by_import(files, geography, rules, folder, threads),
            "import": lambda: select_by_import(files, geography, rules, folder, threads),
        },
    )
    pandas_efforts, pandas_found = best_of(
        1,
        {
            "pandas": lambda: select_by_pandas(
                files.legal_units, files.establishments, perimeter, geography.scope_codes, folder / "pandas.parquet"
            )
        },
    )
    included, rows = found["import"]
    say(f"DuckDB nu (compte, région) : {efforts['bare']}, {found['bare']:,} établissements")
    say(f"DuckDB nu (compte, les mêmes lignes que l’import) : {efforts['same']}, {found['same']:,} établissements")
    say(f"Import, lecture et qualification (qui, famille, motif) : {efforts['qualify']}, {found['qualify']:,} lignes")
    say(
        f"Import (lit, qualifie, décrit, écrit le parquet ; région et EPCI qui la touchent) : {efforts['import']}, "
        f"{included:,} retenus, {rows:,} lignes"
    )
    say(f"pandas réglé, par lots parquet : {pandas_efforts['pandas']}, {pandas_found['pandas']:,} retenus")
    if included != pandas_found["pandas"] or not rows == found["same"] == found["qualify"]:
        raise SystemExit("L’import et ses références ne trouvent pas le même nombre : comparaison sans valeur.")
    bare, ours, pandas = efforts["bare"], efforts["import"], pandas_efforts["pandas"]
    qualify, same = efforts["qualify"], efforts["same"]
    verdicts.add("lecture et qualification / DuckDB nu", qualify.wall / bare.wall, 1.5, at_most=True, unit="×")
    verdicts.add(
        "lecture et qualification / DuckDB nu sur les mêmes lignes", qualify.wall / same.wall, 1.5, at_most=True, unit="×"
    )
    verdicts.add("avec la description écrite / DuckDB nu", ours.wall / bare.wall, 1.5, at_most=True, unit="×")
    verdicts.add(
        "avec la description écrite / DuckDB nu sur les mêmes lignes", ours.wall / same.wall, 1.5, at_most=True, unit="×"
    )
    verdicts.add("pandas / import", pandas.wall / ours.wall, 5, at_most=False, unit="×")


def measure_database(files: NationalFiles, folder: Path, verdicts: Verdicts, *, database_url: str | None) -> None:
    """Writing alone, then the whole command with its memory."""
    environ = environment(folder / "var", database_url)
    manage(environ, "migrate", "--verbosity", "0")
    manage(environ, "load_geography")
    written = write_apart(environ, folder / "import.parquet")
    rate = written["rows"] / written["seconds"]
    peak, seconds = peak_memory(
        environ,
        [
            "import_sirene",
            "--unites-legales",
            str(files.legal_units),
            "--etablissements",
            str(files.establishments),
            "--region",
            REGION,
        ],
    )
    say(f"Écriture seule, {written['vendor']} : {written['rows']:,} établissements en {written['seconds']:.2f} s")
    say(f"Commande entière, {written['vendor']} : {seconds:.1f} s")
    if written["vendor"] == "sqlite":
        verdicts.add("écriture (sqlite)", rate, 15_000, at_most=False, unit="lignes/s")
    else:
        say(f"COPY : {rate:,.0f} lignes/s")
    verdicts.add(f"mémoire de la commande ({written['vendor']})", peak, 1_024, at_most=True, unit="Mo")


def main() -> None:
    parser = argparse.ArgumentParser(description="Mesure du chargement de Sirene.")
    parser.add_argument("--work", type=Path, required=True, help="dossier des fichiers générés")
    parser.add_argument("--rows", type=int, default=20_000_000, help="établissements à générer")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", action="store_true", help="garder les fichiers générés")
    parser.add_argument("--postgresql", default=None, metavar="URL", help="mesurer aussi l’écriture sur cette base, vide")
    parser.add_argument("--only", choices=("reading", "database"), default=None, help="une partie seulement")
    options = parser.parse_args()
    geography = read_geography()
    files = national_files(options.work / "national", options.rows, options.threads, geography)
    folder = options.work / "measure"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        say(f"{files.rows:,} établissements, {files.units:,} unités légales, {options.threads} fils, {load()}")
        verdicts = Verdicts()
        if options.only != "database":
            measure_reading(files, geography, folder, verdicts, threads=options.threads, rounds=options.rounds)
        if options.only != "reading":
            select_by_import(files, geography, parse_rules(read_shipped()), folder, options.threads)
            for database_url in (None, options.postgresql) if options.postgresql else (None,):
                measure_database(files, folder, verdicts, database_url=database_url)
        say("\n".join([f"À la fin : {load()}", *verdicts.lines]))
    finally:
        shutil.rmtree(folder)
        if not options.keep:
            shutil.rmtree(options.work / "national")


def national_files(folder: Path, rows: int, threads: int, geography: Geography) -> NationalFiles:
    """The files of an earlier run with `--keep` when they are of that size, else new ones."""
    memory = folder / "files.json"
    if memory.exists():
        kept = json.loads(memory.read_text(encoding="utf-8"))
        if kept["asked"] == rows:
            return NationalFiles(folder / kept["legal_units"], folder / kept["establishments"], kept["units"], kept["rows"])
    start = time.perf_counter()
    files = write_national(folder, rows, seed=2026, threads=threads, communes=geography.communes)
    say(f"Fichiers générés en {time.perf_counter() - start:.0f} s")
    memory.write_text(
        json.dumps(
            {
                "asked": rows,
                "legal_units": files.legal_units.name,
                "establishments": files.establishments.name,
                "units": files.units,
                "rows": files.rows,
            }
        ),
        encoding="utf-8",
    )
    return files


if __name__ == "__main__":
    main()
