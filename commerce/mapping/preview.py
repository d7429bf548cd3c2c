"""What a mapping would make of some records, shown before anything is stored."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from commerce.mapping.dates import iso_text
from commerce.mapping.engine import MappedRecord, map_record
from commerce.mapping.fields import Field, Kind, Resource, fields_of
from commerce.mapping.links import product_url
from commerce.mapping.mappings import FieldMappings, ResourceMapping
from commerce.mapping.money import current_price, money_text
from commerce.mapping.suggestions import suggest
from commerce.mapping.text import clean_text, shorten

MAX_UNUSED = 200
MAX_KEY = 200  # characters of a key shown

_EMPTY: dict[Kind, Any] = {
    Kind.LIST: [],
    Kind.IMAGES: [],
    Kind.ITEMS: [],
    Kind.ATTRIBUTES: {},
}


def preview(
    records: Sequence[object],
    resource: Resource,
    mappings: FieldMappings,
    *,
    base_url: str = "",
    storefront_url: str = "",
) -> dict[str, Any]:
    """{"records", "unused", "suggestions"} as DESIGN section 5 promises, JSON-ready.

    unused: the store's keys no field was read from, the most frequent first.
    suggestions: {field, key, detail} for fields that no record filled.
    """
    mapping = mappings.for_resource(resource)
    mapped = [map_record(record, resource, mapping) for record in records]
    unused = _unused(records, mapped, mapping)
    objects = [record for record in records if isinstance(record, dict)]
    return {
        "records": [
            {
                "values": _shown(one, resource, base_url, storefront_url),
                "sources": one.sources,
                "issues": [asdict(issue) for issue in one.issues],
                "skipped": one.skipped,
            }
            for one in mapped
        ],
        "unused": [shorten(clean_text(key), MAX_KEY) for key in unused],
        "suggestions": suggest(objects, mapped, resource, unused),
    }


def _unused(
    records: Sequence[object], mapped: Sequence[MappedRecord], mapping: ResourceMapping
) -> list[str]:
    seen: Counter[str] = Counter()
    used: set[str] = set()
    for record, one in zip(records, mapped, strict=True):
        if isinstance(record, dict):
            seen.update(map(str, record))
            used.update(_used(record, one, mapping))
    keys = sorted(seen, key=lambda key: (-seen[key], key))
    return [key for key in keys if key not in used][:MAX_UNUSED]


def _used(
    record: dict[str, Any], mapped: MappedRecord, mapping: ResourceMapping
) -> Iterator[str]:
    for name, key in mapped.sources.items():
        source = mapping.sources.get(name)
        yield key
        if source is not None and source.text == key:
            yield from source.keys_in(record)


def _shown(
    mapped: MappedRecord, resource: Resource, base_url: str, storefront_url: str
) -> dict[str, Any]:
    """Every field as the API's product or order shows it, null where nothing is."""
    if not mapped.raw and not mapped.values:
        return {}
    told = mapped.values
    shown = {row.name: _json(row, told.get(row.name)) for row in fields_of(resource)}
    if resource == Resource.PRODUCTS:
        link = product_url(
            told.get("permalink"),
            told.get("slug"),
            base_url=base_url,
            storefront_url=storefront_url,
        )
        shown["url"] = link.url or None
        price = current_price(told.get("price"), told.get("sale_price"))
        shown["current_price"] = money_text(price)
    return shown


def _json(row: Field, value: Any) -> Any:
    if value is None:
        return _EMPTY.get(row.kind)
    if isinstance(value, Decimal):
        return money_text(value)
    return iso_text(value) if isinstance(value, datetime) else value
