"""The database of a test run: made as the product makes its own, by the superuser,
since the role that the tests and the product connect as may make none."""

import os
import re
from pathlib import Path

from psycopg import sql

from hiwelink.embedded_postgres import ensure_running
from hiwelink.embedded_postgres.cluster import SUPERUSER
from hiwelink.embedded_postgres.roles import connect

PREFIX = "test_hiwelink_"


def make_database(data_dir: Path) -> dict[str, str]:
    """Make one for this process, for several runs may share the machine."""
    server = ensure_running(data_dir, database=f"{PREFIX}{os.getpid()}", durable=False)
    return server.django_config()


def remove_databases(socket_dir: Path) -> None:
    """Remove this process's, and those that killed runs left behind."""
    with connect(socket_dir, SUPERUSER) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database"):
            if (found := re.fullmatch(rf"{PREFIX}(\d+)", name)) is None:
                continue
            if int(found[1]) == os.getpid() or not Path("/proc", found[1]).exists():
                drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                connection.execute(drop.format(sql.Identifier(name)))
