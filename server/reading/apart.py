"""Reads that take their time: through a few connections of their own, on a replica where there is one.

A replica is read only when it has replayed all that was written before the read began: what a phone is told must not
depend on who tells it. It is waited for, for a moment, by all in one; after a failure nobody waits for a while.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import asyncpg

from server.together import Together
from sync.questions import Unread

R = TypeVar("R")
Connect = Callable[[], Awaitable[asyncpg.Connection]]
Use = Callable[[asyncpg.Connection], Awaitable[R]]

# A TimeoutError is an OSError.
LOST = (
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    OSError,
)
_FAILED = (asyncpg.PostgresError, *LOST)
_APART: Final = 3
_PATIENCE: Final = 1.0
"""Seconds for which a replica that is behind is waited for; then the primary reads itself."""
_LOOK: Final = 0.02
_BEHIND: Final = 5.0
_AWAY: Final = 30.0
"""Seconds for which a replica is left alone after it was behind, or could not be used at all."""

# A commit is flushed before anybody sees it, except with synchronous_commit = off. What is inserted may be more: traces of
# reads and of housekeeping, which reach a replica only some seconds later.
WRITTEN: Final = """
SELECT CASE WHEN place IS NOT NULL THEN ARRAY[
    (SELECT system_identifier::text FROM pg_control_system()), pg_walfile_name(place), place::text,
    wal_block_size::text, bytes_per_wal_segment::text] END
FROM pg_control_init(), (SELECT CASE WHEN pg_is_in_recovery() THEN NULL
    WHEN current_setting('synchronous_commit') = 'off' THEN pg_current_wal_insert_lsn()
    ELSE pg_current_wal_flush_lsn() END AS place) AS log"""
_STANDBY: Final = """
SELECT pg_is_in_recovery(), system_identifier::text, greatest(timeline_id, min_recovery_end_timeline),
    pg_last_wal_replay_lsn()::text
FROM pg_control_system(), pg_control_checkpoint(), pg_control_recovery()"""
_SHORT, _FULL = 24, 40
"""Bytes of a header in the log: of a page, and of a segment's first page."""
_log = logging.getLogger("kairan")


class Long(Unread):
    """To be read apart, by whoever has come as far as the primary `WRITTEN` says (None: it is no primary)."""

    def __init__(self, written: Sequence[str] | None) -> None:
        super().__init__(long=True)
        self.written = None if written is None else Written.of(*written)


class Behind:
    """The replica is not as far as it would have to be, or is away, or no replica."""


class _Foreign(Exception):
    """This is no standby of our primary, or its timeline is another one."""


class _LeftAlone(Exception):
    """Somebody found just now that the replica is of no use."""


@dataclass(frozen=True, slots=True)
class Written:
    server: str
    timeline: int
    end: int
    """Of the last record in the log, behind all that is committed."""

    @classmethod
    def of(cls, server: str, file: str, place: str, page: str, segment: str) -> Written:
        """`place` is where the next record begins. On a new page that is behind a header, which nobody replays before
        the record itself; no record ends there."""
        at = _bytes(place)
        if at % int(segment) == _FULL:
            at -= _FULL
        elif at % int(page) == _SHORT:
            at -= _SHORT
        return cls(server, int(file[:8], 16), at)


@dataclass(frozen=True, slots=True)
class _Standby:
    recovering: bool
    server: str
    timeline: int
    """As its control file knows: after a failover that is the old one until its next restartpoint."""
    replayed: str | None

    @classmethod
    async def seen(cls, connection: asyncpg.Connection) -> _Standby:
        return cls(*await connection.fetchrow(_STANDBY))

    def has(self, written: Written) -> bool:
        if (self.recovering, self.server, self.timeline) != (True, written.server, written.timeline):
            raise _Foreign
        return self.replayed is not None and _bytes(self.replayed) >= written.end


def _bytes(place: str) -> int:
    high, low = place.split("/")
    return int(high, 16) << 32 | int(low, 16)


class Apart:
    """A few connections of one server."""

    def __init__(self, connect: Connect, most: int = _APART) -> None:
        self._connect = connect
        self._idle: list[asyncpg.Connection] = []
        self._room = asyncio.Semaphore(most)
        self._closed = False

    async def use(self, how: Use[R]) -> R:
        """Raises what connecting and `how` raise; then the connection is not used again."""
        async with self._room:
            connection = self._idle.pop() if self._idle else await self._connect()
            try:
                result = await how(connection)
            except BaseException:
                connection.terminate()
                raise
            if self._closed:
                connection.terminate()
            else:
                self._idle.append(connection)
            return result

    def drop(self) -> None:
        for each in self._idle:
            each.terminate()
        self._idle = []

    def close(self) -> None:
        """What is being read is read to its end."""
        self._closed = True
        self.drop()


class Replica:
    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self._apart = Apart(self._opened)
        self._watch = Apart(self._opened, 1)
        self._seen: Together[None, _Standby] = Together(self._look)
        self._alone_until = 0.0
        self.behind = _BEHIND

    async def read(self, how: Use[Any], written: Written | None) -> Any:
        """What `how` returns, or Behind: whatever goes wrong here, the primary can do it."""
        if written is None or self._left_alone():
            return Behind()

        async def sure(connection: asyncpg.Connection) -> Any:
            # An address may lead to several servers: the one that is read must be as far itself.
            if not (await _Standby.seen(connection)).has(written):
                return Behind()
            return await how(connection)

        try:
            if not await self._comes_to(written):
                return Behind()
            outcome = await self._apart.use(sure)
        except _LeftAlone:
            return Behind()
        except _Foreign:
            _log.warning("the replica is no standby of the database, or has another timeline: it is not read")
            return self._leave(_AWAY)
        except _FAILED:
            return self._leave(_AWAY)
        # A conflict with what it replays, above all.
        if isinstance(outcome, (Behind, *_FAILED)):
            return self._leave(self.behind)
        return outcome

    async def _opened(self) -> asyncpg.Connection:
        # A queue of readers must not find out one after the other.
        if self._left_alone():
            raise _LeftAlone
        return await self._connect()

    async def _comes_to(self, written: Written) -> bool:
        """Holds no connection that others could read through."""
        try:
            async with asyncio.timeout(_PATIENCE) as patience:
                while not (await self._seen(None)).has(written):
                    await asyncio.sleep(_LOOK)
                    if self._left_alone():
                        return False
        except TimeoutError:
            if not patience.expired():
                raise
            self._leave(self.behind)
            return False
        return True

    async def _look(self, waiting: Sequence[None]) -> Sequence[_Standby]:
        try:
            return [await self._watch.use(_Standby.seen)] * len(waiting)
        except _FAILED:
            # Those who waited may have gone.
            self._leave(_AWAY)
            raise

    def _left_alone(self) -> bool:
        return asyncio.get_running_loop().time() < self._alone_until

    def _leave(self, seconds: float) -> Behind:
        self._watch.drop()
        self._apart.drop()
        self._alone_until = max(self._alone_until, asyncio.get_running_loop().time() + seconds)
        return Behind()

    def close(self) -> None:
        self._watch.close()
        self._apart.close()
