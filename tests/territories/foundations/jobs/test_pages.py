"""« Travaux »: whose job it is decides what exists; the page follows the work and offers the way on."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from territories.foundations.files.operations import store
from territories.foundations.jobs import doorbell
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.presentation import duration_fr, sheet_of, size_fr
from territories.foundations.jobs.views import PER_PAGE
from tests.access_factories import administrator, observatory, person
from tests.foundations_factories import fresh, handler, nothing

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_storage")]


@pytest.fixture(autouse=True)
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(doorbell.current_app, "send_task", lambda *args, **options: None)
    with handler(nothing) as name:
        yield name


@pytest.fixture
def theo(client: Client) -> object:
    user = person()
    client.force_login(user)
    return user


def job_of(user: object, **fields: object) -> Job:
    values = {"kind": "tests.work", "title": "État des lieux de Nozay", "requested_by": user, **fields}
    if values.get("state") == JobState.RUNNING:
        values |= {"lease_until": timezone.now(), "started_at": timezone.now(), "attempt": 1}
    return Job.objects.create(**values)


def page(client: Client, name: str, job: Job | None = None) -> object:
    return client.get(reverse(f"foundations:{name}", args=[job.pk] if job else []))


def test_the_list_is_for_people_with_an_account(client: Client) -> None:
    response = page(client, "jobs")
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_the_list_shows_one_s_own_jobs(client: Client, theo: object) -> None:
    mine, other = job_of(theo), job_of(observatory(), title="Chargement de Sirene")
    text = page(client, "jobs").content.decode()
    assert mine.title in text
    assert other.title not in text


def test_administrators_see_everybody_s(client: Client, kind: str) -> None:
    client.force_login(administrator())
    job_of(person(), title="Le travail de Théo")
    job_of(None, title="Le travail d’un passant", shared=True)
    text = page(client, "jobs").content.decode()
    assert "Le travail de Théo" in text
    assert "Théo Technique" in text
    assert "Personne sans compte" in text


def test_an_empty_list_says_what_to_do(client: Client, theo: object) -> None:
    assert "Aucun travail pour l’instant" in page(client, "jobs").content.decode()
    assert "Aucun travail dans cet état" in client.get(reverse("foundations:jobs"), {"etat": "failed"}).content.decode()


def test_the_list_is_filtered_by_state(client: Client, theo: object) -> None:
    job_of(theo, title="Fini", state=JobState.DONE)
    job_of(theo, title="Raté", state=JobState.FAILED)
    text = client.get(reverse("foundations:jobs"), {"etat": "failed"}).content.decode()
    assert "Raté" in text
    assert "Fini" not in text
    assert "Fini" in client.get(reverse("foundations:jobs"), {"etat": "n’importe"}).content.decode()


def test_the_list_goes_by_pages_and_always_makes_as_many_queries(
    client: Client, theo: object, django_assert_max_num_queries: object
) -> None:
    for number in range(PER_PAGE + 1):
        job_of(theo, title=f"Travail {number}", state=JobState.DONE, result_file=store(b"%PDF-1.7", name=f"{number}.pdf"))
    with django_assert_max_num_queries(8):
        first = page(client, "jobs").content.decode()
    assert "Travail 1<" in first
    assert "Travail 0<" not in first
    assert "Travail 0<" in client.get(reverse("foundations:jobs"), {"page": 2}).content.decode()


@pytest.mark.parametrize("name", ["job", "job_progress", "job_file"])
def test_a_stranger_s_job_does_not_exist(client: Client, name: str) -> None:
    job = job_of(observatory(), state=JobState.DONE, result_file=store(b"%PDF-1.7", name="a.pdf"))
    assert page(client, name, job).status_code == 404
    client.force_login(person())
    assert page(client, name, job).status_code == 404


@pytest.mark.parametrize("name", ["job_cancel", "job_relaunch"])
def test_a_stranger_acts_on_nothing(client: Client, theo: object, name: str) -> None:
    job = job_of(observatory(), state=JobState.FAILED if name == "job_relaunch" else JobState.QUEUED)
    assert client.post(reverse(f"foundations:{name}", args=[job.pk])).status_code == 404
    assert fresh(job).state == job.state


@pytest.mark.parametrize("name", ["job_cancel", "job_relaunch"])
def test_looking_does_not_act(client: Client, theo: object, name: str) -> None:
    assert page(client, name, job_of(theo)).status_code == 405


def test_a_job_asked_for_without_account_is_read_by_its_address(client: Client) -> None:
    job = job_of(None, shared=True)
    text = page(client, "job", job).content.decode()
    assert job.title in text
    assert "Annuler ce travail" not in text
    assert client.post(reverse("foundations:job_cancel", args=[job.pk])).status_code == 302
    assert fresh(job).state == JobState.QUEUED


def test_a_running_job_shows_where_it_is_and_asks_again_by_itself(client: Client, theo: object) -> None:
    job = job_of(theo, state=JobState.RUNNING, progress_done=30, progress_total=120, message="Lecture des établissements")
    text = page(client, "job", job).content.decode()
    assert f'hx-get="{reverse("foundations:job_progress", args=[job.pk])}"' in text
    assert 'value="30" max="120"' in text
    assert "Lecture des établissements" in text
    assert "Actualiser" in text
    assert "Annuler ce travail" in text
    part = page(client, "job_progress", job)
    assert "<html" not in part.content.decode()
    assert "HX-Refresh" not in part
    assert "no-store" in part["Cache-Control"]


@pytest.mark.parametrize("state", [JobState.DONE, JobState.FAILED, JobState.CANCELLED])
def test_a_finished_job_is_no_longer_asked_about(client: Client, theo: object, state: JobState) -> None:
    job = job_of(theo, state=state, error="Le fichier est vide.")
    assert "hx-get" not in page(client, "job", job).content.decode()
    part = page(client, "job_progress", job)
    assert part["HX-Refresh"] == "true"
    assert "hx-get" not in part.content.decode()


def test_a_failure_says_why_and_may_be_relaunched(client: Client, theo: object) -> None:
    job = job_of(theo, state=JobState.FAILED, error="Le fichier n’a pas de colonne siret.", error_detail="KeyError: siret")
    text = page(client, "job", job).content.decode()
    assert "Le fichier n’a pas de colonne siret." in text
    assert "KeyError" not in text
    response = client.post(reverse("foundations:job_relaunch", args=[job.pk]), follow=True)
    assert "Le travail est relancé." in response.content.decode()
    assert fresh(job).state == JobState.QUEUED
    again = client.post(reverse("foundations:job_relaunch", args=[job.pk]), follow=True)
    assert "il n’y a rien à relancer" in again.content.decode()


def test_administrators_also_read_the_technical_detail(client: Client) -> None:
    client.force_login(administrator())
    job = job_of(person(), state=JobState.FAILED, error="Raté.", error_detail="KeyError: siret")
    assert "KeyError: siret" in page(client, "job", job).content.decode()


def test_one_cancels_one_s_own_job(client: Client, theo: object) -> None:
    waiting = job_of(theo)
    assert (
        "Le travail est annulé."
        in client.post(reverse("foundations:job_cancel", args=[waiting.pk]), follow=True).content.decode()
    )
    assert fresh(waiting).state == JobState.CANCELLED
    running = job_of(theo, state=JobState.RUNNING)
    Job.objects.filter(pk=running.pk).update(lease_until=timezone.now() + timedelta(seconds=30))
    text = client.post(reverse("foundations:job_cancel", args=[running.pk]), follow=True).content.decode()
    assert "L’annulation est demandée" in text
    assert "Annulation demandée" in text
    assert "Annuler ce travail" not in text


def test_the_file_is_downloaded_once_the_job_is_done(client: Client, theo: object) -> None:
    stored = store(b"%PDF-1.7 essai", name="État des lieux.pdf")
    job = job_of(theo, state=JobState.RUNNING, result_file=stored)
    assert page(client, "job_file", job).status_code == 404
    Job.objects.filter(pk=job.pk).update(state=JobState.DONE, lease_until=None)
    assert reverse("foundations:job_file", args=[job.pk]) in page(client, "job", job).content.decode()
    response = page(client, "job_file", job)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 essai"
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("url", "shown"),
    [("/territoires/", True), ("https://ailleurs.test/", False), ("javascript:alert(1)", False), ("//ailleurs.test", False)],
)
def test_a_result_only_leads_to_this_site(client: Client, theo: object, url: str, shown: bool) -> None:
    job = job_of(theo, state=JobState.DONE, result={"url": url, "label": "Ouvrir le portrait"})
    assert ("Ouvrir le portrait" in page(client, "job", job).content.decode()) is shown


def test_a_hostile_title_stays_a_text(client: Client, theo: object) -> None:
    job = job_of(theo, title="<img src=x onerror=alert(1)>", message="<b>gras</b>")
    assert "<img src=x" not in page(client, "job", job).content.decode()
    assert "<img src=x" not in page(client, "jobs").content.decode()


def test_durations_and_sizes_are_said_in_french() -> None:
    assert [duration_fr(timedelta(seconds=s)) for s in (-1, 59, 60, 3599, 3600, 4320)] == [
        "0\u00a0s", "59\u00a0s", "1\u00a0min 00\u00a0s", "59\u00a0min 59\u00a0s", "1\u00a0h 00\u00a0min", "1\u00a0h 12\u00a0min",
    ]  # fmt: skip
    assert [size_fr(n) for n in (0, 1, 2, 1023, 1024, 1_572_864)] == [
        "0\u00a0octet", "1\u00a0octet", "2\u00a0octets", "1023\u00a0octets", "1\u00a0Ko", "1,5\u00a0Mo",
    ]  # fmt: skip


def test_a_kind_that_is_no_longer_known_is_shown_by_its_name() -> None:
    assert sheet_of(Job(kind="tests.old", title="x", created_at=timezone.now())).kind == "tests.old"
