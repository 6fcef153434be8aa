"""送信の様子: a clerk of the city sees which destinations rest and what waits there; officers are not offered it."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect
from sqlalchemy import delete, insert

from notices import ids, quotas
from notices.channels.memory import MemoryChannel
from notices.ledger.reasons import REASONS
from notices.models import Canary, Lane, Seat, Term
from notices.outcomes import Later
from notices.records import projection
from notices.records.projection import Touched
from notices.tokyo import today
from server.work.figures import FOR_CLERKS
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.town import TENANT

pytestmark = pytest.mark.browser


async def appoint_clerk(here: Site, name: str) -> None:
    seat, town = ids.new_id(), here.town
    now, person = town.clock(), town.people[name]
    async with town.house.db.write() as session:
        journalled = {
            "journalled": True
        }  # a city's seat has no record of its own: only its holder's membership
        row = {"tenant": TENANT, "id": seat, "role": "clerk", "title": "市民協働課"}
        await session.execute(insert(Seat).values(row), execution_options=journalled)
        term = {"tenant": TENANT, "id": ids.new_id(), "seat": seat, "person": person, "begins": today(now)}
        await session.execute(insert(Term).values(term), execution_options=journalled)
        await projection.refresh(session, town.house.keys.vault, TENANT, Touched(people={person}), now)


async def stuck(here: Site) -> None:
    """A mail domain asks for rest with letters waiting; a push service refuses our key."""
    mail, now = here.town.house.channels["mail"], here.town.clock()
    assert isinstance(mail, MemoryChannel)
    mail.answer = lambda _: Later(421, "server-closing", timedelta(minutes=20), whole_lane=True)
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), urgency="urgent")
    push = {"channel": "push", "name": "https://push.example.jp", "troubles": 0, "asked": False}
    async with here.town.house.db.write() as session:
        await session.execute(insert(Lane).values(push | {"alarm": "vapid", "alarm_at": now}))


def lane(held: Handset, name: str) -> Locator:
    return held.page.locator(".cards li").filter(has=held.page.get_by_role("heading", name=name, exact=True))


async def test_a_clerk_sees_what_is_stuck_why_and_how_much_waits(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await appoint_clerk(here, "渡辺 誠")
    await stuck(here)
    clerk = await take_up("渡辺 誠")
    await clerk.press("送信の様子")
    await expect(lane(clerk, "push.example.jp")).to_contain_text("手当てが要ります")
    await expect(lane(clerk, "push.example.jp")).to_contain_text(FOR_CLERKS["vapid"])
    await expect(lane(clerk, "push.example.jp")).to_contain_text("kairan doctor")
    resting = lane(clerk, "example.jp")
    await expect(resting).to_contain_text("休んでいます")
    await expect(resting).to_contain_text(REASONS["server-closing"])
    await expect(resting).to_contain_text("待っているもの　10通、急ぎ10通")
    await take(clerk.page, album(tmp_path) / "lanes.png")
    assert await violations(clerk.page) == []
    assert await sideways_at_double_text(clerk.page) <= 0


async def test_an_officer_is_neither_offered_the_page_nor_shown_anything_on_it(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await expect(president.page.get_by_role("link", name="送信の様子")).to_have_count(0)
    await president.open("/lanes")
    await president.sees("この画面は、市の担当の方が使います。")


CANARIES = {
    "smtp_url": "smtp+plain://127.0.0.1:1",
    "bounce_domain": "bounce.example.jp",
    "bounce_listen": "127.0.0.1:0",
    "line_channel_token": "a token",
    "line_channel_secret": "a secret",
    "line_account": "@kairan-hana",
}


async def canaries_are(here: Site) -> None:
    """LINE's arrived just now; mail's went out and was not seen for a quarter of an hour."""
    house = here.town.house
    now = house.clock()
    on_time = {"due_at": now + timedelta(minutes=2), "left_at": now, "flights": {}, "reason": None}
    since = now - timedelta(hours=9)
    async with house.db.write() as session:
        await session.execute(delete(Canary))
        for channel, minutes in (("mail", 15), ("line", 1), ("work", 12)):
            seen = {"channel": channel, "since": since, "seen_at": now - timedelta(minutes=minutes)}
            if channel == "work":
                seen["reason"] = "canary-plan"
            await session.execute(insert(Canary).values(on_time | seen))
        await quotas.keep(session, "line", 190, 200, now)


@pytest.mark.parametrize("here", [CANARIES], indirect=True)
async def test_a_clerk_sees_first_which_channel_does_not_arrive_and_what_to_do(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await appoint_clerk(here, "渡辺 誠")
    await stuck(here)
    await canaries_are(here)
    clerk = await take_up("渡辺 誠", width=360, height=740)
    await clerk.press("送信の様子")
    first = clerk.page.locator(".canaries li").first
    await expect(first).to_contain_text("届いていません")
    await expect(first).to_contain_text("試しのメールが15分届いていません。")
    await expect(first).to_contain_text("kairan doctor")
    await expect(clerk.page.locator(".canaries li").nth(1)).to_contain_text(
        "5分ごとの試しのLINEが、届いています。"
    )
    work = clerk.page.locator(".canaries li").nth(2)
    await expect(work).to_contain_text("お知らせの送り出しが12分滞っています。")
    await expect(work).to_contain_text(REASONS["canary-plan"])
    await expect(clerk.page.locator(".quota")).to_contain_text(
        "LINEで今月送れる200通のうち、190通を使いました。残りが少なく"
    )
    await take(clerk.page, album(tmp_path) / "canaries.png")
    assert await violations(clerk.page) == []
    assert await sideways_at_double_text(clerk.page) <= 0
