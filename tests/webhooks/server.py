"""A real web server on the test database: gunicorn with HiWelink's own settings.

Tests that use it must be transactional: it sees only what is committed.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
import requests
from django.conf import settings
from django.db import connection

from commerce.models import Store
from tests.examples.servers import ROOT, free_port

START_SECONDS = 60


@dataclass(frozen=True)
class WebServer:
    url: str
    process: subprocess.Popen[bytes]
    log: Path

    def address(self, store: Store, endpoint: str) -> str:
        return f"{self.url}/api/generic-api/webhooks/{store.token}/{endpoint}"

    def workers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()


@contextmanager
def running_web(**environment: str) -> Iterator[WebServer]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="web-") as folder:
        log = Path(folder) / "web.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "gunicorn", "hiwelink.wsgi"),
                    *("--config", "python:hiwelink.gunicorn_config"),
                ],
                cwd=ROOT,
                env=os.environ
                | {
                    "PORT": str(port),
                    "DATABASE_URL": database_url(),
                    "DJANGO_SETTINGS_MODULE": "hiwelink.settings",
                    "DATA_DIR": str(settings.DATA_DIR),
                    "WEB_THREADS": "64",
                }
                | environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        server = WebServer(f"http://127.0.0.1:{port}", process, log)
        try:
            wait_until_healthy(server)
            yield server
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def database_url() -> str:
    """The test database, over the embedded server's socket."""
    told = connection.settings_dict
    host = quote(str(told["HOST"]), safe="")
    return f"postgres://{told['USER']}@/{told['NAME']}?host={host}"


def wait_until_healthy(server: WebServer) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            if requests.get(f"{server.url}/healthz", timeout=5).status_code == 200:
                return
        except requests.RequestException:
            pass
        assert server.process.poll() is None, server.log.read_text()
        assert time.monotonic() < deadline, server.log.read_text()
        time.sleep(0.05)
