"""From a file to datasets: one a year, revisions kept, the same file twice changes nothing, refusals leave nothing behind."""

import dataclasses
import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import run_job_now
from territories.foundations.journal.models import JournalEntry
from territories.observatory.enums import DatasetState
from territories.observatory.imports import ImportRefused
from territories.observatory.models import ColumnMapping, Dataset, Observation
from territories.observatory.orders import pipeline
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.operations import outcome, request_statistics_import, run_statistics_import
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.write import write_statistics
from tests.geography_factories import make_geography
from tests.orders_factories import ORDER, order_rows, write_csv

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def france():
    make_geography()


def load(path: Path, meta: OrderMeta = ORDER) -> Dataset:
    (dataset,) = run_statistics_import(path, meta=meta)
    return dataset


def several_years(path: Path) -> Path:
    rows = [(year, "REG", "52", "ESS", 30_000 + year) for year in (2020, 2021, 2022)]
    return write_csv(path, rows, ("millesime", "maille", "code_geo", "champ", "effectifs_3112"))


def test_an_order_becomes_observations(tmp_path: Path):
    dataset = load(write_csv(tmp_path / "commande.csv", order_rows()))

    assert (dataset.source, dataset.series, dataset.policy, dataset.year, dataset.revision, dataset.ess_perimeter) == (
        "insee-commande", "flores", "masked", 2022, 1, "ess_4f_sc",
    )  # fmt: skip
    assert (dataset.state, dataset.region, dataset.producer, dataset.rules) == (DatasetState.ACTIVE, "52", "Insee", {})
    assert dataset.concept == "effectifs salariés au 31 décembre (postes)"
    cells = Observation.objects.filter(dataset=dataset)
    assert cells.get(kind="commune", code="44003", champ="jobs_ess", family="", measure="jobs").value == 100
    secret = cells.get(kind="commune", code="44180", family="association", measure="jobs")
    assert (secret.value, secret.status) == (None, "s")
    care = cells.get(kind="departement", division="87", measure="jobs")
    assert (care.nomenclature, care.activity, care.year) == ("NAFRev2", "", 2022)
    assert "observations" in JournalEntry.objects.get(event="dataset_imported").sentence


def test_a_complete_delivery_keeps_units_and_largest_contribution(tmp_path: Path):
    header = ("maille", "code_geo", "champ", "nb_entreprises", "effectifs_3112", "etp", "max_contributeur")
    path = write_csv(tmp_path / "complete.csv", [("COM", "44003", "ESS", 3, 100, 80, "86")], header)
    meta = dataclasses.replace(ORDER, policy="complete", rules={"min_units": 4}, absent_is_zero=True)
    dataset = load(path, meta)

    assert dataset.rules == {"min_units": 4, "max_share": 0.85, "min_persons": 5}
    assert dataset.absent_is_zero
    assert list(Observation.objects.order_by("measure").values_list("measure", "units", "largest")) == [
        ("enterprises", 3, None), ("fte", 3, None), ("jobs", 3, 86),
    ]  # fmt: skip


def test_one_dataset_a_year(tmp_path: Path):
    datasets = run_statistics_import(
        several_years(tmp_path / "urssaf.csv"), meta=OrderMeta(source="urssaf-ess", layout="canonical")
    )

    assert [dataset.year for dataset in datasets] == [2020, 2021, 2022]
    assert {dataset.state for dataset in datasets} == {DatasetState.ACTIVE}
    assert {dataset.year: dataset.observations.get().value for dataset in datasets} == {2020: 32020, 2021: 32021, 2022: 32022}


def test_the_same_file_again_changes_nothing_and_says_so(tmp_path: Path):
    path = write_csv(tmp_path / "commande.csv", order_rows())
    first = load(path)
    job = run_job_now(request_statistics_import(path, ORDER))

    assert [dataset.pk for dataset in outcome(job)] == [first.pk]
    assert job.result["message"].startswith("Déjà chargé")
    assert Dataset.objects.count() == 1

    # Another sheet about the same bytes is another load.
    assert load(path, dataclasses.replace(ORDER, break_note="nouvelle méthode")).revision == 2


def test_revisions_are_kept_and_older_ones_lightened(tmp_path: Path):
    loaded = [load(write_csv(tmp_path / f"{factor}.csv", order_rows(factor=factor))) for factor in (1, 2, 3)]
    first, second, third = Dataset.objects.order_by("revision")

    assert [dataset.pk for dataset in loaded] == [first.pk, second.pk, third.pk]
    assert [dataset.state for dataset in (first, second, third)] == ["superseded", "superseded", "active"]
    assert (second.revises, third.revises) == (first, second)
    assert (first.observations.exists(), second.observations.exists(), third.observations.exists()) == (False, True, True)
    communes = next(row for row in third.account["changes"] if row["kind"] == "commune")
    assert (communes["jobs_before"], communes["jobs_after"]) == (280, 420)
    # What was secret stays secret: unchanged cells, none unmasked.
    assert (communes["same"] > 0, communes["unmasked"], communes["gone"]) == (True, 0, 0)


def test_another_year_or_source_replaces_nothing(tmp_path: Path):
    path = write_csv(tmp_path / "commande.csv", order_rows())
    load(path)
    load(path, dataclasses.replace(ORDER, year=2021))
    load(path, dataclasses.replace(ORDER, source="autre-enquete", title="Enquête", producer="X", licence="Y"))

    assert Dataset.objects.filter(state=DatasetState.ACTIVE).count() == 3


def test_the_year_before_is_compared_when_the_year_is_new(tmp_path: Path):
    load(write_csv(tmp_path / "2022.csv", order_rows()))
    after = load(write_csv(tmp_path / "2023.csv", order_rows(factor=2)), dataclasses.replace(ORDER, year=2023))

    rows = after.account["report"]["comparison"]
    assert {row["against"] for row in rows} == {"2022"}
    assert after.account["report"]["remark_counts"]["change"] > 0
    assert after.revises is None


def test_a_refused_file_leaves_nothing_behind(tmp_path: Path):
    first = load(write_csv(tmp_path / "bon.csv", order_rows()))
    wrong = write_csv(tmp_path / "faux.csv", [*order_rows(factor=2), ("COM", "44003", "ESS", "mutuelle", "", "-1", "", "A")])

    with pytest.raises(SourceProblem, match=r"1.erreur.*Ligne"):
        run_statistics_import(wrong, meta=ORDER)

    assert list(Dataset.objects.all()) == [first]
    assert Observation.objects.exclude(dataset=first).count() == 0


@pytest.mark.parametrize(
    ("meta", "words"),
    [
        (OrderMeta(source="inconnue"), "inconnue"),
        (OrderMeta(source="autre-"), "intitulé"),
        (dataclasses.replace(ORDER, policy="libre"), "politique"),
        (dataclasses.replace(ORDER, ess_perimeter="ess_9f"), "périmètre"),
        (dataclasses.replace(ORDER, policy="complete", rules={"max_share": 1.2}), "seuils"),
    ],
)
def test_an_impossible_sheet_is_refused(tmp_path: Path, meta: OrderMeta, words: str):
    with pytest.raises(ImportRefused, match=words):
        run_statistics_import(write_csv(tmp_path / "commande.csv", order_rows()), meta=meta)
    assert not Job.objects.exists()


def test_two_files_of_one_source_never_load_together(tmp_path: Path):
    paths = [write_csv(tmp_path / f"{factor}.csv", order_rows(factor=factor)) for factor in (1, 2)]
    job = request_statistics_import(paths[0], ORDER)

    assert request_statistics_import(paths[0], ORDER).pk == job.pk
    with pytest.raises(ImportRefused, match="en cours de chargement"):
        request_statistics_import(paths[1], ORDER)


@pytest.mark.parametrize("keeps_folder", [True, False])
def test_a_load_killed_while_writing_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keeps_folder: bool):
    """The second attempt ends as if there had been one, whether or not it finds the files of the first."""
    calls = []

    def dies_after_the_first_year(dataset, source, **options):
        calls.append(dataset.year)
        written = write_statistics(dataset, source, **options)
        if len(calls) == 2:
            if not keeps_folder:
                for left in source.parent.glob("*.parquet"):
                    left.unlink()
            raise RuntimeError("killed")
        return written

    monkeypatch.setattr(pipeline, "write_statistics", dies_after_the_first_year)
    datasets = run_statistics_import(several_years(tmp_path / "a.csv"), meta=OrderMeta(source="urssaf-ess", layout="canonical"))

    assert [(dataset.year, dataset.observations.count()) for dataset in datasets] == [(2020, 1), (2021, 1), (2022, 1)]
    assert Dataset.objects.count() == 3
    assert Observation.objects.count() == 3


def test_a_load_that_always_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(dataset, source, **options):
        write_statistics(dataset, source, **options)
        raise RuntimeError("killed")

    monkeypatch.setattr(pipeline, "write_statistics", fails)
    with pytest.raises(SourceProblem):
        load(write_csv(tmp_path / "commande.csv", order_rows()))

    assert not Dataset.objects.exists()
    assert not Observation.objects.exists()


def test_the_command(tmp_path: Path):
    path = write_csv(tmp_path / "enquete.csv", [("44003", 12)], ("Code Insee", "Emplois"))
    ColumnMapping.objects.create(
        name="Enquête",
        fingerprint="x",
        columns={"code_geo": "Code Insee", "effectifs_3112": "Emplois"},
        constants={"maille": "COM", "champ": "ESS"},
    )
    said = io.StringIO()
    options = {"source": "insee-commande", "annee": 2022, "stdout": said}
    call_command("import_statistics", str(path), correspondance="Enquête", **options)

    assert "2022, révision 1\u00a0: 1\u00a0observation" in said.getvalue()
    with pytest.raises(CommandError, match="correspondre"):
        call_command("import_statistics", str(path), **options)
    with pytest.raises(CommandError, match="introuvable"):
        call_command("import_statistics", str(tmp_path / "rien.csv"), **options)
    with pytest.raises(CommandError, match="AAAA-MM-JJ"):
        call_command("import_statistics", str(path), publie_le="hier", **options)
    with pytest.raises(CommandError, match="Connues.*Enquête"):
        call_command("import_statistics", str(path), correspondance="Autre", **options)
