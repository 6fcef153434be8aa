"""What was learnt from one state of the database, and forgotten with it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final

from sync.questions import Question, Unread

MOST: Final = 200_000
"""Things to remember; past that a process begins afresh, rather than grow with the town."""


class Memory:
    """`number` names the state: as long as the database gives the same, everything in here is true."""

    def __init__(self) -> None:
        self.number: object = None
        self.known: dict[Hashable, Any] = {}

    def at(self, number: object) -> Memory:
        if number != self.number or len(self.known) > MOST:
            self.number, self.known = number, {}
        return self


class Remembered:
    """A cut that asks nobody. `most`: rows; whoever may read more is told so at once."""

    def __init__(self, dialect: str, memory: Memory, most: int | None = None) -> None:
        self.dialect = dialect
        # Not through the memory: once it has moved on, this cut must not fill it.
        self._known = memory.known
        self.recall = self._known.get
        self._most = most

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:  # noqa: ARG002
        self.insist_on_short(about)
        raise Unread

    def insist_on_short(self, about: int) -> None:
        if self._most is not None and about > self._most:
            raise Unread(long=True)

    def keep(self, key: Hashable, value: Any) -> None:
        self._known[key] = value
