"""The doctor, against a store for each way to be wrong."""

import re
from dataclasses import replace

import pytest

from commerce.connector.auth import auth_from
from commerce.connector.guard import AddressPolicy
from commerce.mapping.mappings import FieldMappings
from commerce.services.doctor import Report, check_config
from commerce.services.doctor.asking import MOST_REQUESTS
from commerce.services.doctor.credentials import NoCredential
from commerce.services.doctor.report import MAX_EVIDENCE
from tests.stores import (
    API_KEY,
    MODES,
    MisbehavingStore,
    make_orders,
    make_products,
)

# The fields of a store of this size are judged, and its paging too.
MANY = {"products": make_products(120), "orders": make_orders(60)}
SLOW = {"request_seconds": 0.4}
ENDLESS = ("timeout", "drip_headers", "drip_body", "drip_chunks", "endless_continue")


def examine(remote: MisbehavingStore, **changes) -> Report:
    mappings = FieldMappings.parse(changes.pop("mappings", None))
    config = remote.config(**changes)
    return check_config(config, credentials=remote.credentials, mappings=mappings)


def found(report: Report, code: str) -> tuple[str, str]:
    [check] = [check for check in report.checks if check.code == code]
    return check.verdict, check.title


def whole(report: Report) -> str:
    return "\n".join(
        f"{c.code} | {c.verdict} | {c.title} | {c.evidence} | {c.mend} | {c.curl}"
        for c in report.checks
    )


@pytest.mark.parametrize(
    "fields",
    [
        {},
        MANY,
        {"auth_method": "bearer_token"},
        {"auth_method": "basic_auth"},
        {"tls": "trusted"},
        {"orders": []},
        {"products": make_products(1)},
        *({"mode": name} for name in ("no_meta", "flat", "gzipped", "cookies")),
        {"mode": "laravel_paginator", **MANY},
    ],
)
def test_a_store_that_behaves_passes_every_check(fields):
    with MisbehavingStore(**fields) as remote:
        report = examine(remote)
    assert (report.verdict, report.of("warn"), report.of("fail")) == ("pass", (), ())
    assert len(report.checks) > 25
    assert len(remote.requests) <= MOST_REQUESTS
    assert {request.method for request in remote.requests} == {"GET"}


CONNECTION = [
    ({"mode": "refused"}, "reachable", "cannot be reached"),
    ({"tls": "self_signed"}, "tls", "self-signed"),
    ({"tls": "expired"}, "tls", "expired"),
    ({"tls": "wrong_host"}, "tls", "another host"),
    ({"health_mode": "not_found"}, "health", "does not answer 200"),
    ({"health_mode": "accepted"}, "health", "does not answer 200"),
    ({"health_mode": "server_error"}, "health", "does not answer 200"),
    ({"health_mode": "broken"}, "health", "does not answer 200"),
    ({"health_mode": "needs_parameters"}, "health", "wants parameters"),
    ({"health_mode": "redirect_slash"}, "redirect", "redirects"),
    ({"health_mode": "unauthorized"}, "health", "refuses the credential"),
    ({"mode": "redirect_other_origin"}, "redirect", "redirects"),
    ({"mode": "redirect_login"}, "redirect", "redirects"),
    ({"mode": "redirect_endless"}, "redirect", "redirects"),
    ({"prefix": "/api"}, "address", "off by one /api"),
]
ACCESS = [
    ({"guard": "anybody"}, "orders_protected", "Anybody can read"),
    ({"guard": "any_credential"}, "credential_compared", "Any credential opens"),
    ({"guard": "health_only"}, "credential", "some endpoints only"),
    ({"guard": "as_bearer"}, "credential", "expects it elsewhere"),
    (
        {"guard": "unstripped", "auth_method": "bearer_token"},
        "credential",
        "expects it elsewhere",
    ),
    (
        {"guard": "quoted_colon", "auth_method": "basic_auth"},
        "credential",
        "expects it elsewhere",
    ),
    ({"mode": "forbidden", "health_mode": "forbidden"}, "credential", "may not read"),
    ({"mode": "unauthorized", "health_mode": "unauthorized"}, "credential", "refuses"),
]
ANSWERS = [
    *(
        ({"mode": name}, "products_answer", "does not answer 200")
        for name in (
            "not_found",
            "teapot",
            "no_content",
            "accepted",
            "server_error",
            "rate_limited_long",
            "rate_limited_always",
            "broken",
            "truncated_body",
            "not_http",
        )
    ),
    *(
        ({"mode": name}, "products_json", "does not answer with JSON")
        for name in (
            "html",
            "html_as_json",
            "plain_text",
            "empty_body",
            "truncated_json",
            "deep_json",
            "fairly_deep_json",
            "endless_body",
            "gzip_bomb",
            "gzip_broken",
        )
    ),
    *(
        ({"mode": name}, "products_list", "200 with an error")
        for name in ("error_body", "error_body_success_false", "error_body_message")
    ),
    ({"mode": "no_list"}, "products_list", "no list of products"),
]
PAGING = [
    *(
        ({"mode": name, **size}, "products_pages", "repeats page 1")
        for name in ("repeats_first_page", "repeats_first_page_no_meta", "everything")
        for size in ({}, MANY)
    ),
    ({"mode": "repeats_shuffled", **MANY}, "products_pages", "repeats page 1"),
    ({"mode": "missing_from_page_2", **MANY}, "products_pages", "cannot be read"),
    ({"mode": "server_error_from_page_2", **MANY}, "products_pages", "cannot be"),
    ({"mode": "server_error_past_end"}, "products_past_end", "answer 500"),
    ({"mode": "repeats_first_page_no_meta"}, "products_past_end", "have no end"),
    ({"mode": "repeats_last_page"}, "products_past_end", "have no end"),
    ({"mode": "starts_again"}, "products_past_end", "have no end"),
]
RECORDS = [
    ({"products": [{"product_title": "Lamp", "id": 1}]}, "products_names", "no name"),
    ({"products": [{"name": "Lamp"}]}, "products_ids", "no id"),
    ({"products": ["Lamp", 5, None]}, "products_ids", "no id"),
    ({"orders": [{"email": "a@b.example"}]}, "orders_ids", "no id"),
]


@pytest.mark.parametrize(
    ("fields", "code", "title"), CONNECTION + ACCESS + ANSWERS + PAGING + RECORDS
)
def test_what_keeps_a_store_from_working_fails(fields, code, title):
    with MisbehavingStore(**fields) as remote:
        report = examine(remote)
    verdict, said = found(report, code)
    assert (report.verdict, verdict) == ("fail", "fail"), whole(report)
    assert title in said
    assert len(remote.requests) <= MOST_REQUESTS
    for check in report.of("fail"):
        assert check.evidence and check.mend and check.curl, check


LIKE_NEW = {"name": "Lamp", "id": "1", "price": 5, "slug": "lamp", "description": "L."}
REMARKS = [
    ({"tls": "ending"}, "tls", "ends soon"),
    ({"health_mode": "html"}, "health", "odd body"),
    ({"guard": "anybody_but_for_orders"}, "products_protected", "given out"),
    ({"guard": "anybody_but_for_orders"}, "health_protected", "no credential"),
    ({"mode": "rate_limited_once"}, "products_answer", "not every time"),
    ({"mode": "server_error_once"}, "products_answer", "not every time"),
    ({"mode": "broken_once"}, "products_answer", "not every time"),
    ({"mode": "wrong_content_type"}, "products_content_type", "is wrong"),
    ({"mode": "bom"}, "products_json", "not quite right"),
    ({"mode": "utf16"}, "products_json", "not quite right"),
    (
        {"mode": "latin1_unsaid", "products": make_products(2, name="Tür")},
        "products_json",
        "not quite right",
    ),
    *(
        ({"mode": name}, "products_list", "not where it should be")
        for name in (
            "list_under_products",
            "list_under_items",
            "list_under_results",
            "list_nested",
            "list_as_object",
        )
    ),
    ({"mode": "list_null", "products": []}, "products_list", "not where it"),
    ({"products": []}, "products_empty", "lists no products"),
    ({"mode": "missing_past_end"}, "products_past_end", "answer 404"),
    ({"mode": "bad_request_past_end"}, "products_past_end", "answer 400"),
    ({"mode": "endless"}, "products_past_end", "may have no end"),
    ({"mode": "unsorted", **MANY}, "products_pages", "overlaps"),
    ({"mode": "duplicates_across_pages", **MANY}, "products_pages", "overlaps"),
    *(
        ({"mode": name, **MANY}, "products_per_page", "does not heed per_page")
        for name in (
            "per_page_ignored",
            "per_page_ignored_no_meta",
            "per_page_ignored_meta_asked",
            "everything_with_meta",
        )
    ),
    *(
        ({"mode": name, **MANY}, "products_meta", "cannot be right")
        for name in (
            "meta_strings",
            "meta_null",
            "meta_garbage",
            "meta_last_page_too_low",
            "meta_total_of_page",
            "meta_too_high",
            "meta_last_page_too_high",
            "meta_absurd",
            "per_page_ignored_meta_asked",
        )
    ),
    ({"mode": "duplicates_within_page"}, "products_duplicates", "share an id"),
    ({"mode": "strange_numbers"}, "products_prices", "cannot be read"),
    (
        {"products": [*make_products(5), {"name": "No id"}]},
        "products_ids",
        "1 of 6 products have no id",
    ),
    (
        {"products": [{**LIKE_NEW}, {**LIKE_NEW, "id": None, "sku": "S2"}]},
        "products_id_source",
        "different keys",
    ),
    (
        {"products": make_products(3, permalink=None, slug=None)},
        "products_links",
        "no link",
    ),
    (
        {"products": make_products(3, permalink="javascript:x", slug="")},
        "products_links",
        "no link",
    ),
    ({"products": make_products(3, stock_status="maybe")}, "products_stock", "3 of 3"),
    ({"products": make_products(3, price="soon")}, "products_prices", "cannot be"),
    (
        {"products": [{"id": "1", "name": "Lamp", "retail_price": "5.00"}]},
        "products_prices",
        "have no price",
    ),
    (
        {"products": make_products(3, description="", short_description=None)},
        "products_descriptions",
        "no description",
    ),
    ({"products": make_products(3, name="A1")}, "products_short_names", "very short"),
    ({"products": make_products(3, images=["x y"])}, "products_values", "not read"),
    (
        {"products": [{**LIKE_NEW, "photo_gallery_urls": ["https://x.example/1.jpg"]}]},
        "products_mapping",
        "look like fields",
    ),
    ({"orders": make_orders(2, customer_email=None)}, "orders_lookup", "looked up"),
    ({"orders": make_orders(2, order_number="")}, "orders_lookup", "looked up"),
    ({"orders": make_orders(2, created_at="Tuesday")}, "orders_dates", "cannot be"),
    ({"orders": make_orders(2, status=None)}, "orders_status", "no status"),
]


@pytest.mark.parametrize(("fields", "code", "title"), REMARKS)
def test_what_only_limps_gets_a_remark(fields, code, title):
    with MisbehavingStore(**fields) as remote:
        report = examine(remote)
    verdict, said = found(report, code)
    assert verdict == "warn", whole(report)
    assert title in said
    for check in report.of("warn"):
        assert check.evidence and check.mend, check
        assert check.curl or check.code == "not_checked"


def test_a_slow_page_is_told_by_its_share_of_the_limit():
    with MisbehavingStore("slow_once", delay_seconds=0.8) as remote:
        report = examine(remote, request_seconds=2)
    assert found(report, "products_speed")[0] == "warn"
    assert re.search(r"took (0\.8|0\.9|1\.)\d+ of the 2 seconds", whole(report))


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"base_url": "http://10.0.0.1"}, "address", "public internet address"),
        ({"base_url": "http://169.254.169.254"}, "address", "public internet address"),
        ({"policy": AddressPolicy(production=True)}, "address", "over https"),
        ({"base_url": "http://nowhere.invalid"}, "reachable", "nowhere.invalid"),
    ],
)
def test_an_address_that_may_not_be_asked_is_not_asked(changes, code, said):
    with MisbehavingStore() as remote:
        report = examine(remote, **changes)
        assert remote.requests == []
    assert found(report, code)[0] == "fail"
    assert said in whole(report)
    assert found(report, "not_checked")[0] == "warn"
    assert "10.0.0.1 refused" not in whole(report)


@pytest.mark.parametrize(
    "path", ["/api/products", "/api/orders", "/health", "/api/v1/health"]
)
def test_an_endpoints_path_in_the_base_url_is_pointed_out(path):
    with MisbehavingStore() as remote:
        report = examine(remote, base_url=remote.url + path)
    assert found(report, "address")[0] == "fail"
    assert "leave it out" in whole(report)


def test_laravels_prefix_is_recognised_from_both_sides():
    with MisbehavingStore(prefix="/api") as remote:
        mends = whole(examine(remote))
        assert f"Enter {remote.url}/api as the base URL" in mends
        assert examine(remote, base_url=f"{remote.url}/api").verdict == "pass"
    with MisbehavingStore() as remote:
        mends = whole(examine(remote, base_url=f"{remote.url}/api"))
        assert f"Enter {remote.url} as the base URL" in mends
    with MisbehavingStore(prefix="/api") as remote:
        report = examine(remote, health_path="/api/health")
        assert "/api/api/products" in found_check(report, "address").evidence


def found_check(report: Report, code: str):
    return next(check for check in report.checks if check.code == code)


def test_orders_readable_by_anyone_come_first_and_show_no_customer():
    with MisbehavingStore(guard="anybody", health_mode="not_found") as remote:
        report = examine(remote)
    assert report.checks[0].code == "orders_protected"
    assert len(report.of("fail")) > 1
    assert "Customer 1" not in whole(report)
    assert "customer1@" not in whole(report)
    assert "YOUR_KEY" not in report.checks[0].curl


def test_orders_under_an_unknown_key_are_still_readable_by_anyone():
    with MisbehavingStore("no_list", guard="anybody") as remote:
        report = examine(remote)
    assert found(report, "orders_protected")[0] == "fail"


def test_the_worst_comes_first():
    with MisbehavingStore("bom", health_mode="not_found", guard="anybody") as remote:
        verdicts = [check.verdict for check in examine(remote).checks]
    assert set(verdicts) == {"fail", "warn", "pass"}
    assert verdicts == sorted(verdicts, key=["fail", "warn", "pass"].index)


def test_near_misses_are_suggested_as_a_mapping():
    products = [{"id": n, "product_title": f"Lamp {n}"} for n in (1, 2)]
    with MisbehavingStore(products=products) as remote:
        check = found_check(examine(remote), "products_names")
        assert '{"name": "product_title"}' in check.mend
        assert "Lamp 1" in check.evidence
        mapped = examine(remote, mappings={"products": {"name": "product_title"}})
        assert found(mapped, "products_names")[0] == "pass"


def test_the_curl_lines_repeat_the_request_with_a_placeholder():
    with MisbehavingStore("not_found") as remote:
        check = found_check(examine(remote), "products_answer")
    url = f"'{remote.url}/api/products?page=1&per_page=50'"
    accept = "-H 'Accept: application/json'"
    assert check.curl == f"curl -i -H 'X-API-Key: YOUR_KEY' {accept} {url}"


@pytest.mark.parametrize("method", ["api_key", "bearer_token", "basic_auth"])
@pytest.mark.parametrize("mode", ["unauthorized", "error_body"])
def test_no_secret_is_in_a_report(method, mode):
    """The mode unauthorized repeats the credential in its body."""
    with MisbehavingStore(mode, health_mode=mode, auth_method=method) as remote:
        told = whole(examine(remote))
        sent = {value for r in remote.requests for value in r.headers.values()}
    secrets = {
        API_KEY,
        "super:secret",
        "super%3Asecret",
        "aGl3ZWxpbms6c3VwZXI6c2VjcmV0",
    }
    assert any(secret in " ".join(sent) for secret in secrets)
    assert not [secret for secret in secrets if secret in told]


def test_a_record_that_holds_the_credential_does_not_show_it():
    products = [{"id": 1, "title_of_it": API_KEY, "x": "https://a.example?token=abcd"}]
    with MisbehavingStore(products=products) as remote:
        told = whole(examine(remote))
    assert API_KEY not in told
    assert "abcd" not in told


def test_a_store_without_a_credential_is_asked_what_anybody_may_ask():
    with MisbehavingStore() as remote:
        config = replace(remote.config(), auth=NoCredential())
        report = check_config(config, credentials=None)
        assert len(remote.requests) == 3
        assert not any("x-api-key" in r.headers for r in remote.requests)
    assert report.verdict == "warn"
    assert found(report, "not_connected")[0] == "warn"
    assert found(report, "orders_protected")[0] == "pass"
    assert "no credential" in found_check(report, "not_checked").evidence
    with MisbehavingStore(guard="anybody") as remote:
        config = replace(remote.config(), auth=NoCredential())
        report = check_config(config, credentials=None)
    assert report.checks[0].code == "orders_protected"
    assert report.verdict == "fail"


TOLD = {
    fields.get("mode")
    for fields, *_ in CONNECTION + ACCESS + ANSWERS + PAGING + RECORDS + REMARKS
}


@pytest.mark.parametrize("mode", sorted(MODES.keys() - TOLD))
def test_every_other_mode_ends_within_its_requests_and_time(mode):
    with MisbehavingStore(mode) as remote:
        report = examine(remote, **(SLOW if mode in ENDLESS else {}))
    assert len(remote.requests) <= MOST_REQUESTS
    assert all(len(check.evidence) <= MAX_EVIDENCE for check in report.checks)
    if mode in ENDLESS:
        assert found(report, "products_answer") == (
            "fail",
            "The products endpoint is too slow",
        )
        assert "lower `per_page`, or add a database index" in whole(report)


@pytest.mark.parametrize("mode", ["rate_limited_long", "rate_limited_always"])
def test_a_store_that_asks_to_be_left_alone_is(mode):
    with MisbehavingStore(mode) as remote:
        report = examine(remote)
        assert remote.asked("orders") == []
        assert len(remote.asked("products")) <= 2
    assert "left alone (429)" in found_check(report, "not_checked").evidence


@pytest.mark.parametrize(
    "entered", [f'"{API_KEY}"', f"X-API-Key: {API_KEY}", f"Bearer {API_KEY}"]
)
def test_a_key_that_was_pasted_with_its_surroundings_is_recognised(entered):
    with MisbehavingStore() as remote:
        config = remote.config(auth=auth_from("api_key", {"api_key": entered}))
        report = check_config(config, credentials={"api_key": entered})
    assert "Enter the key alone" in found_check(report, "credential").mend
    assert API_KEY not in whole(report)


def test_of_a_page_of_thousands_the_first_records_are_judged():
    products = make_products(4_000, slug=None, permalink=None)
    with MisbehavingStore("everything_with_meta", products=products) as remote:
        report = examine(remote)
    assert found(report, "products_links")[1].startswith("200 of 200 products")
    assert "4000 records" in found_check(report, "products_per_page").evidence
    assert found(report, "products_pages")[0] == "fail"


def test_the_requests_are_paced():
    waits: list[float] = []
    with MisbehavingStore() as remote:
        examine(remote, pause_seconds=0.2, sleep=waits.append)
    assert len(waits) == len(remote.requests) - 1
    assert all(0.15 < wait <= 0.2 for wait in waits)


def test_a_run_that_takes_too_long_says_what_it_left_out(monkeypatch):
    monkeypatch.setattr("commerce.services.doctor.asking.LEAST_SECONDS", 59.8)
    with MisbehavingStore("slow_first_byte", delay_seconds=0.1) as remote:
        report = examine(remote)
    left = found_check(report, "not_checked").evidence
    assert "GET /api/products?page=999&per_page=50" in left
    assert len(remote.requests) < MOST_REQUESTS
