"""Allowing parts of a dataset delivered complete: who, what was read, what is refused, and how it is taken back."""

import pytest
from django.test import Client

from territories.access.enums import Role
from territories.foundations.journal.models import JournalEntry
from territories.observatory.employment.permits import WARNING
from territories.observatory.enums import DatasetState, DiffusionPolicy
from territories.observatory.models import Dataset, DiffusionPermit, ReleasedFigure
from territories.observatory.operations import run_release
from tests.access_factories import observatory, person
from tests.employment_factories import make_statistics
from tests.release_factories import ANCENIS, make_dataset, make_geography

pytestmark = pytest.mark.django_db

CHOSEN = {"tables": ["jobs_key_figures", "jobs_families"], "kinds": ["epci", "commune"], "territories": "", "read": "on"}


@pytest.fixture
def dataset() -> Dataset:
    millesime = make_geography()
    make_dataset(millesime)
    rows = [
        {"kind": "epci", "code": ANCENIS, "jobs": 900, "establishments": 60, "units": 40},
        {"kind": "epci", "code": ANCENIS, "jobs": 700, "establishments": 50, "units": 30, "family": "association"},
        {"kind": "epci", "code": ANCENIS, "jobs": 200, "establishments": 2, "units": 1, "family": "mutuelle"},
        {"kind": "commune", "code": "44003", "jobs": 40, "establishments": 2, "units": 2},
    ]
    return make_statistics(millesime, rows, policy=DiffusionPolicy.COMPLETE)


def address(dataset: Dataset, more: str = "") -> str:
    return f"/observatoire/jeux-de-donnees/{dataset.pk}/diffusion/{more}"


def test_somebody_reads_what_would_be_masked_signs_and_publishes(client: Client, dataset: Dataset) -> None:
    user = observatory()
    client.force_login(user)
    page = client.get(address(dataset)).content.decode()
    assert WARNING in page
    assert "la prochaine publication ne montrera rien" in page
    # One EPCI famille of one enterprise, one commune of two.
    assert "1 sur 2" in page
    assert "1 sur 1" in page
    assert client.post(address(dataset), CHOSEN)["Location"] == address(dataset)
    permit = DiffusionPermit.objects.get()
    assert (permit.tables, permit.kinds, permit.territories) == (["jobs_key_figures", "jobs_families"], ["commune", "epci"], [])
    assert (permit.signed_by, permit.signed_name, permit.warning) == (user, str(user), WARNING)
    assert JournalEntry.objects.filter(event="observatory.permit_signed").count() == 1
    assert str(user) in client.get(address(dataset)).content.decode()
    run_release()
    tables = set(ReleasedFigure.objects.filter(table__startswith="jobs_").values_list("table", flat=True))
    assert tables == {"jobs_key_figures", "jobs_families"}


def test_signing_again_replaces_and_withdrawing_leaves_what_is_on_line(client: Client, dataset: Dataset) -> None:
    client.force_login(observatory())
    client.post(address(dataset), CHOSEN)
    client.post(address(dataset), CHOSEN | {"kinds": ["epci"], "territories": f"{ANCENIS}\n{ANCENIS}"})
    old, new = DiffusionPermit.objects.order_by("signed_at")
    assert old.withdrawn_at is not None
    assert new.territories == [f"epci:{ANCENIS}"]
    run_release()
    for _ in range(2):
        assert client.post(address(dataset, "retirer/"))["Location"] == address(dataset)
    assert not DiffusionPermit.objects.filter(withdrawn_at__isnull=True).exists()
    assert JournalEntry.objects.filter(event="observatory.permit_withdrawn").count() == 1
    page = client.get(address(dataset)).content.decode()
    assert "La publication en ligne en montre encore une partie" in page
    assert "Autorisations passées" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tables": []}, "Cochez au moins un tableau"),
        ({"kinds": []}, "Cochez au moins un niveau"),
        ({"read": ""}, "après avoir lu l’avertissement"),
        ({"territories": "244400552 999999999"}, "999999999"),
        ({"territories": "44"}, "Aucun territoire de niveau"),
    ],
)
def test_a_refusal_says_why_keeps_what_was_typed_and_signs_nothing(
    client: Client, dataset: Dataset, changes: dict, words: str
) -> None:
    client.force_login(observatory())
    page = client.post(address(dataset), CHOSEN | {"territories": "244400552"} | changes).content.decode()
    assert words in page
    assert (changes.get("territories") or "244400552") in page
    assert not DiffusionPermit.objects.exists()


def test_only_the_observatory_signs(client: Client, dataset: Dataset) -> None:
    for role, status in ((Role.PROJECT_OFFICER, 403), (Role.NETWORK_HEAD, 403)):
        client.force_login(person(role=role, email=f"{role}@cress.test"))
        assert client.get(address(dataset)).status_code == status
        assert client.post(address(dataset), CHOSEN).status_code == status
    assert not DiffusionPermit.objects.exists()


def test_there_is_nothing_to_allow_of_other_datasets(client: Client, dataset: Dataset) -> None:
    client.force_login(observatory())
    masked = make_statistics(dataset.millesime, year=2021)
    assert client.get(address(masked)).status_code == 404
    sirene = Dataset.objects.get(source="sirene")
    assert client.get(address(sirene)).status_code == 404


def test_a_replaced_dataset_is_not_signed(client: Client, dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(state=DatasetState.SUPERSEDED)
    client.force_login(observatory())
    page = client.post(address(dataset), CHOSEN).content.decode()
    assert "Un autre l’a remplacé" in page
    assert not DiffusionPermit.objects.exists()


def test_the_page_costs_the_same_with_more_rows(client: Client, dataset: Dataset, django_assert_max_num_queries) -> None:
    client.force_login(observatory())
    counts = []
    for year in (2021, 2023):
        rows = [{"kind": "commune", "code": code, "jobs": 9} for code in ("44003", "44115", "49160")[: year - 2020]]
        found = make_statistics(dataset.millesime, rows, year=year, policy=DiffusionPolicy.COMPLETE)
        with django_assert_max_num_queries(30) as queries:
            client.get(address(found))
        counts.append(len(queries))
    assert counts[0] == counts[1]
