"""Start or join the server of a data folder; the last process out stops it."""

import atexit
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from . import locks
from .cluster import PORT, ROLE, Cluster
from .errors import EmbeddedPostgresError
from .folders import home_of, make_home
from .roles import ensure_database


@dataclass(frozen=True)
class Server:
    """Where a database of the running server is found."""

    socket_dir: Path
    database: str
    user: str = ROLE

    def django_config(self) -> dict[str, str]:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": self.database,
            "USER": self.user,
            "HOST": str(self.socket_dir),
            "PORT": PORT,
        }


_guard = threading.RLock()
# (our pid, home) -> descriptor of the lock. By pid: a fork inherits the entry and the
# call at exit, and the use that ends there is not its own.
_users: dict[tuple[int, Path], int] = {}


def ensure_running(
    data_dir: Path, *, database: str = ROLE, durable: bool = True
) -> Server:
    """Start the server of `data_dir`, or join the running one, and make `database`.

    The server's folder is `data_dir/postgres`. It stays up while this process or a
    fork of it lives; the last one out stops it. `database` has pgvector and
    what else migrations need, and is used as the role `hiwelink`, which owns its schema
    `public` and may do nothing else (see roles.py). durable=False (tests only; it counts for whoever
    starts the server) is faster, but a kill or a power cut may lose what was committed.
    Raises EmbeddedPostgresError, whose text says what to do.
    """
    try:
        home = make_home(data_dir.resolve())
        with _guard, locks.exclusive(home / "start.lock"):
            cluster = Cluster.at(home)
            _hold(home)
            server = Server(cluster.ensure_started(durable=durable), database)
            ensure_database(server.socket_dir, database)
            return server
    except OSError as error:
        raise EmbeddedPostgresError(
            f"The embedded PostgreSQL could not use {error.filename or data_dir} "
            f"({error.strerror}): make it writable for this user, choose another "
            "DATA_DIR, or set DATABASE_URL."
        ) from error


def is_alive(data_dir: Path) -> bool:
    """False once the server has died; asks nothing of it."""
    return Cluster.at(home_of(data_dir)).is_alive()


def stop(data_dir: Path) -> None:
    """Give up our use of the server now, and stop it if nobody else uses it."""
    _leave(home_of(data_dir))


def _leave(home: Path) -> None:
    with _guard:
        held = _users.pop((os.getpid(), home), None)
        if held is None or not home.exists():
            return
        with locks.exclusive(home / "start.lock"):
            os.close(held)  # a fork of ours keeps the lock: it uses the server
            alone = locks.try_exclusive(home / "users.lock")
            if alone is not None:
                Cluster.at(home).stop()
                os.close(alone)


def _hold(home: Path) -> None:
    key = (os.getpid(), home)
    if key not in _users:
        _users[key] = locks.share(home / "users.lock")
        atexit.register(_leave, home)
