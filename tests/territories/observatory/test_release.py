"""A release: what it publishes, what it leaves out, and that nothing short of its end puts it on line."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import cancel_job, run_job_now
from territories.foundations.jobs.registry import JobFailure
from territories.foundations.journal.models import JournalEntry
from territories.geography.models import Territory
from territories.observatory import release as release_module
from territories.observatory.enums import DatasetState, ReleaseState
from territories.observatory.models import Dataset, Release, ReleasedFigure
from territories.observatory.operations import NothingToRelease, request_release, run_release
from territories.observatory.statistics.figures import NOT_APPLICABLE, UNAVAILABLE, Figure
from territories.observatory.statistics.tables import SIRENE_TABLES, Table
from tests.release_factories import ANCENIS, REDON, RENNES, fill, make_dataset, make_geography

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset(make_geography())


def table(kind: str, code: str, key: str = "key_figures") -> Table:
    payload = ReleasedFigure.objects.get(
        release__state=ReleaseState.CURRENT, territory__kind=kind, territory__code=code, table=key
    ).payload
    return Table.from_json(key, payload)


def value(kind: str, code: str, indicator: str) -> Figure:
    return table(kind, code).figure(indicator, "value")


def test_every_table_of_every_territory_that_the_dataset_can_speak_of(dataset: Dataset) -> None:
    release = run_release(note="Premier essai")
    assert (release.number, release.state, release.note) == (1, ReleaseState.CURRENT, "Premier essai")
    released = ReleasedFigure.objects.filter(release=release).values_list("territory__kind", "territory__code", "table")
    territories = {(kind, code) for kind, code, _ in released}
    assert len(released) == len(territories) * len(SIRENE_TABLES)
    assert release.territory_count == len(territories)
    # Neither Rennes, outside the scope, nor territories of which nothing was read.
    assert ("commune", "35238") not in territories
    assert ("epci", RENNES) not in territories
    assert ("departement", "52") not in territories
    assert {
        ("epci", ANCENIS),
        ("epci", REDON),
        ("pays", "pays-des-rives"),
        ("departement", "35"),
        ("region", "53"),
        ("country", "F"),
    } <= territories


def test_sums_of_communes(dataset: Dataset) -> None:
    run_release()
    assert value("epci", ANCENIS, "employers") == Figure(5)
    assert value("epci", ANCENIS, "non_employers") == Figure(1)
    assert value("epci", ANCENIS, "private_employers") == Figure(32)
    assert value("epci", ANCENIS, "all_employers") == Figure(34)
    assert value("epci", ANCENIS, "private_share").value == pytest.approx(5 / 32)
    assert value("epci", ANCENIS, "density").value == pytest.approx(5 * 10_000 / 17_500)
    assert value("epci", ANCENIS, "presence") == Figure(1.0)
    assert value("region", "52", "employers") == Figure(6)
    assert value("pays", "pays-des-rives", "employers") == Figure(2)
    assert value("commune", "85113", "employers") == Figure(0)
    assert value("commune", "44003", "creations") == Figure(1)


def test_an_epci_across_regions_is_complete(dataset: Dataset) -> None:
    run_release()
    assert value("epci", REDON, "employers") == Figure(2)
    assert table("epci", REDON).facts["coverage"] == {
        "communes": 2,
        "covered": 2,
        "missing": [],
        "population": 11_500,
        "whole": False,
    }


def test_an_enterprise_counts_once_in_each_territory(dataset: Dataset) -> None:
    run_release()
    # Three establishments of one association, a cooperative and a mutuelle: five employers, three enterprises.
    assert value("epci", ANCENIS, "enterprises") == Figure(3)
    assert value("commune", "44115", "enterprises") == Figure(1)
    assert value("pays", "pays-des-rives", "enterprises") == Figure(2)
    assert value("departement", "35", "enterprises") == Figure(80)


def test_comparison_levels_outside_are_counted_whole(dataset: Dataset) -> None:
    run_release()
    # Redon alone is in the scope: the département is still counted entirely, its communes are not listed.
    assert value("departement", "35", "employers") == Figure(91)
    assert table("departement", "35", "communes").rows == ()
    assert table("departement", "35").facts["coverage"]["whole"] is True
    assert value("country", "F", "employers") == Figure(97)
    assert table("departement", "44", "communes").rows != ()


def test_a_level_that_the_dataset_does_not_hold_entirely_is_not_published() -> None:
    dataset = make_dataset(make_geography())
    dataset.observations.filter(kind__in=("departement", "region", "country")).delete()
    run_release()
    released = set(ReleasedFigure.objects.values_list("territory__kind", "territory__code"))
    assert ("departement", "35") not in released
    assert ("country", "F") not in released
    # The région of this CRESS is the sum of its communes.
    assert value("region", "52", "employers") == Figure(6)


def test_uncovered_communes_are_unavailable_and_said() -> None:
    make_dataset(make_geography(), uncovered_communes=["44115"])
    run_release()
    assert value("commune", "44115", "employers") == UNAVAILABLE
    assert value("epci", ANCENIS, "employers") == Figure(4)
    assert value("epci", ANCENIS, "density").value == pytest.approx(4 * 10_000 / 13_500)
    assert table("epci", ANCENIS).facts["coverage"]["missing"] == ["44115"]
    assert table("epci", ANCENIS, "communes").figure("44115", "employers") == UNAVAILABLE


def test_a_territory_partly_outside_the_scope_says_so(dataset: Dataset) -> None:
    rennes = Territory.objects.get(kind="commune", code="35238").communes.get()
    pays = Territory.objects.get(kind="pays")
    pays.memberships.create(commune=rennes)
    Territory.objects.filter(pk=pays.pk).update(commune_count=3, population=226_500)
    run_release()
    assert table("pays", "pays-des-rives").facts["coverage"]["missing"] == ["35238"]
    assert value("pays", "pays-des-rives", "employers") == Figure(2)
    assert value("pays", "pays-des-rives", "density").value == pytest.approx(2 * 10_000 / 6_500)


def test_references_of_the_specificity(dataset: Dataset) -> None:
    run_release()
    assert table("epci", ANCENIS, "sectors").facts["reference"]["name"] == "Pays de la Loire"
    assert table("region", "52", "sectors").facts["reference"]["name"] == "France"
    assert table("departement", "35", "sectors").facts["reference"]["name"] == "France"
    assert table("country", "F", "sectors").facts["reference"] is None
    assert table("country", "F", "sectors").figure("sante", "specialisation") == NOT_APPLICABLE


def test_what_is_to_qualify_never_counts_and_is_never_listed(dataset: Dataset) -> None:
    dataset.establishments.filter(name="La Terre partagée").update(qualification="to_qualify")
    run_release()
    listed = table("epci", ANCENIS, "top_employers").facts["employers"]
    assert [employer["name"] for employer in listed] == ["Les Amis d’Ancenis", "Les Amis, second lieu", "Les Amis d’Oudon"]


def test_partial_diffusion_is_never_named(dataset: Dataset) -> None:
    dataset.establishments.filter(name="La Terre partagée").update(is_partly_diffused=True, name="[ND]")
    run_release()
    for payload in ReleasedFigure.objects.filter(table="top_employers").values_list("payload", flat=True):
        assert "[ND]" not in str(payload)
    assert table("epci", ANCENIS, "top_employers").facts["unnamed"] == 1


def test_a_second_release_takes_the_place_of_the_first(dataset: Dataset) -> None:
    first = run_release()
    fill_again(dataset)
    second = run_release()
    first.refresh_from_db()
    assert (first.state, second.state, second.number) == (ReleaseState.SUPERSEDED, ReleaseState.CURRENT, 2)
    assert value("epci", ANCENIS, "employers") == Figure(10)
    third = run_release()
    assert not ReleasedFigure.objects.filter(release=first).exists()
    assert ReleasedFigure.objects.filter(release=second).exists()
    assert third.state == ReleaseState.CURRENT
    assert JournalEntry.objects.filter(event="observatory.released").count() == 3


def fill_again(dataset: Dataset) -> None:
    dataset.establishments.all().delete()
    dataset.observations.all().delete()
    fill(dataset, factor=2)


def contents(release: Release) -> list[tuple[str, str, str, Any]]:
    rows = ReleasedFigure.objects.filter(release=release).order_by("territory__kind", "territory__code", "table")
    return list(rows.values_list("territory__kind", "territory__code", "table", "payload"))


@pytest.mark.parametrize("killed_after", [0, 1, 3])
def test_an_attempt_killed_in_the_middle_leaves_the_previous_release_and_the_next_one_finishes(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch, killed_after: int
) -> None:
    undisturbed = run_release()
    monkeypatch.setattr(release_module, "_BATCH", 10)
    batches = 0
    create = ReleasedFigure.objects.bulk_create

    class Killed(BaseException):
        """What nothing catches, like the end of a process."""

    def dying(rows: list[ReleasedFigure], **options: Any) -> list[ReleasedFigure]:
        nonlocal batches
        if batches == killed_after:
            raise Killed
        batches += 1
        return create(rows, **options)

    monkeypatch.setattr(ReleasedFigure.objects, "bulk_create", dying)
    job = request_release(by=None)
    with pytest.raises(Killed):
        run_job_now(job)
    assert Release.objects.get(state=ReleaseState.CURRENT) == undisturbed
    assert value("epci", ANCENIS, "employers") == Figure(5)

    monkeypatch.setattr(ReleasedFigure.objects, "bulk_create", create)
    Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
    assert run_job_now(job).state == JobState.DONE
    again = Release.objects.get(state=ReleaseState.CURRENT)
    assert again.job_id == job.pk
    assert contents(again) == contents(undisturbed)


def test_an_attempt_killed_after_the_switch_is_not_computed_again(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        pass

    def dying() -> None:
        raise Killed

    monkeypatch.setattr(release_module, "_forget_old", dying)
    job = request_release(by=None)
    with pytest.raises(Killed):
        run_job_now(job)
    rows = set(ReleasedFigure.objects.values_list("pk", flat=True))
    Job.objects.filter(pk=job.pk).update(lease_until="2020-01-01T00:00:00Z")
    after = run_job_now(job)
    assert after.state == JobState.DONE
    assert after.result["release"] == 1
    assert set(ReleasedFigure.objects.values_list("pk", flat=True)) == rows


def test_a_cancelled_release_never_goes_on_line(dataset: Dataset) -> None:
    first = run_release()
    job = request_release(by=None)
    cancel_job(job)
    assert run_job_now(job).state == JobState.CANCELLED
    assert Release.objects.get(state=ReleaseState.CURRENT) == first
    run_release()
    assert Release.objects.get(job_id=job.pk).state == ReleaseState.FAILED


def test_asking_twice_gives_one_job_and_one_release(dataset: Dataset) -> None:
    assert request_release(by=None).pk == request_release(by=None).pk
    assert Release.objects.count() == 1


def test_nothing_to_release() -> None:
    with pytest.raises(NothingToRelease, match="chargez d’abord"):
        request_release(by=None)
    assert not Job.objects.exists()


def test_a_replaced_dataset_is_refused_in_french(dataset: Dataset) -> None:
    job = request_release(by=None)
    Dataset.objects.filter(pk=dataset.pk).update(state=DatasetState.SUPERSEDED)
    after = run_job_now(job)
    assert after.state == JobState.FAILED
    assert "n’est pas le jeu actif" in after.error
    assert Release.objects.get().state == ReleaseState.FAILED


def test_a_dataset_that_says_nothing_is_refused() -> None:
    make_dataset(make_geography(), region="93")
    Dataset.objects.get().observations.all().delete()
    with pytest.raises(JobFailure, match="Aucun territoire"):
        run_release(dataset=Dataset.objects.get())
    assert not Release.objects.filter(state=ReleaseState.CURRENT).exists()


def test_only_one_release_is_on_line(dataset: Dataset) -> None:
    run_release()
    with pytest.raises((IntegrityError, ValidationError)), transaction.atomic():
        Release.objects.create(number=99, dataset=dataset, state=ReleaseState.CURRENT)
