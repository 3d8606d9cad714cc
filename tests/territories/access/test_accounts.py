"""The pages of accounts: who opens and closes them, what is written down, and the last key of the house."""

import io
import smtplib
from typing import Any
from unittest import mock

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.test import Client

from territories.access import operations, policy
from territories.access.enums import Role
from territories.access.models import User
from territories.foundations.journal.models import JournalEntry
from tests.access_factories import administrator, observatory, person, with_totp

pytestmark = pytest.mark.django_db
LIST, NEW = "/compte/comptes/", "/compte/comptes/nouveau/"


def sentences() -> list[str]:
    return list(JournalEntry.objects.order_by("pk").values_list("sentence", flat=True))


def test_an_account_is_opened_by_invitation(client: Client) -> None:
    client.force_login(administrator())
    answer = client.post(NEW, {"full_name": "Inès Invitée", "email": "Ines@Exemple.test", "role": "observatory"}, follow=True)
    ines = User.objects.get(email="ines@exemple.test")
    assert answer.redirect_chain[-1][0] == f"/compte/comptes/{ines.pk}/"
    assert ines.is_invited
    assert ines.role == Role.OBSERVATORY
    assert mail.outbox[0].to == ["ines@exemple.test"]
    assert "Alix Administration vous ouvre un compte" in mail.outbox[0].body
    assert sentences() == [
        "Alix Administration a créé le compte de Inès Invitée (Observatoire).",
        "Alix Administration a envoyé à Inès Invitée un lien pour choisir son mot de passe.",
    ]
    assert not client.login(email="ines@exemple.test", password="")


def test_an_address_has_one_account(client: Client) -> None:
    client.force_login(administrator())
    person()
    page = client.post(NEW, {"full_name": "Autre", "email": "THEO@exemple.test", "role": ""})
    assert "Un compte existe déjà avec cette adresse." in page.content.decode()
    assert mail.outbox == []
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email="Theo@Exemple.test")])


@pytest.mark.parametrize("role", ["technician", "public", "account", "patron"])
def test_only_house_roles_are_given(client: Client, role: str) -> None:
    client.force_login(administrator())
    page = client.post(NEW, {"full_name": "Autre", "email": "autre@exemple.test", "role": role})
    assert page.status_code == 200
    assert not User.objects.filter(email="autre@exemple.test").exists()


def test_a_mail_that_does_not_leave_is_said_and_the_account_stays(client: Client) -> None:
    client.force_login(administrator())
    with mock.patch("territories.access.mails.send_mail", side_effect=smtplib.SMTPServerDisconnected):
        page = client.post(NEW, {"full_name": "Inès", "email": "ines@exemple.test", "role": ""}, follow=True)
    assert "Le courriel n’est pas parti" in page.content.decode()
    assert "renvoyez ensuite l’invitation" in page.content.decode()
    assert len(sentences()) == 1
    client.post(f"/compte/comptes/{User.objects.get(email='ines@exemple.test').pk}/inviter/")
    assert len(mail.outbox) == 1


def test_search_ignores_accents_and_the_list_asks_as_much_for_ten_as_for_two(
    client: Client, django_assert_num_queries: Any
) -> None:
    client.force_login(administrator())
    person("helene@exemple.test", name="Hélène Œuvrard")
    assert "Hélène Œuvrard" in client.get(LIST, {"q": "oeuvrard helene"}).content.decode()
    assert "Aucun compte trouvé" in client.get(LIST, {"q": "introuvable"}).content.decode()
    with django_assert_num_queries(3):
        client.get(LIST)
    for rank in range(8):
        person(f"p{rank}@exemple.test")
    with django_assert_num_queries(3):
        client.get(LIST)


def test_a_role_is_changed_and_written_down(client: Client) -> None:
    client.force_login(administrator())
    user = person()
    client.post(f"/compte/comptes/{user.pk}/", {"full_name": "Théo Technique", "role": "project_officer"})
    user.refresh_from_db()
    assert user.role == Role.PROJECT_OFFICER
    assert sentences()[0].endswith("Sans rôle dans la maison → Chargée de mission.")


def test_closing_and_opening_again(client: Client) -> None:
    client.force_login(administrator())
    user = person()
    client.post(f"/compte/comptes/{user.pk}/fermer/")
    user.refresh_from_db()
    assert not user.is_active
    page = client.post(f"/compte/comptes/{user.pk}/inviter/", follow=True)
    assert "rouvrez-le avant" in page.content.decode()
    assert mail.outbox == []
    client.post(f"/compte/comptes/{user.pk}/rouvrir/")
    user.refresh_from_db()
    assert user.is_active
    assert [sentence.split(" a ")[1] for sentence in sentences()] == [
        "fermé le compte de Théo Technique.",
        "rouvert le compte de Théo Technique.",
    ]


def test_nobody_closes_or_demotes_oneself(client: Client) -> None:
    alix = administrator()
    administrator("second@exemple.test", name="Seconde Main")
    client.force_login(alix)
    page = client.post(f"/compte/comptes/{alix.pk}/fermer/", follow=True)
    assert "Vous ne pouvez pas fermer votre propre compte" in page.content.decode()
    page = client.post(f"/compte/comptes/{alix.pk}/", {"full_name": "Alix", "role": "observatory"})
    assert "Vous ne pouvez pas changer votre propre rôle" in page.content.decode()
    alix.refresh_from_db()
    assert alix.is_active
    assert alix.role == Role.ADMINISTRATOR
    assert sentences() == []


def test_the_last_administrator_stays() -> None:
    """Two administrators decide at the same time that the other leaves: the second decision finds nobody left."""
    alix, seconde = administrator(), administrator("second@exemple.test", name="Seconde Main")
    stale = User.objects.get(pk=alix.pk)
    operations.close_account(alix, by=seconde)
    for act in (
        lambda: operations.close_account(seconde, by=stale),
        lambda: operations.change_account(seconde, full_name="Seconde", role=Role.OBSERVATORY, by=stale),
        lambda: operations.change_account(seconde, full_name="Seconde", role="", by=stale),
    ):
        with pytest.raises(ValidationError, match="dernier compte d’administration"):
            act()
    seconde.refresh_from_db()
    assert seconde.is_active
    assert seconde.role == Role.ADMINISTRATOR
    assert len(sentences()) == 1


def test_a_lost_telephone_is_solved_by_the_administration(client: Client) -> None:
    client.force_login(administrator())
    odile = with_totp(observatory())
    other = Client()
    other.force_login(odile)
    client.post(f"/compte/comptes/{odile.pk}/double-verification/")
    assert not User.objects.for_list().get(pk=odile.pk).has_totp
    assert other.get("/compte/").status_code == 302
    assert sentences() == ["Alix Administration a retiré la double vérification de Odile Observatoire."]
    page = client.post(f"/compte/comptes/{odile.pk}/double-verification/", follow=True)
    assert "n’a pas activé la double vérification" in page.content.decode()


@pytest.mark.parametrize("action", ["", "inviter/", "fermer/", "rouvrir/", "double-verification/"])
def test_the_others_are_refused_and_a_missing_account_is_absent(client: Client, action: str) -> None:
    user = person()
    assert client.post(f"/compte/comptes/{user.pk}/{action}")["Location"].startswith("/compte/connexion/")
    client.force_login(observatory())
    answer = client.post(f"/compte/comptes/{user.pk}/{action}", {"full_name": "Pirate", "role": "administrator"})
    assert answer.status_code == 403
    assert "est réservé à" in answer.content.decode()
    client.force_login(administrator())
    assert client.post(f"/compte/comptes/999999/{action}").status_code == 404
    assert sentences() == []


def test_operations_refuse_by_themselves() -> None:
    """A page that forgot its check would not be enough."""
    user, odile = person(), observatory()
    for act in (
        lambda: operations.create_account(email="x@exemple.test", full_name="X", role="", by=odile),
        lambda: operations.change_account(user, full_name="X", role="", by=odile),
        lambda: operations.close_account(user, by=odile),
        lambda: operations.reopen_account(user, by=odile),
        lambda: operations.remove_second_factor(user, by=odile),
        lambda: operations.check_invitation(user, by=odile),
    ):
        with pytest.raises(policy.Denied):
            act()


def test_ones_own_page_says_what_one_may_and_changes_ones_name_only(client: Client) -> None:
    odile = observatory()
    client.force_login(odile)
    page = client.get("/compte/").content.decode()
    assert "Publier les chiffres" in page
    assert "Créer et fermer des comptes" not in page
    assert "Tous les comptes" not in page
    client.post("/compte/", {"full_name": "Odile O.", "role": "administrator", "email": "autre@exemple.test", "is_active": ""})
    odile.refresh_from_db()
    assert (odile.full_name, odile.role, odile.email) == ("Odile O.", Role.OBSERVATORY, "odile@exemple.test")


def test_create_admin_prints_a_link_that_works(client: Client) -> None:
    out = io.StringIO()
    call_command("create_admin", "Chef@Exemple.test", "--name", "Camille Chef", stdout=out)
    user = User.objects.get(email="chef@exemple.test")
    assert user.role == Role.ADMINISTRATOR
    link = out.getvalue().split()[-1]
    assert link.startswith("http://localhost:8000/compte/mot-de-passe/choisir/")
    assert client.get(link.removeprefix("http://localhost:8000")).status_code == 200
    assert "Le serveur a donné l’administration à Camille Chef." in sentences()


def test_create_admin_is_the_way_back_in() -> None:
    user = with_totp(person(is_active=False))
    call_command("create_admin", "theo@exemple.test", "--reset-second-factor", stdout=io.StringIO())
    again = User.objects.for_list().get(pk=user.pk)
    assert again.is_active
    assert again.is_staff
    assert not again.has_totp
    assert again.full_name == "Théo Technique"


def test_create_admin_refuses_nonsense() -> None:
    with pytest.raises(CommandError, match="n’est pas une adresse électronique"):
        call_command("create_admin", "pas-une-adresse")
    assert User.objects.count() == 0
