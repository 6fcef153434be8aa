"""One journey for each statement: what comes back is the same as by the driver's own."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from server.sqlite import AHEAD, brief, connection

NUMBERS = text(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :most) SELECT i FROM n"
)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    made = create_async_engine(
        f"sqlite+aiosqlite:///{tmp_path / 'toy.db'}", connect_args={"async_creator_fn": connection}
    )
    async with made.begin() as here:
        await here.execute(text("CREATE TABLE toy (i INTEGER PRIMARY KEY)"))
    yield made
    await made.dispose()


@pytest.mark.parametrize("most", [0, 1, AHEAD - 1, AHEAD, AHEAD + 1, 3 * AHEAD])
async def test_all_rows_come_however_they_are_fetched(engine: AsyncEngine, most: int) -> None:
    wanted = list(range(1, most + 1)) or [1]
    async with engine.connect() as here:
        assert list((await here.execute(NUMBERS, {"most": most})).scalars()) == wanted
        streamed = [row.i async for row in await here.stream(NUMBERS, {"most": most})]
        assert streamed == wanted
        async with here.stream(NUMBERS, {"most": most}) as rows:
            assert [part.i async for part in rows.yield_per(7)] == wanted


async def test_whoever_stops_reading_holds_up_nobody(engine: AsyncEngine) -> None:
    async with engine.connect() as here:
        async with here.stream(NUMBERS, {"most": 10 * AHEAD}) as rows:
            assert (await anext(aiter(rows))).i == 1
        await here.rollback()
    async with engine.begin() as here:
        await here.execute(text("DROP TABLE toy"))


async def test_what_is_written_row_by_row_or_returned_is_whole(engine: AsyncEngine) -> None:
    rows = [{"i": i} for i in range(1, 2 * AHEAD)]
    async with engine.begin() as here:
        assert (await here.execute(text("INSERT INTO toy VALUES (:i)"), rows)).rowcount == len(rows)
        gone = await here.execute(text("DELETE FROM toy RETURNING i"))
        assert sorted(gone.scalars()) == [row["i"] for row in rows]
        assert (await here.execute(text("DELETE FROM toy"))).rowcount == 0


async def test_a_statement_that_fails_says_why_and_the_next_one_works(engine: AsyncEngine) -> None:
    async with engine.begin() as here:
        with pytest.raises(OperationalError, match="no such column"):
            await here.execute(text("SELECT nought"))
        await here.execute(text("INSERT INTO toy VALUES (1)"))
        with pytest.raises(IntegrityError):
            await here.execute(text("INSERT INTO toy VALUES (1)"))
        assert await here.scalar(text("SELECT count(*) FROM toy")) == 1


@pytest.mark.parametrize("few", [True, False])
async def test_what_is_brief_runs_where_it_is_and_is_as_whole(engine: AsyncEngine, few: bool) -> None:
    with brief(few):
        async with engine.connect() as here:
            raw = (await here.get_raw_connection()).driver_connection
            assert raw is not None
            await raw.create_function("thread", 0, threading.get_ident)
            for _ in range(2):
                async with here.begin():
                    place = (await here.execute(text("SELECT thread()"))).scalar_one()
                    assert (place == threading.get_ident()) is few
                    await here.execute(text("INSERT INTO toy (i) VALUES (:i)"), [{"i": 1}, {"i": 2}])
                    with pytest.raises(IntegrityError):
                        await here.execute(text("INSERT INTO toy VALUES (1)"))
                    count = text("DELETE FROM toy RETURNING i")
                    assert len((await here.execute(count)).all()) == 2
    async with engine.connect() as here:
        assert (await here.execute(text("SELECT count(*) FROM toy"))).scalar_one() == 0


async def test_what_is_brief_begins_at_once_and_waits_in_the_thread_for_another_writers_lock(
    tmp_path: Path,
) -> None:
    """The event loop goes on while somebody else writes, and its turn comes when they have ended."""
    other = sqlite3.connect(tmp_path / "toy.db", isolation_level=None)
    other.execute("CREATE TABLE toy (i INTEGER PRIMARY KEY)")
    mine = connection(str(tmp_path / "toy.db"), timeout=30.0, isolation_level=None)
    await mine
    with brief(True):
        await mine.cursor().execute("BEGIN IMMEDIATE")
        assert mine.in_transaction
        await mine.rollback()
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(mine.cursor().execute("BEGIN IMMEDIATE"))
        while not mine._away:  # noqa: ASYNC110 - there is no event of it
            await asyncio.sleep(0)
        assert not mine.in_transaction
        other.execute("COMMIT")
        await waiting
        asked = await mine.cursor().execute("PRAGMA busy_timeout")
        assert list(await asked.fetchall()) == [(30_000,)]
    await mine.rollback()
    await mine.close()
    other.close()
