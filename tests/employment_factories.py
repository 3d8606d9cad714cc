"""Statistics with jobs straight into the database, without any file: what an import would have left there."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from territories.geography.models import Millesime
from territories.observatory.enums import DatasetState, DiffusionPolicy, EssPerimeter
from territories.observatory.models import Dataset, Observation

MEASURES = ("enterprises", "establishments", "jobs", "fte", "gross_pay")
WITHOUT_VALUE = ("s", "K", "nd", "///", "ns")
_BATCH = 5_000

# What is particular to each source; everything else is the same for all.
SOURCES: dict[str, dict[str, Any]] = {
    "insee-commande": {
        "series": "flores",
        "producer": "Insee",
        "policy": DiffusionPolicy.MASKED,
        "concept": "effectifs salariés au 31 décembre (postes)",
        "ess_perimeter": EssPerimeter.FOUR_FAMILIES,
        "licence": "Convention entre l’Insee et le réseau des CRESS",
    },
    "flores-open": {
        "series": "flores",
        "producer": "Insee",
        "policy": DiffusionPolicy.PUBLIC,
        "concept": "effectifs salariés au 31 décembre (postes)",
        "licence": "Licence Ouverte 2.0",
    },
    "urssaf-ess": {
        "series": "urssaf",
        "producer": "Urssaf",
        "policy": DiffusionPolicy.PUBLIC,
        "concept": "effectifs salariés moyens de l’année",
        "ess_perimeter": EssPerimeter.FOUR_FAMILIES,
        "licence": "ODbL",
    },
}


def make_statistics(
    millesime: Millesime,
    rows: Iterable[Mapping[str, Any]] = (),
    *,
    source: str = "insee-commande",
    year: int = 2022,
    **changes: Any,
) -> Dataset:
    """An active dataset of statistics with these rows (see `add_rows`). `changes` are fields of the dataset."""
    values: dict[str, Any] = {
        "title": f"{source} {year}",
        "vintage_on": date(year, 12, 31),
        "published_on": date(year + 2, 3, 31),
        "millesime": millesime,
        "region": "52",
        "state": DatasetState.ACTIVE,
        "series": source,
        "producer": "Insee",
        "policy": DiffusionPolicy.MASKED,
        "concept": "effectifs salariés au 31 décembre (postes)",
        "ess_perimeter": EssPerimeter.FOUR_FAMILIES,
        "licence": "Convention",
    }
    dataset = Dataset.objects.create(source=source, year=year, **values | SOURCES.get(source, {}) | changes)
    add_rows(dataset, rows)
    return dataset


def add_rows(dataset: Dataset, rows: Iterable[Mapping[str, Any]]) -> None:
    """One observation for each measure of each row.

    A row is wide: `kind`, `code`, `champ` (« jobs_ess » by default), any dimension (`family`, `division`, `activity`,
    `size_class`, `sex`, `age_class`, `csp`, `sub_family`), `status`, `units`, then measures. The value of a measure is a
    number, or the status that stands for it (« K », « s », « nd »). `largest` is a mapping measure → largest contribution.
    """
    batch: list[Observation] = []
    for row in rows:
        fields = dict(row)
        measures = {measure: fields.pop(measure) for measure in MEASURES if measure in fields}
        largest = fields.pop("largest", {})
        status = fields.pop("status", "A")
        fields.setdefault("champ", "jobs_ess")
        if fields.get("division"):
            fields.setdefault("nomenclature", dataset.nomenclature)
        for measure, value in measures.items():
            masked = value in WITHOUT_VALUE
            batch.append(
                Observation(
                    dataset=dataset,
                    year=dataset.year,
                    measure=measure,
                    value=None if masked else value,
                    status=value if masked else status,
                    largest=largest.get(measure),
                    **fields,
                )
            )
        if len(batch) >= _BATCH:
            Observation.objects.bulk_create(batch)
            batch = []
    Observation.objects.bulk_create(batch)
