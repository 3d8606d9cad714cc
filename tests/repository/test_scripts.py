"""The scripts that start the application: their functions exist, what they log holds no secret, what dies comes back."""

import importlib.util
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name.replace(".", "_"), ROOT / "script" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["_lib.sh", "server", "test", "build_styles"])
def test_the_shell_reads_every_script(name: str) -> None:
    subprocess.run(["bash", "-n", str(ROOT / "script" / name)], check=True)


def test_the_shared_functions_are_defined() -> None:
    names = ["ensure_system_packages", "ensure_venv", "ensure_node", "ensure_styles", "ensure_services", "production_environment"]
    subprocess.run(["bash", "-c", f". script/_lib.sh; type {' '.join(names)}"], cwd=ROOT, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/territoires/epci/244400404/", "/territoires/epci/244400404/"),
        ("/travaux/84f9bf62-0000-4000-8000-00000000abcd/fichier/", "/travaux/…/fichier/"),
        ("/compte/mot-de-passe/Mg-c3k2x1-0a1b2c3d4e5f60718293a4b5c6d7e8f9/", "/compte/mot-de-passe/…/"),
        ("/static/css/app.0bc35bd9f8a9.css", "/static/css/app.0bc35bd9f8a9.css"),
        ("/mentions-et-donnees/", "/mentions-et-donnees/"),
        ("/une-adresse-longue-sans-aucun-chiffre/", "/une-adresse-longue-sans-aucun-chiffre/"),
        ("/x/1234567890123456789", "/x/1234567890123456789"),
        ("/x/12345678901234567890", "/x/…"),
    ],
)
def test_the_access_log_hides_what_opens_a_page(path: str, written: str) -> None:
    server = load("gunicorn.conf")
    assert server._SECRET.sub("…", path) == written
    assert "%(q)s" not in server.access_log_format
    assert "%(r)s" not in server.access_log_format
    assert "%(h)s" not in server.access_log_format


def test_a_child_that_dies_is_started_again_later_and_later(monkeypatch: pytest.MonkeyPatch) -> None:
    supervise = load("supervise")
    monkeypatch.setattr(supervise, "FIRST_WAIT", 0.1)
    child = supervise.Child("Essai", [sys.executable, "-c", "raise SystemExit(3)"], wait=0.1)
    child.start()
    waits, starts = [], 1
    limit = time.monotonic() + 20
    while starts < 4 and time.monotonic() < limit:
        before = child.process
        child.look()
        if before is not None and child.process is None:
            waits.append(child.wait)
        starts += before is None and child.process is not None
        time.sleep(0.02)
    child.process.wait(10)
    assert starts == 4
    assert waits == sorted(waits)
    assert waits[0] < waits[-1] <= supervise.LONGEST_WAIT


def test_a_second_copy_on_the_same_data_refuses_to_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    supervise = load("supervise")
    monkeypatch.setattr(supervise, "VAR", tmp_path)
    with supervise.only_copy(), pytest.raises(SystemExit, match="tourne déjà"):
        supervise.only_copy()
    supervise.only_copy().close()
