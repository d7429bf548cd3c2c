"""Custom field mappings: where a merchant says that a field's value is.

Rules: the specification's "Custom Field Mapping" and DESIGN section 6, row "mapping".
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from commerce.mapping.fields import Field, Resource, fields_of
from commerce.mapping.text import is_clean, quoted

MAX_SOURCE = 300  # characters of a key or path
# What lets a short path grow its result out of proportion.
MAX_BRANCHING = 3
MAX_FUNCTIONS = 8

MISSING: Any = object()


class InvalidMappings(ValueError):
    """errors: where ("name", "products.name", "" for the whole) -> a sentence."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = errors


class TooComplicated(ValueError):
    """A path that could grow its result without bound."""


class Source:
    """Where one value is: a key of the record if it has it, else a JMESPath."""

    def __init__(self, text: str) -> None:
        """Raises TooComplicated. What is no valid JMESPath is a key and nothing else."""
        self.text = text
        # The record's keys the path begins at: more than one for "headline || title".
        self.roots: tuple[str, ...] = ()
        # Whether each root alone may tell the value.
        self.has_alternatives = False
        self._keys: tuple[str, ...] = ()
        self._path: Any = None
        try:
            path = jmespath.compile(text)
        except (JMESPathError, ValueError, TypeError, LookupError, RecursionError):
            return
        nodes = list(_nodes(path.parsed))
        _check_complexity(nodes)
        self.roots = tuple(dict.fromkeys(_roots(path.parsed)))
        self.has_alternatives = _is_choice(path.parsed)
        self._keys = _plain_keys(path.parsed)
        self._path = path

    def find(self, record: Mapping[str, Any]) -> Any:
        """The value, or MISSING. May raise what JMESPath raises on odd values."""
        if self.text in record:
            return record[self.text]
        if self._keys:
            return _walk(record, self._keys)
        if self._path is None:
            return MISSING
        if self.roots and not any(root in record for root in self.roots):
            return MISSING
        value = self._path.search(record)
        return MISSING if value is None and not self.roots else value

    @property
    def goes_below(self) -> str | None:
        """The key the path goes below: "pricing" for pricing.amount."""
        return self._keys[0] if len(self._keys) > 1 else None

    def keys_in(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The record's own keys the value comes from."""
        return (self.text,) if self.text in record else self.roots


@dataclass(frozen=True, eq=False)
class ResourceMapping:
    """The sources of one resource's fields.

    lenient: fields whose own name and aliases are tried after the source. A flat
    mapping is about products and orders at once, so its "id" and "currency" may be
    meant for the other of the two.
    """

    sources: Mapping[str, Source] = field(default_factory=dict)
    lenient: frozenset[str] = frozenset()
    # What the engine prepares from this mapping, by resource.
    plans: dict[Resource, Any] = field(default_factory=dict, repr=False)


EMPTY = ResourceMapping()


@dataclass(frozen=True)
class FieldMappings:
    """A merchant's mappings, checked, one for each resource."""

    products: ResourceMapping = EMPTY
    orders: ResourceMapping = EMPTY

    @classmethod
    def parse(cls, raw: object) -> "FieldMappings":
        """Read a flat mapping, or one split into "products" and "orders".

        None and {} map nothing. Raises InvalidMappings, naming every error.
        """
        if raw is None:
            return cls()
        if not isinstance(raw, dict):
            raise InvalidMappings(
                {"": "Field mappings are an object: HiWelink's fields, your fields."}
            )
        if any(resource in raw for resource in Resource):
            return cls._parse_split(raw)
        return cls._parse_flat(raw)

    def for_resource(self, resource: Resource) -> ResourceMapping:
        return self.products if resource == Resource.PRODUCTS else self.orders

    @classmethod
    def _parse_split(cls, raw: Mapping[str, object]) -> "FieldMappings":
        errors: dict[str, str] = {}
        parsed = {resource: EMPTY for resource in Resource}
        for key, part in raw.items():
            if key not in parsed:
                errors[str(key)] = (
                    f'Put {quoted(key)} inside "products" or "orders": a mapping is'
                    " either flat or split by resource."
                )
            elif isinstance(part, dict):
                resource = Resource(key)
                sources = _parse_sources(part, (resource,), f"{key}.", errors)
                parsed[resource] = ResourceMapping(sources)
            elif part is not None:
                errors[key] = f'"{key}" is an object: HiWelink\'s fields, your fields.'
        if errors:
            raise InvalidMappings(errors)
        return cls(parsed[Resource.PRODUCTS], parsed[Resource.ORDERS])

    @classmethod
    def _parse_flat(cls, raw: Mapping[str, object]) -> "FieldMappings":
        errors: dict[str, str] = {}
        sources = _parse_sources(raw, tuple(Resource), "", errors)
        if errors:
            raise InvalidMappings(errors)
        product, order = (
            {f.name: sources[f.name] for f in fields_of(r) if f.name in sources}
            for r in Resource
        )
        return cls(
            ResourceMapping(product, frozenset({"currency"})),
            ResourceMapping(order, frozenset({"id", "currency"})),
        )


def _parse_sources(
    raw: Mapping[str, object],
    resources: tuple[Resource, ...],
    prefix: str,
    errors: dict[str, str],
) -> dict[str, Source]:
    known = [f for resource in resources for f in fields_of(resource)]
    names = {f.name for f in known}
    sources = {}
    for name, text in raw.items():
        if name not in names:
            errors[f"{prefix}{name}"] = _unknown(str(name), known)
            continue
        try:
            sources[name] = _parse_source(text)
        except ValueError as error:
            errors[f"{prefix}{name}"] = str(error)
    return sources


def _parse_source(value: object) -> Source:
    """Raises ValueError with a sentence for the merchant."""
    text = value.strip() if isinstance(value, str) else ""
    if not text:
        raise ValueError("Name the field of your store as a text, or leave this out.")
    if len(text) > MAX_SOURCE:
        raise ValueError(f"Use at most {MAX_SOURCE} characters.")
    if not is_clean(text):
        raise ValueError("This holds characters that cannot be stored.")
    return Source(text)


def _unknown(name: str, known: list[Field]) -> str:
    """A sentence that names the nearest field."""
    meant = {word: f.name for f in known for word in (*f.aliases, f.name)}
    close = get_close_matches(name[:100].lower(), meant, n=1, cutoff=0.6)
    hint = f' Did you mean "{meant[close[0]]}"?' if close else ""
    other = next((r for r in Resource if any(f.name == name for f in fields_of(r))), "")
    if other:
        hint = f' It belongs in "{other}".'
    return f"HiWelink has no field {quoted(name)} here.{hint}"


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A JMESPath's parts, the first it reads first."""
    yield node
    for child in node["children"]:
        if isinstance(child, dict):
            yield from _nodes(child)


# Of these only the first part is read from the record itself, the rest from what it gave.
_NARROWING = frozenset(
    {"subexpression", "index_expression", "projection", "value_projection", "pipe"}
    | {"filter_projection", "flatten"}
)


def _roots(node: Mapping[str, Any]) -> Iterator[str]:
    """The keys of the record itself that a path reads, in order."""
    if node["type"] == "field":
        yield node["value"]
    elif node["type"] != "expref":  # read for each element
        children = node["children"]
        for child in children[:1] if node["type"] in _NARROWING else children:
            if isinstance(child, dict):
                yield from _roots(child)


def _is_choice(node: Mapping[str, Any]) -> bool:
    """Whether a path takes the first of its parts that has a value."""
    if node["type"] == "function_expression":
        return bool(node["value"] == "not_null")
    return bool(node["type"] == "or_expression")


def _check_complexity(nodes: list[Mapping[str, Any]]) -> None:
    kinds = [node["type"] for node in nodes]
    branching = kinds.count("multi_select_list") + kinds.count("multi_select_dict")
    functions = kinds.count("function_expression")
    if branching > MAX_BRANCHING or functions > MAX_FUNCTIONS:
        raise TooComplicated("This path is too complicated. Use a simpler one.")


def _plain_keys(node: Mapping[str, Any]) -> tuple[str, ...]:
    """("a", "b") for the path a.b; () for paths that do more than walk down."""
    parts = node["children"] if node["type"] == "subexpression" else [node]
    if all(part["type"] == "field" for part in parts):
        return tuple(part["value"] for part in parts)
    return ()


def _walk(record: Any, keys: tuple[str, ...]) -> Any:
    """The value at the end of `keys`; MISSING when a key on the way is missing."""
    for key in keys:
        if record is None:
            return None  # null on the way down clears what is below it
        record = record.get(key, MISSING) if isinstance(record, dict) else MISSING
    return record
