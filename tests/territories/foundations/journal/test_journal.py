"""The journal: added to, never touched again, and gone with the transaction that did nothing."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.urls import reverse

from territories.foundations.journal.models import ImmutableEntry, JournalEntry
from territories.foundations.journal.operations import SYSTEM, VISITOR, record
from tests.access_factories import administrator, person

pytestmark = pytest.mark.django_db


def test_an_entry_keeps_the_names_of_its_time() -> None:
    theo = person()
    entry = record("account_closed", "Le compte de Théo est fermé.", by=theo, target=theo, details={"motif": "départ"})
    theo.full_name = "Autre Nom"
    theo.save()
    assert JournalEntry.objects.about(theo).get() == entry
    assert (entry.actor, entry.target_kind, entry.target_id) == ("Théo Technique", "access.user", str(theo.pk))
    theo.delete()
    assert JournalEntry.objects.get().actor == "Théo Technique"


def test_the_application_and_visitors_have_a_name() -> None:
    assert record("swept", "Balayage.", by=None).actor == SYSTEM
    assert record("asked", "Demande.", by=AnonymousUser()).actor == VISITOR


def test_nothing_is_changed_nor_erased() -> None:
    entry = record("swept", "Balayage.", by=None)
    entry.sentence = "Autre chose."
    attempts = (
        entry.save,
        entry.delete,
        lambda: JournalEntry.objects.update(sentence="x"),
        lambda: JournalEntry.objects.all().delete(),
        lambda: JournalEntry.objects.bulk_update([entry], ["sentence"]),
        lambda: JournalEntry.objects.filter(pk=entry.pk).update(actor="x"),
    )
    for attempt in attempts:
        with pytest.raises(ImmutableEntry):
            attempt()
    assert JournalEntry.objects.get().sentence == "Balayage."


def test_an_entry_goes_with_its_transaction() -> None:
    def write_then_fail() -> None:
        with transaction.atomic():
            record("swept", "Balayage.", by=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_then_fail()
    assert JournalEntry.objects.count() == 0


def test_administrators_read_and_write_nothing(client: object) -> None:
    client.force_login(administrator())
    entry = record("swept", "Balayage.", by=None)
    for model in ("journalentry", "job", "storedfile"):
        assert client.get(reverse(f"admin:foundations_{model}_changelist")).status_code == 200
        assert client.get(reverse(f"admin:foundations_{model}_add")).status_code == 403
    address = reverse("admin:foundations_journalentry_change", args=[entry.pk])
    assert client.get(address).status_code == 200
    assert client.post(address, {"sentence": "x"}).status_code == 403
    assert client.post(reverse("admin:foundations_journalentry_delete", args=[entry.pk]), {"post": "yes"}).status_code == 403
