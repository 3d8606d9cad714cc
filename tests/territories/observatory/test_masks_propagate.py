"""What is hidden stays hidden: no page, drawing or file of a publication says a masked value, nor anything derived from it.

The hidden values are unmistakable, and the same world without any mask proves that the search would find them.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from territories.geography.models import Millesime, Territory
from territories.observatory.employment.permits import PERMIT_TABLES, sign_permit, withdraw_permit
from territories.observatory.enums import DiffusionPolicy
from territories.observatory.models import DiffusionPermit, ReleasedFigure
from territories.observatory.operations import run_release
from territories.observatory.portrait import draft_portrait, load_portrait
from territories.observatory.portrait_json import portrait_json
from tests.access_factories import observatory
from tests.employment_factories import make_statistics
from tests.published_text import documents, numbers, walk
from tests.release_factories import ANCENIS, make_dataset, make_geography

pytestmark = pytest.mark.django_db

ALL_KINDS = ("commune", "epci", "departement", "region")
OUDON = ("commune", "44115")
EPCI = ("epci", ANCENIS)
RIVES = ("pays", "pays-des-rives")
# Enterprises behind a cell: enough of them, or too few.
MANY, FEW = 60, 2

# champ, dimensions, then jobs, establishments, equivalents and pay; the first lines of each place are those that are hidden.
Line = tuple[str, dict[str, str], float, float, float, float]
HIDDEN: dict[tuple[str, str], list[Line]] = {
    OUDON: [
        ("jobs_ess", {}, 7_919, 2_113, 6_833.7, 211_307_117),
        ("jobs_ess", {"activity": "GRILLE:action-sociale"}, 5_407, 1_381, 4_703.3, 140_123_459),
    ],
    EPCI: [
        ("jobs_ess", {"family": "mutuelle"}, 3_307, 1_087, 2_903.9, 97_654_321),
        ("jobs_ess", {"activity": "GRILLE:sports-loisirs"}, 2_917, 1_291, 2_203.1, 61_234_567),
        ("jobs_ess", {"sex": "F"}, 13_127, 3_469, 11_003.7, 310_203_041),
        ("jobs_ess", {"size_class": "E50T99"}, 4_483, 1_163, 4_001.3, 120_340_561),
    ],
}
SHOWN: dict[tuple[str, str], list[Line]] = {
    OUDON: [
        ("jobs_private", {}, 19_962, 5_003, 17_001.5, 571_234_321),
        ("jobs_total", {}, 24_001, 6_007, 20_003.5, 671_234_321),
    ],
    ("commune", "44003"): [
        ("jobs_ess", {}, 11_003, 3_001, 9_001.5, 281_234_321),
        ("jobs_private", {}, 41_003, 9_001, 36_001.5, 1_281_234_321),
    ],
    ("commune", "49160"): [("jobs_ess", {}, 4_007, 1_009, 3_203.5, 101_234_321)],
    EPCI: [
        ("jobs_ess", {}, 22_929, 6_123, 19_038.7, 593_775_759),
        ("jobs_ess", {"family": "association"}, 15_013, 4_003, 12_003.5, 393_775_757),
        ("jobs_ess", {"activity": "GRILLE:action-sociale"}, 9_011, 2_003, 7_003.5, 193_775_757),
        ("jobs_ess", {"size_class": "E5T9"}, 6_011, 1_003, 5_003.5, 133_775_757),
        ("jobs_private", {}, 70_111, 20_011, 60_011.5, 2_000_123_123),
        ("jobs_private", {"activity": "GRILLE:sports-loisirs"}, 5_009, 2_011, 4_011.5, 123_123_123),
        ("jobs_private", {"sex": "F"}, 35_111, 9_011, 30_011.5, 1_000_123_123),
    ],
    ("region", "52"): [
        ("jobs_ess", {}, 301_111, 31_111, 250_111.5, 9_000_123_123),
        ("jobs_ess", {"activity": "GRILLE:sports-loisirs"}, 21_111, 7_111, 18_111.5, 500_123_123),
        ("jobs_private", {}, 901_111, 91_111, 800_111.5, 30_000_123_123),
    ],
}
# The year before: what evolutions start from.
BEFORE = {OUDON: 6_301, ("commune", "44003"): 10_007, ("commune", "49160"): 3_989, EPCI: 20_309, ("region", "52"): 290_011}


def _row(place: tuple[str, str], line: Line) -> dict[str, Any]:
    champ, dimensions, jobs, establishments, fte, pay = line
    measures = {"jobs": jobs, "establishments": establishments, "fte": fte, "gross_pay": pay}
    return {"kind": place[0], "code": place[1], "champ": champ, **dimensions, **measures}


def rows(how: str) -> Iterator[dict[str, Any]]:
    """The rows of the headline year: « masked » by the producer, « complete », or « open » where nothing is to be hidden."""
    for place, lines in SHOWN.items():
        for line in lines:
            yield _row(place, line) | {"units": MANY}
    for place, lines in HIDDEN.items():
        for line in lines:
            row = _row(place, line)
            if how == "masked":
                yield row | dict.fromkeys(("jobs", "establishments", "fte", "gross_pay"), "K")
            else:
                yield row | {"units": FEW if how == "complete" else MANY}


def earlier_rows(how: str) -> Iterator[dict[str, Any]]:
    for place, jobs in BEFORE.items():
        hidden = place == OUDON and how != "open"
        masked = hidden and how == "masked"
        yield {"kind": place[0], "code": place[1], "jobs": "K" if masked else jobs, "units": FEW if hidden else MANY}


def needles() -> dict[str, float]:
    """The hidden values and what may be derived of them, as figures: none of them is to be found."""
    jobs, establishments, fte, pay = HIDDEN[OUDON][0][2:]
    found: dict[str, float] = {}
    for place, lines in HIDDEN.items():
        whole = 22_929 if place == EPCI else jobs
        for rank, (_, _, *values) in enumerate(lines):
            found |= {f"{place[0]} {rank} valeur {measure}": value for measure, value in enumerate(values)}
            if rank or place == EPCI:
                found[f"{place[0]} {rank} part"] = values[0] / whole
    found |= {
        "jobs / privé": jobs / 19_962,
        "jobs / ensemble": jobs / 24_001,
        "établissements / privé": establishments / 5_003,
        "rémunérations / privé": pay / 571_234_321,
        "pour 1 000 habitants": jobs * 1000 / 4_000,
        "par établissement": jobs / establishments,
        "ETP par emploi": fte / jobs,
        "rémunération par ETP": pay / fte,
        "année précédente": 6_301,
        "indice": 100 * jobs / 6_301,
        "évolution": jobs / 6_301 - 1,
        "privé hors ESS": 19_962 - jobs,
        "spécificité": (2_917 * 301_111) / (22_929 * 21_111),
        "part du secteur": 2_917 / 5_009,
        "femmes, privé hors ESS": (35_111 - 13_127) / (70_111 - 22_929),
        "pays": jobs + 4_007,
        "pays, pour 1 000 habitants": (jobs + 4_007) * 1000 / 6_500,
    }
    return found


# What no table shows of a cell: establishments of a sector or of people, and what is left by difference.
NEVER_SHOWN = ("commune 1 valeur 1", "epci 1 valeur 1", "epci 2 valeur 1", "privé hors ESS")


def written(value: float) -> set[float]:
    """A figure as pages and files write it: whole, with decimals, as a percentage."""
    forms = {round(value, digits) for digits in (1, 2, 3)} if abs(value) >= 10 else {round(value, 3)}
    if abs(value) < 2:
        forms |= {round(100 * value, 1), round(100 * value, 2)}
    return {form for form in forms if form} | {value, float(round(value)) if abs(value) >= 1_000 else value}


def values_of(payload: object) -> set[float]:
    """Every number of a JSON value, wherever it is."""
    if isinstance(payload, bool) or payload is None:
        return set()
    if isinstance(payload, int | float):
        return {float(payload)}
    if isinstance(payload, str):
        return numbers(payload)
    parts = payload.values() if isinstance(payload, dict) else payload
    return set().union(*map(values_of, parts)) if parts else set()  # type: ignore[call-overload]


def found_in(said: set[float]) -> list[str]:
    """The needles that numbers say, at the precision at which they say them."""
    exact = [name for name, value in needles().items() if any(abs(value - one) <= abs(value) * 1e-9 for one in said)]
    rounded = [name for name, value in needles().items() if not said.isdisjoint(written(value))]
    return sorted({*exact, *rounded})


def publish(millesime: Millesime, how: str, **permit: Any) -> None:
    policy = {"masked": DiffusionPolicy.MASKED, "complete": DiffusionPolicy.COMPLETE, "open": DiffusionPolicy.PUBLIC}[how]
    made = [
        make_statistics(millesime, earlier_rows(how), year=2021, policy=policy),
        make_statistics(millesime, rows(how), year=2022, policy=policy),
    ]
    if how == "complete" and permit.get("signed", True):
        for dataset in made:
            chosen = {"tables": PERMIT_TABLES, "kinds": ALL_KINDS} | {key: permit[key] for key in permit if key != "signed"}
            sign_permit(dataset, by=observatory(email=f"{dataset.year}@cress.test"), **chosen)
    run_release()


@pytest.fixture
def millesime() -> Millesime:
    millesime = make_geography()
    make_dataset(millesime)
    return millesime


def place(key: tuple[str, str]) -> Territory:
    return Territory.objects.select_related("millesime").get(kind=key[0], code=key[1])


def released(key: tuple[str, str]) -> dict[str, Any]:
    rows = ReleasedFigure.objects.filter(release__state="current", territory=place(key), table__startswith="jobs_")
    return dict(rows.values_list("table", "payload"))


# --- The search finds what is not hidden -------------------------------------------------------------------------------------


def test_without_any_mask_every_needle_is_published(millesime: Millesime) -> None:
    publish(millesime, "open")
    said = set().union(*(values_of(payload) for payload in ReleasedFigure.objects.values_list("payload", flat=True)))
    found = set(found_in(said))
    missing = {name for name in needles() if not name.endswith(("valeur 2", "valeur 3"))} - found
    assert missing == set(NEVER_SHOWN)
    assert "7 919" in " ".join(text.replace("\u202f", " ") for _, text in as_json(OUDON))


def as_json(key: tuple[str, str]) -> Iterator[tuple[str, str]]:
    yield f"{key}.json", json.dumps(portrait_json(load_portrait(place(key))), ensure_ascii=False)


# --- Nothing hidden is published ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["masked", "complete"])
def test_no_released_table_holds_a_hidden_value_or_what_derives_from_it(millesime: Millesime, how: str) -> None:
    publish(millesime, how)
    assert released(OUDON)
    assert released(EPCI)
    for figure in ReleasedFigure.objects.filter(release__state="current").select_related("territory"):
        assert not found_in(values_of(figure.payload)), (str(figure.territory), figure.table)


@pytest.mark.parametrize("how", ["masked", "complete"])
def test_a_draft_hides_the_same(millesime: Millesime, how: str) -> None:
    publish(millesime, how)
    dataset = load_portrait(place(EPCI)).dataset
    assert dataset is not None
    for key in (OUDON, EPCI, RIVES):
        draft = draft_portrait(place(key), dataset)
        assert not found_in(values_of({name: table.to_json() for name, table in draft.tables.items()}))
        published = load_portrait(place(key))
        assert {name: table.to_json() for name, table in draft.tables.items()} == {
            name: table.to_json() for name, table in published.tables.items()
        }


def test_no_page_drawing_or_file_says_what_was_delivered_masked(client: Client, millesime: Millesime) -> None:
    publish(millesime, "masked")
    said = dict(walk(client, place(OUDON)))
    assert len(said) > 20
    assert {where for where, text in said.items() if found_in(numbers(text))} == set()


def test_no_page_drawing_file_or_document_says_what_we_masked(client: Client, millesime: Millesime) -> None:
    publish(millesime, "complete")
    said = dict([*walk(client, place(EPCI)), *documents(place(EPCI)), *as_json(EPCI), *as_json(OUDON)])
    assert len(said) > 20
    assert {where for where, text in said.items() if found_in(numbers(text))} == set()


# --- What may be published of a dataset delivered complete ----------------------------------------------------------------------


def test_without_a_permit_nothing_is_published_and_the_release_says_so(millesime: Millesime) -> None:
    publish(millesime, "complete", signed=False)
    assert not ReleasedFigure.objects.filter(table__startswith="jobs_").exists()
    release = load_portrait(place(EPCI)).release
    assert release is not None
    assert [line["year"] for line in release.account["left_out"]] == [2021, 2022]
    assert all("sans autorisation" in line["why"] for line in release.account["left_out"])
    assert release.account["included"] == []
    assert not release.sources.exists()
    assert not load_portrait(place(EPCI)).has_employment


def test_a_permit_for_epci_only_publishes_no_commune(millesime: Millesime) -> None:
    publish(millesime, "complete", kinds=("epci",))
    kinds = set(ReleasedFigure.objects.filter(table__startswith="jobs_").values_list("territory__kind", flat=True))
    assert kinds == {"epci"}
    assert "jobs_communes" not in released(EPCI)
    # Neither what is measured against a région that is not permitted.
    assert not released(EPCI)["jobs_sectors"]["facts"]["reference"]


def test_a_permit_for_some_tables_and_territories_publishes_these_alone(millesime: Millesime) -> None:
    publish(millesime, "complete", tables=("jobs_key_figures", "jobs_families"), territories=(f"epci:{ANCENIS}", "region:52"))
    found = set(
        ReleasedFigure.objects.filter(table__startswith="jobs_").values_list("territory__kind", "territory__code", "table")
    )
    assert {(kind, code) for kind, code, _ in found} == {EPCI, ("region", "52")}
    assert {table for _, _, table in found} <= {"jobs_key_figures", "jobs_families"}


def test_a_composed_territory_has_nothing_of_what_was_delivered_complete(millesime: Millesime) -> None:
    publish(millesime, "complete")
    assert released(RIVES) == {}
    assert released(OUDON)


def test_a_withdrawn_permit_publishes_nothing_more(millesime: Millesime) -> None:
    publish(millesime, "complete")
    assert released(EPCI)
    for permit in DiffusionPermit.objects.filter(withdrawn_at__isnull=True):
        withdraw_permit(permit, by=observatory(email=f"{permit.pk}@cress.test"))
    run_release()
    assert released(EPCI) == {}
