"""The shop's SQLite file: products and orders, built from `catalogue/` at start.

`db.query(Product).filter_by(status="active").offset(0).limit(50).all()` reads like the
query layer most shops have; a shop with SQLAlchemy or Django keeps its own.
"""

import json
import os
import sqlite3
import zlib
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, Self, TypeVar

HERE = Path(__file__).parent
LISTS = ("categories", "tags", "items", "attributes")
ADDRESSES = ("shipping_address", "billing_address")


@dataclass
class Product:
    id: str
    name: str
    slug: str
    sku: str
    category: str
    categories: list[str]
    short_description: str
    description: str
    price: float  # what a shopper pays now, US dollars
    regular_price: float
    sale_price: float | None
    stock: int
    tags: list[str]
    attributes: dict[str, str | list[str]]
    glyph: str  # which drawing in glyphs.toml, and its colour
    paint: str
    status: str = "active"


@dataclass
class Item:
    product_id: str
    name: str
    quantity: int
    price: float


@dataclass
class Order:
    id: str
    order_number: str
    status: str
    subtotal: float
    tax: float
    shipping: float
    total: float
    currency: str
    customer_email: str
    customer_name: str
    shipping_address: dict[str, str]
    billing_address: dict[str, str]
    payment_method: str
    created_at: datetime  # UTC
    items: list[Item] = field(default_factory=list)


Row = TypeVar("Row", Product, Order)


class Query(Generic[Row]):
    """The rows of one table, always in the order they were stored.

    Paging needs that fixed order: without it a product may be on two pages or on none.
    """

    def __init__(self, path: Path, model: type[Row]) -> None:
        self.path = path
        self.model: type[Row] = model
        self.wanted: dict[str, Any] = {}
        self.skip, self.most = 0, -1

    def filter_by(self, **wanted: str) -> Self:
        known = {f.name for f in fields(self.model)}
        if unknown := set(wanted) - known:
            raise ValueError(f"{self.model.__name__} has no {sorted(unknown)}.")
        self.wanted |= wanted
        return self

    def offset(self, rows: int) -> Self:
        self.skip = rows
        return self

    def limit(self, rows: int) -> Self:
        self.most = rows
        return self

    def count(self) -> int:
        (number,) = self._select("COUNT(*) AS number")[0]
        return int(number)

    def all(self) -> list[Row]:
        tail = "ORDER BY rowid LIMIT :_most OFFSET :_skip"
        return [_from_row(self.model, row) for row in self._select("*", tail)]

    def first(self) -> Row | None:
        return next(iter(self.limit(1).all()), None)

    def _select(self, what: str, tail: str = "") -> list[sqlite3.Row]:
        where = " AND ".join(f"{name} = :{name}" for name in self.wanted) or "1"
        sql = f"SELECT {what} FROM {_table(self.model)} WHERE {where} {tail}"
        with closing(_open(self.path)) as file:
            page = {"_most": self.most, "_skip": self.skip}
            return file.execute(sql, self.wanted | page).fetchall()


class Database:
    def __init__(self, path: Path) -> None:
        self.path = path

    def query(self, model: type[Row]) -> Query[Row]:
        return Query(self.path, model)

    def save(self, row: Product | Order) -> None:
        """Write a changed row back in its place."""
        values = _to_row(row)
        changes = ", ".join(f"{name} = :{name}" for name in values)
        with closing(_open(self.path)) as file, file:
            sql = f"UPDATE {_table(type(row))} SET {changes} WHERE id = :id"
            file.execute(sql, values)

    def build(self) -> None:
        """Make the file from the catalogue, unless it holds this very catalogue.

        Changes made through the demo endpoints are kept until the catalogue changes.
        """
        edition = _edition()
        if self.path.exists():
            with closing(_open(self.path)) as file:
                if file.execute("PRAGMA user_version").fetchone()[0] == edition:
                    return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Built beside its place and moved there: nobody reads half a catalogue.
        draft = self.path.with_name(f"{self.path.name}.{os.getpid()}")
        draft.unlink(missing_ok=True)
        _fill(draft, edition)
        draft.replace(self.path)


def _fill(path: Path, edition: int) -> None:
    from departments import load_products
    from orders import make_orders

    products = load_products()
    with closing(_open(path)) as file, file:
        _store(file, Product, products)
        _store(file, Order, make_orders(products))
        file.execute(f"PRAGMA user_version = {edition}")


def _store(
    file: sqlite3.Connection, model: type[Row], rows: Iterable[Product | Order]
) -> None:
    names = [f.name for f in fields(model)]
    columns = ", ".join("id PRIMARY KEY" if name == "id" else name for name in names)
    file.execute(f"CREATE TABLE {_table(model)} ({columns})")
    values = ", ".join(f":{name}" for name in names)
    sql = f"INSERT INTO {_table(model)} VALUES ({values})"
    file.executemany(sql, (_to_row(row) for row in rows))


def _table(model: type[Product | Order]) -> str:
    return f"{model.__name__.lower()}s"


def _to_row(row: Product | Order) -> dict[str, Any]:
    values = asdict(row)
    for name in values.keys() & {*LISTS, *ADDRESSES}:
        values[name] = json.dumps(values[name], ensure_ascii=False)
    if "created_at" in values:
        values["created_at"] = values["created_at"].isoformat()
    return values


def _from_row(model: type[Row], row: sqlite3.Row) -> Row:
    values = dict(row)
    for name in values.keys() & {*LISTS, *ADDRESSES}:
        values[name] = json.loads(values[name])
    if "created_at" in values:
        values["created_at"] = datetime.fromisoformat(values["created_at"])
        values["items"] = [Item(**item) for item in values["items"]]
    return model(**values)


def _open(path: Path) -> sqlite3.Connection:
    file = sqlite3.connect(path, timeout=10)
    file.row_factory = sqlite3.Row
    return file


def _edition() -> int:
    """A number that changes with any file the database is built from."""
    sources = sorted([*HERE.glob("**/*.toml"), *HERE.glob("*.py")])
    check = 0
    for source in sources:
        check = zlib.crc32(source.read_bytes(), check)
    return check & 0x7FFFFFFF  # SQLite keeps 31 bits of it


db = Database(Path(os.getenv("STORE_DB") or HERE / "var" / "store.sqlite3"))
