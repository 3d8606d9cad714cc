"""Brings the data of this machine up to date, in one process: tables, geography, static files, demonstration.

Every step looks first and does nothing when nothing is to be done. What it does is told on the error output; the standard
output carries only what the person must read once the server runs: the accounts of the demonstration.
"""

import hashlib
import os
import sys
import time
from io import StringIO
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def step(sentence: str, command: str, *arguments: str, **options: object) -> None:
    from django.core.management import call_command

    print(f"{sentence}…", file=sys.stderr, flush=True)
    began = time.monotonic()
    call_command(command, *arguments, stdout=sys.stderr, **options)
    if (spent := time.monotonic() - began) > 2:
        print(f"  fait en {spent:.0f} s", file=sys.stderr, flush=True)


def collect_static_files() -> None:
    """Copies, compresses and names by content the files of the pages, when one of them has changed since the last time."""
    from django.conf import settings
    from django.contrib.staticfiles.finders import get_finders

    seen = hashlib.sha256()
    for finder in get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            seen.update(f"{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == seen.hexdigest():
        return
    step("Fichiers des pages", "collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(seen.hexdigest(), encoding="utf-8")


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cress.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command, get_commands

    django.setup()
    known = get_commands()
    step("Tables", "migrate", interactive=False, verbosity=0)
    if "load_geography" in known:
        step("Communes et territoires de France", "load_geography")
    collect_static_files()
    if not settings.DEMONSTRATION:
        return
    if "create_demo" in known:
        step("Démonstration", "create_demo")
    if "demo_accounts" in known:
        accounts = StringIO()
        call_command("demo_accounts", stdout=accounts)
        sys.stdout.write(accounts.getvalue())


if __name__ == "__main__":
    main()
