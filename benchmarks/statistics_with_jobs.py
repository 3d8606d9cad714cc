"""Statistics with jobs at their largest, on the data of the instance that CRESS_VAR (or DATABASE_URL) names.

    script/server                                  (once, for the demonstration)
    .venv/bin/python benchmarks/statistics_with_jobs.py [observations]

Writes a dataset of 1.5 million observations (one order: communes of the scope, EPCI, départements, région, France; by division,
A38, famille, size, sex and age, four measures), measures, then removes it. The draft portrait of an EPCI, the release of the
region and the public page are measured with it and, for the release, without. Reference of the ratios: one bare read of the same
observations, as rows of Python.
"""

import os
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date
from itertools import islice
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cress.settings")

import django

django.setup()

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from territories.foundations.vocabulary import AGGREGATES, DIVISIONS, EXCLUDED_DIVISIONS, EssFamily
from territories.geography.models import Commune, Territory
from territories.geography.queries import scope_codes
from territories.observatory.employment.reading import read_all
from territories.observatory.enums import DatasetState, DiffusionPolicy, EssPerimeter
from territories.observatory.models import Dataset, Observation
from territories.observatory.operations import run_release
from territories.observatory.portrait import draft_portrait

TARGET = 1_500_000
EPCI = "244400552"
ROUNDS = 10
BATCH = 5_000
MEASURES = ("establishments", "jobs", "fte", "gross_pay")
SIZES = ("E1T4", "E5T9", "E10T19", "E20T49", "E50T99", "E100T199", "E200T499", "E_GE500")
AGES = ("M30", "30T39", "40T49", "50P")
COLUMNS = (
    *("dataset_id", "kind", "code", "champ", "family", "nomenclature", "division", "size_band", "activity", "size_class", "sex"),
    *("age_class", "year", "measure", "value", "status"),
)
DIVISIONS_KEPT = tuple(code for code in DIVISIONS if code not in EXCLUDED_DIVISIONS)

# family, nomenclature, division, activity, size, sex, age
Cell = tuple[str, str, str, str, str, str, str]


def cells(champ: str) -> Iterator[Cell]:
    """The cells of a champ in one place."""
    yield ("", "", "", "", "", "", "")
    if champ == "jobs_ess":
        yield from ((family.value, "", "", "", "", "", "") for family in EssFamily)
    if champ in ("jobs_ess", "jobs_private"):
        yield from (("", "NAFRev2", division, "", "", "", "") for division in DIVISIONS_KEPT)
    if champ == "jobs_total":
        yield from (("", "", "", f"A38:{line.a38}", "", "", "") for line in AGGREGATES)
        return
    yield from (("", "", "", "", size, "", "") for size in SIZES)
    yield from (("", "", "", "", "", sex, "") for sex in ("F", "H"))
    yield from (("", "", "", "", "", "", age) for age in AGES)


def places(dataset: Dataset) -> list[tuple[str, str]]:
    scope = scope_codes(dataset.millesime, dataset.region)
    inside = Commune.objects.filter(millesime_id=dataset.millesime_id, code__in=scope)
    epci = sorted(inside.exclude(epci="").order_by().values_list("epci", flat=True).distinct())
    departements = sorted(inside.order_by().values_list("departement", flat=True).distinct())
    return [
        *(("commune", code) for code in sorted(scope)),
        *(("epci", code) for code in epci),
        *(("departement", code) for code in departements),
        ("region", dataset.region),
        ("country", "F"),
    ]


def rows(dataset: Dataset, target: int) -> Iterator[tuple[object, ...]]:
    """Exactly `target` rows: what one place lacks, families by division make up."""
    random.seed(7)
    everywhere = places(dataset)
    champs = ("jobs_ess", "jobs_private", "jobs_other", "jobs_total")
    by_place = [(champ, cell) for champ in champs for cell in cells(champ)]
    crossed = [("jobs_ess", (family.value, "NAFRev2", code, "", "", "", "")) for family in EssFamily for code in DIVISIONS_KEPT]
    wanted = -(-target // (len(everywhere) * len(MEASURES)))
    by_place = [*by_place, *crossed][: max(wanted, len(by_place))]
    pk = dataset.pk.hex if connection.vendor == "sqlite" else str(dataset.pk)
    made = 0
    for kind, code in everywhere:
        scale = 1 if kind == "commune" else 40
        for champ, (family, nomenclature, division, activity, size, sex, age) in by_place:
            secret = kind == "commune" and random.random() < 0.2
            jobs = random.randint(3, 900) * scale
            for measure, value in zip(MEASURES, (jobs // 9 + 1, jobs, jobs * 0.87, jobs * 21_000.0), strict=True):
                if made == target:
                    return
                made += 1
                held = (None, "K") if secret else (value, "A")
                dims = (champ, family, nomenclature, division, "", activity, size, sex, age)
                yield (pk, kind, code, *dims, dataset.year, measure, *held)


def write(dataset: Dataset, target: int) -> int:
    """The observations, by short transactions."""
    marks = ", ".join(["%s"] * len(COLUMNS))
    sql = f"INSERT INTO {Observation._meta.db_table} ({', '.join(COLUMNS)}) VALUES ({marks})"
    source = rows(dataset, target)
    written = 0
    while batch := list(islice(source, BATCH)):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(sql, batch)
        written += len(batch)
    return written


def make_dataset(model: Dataset) -> Dataset:
    """A year after all those loaded, so that its figures are the headline."""
    last = Dataset.objects.statistics().order_by("-year").values_list("year", flat=True).first() or 2023
    return Dataset.objects.create(
        source="insee-commande",
        series="flores",
        title="Mesure de performance",
        producer="Insee",
        vintage_on=date(last + 1, 12, 31),
        year=last + 1,
        concept="effectifs salariés au 31 décembre (postes)",
        ess_perimeter=EssPerimeter.FOUR_FAMILIES,
        licence="Essai",
        millesime=model.millesime,
        region=model.region,
        policy=DiffusionPolicy.MASKED,
        state=DatasetState.ACTIVE,
        is_demonstration=True,
    )


def remove(dataset: Dataset) -> None:
    """The dataset and what was published of it: the release without it goes back on line first."""
    Dataset.objects.filter(pk=dataset.pk).update(state=DatasetState.SUPERSEDED)
    run_release(note="Après la mesure")
    dataset.release_sources.all().delete()
    while batch := list(Observation.objects.filter(dataset=dataset).values_list("pk", flat=True)[:BATCH]):
        Observation.objects.filter(pk__in=batch).delete()
    dataset.delete()


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def measure(dataset: Dataset, without: float) -> None:
    territory = Territory.objects.get_by_code("epci", EPCI)
    observed = Observation.objects.filter(dataset=dataset)
    bare = seconds(lambda: sum(1 for _ in observed.values_list().iterator(chunk_size=20_000)))
    wanted = set(places(dataset))
    reading = seconds(lambda: read_all(dataset, wanted))
    tracemalloc.start()
    held = read_all(dataset, wanted)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    sirene = Dataset.objects.active()
    assert sirene is not None
    draft = seconds(lambda: draft_portrait(territory, sirene))
    released = seconds(lambda: run_release(note="Mesure"))
    settings.ALLOWED_HOSTS = ["*"]
    client, address = Client(), territory.get_absolute_url()
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
        queries = len(captured)
    page = statistics.median(seconds(lambda: client.get(address)) for _ in range(ROUNDS))
    print(f"{'':<46}{'secondes':>10}{'/ lecture nue':>15}")
    for label, value in (
        (f"Lecture nue de {observed.count()} observations", bare),
        ("Lecture en cellules (bar : ≤ 15 s)", reading),
        (f"Ébauche du portrait de {territory.name}", draft),
        ("Publication de la région (bar : ≤ 60 s)", released),
        ("La même sans ce jeu", without),
        ("Page publique tiède (bar : ≤ 0,15 s)", page),
    ):
        print(f"{label:<46}{value:>10.2f}{value / bare:>15.2f}")
    print(f"{len(held.places)} lieux en mémoire, {peak:.0f} Mo au plus pendant la lecture ; page publique : {queries} requêtes")


if __name__ == "__main__":
    model = Dataset.objects.active()
    if model is None:
        sys.exit("Aucun jeu de données actif : lancez d’abord script/server, qui charge la démonstration.")
    alone = seconds(lambda: run_release(note="Avant la mesure"))
    measured = make_dataset(model)
    try:
        count = int(sys.argv[1]) if len(sys.argv) > 1 else TARGET
        writing = seconds(lambda: write(measured, count))
        print(f"Écriture de {count} observations : {writing:.0f} s")
        measure(measured, alone)
    finally:
        remove(measured)
