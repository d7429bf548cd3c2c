"""What the application may do in the database: everything in its schema, nothing else.

Whoever makes it run SQL of theirs gets no file, no program, no other database and no
right to change that. deploy/postgres/setup.sql does the same on a server of one's own.
"""

from __future__ import annotations

from pathlib import Path

import psycopg
from psycopg import sql

from .cluster import PORT, ROLE, SUPERUSER

ROLE_NAME = sql.Identifier(ROLE)
# Made here, by the superuser: the role may make none, and migrations find them.
EXTENSIONS = ["vector", "pg_trgm", "fuzzystrmatch"]
PLAIN = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def ensure_database(socket_dir: Path, name: str) -> None:
    """Make the database `name` unless it exists, and narrow the role's rights to it.

    Databases of earlier versions belonged to the role, which could make others: they
    are narrowed too. That it belongs to the superuser is written together with all the
    rest, so a start that was interrupted is completed by the next one.
    """
    with connect(socket_dir, SUPERUSER) as connection:
        owner = owner_of(connection, name)
        if owner != SUPERUSER:
            narrow_role(connection)
        if owner is None:
            create = sql.SQL("CREATE DATABASE {} OWNER {}")
            connection.execute(create.format(sql.Identifier(name), ROLE_NAME))
    with connect(socket_dir, name) as connection, connection.transaction():
        make_extensions(connection)
        if owner != SUPERUSER:
            narrow_database(connection, name)


def connect(socket_dir: Path, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(socket_dir),
        port=PORT,
        user=SUPERUSER,
        dbname=database,
        autocommit=True,
    )


def owner_of(connection: psycopg.Connection, name: str) -> str | None:
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s"
    row = connection.execute(query, [name]).fetchone()
    return row[0] if row else None


def narrow_role(connection: psycopg.Connection) -> None:
    """Take from the role what earlier versions gave it, and databases not its own."""
    alter = sql.SQL("ALTER ROLE {} " + PLAIN)
    connection.execute(alter.format(ROLE_NAME))
    connection.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")


def make_extensions(connection: psycopg.Connection) -> None:
    """Make those that are missing, and anew those that the role made in its time."""
    query = "SELECT extname, pg_get_userbyid(extowner) FROM pg_extension"
    owners: dict[str, str] = dict(connection.execute(query).fetchall())
    for name in EXTENSIONS:
        extension = sql.Identifier(name)
        if owners.get(name) == ROLE:
            connection.execute(sql.SQL("DROP EXTENSION {}").format(extension))
        if owners.get(name) in (None, ROLE):
            connection.execute(sql.SQL("CREATE EXTENSION {}").format(extension))


def narrow_database(connection: psycopg.Connection, name: str) -> None:
    """Leave the role the schema `public` of the connection's database `name`."""
    for statement in (
        "ALTER SCHEMA public OWNER TO {role}",
        # Before the grant: a new owner takes over what the old one was granted.
        "ALTER DATABASE {name} OWNER TO {superuser}",
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {name} TO {role}",
    ):
        connection.execute(
            sql.SQL(statement).format(
                role=ROLE_NAME,
                name=sql.Identifier(name),
                superuser=sql.Identifier(SUPERUSER),
            )
        )
