"""The package as installed: what the whole of France must give. Skipped where the front-end packages are not installed."""

import math
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from territories.geography.enums import PositionQuality
from territories.geography.loading import load
from territories.geography.positions import FILE, read_positions
from territories.geography.source_files import PACKAGE, Geography, GeographyFileError, read_package

FOLDER = settings.BASE_DIR / "node_modules" / PACKAGE
pytestmark = pytest.mark.skipif(not (FOLDER / "package.json").exists(), reason="npm ci n’a pas été lancé")


@pytest.fixture(scope="module")
def france() -> Geography:
    return read_package(FOLDER)


def test_the_whole_of_france_is_there(france: Geography) -> None:
    kinds = [row.kind for row in france.territories]
    assert france.year == 2026
    assert len(france.communes) == 34_969
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "commune": 34_969,
        "epci": 1_255,
        "departement": 101,
        "region": 18,
        "country": 1,
    }
    assert "(2023, déduit)" in france.population_label
    assert "6.0.0" in france.source


def test_the_region_of_the_cress(france: Geography) -> None:
    inside = [row for row in france.communes if row.region == "52"]
    assert len(inside) == 1_228
    assert sum(row.population or 0 for row in inside) == 3_907_156
    assert len({row.epci for row in inside if row.epci}) == 71
    assert [row.code for row in inside if not row.epci] == ["85113"]


def test_epci_cross_departements_and_regions(france: Geography) -> None:
    def members(siren: str) -> list[str]:
        return [row.departement for row in france.communes if row.epci == siren]

    ancenis, redon = members("244400552"), members("243500741")
    assert (len(ancenis), set(ancenis)) == (20, {"44", "49"})
    assert (len(redon), set(redon)) == (31, {"35", "44", "56"})


def test_former_codes_of_the_region(france: Geography) -> None:
    former = {row.code: row.commune for row in france.formers}
    assert former["49144"] == "44180"
    assert former["44060"] == "49160"
    assert former["85307"] == "85001"
    assert former["85037"] == "85289"
    assert former["69385"] == "69123"
    assert not set(former) & {row.code for row in france.communes}
    assert "85165" not in former, "L’Oie is a commune again since 2024"


def test_every_commune_of_the_scope_has_a_position(france: Geography) -> None:
    touching = {row.epci for row in france.communes if row.region == "52" and row.epci}
    scope = {row.code for row in france.communes if row.region == "52" or row.epci in touching}
    positions = read_positions()
    assert set(positions.by_code) == scope
    assert FILE.stat().st_size < 100_000
    assert "GeoNames" in positions.attribution
    assert "CC BY 4.0" in positions.attribution
    assert all(-2.7 < place.longitude < 1.0 and 46.2 < place.latitude < 48.8 for place in positions.by_code.values())
    exact = [code for code, place in positions.by_code.items() if place.quality == PositionQuality.EXACT]
    assert len(exact) >= 860
    # No two communes of one EPCI on the same spot: their circles would hide each other.
    spots = [(place.longitude, place.latitude) for place in positions.by_code.values()]
    assert len(set(spots)) == len(spots)


@pytest.mark.parametrize(
    ("code", "longitude", "latitude"),
    # Town halls, to the hundredth of a degree, as anybody may read them on a map.
    [
        ("44109", -1.55, 47.22),
        ("49007", -0.55, 47.47),
        ("53130", -0.77, 48.07),
        ("72181", 0.20, 48.00),
        ("85191", -1.43, 46.67),
        ("85113", -2.35, 46.72),
    ],
)
def test_well_known_places_are_where_they_are(code: str, longitude: float, latitude: float) -> None:
    place = read_positions().by_code[code]
    assert math.hypot((place.longitude - longitude) * 0.68, place.latitude - latitude) * 111 < 3
    assert place.quality == PositionQuality.EXACT


@pytest.mark.django_db
def test_the_real_package_is_loaded_once(france: Geography) -> None:
    """The West only: the whole of France is loaded each time the application is installed."""
    from territories.geography.models import Commune, Millesime, Territory
    from territories.geography.queries import scope_codes, search_territories

    kept = {row.code for row in france.communes if row.region in {"28", "52", "53"}}
    epci = {row.epci for row in france.communes if row.code in kept}
    named = kept | epci | {"F", "28", "52", "53", "44", "49"}
    west = replace(
        france,
        communes=[row for row in france.communes if row.code in kept],
        formers=[row for row in france.formers if row.commune in kept],
        territories=[row for row in france.territories if row.code in named],
    )
    first = load(west, read_positions(), pause=0)
    assert first.written["communes"] == len(kept) > 5_000
    assert not load(west, read_positions(), pause=0).changed
    assert len(scope_codes(Millesime.objects.current(), "52")) == 1_282
    assert Territory.objects.get_by_code("epci", "243500741").memberships.count() == 31
    assert Territory.objects.get_by_code("region", "52").memberships.count() == 1_228
    assert Commune.objects.filter(region="52", longitude=None).count() == 0
    assert [found.territory.name for found in search_territories("pays d'ancenis")] == ["CC du Pays d’Ancenis"]
    (found,) = search_territories("champtoceaux")
    assert (found.territory.name, found.hint) == ("Orée d’Anjou", "avec Champtoceaux")


def test_france_leaves_out_the_overseas_collectivites(france: Geography) -> None:
    (country,) = [row for row in france.territories if row.kind == "country"]
    assert country.commune_count == 34_875
    assert {row.departement for row in france.communes if not row.in_country} == {
        "975",
        "977",
        "978",
        "984",
        "986",
        "987",
        "988",
        "989",
    }


@pytest.mark.django_db
def test_the_command_names_its_sources(capsys, tmp_path: Path, monkeypatch) -> None:
    from tests.geography_factories import source

    monkeypatch.setattr("territories.geography.management.commands.load_geography.read_package", lambda folder: source())
    call_command("load_geography")
    said = capsys.readouterr().out
    assert "@etalab/decoupage-administratif 6.0.0" in said
    assert "population municipale, millésime le plus récent du fichier (2023, déduit)" in said
    assert "GeoNames" in said
    call_command("load_geography")
    assert "Rien n’a changé." in capsys.readouterr().out


def test_a_broken_package_is_said(tmp_path: Path) -> None:
    with pytest.raises(GeographyFileError, match="npm ci"):
        read_package(tmp_path)
    with pytest.raises(CommandError, match="npm ci"):
        call_command("load_geography", "--dossier", str(tmp_path))
