"""A line that stays open and says that something moved; what it is, the phone then pulls."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency
from litestar.types import ASGIApp, Receive, Scope, Send

from server.edge.auth import token_of
from server.edge.errors import LinesFull
from server.house import House
from server.live.exchange import COME_BACK
from server.live.lines import Visit
from server.live.opening import visitor
from server.live.sockets import take


@get("/live", opt={"who": "enrolled"}, summary="Server-sent events: something moved", include_in_schema=False)
async def live(request: Request[Any, Any, Any], house: NamedDependency[House]) -> ASGIApp:
    """`event: poke` with `{"h":{"7":842}}`: scope and head, never data. Ends after 55 s at most; then come again."""
    house.exchange.insist_on_room()
    return Opening(house, await visitor(house, token_of(house, request)))


class Opening:
    """The answer: a line takes over the socket, and the request is done."""

    def __init__(self, house: House, visit: Visit) -> None:
        self.headers = {
            "Content-Type": "text/event-stream; charset=utf-8",
            "X-Accel-Buffering": "no",  # nginx would keep the events to itself
        }
        self._house = house
        self._visit = visit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Raises LinesFull, also where the server is one whose sockets cannot be had: phones then wait by pulling."""
        taken = take(receive)
        if taken is None:
            raise LinesFull(retryAfter=COME_BACK[1])
        exchange = self._house.exchange
        line = exchange.line(self._visit)
        taken.give_to(line)
        own = [(name.lower().encode(), value.encode()) for name, value in self.headers.items()]
        exchange.greet(line, [*taken.headers(), *own])
        exchange.connect(line, self._visit)
