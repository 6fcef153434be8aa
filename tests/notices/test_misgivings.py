"""A plan that looks wrong stops and asks; what only looks unusual does not."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update

from notices.models import Address, Memo, Message, Notice, Planning
from notices.planning import asking
from notices.planning.misgivings import misgiving
from tests.journeys import alarms, circulars, story
from tests.journeys.test_second_person import has_mail
from tests.phone import Phone
from tests.town import TENANT, Town, town

USUAL = 1.2


@dataclass
class Case:
    households: int
    deliveries: int
    why: str | None
    usual: float | None = USUAL
    urgency: str = "ordinary"
    insisted: int = 0
    ends: bool = True


@pytest.mark.parametrize(
    "case",
    [
        Case(260, 300, None),
        Case(260, 0, "nobody"),
        Case(260, 0, None, ends=False),
        Case(260, 0, None, insisted=1),
        Case(260, 0, None, usual=None),
        Case(260, 0, None, usual=0.0),
        Case(2, 0, None),
        Case(260, 0, "nobody", urgency="emergency"),
        Case(260, 3200, "far-more", ends=False),
        Case(260, 3100, None),
        Case(260, 3200, None, urgency="emergency"),
        Case(1, 15, None),
        Case(10, 100, "far-more", usual=0.0),
    ],
)
def test_what_is_usual_is_measured_by_the_household(case: Case) -> None:
    planning = Planning(households=0, deliveries=0, urgency=case.urgency, insisted=case.insisted)
    found = misgiving(planning, case.usual, case.households, case.deliveries, ends=case.ends)
    assert found == case.why


async def the_roster_loses_all_addresses(here: Town, state: str) -> None:
    async with here.house.db.write() as session:
        await session.execute(update(Address).values(state=state))


@pytest.mark.parametrize("mended", [True, False])
async def test_a_plan_for_nobody_is_not_finished_until_an_officer_says_so(
    database_url: str, tmp_path: Path, mended: bool
) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(story.PRESIDENT)
        first = await here.post(president)
        await here.work()
        assert (await story.notice(president, first["id"]))["asks"] is None
        await the_roster_loses_all_addresses(here, "off")
        notice = await here.post(president)
        await here.work()
        asks = (await story.notice(president, notice["id"]))["asks"]
        assert asks["reason"] == "nobody"
        assert "名簿" in asks["sentence"]
        assert (await story.reach(president, notice["id"]))["finished"] is False
        if mended:
            await the_roster_loses_all_addresses(here, "live")
        before = len(story.sent_to(here))
        assert (await story.act(president, notice["id"], "insist")).status_code == 200
        await here.work()
        assert len(story.sent_to(here)) - before == (len(story.MAILED) if mended else 0)
        assert (await story.reach(president, notice["id"]))["finished"] is True
        again = await story.act(president, notice["id"], "insist")
        assert (again.status_code, again.json()["slug"]) == (409, "nothing-asked")


async def test_a_withdrawal_answers_what_was_asked(database_url: str, tmp_path: Path) -> None:
    async with town(database_url, tmp_path) as here:
        president = await here.phone(story.PRESIDENT)
        await here.post(president)
        await the_roster_loses_all_addresses(here, "off")
        notice = await here.post(president)
        assert (await story.notice(president, notice["id"]))["asks"]
        assert (await story.act(president, notice["id"], "withdraw")).status_code == 200
        assert (await story.notice(president, notice["id"]))["asks"] is None
        async with here.house.db.read() as session:
            query = select(Message.id).where(Message.state == "due")
            assert len((await session.scalars(query)).all()) == len(story.MAILED), "of the first alone"


def told(here: Town, since: int = 0) -> list[tuple[str, str]]:
    """To whom it was said that sending has stopped, and in which words."""
    said = [(mail.to.address, story.plain(here, mail)) for mail in story.mails(here)[since:]]
    joined = [(to, text.replace("\n", "")) for to, text in said]
    return [(to, text) for to, text in joined if "このまま送るか、取り下げるか" in text]


async def only_of(here: Town, person: str, state: str = "off") -> None:
    """Of everybody but this one the addresses are gone."""
    async with here.house.db.write() as session:
        gone = update(Address).where(Address.person != here.people[person])
        await session.execute(gone.values(state=state))


async def asked_of_an_officer(here: Town) -> tuple[Phone, str]:
    """Who lives in another block than the one that has lost its addresses."""
    officer, block = await here.phone(story.OFFICER_2), {"blocks": [here.blocks["一班"]]}
    await here.post(officer, audience=block)
    await here.work()
    await only_of(here, story.OFFICER_2)
    notice: str = (await here.post(officer, audience=block))["id"]
    await here.work()
    assert (await story.notice(officer, notice))["asks"]["reason"] == "nobody"
    return officer, notice


async def test_whoever_pressed_hears_that_sending_has_stopped_and_nobody_else(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        officer, notice = await asked_of_an_officer(here)
        [(to, text)] = told(here)
        assert to == "ken.takahashi@example.jp"
        assert "受け取れる人が一人も見つかりません" in text
        assert f"/sent/{notice}" in text
        assert (await story.act(officer, notice, "insist")).status_code == 200
        await here.work()
        assert len(told(here)) == 1, "who has said that it is right is not asked again"


async def test_a_question_that_was_answered_before_the_memo_left_is_not_told(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        asleep = {"quietHours": {"from": "08:00", "to": "20:00"}}
        officer = await here.phone(story.OFFICER_2)
        assert (await officer.http.put("/api/v1/me/preferences", json=asleep)).status_code == 200
        officer, notice = await asked_of_an_officer(here)
        assert (await story.act(officer, notice, "withdraw")).status_code == 200
        here.clock.pass_(hours=12)
        await here.work()
        assert told(here) == []
        async with here.house.db.read() as session:
            query = select(Message.reason).where(Message.state == "skipped")
            assert "plan-answered" in (await session.scalars(query)).all()


async def test_where_whoever_pressed_has_left_their_seat_those_who_speak_today_are_asked(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        _, notice = await asked_of_an_officer(here)
        async with here.house.db.write() as session:
            row = await session.get_one(Notice, (TENANT, notice))
            plan = await session.get_one(Planning, (TENANT, notice, 1))
            row.announced_by, row.author = here.people[story.RESIDENT], here.people[story.RESIDENT]
            await asking.tell(session, plan, row, here.clock())
            drafted = select(Message.person).join(Memo, Memo.message == Message.id)
            assert await session.scalar(drafted.where(Message.state == "due")) == here.people[story.OFFICER_2]
            await session.rollback()


async def test_an_alarm_of_the_city_that_would_reach_nobody_asks_its_clerk_at_any_hour(
    database_url: str, tmp_path: Path
) -> None:
    async with town(database_url, tmp_path) as here:
        clerk = await circulars.clerk(here)
        await has_mail(here, circulars.CLERK, "tamiko@city.example.jp")
        await alarms.send(here, clerk)
        await here.work()
        here.clock.pass_(hours=15)
        asleep = {"quietHours": {"from": "22:00", "to": "06:30"}}
        assert (await clerk.http.put("/api/v1/me/preferences", json=asleep)).status_code == 200
        async with here.house.db.write() as session:
            clerks = select(Address.id).where(Address.person == clerk.person)
            await session.execute(update(Address).where(Address.id.not_in(clerks)).values(state="gone"))
        before = len(story.mails(here))
        alarm = await alarms.send(here, clerk)
        await here.work()
        [(to, text)] = told(here, before)
        assert to == "tamiko@city.example.jp"
        assert f"/alarm/{alarm['id']}" in text
        path = f"/api/v1/notices/{alarm['id']}/reach"
        assert (await clerk.http.get(path)).json()["finished"] is False
        assert (await story.act(clerk, alarm["id"], "insist")).status_code == 200
        await here.work()
        assert (await clerk.http.get(path)).json()["finished"] is True
