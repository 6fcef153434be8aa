"""What the lines of a process need while it runs: room for their sockets, and word from other processes."""

import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from server.house import House

SPARE = 256
"""Files for everything that is no line."""


@asynccontextmanager
async def lines_open(house: "House") -> AsyncIterator[None]:
    """Until the process ends; then nobody is kept on the line."""
    house.exchange.most = min(house.settings.live_connections, _sockets(house.settings.live_connections))
    async with AsyncExitStack() as stack:
        if house.notifier is not None:
            await stack.enter_async_context(house.notifier.running())
        try:
            yield
        finally:
            house.hub.close()
            await house.exchange.close()


def _sockets(wanted: int) -> int:
    """How many the system grants; its soft limit, often 1,024, is raised as far as we may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, 1_048_576)
    needed = wanted * 4 // 3 + SPARE
    if soft < needed and soft < hard:
        soft = min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(soft - SPARE, 0) * 3 // 4 if soft < needed else wanted
