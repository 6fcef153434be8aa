"""Who has SQLite's one writing connection next: emergencies before all others, and of each whoever came first.

Nobody is overtaken for ever: after OVERTAKEN that went before, whoever has waited longest is next. Behind the press for an
emergency the turns are for emergencies alone, for a moment: whoever stood behind the press would be before its first push.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.exc import TimeoutError as PoolTimeout

OVERTAKEN: Final = 4
KEPT: Final = 0.1
"""Seconds for emergencies alone, behind the press for one."""


class Queue:
    def __init__(self, patience: float) -> None:
        """`patience`: seconds after which whoever waits is told to come back, as by a pool of connections."""
        self._patience = patience
        self._taken = False
        self._overtaken = 0
        self._kept: asyncio.TimerHandle | None = None
        self._first: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()

    @asynccontextmanager
    async def turn(self, *, first: bool) -> AsyncIterator[None]:
        """Raises PoolTimeout."""
        if self._taken or (self._kept is not None and not first):
            await self._wait(self._first if first else self._others)
        self._taken = True
        try:
            yield
        finally:
            self._next()

    def keep(self) -> None:
        """Called in a turn: those that follow are for emergencies, for a moment."""
        if self._kept is not None:
            self._kept.cancel()
        self._kept = asyncio.get_running_loop().call_later(KEPT, self._keep_no_more)

    def _keep_no_more(self) -> None:
        self._kept = None
        if not self._taken:
            self._next()

    async def _wait(self, line: deque[asyncio.Future[None]]) -> None:
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.append(place)
        try:
            async with asyncio.timeout(self._patience):
                await place
        except BaseException as error:
            if place.done() and not place.cancelled():
                self._next()  # we were called in the same moment
            elif place in line:
                line.remove(place)
            if isinstance(error, TimeoutError):
                raise PoolTimeout("the writing connection was not free in time") from None
            raise

    def _next(self) -> None:
        first, others = _present(self._first), _present(self._others)
        if self._kept is not None and not first:
            self._taken = False
            return
        if first and not (others and self._overtaken >= OVERTAKEN):
            line, self._overtaken = first, self._overtaken + 1 if others else 0
        else:
            line, self._overtaken = others, 0
        self._taken = bool(line)
        if line:
            # Off the line at once: whoever stands in it has not been called.
            line.popleft().set_result(None)


def _present(line: deque[asyncio.Future[None]]) -> deque[asyncio.Future[None]]:
    """Without those in front who have given up, and have not been able to say so yet."""
    while line and line[0].cancelled():
        line.popleft()
    return line
