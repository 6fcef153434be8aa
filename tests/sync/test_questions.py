"""What stands ready is asked of the driver itself; whoever waits for the database hears of its trouble by the same names."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, bindparam, event, select
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from sync import Question, ask, tell
from sync.errors import Unjournalled

_SEEN = Table("seen", MetaData(), Column("id", Integer, primary_key=True), Column("secret", LargeBinary))
_WRITE = Question(
    lambda _: _SEEN.insert().values(id=bindparam("id"), secret=bindparam("secret", type_=LargeBinary()))
)
_READ = Question(lambda _: select(_SEEN.c.id, _SEEN.c.secret).order_by(_SEEN.c.id))
_NAMES = ("id", "secret")


def _engine(folder: Path) -> AsyncEngine:
    return create_async_engine(f"sqlite+aiosqlite:///{folder / 'toy.db'}", connect_args={"timeout": 0.05})


async def _made(folder: Path) -> None:
    engine = _engine(folder)
    async with engine.begin() as connection:
        await connection.run_sync(_SEEN.metadata.create_all)
    await engine.dispose()


async def test_what_is_rolled_back_was_never_told(tmp_path: Path) -> None:
    await _made(tmp_path)
    engine = _engine(tmp_path)
    async with AsyncSession(engine) as session:
        async with session.begin():
            await tell(session, _WRITE, _NAMES, [(1, b"a"), (2, b"b")])
            assert await ask(session, _READ) == [(1, b"a"), (2, b"b")]
            await session.rollback()
        async with session.begin():
            assert await ask(session, _READ) == []
    await engine.dispose()


async def test_the_next_transaction_of_a_session_has_its_own_connection(tmp_path: Path) -> None:
    await _made(tmp_path)
    engine = _engine(tmp_path)
    async with AsyncSession(engine) as session:
        async with session.begin():
            await tell(session, _WRITE, _NAMES, [(1, b"a"), (2, b"b")])
        await engine.dispose()
        async with session.begin():
            assert len(await ask(session, _READ)) == 2
    await engine.dispose()


async def test_a_database_that_is_locked_is_told_as_ever_and_without_a_row(tmp_path: Path) -> None:
    await _made(tmp_path)
    one, other = _engine(tmp_path), _engine(tmp_path)
    async with AsyncSession(one) as first, AsyncSession(other) as second:
        await tell(first, _WRITE, _NAMES, [(1, b"a"), (2, b"b")])
        with pytest.raises(OperationalError) as locked:
            await tell(second, _WRITE, _NAMES, [(3, b"hidden"), (4, b"hidden")])
        assert "locked" in str(locked.value)
        assert "hidden" not in str(locked.value)
        await second.rollback()
        with pytest.raises(IntegrityError):
            await ask(first, _WRITE, id=1, secret=b"again")
    await one.dispose()
    await other.dispose()


async def test_whoever_listens_to_what_is_asked_hears_it(tmp_path: Path) -> None:
    await _made(tmp_path)
    engine = _engine(tmp_path)
    heard: list[str] = []
    event.listen(engine.sync_engine, "before_cursor_execute", lambda *said: heard.append(said[2]))
    async with AsyncSession(engine) as session, session.begin():
        await ask(session, _READ)
    assert [text.split()[0] for text in heard] == ["SELECT"]
    await engine.dispose()


async def test_what_clients_hold_is_not_changed_behind_the_guard(tmp_path: Path) -> None:
    synced = Table("held", MetaData(), Column("id", Integer, primary_key=True), info={"synced": object})
    question = Question(lambda _: synced.update().values(id=bindparam("id")))
    await _made(tmp_path)
    engine = _engine(tmp_path)
    async with AsyncSession(engine) as session:
        with pytest.raises(Unjournalled):
            await ask(session, question, id=1)
    await engine.dispose()


async def test_one_who_stops_waiting_leaves_nothing_behind(tmp_path: Path) -> None:
    await _made(tmp_path)
    engine = _engine(tmp_path)

    async def write() -> None:
        async with AsyncSession(engine) as session, session.begin():
            await tell(session, _WRITE, _NAMES, [(id, b"x") for id in range(20_000)])

    writing = asyncio.create_task(write())
    for _ in range(5):
        await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    async with AsyncSession(engine) as session, session.begin():
        assert await ask(session, _READ) == []
    await engine.dispose()
