"""How many products of a store are in the search index.

The index belongs to a later app, which supplies the counter when it is loaded: this
app never imports it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from commerce.models import Store

Counter = Callable[[Sequence[Store]], Mapping[int, int]]
_counter: Counter | None = None


def supply_counter(counter: Counter) -> None:
    """Let `counter` answer from now on: stores in, {store pk: products} out."""
    global _counter
    _counter = counter


def is_counting() -> bool:
    """Whether there is an index at all."""
    return _counter is not None


def embedded_counts(stores: Sequence[Store]) -> dict[int, int]:
    """Return {store pk: indexed live products}, 0 where no index counts them."""
    counted = _counter(stores) if _counter else {}
    return {store.pk: counted.get(store.pk, 0) for store in stores}
