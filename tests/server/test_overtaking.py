"""An emergency waits for nobody: not for a destination that hangs, not for a plan of thousands, not for a poll."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import select, update

from notices.channels import Crossing, Outgoing, Settle
from notices.channels.memory import MemoryChannel
from notices.models import Message, Notice, Planning
from notices.outcomes import Outcome, Sent
from notices.planning import plan
from server.house import House, build
from server.work.worker import Worker
from tests.phone import Phone
from tests.town import Town, town

LANE = "example.jp"


class Hanging(MemoryChannel):
    """Takes ordinary messages for LANE and answers nothing until it is let go; all else at once."""

    def __init__(self) -> None:
        super().__init__("mail")
        self.let_go = asyncio.Event()
        self.hangs = asyncio.Event()
        self.gone_out: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
        """(lane, urgency) of what was taken."""

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        if batch[0].lane == LANE and batch[0].urgency == "ordinary":
            self.hangs.set()
            await self.let_go.wait()

        async def noted(answers: Sequence[tuple[str, Outcome]]) -> None:
            await settle(answers)
            for id, outcome in answers:
                message = next(each for each in batch if each.id == id)
                if isinstance(outcome, Sent):
                    self.gone_out.put_nowait((message.lane, message.urgency))

        await super().send(batch, settle=noted, crossing=crossing)


@asynccontextmanager
async def working(house: House, poll: float = 0.05) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(Worker(house, poll).run(stop))
    try:
        yield
    finally:
        stop.set()
        house.wake.now()
        await task


async def emergency(here: Town, president: Phone) -> None:
    """As the kind of that name will publish it."""
    notice = await here.post(president, publish=False)
    async with here.house.db.write() as session:
        row = update(Notice).where(Notice.id == notice["id"]).values(urgency="emergency")
        await session.execute(row, execution_options={"journalled": True})
    answer = await president.http.post(f"/api/v1/notices/{notice['id']}/publish")
    assert answer.status_code == 200, answer.text


@pytest.mark.everyday
async def test_a_destination_that_hangs_delays_neither_the_others_nor_its_own_emergencies(
    database_url: str, tmp_path: Path
) -> None:
    mail = Hanging()
    channels = {"mail": mail, "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here, asyncio.timeout(60):
        president = await here.phone("山田 花子")
        async with working(here.house):
            await here.post(president)
            await mail.hangs.wait()
            assert await mail.gone_out.get() == ("docomo.example.jp", "ordinary")
            await emergency(here, president)
            taken = [await mail.gone_out.get() for _ in range(5)]
            assert sorted(taken) == sorted([("docomo.example.jp", "emergency"), *[(LANE, "emergency")] * 4])
            mail.let_go.set()
            assert {await mail.gone_out.get() for _ in range(4)} == {(LANE, "ordinary")}


async def test_an_emergency_is_planned_before_all_that_waits_to_be(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        await here.post(president, urgency="urgent")
        await emergency(here, president)
        async with here.house.db.write() as session:
            await session.execute(update(Planning).values(closed_at=None, due_at=here.clock()))
        order = []
        for _ in range(3):
            async with here.house.db.write() as session:
                planning = await plan.next_open(session, here.clock())
                assert planning is not None
                order.append(planning.urgency)
                planning.closed_at = here.clock()
        assert order == ["emergency", "urgent", "ordinary"]


async def test_a_worker_of_another_process_begins_without_a_poll(
    postgresql_database: str, tmp_path: Path
) -> None:
    mail = Hanging()
    mail.let_go.set()
    async with town(postgresql_database, tmp_path) as here, asyncio.timeout(60):
        house = here.house
        other = build(house.settings, house.keys, {"mail": mail, "push": MemoryChannel("push")}, house.clock)
        assert house.notifier is not None
        assert other.notifier is not None
        async with house.notifier.running(), other.notifier.running(), working(other, poll=3600):
            president = await here.phone("山田 花子")
            await house.notifier.connected.wait()
            await other.notifier.connected.wait()
            await here.post(president)
            for _ in range(5):
                await mail.gone_out.get()
        async with other.db.read() as session:
            assert set(await session.scalars(select(Message.state))) == {"sent"}
        await other.db.close()
