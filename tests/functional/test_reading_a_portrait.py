"""Reading a portrait with a keyboard, without JavaScript, much enlarged, or while typing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.functional.conftest import overflow
from tests.public_factories import make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PORTRAIT = "/territoires/epci/244400552/"


def test_search_while_typing_then_open_the_portrait(open_context: Callable[..., BrowserContext]) -> None:
    make_world()
    page = open_context().new_page()
    page.goto("/territoires/")
    page.get_by_role("searchbox").press_sequentially("pays d'ancenis")
    result = page.locator("#resultats").get_by_role("link", name="CC du Pays d’Ancenis")
    expect(result).to_be_visible()
    result.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CC du Pays d’Ancenis")


def test_search_without_javascript(open_context: Callable[..., BrowserContext]) -> None:
    make_world()
    page = open_context(360, javascript=False).new_page()
    page.goto("/")
    page.locator("input[name=q]").fill("Ancenis")
    page.get_by_role("button", name="Chercher").click()
    page.locator("#resultats").get_by_role("link", name="CC du Pays d’Ancenis").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("CC du Pays d’Ancenis")
    page.locator("summary").first.click()
    expect(page.locator("details.twin table").first).to_be_visible()


def test_portrait_with_the_keyboard_alone(open_context: Callable[..., BrowserContext]) -> None:
    make_world()
    page = open_context().new_page()
    page.goto(PORTRAIT)
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Aller au contenu")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "contenu"
    reached: list[str] = []
    for _ in range(300):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
            if (e === document.body) return null;
            return {name: e.innerText || e.getAttribute('aria-label') || e.tagName,
                    seen: box.width > 0 && style.outlineStyle !== 'none'} }"""
        )
        if focused is None:
            break
        reached.append(re.sub(r"\s+", " ", focused["name"]).strip()[:80])
        assert focused["seen"], f"repère invisible sur {reached[-1]}"
    assert any("Demander le PDF" in name for name in reached)
    assert any("Lire ces chiffres en tableau" in name for name in reached)
    assert any(name.startswith("XLSX") for name in reached)


@pytest.mark.parametrize("address", ["/", "/territoires/", PORTRAIT, f"{PORTRAIT}etablissements/", "/composants/"])
def test_no_sideways_scrolling_at_four_times_the_size(open_context: Callable[..., BrowserContext], address: str) -> None:
    """400 % on a screen of 1280 pixels leaves 320 of them (WCAG 1.4.10)."""
    make_world()
    page = open_context(320).new_page()
    page.goto(address)
    assert overflow(page) == []


def test_twin_table_scrolls_in_its_own_region(open_context: Callable[..., BrowserContext]) -> None:
    make_world()
    page = open_context(360).new_page()
    page.goto(PORTRAIT)
    region = page.locator(".table-region:visible").first
    region.focus()
    assert region.get_attribute("role") == "region"
    assert region.get_attribute("aria-label")


def test_filtering_establishments_without_javascript(open_context: Callable[..., BrowserContext]) -> None:
    make_world()
    page = open_context(javascript=False).new_page()
    page.goto(f"{PORTRAIT}etablissements/")
    page.get_by_label("Famille").select_option("mutuelle")
    page.get_by_role("button", name="Filtrer").click()
    expect(page.locator(".filters-active")).to_contain_text("Mutuelles")


def test_menu_of_the_account_closes_with_escape(open_context: Callable[..., BrowserContext]) -> None:
    from territories.access.models import User

    make_world()
    user = User.objects.create_user("alix@example.org", full_name="Alix Martin", role="administrator")
    page = open_context(user=user).new_page()
    page.goto("/la-demarche/")
    page.locator(".account-menu summary").click()
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Se déconnecter")).to_be_hidden()
