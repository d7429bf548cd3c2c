"""Ask a misbehaving store for a page, and keep what came of it."""

import pytest

from commerce.connector.client import StoreClient
from commerce.connector.errors import ConnectorError
from tests.stores import MisbehavingStore


def fetch(store, page=1, **changes):
    with StoreClient(store.config(**changes)) as client:
        return client.fetch_page("products", page)


def error_of(mode, **changes):
    """Return the error of page 1, and the waits before the attempts after the first."""
    waits = []
    with MisbehavingStore(mode) as store:
        with pytest.raises(ConnectorError) as caught:
            fetch(store, **({"sleep": waits.append} | changes))
        return caught.value, waits, store
