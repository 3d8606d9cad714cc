"""Public pages and release, on the data of the instance that CRESS_VAR (or DATABASE_URL) names.

    script/server                                  (once, for the demonstration)
    .venv/bin/python benchmarks/public_pages.py

For a commune, an EPCI, a département and a région: time of the HTML, warm, in this process with every middleware, and its
queries. Reference of the ratio: the same page with nothing kept (every table read and every chart drawn again). For the
release: time of the whole computation. Reference: one bare read of all the observations it starts from.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cress.settings")

import django

django.setup()

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from territories.geography.models import Territory
from territories.observatory.models import Observation, Release
from territories.observatory.operations import run_release

PLACES = (
    ("commune", "44003"),
    ("commune", "44109"),
    ("epci", "244400552"),
    ("epci", "243500741"),
    ("departement", "44"),
    ("region", "52"),
)
ROUNDS = 20


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def pages(client: Client) -> None:
    print("\nPage publique d’un territoire (bar : ≤ 150 ms tiède, ≤ 20 requêtes, le même nombre pour tous)")
    print(
        f"{'territoire':<28}{'tiède ms':>10}{'p95 ms':>8}{'froid ms':>10}{'tiède/froid':>13}{'requêtes':>10}{'graphique ms':>14}"
    )
    for kind, code in PLACES:
        territory = Territory.objects.get_by_code(kind, code)
        address = territory.get_absolute_url()
        cache.clear()
        cold = seconds(lambda address=address: client.get(address))
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
            queries = len(captured)
        assert response.status_code == 200, (address, response.status_code)
        warm = sorted(seconds(lambda address=address: client.get(address)) for _ in range(ROUNDS))
        middle, high = statistics.median(warm), warm[int(ROUNDS * 0.95) - 1]
        chart = f"{address}graphiques/families.svg"
        client.get(chart)
        drawn = statistics.median(seconds(lambda chart=chart: client.get(chart)) for _ in range(ROUNDS))
        print(
            f"{territory.name[:27]:<28}{middle * 1000:>10.1f}{high * 1000:>8.1f}{cold * 1000:>10.1f}{middle / cold:>13.2f}"
            f"{queries:>10}{drawn * 1000:>14.1f}"
        )


def release() -> None:
    print("\nPublication de la région (bar : ≤ 60 s)")
    current = Release.objects.get(state="current")
    rows = Observation.objects.filter(dataset=current.dataset)
    reference = seconds(lambda: sum(1 for _ in rows.values_list().iterator(chunk_size=20_000)))
    whole = seconds(lambda: run_release(note="Mesure"))
    made = Release.objects.get(state="current")
    print(
        f"{made.territory_count} territoires, {rows.count()} observations : {whole:.1f} s ; lecture seule des observations "
        f"{reference:.2f} s ; rapport {whole / reference:.0f}"
    )


if __name__ == "__main__":
    settings.ALLOWED_HOSTS = ["*"]
    pages(Client())
    release()
