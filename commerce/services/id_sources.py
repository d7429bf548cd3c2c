"""Which key of its records a store's ids come from, and a warning when that changes.

An alias fills in for a missing id (a product's "sku", an order's "order_number"). A
store that begins to send, or stops sending, its ids under the other name gives every
record another id, and nobody but us can notice.
"""

from __future__ import annotations

from commerce.connector.parsing import Warning
from commerce.mapping.text import quoted
from commerce.models import Store


def note_id_sources(store: Store, resource: str, found: set[str]) -> list[Warning]:
    """Remember the keys a page's ids came from; a warning for one not met before.

    The first page tells what is usual. Of a changed mapping nothing is said: it is
    forgotten with the old one (store_settings.py).
    """
    if found <= set(store.id_sources.get(resource, ())):
        return []
    # Products and orders are kept in one column, read by two runs.
    current = Store.objects.select_for_update(no_key=True).get(pk=store.pk)
    known = set(current.id_sources.get(resource, ()))
    store.id_sources = current.id_sources | {resource: sorted(known | found)}
    Store.objects.filter(pk=store.pk).update(id_sources=store.id_sources)
    return [changed(known, key) for key in sorted(found - known)] if known else []


def changed(known: set[str], key: str) -> Warning:
    before = " or ".join(quoted(name) for name in sorted(known))
    return Warning(
        "id_source_changed",
        f"Ids came from {before} so far; some now come from {quoted(key)}, because "
        "those records hold nothing there. If these are other ids, the records count "
        f"as new ones: send {before} with every record, or map the id to it.",
    )
