"""Credentials at rest: what PostgreSQL holds, and what leaves it."""

from io import StringIO

import pytest
from cryptography.fernet import InvalidToken
from django.core.management import call_command
from django.db import connection
from django.db.models import F

from commerce.models import Store
from hiwelink.fields import EncryptedJSONField
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


def test_saving_other_columns_does_not_touch_it(store):
    before = stored(store)
    store.name = "Renamed"
    store.save(update_fields=["name"])
    assert stored(store) == before


@pytest.mark.parametrize(
    "value",
    [{}, {"password": "pä\x00ss:wörd"}, {"token": "x" * 4000}, [1, None], "text", ""],
)
def test_any_json_comes_back_as_it_was(store, value):
    store.credentials = value
    store.save()
    assert Store.objects.get().credentials == value


def test_the_first_key_encrypts_and_the_others_still_decrypt(settings):
    """Keys are read once per field, so each installation is a field of its own."""

    def field_with(*keys: str) -> EncryptedJSONField:
        settings.FERNET_KEYS = list(keys)
        field = EncryptedJSONField()
        field.fernet  # noqa: B018  reads the keys
        return field

    def written_by(field: EncryptedJSONField) -> bytes:
        return bytes(field.get_db_prep_save({"token": SECRET}, connection).obj)

    def read_by(field: EncryptedJSONField, value: bytes) -> object:
        return field.to_python(field.from_db_value(value, None, connection))

    old, both, new = field_with("old"), field_with("new", "old"), field_with("new")
    before = written_by(old)
    assert read_by(both, before) == {"token": SECRET}
    with pytest.raises(InvalidToken):
        read_by(new, before)
    after = written_by(both)
    assert read_by(new, after) == {"token": SECRET}
    with pytest.raises(InvalidToken):
        read_by(old, after)
