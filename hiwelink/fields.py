"""Database fields whose content is encrypted with FERNET_KEYS."""

import json
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from fernet_fields import EncryptedField


class EncryptedTextField(EncryptedField, models.TextField):  # type: ignore[misc, type-arg]
    """A text, encrypted at rest; null stays null."""

    def get_db_prep_save(self, value: Any, connection: BaseDatabaseWrapper) -> Any:
        # bulk_update and F() hand over an SQL expression here; the library would
        # encrypt its repr and lose the secret.
        if hasattr(value, "as_sql"):
            return value
        return super().get_db_prep_save(value, connection)

    def value_to_string(self, obj: models.Model) -> str:
        """What `dumpdata` writes: a secret leaves the database in no dump."""
        return ""


class EncryptedJSONField(EncryptedTextField):
    """A JSON value, encrypted at rest; null stays null."""

    def get_prep_value(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return "null"
