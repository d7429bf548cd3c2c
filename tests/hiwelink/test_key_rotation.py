"""rotate_credential_keys: with a new key in front, every secret moves over to it."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command
from django.db import connection

from commerce.models import Store
from hiwelink import key_rotation
from hiwelink.key_rotation import encrypted_columns
from tests.factories import make_store
from webhooks.services.secrets import rotate_secret, valid_secrets

pytestmark = pytest.mark.django_db
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture
def use_keys(settings):
    """Sets FERNET_KEYS: a field keeps those it read first."""

    def use(*keys: str) -> None:
        settings.FERNET_KEYS = list(keys)
        forget()

    def forget() -> None:
        for _, column in encrypted_columns():
            for name in ("keys", "fernet_keys", "fernet"):
                column.__dict__.pop(name, None)

    yield use
    forget()


def rotate() -> str:
    out = StringIO()
    call_command("rotate_credential_keys", stdout=out)
    return out.getvalue()


def ciphertext(store: Store) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT credentials FROM commerce_store WHERE id = %s", [store.pk]
        )
        return bytes(cursor.fetchone()[0])


def test_secrets_can_be_read_with_the_new_key_alone(use_keys, monkeypatch):
    monkeypatch.setattr(key_rotation, "BATCH", 2)
    use_keys(OLD)
    stores = [make_store(credentials={"api_key": f"sk_{n}"}) for n in range(5)]
    secret = rotate_secret(stores[0])
    use_keys(NEW, OLD)
    assert rotate().startswith("6 values encrypted anew, 0 were")
    assert rotate().startswith("0 values encrypted anew, 6 were")
    use_keys(NEW)
    for number, store in enumerate(stores):
        store.refresh_from_db()
        assert store.credentials == {"api_key": f"sk_{number}"}
    assert valid_secrets(stores[0], stores[0].created_at) == [secret]


def test_a_store_without_a_credential_is_left_alone(use_keys):
    use_keys(OLD)
    make_store(status="disconnected", credentials=None)
    use_keys(NEW, OLD)
    assert rotate().startswith("0 values")


def test_what_no_key_can_read_is_named_and_kept(use_keys):
    use_keys(OLD)
    lost = make_store()
    before = ciphertext(lost)
    use_keys(NEW)
    make_store()
    with pytest.raises(CommandError, match=f"commerce.store {lost.pk}"):
        rotate()
    assert ciphertext(lost) == before


def test_a_value_written_meanwhile_is_not_overwritten(use_keys):
    use_keys(OLD)
    store = make_store()
    (model, column) = next(c for c in encrypted_columns() if c[0] is Store)
    stale = ciphertext(store)
    use_keys(NEW, OLD)
    Store.objects.filter(pk=store.pk).update(credentials={"api_key": "newer"})
    rotation = key_rotation.Rotation()
    key_rotation.rotate_value(model, column, store.pk, stale, rotation)
    store.refresh_from_db()
    assert store.credentials == {"api_key": "newer"}
    assert rotation.rotated == 0
