"""A job of forty small batches for tests that kill real workers, which load it by `celery worker -I tests.slow_job`.

Run as a program, it requests jobs of that kind and prints their numbers.
"""

import hashlib
import sys
import time

KIND = "tests.slow"
BATCHES = 40


def expected_result(label: str) -> bytes:
    """What an undisturbed run leaves: one line a batch, each chained to the one before."""
    lines, previous = [], label
    for number in range(BATCHES):
        previous = hashlib.sha256(f"{previous}/{number}".encode()).hexdigest()
        lines.append(f"{number};{previous}")
    return "\n".join(lines).encode()


def register() -> None:
    from territories.foundations.jobs.registry import job_handler
    from territories.foundations.jobs.work import Work
    from territories.foundations.journal.models import JournalEntry
    from territories.foundations.journal.operations import record

    @job_handler(KIND, label="Travail d’essai")
    def slow(work: Work) -> None:
        label = work.params["label"]
        for number in range(BATCHES):
            if work.checkpoint(f"lot {number}") is not None:
                continue
            before = (work.checkpoint(f"lot {number - 1}") or {}).get("hash", label)
            chained = hashlib.sha256(f"{before}/{number}".encode()).hexdigest()
            with work.fenced():
                record("tests_batch", f"{number};{chained}", by=None, target=work.job)
                work.finish_stage(f"lot {number}", {"hash": chained})
            work.progress(number + 1, BATCHES, f"Lot {number + 1}")
            time.sleep(0.06)
        entries = JournalEntry.objects.about(work.job).order_by("pk").values_list("sentence", flat=True)
        work.store_result("\n".join(entries).encode(), "resultat.txt")


def request(labels: list[str]) -> None:
    import django

    django.setup()
    from territories.foundations.jobs.operations import request_job

    register()
    for label in labels:
        print(request_job(KIND, title=f"Essai {label}", params={"label": label}).pk)


if __name__ == "__main__":
    request(sys.argv[1:])
else:
    register()
