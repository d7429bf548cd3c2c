"""The merchant's way through the dashboard, in a real browser."""

import pytest
from playwright.sync_api import expect

from commerce.models import Store
from commerce.services import sync
from commerce.services.stores import client_for
from tests.browser.conftest import DESKTOP, PHONE, copied_by
from tests.commerce.people import owner_of
from tests.factories import (
    PASSWORD,
    make_order,
    make_product,
    make_run,
    make_store,
    make_user,
)
from tests.stores import API_KEY, MisbehavingStore, make_orders, make_products
from tests.work import run_syncs

WINDOWS = pytest.mark.parametrize(
    ("size", "scheme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=["desktop-light", "desktop-dark", "phone-light", "phone-dark"],
)


def run_one_page(store: Store) -> None:
    """Fetch the next page of the store's run, as the worker would, and stop there."""
    run = sync.next_runs(store.pk)[0]
    assert sync.claim_slice(run)
    with client_for(store) as remote:
        sync.run_slice(run, client=remote, slice_seconds=0)


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"]
)
def test_from_the_login_to_an_order(visit, size, scheme):
    user = make_user()
    window = visit(size=size, scheme=scheme)
    page = window.open("/dashboard/")
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()

    page.get_by_role("link", name="Add Store").click()
    page.get_by_role("link", name="Generic API").click()
    products, orders = make_products(120), make_orders(3)
    with MisbehavingStore(products=products, orders=orders) as remote:
        page.get_by_label("Store name").fill("Nordlicht")
        page.get_by_label("Environment").select_option("sandbox")
        page.get_by_label("Base URL").fill(remote.url)
        page.get_by_label("API key", exact=True).last.fill(API_KEY)
        assert not window.is_wider_than_the_screen()
        page.get_by_role("button", name="Connect").click()

        expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
        live = page.locator("#live")
        expect(live.get_by_text("Waiting for its turn")).to_have_count(2)
        store = Store.objects.get()
        run_one_page(store)
        expect(live.get_by_text("Page 1 of 3 · 50 records read")).to_be_visible()
        bar = live.get_by_role("progressbar", name="Products sync")
        assert bar.get_attribute("value") == "33"
        run_syncs(store)
        expect(live.locator(".stat-value").first).to_have_text("120")
        expect(live.get_by_text("Succeeded")).to_have_count(2)
        expect(live.get_by_role("progressbar")).to_have_count(0)
    assert not window.is_wider_than_the_screen()

    copied = copied_by(page.locator("button[data-copy=store-token]"))
    assert copied == str(store.token)

    page.get_by_role("navigation", name="Nordlicht").get_by_text("Products").click()
    page.wait_for_load_state()
    page.get_by_role("searchbox").press_sequentially("SKU-00042")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    expect(page.locator("#result-count")).to_have_text("1 found")
    expect(page).to_have_url(
        f"{window.root}/dashboard/stores/{store.uid}/products/?search=SKU-00042"
    )
    page.get_by_role("link", name="Product 42").click()
    expect(page.get_by_role("heading", name="Product 42")).to_be_visible()
    page.get_by_text("Record as the store sent it").click()
    expect(page.locator("#raw")).to_contain_text('"id": "prod_42"')
    assert not window.is_wider_than_the_screen()

    page.get_by_role("navigation", name="Nordlicht").get_by_text("Orders").click()
    page.get_by_role("link", name="ORD-2024-0002").click()
    expect(page.locator("address").first).to_contain_text("123 Main St")
    assert not window.is_wider_than_the_screen()


@pytest.fixture
def full_store() -> Store:
    """A store with something of everything, names longer than a phone is wide."""
    user = make_user(name="A merchant with a rather long name")
    store = make_store(
        user,
        name="Nordlicht" * 8,
        base_url="https://api." + "nordlicht" * 6 + ".example",
        failures_in_a_row=1,
    )
    for number in range(3):
        make_product(
            store,
            name="Unbreakable" * 12 if number else "Sock",
            images=["https://store.example/1.jpg"],
            stock_status="in_stock",
            regular_price=99,
            attributes={"Very" * 20: ["Long" * 30]},
            description="<table><tr>" + "<td>Wide cell</td>" * 30 + "</tr></table>",
            permalink="https://store.example/" + "x" * 300,
            raw={"id": "x" * 400},
        )
        make_order(store, customer_email="a" * 80 + "@example.com")
    failed = make_run(
        store,
        status="failed",
        error_code="unauthorized",
        error_detail="The store refused it: " + "x" * 200,
        curl="curl " + "x" * 400,
        issue_counts={"missing_name": 1},
    )
    failed.issues.create(
        code="missing_name",
        detail="It has no name. " + "y" * 200,
        external_id="z" * 190,
        page=1,
        position=0,
        record={"id": "z" * 190},
    )
    make_run(store, status="running", pages_fetched=1, pages_total=4)
    return store


def pages_of(store: Store) -> list[str]:
    root = f"/dashboard/stores/{store.uid}/"
    return [
        "/dashboard/",
        "/dashboard/stores/new/",
        "/dashboard/stores/new/generic-api/",
        root,
        f"{root}runs/",
        *(f"{root}runs/{run.uid}/" for run in store.sync_runs.all()),
        f"{root}products/",
        f"{root}products/{store.products.last().uid}/",
        f"{root}orders/",
        f"{root}orders/{store.orders.last().uid}/",
    ]


@WINDOWS
def test_no_page_is_wider_than_the_screen_or_moves_while_it_loads(
    visit, full_store, size, scheme
):
    window = visit(owner_of(full_store), size=size, scheme=scheme)
    for path in pages_of(full_store):
        page = window.open(path)
        assert not window.is_wider_than_the_screen(), path
        assert page.evaluate(LAYOUT_SHIFT) < 0.01, path


LAYOUT_SHIFT = """() => new Promise(resolve => {
  let sum = 0;
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) sum += entry.value;
  }).observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => resolve(sum)));
})"""

# Links within sentences are exempt (WCAG 2.5.8), and so are radio buttons and boxes,
# whose labels are pressed as well; everything else is at least 24 px.
SMALL_TARGETS = """() => [...document.querySelectorAll(
    "button, .button, input, select, textarea, summary, nav a, .lead-cell a")]
  .filter(target => target.checkVisibility())
  .filter(target => !target.matches(".skip-link, [type=hidden], [type=radio], [type=checkbox]"))
  .filter(target => target.getBoundingClientRect().height < 23.5)
  .filter(target => !target.matches(".lead-cell a"))
  .map(target => target.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_targets_are_large_enough(visit, full_store, size):
    window = visit(owner_of(full_store), size=size)
    for path in pages_of(full_store):
        assert window.open(path).evaluate(SMALL_TARGETS) == [], path


def test_everything_works_with_scripts_off(visit):
    user = make_user()
    window = visit(user, scripts=False)
    page = window.open("/dashboard/stores/new/generic-api/")
    with MisbehavingStore(auth_method="basic_auth") as remote:
        page.get_by_label("Store name").fill("Nordlicht")
        page.get_by_label("Environment").select_option("sandbox")
        page.get_by_label("Base URL").fill(remote.url)
        page.get_by_text("Basic auth").click()
        page.get_by_label("Username").fill("hiwelink")
        page.get_by_role("textbox", name="Password").fill("super:secret")
        expect(page.get_by_text("Generate a token")).to_be_hidden()
        page.get_by_role("button", name="Connect").click()
        expect(page.get_by_text("Nordlicht is connected")).to_be_visible()
        store = Store.objects.get()
        run_syncs(store)
    expect(page.locator(".copy").first).to_be_hidden()
    page.locator("summary[aria-label='Sync a part']").click()
    page.get_by_role("button", name="Orders only").click()
    expect(page.get_by_text("Orders sync started")).to_be_visible()
    assert store.sync_runs.filter(trigger="manual").get().resource == "orders"
    window.open(f"/dashboard/stores/{store.uid}/products/")
    page.get_by_role("searchbox").fill("Product 2")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#results tbody tr")).to_have_count(1)


def test_only_the_chosen_methods_fields_show(visit):
    page = visit(make_user()).open("/dashboard/stores/new/generic-api/")
    fields = page.locator(".auth input:not([type=radio])")
    shown = {
        "API key": ["api_key"],
        "Bearer token": ["token"],
        "Basic auth": ["username", "password"],
    }
    for label, names in shown.items():
        page.get_by_role("radio", name=label).check()
        visible = [
            field.get_attribute("name") for field in fields.all() if field.is_visible()
        ]
        assert visible == names


def test_a_token_is_made_in_the_browser(visit):
    page = visit(make_user()).open("/dashboard/stores/new/generic-api/")
    page.get_by_role("button", name="Generate a token").click()
    first = page.locator("#generated").inner_text()
    assert first.startswith("sk_live_")
    assert len(first) == len("sk_live_") + 48
    assert copied_by(page.locator("button[data-copy=generated]")) == first
    page.get_by_role("button", name="Generate another").click()
    assert page.locator("#generated").inner_text() != first


def test_a_finished_run_refreshes_its_page(visit):
    store = make_store()
    run = make_run(store, status="running", records_read=5)
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/runs/{run.uid}/")
    expect(page.get_by_role("button", name="Cancel this sync")).to_be_visible()
    run.status = "succeeded"
    run.save()
    expect(page.get_by_role("button", name="Cancel this sync")).to_have_count(0)
    expect(page.get_by_text("Succeeded")).to_be_visible()


def test_the_keyboards_place_survives_a_refresh(visit):
    store = make_store()
    run = make_run(store, status="running", records_read=5)
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/")
    link = page.locator(f"#run-{run.uid}")
    link.focus()
    run.records_read = 55
    run.save()
    expect(page.get_by_text("55 records read")).to_be_visible()
    expect(link).to_be_focused()


def test_back_from_a_product_finds_the_search_again(visit):
    store = make_store()
    for name in ("Sock", "Jacket"):
        make_product(store, name=name)
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/products/")
    page.get_by_role("searchbox").fill("sock")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.get_by_role("link", name="Sock").click()
    expect(page.get_by_role("heading", name="Sock")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("searchbox")).to_have_value("sock")
    expect(page.locator("#results tbody tr")).to_have_count(1)
    page.go_back()
    expect(page.locator("#results tbody tr")).to_have_count(2)


def test_a_page_left_open_asks_to_log_in_again(visit, client):
    store = make_store()
    make_run(store, status="running")
    user = owner_of(store)
    window = visit(user)
    page = window.open(f"/dashboard/stores/{store.uid}/")
    user.set_unusable_password()  # ends every session
    user.save()
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_the_keyboard_reaches_the_content_and_closes_the_menu(visit):
    page = visit(make_user()).open("/dashboard/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Add Store")).to_be_focused()
    menu = page.locator("details[data-menu]")
    menu.locator("summary").press("Enter")
    expect(menu.get_by_role("button", name="Log out")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="Log out")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_the_top_bar_fits_the_narrowest_phone(visit):
    page = visit(make_user(), size=PHONE).open("/dashboard/")
    last = page.get_by_role("navigation", name="Main").get_by_role("link").last
    expect(last).to_be_in_viewport(ratio=1)
    bar = page.get_by_role("navigation", name="Main")
    assert bar.evaluate("nav => nav.scrollWidth <= nav.clientWidth")


def test_messages_can_be_put_away(visit):
    store = make_store()
    page = visit(owner_of(store)).open(f"/dashboard/stores/{store.uid}/")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_text("Products sync started")).to_be_visible()
    page.get_by_role("button", name="Dismiss").first.click()
    expect(page.get_by_text("Products sync started")).to_have_count(0)
