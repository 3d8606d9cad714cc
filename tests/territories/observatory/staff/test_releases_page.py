"""Publishing from the page: what changes is shown first, the act is a job, the others only read."""

import pytest
from django.test import Client

from territories.access.enums import Role
from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import run_job_now
from territories.foundations.journal.models import JournalEntry
from territories.observatory.models import Release
from tests.access_factories import observatory, person
from tests.release_factories import make_dataset, make_geography

pytestmark = pytest.mark.django_db


def test_the_observatory_publishes_and_follows_the_job(client: Client) -> None:
    make_dataset(make_geography())
    client.force_login(observatory())
    page = client.get("/observatoire/publications/").content.decode()
    assert "Publier ces chiffres" in page
    answer = client.post("/observatoire/publications/publier/", {"note": "Première"})
    job = Job.objects.get(kind="observatory.release")
    assert answer.status_code == 302
    assert answer["Location"] == job.get_absolute_url()
    assert Release.objects.get().state == "preparing"
    run_job_now(job)
    release = Release.objects.get()
    assert (release.state, release.note, release.number) == ("current", "Première", 1)
    assert JournalEntry.objects.filter(event="observatory.released").count() == 1
    after = client.get("/observatoire/publications/").content.decode()
    assert "déjà celui de la publication en ligne" in after


def test_a_double_click_publishes_once(client: Client) -> None:
    make_dataset(make_geography())
    client.force_login(observatory())
    client.post("/observatoire/publications/publier/")
    client.post("/observatoire/publications/publier/")
    assert Job.objects.count() == 1
    assert Release.objects.count() == 1


def test_without_data_the_page_says_what_to_do_and_the_act_is_refused(client: Client) -> None:
    make_geography()
    client.force_login(observatory())
    assert "Rien à publier" in client.get("/observatoire/publications/").content.decode()
    answer = client.post("/observatoire/publications/publier/", follow=True)
    assert "chargez d’abord les fichiers Sirene" in answer.content.decode()
    assert not Job.objects.exists()
    assert not Release.objects.exists()


def test_a_reader_sees_no_button_and_is_refused(client: Client) -> None:
    make_dataset(make_geography())
    client.force_login(person(role=Role.PROJECT_OFFICER))
    page = client.get("/observatoire/publications/")
    assert page.status_code == 200
    assert "Publier ces chiffres" not in page.content.decode()
    assert client.post("/observatoire/publications/publier/").status_code == 403
    assert not Release.objects.exists()


def test_the_page_costs_the_same_with_more_publications(client: Client, django_assert_max_num_queries) -> None:
    dataset = make_dataset(make_geography())
    client.force_login(observatory())
    counts = []
    for upto in (3, 12):
        for number in range(Release.objects.count() + 1, upto + 1):
            Release.objects.create(number=number, dataset=dataset, state="superseded")
        with django_assert_max_num_queries(30) as queries:
            client.get("/observatoire/publications/")
        counts.append(len(queries))
    assert counts[0] == counts[1]
