"""A store in a process of its own that answers as fast as it can.

python -m benchmarks._store COUNT DELAY_SECONDS: serves COUNT products in pages and
prints its port. Pages are rendered once, so that a store measures nobody but its reader.
"""

from __future__ import annotations

import asyncio
import json
import math
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from urllib.parse import parse_qs, urlsplit

from tests.stores import make_products

products = make_products(int(sys.argv[1])) if __name__ == "__main__" else []


@cache
def render(page: int, per_page: int) -> bytes:
    meta = {
        "current_page": page,
        "per_page": per_page,
        "total": len(products),
        "last_page": math.ceil(len(products) / per_page),
    }
    data = products[(page - 1) * per_page : page * per_page]
    body = json.dumps({"data": data, "meta": meta}).encode()
    head = (
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float
) -> None:
    while request := await reader.readuntil(b"\r\n\r\n"):
        target = request.split(b" ", 2)[1].decode()
        query = parse_qs(urlsplit(target).query)
        page, per_page = (int(query[name][0]) for name in ("page", "per_page"))
        await asyncio.sleep(delay)
        writer.write(render(page, per_page))


async def serve(delay: float) -> None:
    async def connected(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            await answer(reader, writer, delay)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    for page in range(1, math.ceil(len(products) / 50) + 2):
        render(page, 50)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def running_store(count: int, *, delay: float = 0.0) -> Iterator[str]:
    """Start a store of `count` products; yield its address."""
    command = [sys.executable, "-m", "benchmarks._store", str(count), str(delay)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[2])))
