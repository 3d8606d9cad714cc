"""The second factor: a code serves once, a reset does not replace it, and staff cannot do without."""

import re
import time
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from territories.access.enums import Role
from territories.access.models import User
from territories.access.tokens import password_link
from territories.foundations.journal.models import JournalEntry
from tests.access_factories import PASSWORD, administrator, code_of_now, observatory, person, recovery_codes, with_totp

pytestmark = pytest.mark.django_db
LOGIN, CODE, TRUST = "/compte/connexion/", "/compte/double-verification/code/", "/compte/double-verification/appareil/"
ACTIVATE = "/compte/double-verification/activer/"


def password_step(client: Client, user: User, password: str = PASSWORD):
    return client.post(LOGIN, {"login": user.email, "password": password})


def is_in(client: Client) -> bool:
    return client.get("/compte/").status_code == 200


def finish(client: Client, *, trust: bool = False) -> None:
    assert client.post(TRUST, {"action": "trust" if trust else "skip"}).status_code == 302
    assert is_in(client)


def test_activation_shows_a_code_to_scan_then_recovery_codes(client: Client) -> None:
    user = observatory()
    password_step(client, user)
    page = client.get(ACTIVATE).content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    secret = re.search(r'<p class="kept-text" translate="no">([A-Z2-7]+)</p>', page).group(1)
    assert secret not in page.replace(secret, "", 1) or "otpauth" in page
    wrong = client.post(ACTIVATE, {"code": "000000"})
    assert wrong.status_code == 200
    assert "Ce code ne convient pas." in wrong.content.decode()
    answer = client.post(ACTIVATE, {"code": code_of_now(secret)}, follow=True)
    assert answer.request["PATH_INFO"] == "/compte/double-verification/codes-de-secours/"
    assert len(re.findall(r"<strong>\d{8}</strong>", answer.content.decode())) == 10
    assert JournalEntry.objects.filter(event="account_totp_added", target_id=str(user.pk)).count() == 1
    assert is_in(client)


def test_activation_closes_the_sessions_opened_by_the_password_alone(client: Client) -> None:
    user = observatory()
    thief = Client()
    password_step(thief, user)
    password_step(client, user)
    client.get(ACTIVATE)
    secret = client.session["mfa.totp.secret"]
    client.post(ACTIVATE, {"code": code_of_now(secret)})
    assert is_in(client)
    assert not is_in(thief)


def test_signing_in_takes_both_and_a_code_serves_once(client: Client) -> None:
    user = with_totp(observatory())
    assert password_step(client, user)["Location"] == CODE
    assert not is_in(client)
    code = code_of_now()
    with mock.patch("allauth.mfa.totp.internal.auth.time.time", return_value=time.time()):
        assert client.post(CODE, {"code": code})["Location"] == TRUST
        finish(client)
        again = Client()
        password_step(again, user)
        replay = again.post(CODE, {"code": code})
    assert replay.status_code == 200
    assert "Ce code ne convient pas." in replay.content.decode()
    assert not is_in(again)


def test_an_old_code_is_refused(client: Client) -> None:
    user = with_totp(observatory())
    password_step(client, user)
    code = code_of_now()
    with mock.patch("allauth.mfa.totp.internal.auth.time.time", return_value=time.time() + 60):
        assert client.post(CODE, {"code": code}).status_code == 200
    assert not is_in(client)


def test_codes_are_guessed_five_times_at_most(client: Client) -> None:
    user = with_totp(observatory())
    password_step(client, user)
    for _ in range(5):
        client.post(CODE, {"code": "abcdef"})
    answer = client.post(CODE, {"code": code_of_now()})
    assert "Trop d’essais" in answer.content.decode()
    assert not is_in(client)


def test_a_recovery_code_serves_once(client: Client) -> None:
    user = with_totp(observatory())
    code = recovery_codes(user)[0]
    password_step(client, user)
    assert client.post(CODE, {"code": code})["Location"] == TRUST
    finish(client)
    assert code not in recovery_codes(user)
    again = Client()
    password_step(again, user)
    assert again.post(CODE, {"code": code}).status_code == 200
    assert not is_in(again)


def test_a_trusted_device_skips_the_code_until_something_changes(client: Client) -> None:
    user = with_totp(observatory())
    password_step(client, user)
    client.post(CODE, {"code": code_of_now()})
    finish(client, trust=True)
    client.post("/compte/deconnexion/")
    assert not is_in(client)
    password_step(client, user)
    assert is_in(client)
    # Another device is not trusted, nor another person on this one.
    stranger = Client()
    assert password_step(stranger, user)["Location"] == CODE
    client.post("/compte/deconnexion/")
    other = with_totp(administrator())
    assert password_step(client, other)["Location"] == CODE
    # A new password ends the trust.
    user.set_password("une-phrase-toute-neuve")
    user.save()
    client.post("/compte/deconnexion/")
    assert password_step(client, user, "une-phrase-toute-neuve")["Location"] == CODE


def test_a_forged_trust_is_worth_nothing(client: Client) -> None:
    user = with_totp(observatory())
    client.cookies["mfa_trusted"] = "W1siYSIsMV1d:abc"
    assert password_step(client, user)["Location"] == CODE


def test_a_new_password_from_a_link_does_not_replace_the_code(client: Client) -> None:
    user = with_totp(observatory())
    path = password_link(user).removeprefix("http://localhost:8000")
    new = "une-phrase-toute-neuve"
    assert client.post(path, {"password1": new, "password2": new})["Location"] == LOGIN
    assert not is_in(client)
    assert password_step(client, user, new)["Location"] == CODE
    assert not is_in(client)


def test_the_code_page_alone_opens_nothing(client: Client) -> None:
    with_totp(observatory())
    assert client.get(CODE)["Location"] == LOGIN
    assert client.post(TRUST, {"action": "trust"})["Location"] == LOGIN


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.OBSERVATORY, Role.PROJECT_OFFICER])
def test_required_staff_opens_nothing_before_activating(client: Client, settings: Any, role: Role) -> None:
    settings.REQUIRE_TOTP = True
    client.force_login(person(role=role))
    for path in (
        "/compte/",
        "/tableau-de-bord/",
        "/",
        "/administration/",
        "/compte/double-verification/",
        "/compte/mot-de-passe/",
    ):
        assert client.get(path)["Location"] == ACTIVATE, path
    assert client.post("/compte/", {"full_name": "Autre"})["Location"] == ACTIVATE
    # What stays reachable: activating, proving who one is first, leaving.
    assert client.get(ACTIVATE)["Location"].startswith("/compte/confirmation/")
    assert client.post("/compte/confirmation/", {"password": PASSWORD, "next": ACTIVATE})["Location"] == ACTIVATE
    assert client.get(ACTIVATE).status_code == 200
    assert client.get("/compte/deconnexion/").status_code == 200
    assert client.post("/compte/deconnexion/").status_code == 302


def test_required_staff_works_once_activated(client: Client, settings: Any) -> None:
    settings.REQUIRE_TOTP = True
    client.force_login(with_totp(observatory()))
    assert is_in(client)


def test_required_does_not_concern_the_others(client: Client, settings: Any) -> None:
    settings.REQUIRE_TOTP = True
    assert client.get("/la-demarche/").status_code == 200
    client.force_login(person(role=Role.NETWORK_HEAD))
    assert is_in(client)


def test_not_required_in_the_demonstration(client: Client, settings: Any) -> None:
    settings.REQUIRE_TOTP = False
    client.force_login(observatory())
    assert is_in(client)


def test_removing_it_takes_a_recent_proof_and_is_written_down(client: Client) -> None:
    user = with_totp(observatory())
    client.force_login(user)
    url = reverse("mfa_deactivate_totp")
    assert client.get(url)["Location"].startswith("/compte/confirmation/")
    assert client.post(url)["Location"].startswith("/compte/confirmation/")
    assert Authenticator.objects.filter(user=user).count() == 2
    # What was asked goes on after the proof: nothing has to be sent again.
    assert client.post("/compte/confirmation/", {"password": PASSWORD, "next": url})["Location"] == "/compte/double-verification/"
    assert not Authenticator.objects.filter(user=user).exists()
    assert JournalEntry.objects.filter(event="account_totp_removed").count() == 1


def test_proving_who_one_is_has_its_limit_too(client: Client) -> None:
    client.force_login(observatory())
    for _ in range(5):
        client.post("/compte/confirmation/", {"password": "mauvais", "next": ACTIVATE})
    page = client.post("/compte/confirmation/", {"password": PASSWORD, "next": ACTIVATE})
    assert page.status_code == 200


def test_recovery_codes_are_downloaded_and_renewed(client: Client) -> None:
    user = with_totp(observatory())
    password_step(client, user)
    client.post(CODE, {"code": code_of_now()})
    finish(client)
    before = recovery_codes(user)
    text = client.get(reverse("mfa_download_recovery_codes"))
    assert text["Content-Type"].startswith("text/plain")
    assert all(code in text.content.decode() for code in before)
    client.post(reverse("mfa_generate_recovery_codes"))
    assert set(recovery_codes(user)).isdisjoint(before)


def test_the_technical_administration_has_no_door_of_its_own(client: Client) -> None:
    """Its own sign-in page would skip the code and the limits."""
    user = with_totp(administrator())
    answer = client.post("/administration/login/", {"username": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert answer["Location"].startswith(LOGIN)
    assert not is_in(client)
