"""Home, cockpit and the pages about the site."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cress.home import health
from territories.access.enums import Role
from territories.access.models import User
from territories.foundations.jobs.models import Job, JobState
from tests.public_factories import make_world

PUBLIC = ("welcome", "approach", "data", "accessibility", "components")

pytestmark = pytest.mark.django_db


def person(role: str = "") -> User:
    return User.objects.create_user(f"{role or 'nobody'}@example.org", full_name="Aïcha Martin", role=role)


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_open_without_account_nor_data(client: Client, name: str) -> None:
    response = client.get(reverse(f"home:{name}"))
    assert response.status_code == 200
    page = response.content.decode()
    assert page.count("<h1") == 1
    assert 'lang="fr"' in page
    assert 'href="#contenu"' in page


@pytest.mark.parametrize("name", PUBLIC)
def test_public_pages_refuse_to_write(client: Client, name: str) -> None:
    assert client.post(reverse(f"home:{name}")).status_code == 405


def test_data_page_cites_the_release(client: Client) -> None:
    world = make_world()
    page = client.get(reverse("home:data")).content.decode()
    assert "n°\u00a03" in page
    assert world.dataset.licence in page
    assert "secret statistique" in page


def test_dashboard_asks_to_sign_in(client: Client) -> None:
    response = client.get(reverse("home:dashboard"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_login"))


def test_dashboard_shows_own_jobs_only_and_shortcuts_of_the_role(client: Client) -> None:
    make_world()
    mine, other = person(Role.OBSERVATORY), person(Role.PROJECT_OFFICER)
    Job.objects.create(kind="x", title="Mon chargement", requested_by=mine)
    Job.objects.create(kind="x", title="Celui d’une autre", requested_by=other)
    client.force_login(mine)
    page = client.get(reverse("home:dashboard")).content.decode()
    assert "Mon chargement" in page
    assert "Celui d’une autre" not in page
    assert "Charger les données publiques" in page
    client.force_login(other)
    assert "Charger les données publiques" not in client.get(reverse("home:dashboard")).content.decode()


def test_dashboard_costs_the_same_with_more_jobs(client: Client, django_assert_max_num_queries) -> None:
    make_world()
    user = person(Role.ADMINISTRATOR)
    client.force_login(user)
    Job.objects.create(kind="x", title="Un", requested_by=user)
    with django_assert_max_num_queries(20) as few:
        client.get(reverse("home:dashboard"))
    Job.objects.bulk_create(Job(kind="x", title=f"Travail {rank}", requested_by=user) for rank in range(4))
    with django_assert_max_num_queries(20) as more:
        client.get(reverse("home:dashboard"))
    assert len(few) == len(more)


def test_menu_shows_no_link_that_the_person_may_not_follow(client: Client) -> None:
    page = client.get(reverse("home:welcome")).content.decode()
    assert reverse("observatory:datasets") not in page
    assert reverse("account_login") in page
    client.force_login(person(Role.OBSERVATORY))
    page = client.get(reverse("home:approach")).content.decode()
    assert reverse("observatory:datasets") in page
    assert reverse("account_login") not in page


def test_menu_marks_the_current_page(client: Client) -> None:
    page = client.get(reverse("home:approach")).content.decode()
    assert f'<a href="{reverse("home:approach")}" aria-current="page">' in page


def test_demonstration_is_said_on_every_page_when_it_is_one(client: Client, settings) -> None:
    settings.DEMONSTRATION = True
    assert "Données de démonstration" in client.get(reverse("home:approach")).content.decode()
    settings.DEMONSTRATION = False
    assert "Données de démonstration" not in client.get(reverse("home:approach")).content.decode()


def test_frise_gives_the_four_phases_their_full_titles(client: Client) -> None:
    page = client.get(reverse("home:approach")).content.decode()
    assert (
        "Caractérisation du poids, des problématiques du secteur et des coopérations territoriales par les acteurs locaux" in page
    )
    assert "Consolidation et structuration de la dynamique (appui post-diagnostic)" in page
    assert page.count('class="frise-number"') == 4


# --- Health -----------------------------------------------------------------------------------------------------------


def test_health_answers_in_json(client: Client) -> None:
    response = client.get(reverse("home:health"))
    assert response.status_code == 200
    assert json.loads(response.content) == {"base": "ok", "sonnette": "ok", "attente_secondes": 0, "etat": "ok"}


@pytest.mark.parametrize(("seconds", "state"), [(300, "ok"), (302, "en retard")])
def test_health_tells_a_job_that_waits_too_long(client: Client, seconds: int, state: str) -> None:
    job = Job.objects.create(kind="x", title="Attend", state=JobState.QUEUED)
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=seconds))
    assert client.get(reverse("home:health")).json()["etat"] == state


def test_health_says_when_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise DatabaseError

    monkeypatch.setattr(health.connection, "cursor", refuse)
    parts, standing = health.report()
    assert not standing
    assert parts["base"] == "injoignable"
    assert parts["etat"] == "en panne"


def test_health_says_when_the_doorbell_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError

    monkeypatch.setattr(health.app, "connection_for_write", refuse)
    response = client.get(reverse("home:health"))
    assert response.status_code == 503
    assert response.json()["sonnette"] == "injoignable"
