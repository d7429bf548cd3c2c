"""The doctor: the specification's Troubleshooting section as a program.

Against an address and a credential, before or after connecting, it asks the store a
few questions and judges every answer. Data flows one way: `asking` sends and reads,
`examination` decides what is asked, the checks judge, `report` sorts. The same engine
answers the dashboard, the API and `manage.py check_store`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from django.db import connection

from commerce.connector.client import StoreConfig
from commerce.mapping.fields import Resource
from commerce.mapping.mappings import FieldMappings, InvalidMappings
from commerce.mapping.preview import preview
from commerce.models import Store
from commerce.services.doctor.access import check_access
from commerce.services.doctor.answers import check_answers
from commerce.services.doctor.asking import Probe
from commerce.services.doctor.credentials import NoCredential
from commerce.services.doctor.examination import Examination, examine
from commerce.services.doctor.house import check_house
from commerce.services.doctor.orders import check_orders
from commerce.services.doctor.paging import check_paging
from commerce.services.doctor.products import check_products
from commerce.services.doctor.reaching import check_reaching
from commerce.services.doctor.records import Records
from commerce.services.doctor.report import (
    Check,
    Report,
    Verdict,
    report_of,
    warned,
)
from commerce.services.stores import StoreDraft, build_store, config_for
from hiwelink.accounts.models import Workspace

__all__ = ["Check", "Report", "Verdict", "check_config", "check_draft", "check_store"]


def check_draft(draft: StoreDraft) -> Report:
    """Examine a store before it is connected; nothing is stored.

    Raises InvalidStore for what cannot be right, as connecting does.
    """
    store = build_store(Workspace(), draft)
    let_go_of_the_database()
    return check_config(
        config_for(store),
        credentials=store.credentials,
        mappings=mappings_of(store),
        storefront_url=store.storefront_url,
    )


def check_store(store: Store) -> Report:
    """Examine a stored store, and tell what HiWelink itself knows of it.

    A disconnected store is asked what anybody may ask, and the report says so.
    """
    known = list(check_house(store))
    auth = None if store.credentials else NoCredential()
    # A sync may have asked it a moment ago.
    config = replace(config_for(store, auth=auth), pause_first=True)
    let_go_of_the_database()
    return check_config(
        config,
        credentials=store.credentials,
        mappings=mappings_of(store),
        storefront_url=store.storefront_url,
        known=known,
    )


def check_config(
    config: StoreConfig,
    *,
    credentials: Mapping[str, str] | None,
    mappings: FieldMappings | None = None,
    storefront_url: str = "",
    known: Sequence[Check] = (),
) -> Report:
    """Examine the store at `config` and return the report, the worst first.

    credentials: those in `config.auth`, None when there are none. At most 12 requests
    and 60 seconds; never raises for what a store answers.
    """
    mappings = mappings or FieldMappings()
    judge = partial(judge_records, config, mappings, storefront_url)
    exam = examine(config, judge, mappings=mappings, credentials=credentials)
    return report_of([*judge_all(exam), *known], config.auth.secrets())


def judge_records(
    config: StoreConfig,
    mappings: FieldMappings,
    storefront_url: str,
    resource: Resource,
    probe: Probe,
    records: Sequence[object],
) -> list[Check]:
    shown = preview(
        records,
        resource,
        mappings,
        base_url=config.base_url,
        storefront_url=storefront_url,
    )
    check = check_products if resource == Resource.PRODUCTS else check_orders
    return list(check(Records(resource, probe, records, shown))) if records else []


def judge_all(exam: Examination) -> Iterator[Check]:
    yield from check_reaching(exam)
    yield from check_access(exam)
    for listing in exam.listings:
        yield from check_answers(exam, listing)
        yield from listing.findings
        yield from check_paging(exam, listing)
    yield from not_checked(exam)


def not_checked(exam: Examination) -> Iterator[Check]:
    """One remark for all that could not be judged because something else failed."""
    by_reason: dict[str, list[str]] = {}
    for what, why in exam.left_out:
        by_reason.setdefault(why, []).append(what)
    if by_reason:
        told = (f"{', '.join(what)}: {why}." for why, what in by_reason.items())
        evidence = " ".join(text[:1].upper() + text[1:] for text in told)
        title = "Some things could not be checked"
        mend = "Mend what this report shows, then run the doctor again."
        yield warned("not_checked", title, evidence, mend)


def mappings_of(store: Store) -> FieldMappings:
    """The store's mappings; none when a later version no longer understands them."""
    try:
        return FieldMappings.parse(store.field_mappings)
    except InvalidMappings:
        return FieldMappings()


def let_go_of_the_database() -> None:
    """Give the connection back: a minute of waiting needs none."""
    if not connection.in_atomic_block:
        connection.close()
