"""The policy as it is lived: every address × role × method gives the answer of a committed table, and strangers learn nothing.

Adding an address changes the table: write it again with `python manage.py print_policy --write --matrix` and read the diff.
"""

import csv
import io
import os
import uuid
from collections.abc import Iterator, Mapping
from http.cookies import SimpleCookie
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from territories.access.enums import Capability, Role
from territories.access.models import User
from territories.access.policy import allows
from territories.access.policy_table import Address, addresses, policy_document
from tests.access_factories import person
from tests.url_samples import SAMPLES

# pytest-django only makes the databases that some collected test is marked for: without it the walk would see the real one.
pytestmark = pytest.mark.django_db
HERE = Path(__file__).parent
MATRIX, PUBLIC = HERE / "access_matrix.csv", HERE / "public_addresses.txt"
DOCUMENT = Path(settings.BASE_DIR) / "docs" / "policy.md"
WRITES = os.environ.get("CRESS_WRITE_MATRIX") == "1"
AGAIN = "Récrivez-la par « python manage.py print_policy --write --matrix » et relisez la différence."
METHODS = ("GET", "POST")
UNKNOWN = "inconnu"
# Everybody who may come: nobody, somebody without a house role, two people of a territory, the four house roles.
HOUSE = {Role.NETWORK_HEAD, Role.PROJECT_OFFICER, Role.OBSERVATORY, Role.ADMINISTRATOR}
COMERS = ("anonymous", "account", "technician", "elected", "network_head", "project_officer", "observatory", "administrator")
Key = tuple[str, str, str, str]


def make_people() -> dict[str, User]:
    return {
        comer: person(f"{comer}@exemple.test", role=comer if comer in HOUSE else "", name=comer)
        for comer in COMERS
        if comer != "anonymous"
    }


def unknown_parameters(address: Address, known: Mapping[str, object]) -> dict[str, object]:
    """Parameters that the route accepts and that name nothing; a parameter with a closed list keeps its known value."""
    candidates: dict[str, object] = {}
    for name in address.converters:
        for candidate in (999_999_999, uuid.UUID(int=0), "inconnu"):
            try:
                reverse(address.name, kwargs={**known, name: candidate})
            except NoReverseMatch:
                continue
            candidates[name] = candidate
            break
    return {**known, **candidates}


def situations(address: Address, people: Mapping[str, User]) -> Iterator[tuple[str, str]]:
    """(name of the situation, path) for one address."""
    if not address.converters:
        yield "", reverse(address.name)
        return
    known = dict(SAMPLES[address.name](people)) if address.name in SAMPLES else {}
    for situation, parameters in known.items():
        yield situation, reverse(address.name, kwargs=dict(parameters))
    first = dict(next(iter(known.values()), {}))
    absent = unknown_parameters(address, first)
    if absent != first and set(absent) == set(address.converters):
        yield UNKNOWN, reverse(address.name, kwargs=absent)


def answer_class(response: object) -> str:
    """What a reader of the table needs: the status, and where a redirection to sign-in leads."""
    status = response.status_code
    if 300 <= status < 400:
        return "connexion" if response["Location"].split("?")[0] == reverse("account_login") else "renvoi"
    return str(status)


def walk(people: Mapping[str, User]) -> Iterator[tuple[Key, str, str]]:
    """(address, situation, method) × comer → class of the answer. What a request writes is undone before the next."""
    jars: dict[str, SimpleCookie] = {}
    for comer in COMERS:
        client = Client()
        if comer in people:
            client.force_login(people[comer])
        jars[comer] = client.cookies
    for address in addresses():
        for situation, path in situations(address, people):
            for method in METHODS:
                for comer in COMERS:
                    client = Client(raise_request_exception=False)
                    client.cookies = SimpleCookie(jars[comer].output(header="", sep=";"))
                    with transaction.atomic():
                        response = client.generic(method, path)
                        result = answer_class(response)
                        if response.streaming:
                            b"".join(response.streaming_content)
                        transaction.set_rollback(True)
                    yield (f"/{address.route}", address.name, situation, method), comer, result


@pytest.fixture(scope="module")
def matrix(django_db_setup: None, django_db_blocker: pytest.FixtureRequest) -> dict[Key, dict[str, str]]:
    """The whole walk, once for all tests of this file; nothing of it stays in the database."""
    with django_db_blocker.unblock(), transaction.atomic():
        found: dict[Key, dict[str, str]] = {}
        for key, comer, result in walk(make_people()):
            found.setdefault(key, {})[comer] = result
        transaction.set_rollback(True)
    return found


def as_csv(found: Mapping[Key, Mapping[str, str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["address", "name", "object", "method", *COMERS])
    writer.writerows([*key, *(row[comer] for comer in COMERS)] for key, row in sorted(found.items()))
    return out.getvalue()


def written(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def test_every_address_has_a_name_and_a_sample_when_it_needs_one() -> None:
    nameless = [address.route for address in addresses() if not address.name or address.name.endswith(":")]
    assert nameless == []
    missing = [address.name for address in addresses() if address.converters and address.name not in SAMPLES]
    assert missing == [], "Ajoutez leurs objets dans tests/url_samples.py."


def test_samples_are_of_addresses_that_exist() -> None:
    assert sorted(set(SAMPLES) - {address.name for address in addresses()}) == []


def test_answers_are_those_of_the_matrix(matrix: dict[Key, dict[str, str]]) -> None:
    assert len({key[0] for key in matrix}) == len(addresses())
    text = as_csv(matrix)
    if WRITES:
        MATRIX.write_text(text, encoding="utf-8")
    expected, got = written(MATRIX).splitlines(), text.splitlines()
    different = [f"- {line}" for line in expected if line not in set(got)] + [
        f"+ {line}" for line in got if line not in set(expected)
    ]
    assert not different, "La table des réponses a changé. " + AGAIN + "\n" + "\n".join(different[:30])


def test_public_addresses_are_those_of_the_snapshot() -> None:
    text = "".join(f"{address.name}\n" for address in sorted(addresses(), key=lambda address: address.name) if address.is_public)
    if WRITES:
        PUBLIC.write_text(text, encoding="utf-8")
    assert text == written(PUBLIC), "La liste des pages ouvertes à tous a changé. " + AGAIN


def test_nothing_breaks_and_nothing_unknown_is_shown_matrix(matrix: dict[Key, dict[str, str]]) -> None:
    for key, row in matrix.items():
        for comer, result in row.items():
            assert not result.startswith("5"), (key, comer, result)
            if key[2] == UNKNOWN:
                assert result in {"connexion", "403", "404", "405", "410"}, (key, comer, result)


def test_somebody_without_an_account_only_reaches_public_addresses_matrix(matrix: dict[Key, dict[str, str]]) -> None:
    public = {address.name for address in addresses() if address.is_public}
    for key, row in matrix.items():
        if key[1] not in public:
            assert row["anonymous"] == "connexion", key


def test_a_capability_on_a_view_is_what_opens_it_matrix(matrix: dict[Key, dict[str, str]]) -> None:
    """The table may be written again without thinking; this may not."""
    asked = {address.name: address.capability for address in addresses() if address.capability}
    comers = {
        comer: User(email="x@exemple.test", role=comer if comer in HOUSE else "") for comer in COMERS if comer != "anonymous"
    }
    for key, row in matrix.items():
        for comer, user in comers.items() if key[1] in asked else ():
            if not allows(user, asked[key[1]]):
                assert row[comer] in {"403", "404", "405"}, (key, comer, row[comer])
    assert asked


def test_strangers_do_not_tell_a_foreign_object_from_a_missing_one_matrix(matrix: dict[Key, dict[str, str]]) -> None:
    """Whoever is answered 404 on somebody’s object is answered 404 on nothing: the status says nothing about existence."""
    for (route, name, situation, method), row in matrix.items():
        absent = matrix.get((route, name, UNKNOWN, method))
        if absent is None or situation in ("", UNKNOWN):
            continue
        for comer, result in row.items():
            if result == "404":
                assert absent[comer] == "404", (route, situation, method, comer)
            if result == "connexion":
                assert absent[comer] == "connexion", (route, situation, method, comer)


def test_the_technical_administration_opens_to_administrators_only() -> None:
    people = make_people()
    paths = [
        reverse("admin:index"),
        *(reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist") for model in admin.site._registry),
    ]
    for comer, user in people.items():
        client = Client()
        client.force_login(user)
        opens = allows(user, Capability.OPEN_ADMINISTRATION)
        for path in paths:
            assert (client.get(path, follow=True).status_code == 200) is opens, (comer, path)
    for path in paths:
        assert Client().get(path, follow=True).request["PATH_INFO"] == reverse("account_login")


def test_the_printed_policy_is_current() -> None:
    assert policy_document() == written(DOCUMENT), "docs/policy.md n’est plus à jour. " + AGAIN
