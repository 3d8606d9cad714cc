"""Tests of the repository itself: what may not stand in it, and what must agree."""

import ast
import json
import re
import subprocess
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
HOSTS = re.compile(r"python[h]osted\.|[p]ypi\.org|registry\.[n]pmjs|[d]eb\.debian")


def tracked() -> list[Path]:
    """Files of the project: tracked, or new and not ignored."""
    done = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / line for line in done.stdout.splitlines() if (ROOT / line).is_file()]


def test_no_file_names_a_package_registry_or_a_home_folder() -> None:
    found = []
    for path in tracked():
        if path.suffix in {".png", ".woff2", ".parquet", ".zip"}:
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        if HOSTS.search(text) or "/ro" + "ot/" in text or "/wo" + "rk/" in text:
            found.append(str(path.relative_to(ROOT)))
    assert found == []


def test_locks_have_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert "http" not in text
    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    assert not [name for name, package in lock["packages"].items() if "resolved" in package]
    assert all("integrity" in package for name, package in lock["packages"].items() if name)


def test_every_dependency_says_why_it_is_here() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start = lines.index("dependencies = [")
    silent = [line for line in lines[start + 1 : lines.index("]", start)] if "#" not in line]
    assert silent == []


def test_production_installs_what_development_tests() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^([a-z0-9.-]+==[^ ;\\]+)", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE))

    assert pins("requirements.lock") <= pins("requirements-dev.lock")


def test_the_application_imports_nothing_that_only_development_installs() -> None:
    locked = set(re.findall(r"^([a-z0-9.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    owners = packages_distributions()
    missing = set()
    for path in (*(ROOT / "cress").rglob("*.py"), *(ROOT / "territories").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            for top in {name.partition(".")[0] for name in names}:
                distributions = {name.lower().replace("_", "-") for name in owners.get(top, ())}
                if distributions and not distributions & locked:
                    missing.add((str(path.relative_to(ROOT)), top))
    assert missing == set()


def test_no_file_is_heavy() -> None:
    heavy = [str(path.relative_to(ROOT)) for path in tracked() if path.stat().st_size > 1_000_000]
    assert heavy == []


def test_python_version_is_said_once() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["requires-python"] == ">=3.11"
    assert project["tool"]["ruff"]["target-version"] == "py311"


TYPOGRAPHY = (
    (re.compile(r"[a-zà-ÿ]'[a-zà-ÿ]"), "une apostrophe droite"),
    (re.compile(r"[a-zà-ÿ»] [:;?!](?=\s|$|<)"), "une espace sécable devant une ponctuation double"),
    (re.compile(r"« |[^\s] »"), "un guillemet suivi ou précédé d’une espace sécable"),
)


def visible_text(html: str) -> str:
    html = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", " ", html, flags=re.DOTALL)
    html = re.sub(r"\{[{%].*?[%}]\}", "0", html, flags=re.DOTALL)
    html = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"<[^>]*>", " ", html, flags=re.DOTALL)


def test_french_typography_of_the_templates() -> None:
    found = []
    for path in sorted((ROOT / "templates").rglob("*.html")):
        text = visible_text(path.read_text(encoding="utf-8"))
        for number, line in enumerate(text.splitlines(), 1):
            for pattern, meaning in TYPOGRAPHY:
                if match := pattern.search(line):
                    found.append(
                        f"{path.relative_to(ROOT)}:{number} {meaning} : …{line[max(0, match.start() - 20) : match.end() + 10]}"
                    )
    assert found == []
