"""The job that computes a release: observations of the active dataset to published tables, then one switch.

Until the switch, everyone reads the previous release. Whatever kills the job before it leaves the previous one untouched;
another attempt of the same job starts its own rows again. Policy « public » only: open Sirene counts are never masked.
"""

import time
from collections.abc import Iterator
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
from territories.observatory.counting import Counts, read_counts, speakable, territory_tables
from territories.observatory.enums import DatasetState, DiffusionPolicy, ReleaseState
from territories.observatory.models import Dataset, Release, ReleasedFigure

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


def _rows(release: Release, counts: Counts, work: Work) -> Iterator[ReleasedFigure]:
    subjects = speakable(counts, _territories(counts))
    for position, (territory, tables) in enumerate(territory_tables(counts, subjects), start=1):
        work.progress(position, len(subjects), f"{nombre(position)} territoires calculés sur {nombre(len(subjects))}")
        for key, payload in tables.to_json().items():
            yield ReleasedFigure(release=release, territory=territory, table=key, payload=payload)


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


def _switch(release: Release, territory_count: int) -> None:
    """Put the release on line in place of the current one. Inside one transaction: readers see one or the other."""
    Release.objects.filter(state=ReleaseState.CURRENT).exclude(pk=release.pk).update(state=ReleaseState.SUPERSEDED)
    release.state = ReleaseState.CURRENT
    release.territory_count = territory_count
    release.released_at = timezone.now()
    release.save(update_fields=["state", "territory_count", "released_at"])
    record(
        "observatory.released",
        f"Publication n°\u00a0{release.number} mise en ligne\u00a0: {release.dataset}, {nombre(territory_count)} territoires.",
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
        _erase_figures(release, work)
        work.progress(0, 0, "Lecture des observations")
        rows = _rows(release, read_counts(release.dataset), work)
        territories: set[UUID] = set()
        while batch := list(islice(rows, _BATCH)):
            with work.fenced():
                ReleasedFigure.objects.bulk_create(batch)
            territories.update(row.territory_id for row in batch)
            _breathe()
        if not territories:
            raise JobFailure(
                "Aucun territoire n’a pu être calculé\u00a0: le jeu de données ne contient aucune commune de la géographie "
                "chargée. Vérifiez le compte rendu du chargement."
            )
        with work.fenced():
            _switch(release, len(territories))
    except (JobFailure, JobCancelled):
        Release.objects.filter(job_id=work.job.pk).exclude(state=ReleaseState.CURRENT).update(state=ReleaseState.FAILED)
        raise
    work.result = {"release": release.number, "territories": len(territories)}
    _forget_old()
