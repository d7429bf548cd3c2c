"""One record of a store to one MappedRecord: typed values, and what was wrong."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from commerce.mapping import dates, lists, money, values
from commerce.mapping.attributes import read_attributes
from commerce.mapping.fields import Field, Kind, Resource, fields_of
from commerce.mapping.mappings import EMPTY, MISSING, ResourceMapping, Source
from commerce.mapping.notes import Note, Unreadable
from commerce.mapping.text import quoted, shorten, storable

__all__ = ["EMPTY", "FieldIssue", "MappedRecord", "ResourceMapping", "map_record"]

# What an odd value may raise, here or in JMESPath: it costs its field, never the page.
ODD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
MAX_DETAIL = 300  # characters of an issue's sentence
CUT = "The record is too large or nested too deeply, so parts of it were not kept."

# The value was kept, perhaps in part; every other code means that it was not.
WARNINGS = frozenset(
    {
        "unknown_stock_status",
        "too_long",
        "too_many",
        "rounded",
        "invalid_entry",
        "record_cut",
    }
)

# The record was skipped because of it.
SKIP_REASONS = frozenset({"not_an_object", "missing_name", "missing_id", "invalid_id"})


@dataclass(slots=True)
class FieldIssue:
    """field: HiWelink's name, or "" for the whole record. detail: a sentence for the
    merchant. code: see WARNINGS, and the readers for the rest.
    """

    field: str
    code: str
    detail: str

    @property
    def is_warning(self) -> bool:
        """Whether the value was kept all the same."""
        return self.code in WARNINGS


@dataclass(slots=True)
class MappedRecord:
    """What a record says, as far as it can be stored.

    values: only the fields the record speaks of; None where it says null. sources: the
    store's key or path each field was read from, also where that failed. issues: of
    a skipped record the reason comes last. raw: the record as jsonb takes it; the
    record itself when it is clean, so do not change it. text: `raw` as canonical JSON.
    """

    external_id: str | None
    values: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    issues: list[FieldIssue] = field(default_factory=list)
    skipped: bool = False
    raw: dict[str, Any] = field(default_factory=dict)
    text: str = "{}"

    def add_issue(self, name: str, code: str, detail: str) -> None:
        self.issues.append(FieldIssue(name, code, shorten(detail, MAX_DETAIL)))


Reader = Callable[[Any, list[Note]], Any]


class Step(NamedTuple):
    """How one field is found and read."""

    name: str
    source: Source | None
    keys: tuple[str, ...]
    read: Reader
    kind: Kind


def map_record(
    record: object,
    resource: Resource,
    mapping: ResourceMapping = EMPTY,
    *,
    known: bool = False,
) -> MappedRecord:
    """Read one record; never raises, whatever it holds.

    known: the record updates a product we hold, so its name may be absent. A record
    is skipped, with an issue not_an_object, missing_id, invalid_id or missing_name,
    when it cannot be stored; what else could be read of it is told all the same.
    """
    if not isinstance(record, dict):
        return _not_an_object(record)
    raw, cut, text = storable(record)
    mapped = MappedRecord(None, raw=raw, text=text)
    for step in _plan(resource, mapping):
        _read_field(record, step, mapped)
    if cut:
        mapped.add_issue("", "record_cut", CUT)
    _settle_money(mapped)
    if resource == Resource.PRODUCTS:
        _settle_stock(record, mapping, mapped)
        _settle_name(mapping, mapped, known=known)
    _settle_id(resource, mapping, mapped)
    if mapped.skipped:
        mapped.issues.sort(key=lambda issue: issue.code in SKIP_REASONS)
    return mapped


def _read_field(record: dict[str, Any], step: Step, mapped: MappedRecord) -> None:
    name, source, keys, read, kind = step
    try:
        key, value, is_blank = _find(record, source, keys)
    except ODD as error:
        mapped.add_issue(name, "mapping_failed", _failed(step, error))
        return
    if key is None:
        return
    mapped.sources[name] = key
    if is_blank:
        mapped.values[name] = _EMPTY_VALUES.get(kind, _none)(value)
        return
    notes: list[Note] = []
    try:
        mapped.values[name] = read(value, notes)
    except Unreadable as error:
        notes.append(error.note)
    except ODD:
        notes.append(Note("unreadable", "which could not be read"))
    for note in notes:
        mapped.add_issue(name, note.code, _sentence(step, key, value, note))


def _find(
    record: dict[str, Any], source: Source | None, keys: tuple[str, ...]
) -> tuple[str | None, Any, bool]:
    """The first key with something to say, its value, and that it is not blank.

    Without such a key, the first one present: null, or an empty list.
    """
    blank_key = blank = None
    if source is not None:
        value = source.find(record)
        if value is not MISSING:
            if not values.is_blank(value):
                return source.text, value, False
            blank_key, blank = source.text, value
    for key in keys:
        if key in record:
            value = record[key]
            if not values.is_blank(value):
                return key, value, False
            if blank_key is None:
                blank_key, blank = key, value
    return blank_key, blank, True


def _plan(resource: Resource, mapping: ResourceMapping) -> tuple[Step, ...]:
    plan: tuple[Step, ...] | None = mapping.plans.get(resource)
    if plan is None:
        plan = tuple(_step(row, mapping) for row in fields_of(resource))
        mapping.plans[resource] = plan
    return plan


def _step(row: Field, mapping: ResourceMapping) -> Step:
    source = mapping.sources.get(row.name)
    strict = source is not None and row.name not in mapping.lenient
    keys = () if strict else (row.name, *row.aliases)
    return Step(row.name, source, keys, reader_of(row), row.kind)


def reader_of(row: Field) -> Reader:
    """The function that reads a value of this field, or raises Unreadable."""
    return _READERS[row.kind](row)


def _settle_money(mapped: MappedRecord) -> None:
    """Take the amounts out of prices; the first one that tells a currency tells it."""
    told = None
    for name, value in mapped.values.items():
        if type(value) is money.Money:
            mapped.values[name] = value.amount
            if told is None and value.currency:
                told = name, value.currency
    if told and mapped.values.get("currency") is None:
        name, mapped.values["currency"] = told
        mapped.sources["currency"] = mapped.sources[name]


def _settle_id(
    resource: Resource, mapping: ResourceMapping, mapped: MappedRecord
) -> None:
    mapped.external_id = mapped.values.get("id")
    if mapped.external_id is not None:
        return
    mapped.skipped = True
    mapped.values.pop("id", None)
    if not any(issue.field == "id" for issue in mapped.issues):
        detail = _missing("id", resource, mapping)
        mapped.add_issue("id", "missing_id", detail)


def _settle_name(
    mapping: ResourceMapping, mapped: MappedRecord, *, known: bool
) -> None:
    """A name is never cleared: a product without one could not be shown."""
    if mapped.values.get("name") is not None:
        return
    mapped.values.pop("name", None)
    if known and "name" not in mapped.sources:
        return
    mapped.skipped = mapped.skipped or not known
    detail = _missing("name", Resource.PRODUCTS, mapping)
    mapped.add_issue("name", "missing_name", detail)


def _settle_stock(
    record: dict[str, Any], mapping: ResourceMapping, mapped: MappedRecord
) -> None:
    """Where no status is told, derive it from the quantity."""
    key = mapped.sources.get("stock_quantity")
    if key is None or mapped.values.get("stock_status") is not None:
        return
    quantity = mapped.values.get("stock_quantity")
    if quantity is not None:
        status = values.IN_STOCK if quantity > 0 else values.OUT_OF_STOCK
    elif (word := _stock_word(record, mapping)) is not None:  # {"stock": true}
        status = word
        mapped.issues = [i for i in mapped.issues if i.field != "stock_quantity"]
    else:
        return
    mapped.values["stock_status"] = status
    mapped.sources["stock_status"] = key


def _stock_word(record: dict[str, Any], mapping: ResourceMapping) -> str | None:
    step = next(
        s for s in _plan(Resource.PRODUCTS, mapping) if s.name == "stock_quantity"
    )
    value = _find(record, step.source, step.keys)[1]
    word = values.scalar_text(value)
    return values.STOCK_WORDS.get(word.strip().casefold()) if word else None


def _not_an_object(record: object) -> MappedRecord:
    mapped = MappedRecord(None, skipped=True)
    mapped.add_issue(
        "", "not_an_object", f"A record is a JSON object; this is {quoted(record)}."
    )
    return mapped


def _missing(name: str, resource: Resource, mapping: ResourceMapping) -> str:
    source = mapping.sources.get(name)
    if source is not None and name not in mapping.lenient:
        return (
            f'The mapping reads "{name}" from {quoted(source.text)}, which is missing'
            " or empty here. Correct the mapping, or send that field."
        )
    row = next(row for row in fields_of(resource) if row.name == name)
    keys = " or ".join(f'"{key}"' for key in (row.name, *row.aliases))
    return f"Send {keys}, or map the field that holds it."


def _failed(step: Step, error: Exception) -> str:
    path = quoted(step.source.text) if step.source else "the mapping"
    said = quoted(str(error), 120).strip('"')
    return f'"{step.name}" could not be read from {path}: {said}'


def _sentence(step: Step, key: str, value: object, note: Note) -> str:
    text = f"{quoted(key)} holds {quoted(value)}, {note.reason}."
    if isinstance(value, dict) and note.code not in WARNINGS:
        inner = (k for k, part in value.items() if not isinstance(part, dict | list))
        if (part := next(inner, None)) is not None:
            path = quoted(f"{key}.{part}")
            text += f' To use a part of it, map "{step.name}" to {path}.'
    return text


def _none(value: object) -> None:
    return None


def _emptied(empty: Callable[[], Any]) -> Callable[[object], Any]:
    """Null stays null; another blank is an empty list or object."""
    return lambda value: None if value is None else empty()


_EMPTY_VALUES: dict[Kind, Callable[[object], Any]] = {
    Kind.LIST: _emptied(list),
    Kind.IMAGES: _emptied(list),
    Kind.ITEMS: _emptied(list),
    Kind.ATTRIBUTES: _emptied(dict),
}


def _price(value: object, notes: list[Note]) -> money.Money | None:
    price = money.parse_money(value)
    if price is not None and price.amount < 0:
        raise Unreadable("negative_price", "which is below zero")
    return price


def _price_or_none(value: object, notes: list[Note]) -> money.Money | None:
    price = _price(value, notes)
    return price if price is not None and price.amount else None


def _limited(read: Callable[..., Any]) -> Callable[[Field], Reader]:
    """A reader that is told how many characters there may be, and may remark."""
    return lambda row: lambda value, notes: read(value, row.limit, notes)


def _strict(read: Callable[..., Any]) -> Callable[[Field], Reader]:
    return lambda row: lambda value, notes: read(value, row.limit)


def _plain(read: Callable[[Any], Any]) -> Callable[[Field], Reader]:
    return lambda row: lambda value, notes: read(value)


def _always(read: Reader) -> Callable[[Field], Reader]:
    return lambda row: read


_READERS: dict[Kind, Callable[[Field], Reader]] = {
    Kind.ID: _strict(values.read_id),
    Kind.TEXT: _limited(values.read_text),
    Kind.BODY: _limited(values.read_body),
    Kind.MONEY: _always(_price),
    Kind.OPTIONAL_MONEY: _always(_price_or_none),
    Kind.AMOUNT: _plain(money.parse_money),
    Kind.CURRENCY: _plain(money.parse_currency),
    Kind.INTEGER: _always(values.read_integer),
    Kind.STOCK: _always(values.read_stock),
    Kind.LIST: _limited(lists.read_list),
    Kind.IMAGES: _limited(lists.read_images),
    Kind.ATTRIBUTES: _always(read_attributes),
    Kind.URL: _strict(values.read_url),
    Kind.SLUG: _strict(values.read_slug),
    Kind.PERSON: _limited(values.read_person),
    Kind.ITEMS: _always(lists.read_items),
    Kind.ADDRESS: _plain(lists.read_address),
    Kind.DATETIME: _plain(dates.read_date),
}
