"""What a publication would change, read before the act: the figures on line beside those of the active dataset."""

from dataclasses import dataclass, field

from django.db.models import Count

from territories.foundations.formats import compte, nombre
from territories.foundations.rendering.document import Column, Table
from territories.foundations.rendering.typography import Value
from territories.foundations.vocabulary import Status
from territories.observatory.employment.previewing import StatisticsPreview, preview_statistics
from territories.observatory.employment.releasing import plan
from territories.observatory.enums import Qualification
from territories.observatory.models import Dataset, Establishment, Release
from territories.observatory.portrait import current_release
from territories.observatory.statistics.tables import FAMILY_LABELS


@dataclass(frozen=True)
class Preview:
    """What is on line, what would be put on line, and what to look at before."""

    release: Release | None
    dataset: Dataset | None
    table: Table | None
    warnings: tuple[str, ...]
    statistics: StatisticsPreview = field(default_factory=lambda: StatisticsPreview((), (), None))

    @property
    def is_same(self) -> bool:
        """True when the dataset of Sirene to publish is the one on line."""
        return self.release is not None and self.dataset is not None and self.release.dataset_id == self.dataset.pk

    @property
    def nothing_new(self) -> bool:
        """True when publishing again would only take in newly composed territories."""
        return self.is_same and self.statistics.nothing_new


def _employers(dataset: Dataset | None) -> dict[str, int]:
    """ESS employer establishments by famille in everything the dataset reads one by one."""
    if dataset is None:
        return {}
    rows = Establishment.objects.filter(dataset=dataset, is_employer=True, qualification=Qualification.INCLUDED).order_by()
    return dict(rows.values_list("family").annotate(n=Count("pk")))


def _table(release: Release | None, dataset: Dataset) -> Table:
    before = _employers(release.dataset if release is not None else None)
    after = _employers(dataset)
    nothing = Value(None, Status.UNAVAILABLE)
    rows = []
    for key, label in (*FAMILY_LABELS.items(), ("", "Ensemble de l’ESS")):
        old = (before.get(key, 0) if key else sum(before.values())) if release is not None else None
        new = after.get(key, 0) if key else sum(after.values())
        rows.append((label, nothing if old is None else old, new, nothing if old is None else new - old))
    columns = (Column("Famille"), Column("En ligne", "number"), Column("À publier", "number"), Column("Écart", "number"))
    return Table("Établissements employeurs de l’ESS, en ligne et à publier", columns, tuple(rows), totals=1)


def _warnings(dataset: Dataset) -> tuple[str, ...]:
    """What somebody who signs must know: nothing here forbids to publish."""
    kept = dataset.account.get("kept", {})
    found = []
    if to_validate := sum(row["establishments"] for row in kept.get("to_validate", ())):
        found.append(
            f"{compte(to_validate, 'établissement')} relèvent de catégories juridiques «\u00a0à valider\u00a0» "
            "par l’observatoire avant une première publication\u00a0; ils sont comptés."
        )
    if to_qualify := kept.get("to_qualify"):
        found.append(f"{compte(to_qualify, 'établissement')} à qualifier ne sont pas comptés.")
    if missing := len(dataset.uncovered_communes):
        found.append(
            f"{nombre(missing)} communes du champ n’ont aucune ligne dans les fichiers\u00a0: leurs territoires diront "
            "qu’ils sont couverts en partie."
        )
    return tuple(found)


def preview() -> Preview:
    """The publication that would be made now. Eight queries, and at most five for each dataset of statistics."""
    release, dataset = current_release(), Dataset.objects.active()
    if dataset is None:
        return Preview(release, None, None, ())
    statistics = preview_statistics(plan(), release, dataset.millesime_id)
    return Preview(release, dataset, _table(release, dataset), _warnings(dataset), statistics)
