"""The `db`, `Product` and `Order` the published FastAPI example takes for granted."""

from types import SimpleNamespace
from typing import Any, Self

from tests.examples.published import values


class Product(SimpleNamespace):
    pass


class Order(SimpleNamespace):
    pass


class Query:
    """As much of SQLAlchemy's as the example uses, over a list."""

    def __init__(self, rows: list[Any]) -> None:
        self.rows = rows

    def filter_by(self, **wanted: object) -> Self:
        rows = [r for r in self.rows if wanted.items() <= vars(r).items()]
        return type(self)(rows)

    def offset(self, number: int) -> Self:
        return type(self)(self.rows[number:])

    def limit(self, number: int) -> Self:
        return type(self)(self.rows[:number])

    def count(self) -> int:
        return len(self.rows)

    def all(self) -> list[Any]:
        return self.rows


class Database:
    def __init__(self, tables: dict[type, list[Any]]) -> None:
        self.tables = tables

    def query(self, model: type) -> Query:
        return Query(self.tables[model])


def make_product(number: int) -> Product:
    fields = values.product_values(number)
    return Product(
        id=number,
        name=fields["name"],
        description=fields["description"],
        sku=fields["sku"],
        price=fields["price"],
        stock=fields["stock_quantity"],
        categories=fields["categories"] or None,
        images=fields["images"] or None,
        status="active" if number <= values.PRODUCTS else "draft",
    )


def make_order(number: int) -> Order:
    fields = values.order_values(number)
    created_at = fields["created_at"]
    if number % 2:
        # Half of them naive: the example's isoformat() + "Z" is right for those, and
        # sends "+00:00Z" for the others. Real shops have either.
        created_at = created_at.replace(tzinfo=None)
    items = [SimpleNamespace(**item) for item in fields["items"]]
    return Order(**fields | {"id": number, "created_at": created_at, "items": items})


db = Database(
    {
        Product: [make_product(n + 1) for n in range(values.PRODUCTS + values.DRAFTS)],
        Order: [make_order(n + 1) for n in range(values.ORDERS)],
    }
)
