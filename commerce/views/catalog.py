"""A store's products and orders, as HiWelink holds them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from commerce.models import Order, Product, Store
from commerce.selectors import orders_of, products_of, with_item_names
from commerce.views.access import get_store_or_404, render_store
from hiwelink.paging import KeyPaginator

PAGE = 50


@login_required
@require_safe
def product_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    search = request.GET.get("search", "")
    products = products_of(store, search=search).defer("raw", "description")
    return list_page(request, "commerce/product_list.html", store, products, search)


@login_required
@require_safe
def product_detail(request: HttpRequest, uid: UUID, product_uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    product = products_of(store).filter(uid=product_uid).first()
    if product is None:
        raise Http404
    product.store = store
    return render_store(
        request,
        "commerce/product_detail.html",
        store,
        product=product,
        run=writing_run(store, product),
    )


@login_required
@require_safe
def order_list(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    search = request.GET.get("search", "")
    orders = orders_of(store, search=search).defer("raw")
    return list_page(request, "commerce/order_list.html", store, orders, search)


@login_required
@require_safe
def order_detail(request: HttpRequest, uid: UUID, order_uid: UUID) -> HttpResponse:
    store = get_store_or_404(request, uid)
    order = orders_of(store).filter(uid=order_uid).first()
    if order is None:
        raise Http404
    order.store = store
    [order] = with_item_names(store, [order])
    return render_store(
        request,
        "commerce/order_detail.html",
        store,
        order=order,
        items=linked_items(store, order),
        run=writing_run(store, order),
    )


def list_page(
    request: HttpRequest,
    template: str,
    store: Store,
    records: QuerySet[Any],
    search: str,
) -> HttpResponse:
    page = KeyPaginator(records, PAGE).get_page(request.GET.get("page"))
    return render_store(request, template, store, page=page, search=search)


def linked_items(store: Store, order: Order) -> list[dict[str, Any]]:
    """Return the order's items, each with its product's uid where we hold it."""
    ids = {str(item.get("product_id")) for item in order.items}
    uids = dict(
        products_of(store).filter(external_id__in=ids).values_list("external_id", "uid")
    )
    return [
        # The page names both, and an item may have neither.
        {"name": "", "product_id": None}
        | item
        | {"uid": uids.get(str(item.get("product_id")))}
        for item in order.items
    ]


def writing_run(store: Store, record: Product | Order) -> Any:
    """Return the sync run that last wrote a record, if one did and is still kept."""
    if record.written_by_type != "sync_run" or record.written_by_id is None:
        return None
    return store.sync_runs.filter(uid=record.written_by_id).first()
