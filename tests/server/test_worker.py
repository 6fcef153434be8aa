"""Claim, send, settle: what becomes of a message, and what the ledger then says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from notices import deliver
from notices.channels import Channel, Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.models import Address, City, Message, Notice, Resident
from notices.outcomes import Gone, Later, Outcome, Refused, Sent, Unknown
from notices.planning import plan
from server.house import House
from server.sinks.push import PushSink
from server.work.carriers import Carriers
from tests.phone import Phone
from tests.town import TENANT, Town, town


def channels(answer: Any) -> dict[str, Channel]:
    return {"mail": MemoryChannel("mail", answer), "push": MemoryChannel("push", answer)}


async def states(house: House) -> dict[str, int]:
    async with house.db.read() as session:
        rows = await session.execute(select(Message.state, func.count()).group_by(Message.state))
        return {state: count for state, count in rows}


async def ledger(phone: Phone, notice: dict[str, Any]) -> dict[str, Any]:
    answer = await phone.http.get(f"/api/v1/notices/{notice['id']}/reach")
    body: dict[str, Any] = answer.json()
    assert sum(body["grades"].values()) == body["households"]
    return body


def row_of(body: dict[str, Any], name: str) -> dict[str, Any]:
    row: dict[str, Any] = next(row for row in body["rows"] if row["name"] == name)
    return row


def kept(here: Town, channel: str = "mail") -> list[Outgoing]:
    memory = here.house.channels[channel]
    assert isinstance(memory, MemoryChannel)
    return list(memory.kept)


async def test_two_people_who_share_a_mailbox_get_one_mail_and_both_are_accounted_for(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        await here.work()
        boxes = [message.to.address for message in kept(here) if isinstance(message, Mail)]
        assert boxes.count("hanako.yamada@example.jp") == 1
        deliveries = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()
        assert sum(row["name"] == "山田" for row in deliveries["rows"]) == 2


async def test_a_mailbox_that_is_unknown_is_a_failure_the_officer_can_read(
    database_url: str, tmp_path: Path
) -> None:
    def answer(message: Outgoing) -> Outcome:
        assert isinstance(message, Mail)
        return Gone(550, "mailbox-unknown") if message.to.address.startswith("sachi") else Sent(250)

    async with town(database_url, tmp_path, channels(answer)) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        await here.work()
        row = row_of(await ledger(president, notice), "伊藤")
        assert (row["grade"], row["reason"]) == ("noChannel", "mailbox-unknown")
        deliveries = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()
        assert deliveries["rows"][0]["reason"] == "このメールアドレスは使われていません。"
        async with here.house.db.read() as session:
            rows = await session.scalars(select(Address.state).where(Address.channel == "mail"))
            assert set(rows) == {"live"}, "one refusal does not suppress a mailbox"


async def test_a_couple_whose_one_mailbox_is_dead_is_shown_without_a_channel(
    database_url: str, tmp_path: Path
) -> None:
    def answer(message: Outgoing) -> Outcome:
        assert isinstance(message, Mail)
        return Gone(550, "mailbox-unknown") if message.to.address.startswith("hanako") else Sent(250)

    async with town(database_url, tmp_path, channels(answer)) as here:
        president = await here.phone("高橋 健")
        notice = await here.post(president)
        await here.work()
        assert row_of(await ledger(president, notice), "山田")["grade"] == "noChannel"


async def test_a_subscription_that_is_gone_is_deleted_and_a_refused_key_only_after_three(
    database_url: str, tmp_path: Path
) -> None:
    refused: Outcome = Refused(403, "vapid")
    answers = iter([refused, refused, refused, Gone(410, "unsubscribed")])

    def answer(message: Outgoing) -> Outcome:
        return Sent(250) if isinstance(message, Mail) else next(answers)

    push = PushSink()
    await push.start()
    async with town(database_url, tmp_path, channels(answer), push_hosts=push.origin) as here:
        president, phone = await here.phone("山田 花子"), await here.phone("渡辺 誠")
        await phone.http.put("/api/v1/me/push-subscription", json=push.subscribe("one").as_json())
        seen = []
        for _ in range(3):
            await here.post(president)
            await here.work()
            seen.append(await push_state(here))
        assert seen == ["live", "live", "gone"]
        await phone.http.put("/api/v1/me/push-subscription", json=push.subscribe("two").as_json())
        notice = await here.post(president)
        await here.work()
        assert await push_state(here) == "gone"
        assert row_of(await ledger(president, notice), "渡辺")["reason"] == "unsubscribed"
    await push.close()


async def push_state(here: Town) -> str | None:
    async with here.house.db.read() as session:
        query = select(Address.state).where(Address.channel == "push")
        return await session.scalar(query.order_by(Address.created_at.desc(), Address.id.desc()).limit(1))


@pytest.mark.everyday
@pytest.mark.parametrize("change", ["withdrawn", "stopped", "moved"])
async def test_what_changed_between_plan_and_send_is_looked_at_again(
    database_url: str, tmp_path: Path, change: str
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        async with here.house.db.write() as session:
            # Past the route: what a worker on another machine may find between two of its looks.
            if change == "withdrawn":
                row = update(Notice).values(state="withdrawn")
                await session.execute(row, execution_options={"journalled": True})
            elif change == "stopped":
                await session.execute(update(Address).values(state="off"))
            else:
                rows = update(Resident).values(until=here.clock())
                await session.execute(rows, execution_options={"journalled": True})
        await here.worker.idle()
        assert kept(here) == []
        async with here.house.db.read() as session:
            found = await session.execute(select(Message.state, Message.reason).distinct())
            assert [tuple(row) for row in found] == [("skipped", change)]


@pytest.mark.everyday
async def test_a_message_is_claimed_once_and_a_straggler_settles_nothing(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        house, now = here.house, deliver.Moment(here.clock(), datetime.now(UTC))
        other = replace(house.office, worker="another")
        async with house.db.write() as session:
            first = await deliver.claim(session, house.office, "mail", "example.jp", now)
        async with house.db.write() as session:
            second = await deliver.claim(session, other, "mail", "example.jp", now)
        assert len(first) == 4
        assert second == []
        # The first worker sleeps through its lease; another takes over and sends.
        here.clock.pass_(minutes=5)
        async with house.db.write() as session:
            hour = timedelta(hours=1)
            later = deliver.Moment(now.ours + hour, now.database + hour)
            await deliver.recover(session, other, later)
            taken = await deliver.claim(session, other, "mail", "example.jp", later)
        assert {claim.id for claim in taken} == {claim.id for claim in first}
        async with house.db.write() as session:
            outcomes: list[tuple[deliver.Claim, Outcome]] = [
                (claim, Gone(550, "mailbox-unknown")) for claim in first
            ]
            await deliver.settle(session, house.office, outcomes, later.ours)
            assert await deliver.cross(session, house.office, first, later) == set()
        assert await states(house) == {"sending": 4, "due": 1}


async def test_a_lane_that_asks_for_rest_rests_and_the_others_go_on(
    database_url: str, tmp_path: Path
) -> None:
    def answer(message: Outgoing) -> Outcome:
        tired = message.lane == "example.jp"
        return Later(421, "server-closing", whole_lane=True) if tired else Sent(250)

    async with town(database_url, tmp_path, channels(answer)) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        await here.worker.idle()
        assert await states(here.house) == {"later": 4, "sent": 1}
        body = await ledger(president, notice)
        assert body["finished"] is False
        assert row_of(body, "佐藤")["grade"] == "handedOver"
        assert row_of(body, "田中")["grade"] == "planned"


async def test_a_doubtful_message_is_sent_once_more_and_then_shown_as_unknown(
    database_url: str, tmp_path: Path
) -> None:
    tries: dict[str, int] = {}

    def answer(message: Outgoing) -> Outcome:
        tries[message.id] = tries.get(message.id, 0) + 1
        return Unknown("unanswered")

    async with town(database_url, tmp_path, channels(answer)) as here:
        president = await here.phone("山田 花子")
        notice = await here.post(president)
        for _ in range(4):
            await here.worker.idle()
            await hours_pass(here)
        assert await states(here.house) == {"unknown": 5}
        assert set(tries.values()) == {2}
        assert (await ledger(president, notice))["finished"] is True


async def hours_pass(here: Town) -> None:
    """By the house's clock, and for what waits in the database, whose clock is another on PostgreSQL."""
    here.clock.pass_(hours=1)
    async with here.house.db.write() as session:
        for message in await session.scalars(select(Message).where(Message.due_at.is_not(None))):
            assert message.due_at is not None
            message.due_at -= timedelta(hours=1)


async def test_a_row_that_cannot_be_rendered_is_set_aside_and_the_others_finish(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        await here.post(president)
        async with here.house.db.write() as session:
            poisoned = here.people["伊藤 さち"]
            await session.execute(
                update(Address).where(Address.person == poisoned).values(secret=b"\x01broken")
            )
        for _ in range(5):
            await here.worker.idle()
            await hours_pass(here)
        assert await states(here.house) == {"sent": 4, "quarantined": 1}


async def test_a_city_on_hold_sends_nothing_until_it_is_released(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        async with here.house.db.write() as session:
            row = update(City).where(City.tenant == TENANT).values(on_hold=True)
            await session.execute(row, execution_options={"journalled": True})
        await here.post(president)
        await here.work()
        assert kept(here) == []


async def test_a_second_home_that_is_planned_after_the_message_has_left_is_told_that_it_has(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan, "HOUSEHOLDS", 1)
    async with town(database_url, tmp_path) as here:
        president = await here.phone("山田 花子")
        async with here.house.db.write() as session:
            home = {"tenant": TENANT, "household": here.households["渡辺"], "since": here.clock()}
            for name in ("佐藤 一郎", "高橋 健", "伊藤 さち"):
                row = home | {"person": here.people[name]}
                await (await session.connection()).execute(insert(Resident), row)
        notice = await here.post(president)
        while await here.worker.plan():
            carriers = Carriers(here.house)
            await carriers.open()
            await carriers.drain(10)
        await here.work()
        body = await ledger(president, notice)
        assert row_of(body, "渡辺")["grade"] == "handedOver"
