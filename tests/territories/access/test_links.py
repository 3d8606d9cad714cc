"""The links by which a password is chosen: mails from SITE_URL, re-click works, one use, same answer to strangers."""

import io
import logging
import re
import smtplib
from datetime import timedelta
from unittest import mock

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from territories.access import operations
from territories.access.logs import LinkMask
from territories.access.models import User
from territories.access.tokens import link_tokens, password_link
from tests.access_factories import PASSWORD, administrator, person

pytestmark = pytest.mark.django_db
ASK = "/compte/mot-de-passe/oublie/"
NEW = {"password1": "une-phrase-toute-neuve", "password2": "une-phrase-toute-neuve"}


def path_of(user: User) -> str:
    return password_link(user).removeprefix("http://localhost:8000")


def link_of_last_mail() -> str:
    return re.search(r"http\S+", mail.outbox[-1].body).group()


def later(**delta: float):
    from datetime import datetime

    return mock.patch.object(link_tokens, "_now", return_value=datetime.now() + timedelta(**delta))


def test_known_and_unknown_get_the_same_answer_and_each_a_mail(client: Client) -> None:
    person()
    person("ferme@exemple.test", is_active=False)
    answers = [client.post(ASK, {"email": email}) for email in ("theo@exemple.test", "ferme@exemple.test", "nul@exemple.test")]
    assert {(answer.status_code, answer["Location"]) for answer in answers} == {(302, "/compte/mot-de-passe/envoye/")}
    assert [message.to for message in mail.outbox] == [["theo@exemple.test"], ["ferme@exemple.test"], ["nul@exemple.test"]]
    assert len({message.subject for message in mail.outbox}) == 1
    assert ["/choisir/" in message.body for message in mail.outbox] == [True, False, False]


def test_links_never_come_from_the_request(client: Client) -> None:
    person()
    client.post(ASK, {"email": "theo@exemple.test"}, HTTP_HOST="pirate.test", HTTP_X_FORWARDED_HOST="pirate.test")
    assert "pirate" not in mail.outbox[0].body + mail.outbox[0].subject
    assert link_of_last_mail().startswith("http://localhost:8000/compte/mot-de-passe/choisir/")


def test_opening_the_link_consumes_nothing_in_any_browser(client: Client) -> None:
    path = path_of(person())
    for _ in range(50):
        assert Client(headers={"User-Agent": "scanner"}).get(path).status_code == 200
    assert Client().get(path).status_code == 200
    answer = client.post(path, NEW)
    assert answer["Location"] == "/compte/connexion/"
    assert client.post("/compte/connexion/", {"login": "theo@exemple.test", "password": NEW["password1"]}).status_code == 302


def test_the_link_does_not_leave_by_the_referer(client: Client) -> None:
    answer = client.get(path_of(person()))
    assert answer["Referrer-Policy"] == "same-origin"
    assert "no-store" in answer["Cache-Control"]


def test_a_refused_password_keeps_the_link(client: Client) -> None:
    path = path_of(person())
    assert client.post(path, {"password1": "court", "password2": "court"}).status_code == 200
    page = client.post(path, {"password1": "une-phrase-toute-neuve", "password2": "une-autre"})
    assert "Les deux mots de passe sont différents." in page.content.decode()
    assert client.post(path, NEW).status_code == 302


def test_used_altered_unknown_and_expired_get_the_same_page(client: Client) -> None:
    user = person()
    path = path_of(user)
    altered = path[:-2] + ("a" if path[-2] != "a" else "b") + "/"
    with later(hours=25):
        expired = Client().get(path)
    unknown = Client().get("/compte/mot-de-passe/choisir/zzzz/abc-def/")
    absurd = Client().get(f"/compte/mot-de-passe/choisir/{'z' * 40}/abc-def/")
    wrong = Client().get(altered)
    client.post(path, NEW)
    used = Client().get(path)
    pages = (expired, unknown, absurd, wrong, used)
    assert {page.status_code for page in pages} == {410}
    assert len({re.sub(rb'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"', b"", page.content) for page in pages}) == 1
    assert "Recevoir un nouveau lien" in used.content.decode()


@pytest.mark.parametrize(("delta", "status"), [({"hours": 23.9}, 200), ({"hours": 24.1}, 410)])
def test_a_reset_lives_one_day(client: Client, delta: dict[str, float], status: int) -> None:
    path = path_of(person())
    with later(**delta):
        assert client.get(path).status_code == status


@pytest.mark.parametrize(("delta", "status"), [({"days": 13.9}, 200), ({"days": 14.1}, 410)])
def test_an_invitation_lives_two_weeks(client: Client, delta: dict[str, float], status: int) -> None:
    invited = User.objects.create_user("invitee@exemple.test", full_name="Inès Invitée")
    path = path_of(invited)
    with later(**delta):
        assert client.get(path).status_code == status


def test_closing_the_account_kills_its_links_for_good(client: Client) -> None:
    user, alix = person(), administrator()
    path = path_of(user)
    operations.close_account(user, by=alix)
    assert client.get(path).status_code == 410
    operations.reopen_account(user, by=alix)
    assert client.get(path).status_code == 410


def test_signing_in_kills_the_link_asked_by_somebody_else(client: Client) -> None:
    user = person()
    path = path_of(user)
    client.post("/compte/connexion/", {"login": user.email, "password": PASSWORD})
    assert Client().get(path).status_code == 410


def test_choosing_a_password_closes_open_sessions_and_those_of_anybody_here(client: Client) -> None:
    user, alix = person(), administrator()
    elsewhere = Client()
    elsewhere.force_login(user)
    client.force_login(alix)
    client.post(path_of(user), NEW)
    assert client.get("/compte/").status_code == 302
    assert elsewhere.get("/compte/").status_code == 302


def test_a_new_password_opens_a_blocked_account_again(client: Client) -> None:
    user = person()
    for _ in range(6):
        client.post("/compte/connexion/", {"login": user.email, "password": "mauvais"})
    client.post(path_of(user), NEW)
    assert client.post("/compte/connexion/", {"login": user.email, "password": NEW["password1"]}).status_code == 302


@pytest.mark.parametrize("email", ["theo@exemple.test", "nul@exemple.test"])
def test_five_requests_an_hour_for_one_address(client: Client, email: str) -> None:
    person()
    for _ in range(5):
        assert client.post(ASK, {"email": email}).status_code == 302
    answer = client.post(ASK, {"email": email}, HTTP_X_FORWARDED_FOR="10.0.0.9", REMOTE_ADDR="10.0.0.8")
    assert answer.status_code == 429
    assert "Trop de demandes pour cette adresse." in answer.content.decode()
    assert len(mail.outbox) == 5
    assert client.post(ASK, {"email": "autre@exemple.test"}).status_code == 302


@pytest.mark.parametrize("email", ["theo@exemple.test", "nul@exemple.test"])
def test_a_silent_mail_server_is_said_without_telling_who_exists(client: Client, email: str) -> None:
    person()
    with mock.patch("territories.access.mails.send_mail", side_effect=smtplib.SMTPServerDisconnected):
        answer = client.post(ASK, {"email": email})
    assert answer.status_code == 503
    assert "Le courriel n’est pas parti" in answer.content.decode()
    assert email in answer.content.decode()


def test_the_token_reaches_no_log(client: Client) -> None:
    path = path_of(person())
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(LinkMask())
    logging.getLogger("django.request").addHandler(handler)
    try:
        Client(enforce_csrf_checks=True).post(path, NEW)
        client.get(path[:-2] + "/")
    finally:
        logging.getLogger("django.request").removeHandler(handler)
    assert "Gone: /compte/mot-de-passe/choisir/…" in written.getvalue()
    assert path.split("/")[-2][:-1] not in written.getvalue()
    assert settings.LOGGING["handlers"]["console"]["filters"] == ["links"]


def test_last_login_is_part_of_the_link() -> None:
    user = person()
    token = link_tokens.make_token(user)
    user.last_login = timezone.now()
    assert not link_tokens.check_token(user, token)
