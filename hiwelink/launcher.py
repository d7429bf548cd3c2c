"""`make run`: one HiWelink on this machine, from the database to the demo store.

Starts the processes of the Procfile, restarts one that dies, and stops them all when
it is told to. It holds a lock on the data folder, so what an earlier launcher left
behind after kill -9 can be recognised and ended.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import psutil

ROOT = Path(__file__).resolve().parent.parent
# In the environment of every process started here, naming its data folder.
MARK = "HIWELINK_LAUNCHED_FOR"
READY_SECONDS = 60.0
STOP_SECONDS = 15.0
RESTART_PAUSE_SECONDS = 1.0


class CannotStart(Exception):
    """One sentence that says why, and what to do."""


class Launcher:
    """The processes of one data folder."""

    def __init__(self, environment: dict[str, str], *, demo: bool) -> None:
        self.environment = environment
        self.demo = demo
        self.stopping = threading.Event()
        self.commands = read_procfile(environment)
        if not demo:
            del self.commands["demo"]
        if environment.get("DATABASE_URL"):
            del self.commands["database"]
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.logs = Path(environment["DATA_DIR"]) / "logs"

    def start(self, name: str) -> None:
        with (self.logs / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                self.commands[name],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509 -- no threads here
            )

    def watch(self) -> None:
        """Restart what dies until told to stop."""
        while not self.stopping.wait(RESTART_PAUSE_SECONDS):
            for name, process in list(self.processes.items()):
                if process.poll() is not None and not self.stopping.is_set():
                    say(f"The {name} process ended; starting it again.")
                    self.start(name)

    def stop(self) -> None:
        """End every process, the database last, since the others write to it."""
        self.stopping.set()
        for name in ("demo", "web", "worker", "database"):
            if process := self.processes.get(name):
                end(process)


def read_procfile(environment: dict[str, str]) -> dict[str, list[str]]:
    """Return {name: argument list} of the Procfile, its $NAMES filled in."""
    commands = {}
    for line in (ROOT / "Procfile").read_text().splitlines():
        name, _, command = line.partition(":")
        words = shlex.split(command)
        commands[name] = [
            environment.get(word[1:], "") if word.startswith("$") else word
            for word in words
        ]
    return commands


def end_with_parent() -> None:
    """Ask Linux to end this child when the launcher is killed. Elsewhere: nothing."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


def end(process: subprocess.Popen[bytes]) -> None:
    """Terminate a process, then whatever is left of its group."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            say(f"Process {process.pid} does not end and is killed.")
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def data_folder(path: Path) -> Iterator[None]:
    """Hold the data folder for this launcher. Raises CannotStart."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "logs").mkdir(exist_ok=True)
        lock: IO[str] = (path / "launcher.lock").open("w")
    except OSError as error:
        raise CannotStart(
            f"The data folder {path} is not writable ({error.strerror}). Choose another "
            "with DATA_DIR=/a/folder make run."
        ) from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                f"HiWelink is already running with the data folder {path}. Stop it with "
                "Ctrl-C where it runs, or choose another PORT and DATA_DIR."
            ) from None
        yield


def end_leftovers(data_dir: Path) -> None:
    """Kill what an earlier launcher of this folder left when it was killed itself.

    The database server is left alone: it is joined, not started twice.
    """
    for process in psutil.process_iter(["name"]):
        if process.pid == os.getpid() or process.info["name"] == "postgres":
            continue
        try:
            if process.environ().get(MARK) == str(data_dir):
                process.kill()
                process.wait(timeout=10)
        except (psutil.Error, OSError):
            continue


def require_free_port(port: int, name: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise CannotStart(
                f"Port {port} cannot be used ({error.strerror}). Choose another with "
                f"{name}=<number> make run."
            ) from error


def wait_until_answers(name: str, url: str, launcher: Launcher) -> None:
    """Return once `url` answers with a status below 500. Raises CannotStart."""
    deadline = time.monotonic() + READY_SECONDS
    process = launcher.processes[name]
    while (
        time.monotonic() < deadline
        and process.poll() is None
        and not launcher.stopping.is_set()
    ):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except urllib.error.HTTPError as error:
            if error.code < 500:
                return
        except OSError:
            pass
        time.sleep(0.1)
    if not launcher.stopping.is_set():
        raise CannotStart(
            f"The {name} process does not answer at {url}: see the end of "
            f"{launcher.logs / name}.log."
        )


def read_port(environment: dict[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise CannotStart(f"{name}={text} is not a port: use a number up to 65535.")
    return int(text)


def launch_environment() -> dict[str, str]:
    """Return what every process is started with, the defaults filled in."""
    environment = dict(os.environ)
    port = read_port(environment, "PORT", 8000)
    demo_port = read_port(environment, "DEMO_PORT", min(port + 1, 65_535))
    data_dir = Path(environment.get("DATA_DIR") or ROOT / "var").resolve()
    demo_dir = data_dir / "demo"
    return environment | {
        "PORT": str(port),
        "DEMO_PORT": str(demo_port),
        "DATA_DIR": str(data_dir),
        MARK: str(data_dir),
        "PATH": f"{Path(sys.executable).parent}:{environment.get('PATH', '')}",
        "PUBLIC_BASE_URL": environment.get("PUBLIC_BASE_URL")
        or f"http://127.0.0.1:{port}",
        "STORE_URL": f"http://127.0.0.1:{demo_port}",
        "STORE_DB": str(demo_dir / "store.sqlite3"),
        "HIWELINK_WEBHOOK_URL": f"http://127.0.0.1:{port}",
        "HIWELINK_STORE_TOKEN_FILE": str(demo_dir / "store_token"),
        "HIWELINK_CHATBOT_ID_FILE": str(demo_dir / "chatbot_id"),
    }


def prepare_database() -> None:
    """Apply migrations and collect static files."""
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)


def run() -> None:
    environment = launch_environment()
    demo = environment.get("DEMO", "1") != "0"
    data_dir = Path(environment["DATA_DIR"])
    with data_folder(data_dir):
        end_leftovers(data_dir)
        require_free_port(int(environment["PORT"]), "PORT")
        if demo:
            require_free_port(int(environment["DEMO_PORT"]), "DEMO_PORT")
        # The demo's key, so that the demo store and its merchant agree on it.
        os.environ.update(environment)
        from hiwelink import demo_store

        if demo:
            environment["HIWELINK_API_KEY"] = demo_store.api_key(data_dir)
        launcher = Launcher(environment, demo=demo)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: launcher.stopping.set())
        try:
            start_all(launcher)
            launcher.watch()
        finally:
            launcher.stop()


def start_all(launcher: Launcher) -> None:
    """Start the processes in the order they need each other, then the demo."""
    environment = launcher.environment
    say("Starting the database ...")
    if "database" in launcher.commands:
        launcher.start("database")
    prepare_database()
    say("Starting web server and worker ...")
    launcher.start("worker")
    launcher.start("web")
    if launcher.demo:
        launcher.start("demo")
    wait_until_answers(
        "web", f"http://127.0.0.1:{environment['PORT']}/healthz", launcher
    )
    if launcher.demo and not launcher.stopping.is_set():
        wait_until_answers("demo", f"{environment['STORE_URL']}/health", launcher)
        from hiwelink import demo_store

        demo_store.ensure_demo(environment)
    if not launcher.stopping.is_set():
        print_addresses(environment, demo=launcher.demo)


def print_addresses(environment: dict[str, str], *, demo: bool) -> None:
    base = environment["PUBLIC_BASE_URL"]
    lines = ["", "HiWelink is running. Stop it with Ctrl-C.", ""]
    lines.append(f"  Dashboard         {base}/dashboard/")
    lines.append(f"  API schema        {base}/api/v1/schema/")
    if demo:
        from hiwelink import demo_store

        lines.append(f"  Demo storefront   {environment['STORE_URL']}/")
        lines.append("")
        lines.append(f"  Log in as         {demo_store.EMAIL}")
        lines.append(f"  with password     {demo_store.PASSWORD}")
    else:
        lines.append("")
        lines.append(f"  Sign up at        {base}/account/signup/")
    say("\n".join(lines) + "\n")


def say(text: str) -> None:
    print(text, flush=True)


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hiwelink.settings")
    from django.core.exceptions import ImproperlyConfigured

    from hiwelink.embedded_postgres import EmbeddedPostgresError

    try:
        run()
    except (CannotStart, EmbeddedPostgresError, ImproperlyConfigured) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
