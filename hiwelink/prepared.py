"""Statements of fixed text that the database plans once a connection, not each time.

For the few that every webhook executes, where planning takes as long as executing, and
which have one good plan: what is planned for an empty table is kept until there are
statistics of it. Elsewhere Django's own cursor, which puts the values into the text, is
as good.
"""

from __future__ import annotations

from typing import Any, cast

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


def prepared_cursor() -> CursorWrapper:
    """Return a cursor whose values go beside the text; one statement an execute.

    What is executed often enough is prepared by psycopg itself, in connections that
    have a `prepare_threshold` (see settings.DATABASES).
    """
    connection.ensure_connection()
    make = cast(Any, ServerBindingCursor)
    cursor = make(connection.connection)
    is_logged = connection.queries_logged
    wrap = connection.make_debug_cursor if is_logged else connection.make_cursor
    return wrap(cursor)
