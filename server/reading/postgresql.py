"""Cuts of a PostgreSQL database: one kept connection that all pulls of a moment share, and a few for long reads.

`pg_current_snapshot()` names the set of transactions whose work is seen. Whoever commits a write changes it, so the
same text means the same rows; on a standby it says less, and nothing is taken as unchanged there. Whoever comes while
the question is on its way shares the next one: the read has begun after each of its requests arrived.

Where there is a replica, long reads are its work. It is asked only when it has replayed all that was written before
the read began, and is waited for until then, for a moment: what a phone is told must not depend on who tells it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy.engine import URL

from server.errors import Busy
from server.reading import Prepare, Work, nothing
from server.reading.memory import Memory, Remembered
from server.together import Together
from sync.questions import DIALECTS, Question, Unread
from sync.tails import Tails

T = TypeVar("T")
_NOW: Final = "SELECT pg_current_snapshot()::text, pg_is_in_recovery()"
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LONG: Final = 300
"""Rows. Whoever may read more does so apart, and holds up nobody."""
_APART: Final = 3
_WRITTEN: Final = "SELECT pg_current_wal_insert_lsn()::text"
_REPLAYED: Final = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= $1::text::pg_lsn"
_PATIENCE: Final = 1.0
"""Seconds for which a replica that is behind is waited for; then the primary reads itself."""
_LOOK: Final = 0.02
_CONNECT: Final = 5.0
_ANSWER: Final = 10.0
"""Seconds."""  # A TimeoutError is an OSError.
_LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    OSError,
)


class PostgresCuts:
    def __init__(self, url: URL, replica: URL | None = None) -> None:
        self.tails = Tails()
        self.prepare: Prepare = nothing
        self._url = url
        self._shared: asyncpg.Connection | None = None
        self._apart = _Apart(url)
        self._replica = _Apart(replica) if replica is not None else None
        self._memory = Memory()
        self._together: Together[Work[Any], Any] = Together(self._all)

    async def read(self, work: Work[T]) -> T:
        outcome = await self._together(work)
        if isinstance(outcome, Unread):
            outcome = await self._alone(work, outcome)
        if isinstance(outcome, Exception):
            raise outcome
        result: T = outcome
        return result

    async def _all(self, works: Sequence[Work[Any]]) -> Sequence[Any]:
        """For each what it returns or raises; Unread for what is to be read apart."""
        try:
            return await self._batch(works)
        except _LOST:
            # The server was started anew, or ended our connection: once more, on a fresh one.
            self._drop()
        try:
            return await self._batch(works)
        except _LOST:
            self._drop()
            raise Busy from None

    async def _batch(self, works: Sequence[Work[Any]]) -> Sequence[Any]:
        if self._shared is None or self._shared.is_closed():
            self._shared, self._memory = await _connect(self._url), Memory()
        connection = self._shared
        outcomes: list[Any] = [Unread()] * len(works)
        now = await _state(connection)
        if now is not None and now == self._memory.number:
            outcomes = [
                await _outcome(work, Remembered("postgresql", self._memory), connection) for work in works
            ]
        rest = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Unread)]
        if rest:
            async with _cut(connection):
                cut = _Asked(connection, self._memory.at(await _state(connection) or object()), _LONG)
                try:
                    await self.prepare(cut, [works[n] for n in rest])
                except asyncpg.PostgresError as error:
                    if isinstance(error, _LOST):
                        raise
                    rest = []
                for n in rest:
                    outcomes[n] = await _outcome(works[n], cut, connection)
                    if isinstance(outcomes[n], asyncpg.PostgresError | TimeoutError):
                        # The transaction is of no more use. The others are read apart: it is none of their doing.
                        break
        if self._replica is not None and any(isinstance(each, Unread) for each in outcomes):
            long = _Long(await connection.fetchval(_WRITTEN))
            outcomes = [long if isinstance(each, Unread) else each for each in outcomes]
        return outcomes

    async def _alone(self, work: Work[Any], unread: Unread) -> Any:
        if self._replica is not None and isinstance(unread, _Long):
            outcome = await self._replica.read(work, unread.written)
            if not isinstance(outcome, _Behind):
                return outcome
        return await self._apart.read(work)

    def _drop(self) -> None:
        if self._shared is not None:
            self._shared.terminate()
        self._apart.drop()
        self._shared, self._memory = None, Memory()

    async def close(self) -> None:
        self._drop()
        if self._replica is not None:
            self._replica.drop()


class _Long(Unread):
    """To be read apart, by whoever has come to `written`: the place in the primary's log behind all that is committed."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.written = written


class _Behind:
    """The replica is not as far as it would have to be, or is away."""


class _Apart:
    """A few connections for reads that take their time."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._idle: list[asyncpg.Connection] = []
        self._room = asyncio.Semaphore(_APART)

    async def read(self, work: Work[Any], written: str | None = None) -> Any:
        """`written`: this is a replica, which must have come so far. Raises Busy; returns _Behind instead on a replica."""
        async with self._room:
            try:
                connection = self._idle.pop() if self._idle else await _connect(self._url)
            except _LOST:
                if written is not None:
                    return _Behind()
                raise Busy from None
            try:
                if written is not None and not await _come_to(connection, written):
                    outcome: Any = _Behind()
                else:
                    async with _cut(connection):
                        # What it learns is its own: the cut that is shared may be an older or a newer one.
                        outcome = await _outcome(work, _Asked(connection, Memory(), None), connection)
            except BaseException as error:
                connection.terminate()
                if not isinstance(error, _LOST):
                    raise
                if written is not None:
                    return _Behind()
                raise Busy from None
            self._idle.append(connection)
            return outcome

    def drop(self) -> None:
        for each in self._idle:
            each.terminate()
        self._idle = []


async def _come_to(replica: asyncpg.Connection, written: str) -> bool:
    end = asyncio.get_running_loop().time() + _PATIENCE
    while not await replica.fetchval(_REPLAYED, written):
        if asyncio.get_running_loop().time() > end:
            return False
        await asyncio.sleep(_LOOK)
    return True


class _Asked(Remembered):
    def __init__(self, connection: asyncpg.Connection, memory: Memory, most: int | None) -> None:
        super().__init__("postgresql", memory)
        self._connection = connection
        self._most = most

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:
        if self._most is not None and about > self._most:
            raise Unread
        text = question.on("postgresql")
        # asyncpg keeps what it has prepared.
        return text.read(await self._connection.fetch(text.sql, *text.values(given)))


async def _outcome(work: Work[Any], cut: Remembered, connection: asyncpg.Connection) -> Any:
    try:
        return await work(cut)
    except Exception as error:
        if connection.is_closed() or (isinstance(error, _LOST) and not isinstance(error, TimeoutError)):
            raise
        return error


async def _state(connection: asyncpg.Connection) -> str | None:
    """None on a standby: its snapshots name no transactions that are under way."""
    snapshot, standby = await connection.fetchrow(_NOW)
    return None if standby else snapshot


@asynccontextmanager
async def _cut(connection: asyncpg.Connection) -> AsyncIterator[None]:
    await connection.execute(_BEGIN)
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("ROLLBACK")


async def _connect(url: URL) -> asyncpg.Connection:
    _, given = DIALECTS["postgresql"].create_connect_args(url)
    settings = {"application_name": "kairan pulls", "jit": "off"}
    return await asyncpg.connect(**given, timeout=_CONNECT, command_timeout=_ANSWER, server_settings=settings)
