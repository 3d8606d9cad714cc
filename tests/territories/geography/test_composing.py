"""Composing a territory: operations, then pages, for every role."""

import pytest
from django.urls import reverse

from territories.access.models import User
from territories.access.policy import Denied
from territories.foundations.journal.models import JournalEntry
from territories.geography.models import Territory, TerritoryMember
from territories.geography.operations import (
    CompositionRefused,
    add_to_territory,
    attach_member,
    compose_territory,
    delete_territory,
    describe_territory,
    detach_member,
    remove_from_territory,
)
from tests.access_factories import administrator, observatory, person
from tests.geography_factories import ANCENIS, ESSARTS, NANTES_METROPOLE, make_geography, territory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def geography() -> None:
    make_geography()


@pytest.fixture
def officer() -> User:
    return person("aicha@exemple.test", role="project_officer", name="Aïcha")


def test_a_territory_is_the_union_of_communes_and_epci(officer: User) -> None:
    made = compose_territory(name="Pays  de l'Erdre", kind="pays", communes=["44109", "44003"], epci=[ANCENIS], by=officer)
    assert (made.name, made.slug, made.code) == ("Pays de l’Erdre", "pays-de-l-erdre", "pays-de-l-erdre")
    assert made.commune_codes() == ["44003", "44109", "44180", "49160"]
    assert (made.commune_count, made.population) == (4, 340_300)
    assert made.place == "Loire-Atlantique, Maine-et-Loire"
    assert JournalEntry.objects.get(event="territory_composed").actor == "Aïcha"
    assert Territory.objects.search("erdre").first() == made or made in Territory.objects.search("pays de l erdre")


@pytest.mark.parametrize("name", ["", "   ", "’"])
def test_a_name_is_required(officer: User, name: str) -> None:
    with pytest.raises(CompositionRefused, match="Donnez un nom"):
        compose_territory(name=name, kind="pays", by=officer)


@pytest.mark.parametrize("name", ["Pays de Retz", "pays de retz", "PAYS-DE-RETZ", "Pays de la Loire", "CC du pays d'Ancenis"])
def test_a_name_already_worn_is_refused(officer: User, name: str) -> None:
    compose_territory(name="Pays de Retz", kind="pays", by=officer)
    with pytest.raises(CompositionRefused, match="existe déjà"):
        compose_territory(name=name, kind="composite", by=officer)
    assert Territory.objects.composed().count() == 1


def test_a_territory_may_bear_the_name_of_a_commune(officer: User) -> None:
    assert compose_territory(name="Redon", kind="composite", by=officer).slug == "redon"


def test_addresses_are_unique_over_both_kinds_and_never_one_of_ours(officer: User) -> None:
    made = compose_territory(name="Vallée", kind="pays", by=officer)
    describe_territory(made, name="Autre nom", description="", by=officer)
    assert compose_territory(name="Vallée", kind="composite", by=officer).slug == "vallee-2"
    assert compose_territory(name="Nouveau", kind="pays", by=officer).slug == "nouveau-2"
    assert compose_territory(name="—1—", kind="pays", by=officer).slug == "1"


def test_nothing_is_left_of_a_refused_composition(officer: User) -> None:
    with pytest.raises(CompositionRefused, match="99999"):
        compose_territory(name="Pays perdu", kind="pays", communes=["44109", "99999"], by=officer)
    with pytest.raises(CompositionRefused, match="000000000"):
        compose_territory(name="Pays perdu", kind="pays", epci=["000000000"], by=officer)
    with pytest.raises(CompositionRefused, match="se composent"):
        compose_territory(name="Pays perdu", kind="region", by=officer)
    assert not Territory.objects.composed().exists()
    assert not JournalEntry.objects.exists()


def test_adding_twice_and_removing_twice_change_nothing(officer: User) -> None:
    made = compose_territory(name="Pays", kind="pays", by=officer)
    assert [c.code for c in add_to_territory(made, epci=[ESSARTS], communes=["85084"], by=officer)] == ["85084", "85165"]
    assert add_to_territory(made, communes=["85084"], by=officer) == []
    assert made.memberships.count() == 2
    assert [c.code for c in remove_from_territory(made, epci=[ESSARTS], by=officer)] == ["85084", "85165"]
    assert remove_from_territory(made, communes=["85084"], by=officer) == []
    made.refresh_from_db()
    assert (made.commune_count, made.population, made.place) == (0, None, "")
    assert JournalEntry.objects.filter(target_id=str(made.pk)).count() == 3


def test_communes_without_epci_are_not_an_epci(officer: User) -> None:
    made = compose_territory(name="Pays", kind="pays", by=officer)
    with pytest.raises(CompositionRefused):
        add_to_territory(made, epci=[""], by=officer)
    assert made.memberships.count() == 0


def test_standard_territories_are_never_changed_by_hand(officer: User) -> None:
    for action in (
        lambda: add_to_territory(territory("epci", ANCENIS), communes=["44109"], by=officer),
        lambda: delete_territory(territory("epci", ANCENIS), by=officer),
        lambda: describe_territory(territory("epci", ANCENIS), name="x", description="", by=officer),
    ):
        with pytest.raises(Denied):
            action()
    assert territory("epci", ANCENIS).commune_count == 3


def test_who_may_compose() -> None:
    made = compose_territory(name="Pays", kind="pays", by=None)
    for allowed in (administrator(), observatory(), person("a@exemple.test", role="project_officer")):
        add_to_territory(made, communes=["44109"], by=allowed)
    technician = person("t@exemple.test")
    attach_member(made, user=technician, role="technician", by=administrator("z@exemple.test"))
    for refused in (technician, person("n@exemple.test", role="network_head")):
        for action in (
            lambda who=refused: compose_territory(name="Autre", kind="pays", by=who),
            lambda who=refused: add_to_territory(made, communes=["44143"], by=who),
            lambda who=refused: remove_from_territory(made, communes=["44109"], by=who),
            lambda who=refused: describe_territory(made, name="x", description="", by=who),
            lambda who=refused: delete_territory(made, by=who),
            lambda who=refused: attach_member(made, user=who, role="elected", by=who),
        ):
            with pytest.raises(Denied):
                action()
    assert made.commune_codes() == ["44109"]


def test_attaching_somebody_twice_changes_the_role(officer: User) -> None:
    user = person("chloe@exemple.test", name="Chloé")
    attach_member(territory("epci", ANCENIS), user=user, role="technician", by=officer)
    attach_member(territory("epci", ANCENIS), user=user, role="elected", by=officer)
    member = TerritoryMember.objects.get()
    assert member.role == "elected"
    assert list(Territory.objects.of_member(user)) == [territory("epci", ANCENIS)]
    assert [str(role) for role in territory("epci", ANCENIS).roles_of(user)] == ["elected"]
    detach_member(member, by=officer)
    assert not TerritoryMember.objects.exists()
    assert JournalEntry.objects.filter(event__startswith="territory_member").count() == 3


# --- Pages ---


def test_a_territory_is_composed_without_javascript(client, officer: User) -> None:
    client.force_login(officer)
    response = client.post(reverse("geography:compose"), {"name": "Pays du Layon", "kind": "pays", "description": "Vignes."})
    address = reverse("geography:composition_communes", args=["pays-du-layon"])
    assert response.url == address
    page = client.get(address, {"q": "ancenis"}).content.decode()
    assert f'value="epci:{ANCENIS}"' in page
    assert 'value="commune:44003"' in page
    response = client.post(address, {"ajout": f"epci:{ANCENIS}", "q": "ancenis"})
    assert response.url == f"{address}?q=ancenis"
    page = client.get(response.url).content.decode()
    assert "3 communes sont ajoutées." in page
    assert "3 communes, 20\u202f300 habitants" in page
    assert "Déjà dans le territoire" in page
    client.post(address, {"retrait": "commune:44180"})
    page = client.get(address, {"q": "ancenis"}).content.decode()
    assert "2 sur 3" in page
    assert "Ajouter 1 commune<" in page
    assert territory("pays", "pays-du-layon").commune_codes() == ["44003", "49160"]
    detail = client.get(reverse("geography:composition", args=["pays-du-layon"])).content.decode()
    assert "Vignes." in detail
    assert "Aïcha a retiré de «\u00a0Pays du Layon\u00a0»\u00a0: Vallons-de-l’Erdre" in detail
    assert "Pays du Layon" in client.get(reverse("geography:compositions")).content.decode()


def test_with_htmx_the_total_is_told_once(client, officer: User) -> None:
    client.force_login(officer)
    compose_territory(name="Pays", kind="pays", by=officer)
    address = reverse("geography:composition_communes", args=["pays"])
    response = client.post(address, {"ajout": "commune:44109"}, headers={"HX-Request": "true"}, follow=True)
    page = response.content.decode()
    assert "1 commune, 320\u202f000 habitants" in page
    assert "est ajoutée" not in page


@pytest.mark.parametrize("value", ["commune:99999", "epci:1", "planete:1", "commune:", "", "epci:"])
def test_a_forged_button_changes_nothing(client, officer: User, value: str) -> None:
    client.force_login(officer)
    compose_territory(name="Pays", kind="pays", by=officer)
    response = client.post(reverse("geography:composition_communes", args=["pays"]), {"ajout": value})
    assert response.status_code == 302
    assert territory("pays", "pays").commune_count == 0


def test_mistakes_stay_in_the_form(client, officer: User) -> None:
    client.force_login(officer)
    page = client.post(reverse("geography:compose"), {"name": "", "kind": "pays", "description": "Vignes."}).content.decode()
    assert "Vignes." in page
    page = client.post(
        reverse("geography:compose"), {"name": "Nantes Métropole", "kind": "pays", "description": ""}
    ).content.decode()
    assert "existe déjà" in page
    assert not Territory.objects.composed().exists()


def test_name_and_presentation_change_and_the_address_stays(client, officer: User) -> None:
    client.force_login(officer)
    made = compose_territory(name="Pays", kind="pays", by=officer)
    client.post(reverse("geography:composition_describe", args=["pays"]), {"name": "Pays d'Erdre", "description": "Eau."})
    made.refresh_from_db()
    assert (made.name, made.slug, made.search, made.description) == ("Pays d’Erdre", "pays", "pays d erdre", "Eau.")


def test_deleting_asks_first(client, officer: User) -> None:
    client.force_login(officer)
    compose_territory(name="Pays", kind="pays", communes=["44109"], by=officer)
    address = reverse("geography:composition_delete", args=["pays"])
    assert "Supprimer «\u00a0Pays\u00a0»" in client.get(address).content.decode()
    assert territory("pays", "pays")
    client.post(address)
    assert not Territory.objects.composed().exists()
    assert JournalEntry.objects.get(event="territory_deleted").details["communes"] == ["44109"]


def addresses() -> list[str]:
    made = compose_territory(name="Pays", kind="pays", communes=["44109"], by=None)
    return [
        reverse("geography:compositions"),
        reverse("geography:compose"),
        *(
            reverse(f"geography:{name}", args=[made.slug])
            for name in ("composition", "composition_describe", "composition_communes", "composition_delete")
        ),
        reverse("geography:attachments"),
        reverse("geography:members", args=["epci", ANCENIS]),
    ]


def test_pages_open_to_the_team_only(client) -> None:
    made = addresses()
    for address in made:
        assert client.get(address).status_code == 302, "an anonymous visitor is asked to sign in"
    client.force_login(person("denis@exemple.test"))
    for address in made:
        assert client.get(address).status_code == 403
        assert client.post(address, {"ajout": "commune:44143", "name": "x", "kind": "pays"}).status_code in {403, 405}
    client.force_login(observatory())
    for address in made:
        assert client.get(address).status_code == 200
    assert territory("pays", "pays").commune_codes() == ["44109"]


def test_what_does_not_exist_is_not_found(client, officer: User) -> None:
    client.force_login(officer)
    for address in (
        reverse("geography:composition", args=["inconnu"]),
        reverse("geography:members", args=["planete", "44109"]),
        reverse("geography:members", args=["commune", "99999"]),
    ):
        assert client.get(address).status_code == 404


def test_pages_cost_the_same_for_one_epci_or_many(client, officer: User, django_assert_num_queries) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(officer)
    compose_territory(name="Petit", kind="pays", communes=["44109"], by=officer)
    compose_territory(name="Grand", kind="pays", epci=[ANCENIS, ESSARTS, NANTES_METROPOLE], by=officer)
    for name in ("composition", "composition_communes"):
        counts = []
        for slug in ("petit", "grand"):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                client.get(reverse(f"geography:{name}", args=[slug]), {"q": "saint"})
            counts.append(len(queries))
        assert counts[0] == counts[1]
        assert counts[0] <= 15


def test_somebody_is_attached_and_detached(client, officer: User) -> None:
    client.force_login(officer)
    person("chloe@exemple.test", name="Chloé")
    address = reverse("geography:members", args=["epci", ANCENIS])
    page = client.post(address, {"email": "personne@exemple.test", "role": "elected"}).content.decode()
    assert "Aucun compte ouvert à cette adresse" in page
    assert client.post(address, {"email": "Chloe@exemple.test", "role": "elected"}).status_code == 302
    member = TerritoryMember.objects.get()
    assert "Chloé" in client.get(address).content.decode()
    assert "Chloé" in client.get(reverse("geography:attachments")).content.decode()
    client.post(reverse("geography:member_remove", args=[member.pk]))
    assert not TerritoryMember.objects.exists()


def test_suggestions_are_public(client, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(3):
        page = client.get(reverse("geography:suggestions"), {"q": "ile d'yeu"}).content.decode()
    assert "L’Île-d’Yeu" in page
    found = client.get(reverse("geography:suggestions"), {"q": "ancenis", "format": "json", "kinds": "epci"}).json()
    assert [one["code"] for one in found["territories"]] == [ANCENIS]
    assert set(found["territories"][0]) == {"kind", "code", "name", "label", "place", "population", "hint", "url"}
    assert client.get(reverse("geography:suggestions")).status_code == 200
    assert "Aucun territoire" in client.get(reverse("geography:suggestions"), {"q": "<script>"}).content.decode()
