"""Every page of the team at two widths. A file apart from the public ones, so that both cores walk."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from cress.home.walk import pages_of
from territories.access.enums import Role
from territories.access.models import User
from tests.functional.page_walk import walk, world_of_jobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_pages_of_the_team(open_context: Callable[..., BrowserContext]) -> None:
    world_of_jobs()
    administrator = User.objects.create_user(
        "alix@example.org", "une-longue-phrase", full_name="Alix Martin", role=Role.ADMINISTRATOR
    )
    public = {page.address for page in pages_of(None)}
    pages = [page for page in pages_of(administrator) if page.address not in public]
    assert len(pages) >= 15
    assert walk(open_context, pages, administrator) == []
