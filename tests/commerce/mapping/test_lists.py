import pytest

from commerce.mapping.lists import (
    read_address,
    read_attributes,
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
    assert [note.code for note in notes] == ["invalid_url"]
    assert code_of(read_images, [bad], 2000, []) == "invalid_url"


@pytest.mark.parametrize(
    ("value", "attributes"),
    [
        (
            {"color": "Black", "battery": "40 hours"},
            {"color": ["Black"], "battery": ["40 hours"]},
        ),
        ({"size": ["S", "M"]}, {"size": ["S", "M"]}),
        ({"size": 42, "sale": True, "w": 1.5}, {"size": ["42"], "sale": ["true"], "w": ["1.5"]}),
        ({"color": None, "size": "", "fit": []}, {}),
        ([{"name": "Color", "value": "Black"}], {"Color": ["Black"]}),
        ([{"name": "Size", "values": ["S", "M"]}], {"Size": ["S", "M"]}),
        ([{"key": "Size", "option": "S"}], {"Size": ["S"]}),
        (
            [{"id": 1, "name": "Size", "position": 0, "visible": True, "options": ["S"]}],
            {"Size": ["S"]},
        ),
        (
            [{"name": "Size", "value": "S"}, {"name": "Size", "value": "M"}],
            {"Size": ["S", "M"]},
        ),
        ({"name": "Color", "value": "Black"}, {"Color": ["Black"]}),
        ({"0": {"name": "Color", "value": "Black"}}, {"Color": ["Black"]}),
        ([{"color": "Black"}, {"size": "M"}], {"color": ["Black"], "size": ["M"]}),
        (["Color: Black", "Size: M"], {"Color": ["Black"], "Size": ["M"]}),
        ({"color": {"value": "Black"}}, {"color": ["Black"]}),
        ({"size": [{"name": "S"}, {"name": "M"}]}, {"size": ["S", "M"]}),
        ({"size": {"width": 10, "height": 5}}, {"size width": ["10"], "size height": ["5"]}),
        ('{"color": "Black"}', {"color": ["Black"]}),
        (
            [
                {"id": 1, "sku": "H-M", "size": "M", "price": 9, "stockQuantity": 3},
                {"id": 2, "sku": "H-L", "size": "L", "price": 9, "image_url": "x"},
            ],
            {"size": ["M", "L"]},
        ),
        (
            [{"id": 1, "price": 9, "attributes": [{"name": "Size", "option": "M"}]}],
            {"Size": ["M"]},
        ),
        ([{"id": 1, "price": 9, "options": {"size": "M"}}], {"size": ["M"]}),
        ([{"id": 1, "title": "Small / Red", "price": 9}], {"variant": ["Small / Red"]}),
        ([{"id": 1, "price": 2}], {}),
        ([{"name": "Color", "value": None}], {}),
        ({"co\0lor": "Bl\ud800ack"}, {"color": ["Bl\ufffdack"]}),
    ],
)  # fmt: skip
def test_attributes_become_names_with_lists_of_texts(value, attributes):
    notes = []
    assert read_attributes(value, notes) == attributes
    assert notes == []


@pytest.mark.parametrize(
    "value", [[1, 2], "red", True, 5, [[1]], {"a": {"b": {"c": 1}}}]
)  # fmt: skip
def test_what_holds_no_attributes_is_refused(value):
    assert code_of(read_attributes, value, []) == "invalid_attributes"


def test_an_entry_without_a_value_is_left_out_with_a_remark():
    notes = []
    assert read_attributes([{"color": "Black"}, 7], notes) == {"color": ["Black"]}
    assert [note.code for note in notes] == ["invalid_entry"]


def test_attributes_are_bounded():
    notes = []
    many = {
        f"n{n}": ["v" * 9999] * 3 + [str(i) for i in range(500)] for n in range(500)
    }
    read = read_attributes(many, notes)
    assert (len(read), len(read["n0"]), len(read["n0"][0])) == (200, 100, 500)
    assert [note.code for note in notes] == ["too_many"]


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
    assert [note.code for note in notes] == ["invalid_items"]


def test_entries_that_are_no_objects_are_left_out():
    notes = []
    assert read_items(["x", None, {"quantity": 1}], notes) == [{"quantity": 1}]
    assert [note.code for note in notes] == ["invalid_items"]
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
