"""What may be published of a dataset delivered complete: only what a named person listed, signed, and has not withdrawn.

A permit allows tables, at levels, for named territories or for all of these levels. It never allows a territory that people
composed, nor France: cells of the first beside those of communes would tell what the mask hides. Signing again replaces.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django.db import transaction
from django.utils import timezone

from territories.access.models import User
from territories.foundations.formats import compte
from territories.foundations.journal.operations import record
from territories.geography.enums import COMPOSED_KINDS, TerritoryKind
from territories.observatory.enums import DatasetState, DiffusionPolicy
from territories.observatory.models import Dataset, DiffusionPermit
from territories.observatory.statistics.tables import ADVANCED_JOB_TABLES, JOB_TABLES

PERMIT_TABLES: Final = (*JOB_TABLES, *ADVANCED_JOB_TABLES)
PERMIT_KINDS: Final = (TerritoryKind.COMMUNE, TerritoryKind.EPCI, TerritoryKind.DEPARTEMENT, TerritoryKind.REGION)
COMMUNES_TABLE: Final = "jobs_communes"
EVOLUTION_TABLE: Final = "jobs_evolution"
SHIFT_SHARE_TABLE: Final = "jobs_shift_share"
ANALYSES_TABLE: Final = "jobs_analyses"
OTHER_SERIES_TABLE: Final = "jobs_other_series"

WARNING: Final = (
    "Ce jeu de données a été livré complet. Avant publication, l’application masque les cases trop petites ou dominées par un "
    "contributeur (secret primaire), et rien de plus\u00a0: le secret secondaire n’est pas encore traité. Qui soustrait les "
    "cases publiées d’un total, d’un autre niveau ou d’un fichier ouvert peut retrouver une case masquée. Je publie en "
    "connaissance de cause, dans les limites de la convention, les seuls tableaux et niveaux listés ici."
)


class PermitRefused(Exception):
    """A permit cannot be signed. Its text is the French sentence to show."""


class Allowance:
    """What is allowed of one dataset: everything, nothing, or what its permit in force lists."""

    def __init__(self, dataset: Dataset, permit: DiffusionPermit | None) -> None:
        self.dataset = dataset
        self.permit = permit
        self.is_complete = dataset.policy == DiffusionPolicy.COMPLETE
        self._kinds = frozenset(permit.kinds if permit else ())
        self._tables = frozenset(permit.tables if permit else ()) & frozenset(PERMIT_TABLES)
        self._territories = frozenset(permit.territories if permit else ())

    @property
    def is_empty(self) -> bool:
        """True when nothing at all may be published of the dataset."""
        return self.is_complete and not (self._kinds and self._tables)

    def tables(self, kind: str, code: str) -> frozenset[str]:
        """The tables that may be published of a territory. The table of communes also needs the level of communes."""
        if not self.is_complete:
            return frozenset(PERMIT_TABLES)
        if kind not in self._kinds or kind in COMPOSED_KINDS or kind == TerritoryKind.COUNTRY:
            return frozenset()
        if self._territories and f"{kind}:{code}" not in self._territories:
            return frozenset()
        return self._tables if TerritoryKind.COMMUNE in self._kinds else self._tables - {COMMUNES_TABLE}


def permits_in_force(datasets: Iterable[Dataset]) -> dict[object, DiffusionPermit]:
    """The permit of each dataset delivered complete that has one, by primary key of the dataset. One query."""
    complete = [dataset.pk for dataset in datasets if dataset.policy == DiffusionPolicy.COMPLETE]
    found = DiffusionPermit.objects.filter(dataset__in=complete, withdrawn_at__isnull=True)
    return {permit.dataset_id: permit for permit in found}


def allowances(datasets: Sequence[Dataset]) -> dict[object, Allowance]:
    """What may be published of each dataset, by its primary key. One query."""
    permits = permits_in_force(datasets)
    return {dataset.pk: Allowance(dataset, permits.get(dataset.pk)) for dataset in datasets}


@transaction.atomic
def sign_permit(
    dataset: Dataset, *, tables: Collection[str], kinds: Collection[str], territories: Collection[str] = (), by: User
) -> DiffusionPermit:
    """Allow tables of a dataset at some levels; the permit in force is withdrawn. The name of the signatory is kept.

    `territories` (« epci:244400552 ») names the only ones allowed; without any, all those of the levels are.
    Raises PermitRefused.
    """
    locked = Dataset.objects.select_for_update().get(pk=dataset.pk)
    if locked.policy != DiffusionPolicy.COMPLETE:
        raise PermitRefused("Seul un jeu de données livré complet demande une autorisation\u00a0: celui-ci suit sa propre règle.")
    if locked.state != DatasetState.ACTIVE:
        raise PermitRefused("Ce jeu de données n’est pas actif\u00a0: autorisez celui qui l’a remplacé.")
    chosen = [key for key in PERMIT_TABLES if key in set(tables)]
    levels = [kind.value for kind in PERMIT_KINDS if kind.value in set(kinds)]
    if not chosen or not levels:
        raise PermitRefused("Choisissez au moins un tableau et un niveau.")
    named = sorted(set(territories))
    if outside := [place for place in named if place.partition(":")[0] not in levels]:
        raise PermitRefused(f"Ces territoires ne sont pas d’un niveau coché\u00a0: {', '.join(outside)}.")
    DiffusionPermit.objects.filter(dataset=locked, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    permit = DiffusionPermit.objects.create(
        dataset=locked, tables=chosen, kinds=levels, territories=named, warning=WARNING, signed_by=by, signed_name=str(by)[:150]
    )
    record(
        "observatory.permit_signed",
        f"Diffusion autorisée\u00a0: {locked}, {compte(len(chosen), 'tableau', 'tableaux')}, "
        f"{compte(len(levels), 'niveau', 'niveaux')}, signé par {permit.signed_name}.",
        by=by,
        target=locked,
    )
    return permit


@transaction.atomic
def withdraw_permit(permit: DiffusionPermit, *, by: User) -> None:
    """Withdraw a permit. What is on line stays until the next publication. Withdrawing twice changes nothing."""
    done = DiffusionPermit.objects.filter(pk=permit.pk, withdrawn_at__isnull=True).update(withdrawn_at=timezone.now())
    if done:
        record(
            "observatory.permit_withdrawn",
            f"Autorisation de diffusion retirée\u00a0: {permit.dataset}.",
            by=by,
            target=permit.dataset,
        )
