"""Whose turn it is: what is planned leaves before more is planned, though both want the database and the one thread."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

LONGEST: Final = 0.15
"""Seconds that planning stands back for what begins to leave: a destination that hangs must not keep it for ever."""


class Turns:
    def __init__(self) -> None:
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

    async def stand_back(self) -> None:
        """Until nobody goes first any more, LONGEST at most."""
        if self._first:
            # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the event.
            try:
                async with asyncio.timeout(LONGEST):
                    await self._nobody.wait()
            except TimeoutError:
                return
