"""For a phone that cannot hold a line: its pull is answered when there is news, or after `wait` seconds."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from server.live.exchange import visit
from sync.live import MADE

if TYPE_CHECKING:
    from server.edge.auth import Caller
    from server.house import House

LONGEST: Final = 25
"""Seconds; proxies and mobile networks give up at 30."""


@asynccontextmanager
async def news_for(house: "House", caller: "Caller") -> AsyncIterator[Callable[[float], Awaitable[bool]]]:
    """`await news(seconds)`: whether something of the caller's moved since this was opened, or does in time.

    Open it, look once more, and only then wait: nothing falls in between. Raises LinesFull.
    """
    with house.exchange.seat():
        async with house.db.read() as session:
            known = await visit(session, caller.tenant, caller.person, caller.device, caller.scopes)
        async with house.hub.listen(caller.tenant, {MADE: 0} | dict(known.heads)) as ears:

            async def news(seconds: float) -> bool:
                with house.door.outside():
                    return await ears.next(min(seconds, LONGEST)) is not None

            yield news
