"""A lane at work: where it is quick the next batch is claimed while one is sent; what is not sent after all goes back."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from notices.channels import Channel, Crossing, Outgoing, Settle
from notices.channels.memory import MemoryChannel
from notices.deliver.claim import BATCH
from notices.models import Message
from notices.outcomes import Sent
from server.work.carriers import Carriers
from server.work.pace import FIRST as SMALL
from server.work.pace import MOST, QUICK, TOGETHER, Pace
from tests.faults.test_two_workers import NEIGHBOURS, move_in
from tests.town import Town, town

pytestmark = pytest.mark.everyday
FIRST = BATCH["mail"]


class Halting(MemoryChannel):
    """Stands still in the middle of its first batch, past half of it."""

    def __init__(self) -> None:
        super().__init__("mail")
        self.stands, self.goes_on = asyncio.Event(), asyncio.Event()
        self.batches: list[int] = []

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        self.batches.append(len(batch))
        ids = [message.id for message in batch]
        await crossing(ids)
        most = len(ids) * 3 // 4
        await settle([(id, Sent(250)) for id in ids[:most]])
        if len(self.batches) == 1:
            self.stands.set()
            await self.goes_on.wait()
        await settle([(id, Sent(250)) for id in ids[most:]])


class StandingStill(MemoryChannel):
    """Settles nothing of one batch until it goes on; `behind` is set when the next has begun."""

    def __init__(self, at: int) -> None:
        super().__init__("mail")
        self._at = at
        self.behind, self.goes_on = asyncio.Event(), asyncio.Event()
        self.batches: list[int] = []

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        self.batches.append(len(batch))
        if len(self.batches) > self._at:
            self.behind.set()
        if len(self.batches) == self._at:
            await self.goes_on.wait()
        await super().send(batch, settle=settle, crossing=crossing)


class Crowd(MemoryChannel):
    """Knows how many destinations it was asked to serve at once."""

    def __init__(self) -> None:
        super().__init__("mail")
        self.inside = self.most = 0
        self.order: list[str] = []

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.order.append(batch[0].lane)
        await super().send(batch, settle=settle, crossing=crossing)
        self.inside -= 1


async def states(here: Town) -> Counter[str]:
    async with here.house.db.read() as session:
        rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
        return Counter({state: count for state, count in rows})


async def until(here: Town, state: str, count: int) -> None:
    while (await states(here))[state] != count:  # noqa: ASYNC110 - another task writes
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("stops", [False, True])
async def test_the_next_batch_is_claimed_while_one_is_sent_and_given_back_where_it_will_not_be(
    database_url: str, tmp_path: Path, stops: bool
) -> None:
    mail, stop = Halting(), asyncio.Event()
    channels: dict[str, Channel] = {"mail": mail, "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here, asyncio.timeout(60):
        await move_in(here)
        await here.post(await here.phone("小林 茂"), here.midori)
        everybody = NEIGHBOURS + 2
        carriers = Carriers(here.house)
        carriers.stop_with(stop)
        await carriers.open()
        await mail.stands.wait()
        await until(here, "sending", everybody - FIRST * 3 // 4)
        if stops:
            stop.set()
        mail.goes_on.set()
        await carriers.drain(30)
        if stops:
            assert mail.batches == [FIRST]
            assert await states(here) == {"sent": FIRST, "due": everybody - FIRST}
        else:
            assert mail.batches == [FIRST, everybody - FIRST]
            assert await states(here) == {"sent": everybody}


async def test_where_batches_go_together_the_next_is_sent_while_the_last_of_one_is_away(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TOGETHER, "mail", 2)
    mail = Halting()
    channels: dict[str, Channel] = {"mail": mail, "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here, asyncio.timeout(60):
        await move_in(here)
        await here.post(await here.phone("小林 茂"), here.midori)
        everybody = NEIGHBOURS + 2
        carriers = Carriers(here.house)
        await carriers.open()
        await mail.stands.wait()
        await until(here, "sent", everybody - FIRST // 4)
        assert mail.batches == [FIRST, everybody - FIRST]
        mail.goes_on.set()
        await carriers.drain(30)
        assert await states(here) == {"sent": everybody}


async def test_in_a_lane_that_is_steady_the_next_batch_lies_ready_before_anything_of_this_one_is_through(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = 16
    monkeypatch.setitem(TOGETHER, "mail", 2)
    monkeypatch.setitem(MOST, "mail", few)
    monkeypatch.setitem(BATCH, "mail", few)
    mail = StandingStill(at=2)
    channels: dict[str, Channel] = {"mail": mail, "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here, asyncio.timeout(60):
        await move_in(here)
        await here.post(await here.phone("小林 茂"), here.midori)
        carriers = Carriers(here.house)
        await carriers.open()
        await mail.behind.wait()
        assert mail.batches == [few, few, few], "the third has begun, nothing of the second is through"
        mail.goes_on.set()
        await carriers.drain(30)
        assert await states(here) == {"sent": NEIGHBOURS + 2}


def test_a_quick_lane_is_taken_in_larger_batches_and_a_slow_one_in_small_ones_again() -> None:
    pace = Pace("mail")
    assert pace.most == FIRST
    assert all(pace.quick(0.1) for _ in range(10))
    assert pace.most == MOST["mail"]
    assert pace.quick(QUICK)
    assert pace.most == MOST["mail"], "as quick as it must be"
    assert not any(pace.quick(60) for _ in range(10))
    assert pace.most == FIRST


def test_the_first_batch_of_a_lane_is_small_however_large_the_others_are() -> None:
    pace = Pace("push")
    assert pace.most == SMALL < BATCH["push"]
    assert pace.quick(0.1)
    assert pace.most == BATCH["push"]
    assert not pace.quick(60)
    assert pace.most == BATCH["push"]


@pytest.mark.slow
async def test_of_many_destinations_a_few_are_served_at_a_time_each_in_its_turn_and_emergencies_at_once(
    database_url: str, tmp_path: Path
) -> None:
    mail = Crowd()
    channels: dict[str, Channel] = {"mail": mail, "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here, asyncio.timeout(60):
        await move_in(here)
        await here.post(await here.phone("小林 茂"), here.midori)
        async with here.house.db.write() as session:
            ids = (await session.scalars(select(Message.id).order_by(Message.id))).all()
            for number, id in enumerate(ids):
                urgency = "emergency" if number == len(ids) - 1 else "ordinary"
                apart = update(Message).where(Message.id == id)
                await session.execute(apart.values(lane=f"d{number:03}.example.jp", urgency=urgency))
        carriers = Carriers(here.house, at_once=3)
        while (await states(here))["sent"] < len(ids):
            await carriers.open()
            await carriers.one_is_done()
        await carriers.drain(30)
        assert mail.most <= 3 + 1
        emergency = f"d{len(ids) - 1:03}.example.jp"
        assert emergency in mail.order[:4]
        others = [lane for lane in mail.order if lane != emergency]
        # Of those that are served at once whoever claims fastest is first, and the one beside may be overtaken twice.
        assert max(abs(place - int(lane[1:4])) for place, lane in enumerate(others)) <= 2 * 3, (
            "each in its turn"
        )
