"""Time that jumps: an event loop whose clock moves to the next timer as soon as nobody has anything to do."""

import asyncio
import selectors
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final

BEGIN: Final = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
STANDING_STILL: Final = 50_000
"""Rounds of the loop in which no time passes: somebody asks again and again, and nothing comes of it."""
ROUNDS: Final = 1_000_000
"""… in one run, and …"""
LATEST: Final = 60 * 86_400.0
"""… the second of it, after which nobody would see the end."""


class Stuck(Exception):
    """Everybody waits, and for nothing that has a time; or somebody goes on, and gets nowhere."""


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
        self._rounds = self._since = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("every task waits for another")
        self._rounds += 1
        if timeout > 0:
            self._time.seconds += timeout
            self._since = self._rounds
        still = self._rounds - self._since
        if still > STANDING_STILL or self._rounds > ROUNDS or self._time.seconds > LATEST:
            raise Stuck(f"{self._rounds} rounds, {still} in the same moment: {self._time.seconds:.3f} s")
        return []


class Loop(asyncio.SelectorEventLoop):
    def __init__(self, time: Time) -> None:
        super().__init__(_Jumping(time))
        self._virtual = time
        self.ages = count()

    def time(self) -> float:
        return self._virtual.seconds


def finished(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """What a task raised that nobody awaits is raised here."""
    for task in tasks:
        if task.done() and not task.cancelled() and (error := task.exception()) is not None:
            raise error
