"""What the management API shows of webhooks."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from commerce.api.fields import ObjectField, ToldField
from commerce.api.outputs import RunErrorOutputSerializer
from webhooks.api import examples
from webhooks.masking import shown_body
from webhooks.models import Delivery, DeliveryStatus, Endpoint, SignatureVerdict


class DeliveryIssueOutputSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()
    resource = serializers.CharField(
        required=False, help_text="Bulk bodies: the list the record stands in."
    )
    position = serializers.IntegerField(
        required=False, help_text="Bulk bodies: its place there, from 0."
    )


@extend_schema_serializer(component_name="Delivery", examples=examples.DELIVERY)
class DeliveryOutputSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    received_at = serializers.DateTimeField()
    endpoint = serializers.ChoiceField(Endpoint.choices)
    method = serializers.CharField()
    event = ToldField(help_text="As sent; null where none could be read.")
    status = serializers.ChoiceField(DeliveryStatus.choices)
    http_status = serializers.IntegerField(
        allow_null=True, help_text="What was answered; null when that was cut off."
    )
    signature = serializers.ChoiceField(SignatureVerdict.choices)
    outcome = ToldField(
        help_text="created, updated, revived, deleted, unchanged or stale."
    )
    external_id = ToldField(help_text="The record's id at the store.")
    error = serializers.SerializerMethodField()
    counts = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Bulk bodies: what became of the records.",
    )
    sync_runs = serializers.ListField(
        child=serializers.UUIDField(), help_text="The runs it started."
    )
    remote_address = ToldField()
    body_bytes = serializers.IntegerField()
    duration_ms = serializers.IntegerField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    is_replayable = serializers.BooleanField()
    replayed_at = serializers.DateTimeField(allow_null=True)
    replay_outcome = ToldField()

    @extend_schema_field(RunErrorOutputSerializer(allow_null=True))
    def get_error(self, delivery: Delivery) -> dict[str, str] | None:
        return delivery.error


@extend_schema_serializer(
    component_name="DeliveryDetail", examples=examples.DELIVERY_DETAIL
)
class DeliveryDetailOutputSerializer(DeliveryOutputSerializer):
    """With what a list leaves out. The delivery's `store` must be set."""

    headers = ObjectField(help_text="Those that matter, names in lower case.")
    body = serializers.SerializerMethodField(
        help_text="As text, at most 64 KiB of it, secrets masked."
    )
    changes = ObjectField(help_text="{field: [before, after]} of the record.")
    issues = DeliveryIssueOutputSerializer(many=True)

    def get_body(self, delivery: Delivery) -> str:
        return shown_body(delivery)


class SecretOutputSerializer(serializers.Serializer[Any]):
    secret = serializers.CharField(help_text="Shown this once.")


@extend_schema_serializer(component_name="WebhookSettings")
class WebhookSettingsOutputSerializer(serializers.Serializer[Any]):
    require_signatures = serializers.BooleanField()
    has_secret = serializers.BooleanField()
