"""`python -m hiwelink.embedded_postgres DATA_DIR`: keep the database up until told
to stop, starting it again whenever it dies."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from .errors import EmbeddedPostgresError
from .server import ensure_running, is_alive, stop

CHECK_SECONDS = 0.5


def keep_alive(data_dir: Path, told_to_stop: threading.Event) -> None:
    server = ensure_running(data_dir)
    print(f"PostgreSQL is ready in {server.socket_dir}", flush=True)
    while not told_to_stop.wait(CHECK_SECONDS):
        if not is_alive(data_dir):
            start_again(data_dir)


def start_again(data_dir: Path) -> None:
    """Start the server that died, or say why that cannot be done yet: a disk that is
    full may have room the next time.
    """
    try:
        ensure_running(data_dir)
    except EmbeddedPostgresError as error:
        print(error, file=sys.stderr, flush=True)
    else:
        print("PostgreSQL had died and was started again", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m hiwelink.embedded_postgres", description=__doc__
    )
    parser.add_argument("data_dir", type=Path, help="the folder that holds postgres/")
    data_dir = parser.parse_args().data_dir
    told_to_stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told_to_stop.set())
    try:
        keep_alive(data_dir, told_to_stop)
    except EmbeddedPostgresError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        stop(data_dir)
    return 0


if __name__ == "__main__":
    sys.exit(main())
