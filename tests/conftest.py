"""The strict harness: no network, warnings are errors, undefined template variables fail, on-commit callbacks run,
the database is the one of the environment (an SQLite file, or PostgreSQL)."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models.query import QuerySet
from django.test import Client

# Playwright’s synchronous calls run a loop in this thread; Django would otherwise refuse the database beside it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FORBIDDEN = (
    (re.compile(rb"<[^>]+\son[a-z]+="), "un gestionnaire d’événement dans la page"),
    (re.compile(rb"<[^>]+\sstyle="), "un style dans la page : la politique de sécurité l’ignore"),
    (re.compile(rb"<script(?![^>]*\b(?:src|nonce)=)[^>]*>"), "un script sans adresse ni jeton"),
    (re.compile(rb"\{\{|\{%"), "une instruction de gabarit non rendue"),
)


class StrictClient(Client):
    """Runs on-commit callbacks and refuses pages that our security policy or a reader would refuse."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        is_page = not response.streaming and response.get("Content-Type", "").startswith("text/html")
        # Django’s administration is a library’s: its pages are its own.
        if is_page and not request.get("PATH_INFO", "").startswith("/administration/"):
            for pattern, meaning in FORBIDDEN:
                found = pattern.search(response.content)
                assert found is None, f"{meaning} : {found.group(0)[:200] if found else ''!r}"
        return response


# What says that a test meets the database, one of ours or one of pytest-django’s.
_MEETS_THE_DATABASE = {"db", "transactional_db", "django_db_setup", "live_server"}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second database of the gate, tests that know no database are left out: they have just passed on the first."""
    if os.environ.get("CRESS_ONLY_DATABASE_TESTS") != "1":
        return
    kept, left = [], []
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        meets = item.get_closest_marker("django_db") or item.get_closest_marker("processes") or fixtures & _MEETS_THE_DATABASE
        (kept if meets else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


@pytest.fixture(scope="session", autouse=True)
def settings_of_tests() -> Iterator[None]:
    """Fast hashing, mails in memory, files and cache apart. Set once: the rest is what runs in production."""
    from django.conf import settings
    from django.test.utils import override_settings

    root = settings.VAR_DIR / "tests"
    with override_settings(
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        WORK_DIR=root / "work",
        INBOX_DIR=root / "depot",
        STORAGES={
            "default": {
                "BACKEND": "django.core.files.storage.FileSystemStorage",
                "OPTIONS": {"location": str(root / "files")},
            },
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        },
    ):
        yield


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    from django.core.cache import cache

    cache.clear()


@pytest.fixture
def client() -> Client:
    return StrictClient()


@pytest.fixture(autouse=True)
def on_commit_runs(request: pytest.FixtureRequest) -> Iterator[None]:
    """Inside a test’s transaction, what waits for the commit runs when the outermost block of the test’s code ends."""
    if "django_capture_on_commit_callbacks" in request.fixturenames or request.node.get_closest_marker("django_db") is None:
        yield
        return
    marker = request.node.get_closest_marker("django_db")
    if marker.kwargs.get("transaction"):
        yield
        return
    from django.db import transaction

    request.getfixturevalue("_django_db_marker")
    depth = len(transaction.get_connection().savepoint_ids)
    atomic_exit = transaction.Atomic.__exit__

    def exit_and_run(self: Any, *args: Any) -> Any:
        result = atomic_exit(self, *args)
        connection = transaction.get_connection(self.using)
        if connection.in_atomic_block and len(connection.savepoint_ids) == depth and args[0] is None:
            waiting, connection.run_on_commit = connection.run_on_commit, []
            for _, callback, robust in waiting:
                if robust:
                    try:
                        callback()
                    except Exception as error:
                        print(f"on_commit: {error!r}")
                else:
                    callback()
        return result

    patcher = pytest.MonkeyPatch()
    patcher.setattr(transaction.Atomic, "__exit__", exit_and_run)
    yield
    patcher.undo()


@pytest.fixture(autouse=True)
def unordered_lists_are_caught() -> Iterator[None]:
    """A list shown without a total order changes from one page to the next: slicing an unordered query fails."""
    original = QuerySet.__getitem__

    def guarded(self: QuerySet, key: Any) -> Any:
        fresh = isinstance(key, slice) and self._result_cache is None and not self.query.is_sliced
        if fresh and not self.ordered and not self.query.combinator and self.query.group_by is None:
            raise AssertionError(f"Une tranche d’une requête sans ordre : {self.model.__name__}")
        return original(self, key)

    patcher = pytest.MonkeyPatch()
    patcher.setattr(QuerySet, "__getitem__", guarded)
    yield
    patcher.undo()
