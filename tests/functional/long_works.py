"""The long works of the house, real ones, for tests that kill the workers that carry them.

Run as a program in the environment of a machine of tests: `python -m tests.functional.long_works COMMAND …`. Each command
prints one line of JSON.

    prepare FOLDER    makes the geography, the files, and an undisturbed import, release and document; gives their marks
    import FOLDER     asks for an import of the same files
    document          asks for the document of the same portrait
    relaunch NUMBER   relaunches a failed job, as its page does
    remains           throws away what has no owner any more, and tells what is left
"""

import hashlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

ANCENIS = "244400552"
# Large enough for several batches of writing, and for each stage of reading to last.
SCALE = 2.5
UNITS, ESTABLISHMENTS = "StockUniteLegale_utf8.zip", "StockEtablissement_utf8.zip"
_TWO_DAYS = 2 * 86_400


def digest_of_dataset(dataset: Any) -> str:
    """Every row of a vintage, in an order of their own, without keys; its account and coverage, without durations."""
    from tests.sirene_factories import rows_of

    account = {key: value for key, value in dataset.account.items() if key != "durations"}
    about = [account, dataset.files, dataset.covered_departements, dataset.uncovered_communes, dataset.vintage_on.isoformat()]
    establishments, observations = rows_of(dataset)
    content = hashlib.sha256(json.dumps(about, sort_keys=True).encode())
    for row in [*sorted(map(repr, establishments)), *sorted(map(repr, observations))]:
        content.update(row.encode())
    return content.hexdigest()


def _request_import(folder: Path) -> Any:
    from territories.observatory.imports import request_sirene_import

    return request_sirene_import(units=folder / UNITS, establishments=folder / ESTABLISHMENTS)


def _request_document() -> Any:
    from territories.geography.models import Territory
    from territories.observatory.documents import request_document

    return request_document(Territory.objects.get(kind="epci", code=ANCENIS), "pdf", by=None)


def prepare(folder: Path) -> dict[str, Any]:
    from territories.foundations.files.operations import remove
    from territories.foundations.jobs.operations import run_job_now
    from territories.observatory.imports import outcome
    from territories.observatory.operations import run_release
    from tests.sirene_factories import files, geography

    geography()
    folder.mkdir()
    truth = files(folder, scale=SCALE, fmt="zip")
    assert {truth.legal_units.name, truth.establishments.name} == {UNITS, ESTABLISHMENTS}
    began = time.monotonic()
    dataset = outcome(run_job_now(_request_import(folder)))
    imported = time.monotonic()
    run_release()
    released = time.monotonic()
    job = run_job_now(_request_document())
    stored = job.result_file
    assert stored is not None, job.error_detail or job.error
    seconds = {"import": imported - began, "document": time.monotonic() - released}
    # Without its job and its file, the same document is made again for whoever asks.
    job.delete()
    remove(stored)
    return {
        "dataset": dataset.pk.hex,
        "digest": digest_of_dataset(dataset),
        "establishments": dataset.establishments.count(),
        "observations": dataset.observations.count(),
        "document": stored.sha256,
        "seconds": seconds,
    }


def relaunch(number: str) -> dict[str, Any]:
    from territories.foundations.jobs.models import Job
    from territories.foundations.jobs.operations import relaunch_job

    return {"job": relaunch_job(Job.objects.get(pk=number)).pk.hex}


def remains() -> dict[str, Any]:
    """Two days later, for the files: those without a row go with the purge of the night."""
    from django.conf import settings

    from territories.foundations.files.models import StoredFile
    from territories.foundations.jobs.sweeping import purge
    from territories.observatory.models import Dataset

    old = time.time() - _TWO_DAYS
    kept = settings.VAR_DIR / "files"
    for path in [*kept.rglob("*"), *Path(settings.WORK_DIR).glob("*")]:
        os.utime(path, (old, old))
    purge()
    active = Dataset.objects.active()
    assert active is not None
    return {
        "datasets": [[dataset.pk.hex, dataset.state] for dataset in Dataset.objects.order_by("imported_at", "pk")],
        "active_job": active.job_id.hex if active.job_id else "",
        "digest": digest_of_dataset(active),
        "stored": [[stored.sha256, stored.file.name] for stored in StoredFile.objects.order_by("created_at", "pk")],
        "files": sorted(str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()),
        "work": sorted(path.name for path in Path(settings.WORK_DIR).glob("*")),
    }


def main(command: str, *arguments: str) -> None:
    import django

    django.setup()
    said: dict[str, Any]
    if command == "prepare":
        said = prepare(Path(arguments[0]))
    elif command == "import":
        said = {"job": _request_import(Path(arguments[0])).pk.hex}
    elif command == "document":
        said = {"job": _request_document().pk.hex}
    elif command == "relaunch":
        said = relaunch(arguments[0])
    elif command == "remains":
        said = remains()
    else:
        raise ValueError(f"Unknown command: {command!r}.")
    print(json.dumps(said))


if __name__ == "__main__":
    main(*sys.argv[1:])
