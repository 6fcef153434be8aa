"""SQLite in a thread of its own, one journey to it for each statement.

aiosqlite makes one to get a cursor, one to execute, one for the rows and one to close: twenty-six for the write of one
record, and each takes longer than most statements, many times longer where the machine is busy. A transaction that says
that it is brief goes there to commit, where it has to wait for the disk, and has its statements run where it is; it begins
there only where another process holds the lock.
"""

from __future__ import annotations

import sqlite3
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import partial
from typing import Any, Final, cast

import aiosqlite

AHEAD: Final = 500
"""Rows that come along with the answer. Of a longer one, the rest is fetched by those who want it."""


_brief: ContextVar[bool] = ContextVar("brief", default=False)


@contextmanager
def brief(few: bool) -> Iterator[None]:
    """For transactions whose statements touch so few rows that the event loop had better not wait for a thread."""
    was = _brief.set(few)
    try:
        yield
    finally:
        _brief.reset(was)


class Cursor(aiosqlite.Cursor):
    """Nobody has a cursor of the driver before it has executed."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        super().__init__(connection, cast(sqlite3.Cursor, None))
        self._ahead: deque[Any] = deque()
        self._more = False

    async def _journey(self, work: Callable[..., Any], *given: Any) -> Any:
        return await self._execute(work, *given)  # type: ignore[no-untyped-call]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> aiosqlite.Cursor:
        await self._journey(self._run, sql, parameters or ())
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> aiosqlite.Cursor:
        self._cursor = await self._journey(self._conn._conn.executemany, sql, parameters)
        return self

    def _run(self, sql: str, parameters: Any) -> None:
        """In the thread."""
        self._cursor = cursor = self._conn._conn.execute(sql, parameters)
        self._ahead = deque(cursor.fetchmany(AHEAD) if cursor.description else ())
        self._more = len(self._ahead) == AHEAD

    async def fetchall(self) -> Iterable[Any]:
        rows, self._ahead = self._ahead, deque()
        if self._more:
            self._more = False
            rows.extend(await self._journey(self._cursor.fetchall))
        return rows

    async def fetchmany(self, size: int | None = None) -> Iterable[Any]:
        size = size or self._cursor.arraysize
        if self._more and (missing := size - len(self._ahead)) > 0:
            came = await self._journey(self._cursor.fetchmany, missing)
            self._more = len(came) == missing
            self._ahead.extend(came)
        return [self._ahead.popleft() for _ in range(min(size, len(self._ahead)))]

    async def fetchone(self) -> Any:
        return next(iter(await self.fetchmany(1)), None)

    async def close(self) -> None:
        """What was read to its end holds nothing."""
        if self._more:
            self._more = False
            await self._journey(self._cursor.close)


class Connection(aiosqlite.Connection):
    _away = False
    """Whether something is in the thread, perhaps of somebody who was cancelled and has not waited for its end."""
    patience = 0.0
    """Seconds that a statement waits for another process's lock."""

    def cursor(self) -> Cursor:  # type: ignore[override]
        """SQLAlchemy enters it (`__aenter__`), and does not wait for it before."""
        return Cursor(self)

    async def rollback(self) -> None:
        """Asked of every connection that goes back to the pool: of most there is nothing to undo."""
        if self._away or self._conn.in_transaction:
            await self._execute(self._conn.rollback)

    async def checkpoint(self) -> bool:
        """Takes the log into the file, as far as nobody reads what was there before; whether that was all of it. Only for
        the connection that writes: two that do so at once can damage the file (SQLite < 3.51.3)."""
        [(_, logged, taken)] = await self.execute_fetchall("PRAGMA wal_checkpoint(PASSIVE)")
        return bool(logged == taken)

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        here = self._connection
        if _brief.get() and not self._away and here is not None:
            if _begins(args):
                if _begun_at_once(here, partial(fn, *args, **kwargs), self.patience):
                    return None
            elif fn != here.commit:
                return fn(*args, **kwargs)
        self._away = True
        try:
            result = await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]
        except Exception:
            self._away = False
            raise
        self._away = False
        return result


def _begins(args: tuple[Any, ...]) -> bool:
    return bool(args) and str(args[0]).startswith("BEGIN")


def _begun_at_once(connection: sqlite3.Connection, begin: Callable[[], Any], patience: float) -> bool:
    """False where another process holds the lock: it is waited for in the thread."""
    connection.execute("PRAGMA busy_timeout = 0").close()
    try:
        begin()
    except sqlite3.OperationalError:
        return False
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}").close()
    return True


def connection(database: str, **given: Any) -> Connection:
    """For SQLAlchemy's `async_creator_fn`."""
    connect = partial(sqlite3.connect, database, **given | {"check_same_thread": False})
    made = Connection(connect, iter_chunk_size=AHEAD)
    made.patience = float(given.get("timeout", 5.0))
    # As SQLAlchemy does with those it makes: a connection that is lost must not keep the process alive.
    made._thread.daemon = True
    return made
