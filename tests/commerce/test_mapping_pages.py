"""The mapping's preview before connecting, and its page on a connected store."""

from __future__ import annotations

import json
import re

import pytest
from django.core.cache import cache
from django.utils import timezone
from django.utils.html import escape

from commerce.models import Remap, Store
from commerce.services.catalog import Writer, save_records
from commerce.throttles import ConnectThrottle
from tests.commerce.people import make_viewer, owner_of
from tests.commerce.test_connect_page import URL as CONNECT
from tests.commerce.test_connect_page import entered
from tests.factories import make_run, make_store, make_user
from tests.stores import API_KEY, MisbehavingStore, make_orders
from tests.undo import press_undo

pytestmark = pytest.mark.django_db
PREVIEW = CONNECT + "preview/"
HTMX = {"HX-Request": "true"}
ODD = [
    {"id": n, "product_title": f"Tent {n}", "retail_price": f"{n}.90", "note": "x"}
    for n in range(1, 4)
]


@pytest.fixture
def user(client):
    user = make_user()
    client.force_login(user)
    return user


@pytest.fixture
def remote():
    with MisbehavingStore(products=ODD, orders=make_orders(2)) as remote:
        yield remote


@pytest.fixture
def store(client):
    store = make_store()
    client.force_login(owner_of(store))
    save_records(
        store,
        "products",
        [{"id": 1, "name": "Lamp", "headline": "Bright lamp", "cost": 7}],
        observed_at=timezone.now(),
        writer=Writer("sync_run"),
    )
    return store


def page_of(store):
    return f"/dashboard/stores/{store.uid}/mapping/"


def carried(content):
    """The hidden records of a page, as its form sends them."""
    found = re.findall(
        r'<textarea hidden name="(records-\w+)"[^>]*>(.*?)</textarea>',
        content,
        re.DOTALL,
    )
    return {name: text.replace("&quot;", '"') for name, text in found}


def outcome(content, field, resource="products"):
    """What the page says of one field, as text."""
    start = content.index(f'id="out-map-{resource}-{field}"')
    part = content[content.index(">", start) + 1 : content.index("</div>", start)]
    return " ".join(re.sub("<[^>]*>", " ", part).split())


# --- Before connecting ----------------------------------------------------------------


def test_one_page_of_each_is_fetched_and_nothing_is_stored(client, user, remote):
    data = entered(remote.url, name="", preview="fetch")
    response = client.post(PREVIEW, data, headers=HTMX)
    content = response.content.decode()
    assert response.status_code == 200
    assert outcome(content, "name").startswith("Missing Send")
    assert "3 would be skipped" in content
    assert "Tent 1" in content
    assert 'value="products.name=product_title"' in content
    assert outcome(content, "total", "orders") == "699.98 From total · 2 of 2"
    assert (remote.pages_asked(), remote.pages_asked("orders")) == ([1], [1])
    assert remote.asked("health") == []
    assert remote.requests[0].headers["x-api-key"] == API_KEY
    assert not Store.objects.exists()
    assert API_KEY not in content
    assert API_KEY not in json.dumps(dict(client.session.items()))


def test_later_previews_come_with_the_records_and_ask_nobody(client, user, remote):
    first = client.post(
        PREVIEW, entered(remote.url, preview="fetch"), headers=HTMX
    ).content.decode()
    asked = len(remote.requests)
    typed = carried(first) | {
        "mapping_mode": "fields",
        "mapping_shown": "fields",
        "map-products-name": "product_title",
        "map-products-price": "retail_price",
        "record-products": "1",
    }
    content = client.post(
        PREVIEW + "?part=outcome", typed, headers=HTMX
    ).content.decode()
    assert (
        outcome(content, "name") == "Tent 2 From product_title , your mapping · 3 of 3"
    )
    assert outcome(content, "price").startswith("2.90")
    assert "3 can be stored" in content
    # Only what changes: nothing somebody types into is exchanged.
    assert "<input" not in content
    assert "<textarea" not in content
    assert content.count("<div") == content.count("</div>")
    assert len(remote.requests) == asked


def test_a_suggestion_is_taken_and_the_other_form_shows_it(client, user, remote):
    first = client.post(
        PREVIEW, entered(remote.url, preview="fetch"), headers=HTMX
    ).content.decode()
    use = "products.name=product_title\r\nproducts.price=retail_price"
    modes = {"mapping_mode": "fields", "mapping_shown": "fields"}
    content = client.post(
        PREVIEW, carried(first) | modes | {"use": use}, headers=HTMX
    ).content.decode()
    assert (
        'name="map-products-name" form="connect-form" value="product_title"' in content
    )
    switched = client.post(
        PREVIEW + "?part=outcome",
        carried(content)
        | {"mapping_mode": "json", "mapping_shown": "fields"}
        | {"map-products-name": "product_title"},
        headers=HTMX,
    )
    assert switched["HX-Retarget"] == "#mapping-panel"
    content = switched.content.decode().replace("&quot;", '"')
    assert '"name": "product_title"' in content
    back = client.post(
        PREVIEW + "?part=outcome",
        {
            "mapping_mode": "fields",
            "mapping_shown": "json",
            "field_mappings": '{"sku": "code_nr"}',
        },
        headers=HTMX,
    ).content.decode()
    assert 'name="map-products-sku" form="connect-form" value="code_nr"' in back


def test_without_scripts_the_whole_page_comes_back(client, user, remote):
    response = client.post(PREVIEW, entered(remote.url, preview="fetch"))
    content = response.content.decode()
    assert f'action="{CONNECT}"' in content
    assert remote.url in content
    assert "Tent 1" in content
    assert API_KEY not in content
    assert not Store.objects.exists()


def test_the_edited_mapping_connects_the_store(client, user, remote):
    data = entered(remote.url) | {
        "mapping_mode": "fields",
        "map-products-name": " product_title ",
        "map-orders-status": "state",
        "field_mappings": "left behind",
    }
    assert client.post(CONNECT, data).status_code == 302
    assert Store.objects.get().field_mappings == {
        "products": {"name": "product_title"},
        "orders": {"status": "state"},
    }


def test_a_failed_connection_keeps_the_preview(client, user):
    with MisbehavingStore(health_mode="server_error") as remote:
        data = entered(remote.url) | {
            "mapping_mode": "fields",
            "map-products-name": "product_title",
            "records-products": json.dumps(ODD),
        }
        content = client.post(CONNECT, data).content.decode()
    assert "Could not connect to API" in content
    assert outcome(content, "name").startswith("Tent 1")
    assert not Store.objects.exists()


def test_a_mapping_in_error_is_told_at_its_line_and_connects_nothing(
    client, user, remote
):
    data = entered(remote.url) | {
        "mapping_mode": "fields",
        "map-products-price": "to_string(" * 9 + "a" + ")" * 9,
        "map-products-name": "product_title",
        "records-products": json.dumps(ODD),
    }
    for url, headers in ((CONNECT, {}), (PREVIEW + "?part=outcome", HTMX)):
        content = client.post(url, data, headers=headers).content.decode()
        assert "too complicated" in outcome(content, "price")
        assert outcome(content, "name").startswith("Tent 1")
    assert not Store.objects.exists()


def test_what_must_be_entered_first_is_told_and_nobody_is_asked(client, user, remote):
    data = entered("", api_key="", preview="fetch")
    content = client.post(PREVIEW, data, headers=HTMX).content.decode()
    assert "Base URL:" in content
    data = entered(remote.url, api_key="", preview="fetch")
    content = client.post(PREVIEW, data, headers=HTMX).content.decode()
    assert "API key:" in content
    assert remote.requests == []


@pytest.mark.parametrize(
    ("mode", "words"),
    [("unauthorized", "401"), ("html", "JSON"), ("redirect_other_origin", "redirect")],
)
def test_a_store_that_refuses_is_told_in_its_section(client, user, mode, words):
    with MisbehavingStore(mode=mode) as remote:
        content = client.post(
            PREVIEW, entered(remote.url, preview="fetch"), headers=HTMX
        ).content.decode()
    assert words in content
    assert "curl" in content
    assert API_KEY not in content


def test_a_production_store_is_not_asked_at_a_private_address(client, user, remote):
    data = entered(remote.url, environment="production", preview="fetch")
    content = client.post(PREVIEW, data, headers=HTMX).content.decode()
    assert "https" in content
    assert remote.requests == []


def test_asking_stores_is_throttled(client, user, remote, monkeypatch):
    cache.clear()
    monkeypatch.setattr(ConnectThrottle, "rate", "1/min")
    data = entered(remote.url, preview="fetch")
    client.post(PREVIEW, data, headers=HTMX)
    asked = len(remote.requests)
    content = client.post(PREVIEW, data, headers=HTMX).content.decode()
    assert "too often" in content
    assert len(remote.requests) == asked


def test_only_who_may_add_a_store_previews_one(client):
    store = make_store()
    assert client.post(PREVIEW).status_code == 302
    client.force_login(make_viewer(store))
    assert client.post(PREVIEW).status_code == 403
    client.force_login(make_user())
    assert client.get(PREVIEW).status_code == 405


@pytest.mark.parametrize(
    "changes",
    [
        {"records-products": "["},
        {"records-products": "[" * 100_000},
        {"records-products": '{"id": 1}'},
        {"records-products": "[null, 5, [1], NaN]"},
        {"records-products": '[{"id": {"a": [1]}, "name": "\\u0000\\ud800"}]'},
        {"records-products": json.dumps([{"id": 1, "name": "n" * 900_000}])},
        {"records-products": json.dumps([{"k" * 8192: 1}] * 300)},
        {"record-products": "-1"},
        {"record-products": "9999999"},
        {"record-products": "٣"},
        {"field_mappings": "{", "mapping_mode": "json"},
        {"field_mappings": "[1]", "mapping_mode": "json"},
        {"field_mappings": '{"products": {"name": 5}}', "mapping_mode": "json"},
        {"field_mappings": "[" * 100_000, "mapping_mode": "json"},
        {"map-products-name": "\x00"},
        {"map-products-name": "x" * 5000},
        {"use": "products.nothing=x"},
        {"use": "=;=\n\n.="},
        {"mapping_mode": "other"},
    ],
    ids=lambda changes: ",".join(changes),
)
@pytest.mark.parametrize("part", ["", "?part=outcome"])
def test_nothing_that_is_sent_breaks_the_preview(client, user, changes, part):
    data = {"mapping_mode": "fields", "mapping_shown": "fields"} | changes
    response = client.post(PREVIEW + part, data, headers=HTMX)
    assert response.status_code == 200
    assert len(response.content) < 2_000_000


# --- On a connected store -------------------------------------------------------------


def test_the_page_shows_what_is_stored(client, store):
    content = client.get(page_of(store)).content.decode()
    assert outcome(content, "name") == "Lamp From name · 1 of 1"
    assert "Bright lamp" in content
    assert "1 stored record:" in content
    assert "Nothing is stored yet to preview with." in content  # orders


@pytest.mark.django_db(transaction=True)
def test_saving_remaps_what_is_stored(client, store, drain):
    data = {"mapping_mode": "fields", "map-products-name": "headline"}
    response = client.post(page_of(store), data, follow=True)
    assert "Mapping saved" in response.content.decode()
    drain()
    store.refresh_from_db()
    assert store.field_mappings == {"products": {"name": "headline"}}
    product = store.products.get()
    assert product.name == "Bright lamp"
    detail = client.get(f"/dashboard/stores/{store.uid}/products/{product.uid}/")
    assert "A changed mapping</a>" in detail.content.decode()
    assert "1 of 1 records, 1 changed" in client.get(page_of(store)).content.decode()
    entry = store.workspace.audit_entries.get()
    assert (entry.act, entry.detail) == ("store_changed", "field_mappings")


def test_a_saved_mapping_is_taken_back_with_one_press(client, store):
    store.field_mappings = {"name": "headline"}
    store.save()
    form = {"mapping_mode": "json", "field_mappings": '{"price": "cost"}'}
    page = client.post(page_of(store), form, follow=True).content.decode()
    press_undo(client, page)
    store.refresh_from_db()
    assert store.field_mappings == {"name": "headline"}
    page = client.get(page_of(store)).content.decode()
    assert ">Undo<" in page  # of the undo itself
    assert ">Undo<" not in client.get(page_of(store)).content.decode()


@pytest.mark.parametrize("text", ['{"price": "cost"}', '{"nmae": "x"}', "{"])
def test_discarded_changes_come_back_with_one_press(client, store, text):
    form = {"mapping_mode": "json", "field_mappings": text, "discard": "yes"}
    page = client.post(page_of(store), form, follow=True).content.decode()
    assert "Your changes are discarded." in page
    assert escape(text) in press_undo(client, page).content.decode()
    store.refresh_from_db()
    assert store.field_mappings == {}


def test_nothing_to_discard_says_nothing(client, store):
    form = {"mapping_mode": "json", "field_mappings": "", "discard": "yes"}
    page = client.post(page_of(store), form, follow=True).content.decode()
    assert "discarded" not in page


def test_saving_json_in_error_changes_nothing_and_says_where(client, store):
    text = '{"products": {"nmae": "headline"}}'
    data = {"mapping_mode": "json", "field_mappings": text}
    content = client.post(page_of(store), data).content.decode()
    assert "<code>products.nmae</code>: HiWelink has no field" in content
    assert text in content.replace("&quot;", '"')
    store.refresh_from_db()
    assert store.field_mappings == {}
    data["field_mappings"] = "{"
    assert "not valid JSON" in client.post(page_of(store), data).content.decode()


def test_an_empty_request_clears_nothing(client):
    store = make_store(field_mappings={"name": "headline"})
    client.force_login(owner_of(store))
    assert client.post(page_of(store)).status_code == 302
    store.refresh_from_db()
    assert store.field_mappings == {"name": "headline"}


def test_a_flat_mapping_stays_as_it_is_until_a_line_changes(client):
    flat = {"id": "uid", "status": "phase"}
    store = make_store(field_mappings=flat)
    client.force_login(owner_of(store))
    lines = {
        "mapping_mode": "fields",
        "map-products-id": "uid",
        "map-orders-id": "uid || id || order_id || order_number",
        "map-orders-status": "phase",
    }
    content = client.get(page_of(store)).content.decode()
    assert lines["map-orders-id"] in content
    client.post(page_of(store), lines)
    store.refresh_from_db()
    assert store.field_mappings == flat
    assert not Remap.objects.exists()
    client.post(page_of(store), lines | {"map-products-name": "label"})
    store.refresh_from_db()
    assert store.field_mappings == {
        "products": {"id": "uid", "name": "label"},
        "orders": {"id": lines["map-orders-id"], "status": "phase"},
    }


def test_records_the_last_sync_skipped_are_previewed(client, store):
    run = make_run(store, status="partial")
    run.issues.create(
        code="missing_name",
        field="name",
        detail="No name.",
        is_skip=True,
        page=1,
        position=0,
        record={"id": 9, "article": "Nameless"},
    )
    content = client.get(page_of(store)).content.decode()
    assert "1 would be skipped" in content
    assert "article" in content
    run_page = client.get(f"/dashboard/stores/{store.uid}/runs/{run.uid}/")
    assert page_of(store) in run_page.content.decode()


def test_an_id_that_is_not_unique_is_warned_of(client, store):
    data = {"mapping_mode": "fields", "map-products-id": "brand"}
    records = [{"id": n, "brand": "Nord", "name": "N"} for n in range(3)]
    data["records-products"] = json.dumps([*records, {"brand": "Sud", "name": "S"}])
    url = page_of(store) + "preview/?part=outcome"
    content = client.post(url, data, headers=HTMX).content.decode()
    assert "3 of these records have an id that another one has" in content


def test_a_fresh_page_is_fetched_with_the_stored_credential(client, remote):
    store = make_store(base_url=remote.url, credentials={"api_key": API_KEY})
    client.force_login(owner_of(store))
    data = {"mapping_mode": "fields", "preview": "fetch"}
    url = page_of(store) + "preview/"
    content = client.post(url, data, headers=HTMX).content.decode()
    assert "3 records from the store:" in content
    assert remote.pages_asked() == [1]
    assert API_KEY not in content
    assert "Tent 1" in client.post(url, data).content.decode()
    assert not store.products.exists()


def test_a_disconnected_store_is_not_asked(client):
    store = make_store(status="disconnected", credentials=None)
    client.force_login(owner_of(store))
    content = client.get(page_of(store)).content.decode()
    assert "Fetch a fresh page" not in content
    data = {"mapping_mode": "fields", "preview": "fetch"}
    response = client.post(page_of(store) + "preview/", data, headers=HTMX)
    assert "Reconnect it" in response.content.decode()


def test_a_viewer_looks_and_changes_nothing(client, store):
    client.force_login(make_viewer(store))
    content = client.get(page_of(store)).content.decode()
    assert outcome(content, "name").startswith("Lamp")
    assert "map-products-name" in content
    assert 'name="map-' not in content
    assert "Save" not in content
    for url in (page_of(store), page_of(store) + "preview/"):
        response = client.post(url, {"mapping_mode": "fields"})
        assert response.status_code == 403


def test_progress_is_shown_until_it_is_done(client, store):
    remap = Remap.objects.create(store=store, total=5000, done=1240)
    for page in ("mapping/", "mapping/remap/", "", "live/"):
        content = client.get(f"/dashboard/stores/{store.uid}/{page}").content.decode()
        assert "1,240 of 5,000 remapped" in content
        assert "every 2s" in content
    remap.finished_at = timezone.now()
    remap.done, remap.changed, remap.skipped = 5000, 40, 2
    remap.issue_counts = {"products": {"missing_name": 2, "invalid_price": 9}}
    remap.save()
    content = client.get(page_of(store) + "remap/").content.decode()
    assert "5,000 of 5,000 records, 40 changed, 2 left as they were" in content
    assert "of their own: missing name (2)." in content
    assert "every 2s" not in content


def test_empty_lists_lead_to_the_mapping(client):
    store = make_store()
    client.force_login(owner_of(store))
    for part in ("products", "orders"):
        content = client.get(f"/dashboard/stores/{store.uid}/{part}/").content.decode()
        assert f'href="{page_of(store)}">Check the mapping' in content
