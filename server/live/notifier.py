"""What moved in one process is told to the others: PostgreSQL's NOTIFY, and a look at the heads behind it.

Each process has one connection for this. A NOTIFY inside the writers' transactions would make them queue for a lock
of the whole server at COMMIT, and cost half of the throughput; so what has moved is gathered after the commits and
sent by this connection, at once and then every 50 ms. What is lost between a commit and its NOTIFY, or while the
connection is away, is found by a poll of the heads that somebody here listens to.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, any_, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from notices.ids import new_id
from server.db import Database
from server.work.wake import Wake
from sync import scopes
from sync.live import MADE, PAUSE, Heads, Hub
from sync.models import SyncScope

log = logging.getLogger("kairan.live")

CHANNEL: Final = "kairan_moved"
WORK: Final = "kairan_work"
"""Tells workers that something can begin; their poll finds what is lost here."""
LARGEST: Final = 7_900
"""Bytes of one NOTIFY; PostgreSQL takes less than 8,000."""
NET: Final = 1.0
"""Seconds between looks at the heads while NOTIFY works."""
NET_ALONE: Final = 0.2
"""While it does not."""
SHARE: Final = 20
"""A look that takes long is taken rarely: at most a twentieth of the time goes into it."""
BACK_OFF: Final = (0.2, 10.0)
"""Seconds before a new connection is tried, doubled up to the second."""


class _Said(msgspec.Struct, frozen=True):
    by: str
    heads: dict[str, dict[int, int]]


_read = msgspec.json.Decoder(_Said).decode


class Notifier:
    def __init__(self, db: Database, hub: Hub, wake: Wake) -> None:
        self._db = db
        self._hub = hub
        self._wake = wake
        self._work = False
        self._me = new_id()
        self._waiting: dict[str, dict[int, int]] = {}
        self._something = asyncio.Event()
        self.connected = asyncio.Event()

    def moved(self, heads: Heads) -> None:
        """To our own listeners now, to the other processes with the next NOTIFY."""
        self._hub.moved(heads)
        _merge(self._waiting, heads)
        self._something.set()

    def work(self) -> None:
        """There is something to do: to our own worker now, to those of other processes as soon."""
        self._wake.now()
        self._work = True
        self._something.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._talk()), asyncio.create_task(self._look())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _talk(self) -> None:
        pause = BACK_OFF[0]
        while True:
            try:
                async with self._connected() as connection:
                    pause = BACK_OFF[0]
                    await self._tell_others(connection)
            except Exception as error:
                log.warning("poke across processes is away: %s", type(error).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, BACK_OFF[1])

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Any]:
        # The driver is megabytes of every process, and this is imported where the database is a file, too.
        import asyncpg

        _, given = self._db.url.get_dialect()().create_connect_args(self._db.url)
        connection: Any = await asyncpg.connect(**_of_asyncpg(given), timeout=5)
        try:
            # A server that goes away while nobody speaks is noticed too.
            connection.add_termination_listener(lambda _: self._something.set())
            await connection.add_listener(CHANNEL, self._heard)
            await connection.add_listener(WORK, self._heard_of_work)
            self.connected.set()
            yield connection
        finally:
            self.connected.clear()
            connection.terminate()

    async def _tell_others(self, connection: Any) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            batch, self._waiting = self._waiting, {}
            try:
                if self._work:
                    self._work = False
                    await connection.execute("SELECT pg_notify($1, $2)", WORK, self._me)
                for payload in payloads(self._me, batch):
                    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, payload)
            except BaseException:
                newer, self._waiting = self._waiting, batch
                _merge(self._waiting, newer)
                self._something.set()
                raise
            if connection.is_closed():
                raise ConnectionResetError
            await asyncio.sleep(PAUSE)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: str) -> None:
        with suppress(msgspec.DecodeError):
            said = _read(payload)
            if said.by != self._me:
                self._hub.moved(said.heads)

    def _heard_of_work(self, _connection: object, _pid: int, _channel: str, by: str) -> None:
        if by != self._me:
            self._wake.now()

    async def _look(self) -> None:
        pause = NET_ALONE
        while True:
            await asyncio.sleep(pause)
            loop = asyncio.get_running_loop()
            began = loop.time()
            try:
                await self._find()
            except Exception as error:
                log.warning("heads cannot be read: %s", type(error).__name__)
            pause = max(NET if self.connected.is_set() else NET_ALONE, SHARE * (loop.time() - began))

    async def _find(self) -> None:
        listened = self._hub.heads()
        if not listened:
            return
        async with self._db.read() as session:
            for tenant, known in listened.items():
                ids = literal(list(known), ARRAY(BigInteger))
                query = select(SyncScope.id, SyncScope.head)
                query = query.where(SyncScope.tenant == tenant, SyncScope.id == any_(ids))
                heads = dict((await session.execute(query)).all())
                if MADE in known:
                    heads[MADE] = await scopes.youngest(session, tenant)
                self._hub.found({tenant: heads})


def payloads(by: str, heads: Heads) -> Iterator[str]:
    """As many NOTIFYs as are needed."""
    part: dict[str, dict[int, int]] = {}
    room = LARGEST - 100
    for tenant, moved in heads.items():
        for scope, head in moved.items():
            needs = len(f'"{scope}":{head},') + (0 if tenant in part else len(tenant) + 6)
            if needs > room:
                yield _write(by, part)
                part, room = {}, LARGEST - 100 - len(tenant) - 6
            part.setdefault(tenant, {})[scope] = head
            room -= needs
    if part:
        yield _write(by, part)


def _write(by: str, heads: dict[str, dict[int, int]]) -> str:
    return msgspec.json.encode(_Said(by, heads)).decode()


def _merge(into: dict[str, dict[int, int]], heads: Heads) -> None:
    for tenant, moved in heads.items():
        known = into.setdefault(tenant, {})
        for scope, head in moved.items():
            known[scope] = max(head, known.get(scope, head))


def _of_asyncpg(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what SQLAlchemy alone understands."""
    ours = ("prepared_statement_cache_size", "prepared_statement_name_func", "async_fallback")
    return {name: value for name, value in given.items() if name not in ours and "async_creator" not in name}
