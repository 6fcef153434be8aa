"""A database with the tables of sync and one table of its own: the toy that stands for an application."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any, cast

from sqlalchemy import String, Table, delete, event, func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from sync import Base, Change, ScopeKey, guard, journal, record
from sync.models import SyncAck, SyncMeta, SyncMutation, SyncRecord, SyncScope, SyncSegment
from sync.mutation import Mutation
from sync.present import present
from sync.pull import Page, Reader, Signer, pull
from sync.questions import Question
from sync.tails import Tails

TENANT = "hana"
NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
A, B = ScopeKey("block", "a"), ScopeKey("block", "b")
SIGNER = Signer(b"the key of the tests")


class ToyBase(DeclarativeBase):
    pass


@guard.synced("notes")
class Note(ToyBase):
    """What clients hold copies of."""

    __tablename__ = "toy_note"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(String(64))


class Deed(ToyBase):
    """One row each time a mutation takes effect."""

    __tablename__ = "toy_deed"
    id: Mapped[int] = mapped_column(primary_key=True)
    mid: Mapped[str] = mapped_column(String(64))


class _ToySession(Session):
    pass


guard.install(_ToySession)


_turn = count()


def seal(tenant: str, plain: bytes) -> bytes:
    """Never the same twice, like the real one."""
    return b"sealed:%b:%d:" % (tenant.encode(), next(_turn)) + b64encode(plain)


def unseal(tenant: str, sealed: bytes) -> bytes:
    mark, owner, _, plain = sealed.split(b":")
    assert (mark, owner) == (b"sealed", tenant.encode())
    return b64decode(plain)


def note(scope: ScopeKey, id: str, body: Any, *, type: str = "notes", sealed: bool = False) -> Change:
    return Change(scope, type, id, None if body is None else {"v": body}, sealed)


class SessionCut:
    """The snapshot of a session, asked through its driver."""

    def __init__(self, session: AsyncSession, dialect: str) -> None:
        self._session = session
        self.dialect = dialect
        self._known: dict[Hashable, Any] = {}

    async def ask(self, question: Question, *, about: int = 1, **given: Any) -> list[Sequence[Any]]:
        text = question.on(self.dialect)
        connection = await self._session.connection()
        rows = await connection.exec_driver_sql(text.sql, text.values(given))
        return text.read([tuple(row) for row in rows])

    def recall(self, key: Hashable) -> Any:
        return self._known.get(key)

    def keep(self, key: Hashable, value: Any) -> None:
        self._known[key] = value


class Store:
    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.now = NOW
        self.dialect = engine.dialect.name
        reader = (
            engine
            if self.dialect == "sqlite"
            else engine.execution_options(isolation_level="REPEATABLE READ")
        )
        self.sessions = _sessions(engine)
        self.tails = Tails()
        """One memory for all pulls of a test: what it holds must be as true as the log."""
        self._readers = _sessions(reader)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        async with self.sessions() as session, session.begin():
            yield session
            await journal.settle(session, seal, unseal=unseal, now=self.now)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        async with self._readers() as session, session.begin():
            yield session

    async def record(self, *changes: Change, tenant: str = TENANT) -> None:
        async with self.write() as session:
            record(session, tenant, *changes)

    async def pull(
        self, scopes: list[ScopeKey], cursor: str | None = None, *, person: str = "hanako", **options: Any
    ) -> Page:
        async with self.read() as session:
            reader = Reader(options.pop("tenant", TENANT), person, "phone")
            signer = options.pop("signer", SIGNER)
            cut = SessionCut(session, self.dialect)
            return await pull(
                cut, self.tails, signer, reader, scopes, cursor=cursor, unseal=unseal, now=NOW, **options
            )

    async def rows(self, model: type[Any], **where: Any) -> list[Any]:
        async with self.read() as session:
            statement = select(model).filter_by(**where).order_by(*model.__table__.primary_key.columns)
            return list(await session.scalars(statement))

    async def scope(self, key: ScopeKey) -> SyncScope:
        return cast(SyncScope, (await self.rows(SyncScope, kind=key.kind, key=key.key))[0])

    async def collect(self, key: ScopeKey, floor: int) -> None:
        """What the collector does, whatever the age of the deletions: the floor first, then the rows."""
        scope = await self.scope(key)
        async with self.write() as session:
            mine = (SyncScope.tenant == TENANT, SyncScope.id == scope.id)
            higher = max(scope.floor, min(floor, scope.head))
            await session.execute(update(SyncScope).where(*mine).values(floor=higher))
            gone = (SyncRecord.scope_id == scope.id, SyncRecord.deleted, SyncRecord.seq <= higher)
            await session.execute(delete(SyncRecord).where(SyncRecord.tenant == TENANT, *gone))

    async def deeds(self) -> dict[str, int]:
        async with self.read() as session:
            counted = await session.execute(select(Deed.mid, func.count()).group_by(Deed.mid))
            return dict(counted.all())


async def stands(session: AsyncSession, context: Any, mutation: Mutation) -> Mapping[str, Any] | None:
    """What a write that did not stand is answered with, by toy rules: everybody is in A and B."""
    return await present(session, TENANT, [A, B], mutation.type, mutation.id)


def _sessions(engine: AsyncEngine) -> async_sessionmaker[AsyncSession]:
    return async_sessionmaker(engine, expire_on_commit=False, sync_session_class=_ToySession)


def sqlite_engine(path: str) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}", pool_size=1, max_overflow=0, connect_args={"isolation_level": None}
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA synchronous=OFF")

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


async def make_tables(engine: AsyncEngine) -> None:
    """Only sync's own: other packages hang theirs on the same Base."""
    models = (SyncScope, SyncRecord, SyncMutation, SyncAck, SyncMeta, SyncSegment)
    async with engine.begin() as connection:
        await connection.run_sync(
            Base.metadata.create_all, tables=[cast(Table, model.__table__) for model in models]
        )
        await connection.run_sync(ToyBase.metadata.create_all)
