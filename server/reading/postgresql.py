"""Cuts of a PostgreSQL database: one kept connection that all pulls of a moment share, and a few for long reads.

`pg_current_snapshot()` names the set of transactions whose work is seen. Whoever commits a write changes it, so the
same text means the same rows; on a standby it says less, and nothing is taken as unchanged there. Whoever comes while
the question is on its way shares the next one: the read has begun after each of its requests arrived.

Long reads are done apart, and where there is a replica they are its work (`apart`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final, TypeVar

import asyncpg
from sqlalchemy.engine import URL

from server.edge.errors import Busy
from server.reading import Prepare, Work, nothing
from server.reading.apart import LOST as _LOST
from server.reading.apart import WRITTEN as _WRITTEN
from server.reading.apart import Apart, Behind, Replica
from server.reading.apart import Long as _Long
from server.reading.memory import Memory, Remembered
from server.together import Together
from sync.questions import DIALECTS, Question, Unread
from sync.tails import Tails

T = TypeVar("T")
_NOW: Final = "SELECT pg_current_snapshot()::text, pg_is_in_recovery()"
_BEGIN: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_LONG: Final = 300
"""Rows. Whoever may read more does so apart, and holds up nobody."""
_TURNS: Final = 8
"""Of the loop, before a question: phones that were just answered come again, and whoever has come shares it. A question
for each ten took a sixth of what a pull costs."""
_CONNECT: Final = 5.0
_ANSWER: Final = 10.0
"""Seconds."""


class PostgresCuts:
    def __init__(self, url: URL, replica: URL | None = None) -> None:
        self.tails = Tails()
        self.prepare: Prepare = nothing
        self._url = url
        self._shared: asyncpg.Connection | None = None
        self._apart = Apart(partial(_connect, url))
        self.replica = Replica(partial(_connect, replica)) if replica is not None else None
        self.long = _LONG
        self._memory = Memory()
        self._together: Together[Work[Any], Any] = Together(self._all, turns=_TURNS)

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
            remembered = Remembered("postgresql", self._memory, self.long)
            outcomes = [await _outcome(work, remembered, connection) for work in works]
        rest = [n for n, outcome in enumerate(outcomes) if isinstance(outcome, Unread) and not outcome.long]
        if rest:
            async with _cut(connection):
                cut = _Asked(connection, self._memory.at(await _state(connection) or object()), self.long)
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
        if self.replica is not None and any(isinstance(each, Unread) for each in outcomes):
            long = _Long(await connection.fetchval(_WRITTEN))
            outcomes = [long if isinstance(each, Unread) else each for each in outcomes]
        return outcomes

    async def _alone(self, work: Work[Any], unread: Unread) -> Any:
        read = partial(_afresh, work, self._memory)
        if self.replica is not None and isinstance(unread, _Long):
            outcome = await self.replica.read(read, unread.written)
            if not isinstance(outcome, Behind):
                return outcome
        try:
            return await self._apart.use(read)
        except _LOST:
            raise Busy from None

    def _drop(self) -> None:
        if self._shared is not None:
            self._shared.terminate()
        self._apart.drop()
        self._shared, self._memory = None, Memory()

    async def close(self) -> None:
        self._drop()
        self._apart.close()
        if self.replica is not None:
            self.replica.close()


class _Asked(Remembered):
    def __init__(self, connection: asyncpg.Connection, memory: Memory, most: int | None = None) -> None:
        super().__init__("postgresql", memory, most)
        self._connection = connection

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:
        self.insist_on_short(about)
        text = question.on("postgresql")
        # asyncpg keeps what it has prepared.
        return text.read(await self._connection.fetch(text.sql, *text.values(given)))


async def _afresh(work: Work[Any], shared: Memory, connection: asyncpg.Connection) -> Any:
    async with _cut(connection):
        now = await _state(connection)
        # The cut that is shared may be an older or a newer one: then what is learnt here is its own.
        memory = shared if now is not None and now == shared.number else Memory()
        return await _outcome(work, _Asked(connection, memory), connection)


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
