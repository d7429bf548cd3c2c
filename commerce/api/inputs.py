"""What the management API takes. Rules about stores live in the services."""

from __future__ import annotations

from typing import Any

from django.core.validators import RegexValidator
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from commerce.api import examples
from commerce.api.fields import (
    AnythingField,
    MappingsField,
    ObjectField,
    OneOfField,
    TextField,
)
from commerce.connector.auth import FIELDS as CREDENTIAL_FIELDS
from commerce.models import AuthMethod, Environment, Resource, Store
from commerce.services.store_settings import MAX_INTERVAL_MINUTES
from commerce.services.stores import ENDPOINTS, StoreDraft

MAX_PREVIEWED = 100
OPTIONAL: dict[str, Any] = {"required": False, "allow_null": True}

is_currency = RegexValidator(
    r"^[A-Za-z]{3}\Z", "Enter a currency's ISO 4217 code, such as USD."
)
is_language = RegexValidator(
    r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,6})?\Z", "Enter a language code, such as en."
)


@extend_schema_field(
    {
        "oneOf": [
            {
                "type": "object",
                "required": list(names),
                "properties": {name: {"type": "string"} for name in names},
            }
            for names in CREDENTIAL_FIELDS.values()
        ],
        "description": "Belongs to `auth_method`. Stored encrypted, never shown again.",
    }
)
class CredentialsField(ObjectField):
    pass


class EndpointsInputSerializer(serializers.Serializer[Any]):
    """Paths below the base URL; left out, null or blank: the published default."""

    health = TextField(allow_blank=True, max_length=300, **OPTIONAL)
    products = TextField(allow_blank=True, max_length=300, **OPTIONAL)
    orders = TextField(allow_blank=True, max_length=300, **OPTIONAL)


class StoreSettingsInputSerializer(serializers.Serializer[Any]):
    """What both connecting and changing a store take."""

    storefront_url = TextField(
        allow_blank=True,
        max_length=500,
        help_text="Where shoppers go, when that is not where the API is.",
        **OPTIONAL,
    )
    endpoints = EndpointsInputSerializer(**OPTIONAL)
    field_mappings = MappingsField(**OPTIONAL)
    per_page = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=100,
        help_text="Records asked for at once; 50 when left out.",
    )
    sync_interval_minutes = serializers.IntegerField(
        min_value=1,
        max_value=MAX_INTERVAL_MINUTES,
        help_text="How often the store is polled, 60 when left out; null turns polling off.",
        **OPTIONAL,
    )
    currency = TextField(
        allow_blank=True,
        validators=[is_currency],
        help_text="ISO 4217; what a price without a currency is in.",
        **OPTIONAL,
    )
    language = TextField(allow_blank=True, validators=[is_language], **OPTIONAL)


@extend_schema_serializer(component_name="StoreInput", examples=examples.STORE_INPUT)
class StoreInputSerializer(StoreSettingsInputSerializer):
    name = TextField(max_length=120)
    base_url = TextField(
        max_length=500,
        help_text="The API's root, without an endpoint's path: https://api.shop.com",
    )
    environment = OneOfField(Environment.choices)
    auth_method = OneOfField(AuthMethod.choices)
    credentials = CredentialsField()

    def draft(self) -> StoreDraft:
        """The checked body, for the service. Unknown keys are not in it."""
        told = {k: v for k, v in self.validated_data.items() if v is not None}
        # Null says something here: never poll.
        if "sync_interval_minutes" in self.validated_data:
            told["sync_interval_minutes"] = self.validated_data["sync_interval_minutes"]
        told["credentials"] = pick_credentials(told["auth_method"], told["credentials"])
        return StoreDraft(**told)


@extend_schema_serializer(component_name="CheckInput", examples=examples.STORE_INPUT)
class CheckInputSerializer(StoreInputSerializer):
    """As for connecting; a store that is only examined needs no name."""

    name = TextField(max_length=120, default="Store")


@extend_schema_serializer(component_name="StoreChanges")
class StoreChangesInputSerializer(StoreSettingsInputSerializer):
    """A change of some settings; context: the store."""

    name = TextField(required=False, max_length=120)
    base_url = TextField(
        required=False,
        max_length=500,
        help_text="Asked for its health before it is kept. A connected store stays at "
        "its origin: disconnect it first.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        store: Store = self.context["store"]
        body = self.initial_data
        errors = {}
        if "credentials" in body:
            errors["credentials"] = (
                "Credentials are not changed here. Use rotate-credentials/."
            )
        for name in ("auth_method", "environment"):
            if name in body and body[name] != getattr(store, name):
                errors[name] = "This is fixed when a store is connected."
        if errors:
            raise serializers.ValidationError(errors)
        return attrs

    def changes(self) -> dict[str, Any]:
        """The checked body as columns of the store."""
        columns: dict[str, Any] = {}
        for name, value in self.validated_data.items():
            if name == "endpoints":
                columns |= paths_of(value or {})
            elif name == "field_mappings":
                columns[name] = value or {}
            elif name in ("base_url", "storefront_url"):
                columns[name] = (value or "").rstrip("/")
            elif name == "currency":
                columns[name] = (value or "").upper()
            elif name == "language":
                columns[name] = value or "en"
            else:
                columns[name] = value
        return columns


class SyncInputSerializer(serializers.Serializer[Any]):
    resource = OneOfField([*Resource.choices, ("all", "All")])

    def resources(self) -> tuple[str, ...]:
        asked = self.validated_data["resource"]
        return tuple(Resource.values) if asked == "all" else (asked,)


@extend_schema_serializer(examples=examples.PREVIEW_INPUT)
class PreviewMappingInputSerializer(serializers.Serializer[Any]):
    resource = OneOfField(Resource.choices)
    records = serializers.ListField(
        child=AnythingField(allow_null=True), max_length=MAX_PREVIEWED
    )
    field_mappings = MappingsField(**OPTIONAL)
    base_url = TextField(allow_blank=True, max_length=500, **OPTIONAL)
    storefront_url = TextField(allow_blank=True, max_length=500, **OPTIONAL)


def pick_credentials(method: str, credentials: dict[str, Any]) -> dict[str, str]:
    """The method's own keys where they hold text; the service misses the others."""
    return {
        name: credentials[name]
        for name in CREDENTIAL_FIELDS[method]
        if isinstance(credentials.get(name), str)
    }


def paths_of(endpoints: dict[str, str | None]) -> dict[str, str]:
    """{"health": ...} as {"health_path": ...}, a blank as the published default."""
    paths = {}
    for name in ENDPOINTS:
        if name in endpoints:
            default = getattr(Store(), f"{name}_path")
            paths[f"{name}_path"] = endpoints[name] or default
    return paths
