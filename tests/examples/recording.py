"""Serves another ASGI application and writes down every request it answered.

RECORD_APP names it as `module:attribute`, RECORD_FILE is where the JSON lines go. The
application itself stays as published.
"""

import json
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

module, attribute = os.environ["RECORD_APP"].split(":")
published = getattr(import_module(module), attribute)


async def app(scope: Message, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        await published(scope, receive, send)
        return
    entry = {
        "started": time.time(),
        "method": scope["method"],
        "path": scope["path"],
        "query": scope["query_string"].decode(),
        "headers": {k.decode(): v.decode("latin-1") for k, v in scope["headers"]},
    }

    async def watch(message: Message) -> None:
        if message["type"] == "http.response.start":
            entry["status"] = message["status"]
        last = message["type"] == "http.response.body" and not message.get("more_body")
        if last:  # before it is sent: the client may look at the file right after
            entry["ended"] = time.time()
            write_down(entry)
        await send(message)

    await published(scope, receive, watch)


def write_down(entry: dict[str, Any]) -> None:
    with open(os.environ["RECORD_FILE"], "a") as file:
        file.write(json.dumps(entry) + "\n")
