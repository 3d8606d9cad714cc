"""From a file to datasets: one a year, revisions kept, the same file twice changes nothing."""

from pathlib import Path

import pytest

from territories.observatory.enums import DatasetState
from territories.observatory.models import Observation
from territories.observatory.orders.operations import run_statistics_import
from tests.geography_factories import make_geography
from tests.orders_factories import ORDER, order_rows, write_csv

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def france():
    make_geography()


def test_an_order_becomes_observations(tmp_path: Path):
    (dataset,) = run_statistics_import(write_csv(tmp_path / "commande.csv", order_rows()), meta=ORDER)

    assert (dataset.source, dataset.series, dataset.policy, dataset.year, dataset.revision) == (
        "insee-commande", "flores", "masked", 2022, 1,
    )  # fmt: skip
    assert dataset.state == DatasetState.ACTIVE
    cells = Observation.objects.filter(dataset=dataset)
    assert cells.get(kind="commune", code="44003", champ="jobs_ess", family="", measure="jobs").value == 100
    secret = cells.get(kind="commune", code="44180", family="association", measure="jobs")
    assert (secret.value, secret.status) == (None, "s")
    care = cells.get(kind="departement", division="87", measure="jobs")
    assert (care.nomenclature, care.activity, care.year) == ("NAFRev2", "", 2022)
