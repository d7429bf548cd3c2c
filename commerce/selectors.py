"""Read queries shared by pages, API and admin; each inside the asker's workspaces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet, Value, Window
from django.db.models.functions import RowNumber

from commerce import mends
from commerce.models import (
    ChangeKind,
    Order,
    Product,
    RecordChange,
    Resource,
    Store,
    SyncIssue,
    SyncRun,
)
from commerce.models.catalog import SEARCHED
from hiwelink.accounts.models import User

CLOCKS_DIFFER = timedelta(hours=1)


def stores_of(user: User) -> QuerySet[Store]:
    """The stores of every workspace `user` is a member of, deleted ones left out.

    Each knows the user's `role` in its workspace.
    """
    return Store.objects.filter(
        workspace__memberships__user=user, deleting_at__isnull=True
    ).annotate(role=F("workspace__memberships__role"))  # type: ignore[no-redef]


def stores_being_deleted(user: User) -> QuerySet[Store]:
    """Deleted stores of the user's workspaces whose rows are still being removed."""
    return Store.objects.filter(
        workspace__memberships__user=user, deleting_at__isnull=False
    ).order_by("name", "id")


def find_store(user: User, uid: UUID) -> Store | None:
    found = stores_of(user).filter(uid=uid)
    return found.select_related("workspace", "remap", "search_index").first()


def find_run(user: User, uid: UUID) -> SyncRun | None:
    return (
        SyncRun.objects.filter(uid=uid, store__in=stores_of(user))
        .select_related("store")
        .first()
    )


def products_of(store: Store, *, search: str = "") -> QuerySet[Product]:
    """Live products by name; `search` looks in name, SKU and id."""
    products = Product.objects.filter(store=store, deleted_at__isnull=True)
    if search := clean_search(search):
        products = products.alias(searched=SEARCHED).filter(
            Q(name__icontains=search)
            | Q(sku__icontains=search)
            | Q(external_id__iexact=search),
            searched__icontains=search,  # has an index
        )
    return products.order_by("name", "id")


def orders_of(store: Store, *, search: str = "") -> QuerySet[Order]:
    """Live orders, newest first; `search` looks in number, id, e-mail and name."""
    orders = Order.objects.filter(store=store, deleted_at__isnull=True)
    if search := clean_search(search):
        orders = orders.filter(
            Q(order_number__icontains=search)
            | Q(external_id__iexact=search)
            | Q(customer_email__icontains=search)
            | Q(customer_name__icontains=search)
        )
    return orders.order_by("-placed_at", "id")


def clean_search(text: str) -> str:
    """PostgreSQL refuses NUL; nobody searches for a page of text."""
    return text.replace("\x00", "").strip()[:200]


def with_item_names(store: Store, orders: Iterable[Order]) -> list[Order]:
    """Fill in the product's name where an order's item came without one.

    Done when read, not when written: the order may arrive before the product.
    """
    orders = list(orders)
    nameless = {
        str(item["product_id"])
        for order in orders
        for item in order.items
        if not item.get("name") and item.get("product_id") is not None
    }
    if not nameless:
        return orders
    names = dict(
        Product.objects.filter(store=store, external_id__in=nameless).values_list(
            "external_id", "name"
        )
    )
    for order in orders:
        order.items = [named(item, names) for item in order.items]
    return orders


def named(item: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    if item.get("name") or str(item.get("product_id")) not in names:
        return item
    return item | {"name": names[str(item["product_id"])]}


def counts_of(stores: Sequence[Store]) -> dict[int, dict[str, int]]:
    """Return {store pk: {"products": n, "orders": n}} of live records."""
    counts = {store.pk: {"products": 0, "orders": 0} for store in stores}
    products, orders = (
        model._default_manager.filter(store__in=stores, deleted_at__isnull=True)
        .order_by()
        .values("store_id")
        .annotate(kind=Value(kind), n=Count("id"))
        .values_list("store_id", "kind", "n")
        for model, kind in ((Product, "products"), (Order, "orders"))
    )
    for pk, kind, n in products.union(orders, all=True):
        counts[pk][kind] = n
    return counts


def issues_of(run: SyncRun) -> QuerySet[SyncIssue]:
    return run.issues.order_by("id")


@dataclass
class IssueGroup:
    """The issues of one code in one run. count: all of them, also those not kept."""

    code: str
    count: int
    mend: mends.Mend
    examples: list[SyncIssue] = field(default_factory=list)

    @property
    def skips(self) -> bool:
        """Whether these records were not stored."""
        return any(issue.is_skip for issue in self.examples)


def issue_groups(run: SyncRun, *, examples: int = 3) -> list[IssueGroup]:
    """Return the run's issues by code: what cost a record first, then by number."""
    groups = {
        code: IssueGroup(code, count, mends.mend_of(code))
        for code, count in run.issue_counts.items()
    }
    place = Window(RowNumber(), partition_by="code", order_by="id")
    for issue in issues_of(run).annotate(place=place).filter(place__lte=examples):
        if issue.code in groups:
            groups[issue.code].examples.append(issue)
    return sorted(groups.values(), key=lambda g: (not g.skips, -g.count, g.code))


def change_counts(run: SyncRun) -> dict[str, int]:
    """Return {kind: how many records}, also of changes that were not kept."""
    revived = run.changes.filter(kind=ChangeKind.REVIVED).count()
    return {
        ChangeKind.CREATED: max(0, run.created - revived),
        ChangeKind.UPDATED: run.updated,
        ChangeKind.REVIVED: revived,
        ChangeKind.DELETED: run.deleted,
    }


def changes_of(run: SyncRun, kind: str) -> QuerySet[RecordChange]:
    """What the run changed of records known before, in the order it did."""
    return run.changes.filter(kind=kind).order_by("id")


def records_created_by(run: SyncRun) -> QuerySet[Any]:
    """The products or orders the run brought first, also those deleted since."""
    model = Product if run.resource == Resource.PRODUCTS else Order
    rows = model._default_manager.filter(store_id=run.store_id, created_by_id=run.uid)
    # An index finds the days; clocks of machines differ by less than an hour.
    rows = rows.filter(created_at__gte=run.created_at - CLOCKS_DIFFER)
    if run.finished_at:
        rows = rows.filter(created_at__lte=run.finished_at + CLOCKS_DIFFER)
    return rows.order_by("id")


def live_uids(run: SyncRun, external_ids: Iterable[str]) -> dict[str, UUID]:
    """Return {external id: uid} of those records of the run's store that are live."""
    records = Product if run.resource == Resource.PRODUCTS else Order
    return dict(
        records._default_manager.filter(
            store_id=run.store_id,
            external_id__in=list(external_ids),
            deleted_at__isnull=True,
        ).values_list("external_id", "uid")
    )
