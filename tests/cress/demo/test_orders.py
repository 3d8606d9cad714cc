"""The fictitious orders: what adds up, what is hidden, and that nothing hidden is found again within a line."""

import csv
import io
import zipfile
from collections import defaultdict
from pathlib import Path

import pytest

from cress.demo.orders import COLUMNS, Orders, draw_orders, order_cells, write_flores, write_order, write_urssaf
from cress.demo.orders_cells import CellKey, Cells, Detail
from tests.cress.demo.sirene_specs import COMMUNES

YEARS = (2022, 2023)
PLAIN = Detail(communes=("champ", "family", "grid"))


@pytest.fixture(scope="module")
def orders() -> Orders:
    return draw_orders(COMMUNES, seed=5, last=2023, scale=0.3)


@pytest.fixture(scope="module")
def complete(orders: Orders) -> Cells:
    return order_cells(orders, 2023, policy="complete", detail=PLAIN)


@pytest.fixture(scope="module")
def masked(orders: Orders) -> Cells:
    return order_cells(orders, 2023, policy="masked", detail=PLAIN)


def test_communes_add_up_to_their_epci_and_parts_to_their_whole(complete: Cells):
    epci_of = {spec.code: spec.epci for spec in COMMUNES}
    sums: defaultdict[CellKey, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for key, cell in complete.items():
        if key.level == "COM" and not key.sector and epci_of[key.code]:
            total = sums[key._replace(level="EPCI", code=epci_of[key.code])]
            for rank, value in enumerate((cell.establishments, cell.jobs, cell.fte, cell.pay)):
                total[rank] += value
    found = {key: [cell.establishments, cell.jobs, cell.fte, cell.pay] for key, cell in complete.items()}
    assert {key: found[key] for key in sums} == dict(sums)
    for field, parts in (
        ("family", None),
        ("sector", None),
        ("size", None),
        ("sex", ("F", "H")),
        ("age", ("M30", "30T49", "50P")),
    ):
        by_place: defaultdict[tuple[str, str, str], int] = defaultdict(int)
        for key, cell in complete.items():
            value = getattr(key, field)
            if value and (parts is None or value in parts) and key.level != "FRANCE":
                by_place[key.level, key.code, key.champ] += cell.jobs
        assert by_place
        assert {place: complete[CellKey(*place)].jobs for place in by_place} == dict(by_place)


def test_enterprises_are_counted_once_and_never_more_than_establishments(complete: Cells):
    assert all(0 < cell.enterprises <= cell.establishments for cell in complete.values())
    assert any(cell.enterprises < cell.establishments for cell in complete.values())


def test_every_sensitive_cell_is_hidden_and_no_line_gives_one_back(complete: Cells, masked: Cells):
    hidden = {key for key, cell in masked.items() if cell.masked}
    sensitive = {
        key
        for key, cell in complete.items()
        if key.champ in ("ESS", "PRIVE_HORS_ESS") and key.level != "FRANCE" and cell.is_sensitive
    }
    assert sensitive <= hidden
    lines: defaultdict[tuple[str, ...], list[CellKey]] = defaultdict(list)
    for key in masked:
        for field in ("family", "sector", "size", "sex"):
            if getattr(key, field):
                lines[field, key.level, key.code, key.champ].append(key)
    whole = {(CellKey(*place), *parts) for (_, *place), parts in lines.items()}
    assert not [line for line in whole if len(hidden.intersection(line)) == 1]


def test_the_file_says_what_the_cells_say(orders: Orders, masked: Cells, tmp_path: Path):
    path = tmp_path / "order.csv"
    lines = write_order(path, COMMUNES, seed=5, years=[2023], detail=PLAIN, orders=orders)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), delimiter=";"))
    assert len(rows) == lines == len(masked)
    assert tuple(rows[0]) == COLUMNS
    for row in rows:
        key = CellKey(
            row["maille"],
            row["code_geo"],
            row["champ"],
            row["famille"],
            row["secteur"],
            row["tranche_taille"],
            row["sexe"],
            row["classe_age"],
        )
        values = (row["nb_entreprises"], row["nb_etablissements"], row["effectifs_3112"], row["etp"], row["remunerations_brutes"])
        cell = masked[key]
        if cell.masked:
            assert (values, row["statut"]) == (("",) * 5, "s")
        else:
            expected = (cell.enterprises, cell.establishments, cell.jobs, cell.fte / 10, cell.pay)
            assert (tuple(float(value) for value in values), row["statut"]) == (expected, "A")


def test_a_complete_order_hides_nothing_and_gives_the_largest_contribution(orders: Orders, tmp_path: Path):
    path = tmp_path / "complete.csv"
    write_order(path, COMMUNES, seed=5, years=YEARS, policy="complete", detail=PLAIN, orders=orders)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), delimiter=";"))
    assert {row["statut"] for row in rows} == {"A"}
    assert {row["millesime"] for row in rows} == {"2022", "2023"}
    for row in rows:
        assert row["maille"] == "FRANCE" or 0 <= int(row["max_contributeur"]) <= int(row["effectifs_3112"])


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path):
    paths = [tmp_path / name for name in ("a.csv", "b.csv")]
    for path in paths:
        write_order(path, COMMUNES, seed=9, years=YEARS, scale=0.05)
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_flores_keeps_the_signs_of_its_producer(orders: Orders, complete: Cells, tmp_path: Path):
    path = tmp_path / "DS_FLORES_A38_2023_CSV_FR.zip"
    write_flores(path, orders, 2023)
    with zipfile.ZipFile(path) as archive:
        text = archive.read("DS_FLORES_A38_2023_data.csv").decode()
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    by_status = defaultdict(list)
    for row in rows:
        by_status[row["OBS_STATUS"]].append(row)
    assert set(by_status) == {"A", "K", "W"}
    assert {row["OBS_VALUE"] for row in by_status["K"]} == {""}
    total = {
        (row["GEO_OBJECT"], row["GEO"]): row["OBS_VALUE"]
        for row in by_status["A"]
        if row["ACTIVITY"] == "_T" and row["FLORES_MEASURE"] == "EMPL3112"
    }
    # The same jobs as « ensemble » in the order of that year.
    assert int(total["REG", "52"]) == complete[CellKey("REG", "52", "TOTAL")].jobs
    (absorbing,) = by_status["W"]
    assert int(absorbing["OBS_VALUE"]) > complete[CellKey("COM", absorbing["GEO"], "TOTAL")].jobs


def test_urssaf_has_no_farming_and_counts_apprentices_from_2023(orders: Orders, tmp_path: Path):
    path = tmp_path / "urssaf.csv"
    write_urssaf(path, orders, 2023)
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")), delimiter=";"))
    assert {int(row["annee"]) for row in rows} == set(range(2010, 2024))
    assert not {row["secteur_na88"][:2] for row in rows} & {"01", "02", "03", "84"} - {"84"}
    jobs: defaultdict[int, float] = defaultdict(float)
    for row in rows:
        if row["champ_ess"] == "OUI":
            jobs[int(row["annee"])] += float(row["effectifs_salaries_moyens"])
    assert jobs[2023] / jobs[2022] > 1.025 > jobs[2022] / jobs[2021]
