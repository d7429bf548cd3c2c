"""The shoppers' search in the dashboard, in a real browser."""

import pytest

from chatbot.tasks import index_store
from tests.browser.conftest import PHONE
from tests.commerce.people import owner_of
from tests.factories import make_product, make_store


@pytest.fixture
def store():
    store = make_store(currency="USD")
    make_product(store, "1", name="Storm rain jacket", price=90, sku="RJ-1")
    make_product(store, "2", name="Harbor waxed coat for long rain", price=290)
    make_product(store, "3", name="Copper kettle", price=45)
    index_store(store.pk)
    return store


def test_a_question_is_answered_in_place_with_its_reasons(visit, store):
    visitor = visit(owner_of(store))
    page = visitor.open(f"/dashboard/stores/{store.uid}/products/")
    page.click("text=Try the shoppers' search")
    page.fill("#q", "rain jakket under $100")
    page.press("#q", "Enter")
    page.wait_for_selector("text=read as")
    rows = page.locator(".ranking tbody tr")
    assert "Storm rain jacket" in rows.first.inner_text()
    assert "lexical" in rows.first.inner_text()
    assert rows.first.locator("mark").all_inner_texts() == ["jakket", "rain"]
    assert page.locator("text=Max price 100.00").is_visible()
    assert page.input_value("#q") == "rain jakket under $100"
    page.wait_for_url("**q=rain*")
    assert visitor.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_ranking_fits_a_phone(visit, store, scheme):
    visitor = visit(owner_of(store), size=PHONE, scheme=scheme)
    page = visitor.open(f"/dashboard/stores/{store.uid}/products/search/?q=rain+coat")
    page.locator(".ranking tbody tr").first.wait_for()
    assert not visitor.is_wider_than_the_screen()


def test_without_scripts_the_form_works_as_well(visit, store):
    visitor = visit(owner_of(store), scripts=False)
    page = visitor.open(f"/dashboard/stores/{store.uid}/products/search/")
    page.fill("#q", "kettle")
    page.press("#q", "Enter")
    assert "Copper kettle" in page.locator(".ranking").inner_text()
