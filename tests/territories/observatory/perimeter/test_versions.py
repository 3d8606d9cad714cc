"""Versions of the perimeter: copied, edited, compared, previewed, adopted."""

import copy
import io
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.observatory import perimeter_versions as versions
from territories.observatory.enums import PerimeterState
from territories.observatory.imports import ImportRefused, ensure_perimeter, request_sirene_import, run_sirene_import
from territories.observatory.models import Dataset, Establishment, Perimeter, PerimeterPreview
from territories.observatory.perimeter import PerimeterError, parse_rules, qualify
from territories.observatory.previews import CHANGES, request_preview
from tests.access_factories import observatory, person
from tests.sirene_factories import files, geography

pytestmark = pytest.mark.django_db


@pytest.fixture
def imported(tmp_path: Path) -> Dataset:
    geography()
    truth = files(tmp_path, scale=0.02)
    return run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))


def draft_of(name: str = "Version d’essai") -> Perimeter:
    return versions.copy_as_draft(ensure_perimeter(), name=name, by=None)


def changed(draft: Perimeter) -> Perimeter:
    """CUMA out, the unions of employees in again, one trade association out, SICA moved to the associations."""
    content = copy.deepcopy(draft.content)
    for row in content["legal_categories"]:
        if row["code"] == "6316":
            row |= {"included": False, "family": ""}
        if row["code"] == "5710":
            row |= {"included": True, "family": "commercial"}
        if row["code"] == "9230":
            row["sub_family"] = "utilité publique"
    content["legal_categories"].append(
        {**content["legal_categories"][0], "code": "5499", "family": "commercial", "sub_family": "", "label": "SARL"}
    )
    content["excluded_activities"] = [row for row in content["excluded_activities"] if row["class"] != "9420"]
    content["excluded_activities"].append({"class": "9412", "label": "Organisations professionnelles", "group": "professions"})
    return versions.save_draft(draft, content=content, name=draft.name, note="", edition=draft.edition, by=None)


Row = tuple[str, str, str]


def outcomes(dataset: Dataset) -> dict[str, Row]:
    rows = Establishment.objects.filter(dataset=dataset).order_by("siret")
    return {siret: rest for siret, *rest in rows.values_list("siret", "qualification", "family", "sub_family")}


def slow_counts(before: dict[str, Row], after: dict[str, Row]) -> Counter[str]:
    """By kind of change, one establishment after the other."""
    out = ("excluded", "", "")
    counts: Counter[str] = Counter()
    for siret in before.keys() | after.keys():
        old, new = tuple(before.get(siret, out)), tuple(after.get(siret, out))
        if old != new:
            counts[CHANGES[old[0], new[0]]] += 1
    return counts


def told(preview: PerimeterPreview) -> Counter[str]:
    return Counter({group["title"]: group["count"] for group in preview.summary["changes"]})


# --- Versions ---------------------------------------------------------------------------------------------------------------


def test_a_draft_is_copied_edited_and_compared():
    shipped = ensure_perimeter()
    draft = changed(draft_of())

    assert (draft.state, draft.edition, draft.copied_from_id) == (PerimeterState.DRAFT, 2, shipped.pk)
    found = {(line.part, line.code): line.sign for line in versions.differences(shipped.content, draft.content)}
    assert found[("Catégorie juridique", "6316")] == "changé"
    assert found[("Catégorie juridique", "5499")] == "ajouté"
    assert found[("Activité exclue", "9420")] == "retiré"
    assert found[("Activité exclue", "9412")] == "ajouté"
    assert versions.differences(shipped.content, shipped.content) == []
    # The rules apply as they are, the shipped version is untouched.
    assert "9412" in parse_rules(draft.content).activities
    shipped.refresh_from_db()
    assert "9420" in parse_rules(shipped.content).activities


def test_a_draft_serves_no_import(imported):
    draft = draft_of()
    job = Job.objects.get(pk=imported.job_id)
    with pytest.raises(ImportRefused, match="brouillon"):
        request_sirene_import(
            units=Path(job.params["units"]["value"]),
            establishments=Path(job.params["establishments"]["value"]),
            perimeter=draft.code,
        )


def test_nonsense_and_strangers_leave_a_draft_as_it_was():
    draft = draft_of()
    kept = copy.deepcopy(draft.content)
    wrong = copy.deepcopy(kept)
    wrong["legal_categories"][0] |= {"included": True, "family": ""}
    with pytest.raises(PerimeterError, match="sans famille"):
        versions.save_draft(draft, content=wrong, name="X", note="", edition=1, by=None)
    with pytest.raises(versions.VersionRefused, match="nom"):
        versions.save_draft(draft, content=kept, name=" ", note="", edition=1, by=None)
    changed(draft)
    with pytest.raises(versions.EditedMeanwhile) as meanwhile:
        versions.save_draft(draft, content=kept, name="X", note="", edition=1, by=None)
    assert any(line.code == "6316" for line in meanwhile.value.differences)
    draft.refresh_from_db()
    assert (draft.edition, draft.name) == (2, "Version d’essai")


def test_an_adopted_version_never_changes_again():
    shipped = ensure_perimeter()
    draft = draft_of()
    versions.adopt(draft, by=None)
    draft.refresh_from_db()
    shipped.refresh_from_db()

    assert (draft.state, shipped.state) == (PerimeterState.PUBLISHED, PerimeterState.SUPERSEDED)
    assert ensure_perimeter().pk == draft.pk
    for act in (
        lambda: versions.save_draft(draft, content=draft.content, name="X", note="", edition=1, by=None),
        lambda: versions.delete_draft(draft, by=None),
        lambda: versions.adopt(draft, by=None),
    ):
        with pytest.raises(versions.VersionRefused):
            act()
    # Going back is adopting the former one again.
    versions.adopt(shipped, by=None)
    assert ensure_perimeter().pk == shipped.pk


# --- Preview ----------------------------------------------------------------------------------------------------------------


def test_the_preview_is_what_the_import_then_does(client, imported):
    client.force_login(observatory())
    draft = changed(draft_of())
    before = outcomes(imported)
    job = run_job_now(request_preview(draft, imported, by=None))
    assert job.state == JobState.DONE, job.error
    preview = PerimeterPreview.objects.get()
    assert preview.with_files
    assert outcomes(imported) == before

    answer = client.post(reverse("observatory:perimeter_adopt", args=[draft.code]))
    loaded = run_job_now(Job.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[1]))
    fresh = Dataset.objects.get(job_id=loaded.pk)
    assert fresh.perimeter_id == draft.pk
    after = outcomes(fresh)

    expected = slow_counts(before, after)
    assert told(preview) == expected
    assert expected["Entrent dans l’ESS"]
    assert expected["Sortent de l’ESS"]
    assert expected["À qualifier, entreraient dans l’ESS"]
    families = Counter(row[1] for row in after.values() if row[0] == "included")
    assert {line["key"]: line["establishments_after"] for line in preview.summary["families"]} == {
        line["key"]: families[line["key"]] for line in preview.summary["families"]
    }
    entering = sum(line["entering"] for line in preview.summary["territories"] if line["kind"] == "departement")
    assert entering == expected["Entrent dans l’ESS"] + expected["À qualifier, entreraient dans l’ESS"]


def test_the_workbook_names_all_but_the_partly_diffused(client, imported):
    client.force_login(observatory())
    draft = changed(draft_of())
    Establishment.objects.filter(dataset=imported, legal_category="6316").update(is_partly_diffused=True, name="À TAIRE")
    run_job_now(request_preview(draft, imported, by=None))
    answer = client.get(reverse("observatory:perimeter_preview_file", args=[draft.code]))
    rows = list(load_workbook(io.BytesIO(b"".join(answer.streaming_content))).worksheets[0].iter_rows(values_only=True))
    preview = PerimeterPreview.objects.get()

    assert len(rows) - 1 == sum(group["count"] for group in preview.summary["changes"])
    assert "À TAIRE" not in str(rows)
    page = client.get(reverse("observatory:perimeter_preview", args=[draft.code])).content.decode()
    assert "À TAIRE" not in page
    assert "[non diffusible]" in page
    assert "Adopter et recharger Sirene" in page


def test_without_the_files_the_base_alone_is_judged(client, imported):
    client.force_login(observatory())
    draft = changed(draft_of())
    Path(Job.objects.get(pk=imported.job_id).params["units"]["value"]).unlink()
    run_job_now(request_preview(draft, imported, by=None))
    preview = PerimeterPreview.objects.get()
    rules = parse_rules(draft.content)
    after: dict[str, Row] = {}
    for row in Establishment.objects.filter(dataset=imported).order_by("siret"):
        decided = qualify(
            rules,
            siret=row.siret,
            siren=row.siren,
            legal_category=row.legal_category,
            ess_flag="O" if row.qualification == "to_qualify" else "",
            ape=row.ape,
            nomenclature=row.nomenclature,
        )
        if decided.qualification != "excluded":
            after[row.siret] = (decided.qualification, decided.family, decided.sub_family)

    assert not preview.with_files
    assert told(preview) == slow_counts(outcomes(imported), after)
    page = client.get(reverse("observatory:perimeter_preview", args=[draft.code])).content.decode()
    assert "ne peuvent pas être vus sans les fichiers" in page
    answer = client.post(reverse("observatory:perimeter_adopt", args=[draft.code]), follow=True).content.decode()
    assert "est adopté, pour le prochain chargement" in answer
    assert Perimeter.objects.published().pk == draft.pk


# --- Pages ------------------------------------------------------------------------------------------------------------------


def posted(draft: Perimeter, **changes: object) -> dict[str, object]:
    """The form of a draft, as the browser sends it unchanged."""
    content = draft.content
    sent: dict[str, object] = {
        "edition": str(draft.edition),
        "nom": draft.name,
        "note": draft.note,
        "liste": ["scop_scic", "ess_france", "esus"],
        "activite": [row["class"] for row in content["excluded_activities"]],
    }
    for rank, row in enumerate(content["legal_categories"]):
        sent |= {
            f"c{rank}-code": row["code"],
            f"c{rank}-famille": row["family"],
            f"c{rank}-sous": row["sub_family"],
            f"c{rank}-note": row.get("note", ""),
        }
        if row["included"]:
            sent[f"c{rank}-incluse"] = "on"
        if row["to_validate"]:
            sent[f"c{rank}-valider"] = "on"
    return sent | changes


def test_the_form_gives_back_what_it_shows(client):
    client.force_login(observatory())
    shipped = ensure_perimeter()
    client.post(reverse("observatory:perimeter_copy", args=[shipped.code]), {"nom": "Essai"})
    draft = Perimeter.objects.get(name="Essai")
    page = reverse("observatory:perimeter_edit", args=[draft.code])
    assert client.post(page, posted(draft)).status_code == 302
    draft.refresh_from_db()
    assert versions.differences(shipped.content, draft.content) == []

    # A refused form comes back as typed, and keeps nothing.
    refused = client.post(
        page, posted(draft, **{"n0-code": "12", "n0-intitule": "Société nouvelle", "liste": ["esus"], "edition": "2"})
    ).content.decode()
    assert "doit avoir quatre chiffres" in refused
    assert 'value="Société nouvelle"' in refused
    draft.refresh_from_db()
    assert draft.edition == 2

    late = client.post(page, posted(draft, edition="1", **{"c0-sous": "autre banque"})).content.decode()
    assert "Quelqu’un a enregistré ce brouillon" in late
    assert "autre banque" in late
    assert client.post(page, posted(draft, liste=["esus"])).status_code == 302
    draft.refresh_from_db()
    assert draft.content["used_lists"] == ["esus"]


def test_cut_forms_and_adopted_versions_are_refused(client):
    client.force_login(observatory())
    draft = draft_of()
    page = reverse("observatory:perimeter_edit", args=[draft.code])
    assert "incomplet" in client.post(page, {"edition": "1", "nom": "X"}).content.decode()
    shipped = ensure_perimeter()
    assert client.get(reverse("observatory:perimeter_edit", args=[shipped.code])).status_code == 302
    compare = reverse("observatory:perimeters_compare")
    page = client.get(compare, {"avant": shipped.code, "apres": changed(draft).code}).content.decode()
    assert "Organisations professionnelles" in page
    assert client.get(compare, {"avant": "x"}).status_code == 200


def test_who_may_read_and_who_may_change(client):
    draft = draft_of()
    client.force_login(person(role="project_officer"))
    for name in ("perimeter", "perimeter_preview"):
        page = client.get(reverse(f"observatory:{name}", args=[draft.code]))
        assert page.status_code == 200
        assert '<form method="post"' not in page.content.decode().split("<main")[1]
    for name in ("perimeter_copy", "perimeter_delete", "perimeter_adopt", "perimeter_ask_preview", "perimeter_edit"):
        assert client.post(reverse(f"observatory:{name}", args=[draft.code])).status_code == 403, name
    draft.refresh_from_db()
    assert draft.is_draft


def test_the_list_of_versions_costs_the_same_for_more(client, django_assert_max_num_queries):
    client.force_login(observatory())
    draft_of("A")
    page = reverse("observatory:perimeters")
    client.get(page)
    with django_assert_max_num_queries(15) as few:
        client.get(page)
    for name in "BCD":
        draft_of(name)
    with django_assert_max_num_queries(len(few)):
        client.get(page)
