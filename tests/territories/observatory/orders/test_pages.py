"""The team’s pages that bring statistics in: from the file to the dataset, with what is refused on the way."""

import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import load_workbook

from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import run_job_now
from territories.observatory.enums import UploadState
from territories.observatory.models import ColumnMapping, Dataset, Observation, StatisticsUpload
from tests.access_factories import observatory, person
from tests.geography_factories import make_geography
from tests.orders_factories import order_rows, write_csv

pytestmark = pytest.mark.django_db

FORM = {"source": "insee-commande", "year": "2022", "min_units": "3", "max_share": "85", "min_persons": "5"}
OTHER = {**FORM, "source": "autre", "title": "Enquête associative", "producer": "Réseau", "licence": "Convention"}


@pytest.fixture
def staff(client):
    make_geography()
    client.force_login(observatory())
    return client


def send(staff, path: Path, **data: str):
    sent = SimpleUploadedFile(path.name, path.read_bytes())
    return staff.post(reverse("observatory:import_statistics"), {**FORM, **data, "file_upload": sent})


def carry(answer) -> Job:
    """The job that an answer leads to, carried to its end."""
    job = Job.objects.get(pk=answer["Location"].rstrip("/").split("/")[-1])
    assert job.get_absolute_url() == answer["Location"]
    return run_job_now(job)


def test_from_the_file_to_the_dataset(staff, tmp_path: Path):
    carry(send(staff, write_csv(tmp_path / "commande.csv", order_rows())))
    upload = StatisticsUpload.objects.get()
    assert upload.state == UploadState.CHECKED
    assert not Dataset.objects.exists()

    page = staff.get(upload.get_absolute_url()).content.decode()
    for words in (
        "Prêt à charger",
        "Totaux contre parts",
        "Observations par maille",
        "secret statistique",
        "Format de référence",
    ):
        assert words in page

    carry(staff.post(reverse("observatory:statistics_load", args=[upload.pk])))
    dataset = Dataset.objects.get()
    upload.refresh_from_db()
    assert upload.state == UploadState.LOADED
    assert dataset.title in staff.get(upload.get_absolute_url()).content.decode()

    page = staff.get(dataset.get_absolute_url()).content.decode()
    for words in ("Année décrite", "2022", "Livré masqué", "postes", "non disponibles", upload.name):
        assert words in page
    assert dataset.title in staff.get(reverse("observatory:datasets")).content.decode()
    assert staff.get(reverse("observatory:import_statistics")).status_code == 200
    again = staff.post(reverse("observatory:statistics_load", args=[upload.pk]))
    assert again["Location"] == upload.get_absolute_url()


def test_a_revision_shows_what_it_changes(staff, tmp_path: Path):
    for factor in (1, 2):
        carry(send(staff, write_csv(tmp_path / f"commande{factor}.csv", order_rows(factor=factor))))
        upload = StatisticsUpload.objects.order_by("-created_at").first()
        if factor == 2:
            page = staff.get(upload.get_absolute_url()).content.decode()
            assert "Comparé aux données en usage" in page
            assert "+100,0\u00a0%" in page
        carry(staff.post(reverse("observatory:statistics_load", args=[upload.pk])))

    second = Dataset.objects.get(revision=2)
    page = staff.get(second.get_absolute_url()).content.decode()
    assert "Ce que cette révision change" in page
    assert second.revises.get_absolute_url() in page
    assert second.get_absolute_url() in staff.get(second.revises.get_absolute_url()).content.decode()


def test_a_wrong_file_is_explained_and_cannot_be_loaded(staff, tmp_path: Path):
    rows = [*order_rows(), ("COM", "44003", "ESS", "kolkhoze", "", 1, "=cmd()", "A")]
    carry(send(staff, write_csv(tmp_path / "commande.csv", rows)))
    upload = StatisticsUpload.objects.get()

    page = staff.get(upload.get_absolute_url()).content.decode()
    assert upload.state == UploadState.REFUSED
    assert "Famille inconnue" in page
    assert "kolkhoze" in page
    answer = staff.get(reverse("observatory:statistics_errors", args=[upload.pk, "xlsx"]))
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert "kolkhoze" in values
    assert staff.get(reverse("observatory:statistics_errors", args=[upload.pk, "pdf"])).status_code == 404

    refused = staff.post(reverse("observatory:statistics_load", args=[upload.pk]))
    assert refused["Location"] == upload.get_absolute_url()
    assert not Observation.objects.exists()

    again = staff.get(reverse("observatory:import_statistics"), {"depot": str(upload.pk)}).content.decode()
    assert 'value="2022"' in again


def test_what_cannot_be_read_is_said_on_the_upload(staff, tmp_path: Path):
    path = tmp_path / "classeur.xlsx"
    path.write_bytes(b"PK\x03\x04rien")
    answer = send(staff, path)

    upload = StatisticsUpload.objects.get()
    assert answer["Location"] == upload.get_absolute_url()
    assert "abîmé" in staff.get(upload.get_absolute_url()).content.decode()


def test_columns_are_named_words_translated_and_found_again(staff, tmp_path: Path):
    header = ("Code Insee", "Statut juridique", "Effectifs")
    path = write_csv(
        tmp_path / "enquete.csv", [("44003", "Org. sans but lucratif", "1 234"), ("44180", "Mutuelle", "12")], header
    )
    answer = send(staff, path, **OTHER)
    upload = StatisticsUpload.objects.get()
    address = reverse("observatory:statistics_mapping", args=[upload.pk])
    assert answer["Location"] == address
    page = staff.get(address).content.decode()
    assert "Org. sans but lucratif" in page
    assert '<option value="Effectifs" selected>' in page

    chosen = {
        "col_code_geo": "Code Insee",
        "col_famille": "Statut juridique",
        "col_effectifs_3112": "Effectifs",
        "name": "Enquête",
    }
    lacking = staff.post(address, chosen)
    assert "mots du fichier" in lacking.content.decode()
    chosen |= {"mot_famille_1000": "association", "texte_mot_famille_1000": "Org. sans but lucratif"}
    lacking = staff.post(address, chosen)
    assert "Maille" in lacking.content.decode()
    assert '<option value="association" selected>' in lacking.content.decode()
    job = carry(staff.post(address, {**chosen, "tout_maille": "COM", "tout_champ": "ESS"}))
    assert job.state == "done"
    upload.refresh_from_db()
    assert upload.state == UploadState.CHECKED, upload.report
    carry(staff.post(reverse("observatory:statistics_load", args=[upload.pk])))
    assert Observation.objects.get(code="44003").family == "association"
    assert Dataset.objects.get().source == "autre-enquete-associative"

    assert ColumnMapping.objects.get().name == "Enquête"
    back = write_csv(tmp_path / "enquete-2.csv", [("44003", "Org. sans but lucratif", "2 000")], header)
    carry(send(staff, back, **{**OTHER, "year": "2023"}))
    assert StatisticsUpload.objects.order_by("-created_at").first().state == UploadState.CHECKED


def test_the_form_keeps_what_was_typed_and_says_what_lacks(staff):
    answer = staff.post(reverse("observatory:import_statistics"), {**FORM, "source": "autre", "field_note": "hors agriculture"})
    page = answer.content.decode()

    assert answer.status_code == 200
    for words in ("Donnez un intitulé", "Dites qui produit", "Choisissez un fichier", "hors agriculture"):
        assert words in page
    assert not StatisticsUpload.objects.exists()


def test_a_known_source_fills_the_form(staff):
    page = staff.get(reverse("observatory:import_statistics"), {"source": "urssaf-ess"}).content.decode()

    assert "ODbL" in page
    assert "effectifs salariés en moyenne annuelle" in page
    assert staff.get(reverse("observatory:import_statistics"), {"depot": "rien"}).status_code == 200


def test_pages_are_closed_to_others(client, staff, tmp_path: Path):
    send(staff, write_csv(tmp_path / "commande.csv", order_rows()))
    upload = StatisticsUpload.objects.get()
    addresses = [
        reverse("observatory:import_statistics"),
        *(reverse(f"observatory:statistics_{name}", args=[upload.pk]) for name in ("upload", "mapping")),
        reverse("observatory:statistics_errors", args=[upload.pk, "csv"]),
    ]
    client.logout()
    assert {client.get(address).status_code for address in addresses} == {302}
    client.force_login(person())
    assert {client.get(address).status_code for address in addresses} == {403}


def test_pages_ask_as_many_queries_for_twice_as_much(staff, tmp_path: Path):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (1, 2):
        send(staff, write_csv(tmp_path / f"commande{number}.csv", order_rows(factor=number)))
        carry_all()
        with CaptureQueriesContext(connection) as context:
            staff.get(reverse("observatory:import_statistics"))
        counts.append(len(context))
    assert counts[0] == counts[1]


def carry_all() -> None:
    for job in Job.objects.active():
        run_job_now(job)


def test_a_check_stopped_before_it_began_can_be_asked_again(staff, tmp_path: Path):
    send(staff, write_csv(tmp_path / "commande.csv", order_rows()))
    upload = StatisticsUpload.objects.get()
    Job.objects.update(state="cancelled")

    assert "Contrôler de nouveau" in staff.get(upload.get_absolute_url()).content.decode()
    carry(staff.post(reverse("observatory:statistics_check", args=[upload.pk])))
    upload.refresh_from_db()
    assert upload.state == UploadState.CHECKED
