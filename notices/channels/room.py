"""Places that few may hold at once, some of them for emergencies alone."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress


class Room:
    """`places` in all; the ordinary hold at most `places - reserved`. Emergencies go in first, each kind in its order.

    Whoever is inside and cannot get on lends their place: it is another's until they do.
    """

    def __init__(self, places: int, reserved: int) -> None:
        self._most = {False: max(1, places - reserved), True: places}
        self._inside = {False: 0, True: 0}
        self._lent = {False: 0, True: 0}
        self._waiting: dict[bool, deque[asyncio.Future[None]]] = {False: deque(), True: deque()}

    @property
    def wanted(self) -> bool:
        """Whether somebody waits outside."""
        return any(self._waiting.values())

    def most(self, emergency: bool) -> int:
        return self._most[emergency]

    def lend(self, ordinary: int, emergencies: int) -> None:
        """So many of those who are inside cannot get on just now."""
        self._lent = {False: ordinary, True: emergencies}
        self._call_in()

    @asynccontextmanager
    async def place(self, emergency: bool) -> AsyncIterator[None]:
        await self._enter(emergency)
        try:
            yield
        finally:
            self._leave(emergency)

    async def _enter(self, emergency: bool) -> None:
        if not self._waiting[emergency] and self._fits(emergency):
            self._inside[emergency] += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[emergency].append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # called in at the moment it was cancelled
                self._leave(emergency)
            with suppress(ValueError):
                self._waiting[emergency].remove(turn)
            raise

    def _leave(self, emergency: bool) -> None:
        self._inside[emergency] -= 1
        self._call_in()

    def _call_in(self) -> None:
        for kind in (True, False):
            waiting = self._waiting[kind]
            while waiting and self._fits(kind):
                turn = waiting.popleft()
                if not turn.done():
                    self._inside[kind] += 1
                    turn.set_result(None)

    def _fits(self, emergency: bool) -> bool:
        at_work = {kind: inside - self._lent[kind] for kind, inside in self._inside.items()}
        return sum(at_work.values()) < self._most[True] and (emergency or at_work[False] < self._most[False])
