"""Whatever a store sends: nothing is raised, and all that comes out can be stored."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from commerce.mapping.engine import map_record
from commerce.mapping.fields import Resource, fields_of
from commerce.mapping.links import product_url
from commerce.mapping.mappings import FieldMappings, InvalidMappings
from commerce.mapping.money import money_text, parse_money
from commerce.mapping.notes import Unreadable
from commerce.mapping.preview import preview

NAMES = sorted(
    {key for r in Resource for f in fields_of(r) for key in (f.name, *f.aliases)}
)
WORDS = st.sampled_from(
    ["", " ", "\0", "\ud800", "USD 5", "1,299", "in_stock", "false", "2024-01-15",
     "https://a.com/b", "//c", "javascript:x", "a,b", "[1]", '{"a":', "name: x",
     "9" * 400, "-1", "1e400", "NaN", "é" * 300]
)  # fmt: skip
TEXTS = st.text(st.characters(), max_size=30) | WORDS
NUMBERS = st.sampled_from(
    [0, -0.0, 1, -1, 2**31, 1e308, float("nan"), float("inf"),
     1705314600, 1705314600000, 0.1, Decimal("1E+9999"), Decimal("NaN")]
)  # fmt: skip
# Mapped, because Python refuses to print them in the strategy's own description.
HUGE = st.sampled_from([400, 5000]).map(lambda digits: 10**digits)
SCALARS = (
    st.none() | st.booleans() | NUMBERS | HUGE | st.integers() | st.floats() | TEXTS
)
KEYS = st.sampled_from(
    ["name", "value", "values", "src", "url", "id", "price", "quantity", "0", "1",
     "options", "attributes", "first_name"]
) | TEXTS  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4)
    ),
    max_leaves=8,
)
RECORDS = st.dictionaries(st.sampled_from(NAMES) | TEXTS, VALUES, max_size=8)
RESOURCES = st.sampled_from(list(Resource))
PATHS = st.sampled_from(
    ["a.b", "name[0]", "items[].src", "*", "[]", "length(id)", "sort_by(items, &id)",
     "join(',', tags)", "price.amount", "@", "to_number(price)", "id || name"]
)  # fmt: skip
SOURCES = PATHS | TEXTS | st.sampled_from(NAMES)

quick = settings(
    max_examples=150, deadline=None, suppress_health_check=list(HealthCheck)
)


def assert_storable(value):
    """As PostgreSQL's text and jsonb would see it."""
    if isinstance(value, str):
        assert "\0" not in value
        value.encode()
    elif isinstance(value, dict):
        for key, part in value.items():
            assert_storable(key)
            assert_storable(part)
    elif isinstance(value, list):
        for part in value:
            assert_storable(part)
    elif isinstance(value, Decimal):
        assert abs(value) < 10**10
        assert value == value.quantize(Decimal("0.0001"))
    elif isinstance(value, datetime):
        assert value.utcoffset() == timedelta(0)
    elif isinstance(value, float):
        assert value - value == 0  # neither NaN nor infinite
    else:
        assert value is None or isinstance(value, bool | int)


def assert_typed(values):
    for name, kinds in {
        "id": str, "name": str, "sku": str | None, "description": str | None,
        "price": Decimal | None, "sale_price": Decimal | None, "total": Decimal | None,
        "stock_quantity": int | None, "categories": list | None, "tags": list | None,
        "images": list | None, "attributes": dict | None, "items": list | None,
        "created_at": datetime | None, "shipping_address": dict | None,
        "permalink": str | None, "slug": str | None,
    }.items():  # fmt: skip
        if name in values:
            assert isinstance(values[name], kinds), name
    assert values.get("stock_status") in (None, "in_stock", "out_of_stock")
    assert len(values.get("currency") or "") in (0, 3)
    assert abs(values.get("stock_quantity") or 0) < 2**31
    for texts in (values.get("attributes") or {}).values():
        assert all(isinstance(text, str) for text in texts)


@quick
@given(VALUES | RECORDS, RESOURCES, st.booleans())
def test_any_json_maps_to_what_can_be_stored(record, resource, known):
    mapped = map_record(record, resource, known=known)
    assert_storable(mapped.values)
    assert_storable(mapped.raw)
    assert_storable(mapped.sources)
    assert_typed(mapped.values)
    json.dumps(mapped.raw, allow_nan=False)
    assert mapped.skipped or mapped.external_id == mapped.values["id"]
    assert len(mapped.external_id or "") <= 190
    for issue in mapped.issues:
        assert_storable(issue.detail)
        assert len(issue.detail) <= 300
        # What no reader foresaw: the net under them must never be needed.
        assert issue.code not in ("unreadable", "mapping_failed")


@quick
@given(
    RECORDS,
    RESOURCES,
    st.dictionaries(st.sampled_from(NAMES), SOURCES, max_size=6),
)
def test_any_mapping_of_any_record_is_harmless(record, resource, raw):
    try:
        mappings = FieldMappings.parse(raw)
    except InvalidMappings as error:
        assert error.errors
        return
    mapped = map_record(record, resource, mappings.for_resource(resource))
    assert_storable(mapped.values)
    assert_typed(mapped.values)
    assert all(issue.code != "unreadable" for issue in mapped.issues)


# Without NaN, NUL and the like, raw is the record: re-mapping changes nothing.
CLEAN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9)
    | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@quick
@given(st.dictionaries(st.sampled_from(NAMES), CLEAN, max_size=8), RESOURCES)
def test_what_was_stored_maps_to_the_same_values_again(record, resource):
    first = map_record(record, resource)
    again = map_record(json.loads(json.dumps(first.raw)), resource)
    assert (again.values, again.issues) == (first.values, first.issues)


@quick
@given(st.lists(RECORDS | VALUES, max_size=3), RESOURCES)
def test_any_preview_is_json(records, resource):
    answer = preview(records, resource, FieldMappings(), base_url="https://a.com")
    assert_storable(json.loads(json.dumps(answer, allow_nan=False)))
    assert len(answer["records"]) == len(records)


@quick
@given(st.decimals(-(10**9), 10**9, places=4))
def test_money_shown_is_money_read(amount):
    assert parse_money(money_text(amount)).amount == amount


@quick
@given(st.text("0123456789.,' -+$€USDabc\u00a0", max_size=14))
def test_a_price_is_read_or_refused(text):
    try:
        money = parse_money(text)
    except Unreadable:
        return
    if money is None:
        assert not text.strip()
    else:
        assert parse_money(money_text(money.amount)).amount == money.amount


@quick
@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_a_link_is_always_one_a_browser_may_follow(permalink, slug, base, shop):
    url = product_url(permalink, slug, base_url=base, storefront_url=shop).url
    assert url == "" or url.lower().startswith(("http://", "https://"))
