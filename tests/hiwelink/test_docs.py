"""The documentation page, as anybody reads it and as a merchant does."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from commerce.mapping.fields import ORDER_FIELDS, PRODUCT_FIELDS
from tests.commerce.people import owner_of
from tests.factories import make_store, make_user

pytestmark = pytest.mark.django_db
PAGE = "/docs/generic-api/"
EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = [
    "laravel_store/config/hiwelink.php",
    "laravel_store/app/Http/Middleware/HiWelinkAuth.php",
    "laravel_store/app/Services/HiWelinkWebhookService.php",
    "laravel_store/app/Observers/ProductObserver.php",
    "laravel_store/routes/api.php",
    "express_store/server.js",
    "express_store/middleware/hiwelinkAuth.js",
    "express_store/services/hiwelinkWebhook.js",
    "fastapi_store/store_api.py",
    "fastapi_store/auth.py",
    "fastapi_store/hiwelink_webhook.py",
]


class Reader(HTMLParser):
    """Collects the text of every code element by id, all ids and all inner links."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[str, str] = {}
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.current = ""

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "code":
            self.current = found.get("id") or ""
        if found.get("href", "").startswith("#"):
            self.links.append(found["href"][1:])

    def handle_endtag(self, tag):
        if tag == "code":
            self.current = ""

    def handle_data(self, data):
        self.text += data
        if self.current:
            self.codes[self.current] = self.codes.get(self.current, "") + data


def read(client, url=PAGE) -> Reader:
    response = client.get(url)
    assert response.status_code == 200
    reader = Reader()
    reader.feed(response.content.decode())
    return reader


def test_the_page_is_public_and_old_addresses_lead_to_it(client):
    assert client.get("/docs/").url == PAGE
    assert "Generic API connector" in read(client).text
    assert client.post(PAGE).status_code == 405


def test_every_field_and_alias_of_the_tables_is_on_the_page(client):
    html = client.get(PAGE).content.decode()
    for field in (*PRODUCT_FIELDS, *ORDER_FIELDS):
        for name in (field.name, *field.aliases):
            assert f"<code>{name}</code>" in html


@pytest.mark.parametrize("path", SHOWN)
def test_the_code_shown_is_the_file_of_the_examples(client, path):
    shown = read(client).codes.values()
    assert (EXAMPLES / path).read_text().strip() in {text.strip() for text in shown}


def test_every_json_shown_is_json(client):
    samples = {i: t for i, t in read(client).codes.items() if i.endswith("-json")}
    assert len(samples) >= 5
    for text in samples.values():
        json.loads(text)


def test_the_products_shown_are_read_without_a_remark(client):
    codes = read(client).codes
    client.force_login(make_user())
    for resource in ("products", "orders"):
        body = {
            "resource": resource,
            "records": json.loads(codes[f"{resource}-json"])["data"],
        }
        answer = client.post("/api/v1/preview-mapping/", body, "application/json")
        (record,) = answer.json()["records"]
        assert (record["issues"], answer.json()["unused"]) == ([], [])


def test_anchors_are_unique_and_links_lead_somewhere(client):
    reader = read(client)
    assert len(reader.ids) == len(set(reader.ids))
    assert set(reader.links) <= set(reader.ids)


def test_leftovers_of_the_published_page_are_put_right(client):
    reader = read(client)
    for leftover in ("BotMerge", "botmerze", "Ym90bWVyemU", "curl -I", "utcnow"):
        assert leftover not in reader.text
    assert "aGl3ZWxpbms6c3VwZXJzZWNyZXQ=" in reader.text
    assert "Depends(verify_key)" in reader.text


def test_egress_addresses_are_listed_when_there_are_some(client, settings):
    assert "HiWelink asks from" not in read(client).text
    settings.EGRESS_IPS = ["203.0.113.7", "2001:db8::7"]
    text = read(client).text
    assert "203.0.113.7" in text
    assert "2001:db8::7" in text


def test_a_merchant_sees_their_own_addresses_and_nobody_elses(client):
    store, foreign = make_store(), make_store()
    assert "{store_token}" in read(client).text
    client.force_login(owner_of(store))
    page = read(client)
    assert page.codes["docs-webhook-products"].endswith(f"{store.token}/products")
    assert page.codes["docs-store-token"] == str(store.token)
    asked = read(client, f"{PAGE}?store={foreign.uid}")
    assert str(foreign.token) not in asked.text
    assert foreign.name not in asked.text


def test_of_several_stores_the_one_chosen_is_shown(client):
    first = make_store()
    second = make_store(workspace=first.workspace)
    client.force_login(owner_of(first))
    page = read(client)
    assert str(first.token) not in page.text
    assert str(second.token) not in page.text
    chosen = read(client, f"{PAGE}?store={second.uid}")
    assert str(second.token) in chosen.text
    assert str(first.token) not in chosen.text
    assert "no-cache" in client.get(PAGE)["Cache-Control"]


def test_a_nonsense_choice_is_no_error(client):
    client.force_login(make_user())
    for nonsense in ("x", "%00", "1" * 5000):
        read(client, f"{PAGE}?store={nonsense}")


def test_a_stores_name_is_shown_as_text(client):
    store = make_store(name="<script>alert(1)</script>")
    client.force_login(owner_of(store))
    html = client.get(PAGE).content.decode()
    assert "<script>alert" not in html
    assert re.search("&lt;script&gt;alert", html)


# What the published reference tells a developer, in its own words. The rest of it is
# data (fields, samples, code) that other tests hold against the page.
TOLD = """
return HTTP 200 on success
validate the authentication credential on every request
must need no query parameters
The response body can be any valid JSON
iterates all pages until exhausted
?page=1&per_page=50
50 per page, 200 ms between pages
lacks either
order-status queries
Reject with HTTP 401
Validate the signature and expiry claim
Never expose these endpoints over plain HTTP
encrypted at rest
Credential fields are never exposed in API responses
Transmitted only over HTTPS
Never written to logs
Automatically deleted when you disconnect the store
Store the three HIWELINK values
HIWELINK_API_KEY
HIWELINK_WEBHOOK_URL
the Store Token is shown on the detail page
{store_base_url}/product/{slug}
falls back to the store homepage
instead of the built-in aliases
in_stock, instock, available, true, 1
out_of_stock, outofstock, unavailable, false, 0
Any other value is treated as in_stock
currency prefix stripped
Retry on 500
Webhook processed
Do not include a trailing slash or endpoint path
HiWelink rejects non-HTTPS URLs for production stores
read-only access to products and orders only
HiWelink never writes data to your store
bcrypt
Show the raw key only once
100 requests per minute
429 Too Many Requests
restrict the API endpoints to only accept traffic from HiWelink servers
every 90 days
Immediately revoke the old key
IP, timestamp, and key fingerprint
HMAC-SHA256
X-Webhook-Signature
Could not connect to API
not self-signed
port 443
No extra spaces or newlines
strips the “Bearer ” prefix
an array under the data key, or a flat JSON array
fewer items than per_page (not an empty 404)
page 2 returns the same results as page 1
Check the Webhooks tab
Wait for embedding generation
Re-embed Products
very short names and no description
times out after 30 seconds
Reduce per_page
database index on the columns used in your ORDER BY
exponential backoff (1s, 2s, 4s)
include the sync run ID and a curl reproduction case
""".strip().splitlines()


def test_everything_the_reference_tells_is_found_on_the_page(client):
    text = " ".join(read(client).text.split())
    assert [told for told in TOLD if told not in text] == []
