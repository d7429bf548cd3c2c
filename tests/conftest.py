"""What every test may ask for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from tests.database import remove_databases
from tests.work import drain_queue


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker) -> Iterator[None]:
    """In place of pytest-django's, which would have Django make the database."""
    with django_db_blocker.unblock():
        call_command("migrate", verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        connections.close_all()
        remove_databases(Path(settings.DATABASES["default"]["HOST"]))


@pytest.fixture
def drain() -> Callable[[], int]:
    """Runs what is queued. Tasks are queued on commit: use a transactional test."""
    return drain_queue
