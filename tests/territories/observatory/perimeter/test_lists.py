"""Lists joined by SIREN: what is read of them, what is refused, what they do."""

import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.foundations.journal.models import JournalEntry
from territories.observatory import lists
from territories.observatory.enums import ListState
from territories.observatory.imports import ensure_perimeter
from territories.observatory.models import Perimeter, SirenList, SirenListEntry
from territories.observatory.rules import rules_in_force
from territories.observatory.siren_numbers import BadSiren, SortedSirens, has_key, read_siren
from tests.access_factories import observatory, person

REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "4_ess" / "liste_ess_france_6_lignes_reelles.csv"
GOOD = ("303040307", "005720610", "330275801", "339237554")
VALUES = {"kind": "esus", "title": "Agrément Esus", "dated_on": date(2026, 3, 1), "source": "Ministère", "licence": "LO 2.0"}


def received(path: Path, **changes: object) -> tuple[SirenList, Job]:
    found, job = lists.receive_list(path, **(VALUES | changes))
    job = run_job_now(job)
    found.refresh_from_db()
    return found, job


def table(folder: Path, *lines: str, name: str = "liste.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


# --- Numbers --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "siren", "repaired"),
    [
        ("303040307", "303040307", False),
        ("5720610", "005720610", True),
        (5720610, "005720610", True),
        ("5720610.0", "005720610", True),
        ("303 040 307", "303040307", False),
        ("303\u202f040\u00a0307", "303040307", False),
        ("30304030700014", "303040307", False),
        ("572061000012", "005720610", True),
        ("356000000", "356000000", False),
    ],
)
def test_what_a_cell_says(given, siren, repaired):
    assert read_siren(given) == (siren, repaired)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "SIREN absent"),
        (None, "SIREN absent"),
        ("ABC", "Autre chose que des chiffres"),
        ("12", "Trop peu de chiffres pour un SIREN"),
        ("303040308", "Clé de contrôle fausse\u00a0: un chiffre est erroné"),
        ("000000000", "Clé de contrôle fausse\u00a0: un chiffre est erroné"),
        ("303040307000171", "Trop de chiffres pour un SIREN ou un SIRET"),
    ],
)
def test_what_no_cell_may_say(given, reason):
    with pytest.raises(BadSiren) as refused:
        read_siren(given)
    assert str(refused.value) == reason


@given(number=st.integers(1, 999_999_999))
def test_key_is_that_of_luhn(number):
    figures = [int(figure) for figure in f"{number:09d}"]
    slow = sum(figure if place % 2 == 0 else sum(divmod(2 * figure, 10)) for place, figure in enumerate(reversed(figures)))
    assert has_key(f"{number:09d}") is (slow % 10 == 0)


@given(numbers=st.sets(st.integers(0, 50)), asked=st.integers(0, 60))
def test_sorted_file_is_a_set(numbers, asked):
    held = SortedSirens(b"".join(b"%09d\n" % number for number in sorted(numbers)))
    assert (f"{asked:09d}" in held) is (asked in numbers)
    assert list(held) == [f"{number:09d}" for number in sorted(numbers)]
    assert len(held) == len(numbers)


# --- Files ------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.skipif(not REAL.exists(), reason="the shared real rows are not on this machine")
def test_real_rows_of_ess_france():
    found, _ = received(REAL, kind="ess_france", title="Liste ESS France")

    assert (found.state, found.row_count, found.siren_count, found.rejected_count) == (ListState.CHECKED, 6, 6, 0)
    assert found.account["repaired"] == 1
    assert found.siren_column == "SIREN"
    families = dict(SirenListEntry.objects.filter(list=found).values_list("siren", "family"))
    assert families["005720610"] == "cooperative"
    assert families["339237554"] == "association"


@pytest.mark.django_db
def test_a_list_is_checked_line_by_line_then_put_in_force(tmp_path):
    path = table(
        tmp_path,
        "Raison sociale;N° SIREN;Date d’agrément;Courriel",
        "Alpha;303040307;01/02/2024;a@exemple.test",
        "Bêta;5720610;02/02/2024;",
        "Gamma;123456789;;",
        "",
        "Delta;;;",
        "Alpha bis;303 040 307;05/05/2025;",
        encoding="cp1252",
    )
    found, job = received(path)

    assert job.state == JobState.DONE
    assert (found.row_count, found.siren_count, found.rejected_count) == (5, 2, 2)
    assert found.account["lines"] == [
        [4, "123456789", "Clé de contrôle fausse\u00a0: un chiffre est erroné"],
        [6, "", "SIREN absent"],
    ]
    assert not SirenList.objects.in_force().exists()
    # Two rows of one enterprise: both dates, and nothing that reaches a person.
    assert SirenListEntry.objects.get(list=found, siren="303040307").details == {"Date d’agrément": "01/02/2024, 05/05/2025"}
    with pytest.raises(lists.ListRefused, match="plus d’une sur cinq"):
        lists.adopt_list(found, by=None)
    assert not SirenList.objects.in_force().exists()


@pytest.mark.django_db
def test_a_new_list_supersedes_and_keeps_the_former_one(tmp_path):
    first, _ = received(table(tmp_path, "SIREN", *GOOD[:2], name="a.csv"))
    lists.adopt_list(first, by=None)
    second, _ = received(table(tmp_path, "SIREN", *GOOD, name="b.csv"), dated_on=date(2026, 9, 1))
    lists.adopt_list(second, by=None)
    first.refresh_from_db()

    assert first.state == ListState.SUPERSEDED
    assert [one.pk for one in SirenList.objects.in_force()] == [second.pk]
    assert first.entries.count() == 2
    # The former one may come back, and the same file twice stays one list.
    lists.adopt_list(first, by=None)
    again, _ = received(tmp_path / "a.csv")
    assert lists.adopt_list(again, by=None).pk == first.pk
    assert not SirenList.objects.filter(pk=again.pk).exists()
    assert JournalEntry.objects.filter(event="list_adopted").count() == 3


@pytest.mark.django_db
def test_other_lists_live_side_by_side(tmp_path):
    for title in ("Labels A", "Labels B"):
        found, _ = received(table(tmp_path, "SIREN", GOOD[0]), kind="autre", title=title)
        lists.adopt_list(found, by=None)
    assert SirenList.objects.in_force().count() == 2


@pytest.mark.django_db
def test_a_column_that_no_name_tells_is_chosen(tmp_path):
    found, job = received(table(tmp_path, "Liste des structures", "Numéro,Nom", *(f"{one},X" for one in GOOD)))
    assert (found.state, job.result["label"]) == (ListState.RECEIVED, "Choisir la colonne du SIREN")

    found, _ = received(table(tmp_path, "Numéro,Nom", *(f"{one},X" for one in GOOD)))
    with pytest.raises(lists.ListRefused, match="l’une des colonnes"):
        lists.choose_column(found, "Autre", by=None)
    run_job_now(lists.choose_column(found, "Numéro", by=None))
    found.refresh_from_db()
    assert (found.state, found.siren_count) == (ListState.CHECKED, 4)


@pytest.mark.django_db
def test_a_workbook_is_read_below_its_title(tmp_path):
    book = Workbook()
    book.active.append(["Liste des SIREN des entreprises agréées au premier mars"])
    book.active.append([])
    book.active.append(["SIRET", "Type"])
    book.active.append([30304030700014, "ACI"])
    book.active.append([572061000012.0, "EI"])
    book.save(tmp_path / "liste.xlsx")
    found, _ = received(tmp_path / "liste.xlsx", kind="siae")

    assert (found.row_count, found.siren_count, found.siren_column) == (2, 2, "SIRET")


def _bomb(folder: Path) -> Path:
    path = folder / "bombe.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b"\0" * (160 * 1024**2))
    return path


def _archive(folder: Path) -> Path:
    path = folder / "liste.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("liste.csv", "SIREN\n")
    return path


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda folder: table(folder, ""), "n’a pas de lignes"),
        (lambda folder: table(folder, "Nom"), "n’a pas de lignes"),
        (_bomb, "trop grand une fois décompressé"),
        (_archive, "n’est pas un classeur XLSX"),
        (lambda folder: _write(folder, b"PK\x03\x04 coupe"), "incomplet ou abîmé"),
        (lambda folder: _write(folder, b"\xd0\xcf\x11\xe0\xa1\xb1"), "ancien classeur"),
        (lambda folder: _write(folder, b"ab\x00\x01cd" * 20), "ni un CSV ni un classeur"),
        (lambda folder: table(folder, "SIREN;Nom", '303040307;"' + "x" * 140_000), "guillemet"),
    ],
    ids=["vide", "sans ligne", "bombe", "archive", "coupé", "xls", "binaire", "guillemet"],
)
def test_a_bad_file_is_refused_in_words(tmp_path, make, words):
    found, job = received(make(tmp_path))

    assert job.state == JobState.FAILED
    assert words in job.error
    assert (found.state, found.entries.count()) == (ListState.RECEIVED, 0)


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "fichier.bin"
    path.write_bytes(data)
    return path


@pytest.mark.django_db
def test_a_long_list_keeps_every_number_and_the_details_of_here(tmp_path, monkeypatch):
    from tests.public_factories import make_geography

    make_geography()
    monkeypatch.setattr(lists, "WHOLE_UNTIL", 2)
    rows = (f"{GOOD[0]},75001", f"{GOOD[1]},44000", f"{GOOD[2]},49000", f"{GOOD[3]},")
    found, _ = received(table(tmp_path, "SIREN,Code postal", *rows))

    assert found.siren_count == 4
    assert set(found.entries.values_list("siren", flat=True)) == set(GOOD[1:])
    assert "Liste nationale" in found.account["entries_note"]


# --- What they do -----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_lists_in_force_feed_the_rules_that_use_them(tmp_path):
    perimeter = ensure_perimeter()
    found, _ = received(table(tmp_path, "SIREN", GOOD[0]))
    assert GOOD[0] not in rules_in_force(perimeter).rules.lists["esus"]

    lists.adopt_list(found, by=None)
    in_force = rules_in_force(perimeter)
    assert GOOD[0] in in_force.rules.lists["esus"]
    assert [(line["kind"], line["dated_on"], line["sirens"]) for line in in_force.lists] == [("esus", "2026-03-01", 1)]

    unused = Perimeter(code="x", content={**perimeter.content, "used_lists": ["ess_france"]})
    assert GOOD[0] not in rules_in_force(unused).rules.lists["esus"]
    assert rules_in_force(unused).lists == []


# --- Pages ------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_pages_carry_a_list_from_the_file_to_force(client):
    client.force_login(observatory())
    page = reverse("observatory:siren_lists")
    sent = {"kind": "ea", "dated_on": "2026-01-01", "source": "Ministère", "licence": "LO"}
    refused = client.post(page, sent).content.decode()
    assert "Choisissez un fichier" in refused
    assert 'value="Ministère"' in refused

    upload = SimpleUploadedFile("ea.csv", f"SIREN\n{GOOD[0]}\n".encode())
    assert client.post(page, {**sent, "upload": upload}).status_code == 302
    found = SirenList.objects.get()
    run_job_now(Job.objects.get(kind=lists.KIND))
    assert "Contrôle terminé" in client.get(found.get_absolute_url()).content.decode()
    client.post(reverse("observatory:siren_list_adopt", args=[found.pk]))
    assert SirenList.objects.in_force().get().title == "Entreprises adaptées"
    assert "Entreprises adaptées" in client.get(page).content.decode()
    client.post(reverse("observatory:siren_list_remove", args=[found.pk]))
    assert SirenList.objects.get().state == ListState.SUPERSEDED


@pytest.mark.django_db
def test_only_the_observatoire_changes_lists(client, tmp_path):
    found, _ = received(table(tmp_path, "SIREN", GOOD[0]))
    client.force_login(person(role="project_officer"))
    assert client.get(reverse("observatory:siren_lists")).status_code == 200
    assert client.post(reverse("observatory:siren_lists"), {}).status_code == 403
    for name in ("siren_list_adopt", "siren_list_remove", "siren_list_column"):
        assert client.post(reverse(f"observatory:{name}", args=[found.pk])).status_code == 403
    found.refresh_from_db()
    assert found.state == ListState.CHECKED


@pytest.mark.django_db
def test_the_page_of_lists_costs_the_same_for_more_lists(client, tmp_path, django_assert_max_num_queries):
    client.force_login(observatory())
    for rank in range(3):
        received(table(tmp_path, "SIREN", GOOD[0]), title=f"Liste {rank}")
    page = reverse("observatory:siren_lists")
    client.get(page)
    with django_assert_max_num_queries(12) as few:
        client.get(page)
    for rank in range(3):
        received(table(tmp_path, "SIREN", GOOD[0]), title=f"Encore {rank}")
    with django_assert_max_num_queries(len(few)):
        client.get(page)
