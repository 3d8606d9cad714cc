"""Loading a millésime: what is written, what is not written twice, what stays."""

import copy

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from territories.access.models import User
from territories.geography.enums import COUNTRY_CODE, FormerKind, TerritoryKind, TerritoryRole
from territories.geography.loading import load
from territories.geography.models import Commune, FormerCode, Millesime, Outline, Territory, TerritoryCommune, TerritoryMember
from territories.geography.operations import compose_territory
from territories.geography.source_files import GeographyFileError
from tests.geography_factories import (
    ANCENIS,
    COMMUNES,
    EPCI,
    NANTES_METROPOLE,
    commune,
    commune_entry,
    make_geography,
    positions,
    source,
    territory,
)

pytestmark = pytest.mark.django_db


def test_communes_keep_their_text_codes_and_their_names() -> None:
    make_geography()
    island = commune("85113")
    assert (island.name, island.search, island.epci) == ("L’Île-d’Yeu", "l ile d yeu", "")
    assert island.postal_codes == ["85350"]
    assert commune("97228").departement == "972"


def test_every_level_is_a_set_of_communes() -> None:
    make_geography()
    assert territory("epci", ANCENIS).commune_codes() == ["44003", "44180", "49160"]
    assert territory("departement", "49").commune_codes() == ["49160"]
    assert territory("region", "53").commune_codes() == ["35236", "35294", "56001"]
    assert territory("commune", "44109").commune_codes() == ["44109"]
    assert territory("epci", ANCENIS).population == 11_000 + 6_600 + 2_700
    assert territory("epci", ANCENIS).place == "Loire-Atlantique, Maine-et-Loire"


def test_a_departement_and_a_region_may_share_a_code() -> None:
    make_geography()
    assert territory("departement", "52").name == "Haute-Marne"
    assert territory("region", "52").name == "Pays de la Loire"


def test_france_holds_the_overseas_departements_and_not_the_collectivites() -> None:
    make_geography()
    inside = territory(TerritoryKind.COUNTRY, COUNTRY_CODE).commune_codes()
    assert "97228" in inside
    assert "97502" not in inside
    assert "d’outre-mer" in territory(TerritoryKind.COUNTRY, COUNTRY_CODE).description
    assert not Territory.objects.filter(kind__in=("departement", "region"), code="975").exists()


def test_former_codes_lead_to_the_commune_of_today() -> None:
    make_geography()
    found = {
        former.code: (former.commune.code, former.kind, former.name) for former in FormerCode.objects.select_related("commune")
    }
    assert found["49144"] == ("44180", FormerKind.FORMER, "")
    assert found["44160"] == ("44003", FormerKind.DELEGATED, "Saint-Géréon")
    assert found["75118"][:2] == ("75056", FormerKind.ARRONDISSEMENT)
    assert "85084" not in found, "a commune déléguée that keeps the code of the whole is no former code"
    assert territory("commune", "85084").former_names == ["Les Essarts"]


def test_the_same_files_write_nothing() -> None:
    make_geography()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        report = load(source(), positions(), pause=0)
    assert not report.changed
    written = [query["sql"] for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert [sql for sql in written if "geography_millesime" not in sql] == []
    assert Commune.objects.count() == 17


def test_a_correction_writes_what_it_changes_and_keeps_identities() -> None:
    make_geography()
    nantes = territory("commune", "44109").pk
    table = copy.deepcopy(COMMUNES)
    table[7]["population"] = 321_000
    moved = copy.deepcopy(EPCI)
    moved[2]["membres"] = [{"code": "44109"}, {"code": "44143"}]
    report = load(source(communes=table, epci=moved, stamp="2"), positions(), pause=0)
    assert report.written["communes"] == 2
    assert territory("commune", "44109").pk == nantes
    assert territory("commune", "44109").population == 321_000
    assert territory("epci", NANTES_METROPOLE).commune_codes() == ["44109", "44143"]
    assert territory("epci", NANTES_METROPOLE).commune_count == 2
    assert territory("departement", "44").population == 321_000 + 43_000 + 28_000 + 11_000 + 6_600 + 2_500


def test_composed_territories_follow_a_correction_of_populations() -> None:
    make_geography()
    made = compose_territory(name="Pays", kind="pays", communes=["44109"], by=None)
    table = copy.deepcopy(COMMUNES)
    table[7]["population"] = 321_000
    load(source(communes=table, stamp="2"), positions(), pause=0)
    made.refresh_from_db()
    assert made.population == 321_000


def test_outlines_of_the_year_before_are_asked_again() -> None:
    before = make_geography()
    Outline.objects.create(millesime=before, kind="commune", code="44109", rings=[], source="x")
    report = load(source("7.0.0", stamp="3"), positions(), pause=0)
    assert report.lines == ["Les contours de 2026 ne valent pas pour 2027\u00a0: chargez ceux de l’année."]


def test_a_position_taken_from_an_outline_stays_unless_a_better_one_comes() -> None:
    make_geography()
    Commune.objects.filter(code__in=["85165", "44109"]).update(longitude=-1.0, latitude=46.0, position_quality="inside")
    load(source(stamp="2"), positions(), pause=0)
    assert (commune("85165").longitude, commune("85165").position_quality) == (-1.0, "inside")
    assert (commune("44109").longitude, commune("44109").position_quality) == (-1.554, "exact")


def test_an_interrupted_load_is_taken_up_and_is_not_used_before_its_end() -> None:
    make_geography()
    later = source("7.0.0", stamp="2")

    def stop(line: str) -> None:
        if line == "Territoires…":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(later, positions(), pause=0, say=stop)
    assert Millesime.objects.current().year == 2026
    assert load(later, positions(), pause=0).became_current
    assert Millesime.objects.current().year == 2027
    assert Territory.objects.current().filter(kind="commune").count() == 17


def test_the_previous_millesime_stays_readable() -> None:
    before = make_geography()
    table = [entry for entry in COMMUNES if entry["code"] != "85165"]
    table.append({"code": "85165", "nom": "L'Oie", "type": "commune-deleguee", "chefLieu": "85084", "zone": "metro"})
    groups = copy.deepcopy(EPCI)
    groups[3]["membres"] = [{"code": "85084"}]
    load(source("7.0.0", stamp="3", communes=table, epci=groups), positions(), pause=0)
    assert Territory.objects.get_by_code("commune", "85165", millesime=before).name == "L’Oie"
    assert not Territory.objects.current().filter(code="85165").exists()
    assert territory("commune", "85084").former_names == ["L’Oie", "Les Essarts"]


def test_an_earlier_millesime_does_not_take_the_place_of_a_later_one() -> None:
    make_geography()
    report = load(source("5.3.0", stamp="4"), positions(), pause=0)
    assert not report.became_current
    assert Millesime.objects.current().year == 2026
    assert Millesime.objects.filter(year=2025).exists()
    assert report.lines == ["Le millésime 2026, plus récent, reste en cours."]


def test_composed_territories_and_members_follow_into_the_next_millesime() -> None:
    make_geography()
    user = User.objects.create_user("chloe@exemple.fr", full_name="Chloé")
    made = compose_territory(name="Pays des îles", kind="pays", communes=["85113", "85165"], by=None)
    TerritoryMember.objects.create(territory=territory("epci", ANCENIS), user=user, role=TerritoryRole.ELECTED)
    TerritoryMember.objects.create(territory=made, user=user, role=TerritoryRole.TECHNICIAN)
    table = [entry for entry in COMMUNES if entry["code"] != "85165"]
    table.append({"code": "85165", "nom": "L'Oie", "type": "commune-deleguee", "chefLieu": "85084", "zone": "metro"})
    groups = copy.deepcopy(EPCI)
    groups[3]["membres"] = [{"code": "85084"}]
    load(source("7.0.0", stamp="3", communes=table, epci=groups), positions(), pause=0)
    followed = territory("pays", "pays-des-iles")
    assert followed.pk != made.pk
    assert followed.commune_codes() == ["85084", "85113"]
    assert followed.population == 6_900 + 4_900
    assert made.commune_codes() == ["85113", "85165"]
    assert {
        (m.territory.code, m.role) for m in TerritoryMember.objects.filter(territory__millesime=2027).select_related("territory")
    } == {
        (ANCENIS, "elected"),
        ("pays-des-iles", "technician"),
    }


def test_tables_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(GeographyFileError, match="en double"):
        source(communes=[*COMMUNES, commune_entry("44109", "Nantes", "44", "44000", 1)])
    with pytest.raises(GeographyFileError, match="membres d’EPCI inconnus"):
        source(epci=[*EPCI, {"code": "1", "nom": "CC", "type": "CC", "membres": [{"code": "99999"}]}])
    with pytest.raises(GeographyFileError, match="aucune commune"):
        source(communes=[], epci=[])
    with pytest.raises(GeographyFileError, match="colonnes attendues"):
        source(communes=[{"type": "commune-actuelle"}])
    with pytest.raises(GeographyFileError, match="version"):
        source("six")


def test_the_database_refuses_a_code_twice_and_two_current_years() -> None:
    millesime = make_geography()
    for double in (
        lambda: Territory.objects.create(millesime=millesime, kind="commune", code="44109", name="x", search="x", slug="autre"),
        lambda: Territory.objects.create(
            millesime=millesime, kind="commune", code="x", name="x", search="x", slug="nantes-44109"
        ),
        lambda: Commune.objects.create(millesime=millesime, code="44109", name="x", search="x"),
        lambda: TerritoryCommune.objects.create(territory=territory("commune", "44109"), commune=commune("44109")),
        lambda: Millesime.objects.create(year=2030, is_current=True),
        lambda: [Outline.objects.create(millesime=millesime, kind="epci", code="1", rings=[]) for _ in range(2)],
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            double()
