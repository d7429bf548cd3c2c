"""A Redis of our own on a socket: no port to choose, nothing on the network."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

from tests.hiwelink.embedded_postgres.users import wait_until


class RedisServer:
    """Started at once; it may be stopped and started again, empty."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "redis.sock"
        self.url = f"unix://{self.path}"
        self.client = redis.Redis(unix_socket_path=str(self.path))
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", ""],
            cwd=self.path.parent,
            stdout=subprocess.DEVNULL,
        )
        wait_until(self.answers, 20, every=0.02)

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@contextmanager
def running_redis() -> Iterator[RedisServer]:
    # Short: sockets' paths are limited.
    folder = Path(tempfile.mkdtemp(prefix="redis", dir="/tmp"))
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
