"""Reads that are asked a hundred times for each write: through kept connections of the drivers, from memory where
nothing was committed since.

Each database can tell in one small question whether anything at all was committed (`sqlite`, `postgresql`). If not,
what was read before is still true; if so, all of it is forgotten and read again. Nothing here waits for a message
that could be lost, and no process need know of another: the next request sees what was committed before it came.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, TypeVar

from sync.questions import Cut
from sync.tails import Tails

T = TypeVar("T")
Work = Callable[[Cut], Awaitable[T]]
"""What is computed of one cut. It waits for the cut alone, may be begun twice, and changes nothing."""


Prepare = Callable[[Cut, Sequence[Work[Any]]], Awaitable[None]]
"""Reads for all works that share a cut what they need."""


async def nothing(_cut: Cut, _works: Sequence[Work[Any]]) -> None:
    """No preparation."""


class Cuts(Protocol):
    """Gives cuts of one database that are no older than the request for them."""

    tails: Tails
    prepare: Prepare
    """Called before works that share a cut, where each question is a journey."""

    async def read(self, work: Work[T]) -> T:
        """Raises Busy while the database is away, and what `work` raises."""
        ...

    async def close(self) -> None: ...


__all__ = ["Cut", "Cuts", "Prepare", "Work", "nothing"]
