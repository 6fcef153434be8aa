"""Reads that are asked a hundred times for each write: through kept connections of the drivers, from memory where
nothing was committed since.

Each database can tell in one small question whether anything at all was committed (`sqlite`, `postgresql`). If not,
what was read before is still true; if so, all of it is forgotten and read again. Nothing here waits for a message
that could be lost, and no process need know of another: the next request sees what was committed before it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sync.questions import Cut
from sync.tails import Tails

T = TypeVar("T")
Work = Callable[[Cut], Awaitable[T]]
"""What is computed of one cut. It waits for the cut alone, may be begun twice, and changes nothing."""


class Cuts(Protocol):
    """Gives cuts of one database that are no older than the request for them."""

    tails: Tails

    async def read(self, work: Work[T]) -> T:
        """Raises Busy while the database is away, and what `work` raises."""
        ...

    async def close(self) -> None: ...


__all__ = ["Cut", "Cuts", "Work"]
