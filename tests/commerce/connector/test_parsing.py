import json
import math
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commerce.connector.errors import ResponseError
from commerce.connector.parsing import MAX_VALUES, first_line, parse_json

JSON = "application/json"


def error_of(body, content_type=JSON, **options):
    with pytest.raises(ResponseError) as caught:
        parse_json(body, content_type, **options)
    return caught.value


def codes(parsed):
    return [warning.code for warning in parsed.warnings]


@pytest.mark.parametrize(
    ("encoding", "warnings"),
    [
        ("utf-8", []),
        ("utf-8-sig", ["encoding"]),
        ("utf-16", ["encoding"]),
        ("utf-16-le", ["encoding"]),
        ("utf-32-be", ["encoding"]),
    ],
)
@pytest.mark.parametrize(
    "content_type",
    [
        JSON,
        "application/json; charset=ISO-8859-1",
        "application/problem+json; charset=utf-8",
    ],
)
def test_unicode_is_read_whatever_its_encoding_and_label(
    encoding, warnings, content_type
):
    parsed = parse_json('\n {"a": "é€😀"}\n'.encode(encoding), content_type)
    assert parsed.value == {"a": "é€😀"}
    assert codes(parsed) == warnings


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=latin1",
        "application/json; charset=utf-8",
        JSON,
        'application/json; charset="no-such"',
    ],
)
def test_western_letters_that_are_not_utf8_are_read_with_a_warning(content_type):
    parsed = parse_json('{"a": "Größe é"}'.encode("latin-1"), content_type)
    assert parsed.value == {"a": "Größe é"}
    assert codes(parsed) == ["not_utf8"]


def test_one_broken_letter_does_not_spoil_the_others():
    body = '{"a": "Größe größer", "b": "'.encode() + b"\xe2\x82" + b'"}'
    parsed = parse_json(body, JSON)
    assert parsed.value["a"] == "Größe größer"
    assert codes(parsed) == ["not_utf8"]


def test_strict_reading_takes_no_other_encoding():
    assert error_of(b'{"a": "\xe9"}', strict=True).code == "not_json"
    assert parse_json('{"a": "é"}'.encode(), JSON, strict=True).value == {"a": "é"}


@pytest.mark.parametrize("content_type", [None, "", "text/html", "text/plain"])
def test_json_under_another_label_is_read_with_a_warning(content_type):
    parsed = parse_json(b"[1]", content_type)
    assert parsed.value == [1]
    assert codes(parsed) == ["content_type"]


@pytest.mark.parametrize("body", [b"", b"  \r\n", b"\xef\xbb\xbf"])
def test_nothing_is_not_json(body):
    assert error_of(body).code == "not_json"


def test_a_web_page_is_called_one_and_quoted():
    error = error_of(b"\n<!DOCTYPE html>\n<html>...", "text/html")
    assert error.code == "not_json"
    assert "a web page" in error.detail and "<!DOCTYPE html>" in error.detail
    assert error.evidence == "<!DOCTYPE html>"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"Service is fine", "not_json"),
        (b"{'a': 1}", "not_json"),
        (b'{"a": 1} trailing', "not_json"),
        (b'{"a": 1,}', "not_json"),
        (b'{"data": [{"id": 1}, {"id"', "truncated"),
        (b'{"data": [{"id": "abc', "truncated"),
        (b'{"data": [1, 2', "truncated"),
        (b'{"data": tru', "truncated"),
        (b'{"data": "a\\u00', "truncated"),
        (b"[", "truncated"),
    ],
)
def test_broken_json_is_told_from_json_that_was_cut(body, code):
    assert error_of(body).code == code


@pytest.mark.parametrize("depth", [65, 200, 900, 100_000])
@pytest.mark.parametrize("pair", ["[]", "{}"])
def test_deep_json_is_refused(depth, pair):
    opening, closing = ("[", "]") if pair == "[]" else ('{"a":', "}")
    body = opening * depth + "1" + closing * depth
    assert error_of(body.encode()).code == "too_deep"


def test_sixty_four_levels_are_read():
    body = b"[" * 64 + b"]" * 64
    assert parse_json(body, JSON).value


def test_more_values_than_memory_should_hold_are_refused():
    assert error_of(b"[" + b"{}," * MAX_VALUES + b"{}]").code == "too_large"


def test_strange_numbers_cost_their_field_only():
    digits = "9" * 5000
    body = f"[NaN, Infinity, -Infinity, {digits}, -{digits}, 1e999, {10**300}, 5]"
    parsed = parse_json(body.encode(), JSON)
    nan, *infinities = parsed.value[:6]
    assert math.isnan(nan)
    assert infinities == [math.inf, -math.inf, math.inf, -math.inf, math.inf]
    assert parsed.value[6:] == [10**300, 5]
    assert codes(parsed) == ["not_finite"]


def test_reading_a_page_takes_no_python_a_value():
    """The scan for depth is a regular expression's: calls do not grow with the page."""
    record = {"id": "prod_1", "name": "Headphones", "price": 349.99, "tags": ["a"] * 20}
    body = json.dumps({"data": [record] * 1000}).encode()
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        parse_json(body, JSON)
    finally:
        sys.setprofile(None)
    assert calls < 500


@pytest.mark.parametrize(
    ("body", "line"),
    [
        (b"\n\n one \ntwo", "one"),
        (b"\xef\xbb\xbfone", "one"),
        (b"a\x00b\x1b[31m", "a b [31m"),
        (b"", ""),
        (b"x" * 500, "x" * 119 + "…"),
    ],
)
def test_the_first_line_is_short_and_printable(body, line):
    assert first_line(body) == line


@settings(max_examples=300, deadline=None, database=None)
@given(
    st.binary(max_size=60)
    | st.text(alphabet='[]{}":,0123 truefalsnN\\ué', max_size=60),
    st.none() | st.text(max_size=30),
    st.booleans(),
)
def test_any_bytes_are_json_or_an_error_that_can_be_stored(body, content_type, strict):
    body = body.encode() if isinstance(body, str) else body
    try:
        parsed = parse_json(body, content_type, strict=strict)
    except ResponseError as error:
        assert error.detail.isprintable()
    else:
        assert all(warning.detail.isprintable() for warning in parsed.warnings)
