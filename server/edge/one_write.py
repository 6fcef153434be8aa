"""An answer in one write. uvicorn sends head and body apart: two system calls, and the other side is woken twice.

What is used of uvicorn beyond its documentation is all in here, and tested over a real socket; whatever is not as we
know it goes uvicorn's own way (docs/decisions/0068-an-answer-in-one-write.md).
"""

import sys
from typing import Any, Final

from litestar.types import Send

SHORT: Final = 64 * 1024
"""Bytes of a body that is copied behind its head; what is longer is better sent as it is."""
_UVICORN: Final = "uvicorn.protocols.http.httptools_impl"


async def respond(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    """`headers` say how long the body is; a status without a body (204) has none."""
    if body and len(body) <= SHORT and (cycle := _fresh(send)) is not None:
        _begin(cycle, status, headers, body)
        body = b""
    else:
        await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _fresh(send: Send) -> Any:
    """The request of uvicorn's that `send` answers, where it is an ordinary one whose answer has not begun."""
    cycle: Any = getattr(send, "__self__", None)
    if type(cycle).__module__ != _UVICORN:
        return None
    ordinary = cycle.keep_alive and cycle.scope["method"] != "HEAD" and not cycle.access_log
    idle = not (cycle.response_started or cycle.disconnected or cycle.flow.write_paused)
    return cycle if ordinary and idle else None


def _begin(cycle: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    said = [vars(sys.modules[_UVICORN])["STATUS_LINE"][status]]
    for name, value in (*cycle.default_headers, *headers):
        said += (name, b": ", value, b"\r\n")
    cycle.transport.write(b"".join((*said, b"\r\n", body)))
    # To uvicorn a body of no bytes is all that is still to come.
    cycle.response_started, cycle.waiting_for_100_continue = True, False
    cycle.chunked_encoding, cycle.expected_content_length = False, 0
