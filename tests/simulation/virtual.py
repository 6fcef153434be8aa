"""Time that jumps: an event loop whose clock moves to the next timer as soon as nobody has anything to do."""

import asyncio
import selectors
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

BEGIN: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


class Stuck(Exception):
    """Everybody waits, and for nothing that has a time."""


class Time:
    """One time for the loop's timers and for the house's clock."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime:
        return BEGIN + timedelta(seconds=self.seconds)


class _Jumping(selectors.SelectSelector):
    """Nothing comes from outside: where others wait for the network, time passes."""

    def __init__(self, time: Time) -> None:
        super().__init__()
        self._time = time

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("every task waits for another")
        self._time.seconds += max(timeout, 0)
        return []


class Loop(asyncio.SelectorEventLoop):
    def __init__(self, time: Time) -> None:
        super().__init__(_Jumping(time))
        self._virtual = time

    def time(self) -> float:
        return self._virtual.seconds


def finished(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """What a task raised that nobody awaits is raised here."""
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
