from decimal import Decimal

import pytest

from commerce.mapping.notes import Unreadable
from commerce.mapping.values import (
    read_absolute_url,
    read_body,
    read_id,
    read_integer,
    read_person,
    read_slug,
    read_stock,
    read_text,
    read_url,
)


def code_of(read, *arguments):
    with pytest.raises(Unreadable) as error:
        read(*arguments)
    return error.value.note.code


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("42", "42"),
        (42, "42"),
        (42.0, "42"),
        (Decimal("42.0"), "42"),
        (" 42\n", "42"),
        (0, "0"),
        (-7, "-7"),
        ("prod/1 ä", "prod/1 ä"),
        (1e20, "100000000000000000000"),
        (5.611069640322778e16, "56110696403227780"),
        (10**100, "1" + "0" * 100),
        ("x" * 190, "x" * 190),
        ("", None),
        ("  ", None),
    ],
)
def test_an_id_is_text(value, text):
    assert read_id(value) == text


@pytest.mark.parametrize(
    "value",
    [42.5, True, False, [], [1], {"id": 1}, "x" * 191, "a\0b", "a\nb", "\ud800", "a\x85b",
     10**190, 10**5000, 1e300, float("nan"), float("inf"), Decimal("1E+999999")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_id_is_refused(value):
    assert code_of(read_id, value) == "invalid_id"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hoodie", "Hoodie"),
        ("  Blue\n\tHoodie ", "Blue Hoodie"),
        ("Hoo\0die", "Hoodie"),
        ("\ud83d\ude00 \ud800", "😀 \ufffd"),
        ("Ünï™ 中", "Ünï™ 中"),
        ("Ben &amp; Co", "Ben &amp; Co"),
        (42, "42"),
        (4.5, "4.5"),
        (42.0, "42"),
        ("\0", None),
        ("", None),
    ],
)
def test_a_text_is_one_clean_line(value, text):
    notes = []
    assert read_text(value, 500, notes) == text
    assert notes == []


@pytest.mark.parametrize(
    "value",
    [True, [], {"en": "Hoodie"}, ["Hoodie"], float("nan"), 10**5000],
    ids=lambda value: type(value).__name__,
)
def test_what_is_no_text_is_refused(value):
    assert code_of(read_text, value, 500, []) == "invalid_text"


def test_a_long_text_is_cut_with_a_remark():
    notes = []
    assert read_text("ab " * 1_000_000, 500, notes) == ("ab " * 167)[:500].rstrip()
    assert [note.code for note in notes] == ["too_long"]


def test_a_body_keeps_its_lines_and_html():
    assert read_body("<p>a</p>\n\0<p>b</p>\r\n", 99, []) == "<p>a</p>\n<p>b</p>"


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("Alice Johnson", "Alice Johnson"),
        ({"name": "Alice Johnson", "id": 3}, "Alice Johnson"),
        ({"first_name": "Alice", "last_name": "Johnson"}, "Alice Johnson"),
        ({"first_name": " Alice ", "last_name": None}, "Alice"),
    ],
)
def test_a_person_is_a_text_or_an_object_with_a_name(value, name):
    assert read_person(value, 300, []) == name


def test_an_object_without_a_name_is_no_person():
    assert code_of(read_person, {"id": 3}, 300, []) == "invalid_text"


@pytest.mark.parametrize(
    ("value", "status"),
    [
        ("in_stock", "in_stock"),
        ("instock", "in_stock"),
        ("available", "in_stock"),
        ("true", "in_stock"),
        ("1", "in_stock"),
        ("out_of_stock", "out_of_stock"),
        ("outofstock", "out_of_stock"),
        ("unavailable", "out_of_stock"),
        ("false", "out_of_stock"),
        ("0", "out_of_stock"),
        (" Out_Of_Stock ", "out_of_stock"),
        ("OUTOFSTOCK", "out_of_stock"),
        ("False", "out_of_stock"),
        (True, "in_stock"),
        (False, "out_of_stock"),
        (1, "in_stock"),
        (0, "out_of_stock"),
        (1.0, "in_stock"),
        (0.0, "out_of_stock"),
    ],
)
def test_a_known_stock_status_is_read(value, status):
    notes = []
    assert read_stock(value, notes) == status
    assert notes == []


@pytest.mark.parametrize(
    "value",
    ["backorder", "sold out", "preorder", 42, -1, 0.5, float("nan"), ["x"], {"a": 1},
     10**5000],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_any_other_stock_status_is_in_stock_with_a_remark(value):
    notes = []
    assert read_stock(value, notes) == "in_stock"
    assert [note.code for note in notes] == ["unknown_stock_status"]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (42, 42),
        ("42", 42),
        (" 42 ", 42),
        (42.0, 42),
        ("42.00", 42),
        ("+3", 3),
        (-3, -3),
        (0, 0),
        (2**31 - 1, 2**31 - 1),
        ("", None),
    ],
)
def test_a_count_is_read(value, number):
    notes = []
    assert read_integer(value, notes) == number
    assert notes == []


@pytest.mark.parametrize(("value", "number"), [(3.7, 3), ("3.7", 3), (0.5, 1)])
def test_a_fraction_is_rounded_with_a_remark(value, number):
    notes = []
    assert read_integer(value, notes) == number
    assert [note.code for note in notes] == ["rounded"]


@pytest.mark.parametrize(
    "value",
    [2**31, -(2**31), 10**5000, 1e300, "9" * 12, "9" * 99, "12 pcs", "1,5", True, [], {},
     float("nan"), float("-inf"), "NaN", Decimal("1E+999999")],
    ids=lambda value: type(value).__name__,
)  # fmt: skip
def test_what_is_no_count_is_refused(value):
    assert code_of(read_integer, value, []) == "invalid_number"


@pytest.mark.parametrize(
    ("value", "url"),
    [
        ("https://store.com/product/x", "https://store.com/product/x"),
        ("HTTP://store.com", "HTTP://store.com"),
        (" https://store.com/a b ", "https://store.com/a%20b"),
        ("https://müller.example/ä?q=ö#x", "https://müller.example/ä?q=ö#x"),
        ("//cdn.store.com/x", "//cdn.store.com/x"),
        ("/product/x", "/product/x"),
        ("product/x", "product/x"),
        ("?p=42", "?p=42"),
        ("", None),
    ],
)
def test_a_web_address_is_kept_as_it_was_sent(value, url):
    assert read_url(value) == url


HOSTILE = [
    "javascript:alert(1)", "JavaScript:alert(1)", "java\nscript:alert(1)",
    "\x01javascript:alert(1)", "data:text/html,x", "mailto:a@b.c", "ftp://a.b/c",
    "file:///etc/passwd", "https:", "https://", "https:///x", "https:x", "http://[::1",
    "https:\\\\evil.com", "/\\evil.com", "\\\\evil.com", "#", "not available",
    "https://a b.com/", "https://a.com/\0", "https://a.com/\ud800", "x" * 2001,
    "https://a.com/" + " " * 1000 + "x", "store.com:8080/x", "//", "///x",
    True, 1, [], {}, ["https://a.com"],
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_what_a_browser_should_not_follow_is_refused(value):
    assert code_of(read_url, value) == "invalid_url"


@pytest.mark.parametrize("value", [*HOSTILE, "/images/a.jpg", "a.jpg"])
def test_an_absolute_address_has_a_host(value):
    assert code_of(read_absolute_url, value) == "invalid_url"


def test_an_address_without_a_scheme_becomes_https():
    assert read_absolute_url("//cdn.store.com/a.jpg") == "https://cdn.store.com/a.jpg"


@pytest.mark.parametrize(
    ("value", "slug"),
    [("blue-hoodie", "blue-hoodie"), ("/blue/", "blue"), (42, "42"), ("/", None)],
)
def test_a_slug_loses_the_slashes_around_it(value, slug):
    assert read_slug(value, 500) == slug


def test_a_slug_is_never_cut():
    assert code_of(read_slug, "x" * 501, 500) == "invalid_slug"
