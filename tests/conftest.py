"""What every test may ask for."""

from collections.abc import Callable

import pytest

from tests.work import drain_queue


@pytest.fixture
def drain() -> Callable[[], int]:
    """Runs what is queued. Tasks are queued on commit: use a transactional test."""
    return drain_queue
