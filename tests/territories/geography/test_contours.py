"""Outlines: what is read, refused, simplified with shared borders, joined and kept."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from territories.foundations.files.models import StoredFile
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.foundations.journal.models import JournalEntry
from territories.geography.contour_files import ContourFileError, read_features
from territories.geography.contour_shapes import inner_point, joined, rings_of, simplify
from territories.geography.contours import import_contours
from territories.geography.models import Outline
from territories.geography.operations import compose_territory
from tests.access_factories import observatory, person
from tests.geography_factories import ESSARTS, commune, make_geography

# Two communes side by side whose common border is jagged, and an island apart.
WEST = [
    [-1.30, 46.70],
    [-1.20, 46.70],
    [-1.2002, 46.72],
    [-1.1998, 46.74],
    [-1.2001, 46.76],
    [-1.20, 46.80],
    [-1.30, 46.80],
    [-1.30, 46.70],
]
EAST = [
    [-1.20, 46.70],
    [-1.10, 46.70],
    [-1.10, 46.80],
    [-1.20, 46.80],
    [-1.2001, 46.76],
    [-1.1998, 46.74],
    [-1.2002, 46.72],
    [-1.20, 46.70],
]
ISLAND = [[-2.40, 46.70], [-2.30, 46.70], [-2.30, 46.74], [-2.40, 46.70]]


def feature(code: str, ring: Any, name: str = "", key: str = "code", kind: str = "Polygon") -> dict[str, Any]:
    geometry = None if ring is None else {"type": kind, "coordinates": [ring] if kind == "Polygon" else ring}
    return {"type": "Feature", "properties": {key: code, "nom": name}, "geometry": geometry}


def written(folder: Path, *features: dict[str, Any], **more: Any) -> Path:
    path = folder / "contours.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", **more, "features": list(features)}), encoding="utf-8")
    return path


@pytest.fixture
def geography(db: None):
    return make_geography()


def shape_of(kind: str, code: str) -> Any:
    outline = Outline.objects.get(kind=kind, code=code)
    return shapely.MultiPolygon([(rings[0], rings[1:]) for rings in outline.rings])


def test_communes_keep_their_common_border_and_make_the_levels_above(geography, tmp_path: Path) -> None:
    path = written(
        tmp_path, feature("85084", WEST, "Essarts en Bocage"), feature("85165", EAST, "L'Oie"), feature("85113", ISLAND)
    )
    report = import_contours(path, tolerance=1000, source="Essai")
    assert report.sentence == "Contours enregistrés\u00a0: 3 communes, 1 EPCI, 1 département."
    west, east = shape_of("commune", "85084"), shape_of("commune", "85165")
    assert len(Outline.objects.get(kind="commune", code="85084").rings[0][0]) < len(WEST)
    assert west.intersection(east).area == 0
    assert west.intersection(east).length == pytest.approx(0.1, rel=0.01)
    assert shape_of("epci", ESSARTS).area == pytest.approx(west.area + east.area)
    assert len(Outline.objects.get(kind="epci", code=ESSARTS).rings) == 1
    assert len(Outline.objects.get(kind="departement", code="85").rings) == 2
    assert not Outline.objects.filter(kind="region").exists(), "the région is not wholly drawn"
    assert Outline.objects.get(kind="epci", code=ESSARTS).source == "Essai"
    assert "a chargé des contours" in JournalEntry.objects.get(event="outlines_imported").sentence


def test_a_composed_territory_is_drawn_with_its_communes(geography, tmp_path: Path) -> None:
    compose_territory(name="Pays des îles", kind="pays", communes=["85113", "85165"], by=None)
    import_contours(written(tmp_path, feature("85165", EAST), feature("85113", ISLAND)))
    assert len(Outline.objects.get(kind="pays", code="pays-des-iles").rings) == 2


def test_approximate_positions_go_inside_the_outline_and_known_ones_stay(geography, tmp_path: Path) -> None:
    import_contours(written(tmp_path, feature("85165", EAST), feature("85084", WEST)))
    assert commune("85165").position_quality == "inside"
    assert commune("85165").longitude == pytest.approx(-1.15, abs=0.01)
    assert (commune("85084").position_quality, commune("85084").longitude) == ("exact", -1.228)


def test_the_same_file_twice_replaces(geography, tmp_path: Path) -> None:
    path = written(tmp_path, feature("85084", WEST), feature("85165", EAST))
    import_contours(path, source="Un")
    first = {(o.kind, o.code): o.rings for o in Outline.objects.all()}
    import_contours(path, source="Deux")
    assert {(o.kind, o.code): o.rings for o in Outline.objects.all()} == first
    assert set(Outline.objects.values_list("source", flat=True)) == {"Deux"}


def test_former_communes_are_joined_and_unknown_codes_listed(geography, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        feature("44003", WEST),
        feature("44160", EAST, "Saint-Géréon"),
        feature("99999", ISLAND, "Atlantide"),
        feature("44109", None, "Nantes"),
    )
    report = import_contours(path)
    assert report.lines == [
        "Codes inconnus de la géographie au 01/01/2026, laissés de côté\u00a0: 99999 (Atlantide).",
        "Entités sans contour, laissées de côté\u00a0: 44109 (Nantes).",
        "Anciennes communes réunies aux communes d’aujourd’hui\u00a0: 1.",
    ]
    assert [o.code for o in Outline.objects.all()] == ["44003"]
    assert shape_of("commune", "44003").area == pytest.approx(0.02, rel=0.01)


@pytest.mark.parametrize(
    ("code", "name", "key", "kind"),
    [
        ("200071918", "CC du Pays de Saint-Fulgent - Les Essarts", "siren", "epci"),
        ("52", "Haute-Marne", "code", "departement"),
        ("52", "Pays de la Loire", "code", "region"),
        ("85113", "L'Île-d'Yeu", "INSEE_COM", "commune"),
    ],
)
def test_the_kind_and_the_property_are_found_out(geography, tmp_path: Path, code: str, name: str, key: str, kind: str) -> None:
    entry = feature(code, ISLAND, name, key)
    entry["properties"] |= {"superficie": 35, "departement": "85"}
    import_contours(written(tmp_path, entry))
    assert list(Outline.objects.values_list("kind", "code")) == [(kind, code)]


def test_the_kind_may_be_imposed(geography, tmp_path: Path) -> None:
    import_contours(written(tmp_path, feature("52", ISLAND)), kind="region")
    assert Outline.objects.get().kind == "region"
    with pytest.raises(ContourFileError, match="ne sont pas ceux de communes"):
        import_contours(written(tmp_path, feature("52", ISLAND)), kind="commune")


def test_one_feature_alone_and_a_gzipped_file_are_read(geography, tmp_path: Path) -> None:
    path = tmp_path / "seule.geojson"
    path.write_text(json.dumps(feature("85113", ISLAND)), encoding="utf-8")
    assert import_contours(path).kept
    packed = tmp_path / "contours.geojson.gz"
    packed.write_bytes(gzip.compress(written(tmp_path, feature("85113", ISLAND)).read_bytes()))
    assert import_contours(packed).kept


def refused(path: Path) -> str:
    with pytest.raises(ContourFileError) as refusal:
        read_features(path)
    return str(refusal.value)


def test_bad_files_are_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "f.geojson"
    path.write_text("bonjour", encoding="utf-8")
    assert "n’est pas du JSON" in refused(path)
    path.write_bytes(b"")
    assert "n’est pas du JSON" in refused(path)
    path.write_text('{"type": "Topology", "objects": {}}', encoding="utf-8")
    assert "FeatureCollection" in refused(path)
    path.write_text('{"type": "Autre", "features": []}', encoding="utf-8")
    assert "FeatureCollection" in refused(path)
    path.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    assert "aucune entité" in refused(path)
    path.write_text('{"type": "FeatureCollection", "features": [1]}', encoding="utf-8")
    assert "Feature" in refused(path)
    whole = json.dumps({"type": "FeatureCollection", "features": [feature("85113", ISLAND)]})
    path.write_text(whole[:-10], encoding="utf-8")
    assert "tronqué" in refused(path)
    assert "ne s’ouvre pas" in refused(tmp_path / "absent.geojson")
    path.write_bytes(gzip.compress(whole.encode())[:-12])
    assert "tronqué" in refused(path)


def test_geometries_that_cannot_be_drawn_are_refused(tmp_path: Path) -> None:
    assert "Aucune entité du fichier n’a de contour" in refused(written(tmp_path, feature("85113", None)))
    empty = feature("85113", ISLAND)
    empty["geometry"]["coordinates"] = []
    assert "contour" in refused(written(tmp_path, empty))
    point = {"type": "Feature", "properties": {"code": "85113"}, "geometry": {"type": "Point", "coordinates": [1, 2]}}
    assert "contour" in refused(written(tmp_path, point))
    assert "mal formé (code\u00a0: 85113" in refused(written(tmp_path, feature("85113", [["a", "b"]] * 4)))


def test_projected_coordinates_are_refused(tmp_path: Path) -> None:
    lambert = [[350_000.0, 6_690_000.0], [360_000.0, 6_690_000.0], [360_000.0, 6_700_000.0], [350_000.0, 6_690_000.0]]
    assert "projetées" in refused(written(tmp_path, feature("85113", lambert)))
    named = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}}
    assert "projetées (2154)" in refused(written(tmp_path, feature("85113", ISLAND), crs=named))
    accepted = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
    assert len(read_features(written(tmp_path, feature("85113", ISLAND), crs=accepted))) == 1


def test_a_file_without_codes_or_with_others_is_refused(geography, tmp_path: Path) -> None:
    nameless = {"type": "Feature", "properties": {"nom": "Yeu"}, "geometry": {"type": "Polygon", "coordinates": [ISLAND]}}
    with pytest.raises(ContourFileError, match="Aucune propriété"):
        import_contours(written(tmp_path, nameless))
    with pytest.raises(ContourFileError, match="ne sont pas ceux"):
        import_contours(written(tmp_path, feature("12345", ISLAND)))
    for tolerance in (-1, 5_001):
        with pytest.raises(ContourFileError, match="tolérance"):
            import_contours(written(tmp_path, feature("85113", ISLAND)), tolerance=tolerance)
    assert not Outline.objects.exists()


def test_a_bow_tie_is_mended_and_altitudes_are_dropped(geography, tmp_path: Path) -> None:
    bow = [[-2.4, 46.7, 12.5], [-2.3, 46.8, 0], [-2.3, 46.7, 3], [-2.4, 46.8, 1], [-2.4, 46.7, 12.5]]
    import_contours(written(tmp_path, feature("85113", bow)), tolerance=0)
    rings = Outline.objects.get(kind="commune").rings
    assert len(rings) == 2
    assert {len(point) for polygon in rings for ring in polygon for point in ring} == {2}


def test_a_small_shape_does_not_vanish() -> None:
    tiny = shapely.Polygon([(0, 0), (0.0001, 0), (0.0001, 0.0001), (0, 0)])
    assert not simplify({"a": tiny}, 5_000)["a"].is_empty


def test_rings_are_rounded_and_degenerate_ones_left_out() -> None:
    drawn = shapely.MultiPolygon([shapely.box(0, 0, 1.123456789, 1), shapely.box(2, 2, 2.000001, 2.000001)])
    assert rings_of(drawn) == [[[[1.12346, 0.0], [1.12346, 1.0], [0.0, 1.0], [0.0, 0.0], [1.12346, 0.0]]]]


def test_shapes_that_overlap_are_joined_all_the_same() -> None:
    assert joined([shapely.box(0, 0, 2, 2), shapely.box(1, 1, 3, 3)]).area == pytest.approx(7)


def test_slivers_between_neighbours_are_closed_and_enclaves_kept() -> None:
    def around(width: float) -> list[shapely.Polygon]:
        hole = shapely.box(0.5 - width / 2, 0.2, 0.5 + width / 2, 0.8)
        return [shapely.box(0, 0, 0.5, 1) - hole, shapely.box(0.5, 0, 1, 1) - hole]

    assert len(rings_of(joined(around(0.0015)))[0]) == 1
    assert len(rings_of(joined(around(0.0025)))[0]) == 2


def test_the_inner_point_is_inside() -> None:
    crescent = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10), (0, 9), (9, 9), (9, 1), (0, 1)])
    assert crescent.contains(shapely.Point(inner_point(crescent)))


def test_the_command_says_what_it_did(geography, tmp_path: Path, capsys) -> None:
    call_command("import_contours", str(written(tmp_path, feature("85113", ISLAND))), "--kind", "commune", "--tolerance", "50")
    assert "Contours enregistrés" in capsys.readouterr().out
    with pytest.raises(CommandError, match="ne s’ouvre pas"):
        call_command("import_contours", str(tmp_path / "absent"))


def test_a_file_is_sent_from_a_page_and_read_by_a_job(client, geography, tmp_path: Path) -> None:
    address = reverse("geography:import_contours")
    assert client.get(address).status_code == 302
    client.force_login(person("a@exemple.test", role="project_officer"))
    assert client.get(address).status_code == 403
    client.force_login(observatory())
    assert client.get(address).status_code == 200
    content = written(tmp_path, feature("85113", ISLAND)).read_bytes()
    sent = {"file": SimpleUploadedFile("contours.geojson", content), "tolerance": "100", "source": "IGN", "kind": ""}
    response = client.post(address, sent)
    job = Job.objects.get()
    assert response.url == reverse("foundations:job", args=[job.pk])
    assert run_job_now(job).state == JobState.DONE
    assert Outline.objects.get(kind="commune").source == "IGN"
    assert not StoredFile.objects.exists()
    assert "1 commune." in client.get(address).content.decode()


def test_a_bad_file_fails_the_job_with_its_reason(client, geography) -> None:
    client.force_login(observatory())
    address = reverse("geography:import_contours")
    sent = {"file": SimpleUploadedFile("f.geojson", b'{"a": 1}'), "tolerance": "100", "source": "IGN", "kind": ""}
    client.post(address, sent)
    job = run_job_now(Job.objects.get())
    assert job.state == JobState.FAILED
    assert "FeatureCollection" in job.error
    refused_type = {"file": SimpleUploadedFile("f.pdf", b"%PDF-1.7 x"), "tolerance": "100", "source": "IGN", "kind": ""}
    page = client.post(address, refused_type).content.decode()
    assert "n’est pas d’un type attendu" in page
