"""What a release still sends: a message is as old as what it says, however late it was planned."""

from pathlib import Path
from typing import Any

from sqlalchemy import update

from notices.models import Message, Notice
from notices.publishing import publish
from server.operations import holding
from tests.journeys import story
from tests.journeys.story import MAILED, PRESIDENT
from tests.town import TENANT, Town, town


async def hold(here: Town) -> None:
    await holding.hold(here.house, {}, lambda *_: None)


async def release(here: Town, **args: Any) -> int:
    """How many messages are too old."""
    result = await holding.release(here.house, {"sendOld": False} | args, lambda *_: None)
    skipped: int = result["skipped"]
    return skipped


async def plan(here: Town) -> None:
    while await here.worker.plan():
        pass


async def test_what_was_planned_after_a_restore_is_as_old_as_its_notice(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president = await here.phone(PRESIDENT)
        posted = await here.post(president)
        # The backup was made while it was held: what the machine that is gone sent since, nobody knows.
        here.clock.pass_(hours=30)
        async with here.house.db.write() as session:
            notice = await session.get_one(Notice, (TENANT, posted["id"]))
            await publish.publish(session, notice, here.clock())
        await plan(here)
        await hold(here)
        assert await release(here) == len(MAILED)
        await here.work()
        assert story.sent(here) == 0, "yesterday's news is not sent by itself"
        ledger = await story.reach(president, posted["id"])
        assert {row["reason"] for row in ledger["rows"]} >= {"held-too-long"}


async def test_what_is_of_today_or_was_corrected_and_sent_again_today_is_sent(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        old = await here.post(president, title="ずっと前", deadline=None)
        await plan(here)
        here.clock.pass_(hours=30)
        await story.correct(president, old["id"], body="日にちを改めました。", resend="all")
        await here.post(president, title="今日", deadline=None)
        await plan(here)
        await hold(here)
        here.clock.pass_(hours=1)
        await release(here)
        await here.work()
        assert set(story.sent_to(here)) == MAILED
        assert len(story.sent_to(here)) == 2 * len(MAILED)


async def test_an_emergency_is_never_too_old(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        await here.post(president)
        await plan(here)
        async with here.house.db.write() as session:
            await session.execute(update(Message).values(urgency="emergency"))
        here.clock.pass_(hours=30)
        await hold(here)
        assert await release(here) == 0


async def test_an_operator_may_send_what_is_old(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        await here.post(await here.phone(PRESIDENT))
        await plan(here)
        here.clock.pass_(hours=30)
        await hold(here)
        assert await release(here, sendOld=True) == 0
        await here.work()
        assert set(story.sent_to(here)) == MAILED


async def test_a_notice_scheduled_into_a_long_hold_goes_back_to_its_officers(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await hold(here)
        notice = await here.post(president, publishAt="2026-11-20T11:00:00+09:00")
        assert notice["state"] == "scheduled"
        here.clock.pass_(days=3)
        await here.work()
        await release(here)
        await here.work()
        answer = await president.http.get(f"/api/v1/notices/{notice['id']}")
        assert answer.json()["state"] == "draft", "three days late is for an officer to decide"


async def test_steps_of_a_ladder_that_are_long_due_wait_a_day_after_a_release(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(PRESIDENT)
        notice = await here.post(president, deadline=None)
        await here.work()
        await hold(here)
        here.clock.pass_(days=4)
        await release(here)
        await here.work()
        assert (await story.reach(president, notice["id"]))["ladder"]["atTheDoor"] == 0
        here.clock.pass_(days=1)
        await here.work()
        assert (await story.reach(president, notice["id"]))["ladder"]["atTheDoor"] > 0
