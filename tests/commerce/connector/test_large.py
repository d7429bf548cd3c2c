"""Bodies of megabytes: the same records as ever, in bounded memory and time."""

import json
import time
import tracemalloc

import pytest

from commerce.connector.envelope import page_from
from commerce.connector.errors import ResponseError
from commerce.connector.large import (
    MAX_RECORD_BYTES,
    MAX_RECORDS,
    Records,
    parse_large,
)
from commerce.connector.parsing import parse_json
from tests.stores import make_products

JSON = "application/json"
RECORDS = make_products(30) + [
    {"id": 'a "quoted" ] } one', "name": "Gr\u00f6\u00dfe \U0001f600 \\", "of": [{}]},
    {"id": "\u2028", "name": "", "deep": {"a": [[{"b": "]"}], [], {}]}},
]
MEBI = 1 << 20


def page_of(body, content_type=JSON):
    return page_from(parse_large(body, content_type))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda records: records,
        lambda records: {"data": records, "meta": {"total": 32}},
        lambda records: {"meta": {"total": 32}, "more": [{}], "data": records},
        lambda records: {"data": {"items": records, "total": 32}},
        lambda records: {"products": records},
    ],
)
@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("indent", [None, 1])
def test_a_large_body_is_read_like_a_small_one(wrap, ascii_only, indent):
    body = json.dumps(wrap(RECORDS), ensure_ascii=ascii_only, indent=indent).encode()
    large, small = page_of(body), page_from(parse_json(body, JSON))
    assert isinstance(large.records, Records)
    assert list(large.records) == small.records == RECORDS
    assert [record for part in large.parts() for record in part] == RECORDS
    assert (large.meta, large.list_key) == (small.meta, small.list_key)
    assert (large.warnings, large.digest) == (small.warnings, small.digest)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32-be"])
def test_other_encodings_are_read_too(encoding):
    body = json.dumps({"data": RECORDS}, ensure_ascii=False).encode(encoding)
    assert list(page_of(body).records) == RECORDS


def test_letters_of_old_stores_are_read_with_a_warning():
    records = [{"id": "1", "name": "Größe"}]
    body = json.dumps({"data": records}, ensure_ascii=False).encode("latin-1")
    page = page_of(body)
    assert list(page.records) == records
    assert [warning.code for warning in page.warnings] == ["not_utf8"]


@pytest.mark.parametrize(
    "body",
    [
        b'{"data": []}',
        b"[]",
        b'{"data": [1, 2]}',
        b'{"data": [{"id": 1}, 2, {"id": 3}]}',
        b'{"data": [[{"id": 1}]]}',
        b'{"data": {"0": {"id": 1}}}',
        b'{"data": [{"id": 1}], "data": []}',
    ],
)
def test_what_is_no_list_of_objects_is_read_as_ever(body):
    assert page_of(body) == page_from(parse_json(body, JSON))


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"data": [{"id": 1}', "truncated"),
        (b'{"data": [{"id": "1', "truncated"),
        (b'{"data": [{"id": 1}, {"id": 2]}', "not_json"),
        (b'{"data": [{"id": 1} {"id": 2}]}', "not_json"),
        (b'{"data": [{"id": 1, }]}', "not_json"),
        (b'{"data": [{"id": 1}]} trailing', "not_json"),
        (b'{"data": [{"id": 1}]}]', "not_json"),
        (b"<html>[{}]", "not_json"),
        (b"plain [{}]", "not_json"),
        (b"{" * 1000, "too_deep"),
        (b'{"data": [{"a": ' + b"[" * 80 + b"]" * 80 + b"}]}", "too_deep"),
    ],
)
def test_what_is_no_json_has_its_name(body, code):
    with pytest.raises(ResponseError) as caught:
        page_of(body)
    assert caught.value.code == code


def test_a_record_that_is_too_large_costs_itself_only():
    huge = {"id": "2", "text": "x" * MAX_RECORD_BYTES}
    wide = {"id": "3", "list": list(range(200_000))}
    records = [{"id": "1"}, huge, wide, {"id": "4"}]
    read = list(page_of(json.dumps({"data": records}).encode()).records)
    assert (read[0], read[3]) == (records[0], records[3])
    assert read[1].startswith("a record of 4,194,")
    assert read[2].startswith("a record of 200,")


def test_a_page_holds_no_more_records_than_anybody_asked_for():
    body = json.dumps({"data": [{}] * (MAX_RECORDS + 1)}).encode()
    with pytest.raises(ResponseError) as caught:
        page_of(body)
    assert caught.value.code == "too_large"


def test_warnings_about_values_are_kept():
    page = page_of(b'{"data": [{"id": 1, "price": NaN}, {"id": 2, "price": NaN}]}')
    assert [warning.code for warning in page.warnings] == ["not_finite"]


HOSTILE = [
    b'{"a": "' + b'\\"' * (8 * MEBI),
    b'{"a": 1' + b" " * (16 * MEBI),
    b"[]" + b" " * (16 * MEBI),
    b'{"a": ' + b"1," * (500_000),
    b'{"data": [{"a": "' + b"\\u00e9" * (2 * MEBI) + b'"}]}',
    b'{"data": [' + b"{}," * 300_000,
    b'{"data": [{"a": ' + b"9" * (16 * MEBI) + b"}]}",
    b'"' * (16 * MEBI),
    b'{"a": [' + b'"",' * 300_000 + b"[{}]",
]


@pytest.mark.parametrize("body", HOSTILE, ids=lambda body: repr(body[:24]))
def test_no_body_takes_long_or_much(body):
    tracemalloc.start()
    began = time.process_time()
    try:
        page_of(body)
    except ResponseError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert time.process_time() - began < 5
    assert peak < 80 * MEBI


def test_a_large_page_is_never_held_as_a_whole():
    text = "\U0001f600" + "a" * 400_000
    body = json.dumps(
        {"data": [{"id": str(n), "text": text} for n in range(50)]}, ensure_ascii=False
    ).encode()
    tracemalloc.start()
    try:
        page = page_of(body)
        count = sum(len(list(part)) for part in page.parts())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 50
    assert peak < 40 * MEBI  # as a whole: 80 for the text, as much for the values
