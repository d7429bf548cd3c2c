"""The tables, against the specification's Response Format Reference, by hand."""

from commerce.mapping.fields import (
    ORDER_EXTRA_FIELDS,
    ORDER_FIELDS,
    PRODUCT_FIELDS,
    Resource,
    fields_of,
)

PRODUCTS = {
    "id": ("string / int", "Required", "product_id, sku"),
    "name": ("string", "Required", "title, product_name"),
    "price": ("float", "Optional", "selling_price, current_price"),
    "regular_price": ("float", "Optional", "original_price, list_price"),
    "sale_price": ("float", "Optional", "discount_price"),
    "sku": ("string", "Optional", "product_sku, code"),
    "description": ("string", "Optional", "full_description, body"),
    "short_description": ("string", "Optional", "summary, excerpt"),
    "stock_status": ("string", "Optional", "availability"),
    "stock_quantity": ("int", "Optional", "stock, inventory, quantity"),
    "categories": ("array", "Optional", "category, product_categories"),
    "tags": ("array", "Optional", "product_tags, labels"),
    "images": ("array", "Optional", "photos, gallery, image_urls"),
    "attributes": ("object / array", "Optional", "variations, options"),
    "permalink": (
        "string (URL)",
        "Recommended",
        (
            "product_url, url, link, product_link, html_url, web_url, href, page_url,"
            " detail_url"
        ),
    ),
    "slug": (
        "string",
        "Recommended",
        "handle, product_slug, permalink_slug, url_key, url_slug, seo_slug",
    ),
}

ORDERS = {
    "id": ("string / int", "Required", "order_id, order_number"),
    "order_number": ("string", "Optional", "order_no, number"),
    "status": ("string", "Optional", "order_status, state"),
    "total": ("float", "Optional", "total_amount, grand_total, order_total"),
    "customer_email": ("string", "Optional", "email, billing_email"),
    "customer_name": ("string", "Optional", "customer, buyer_name"),
    "items": ("array", "Optional", "line_items, products, order_items"),
    "currency": ("string", "Optional", "currency_code"),
    "created_at": (
        "ISO 8601 / timestamp",
        "Optional",
        "date, order_date, created_date",
    ),
}


def as_table(fields):
    return {f.name: (f.type_label, f.requirement, ", ".join(f.aliases)) for f in fields}


def test_the_product_table_is_the_published_one():
    assert as_table(PRODUCT_FIELDS) == PRODUCTS
    assert list(as_table(PRODUCT_FIELDS)) == list(PRODUCTS)
    assert len(PRODUCT_FIELDS) == 16
    assert sum(len(f.aliases) for f in PRODUCT_FIELDS) == 43


def test_the_order_table_is_the_published_one():
    assert as_table(ORDER_FIELDS) == ORDERS
    assert list(as_table(ORDER_FIELDS)) == list(ORDERS)
    assert len(ORDER_FIELDS) == 9
    assert sum(len(f.aliases) for f in ORDER_FIELDS) == 20


def test_the_example_orders_other_fields_are_known_without_aliases():
    assert {f.name: f.aliases for f in ORDER_EXTRA_FIELDS} == {
        "subtotal": (),
        "tax": (),
        "shipping": (),
        "shipping_address": (),
        "billing_address": (),
        "payment_method": (),
    }


def test_fields_of_tells_all_fields_of_a_resource():
    products = [f.name for f in fields_of(Resource.PRODUCTS)]
    assert products == [*PRODUCTS, "currency"]
    orders = [f.name for f in fields_of(Resource.ORDERS)]
    assert orders == [*ORDERS, *(f.name for f in ORDER_EXTRA_FIELDS)]


def test_every_published_field_is_described():
    assert all(f.notes for f in PRODUCT_FIELDS)
