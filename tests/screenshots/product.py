"""A HiWelink of its own, started as `make run` starts it and stopped afterwards."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 120.0
STOP_SECONDS = 60.0


@contextmanager
def running_product() -> Iterator[dict[str, str]]:
    """Yield the environment of a running product: its own data folder and ports."""
    with tempfile.TemporaryDirectory(prefix="hiwelink-screenshots-") as folder:
        os.chmod(folder, 0o755)  # the database's own account has to enter it
        port, demo_port = free_port(), free_port()
        environment = os.environ | {
            "DATA_DIR": f"{folder}/var",
            "PORT": str(port),
            "DEMO_PORT": str(demo_port),
            "PUBLIC_BASE_URL": f"http://127.0.0.1:{port}",
            "STORE_URL": f"http://127.0.0.1:{demo_port}",
            "SYNC_PAUSE_SECONDS": "0",
            "WEB_WORKERS": "1",
            "WORKERS": "1",
            "OPENAI_API_KEY": "",
        }
        said = Path(folder) / "launcher.txt"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "hiwelink.launcher"],
                cwd=ROOT,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until_running(process, said)
            yield environment
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=STOP_SECONDS)


def wait_until_running(process: subprocess.Popen[bytes], said: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while "Stop it with" not in said.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            raise SystemExit(f"HiWelink did not start:\n{said.read_text()}")
        time.sleep(0.2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
