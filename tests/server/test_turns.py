"""What is planned leaves before more is planned; while an emergency gets on all else stands back, and not for ever."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import select

from notices.channels import Crossing, Outgoing, Settle
from notices.channels.memory import MemoryChannel
from notices.deliver import Opening
from notices.models import Due, Planning
from notices.planning import plan
from server.house import House
from server.work import duties, turns
from server.work.carriers import Carriers
from server.work.turns import EMERGENCIES, LONGEST, OTHERS, PUSHES, Turns
from server.work.worker import Worker
from tests.server.test_overtaking import working
from tests.town import town

AT_ONCE: Final = 0.05
"""Seconds."""


class Watching(MemoryChannel):
    """How many homes were planned each time that something left."""

    house: House

    def __init__(self) -> None:
        super().__init__("mail")
        self.planned: list[int] = []

    async def send(self, batch: Sequence[Outgoing], *, settle: Settle, crossing: Crossing) -> None:
        async with self.house.db.read() as session:
            self.planned.append((await session.scalars(select(Planning.households))).one())
        await super().send(batch, settle=settle, crossing=crossing)


async def test_the_first_leave_before_the_second_chunk_is_planned(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "HOUSEHOLDS", 1)
    monkeypatch.setattr(turns, "LONGEST", 30)
    mail = Watching()
    async with town(database_url, tmp_path, {"mail": mail, "push": MemoryChannel("push")}) as here:
        mail.house = here.house
        president = await here.phone("山田 花子")
        async with working(here.house, poll=3600), asyncio.timeout(60):
            await here.post(president)
            while not await _planned(here.house):  # noqa: ASYNC110 - another task writes
                await asyncio.sleep(0.01)
        assert mail.planned[0] == 1


async def _planned(house: House) -> bool:
    async with house.db.read() as session:
        return (await session.scalars(select(Planning.closed_at))).one() is not None


async def test_planning_does_not_stand_back_for_ever() -> None:
    here, loop = Turns(), asyncio.get_running_loop()
    began = loop.time()
    with here.first():
        await here.stand_back()
    assert LONGEST <= loop.time() - began < LONGEST + 1
    began = loop.time()
    await here.stand_back()
    assert loop.time() - began < AT_ONCE


def test_an_emergency_s_pushes_go_before_its_mails_and_these_before_all_else() -> None:
    assert turns.rank(Opening("push", "push.example", express=True)) == PUSHES
    assert turns.rank(Opening("line", "line", express=True)) == PUSHES
    assert turns.rank(Opening("mail", "example.jp", express=True)) == EMERGENCIES
    assert {turns.rank(Opening(channel, "x")) for channel in ("push", "mail", "line")} == {OTHERS}


async def test_of_an_emergency_s_lanes_those_begin_first_for_whom_the_others_stand_back(
    sqlite_database: str, tmp_path: Path
) -> None:
    mail, push, other = (
        Opening("mail", "example.jp", express=True),
        Opening("push", "push.example", express=True),
        Opening("mail", "example.jp"),
    )
    async with town(sqlite_database, tmp_path) as here:
        assert Carriers(here.house)._whose_turn([mail, push, other]) == [push, mail, other]


async def test_ledgers_are_written_though_an_emergency_gets_on_all_the_time(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "LEDGERS_AT_ONCE", 1)
    async with town(database_url, tmp_path) as here, asyncio.timeout(60):
        president = await here.phone("山田 花子")
        await here.post(president)
        worker, stop = Worker(here.house, 0.05), asyncio.Event()
        alarm = asyncio.create_task(_never_ends(worker._carriers.turns))
        task = asyncio.create_task(worker.run(stop))
        while await _ledgers_due(here.house):
            here.clock.pass_(seconds=2)
            await asyncio.sleep(0.02)
        alarm.cancel()
        stop.set()
        await task
        await president.pull()
        assert len(president.all("reach")) > 1


async def _ledgers_due(house: House) -> bool:
    async with house.db.read() as session:
        return (
            await session.scalar(select(Due.subject).where(Due.kind.in_(duties.LEDGERS)).limit(1)) is not None
        )


async def _never_ends(turns: Turns) -> None:
    while True:
        turns.gets_on(PUSHES)
        await asyncio.sleep(0.01)


async def test_who_stands_back_goes_on_when_nothing_is_heard_of_those_before_and_in_time_when_it_is() -> None:
    here, loop = Turns(), asyncio.get_running_loop()

    async def waited(rank: int, longest: float) -> float:
        began = loop.time()
        await here.let_pass(rank, longest)
        return loop.time() - began

    assert max([await waited(rank, 10) for rank in (PUSHES, EMERGENCIES, OTHERS)]) < AT_ONCE
    here.gets_on(OTHERS)
    assert not here.busy(OTHERS)
    here.gets_on(PUSHES)
    assert here.busy(OTHERS)
    assert await waited(OTHERS, AT_ONCE) >= AT_ONCE
    assert await waited(PUSHES, 10) < AT_ONCE
    assert turns.GETS_ON - 3 * AT_ONCE < await waited(EMERGENCIES, 10) < turns.GETS_ON + 1
    here.gets_on(EMERGENCIES)
    assert not here.busy(EMERGENCIES)
    assert here.busy(OTHERS)
