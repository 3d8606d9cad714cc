"""One browser for all the browser tests, and pages that fail on what the console says."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from territories.access.models import User

CHROMIUM = "/usr/bin/chromium"
AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
        )
        yield launched
        launched.close()


@pytest.fixture
def complaints() -> list[str]:
    """What the console of the pages said; a test that opens a page must leave it empty."""
    return []


@pytest.fixture
def open_context(browser: Browser, live_server, complaints: list[str]) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a window of a given width, signed in or not, with or without JavaScript."""
    opened: list[BrowserContext] = []

    def listen(page: Page) -> None:
        def told(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                complaints.append(f"{page.url} : {message.text}")

        page.on("console", told)
        page.on("pageerror", lambda error: complaints.append(f"{page.url} : {error}"))

    def open_(width: int = 1280, *, user: User | None = None, javascript: bool = True) -> BrowserContext:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, java_script_enabled=javascript, base_url=live_server.url, locale="fr-FR"
        )
        context.set_default_timeout(15_000)
        context.on("page", listen)
        if user is not None:
            client = Client()
            client.force_login(user)
            value = client.cookies[settings.SESSION_COOKIE_NAME].value
            context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        opened.append(context)
        return context

    yield open_
    for context in opened:
        context.close()
    assert complaints == []


def serious_findings(page: Page) -> list[str]:
    """What axe finds serious or critical, one line each. Injected by evaluation: our security policy refuses script tags."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{violation['id']} ({violation['impact']}) : {node['target']} {node['html'][:160]}"
        for violation in found["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"][:3]
    ]


def overflow(page: Page) -> list[str]:
    """The elements that make the page scroll sideways; those inside their own scrolling region do not count."""
    return page.evaluate(
        """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
        [...document.querySelectorAll('body *')]
          .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1 && !e.closest('.table-region, .doc-scroll'))
          .slice(0, 5).map(e => e.tagName + '.' + e.className)"""
    )
