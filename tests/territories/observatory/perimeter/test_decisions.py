"""The queue « à qualifier »: decisions in bulk, their history, what the next import makes of them."""

from datetime import date
from pathlib import Path

import pytest
from django.urls import reverse

from territories.foundations.jobs.models import Job
from territories.foundations.jobs.operations import run_job_now
from territories.foundations.journal.models import JournalEntry
from territories.observatory import decisions
from territories.observatory.enums import ListState, Verdict
from territories.observatory.imports import ImportRefused, run_sirene_import
from territories.observatory.models import Dataset, Establishment, QualificationDecision, SirenList, SirenListEntry
from territories.observatory.reloading import request_reload, sources_of, waiting_decisions
from tests.access_factories import observatory, person
from tests.sirene_factories import files, geography

pytestmark = pytest.mark.django_db
MOTIVE = "Statuts lus par l’observatoire"


@pytest.fixture
def imported(tmp_path: Path) -> Dataset:
    geography()
    truth = files(tmp_path, scale=0.02)
    return run_sirene_import(units=truth.legal_units, establishments=truth.establishments, vintage_on=date(2026, 11, 1))


def judged(dataset: Dataset) -> list[Establishment]:
    return list(Establishment.objects.filter(dataset=dataset, qualification="to_qualify").order_by("siret"))


def typed(**changes: object) -> dict[str, object]:
    values = {"verdict": "included", "famille": "commercial", "motif_libre": MOTIVE, "portee": "siren"}
    return {f"d-{name}": value for name, value in (values | changes).items()}


def in_force(kind: str, sirens: list[str], family: str = "") -> SirenList:
    found = SirenList.objects.create(
        kind=kind,
        title=f"Liste {kind}",
        series=kind,
        source="x",
        licence="x",
        dated_on=date(2026, 3, 1),
        file_name="x.csv",
        state=ListState.ACTIVE,
    )
    SirenListEntry.objects.bulk_create(SirenListEntry(list=found, siren=siren, family=family) for siren in sirens)
    return found


def test_a_decision_counts_at_the_next_import_then_is_taken_in(client, imported):
    client.force_login(observatory())
    rows = judged(imported)
    kept, out = rows[0], next(row for row in rows if row.siren != rows[0].siren)
    page = reverse("observatory:decide", args=[imported.pk])

    assert client.post(page, typed() | {"quoi": "coches", "cible": [kept.siret]}).status_code == 302
    client.post(page, typed(verdict="excluded", famille="") | {"quoi": "coches", "cible": [out.siret]})
    kept.refresh_from_db()
    # Nothing moves before the import: list and figures agree.
    assert kept.qualification == "to_qualify"
    assert waiting_decisions() == 2
    queue = client.get(reverse("observatory:to_qualify", args=[imported.pk])).content.decode()
    assert "2 décisions, prises en compte au prochain chargement" in queue

    answer = client.post(reverse("observatory:reload_sirene"))
    job = run_job_now(Job.objects.get(pk=answer.url.rstrip("/").rsplit("/", 1)[1]))
    fresh = Dataset.objects.get(job_id=job.pk)
    included = Establishment.objects.get(dataset=fresh, siret=kept.siret)
    assert (included.qualification, included.family, included.motive) == ("included", "commercial", MOTIVE)
    assert not Establishment.objects.filter(dataset=fresh, siren=out.siren).exists()
    assert waiting_decisions() == 0
    assert set(QualificationDecision.objects.values_list("taken_in", flat=True)) == {fresh.pk}
    assert fresh.account["decisions"] == 2
    assert "Décisions de l’observatoire" in client.get(fresh.get_absolute_url()).content.decode()


def test_undoing_is_another_decision(imported):
    siren = judged(imported)[0].siren
    by = observatory()
    decisions.decide([siren], verdict=Verdict.EXCLUDED, motive="Statuts sans mention", by=by)
    decisions.decide([siren], verdict=Verdict.RULE, motive="Erreur de lecture", by=by)
    last, first = QualificationDecision.objects.filter(siren=siren).order_by("-pk")

    assert (last.is_current, first.is_current, last.replaces_id) == (True, False, first.pk)
    run_job_now(request_reload(perimeter=None, by=None))
    assert Establishment.objects.filter(dataset=Dataset.objects.active(), siren=siren, qualification="to_qualify").exists()
    # Nothing to give back: nothing is written.
    assert decisions.decide(["303040307"], verdict=Verdict.RULE, motive="x", by=by) == 0
    assert decisions.decide([siren], verdict=Verdict.RULE, motive="x", by=by) == 0


def test_an_incomplete_decision_leaves_nothing_and_keeps_what_was_typed(client, imported):
    client.force_login(observatory())
    row = judged(imported)[0]
    cases: list[tuple[dict[str, object], str]] = [
        ({"motif_libre": ""}, "Donnez le motif"),
        ({"motif": decisions.MOTIVES[0]}, "Un seul motif"),
        ({"famille": ""}, "Choisissez la famille"),
        ({"verdict": ""}, "Ce champ est obligatoire"),
        ({"verdict": "autre"}, "autre"),
    ]
    for changes, words in cases:
        answer = client.post(
            reverse("observatory:decide", args=[imported.pk]), typed(**changes) | {"quoi": "coches", "cible": [row.siret]}
        )
        page = answer.content.decode()
        assert answer.status_code == 200
        assert words in page
        # The box stays ticked, and the choice of « ceux que j’ai cochés ».
        assert page.count(" checked") == 2
        # Every field belongs to the form of the boxes.
        assert page.count('form="decider"') >= 9
    assert not QualificationDecision.objects.exists()
    assert not JournalEntry.objects.filter(event="qualification_decided").exists()


def test_all_that_the_filter_finds(client, imported):
    client.force_login(observatory())
    rows = judged(imported)
    category = rows[0].legal_category
    found = [row for row in rows if row.legal_category == category]
    sent = typed(verdict="to_qualify", famille="") | {"quoi": "tous", "categorie": category}
    page = reverse("observatory:decide", args=[imported.pk])

    refused = client.post(page, sent | {"attendu": str(len(found) + 1)}).content.decode()
    assert "Le filtre trouve maintenant" in refused
    assert not QualificationDecision.objects.exists()
    assert client.post(page, sent | {"attendu": str(len(found))}).status_code == 302
    assert set(QualificationDecision.objects.values_list("number", flat=True)) == {row.siren for row in found}
    assert JournalEntry.objects.get(event="qualification_decided").details["count"] == len({row.siren for row in found})


def test_a_bad_number_refuses_the_whole_batch():
    with pytest.raises(decisions.DecisionRefused, match="123456789"):
        decisions.decide(["303040307", "123456789"], verdict=Verdict.EXCLUDED, motive="x", by=None)
    with pytest.raises(decisions.DecisionRefused, match="Cochez"):
        decisions.decide([], verdict=Verdict.EXCLUDED, motive="x", by=None)
    with pytest.raises(decisions.DecisionRefused, match="120"):
        decisions.decide(["303040307"], verdict=Verdict.EXCLUDED, motive="x" * 121, by=None)
    assert not QualificationDecision.objects.exists()


def test_filters_by_decision_and_proposed_family(client, imported):
    client.force_login(observatory())
    rows = judged(imported)
    sirens = sorted({row.siren for row in rows})
    in_force("ess_france", sirens[:1], "cooperative")
    decisions.decide([sirens[1]], verdict=Verdict.TO_QUALIFY, motive="Statuts demandés", by=None)
    page = reverse("observatory:to_qualify", args=[imported.pk])

    def found(**asked: str) -> set[str]:
        shown = client.get(page, asked).context["page"]
        return {row.siren for row in shown.paginator.object_list}

    assert found(famille="cooperative") == {sirens[0]}
    assert found(famille="commercial") == set(sirens) - {sirens[0]}
    assert found(famille="mutuelle") == set()
    assert found(decision="attente") == found(decision="plus-tard") == {sirens[1]}
    assert found(decision="sans") == set(sirens) - {sirens[1]}


def test_the_queue_costs_the_same_for_twice_the_rows(client, imported, django_assert_max_num_queries):
    client.force_login(observatory())
    rows = judged(imported)
    extra = rows[0]
    page = reverse("observatory:to_qualify", args=[imported.pk])
    in_force("esus", [row.siren for row in rows])
    client.get(page)
    with django_assert_max_num_queries(30) as few:
        client.get(page)
    for rank in range(2 * len(rows)):
        extra.pk, extra.siret = None, f"{extra.siren}{90000 + rank}"
        extra.save(force_insert=True)
    decisions.decide([row.siren for row in rows], verdict=Verdict.EXCLUDED, motive="x", by=None)
    with django_assert_max_num_queries(len(few)):
        client.get(page)


def test_the_page_of_an_enterprise_decides_and_tells_its_history(client, imported):
    client.force_login(observatory())
    row = judged(imported)[0]
    page = reverse("observatory:qualification_number", args=[row.siret])
    assert client.post(page, typed(portee="siret", verdict="excluded", famille="")).status_code == 302
    assert QualificationDecision.objects.get().number == row.siret
    shown = client.get(reverse("observatory:qualification_number", args=[row.siren])).content.decode()
    assert MOTIVE in shown
    assert "Odile Observatoire" in shown

    search = reverse("observatory:qualification")
    assert client.get(search, {"numero": f" {row.siren[:3]} {row.siren[3:]}"}).url.endswith(f"/{row.siren}/")
    assert "ni un SIREN ni un SIRET" in client.get(search, {"numero": "12"}, follow=True).content.decode()
    assert client.get(reverse("observatory:qualification_number", args=["123456789"])).status_code == 404


def test_others_read_and_do_not_decide(client, imported):
    row = judged(imported)[0]
    client.force_login(person(role="project_officer"))
    queue = client.get(reverse("observatory:to_qualify", args=[imported.pk])).content.decode()
    assert "Enregistrer la décision" not in queue
    assert client.post(reverse("observatory:decide", args=[imported.pk]), typed()).status_code == 403
    page = reverse("observatory:qualification_number", args=[row.siren])
    assert client.get(page).status_code == 200
    assert client.post(page, typed()).status_code == 403
    assert client.post(reverse("observatory:reload_sirene")).status_code == 403
    assert not QualificationDecision.objects.exists()


def test_a_lost_file_is_said_before_anything_is_asked(client, imported):
    client.force_login(observatory())
    Path(Job.objects.get(pk=imported.job_id).params["units"]["value"]).write_bytes(b"autre")
    assert "remplacé depuis" in sources_of(imported).lost
    answer = client.post(reverse("observatory:reload_sirene"), follow=True).content.decode()
    assert "ne peuvent pas être relus" in answer
    assert Job.objects.count() == 1


def test_a_running_import_is_not_joined(imported):
    """It may have read the rules of before the decision."""
    request_reload(perimeter=None, by=None)
    with pytest.raises(ImportRefused, match="déjà en cours"):
        request_reload(perimeter=None, by=None)
