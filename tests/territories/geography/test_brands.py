"""The brand of a territory: who chooses it, what is refused leaves nothing behind, the former logo is erased."""

import io

import pytest
from django.core.files.storage import default_storage
from PIL import Image

from territories.access.models import User
from territories.access.policy import Denied
from territories.foundations.files.images import ImageRefused
from territories.foundations.files.models import StoredFile
from territories.foundations.journal.models import JournalEntry
from territories.geography.brands import house_colours, printed_brand, remove_logo, set_brand
from territories.geography.models import Millesime, Territory, TerritoryBrand, TerritoryMember
from tests.access_factories import person
from tests.geography_factories import make_geography

pytestmark = pytest.mark.django_db
COLOURS = {"primary": "#5B2A86", "accent": "#ffe600"}


def logo(colour: str = "red") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (80, 40), colour).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def territory() -> Territory:
    make_geography()
    return Territory.objects.get_by_code("epci", "244400552")


@pytest.fixture
def technician(territory: Territory) -> User:
    user = person("theo@exemple.test")
    TerritoryMember.objects.create(territory=territory, user=user, role="technician")
    return user


def test_the_technician_chooses_and_it_is_told(territory: Territory, technician: User) -> None:
    brand = set_brand(territory, **COLOURS, name="  COMPA ", logo=logo(), by=technician)
    assert (brand.primary, brand.accent, brand.name) == ("#5b2a86", "#ffe600", "COMPA")
    assert brand.logo.content_type == "image/png"
    assert JournalEntry.objects.get(target_id=str(territory.pk)).sentence.endswith("de «\u00a0CC du Pays d’Ancenis\u00a0».")
    printed = printed_brand(brand, territory)
    assert printed.primary == "#5b2a86"
    assert printed.accent != "#ffe600"
    assert printed.logo.startswith(b"\x89PNG")


@pytest.mark.parametrize("role", ["elected", "technician"])
def test_officials_of_another_territory_are_refused(territory: Territory, role: str) -> None:
    other = person("autre@exemple.test")
    TerritoryMember.objects.create(territory=Territory.objects.get_by_code("departement", "44"), user=other, role=role)
    for stranger in (other, person("sans-role@exemple.test"), person("reseau@exemple.test", role="network_head")):
        with pytest.raises(Denied, match="logo"):
            set_brand(territory, **COLOURS, by=stranger)
        with pytest.raises(Denied):
            remove_logo(territory, by=stranger)
    assert not TerritoryBrand.objects.exists()


@pytest.mark.parametrize("role", ["administrator", "observatory", "project_officer"])
def test_the_team_may_too(territory: Territory, role: str) -> None:
    assert set_brand(territory, **COLOURS, by=person("equipe@exemple.test", role=role)).pk


@pytest.mark.parametrize(
    ("changes", "error"),
    [({"logo": b"<svg/>"}, ImageRefused), ({"primary": "rouge"}, ValueError), ({"accent": "#fff"}, ValueError)],
)
def test_what_is_refused_leaves_nothing_behind(
    territory: Territory, technician: User, changes: dict[str, object], error: type[Exception]
) -> None:
    set_brand(territory, **COLOURS, logo=logo(), by=technician)
    before = TerritoryBrand.objects.values().get()
    with pytest.raises(error):
        set_brand(territory, **{**COLOURS, "logo": logo("blue"), **changes}, by=technician)
    assert TerritoryBrand.objects.values().get() == before
    assert StoredFile.objects.count() == 1


def test_the_former_logo_is_erased(territory: Territory, technician: User, django_capture_on_commit_callbacks) -> None:
    first = set_brand(territory, **COLOURS, logo=logo(), by=technician)
    path, version = first.logo.file.name, first.version
    with django_capture_on_commit_callbacks(execute=True):
        second = set_brand(territory, **COLOURS, logo=logo("blue"), by=technician)
    assert not default_storage.exists(path)
    assert StoredFile.objects.count() == 1
    assert second.version != version
    with django_capture_on_commit_callbacks(execute=True):
        remove_logo(territory, by=technician)
    assert StoredFile.objects.count() == 0
    assert not default_storage.exists(second.logo.file.name)
    kept = TerritoryBrand.objects.of(territory)
    assert kept.logo is None
    assert kept.primary == "#5b2a86"
    remove_logo(territory, by=technician)


def test_colours_alone_keep_the_logo(territory: Territory, technician: User) -> None:
    first = set_brand(territory, **COLOURS, logo=logo(), by=technician)
    again = set_brand(territory, primary="#000000", accent="#000000", by=technician)
    assert again.logo_id == first.logo_id


def test_the_version_is_that_of_what_is_printed(territory: Territory, technician: User) -> None:
    first = set_brand(territory, **COLOURS, by=technician)
    assert set_brand(territory, **COLOURS, by=technician).version == first.version
    assert set_brand(territory, **COLOURS, baseline="Entre Loire et Erdre", by=technician).version != first.version


def test_a_new_millesime_keeps_the_brand(territory: Territory, technician: User) -> None:
    set_brand(territory, **COLOURS, by=technician)
    Millesime.objects.update(is_current=False)
    later = Millesime.objects.create(year=2027, source="x", population_label="x", is_current=True)
    moved = Territory.objects.create(millesime=later, kind="epci", code="244400552", name="CC", search="cc", slug="cc")
    assert TerritoryBrand.objects.of(moved).primary == "#5b2a86"


def test_the_house_has_readable_colours() -> None:
    assert all(colour.startswith("#") for colour in house_colours())
    assert printed_brand(None, Territory(name="x")) is None
