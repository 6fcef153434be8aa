"""For a phone that cannot hold a line: its pull is answered when there is news, or after `wait` seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from litestar.types import Receive

from server.live.opening import visitor
from sync.live import Ears

if TYPE_CHECKING:
    from server.house import House

LONGEST: Final = 25
"""Seconds; proxies and mobile networks give up at 30."""


@asynccontextmanager
async def news_for(
    house: House, token: str, receive: Receive
) -> AsyncIterator[Callable[[float], Awaitable[bool]]]:
    """`await news(seconds)`: whether something of the caller's moved since this was opened, or does in time.

    Open it, look once more, and only then wait: nothing falls in between. Nobody waits for a phone that has hung up.
    Raises NotSignedIn, DeviceRevoked, Busy, LinesFull.
    """
    house.exchange.insist_on_room()
    visit = await visitor(house, token)
    with house.exchange.seat(visit.device):
        async with house.hub.listen(visit.tenant, visit.heads) as ears:

            async def news(seconds: float) -> bool:
                leaving = asyncio.create_task(_until_hung_up(receive, ears))
                try:
                    with house.door.outside():
                        return await ears.next(min(seconds, LONGEST)) is not None
                finally:
                    leaving.cancel()

            yield news


async def _until_hung_up(receive: Receive, ears: Ears) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    ears.close()
