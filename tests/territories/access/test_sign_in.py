"""Signing in: what a stranger learns (nothing), how many tries a password stands, what a session is worth."""

from collections.abc import Iterator
from unittest import mock

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.access_factories import PASSWORD, administrator, observatory, person

pytestmark = pytest.mark.django_db
LOGIN = "/compte/connexion/"
DASHBOARD = "/tableau-de-bord/"


@pytest.fixture
def clock() -> Iterator[mock.Mock]:
    """The clock of sessions, moved by hand: `clock.now += 60`."""
    import time

    with mock.patch("territories.access.middleware.time") as moved, mock.patch("territories.access.receivers.time", moved):
        moved.now = time.time()
        moved.time.side_effect = lambda: moved.now
        yield moved


def sign_in(client: Client, email: str = "theo@exemple.test", password: str = PASSWORD, **extra: str):
    return client.post(LOGIN, {"login": email, "password": password}, **extra)


def is_in(client: Client) -> bool:
    return client.get("/compte/").status_code == 200


def words(response) -> str:
    """The text of a page without what differs at each request: the token, and the address typed again in its field."""
    import re

    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|value="[^"]*@[^"]*"', "", response.content.decode())


def test_signing_in_leads_to_the_page_asked_for(client: Client) -> None:
    person()
    answer = client.get("/compte/")
    assert answer.status_code == 302
    assert answer["Location"] == f"{LOGIN}?next=/compte/"
    answer = client.post(LOGIN, {"login": " THEO@exemple.test ", "password": PASSWORD, "next": "/compte/"})
    assert answer.status_code == 302
    assert answer["Location"] == "/compte/"
    assert is_in(client)


@pytest.mark.parametrize("elsewhere", ["https://ailleurs.test/", "//ailleurs.test/", "http://testserver/x", "javascript:x"])
def test_signing_in_never_leads_elsewhere(client: Client, elsewhere: str) -> None:
    person()
    answer = client.post(LOGIN, {"login": "theo@exemple.test", "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == DASHBOARD


def test_there_is_no_way_to_sign_up(client: Client) -> None:
    for name in ("account_signup", "account_email", "account_set_password", "account_confirm_email"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert "inscri" not in client.get(LOGIN).content.decode()


def test_unknown_closed_and_wrong_look_the_same(client: Client) -> None:
    person()
    person("ferme@exemple.test", is_active=False)
    answers = [
        sign_in(client, email, "mauvais-mot-de-passe")
        for email in ("theo@exemple.test", "ferme@exemple.test", "nul@exemple.test")
    ]
    assert {answer.status_code for answer in answers} == {200}
    assert len({words(answer) for answer in answers}) == 1
    assert "L’adresse ou le mot de passe ne convient pas." in words(answers[0])


def test_a_closed_account_with_its_password_is_told(client: Client) -> None:
    person(is_active=False)
    assert sign_in(client)["Location"] == "/compte/compte-ferme/"
    assert not is_in(client)


def test_the_same_work_is_done_for_an_unknown_account(client: Client) -> None:
    """Equal time: one hash is computed in both cases."""
    person()
    for email in ("theo@exemple.test", "nul@exemple.test"):
        with mock.patch("django.contrib.auth.hashers.MD5PasswordHasher.encode", return_value="md5$sel$x") as encode:
            sign_in(client, email, "mauvais-mot-de-passe")
        assert encode.call_count == 1, email


def test_five_tries_then_the_account_waits_and_no_other(client: Client) -> None:
    person()
    person("voisin@exemple.test")
    for attempt in range(5):
        answer = sign_in(client, password=f"mauvais-{attempt}")
        assert "ne convient pas" in words(answer), attempt
    blocked = sign_in(client)
    assert blocked.status_code == 200
    assert "Trop d’essais pour ce compte." in words(blocked)
    assert not is_in(client)
    # Same address, another account: a whole hall shares one address.
    assert sign_in(client, "voisin@exemple.test").status_code == 302


def test_no_header_opens_another_count(client: Client) -> None:
    person()
    for attempt in range(5):
        sign_in(
            client,
            password="mauvais",
            HTTP_X_FORWARDED_FOR=f"10.0.0.{attempt}",
            HTTP_X_REAL_IP=f"10.1.0.{attempt}",
            HTTP_HOST=f"h{attempt}.test",
            REMOTE_ADDR=f"10.2.0.{attempt}",
        )
    answer = sign_in(client, HTTP_X_FORWARDED_FOR="10.9.9.9", HTTP_HOST="autre.test", REMOTE_ADDR="10.3.0.1")
    assert "Trop d’essais" in words(answer)
    assert "Trop d’essais" in words(sign_in(client, "Theo@Exemple.TEST"))


def test_an_unknown_account_is_slowed_the_same(client: Client) -> None:
    for _ in range(5):
        sign_in(client, "nul@exemple.test", "mauvais")
    assert "Trop d’essais" in words(sign_in(client, "nul@exemple.test", "mauvais"))


def test_right_passwords_use_up_no_try(client: Client) -> None:
    person()
    for _ in range(7):
        assert sign_in(client).status_code == 302
        client.post("/compte/deconnexion/")


def test_three_hundred_people_sign_in_from_one_address() -> None:
    people = [person(f"personne{rank}@exemple.test") for rank in range(300)]
    assert all(sign_in(Client(), user.email).status_code == 302 for user in people)


def test_the_session_identifier_changes_when_signing_in(client: Client) -> None:
    person()
    client.get(LOGIN)
    session = client.session
    session["avant"] = "vu"
    session.save()
    before = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = before
    sign_in(client)
    assert client.session.session_key != before
    assert not Session.objects.filter(session_key=before).exists()


def test_cookies_are_out_of_reach_of_scripts(client: Client) -> None:
    person()
    cookie = sign_in(client).cookies[settings.SESSION_COOKIE_NAME]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == ""  # closed with the browser


def test_signing_out_asks_then_acts(client: Client) -> None:
    client.force_login(person())
    assert client.get("/compte/deconnexion/").status_code == 200
    assert is_in(client)
    assert client.post("/compte/deconnexion/")["Location"] == "/"
    assert not is_in(client)


def test_staff_is_put_out_after_half_an_hour_of_silence(client: Client, clock: mock.Mock) -> None:
    client.force_login(observatory())
    clock.now += 30 * 60
    assert is_in(client)
    clock.now += 30 * 60 + 59
    assert is_in(client)
    clock.now += 31 * 60
    answer = client.get("/compte/")
    assert answer["Location"] == f"{LOGIN}?next=/compte/"
    assert "trente minutes sans activité" in client.get(LOGIN).content.decode()
    sign_in(client, "odile@exemple.test")
    assert is_in(client)
    assert "access_ended" not in client.session


def test_somebody_outside_the_house_keeps_the_session_half_a_day(client: Client, clock: mock.Mock) -> None:
    client.force_login(person())
    clock.now += 12 * 3600 - 1
    assert is_in(client)
    clock.now += 1
    assert not is_in(client)
    assert "douze heures" in client.get(LOGIN).content.decode()


def test_activity_does_not_stretch_the_twelve_hours(client: Client, clock: mock.Mock) -> None:
    client.force_login(administrator())
    for _ in range(47):
        clock.now += 15 * 60
        assert is_in(client)
    clock.now += 15 * 60
    assert not is_in(client)


def test_a_forgotten_tab_does_not_keep_a_session_alive(client: Client, clock: mock.Mock) -> None:
    client.force_login(observatory())
    url = reverse("foundations:jobs")
    for _ in range(30):
        clock.now += 60
        assert client.get(url, headers={"HX-Request": "true"}).status_code == 200
    clock.now += 61
    answer = client.get(url, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/travaux/?page=2"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"] == f"{LOGIN}?next=%2Ftravaux%2F%3Fpage%3D2"


def test_activity_writes_the_session_at_most_once_a_minute(client: Client, clock: mock.Mock) -> None:
    client.force_login(observatory())
    is_in(client)
    with mock.patch("django.contrib.sessions.backends.db.SessionStore.save") as save:
        for _ in range(59):
            clock.now += 1
            is_in(client)
        assert save.call_count == 0
        clock.now += 1
        is_in(client)
        assert save.call_count == 1


def test_a_closed_account_is_out_at_the_next_request_even_when_opened_again(client: Client) -> None:
    from territories.access import operations

    user = person()
    client.force_login(user)
    assert is_in(client)
    alix = administrator()
    operations.close_account(user, by=alix)
    assert not is_in(client)
    operations.reopen_account(user, by=alix)
    assert not is_in(client)


def test_changing_the_password_closes_the_other_sessions(client: Client) -> None:
    user = person()
    other = Client()
    client.force_login(user)
    other.force_login(user)
    new = "une-phrase-toute-neuve"
    answer = client.post("/compte/mot-de-passe/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer["Location"] == "/compte/"
    assert is_in(client)
    assert not is_in(other)


def test_a_weak_password_is_refused_with_reasons(client: Client) -> None:
    client.force_login(person())
    for weak in ("court", "motdepasse", "theo@exemple.test", "123456789012"):
        page = client.post("/compte/mot-de-passe/", {"oldpassword": PASSWORD, "password1": weak, "password2": weak})
        assert page.status_code == 200, weak
        assert "mot de passe" in page.content.decode()


def test_too_many_changes_get_a_page_in_french(client: Client) -> None:
    client.force_login(person())
    for _ in range(5):
        client.post("/compte/mot-de-passe/", {"oldpassword": "mauvais", "password1": "x", "password2": "x"})
    answer = client.post("/compte/mot-de-passe/", {"oldpassword": PASSWORD, "password1": "x", "password2": "x"})
    assert answer.status_code == 429
    assert "Trop de demandes en peu de temps" in answer.content.decode()


def test_other_sessions_are_closed_on_demand(client: Client) -> None:
    user = person()
    other = Client()
    client.force_login(user)
    other.force_login(user)
    assert client.get("/compte/fermer-les-autres-sessions/").status_code == 405
    client.post("/compte/fermer-les-autres-sessions/")
    assert is_in(client)
    assert not is_in(other)


def test_limits_survive_a_cache_that_forgets(client: Client) -> None:
    """The count is kept by the cache: emptied, it starts again, and nobody is locked out for ever."""
    person()
    for _ in range(6):
        sign_in(client, password="mauvais")
    cache.clear()
    assert sign_in(client).status_code == 302
