"""What the role the application connects as can do, and what it cannot.

The same is asked of the embedded server, of a data folder made by an earlier version,
and of a server that was set up with deploy/postgres/setup.sql.
"""

import subprocess
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from hiwelink.embedded_postgres import binaries, ensure_running, stop
from hiwelink.embedded_postgres.cluster import SUPERUSER

from .users import PROJECT, Place, connect, read_note, value, write_note

# As made before the role was narrowed: it owned the database and could make others.
EARLIER = """
DROP DATABASE hiwelink;
ALTER ROLE hiwelink CREATEDB CREATEROLE;
GRANT CONNECT ON DATABASE postgres, template1 TO PUBLIC;
CREATE DATABASE hiwelink OWNER hiwelink;
"""
SETUP = PROJECT / "deploy/postgres/setup.sql"


@pytest.fixture(scope="module", params=["made", "upgraded", "set up by hand"])
def narrowed(request):
    """The folder of the socket of a server; its database is `hiwelink`."""
    place = Place()
    socket_dir = ensure_running(place.data_dir, durable=False).socket_dir
    if request.param == "upgraded":
        run_sql(socket_dir, EARLIER)
        with connect(socket_dir) as connection:
            connection.execute("CREATE EXTENSION fuzzystrmatch")
        write_note(socket_dir, "kept")
        ensure_running(place.data_dir, durable=False)  # as the next start does
        assert read_note(socket_dir) == "kept"
    elif request.param == "set up by hand":
        run_sql(socket_dir, "DROP DATABASE hiwelink;\nDROP ROLE hiwelink;")
        run_setup(socket_dir)
    yield socket_dir
    stop(place.data_dir)
    place.clean()


def run_sql(socket_dir, script):
    with connect(socket_dir, user=SUPERUSER, dbname=SUPERUSER) as connection:
        for statement in script.split(";\n"):
            connection.execute(statement)


def run_setup(socket_dir):
    psql = binaries.package_folder() / "pginstall/bin/psql"
    command = [psql, "-X", "-h", socket_dir, "-U", SUPERUSER, "-d", SUPERUSER]
    settings = ["-v", "ON_ERROR_STOP=1", "-v", "password=it's secret", "-f", SETUP]
    subprocess.run([*command, *settings], check=True, capture_output=True, text=True)


def test_it_works_in_its_schema(narrowed):
    with connect(narrowed) as connection:
        connection.execute("CREATE TABLE own (id int, place vector(2))")
        connection.execute("INSERT INTO own VALUES (1, '[1,2]')")
        connection.execute("CREATE INDEX ON own USING hnsw (place vector_l2_ops)")
        connection.execute("CREATE TEMPORARY TABLE passing (id int)")
        connection.execute("DROP TABLE own")


def test_it_owns_its_schema_and_nothing_else(narrowed):
    mine = "= (SELECT oid FROM pg_roles WHERE rolname = 'hiwelink')"
    assert value(narrowed, f"SELECT nspname FROM pg_namespace WHERE nspowner {mine}")
    for table, column in (
        ("pg_database", "datdba"),
        ("pg_tablespace", "spcowner"),
        ("pg_extension", "extowner"),
        ("pg_language", "lanowner"),
        ("pg_proc", "proowner"),
        ("pg_foreign_server", "srvowner"),
    ):
        query = f"SELECT count(*) FROM {table} WHERE {column} {mine}"
        assert value(narrowed, query) == 0, table
    schemas = f"SELECT count(*) FROM pg_namespace WHERE nspowner {mine}"
    assert value(narrowed, f"{schemas} AND nspname <> 'public'") == 0
    groups = f"SELECT count(*) FROM pg_auth_members WHERE member {mine}"
    assert value(narrowed, groups) == 0


FORBIDDEN = [
    "COPY (SELECT 1) TO PROGRAM 'cat'",
    "COPY pg_class FROM PROGRAM 'id'",
    "COPY (SELECT 1) TO '/tmp/hiwelink-was-here'",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_read_binary_file('PG_VERSION')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT rolpassword FROM pg_authid",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION hstore",
    "DROP EXTENSION vector",
    "ALTER ROLE hiwelink SUPERUSER",
    "ALTER ROLE hiwelink CREATEDB",
    "ALTER ROLE postgres PASSWORD 'known'",
    "CREATE ROLE another",
    "SET ROLE postgres",
    "SET SESSION AUTHORIZATION postgres",
    "CREATE DATABASE another",
    "DROP DATABASE template1",
    "ALTER DATABASE hiwelink OWNER TO hiwelink",
    "CREATE SCHEMA another",
    "CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/f'",
    "ALTER SYSTEM SET archive_command = 'id'",
    "SET session_preload_libraries = 'x'",
    "SELECT pg_reload_conf()",
    "CREATE TABLESPACE t LOCATION '/tmp'",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_it_may_not(narrowed, statement):
    with connect(narrowed) as connection:
        connection.execute("SELECT 1")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)
        # And nothing came of it.
        assert not Path("/tmp/hiwelink-was-here").exists()


@pytest.mark.parametrize("database", ["postgres", "template1", "theirs"])
def test_it_gets_into_no_other_database(narrowed, database):
    if database == "theirs" and value(narrowed, OTHERS, user=SUPERUSER) == 0:
        run_sql(narrowed, "CREATE DATABASE theirs")
        run_sql(narrowed, "REVOKE CONNECT ON DATABASE theirs FROM PUBLIC")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        connect(narrowed, dbname=database)


OTHERS = "SELECT count(*) FROM pg_database WHERE datname = 'theirs'"
