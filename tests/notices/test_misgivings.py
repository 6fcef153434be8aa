"""A plan that looks wrong stops and asks; what only looks unusual does not."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select, update

from notices.models import Address, Message, Planning
from notices.planning.misgivings import misgiving
from tests.journeys import story
from tests.town import Town, town

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
