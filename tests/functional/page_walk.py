"""Walking pages at two widths: axe, sideways scrolling, console. The list of the pages comes from the URLconf."""

from collections import Counter
from collections.abc import Callable

from playwright.sync_api import BrowserContext

from cress.home.walk import Page
from territories.access.models import User
from territories.foundations.jobs.models import Job, JobState
from tests.functional.conftest import overflow, serious_findings
from tests.job_tables import publish_jobs
from tests.public_factories import make_world


def world_of_jobs() -> None:
    world = make_world()
    # The others show what a portrait is without statistics.
    publish_jobs(world.release, [world["epci", "244400552"], world["commune", "44003"]])
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
    """The faults of these pages at each width, one line each.

    Every page is opened and measured at both widths. axe, which reads the same template again for each territory, looks at the
    first two pages of a view on a desk and at the first one on a phone.
    """
    faults: list[str] = []
    for width, looked_at in ((1280, 2), (360, 1)):
        window = open_context(width, user=user).new_page()
        seen: Counter[str] = Counter()
        for page in pages:
            window.goto(page.address)
            seen[page.view] += 1
            if seen[page.view] <= looked_at:
                faults += [f"{page.address} à {width} px : {finding}" for finding in serious_findings(window)]
            faults += [f"{page.address} à {width} px : déborde {element}" for element in overflow(window)]
    return faults
