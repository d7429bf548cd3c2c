"""The specification's published records, word for word."""

PRODUCT = {
    "id": "prod_123",
    "name": "Wireless Headphones",
    "description": (
        "Premium noise-cancelling wireless headphones with 40-hour battery life."
    ),
    "short_description": "40hr battery, noise-cancelling, Bluetooth 5.2",
    "sku": "WH-1000XM5",
    "price": 349.99,
    "regular_price": 399.99,
    "sale_price": 349.99,
    "stock_status": "in_stock",
    "stock_quantity": 42,
    "categories": ["Electronics", "Audio"],
    "tags": ["wireless", "bluetooth", "noise-cancelling"],
    "images": [
        "https://yourstore.com/images/wh-1000xm5-main.jpg",
        "https://yourstore.com/images/wh-1000xm5-side.jpg",
    ],
    "attributes": {
        "color": "Black",
        "connectivity": "Bluetooth 5.2",
        "battery": "40 hours",
    },
}

ADDRESS = {
    "street": "123 Main St",
    "city": "New York",
    "state": "NY",
    "zip": "10001",
    "country": "US",
}

ORDER = {
    "id": "order_456",
    "order_number": "ORD-2024-0456",
    "status": "completed",
    "total": 699.98,
    "subtotal": 649.98,
    "tax": 32.50,
    "shipping": 17.50,
    "currency": "USD",
    "customer_email": "alice@example.com",
    "customer_name": "Alice Johnson",
    "items": [
        {
            "product_id": "prod_123",
            "name": "Wireless Headphones",
            "quantity": 2,
            "price": 349.99,
        }
    ],
    "shipping_address": ADDRESS,
    "billing_address": ADDRESS,
    "payment_method": "credit_card",
    "created_at": "2024-01-15T10:30:00Z",
}

# Webhook payloads.
PRODUCT_UPDATED = {
    "id": "prod_123",
    "name": "Wireless Headphones",
    "price": 349.99,
    "stock_status": "in_stock",
    "description": "Updated description after firmware change.",
    "images": ["https://yourstore.com/images/wh-v2.jpg"],
}
PRODUCT_DELETED = {"id": "prod_123"}
ORDER_CREATED = {
    "id": "order_789",
    "order_number": "ORD-2024-0789",
    "status": "pending",
    "total": 349.99,
    "customer_email": "bob@example.com",
    "customer_name": "Bob Smith",
    "items": [{"product_id": "prod_123", "quantity": 1, "price": 349.99}],
}

# The three of "Product detail URL".
WITH_PERMALINK = {
    "id": "42",
    "name": "Blue Hoodie",
    "permalink": "https://store.com/product/blue-hoodie",
}
WITH_SLUG = {"id": "42", "name": "Blue Hoodie", "slug": "blue-hoodie"}
WITHOUT_LINK = {"id": "42", "name": "Blue Hoodie"}

# The mapping of "Custom Field Mapping", and a record it fits.
FIELD_MAPPINGS = {
    "name": "product_title",
    "price": "retail_price",
    "description": "long_description",
    "sku": "item_code",
    "stock_status": "availability_status",
    "stock_quantity": "qty_on_hand",
    "categories": "dept_names",
    "images": "photo_urls",
    "permalink": "product_page_url",
    "slug": "url_key",
}
FOREIGN_PRODUCT = {
    "id": 7,
    "product_title": "Blue Hoodie",
    "retail_price": "USD 49.90",
    "long_description": "<p>Warm.</p>",
    "item_code": "BH-1",
    "availability_status": "available",
    "qty_on_hand": 3,
    "dept_names": ["Clothing"],
    "photo_urls": ["https://store.com/a.jpg"],
    "product_page_url": "https://store.com/p/7",
    "url_key": "blue-hoodie",
}
