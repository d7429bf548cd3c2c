"""The specification's field tables (Response Format Reference) as data."""

from dataclasses import dataclass
from enum import StrEnum


class Resource(StrEnum):
    PRODUCTS = "products"
    ORDERS = "orders"


class Kind(StrEnum):
    """How the value of a field is read."""

    ID = "id"
    TEXT = "text"  # one line
    BODY = "body"  # many lines, HTML allowed
    MONEY = "money"  # never below zero
    OPTIONAL_MONEY = "optional_money"  # as money; zero means there is none
    AMOUNT = "amount"  # may be below zero: a refund is an order too
    CURRENCY = "currency"
    INTEGER = "integer"
    STOCK = "stock"
    LIST = "list"
    IMAGES = "images"
    ATTRIBUTES = "attributes"
    URL = "url"
    SLUG = "slug"
    PERSON = "person"
    ITEMS = "items"
    ADDRESS = "address"
    DATETIME = "datetime"


@dataclass(frozen=True)
class Field:
    """One row of a table.

    aliases: in the table's order, which is the order they are tried in.
    requirement: "Required", "Recommended" or "Optional".
    type_label, notes: as published. limit: the most characters a text may have.
    """

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    requirement: str = "Optional"
    type_label: str = "string"
    notes: str = ""
    limit: int = 500


PRODUCT_FIELDS = (
    Field(
        "id",
        Kind.ID,
        ("product_id", "sku"),
        "Required",
        "string / int",
        "Unique external ID",
        limit=190,
    ),
    Field(
        "name",
        Kind.TEXT,
        ("title", "product_name"),
        "Required",
        notes="Product display name",
    ),
    Field(
        "price",
        Kind.MONEY,
        ("selling_price", "current_price"),
        type_label="float",
        notes="Current selling price",
    ),
    Field(
        "regular_price",
        Kind.OPTIONAL_MONEY,
        ("original_price", "list_price"),
        type_label="float",
        notes="Pre-discount price",
    ),
    Field(
        "sale_price",
        Kind.OPTIONAL_MONEY,
        ("discount_price",),
        type_label="float",
        notes="Discounted price",
    ),
    Field(
        "sku",
        Kind.TEXT,
        ("product_sku", "code"),
        notes="Stock keeping unit",
        limit=190,
    ),
    Field(
        "description",
        Kind.BODY,
        ("full_description", "body"),
        notes="HTML or plain text",
        limit=50_000,
    ),
    Field(
        "short_description",
        Kind.BODY,
        ("summary", "excerpt"),
        notes="Brief summary",
        limit=5_000,
    ),
    Field(
        "stock_status",
        Kind.STOCK,
        ("availability",),
        notes="in_stock, out_of_stock, available…",
    ),
    Field(
        "stock_quantity",
        Kind.INTEGER,
        ("stock", "inventory", "quantity"),
        type_label="int",
        notes="Units available",
    ),
    Field(
        "categories",
        Kind.LIST,
        ("category", "product_categories"),
        type_label="array",
        notes="Array of strings or CSV",
        limit=200,
    ),
    Field(
        "tags",
        Kind.LIST,
        ("product_tags", "labels"),
        type_label="array",
        notes="Array of strings or CSV",
        limit=200,
    ),
    Field(
        "images",
        Kind.IMAGES,
        ("photos", "gallery", "image_urls"),
        type_label="array",
        notes="Array of absolute image URLs",
        limit=2_000,
    ),
    Field(
        "attributes",
        Kind.ATTRIBUTES,
        ("variations", "options"),
        type_label="object / array",
        notes="Key-value pairs for size/colour etc.",
    ),
    Field(
        "permalink",
        Kind.URL,
        (
            "product_url",
            "url",
            "link",
            "product_link",
            "html_url",
            "web_url",
            "href",
            "page_url",
            "detail_url",
        ),
        "Recommended",
        "string (URL)",
        "Absolute URL to the product detail page. Required for accurate"
        ' "View Product" links unless a slug is supplied.',
        limit=2_000,
    ),
    Field(
        "slug",
        Kind.SLUG,
        (
            "handle",
            "product_slug",
            "permalink_slug",
            "url_key",
            "url_slug",
            "seo_slug",
        ),
        "Recommended",
        notes="URL-safe identifier. Used to build {store_base_url}/product/{slug}"
        " when no permalink is provided.",
    ),
)

# Not in the table; read when a store sends it, else told by a price such as "12 €".
PRODUCT_EXTRA_FIELDS = (Field("currency", Kind.CURRENCY, limit=3),)

ORDER_FIELDS = (
    Field(
        "id",
        Kind.ID,
        ("order_id", "order_number"),
        "Required",
        "string / int",
        limit=190,
    ),
    Field("order_number", Kind.TEXT, ("order_no", "number"), limit=190),
    Field("status", Kind.TEXT, ("order_status", "state"), limit=100),
    Field(
        "total",
        Kind.AMOUNT,
        ("total_amount", "grand_total", "order_total"),
        type_label="float",
    ),
    Field("customer_email", Kind.TEXT, ("email", "billing_email"), limit=320),
    Field("customer_name", Kind.PERSON, ("customer", "buyer_name"), limit=300),
    Field(
        "items",
        Kind.ITEMS,
        ("line_items", "products", "order_items"),
        type_label="array",
    ),
    Field("currency", Kind.CURRENCY, ("currency_code",), limit=3),
    Field(
        "created_at",
        Kind.DATETIME,
        ("date", "order_date", "created_date"),
        type_label="ISO 8601 / timestamp",
    ),
)

# In the specification's example of an order, not in its table.
ORDER_EXTRA_FIELDS = (
    Field("subtotal", Kind.AMOUNT, type_label="float"),
    Field("tax", Kind.AMOUNT, type_label="float"),
    Field("shipping", Kind.AMOUNT, type_label="float"),
    Field("shipping_address", Kind.ADDRESS, type_label="object"),
    Field("billing_address", Kind.ADDRESS, type_label="object"),
    Field("payment_method", Kind.TEXT, limit=190),
)

_FIELDS = {
    Resource.PRODUCTS: PRODUCT_FIELDS + PRODUCT_EXTRA_FIELDS,
    Resource.ORDERS: ORDER_FIELDS + ORDER_EXTRA_FIELDS,
}


def fields_of(resource: Resource) -> tuple[Field, ...]:
    """Every field a record of `resource` may speak of and a mapping may name."""
    return _FIELDS[resource]
