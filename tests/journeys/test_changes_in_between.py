"""The town does not stand still between a press and its arrival: who moved, changed or left, and what is still right."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import httpx
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from notices.channels import Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.models import Household, Message, Notice, NoticeHousehold, Planning
from notices.outcomes import Later, Outcome, Sent
from notices.planning import plan
from server.work.worker import Worker
from tests.journeys import story
from tests.phone import Phone
from tests.town import SAKURA, TENANT, Town, town


async def roster(phone: Phone, association: str, text: str) -> None:
    answer: httpx.Response = await phone.http.post(
        f"/api/v1/associations/{association}/roster",
        params={"really": "true"},
        content=text.encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.status_code == 200, answer.text


def boxes(here: Town) -> list[str]:
    memory = here.house.channels["mail"]
    assert isinstance(memory, MemoryChannel)
    return [message.to.address for message in memory.kept if isinstance(message, Mail)]


def lines_without(name: str) -> str:
    return "\n".join(line for line in SAKURA.splitlines() if name not in line)


async def test_a_shared_mailbox_gets_its_mail_as_long_as_one_of_the_two_is_to_have_it(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        other = await here.phone("高橋 健")
        await here.post(other)
        # She, whose row the message was made of, moves out before it leaves; he stays.
        await roster(other, here.sakura, lines_without("山田 花子"))
        await here.work()
        assert boxes(here).count("hanako.yamada@example.jp") == 1


async def test_who_has_left_the_association_gets_nothing_of_it_any_more(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, midori = await here.phone("山田 花子"), await here.phone("小林 茂")
        await here.post(president)
        await roster(president, here.sakura, lines_without("伊藤"))
        neighbour = "東,3,3,伊藤,1丁目 1-3,,7,伊藤 さち,いとう さち,1952,,sachi.ito@example.jp,,,"
        export = await midori.http.get(f"/api/v1/associations/{here.midori}/roster")
        await roster(midori, here.midori, export.text.lstrip("\ufeff").rstrip() + "\n" + neighbour)
        await here.work()
        assert "sachi.ito@example.jp" not in boxes(here)


async def test_a_home_that_somebody_left_before_is_not_called_reached(
    database_url: str, tmp_path: Path
) -> None:
    """The only reader of 田中's mail moved to 伊藤's long ago: a neighbour must see that 田中's has no channel."""
    leader = "6,田中 実,たなか みのる,1944,,minoru.tanaka@example.jp,班長,2026-04-01,2027-03-31"
    moved = SAKURA.replace(
        f"二班,2,202,田中,3丁目 7-2,,{leader}",
        "二班,2,202,田中,3丁目 7-2,,9,田中 とめ,たなか とめ,1920,,,,,",
    ).replace(
        "二班,4,204",
        f"二班,3,203,伊藤,3丁目 7-3,,{leader}\n二班,4,204",
    )
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await roster(president, here.sakura, moved)
        here.clock.pass_(days=5)
        notice = await here.post(president)
        await here.work()
        grades = {row["name"]: row["grade"] for row in (await story.reach(president, notice["id"]))["rows"]}
        assert (grades["田中"], grades["伊藤"]) == ("noChannel", "handedOver")


async def test_a_press_still_counts_after_the_household_moved_to_another_block(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone("山田 花子"), await here.phone("伊藤 さち")
        notice = await here.post(president, audience={"blocks": [here.blocks["二班"]]})
        await resident.pull()
        resident.stamp(notice["id"], resident.home())
        path = f"/api/v1/households/{here.households['伊藤']}"
        assert (await president.http.patch(path, json={"block": here.blocks["一班"]})).status_code == 200
        assert [result["status"] for result in await resident.push()] == ["ok"]
        assert (await story.reach(president, notice["id"]))["grades"]["stamped"] == 1


async def test_a_correction_that_is_sent_again_overtakes_what_still_waits(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        patch = {"baseRevision": 1, "title": "なおした題名", "resend": "all", "askAgain": False}
        assert (await president.http.patch(f"/api/v1/notices/{notice['id']}", json=patch)).status_code == 200
        await here.work()
        assert len(boxes(here)) == len(set(boxes(here))) == 5, "one mail each, not the old one and the new"
        body = await story.reach(president, notice["id"])
        assert (body["grades"]["handedOver"], body["finished"]) == (5, True)


async def test_a_scheduled_notice_of_a_former_officer_goes_back_to_the_officers_of_today(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president, deadline=None, publishAt="2027-04-02T09:00:00+09:00")
        assert notice["state"] == "scheduled"
        here.clock.pass_(days=140)
        await here.work()
        async with here.house.db.read() as session:
            assert (await session.get_one(Notice, (TENANT, notice["id"]))).state == "draft"
        assert boxes(here) == []


async def test_after_a_withdrawal_nothing_is_still_planned(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        await story.act(president, notice["id"], "withdraw")
        body = await story.reach(president, notice["id"])
        assert (body["grades"]["planned"], body["finished"]) == (0, True)
        assert {row["reason"] for row in body["rows"] if row["reason"]} == {"withdrawn"}


async def test_a_replaced_address_is_not_called_stopped_by_its_owner(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        await roster(president, here.sakura, SAKURA.replace("sachi.ito@", "ito.sachi@"))
        await here.work()
        async with here.house.db.read() as session:
            reasons = await session.scalars(select(Message.reason).where(Message.state == "skipped"))
            assert list(reasons) == ["address-changed"]


async def test_a_planning_that_fails_waits_and_the_others_go_on(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, midori = await here.phone("山田 花子"), await here.phone("小林 茂")
        broken = await here.post(president)
        async with here.house.db.write() as session:
            # A chunk that cannot be written: the key of its delivery is taken by a row of nobody.
            row = update(Planning).where(Planning.notice == broken["id"])
            await session.execute(row.values(closed_at=None, after=None, revision=0, resend="broken"))
        real = plan.chunk

        async def poisoned(session: AsyncSession, planning: Planning, now: datetime) -> Sequence[str]:
            if planning.resend == "broken":
                raise RuntimeError("a row nobody can plan")
            return await real(session, planning, now)

        plan.chunk = poisoned
        try:
            sound = await here.post(midori, here.midori)
            async with here.house.db.write() as session:
                again = update(Planning).where(Planning.notice == sound["id"])
                await session.execute(again.values(closed_at=None))
            await here.work()
        finally:
            plan.chunk = real
        async with here.house.db.read() as session:
            closed = await session.scalar(select(Planning.closed_at).where(Planning.notice == sound["id"]))
            tried = await session.scalar(select(Planning.attempt).where(Planning.notice == broken["id"]))
        assert closed is not None
        assert tried == 1, "and it is tried again later, not at every turn"


async def test_a_worker_that_stops_gives_back_what_it_had_not_begun(
    database_url: str, tmp_path: Path
) -> None:
    stop = asyncio.Event()

    def answer(_message: Outgoing) -> Outcome:
        stop.set()
        return Sent(250)

    channels = {"mail": _Stopping(answer, stop), "push": MemoryChannel("push")}
    async with town(database_url, tmp_path, channels) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        await Worker(here.house).run(stop)
        async with here.house.db.read() as session:
            rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
            states = {state: count for state, count in rows}
            crashes = await session.scalar(select(func.sum(Message.crashes)))
        assert states.keys() <= {"sent", "due"}, states
        assert states["due"] >= 1
        assert crashes == 0


class _Stopping(MemoryChannel):
    """Asks for each message alone, as a slow dialogue would; the worker is told to stop after the first."""

    def __init__(self, answer: object, stop: object) -> None:
        super().__init__("mail", answer)  # type: ignore[arg-type]

    async def send(self, batch, *, settle, crossing):  # type: ignore[no-untyped-def]
        for message in batch:
            ours = await crossing([message.id])
            await settle([(message.id, self.answer(message) if ours else Later(None, "lease-lost"))])


async def test_the_households_of_a_notice_are_those_of_its_publication(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        await roster(president, here.sakura, lines_without("渡辺"))
        here.clock.at += timedelta(days=1)
        async with here.house.db.read() as session:
            homes = select(func.count()).select_from(NoticeHousehold)
            assert await session.scalar(homes.where(NoticeHousehold.notice == notice["id"])) == 7
            left = select(func.count()).select_from(Household).where(Household.left_at.is_not(None))
            assert await session.scalar(left) == 1
