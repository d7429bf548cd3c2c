import pytest

from commerce.mapping.lists import (
    read_address,
    read_images,
    read_items,
    read_list,
)
from commerce.mapping.notes import Unreadable


def code_of(read, *arguments):
    with pytest.raises(Unreadable) as error:
        read(*arguments)
    return error.value.note.code


@pytest.mark.parametrize(
    ("value", "names"),
    [
        (["Electronics", "Audio"], ["Electronics", "Audio"]),
        ("Electronics, Audio", ["Electronics", "Audio"]),
        ("Electronics,,Audio,", ["Electronics", "Audio"]),
        ('Shoes, "Hats, Caps"', ["Shoes", "Hats, Caps"]),
        ('6" pans, lids', ['6" pans', "lids"]),
        ("Electronics", ["Electronics"]),
        (["Hats, Caps"], ["Hats, Caps"]),
        (["A", "B", "A", " A "], ["A", "B"]),
        (["A", None, "", "B"], ["A", "B"]),
        ([{"id": 1, "name": "A"}, {"title": "B"}, {"label": "C"}], ["A", "B", "C"]),
        ({"id": 1, "name": "A"}, ["A"]),
        ({"0": "A", "2": "B"}, ["A", "B"]),
        ([1, 2.5], ["1", "2.5"]),
        (7, ["7"]),
        ('["A","B"]', ["A", "B"]),
        ("[A]", ["[A]"]),
        (["a\0b", "c\ud800"], ["ab", "c\ufffd"]),
        ([[], {}], []),
        (",", []),
    ],
)
def test_names_are_read_from_any_kind_of_list(value, names):
    notes = []
    assert read_list(value, 200, notes) == names
    assert notes == []


def test_an_entry_without_a_name_is_left_out_with_a_remark():
    notes = []
    assert read_list(["A", {"id": 1}, ["x"]], 200, notes) == ["A"]
    assert [note.code for note in notes] == ["invalid_entry"]


def test_a_list_is_bounded():
    notes = []
    assert len(read_list([str(n) for n in range(5000)], 200, notes)) == 200
    assert [note.code for note in notes] == ["too_many"]
    assert len(read_list(["x" * 10_000_000], 200, [])[0]) == 200


@pytest.mark.parametrize("value", [True, [{"id": 1}], {"id": 1}, [[["x"]]]])
def test_what_holds_no_names_is_refused(value):
    assert code_of(read_list, value, 200, []) in ("invalid_list", "invalid_entry")


A, B = "https://shop.com/a.jpg", "https://shop.com/b.jpg?w=1,2"


@pytest.mark.parametrize(
    ("value", "addresses"),
    [
        ([A, B], [A, B]),
        (A, [A]),
        (f"{A},{B}", [A, B]),
        (f"{A}, {B}", [A, B]),
        (f"{A} {B}", [A, B]),
        (f"{A}\n{B}", [A, B]),
        (f"{A}|{B}", [A, B]),
        (B, [B]),
        ([{"src": A}, {"url": B}], [A, B]),
        ([{"id": 9, "src": A, "name": "front"}], [A]),
        ({"src": A}, [A]),
        ({"0": A, "1": B}, [A, B]),
        ([A, A], [A]),
        (["//shop.com/a.jpg"], [A]),
        ([A, None, ""], [A]),
    ],
)
def test_images_are_read_from_any_kind_of_list(value, addresses):
    notes = []
    assert read_images(value, 2000, notes) == addresses
    assert notes == []


@pytest.mark.parametrize(
    "bad", ["javascript:alert(1)", "data:image/png;base64,xx", "/a.jpg", {"id": 1}, 3]
)
def test_an_image_without_a_full_address_is_left_out(bad):
    notes = []
    assert read_images([A, bad], 2000, notes) == [A]
    assert [note.code for note in notes] == ["invalid_entry"]
    assert code_of(read_images, [bad], 2000, []) == "invalid_url"


def test_the_published_items_are_read():
    line = {
        "product_id": "prod_123",
        "name": "Headphones",
        "quantity": 2,
        "price": 349.99,
    }
    assert read_items([line], []) == [{**line, "price": "349.99"}]


@pytest.mark.parametrize(
    ("item", "read"),
    [
        ({"product_id": 7, "quantity": "2"}, {"product_id": "7", "quantity": 2}),
        ({"productId": 7.0, "qty": 1}, {"product_id": "7", "quantity": 1, "productId": 7.0, "qty": 1}),
        ({"name": None, "price": None, "quantity": 1}, {"quantity": 1}),
        ({"price": "1.299,00 €"}, {"price": "1299.00"}),
        ({"price": -5}, {"price": "-5.00"}),
        ({"quantity": 1.5}, {"quantity": 1.5}),
        ({"quantity": 1, "meta": {"a": ["x\0", float("nan")]}}, {"quantity": 1, "meta": {"a": ["x", None]}}),
    ],
)  # fmt: skip
def test_an_item_keeps_what_can_be_read(item, read):
    notes = []
    assert read_items([item], notes) == [read]
    assert notes == []


def test_an_items_absurd_value_costs_only_itself():
    notes = []
    items = read_items(
        [{"product_id": {}, "quantity": True, "price": "x", "name": "A"}], notes
    )
    assert items == [{"name": "A"}]
    assert [note.code for note in notes] == ["invalid_entry"]


def test_entries_that_are_no_objects_are_left_out():
    notes = []
    assert read_items(["x", None, {"quantity": 1}], notes) == [{"quantity": 1}]
    assert [note.code for note in notes] == ["invalid_entry"]
    for nothing in ("two hoodies", ["x"], 5, True):
        assert code_of(read_items, nothing, []).startswith("invalid_")


def test_an_address_is_an_object_or_a_text():
    assert read_address({"city": "New York\0"}) == {"city": "New York"}
    assert read_address("123 Main St") == {"address": "123 Main St"}
    assert code_of(read_address, ["x"]) == "invalid_address"


@pytest.mark.parametrize(
    "text", ["," * 5_000_000, "https://a.com/, " * 300_000, '"' * 5_000_000]
)
def test_megabytes_of_text_are_read_in_no_time(text):
    """A list that backtracks would take minutes."""
    for read in (read_list, read_images):
        try:
            assert len(read(text, 200, [])) <= 200
        except Unreadable as error:
            assert error.note.code == "invalid_url"


def test_an_items_other_keys_are_bounded():
    [item] = read_items([{"quantity": 1, "blob": "x" * 1_000_000}], [])
    assert item["quantity"] == 1
    assert len(item["blob"]) <= 5_000
