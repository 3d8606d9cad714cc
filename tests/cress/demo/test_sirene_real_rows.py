"""The retyped real rows stay few, valid, in the official layout, and without any natural person."""

import csv
from pathlib import Path

import pytest

from cress.demo.sirene_layout import ESTABLISHMENT_COLUMNS, LEGAL_UNIT_COLUMNS, columns_of, is_valid_number

FOLDER = Path(__file__).resolve().parents[2] / "data" / "sirene"
PERSONAL = ("sexeUniteLegale", "prenom1UniteLegale", "prenomUsuelUniteLegale", "nomUniteLegale", "nomUsageUniteLegale")


def read(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


@pytest.mark.parametrize("generation", ["2026", "2018"])
def test_layout(generation):
    units, rows = read(f"StockUniteLegale_{generation}.csv"), read(f"StockEtablissement_{generation}.csv")
    assert tuple(units[0]) == columns_of(LEGAL_UNIT_COLUMNS, generation)
    assert tuple(rows[0]) == columns_of(ESTABLISHMENT_COLUMNS, generation)
    assert {row["siren"] for row in rows} == {unit["siren"] for unit in units}


def test_fifty_rows_at_most():
    assert sum(len(read(path.name)) for path in FOLDER.glob("Stock*.csv")) <= 50


def test_no_natural_person():
    for path in FOLDER.glob("StockUniteLegale*.csv"):
        for unit in read(path.name):
            assert unit["categorieJuridiqueUniteLegale"] != "1000"
            assert not any(unit[column] for column in PERSONAL)
            assert unit["denominationUniteLegale"]


def test_numbers_are_valid_and_la_poste_has_its_own_rule():
    rows = read("StockEtablissement_2026.csv")
    assert all(is_valid_number(row["siret"]) and row["siret"] == row["siren"] + row["nic"] for row in rows)
    assert "35600000000048" in {row["siret"] for row in rows}


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("35600000000048", True),
        ("35600000000049", False),
        ("35600000000065", True),  # the plain sum is 25, a multiple of five, though Luhn says no
        ("40046135600133", True),
        ("40046135600134", False),
        ("4004613560013", False),
        ("4004613560013O", False),
        ("400461356", True),
        ("400461357", False),
        ("", False),
    ],
)
def test_validity(number, valid):
    assert is_valid_number(number) is valid
