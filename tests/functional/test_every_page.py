"""Every page of the site at two widths: axe, sideways scrolling, console. The list comes from the URLconf."""

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from cress.home.walk import Page, pages_of
from territories.access.enums import Role
from territories.access.models import User
from territories.foundations.jobs.models import Job, JobState
from tests.functional.conftest import overflow, serious_findings
from tests.public_factories import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def world_of_jobs() -> None:
    make_world()
    Job.objects.create(kind="observatory.document", title="État des lieux", state=JobState.DONE, shared=True)
    Job.objects.create(
        kind="observatory.release",
        title="Publication",
        state=JobState.FAILED,
        error="Le fichier manque : déposez-le.",
        shared=True,
    )
    Job.objects.create(kind="observatory.import_sirene", title="Chargement", progress_done=5, progress_total=10, shared=True)


def walk(open_context: Callable[..., BrowserContext], pages: list[Page], user: User | None = None) -> list[str]:
    """The faults of these pages at each width, one line each."""
    faults: list[str] = []
    for width in (1280, 360):
        window = open_context(width, user=user).new_page()
        for page in pages:
            window.goto(page.address)
            faults += [f"{page.address} à {width} px : {finding}" for finding in serious_findings(window)]
            faults += [f"{page.address} à {width} px : déborde {element}" for element in overflow(window)]
    return faults


def test_public_pages(open_context: Callable[..., BrowserContext]) -> None:
    world_of_jobs()
    pages = pages_of(None)
    assert len(pages) >= 15
    assert walk(open_context, pages) == []


def test_pages_of_the_team(open_context: Callable[..., BrowserContext]) -> None:
    world_of_jobs()
    administrator = User.objects.create_user(
        "alix@example.org", "une-longue-phrase", full_name="Alix Martin", role=Role.ADMINISTRATOR
    )
    public = {page.address for page in pages_of(None)}
    pages = [page for page in pages_of(administrator) if page.address not in public]
    assert len(pages) >= 15
    assert walk(open_context, pages, administrator) == []
