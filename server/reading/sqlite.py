"""Cuts of an SQLite file: one kept connection in the event loop.

`PRAGMA data_version` changes when another connection has committed, ours or another program's; it is answered from
shared memory, in microseconds, and asked once for all requests that were there when the loop took its turn. A thread
would cost more than these reads take: a page is read in less than 3 ms, and nearly all pulls find everything in memory.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Awaitable, Coroutine, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote

from server.edge.errors import Busy
from server.reading import Prepare, Work, nothing
from server.reading.memory import Memory, Remembered
from sync.questions import Question, Unread
from sync.tails import Tails

T = TypeVar("T")
_WAIT = 1.0
"""Seconds for a lock. Readers of a WAL wait only while somebody recovers the file."""


class SqliteCuts:
    def __init__(self, file: Path) -> None:
        self.tails = Tails()
        self.prepare: Prepare = nothing
        self._file = str(file.absolute())
        self._connection: sqlite3.Connection | None = None
        self._place: tuple[int, int] | None = None
        self._memory = Memory()
        self._remembered: Remembered | None = None
        """In this turn of the loop: whoever reads in it had asked before somebody looked."""

    async def read(self, work: Work[T]) -> T:
        try:
            return self._read(work)
        except (sqlite3.OperationalError, FileNotFoundError):
            self._forget()
            raise Busy from None

    def _read(self, work: Work[T]) -> T:
        if (remembered := self._remembered) is None:
            # First the connection: with a new file comes a new memory.
            version = _version(self._kept())
            remembered = self._remembered = Remembered("sqlite", self._memory.at(version))
            # Behind all that is waiting for its turn by now, and before whatever comes from here on.
            asyncio.get_running_loop().call_soon(self._look_again)
        try:
            return _at_once(work(remembered))
        except Unread:
            connection = self._kept()
            connection.execute("BEGIN")
        try:
            # Asked again: from here on the state is held, and between the two somebody may have committed.
            memory = self._memory.at(_version(connection))
            return _at_once(work(_Asked(connection, memory)))
        finally:
            connection.execute("ROLLBACK")

    def _look_again(self) -> None:
        self._remembered = None

    def _kept(self) -> sqlite3.Connection:
        """Opened again where the file is another: a restore puts a new one in its place."""
        found = os.stat(self._file)  # noqa: PTH116  a third of the time
        place = (found.st_dev, found.st_ino)
        if self._connection is None or place != self._place:
            self._forget()
            self._connection, self._place = _open(self._file), place
        return self._connection

    def _forget(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self._memory, self._remembered = None, Memory(), None
        self.tails.forget()

    async def close(self) -> None:
        self._forget()


class _Asked(Remembered):
    def __init__(self, connection: sqlite3.Connection, memory: Memory) -> None:
        super().__init__("sqlite", memory)
        self._connection = connection

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:  # noqa: ARG002
        text = question.on("sqlite")
        return text.read(self._connection.execute(text.sql, text.values(given)).fetchall())


def _open(file: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(file)}?mode=rw", uri=True, isolation_level=None, timeout=_WAIT)
    # Only the writing connection may checkpoint (see server/db.py).
    for pragma in ("wal_autocheckpoint=0", "query_only=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _version(connection: sqlite3.Connection) -> int:
    return cast(int, connection.execute("PRAGMA data_version").fetchall()[0][0])


def _at_once(work: Awaitable[T]) -> T:
    """Run to its end without a pause: the connection holds one cut, and nobody else may begin one meanwhile."""
    coroutine = cast(Coroutine[Any, Any, T], work)
    try:
        coroutine.send(None)
    except StopIteration as end:
        return cast(T, end.value)
    coroutine.close()
    raise RuntimeError("what is read from SQLite must not wait")
