"""Which bodies a client must understand. A cursor written under another schema is refused with 410 by itself;
a client that says it knows only older ones is told to update."""

from typing import Any, Final

from litestar.connection import ASGIConnection

from server.edge.errors import BodyUnreadable, ClientTooOld

SCHEMA: Final = 1
"""Raise it when bodies change so that held copies are of no use."""
MINIMUM: Final = 1
"""The oldest that a client may speak. Raise it when an older client would do harm."""
HEADER: Final = "x-sync-schema"


def insist(request: ASGIConnection[Any, Any, Any, Any]) -> None:
    """X-Sync-Schema may be left out. Raises ClientTooOld, BodyUnreadable."""
    spoken = request.headers.get(HEADER)
    if spoken is None:
        return
    if not (spoken.isascii() and spoken.isdigit()) or len(spoken) > 6:
        raise BodyUnreadable(why="X-Sync-Schema is a number")
    if int(spoken) < MINIMUM:
        raise ClientTooOld(spoken=int(spoken), minimum=MINIMUM)
