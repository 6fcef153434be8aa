"""Workers beside each other, one of which dies or sleeps through its lease: nobody is lost, and a sleeper settles nothing."""

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine

from notices.models import Message
from server.sinks.mail import Letterbox
from tests.faults import ledger
from tests.faults.test_kills import HOMES, IN_FLIGHT_MAIL, PHONES, Scene, scene
from tests.forked import Forked

POINTS = {"claimed": 0, "crossed": 5, "sent": 10}


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("workers", [2, 4])
async def test_a_worker_killed_among_others_loses_nobody(
    postgresql_database: str, tmp_path: Path, workers: int, point: str
) -> None:
    async with scene(postgresql_database, tmp_path) as it:
        others = [it.run("never") for _ in range(workers - 1)]
        ends = await asyncio.gather(it.run(point, POINTS[point]), *others)
        # The first may have found less to do than would kill it: the others were quicker.
        assert ends[0] in (-signal.SIGKILL, 0)
        assert set(ends[1:]) <= {0}
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        it.insist_copies_are_bounded(kills=0 if point == "claimed" else 1)


@pytest.mark.slow
@pytest.mark.parametrize("points", [("claimed", "crossed"), ("crossed", "sent"), ("sent", "claimed")])
@pytest.mark.parametrize("workers", [2, 4])
async def test_workers_killed_one_after_the_other_lose_nobody(
    postgresql_database: str, tmp_path: Path, workers: int, points: Sequence[str]
) -> None:
    """Two deaths; a message that is in hand at a third is taken for their cause and set aside (test_lanes.py)."""
    async with scene(postgresql_database, tmp_path) as it:
        kills = 0
        for point, after in [(point, {"claimed": 0, "crossed": 1, "sent": 2}[point]) for point in points]:
            ends = await asyncio.gather(*(it.run(point, after) for _ in range(workers)))
            kills += sum(end == -signal.SIGKILL for end in ends)
            await ledger.time_passes(postgresql_database)
        assert kills, "somebody died"
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        it.insist_copies_are_bounded(kills)


@pytest.mark.slow
@pytest.mark.parametrize("point", ["frozen-claimed", "frozen-sent"])
async def test_a_worker_that_sleeps_through_its_lease_settles_nothing(
    postgresql_database: str, tmp_path: Path, point: str
) -> None:
    """With SQLite there is nobody beside it: who freezes there freezes all."""
    async with scene(postgresql_database, tmp_path) as it, asleep(it, point) as sleeper:
        await asyncio.wait_for(sleeper.stopped(), 60)
        await ledger.the_database_gives_up_on_who_froze(postgresql_database)
        begun = await crossed(postgresql_database)
        assert len(begun) <= (0 if point == "frozen-claimed" else IN_FLIGHT_MAIL)
        books = await it.restart_until_done()
        it.insist_nobody_is_lost(books)
        before = await settled(postgresql_database)
        known, copies = it.mail.count, ledger.mail_copies(it.mail)
        assert ledger.beyond_the_first(copies) <= len(begun)
        sleeper.send_signal(signal.SIGCONT)
        assert await asyncio.wait_for(sleeper.wait(), 60) == 0
        assert await settled(postgresql_database) == before, "behind the fence nothing is written"
        late = [named(letter) for letter in it.mail.messages()[known:]]
        assert begun.issuperset(late), "what it had not begun it does not begin"
        assert len(late) == len(set(late))
        copies = ledger.mail_copies(it.mail)
        assert len(copies) == HOMES - PHONES
        it.insist_copies_are_bounded(kills=1)


@asynccontextmanager
async def asleep(it: Scene, point: str) -> AsyncIterator[Forked]:
    """Gone behind the block in any case."""
    process = it.start(point)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await asyncio.wait_for(process.wait(), 60)


async def crossed(database_url: str) -> set[str]:
    """Mails that may leave, and that nobody has settled: what sleeps between this commit and the final dot goes on there."""
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        query = select(Message.id).where(Message.state == "sending", Message.channel == "mail")
        found = set((await connection.scalars(query.where(Message.crossing_at.is_not(None)))).all())
    await engine.dispose()
    return found


def named(letter: Letterbox) -> str:
    """The message that it is a copy of."""
    return str(letter.parsed["Message-ID"]).strip("<>").partition("@")[0]


async def settled(database_url: str) -> Sequence[tuple[object, ...]]:
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        query = text("SELECT id, state, attempt, code, doubts, crashes, settled_at FROM message ORDER BY id")
        rows = [tuple(row) for row in await connection.execute(query)]
    await engine.dispose()
    return rows
