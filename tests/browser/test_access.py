"""Everybody can use it: by keyboard, with large text, with a screen reader, in the dark."""

import re
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import expect

from tests.browser import screens
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.autumn import CLEANING, autumn
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.screens import Screen
from tests.browser.site import Site

pytestmark = pytest.mark.browser


async def faults(held: Handset, name: str) -> list[str]:
    found = [f"{name}: {line}" for line in await violations(held.page)]
    if (over := await sideways_at_double_text(held.page)) > 0:
        found.append(f"{name}: {over} px to the side at 200 % text")
    return found


async def faults_of(held: Handset, all_: list[Screen]) -> list[str]:
    found = []
    for screen in all_:
        await screens.show(held, screen)
        found += await faults(held, screen.name)
    return found


async def test_a_residents_screens_break_no_rule_of_access(here: Site, take_up: TakeUp) -> None:
    settled = await autumn(here)
    stranger = await take_up()
    found = await faults_of(stranger, screens.of_a_stranger())
    await stranger.enrol(await here.town.code_for("伊藤 さち"))
    found += await faults_of(stranger, screens.of_a_resident(settled))
    await stranger.open(f"/n/{settled.cleaning}")
    await stranger.press("読みました")
    await stranger.sees("会に届きました")
    found += await faults(stranger, "stamped")
    assert found == []


async def test_an_officers_screens_break_no_rule_of_access(here: Site, take_up: TakeUp) -> None:
    settled = await autumn(here)
    president = await take_up("山田 花子")
    found = await faults_of(president, screens.of_an_officer(settled))
    steps: list[Callable[[Handset], Awaitable[None]]] = [
        screens.open_a_block,
        screens.make_slips,
        screens.check,
    ]
    for step in steps:
        await step(president)
        found += await faults(president, step.__name__)
    assert found == []


async def test_the_keyboard_alone_leads_from_the_slip_to_the_stamp(here: Site, take_up: TakeUp) -> None:
    settled = await autumn(here)
    resident = await take_up()
    await resident.open("/enrol")
    await resident.sees("登録するとこうなります")
    await tab_to(resident, "紙の番号")
    await resident.page.keyboard.type(await here.town.code_for("伊藤 さち"))
    await resident.page.keyboard.press("Enter")
    await resident.sees("伊藤 さちさんとして登録しました")
    await tab_to(resident, "お知らせを見る")
    await resident.page.keyboard.press("Enter")
    await resident.sees(CLEANING)
    await tab_to(resident, CLEANING)
    await resident.page.keyboard.press("Enter")
    await expect(resident.page).to_have_url(re.compile(f"/n/{settled.cleaning}$"))
    await resident.page.get_by_role("button", name="読みました").wait_for()
    await tab_to(resident, "読みました")
    await resident.page.keyboard.press("Enter")
    await expect(resident.page.get_by_role("img", name=re.compile("二班、済、"))).to_be_visible()


async def tab_to(held: Handset, name: str) -> None:
    """At most thirty stops; each must be seen where it is."""
    for _ in range(30):
        await held.page.keyboard.press("Tab")
        stop = await held.page.evaluate("""() => {
            const at = document.activeElement;
            const name = (at.labels?.[0] ?? at).textContent.trim();
            return { name, ring: getComputedStyle(at).outlineStyle };
        }""")
        assert stop["ring"] != "none", f"no ring around {stop['name']}"
        if name in stop["name"]:
            return
    raise AssertionError(f"the keyboard does not lead to {name}")
