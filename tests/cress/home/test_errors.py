"""Pages of errors: helpful, and nothing typed is lost."""

import pytest
from django.test import Client, RequestFactory, override_settings
from django.urls import reverse

from cress.home.errors import csrf_failure, typed_fields
from tests.public_factories import make_world

pytestmark = pytest.mark.django_db
LONG_TEXT = "Nos besoins : un local partagé, <b>vite</b>"


def test_unknown_page_offers_the_search(client: Client) -> None:
    response = client.get("/territoires/epci/999999999/")
    assert response.status_code == 404
    page = response.content.decode()
    assert "Cette page n’existe pas" in page
    assert 'name="q"' in page


def test_incident_page_needs_nothing_of_ours() -> None:
    from django.views.defaults import server_error

    response = server_error(RequestFactory().get("/"))
    assert response.status_code == 500
    assert "Un incident" in response.content.decode()


def refused(client: Client, **headers: str):
    world = make_world()
    territory = world["epci", "244400552"]
    address = reverse("observatory:request_document", args=[territory.kind, territory.code])
    return client.post(address, {"note": LONG_TEXT, "password": "secret-a-moi", "csrfmiddlewaretoken": "faux"}, headers=headers)


def test_form_without_token_comes_back_with_its_text() -> None:
    response = refused(Client(enforce_csrf_checks=True), **{"sec-fetch-site": "same-origin"})
    assert response.status_code == 403
    page = response.content.decode()
    assert "&lt;b&gt;vite&lt;/b&gt;" in page
    assert "secret-a-moi" not in page


def test_form_of_another_site_is_never_offered_to_be_sent_again() -> None:
    page = refused(Client(enforce_csrf_checks=True), **{"sec-fetch-site": "cross-site"}).content.decode()
    assert "&lt;b&gt;vite&lt;/b&gt;" in page
    assert "Envoyer de nouveau" not in page


@pytest.mark.parametrize(
    ("headers", "resend"),
    [
        ({"HTTP_SEC_FETCH_SITE": "same-origin"}, True),
        ({"HTTP_SEC_FETCH_SITE": "same-site"}, False),
        ({"HTTP_REFERER": "http://testserver/formulaire/"}, True),
        ({"HTTP_REFERER": "http://ailleurs.example/"}, False),
        ({}, False),
    ],
)
def test_only_our_own_page_may_send_again(headers: dict[str, str], resend: bool) -> None:
    request = RequestFactory().post("/x/", {"note": LONG_TEXT}, **headers)
    request.user = type("Nobody", (), {"is_authenticated": False, "is_active": False})()
    with override_settings(ALLOWED_HOSTS=["*"]):
        response = csrf_failure(request)
    assert ("Envoyer de nouveau" in response.content.decode()) is resend


def test_secrets_are_never_shown_again() -> None:
    request = RequestFactory().post("/x/", {"note": "a", "password": "b", "otp_code": "c", "csrfmiddlewaretoken": "d"})
    assert typed_fields(request) == [{"name": "note", "value": "a"}]
