"""Real processes that use an embedded PostgreSQL, and the folders they use it in.

Each test has a folder of its own directly in /tmp: pytest's is closed to the account
that runs the server for root.
"""

import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psycopg

import hiwelink

PROJECT = Path(hiwelink.__file__).parents[1]
IS_ROOT = os.geteuid() == 0
NOBODY = pwd.getpwnam("nobody")

# Everything is imported before the process becomes somebody else, who may be unable
# to read this Python.
PREAMBLE = """
import os, sys
from pathlib import Path
import encodings.idna, psycopg
from hiwelink.embedded_postgres import EmbeddedPostgresError, ensure_running, stop
data_dir, uid, gid = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
if uid != os.geteuid():
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)
"""
USE = """
try:
    print(ensure_running(data_dir, durable=False).socket_dir, flush=True)
except EmbeddedPostgresError as error:
    sys.exit(f"refused: {error}")
"""
USE_DURABLE = USE.replace(", durable=False", "")
STAY = "sys.stdin.read()\n"


class User:
    """A process that uses the server of `data_dir` until told to leave."""

    def __init__(self, place, data_dir=None, *, script=USE + STAY, path=()):
        arguments = [data_dir or place.data_dir, str(place.uid), str(place.gid)]
        self.process = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PYTHONPATH": ":".join(map(str, (*path, PROJECT)))},
        )
        place.users.append(self)

    def ready(self) -> Path:
        """Wait until it has the server; return the folder of the socket."""
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return Path(line.strip())

    def leave(self):
        _, errors = self.process.communicate(timeout=60)
        assert (self.process.returncode, errors) == (0, "")

    def refusal(self) -> str:
        """Wait until it was refused the server; return what it was told."""
        output, errors = self.process.communicate(timeout=60)
        assert output == "" and errors.startswith("refused: "), errors
        assert errors.count("\n") == 1  # nothing but the message
        return errors.removeprefix("refused: ").strip()

    def kill(self):
        self.process.kill()
        self.process.communicate()


class Place:
    """A folder for data folders, the account that uses it, and its processes."""

    def __init__(self, uid=None, gid=None):
        self.uid = os.geteuid() if uid is None else uid
        self.gid = os.getegid() if gid is None else gid
        self.folder = Path(tempfile.mkdtemp(prefix="hw-", dir="/tmp"))
        self.folder.chmod(0o755)
        os.chown(self.folder, self.uid, self.gid)
        self.data_dir = self.folder / "var"
        self.users = []

    @property
    def home(self) -> Path:
        return (self.data_dir / "postgres").resolve()

    def clean(self):
        for user in self.users:
            if user.process.poll() is None:
                user.kill()
        for home in self.folder.glob("**/postgres"):
            kill_server(home.resolve())
            for folder in (home / "run", home):
                if folder.is_symlink() and folder.readlink().name[:9] == "hiwelink-":
                    shutil.rmtree(folder.readlink(), ignore_errors=True)
        shutil.rmtree(self.folder)


def connect(socket_dir, **login):
    login = {"user": "hiwelink", "dbname": "hiwelink", **login}
    return psycopg.connect(host=str(socket_dir), autocommit=True, **login)


def value(socket_dir, query, **login):
    with connect(socket_dir, **login) as connection:
        return connection.execute(query).fetchone()[0]


def write_note(socket_dir, text):
    with connect(socket_dir) as connection:
        connection.execute("CREATE TABLE note (text text)")
        connection.execute("INSERT INTO note VALUES (%s)", [text])


def read_note(socket_dir):
    """The note in the server's database, or None when there never was one."""
    if value(socket_dir, "SELECT to_regclass('note')") is None:
        return None
    return value(socket_dir, "SELECT text FROM note")


def postmaster(home) -> int:
    return int((home / "data/postmaster.pid").read_text().split("\n")[0])


def is_running(home) -> bool:
    """True while any process of the home's server lives: they inherit its lock."""
    with open(home / "server.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def processes_in(folder) -> list[int]:
    """Processes at work in `folder`, or in one of that name that was deleted."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            cwd = os.readlink(entry / "cwd")
        except OSError:
            continue
        if cwd.removesuffix(" (deleted)") == str(folder):
            found.append(int(entry.name))
    return found


def kill_server(home):
    """kill -9 every process of the server, made or being made."""
    # initdb's own processes work in `home` itself
    for folder in (home, home / "data", home / "data.init"):
        for pid in processes_in(folder):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    if (home / "server.lock").exists():
        wait_until(lambda: not is_running(home))


def wait_until(condition, seconds=30, every=0.002):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(every)
