from pathlib import Path
import pytest, json
from tests.sirene_factories import geography
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.examination import examine
from territories.observatory.orders.pipeline import current_millesime

pytestmark = pytest.mark.django_db


def test_it(tmp_path):
    geography()
    for f in sorted(Path("/tmp/w/imports/var/gen").glob("*fictives*")):
        src = "flores-open" if "FLORES" in f.name else "urssaf-ess" if "urssaf" in f.name else "insee-commande"
        w = tmp_path / f.stem[:12]
        w.mkdir(exist_ok=True)
        e = examine(f, OrderMeta(source=src).completed(), w, region="52", millesime=current_millesime())
        r = e.report
        print(f.name, r.layout, r.lines, r.observations, r.years, dict(r.error_counts), dict(r.remark_counts), e.files)
        for x in r.errors[:4] + r.remarks[:8]:
            print("   ", x)
        print("   ", r.counts[:30], r.places)
        for p in r.parts:
            print("   ", p)
    assert 0
