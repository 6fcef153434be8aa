"""Where there is no proof, the ladder goes on: push, push again, mail, the walking list, the list of who is left."""

from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from notices.channels import Mail, Outgoing, Push
from notices.channels.memory import MemoryChannel
from notices.ladder import climbing
from notices.models import Address, Due, Notice, Rung
from notices.outcomes import Gone, Outcome, Sent
from server.house import House
from server.work import duties, ladders
from server.work.worker import Worker
from tests.journeys import story
from tests.journeys.story import LEADER_2, PRESIDENT, RESIDENT
from tests.journeys.test_delivering import pushes, subscribe, subscription
from tests.phone import Phone
from tests.town import Town, town

HERS = "sachi.ito@example.jp"


async def stamp(phone: Phone, here: Town, notice: str, household: str) -> None:
    answer = await phone.http.post(
        f"/api/v1/notices/{notice}/stamps",
        json={"householdId": here.households[household], "how": "told"},
    )
    assert answer.status_code in (200, 201), answer.text


async def rungs(here: Town) -> list[str]:
    async with here.house.db.read() as session:
        return list(await session.scalars(select(Rung.step)))


async def days(here: Town, count: int) -> None:
    """So many nights go by, and the worker looks in the mornings."""
    for _ in range(count):
        here.clock.pass_(days=1)
        await here.work()


async def ready(here: Town) -> tuple[Phone, Phone]:
    """The president's phone; and a resident's with push, who has a mailbox too."""
    president, resident = await here.phone(PRESIDENT), await here.phone(RESIDENT)
    await subscribe(resident, subscription(1))
    return president, resident


def title(here: Town, mail: Mail) -> str:
    return str(message_from_bytes(story.text_of(here, mail), policy=policy.default)["Subject"])


async def test_a_home_that_says_nothing_climbs_from_push_to_mail_to_the_door(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president, deadline=None)
        await here.work()
        assert (len(pushes(here)), HERS in story.sent_to(here)) == (1, False)
        await days(here, 1)
        assert (len(pushes(here)), HERS in story.sent_to(here)) == (2, False), "push again"
        await days(here, 1)
        assert (len(pushes(here)), story.sent_to(here).count(HERS)) == (2, 1), "then mail"
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"]["residual"] == 0
        await days(here, 3)
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"] == {"atTheDoor": 7, "residual": 2}
        assert all(row["doorAt"] for row in ledger["rows"])
        await days(here, 4)
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"] == {"atTheDoor": 7, "residual": 7}
        assert await rungs(here) == [], "and there it ends"
        heard = [mail.to.address for mail in story.mails(here) if "確かめられない" not in title(here, mail)]
        assert len(heard) == len(set(heard)), "a mailbox hears of it once"


async def test_a_home_without_any_channel_is_on_the_walking_list_when_anybody_first_looks(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president, deadline=None)
        await here.work()
        await days(here, 1)
        ledger = await story.reach(president, notice["id"])
        on_the_list = {row["name"] for row in ledger["rows"] if row["doorAt"]}
        assert on_the_list == {"鈴木", "渡辺"}
        assert ledger["ladder"] == {"atTheDoor": 2, "residual": 0}


async def test_the_ladder_stops_at_the_first_proof(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        leader = await here.phone(LEADER_2)
        notice = await here.post(president, deadline=None)
        await here.work()
        await stamp(leader, here, notice["id"], "伊藤")
        await days(here, 10)
        assert (len(pushes(here)), HERS in story.sent_to(here)) == (1, False)
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"] == {"atTheDoor": 6, "residual": 6}


async def test_of_news_that_asks_for_nothing_the_phone_is_proof_and_nobody_walks(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, resident = await ready(here)
        held = await here.post(president, kind="notice", deadline=None)
        await here.work()
        await resident.pull()
        await resident.pull()
        await here.work()
        await days(here, 10)
        assert (len(pushes(here)), HERS in story.sent_to(here)) == (1, False)
        ledger = await story.reach(president, held["id"])
        assert ledger["ladder"] == {"atTheDoor": 0, "residual": 0}
        await here.post(president, kind="notice", deadline=None)
        await here.work()
        await days(here, 2)
        assert HERS in story.sent_to(here), "a phone that does not come is helped by mail"


async def test_an_urgent_notice_climbs_within_the_hour(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president, urgency="urgent", deadline=None)
        await here.work()
        for _ in range(6):
            here.clock.pass_(minutes=10)
            await here.work()
        assert (len(pushes(here)), story.sent_to(here).count(HERS)) == (2, 1)
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"]["atTheDoor"] == 7


async def test_an_emergency_goes_by_every_channel_at_once_and_the_list_is_ready_in_minutes(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path, undo_seconds=60) as here:
        president, _ = await ready(here)
        notice = await here.post(president, deadline=None)
        async with here.house.db.write() as session:
            rows = update(Notice).values(urgency="emergency")
            await session.execute(rows.execution_options(journalled=True))
        here.clock.pass_(seconds=61)
        await here.work()
        assert (len(pushes(here)), story.sent_to(here).count(HERS)) == (1, 1)
        here.clock.pass_(minutes=6)
        await here.work()
        here.clock.pass_(minutes=6)
        await here.work()
        assert len(pushes(here)) == 2
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"]["atTheDoor"] == 7


async def test_a_withdrawn_notice_climbs_no_further(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president)
        await here.work()
        await days(here, 1)
        assert await rungs(here)
        before = story.sent(here)
        assert (await story.act(president, notice["id"], "withdraw")).status_code == 200
        assert await rungs(here) == []
        await days(here, 12)
        assert story.sent(here) == before
        async with here.house.db.read() as session:
            left = (await session.scalars(select(Due.kind))).all()
        assert not {"ladder", "remind"} & set(left)


async def test_a_correction_that_is_sent_again_begins_the_ladder_anew(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president, deadline=None)
        await here.work()
        await days(here, 1)
        answer = await story.correct(president, notice["id"], title="直しました", resend="all")
        assert answer.status_code == 200, answer.text
        assert await rungs(here) == []
        await here.work()
        assert (len(pushes(here)), HERS in story.sent_to(here)) == (3, False)
        await days(here, 2)
        assert (len(pushes(here)), story.sent_to(here).count(HERS)) == (4, 1)


async def test_who_has_not_answered_is_reminded_the_evening_before_and_on_the_morning(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        leader = await here.phone(LEADER_2)
        notice = await here.post(president, deadline="2026-11-21")
        await here.work()
        await stamp(leader, here, notice["id"], "田中")
        first = story.sent(here)
        here.clock.pass_(hours=8, minutes=1)  # 18:01 in Tokyo
        await here.work()
        reminded = story.mails(here)[-(story.sent(here) - first - 1) :]
        assert story.sent(here) == first + 4, "one push, three mailboxes; the Tanakas have answered"
        assert {each.to.address for each in reminded} == story.MAILED - {HERS, "minoru.tanaka@example.jp"}
        assert all("あすまで" in subject(here, each) for each in reminded)
        here.clock.pass_(hours=13)  # 7:01
        await here.work()
        assert story.sent(here) == first + 8
        assert "きょうまで" in subject(here, story.mails(here)[-1])


def subject(here: Town, mail: Any) -> str:
    return str(message_from_bytes(story.text_of(here, mail), policy=policy.SMTP)["Subject"])


async def test_reminders_follow_a_deadline_that_is_moved(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president, deadline="2026-11-21")
        await here.work()
        assert (await story.correct(president, notice["id"], deadline="2026-12-20")).status_code == 200
        first = story.sent(here)
        here.clock.pass_(hours=22)
        await here.work()
        assert story.sent(here) == first, "the old evening and morning mean nothing any more"
        async with here.house.db.read() as session:
            kept = (await session.scalars(select(Due.subject).where(Due.kind == "remind"))).all()
        assert len(kept) == 2


async def test_a_push_that_can_never_arrive_falls_to_mail_at_once(database_url: str, tmp_path: Path) -> None:
    def dead(message: Outgoing) -> Outcome:
        return Gone(410, "unsubscribed") if isinstance(message, Push) else Sent(250)

    channels = {"mail": MemoryChannel("mail"), "push": MemoryChannel("push", dead)}
    async with town(database_url, tmp_path, channels) as here:
        president, _ = await ready(here)
        await here.post(president)
        await here.work()
        assert HERS in story.sent_to(here)


async def test_rungs_are_taken_a_few_at_a_time_and_survive_a_restart(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        notice = await here.post(president, deadline=None)
        await here.work()
        here.clock.pass_(days=1)
        await _start_only(here.house)
        waiting = await rungs(here)
        assert len(waiting) == 7
        most, climbing.AT_ONCE = climbing.AT_ONCE, 3  # type: ignore[misc]
        try:
            await ladders.climb(here.house)
            assert len([step for step in await rungs(here) if step == "push-again"]) == 4
        finally:
            climbing.AT_ONCE = most  # type: ignore[misc]
        await Worker(here.house).idle()
        assert len(pushes(here)) == 2
        ledger = await story.reach(president, notice["id"])
        assert ledger["ladder"]["atTheDoor"] == 2


async def _start_only(house: House) -> None:
    await duties.do_all(house)


async def test_what_was_switched_off_meanwhile_is_passed_over(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president, _ = await ready(here)
        await here.post(president, deadline=None)
        await here.work()
        async with here.house.db.write() as session:
            await session.execute(update(Address).where(Address.channel == "push").values(state="off"))
        await days(here, 2)
        assert len(pushes(here)) == 1
