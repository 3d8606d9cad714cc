"""What import-linter cannot see: relations, addresses and templates that climb from a lower room to a higher one."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver

ROOT = Path(settings.BASE_DIR)
# Lowest first: a room may name itself and what stands before it.
ROOMS = ("foundations", "access", "geography", "observatory", "demo", "home")
FOLDERS = {
    "foundations": ROOT / "territories/foundations",
    "access": ROOT / "territories/access",
    "geography": ROOT / "territories/geography",
    "observatory": ROOT / "territories/observatory",
    "demo": ROOT / "cress/demo",
    "home": ROOT / "cress/home",
}
# Skeleton, bricks and the library’s pages belong to no room; they ask what they show through registers and context.
SHARED_TEMPLATES = {"layout", "components", "account", "mfa", "allauth", "bootstrap5", "registration"}
# The frame of all pages is composed by the roof, whoever includes it.
ROOF_TEMPLATES = {"layout"}


def level(room: str) -> int:
    return ROOMS.index(room)


def test_every_room_of_the_settings_is_in_the_plan() -> None:
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith(("cress.", "territories."))}
    assert ours == set(ROOMS)


def test_no_relation_climbs() -> None:
    climbing = []
    for model in apps.get_models():
        room = model._meta.app_label
        if room not in ROOMS:
            continue
        for field in model._meta.get_fields():
            if not field.concrete or field.related_model is None:
                continue
            other = field.related_model._meta.app_label
            if field.related_model._meta.label == settings.AUTH_USER_MODEL or other not in ROOMS:
                continue
            if level(other) > level(room):
                climbing.append(f"{model._meta.label}.{field.name} → {field.related_model._meta.label}")
    assert climbing == []


def room_of_address_names() -> dict[str, str]:
    """Full name of each address → room of its view."""
    names: dict[str, str] = {}

    def walk(patterns: list, prefix: str) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                inner = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                if pattern.namespace != "admin":
                    walk(pattern.url_patterns, inner)
            elif isinstance(pattern, URLPattern) and pattern.name:
                module = getattr(pattern.callback, "__module__", "")
                for room, folder in FOLDERS.items():
                    if module.startswith(".".join(folder.relative_to(ROOT).parts)):
                        names[prefix + pattern.name] = room

    walk(get_resolver().url_patterns, "")
    return names


ADDRESS_CALL = re.compile(r"""(?:\{%\s*url\s+|(?:reverse|reverse_lazy|redirect|resolve_url)\(\s*)["']([\w:-]+)["']""")
TEMPLATE_NAME = re.compile(r"""["']([\w/-]+\.(?:html|txt))["']""")


def files_of(room: str) -> list[Path]:
    folder = FOLDERS[room]
    python = [path for path in folder.rglob("*.py") if "migrations" not in path.parts]
    return python + list((ROOT / "templates" / room).rglob("*.html")) + list((ROOT / "templates" / room).rglob("*.txt"))


@pytest.mark.parametrize("room", ROOMS)
def test_no_address_or_template_climbs(room: str) -> None:
    names = room_of_address_names()
    climbing = []
    for path in files_of(room):
        text = path.read_text(encoding="utf-8")
        for name in ADDRESS_CALL.findall(text):
            if name in names and level(names[name]) > level(room):
                climbing.append(f"{path.relative_to(ROOT)} nomme l’adresse {name}")
        for name in TEMPLATE_NAME.findall(text):
            shelf = name.split("/")[0]
            if shelf in ROOMS and level(shelf) > level(room):
                climbing.append(f"{path.relative_to(ROOT)} nomme le gabarit {name}")
    assert climbing == []


def test_every_template_folder_belongs_to_a_room_or_is_shared() -> None:
    folders = {path.name for path in (ROOT / "templates").iterdir() if path.is_dir()}
    assert folders <= set(ROOMS) | SHARED_TEMPLATES


def test_shared_bricks_name_no_room() -> None:
    names = room_of_address_names()
    climbing = []
    for shelf in SHARED_TEMPLATES - ROOF_TEMPLATES:
        for path in (ROOT / "templates" / shelf).rglob("*.html"):
            climbing += [
                f"{path.relative_to(ROOT)} nomme {name}"
                for name in ADDRESS_CALL.findall(path.read_text(encoding="utf-8"))
                if names.get(name) not in (None, "foundations", "access")
            ]
    assert climbing == []


def test_the_text_patterns_see_what_climbs() -> None:
    assert ADDRESS_CALL.findall('{% url "observatory:portrait" kind code %} reverse("home:welcome")') == [
        "observatory:portrait",
        "home:welcome",
    ]
    assert TEMPLATE_NAME.findall('{% include "home/includes/_x.html" %}') == ["home/includes/_x.html"]


def test_files_stay_readable_by_one_person() -> None:
    """Past about 500 lines, two rooms read better."""
    folders = ("cress", "territories", "tests", "benchmarks", "script", "templates")
    long = []
    for folder in folders:
        for path in (ROOT / folder).rglob("*"):
            if path.suffix in {".py", ".html", ".js", ".scss"} and "migrations" not in path.parts and path.is_file():
                lines = path.read_text(encoding="utf-8").count("\n")
                if lines > 500:
                    long.append(f"{path.relative_to(ROOT)} : {lines} lignes")
    assert long == []


def test_no_relative_import_nor_catch_all_module() -> None:
    wrong = []
    for room in ROOMS:
        for path in FOLDERS[room].rglob("*.py"):
            if path.stem in {"utils", "helpers", "services", "misc"}:
                wrong.append(str(path.relative_to(ROOT)))
            tree = ast.parse(path.read_text(encoding="utf-8"))
            wrong += [
                f"{path.relative_to(ROOT)}:{node.lineno}"
                for node in ast.walk(tree)
                if isinstance(node, ast.ImportFrom) and node.level
            ]
    assert wrong == []
