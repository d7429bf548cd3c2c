import pytest

from commerce.mapping.attributes import read_attributes
from commerce.mapping.notes import Unreadable


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
    with pytest.raises(Unreadable) as error:
        read_attributes(value, [])
    assert error.value.note.code == "invalid_attributes"


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
