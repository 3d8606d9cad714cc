"""Whatever the bytes, a file is accepted or refused in a sentence: no other error, nothing written beside the parts."""

import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from territories.observatory.sirene.columns import Stock
from territories.observatory.sirene.engine import Engine
from territories.observatory.sirene.errors import SourceProblem
from territories.observatory.sirene.inspect import inspect_file
from territories.observatory.sirene.narrow import narrow

REAL = Path(__file__).resolve().parents[3] / "data" / "sirene"
CSV = (REAL / "StockEtablissement_2026.csv").read_bytes()


@pytest.fixture(scope="module")
def archive(tmp_path_factory) -> bytes:
    path = tmp_path_factory.mktemp("zip") / "stock.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("StockEtablissement_utf8.csv", CSV)
    return path.read_bytes()


def judge(folder: Path, content: bytes) -> str:
    """« read », or the sentence of the refusal. Any other error fails the test."""
    path = folder / "stock"
    path.write_bytes(content)
    try:
        source = inspect_file(path, Stock.ESTABLISHMENTS)
        with Engine(folder, threads=1) as engine:
            narrow(engine, source, folder, lambda read: None)
    except SourceProblem as problem:
        return str(problem)
    return "read"


@pytest.mark.parametrize("share", range(0, 100, 7))
def test_truncated_anywhere(tmp_path, archive, share):
    judge(tmp_path, CSV[: len(CSV) * share // 100])
    assert judge(tmp_path, archive[: len(archive) * share // 100]) != "read"


CHANGES = st.lists(
    st.tuples(
        st.integers(0, len(CSV) - 1),
        st.sampled_from([b"\x00", b'"', b"\n", b"\r", b",", b";", b"\xff", b"\xe9", "é".encode(), b"'", b"\x1a", b"\\"]),
    ),
    max_size=6,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=CHANGES)
def test_damaged_csv(tmp_path, changes):
    content = bytearray(CSV)
    for place, byte in changes:
        content[place : place + 1] = byte
    judge(tmp_path, bytes(content))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_zip(tmp_path, archive, data):
    content = bytearray(archive)
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    judge(tmp_path, bytes(content))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=400))
def test_noise(tmp_path, content):
    assert judge(tmp_path, content) != "read"
    assert judge(tmp_path, b"PAR1" + content) != "read"
    assert judge(tmp_path, b"PK\x03\x04" + content) != "read"
