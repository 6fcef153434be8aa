"""A resident takes their notices on LINE, from the settings screen, and stops."""

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.messaging_api import ACCOUNT, SECRET, TOKEN, event, hook, said, signed

pytestmark = pytest.mark.browser

LINE = {"line_channel_token": TOKEN, "line_channel_secret": SECRET, "line_account": ACCOUNT}


async def arrives(here: Site, body: bytes) -> None:
    async with here.town.http() as http:
        answer = await http.post("/line/webhook", content=body, headers={"x-line-signature": signed(body)})
    assert answer.status_code == 200, answer.text


def now(here: Site) -> int:
    return int(here.town.clock().timestamp() * 1000)


async def code_on(resident: Handset) -> str:
    return await resident.page.locator("k-line .carry b").inner_text()


@pytest.mark.parametrize("here", [LINE], indirect=True)
async def test_six_digits_tie_line_and_a_press_unties_it(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.press("LINEで受け取る")
    await resident.sees("送る数字")
    code = await code_on(resident)
    link = resident.page.get_by_role("link", name="LINEを開く")
    await expect(link).to_have_attribute("href", f"https://line.me/R/oaMessage/%40kairan-hana/?{code}")
    assert await violations(resident.page) == []
    assert await sideways_at_double_text(resident.page) <= 0
    await arrives(here, hook(said(code, 7, now(here))))
    await resident.press("つながったか見る")
    await resident.sees("LINEとつながっています。")
    await arrives(here, hook(event("unfollow", 7, now(here) + 1000)))
    await resident.open("/settings")
    await resident.sees("LINEでこのアカウントがブロックされているため")
    await resident.press("LINEでの受け取りをやめる")
    await resident.sees("これからのお知らせは、LINEには届きません。")
    await resident.press("LINEでの受け取りをやめる")
    await resident.sees("町内会のお知らせを、LINEでも受け取れます。")


async def test_where_line_is_not_offered_nothing_is_asked_or_said_of_it(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.sees("最新です")
    await resident.sees("届いたときの知らせ")
    assert "/api/v1/me/line" not in here.gate.paths
    await resident.does_not_see("LINEで受け取る")
    assert here.town.house.settings.line_account == ""
