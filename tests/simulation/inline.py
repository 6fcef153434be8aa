"""SQLite without its thread: each statement runs where it is asked for, at a point where its process may die.

With a thread, what happens next would be a matter of luck; without, it is the seed's. Processes that write the same
file take turns, as SQLite's own lock makes them.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

import server.sqlite
from tests.simulation.process import current

PATIENCE: Final = 5.0
"""Seconds a writer waits for its turn (server/db.py)."""

turns: dict[str, asyncio.Lock] = {}
"""File → whose turn it is to write."""
opened: set["Connection"] = set()


def end_all() -> None:
    """Between runs: a lock belongs to a loop, a connection to a file that is about to be another."""
    for each in list(opened):
        each.stop()
    turns.clear()


class Connection(server.sqlite.Connection):
    def __init__(self, file: str, connector: Callable[[], sqlite3.Connection]) -> None:
        self._file = file
        self._turn: asyncio.Lock | None = None
        self._connection: sqlite3.Connection | None = None
        self._connector = connector
        self._iter_chunk_size = server.sqlite.AHEAD

    def __await__(self) -> Generator[Any, None, "Connection"]:
        return self._open().__await__()

    async def _open(self) -> "Connection":
        self._connection = self._connector()
        opened.add(self)
        if (owner := current.get(None)) is not None:
            owner.dies_with.append(self.stop)
        return self

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        connection = self._connection
        if connection is None:
            raise ValueError("Connection closed")
        process = current.get(None)
        if fn == connection.rollback:
            self._let_go(connection)
        elif fn == connection.commit and connection.in_transaction:
            if process is not None:
                await process.at("before commit")
            fn()
            self._let_go(connection)
            if process is not None:
                await process.at("after commit")
        else:
            begins = bool(args) and str(args[0]).startswith("BEGIN")
            if process is not None:
                await process.at("before begin" if begins else "statement")
            if begins and str(args[0]).endswith("IMMEDIATE"):
                await self._take_turn()
            return fn(*args, **kwargs)
        return None

    async def _take_turn(self) -> None:
        lock = turns.setdefault(self._file, asyncio.Lock())
        try:
            async with asyncio.timeout(PATIENCE if lock.locked() else None):
                await lock.acquire()
        except TimeoutError:
            raise sqlite3.OperationalError("database is locked") from None
        self._turn = lock

    def _let_go(self, connection: sqlite3.Connection) -> None:
        """Whatever was not committed is undone, and the next one may write."""
        connection.rollback()
        if self._turn is not None:
            self._turn.release()
            self._turn = None

    async def close(self) -> None:
        self.stop()

    def stop(self) -> asyncio.Future[Any] | None:
        if self._connection is not None:
            self._let_go(self._connection)
            self._connection.close()
            self._connection = None
            opened.discard(self)
        return None


STATEMENTS: Final = 1_000
"""All that a run says, prepared once for each connection."""


def connection(database: str, **given: Any) -> Connection:
    return Connection(database, partial(sqlite3.connect, database, cached_statements=STATEMENTS, **given))


@contextmanager
def installed() -> Iterator[None]:
    """For the engines that are made meanwhile."""
    real = server.sqlite.connection
    server.sqlite.connection = connection
    try:
        yield
    finally:
        server.sqlite.connection = real
