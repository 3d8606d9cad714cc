"""What a revision changes from the one before, by level, and what may be forgotten of older ones."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.db.models import Q

from territories.observatory.enums import DatasetState, ReleaseState
from territories.observatory.models import Dataset, Observation
from territories.observatory.orders.staging import open_engine
from territories.observatory.sirene.engine import literal
from territories.observatory.sirene.write import remove_rows

_KEY: Final = (
    "kind", "code", "champ", "family", "sub_family", "nomenclature", "division", "activity", "size_class", "sex",
    "age_class", "csp", "measure",
)  # fmt: skip
_BATCH: Final = 5_000


def changes(former: Dataset, written: Path, folder: Path, tick: Callable[[], None]) -> list[dict[str, Any]]:
    """Level by level: cells of the former revision against those of `written` (parquet of the observations of the new one).

    Each row has `kind`, `same`, `changed`, `new`, `gone`, `unmasked` (hidden before, known now), `masked` (the contrary),
    and the jobs of the ESS before and after when both say them.
    """
    before = folder / "revision-precedente.csv"
    with before.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        rows = Observation.objects.filter(dataset=former).order_by("pk").values_list(*_KEY, "value", "status")
        for index, row in enumerate(rows.iterator(chunk_size=_BATCH)):
            writer.writerow(row)
            if index % _BATCH == 0:
                tick()
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in _KEY) + ", 'value': 'DOUBLE', 'status': 'VARCHAR'}"
    keys = ", ".join(f"coalesce({name}, '') AS {name}" for name in _KEY)
    whole = " AND ".join(f"{name} = ''" for name in _KEY[3:-1])
    with open_engine(folder, tick) as engine:
        engine.run(
            f"CREATE VIEW avant AS SELECT {keys}, value, status FROM read_csv({literal(str(before))}, auto_detect=false, "
            "header=false, "
            f"delim=',', quote='\"', escape='\"', parallel=false, columns={columns})"
        )
        engine.run(f"CREATE VIEW apres AS SELECT {', '.join(_KEY)}, value, status FROM read_parquet({literal(str(written))})")
        jobs = f"measure = 'jobs' AND champ = 'jobs_ess' AND {whole}"
        found = engine.run(
            "SELECT kind, count(*) FILTER (WHERE a.status = b.status AND a.value IS NOT DISTINCT FROM b.value), "
            "count(*) FILTER (WHERE a.value IS NOT NULL AND b.value IS NOT NULL AND (a.value <> b.value OR a.status <> "
            "b.status)), "
            "count(*) FILTER (WHERE a.status IS NULL), count(*) FILTER (WHERE b.status IS NULL), "
            "count(*) FILTER (WHERE a.status IS NOT NULL AND a.value IS NULL AND b.value IS NOT NULL), "
            "count(*) FILTER (WHERE a.value IS NOT NULL AND b.status IS NOT NULL AND b.value IS NULL), "
            f"sum(a.value) FILTER (WHERE {jobs}), sum(b.value) FILTER (WHERE {jobs}) "
            f"FROM avant a FULL JOIN apres b USING ({', '.join(_KEY)}) GROUP BY kind ORDER BY kind"
        )
    before.unlink()
    names = ("kind", "same", "changed", "new", "gone", "unmasked", "masked", "jobs_before", "jobs_after")
    return [dict(zip(names, row, strict=True)) for row in found]


def lighten(source: str, region: str, year: int) -> None:
    """Erase the rows of old revisions: the one just before keeps them, and so do those that a release shows or is to show."""
    shown = Q(release_sources__release__state__in=(ReleaseState.CURRENT, ReleaseState.PREPARING))
    old = Dataset.objects.filter(source=source, region=region, year=year, state=DatasetState.SUPERSEDED).order_by("-revision")
    for dataset in list(old)[1:]:
        if not Dataset.objects.filter(shown, pk=dataset.pk).exists():
            remove_rows(dataset)
