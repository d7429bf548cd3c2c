import pytest

from commerce.mapping.engine import EMPTY, map_record
from commerce.mapping.fields import Resource
from commerce.mapping.mappings import FieldMappings, InvalidMappings
from tests.commerce.mapping import payloads

PRODUCTS, ORDERS = Resource.PRODUCTS, Resource.ORDERS


def errors_of(raw):
    with pytest.raises(InvalidMappings) as error:
        FieldMappings.parse(raw)
    assert all(
        sentence.endswith((".", "?")) for sentence in error.value.errors.values()
    )
    return error.value.errors


def sources(mapping):
    return {name: source.text for name, source in mapping.sources.items()}


@pytest.mark.parametrize("raw", [None, {}, {"products": {}}, {"orders": None}])
def test_nothing_maps_nothing(raw):
    mappings = FieldMappings.parse(raw)
    assert sources(mappings.for_resource(PRODUCTS)) == {}
    assert sources(mappings.for_resource(ORDERS)) == {}
    assert sources(EMPTY) == {}


def test_the_published_mapping_is_about_products():
    mappings = FieldMappings.parse(payloads.FIELD_MAPPINGS)
    assert sources(mappings.products) == payloads.FIELD_MAPPINGS
    assert sources(mappings.orders) == {}


def test_a_flat_mapping_goes_where_its_fields_are():
    mappings = FieldMappings.parse({"id": "uid", "name": "label", "status": "phase"})
    assert sources(mappings.products) == {"id": "uid", "name": "label"}
    assert sources(mappings.orders) == {"id": "uid", "status": "phase"}


def test_a_split_mapping():
    mappings = FieldMappings.parse(
        {"products": {"name": " label "}, "orders": {"subtotal": "net"}}
    )
    assert sources(mappings.products) == {"name": "label"}
    assert sources(mappings.orders) == {"subtotal": "net"}


@pytest.mark.parametrize(
    ("raw", "path", "words"),
    [
        ([], "", "object"),
        ("name", "", "object"),
        ({"nmae": "x"}, "nmae", 'mean "name"'),
        ({"title": "x"}, "title", 'mean "name"'),
        ({"prices": "x"}, "prices", 'mean "price"'),
        ({"zzz": "x"}, "zzz", "no field"),
        ({"": "x"}, "", "no field"),
        ({"name": ""}, "name", "text"),
        ({"name": "  "}, "name", "text"),
        ({"name": None}, "name", "text"),
        ({"name": 5}, "name", "text"),
        ({"name": ["x"]}, "name", "text"),
        ({"name": "x" * 301}, "name", "300"),
        ({"name": "a\0b"}, "name", "stored"),
        ({"name": "\ud800"}, "name", "stored"),
        ({"product": {"name": "x"}}, "product", "no field"),
        ({"products": {"name": "x"}, "sku": "y"}, "sku", "inside"),
        ({"products": "x"}, "products", "object"),
        ({"products": {"total": "x"}}, "products.total", '"orders"'),
        ({"orders": {"price": "x"}}, "orders.price", '"products"'),
        ({"products": {"nmae": "x"}}, "products.nmae", 'mean "name"'),
        ({"products": {"name": 5}}, "products.name", "text"),
        ({"name": "[" + ",".join(["[@,@]"] * 9) + "]"}, "name", "complicated"),
        ({"name": "to_string(" * 9 + "a" + ")" * 9}, "name", "complicated"),
    ],
)
def test_what_is_no_mapping_is_refused_by_its_path(raw, path, words):
    errors = errors_of(raw)
    assert list(errors) == [path]
    assert words in errors[path]


def test_every_error_is_told_at_once():
    errors = errors_of({"products": {"nmae": "x", "sku": 1}, "orders": {"totl": "x"}})
    assert list(errors) == ["products.nmae", "products.sku", "orders.totl"]


def test_an_unknown_fields_name_is_shown_shortly():
    [(_, sentence)] = errors_of({"x" * 9000: "y"}).items()
    assert len(sentence) < 200


@pytest.mark.parametrize(
    "text",
    ["(" * 300, "[" * 300, "a" + ".b" * 140, "!" * 300, "a[?b==`{`]", "`\"`", "'", '"\\u12"',
     "a[99999999999999999999]", "a[::0]", "`1" + "0" * 290 + "`", "&a", "@", "*", "[]", "{a:b}"],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::PendingDeprecationWarning:jmespath")
def test_any_text_is_a_source_that_harms_nobody(text):
    mapping = FieldMappings.parse({"price": text}).products
    record = {"id": 1, "name": "A", "a": {"b": [1, {"c": 2}]}}
    assert not map_record(record, PRODUCTS, mapping).skipped
    literal = map_record({**record, text: 5}, PRODUCTS, mapping)
    assert literal.sources["price"] == text
    assert literal.values["price"] == 5


@pytest.mark.parametrize(
    ("path", "record", "price"),
    [
        ("offer || cost", {"cost": 5}, 5),
        ("offer || cost", {"offer": 4, "cost": 5}, 4),
        ("offer || cost", {"offer": None, "cost": 5}, 5),
        ("pricing.net || cost", {"cost": 5}, 5),
        ("not_null(offer, cost)", {"cost": 5}, 5),
        ("min([offer, cost])", {"offer": 4, "cost": 5}, 4),
        ("min_by(variants, &cost).cost", {"variants": [{"cost": 6}, {"cost": 5}]}, 5),
        ("variants[?active].cost | [0]", {"variants": [{"active": 1, "cost": 5}]}, 5),
        ("`5`", {}, 5),
    ],
)
def test_a_path_may_begin_at_several_keys(path, record, price):
    mapping = FieldMappings.parse({"price": path}).products
    mapped = map_record({"id": 1, "name": "A", **record}, PRODUCTS, mapping)
    assert (mapped.values["price"], mapped.issues) == (price, [])


@pytest.mark.parametrize(
    "path", ["offer || cost", "variants[0].cost", "variants[?cost].name"]
)
def test_a_path_none_of_whose_keys_are_there_says_nothing(path):
    """A partial record would clear the field otherwise: these keys are not its roots."""
    mapping = FieldMappings.parse({"price": path}).products
    mapped = map_record({"id": 1, "name": "A", "price": 5}, PRODUCTS, mapping)
    assert "price" not in mapped.values
