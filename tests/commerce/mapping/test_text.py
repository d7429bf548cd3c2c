"""Raw records fit for jsonb."""

import json

import pytest

from commerce.mapping.text import (
    MAX_DEPTH,
    MAX_RECORD_BYTES,
    quoted,
    shorten,
    storable,
    storable_part,
)


def nested(levels):
    value = {}
    for _ in range(levels):
        value = {"a": value}
    return value


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


def test_a_clean_record_is_itself():
    record = {"id": 1, "name": "Ünï 😀 \\u0000", "n": [1.5, None, True]}
    raw, cut, _ = storable(record)
    assert (raw, cut) == (record, False)


def test_what_postgresql_refuses_is_mended():
    record = {
        "na\0me": "a\0b",
        "lone": "\ud800",
        "pair": "\ud83d\ude00",
        "numbers": [float("nan"), float("inf"), float("-inf"), 10**5000, 1e300],
    }
    raw, cut, _ = storable(record)
    assert raw == {
        "name": "ab",
        "lone": "\ufffd",
        "pair": "😀",
        "numbers": [None, None, None, None, 1e300],
    }
    assert not cut


def test_many_brackets_are_not_deep():
    record = {"items": [{"n": n} for n in range(500)]}
    assert storable(record)[:2] == (record, False)


def test_depth_is_bounded():
    raw, cut, _ = storable(nested(5000))
    assert cut
    assert depth_of(raw) == MAX_DEPTH
    assert depth_of(storable_part(nested(5000))) <= MAX_DEPTH


@pytest.mark.parametrize(
    "part",
    ["x" * 5_000_000, ["x"] * 300_000, {str(n): n for n in range(40_000)}, "é" * 900_000],
    ids=["text", "list", "object", "accents"],
)  # fmt: skip
def test_size_is_bounded_and_the_small_parts_survive(part):
    blobs = {f"blob {n}": part for n in range(6)}
    record = {**blobs, "k" * 8000: part, "id": 1, "name": "Hoodie"}
    raw, cut, _ = storable(record)
    assert cut
    assert (raw["id"], raw["name"]) == (1, "Hoodie")
    assert len(json.dumps(raw, ensure_ascii=False).encode()) <= 1.1 * MAX_RECORD_BYTES


def test_a_record_in_a_circle_ends():
    record = {"id": 1}
    record["self"] = [record, record]
    raw, cut, _ = storable(record)
    assert cut
    assert json.dumps(raw, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\nb\0", '"a b"'),
        ("x" * 99, '"' + "x" * 59 + '…"'),
        (None, "null"),
        (True, "true"),
        (5, "5"),
        (10**5000, "a number of more than 38 digits"),
        (float("nan"), "nan"),
        ([1, 2], "a list of 2"),
        ({}, "an empty object"),
        ({"a": 1, "b": 2}, 'an object with "a", "b"'),
        (b"x", "a bytes"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_messages_show_a_value_shortly(value, text):
    assert quoted(value) == text


def test_shorten_keeps_to_its_limit():
    assert shorten("abc", 3) == "abc"
    assert shorten("abcd", 3) == "ab…"
