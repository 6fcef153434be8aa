"""Over HTTP/2 by libcurl, whose requests share a few connections. Names are resolved and judged here, on the event loop.

What is sent is made and carried by a thread (`wire`), so that the loop does no more than hand over and take back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from notices.channels.push.request import Route
from notices.channels.push.transport import Answered, Post, Trouble
from notices.channels.push.wire import Wire
from notices.channels.push_hosts import NotPublic, PushHosts, addresses_of

_ROUTE_SECONDS: Final = 60.0
_AT_ONCE: Final = 64
"""Answers told to the loop before others have a turn on it."""


class _Known(NamedTuple):
    route: Route
    until: float


class CurlTransport:
    """`seconds`: for a request in all. `authorities`: a file of certificates, in place of the machine's."""

    def __init__(
        self, hosts: PushHosts, answered: Answered, *, seconds: float, authorities: str | None = None
    ) -> None:
        self._answered, self._seconds, self._authorities = answered, seconds, authorities
        self._exempt = hosts.exempt_hosts()
        self._known: dict[str, _Known] = {}
        self._finding: dict[str, list[Post]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._back: deque[Post] = deque()
        self._ringing = False
        self._wire: Wire | None = None

    def begin(self, origin: str, posts: Sequence[Post]) -> None:
        loop = asyncio.get_running_loop()
        known = self._known.get(origin)
        if known is not None and loop.time() < known.until:
            self._opened(loop).hand(known.route, posts)
        elif origin in self._finding:
            self._finding[origin] += posts
        else:
            self._finding[origin] = list(posts)
            task = loop.create_task(self._find(origin))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        self._finding.clear()
        self._back.clear()
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.stop()
            await asyncio.to_thread(wire.join)

    async def _find(self, origin: str) -> None:
        """Resolves, for a minute, and hands over what waited for it."""
        loop = asyncio.get_running_loop()
        trouble: Trouble = "unreachable"
        try:
            async with asyncio.timeout(self._seconds):
                route = await self._route(origin)
        except NotPublic:
            trouble = "inside"
        except TimeoutError:
            trouble = "silent"
        except OSError:
            pass
        else:
            self._known[origin] = _Known(route, loop.time() + _ROUTE_SECONDS)
            self._opened(loop).hand(route, self._finding.pop(origin))
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
        # The same object while it says the same: the thread keeps requests by it.
        return before.route if before is not None and before.route == route else route

    def _opened(self, loop: asyncio.AbstractEventLoop) -> Wire:
        if self._wire is None:
            self._wire = Wire(
                lambda posts: self._ring(loop, posts), seconds=self._seconds, authorities=self._authorities
            )
            self._wire.start()
        return self._wire

    def _ring(self, loop: asyncio.AbstractEventLoop, posts: Sequence[Post]) -> None:
        """On the thread: the loop is woken once for all that comes before it looks."""
        self._back.extend(posts)
        if not self._ringing:
            self._ringing = True
            loop.call_soon_threadsafe(self._take_back)

    def _take_back(self) -> None:
        # First the flag: what is put here afterwards rings again, what was put before is taken below.
        self._ringing = False
        posts = [self._back.popleft() for _ in range(min(_AT_ONCE, len(self._back)))]
        if self._back and not self._ringing:
            self._ringing = True
            asyncio.get_running_loop().call_soon(self._take_back)
        self._answered(posts)
