"""A few records to preview a mapping with: fetched, or from what is stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from commerce.connector.client import StoreClient
from commerce.connector.envelope import read_page
from commerce.connector.errors import ConnectorError, RetryableError
from commerce.mapping.text import storable, storable_part
from commerce.models import Resource, Store, SyncIssue
from commerce.services.catalog import model_of
from commerce.services.stores import config_for

MAX_RECORDS = 20
MAX_BYTES = 200_000  # of one resource's records: they travel with the page
MAX_SKIPPED = 5  # records of the last sync that could not be stored
# Somebody waits for the page: half of what a sync waits, and one retry.
REQUEST_SECONDS = 15.0
ATTEMPTS = 2
BACKOFF = (1.0,)


@dataclass
class Sample:
    """Records of one resource.

    is_fetched: just now, from the store. found: how many the store's page held.
    error: why there are none, with the command line that shows it. remarks: what is
    odd about the answer although it could be read.
    """

    records: list[dict[str, Any]] = field(default_factory=list)
    is_fetched: bool = False
    found: int = 0
    error: str = ""
    curl: str = ""
    remarks: list[str] = field(default_factory=list)


Samples = dict[str, Sample]


def fetch_samples(store: Store) -> Samples:
    """Ask the store for its first page of products and of orders; store nothing.

    store: may be unsaved. An endpoint that fails is told in its Sample.
    """
    config = replace(
        config_for(store),
        attempts=ATTEMPTS,
        backoff=BACKOFF,
        request_seconds=REQUEST_SECONDS,
    )
    samples: Samples = {}
    try:
        with StoreClient(config) as client:
            for resource in Resource.values:
                samples[resource], goes_on = fetch_sample(client, resource)
                if not goes_on:
                    break
    except ConnectorError as error:  # the address itself is refused
        samples[Resource.PRODUCTS] = Sample(is_fetched=True, error=error.detail)
    unasked = Sample(is_fetched=True, error="Not asked for: the first request failed.")
    return {resource: samples.get(resource, unasked) for resource in Resource.values}


def fetch_sample(client: StoreClient, resource: str) -> tuple[Sample, bool]:
    """One page, and whether it makes sense to ask the store for more."""
    try:
        answer = client.fetch_page(resource, 1)
        page = read_page(answer)
    except ConnectorError as error:
        goes_on = not isinstance(error, RetryableError)
        return Sample(
            is_fetched=True, error=error.detail, curl=error.curl or ""
        ), goes_on
    sample = Sample(
        records=bounded(page.records),
        is_fetched=True,
        found=len(page.records),
        remarks=[warning.detail for warning in page.warnings],
    )
    return sample, True


def stored_samples(store: Store) -> Samples:
    """What the last sync could not store, and the records that changed last."""
    return {resource: stored_sample(store, resource) for resource in Resource.values}


def stored_sample(store: Store, resource: str) -> Sample:
    latest = store.sync_runs.filter(resource=resource).order_by("-id").first()
    skipped = SyncIssue.objects.filter(run=latest, is_skip=True).order_by("id")
    raws = [issue.record for issue in skipped[:MAX_SKIPPED]]
    newest = (
        model_of(resource)
        .objects.filter(store=store, deleted_at__isnull=True)
        .order_by("-updated_at", "-id")
        .values_list("raw", flat=True)
    )
    records = bounded([*raws, *newest[:MAX_RECORDS]])
    return Sample(records=records, found=len(records))


def bounded(records: Iterable[object]) -> list[dict[str, Any]]:
    """The first objects among `records`, storable, few and small enough to travel."""
    kept: list[dict[str, Any]] = []
    room = MAX_BYTES
    for record in records:
        if not isinstance(record, dict) or len(kept) >= MAX_RECORDS:
            continue
        clean = storable(record)[0]
        size = len(json.dumps(clean))
        if size > room and not kept:
            clean = storable_part(clean, MAX_BYTES // 2)
        elif size > room:
            break
        room -= size
        kept.append(clean)
    return kept


def read_sample(text: str) -> Sample | None:
    """Records a page carried along, as `sample_text` wrote them; None without any."""
    try:
        records = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(records, list):
        return None
    kept = bounded(records)
    return Sample(records=kept, is_fetched=True, found=len(kept))


def sample_text(sample: Sample) -> str:
    return json.dumps(sample.records, ensure_ascii=False)
