"""What holds for every route: JSON that two readers may read differently is refused, and answers are not kept.

The same key twice in one object is such JSON: a proxy may judge by the first, we would act on the last.
"""

import json
from typing import Any

from litestar import Request, Response

from server.edge.errors import BodyUnreadable


async def refuse_double_keys(request: Request[Any, Any, Any]) -> None:
    """Before each request with a JSON body. What is not JSON at all is told by whoever decodes it."""
    if request.method not in ("GET", "HEAD") and "json" in request.headers.get("content-type", ""):
        insist_on_single_keys(await request.body())


def insist_on_single_keys(body: bytes) -> None:
    """Raises BodyUnreadable."""
    try:
        json.loads(body, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        return


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) < len(pairs):
        raise BodyUnreadable(why="a key stands twice in one object")


async def keep_to_yourself(response: Response[Any]) -> Response[Any]:
    """An answer is nobody else's business, and what it says it is, unless its route has said otherwise."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response
