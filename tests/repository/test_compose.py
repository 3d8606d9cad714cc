"""The settings, their documented example and docker-compose say the same thing."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from cress.env import database_from_url, env_bool, env_int, env_list, env_text, env_url

ROOT = Path(settings.BASE_DIR)
NAME = re.compile(r"\b(?:CRESS_[A-Z0-9_]+|DATABASE_URL|REDIS_URL)\b")
# Read by docker-compose alone.
COMPOSE_ONLY = {"CRESS_PORT"}


def variables(path: str) -> set[str]:
    return set(NAME.findall((ROOT / path).read_text(encoding="utf-8")))


def read_by_settings() -> set[str]:
    text = (ROOT / "cress/settings.py").read_text(encoding="utf-8")
    return set(re.findall(r"env_\w+\(\s*\"([A-Z0-9_]+)\"", text))


def test_every_setting_is_documented_and_every_documented_setting_exists() -> None:
    assert variables(".env.example") - COMPOSE_ONLY == read_by_settings()


def test_compose_uses_only_documented_variables() -> None:
    assert variables("docker-compose.yml") <= variables(".env.example")


def test_compose_keeps_what_waits_and_migrates_first() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    assert '"--appendonly", "yes"' in text
    assert "noeviction" in text
    assert "service_completed_successfully" in text
    assert "USER cress" in (ROOT / "Dockerfile").read_text(encoding="utf-8")


def services() -> dict[str, dict[str, Any]]:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def test_compose_waits_for_what_it_needs() -> None:
    described = services()
    assert set(described) == {"postgres", "redis", "storage", "migrate", "web", "worker", "beat"}
    for name in ("web", "worker", "beat"):
        assert described[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert described[name]["environment"] == described["migrate"]["environment"]
    for service in described.values():
        for other, wanted in service.get("depends_on", {}).items():
            assert other in described
            assert wanted["condition"] == "service_completed_successfully" or "healthcheck" in described[other]


def test_compose_names_every_volume_and_mounts_no_folder_of_the_machine() -> None:
    declared = set(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["volumes"])
    mounted = {volume.split(":")[0] for service in services().values() for volume in service.get("volumes", [])}
    assert mounted == declared


def test_only_the_web_server_is_published() -> None:
    assert [name for name, service in services().items() if "ports" in service] == ["web"]


def test_what_the_image_starts_exists() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for path in re.findall(r"script/[\w.]+", text):
        assert (ROOT / path).is_file(), path


@pytest.mark.parametrize("value", ["1", "oui", "TRUE", "on"])
def test_yes_is_understood(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("CRESS_X", value)
    assert env_bool("CRESS_X", default=False) is True


def test_nonsense_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRESS_X", "peut-être")
    with pytest.raises(ImproperlyConfigured, match="écrire 1 ou 0"):
        env_bool("CRESS_X", default=False)
    with pytest.raises(ImproperlyConfigured, match="nombre entier"):
        env_int("CRESS_X", default=1)
    with pytest.raises(ImproperlyConfigured, match="commencer par"):
        env_url("CRESS_X", schemes={"https"}, default="")
    monkeypatch.setenv("CRESS_X", "11")
    assert env_int("CRESS_X", default=1, least=1, most=11) == 11
    with pytest.raises(ImproperlyConfigured, match="entre 1 et 10"):
        env_int("CRESS_X", default=1, least=1, most=10)


def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRESS_X", raising=False)
    with pytest.raises(ImproperlyConfigured, match="CRESS_X est obligatoire"):
        env_text("CRESS_X")


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("mot\n", encoding="utf-8")
    monkeypatch.setenv("CRESS_X_FILE", str(secret))
    assert env_text("CRESS_X") == "mot"
    secret.unlink()
    with pytest.raises(ImproperlyConfigured, match="illisible"):
        env_text("CRESS_X")


def test_a_list_drops_what_is_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRESS_X", "a, ,b,")
    assert env_list("CRESS_X") == ["a", "b"]


def test_a_database_address_is_read_whole() -> None:
    database = database_from_url("postgres://compte:mot%40dur@hote:6432/base")
    assert (database["USER"], database["PASSWORD"], database["HOST"], database["PORT"], database["NAME"]) == (
        "compte",
        "mot@dur",
        "hote",
        "6432",
        "base",
    )
    with pytest.raises(ImproperlyConfigured, match="ne nomme pas de base"):
        database_from_url("postgres://hote:5432/")
    with pytest.raises(ImproperlyConfigured, match="port"):
        database_from_url("postgres://hote:abc/base")
