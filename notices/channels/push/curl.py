"""Over HTTP/2 by libcurl, whose requests share a few connections. Names are resolved and judged here, on the event loop.

What is sent is sealed and carried on a line: by a thread (`threaded`), or by whatever the house opens in its place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from notices.channels import PushAddress
from notices.channels.push.transport import Answered, Bounds, Line, OpenLine, Post, Route, Trouble
from notices.channels.push_hosts import NotPublic, PushHosts, addresses_of

_ROUTE_SECONDS: Final = 60.0


class _Known(NamedTuple):
    route: Route
    until: float


class CurlTransport:
    def __init__(self, hosts: PushHosts, answered: Answered, bounds: Bounds, open_line: OpenLine) -> None:
        self._answered, self._bounds, self._open = answered, bounds, open_line
        self._exempt = hosts.exempt_hosts()
        self._known: dict[str, _Known] = {}
        self._finding: dict[str, list[Post]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._line: Line | None = None

    def begin(self, origin: str, posts: Sequence[Post]) -> None:
        loop = asyncio.get_running_loop()
        known = self._known.get(origin)
        if known is not None and loop.time() < known.until:
            self._opened().hand(known.route, posts)
        elif origin in self._finding:
            self._finding[origin] += posts
        else:
            self._finding[origin] = list(posts)
            task = loop.create_task(self._find(origin))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        return await self._opened().prepare(addresses)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._finding.clear()
        line, self._line = self._line, None
        if line is not None:
            await line.close()

    async def _find(self, origin: str) -> None:
        """Resolves, for a minute, and hands over what waited for it."""
        loop = asyncio.get_running_loop()
        trouble: Trouble = "unreachable"
        try:
            async with asyncio.timeout(self._bounds.seconds):
                route = await self._route(origin)
        except NotPublic:
            trouble = "inside"
        except TimeoutError:
            trouble = "silent"
        except OSError:
            pass
        else:
            self._known[origin] = _Known(route, loop.time() + _ROUTE_SECONDS)
            self._opened().hand(route, self._finding.pop(origin))
            return
        posts = self._finding.pop(origin)
        for post in posts:
            post.trouble = trouble
        self._answered(posts)

    async def _route(self, origin: str) -> Route:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        found = await addresses_of(host, port, self._exempt)
        route = Route(origin, parts.scheme, host, port, tuple(address for _, address in found))
        before = self._known.get(origin)
        # The same object while it says the same: a line keeps requests by it.
        return before.route if before is not None and before.route == route else route

    def _opened(self) -> Line:
        if self._line is None:
            self._line = self._open(self._answered, self._bounds)
        return self._line
