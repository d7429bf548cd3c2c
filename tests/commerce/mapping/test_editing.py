import pytest

from commerce.mapping.editing import as_split, without_blanks
from commerce.mapping.engine import map_record
from commerce.mapping.fields import Resource
from commerce.mapping.mappings import FieldMappings

FLAT = [
    {"id": "uid", "name": "label", "total": "sum"},
    {"id": "Record Nr"},
    {"id": "meta.uid", "currency": "cur"},
    {"id": "a || b"},
    {"currency": "currency_code"},
]
RECORDS = [
    {"id": 1, "uid": 2, "name": "N", "label": "L", "total": 3, "sum": 4},
    {"id": 1, "name": "N", "Record Nr": 5, "meta": {"uid": 6}, "cur": "EUR"},
    {"order_id": 7, "name": "N", "currency_code": "USD", "b": 8, "total": "9 GBP"},
    {"uid": None, "id": 1, "name": "N", "cur": None, "currency": "SEK"},
]


@pytest.mark.parametrize("raw", FLAT)
@pytest.mark.parametrize("resource", Resource)
def test_the_split_form_of_a_flat_mapping_maps_the_same(raw, resource):
    flat = FieldMappings.parse(raw).for_resource(resource)
    split = FieldMappings.parse(as_split(raw)).for_resource(resource)
    for record in RECORDS:
        one, other = (map_record(record, resource, m) for m in (flat, split))
        assert (one.values, one.skipped) == (other.values, other.skipped)


def test_a_split_mapping_stays_itself():
    raw = {"products": {"id": "uid"}, "orders": {"currency": "cur"}}
    assert as_split(raw) == raw
    assert as_split(None) == as_split({}) == {"products": {}, "orders": {}}
    assert as_split({"products": None, "orders": 5}) == {"products": {}, "orders": {}}


def test_what_was_left_empty_is_not_stored():
    assert without_blanks({"products": {"id": " uid ", "name": " "}, "orders": {}}) == {
        "products": {"id": "uid"}
    }
