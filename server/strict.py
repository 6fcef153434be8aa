"""JSON that two readers may read differently is refused before anybody reads it: the same key twice in one object."""

import json
from typing import Any

from litestar import Request

from server.errors import BodyUnreadable


async def refuse_double_keys(request: Request[Any, Any, Any]) -> None:
    """Before each request with a JSON body. What is not JSON at all is told by whoever decodes it."""
    if request.method in ("GET", "HEAD") or "json" not in request.headers.get("content-type", ""):
        return
    try:
        json.loads(await request.body(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise BodyUnreadable(why="a key stands twice in one object")
