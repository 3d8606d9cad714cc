"""The job that computes a release: observations of the active dataset to published tables, then one switch.

Until the switch, everyone reads the previous release. Whatever kills the job before it leaves the previous one untouched;
another attempt of the same job starts its own rows again. Sirene counts are open and never masked; statistics with jobs go
through the mask of their policy, and only what a permit lists is published of those delivered complete.

A request names the datasets of statistics and the permits that its author saw. If one of them is replaced or withdrawn before the
switch, nothing is put on line: the refusal says what changed. A dataset loaded meanwhile waits for the next release.
"""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Q
from django.utils import timezone

from territories.foundations.formats import nombre
from territories.foundations.jobs.registry import JobCancelled, JobFailure, job_handler
from territories.foundations.jobs.work import Work
from territories.foundations.journal.operations import record
from territories.geography.enums import TerritoryKind
from territories.geography.models import Territory
from territories.observatory.counting import Counts, levels_beside, read_counts, speakable, territory_tables
from territories.observatory.employment.gathering import Employment
from territories.observatory.employment.releasing import (
    Subject,
    account_of,
    asked_plan,
    changed_since,
    employment_of_release,
    employment_tables,
    parts_of,
)
from territories.observatory.enums import DatasetState, DiffusionPolicy, ReleaseState
from territories.observatory.models import Dataset, Release, ReleasedFigure, ReleaseSource

RELEASE_JOB = "observatory.release"

# SQLite has one writer: short transactions and a breath between them leave room for what people type.
_BATCH = 2_000
_PAUSE_SECONDS = 0.05
# The rows of the release that was on line just before are kept, in case it must be looked at again.
_KEPT_SUPERSEDED = 1


def _breathe() -> None:
    if connection.vendor == "sqlite":
        time.sleep(_PAUSE_SECONDS)


def next_number() -> int:
    """The number of the next release, inside the transaction that creates it."""
    return (Release.objects.aggregate(last=Max("number"))["last"] or 0) + 1


def _publishable(dataset: Dataset | None) -> Dataset:
    if dataset is None:
        raise JobFailure("Le jeu de données à publier n’existe plus. Rechargez Sirene, puis publiez.")
    if dataset.state != DatasetState.ACTIVE:
        raise JobFailure("Ce jeu de données n’est pas le jeu actif\u00a0: un autre l’a remplacé. Publiez le jeu actif.")
    if dataset.policy != DiffusionPolicy.PUBLIC:
        raise JobFailure("La politique de diffusion de cette source ne permet pas de publier sans masquage.")
    return dataset


def _refuse_what_changed(work: Work) -> None:
    """Nothing is published that the person who asked has not seen."""
    if reason := changed_since(work.params):
        raise JobFailure(reason)


def _erase_figures(release: Release, work: Work | None = None) -> None:
    """Remove the rows of a release by short transactions; those of the release on line are never asked for."""
    while True:
        batch = list(ReleasedFigure.objects.filter(release=release).order_by("pk").values_list("pk", flat=True)[:_BATCH])
        if not batch:
            return
        with work.fenced() if work else transaction.atomic():
            ReleasedFigure.objects.filter(pk__in=batch).delete()
        _breathe()


def _territories(counts: Counts) -> list[Territory]:
    """Every territory that may have figures: all but the communes outside the scope, which have none of their own."""
    candidates = Territory.objects.filter(millesime_id=counts.dataset.millesime_id).filter(
        ~Q(kind=TerritoryKind.COMMUNE) | Q(kind=TerritoryKind.COMMUNE, code__in=sorted(counts.scope))
    )
    return list(candidates.only("kind", "code", "name", "population", "commune_count").order_by("kind", "code"))


def _employment(dataset: Dataset, subjects: Sequence[Subject], work: Work) -> Employment:
    """The statistics with jobs of these territories, masked."""
    return employment_of_release(
        asked_plan(work.params),
        parts_of(subjects),
        dataset.millesime_id,
        lambda read: work.progress(0, 0, f"Lecture de «\u00a0{read}\u00a0»"),
    )


@dataclass
class _Tally:
    """What has been written of a release so far."""

    territories: set[UUID] = field(default_factory=set)
    with_jobs: set[UUID] = field(default_factory=set)
    tables: Counter[str] = field(default_factory=Counter)


def _rows(
    release: Release, counts: Counts, subjects: Sequence[Subject], employment: Employment, tally: _Tally, work: Work
) -> Iterator[ReleasedFigure]:
    """The rows of each territory in turn: tables from Sirene, then those with jobs."""
    both = zip(territory_tables(counts, subjects), employment_tables(employment, subjects), strict=True)
    for position, ((territory, tables), (_, with_jobs)) in enumerate(both, start=1):
        work.progress(position, len(subjects), f"{nombre(position)} territoires calculés sur {nombre(len(subjects))}")
        tally.territories.add(territory.pk)
        for key, payload in tables.to_json().items():
            yield ReleasedFigure(release=release, territory=territory, table=key, payload=payload)
        for key, table in with_jobs.items():
            tally.with_jobs.add(territory.pk)
            tally.tables[key] += 1
            yield ReleasedFigure(release=release, territory=territory, table=key, payload=table.to_json())


def _prepare(work: Work, dataset: Dataset) -> Release:
    """The release of this job, without rows: created with the request, or made here when the request did not."""
    with work.fenced():
        release = Release.objects.filter(job_id=work.job.pk).first()
        if release is None:
            release = Release.objects.create(
                number=next_number(), dataset=dataset, job_id=work.job.pk, released_by=work.job.requested_by
            )
        elif release.state != ReleaseState.CURRENT:
            release.state = ReleaseState.PREPARING
            release.save(update_fields=["state"])
    return release


def _switch(release: Release, employment: Employment, tally: _Tally) -> None:
    """Put the release on line in place of the current one. Inside one transaction: readers see one or the other."""
    Release.objects.filter(state=ReleaseState.CURRENT).exclude(pk=release.pk).update(state=ReleaseState.SUPERSEDED)
    release.state = ReleaseState.CURRENT
    release.territory_count = len(tally.territories)
    release.account = account_of(employment, tally.tables, len(tally.with_jobs))
    release.released_at = timezone.now()
    release.save(update_fields=["state", "territory_count", "account", "released_at"])
    release.sources.all().delete()
    ReleaseSource.objects.bulk_create(ReleaseSource(release=release, dataset=dataset) for dataset in employment.datasets)
    shown = "".join(f", {dataset}" for dataset in employment.datasets)
    record(
        "observatory.released",
        f"Publication n°\u00a0{release.number} mise en ligne\u00a0: {release.dataset}{shown}, "
        f"{nombre(release.territory_count)} territoires.",
        by=release.released_by,
        target=release,
    )


def _forget_old() -> None:
    """Free the rows of releases that nobody reads any more; the releases themselves stay in the list."""
    old = Release.objects.filter(state__in=(ReleaseState.SUPERSEDED, ReleaseState.FAILED)).order_by("-number")
    kept = set(old.filter(state=ReleaseState.SUPERSEDED).values_list("pk", flat=True)[:_KEPT_SUPERSEDED])
    for release in old:
        if release.pk not in kept:
            _erase_figures(release)


@job_handler(RELEASE_JOB, label="Publication des chiffres")
def compute_release(work: Work) -> None:
    """Compute and put on line the release of the dataset named by the parameters.

    Raises JobFailure, with the release marked failed, when the dataset may not be published or says nothing. A cancelled
    release is marked failed too: it will never be on line.
    """
    dataset = Dataset.objects.select_related("millesime").filter(pk=str(work.params["dataset"])).first()
    try:
        release = _prepare(work, _publishable(dataset))
        if release.state == ReleaseState.CURRENT:
            # An earlier attempt had switched and was killed before it could say so.
            work.result = {"release": release.number, "territories": release.territory_count}
            return
        _refuse_what_changed(work)
        _erase_figures(release, work)
        work.progress(0, 0, "Lecture des observations")
        counts = read_counts(release.dataset)
        territories = _territories(counts)
        subjects = speakable(counts, territories)
        beside = levels_beside(counts, territories)
        employment = _employment(release.dataset, [*subjects, *beside], work)
        # Elsewhere only what statistics name is worth a page: the comparison levels that the regional files do not hold.
        subjects += [subject for subject in beside if employment.speaks_of(subject[0])]
        tally = _Tally()
        rows = _rows(release, counts, subjects, employment, tally, work)
        while batch := list(islice(rows, _BATCH)):
            with work.fenced():
                ReleasedFigure.objects.bulk_create(batch)
            _breathe()
        if not tally.territories:
            raise JobFailure(
                "Aucun territoire n’a pu être calculé\u00a0: le jeu de données ne contient aucune commune de la géographie "
                "chargée. Vérifiez le compte rendu du chargement."
            )
        with work.fenced():
            _refuse_what_changed(work)
            _switch(release, employment, tally)
    except (JobFailure, JobCancelled):
        Release.objects.filter(job_id=work.job.pk).exclude(state=ReleaseState.CURRENT).update(state=ReleaseState.FAILED)
        raise
    work.result = {"release": release.number, "territories": len(tally.territories)}
    _forget_old()
