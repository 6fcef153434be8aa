"""Destinations and their health: one that rests is one row, what is urgent overtakes, and nothing starves."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from notices import deliver
from notices.channels import Channel, Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.deliver.claim import PROBE, SHARE
from notices.models import Lane, Message
from notices.outcomes import Crashed, Later, Outcome, Sent
from tests.town import Town, town

LANE = "example.jp"


def channels(answer: Any) -> dict[str, Channel]:
    return {"mail": MemoryChannel("mail", answer), "push": MemoryChannel("push", answer)}


async def lane_of(here: Town, name: str = LANE) -> Lane | None:
    async with here.house.db.read() as session:
        return await session.get(Lane, ("mail", name))


async def put(here: Town, **values: Any) -> None:
    async with here.house.db.write() as session:
        row = {"channel": "mail", "name": LANE, "asked": False, "troubles": 0} | values
        await session.execute(insert(Lane).values(row))


async def messages(here: Town) -> Sequence[Message]:
    async with here.house.db.read() as session:
        query = select(Message).where(Message.lane == LANE).order_by(Message.id)
        return (await session.scalars(query)).all()


async def claimed(here: Town, *, express: bool = False) -> Sequence[deliver.Claim]:
    house = here.house
    async with house.db.write() as session:
        now = deliver.Moment(here.clock(), await house.db.now(session, house.clock))
        return await deliver.claim(session, house.office, "mail", LANE, now, express=express)


async def test_a_lane_that_rests_is_one_row_and_what_waits_is_not_touched(
    database_url: str, tmp_path: Path
) -> None:
    def answer(message: Outgoing) -> Outcome:
        resting = message.lane == LANE and here.clock() < began + timedelta(minutes=1)
        return Later(421, "server-closing", whole_lane=True) if resting else Sent(250)

    async with town(database_url, tmp_path, channels(answer)) as here:
        began = here.clock()
        president = await here.phone("山田 花子")
        await here.post(president)
        await here.worker.idle()
        row = await lane_of(here)
        assert row is not None
        assert (row.reason, row.code, row.asked) == ("server-closing", 421, True)
        assert row.paused_until is not None
        assert row.paused_until >= began + timedelta(seconds=60)
        await here.post(president, title="そのあいだに")
        await here.worker.idle()
        waiting = [each for each in await messages(here) if each.state == "due"]
        assert [(each.due_at, each.attempt) for each in waiting] == [(began, 0)] * 4
        here.clock.pass_(minutes=5)
        await here.worker.idle()
        assert {each.state for each in await messages(here)} == {"sent"}
        row = await lane_of(here)
        assert row is not None
        assert (row.troubles, row.last_ok_at) == (0, here.clock())


async def test_twenty_troubles_in_a_row_shut_a_lane_that_never_asked(
    database_url: str, tmp_path: Path
) -> None:
    tries = 0

    def answer(message: Outgoing) -> Outcome:
        nonlocal tries
        tries += message.lane == LANE
        return Later(None, "server-silent") if message.lane == LANE else Sent(250)

    async with town(database_url, tmp_path, channels(answer)) as here:
        president = await here.phone("山田 花子")
        for _ in range(8):
            await here.post(president)
        await here.worker.idle()
        row = await lane_of(here)
        assert row is not None
        assert row.paused_until is not None
        assert row.asked is False
        before = tries
        await here.post(president)
        await here.worker.idle()
        assert tries == before, "nobody knocks while it is shut"
        here.clock.pass_(minutes=2)
        async with here.house.db.write() as session:
            await session.execute(update(Message).where(Message.state == "later").values(due_at=here.clock()))
        assert len(await claimed(here)) == PROBE, "and then only a few"


@pytest.mark.parametrize("asked", [True, False])
async def test_an_emergency_keeps_a_pause_only_where_the_destination_asked_for_it(
    database_url: str, tmp_path: Path, asked: bool
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        async with here.house.db.write() as session:
            await session.execute(update(Message).values(urgency="emergency"))
        await put(here, paused_until=here.clock() + timedelta(minutes=1), asked=asked, troubles=1)
        await here.worker.idle()
        assert {each.state for each in await messages(here)} == {"due" if asked else "sent"}


async def test_a_pause_of_years_was_written_by_a_wrong_clock_and_is_none(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        await put(here, paused_until=here.clock() + timedelta(days=3650), asked=True)
        await here.worker.idle()
        assert {each.state for each in await messages(here)} == {"sent"}


@pytest.mark.everyday
async def test_what_is_urgent_overtakes_and_leaves_room_for_the_rest(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        for _ in range(3):
            await here.post(president)
        for _ in range(3):
            await here.post(president, urgency="urgent")
        await put(here, troubles=1)
        urgencies = [claim.urgency for claim in await claimed(here)]
        assert urgencies.count("urgent") == PROBE - PROBE // SHARE
        assert urgencies.count("ordinary") == PROBE // SHARE
        assert not await claimed(here, express=True), "emergencies have a task of their own"


async def test_an_urgent_letter_says_so_and_an_emergency_is_no_choice_of_officers(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president, urgency="urgent")
        assert notice["urgency"] == "urgent"
        await here.work()
        memory = here.house.channels["mail"]
        assert isinstance(memory, MemoryChannel)
        mails = [each for each in memory.kept if isinstance(each, Mail)]
        assert {each.urgency for each in mails} == {"urgent"}
        assert (await here.try_post(president, urgency="emergency")).status_code == 400
        assert (await here.try_post(president, urgency="とても")).status_code == 400


async def test_leases_of_emergencies_are_short(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        async with here.house.db.write() as session:
            await session.execute(update(Message).values(urgency="emergency"))
            began = await here.house.db.now(session, here.clock)
        await claimed(here, express=True)
        ends = {each.lease_until for each in await messages(here)}
        assert all(end and timedelta(0) < end - began < timedelta(seconds=25) for end in ends)


async def test_what_may_kill_workers_travels_apart_and_in_the_end_alone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        for _ in range(2):
            await here.post(president)
        deadly = min(each.id for each in await messages(here))
        sizes = []
        while claims := await claimed(here):
            crashes = {each.id: each.crashes for each in await messages(here)}
            died = deadly in {claim.id for claim in claims}
            outcomes: list[tuple[deliver.Claim, Outcome]] = [
                (claim, Crashed(crashes=crashes[claim.id] + 1) if died else Sent(250)) for claim in claims
            ]
            sizes += [len(claims)] if died else []
            async with here.house.db.write() as session:
                await deliver.settle(session, here.house.office, outcomes, here.clock())
            here.clock.pass_(minutes=1)
        assert sizes == [8, 4, 1]
        states = sorted(each.state for each in await messages(here))
        assert states == ["quarantined"] + ["sent"] * 7, "the neighbours of what kills are spared"
