"""What refusals of pushes lead to: a dead phone is let go, a wrong key of ours is not blamed on phones, and what could
not be pushed goes by mail at once."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, select

from notices.channels import Channel, Outgoing, Push
from notices.channels.memory import MemoryChannel
from notices.models import Address, Delivery, Lane, Message
from notices.outcomes import Gone, Later, Outcome, Refused, Sent
from tests.journeys import story
from tests.journeys.test_delivering import subscription
from tests.server.test_overtaking import emergency
from tests.town import Town, town

ORIGIN = "http://127.0.0.1:1"
WRONG_KEY = Refused(403, "vapid")


def channels(outcome: Outcome) -> dict[str, Channel]:
    def answer(message: Outgoing) -> Outcome:
        return outcome if isinstance(message, Push) else Sent(250)

    return {"mail": MemoryChannel("mail", answer), "push": MemoryChannel("push", answer)}


async def subscribed(here: Town, name: str) -> None:
    phone = await here.phone(name)
    answer = await phone.http.put("/api/v1/me/push-subscription", json=subscription(len(here.phones)))
    assert answer.status_code == 200, answer.text


async def push_lane(here: Town) -> Lane | None:
    async with here.house.db.read() as session:
        return await session.scalar(select(Lane).where(Lane.channel == "push"))


async def test_when_many_keys_are_refused_it_is_ours_that_is_wrong_and_no_phone_is_given_up(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, channels(WRONG_KEY)) as here:
        await subscribed(here, story.NO_CHANNEL)
        for _ in range(20):
            here.house.office.answers.add(("push", ORIGIN), WRONG_KEY, here.clock())
        president = await here.phone(story.PRESIDENT)
        for _ in range(4):
            await here.post(president)
            await here.work()
        async with here.house.db.read() as session:
            kept = (
                await session.execute(
                    select(Address.state, Address.failures).where(Address.channel == "push")
                )
            ).all()
        assert [tuple(row) for row in kept] == [("live", 0)]
        lane = await push_lane(here)
        assert lane is not None
        assert lane.alarm == "vapid"


async def test_a_fault_of_ours_raises_an_alarm_and_gives_up_no_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, channels(Refused(400, "our-fault"))) as here:
        await subscribed(here, story.NO_CHANNEL)
        await here.post(await here.phone(story.PRESIDENT))
        await here.work()
        lane = await push_lane(here)
        assert lane is not None
        assert lane.alarm == "our-fault"
        async with here.house.db.read() as session:
            assert await session.scalar(select(Address.state).where(Address.channel == "push")) == "live"


async def without_mail(here: Town, *names: str) -> None:
    """As if they had given their addresses only now."""
    async with here.house.db.write() as session:
        people = [here.people[name] for name in names]
        mails = select(Delivery.message).join(Message, Message.id == Delivery.message)
        mails = mails.where(Delivery.person.in_(people), Message.channel == "mail")
        ids = (await session.scalars(mails)).all()
        await session.execute(delete(Delivery).where(Delivery.message.in_(ids)))
        await session.execute(delete(Message).where(Message.id.in_(ids)))


@pytest.mark.parametrize(
    ("urgency", "outcome", "mailed"),
    [
        ("urgent", Gone(410, "unsubscribed"), True),
        ("urgent", Later(503, "service-trouble"), False),
        ("ordinary", Gone(410, "unsubscribed"), True),
        ("ordinary", Later(503, "service-trouble"), False),
    ],
)
async def test_what_could_not_be_pushed_is_mailed_at_once(
    database_url: str, tmp_path: Path, urgency: str, outcome: Outcome, mailed: bool
) -> None:
    async with town(database_url, tmp_path, channels(outcome)) as here:
        await subscribed(here, story.RESIDENT)
        president = await here.phone(story.PRESIDENT)
        notice = await here.post(president, urgency=urgency)
        await here.work()
        assert story.sent_to(here).count("sachi.ito@example.jp") == int(mailed)
        ledger: dict[str, Any] = await story.reach(president, notice["id"])
        if mailed:
            assert story.grade_of(ledger, here.households["伊藤"]) == "handedOver"
            assert ledger["finished"] is True


async def test_a_couple_with_one_mailbox_gets_one_mail_for_two_dead_phones(
    database_url: str, tmp_path: Path
) -> None:
    gone = channels(Gone(410, "unsubscribed"))
    async with town(database_url, tmp_path, gone) as here:
        await subscribed(here, story.PRESIDENT)
        await subscribed(here, story.HUSBAND)
        officer = await here.phone(story.OFFICER_2)
        notice = await here.post(officer, urgency="urgent")
        await here.work()
        assert story.sent_to(here).count("hanako.yamada@example.jp") == 1
        rows = (await officer.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()["rows"]
        own = [row["state"] for row in rows if row["household"] == here.households["山田"]]
        assert (own.count("gone"), set(own)) == (2, {"gone", "sent"})


async def test_an_emergency_does_not_wait_for_a_push_to_fail_for_good(
    database_url: str, tmp_path: Path
) -> None:
    trouble = channels(Later(503, "service-trouble"))
    async with town(database_url, tmp_path, trouble) as here:
        await subscribed(here, story.RESIDENT)
        president = await here.phone(story.PRESIDENT)
        await emergency(here, president)
        await without_mail(here, story.RESIDENT)
        for _ in range(2):
            await here.work()
            here.clock.pass_(minutes=2)
        assert story.sent_to(here).count("sachi.ito@example.jp") == 1
        async with here.house.db.read() as session:
            query = select(Message.state, Message.attempt).join(Delivery, Delivery.message == Message.id)
            query = query.where(Message.channel == "push", Delivery.step == "first")
            state, attempt = (await session.execute(query)).one()
        assert (state, attempt >= 2) == ("later", True), "and the push is tried on"


async def test_a_wrong_key_that_no_single_process_has_seen_enough_of_costs_no_phone_its_subscription(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, channels(WRONG_KEY)) as here:
        for name in (story.NO_CHANNEL, story.RESIDENT, story.LEADER_1):
            await subscribed(here, name)
        president = await here.phone(story.PRESIDENT)
        for _ in range(5):
            await here.post(president, kind="notice", deadline=None)
            await here.work()
            # Another process, which has seen nothing yet.
            here.house.office.answers.hours.clear()
        async with here.house.db.read() as session:
            kept = (await session.scalars(select(Address.state).where(Address.channel == "push"))).all()
        assert kept == ["live"] * 3
        lane = await push_lane(here)
        assert (lane is not None and lane.alarm) == "vapid"


@pytest.mark.slow
async def test_one_phone_that_is_refused_again_and_again_among_others_is_given_up(
    database_url: str, tmp_path: Path
) -> None:
    def answer(message: Outgoing) -> Outcome:
        assert isinstance(message, Push)
        return WRONG_KEY if message.to.endpoint == subscription(1)["endpoint"] else Sent(201)

    both: dict[str, Channel] = {"mail": MemoryChannel("mail"), "push": MemoryChannel("push", answer)}
    async with town(database_url, tmp_path, both) as here:
        for name in (story.NO_CHANNEL, story.RESIDENT, story.LEADER_1):
            await subscribed(here, name)
        president = await here.phone(story.PRESIDENT)
        for _ in range(4):
            await here.post(president, kind="notice", deadline=None)
            await here.work()
        async with here.house.db.read() as session:
            query = select(Address.state, Address.reason).where(Address.channel == "push")
            found = sorted(tuple(each) for each in await session.execute(query))
        assert [state for state, _ in found] == ["gone", "live", "live"]
        assert found[0][1] == "vapid"
