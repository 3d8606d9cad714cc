"""The part of the benchmark that needs the application’s database: writing, and the memory of the real command.

    CRESS_VAR=FOLDER [DATABASE_URL=…] .venv/bin/python -m benchmarks.sirene_database PARQUET

writes the selected establishments of PARQUET into an empty database and prints one line of JSON. The other functions
start the real commands in processes of their own, so that what is measured is what an operator runs.
"""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import psutil

ROOT: Final = Path(__file__).resolve().parent.parent
_EVERY: Final = 0.05


def environment(folder: Path, database_url: str | None) -> dict[str, str]:
    """The environment of the children: everything in `folder`, and that database (an SQLite file otherwise)."""
    kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    kept["CRESS_VAR"] = str(folder)
    if database_url:
        kept["DATABASE_URL"] = database_url
    return kept


def manage(environ: Mapping[str, str], *arguments: str) -> None:
    """Run a management command to its end; its error is ours."""
    subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=dict(environ), check=True, stdout=subprocess.DEVNULL)


def write_apart(environ: Mapping[str, str], parquet: Path) -> dict[str, Any]:
    """Rows, seconds and kind of database of a writing made in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.sirene_database", str(parquet)],
        cwd=ROOT,
        env=dict(environ),
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def peak_memory(environ: Mapping[str, str], arguments: Sequence[str]) -> tuple[float, float]:
    """Run a management command; its peak of resident memory over all its processes, in MB, and its time in seconds."""
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "manage.py", *arguments], cwd=ROOT, env=dict(environ), stdout=subprocess.DEVNULL)
    peak = 0
    ended = threading.Event()

    def watch() -> None:
        nonlocal peak
        process = psutil.Process(child.pid)
        while not ended.is_set():
            total = 0
            try:
                for one in (process, *process.children(recursive=True)):
                    total += one.memory_info().rss
            except psutil.NoSuchProcess:
                pass
            peak = max(peak, total)
            ended.wait(_EVERY)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    code = child.wait()
    ended.set()
    watcher.join()
    if code:
        raise SystemExit(f"« manage.py {arguments[0]} » s’est arrêté avec le code {code}.")
    return peak / 1024**2, time.perf_counter() - start


def write_here(parquet: Path) -> dict[str, Any]:
    """Write the establishments of a parquet file as the import does, into this process’s database."""
    import django

    django.setup()
    from django.db import connection, transaction

    from territories.geography.models import Millesime
    from territories.observatory.imports import ensure_perimeter
    from territories.observatory.models import Dataset
    from territories.observatory.sirene.write import remove_rows, write_establishments

    millesime, _ = Millesime.objects.get_or_create(year=2026)
    dataset = Dataset.objects.create(
        source="benchmark",
        title="Mesure d’écriture",
        producer="",
        vintage_on=date(2026, 11, 1),
        licence="",
        perimeter=ensure_perimeter(),
        millesime=millesime,
        region="52",
    )
    start = time.perf_counter()
    rows = write_establishments(dataset, parquet, fence=transaction.atomic, tick=lambda written: None)
    seconds = time.perf_counter() - start
    remove_rows(dataset)
    dataset.delete()
    return {"rows": rows, "seconds": seconds, "vendor": connection.vendor}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cress.settings")
    print(json.dumps(write_here(Path(sys.argv[1]))))
