"""The team’s pages about data: lists, account, files, loading."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.observatory.imports import ensure_perimeter, run_sirene_import
from territories.observatory.models import Dataset, Establishment, Perimeter
from territories.observatory.perimeter import PerimeterError
from tests.access_factories import observatory, person
from tests.sirene_factories import files, geography

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    client.force_login(observatory())
    return client


@pytest.fixture
def imported(tmp_path: Path) -> Dataset:
    geography()
    truth = files(tmp_path, scale=0.02)
    return run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))


@pytest.fixture
def inbox(settings, tmp_path: Path) -> Path:
    folder = tmp_path / "depot"
    folder.mkdir()
    settings.INBOX_DIR = folder
    return folder


def paths(dataset: Dataset) -> list[str]:
    return [
        reverse("observatory:datasets"),
        dataset.get_absolute_url(),
        reverse("observatory:to_qualify", args=[dataset.pk]),
        reverse("observatory:dataset_account", args=[dataset.pk, "csv"]),
    ]


def test_pages_open_for_the_observatory(staff, imported):
    for path in paths(imported):
        assert staff.get(path).status_code == 200, path


def test_pages_are_closed_to_others(client, imported):
    for path in (*paths(imported), reverse("observatory:import_sirene")):
        assert client.get(path).status_code == 302
    client.force_login(person())
    for path in (*paths(imported), reverse("observatory:import_sirene")):
        assert client.get(path).status_code == 403


def test_empty_state_says_what_to_do(staff):
    page = staff.get(reverse("observatory:datasets")).content.decode()

    assert "Aucun jeu de données" in page
    assert reverse("observatory:import_sirene") in page


def test_account_is_readable(staff, imported):
    page = staff.get(imported.get_absolute_url()).content.decode()

    for words in (
        "Retenu, par famille",
        "À qualifier, non compté",
        "SIRET invalide",
        "Communes inconnues",
        "Associations",
        "Actif",
    ):
        assert words in page
    assert imported.files[0]["sha256"] in page


def test_account_as_a_workbook(staff, imported):
    answer = staff.get(reverse("observatory:dataset_account", args=[imported.pk, "xlsx"]))
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))

    assert ("Lu", "Établissements", "Lignes", imported.account["read"]["establishments"]) in rows
    assert staff.get(reverse("observatory:dataset_account", args=[imported.pk, "exe"])).status_code == 404


def test_to_qualify_list_filters_and_never_names_the_partly_diffused(staff, imported):
    path = reverse("observatory:to_qualify", args=[imported.pk])
    judged = Establishment.objects.filter(dataset=imported, qualification="to_qualify")
    named = judged.exclude(name="").order_by("siret").first()
    hidden = judged.order_by("siret").exclude(pk=named.pk).first()
    Establishment.objects.filter(pk=hidden.pk).update(is_partly_diffused=True, name="NOM À TAIRE", search="nom a taire")

    page = staff.get(path).content.decode()
    assert named.siret in page
    assert "[non diffusible]" in page
    assert "NOM À TAIRE" not in page
    assert hidden.siret not in staff.get(path, {"texte": "nom à taire"}).content.decode()
    assert hidden.siret in staff.get(path, {"texte": hidden.siren}).content.decode()
    assert "Aucun établissement à qualifier" in staff.get(path, {"texte": "zzzz"}).content.decode()
    assert staff.get(path, {"categorie": "0000"}).status_code == 200
    answer = staff.get(path, {"fichier": "csv", "texte": named.siren})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert named.siret in text
    assert hidden.siret not in text


def test_to_qualify_file_by_a_job(staff, imported):
    answer = staff.post(reverse("observatory:ask_to_qualify", args=[imported.pk]), {"fichier": "csv"})
    job = run_job_now(Job.objects.get(kind="observatory.to_qualify_list"))

    assert answer.status_code == 302
    assert job.state == JobState.DONE
    with job.result_file.file.open() as stream:
        lines = stream.read().decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + Establishment.objects.filter(dataset=imported, qualification="to_qualify").count()
    assert staff.post(reverse("observatory:ask_to_qualify", args=[imported.pk]), {"fichier": "exe"}).status_code == 404


def test_loading_from_the_inbox(staff, inbox):
    geography()
    truth = files(inbox, scale=0.02)
    page = staff.get(reverse("observatory:import_sirene")).content.decode()
    assert truth.legal_units.name in page
    answer = staff.post(
        reverse("observatory:import_sirene"),
        {
            "units_inbox": truth.legal_units.name,
            "establishments_inbox": truth.establishments.name,
            "perimeter": Perimeter.objects.get().pk,
            "vintage_on": "2026-11-01",
        },
    )

    job = Job.objects.get(kind="observatory.import_sirene")
    assert answer.status_code == 302
    assert answer["Location"] == job.get_absolute_url()
    assert run_job_now(job).state == JobState.DONE
    assert Dataset.objects.active().vintage_on == date(2026, 11, 1)
    assert job.params["units"] == {"kind": "inbox", "value": truth.legal_units.name}


def test_loading_what_a_browser_sends(staff, inbox, tmp_path):
    geography()
    truth = files(tmp_path / "poste", scale=0.02, fmt="zip")
    answer = staff.post(
        reverse("observatory:import_sirene"),
        {
            "units_upload": SimpleUploadedFile("unites.zip", truth.legal_units.read_bytes()),
            "establishments_upload": SimpleUploadedFile("etablissements.zip", truth.establishments.read_bytes()),
            "perimeter": Perimeter.objects.get().pk,
        },
    )

    assert answer.status_code == 302
    job = run_job_now(Job.objects.get(kind="observatory.import_sirene"))
    assert job.state == JobState.DONE, job.error
    assert [file["name"] for file in Dataset.objects.active().files] == ["unites.zip", "etablissements.zip"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choisissez le fichier des unités légales"),
        ({"units_inbox": "../secret.csv"}, "units_inbox"),
        ({"swapped": True}, "semblent échangés"),
        ({"same": True}, "deux fois"),
        ({"both": True}, "Donnez un seul fichier"),
        ({"vintage_on": "2016-12-31"}, "entre 2017 et aujourd’hui"),
        ({"heavy": True}, "Déposez-le dans le dossier du serveur"),
        ({"page": True}, "refusée"),
    ],
)
def test_refused_requests(staff, inbox, settings, given, words):
    geography()
    truth = files(inbox, scale=0.02)
    units, establishments = truth.legal_units.name, truth.establishments.name
    values: dict[str, object] = {
        "units_inbox": units,
        "establishments_inbox": establishments,
        "perimeter": Perimeter.objects.get().pk,
    }
    if not given:
        del values["units_inbox"]
    if given.get("swapped"):
        values |= {"units_inbox": establishments, "establishments_inbox": units}
    if given.get("same"):
        values["establishments_inbox"] = units
    if given.get("both"):
        values["units_upload"] = SimpleUploadedFile("unites.csv", b"siren\n")
    if given.get("heavy"):
        settings.UPLOAD_LIMIT = 10
        values |= {"units_inbox": "", "units_upload": SimpleUploadedFile("unites.csv", b"siren,denomination\n")}
    if given.get("page"):
        values |= {
            "units_inbox": "",
            "units_upload": SimpleUploadedFile("unites.csv", b"<!DOCTYPE html><html><body></body></html>"),
        }
    values |= {key: value for key, value in given.items() if key in ("units_inbox", "vintage_on")}

    answer = staff.post(reverse("observatory:import_sirene"), values)

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Job.objects.exists()


def test_without_geography_the_refusal_says_what_to_do(staff, inbox):
    truth = files(inbox, scale=0.02)
    answer = staff.post(
        reverse("observatory:import_sirene"),
        {
            "units_inbox": truth.legal_units.name,
            "establishments_inbox": truth.establishments.name,
            "perimeter": Perimeter.objects.get().pk,
        },
    )

    assert "géographie" in answer.content.decode()
    assert not Job.objects.exists()


def test_perimeter_is_loaded_once_and_protected_once_used(imported):
    assert ensure_perimeter() == ensure_perimeter()
    assert Perimeter.objects.count() == 1
    Perimeter.objects.update(content={**Perimeter.objects.get().content, "name": "Autre"})
    with pytest.raises(PerimeterError, match="a déjà servi"):
        ensure_perimeter()
    Dataset.objects.all().delete()
    assert ensure_perimeter().content["name"] != "Autre"
