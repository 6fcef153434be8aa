"""What a person wishes steers what is sent to them, and never what they see."""

from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update

from notices.channels import Channel, Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.ledger.reasons import REASONS
from notices.models import Message, Notice, Resident
from notices.outcomes import Later, Outcome, Sent
from notices.tokyo import TOKYO
from tests.journeys import story
from tests.journeys.story import MIDORI_PRESIDENT, NO_CHANNEL, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.phone import Phone
from tests.town import TENANT, Town, town

HERS = "sachi.ito@example.jp"


async def wish(phone: Phone, **said: Any) -> dict[str, Any]:
    answer = await try_wish(phone, **said)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def try_wish(phone: Phone, **said: Any) -> httpx.Response:
    return await phone.http.put("/api/v1/me/preferences", json=said)


def busy_once(mailbox: str) -> dict[str, Channel]:
    """A mail server that has no time for this mailbox at first."""
    busy = [Later(450, "mailbox-busy")]

    def answer(message: Outgoing) -> Outcome:
        theirs = isinstance(message, Mail) and message.to.address == mailbox
        return busy.pop() if theirs and busy else Sent(250)

    return {"mail": MemoryChannel("mail", answer), "push": MemoryChannel("push")}


def until(here: Town, hour: int, minute: int = 1, days: int = 0) -> None:
    """Moves the clock on to that time in Tokyo, today or so many days later."""
    local = here.clock().astimezone(TOKYO)
    there = local.replace(hour=hour, minute=minute, second=0)
    here.clock.pass_(days=days, seconds=(there - local).total_seconds())


def hers(here: Town) -> list[EmailMessage]:
    mails = [each for each in story.mails(here) if each.to.address == HERS]
    read = [message_from_bytes(story.text_of(here, each), policy=policy.SMTP) for each in mails]
    return [each for each in read if isinstance(each, EmailMessage)]


def text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    content: str = part.get_content()
    return content


async def test_what_is_wished_is_kept_and_said_back_and_what_is_not_named_stays(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone(RESIDENT)
        await wish(resident, topics={"events": False, "money": False})
        await wish(resident, quietHours={"from": "22:00", "to": "06:30"}, locale="en")
        told = await wish(resident, topics={"money": True}, digest={"every": "weekly", "hour": 9, "day": 5})
        kept = {
            "locale": "en",
            "topics": {"events": False},
            "area": None,
            "quietHours": {"from": "22:00", "to": "06:30"},
            "digest": {"every": "weekly", "hour": 9, "day": 5},
        }
        assert told == kept | {"channels": {"mail": True, "push": False, "line": False}}
        assert (await resident.http.get("/api/v1/me")).json()["preferences"] == kept
        await resident.pull()
        assert resident.records["preferences", here.people[RESIDENT]] == kept, "and on every phone of theirs"
        assert (await wish(resident, quietHours=None))["quietHours"] is None


@pytest.mark.parametrize(
    "said",
    [
        {"locale": "tlh"},
        {"topics": {"gossip": False}},
        {"quietHours": {"from": "25:00", "to": "06:00"}},
        {"quietHours": {"from": "22:00"}},
        {"digest": {"every": "yearly"}},
        {"digest": {"every": "daily", "hour": 24}},
        {"digest": {"every": "weekly", "day": 7}},
        {"area": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"channels": {"pigeon": True}},
    ],
)
async def test_a_wish_nobody_can_grant_is_refused_and_changes_nothing(
    database_url: str, tmp_path: Path, said: dict[str, Any]
) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone(RESIDENT)
        before = await wish(resident)
        refused = await try_wish(resident, **({"locale": "en"} | said))
        assert refused.status_code in (400, 422), refused.text
        assert await wish(resident) == before


async def test_a_wish_said_without_a_signal_counts_when_it_comes_and_only_for_oneself(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        resident = await here.phone(RESIDENT)
        said = {"digest": {"every": "daily", "hour": 7}, "topics": {"rules": False}}
        resident.write("preferences", here.people[RESIDENT], said)
        resident.write("preferences", here.people[PRESIDENT], said)
        await resident.push()
        me = (await resident.http.get("/api/v1/me")).json()["preferences"]
        assert (me["digest"]["every"], me["topics"]) == ("daily", {"rules": False})
        president = await here.phone(PRESIDENT)
        assert (await president.http.get("/api/v1/me")).json()["preferences"]["topics"] == {}


async def test_a_topic_one_does_not_want_sends_no_message_but_is_on_the_phone(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, topics={"events": False})
        await here.post(president, topic="events", title="秋まつり")
        await here.post(president, topic="money", title="会費")
        await here.work()
        assert ["会費" in str(each["Subject"]) for each in hers(here)] == [True]
        await resident.pull()
        assert resident.titles() == {"秋まつり", "会費"}


async def emergency(here: Town, by: Phone) -> None:
    await here.post(by, title="避難してください")
    async with here.house.db.write() as session:
        rows = update(Notice).where(Notice.title == "避難してください").values(urgency="emergency")
        await session.execute(rows.execution_options(journalled=True))
    here.clock.pass_(seconds=61)
    await here.work()


async def test_an_emergency_heeds_no_wish(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await subscribe(resident, subscription(1))
        await wish(
            resident,
            topics={"events": False},
            digest={"every": "weekly"},
            quietHours={"from": "00:00", "to": "23:59"},
        )
        await emergency(here, president)
        assert len(hers(here)) == len(pushes(here)) == 1


async def test_quiet_hours_hold_a_message_until_they_end(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, quietHours={"from": "22:00", "to": "06:30"})
        until(here, 23)
        await here.post(president, deadline=None)
        await here.post(president, urgency="urgent", deadline=None)
        await here.work()
        assert hers(here) == []
        until(here, 6, 31, days=1)
        await here.work()
        assert len(hers(here)) == 2


@pytest.mark.parametrize(
    ("urgency", "ends", "waits"),
    [("ordinary", None, True), ("urgent", None, True), ("urgent", "2026-11-20", False)],
)
async def test_a_retry_that_drifts_into_the_quiet_hours_waits_for_their_end(
    database_url: str, tmp_path: Path, urgency: str, ends: str | None, waits: bool
) -> None:
    channels = busy_once(HERS)
    async with town(database_url, tmp_path, channels) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, quietHours={"from": "22:00", "to": "06:30"})
        until(here, 21, 59)
        notice = await here.post(president, urgency=urgency, deadline=ends)
        await here.work()
        assert hers(here) == [], "refused for now, just before the night"
        until(here, 22, 30)
        await here.work()
        assert len(hers(here)) == int(not waits)
        if not waits:
            return
        rows = (await president.http.get(f"/api/v1/notices/{notice['id']}/deliveries")).json()["rows"]
        waiting = [row["reason"] for row in rows if row["state"] == "due"]
        assert waiting == [REASONS["quiet-hours"]]
        until(here, 23, 30)
        await here.work()
        doors = (await story.reach(president, notice["id"]))["rows"]
        assert [row["doorAt"] for row in doors if row["name"] == "伊藤"] == [None], (
            "nobody is sent to her door at night"
        )
        until(here, 6, 31, days=1)
        await here.work()
        assert len(hers(here)) == 1


async def test_an_emergency_that_is_tried_again_heeds_no_quiet_hours(
    database_url: str, tmp_path: Path
) -> None:
    channels = busy_once(HERS)
    async with town(database_url, tmp_path, channels, undo_seconds=60) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, quietHours={"from": "00:00", "to": "23:59"})
        await emergency(here, president)
        here.clock.pass_(minutes=2)
        await here.work()
        assert len(hers(here)) == 1


async def test_of_a_couple_with_one_mailbox_who_is_awake_is_told_though_the_other_sleeps(
    database_url: str, tmp_path: Path
) -> None:
    theirs = "hanako.yamada@example.jp"
    channels = busy_once(theirs)
    async with town(database_url, tmp_path, channels) as here:
        president = await here.phone(PRESIDENT)
        await wish(president, quietHours={"from": "22:00", "to": "06:30"})
        until(here, 21, 59)
        await here.post(president, deadline=None)
        await here.work()
        until(here, 22, 30)
        await here.work()
        assert story.sent_to(here).count(theirs) == 1


async def test_a_digest_carries_a_week_in_one_mail_and_drops_what_is_off_or_read(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, digest={"every": "weekly", "hour": 9, "day": 2})
        made = [
            await here.post(president, title=title, deadline=None)
            for title in ("第1 *お知らせ*", "第2 [x](y)", "取り下げる", "もう読んだ", "第5")
        ]
        await here.work()
        assert hers(here) == []
        await story.act(president, made[2]["id"], "withdraw")
        told = {"householdId": here.households["伊藤"], "how": "told"}
        await president.http.post(f"/api/v1/notices/{made[3]['id']}/stamps", json=told)
        until(here, 9, days=5)
        await here.work()
        [mail] = hers(here)
        assert mail["Subject"] == "今週のお知らせ 3件・1分"
        said = text(mail)
        assert all(title in said for title in ("第1 *お知らせ*", "第2 [x](y)", "第5"))
        assert not any(title in said for title in ("取り下げる", "もう読んだ"))
        assert f"/n/{made[0]['id']}" in said
        async with here.house.db.read() as session:
            digests = (await session.scalars(select(Message.state).where(Message.digest.is_(True)))).all()
        assert sorted(digests) == ["sent", "skipped", "skipped"], (
            "one for them all; what fell out says why apart"
        )
        ledger = await story.reach(president, made[0]["id"])
        assert story.grade_of(ledger, here.households["伊藤"]) == "handedOver"


async def test_a_part_that_falls_out_of_a_digest_is_nowhere_counted_as_handed_over(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, digest={"every": "daily", "hour": 18})
        kept, muted, read = [
            await here.post(president, title=title, topic=topic, deadline=None)
            for title, topic in (("のこる", "events"), ("もういらない", "money"), ("もう読んだ", "rules"))
        ]
        await here.work()
        await wish(resident, topics={"money": False})
        told = {"householdId": here.households["伊藤"], "how": "told"}
        await president.http.post(f"/api/v1/notices/{read['id']}/stamps", json=told)
        until(here, 18)
        await here.work()
        [mail] = hers(here)
        assert "のこる" in str(mail["Subject"])
        grades = {
            each["title"]: story.grade_of(await story.reach(president, each["id"]), here.households["伊藤"])
            for each in (kept, muted, read)
        }
        assert grades == {"のこる": "handedOver", "もういらない": "noChannel", "もう読んだ": "stamped"}
        report = (await president.http.get(f"/api/v1/notices/{muted['id']}/deliveries")).json()
        hers_alone = [row for row in report["rows"] if row["household"] == here.households["伊藤"]]
        assert [(row["state"], row["reason"]) for row in hers_alone] == [
            ("skipped", REASONS["stopped-topic"])
        ]
        assert (await story.reach(president, muted["id"]))["finished"] is True


async def test_a_digest_with_nothing_left_is_not_sent(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, digest={"every": "daily", "hour": 18})
        for _ in range(2):
            made = await here.post(president)
            await here.work()
            await story.act(president, made["id"], "withdraw")
        until(here, 18)
        await here.work()
        assert hers(here) == []
        async with here.house.db.read() as session:
            found = await session.execute(
                select(Message.state, Message.reason).where(Message.digest.is_(True))
            )
        assert [tuple(each) for each in found] == [("skipped", "withdrawn")]


async def test_what_ends_before_the_digest_does_not_wait_for_it(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, digest={"every": "weekly", "hour": 9, "day": 2})
        await here.post(president, deadline="2026-11-24")
        await here.work()
        assert len(hers(here)) == 1


async def test_the_ladder_waits_for_the_digest_before_it_repeats_anything(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, silent = await here.phone(PRESIDENT), await here.phone(NO_CHANNEL)
        await subscribe(silent, subscription(1))
        await wish(silent, digest={"every": "weekly", "hour": 9, "day": 2})
        notice = await here.post(president, deadline=None)
        await here.work()
        until(here, 8, days=5)
        await here.work()
        assert pushes(here) == []
        until(here, 9)
        await here.work()
        assert len(pushes(here)) == 1
        until(here, 10, days=1)
        await here.work()
        assert len(pushes(here)) == 2, "and goes on a day after it"
        row = next(
            each for each in (await story.reach(president, notice["id"]))["rows"] if each["name"] == "渡辺"
        )
        assert row["doorAt"] is None


async def test_a_digest_that_waits_comes_at_once_when_none_is_wished_any_more(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        await wish(resident, digest={"every": "weekly", "hour": 9, "day": 2})
        await here.post(president, deadline=None)
        await here.work()
        await wish(resident, digest={"every": "now"})
        await here.work()
        [mail] = hers(here)
        assert "秋の清掃" in str(mail["Subject"]), "one alone is no bundle"


async def test_who_has_two_homes_chooses_whose_messages_come(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
        neighbour = await here.phone(MIDORI_PRESIDENT)
        assert (await try_wish(resident, area=here.midori)).status_code == 422
        async with here.house.db.write() as session:
            home = {"tenant": TENANT, "household": here.households["加藤"], "person": here.people[RESIDENT]}
            rows = insert(Resident).values(**home, since=here.clock())
            await session.execute(rows.execution_options(journalled=True))
        await wish(resident, area=here.midori)
        await here.post(president, title="さくらの話")
        await here.post(neighbour, here.midori, title="みどりの話")
        await here.work()
        assert ["みどり" in str(each["Subject"]) for each in hers(here)] == [True]


async def test_the_clock_of_these_stories_is_tokyos(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        until(here, 18)
        assert here.clock() == datetime(2026, 11, 20, 18, 1, tzinfo=TOKYO)
