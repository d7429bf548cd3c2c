"""What the management API shows. Text, numbers and dates the store did not tell are
null; lists it did not tell are [], attributes {}.
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from commerce.api import examples
from commerce.api.fields import (
    AnythingField,
    MappingsField,
    MoneyField,
    NumberField,
    ObjectField,
    ToldField,
)
from commerce.models import (
    AuthMethod,
    ChangeKind,
    Environment,
    Order,
    Product,
    Resource,
    RunStatus,
    StockStatus,
    Store,
    StoreStatus,
    SyncRun,
    Trigger,
)
from commerce.services.doctor import Verdict

DELETING = "deleting"
UNKNOWN_COUNTS = {"products": 0, "orders": 0, "embedded": 0}


class EndpointsOutputSerializer(serializers.Serializer[Store]):
    health = serializers.CharField(source="health_path")
    products = serializers.CharField(source="products_path")
    orders = serializers.CharField(source="orders_path")


class CountsOutputSerializer(serializers.Serializer[Any]):
    products = serializers.IntegerField()
    orders = serializers.IntegerField()
    embedded = serializers.IntegerField(help_text="Products the chatbot can find.")


class WebhookUrlsOutputSerializer(serializers.Serializer[Any]):
    products = serializers.URLField()
    orders = serializers.URLField()
    sync = serializers.URLField()


@extend_schema_serializer(component_name="Store", examples=examples.STORE)
class StoreOutputSerializer(serializers.Serializer[Any]):
    """A store, never its credential. context: {"counts": {pk: counts}}."""

    id = serializers.UUIDField(source="uid")
    name = serializers.CharField()
    base_url = serializers.URLField()
    storefront_url = ToldField()
    environment = serializers.ChoiceField(Environment.choices)
    auth_method = serializers.ChoiceField(AuthMethod.choices)
    endpoints = EndpointsOutputSerializer(source="*")
    field_mappings = MappingsField()
    per_page = serializers.IntegerField()
    sync_interval_minutes = serializers.IntegerField(allow_null=True)
    currency = ToldField()
    language = serializers.CharField()
    store_token = serializers.UUIDField(source="token")
    webhook_urls = WebhookUrlsOutputSerializer()
    status = serializers.ChoiceField(StoreStatus.choices)
    counts = serializers.SerializerMethodField()
    last_synced_at = serializers.DateTimeField(allow_null=True)
    next_sync_at = serializers.DateTimeField(allow_null=True)
    has_credentials = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(CountsOutputSerializer)
    def get_counts(self, store: Store) -> dict[str, int]:
        counts: dict[int, dict[str, int]] = self.context.get("counts", {})
        return counts.get(store.pk, UNKNOWN_COUNTS)

    def get_has_credentials(self, store: Store) -> bool:
        return store.credentials is not None


class DeletionOutputSerializer(serializers.Serializer[Store]):
    id = serializers.UUIDField(source="uid")
    status = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField([DELETING]))
    def get_status(self, store: Store) -> str:
        return DELETING


class RunErrorOutputSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    detail = serializers.CharField()


@extend_schema_serializer(component_name="SyncRun", examples=examples.SYNC_RUN)
class SyncRunOutputSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="uid")
    store = serializers.UUIDField(source="store.uid")
    resource = serializers.ChoiceField(Resource.choices)
    trigger = serializers.ChoiceField(Trigger.choices)
    status = serializers.ChoiceField(RunStatus.choices)
    pages_fetched = serializers.IntegerField()
    pages_total = serializers.IntegerField(allow_null=True)
    records_read = serializers.IntegerField()
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    skipped = serializers.IntegerField()
    deleted = serializers.IntegerField()
    issue_counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="How often each issue's code came."
    )
    error = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(RunErrorOutputSerializer(allow_null=True))
    def get_error(self, run: SyncRun) -> dict[str, str] | None:
        if not run.error_code:
            return None
        return {"code": run.error_code, "detail": run.error_detail}


@extend_schema_serializer(component_name="StartedSyncRun")
class StartedRunOutputSerializer(SyncRunOutputSerializer):
    """A run as `sync/` answers it. context: {"coalesced": set of pks}."""

    coalesced = serializers.SerializerMethodField(
        help_text="True: it was active already, and is the one to watch."
    )

    def get_coalesced(self, run: SyncRun) -> bool:
        return run.pk in self.context["coalesced"]


class StartedRunsOutputSerializer(serializers.Serializer[Any]):
    sync_runs = StartedRunOutputSerializer(many=True)


@extend_schema_serializer(component_name="SyncIssue")
class SyncIssueOutputSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    field = serializers.CharField(help_text="Empty: the whole record.")
    detail = serializers.CharField()
    external_id = ToldField()
    skipped = serializers.BooleanField(
        source="is_skip", help_text="True: the record was not stored."
    )
    page = serializers.IntegerField()
    position = serializers.IntegerField(help_text="0-based place in the page.")
    record = AnythingField(allow_null=True, help_text="As sent; cut when long.")


@extend_schema_serializer(component_name="RecordChange")
class RecordChangeOutputSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(
        [(kind.value, kind.label) for kind in ChangeKind if kind != ChangeKind.CREATED]
    )
    external_id = serializers.CharField()
    title = ToldField(help_text="The product's name or the order's number.")
    fields = ObjectField(  # type: ignore[assignment]
        help_text="{field: [before, after]}; long values are cut."
    )


class WarningOutputSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="Empty: the whole record.")
    code = serializers.CharField()
    detail = serializers.CharField()


class WriterOutputSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(help_text="sync_run, delivery or remap")
    id = serializers.UUIDField(allow_null=True)


class RecordOutputSerializer(serializers.Serializer[Any]):
    """What products and orders share. Their `store` must be set, or it is a query."""

    id = serializers.CharField(source="external_id", help_text="The store's own id.")
    currency = serializers.SerializerMethodField(
        help_text="As told with the record, else the store's."
    )
    raw = ObjectField(help_text="The record as the store sent it.")
    warnings = WarningOutputSerializer(many=True)
    updated_at = serializers.DateTimeField(help_text="When its content last changed.")
    written_by = WriterOutputSerializer()

    def get_currency(self, record: Product | Order) -> str | None:
        return record.currency or record.store.currency or None


@extend_schema_serializer(component_name="Product", examples=examples.PRODUCT)
class ProductOutputSerializer(RecordOutputSerializer):
    name = serializers.CharField()
    price = MoneyField()
    regular_price = MoneyField()
    sale_price = MoneyField()
    current_price = MoneyField(help_text="What a shopper pays.")
    sku = ToldField()
    description = ToldField()
    short_description = ToldField()
    stock_status = serializers.SerializerMethodField()
    stock_quantity = serializers.IntegerField(allow_null=True)
    categories = serializers.ListField(child=serializers.CharField())
    tags = serializers.ListField(child=serializers.CharField())
    images = serializers.ListField(child=serializers.CharField())
    attributes = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField())
    )
    permalink = ToldField()
    slug = ToldField()
    url = serializers.SerializerMethodField(
        help_text="The permalink, else the storefront's /product/{slug}, else its home."
    )

    @extend_schema_field(serializers.ChoiceField(StockStatus.choices, allow_null=True))
    def get_stock_status(self, product: Product) -> str | None:
        return product.stock_status or None

    def get_url(self, product: Product) -> str | None:
        return product.link.url or None


class OrderItemOutputSerializer(serializers.Serializer[Any]):
    product_id = serializers.CharField(allow_null=True)
    name = serializers.CharField(
        allow_null=True, help_text="The product's, where the order told none."
    )
    quantity = NumberField(allow_null=True, help_text="0.5 for weighed goods.")
    price = serializers.CharField(allow_null=True)


@extend_schema_serializer(component_name="Order", examples=examples.ORDER)
class OrderOutputSerializer(RecordOutputSerializer):
    order_number = ToldField()
    status = ToldField()
    total = MoneyField()
    subtotal = MoneyField()
    tax = MoneyField()
    shipping = MoneyField()
    customer_email = ToldField()
    customer_name = ToldField()
    items = OrderItemOutputSerializer(many=True)
    shipping_address = serializers.SerializerMethodField()
    billing_address = serializers.SerializerMethodField()
    payment_method = ToldField()
    created_at = serializers.DateTimeField(
        source="placed_at", allow_null=True, help_text="When it was placed."
    )

    @extend_schema_field(ObjectField(allow_null=True))
    def get_shipping_address(self, order: Order) -> dict[str, Any] | None:
        return order.shipping_address or None

    @extend_schema_field(ObjectField(allow_null=True))
    def get_billing_address(self, order: Order) -> dict[str, Any] | None:
        return order.billing_address or None


class PreviewedRecordOutputSerializer(serializers.Serializer[Any]):
    values = serializers.SerializerMethodField(
        help_text="As the product and order answers show them."
    )
    sources = serializers.DictField(
        child=serializers.CharField(), help_text="Field -> the store's key."
    )
    issues = WarningOutputSerializer(many=True)
    skipped = serializers.BooleanField()

    @extend_schema_field(ObjectField)
    def get_values(self, record: dict[str, Any]) -> dict[str, Any]:
        values: dict[str, Any] = record["values"]
        if "items" not in values:
            return values
        items = OrderItemOutputSerializer(values["items"], many=True).data
        return values | {"items": items}


class SuggestionOutputSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    key = serializers.CharField()
    detail = serializers.CharField()


@extend_schema_serializer(component_name="Preview", examples=examples.PREVIEW)
class PreviewOutputSerializer(serializers.Serializer[Any]):
    records = PreviewedRecordOutputSerializer(many=True)
    unused = serializers.ListField(child=serializers.CharField())
    suggestions = SuggestionOutputSerializer(many=True)


class CheckOutputSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="For programs; stays as it is.")
    verdict = serializers.ChoiceField([verdict.value for verdict in Verdict])
    title = serializers.CharField(help_text="What was found.")
    evidence = serializers.CharField(help_text="What was asked and answered.")
    mend = serializers.CharField(help_text="What to do; empty when nothing is wrong.")
    curl = serializers.CharField(
        help_text="A GET that shows it, a placeholder for the credential; may be empty."
    )


@extend_schema_serializer(component_name="Report", examples=examples.REPORT)
class ReportOutputSerializer(serializers.Serializer[Any]):
    verdict = serializers.ChoiceField(
        [verdict.value for verdict in Verdict], help_text="The worst of its checks."
    )
    checks = CheckOutputSerializer(many=True, help_text="The worst first.")
