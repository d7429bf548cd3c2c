import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.connector.envelope import FLAT, Meta, page_from
from commerce.connector.errors import ResponseError
from commerce.connector.parsing import Parsed

A, B = {"id": "1", "name": "A"}, {"id": "2", "name": "B"}


def page_of(body):
    return page_from(Parsed(body))


def codes(page):
    return [warning.code for warning in page.warnings]


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"data": [A, B]}, "data"),
        ([A, B], FLAT),
    ],
)
def test_the_two_specified_places_need_no_warning(body, key):
    page = page_of(body)
    assert (page.records, page.list_key, codes(page)) == ([A, B], key, [])


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"products": [A, B]}, "products"),
        ({"orders": [A, B]}, "orders"),
        ({"items": [A, B], "count": 2}, "items"),
        ({"results": [A, B], "next": None}, "results"),
        ({"data": {"items": [A, B]}}, "data.items"),
        ({"data": {"products": [A, B]}}, "data.products"),
        ({"data": {"data": [A, B], "total": 2}}, "data.data"),
        ({"products": {"data": [A, B]}}, "products.data"),
    ],
)
def test_lists_in_other_places_are_found_with_a_warning(body, key):
    page = page_of(body)
    assert (page.records, page.list_key, codes(page)) == ([A, B], key, ["list_key"])
    assert f'"{key}"' in page.warnings[0].detail


def test_data_wins_over_other_lists():
    page = page_of({"items": [A], "data": [B], "products": [A]})
    assert (page.records, page.list_key) == ([B], "data")


@pytest.mark.parametrize("body", [[], {"data": []}, {"data": [], "meta": {"total": 0}}])
def test_an_empty_list_is_a_page(body):
    assert page_of(body).records == []


@pytest.mark.parametrize(
    ("value", "records"), [(None, []), ({}, []), ({"0": A, "2": B}, [A, B])]
)
def test_lists_as_go_and_php_write_them_are_read_with_a_warning(value, records):
    page = page_of({"data": value})
    assert (page.records, codes(page)) == (records, ["not_a_list"])


def test_records_are_handed_on_as_they_are():
    assert page_of({"data": [A, "text", None, 5]}).records == [A, "text", None, 5]


@pytest.mark.parametrize(
    ("body", "quoted"),
    [
        ({"error": "No database"}, "No database"),
        ({"error": "No database", "data": []}, "No database"),
        ({"error": {"code": 5, "text": "No database"}}, "No database"),
        ({"errors": ["No database"], "data": None}, "No database"),
        ({"success": False, "message": "No licence"}, "No licence"),
        ({"success": False, "data": []}, "success"),
        ({"ok": 0, "data": []}, "ok"),
        ({"message": "Unauthenticated."}, "Unauthenticated."),
        ({"detail": "Not authenticated"}, "Not authenticated"),
        ({"status": "error", "message": "Bad", "data": []}, "Bad"),
        ({"code": 401, "msg": "token invalid", "data": None}, "token invalid"),
        ({"statusCode": 500, "data": []}, "statusCode"),
        ({"message": "Gone", "data": None}, "Gone"),
    ],
)
def test_a_200_with_an_error_is_not_an_empty_catalogue(body, quoted):
    with pytest.raises(ResponseError) as caught:
        page_of(body)
    assert caught.value.code == "error_body"
    assert quoted in caught.value.detail


@pytest.mark.parametrize(
    "extra",
    [
        {"error": None},
        {"error": False},
        {"errors": []},
        {"success": True},
        {"ok": 1},
        {"status": "ok"},
        {"status": 200},
        {"code": 0},
        {"message": "OK"},
    ],
)
def test_words_of_success_are_no_error(extra):
    assert page_of({"data": [], **extra}).records == []
    assert codes(page_of({"data": [A], **extra})) == []


def test_records_beside_an_error_are_kept_with_a_warning():
    page = page_of({"data": [A], "error": "Index is old"})
    assert page.records == [A]
    assert codes(page) == ["error_beside_records"]
    assert "Index is old" in page.warnings[0].detail


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"catalogue": [A]}, 'Rename "catalogue" to "data"'),
        ({"id": "1", "name": "A"}, '"id", "name"'),
        ({"data": {"id": "1"}}, '"data"'),
        ({"data": "soon"}, '"data"'),
        ({}, "no key at all"),
        ("text", '"data"'),
        (5, '"data"'),
        (None, '"data"'),
    ],
)
def test_no_list_says_what_is_there_and_what_to_do(body, said):
    with pytest.raises(ResponseError) as caught:
        page_of(body)
    assert caught.value.code == "no_records"
    assert said in caught.value.detail


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["data", "items", "meta", "error", "message", "total"])
            | st.text(max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@settings(max_examples=100, deadline=None, database=None)
@given(JSON)
def test_any_json_is_a_page_or_an_error_that_can_be_stored(body):
    try:
        page = page_of(body)
    except ResponseError as error:
        assert error.detail.isprintable()
    else:
        assert isinstance(page.records, list)
        assert page.digest
        assert all(warning.detail.isprintable() for warning in page.warnings)


META = {"current_page": 2, "per_page": 50, "total": 250, "last_page": 5}


@pytest.mark.parametrize(
    "body",
    [
        {"data": [A], "meta": META},
        {"data": [A], **META},
        {"data": [A], "pagination": META},
        {"data": [A], "meta": {"pagination": META}},
        {"data": [A], "meta": None, "pagination": META},
        {"data": {"data": [A], **META}},
        {
            "data": [A],
            "meta": {"page": 2, "page_size": 50, "totalCount": 250, "pages": 5},
        },
    ],
)
def test_the_meta_is_found_where_stores_keep_it(body):
    assert page_of(body).meta == Meta(2, 50, 250, 5)


@pytest.mark.parametrize(
    ("value", "read", "warned"),
    [
        (250, 250, []),
        (0, 0, []),
        ("250", 250, ["meta_text"]),
        (250.0, 250, []),
        (None, None, ["meta_ignored"]),
        (-1, None, ["meta_ignored"]),
        (True, None, ["meta_ignored"]),
        (2.5, None, ["meta_ignored"]),
        ("many", None, ["meta_ignored"]),
        ("9" * 99, None, ["meta_ignored"]),
        (float("inf"), None, ["meta_ignored"]),
        (float("nan"), None, ["meta_ignored"]),
        ([1], None, ["meta_ignored"]),
    ],
)
def test_only_counts_are_believed(value, read, warned):
    page = page_of({"data": [A], "meta": {"total": value, "per_page": 50}})
    assert page.meta.total == read
    assert codes(page) == warned


def test_without_any_sane_number_there_is_no_meta():
    assert page_of({"data": [A], "meta": {"total": None, "note": "x"}}).meta is None
    assert page_of({"data": [A], "meta": "none"}).meta is None
    assert page_of([A]).meta is None


def test_unrelated_keys_beside_the_list_are_no_bad_meta():
    page = page_of({"data": [A], "pages": ["about"], "total": 699.98})
    assert (page.meta, codes(page)) == (None, [])


def test_digests_tell_pages_apart():
    assert page_of([A, B]).digest == page_of({"data": [A, B]}).digest
    assert page_of([A]).digest != page_of([B]).digest
    assert page_of(["\ud800"]).digest
