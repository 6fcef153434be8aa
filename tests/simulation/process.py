"""A process that can be killed or stalled at a point that has a name. All tasks begun in it die with it."""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

POINTS: Final = (
    "before begin",
    "statement",
    "before commit",
    "after commit",
    "batch in hand",
    "crossed",
    "left",
    "answered",
)
"""Where a process may die. The last four are points of a transport: see transports.py."""

current: ContextVar["Process"] = ContextVar("process")


class Killed(sqlite3.OperationalError):
    """What the tidying up of a dead process meets: nothing it does is done any more."""


@dataclass(eq=False)
class Process:
    name: str
    rng: Random
    doom: tuple[str, int] | None = None
    """The point at which it dies, and at which time of coming there."""
    stall: tuple[str, int, float] | None = None
    """The same of standing still for so many seconds, as a machine that swaps does."""
    latency: float = 0.0
    dead: bool = False
    stalled: bool = False
    """Whether it ever stood still: what it did since may have come too late."""
    until: float = 0.0
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    dies_with: list[Callable[[], object]] = field(default_factory=list)
    """Closes its connections, as the system does."""
    seen: Counter[str] = field(default_factory=Counter)

    async def at(self, point: str) -> None:
        """Raises Killed in a process that is dead; kills or stalls it where its time has come."""
        if self.dead:
            raise Killed("killed")
        self.seen[point] += 1
        if self.doom == (point, self.seen[point]):
            self.die()
            raise asyncio.CancelledError
        if self.stall is not None and self.stall[:2] == (point, self.seen[point]):
            self.stalled, self.until = True, asyncio.get_running_loop().time() + self.stall[2]
        await self.up()
        if self.latency and self.rng.random() < 0.3:
            await asyncio.sleep(self.rng.random() * self.latency)
        if self.dead:
            raise Killed("killed")

    async def up(self) -> None:
        """Returns when it runs again."""
        if (left := self.until - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(left)

    def die(self) -> None:
        self.dead = True
        for close in self.dies_with:
            close()
        for task in self.tasks:
            task.cancel()


class Task(asyncio.Task[Any]):
    """Sets of tasks, asyncio's own too, are gone through by age, and not by what place in memory was free."""

    def __init__(self, age: int, coro: Any, **given: Any) -> None:
        self._age = age
        super().__init__(coro, **given)

    def __hash__(self) -> int:
        return self._age


def factory(loop: Any, coro: Any, context: Any = None) -> asyncio.Task[Any]:
    """Each task belongs to the process that begins it."""
    task = Task(next(loop.ages), coro, loop=loop, context=context)
    owner = context.get(current, None) if context is not None else current.get(None)
    if owner is not None:
        owner.tasks.add(task)
        task.add_done_callback(owner.tasks.discard)
    return task
