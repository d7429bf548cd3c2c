"""The documentation page: public, and filled in for merchants who are logged in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from commerce.mapping.fields import ORDER_FIELDS, PRODUCT_FIELDS
from commerce.models import Store
from commerce.selectors import stores_of
from hiwelink.docs import contents

TOKEN_PLACEHOLDER = "{store_token}"


@require_safe
def generic_api(request: HttpRequest) -> HttpResponse:
    """The Generic API reference; `?store=` picks whose token is filled in."""
    stores = list(stores_of(request.user)) if request.user.is_authenticated else []
    store = pick_store(stores, request.GET.get("store", ""))
    token = str(store.token) if store else TOKEN_PLACEHOLDER
    context: dict[str, Any] = {
        "sections": contents.SECTIONS,
        "setup": contents.SETUP,
        "endpoints": contents.ENDPOINTS,
        "product_fields": PRODUCT_FIELDS,
        "order_fields": ORDER_FIELDS,
        "egress_ips": settings.EGRESS_IPS,
        "base_url": settings.PUBLIC_BASE_URL,
        "stores": stores,
        "store": store,
        "token": token,
        "webhooks_root": f"{settings.PUBLIC_BASE_URL}/api/generic-api/webhooks/{token}",
    }
    response = render(request, "docs/generic_api.html", context)
    patch_cache_control(response, private=True, no_cache=True)
    return response


def pick_store(stores: list[Store], uid: str) -> Store | None:
    """The store asked for, else the only one; None leaves the placeholder."""
    try:
        asked = UUID(uid)
    except ValueError:
        return stores[0] if len(stores) == 1 else None
    return next((store for store in stores if store.uid == asked), None)
