"""From observations to the cells of any territory: grids of activities, margins, sums, zeros, geography."""

import pytest

from territories.foundations.vocabulary import Status
from territories.geography.models import Millesime
from territories.observatory.employment.folding import Cell, fold
from territories.observatory.employment.gathering import Geography
from territories.observatory.employment.reading import read_all, read_some, with_zeros
from territories.observatory.employment.territories import Made, TerritoryCells
from territories.observatory.enums import DiffusionPolicy
from territories.observatory.models import Dataset
from territories.observatory.statistics.employment.cells import JobCell, JobKey
from territories.observatory.statistics.figures import UNAVAILABLE, Figure
from tests.employment_factories import make_statistics
from tests.release_factories import ANCENIS, REDON, make_geography

SECRET = Figure(None, Status.SECRET)


def cell(**dimensions: str) -> Cell:
    blank = dict.fromkeys(Cell._fields, "") | {"champ": "jobs_ess"}
    return Cell(**(blank | dimensions))


def jobs(value: float | None, status: str = "A") -> list[tuple]:
    return [("jobs", value, status, None, None)]


def folded(rows: dict[Cell, list], key: JobKey, **how: object) -> Figure:
    found = fold(rows, **how).get(key)  # type: ignore[arg-type]
    return UNAVAILABLE if found is None else found.figure("jobs")


# --- Grids -------------------------------------------------------------------------------------------------------------------


def test_divisions_make_a_sector_only_when_they_are_all_there() -> None:
    rows = {cell(nomenclature="NAFRev2", division="87"): jobs(40), cell(nomenclature="NAFRev2", division="88"): jobs(60)}
    assert folded(rows, JobKey(sector="action-sociale")) == Figure(100)
    del rows[cell(nomenclature="NAFRev2", division="88")]
    assert folded(rows, JobKey(sector="action-sociale")) == UNAVAILABLE
    assert folded(rows, JobKey(sector="action-sociale"), absent_is_zero=True) == Figure(40)
    # A source that does not write its zeros has none in the sectors that it does not write.
    assert folded(rows, JobKey(sector="commerce"), absent_is_zero=True) == Figure(0)
    assert folded(rows, JobKey(sector="commerce")) == UNAVAILABLE


def test_a_masked_division_masks_its_sector_and_no_other() -> None:
    rows = {
        cell(nomenclature="NAFRev2", division="87"): jobs(None, "K"),
        cell(nomenclature="NAFRev2", division="88"): jobs(60),
        cell(nomenclature="NAFRev2", division="93"): jobs(7),
    }
    assert folded(rows, JobKey(sector="action-sociale")) == SECRET
    assert folded(rows, JobKey(sector="sports-loisirs")) == Figure(7)


@pytest.mark.parametrize(
    ("activity", "sector"),
    [
        ("A38:QB", "action-sociale"),
        ("A38:QA", "sante"),
        ("A38:PZ", "enseignement"),
        ("A17:GZ", "commerce"),
        ("A5:AZ", "agriculture"),
        ("GRILLE:arts-spectacles", "arts-spectacles"),
        ("GRILLE:action_sociale", "action-sociale"),
    ],
)
def test_a_code_that_is_exactly_a_sector_gives_it(activity: str, sector: str) -> None:
    found = fold({cell(activity=activity): jobs(12)})
    assert [key.sector for key in found if key.sector and found[key].figure("jobs").known] == [sector]
    assert folded({cell(activity=activity): jobs(12)}, JobKey(sector=sector)) == Figure(12)


@pytest.mark.parametrize("activity", ["A38:RZ", "A17:OQ", "A17:RU", "A5:OQ", "A5:GU", "A10:RU"])
@pytest.mark.parametrize("absent_is_zero", [False, True])
def test_a_code_that_straddles_gives_no_sector_it_touches(activity: str, absent_is_zero: bool) -> None:
    found = fold({cell(activity=activity): jobs(12)}, absent_is_zero=absent_is_zero)
    assert not [key for key, held in found.items() if key.sector and held.figure("jobs").value]
    touched = {"A38:RZ": "arts-spectacles", "A17:OQ": "sante", "A17:RU": "sports-loisirs", "A5:OQ": "sante"}.get(activity)
    if touched:
        assert folded({cell(activity=activity): jobs(12)}, JobKey(sector=touched), absent_is_zero=absent_is_zero) == UNAVAILABLE


def test_rows_of_two_grids_are_never_added() -> None:
    rows = {
        cell(activity="A38:QB"): jobs(100),
        cell(nomenclature="NAFRev2", division="87"): jobs(40),
        cell(nomenclature="NAFRev2", division="88"): jobs(60),
    }
    assert folded(rows, JobKey(sector="action-sociale")) == Figure(100)


def test_the_total_is_that_of_the_source_be_it_masked() -> None:
    five = {cell(activity=f"A5:{code}"): jobs(10) for code in ("AZ", "BE", "FZ", "GU", "OQ")}
    assert folded(five, JobKey()) == Figure(50)
    assert folded(five | {cell(): jobs(None, "K")}, JobKey()) == SECRET
    del five[cell(activity="A5:FZ")]
    assert folded(five, JobKey()) == UNAVAILABLE


def test_the_total_of_a_champ_without_any_is_that_of_its_familles_or_sexes() -> None:
    families = ("association", "cooperative", "mutuelle", "fondation", "commercial")
    rows = {cell(family=family): jobs(10) for family in families}
    assert folded(rows, JobKey(), perimeter="ess_4f_sc") == Figure(50)
    del rows[cell(family="mutuelle")]
    assert folded(rows, JobKey(), perimeter="ess_4f_sc") == UNAVAILABLE
    assert folded(rows, JobKey(), perimeter="ess_4f_sc", absent_is_zero=True) == Figure(40)
    assert folded(rows, JobKey(family="mutuelle"), perimeter="ess_4f_sc", absent_is_zero=True) == Figure(0)
    sexes = {cell(sex="F"): jobs(30), cell(sex="H"): jobs(20)}
    assert folded(sexes, JobKey()) == Figure(50)
    assert folded({cell(sex="F"): jobs(30)}, JobKey()) == UNAVAILABLE


def test_cells_crossed_on_two_dimensions_are_not_read() -> None:
    assert fold({cell(family="association", size="E1T4"): jobs(3), cell(sex="F", age="50P"): jobs(3)}) == {}


# --- Reading and territories -------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db
COMMUNES = ("44003", "44115", "49160")


def communes(**values: object) -> list[dict]:
    return [{"kind": "commune", "code": code, "jobs": value} for code, value in zip(COMMUNES, values.values(), strict=True)]


def cells_of(dataset: Dataset, made: Made, **how: object) -> JobCell | None:
    geography = Geography.read(2026)
    held = {("commune", code) for code in geography.communes} | {("epci", ANCENIS), ("epci", REDON), made.place}
    inside = {code for code, region in geography.regions.items() if region == dataset.region}
    reading = with_zeros(read_all(dataset, held), inside)
    source = TerritoryCells(reading, same_geography=True, epci_communes=geography.of_epci(), **how)  # type: ignore[arg-type]
    return source.of(made).get(JobKey())


ANCENIS_MADE = Made("epci", ANCENIS, COMMUNES)


@pytest.fixture
def millesime() -> Millesime:
    return make_geography()


def test_a_territory_is_the_sum_of_all_its_communes(millesime: Millesime) -> None:
    dataset = make_statistics(millesime, communes(a=10, b=20.5, c=30))
    found = cells_of(dataset, ANCENIS_MADE)
    assert found is not None
    assert found.figure("jobs") == Figure(60.5)


def test_what_the_source_says_of_the_territory_itself_comes_first_and_alone(millesime: Millesime) -> None:
    rows = communes(a=10, b=20, c=30)
    dataset = make_statistics(millesime, [*rows, {"kind": "epci", "code": ANCENIS, "jobs": "K"}])
    found = cells_of(dataset, ANCENIS_MADE)
    assert found is not None
    assert found.figure("jobs") == SECRET


def test_a_masked_commune_masks_the_sum_and_an_absent_one_makes_it_unavailable(millesime: Millesime) -> None:
    masked = make_statistics(millesime, communes(a=10, b="K", c=30), year=2021)
    absent = make_statistics(millesime, communes(a=10, b=20, c=30)[:2], year=2022)
    both = make_statistics(millesime, communes(a=10, b="K", c=30)[:2], year=2023)
    assert cells_of(masked, ANCENIS_MADE).figure("jobs") == SECRET  # type: ignore[union-attr]
    assert cells_of(absent, ANCENIS_MADE).figure("jobs") == UNAVAILABLE  # type: ignore[union-attr]
    assert cells_of(both, ANCENIS_MADE).figure("jobs") == SECRET  # type: ignore[union-attr]


def test_an_absent_commune_is_a_zero_only_for_a_source_that_says_so_and_in_its_region(millesime: Millesime) -> None:
    dataset = make_statistics(millesime, communes(a=10, b=20, c=30)[:2], absent_is_zero=True)
    assert cells_of(dataset, ANCENIS_MADE).figure("jobs") == Figure(30)  # type: ignore[union-attr]
    assert cells_of(dataset, Made("commune", "85113", ("85113",))).figure("jobs") == Figure(0)  # type: ignore[union-attr]
    # Redon lies in the other région: the dataset does not say that it read it.
    assert cells_of(dataset, Made("epci", REDON, ("44007", "35236"))).figure("jobs") == UNAVAILABLE  # type: ignore[union-attr]


def test_a_composed_territory_of_whole_epci_is_their_sum_where_its_communes_say_less(millesime: Millesime) -> None:
    rows = [
        *communes(a=10, b="K", c=30),
        {"kind": "epci", "code": ANCENIS, "jobs": 47},
        {"kind": "epci", "code": REDON, "jobs": 53},
    ]
    dataset = make_statistics(millesime, rows)
    made = Made("pays", "deux", (*COMMUNES, "44007", "35236"), (ANCENIS, REDON))
    assert cells_of(dataset, made).figure("jobs") == Figure(100)  # type: ignore[union-attr]
    # Some communes of an EPCI are never the EPCI minus the others.
    assert cells_of(dataset, Made("pays", "rives", ("44115", "49160"))).figure("jobs") == SECRET  # type: ignore[union-attr]


def test_a_composed_territory_has_nothing_of_what_was_delivered_complete(millesime: Millesime) -> None:
    dataset = make_statistics(millesime, communes(a=10, b=20, c=30), policy=DiffusionPolicy.COMPLETE)
    assert cells_of(dataset, Made("pays", "rives", ("44115", "49160"))) is None
    assert cells_of(dataset, ANCENIS_MADE).figure("jobs") == Figure(60)  # type: ignore[union-attr]


def test_another_geography_only_speaks_of_the_places_it_names(millesime: Millesime) -> None:
    dataset = make_statistics(millesime, communes(a=10, b=20, c=30))
    reading = read_all(dataset, {("commune", code) for code in COMMUNES})
    source = TerritoryCells(reading, same_geography=False)
    assert source.of(ANCENIS_MADE) == {}
    assert source.of(Made("commune", "44003", ("44003",)))[JobKey()].figure("jobs") == Figure(10)


def test_categories_of_employees_and_sub_familles_are_left_in_the_database(millesime: Millesime) -> None:
    dataset = make_statistics(
        millesime,
        [
            {"kind": "commune", "code": "44003", "jobs": 10},
            {"kind": "commune", "code": "44003", "jobs": 4, "csp": "3"},
            {"kind": "commune", "code": "44003", "jobs": 6, "family": "cooperative", "sub_family": "scop"},
        ],
    )
    found = read_all(dataset, {("commune", "44003")}).places["commune", "44003"]
    assert set(found) == {JobKey()}
    assert found[JobKey()].figure("jobs") == Figure(10)


def test_units_and_largest_contributions_are_read_on_the_side_of_secrecy(millesime: Millesime) -> None:
    row = {"kind": "commune", "code": "44003", "jobs": 10, "gross_pay": 300_000.0, "units": 4, "largest": {"jobs": 8}}
    dataset = make_statistics(millesime, [row])
    dataset.observations.filter(measure="gross_pay").update(units=2)
    found = read_all(dataset, {("commune", "44003")}).places["commune", "44003"][JobKey()]
    assert (found.units, dict(found.largest)) == (2, {"jobs": 8})


def test_a_few_places_are_read_as_all_of_them_are(millesime: Millesime, django_assert_num_queries: object) -> None:
    rows = [
        {"kind": kind, "code": code, "jobs": rank, "activity": activity}
        for rank, (kind, code) in enumerate([("commune", "44003"), ("departement", "44"), ("region", "44"), ("epci", ANCENIS)])
        for activity in ("", "A38:QB", "A38:RZ")
    ]
    dataset = make_statistics(millesime, rows)
    wanted = {("departement", "44"), ("commune", "44003")}
    with django_assert_num_queries(1):  # type: ignore[operator]
        whole = read_all(dataset, wanted)
    with django_assert_num_queries(1):  # type: ignore[operator]
        some = read_some(dataset, wanted)
    assert set(whole.places) == wanted
    assert some.places == whole.places
