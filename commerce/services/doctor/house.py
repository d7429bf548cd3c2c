"""What HiWelink itself knows of a connected store, without asking it anything.

Source: Troubleshooting, "Webhook not received" and "Chatbot cannot answer". Deliveries
and chatbots belong to later apps: they are read where the model has the relation.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import QuerySet
from django.utils import timezone

from commerce.embedding_counts import embedded_counts, is_counting
from commerce.models import Resource, RunStatus, Store, SyncRun
from commerce.selectors import counts_of
from commerce.services.doctor.report import Check, failed, passed, warned

# The index follows a sync within minutes; until then it is only busy.
INDEX_PATIENCE = timedelta(minutes=15)
RECENT = timedelta(days=30)
ENDED = (RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED)
WEBHOOK_CURL = (
    "curl -X POST -H 'Content-Type: application/json' -d"
    ' \'{{"event":"product.updated","data":{{"id":"prod_1","name":"Test"}}}}\' {url}'
)
WEBHOOK_MEND = (
    "Let your store POST its changes as application/json to the addresses on the"
    ' store\'s page: "event" one of product.created, product.updated, product.deleted'
    ' or the same with order, and "data" with an "id".'
)


def check_house(store: Store) -> Iterator[Check]:
    for resource in Resource:
        yield from last_sync(store, resource)
    yield from webhooks(store)
    yield from index(store)
    yield from chatbot(store)


def last_sync(store: Store, resource: Resource) -> Iterator[Check]:
    run = store.sync_runs.filter(resource=resource, status__in=ENDED).first()
    if run is None:
        return
    code, name = f"{resource.value}_last_sync", resource.label.lower()
    evidence = f"Sync run {run.uid}: {run.records_read} {name} read. {run.error_detail}"
    if run.status == RunStatus.SUCCEEDED:
        title = f"The last sync of the {name} succeeded"
        yield passed(code, title, evidence.strip())
        return
    judge = failed if run.status == RunStatus.FAILED else warned
    title = f"The last sync of the {name} {ended(run)}"
    mend = (
        "Mend what this report shows, then sync again. The sync run lists every issue."
    )
    yield judge(code, title, evidence.strip(), mend, curl=run.curl)


def ended(run: SyncRun) -> str:
    return "failed" if run.status == RunStatus.FAILED else "was not complete"


def related(store: Store, name: str) -> QuerySet[Any] | None:
    """The rows of a later app that belong to the store; None where it is not there."""
    try:
        Store._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    rows: QuerySet[Any] = getattr(store, name).all()
    return rows


def webhooks(store: Store) -> Iterator[Check]:
    """Received, refused, or never heard of, which is no fault: stores are polled."""
    deliveries = related(store, "deliveries")
    if deliveries is None:
        return
    recent = deliveries.filter(received_at__gte=timezone.now() - RECENT)
    last = recent.order_by("-id").first()
    curl = WEBHOOK_CURL.format(url=store.webhook_urls["products"])
    if last is None:
        title = "No webhook was received in the last 30 days"
        evidence = "Changes arrive with the next scheduled sync."
        yield passed("webhooks", title, evidence, WEBHOOK_MEND, curl=curl)
    elif last.status in ("refused", "failed"):
        count = recent.filter(status__in=("refused", "failed")).count()
        reason = last.error_detail or last.error_code or last.status
        title = "The last webhook was not applied"
        evidence = f"{count} were refused or failed in 30 days. The last one: {reason}"
        mend = "The store's Webhooks page shows each with its body, and can replay it."
        yield warned("webhooks", title, evidence, f"{mend} {WEBHOOK_MEND}", curl=curl)
    else:
        evidence = f"The last one: {last.event or last.endpoint}, {last.status}."
        yield passed("webhooks", "Webhooks are received", evidence, curl=curl)


def index(store: Store) -> Iterator[Check]:
    """Products the assistant cannot find because they are not in the search index."""
    live = counts_of([store])[store.pk]["products"]
    if not is_counting() or not live:
        return
    indexed = embedded_counts([store])[store.pk]
    evidence = f"{indexed:,} of {live:,} products."
    synced = store.last_synced_at
    if indexed >= live:
        yield passed("index", "Every product is in the search index", evidence)
    elif synced is None or timezone.now() - synced < INDEX_PATIENCE:
        title = "The search index is being made"
        mend = "Embedding follows a sync and may take minutes: look again in a while."
        yield passed("index", title, evidence, mend)
    else:
        title = "Some products are not in the search index"
        mend = "Press “Re-embed Products” on the store's page."
        yield warned("index", title, evidence, mend)


def chatbot(store: Store) -> Iterator[Check]:
    chatbots = related(store, "chatbots")
    if chatbots is None:
        return
    active = chatbots.filter(is_active=True).count()
    if active:
        title = "A chatbot is linked to this store"
        yield passed("chatbot", title, f"{active} active.")
    elif chatbots.exists():
        title = "No chatbot of this store is active"
        mend = "Switch one on in the chatbot's settings."
        yield warned("chatbot", title, "Its chatbots are switched off.", mend)
    else:
        title = "No chatbot is linked to this store yet"
        mend = "Create a chatbot, choose this store, and embed it in your storefront."
        yield passed("chatbot", title, "Shoppers have nobody to ask.", mend)
