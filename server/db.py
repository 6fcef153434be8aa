"""The database's edge: the only place that opens transactions and the only one that commits.

SQLite: one connection writes (writers queue for it, at most WAIT seconds), others read their own snapshots.
PostgreSQL: a pool; reads are REPEATABLE READ, so a page of sync is one cut.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session

from notices import audit, due
from notices.vault import Vault
from server import sqlite
from server.queue import Queue
from server.reading import Cuts
from server.reading.sqlite import SqliteCuts
from sync import guard, journal
from sync.models import Instant

WAIT = 5.0
"""Seconds a write waits for its turn before the caller is told to come back."""

FORGOTTEN = 30_000
"""Milliseconds after which PostgreSQL ends a transaction that says nothing: a machine that froze in the middle of one
would keep its rows from all others until it wakes."""

LOGGED = 4_000
"""Pages of SQLite's log (4 KiB each) at which whoever commits takes them into the file after all. A press to a whole town
is 2,300; SQLite's own measure is 1,000."""

LONGEST = 600_000
"""Milliseconds after which PostgreSQL 17 and newer end any transaction. Whoever froze between the parts of one question
says nothing and is not idle either: only this frees its rows."""
HAS_LONGEST = (17,)


def utc_now() -> datetime:
    return datetime.now(UTC)


class DatabaseMissing(Exception):
    """A sentence for the operator."""


class _GuardedSession(Session):
    """All our sessions; the guard listens here and not to other people's."""


guard.install(_GuardedSession)


class Database:
    def __init__(
        self, url: str, vault: Vault, clock: Callable[[], datetime] = utc_now, replica: str = ""
    ) -> None:
        self.moved: Callable[[dict[str, dict[int, int]]], None] = _nobody_listens
        """Told after a commit which heads it moved. It must neither wait nor raise, and no work may hang on it: a
        crash in between loses it, and phones then find out at their next pull."""
        self.work: Callable[[], None] = _no_worker
        """Told after a commit that left something to do at once. Under the same terms: workers look by themselves too."""
        self.url: URL = make_url(url)
        self.dialect = self.url.get_dialect().name
        self._vault = vault
        self._clock = clock
        if self.dialect == "sqlite":
            _insist_on_file(self.url)
            writer, reader = _sqlite(self.url, writes=True), _sqlite(self.url, writes=False)
        else:
            writer = _postgresql(self.url)
            reader = writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._engines = (writer, reader)
        self._logged = False
        self._queue = Queue(WAIT)
        self.cuts = _cuts(self.url, replica)
        """What pulls are read from (see server/reading)."""
        self._write = _sessions(writer)
        self._read = _sessions(reader)

    @asynccontextmanager
    async def write(self, *, first: bool = False) -> AsyncIterator[AsyncSession]:
        """One transaction. What everybody writes to is written last, and in one order, so that nobody waits for ever.

        `first`: for an emergency, which on SQLite waits for whoever writes just now and for nobody else (queue.py).
        """
        async with self._turn(first=first), self._write() as session:
            async with session.begin():
                yield session
                heads = await self._settle(session)
                tap = due.tapped(session)
            self._logged = True
            if heads:
                self.moved(heads)
            if tap is due.Tap.EMERGENCY:
                self._queue.keep()
            if tap:
                self.work()

    @asynccontextmanager
    async def rehearsal(self) -> AsyncIterator[AsyncSession]:
        """A transaction that asks what one asks, to its end, and of which nothing stays and nobody hears."""
        async with self._turn(first=False), self._write() as session:
            yield session
            await self._settle(session)
            await session.rollback()

    async def _settle(self, session: AsyncSession) -> dict[str, dict[int, int]]:
        await session.flush()
        await due.settle(session)
        await audit.settle(session)
        return await journal.settle(session, self._vault.seal, unseal=self._vault.open, now=self._clock())

    def _turn(self, *, first: bool) -> AbstractAsyncContextManager[None]:
        return self._queue.turn(first=first) if self.dialect == "sqlite" else nullcontext()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """One snapshot."""
        async with self._read() as session, session.begin():
            yield session

    async def now(self, session: AsyncSession, clock: Callable[[], datetime]) -> datetime:
        """The database's clock where several machines share it, else ours: leases must mean the same to everybody."""
        if self.dialect == "sqlite":
            return clock()
        return (await session.execute(select(func.clock_timestamp(type_=Instant)))).scalar_one()

    async def checkpoint(self) -> None:
        """SQLite: takes what was committed since the last time out of the log into the file, between two transactions, so
        that whoever commits waits for the log alone. What is committed is on the disk before, and stays so without it."""
        if self.dialect != "sqlite" or not self._logged:
            return
        async with self._turn(first=False), self._engines[0].connect() as connection:
            driver = (await connection.get_raw_connection()).driver_connection
            assert isinstance(driver, sqlite.Connection)
            # Somebody may read what was there before: then the rest is taken next time.
            self._logged = not await driver.checkpoint()

    async def close(self) -> None:
        # The writing connection is closed last: whoever is the last one tidies up the file.
        await self.cuts.close()
        for engine in reversed(self._engines):
            await engine.dispose()


def _cuts(url: URL, replica: str) -> Cuts:
    if url.get_backend_name() == "sqlite":
        return SqliteCuts(Path(url.database or ""))
    # The driver is five megabytes of every process that needs it.
    from server.reading.postgresql import PostgresCuts

    return PostgresCuts(url, make_url(replica) if replica else None)


def _sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False, sync_session_class=_GuardedSession)


def _no_worker() -> None: ...


def _nobody_listens(_heads: dict[str, dict[int, int]]) -> None: ...


def _insist_on_file(url: URL) -> None:
    """SQLite would make an empty database of a missing one, and a town would be gone without a word."""
    if url.database and not Path(url.database).exists():
        raise DatabaseMissing(
            f"The database file {url.database} is not there. If this is a new machine, run `kairan init`; "
            "if not, put the file back or use `kairan restore`."
        )


def _postgresql(url: URL) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=8,
        max_overflow=4,
        pool_timeout=WAIT,
        pool_pre_ping=True,
        connect_args={"server_settings": {"idle_in_transaction_session_timeout": str(FORGOTTEN)}},
        hide_parameters=True,  # the text of an error must not carry a row
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        if connection.driver_connection.get_server_version() >= HAS_LONGEST:
            # Beside the settings at the start, which an older server would refuse by ending the connection.
            connection.run_async(lambda driver: driver.execute(f"SET transaction_timeout = {LONGEST}"))

    return engine


def _sqlite(url: URL, *, writes: bool) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=1 if writes else 4,
        pool_use_lifo=True,  # the one that was used last has its pages in memory
        max_overflow=0,
        pool_timeout=WAIT,
        hide_parameters=True,
        connect_args={"isolation_level": None, "timeout": WAIT, "async_creator_fn": sqlite.connection},
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        if writes:
            cursor.execute(f"PRAGMA wal_autocheckpoint={LOGGED}")
        else:
            # Only the writing connection may checkpoint: two that do so at once can damage the file (SQLite < 3.51.3).
            cursor.execute("PRAGMA wal_autocheckpoint=0")
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        # A deferred BEGIN that is upgraded to a write fails at once with "database is locked", whatever the time-out.
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine
