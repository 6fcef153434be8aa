"""What a route that goes past the framework (server/edge/shortcut.py) does as the framework would, and says of itself."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.enums import ScopeType
from litestar.handlers import HTTPRouteHandler
from litestar.types import Receive, Scope, Send

from server.edge.auth import formed, token_of
from server.edge.errors import BodyTooLarge, BodyUnreadable, MethodWrong
from server.edge.one_write import respond
from server.edge.shortcut import Shortcut
from server.house import House

PLAIN: Final = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
JSON: Final = [*PLAIN, (b"content-type", b"application/json")]


async def refused(scope: Scope, send: Send, method: str) -> bool:
    """Whether it is asked by another method than its own; then it is answered. Raises MethodWrong."""
    if scope["type"] == ScopeType.HTTP and scope["method"] == method:
        return False
    if scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS":
        taken = b", ".join(sorted([method.encode(), b"OPTIONS"]))
        await respond(send, 204, [*PLAIN, (b"allow", taken)], b"")
        return True
    raise MethodWrong()


def token(house: House, scope: Scope, headers: dict[bytes, bytes]) -> str:
    """Raises NotSignedIn."""
    kind, _, token = headers.get(b"authorization", b"").partition(b" ")
    if kind == b"Bearer" and token:
        return formed(token.decode("latin-1"))
    return token_of(house, ASGIConnection(scope))


async def whole(receive: Receive, most: int) -> bytes:
    """The body of a request. Raises BodyTooLarge; BodyUnreadable where it breaks off."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message: Any = await receive()
        if message["type"] != "http.request":
            raise BodyUnreadable(why="it broke off")
        more = message.get("more_body", False)
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            raise BodyTooLarge()
    return parts[0] if len(parts) == 1 else b"".join(parts)


def document(app: Litestar, *described: HTTPRouteHandler) -> None:
    """An ASGI handler is not in the OpenAPI document by itself: the route of its `describe` stands for it there."""
    plugin: Any = app.plugins.get("OpenAPIPlugin")
    for route in _routes(described):
        plugin.receive_route(route)


@cache
def _routes(described: tuple[HTTPRouteHandler, ...]) -> list[Any]:
    return list(Shortcut(list(described), openapi_config=None, logging_config=None).routes)
