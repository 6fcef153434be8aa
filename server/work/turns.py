"""Whose turn it is, as all want the database and the one thread: what is planned leaves before more is planned, and while
an emergency gets on, its mails stand back for its pushes, and all else for both. Nobody stands back for ever."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from notices.deliver import Opening

LONGEST: Final = 0.15
"""Seconds that planning stands back for what begins to leave: a destination that hangs must not keep it for ever."""

PUSHES, EMERGENCIES, OTHERS = range(3)
"""Who stands back for whom: each for those before it."""
GETS_ON: Final = 0.5
"""Seconds without a word of a rank, and nobody stands back for it: a service that hangs holds up no mail."""
BATCH: Final = (0.0, 15.0, 10.0)
"""Seconds that a batch of a rank stands back at most; one of each lane leaves in such a time, however long it lasts."""
IN_HAND: Final = 5.0
"""Seconds that a message stands back at most which is on its way already."""
_NEVER: Final = float("-inf")


def rank(lane: Opening) -> int:
    """Nearly everybody who has a mailbox has a phone, and a push costs less."""
    if not lane.express:
        return OTHERS
    return EMERGENCIES if lane.channel == "mail" else PUSHES


class Turns:
    def __init__(self) -> None:
        self._until = [_NEVER] * (OTHERS + 1)
        """Of each rank, in the loop's time: so long somebody before it gets on."""
        self._first = 0
        self._nobody = asyncio.Event()
        self._nobody.set()

    @contextmanager
    def first(self) -> Iterator[None]:
        """While this lasts, nothing new is begun by those who stand back."""
        self._first += 1
        self._nobody.clear()
        try:
            yield
        finally:
            self._first -= 1
            if not self._first:
                self._nobody.set()

    def gets_on(self, rank: int) -> None:
        """Something of this rank was begun, or told of."""
        if rank < OTHERS:
            until = asyncio.get_running_loop().time() + GETS_ON
            self._until[rank + 1 :] = [until] * (OTHERS - rank)

    def busy(self, rank: int) -> bool:
        """Whether this rank had better stand back."""
        return self._left(rank) > 0

    async def let_pass(self, rank: int, longest: float) -> None:
        """Until nothing of the ranks before it gets on any more, `longest` seconds at most."""
        if not self.busy(rank):
            return
        now = asyncio.get_running_loop().time
        until = now() + longest
        while (left := min(self._left(rank), until - now())) > 0:  # noqa: ASYNC110 - that nothing happens
            await asyncio.sleep(left)

    def _left(self, rank: int) -> float:
        until = self._until[rank]
        # Asked for each message: to look for the loop is a system call on Python 3.11.
        return 0.0 if until == _NEVER else until - asyncio.get_running_loop().time()

    async def stand_back(self) -> None:
        """Until nobody goes first any more, LONGEST at most."""
        if self._first:
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the event.
            try:
                async with asyncio.timeout(LONGEST):
                    await self._nobody.wait()
            except TimeoutError:
                return
