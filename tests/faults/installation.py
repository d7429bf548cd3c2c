"""A HiWelink of its own: data folder, database and real worker processes.

It is looked at from outside, through SQL and the worker's processes, so that any of
them may be killed.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Self

import psutil
import psycopg
import requests
from psycopg.rows import namedtuple_row

from tests.examples.servers import free_port
from tests.hiwelink.embedded_postgres.users import (
    PROJECT,
    kill_server,
    postmaster,
    wait_until,
)
from tests.stores import MisbehavingStore

CONNECT = """
import django, json, sys, uuid
from datetime import timedelta
django.setup()
from commerce.services.sync import start_runs
from commerce.tasks import queue_next
from django.utils import timezone
from tests.factories import make_product, make_store, make_user
resources, holding, fields = json.loads(sys.argv[2])
ids, user = [], make_user(f"{uuid.uuid4()}@example.com")
for url, key in json.loads(sys.argv[1]):
    store = make_store(user, base_url=url, credentials=key, **fields)
    if holding:
        long_ago = timezone.now() - timedelta(days=1)
        make_product(store, holding, observed_at=long_ago)
    start_runs(store, resources=tuple(resources))
    queue_next(store.pk)
    ids.append(store.pk)
print(json.dumps(ids))
"""


class Installation:
    """Give settings as keyword arguments: SYNC_LEASE_SECONDS=2. A context manager.

    disk_megabytes: the database gets a disk of its own, of this size.
    """

    def __init__(
        self, *, migrate: bool = True, disk_megabytes: int = 0, **settings: object
    ) -> None:
        # Directly in /tmp: pytest's folders are closed to the database's account.
        self.folder = Path(tempfile.mkdtemp(prefix="hw-faults-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.home = self.folder / "var" / "postgres"
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        self.environment = kept | {
            "DATA_DIR": str(self.folder / "var"),
            "DJANGO_SETTINGS_MODULE": "hiwelink.settings",
            "SYNC_PAUSE_SECONDS": "0",
            **{name: str(value) for name, value in settings.items()},
        }
        self.migrate = migrate
        self.disk_megabytes = disk_megabytes
        self.workers: list[Worker] = []
        self.webs: list[Web] = []

    def __enter__(self) -> Self:
        if self.disk_megabytes:
            self.home.mkdir(parents=True)
            size = f"size={self.disk_megabytes}m,mode=755"
            mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs"]
            subprocess.run([*mount, self.home], check=True)
        command = [sys.executable, "-m", "hiwelink.embedded_postgres"]
        self.keeper = subprocess.Popen(
            [*command, self.environment["DATA_DIR"]],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        ready = self.keeper.stdout.readline()
        self.socket_dir = ready.removeprefix("PostgreSQL is ready in ").strip()
        try:
            if self.migrate:
                self.python("manage.py", "migrate", "--verbosity", "0")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *error: object) -> None:
        for process in [*self.workers, *self.webs]:
            process.kill()
        self.keeper.kill()
        self.keeper.communicate()
        kill_server(self.home.resolve())
        if self.disk_megabytes:
            subprocess.run(["umount", "--lazy", self.home], check=True)
        shutil.rmtree(self.folder)

    def python(self, *arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return done.stdout

    def connect(
        self,
        *remotes: MisbehavingStore,
        resources: tuple[str, ...] = ("products",),
        holding: str = "",
        **fields: Any,
    ) -> list[int]:
        """Store each of `remotes` and queue its first runs; return the stores' ids.

        holding: the id of a product that we have of each already.
        """
        stores = [(remote.url, remote.credentials) for remote in remotes]
        options = (resources, holding, fields)
        said = self.python("-c", CONNECT, json.dumps(stores), json.dumps(options))
        return json.loads(said)

    def start_worker(self, **settings: object) -> Worker:
        changes = {name: str(value) for name, value in settings.items()}
        worker = Worker(self.environment | changes, self.folder / "worker.log")
        self.workers.append(worker)
        return worker

    def start_web(self, **settings: object) -> Web:
        changes = {name: str(value) for name, value in settings.items()}
        web = Web(self.environment | changes, self.folder / "web.log")
        self.webs.append(web)
        web.wait_until_ready()
        return web

    def sql(self, query: str, *values: object) -> list[Any]:
        """Return the rows of a query, as named tuples; waits for the database."""
        rows: list[Any] = []

        def ask() -> bool:
            try:
                with psycopg.connect(
                    host=self.socket_dir, user="hiwelink", dbname="hiwelink"
                ) as connection:
                    cursor = connection.cursor(row_factory=namedtuple_row)
                    cursor.execute(query, values)
                    rows[:] = cursor.fetchall() if cursor.description else []
            except psycopg.OperationalError:
                return False
            return True

        wait_until(ask)
        return rows

    def active_runs(self) -> int:
        query = "SELECT count(*) FROM commerce_syncrun WHERE status IN ({})"
        return self.sql(query.format("'queued', 'running'"))[0].count

    def wait_for_syncs(self, seconds: float = 90, *, but: int = 0) -> None:
        """Return when no run is active any more, or only as many as `but`."""
        wait_until(lambda: self.active_runs() <= but, seconds, every=0.1)

    def kill_database(self, number: signal.Signals) -> None:
        """Take the database down; its keeper starts it again."""
        before = postmaster(self.home)
        os.kill(before, number)
        wait_until(lambda: self.is_restarted(before))

    def is_restarted(self, before: int) -> bool:
        try:
            return postmaster(self.home) != before
        except (FileNotFoundError, ValueError):
            return False


class Family:
    """A process with the processes it started, at the head of a group of its own."""

    def __init__(self, command: list[str], environment: dict[str, str], log: Path):
        with log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, *command],
                cwd=PROJECT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.log = log

    def processes(self) -> list[psutil.Process]:
        try:
            parent = psutil.Process(self.process.pid)
            return [parent, *parent.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """kill -9 all of it."""
        for process in self.processes():
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        self.process.wait()

    def stop(self, seconds: float = 60) -> None:
        """Ask it to end, as an operator does, and wait."""
        self.process.terminate()
        self.process.wait(seconds)


class Worker(Family):
    """`manage.py worker`."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        super().__init__(["manage.py", "worker"], environment, log)

    def at_work_on(self, port: int) -> psutil.Process | None:
        """The process that has a connection to a store's port."""
        for process in self.processes():
            try:
                ends = [c.raddr for c in process.net_connections() if c.raddr]
            except psutil.Error:
                continue
            if any(end.port == port for end in ends):
                return process
        return None

    def peak_memory(self) -> int:
        """The most bytes that one of its processes that sync ever held at once."""
        return max(peak_of(p) for p in self.processes() if is_in_cluster(p))


class Web(Family):
    """gunicorn as the Procfile starts it, on a free port."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        port = environment.get("PORT") or str(free_port())
        command = ["-m", "gunicorn", "--config", "python:hiwelink.gunicorn_config"]
        settings = {"WEB_THREADS": "32"} | environment | {"PORT": port}
        super().__init__([*command, "hiwelink.wsgi"], settings, log)
        self.url = f"http://127.0.0.1:{port}"

    def wait_until_ready(self) -> None:
        wait_until(lambda: self.status_of("/healthz") == 200, 60, every=0.05)

    def status_of(self, path: str) -> int | None:
        """The status of a page, or None while nobody answers."""
        try:
            return requests.get(self.url + path, timeout=20).status_code
        except requests.RequestException:
            return None


def is_in_cluster(process: psutil.Process) -> bool:
    try:
        return "qcluster" in process.cmdline()
    except psutil.Error:
        return False


def peak_of(process: psutil.Process) -> int:
    try:
        status = Path(f"/proc/{process.pid}/status").read_text()
    except OSError:
        return 0
    line = next((li for li in status.splitlines() if li.startswith("VmHWM")), "x 0")
    return int(line.split()[1]) * 1024
