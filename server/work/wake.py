"""A tap on the worker's shoulder. Losing one costs a poll interval, never work."""

import asyncio


class Ear:
    """One loop's own: what is tapped while it is busy is heard when it listens again."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def tap(self) -> None:
        self._event.set()

    async def wait(self, seconds: float) -> None:
        """Returns at the next tap, or after `seconds`."""
        # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the tap.
        try:
            async with asyncio.timeout(seconds):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()


class Wake:
    def __init__(self) -> None:
        self._ears: set[Ear] = set()

    def now(self) -> None:
        for ear in self._ears:
            ear.tap()

    def listen(self) -> Ear:
        ear = Ear()
        self._ears.add(ear)
        return ear

    def leave(self, ear: Ear) -> None:
        self._ears.discard(ear)
