"""What no message of our own passes: work that is due, planning, the claim. Who fails there each time is found out too."""

import asyncio
import logging
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, select, text, update

from notices.canary import behind
from notices.due import upsert
from notices.models import Due, Lane, Message, Planning
from server.db import Database
from server.work.worker import Worker
from tests.canary.rig import Rig, rig
from tests.journeys.story import PRESIDENT
from tests.town import circular

BEHIND = "【Kairan】お知らせの送り出しが滞っています"
WELL = "【Kairan】お知らせの送り出しは元に戻りました"


async def refuse(db: Database, what: str, where: str) -> None:
    """The database itself takes no such row of `message` any more. `where`: in SQL, of the row as it would be."""
    async with db.write() as session:
        if db.dialect == "sqlite":
            said = f"CREATE TRIGGER refused BEFORE {what} ON message WHEN {where.format(row='NEW.')} "
            await session.execute(text(said + "BEGIN SELECT RAISE(ABORT, 'refused'); END"))
        else:
            check = f"CHECK (NOT ({where.format(row='')})) NOT VALID"
            await session.execute(text(f"ALTER TABLE message ADD CONSTRAINT refused {check}"))


async def allow(db: Database) -> None:
    async with db.write() as session:
        embedded = db.dialect == "sqlite"
        said = "DROP TRIGGER refused" if embedded else "ALTER TABLE message DROP CONSTRAINT refused"
        await session.execute(text(said))


class Heard(logging.Handler):
    """Until the log says it."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self._said, self.there = said, asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if self._said in record.getMessage():
            self.there.set()


async def works_until(it: Rig, there: asyncio.Event) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Worker(it.here.house, poll=0.02).run(stop))
    try:
        await asyncio.wait_for(there.wait(), 20)
    finally:
        stop.set()
        await running


async def pass_failing(it: Rig, times: int, failure: str) -> None:
    """Every four minutes it is tried again, in vain, and the canaries go out."""
    for _ in range(times):
        await it.pass_(4)
        heard = Heard(failure)
        logging.getLogger("kairan.worker").addHandler(heard)
        await works_until(it, heard.there)
        logging.getLogger("kairan.worker").removeHandler(heard)
        await it.round()


def alarms(it: Rig) -> list[str]:
    return [title for title in it.told() if title.startswith("【Kairan】")]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("undo", "what", "where", "failure", "reason"),
    [
        (60, "INSERT", "{row}channel = 'mail'", "due publish failed", "canary-due"),
        (0, "UPDATE", "{row}state = 'sending'", "lane of mail failed", "canary-claim"),
    ],
)
async def test_a_planner_or_a_claim_that_fails_each_time_is_told_though_every_canary_arrives(
    undo: int, what: str, where: str, failure: str, reason: str, database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path, undo_seconds=undo) as it:
        president = await it.here.phone(PRESIDENT)
        await it.round()
        assert await it.state("work") == "well"
        await refuse(it.here.house.db, what, where)
        await it.here.post(president)
        await pass_failing(it, 2, failure)
        assert (await it.state("work"), it.told()) == ("well", [])
        await pass_failing(it, 1, failure)
        row = await it.row("work")
        assert row is not None
        assert (await it.state("mail"), await it.state("work"), row.reason) == ("well", "red", reason)
        assert alarms(it) == [BEHIND]
        await allow(it.here.house.db)
        await it.pass_(1)
        it.relay.reached.clear()
        await works_until(it, it.relay.reached)
        await it.here.work()
        await it.minutes(3)
        assert alarms(it) == [BEHIND, WELL]


async def farthest(it: Rig) -> behind.Behind:
    house = it.here.house
    async with house.db.read() as session:
        return await behind.farthest(session, house.channels.keys(), house.clock())


async def test_a_plan_that_is_postponed_again_and_again_is_as_late_as_when_it_last_went_on(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        president = await it.here.phone(PRESIDENT)
        await it.here.post(president)
        await it.here.work()
        now = it.here.clock()
        async with it.here.house.db.write() as session:
            await session.execute(delete(Due))
            (plan,) = (await session.scalars(select(Planning))).all()
            plan.closed_at, plan.attempt, plan.due_at = None, 4, now + timedelta(minutes=3)
        # 30 s, 1, 2 and 4 minutes, of which 3 are still to come.
        assert await farthest(it) == (timedelta(minutes=4.5), "canary-plan")
        async with it.here.house.db.write() as session:
            await session.execute(update(Planning).values(stopped="nobody"))
        assert (await farthest(it)).by == timedelta(0), "an officer is asked, and nobody here is late"


async def test_what_waits_at_a_slow_destination_or_one_that_rests_is_not_late(
    database_url: str, tmp_path: Path
) -> None:
    async with rig(database_url, tmp_path) as it:
        president = await it.here.phone(PRESIDENT)
        await it.here.post(president, **circular())
        async with it.here.house.db.write() as session:
            await session.execute(delete(Due))
            now = it.here.clock()
            old = now - timedelta(minutes=30)
            await session.execute(update(Message).values(due_at=old))
        assert await farthest(it) == (timedelta(minutes=30), "canary-claim")
        names = set(await _lanes(it))
        for said, late in (
            ({"last_ok_at": now - timedelta(minutes=3)}, 3),
            ({"last_ok_at": None, "paused_until": now + timedelta(minutes=5)}, 0),
            ({"paused_until": None, "troubles": 3}, 0),
            ({"troubles": 0}, 30),
        ):
            async with it.here.house.db.write() as session:
                for channel, name in names:
                    first = upsert(session, Lane.__table__).values(channel=channel, name=name)
                    await session.execute(first.on_conflict_do_nothing())
                await session.execute(update(Lane).values(**said))
            assert (await farthest(it)).by == timedelta(minutes=late), said
        async with it.here.house.db.write() as session:
            taken = {"lease_until": now + timedelta(minutes=1), "due_at": None, "state": "sending"}
            for _, name in names:
                one = select(Message.id).where(Message.lane == name).limit(1).scalar_subquery()
                await session.execute(update(Message).where(Message.id == one).values(**taken))
        assert (await farthest(it)).by == timedelta(0), "somebody has mail of theirs in hand"


async def _lanes(it: Rig) -> list[tuple[str, str]]:
    async with it.here.house.db.read() as session:
        found = await session.execute(select(Message.channel, Message.lane).distinct())
        return [(channel, lane) for channel, lane in found]
