"""A store's search as its merchant sees it: try a question, rebuild the index."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from chatbot.retrieval import Hit, SearchResult, search_products
from chatbot.vectors import request_rebuild
from commerce.selectors import counts_of
from commerce.views.access import (
    get_own_store_or_403,
    get_store_or_404,
    render_store,
)

SHOWN = 20
BAR_WIDTH = 100  # units of the drawing in _ranking.html


@dataclass(frozen=True)
class Row:
    """A hit with the parts of its score as lengths of a bar.

    The bar of the best hit is BAR_WIDTH long; near is what meaning gave, words the
    rest. Without a vector all of it is words.
    """

    hit: Hit
    near: float
    words: float


@login_required
@require_safe
def store_search(request: HttpRequest, uid: UUID) -> HttpResponse:
    """What shoppers find, in their order, and why."""
    store = get_store_or_404(request, uid)
    question = request.GET.get("q", "").strip()[:1_000]
    result = search_products(store, question, limit=SHOWN) if question else None
    return render_store(
        request,
        "chatbot/store_search.html",
        store,
        question=question,
        result=result,
        rows=rows_of(result) if result else [],
        products=counts_of([store])[store.pk]["products"],
    )


def rows_of(result: SearchResult) -> list[Row]:
    best = max((hit.score for hit in result.hits), default=0.0) or 1.0
    rows = []
    for hit in result.hits:
        whole = BAR_WIDTH * max(hit.score, 0.0) / best
        near = BAR_WIDTH * max(hit.cosine or 0.0, 0.0) / best
        near = min(near, whole)
        rows.append(Row(hit, round(near, 1), round(whole - near, 1)))
    return rows


@login_required
@require_POST
def store_reembed(request: HttpRequest, uid: UUID) -> HttpResponse:
    store = get_own_store_or_403(request, uid)
    request_rebuild(store)
    messages.success(
        request,
        "Every product is being embedded anew. Shoppers keep finding what was there "
        "before until that is done.",
    )
    return redirect("store-detail", store.uid)
