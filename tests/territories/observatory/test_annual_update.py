"""The page of the yearly update: where each step stands is read in the data, files are recognised, years are compared."""

import io
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from cress.demo.orders import draw_orders, write_flores, write_order, write_urssaf
from territories.access.enums import Role
from territories.foundations.journal.models import JournalEntry
from territories.geography.models import Millesime
from territories.observatory.annual import Situation, StepState, next_step, steps_of
from territories.observatory.annual_changes import statistics_changes
from territories.observatory.inbox import inbox
from territories.observatory.models import Dataset, Release, SkippedStep
from territories.observatory.orders.layouts import CANONICAL, recognise
from tests.access_factories import observatory, person
from tests.cress.demo.sirene_specs import COMMUNES
from tests.employment_factories import make_statistics
from tests.orders_factories import examined
from tests.release_factories import make_dataset, make_geography
from tests.sirene_factories import files as sirene_files
from tests.sirene_factories import geography

YEAR = 2026
TODAY = date(2026, 4, 10)


def situation(year: int = YEAR, today: date = TODAY) -> Situation:
    now = Situation.read(year)
    now.today = today
    return now


def states(year: int = YEAR, today: date = TODAY) -> dict[str, str]:
    return {step.key: step.state.value for step in steps_of(situation(year, today))}


@pytest.fixture
def folder(settings, tmp_path: Path) -> Path:
    settings.INBOX_DIR = tmp_path / "depot"
    settings.INBOX_DIR.mkdir()
    return settings.INBOX_DIR


@pytest.mark.django_db
def test_an_empty_instance_has_everything_to_do_and_nothing_to_publish():
    found = states()
    assert found["geographie"] == "late"
    assert {found[key] for key in ("sirene", "flores", "commande", "urssaf")} == {"to_do"}
    assert {found[key] for key in ("ce-qui-change", "controle", "publication")} == {"waiting"}


@pytest.mark.django_db
def test_each_step_is_done_by_the_data_of_its_year_and_late_once_its_month_is_over():
    millesime = make_geography()
    make_dataset(millesime, vintage_on=date(2026, 2, 1))
    make_statistics(millesime, source="flores-open", year=2024)
    make_statistics(millesime, source="insee-commande", year=2023)
    make_statistics(millesime, source="urssaf-ess", year=2025)
    found = states()
    assert (found["sirene"], found["flores"], found["urssaf"]) == ("done", "done", "done")
    assert found["commande"] == "to_do"
    assert states(today=date(2026, 9, 30))["commande"] == "to_do"
    assert states(today=date(2026, 10, 1))["commande"] == "late"
    assert states(today=date(2026, 12, 31))["publication"] == "to_do"
    assert states(today=date(2027, 1, 1))["publication"] == "late"
    make_statistics(millesime, source="insee-commande", year=2024)
    assert states()["commande"] == "done"


@pytest.mark.django_db
def test_a_replaced_dataset_does_nothing_for_its_year():
    make_statistics(make_geography(), source="flores-open", year=2024, state="superseded")
    assert states()["flores"] == "to_do"


@pytest.mark.django_db
def test_publishing_is_to_do_again_when_something_new_arrives():
    millesime = make_geography()
    dataset = make_dataset(millesime)
    now = timezone.now()
    release = Release.objects.create(number=1, dataset=dataset, state="current", released_at=now)
    year = timezone.localdate().year
    assert states(year, timezone.localdate())["publication"] == "done"
    make_statistics(millesime, year=2023)
    found = states(year, timezone.localdate())
    assert (found["publication"] != "done", found["ce-qui-change"], found["controle"]) == (True, "to_do", "to_do")
    # What nobody may publish is not waited for.
    Dataset.objects.filter(year=2023).update(policy="complete")
    assert states(year, timezone.localdate())["publication"] == "done"
    Release.objects.filter(pk=release.pk).update(released_at=now - timedelta(days=400))
    assert states(year, timezone.localdate())["publication"] != "done"


@pytest.mark.django_db
def test_the_number_of_queries_does_not_grow_with_the_datasets(django_assert_num_queries):
    millesime = make_geography()
    make_statistics(millesime, year=2023)
    with django_assert_num_queries(7):
        steps_of(Situation.read(YEAR))
    for year in range(2010, 2023):
        make_statistics(millesime, year=year)
        make_statistics(millesime, source="urssaf-ess", year=year)
    with django_assert_num_queries(7):
        steps_of(Situation.read(YEAR))


@pytest.mark.django_db
def test_a_step_is_left_out_with_a_reason_then_taken_up_again(client: Client, folder: Path):
    make_geography()
    client.force_login(observatory())
    year = timezone.localdate().year
    address = f"/observatoire/mise-a-jour/{year}/etapes/urssaf/"

    refused = client.post(address, {"raison": "  "})
    assert (refused.status_code, SkippedStep.objects.count()) == (400, 0)
    assert "Dites en une phrase" in refused.content.decode()
    long = client.post(address, {"raison": "x" * 301})
    assert "x" * 301 in long.content.decode()

    assert client.post(address, {"raison": "Pas de fichier cette année"}).status_code == 302
    page = client.get(f"/observatoire/mise-a-jour/{year}/").content.decode()
    assert "Sans objet cette année\u00a0: Pas de fichier cette année" in page.replace(" :", "\u00a0:")
    assert states(year)["urssaf"] == "skipped"
    coming = next_step(steps_of(Situation.read(year)))
    assert coming is None or coming.key != "urssaf"
    # Another year keeps its own state.
    assert states(year - 1)["urssaf"] != "skipped"

    client.post(address, {"reprendre": "1"})
    assert not SkippedStep.objects.exists()
    assert JournalEntry.objects.filter(event__startswith="observatory.step").count() == 2
    assert client.post(address.replace("urssaf", "publication"), {"raison": "non"}).status_code == 404


@pytest.mark.django_db
def test_done_wins_over_left_out():
    millesime = make_geography()
    SkippedStep.objects.create(year=YEAR, step="urssaf", reason="Trop tôt")
    make_statistics(millesime, source="urssaf-ess", year=2025)
    assert states()["urssaf"] == StepState.DONE


@pytest.mark.django_db
def test_only_those_who_load_data_see_the_page(client: Client, folder: Path):
    client.force_login(person("agathe@exemple.test", role=Role.PROJECT_OFFICER))
    assert client.get(f"/observatoire/mise-a-jour/{timezone.localdate().year}/").status_code == 403
    assert client.get(f"/observatoire/mise-a-jour/{timezone.localdate().year}/ce-qui-change/").status_code == 200
    client.force_login(observatory())
    assert client.get("/observatoire/mise-a-jour/").status_code == 302
    assert client.get("/observatoire/mise-a-jour/1999/").status_code == 404


@pytest.mark.django_db
def test_files_of_the_folder_are_recognised_by_what_they_hold(client: Client, folder: Path, tmp_path: Path):
    geography()
    orders = draw_orders(COMMUNES, seed=3, last=2024, scale=0.05)
    write_flores(folder / "a.zip", orders, 2024)
    write_order(folder / "b.csv", COMMUNES, seed=3, years=[2024], orders=orders)
    write_urssaf(folder / "c.csv", orders, 2024)
    truth = sirene_files(tmp_path / "sirene", fmt="csv")
    shutil.copy(truth.establishments, folder / "d.csv")
    (folder / "e.csv").write_text("commune;emplois\n44003;12\n", encoding="utf-8")
    (folder / "f.zip").write_bytes(b"PK\x03\x04 rien de bon")
    (folder / ".cache.csv").write_text("x", encoding="utf-8")

    found = {one.name: one for one in inbox()}
    assert {name: one.label for name, one in found.items()} == {
        "a.zip": "Flores A38 2024",
        "b.csv": "Commande au format de référence 2024",
        "c.csv": "Urssaf, ESS par secteur",
        "d.csv": "Sirene, établissements",
        "e.csv": "",
        "f.zip": "",
    }
    assert found["a.zip"].url.endswith("?fichier=a.zip&source=flores-open")
    client.force_login(observatory())
    page = client.get(f"/observatoire/mise-a-jour/{timezone.localdate().year}/").content.decode()
    assert "Flores A38 2024" in page
    form = client.get(found["b.csv"].url).content.decode()
    assert '<option value="b.csv" selected>' in form


@pytest.mark.django_db
def test_a_file_already_loaded_is_put_aside(client: Client, folder: Path):
    millesime = make_geography()
    (folder / "b.csv").write_text("maille;code_geo;champ;effectifs_3112;millesime\nREG;52;ESS;10;2024\n", encoding="utf-8")
    client.force_login(observatory())
    address = f"/observatoire/mise-a-jour/{timezone.localdate().year}/"
    assert "déjà chargé" not in client.get(address).content.decode()
    make_statistics(millesime, year=2024, files=[{"name": "b.csv", "size": 1}])
    assert "1 fichier du dossier de dépôt déjà chargé" in client.get(address).content.decode()


def ess(kind: str, code: str, jobs: object, family: str = "", establishments: object = 10) -> dict[str, object]:
    return {"kind": kind, "code": code, "family": family, "jobs": jobs, "establishments": establishments}


@pytest.mark.django_db
def test_a_year_is_compared_with_the_one_before_and_secrets_stay():
    millesime = make_geography()
    make_statistics(
        millesime,
        [
            ess("region", "52", 1000),
            ess("region", "52", 700, "association"),
            ess("region", "52", "s", "cooperative"),
            ess("epci", "244400552", 400),
            ess("commune", "44003", 60),
        ],
        year=2023,
    )
    make_statistics(
        millesime,
        [
            ess("region", "52", 1100),
            ess("region", "52", 707, "association"),
            ess("region", "52", 90, "cooperative"),
            ess("epci", "244400552", 500),
            ess("commune", "44213", 60),
        ],
        year=2024,
    )
    found = statistics_changes(2024, "insee-commande")
    assert found is not None
    levels, movers = found.tables
    rows = {
        str(row[0]): [levels.text_of(cell, column) for cell, column in zip(row, levels.columns, strict=True)]
        for row in levels.rows
    }
    assert rows["Pays de la Loire"][4:] == ["1\u202f000", "1\u202f100", "10,0\u00a0%"]
    assert rows["Pays de la Loire, associations"][6] == "1,0\u00a0%"
    assert rows["Pays de la Loire, coopératives"][4:] == ["s", "90", "nd"]
    assert [movers.text_of(cell, column) for cell, column in zip(movers.rows[0], movers.columns, strict=True)][3] == "25,0\u00a0%"
    notes = " ".join(found.notes)
    assert "1\u00a0commune apparaît" in notes
    assert "1\u00a0commune disparaît" in notes
    assert "1\u00a0case secrète devient connue." in notes
    assert statistics_changes(2023, "insee-commande") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "words"),
    [({"break_note": "méthode nouvelle"}, "Rupture entre 2023 et 2024"), ({"ess_perimeter": "ess_5f"}, "Le périmètre change")],
)
def test_years_that_may_not_be_compared_are_shown_without_a_change(changes, words):
    millesime = make_geography()
    make_statistics(millesime, [ess("region", "52", 1000)], year=2023)
    make_statistics(millesime, [ess("region", "52", 1100)], year=2024, **changes)
    found = statistics_changes(2024, "insee-commande")
    assert found is not None
    assert words in found.warnings[0]
    assert len(found.tables) == 1
    assert found.tables[0].text_of(found.tables[0].rows[0][6], found.tables[0].columns[6]) == "///"


@pytest.mark.django_db
def test_the_model_and_its_example_fit_the_ordinary_import(client: Client, tmp_path: Path):
    geography()
    client.force_login(observatory())
    body = b"".join(client.get("/observatoire/mise-a-jour/modele.xlsx").streaming_content)
    book = load_workbook(io.BytesIO(body))
    assert book.sheetnames == ["Données", "Lisez-moi"]
    header = [cell.value for cell in book["Données"][1]]
    assert header == list(CANONICAL)
    assert recognise(header) is not None
    assert book["Données"].max_row == 1
    assert "secrète" in " ".join(str(row[0].value) for row in book["Lisez-moi"].iter_rows())
    path = tmp_path / "exemple.csv"
    path.write_bytes(b"".join(client.get("/observatoire/mise-a-jour/exemple.csv").streaming_content))
    from territories.observatory.orders.meta import OrderMeta

    report = examined(path, tmp_path, OrderMeta(source="insee-commande")).report
    assert report.error_counts == {}
    assert report.layout == "canonical"


@pytest.mark.django_db
def test_the_next_geography_is_asked_for():
    make_geography()
    held = Millesime.objects.get(is_current=True).year
    assert states(held)["geographie"] == "done"
    step = steps_of(situation(held + 1, date(held + 1, 2, 1)))[0]
    assert step.state is StepState.TO_DO
    assert ("Suivant attendu", f"au 1er janvier {held + 1}") in step.facts
