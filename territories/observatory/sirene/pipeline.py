"""The import, stage by stage. Each stage leaves files in the work’s folder and a checkpoint: a new attempt goes on after
the last one that is finished. Nothing shows before the last stage, which makes the new vintage the active one at once."""

import shutil
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import duckdb
from django.conf import settings
from django.db import transaction
from django.db.models import Q

from territories.foundations.files.models import StoredFile
from territories.foundations.formats import compte, date_fr, nombre
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.registry import JobCancelled, JobFailure, LeaseLost
from territories.foundations.jobs.work import Work
from territories.foundations.journal.operations import record
from territories.geography.enums import TerritoryKind
from territories.geography.models import Commune, Millesime, Territory
from territories.geography.queries import commune_lookup, scope_codes
from territories.observatory.enums import DatasetState, ReleaseState
from territories.observatory.models import Dataset, Perimeter, QualificationDecision
from territories.observatory.perimeter import PerimeterRules
from territories.observatory.rules import rules_in_force
from territories.observatory.sirene import cells
from territories.observatory.sirene.account import make_account
from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import Form, SourceFile, check_disk, fingerprint, inspect_file
from territories.observatory.sirene.narrow import narrow
from territories.observatory.sirene.places import Place, Places, load_places
from territories.observatory.sirene.qualify_sql import load_rules
from territories.observatory.sirene.select import make_views, select_establishments
from territories.observatory.sirene.write import remove_rows, write_establishments, write_observations

SOURCE: Final = "sirene"
KIND: Final = "observatory.import_sirene"

# Share of the whole that each stage takes, for the bar: hundredths.
_SPANS: Final = {
    "inspect": (0, 10),
    "units": (10, 20),
    "establishments": (20, 45),
    "select": (45, 70),
    "write": (70, 99),
}

# Beyond this share of bad SIRET the file was damaged by a spreadsheet; below, they are counted and left out.
MAX_INVALID: Final = 0.2

_TAKEN_AT_ONCE: Final = 500

FOLDER_MISSING: Final = "Le dossier de travail a été vidé entre deux tentatives\u00a0: relancez le chargement."


class Import:
    """One attempt at an import of the two Sirene stocks."""

    def __init__(self, work: Work, params: Mapping[str, Any] | None = None) -> None:
        self.work = work
        self.params = work.params if params is None else params
        self.perimeter = Perimeter.objects.get(code=self.params["perimeter"])
        self.in_force = rules_in_force(self.perimeter)
        self.rules: PerimeterRules = self.in_force.rules
        self.millesime = Millesime.objects.get(year=self.params["millesime"])
        self.sources: dict[Stock, SourceFile] = {}
        self.parts: dict[Stock, list[Path]] = {}

    # --- stages -----------------------------------------------------------------------------------------------------

    def run(self) -> Dataset:
        """All stages, those that are finished left out. Raises SourceProblem, JobCancelled, LeaseLost."""
        self._fetch()
        self._inspect()
        for stock in (Stock.UNITS, Stock.ESTABLISHMENTS):
            self._narrow(stock)
        selected = self._select()
        dataset = self._open(selected)
        self._write(dataset, selected)
        self._switch(dataset)
        return dataset

    def _fetch(self) -> None:
        """Put the files that were sent by a browser within reach, on this machine."""
        self.paths: dict[Stock, Path] = {}
        for stock in Stock:
            given = self.params[stock.value]
            if given["kind"] == "inbox":
                path = Path(settings.INBOX_DIR) / Path(given["value"])
                if not path.resolve().is_relative_to(Path(settings.INBOX_DIR).resolve()):
                    raise SourceProblem("Le fichier demandé n’est pas dans le dossier de dépôt.")
            elif given["kind"] == "path":
                path = Path(given["value"])
            else:
                path = self._fetch_stored(given["value"], stock)
            self.paths[stock] = path

    def _fetch_stored(self, key: str, stock: Stock) -> Path:
        stored = StoredFile.objects.filter(pk=key).first()
        if stored is None:
            raise SourceProblem("Le fichier envoyé n’existe plus\u00a0: envoyez-le de nouveau.")
        folder = self.work.dir / stock.value
        path = folder / Path(stored.name).name
        if not path.exists() or path.stat().st_size != stored.size:
            folder.mkdir(exist_ok=True)
            partial = path.with_name(path.name + ".partiel")
            with stored.file.open("rb") as source, partial.open("wb") as out:
                shutil.copyfileobj(source, out, 4 * 1024**2)
            partial.rename(path)
        return path

    def _inspect(self) -> None:
        done = self.work.checkpoint("inspect")
        started = time.monotonic()
        for stock in Stock:
            self.sources[stock] = inspect_file(self.paths[stock], stock)
        if done is not None:
            for stock in Stock:
                if done["files"][stock.value]["mtime"] != self._mtime(stock):
                    raise SourceProblem(
                        f"Le fichier «\u00a0{self.paths[stock].name}\u00a0» a été remplacé pendant le chargement. "
                        "Relancez le chargement."
                    )
            return
        check_disk(self.work.dir, tuple(self.sources.values()))
        files: dict[str, Any] = {}
        total = sum(source.size for source in self.sources.values())
        before = 0
        for stock, source in self.sources.items():
            name = source.path.name

            def tick(read: int, before: int = before, name: str = name) -> None:
                self._progress("inspect", (before + read) / max(total, 1), f"Examen de {name}")

            files[stock.value] = {
                "role": stock.label,
                "name": name,
                "size": source.size,
                "sha256": fingerprint(source.path, tick),
                "form": source.form.value,
                "absent": list(source.absent),
                "mtime": self._mtime(stock),
            }
            before += source.size
        self.work.finish_stage("inspect", {"files": files, "seconds": time.monotonic() - started})

    def _mtime(self, stock: Stock) -> str:
        return str(self.paths[stock].stat().st_mtime_ns) if self.params[stock.value]["kind"] != "stored" else ""

    def _narrow(self, stock: Stock) -> None:
        source = self.sources[stock]
        done = self.work.checkpoint(stock.value)
        if source.form is Form.PARQUET:
            self.parts[stock] = [source.path]
            if done is None:
                self.work.finish_stage(stock.value, {"parts": [], "seconds": 0})
            return
        if done is not None:
            parts = [self.work.dir / name for name in done["parts"]]
            if all(part.exists() for part in parts):
                self.parts[stock] = parts
                return
        started = time.monotonic()
        read = [0]
        message = f"Lecture des {stock.french}"

        def tick(count: int = 0) -> None:
            read[0] = max(read[0], count)
            self._progress(
                stock.value,
                read[0] / max(source.unpacked, 1),
                f"{message}\u00a0: {nombre(read[0] / 1024**2)} Mo sur {nombre(source.unpacked / 1024**2)}",
            )

        with self._engine(tick) as engine:
            self.parts[stock] = narrow(engine, source, self.work.dir, tick)
        names = [part.name for part in self.parts[stock]]
        self.work.finish_stage(stock.value, {"parts": names, "seconds": time.monotonic() - started})

    def _select(self) -> dict[str, Any]:
        establishments, observations = self.work.dir / "etablissements.parquet", self.work.dir / "observations.parquet"
        done = self.work.checkpoint("select")
        if done is not None and establishments.exists() and observations.exists():
            return done
        started = time.monotonic()
        step = [("Lecture de la géographie", 0.0)]

        def tick() -> None:
            message, share = step[0]
            self._progress("select", share, message)

        def begin(message: str, share: float) -> None:
            step[0] = (message, share)
            tick()

        begin("Lecture de la géographie", 0.0)
        places = read_places(self.millesime, self.params["region"])
        counts = cells.Counts()
        with self._engine(tick) as engine:
            make_views(engine, self.parts[Stock.UNITS], self.parts[Stock.ESTABLISHMENTS])
            load_rules(engine, self.work.dir, self.rules)
            load_places(engine, self.work.dir, places)
            begin("Rapprochement des unités légales et des établissements", 0.05)
            cells.prepare_rows(engine, self.rules, counts)
            self._refuse_emptiness(counts)
            begin("Contrôle des SIRET", 0.4)
            cells.drop_invalid(engine, counts)
            if counts.invalid_siret > MAX_INVALID * max(counts.candidates, 1):
                raise SourceProblem(
                    f"{nombre(counts.invalid_siret)} SIRET sur {nombre(counts.candidates)} sont invalides dans "
                    f"«\u00a0{self.paths[Stock.ESTABLISHMENTS].name}\u00a0»\u00a0: "
                    "le fichier a sans doute été ouvert et enregistré dans un tableur. "
                    "Donnez le fichier tel que data.gouv.fr le publie."
                )
            begin("Contrôle des communes", 0.5)
            coverage = cells.read_coverage(engine, places, counts)
            begin("Application du périmètre", 0.6)
            cells.qualify_rows(engine, self.rules, counts, self._vintage())
            cells.join_employers(engine, counts)
            begin("Comptages par territoire", 0.75)
            temporary = observations.with_suffix(".tmp")
            cells.write_cells(engine, places, coverage, counts, self.work.dir, temporary)
            cells.describe_scope(engine, self.rules, places, counts)
            begin("Établissements de la région", 0.9)
            selection = select_establishments(engine, self.rules, establishments.with_suffix(".tmp"))
        if not selection.included:
            raise SourceProblem(
                "Aucun établissement de l’ESS n’a été trouvé dans la région chargée. "
                "Vérifiez que les deux fichiers sont de la même date et couvrent la région."
            )
        expected = sum(row["establishments"] for row in counts.scope["kept"])
        if expected != selection.included:
            raise AssertionError(f"Two ways of counting disagree: {expected} and {selection.included}.")
        establishments.with_suffix(".tmp").rename(establishments)
        temporary.rename(observations)
        durations = {stage: self._seconds(stage) for stage in ("inspect", "units", "establishments")}
        durations["select"] = time.monotonic() - started
        data = {
            "account": make_account(self.rules, counts, coverage, selection, durations, self.in_force.lists),
            "decisions": self.in_force.fresh,
            "vintage_on": (counts.vintage_on or date.today()).isoformat(),
            "workforce_year": counts.workforce_year,
            "nomenclature": counts.nomenclature,
            "departements": sorted(coverage.departements),
            "uncovered": list(coverage.uncovered_scope),
            "establishments": selection.rows,
            "observations": counts.cells,
        }
        self.work.finish_stage("select", data)
        return data

    def _refuse_emptiness(self, counts: cells.Counts) -> None:
        for stock, rows in ((Stock.UNITS, counts.units_read), (Stock.ESTABLISHMENTS, counts.establishments_read)):
            if not rows:
                raise SourceProblem(
                    f"Le fichier «\u00a0{self.paths[stock].name}\u00a0» n’a aucune ligne. Téléchargez-le de nouveau "
                    "depuis data.gouv.fr."
                )

    def _open(self, selected: dict[str, Any]) -> Dataset:
        """The row of the new vintage, made once by job, not yet active."""
        done = self.work.checkpoint("open")
        if done is not None:
            dataset = Dataset.objects.filter(pk=done["dataset"]).first()
            if dataset is not None:
                return dataset
        for stale in Dataset.objects.filter(job_id=self.work.job.pk):
            discard(stale)
        vintage = date.fromisoformat(selected["vintage_on"])
        inspected = self.work.checkpoint("inspect") or {"files": {}}
        region = Territory.objects.filter(millesime=self.millesime, kind=TerritoryKind.REGION, code=self.params["region"]).first()
        with self.work.fenced():
            dataset = Dataset.objects.create(
                source=SOURCE,
                title=f"Sirene, stock au {date_fr(vintage)}, {region.name if region else self.params['region']}",
                producer="Insee",
                vintage_on=vintage,
                workforce_year=selected["workforce_year"],
                licence="Licence Ouverte 2.0",
                perimeter=self.perimeter,
                millesime=self.millesime,
                region=self.params["region"],
                nomenclature=selected["nomenclature"],
                files=[{key: value for key, value in file.items() if key != "mtime"} for file in inspected["files"].values()],
                account=selected["account"],
                covered_departements=selected["departements"],
                uncovered_communes=selected["uncovered"],
                is_demonstration=bool(self.params.get("is_demonstration")),
                job_id=self.work.job.pk,
                imported_by=self.work.job.requested_by,
            )
            self.work.finish_stage("open", {"dataset": str(dataset.pk), "at": time.time()})
        return dataset

    def _write(self, dataset: Dataset, selected: dict[str, Any]) -> None:
        if self.work.checkpoint("write") is not None:
            return
        started = time.monotonic()
        first, second = selected["establishments"], selected["observations"]
        total = max(first + second, 1)

        def tick(before: int) -> Callable[[int], None]:
            def say(written: int) -> None:
                done = before + written
                self._progress("write", done / total, f"Écriture\u00a0: {nombre(done)} lignes sur {nombre(total)}")

            return say

        folder = self.work.dir
        counted = (
            write_establishments(dataset, folder / "etablissements.parquet", fence=self.work.fenced, tick=tick(0)),
            write_observations(dataset, folder / "observations.parquet", fence=self.work.fenced, tick=tick(first)),
        )
        if counted != (first, second):
            raise AssertionError(f"Rows written {counted}, expected {(first, second)}.")
        self.work.finish_stage("write", {"seconds": time.monotonic() - started})

    def _switch(self, dataset: Dataset) -> None:
        """The one moment at which the new vintage takes the place of the previous one."""
        if self.work.checkpoint("switch") is not None:
            dataset.refresh_from_db()
            return
        with self.work.fenced():
            Dataset.objects.filter(source=SOURCE, region=dataset.region, state=DatasetState.ACTIVE).update(
                state=DatasetState.SUPERSEDED
            )
            dataset.state = DatasetState.ACTIVE
            dataset.account = {
                **dataset.account,
                "durations": {**dataset.account["durations"], "write": round(self._seconds("write"), 1)},
            }
            dataset.save(update_fields=["state", "account"])
            self._take_in_decisions(dataset)
            record(
                "dataset_imported",
                f"A chargé «\u00a0{dataset.title}\u00a0»\u00a0: "
                f"{compte(dataset.account['kept']['included'], 'établissement de l’ESS', 'établissements de l’ESS')}.",
                by=self.work.job.requested_by,
                target=dataset,
            )
            self.work.finish_stage("switch", {"dataset": str(dataset.pk)})

    def _take_in_decisions(self, dataset: Dataset) -> None:
        """The decisions that were read are now counted, those of the meantime still wait."""
        fresh = (self.work.checkpoint("select") or {}).get("decisions", [])
        for start in range(0, len(fresh), _TAKEN_AT_ONCE):
            keys = fresh[start : start + _TAKEN_AT_ONCE]
            QualificationDecision.objects.filter(pk__in=keys, taken_in__isnull=True).update(taken_in=dataset)

    # --- small things -----------------------------------------------------------------------------------------------

    def _engine(self, tick: Callable[[], None]) -> Engine:
        return Engine(self.work.dir, memory=settings.DUCKDB_MEMORY, threads=settings.DUCKDB_THREADS, tick=tick)

    def _progress(self, stage: str, share: float, message: str) -> None:
        first, last = _SPANS[stage]
        self.work.progress(int(100 * (first + (last - first) * min(max(share, 0.0), 1.0))), 10_000, message)

    def _seconds(self, stage: str) -> float:
        return float((self.work.checkpoint(stage) or {}).get("seconds", 0))

    def _vintage(self) -> date | None:
        given = self.params.get("vintage_on")
        return date.fromisoformat(given) if given else None


def read_places(millesime: Millesime, region: str) -> Places:
    """The geography that the queries join, from the communes of the millésime."""
    country = Territory.objects.filter(millesime=millesime, kind=TerritoryKind.COUNTRY).first()
    national = set(country.commune_codes()) if country is not None else set()
    communes = {
        code: Place(departement, of_region, epci, population, code in national)
        for code, departement, of_region, epci, population in Commune.objects.filter(millesime=millesime)
        .order_by("code")
        .values_list("code", "departement", "region", "epci", "population")
    }
    scope = frozenset(scope_codes(millesime, region))
    if not scope:
        raise SourceProblem(
            f"La géographie {millesime.year} n’a aucune commune dans la région {region}\u00a0: chargez la géographie d’abord."
        )
    lookup = {code: commune for code, commune in commune_lookup(millesime).items() if commune in communes}
    return Places(lookup=lookup, communes=communes, scope=scope & communes.keys())


def discard(dataset: Dataset) -> None:
    """Erase a vintage that never became active, rows first, in small batches."""
    remove_rows(dataset)
    with transaction.atomic():
        dataset.delete()


def remove_leftovers(keep_job: Any) -> None:
    """Erase what imports that died for good left behind."""
    alive = set(Job.objects.filter(state__in=(JobState.QUEUED, JobState.RUNNING)).values_list("pk", flat=True))
    for dataset in Dataset.objects.filter(source=SOURCE, state=DatasetState.IMPORTING).exclude(job_id=keep_job):
        if dataset.job_id not in alive:
            discard(dataset)


def lighten(region: str) -> None:
    """Erase the rows of old vintages: the previous one keeps them, and so do those that a release shows or is to show.

    Their account stays: a figure published years ago can still be traced to its files.
    """
    shown = Q(releases__state__in=(ReleaseState.CURRENT, ReleaseState.PREPARING))
    old = Dataset.objects.filter(source=SOURCE, region=region, state=DatasetState.SUPERSEDED).order_by("-imported_at", "id")
    for dataset in list(old)[1:]:
        if not Dataset.objects.filter(shown, pk=dataset.pk).exists():
            remove_rows(dataset)


def carry_import(work: Work) -> None:
    """The handler: the stages, and what becomes of a partial vintage when they do not end well."""
    try:
        remove_leftovers(work.job.pk)
        dataset = Import(work).run()
        lighten(dataset.region)
    except LeaseLost:
        raise
    except JobCancelled:
        _forget(work)
        raise
    except SourceProblem as problem:
        _forget(work)
        raise JobFailure(str(problem)) from problem
    except duckdb.Error as error:
        if _blames_a_file(error):
            _forget(work)
            raise JobFailure(
                "Un fichier parquet est abîmé\u00a0: sa lecture s’est arrêtée en cours de route. "
                "Téléchargez de nouveau les deux fichiers depuis data.gouv.fr, puis relancez."
            ) from error
        _forget_if_last(work)
        raise
    except Exception:
        _forget_if_last(work)
        raise
    work.result = {"url": dataset.get_absolute_url(), "label": "Ouvrir le compte rendu du chargement"}


def _blames_a_file(error: duckdb.Error) -> bool:
    """Bytes that are not parquet’s come out as an error without class (Thrift), or as one that names what it was reading."""
    if type(error) is duckdb.Error:
        return True
    text = str(error).lower()
    return isinstance(error, (duckdb.IOException, duckdb.InvalidInputException)) and any(
        word in text for word in ("parquet", "snappy", "zstd", "thrift", "decompress")
    )


def _forget(work: Work) -> None:
    for dataset in Dataset.objects.filter(job_id=work.job.pk, state=DatasetState.IMPORTING):
        discard(dataset)


def _forget_if_last(work: Work) -> None:
    if work.job.attempt >= work.job.attempt_limit:
        _forget(work)
