"""The two works on a file of statistics: the dry run, and the load, year by year. Nothing shows before the last stage."""

import hashlib
import json
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.utils import timezone

from territories.foundations.files.models import StoredFile
from territories.foundations.formats import accord, compte, enumerate_fr, nombre
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.registry import JobCancelled, JobFailure, LeaseLost
from territories.foundations.jobs.work import Work
from territories.foundations.journal.operations import record
from territories.geography.models import Millesime
from territories.observatory.enums import DatasetState, UploadState
from territories.observatory.models import Dataset, StatisticsUpload
from territories.observatory.orders import revisions
from territories.observatory.orders.examination import examine, statistics_of
from territories.observatory.orders.findings import Report
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import fingerprint
from territories.observatory.sirene.pipeline import discard
from territories.observatory.sirene.write import write_statistics

IMPORT: Final = "observatory.import_statistics"
CHECK: Final = "observatory.check_statistics"
_EXAMINED: Final = 0.6


def local_path(place: Mapping[str, str], folder: Path) -> Path:
    """A file of the inbox, of the storage or of this machine, within reach. Raises SourceProblem."""
    if place["kind"] == "inbox":
        inbox = Path(settings.INBOX_DIR).resolve()
        path = inbox / place["value"]
        if not path.resolve().is_relative_to(inbox):
            raise SourceProblem("Le fichier demandé n’est pas dans le dossier de dépôt.")
        return path
    if place["kind"] == "path":
        return Path(place["value"])
    stored = StoredFile.objects.filter(pk=place["value"]).first()
    if stored is None:
        raise SourceProblem("Le fichier envoyé n’existe plus\u00a0: envoyez-le de nouveau.")
    path = folder / "recu" / Path(stored.name).name
    if not path.exists() or path.stat().st_size != stored.size:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(path.name + ".partiel")
        with stored.file.open("rb") as source, partial.open("wb") as out:
            shutil.copyfileobj(source, out, 4 * 1024**2)
        partial.rename(path)
    return path


def current_millesime() -> Millesime:
    millesime = Millesime.objects.filter(is_current=True).first()
    if millesime is None:
        raise SourceProblem("La géographie n’est pas chargée\u00a0: chargez-la d’abord (commande load_geography).")
    return millesime


def stamp_of(meta: OrderMeta, millesime: Millesime) -> str:
    """What makes two loads of the same bytes the same load."""
    text = json.dumps({**meta.as_json(), "millesime": millesime.year}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _say(work: Work, first: float, last: float) -> Callable[[float, str], None]:
    def say(share: float, message: str) -> None:
        work.progress(int(10_000 * (first + (last - first) * min(max(share, 0.0), 1.0))), 10_000, message)

    return say


# --- Dry run ----------------------------------------------------------------------------------------------------------


def carry_check(work: Work) -> None:
    """The handler of the dry run: its report is kept on the upload, which is ready to be loaded or to be corrected."""
    upload = StatisticsUpload.objects.filter(pk=work.params["upload"]).first()
    if upload is None:
        raise JobFailure("Ce dépôt n’existe plus\u00a0: envoyez de nouveau le fichier.")
    try:
        millesime = current_millesime()
        meta = OrderMeta.from_json(upload.meta).completed()
        path = local_path(work.params["file"], work.dir)
        report = examine(
            path, meta, work.dir, region=settings.CRESS_REGION, millesime=millesime, name=upload.name, say=_say(work, 0, 1)
        ).report
    except SourceProblem as problem:
        # Finding that a file cannot be read is what a check is for: the work itself has not failed.
        with work.fenced():
            StatisticsUpload.objects.filter(pk=upload.pk).update(state=UploadState.REFUSED, problem=str(problem), report={})
    else:
        with work.fenced():
            StatisticsUpload.objects.filter(pk=upload.pk).update(
                state=UploadState.REFUSED if report.is_blocked else UploadState.CHECKED, report=report.as_json(), problem=""
            )
    work.result = {"url": upload.get_absolute_url(), "label": "Lire le compte rendu du contrôle"}


# --- Load -------------------------------------------------------------------------------------------------------------


class Load:
    """One attempt at the load of a file."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.meta = OrderMeta.from_json(work.params["meta"]).completed()
        self.region: str = work.params["region"]
        self.millesime = Millesime.objects.get(year=work.params["millesime"])
        self.stamp = stamp_of(self.meta, self.millesime)

    def run(self) -> list[Dataset]:
        """All stages, those that are finished left out. Raises SourceProblem, JobCancelled, LeaseLost."""
        path = local_path(self.work.params["file"], self.work.dir)
        examined = self._examine(path)
        there = {int(year): key for year, key in examined["there"].items()}
        files = {int(year): value for year, value in examined["files"].items() if int(year) not in there}
        made = {}
        total = max(sum(count for _, count in files.values()), 1)
        done = 0
        for year, (name, count) in sorted(files.items()):
            dataset = self._open(year, examined)
            self._write(dataset, self.work.dir / name, count, done, total)
            made[year] = dataset
            done += count
        self._switch(made, examined)
        known = Dataset.objects.filter(pk__in=[*there.values(), *(dataset.pk for dataset in made.values())])
        return list(known.order_by("year"))

    def _examine(self, path: Path) -> dict[str, Any]:
        done = self.work.checkpoint("examine")
        if done is not None and all((self.work.dir / name).exists() for name, _ in done["files"].values()):
            return done
        # Another machine carried the former attempt: what it had written is begun again, in the order of this one’s files.
        _discard_of(self.work)
        if not path.exists():
            raise SourceProblem(
                f"Le fichier «\u00a0{path.name}\u00a0» n’existe plus sur le serveur\u00a0: déposez-le de nouveau."
            )
        say = _say(self.work, 0, _EXAMINED)
        digest = fingerprint(path, lambda read: say(0, f"Empreinte de {path.name}"))
        there = {}
        found = examine(path, self.meta, self.work.dir, region=self.region, millesime=self.millesime, say=say)
        if found.report.is_blocked:
            raise SourceProblem(_refusal(found.report))
        for year in found.files:
            same = statistics_of(self.meta.source, self.region, year)
            if same is not None and same.account.get("stamp") == self.stamp and same.files[0]["sha256"] == digest:
                there[str(year)] = str(same.pk)
        data = {
            "files": {str(year): list(value) for year, value in found.files.items()},
            "there": there,
            "sha256": digest,
            "size": path.stat().st_size,
            "report": found.report.as_json(),
        }
        self.work.finish_stage("examine", data)
        return data

    def _open(self, year: int, examined: Mapping[str, Any]) -> Dataset:
        """The row of the dataset of a year, made once by job, not yet active."""
        stage = f"open:{year}"
        done = self.work.checkpoint(stage)
        if done is not None and (known := Dataset.objects.filter(pk=done["dataset"]).first()) is not None:
            return known
        meta, report = self.meta, examined["report"]
        aside = "France métropolitaine" if report["country"] == "FM" else ""
        with self.work.fenced():
            dataset = Dataset.objects.create(
                source=meta.source,
                series=meta.series,
                title=f"{meta.title}, {year}"[:200],
                producer=meta.producer,
                vintage_on=meta.published_on or date(year, 12, 31),
                year=year,
                concept=meta.concept,
                field_note=", ".join(part for part in (meta.field_note, aside) if part)[:300],
                ess_perimeter=meta.ess_perimeter,
                break_note=meta.break_note,
                absent_is_zero=meta.absent_is_zero,
                rules=dict(meta.rules),
                published_on=meta.published_on,
                licence=meta.licence,
                millesime=self.millesime,
                region=self.region,
                files=[
                    {
                        "role": "Fichier livré",
                        "name": self.work.params["name"],
                        "size": examined["size"],
                        "sha256": examined["sha256"],
                        "form": report["file"]["form"],
                        "absent": [],
                    }
                ],
                policy=meta.policy,
                account={"stamp": self.stamp, "report": _of_year(report, year), "meta": meta.as_json()},
                is_demonstration=bool(self.work.params.get("is_demonstration")),
                # The unique column holds one dataset by job: the other years of the file go without.
                job_id=self.work.job.pk if not Dataset.objects.filter(job_id=self.work.job.pk).exists() else None,
                imported_by=self.work.job.requested_by,
            )
            self.work.finish_stage(stage, {"dataset": str(dataset.pk)})
        return dataset

    def _write(self, dataset: Dataset, path: Path, count: int, before: int, total: int) -> None:
        stage = f"write:{dataset.year}"
        done_before = self.work.checkpoint(stage)
        if done_before is not None and done_before["dataset"] == str(dataset.pk):
            return
        say = _say(self.work, _EXAMINED, 0.95)

        def tick(written: int) -> None:
            done = before + written
            say(done / total, f"Écriture\u00a0: {nombre(done)} observations sur {nombre(total)}")

        written = write_statistics(dataset, path, fence=self.work.fenced, tick=tick)
        if written != count:
            raise AssertionError(f"{written} rows written, expected {count}.")
        former = statistics_of(dataset.source, dataset.region, dataset.year or 0)
        changed: list[dict[str, Any]] = []
        if former is not None:
            say(1, "Comparaison avec la révision précédente")
            changed = revisions.changes(former, path, self.work.dir, lambda: say(1, "Comparaison avec la révision précédente"))
        with self.work.fenced():
            dataset.account = {**dataset.account, "changes": changed}
            dataset.save(update_fields=["account"])
            self.work.finish_stage(stage, {"dataset": str(dataset.pk), "rows": written})

    def _switch(self, made: Mapping[int, Dataset], examined: Mapping[str, Any]) -> None:
        """The one moment at which all the years of the file come into use, in place of their former revisions."""
        if self.work.checkpoint("switch") is not None:
            return
        with self.work.fenced():
            for year, dataset in sorted(made.items()):
                same = Dataset.objects.filter(source=dataset.source, region=dataset.region, year=year)
                known = same.filter(state__in=(DatasetState.ACTIVE, DatasetState.SUPERSEDED)).order_by("-revision")
                last = known.first()
                former = known.filter(state=DatasetState.ACTIVE).first()
                same.filter(state=DatasetState.ACTIVE).update(state=DatasetState.SUPERSEDED)
                dataset.revision = last.revision + 1 if last is not None else 1
                dataset.revises = former
                dataset.state = DatasetState.ACTIVE
                dataset.imported_at = timezone.now()
                dataset.save(update_fields=["revision", "revises", "state", "imported_at"])
                rows = examined["files"][str(year)][1]
                revised = f", révision {dataset.revision}" if dataset.revision > 1 else ""
                record(
                    "dataset_imported",
                    f"A chargé «\u00a0{dataset.title}\u00a0»{revised}\u00a0: {compte(rows, 'observation')}.",
                    by=self.work.job.requested_by,
                    target=dataset,
                )
            self.work.finish_stage("switch", {"datasets": [str(dataset.pk) for dataset in made.values()]})
        for year, dataset in made.items():
            revisions.lighten(dataset.source, dataset.region, year)


def _refusal(report: Report) -> str:
    count = sum(report.error_counts.values())
    return f"Le fichier a {compte(count, 'erreur')}\u00a0; rien n’a été chargé. {report.first_errors()}"


def _of_year(report: Mapping[str, Any], year: int) -> dict[str, Any]:
    """The report as the dataset of one year keeps it."""
    return {
        **report,
        "totals": [row for row in report["totals"] if row[0] == year],
        "comparison": [row for row in report["comparison"] if row["year"] == year],
    }


def carry_import(work: Work) -> None:
    """The handler of the load: the stages, and what becomes of what is half written when they do not end well."""
    upload = StatisticsUpload.objects.filter(pk=work.params["upload"]) if work.params.get("upload") else None
    try:
        remove_leftovers()
        datasets = Load(work).run()
    except LeaseLost:
        raise
    except JobCancelled:
        _forget(work, upload)
        raise
    except SourceProblem as problem:
        _forget(work, upload)
        raise JobFailure(str(problem)) from problem
    except Exception:
        if work.job.attempt >= work.job.attempt_limit:
            _forget(work, upload)
        raise
    if upload is not None:
        with work.fenced():
            upload.update(state=UploadState.LOADED)
    there = (work.checkpoint("examine") or {"there": {}})["there"]
    work.result = {
        "url": datasets[-1].get_absolute_url() if datasets else "",
        "label": "Ouvrir le jeu de données",
        "datasets": [str(dataset.pk) for dataset in datasets],
        "already": sorted(there),
        "message": _already(there),
    }


def _already(there: Mapping[str, str]) -> str:
    if not there:
        return ""
    years = sorted(there)
    return f"Déjà chargé, rien n’a changé\u00a0: {accord(len(years), 'année')} {enumerate_fr(years)}."


def _forget(work: Work, upload: Any) -> None:
    _discard_of(work)
    if upload is not None:
        upload.filter(state=UploadState.LOADING).update(state=UploadState.CHECKED)


def _discard_of(work: Work) -> None:
    """Erase what the attempts of this job wrote and that never came into use."""
    opened = [data["dataset"] for name, data in work.job.checkpoints.items() if name.startswith("open:")]
    for dataset in Dataset.objects.filter(pk__in=opened, state=DatasetState.IMPORTING):
        discard(dataset)


def remove_leftovers() -> None:
    """Erase what loads that died for good left behind."""
    alive: set[str] = set()
    for checkpoints in Job.objects.filter(kind=IMPORT, state__in=(JobState.QUEUED, JobState.RUNNING)).values_list(
        "checkpoints", flat=True
    ):
        alive.update(data["dataset"] for name, data in checkpoints.items() if name.startswith("open:"))
    for dataset in Dataset.objects.statistics().filter(state=DatasetState.IMPORTING):
        if str(dataset.pk) not in alive:
            discard(dataset)
