"""The published FastAPI store serves exactly the values other tests expect."""

from decimal import Decimal

from tests.examples.published.values import expected_orders, expected_products
from tests.examples.servers import published_fastapi, read_all


def test_published_fastapi_serves_the_expected_values():
    with published_fastapi() as store:
        products, _ = read_all(store, "/api/products")
        orders, _ = read_all(store, "/api/orders")
    for product in products:
        product["price"] = Decimal(str(product["price"]))
    assert products == expected_products()
    assert [order["id"] for order in orders] == [o["id"] for o in expected_orders()]
    for order, expected in zip(orders, expected_orders(), strict=True):
        assert Decimal(str(order["total"])) == expected["total"]
        ending = "Z" if int(order["id"]) % 2 else "+00:00Z"
        naive = expected["created_at"].replace(tzinfo=None)
        assert order["created_at"] == naive.isoformat() + ending
        assert [i["product_id"] for i in order["items"]] == [
            i["product_id"] for i in expected["items"]
        ]
