"""Encrypting every stored secret anew with the first of FERNET_KEYS.

Works on the ciphertexts themselves, so it needs no model's help and finds every
encrypted column there is. Resumable: what the first key already encrypts is left alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.apps import apps
from django.db import connection
from django.db.models import Field, Model
from fernet_fields import EncryptedField

BATCH = 500


@dataclass
class Rotation:
    """What became of the encrypted values: counts, and the rows nobody can read."""

    rotated: int = 0
    current: int = 0
    unreadable: list[str] = field(default_factory=list)  # "commerce.store 17"


def rotate_credential_keys() -> Rotation:
    """Re-encrypt what an older key encrypted; safe to repeat and beside a running web.

    A value that changes meanwhile is left to whoever wrote it: they used the first key.
    """
    rotation = Rotation()
    for model, column in encrypted_columns():
        for pk, token in stored_tokens(model, column):
            rotate_value(model, column, pk, token, rotation)
    return rotation


def unreadable_values() -> list[str]:
    """Name every stored value that none of FERNET_KEYS can read: "commerce.store 17"."""
    unreadable = []
    for model, column in encrypted_columns():
        keys = MultiFernet([Fernet(key) for key in column.fernet_keys])  # type: ignore[attr-defined]
        for pk, token in stored_tokens(model, column):
            try:
                keys.decrypt(token)
            except InvalidToken:
                unreadable.append(f"{model._meta.label_lower} {pk}")
    return unreadable


def encrypted_columns() -> Iterator[tuple[type[Model], Field]]:  # type: ignore[type-arg]
    for model in apps.get_models():
        for column in model._meta.local_fields:
            if isinstance(column, EncryptedField):
                yield model, column


def stored_tokens(
    model: type[Model],
    column: Field,  # type: ignore[type-arg]
) -> Iterator[tuple[int, bytes]]:
    """Yield (primary key, ciphertext) of every value, by primary key, in batches."""
    table, pk = quoted(model._meta.db_table), quoted(model._meta.pk.column or "")
    name, last = quoted(column.column or ""), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {pk}, {name} FROM {table} WHERE {pk} > %s "
                f"AND {name} IS NOT NULL ORDER BY {pk} LIMIT %s",
                [last, BATCH],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        last = rows[-1][0]
        yield from ((key, bytes(token)) for key, token in rows)


def rotate_value(
    model: type[Model],
    column: Field,  # type: ignore[type-arg]
    pk: int,
    token: bytes,
    rotation: Rotation,
) -> None:
    keys = [Fernet(key) for key in column.fernet_keys]  # type: ignore[attr-defined]
    try:
        keys[0].decrypt(token)
    except InvalidToken:
        pass
    else:
        rotation.current += 1
        return
    try:
        fresh = MultiFernet(keys).rotate(token)
    except InvalidToken:
        rotation.unreadable.append(f"{model._meta.label_lower} {pk}")
        return
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column or "")
    name = quoted(column.column or "")
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {name} = %s WHERE {key} = %s AND {name} = %s",
            [fresh, pk, token],
        )
        rotation.rotated += cursor.rowcount


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)
