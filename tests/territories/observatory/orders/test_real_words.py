"""The words of the documentation of Flores and the communes of the région, as they are really written. Not in the repository."""

import csv
import re
import zipfile
from pathlib import Path

import pytest

from territories.observatory.orders.layouts import recognise
from territories.observatory.orders.reading import open_source, rows_of
from territories.observatory.orders.words import level_of, read_sector, read_size

SHARED = Path(__file__).resolve().parents[5] / "shared" / "data"
DOCUMENTED = SHARED / "4_ess"

pytestmark = pytest.mark.skipif(not DOCUMENTED.is_dir(), reason="les fichiers réels ne sont pas sur cette machine")


def modalities(variable: str) -> list[str]:
    with (DOCUMENTED / "doc_Flores_var_modalite.csv").open(encoding="utf-8") as stream:
        return [row["modalite"] for row in csv.DictReader(stream) if row["variable"] == variable]


@pytest.mark.parametrize(("variable", "level", "count"), [("NA5", "A5", 6), ("NA17", "A17", 18)])
def test_every_documented_activity_is_known(variable: str, level: str, count: int):
    codes = modalities(variable)
    read = [read_sector(code) for code in codes]

    assert len(codes) == count
    assert None not in read
    assert read[codes.index("ENS")] == ""
    assert level_of(frozenset(code.partition(":")[2] for code in read if code)) == level


def test_every_documented_size_is_known():
    notes = (DOCUMENTED / "NOTES_sources_ess.md").read_text(encoding="utf-8")
    listed = re.search(r"NUMBER_EMPL \(A38\) : ([^.]+)\.", notes)

    assert listed is not None
    words = [word.strip() for word in listed[1].split(",")]
    assert len(words) == 10
    assert None not in [read_size(word) for word in words]
    assert read_size("_T") == ""


def test_real_communes_in_the_documented_form(tmp_path: Path):
    notes = (DOCUMENTED / "NOTES_sources_ess.md").read_text(encoding="utf-8")
    header = re.search(r'`("GEO";[^`]+)`', notes)
    assert header is not None
    with (SHARED / "1_territoires" / "communes_pays_de_la_loire_cog2026.csv").open(encoding="utf-8") as stream:
        codes = [row["code_commune"] for row in csv.DictReader(stream)]
    lines = [f'"{code}";"COM";"_T";"_T";"1T9X7";"EMPL3112";"A";"2024";"12"' for code in codes]
    path = tmp_path / "DS_FLORES_A38_2024_CSV_FR.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("DS_FLORES_A38_2024_data.csv", "\n".join([header[1], *lines]))
        archive.writestr("DS_FLORES_A38_2024_metadata.csv", "COD_VAR;LIB_VAR\n")

    source = open_source(path)

    assert recognise(source.header).key == "flores"
    assert [cells[0] for _, cells in rows_of(source)] == codes
    assert len(codes) == 1228
