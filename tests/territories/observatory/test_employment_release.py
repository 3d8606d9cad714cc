"""Statistics with jobs in a release: which series, which years, which source, and what happens when data change meanwhile."""

from datetime import date
from typing import Any

import pytest

from territories.foundations.jobs.operations import run_job_now
from territories.geography.models import Millesime, Territory
from territories.observatory.employment.permits import PERMIT_TABLES, PermitRefused, sign_permit, withdraw_permit
from territories.observatory.enums import DatasetState, DiffusionPolicy, ReleaseState
from territories.observatory.models import Dataset, DiffusionPermit, Release, ReleasedFigure
from territories.observatory.operations import request_release, run_release
from territories.observatory.portrait import draft_portrait, load_portrait
from territories.observatory.portrait_json import portrait_json
from territories.observatory.publishing import preview
from territories.observatory.statistics.figures import UNAVAILABLE, Figure
from territories.observatory.statistics.tables import Table
from tests.access_factories import observatory
from tests.employment_factories import add_rows, make_statistics
from tests.release_factories import ANCENIS, REDON, make_dataset, make_geography

pytestmark = pytest.mark.django_db

EPCI = {"kind": "epci", "code": ANCENIS}
REGION = {"kind": "region", "code": "52"}


@pytest.fixture
def millesime() -> Millesime:
    millesime = make_geography()
    make_dataset(millesime)
    return millesime


def plain(text: str) -> str:
    return text.replace("\u00a0", " ").replace("\u202f", " ")


def table(kind: str, code: str, key: str = "jobs_key_figures") -> Table:
    payload = ReleasedFigure.objects.get(
        release__state=ReleaseState.CURRENT, territory__kind=kind, territory__code=code, table=key
    ).payload
    return Table.from_json(key, payload)


def value(kind: str, code: str, indicator: str) -> Figure:
    return table(kind, code).figure(indicator, "value")


def portrait(kind: str, code: str) -> Any:
    return load_portrait(Territory.objects.select_related("millesime").get(kind=kind, code=code))


# --- Which figures -----------------------------------------------------------------------------------------------------------


def test_each_table_keeps_the_line_of_its_source(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 900}], published_on=date(2024, 3, 31))
    run_release()
    line = table("epci", ANCENIS).facts["source"]
    assert plain(line).startswith(
        "Source : Insee, Flores 2022, effectifs salariés au 31 décembre (postes), commande du réseau des CRESS, publiée le "
        "31 mars 2024 – traitement Observatoire de l’ESS, "
    )
    assert line.endswith("géographie au 01/01/2026.")
    found = portrait("epci", ANCENIS)
    assert found.has_employment
    assert found.source_of("jobs_key_figures") == line
    assert found.source_of("families") == found.source
    assert found.sources == (found.source, line)
    # Frozen: what the dataset becomes changes nothing to what was published.
    Dataset.objects.filter(year=2022).update(producer="Un autre")
    assert portrait("epci", ANCENIS).source_of("jobs_key_figures") == line
    assert any("Licence" in note and "Livré masqué" in note for note in found.method_notes)


def test_denominators_come_from_the_same_series_and_year_only_under_their_own_line(millesime: Millesime) -> None:
    rows = [EPCI | {"champ": "jobs_private", "jobs": 10_000}]
    make_statistics(millesime, [EPCI | {"jobs": 900}])
    make_statistics(millesime, rows, source="flores-open", year=2021)
    make_statistics(millesime, rows, source="urssaf-ess", year=2022)
    run_release()
    assert value("epci", ANCENIS, "private_job_share") == UNAVAILABLE
    make_statistics(millesime, rows, source="flores-open", year=2022)
    run_release()
    assert value("epci", ANCENIS, "private_job_share") == Figure(0.09)
    assert "fichiers ouverts" in table("epci", ANCENIS).facts["denominators"]
    assert len(portrait("epci", ANCENIS).sources) == 3


def test_a_champ_that_the_source_gives_is_never_taken_elsewhere(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 900}, EPCI | {"champ": "jobs_private", "jobs": "K"}])
    make_statistics(millesime, [EPCI | {"champ": "jobs_private", "jobs": 10_000}], source="flores-open")
    run_release()
    assert value("epci", ANCENIS, "private_job_share").status == "s"


def test_flores_comes_first_and_the_other_series_stand_apart(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 500}], source="autre-a", year=2023)
    make_statistics(millesime, [EPCI | {"jobs": 850}], source="urssaf-ess", year=2022)
    run_release()
    assert value("epci", ANCENIS, "jobs") == Figure(500)
    make_statistics(millesime, [EPCI | {"jobs": 900}], year=2021)
    run_release()
    assert value("epci", ANCENIS, "jobs") == Figure(900)
    assert [row.key for row in table("epci", ANCENIS, "jobs_other_series").rows] == ["autre-a:2023", "urssaf:2022"]


def test_years_in_order_and_the_last_one_is_the_headline(millesime: Millesime) -> None:
    for year, jobs in ((2022, 900), (2020, 800), (2021, 850)):
        make_statistics(millesime, [EPCI | {"jobs": jobs}], year=year)
    run_release()
    assert value("epci", ANCENIS, "jobs") == Figure(900)
    evolution = table("epci", ANCENIS, "jobs_evolution")
    assert [(row.key, row["jobs"].value) for row in evolution.rows] == [("2020", 800), ("2021", 850), ("2022", 900)]


def test_territories_without_statistics_keep_their_tables_of_sirene(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 900}])
    run_release()
    assert not portrait("epci", REDON).has_employment
    assert portrait("epci", REDON).has_figures
    # A région without rows, of which some communes are unknown, is unavailable, never partial.
    assert not portrait("region", "52").has_employment


def test_a_composed_territory_is_summed_from_what_is_masked_by_the_producer(millesime: Millesime) -> None:
    communes = [{"kind": "commune", "code": code, "jobs": jobs} for code, jobs in (("44115", 40), ("49160", 60))]
    make_statistics(millesime, communes)
    run_release()
    assert value("pays", "pays-des-rives", "jobs") == Figure(100)


def test_a_draft_is_what_would_be_published(millesime: Millesime) -> None:
    rows = [{"kind": "commune", "code": code, "jobs": 40} for code in ("44003", "44115", "49160")]
    make_statistics(millesime, [*rows, REGION | {"jobs": 5_000}])
    dataset = Dataset.objects.get(source="sirene")
    territory = Territory.objects.select_related("millesime").get(kind="epci", code=ANCENIS)
    draft = draft_portrait(territory, dataset)
    assert draft.has_employment
    run_release()
    published = load_portrait(territory)
    assert {key: one.to_json() for key, one in draft.tables.items()} == {
        key: one.to_json() for key, one in published.tables.items()
    }
    assert draft.job_figure("jobs") == Figure(120)


def test_the_json_names_every_source(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 900}], field_note="hors défense")
    run_release()
    said = portrait_json(portrait("epci", ANCENIS))
    assert [(one["series"], one["year"], one["policy"], one["field"]) for one in said["statistics"]] == [
        ("flores", 2022, "masked", "hors défense")
    ]
    jobs = next(row for row in said["tables"]["jobs_key_figures"]["rows"] if row["key"] == "jobs")
    assert (jobs["cells"]["value"], jobs["unit"]) == ({"value": 900.0, "status": "A"}, "count")
    assert said["tables"]["jobs_key_figures"]["source_line"] in said["source_lines"]


def test_a_portrait_costs_the_same_with_and_without_statistics(millesime: Millesime, django_assert_num_queries) -> None:
    run_release()
    territory = Territory.objects.select_related("millesime").get(kind="epci", code=ANCENIS)
    with django_assert_num_queries(5) as without:
        load_portrait(territory)
    for year in (2020, 2021, 2022):
        make_statistics(millesime, [EPCI | {"jobs": 900}, REGION | {"jobs": 5_000}], year=year)
    run_release()
    with django_assert_num_queries(len(without)):
        load_portrait(territory)


# --- What changes meanwhile --------------------------------------------------------------------------------------------------


def replaced(dataset: Dataset) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(state=DatasetState.SUPERSEDED)
    make_statistics(dataset.millesime, [EPCI | {"jobs": 1_000}], revision=2, revises=dataset)


def test_a_dataset_replaced_before_the_work_is_refused_with_its_name(millesime: Millesime) -> None:
    run_release()
    dataset = make_statistics(millesime, [EPCI | {"jobs": 900}])
    job = request_release(by=None)
    replaced(dataset)
    done = run_job_now(job)
    assert done.state == "failed"
    assert "insee-commande 2022" in done.error
    assert Release.objects.get(state="current").number == 1
    run_release()
    assert value("epci", ANCENIS, "jobs") == Figure(1_000)


def test_a_dataset_replaced_during_the_work_leaves_the_former_release(
    millesime: Millesime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from territories.observatory import release as module

    run_release()
    dataset = make_statistics(millesime, [EPCI | {"jobs": 900}])
    job = request_release(by=None)
    read = module.employment_of_release

    def read_then_replace(*args: Any, **kwargs: Any) -> Any:
        found = read(*args, **kwargs)
        replaced(dataset)
        return found

    monkeypatch.setattr(module, "employment_of_release", read_then_replace)
    done = run_job_now(job)
    assert "a été remplacé depuis la demande" in done.error
    assert Release.objects.get(state="current").number == 1
    assert Release.objects.get(number=2).state == "failed"
    assert not ReleasedFigure.objects.filter(release__state="current", table__startswith="jobs_").exists()


def test_a_dataset_loaded_meanwhile_waits_for_the_next_release(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 900}])
    job = request_release(by=None)
    make_statistics(millesime, [EPCI | {"jobs": 950}], year=2023)
    loading = make_statistics(millesime, [EPCI | {"jobs": 7}], year=2024, state=DatasetState.IMPORTING)
    assert run_job_now(job).state == "done"
    assert value("epci", ANCENIS, "jobs") == Figure(900)
    run_release()
    assert value("epci", ANCENIS, "jobs") == Figure(950)
    shown = Release.objects.get(state="current").sources.values_list("dataset__year", flat=True)
    assert set(shown) == {2022, 2023}
    assert loading.year not in shown


@pytest.mark.parametrize("withdrawn", [True, False])
def test_a_permit_signed_or_withdrawn_since_the_request_is_said(millesime: Millesime, *, withdrawn: bool) -> None:
    user = observatory()
    complete = make_statistics(millesime, [EPCI | {"jobs": 900, "units": 40}], policy=DiffusionPolicy.COMPLETE)
    permit = sign_permit(complete, tables=PERMIT_TABLES, kinds=("epci",), by=user)
    job = request_release(by=None)
    if withdrawn:
        withdraw_permit(permit, by=user)
    else:
        sign_permit(complete, tables=PERMIT_TABLES, kinds=("epci", "commune"), by=user)
    done = run_job_now(job)
    assert "autorisation de diffusion a été signée ou retirée" in done.error
    assert not ReleasedFigure.objects.exists()


def test_a_permit_that_means_nothing_is_refused(millesime: Millesime) -> None:
    user = observatory()
    masked = make_statistics(millesime)
    complete = make_statistics(millesime, year=2021, policy=DiffusionPolicy.COMPLETE)
    with pytest.raises(PermitRefused, match="livré complet"):
        sign_permit(masked, tables=PERMIT_TABLES, kinds=("epci",), by=user)
    with pytest.raises(PermitRefused, match="au moins un tableau"):
        sign_permit(complete, tables=("inconnu",), kinds=("epci",), by=user)
    with pytest.raises(PermitRefused, match="niveau coché"):
        sign_permit(complete, tables=PERMIT_TABLES, kinds=("epci",), territories=("commune:44003",), by=user)
    assert not DiffusionPermit.objects.exists()


# --- Said before the act -----------------------------------------------------------------------------------------------------


def test_the_preview_says_what_will_change(millesime: Millesime) -> None:
    rows = [{"kind": "commune", "code": code, "jobs": 300} for code in ("44003", "44115", "49160")]
    first = make_statistics(millesime, [*rows, REGION | {"jobs": 5_000}])
    complete = make_statistics(millesime, [EPCI | {"jobs": 9, "units": 9}], source="autre-b", policy=DiffusionPolicy.COMPLETE)
    before = preview().statistics
    assert {(line.dataset.pk, line.is_published, line.is_online) for line in before.lines} == {
        (first.pk, True, False),
        (complete.pk, False, False),
    }
    assert before.changes is not None
    cells = {row[0]: [getattr(cell, "number", cell) for cell in row[1:]] for row in before.changes.rows}
    assert cells == {"Pays de la Loire": [None, 5_000, None], "CC du Pays d'Ancenis": [None, 900, None]}
    run_release()
    assert preview().nothing_new
    Dataset.objects.filter(pk=first.pk).update(state=DatasetState.SUPERSEDED)
    again = make_statistics(millesime, [REGION | {"jobs": 5_100}], revision=2, revises=first)
    add_rows(again, rows)
    after = preview().statistics
    assert after.gone == (first,)
    assert after.changes is not None
    region = next(row for row in after.changes.rows if row[0] == "Pays de la Loire")
    assert [getattr(cell, "number", cell) for cell in region[1:]] == [5_000, 5_100, 100]


def test_the_release_keeps_its_account(millesime: Millesime) -> None:
    make_statistics(millesime, [EPCI | {"jobs": 900}])
    make_statistics(millesime, [EPCI | {"champ": "jobs_total", "jobs": 9}], source="autre-c", year=2020)
    account = run_release().account
    assert [line["year"] for line in account["included"]] == [2022]
    assert [line["why"] for line in account["left_out"]] != []
    assert account["tables"]["jobs_key_figures"] == account["territories"] == 1
