"""Remarks of a territory on establishments: who sends, who answers, what never changes."""

import pytest
from django.urls import reverse

from territories.access.models import User
from territories.access.policy import Denied
from territories.foundations.journal.models import JournalEntry
from territories.geography.models import TerritoryMember
from territories.observatory import remarks
from territories.observatory.enums import RemarkState
from territories.observatory.models import Establishment, EstablishmentRemark, Observation, ReleasedFigure
from tests.access_factories import observatory, person
from tests.public_factories import World, make_world

pytestmark = pytest.mark.django_db
ANCENIS, NAZAIRE = ("epci", "244400552"), ("epci", "244400644")


@pytest.fixture
def world() -> World:
    return make_world()


def member(world: World, key: tuple[str, str] = ANCENIS, role: str = "technician", email: str = "theo@exemple.test") -> User:
    user = person(email)
    TerritoryMember.objects.create(territory=world[key], user=user, role=role)
    return user


def establishment(world: World, commune: str = "44003", **conditions: object) -> Establishment:
    rows = Establishment.objects.filter(dataset=world.dataset, commune_code=commune, qualification="included", **conditions)
    return rows.order_by("siret").first()


def new(key: tuple[str, str] = ANCENIS, siret: str = "") -> str:
    page = reverse("observatory:territory_remark_new", args=key)
    return f"{page}?siret={siret}" if siret else page


def test_a_technician_tells_and_reads_the_answer(client, world):
    user = member(world)
    client.force_login(user)
    row = establishment(world)
    figures = ReleasedFigure.objects.count(), Observation.objects.count(), Establishment.objects.count()
    listed = client.get(reverse("observatory:establishments", args=ANCENIS)).content.decode()
    assert new(siret=row.siret) in listed

    page = client.get(new(siret=row.siret)).content.decode()
    assert "Il ne modifie pas les statistiques officielles" in page
    sent = client.post(new(siret=row.siret), {"kind": "closed", "text": "Fermé depuis juin."}, follow=True).content.decode()
    assert "Votre signalement est envoyé" in sent
    remark = EstablishmentRemark.objects.get()
    assert (remark.siret, remark.name, remark.commune_code, remark.state) == (row.siret, row.name, "44003", RemarkState.OPEN)

    client.force_login(observatory())
    answer_page = reverse("observatory:remark", args=[remark.pk])
    assert "Fermé depuis juin." in client.get(answer_page).content.decode()
    assert "Ce champ est obligatoire" in client.post(answer_page, {"state": "accepted", "answer": " "}).content.decode()
    client.post(answer_page, {"state": "accepted", "answer": "Signalé à l’Insee, merci."})
    client.force_login(user)
    mine = client.get(reverse("observatory:territory_remarks", args=ANCENIS)).content.decode()
    assert "Signalé à l’Insee, merci." in mine
    assert figures == (ReleasedFigure.objects.count(), Observation.objects.count(), Establishment.objects.count())
    entries = JournalEntry.objects.filter(event__startswith="remark_").order_by("pk")
    assert [entry.event for entry in entries] == ["remark_sent", "remark_answered"]
    # Nothing that was typed stands in the journal.
    assert "juin" not in str([(entry.sentence, entry.details) for entry in entries])


def test_a_missing_establishment_has_a_name_and_a_commune(client, world):
    client.force_login(member(world, role="elected"))
    refused = client.post(new(), {"name": "Ressourcerie", "commune": "44184", "text": "Ouverte."}).content.decode()
    assert 'value="Ressourcerie"' in refused
    assert not EstablishmentRemark.objects.exists()
    client.post(new(), {"name": "Ressourcerie", "commune": "44003", "text": "Ouverte."})
    assert EstablishmentRemark.objects.get().name == "Ressourcerie"


def test_only_people_of_the_territory_send(client, world):
    stranger = member(world, NAZAIRE)
    row = establishment(world)
    mine = reverse("observatory:territory_remarks", args=ANCENIS)
    assert client.get(new()).status_code == 302
    for user in (stranger, person("reseau@exemple.test", role="network_head")):
        client.force_login(user)
        for path in (mine, new(), new(siret=row.siret)):
            assert client.get(path).status_code == 403
        assert client.post(new(siret=row.siret), {"kind": "closed"}).status_code == 403
        assert new(siret=row.siret) not in client.get(reverse("observatory:establishments", args=ANCENIS)).content.decode()
        assert client.get(reverse("observatory:remarks")).status_code == 403
    with pytest.raises(Denied):
        remarks.send_remark(world[ANCENIS], kind="closed", text="", by=stranger, establishment=row)
    # An establishment of another territory is not of this one.
    client.force_login(stranger)
    assert client.get(new(NAZAIRE, row.siret)).status_code == 404
    assert not EstablishmentRemark.objects.exists()


def test_refusals_leave_nothing(world):
    user = member(world)
    row = establishment(world)
    cases = [
        ({"kind": "autre chose", "establishment": row}, "Choisissez ce que"),
        ({"kind": "other", "establishment": row}, "quelques mots"),
        ({"kind": "closed", "establishment": row, "text": "x" * 1001}, "1000"),
        ({"kind": "missing", "establishment": row, "text": "x"}, "n’est pas manquant"),
        ({"kind": "missing", "text": "x", "commune_code": "44003"}, "nom de l’établissement"),
        ({"kind": "missing", "text": "x", "name": "A", "commune_code": "44184"}, "commune de"),
    ]
    for values, words in cases:
        with pytest.raises(remarks.RemarkRefused, match=words):
            remarks.send_remark(world[ANCENIS], **({"text": "", "by": user} | values))
    remarks.send_remark(world[ANCENIS], kind="closed", text="", by=user, establishment=row)
    with pytest.raises(remarks.RemarkRefused, match="déjà signalé"):
        remarks.send_remark(world[ANCENIS], kind="closed", text="", by=user, establishment=row)
    assert EstablishmentRemark.objects.count() == 1
    assert JournalEntry.objects.filter(event="remark_sent").count() == 1


def test_the_partly_diffused_stay_unnamed(client, world):
    client.force_login(member(world))
    row = establishment(world, is_partly_diffused=True)
    Establishment.objects.filter(pk=row.pk).update(name="NOM À TAIRE")
    assert "NOM À TAIRE" not in client.get(new(siret=row.siret)).content.decode()
    client.post(new(siret=row.siret), {"kind": "moved", "text": ""})
    assert EstablishmentRemark.objects.get().name == "[non diffusible]"


def test_the_observatoire_filters_and_only_it_answers(client, world):
    user = member(world)
    for rank, kind in enumerate(("closed", "moved", "not_employer")):
        remarks.send_remark(
            world[ANCENIS], kind=kind, text="", by=user, establishment=establishment(world, siret__endswith=str(rank))
        )
    client.force_login(person("mission@exemple.test", role="project_officer"))
    page = reverse("observatory:remarks")
    assert client.get(page, {"nature": "moved"}).context["page"].paginator.count == 1
    assert client.get(page, {"etat": "accepted"}).context["page"].paginator.count == 0
    assert client.get(page, {"territoire": "epci:244400552"}).context["page"].paginator.count == 3
    one = reverse("observatory:remark", args=[EstablishmentRemark.objects.order_by("pk").first().pk])
    assert "Enregistrer la réponse" not in client.get(one).content.decode()
    assert client.post(one, {"state": "accepted", "answer": "x"}).status_code == 403


def test_the_lists_of_remarks_cost_the_same_for_more(client, world, django_assert_max_num_queries):
    user = member(world)
    rows = Establishment.objects.filter(dataset=world.dataset, commune_code="44003", qualification="included").order_by("siret")
    pages = ((observatory(), reverse("observatory:remarks")), (user, reverse("observatory:territory_remarks", args=ANCENIS)))
    spent = []
    for row in rows[:2]:
        remarks.send_remark(world[ANCENIS], kind="closed", text="", by=user, establishment=row)
    for who, page in pages:
        client.force_login(who)
        client.get(page)
        with django_assert_max_num_queries(20) as few:
            client.get(page)
        spent.append(len(few))
    for row in rows[2:8]:
        remarks.send_remark(world[ANCENIS], kind="closed", text="", by=user, establishment=row)
    for (who, page), most in zip(pages, spent, strict=True):
        client.force_login(who)
        client.get(page)
        with django_assert_max_num_queries(most):
            client.get(page)


# --- Labels of the public list ---------------------------------------------------------------------------------------------


def test_labels_are_shown_filtered_exported_and_dated(client, world, django_assert_max_num_queries):
    from tests.territories.observatory.perimeter.test_decisions import in_force

    page = reverse("observatory:establishments", args=ANCENIS)
    row = establishment(world)
    hidden = establishment(world, is_partly_diffused=True)
    without = client.get(page)
    assert "Agrément ou label" not in without.content.decode()

    in_force("esus", [row.siren, hidden.siren])
    in_force("ea", [row.siren])
    in_force("ess_france", [row.siren])
    shown = client.get(page, headers={"if-none-match": without["ETag"]})
    # A browser that kept the page asks again once a list is in force.
    assert shown.status_code == 200
    found = client.get(page, {"label": "esus"})
    assert [one.siret for one in found.context["rows"]] == [row.siret]
    assert found.context["rows"][0].labels == ("Esus", "EA")
    text = found.content.decode()
    assert "Esus\u00a0: Liste esus au 1er\u00a0mars 2026" in text
    assert "ess_france" not in text
    exported = b"".join(client.get(page, {"label": "ea", "fichier": "csv"}).streaming_content).decode("utf-8-sig")
    assert "Esus, EA" in exported
    with django_assert_max_num_queries(12) as few:
        client.get(page)
    assert len(few) <= 12
