"""What a merchant enters as field mappings: a line for each field, or one JSON text.

Used by every page a mapping is edited on. Which of the two counts is `mapping_mode`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from commerce.mapping.editing import Split, as_split, without_blanks
from commerce.mapping.fields import Resource, fields_of
from commerce.mapping.mappings import FieldMappings, InvalidMappings
from commerce.mapping.text import clean_text

FIELDS, JSON = "fields", "json"
LONGEST = 20_000  # characters of the JSON text
LONGEST_LINE = 300
JSON_ERROR = "json"  # where an error of the text itself is told


class NotAnObject(ValueError):
    """The text is no JSON object; the message is a sentence for the merchant."""


@dataclass
class MappingEntry:
    """A mapping in both forms, and what is wrong with it.

    mappings: what would be stored. errors: {"products.price": sentence}, JSON_ERROR for
    a text that is no JSON object. parsed: what maps, the lines in error left out.
    """

    mode: str = FIELDS
    mappings: dict[str, Any] = field(default_factory=dict)
    text: str = ""
    split: Split = field(default_factory=lambda: as_split({}))
    errors: dict[str, str] = field(default_factory=dict)
    parsed: FieldMappings = field(default_factory=FieldMappings)

    @classmethod
    def stored(cls, raw: Mapping[str, Any], mode: str = FIELDS) -> MappingEntry:
        entry = cls(mode, dict(raw), as_text(raw), as_split(raw))
        entry.parse()
        return entry

    @classmethod
    def posted(
        cls, data: Mapping[str, str], original: Mapping[str, Any] | None = None
    ) -> MappingEntry:
        """Read a form. original: kept as it is, flat or split, where it says the same."""
        if data.get("mapping_mode") == FIELDS:
            entry = cls.from_lines(data, original or {})
        else:
            entry = cls.from_text(data.get("field_mappings", ""))
            if "mapping_mode" not in data:  # a page without the editor
                entry.as_mode(FIELDS)
        entry.take_suggestions(data.get("use", ""))
        return entry

    @classmethod
    def from_lines(
        cls, data: Mapping[str, str], original: Mapping[str, Any]
    ) -> MappingEntry:
        split = {
            resource.value: {
                row.name: clean_text(data.get(line_name(resource, row.name), ""))
                for row in fields_of(resource)
            }
            for resource in Resource
        }
        mappings = without_blanks(split)
        if mappings == without_blanks(as_split(original)):
            mappings = dict(original)
        entry = cls(FIELDS, mappings, as_text(mappings), split)
        entry.parse()
        return entry

    @classmethod
    def from_text(cls, text: str) -> MappingEntry:
        text = text.strip()
        entry = cls(JSON, text=text)
        try:
            entry.mappings = read_object(text)
        except NotAnObject as error:
            entry.errors[JSON_ERROR] = str(error)
            return entry
        entry.split = as_split(entry.mappings)
        entry.parse()
        return entry

    def parse(self) -> None:
        """Check the mapping; lines in error are told and left out of `parsed`."""
        try:
            self.parsed = FieldMappings.parse(self.mappings)
        except InvalidMappings as error:
            self.errors |= error.errors
            self.parsed = parsed_without(self.mappings, error.errors)

    def take_suggestions(self, use: str) -> None:
        """Map fields as suggested, a line each: "products.name=product_title"."""
        if not use or JSON_ERROR in self.errors:
            return
        for line in use.splitlines():
            where, _, source = line.partition("=")
            resource, _, name = where.partition(".")
            if resource in self.split and source:
                self.split[resource][name] = source
        self.mappings = without_blanks(self.split)
        self.text = as_text(self.mappings)
        self.errors = {}
        self.parse()

    def as_mode(self, mode: str) -> None:
        """Show it in the other form, unless the text cannot be read as lines."""
        if mode in (FIELDS, JSON) and JSON_ERROR not in self.errors:
            self.mode = mode


def line_name(resource: str, name: str) -> str:
    """The name of the input of one field's line."""
    return f"map-{resource}-{name}"


def as_text(mappings: Mapping[str, Any]) -> str:
    return json.dumps(mappings, indent=2, ensure_ascii=False) if mappings else ""


def read_object(text: str) -> dict[str, Any]:
    """A JSON object; {} of an empty text. Raises NotAnObject."""
    if not text:
        return {}
    if len(text) > LONGEST:
        raise NotAnObject(f"Use at most {LONGEST:,} characters.")
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotAnObject(
            f"This is not valid JSON: {error.msg} in line {error.lineno}, column "
            f"{error.colno}."
        ) from None
    except (RecursionError, ValueError):
        raise NotAnObject("This JSON cannot be read.") from None
    if not isinstance(parsed, dict):
        raise NotAnObject('Enter a JSON object, such as {"name": "product_title"}.')
    return parsed


def parsed_without(raw: Mapping[str, Any], errors: Mapping[str, str]) -> FieldMappings:
    """The mapping without its lines in error."""
    left: dict[str, Any] = {}
    for key, part in raw.items():
        if key in errors:
            continue
        if isinstance(part, dict):
            part = {k: v for k, v in part.items() if f"{key}.{k}" not in errors}
        left[key] = part
    try:
        return FieldMappings.parse(left)
    except InvalidMappings:
        return FieldMappings()
