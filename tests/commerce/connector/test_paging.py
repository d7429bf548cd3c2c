"""From outside: what is read from each store, and what is said about it."""

import json

import pytest

from commerce.connector.client import StoreClient
from commerce.connector.envelope import read_page
from commerce.connector.errors import ConfigError, ResponseError, RetryableError
from commerce.connector.pagination import Cursor
from tests.stores import MODES, MisbehavingStore, make_orders, make_products, modes


class Run:
    """What reading a store to its end brought."""

    def __init__(self, store, resource="products", max_pages=40):
        self.ids, self.warnings, cursor = set(), set(), Cursor(max_pages=max_pages)
        with StoreClient(store.config()) as client:
            while True:
                self.step = self.take_page(client, resource, cursor)
                if self.step.done:
                    break
                # Each page may be the last of a slice.
                cursor = Cursor.from_json(json.loads(json.dumps(cursor.to_json())))
        self.pages = store.pages_asked(resource)
        problem = self.step.problem
        self.end = problem.code if problem else self.step.end_proved_by
        self.duplicates = cursor.duplicates

    def take_page(self, client, resource, cursor):
        try:
            page = read_page(client.fetch_page(resource, cursor.next_page))
        except ConfigError as error:
            if not cursor.accepts_as_end(error):
                raise
            return cursor.observe_missing(error.http_status)
        ids = [record["id"] for record in page.records]
        self.ids |= set(ids)
        self.warnings |= {warning.code for warning in page.warnings}
        return cursor.observe(ids, len(ids), page.meta, 50, page.digest)


def upto(page):
    return list(range(1, page + 1))


@pytest.mark.parametrize(
    ("mode", "pages", "end", "warnings"),
    [
        ("honest", upto(3), "meta", set()),
        ("gzipped", upto(3), "meta", set()),
        ("cookies", upto(3), "meta", set()),
        ("bom", upto(3), "meta", {"encoding"}),
        ("utf16", upto(3), "meta", {"encoding"}),
        ("wrong_content_type", upto(3), "meta", {"content_type"}),
        ("list_under_products", upto(3), "meta", {"list_key"}),
        ("list_under_items", upto(3), "meta", {"list_key"}),
        ("list_under_results", upto(3), "meta", {"list_key"}),
        ("list_nested", upto(3), "meta", {"list_key"}),
        ("list_as_object", upto(3), "meta", {"not_a_list"}),
        ("list_null", upto(3), "meta", set()),
        ("laravel_paginator", upto(3), "meta", set()),
        ("flat", upto(4), "short_page", set()),
        ("no_meta", upto(4), "short_page", set()),
        ("meta_strings", upto(3), "meta", {"meta_text"}),
        ("meta_null", upto(4), "short_page", {"meta_ignored"}),
        ("meta_garbage", upto(4), "short_page", {"meta_ignored"}),
        ("meta_last_page_too_low", upto(3), "meta", set()),
        ("meta_last_page_too_high", upto(4), "short_page", set()),
        ("meta_total_of_page", upto(4), "short_page", set()),
        ("meta_absurd", upto(4), "short_page", set()),
        ("per_page_ignored", upto(6), "meta", set()),
        ("per_page_ignored_no_meta", upto(7), "empty_page", set()),
        ("per_page_ignored_meta_asked", upto(6), "meta", set()),
        ("missing_past_end", upto(4), "short_page", set()),
        ("bad_request_past_end", upto(4), "short_page", set()),
        ("everything_with_meta", upto(1), "meta", set()),
        ("duplicates_within_page", upto(3), "meta", set()),
        ("duplicates_across_pages", upto(4), "short_page", set()),
    ],
)
def test_these_stores_are_read_whole(mode, pages, end, warnings):
    with MisbehavingStore(mode, products=make_products(120)) as store:
        run = Run(store)
    assert run.ids == {f"prod_{number}" for number in range(1, 121)}
    assert run.step.complete
    assert (run.pages, run.end, run.warnings) == (pages, end, warnings)


@pytest.mark.parametrize(
    ("mode", "read", "pages", "problem"),
    [
        ("repeats_first_page", 50, upto(2), "pagination_repeats"),
        ("repeats_first_page_no_meta", 50, upto(2), "pagination_repeats"),
        ("repeats_shuffled", 50, upto(2), "pagination_repeats"),
        ("repeats_last_page", 120, upto(4), "pagination_repeats"),
        ("starts_again", 120, upto(4), "pagination_repeats"),
        ("everything", 120, upto(2), "pagination_repeats"),
        ("meta_too_high", 120, upto(4), "fewer_than_announced"),
        ("missing_from_page_2", 50, upto(2), "fewer_than_announced"),
        ("endless", 40 * 50, upto(40), "too_many_pages"),
    ],
)
def test_these_stores_are_read_as_far_as_they_go(mode, read, pages, problem):
    with MisbehavingStore(mode, products=make_products(120)) as store:
        run = Run(store)
    assert not run.step.complete
    assert (len(run.ids), run.pages, run.end) == (read, pages, problem)
    assert run.step.problem.detail.endswith(".")


@pytest.mark.parametrize("mode", ["missing_past_end", "bad_request_past_end"])
def test_an_error_after_full_pages_ends_the_run_without_proof(mode):
    with MisbehavingStore(mode, products=make_products(100)) as store:
        run = Run(store)
    assert len(run.ids) == 100
    assert (run.step.complete, run.step.problem) == (False, None)


def test_a_store_that_shrinks_is_read_whole_all_the_same():
    with MisbehavingStore("shrinking", products=make_products(120)) as store:
        run = Run(store)
        kept = {record["id"] for record in store.products}
    assert len(kept) == 117
    assert kept <= run.ids
    assert run.step.complete
    assert run.pages == [1, 2, 1, 2, 3]


def test_a_store_that_grows_is_read_whole():
    with MisbehavingStore("growing", orders=make_orders(120)) as store:
        run = Run(store, "orders")
    assert {f"order_{number}" for number in range(1, 121)} <= run.ids
    assert run.step.complete
    assert run.duplicates == 2


def test_a_store_without_an_order_of_its_own_is_not_called_complete():
    with MisbehavingStore("unsorted", products=make_products(120)) as store:
        run = Run(store)
    assert len(run.ids) < 120
    assert (run.step.complete, run.end) == (False, "fewer_than_announced")


@pytest.mark.parametrize(
    "mode", ["honest", "no_meta", "flat", "list_null", "meta_null"]
)
def test_an_empty_store_is_complete(mode):
    with MisbehavingStore(mode, products=[]) as store:
        run = Run(store)
    assert (run.ids, run.pages, run.end) == (set(), [1], "empty_page")
    assert run.step.complete


def test_a_store_whose_pages_are_all_full_needs_no_extra_request():
    with MisbehavingStore(products=make_products(250)) as store:
        run = Run(store)
    assert (len(run.ids), run.pages) == (250, upto(5))


def test_letters_survive_the_encodings_of_old_stores():
    products = make_products(1, name="Größe é")
    for mode in ("latin1", "latin1_unsaid", "utf16", "bom"):
        with (
            MisbehavingStore(mode, products=products) as store,
            StoreClient(store.config()) as client,
        ):
            page = read_page(client.fetch_page("products", 1))
        assert page.records[0]["name"] == "Größe é"


@pytest.mark.parametrize(
    ("mode", "code", "said"),
    [
        ("html", "not_json", "<!DOCTYPE html>"),
        ("html_as_json", "not_json", "a web page"),
        ("plain_text", "not_json", "Service is fine."),
        ("empty_body", "not_json", "empty"),
        ("truncated_json", "truncated", "ends in the middle"),
        ("deep_json", "too_deep", "64"),
        ("fairly_deep_json", "too_deep", "64"),
        ("error_body", "error_body", "Database connection failed"),
        ("error_body_success_false", "error_body", "Licence expired"),
        ("error_body_message", "error_body", "Unauthenticated."),
        ("no_list", "no_records", '"catalogue"'),
    ],
)
def test_an_answer_that_is_no_page_says_what_it_is(mode, code, said):
    with MisbehavingStore(mode) as store, pytest.raises(ResponseError) as caught:
        Run(store)
    error = caught.value
    assert (error.code, error.http_status) == (code, 200)
    assert said in error.detail
    assert error.curl.startswith("curl ")


def test_strange_numbers_cost_no_record():
    with MisbehavingStore("strange_numbers") as store:
        run = Run(store)
    assert run.ids == {"1", "2", "3"}
    assert run.warnings == {"not_finite"}


def test_what_was_read_before_an_error_stays_read():
    with MisbehavingStore("server_error_from_page_2") as store:
        store.products = make_products(120)
        with pytest.raises(RetryableError):
            Run(store)
        assert store.pages_asked() == [1, 2, 2, 2, 2]


def test_a_body_that_repeats_the_credential_is_masked():
    with MisbehavingStore() as store:
        with StoreClient(store.config()) as client:
            answer = client.fetch_page("products", 1)
        secret = answer.secrets[0]
        object.__setattr__(answer, "body", f"<b>{secret}</b>".encode())
        with pytest.raises(ResponseError) as caught:
            read_page(answer)
    assert secret not in caught.value.detail + caught.value.evidence + repr(answer)


def test_every_mode_is_described_in_a_line():
    assert set(modes()) == set(MODES)
    for name, line in modes().items():
        assert line and "\n" not in line, name
