"""Somebody who is an officer of two associations: chooses at the top of the page for which one they work."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import insert

from notices.models import Resident
from notices.tokyo import today
from server.operations import seats
from tests.browser.access import violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.town import TENANT

pytestmark = pytest.mark.browser

PRESIDENT = "山田 花子"
SAKURA, MIDORI = "さくら町内会", "みどり自治会"


async def second_hat(here: Site) -> None:
    """The president of さくら町内会 has a home at her mother's in みどり自治会, and a seat."""
    town = here.town
    async with town.house.db.write() as session:
        home = {"tenant": TENANT, "household": town.households["加藤"], "person": town.people[PRESIDENT]}
        rows = insert(Resident).values(**home, since=town.clock())
        await session.execute(rows.execution_options(journalled=True))
    said = {"association": "midori", "role": "officer", "person": PRESIDENT, "from": str(today(town.clock()))}
    await seats.appoint(town.house, said, lambda *_: None)


async def works_for(officer: Handset, name: str) -> None:
    await expect(officer.page.locator(".hats [aria-pressed=true]")).to_have_text(name)


async def test_the_officers_screens_are_of_the_association_that_was_chosen(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    await second_hat(here)
    officer = await take_up(PRESIDENT)
    await officer.open("/people")
    await works_for(officer, SAKURA)
    await officer.sees("一班")
    await officer.does_not_see("東")

    # By keyboard: the focus stays where the next press would be.
    await officer.control(MIDORI).focus()
    await officer.page.keyboard.press("Enter")
    await officer.sees("みどり自治会の仕事をします。")
    await works_for(officer, MIDORI)
    await officer.sees("東")
    await officer.does_not_see("一班")
    await expect(officer.control(MIDORI)).to_be_focused()
    height = "e => e.getBoundingClientRect().height"
    assert await officer.control(MIDORI).evaluate(height) >= 44
    assert await violations(officer.page) == []
    await take(officer.page, album(tmp_path) / "two-hats.png")

    await officer.open("/handover")
    await works_for(officer, MIDORI)
    # Of さくら町内会 she is the president, who would choose here.
    await officer.sees("引き継ぎを決めるのは会長です。")
    await officer.does_not_see("次の方を選ぶ")
    await officer.open("/handover/sheet")
    await works_for(officer, MIDORI)
    await officer.sees("小林 茂")
    await expect(officer.page.locator("main")).to_contain_text(MIDORI)
    await expect(officer.page.locator("main")).not_to_contain_text(SAKURA)
    await officer.open("/slips")
    await works_for(officer, MIDORI)
    await officer.sees("東")
    # Slips that were made stay those of their association.
    await officer.press("紙をつくる")
    await expect(officer.page.locator(".slip").first).to_contain_text(MIDORI)
    await officer.press(SAKURA)
    await works_for(officer, SAKURA)
    await expect(officer.page.locator(".slip").first).to_contain_text(MIDORI)
    await expect(officer.page.locator(".slip").first).not_to_contain_text(SAKURA)
    # What belongs to a home follows the home, whichever was chosen; its slip as well.
    await officer.press(MIDORI)
    await works_for(officer, MIDORI)
    await officer.open(f"/people/home/{here.town.households['佐藤']}")
    await officer.sees("佐藤 一郎")
    await officer.press("登録の紙をつくる")
    await officer.sees("1人分の紙ができました")
    await expect(officer.page.locator(".slip")).to_contain_text(SAKURA)
    await expect(officer.page.locator(".slip")).not_to_contain_text(MIDORI)


async def test_what_is_being_written_goes_where_the_page_says(here: Site, take_up: TakeUp) -> None:
    await second_hat(here)
    officer = await take_up(PRESIDENT)
    await officer.press("書く")
    await works_for(officer, SAKURA)
    await officer.page.get_by_label("題").fill("草取り")
    await officer.page.get_by_label("本文").fill("日曜の朝です。")
    await officer.press(MIDORI)
    await works_for(officer, MIDORI)
    await expect(officer.page.get_by_label("題")).to_have_value("草取り")

    # Looking into the list of the other one does not carry it over: the page comes back as it was left.
    await officer.open("/people")
    await officer.press(SAKURA)
    await works_for(officer, SAKURA)
    await officer.press("書く")
    await works_for(officer, MIDORI)
    await officer.press("たしかめる")
    await officer.sees(f"{MIDORI}：")
    await officer.press("会に出す")
    await officer.sees("に出しました。")

    neighbour, resident = await here.town.phone("加藤 文"), await here.town.phone("伊藤 さち")
    await neighbour.pull()
    await resident.pull()
    assert neighbour.titles() == {"草取り"}
    assert resident.titles() == set()
    await officer.open("/sent")
    await officer.sees("草取り")
    await expect(officer.page.get_by_role("heading", name=SAKURA)).to_be_visible()
    await officer.open("/reach")
    await officer.sees(MIDORI)


async def test_who_writes_for_one_association_is_asked_nothing(take_up: TakeUp) -> None:
    officer = await take_up(PRESIDENT)
    await officer.open("/people")
    await officer.sees("一班")
    await expect(officer.page.locator(".hats")).to_have_count(0)
