"""What has to come of a sync with each store of tests/stores.py.

Each lists 120 products in pages of 50, and we hold one more that it does not list.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    """removed: products taken for gone. issues: the codes of what the merchant should
    mend. says: a part of the sentence that names the cause.
    """

    status: str = "succeeded"
    code: str = ""
    stored: int = 120
    removed: int = 0
    skipped: int = 0
    issues: frozenset[str] = frozenset()
    says: str = ""


def whole(*issues: str, stored: int = 120, removed: int = 1) -> Outcome:
    """Everything is read and its end proved: what is absent is removed."""
    return Outcome(stored=stored, removed=removed, issues=frozenset(issues))


def failed(code: str, says: str, *, stored: int = 0) -> Outcome:
    return Outcome("failed", code, stored, says=says)


def partial(code: str, says: str, *issues: str, **counts: int) -> Outcome:
    return Outcome("partial", code, says=says, issues=frozenset(issues), **counts)


TIMEOUT = failed("timeout", "did not finish its answer within 1 seconds")
CUT = failed("connection_failed", "closed the connection before its answer")
REPEATS = "Page 2 holds the same records as a page before it"

OUTCOMES = {
    # Statuses
    "honest": whole(),
    "refused": failed("connection_failed", "refused the connection"),
    "rate_limited_once": whole(),
    "rate_limited_date": whole(),
    "rate_limited_long": Outcome("queued", stored=0),
    "rate_limited_nonsense": whole(),
    "rate_limited_always": failed("rate_limited", "slow down (429"),
    "rate_limited_often": whole(),
    "server_error_once": whole(),
    "server_error": failed("server_error", "failed to answer (500"),
    "server_error_from_page_2": failed("server_error", "(500", stored=50),
    "server_error_past_end": failed("server_error", "(500", stored=120),
    "unavailable_once": whole(),
    "unauthorized": failed("unauthorized", "refused the credential (401"),
    "forbidden": failed("forbidden", "does not let it read this (403"),
    "not_found": failed("not_found", "nothing at this address (404"),
    "teapot": failed("client_error", "rejected the request (418"),
    "no_content": failed("unexpected_status", "204 No Content where 200"),
    "accepted": failed("unexpected_status", "202 Accepted where 200"),
    "redirect_same_origin": failed("redirected", "/v2/api/products"),
    "redirect_other_origin": failed("redirected", "elsewhere.example"),
    "needs_parameters": failed("client_error", "rejected the request (400"),
    "redirect_login": failed("redirected", "/login"),
    "redirect_slash": failed("redirected", "/api/products/"),
    "redirect_endless": failed("redirected", "/elsewhere"),
    # Time and the wire
    "timeout": TIMEOUT,
    "slow_first_byte": whole(),
    "slow_once": whole(),
    "broken_once": whole(),
    "broken": CUT,
    "drip_headers": TIMEOUT,
    "drip_body": TIMEOUT,
    "drip_chunks": TIMEOUT,
    "endless_continue": TIMEOUT,
    "endless_body": failed("too_large", "larger than 33,554,432 bytes"),
    "gzip_bomb": failed("too_large", "larger than 33,554,432 bytes"),
    "gzipped": whole(),
    "gzip_broken": failed("bad_encoding", "Content-Encoding"),
    "truncated_body": CUT,
    "truncated_chunks": CUT,
    "truncated_json": failed("truncated", "ends in the middle"),
    "not_http": failed("not_http", "does not speak HTTP"),
    "raw": CUT,
    "cookies": whole(),
    # Bodies
    "html": failed("not_json", "a web page, not JSON"),
    "html_as_json": failed("not_json", "a web page, not JSON"),
    "html_from_page_2": failed("not_json", "a web page, not JSON", stored=50),
    "plain_text": failed("not_json", "Service is fine."),
    "empty_body": failed("not_json", "The body is empty"),
    "wrong_content_type": whole("content_type"),
    "bom": whole("encoding"),
    "utf16": whole("encoding"),
    "latin1": whole(),
    "latin1_unsaid": whole(),
    "deep_json": failed("too_deep", "more than 64 levels"),
    "fairly_deep_json": failed("too_deep", "more than 64 levels"),
    "strange_numbers": whole("not_finite", "invalid_price", stored=3),
    "error_body": failed("error_body", "Database connection failed"),
    "error_body_success_false": failed("error_body", "Licence expired"),
    "error_body_message": failed("error_body", "Unauthenticated."),
    "error_body_from_page_2": failed("error_body", "Database", stored=50),
    # Where the list is
    "list_under_products": whole("list_key"),
    "list_under_items": whole("list_key"),
    "list_under_results": whole("list_key"),
    "list_nested": whole("list_key"),
    "list_as_object": whole("not_a_list"),
    "list_null": whole(),
    "no_list": failed("no_records", 'it has "catalogue", "meta"'),
    "flat": whole(),
    "laravel_paginator": whole(),
    # Meta
    "no_meta": whole(),
    "meta_strings": whole("meta_text"),
    "meta_null": whole("meta_ignored"),
    "meta_garbage": whole("meta_ignored"),
    "meta_last_page_too_low": whole(),
    "meta_total_of_page": whole(),
    "meta_too_high": partial("fewer_than_announced", "1,200 records"),
    "meta_last_page_too_high": whole(),
    "meta_absurd": whole(),
    # Paging
    "per_page_ignored": whole(),
    "per_page_ignored_no_meta": whole(),
    "per_page_ignored_meta_asked": whole(),
    "repeats_first_page": partial("pagination_repeats", REPEATS, stored=50),
    "repeats_first_page_no_meta": partial("pagination_repeats", REPEATS, stored=50),
    "repeats_shuffled": partial("pagination_repeats", REPEATS, stored=50),
    "repeats_last_page": partial("pagination_repeats", "Page 4 holds the same"),
    "starts_again": partial("pagination_repeats", "Page 4 holds the same"),
    "endless": partial("too_many_pages", "no end after 60 pages", stored=3000),
    "missing_past_end": whole(),
    "bad_request_past_end": whole(),
    "missing_from_page_2": partial("fewer_than_announced", "120 records", stored=50),
    "everything": partial("pagination_repeats", REPEATS),
    "everything_with_meta": whole(),
    "shrinking": whole(),
    "growing": whole(),
    "unsorted": partial("fewer_than_announced", "different ones", stored=90),
    "duplicates_within_page": whole("duplicate_id"),
    "duplicates_across_pages": whole(),
    "gap": partial("fewer_than_announced", "120 records", stored=50),
    # Records
    "not_objects": partial(
        "records_skipped", "120 of 120", "not_an_object", stored=0, skipped=120
    ),
    "other_names": partial(
        "records_skipped",
        "120 of 120",
        "missing_name",
        stored=0,
        skipped=120,
        removed=1,
    ),
    "some_without_id": partial(
        "records_skipped", "3 of 120", "missing_id", stored=117, skipped=3
    ),
    "ids_of_all_kinds": whole("duplicate_id", stored=114),
    "absurd_values": whole(
        "too_long",
        "record_cut",
        "invalid_url",
        "invalid_list",
        "invalid_slug",
        "invalid_text",
        "invalid_entry",
        "invalid_price",
        "invalid_number",
        "invalid_attributes",
        "unknown_stock_status",
    ),
    "huge_texts": whole("too_long"),
}
