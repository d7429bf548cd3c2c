"""Credentials at rest: what PostgreSQL holds, and what leaves it."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from commerce.models import Store
from tests.factories import make_store

pytestmark = pytest.mark.django_db
SECRET = "sk_canary_4711"


@pytest.fixture
def store():
    return make_store(credentials={"api_key": SECRET})


def stored(store) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT credentials FROM commerce_store WHERE id = %s", [store.pk]
        )
        (value,) = cursor.fetchone()
    return None if value is None else bytes(value)


def test_the_column_holds_a_fernet_token(store):
    assert stored(store).startswith(b"gAAAA")
    assert SECRET.encode() not in stored(store)
    assert Store.objects.get().credentials == {"api_key": SECRET}


def test_bulk_updates_and_expressions_keep_the_secret(store):
    store.name = "Renamed"
    Store.objects.bulk_update([store], ["name", "credentials"])
    Store.objects.update(credentials=F("credentials"))
    assert Store.objects.get().credentials == {"api_key": SECRET}


def test_null_stays_null(store):
    Store.objects.update(status="disconnected", credentials=None)
    assert stored(store) is None
    assert Store.objects.get().credentials is None


def test_a_dump_holds_no_secret(store):
    out = StringIO()
    call_command("dumpdata", "commerce", stdout=out)
    assert store.name in out.getvalue()
    assert SECRET not in out.getvalue()
