"""The public webhook addresses: bytes in, an answer out."""

from __future__ import annotations

import time

from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from hiwelink.client_address import client_address
from webhooks.reading import Refusal
from webhooks.services.receiving import Incoming, receive

READ_BYTES = 64 * 1024
# A sender that says nothing for so long, or is not done after so long, is let go.
SILENCE_SECONDS = 10.0
BODY_SECONDS = 60.0


@csrf_exempt
def webhook(request: HttpRequest, token: str, endpoint: str) -> JsonResponse:
    """POST /api/generic-api/webhooks/{store_token}/products|orders|sync

    A plain view: no session, no cookie; the token in the path names the store.
    """
    answer = receive(
        Incoming(
            method=request.method or "",
            token=token,
            endpoint=endpoint,
            headers={name.lower(): value for name, value in request.headers.items()},
            remote_address=client_address(request),
            read=lambda limit: read_body(request, limit),
        )
    )
    return JsonResponse(answer.body, status=answer.status, headers=answer.headers)


def read_body(request: HttpRequest, limit: int) -> bytes:
    """Return at most `limit` bytes, chunked bodies too. Raises Refusal 400."""
    # Django reads nothing of a chunked body; gunicorn's own stream knows its end.
    ends_itself = request.META.get("wsgi.input_terminated")
    stream = request.META["wsgi.input"] if ends_itself else request
    socket = request.META.get("gunicorn.socket")
    ends_at = time.monotonic() + BODY_SECONDS
    parts: list[bytes] = []
    room = limit
    try:
        if socket is not None:
            socket.settimeout(SILENCE_SECONDS)
        while room and (part := stream.read(min(room, READ_BYTES))):
            parts.append(part)
            room -= len(part)
            if time.monotonic() > ends_at:
                raise TimeoutError
    except Exception:  # noqa: BLE001 -- whatever a server makes of broken lines
        raise Refusal(
            400,
            "incomplete_body",
            "The body did not arrive whole. Send it again, in one go.",
        ) from None
    finally:
        if socket is not None:
            socket.settimeout(None)
    return b"".join(parts)
