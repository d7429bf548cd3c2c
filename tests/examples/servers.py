"""Starts the example stores as real processes on a free port of 127.0.0.1.

with published_fastapi() as store:
    requests.get(f"{store.url}/health", headers={"X-API-Key": store.key})
    assert store.requests()[0]["path"] == "/health"
"""

import fcntl
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
HERE = Path(__file__).parent
NODE_FOLDER = ROOT / "var" / "node"
KEY = "sk_live_test_4f8d2a1b9c3e7f6a"
LARAVEL = HERE / "laravel" / "index.php"
# Debian's Laravel is older than its PHP, which remarks on that.
PHP = ("php", "-d", "error_reporting=E_ALL & ~E_DEPRECATED")
START_SECONDS = 30  # far more than any of them needs, for a busy machine


@dataclass(frozen=True)
class RunningStore:
    """One store, answering. `folder` holds its files and goes when it ends."""

    url: str
    key: str
    folder: Path
    process: subprocess.Popen[bytes]

    @property
    def token_file(self) -> Path:
        """Write the store token here and the demo store's webhooks start."""
        return self.folder / "store_token"

    @property
    def chatbot_file(self) -> Path:
        """Write a chatbot's public id here and the demo store shows its widget."""
        return self.folder / "chatbot_id"

    def requests(self, path: str | None = None) -> list[dict[str, Any]]:
        """Return the requests answered so far, in order, all or those of one path.

        Each has started and ended (Unix seconds), method, path, query, headers (names in
        lower case) and status.
        """
        file = self.folder / "requests.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        entries = [json.loads(line) for line in lines]
        return [entry for entry in entries if path in (None, entry["path"])]

    def output(self) -> str:
        return (self.folder / "output.txt").read_text(errors="replace")


@contextmanager
def demo_store(
    port: int = 0,
    key: str = KEY,
    auth: str = "api_key",
    hiwelink_url: str = "",
    **settings: str,
) -> Iterator[RunningStore]:
    """Run examples/fastapi_store; `settings` are more of its environment variables."""
    port = port or free_port()
    settings |= {
        "HIWELINK_API_KEY": key,
        "HIWELINK_WEBHOOK_URL": hiwelink_url,
        "STORE_AUTH": auth,
        "STORE_URL": settings.get("STORE_URL", f"http://127.0.0.1:{port}"),
        "RECORD_APP": "main:app",
    }
    with _run(_uvicorn(port, EXAMPLES / "fastapi_store"), port, key, settings) as store:
        yield store


@contextmanager
def published_fastapi(port: int = 0, key: str = KEY) -> Iterator[RunningStore]:
    """Run the FastAPI example as published: 250 products, 120 orders (values.py)."""
    port = port or free_port()
    settings = {
        "HIWELINK_API_KEY": key,
        "RECORD_APP": "tests.examples.published.fastapi_store:app",
    }
    with _run(_uvicorn(port, ROOT), port, key, settings) as store:
        yield store


@contextmanager
def published_express(
    port: int = 0, key: str = KEY, products: int = 250, orders: int = 120
) -> Iterator[RunningStore]:
    """Run the Express example as published, on the same values as the FastAPI one."""
    script = HERE / "published" / "express_store.js"
    with _express(script, port, key, products, orders) as store:
        yield store


@contextmanager
def express_store(
    port: int = 0, key: str = KEY, products: int = 250, orders: int = 120
) -> Iterator[RunningStore]:
    """Run examples/express_store."""
    script = EXAMPLES / "express_store" / "server.js"
    with _express(script, port, key, products, orders) as store:
        yield store


@dataclass(frozen=True)
class LaravelShop:
    """The merchant's own code: changes rows, so that observers hear of it."""

    settings: dict[str, str]

    def do(self, *arguments: str, told: str = "") -> None:
        subprocess.run(
            [*PHP, str(LARAVEL), *arguments],
            env=_environment(self.settings),
            input=told,
            text=True,
            check=True,
            timeout=START_SECONDS,
        )


@contextmanager
def laravel_store(
    products: list[dict[str, Any]], orders: list[dict[str, Any]], **settings: str
) -> Iterator[tuple[RunningStore, LaravelShop]]:
    """Run examples/laravel_store over these records, by PHP and Debian's Laravel."""
    if not shutil.which("php"):
        pytest.skip("Needs PHP and php-laravel-framework.")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="laravel-") as folder:
        settings |= {"HIWELINK_API_KEY": KEY, "STORE_DB": f"{folder}/shop.sqlite"}
        shop = LaravelShop(settings)
        records = json.dumps({"products": products, "orders": orders}, default=str)
        shop.do("fill", told=records)
        command = [*PHP, "-S", f"127.0.0.1:{port}", str(LARAVEL)]
        with _run(command, port, KEY, settings) as store:
            yield store, shop


def get(store: RunningStore, path: str, **arguments: Any) -> requests.Response:
    """GET as HiWelink does, with the store's X-API-Key unless other headers are given."""
    arguments.setdefault("headers", {"X-API-Key": store.key})
    return requests.get(store.url + path, timeout=10, **arguments)


def read_all(
    store: RunningStore, path: str, per_page: int = 50
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the records of all pages together, and each page's answer."""
    pages: list[dict[str, Any]] = []
    while not pages or len(pages) < pages[0]["meta"]["last_page"]:
        wanted = {"page": len(pages) + 1, "per_page": per_page}
        pages.append(get(store, path, params=wanted).json())
    return [record for page in pages for record in page["data"]], pages


def send_published_webhook(
    language: str,
    hiwelink_url: str,
    store_token: str,
    resource: str,
    event: str,
    **record: Any,
) -> None:
    """Send an event with the published service, "python" or "node", in its own process.

    `record` holds the attributes the service reads: for a product of either language
    id, name, price, stock; for an order the names of that language's example.
    """
    settings = {
        "HIWELINK_WEBHOOK_URL": hiwelink_url,
        "HIWELINK_STORE_TOKEN": store_token,
    }
    arguments = json.dumps([event, record])
    if language == "python":
        code = (
            "import json, sys\nfrom types import SimpleNamespace\n"
            "from tests.examples.published import hiwelink_webhook as service\n"
            "event, record = json.loads(sys.argv[1])\n"
            f"service.send_{resource}_event(event, SimpleNamespace(**record))\n"
        )
        command = [sys.executable, "-c", code, arguments]
    else:
        settings["NODE_PATH"] = str(node_modules())
        code = (
            f"const s = require({json.dumps(str(HERE / 'published/hiwelinkWebhook'))});"
            "const [event, record] = JSON.parse(process.argv[1]);"
            f"s.send{resource.capitalize()}Event(event, record);"
        )
        command = ["node", "-e", code, arguments]
    subprocess.run(
        command, cwd=ROOT, env=_environment(settings), check=True, timeout=START_SECONDS
    )


def node_modules(source: Path = EXAMPLES / "express_store") -> Path:
    """Return what the package.json of a folder asks for, installed below var/.

    Installed again when the lock file changes. Skips the test where there is no npm.
    """
    if not shutil.which("npm"):
        pytest.skip("Needs Node.js and npm.")
    lock = source / "package-lock.json"
    edition = hashlib.sha256(lock.read_bytes()).hexdigest()
    folder = NODE_FOLDER / source.name
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "installing", "w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # two test runs may start together
        done = folder / "installed"
        if not done.exists() or done.read_text() != edition:
            for file in (source / "package.json", lock):
                shutil.copy(file, folder)
            command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(command, cwd=folder, check=True, capture_output=True)
            done.write_text(edition)
    return folder / "node_modules"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def _uvicorn(port: int, app_folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "uvicorn", "tests.examples.recording:app"),
        *("--app-dir", str(app_folder), "--host", "127.0.0.1", "--port", str(port)),
    ]


@contextmanager
def _express(
    script: Path, port: int, key: str, products: int, orders: int
) -> Iterator[RunningStore]:
    port = port or free_port()
    settings = {
        "HIWELINK_API_KEY": key,
        "PORT": str(port),
        "PRODUCTS": str(products),
        "ORDERS": str(orders),
        "NODE_PATH": str(node_modules()),
    }
    command = ["node", "--require", str(HERE / "recording.js"), str(script)]
    with _run(command, port, key, settings) as store:
        yield store


@contextmanager
def _run(
    command: list[str], port: int, key: str, settings: dict[str, str]
) -> Iterator[RunningStore]:
    with tempfile.TemporaryDirectory(prefix="store-") as name:
        folder = Path(name)
        settings = {
            "RECORD_FILE": str(folder / "requests.jsonl"),
            "STORE_DB": str(folder / "store.sqlite3"),
            "HIWELINK_STORE_TOKEN_FILE": str(folder / "store_token"),
            "HIWELINK_CHATBOT_ID_FILE": str(folder / "chatbot_id"),
        } | settings
        with open(folder / "output.txt", "wb") as output:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=_environment(settings),
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        store = RunningStore(f"http://127.0.0.1:{port}", key, folder, process)
        try:
            _wait_until_it_listens(store, port)
            yield store
        finally:
            process.terminate()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_listens(store: RunningStore, port: int) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and store.process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"The store did not start:\n{store.output()}")


def _environment(settings: dict[str, str]) -> dict[str, str]:
    """This process's environment without any store settings of its own."""
    ours = ("HIWELINK_", "STORE_")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"} | settings
