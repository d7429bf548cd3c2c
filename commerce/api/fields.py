"""Fields that take nothing but what they name, and fields that show what we know."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import empty

from commerce.mapping.money import money_text

MAX_MAPPINGS = 200


class TextField(serializers.CharField):
    """Text and nothing else: 12 and true are somebody's slip."""

    default_error_messages = {"invalid": "This must be a text."}

    def run_validation(self, data: Any = empty) -> Any:
        if data is not empty and data is not None and not isinstance(data, str):
            self.fail("invalid")
        return super().run_validation(data)


class OneOfField(serializers.ChoiceField):
    """One of a few words; the answer to another names them, not what was sent."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **options)
        self.error_messages["invalid_choice"] = (
            f"Choose one of {', '.join(self.choices)}."
        )

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return super().to_internal_value(data)


@extend_schema_field({"type": "object", "additionalProperties": {}})
class ObjectField(serializers.Field[Any, Any, Any, Any]):
    """A JSON object with anything in it."""

    default_error_messages = {"not_an_object": "This must be a JSON object."}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("not_an_object")
        return dict(data)

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {},
        "description": (
            "HiWelink's field -> a key or JMESPath of the store's record; flat, or "
            'split into "products" and "orders".'
        ),
        "example": {"name": "product_title", "images": "media[].src"},
    }
)
class MappingsField(ObjectField):
    """Field mappings of a bounded size; the service judges what they say."""

    default_error_messages = {
        "too_many": f"These are more than {MAX_MAPPINGS} mappings.",
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        mappings = super().to_internal_value(data)
        parts = [part for part in mappings.values() if isinstance(part, dict)]
        if len(mappings) + sum(map(len, parts)) > MAX_MAPPINGS:
            self.fail("too_many")
        return mappings


@extend_schema_field({})
class AnythingField(serializers.Field[Any, Any, Any, Any]):
    """Any JSON value."""

    def to_internal_value(self, data: Any) -> Any:
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "number"})
class NumberField(serializers.Field[Any, Any, Any, Any]):
    """A number as it is: 2 stays 2, and 0.5 is not rounded."""

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "string", "nullable": True})
class ToldField(serializers.Field[Any, Any, Any, Any]):
    """Text as the store told it; null for what it did not tell."""

    def to_representation(self, value: str) -> str | None:
        return value or None


@extend_schema_field(
    {
        "type": "string",
        "nullable": True,
        "pattern": r"^-?\d+\.\d{2,4}$",
        "example": "349.99",
    }
)
class MoneyField(serializers.Field[Any, Any, Any, Any]):
    """A decimal text with at least two places; null for what was not told."""

    def to_representation(self, value: Any) -> str | None:
        return money_text(value)
