"""A year taken as the observatoire would: an order is dropped, the page is followed to the release, the portrait has the year."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import BrowserContext, expect

from cress.demo.orders import Orders, draw_orders, write_order
from cress.demo.orders_cells import EARLIER, FULL
from territories.foundations.jobs.models import Job, JobState
from territories.foundations.jobs.operations import run_job_now
from territories.observatory.imports import run_sirene_import
from territories.observatory.operations import run_release
from territories.observatory.orders.meta import OrderMeta
from territories.observatory.orders.operations import run_statistics_import
from tests.access_factories import observatory
from tests.cress.demo.sirene_specs import COMMUNES
from tests.functional.conftest import overflow, serious_findings
from tests.sirene_factories import files, geography

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTRAIT = "/territoires/epci/244400552/"


def work() -> None:
    """What the worker does: every work that was asked for."""
    while (job := Job.objects.filter(state=JobState.QUEUED).order_by("created_at", "id").first()) is not None:
        run_job_now(job)


def last_year(tmp_path: Path, year: int) -> Orders:
    """An instance as it was left a year ago: Sirene, an order of the year before, a release."""
    geography()
    truth = files(tmp_path / "sirene", scale=0.3)
    run_sirene_import(
        units=truth.legal_units, establishments=truth.establishments, vintage_on=timezone.localdate().replace(day=1)
    )
    orders = draw_orders(COMMUNES, seed=4, last=year, employers=truth.employer_rows)
    former = tmp_path / "commande-ancienne.csv"
    write_order(former, COMMUNES, seed=4, years=[year - 1], detail=EARLIER, orders=orders)
    run_statistics_import(former, meta=OrderMeta(source="insee-commande", absent_is_zero=True))
    run_release()
    return orders


def test_an_order_dropped_becomes_the_year_on_the_portrait(
    open_context: Callable[..., BrowserContext], settings, tmp_path: Path
) -> None:
    settings.INBOX_DIR = tmp_path / "depot"
    settings.INBOX_DIR.mkdir()
    this_year = timezone.localdate().year
    described = this_year - 2
    orders = last_year(tmp_path, described)
    name = f"commande-{described}.csv"
    write_order(settings.INBOX_DIR / name, COMMUNES, seed=4, years=[described], detail=FULL, orders=orders)

    page = open_context(user=observatory()).new_page()
    page.goto("/observatoire/")
    page.get_by_role("link", name="Mise à jour annuelle").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Mise à jour {this_year}")
    order = page.locator("#commande")
    expect(order).to_contain_text(f"{described - 1}, chargée le")
    expect(order).to_contain_text(f"reconnu : Commande au format de référence {described}")
    assert serious_findings(page) == []

    # The dry run, then the load: nothing is retyped, the file is already chosen.
    order.get_by_role("link", name=f"Charger {name}").click()
    expect(page.get_by_label("Fichier du dossier de dépôt")).to_have_value(name)
    page.get_by_role("button", name="Contrôler ce fichier").click()
    work()
    page.goto("/observatoire/charger-des-statistiques/")
    page.get_by_role("link", name=name).click()
    page.get_by_role("button", name="Charger").first.click()
    work()

    page.goto(f"/observatoire/mise-a-jour/{this_year}/")
    expect(page.locator("#commande .state")).to_have_text("Fait")
    expect(page.locator("#ce-qui-change .state")).to_have_text("À faire")
    page.get_by_role("link", name="Voir ce qui change").click()
    expect(page.get_by_role("heading", level=2).first).to_contain_text(f"{described - 1} et {described}")
    assert serious_findings(page) == []
    page.go_back()
    page.get_by_role("link", name="Ouvrir le contrôle").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contrôle")
    page.go_back()
    page.get_by_role("link", name="Aller à la publication").click()
    page.get_by_role("button", name="Publier ces chiffres").click()
    work()

    page.goto(f"/observatoire/mise-a-jour/{this_year}/")
    expect(page.locator("#publication .state")).to_have_text("Fait")
    page.goto(PORTRAIT)
    expect(page.locator("main")).to_contain_text(str(described))


@pytest.mark.parametrize(
    "address", ["/observatoire/mise-a-jour/{year}/", "/observatoire/controle/", "/observatoire/controle/ajouter/"]
)
def test_the_pages_fit_a_phone(open_context: Callable[..., BrowserContext], settings, tmp_path: Path, address: str) -> None:
    settings.INBOX_DIR = tmp_path
    geography()
    page = open_context(360, user=observatory()).new_page()
    page.goto(address.format(year=timezone.localdate().year))
    assert overflow(page) == []
    assert serious_findings(page) == []
