"""A tap on the worker's shoulder, inside one process. Losing it costs a poll interval, never work."""

import asyncio


class Wake:
    def __init__(self) -> None:
        self._event = asyncio.Event()

    def now(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Returns at the next tap, or after `seconds`."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return
        finally:
            self._event.clear()
