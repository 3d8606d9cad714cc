"""Every public page at two widths. A file apart from those of the team, so that both cores walk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from cress.home.walk import pages_of
from tests.functional.page_walk import walk, world_of_jobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_public_pages(open_context: Callable[..., BrowserContext]) -> None:
    world_of_jobs()
    pages = pages_of(None)
    assert len(pages) >= 15
    assert walk(open_context, pages) == []
