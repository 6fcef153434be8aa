"""A line in a thread of this process: the event loop does no more than hand over and take back."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Final

from notices.channels import PushAddress
from notices.channels.push.sealing import Sealing
from notices.channels.push.transport import Answered, Bounds, Post, Route
from notices.channels.push.wire import Wire

_AT_ONCE: Final = 64
"""Answers told to the loop before others have a turn on it."""


class Threaded:
    def __init__(self, answered: Answered, bounds: Bounds) -> None:
        self._answered = answered
        self._loop = asyncio.get_running_loop()
        self._back: deque[Post] = deque()
        self._ringing = False
        self._sealing = Sealing()
        self._wire = Wire(self._sealing.body, self._ring, bounds)
        self._wire.start()

    def hand(self, route: Route, posts: Sequence[Post]) -> None:
        self._wire.hand(route, posts)

    async def prepare(self, addresses: Sequence[PushAddress]) -> int:
        return await asyncio.to_thread(self._sealing.prepare, addresses)

    async def close(self) -> None:
        self._back.clear()
        self._wire.stop()
        await asyncio.to_thread(self._wire.join)

    def _ring(self, posts: Sequence[Post]) -> None:
        """On the thread: the loop is woken once for all that comes before it looks."""
        self._back.extend(posts)
        if not self._ringing:
            self._ringing = True
            self._loop.call_soon_threadsafe(self._take_back)

    def _take_back(self) -> None:
        # First the flag: what is put here afterwards rings again, what was put before is taken below.
        self._ringing = False
        posts = [self._back.popleft() for _ in range(min(_AT_ONCE, len(self._back)))]
        if self._back and not self._ringing:
            self._ringing = True
            self._loop.call_soon(self._take_back)
        self._answered(posts)
