"""What came in at night lies ready: the clerk reads whom it reaches, puts the text right, sends it or throws it away."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from notices.models import Notice
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_alarms import evacuate
from tests.browser.test_approvals import APPROVER, CLERK, with_passkey
from tests.journeys.test_alerts_of_others import machine
from tests.town import TENANT

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)]


async def sound(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_an_alert_of_the_night_is_put_right_given_back_and_sent(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    approver = await with_passkey(here, take_up, APPROVER, "approver")
    bringing = await machine(here.town)
    await bringing.brought(expires=f"{here.soon()}T16:00:00+09:00")
    await clerk.open("/alerts")
    await clerk.press("内容を見る")
    await clerk.sees("まだ送っていません")
    homes = len(here.town.households)
    await clerk.sees(f"{homes}世帯・")
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "alarm-draft.png")

    await clerk.press("文と送り先を直す")
    await clerk.page.get_by_label("題", exact=True).fill("")
    await clerk.press("直した下書きを残す")
    await clerk.sees("題を書いてください。")
    await clerk.page.get_by_label("題", exact=True).fill("大雨特別警報：すぐに高いところへ")
    await sound(clerk)
    await clerk.press("直した下書きを残す")
    await clerk.sees("【緊急】大雨特別警報：すぐに高いところへ")
    await clerk.sees("送り先：すべて")
    await clerk.control(f"送る承認をたのむ（{homes}世帯）").click()
    await clerk.sees("もう一人の承認を待っています")

    await approver.open("/approvals")
    await approver.sees("大雨特別警報：すぐに高いところへ")
    await approver.press("差し戻す")
    await approver.page.get_by_label("差し戻すわけ").fill("川の名前がありません。")
    await approver.page.locator(".confirm").get_by_role("button", name="差し戻す").click()
    await clerk.sees("川の名前がありません。")
    await clerk.press("文と送り先を直す")
    await clerk.page.get_by_label("本文", exact=True).fill("桜川の水があふれます。")
    await clerk.press("直した下書きを残す")
    await clerk.control(f"送る承認をたのむ（{homes}世帯）").click()
    await clerk.sees("もう一人の承認を待っています")
    await approver.sees("桜川の水があふれます。")
    await approver.press("承認して送る")
    await approver.page.keyboard.press("Enter")
    await approver.sees("承認しました。これから送ります。")
    await clerk.sees(f"{homes}世帯に送りました")


async def test_a_draft_is_for_whom_the_clerk_says_and_is_sent_when_they_are_counted(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    """The machine that brought it knows the city; the clerk knows the valley."""
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    await with_passkey(here, take_up, APPROVER, "approver")
    bringing, counted = await machine(here.town), asyncio.Event()
    made = await bringing.brought(expires=f"{here.soon()}T16:00:00+09:00")

    async def slowly(route: Route) -> None:
        await counted.wait()
        await route.continue_()

    await clerk.page.route("**/forecast?*", slowly)
    await clerk.open(f"/alarm/{made['notice']}")
    await clerk.sees("数え終わると送れます")
    await expect(clerk.control("送る承認をたのむ")).to_be_disabled()
    counted.set()
    await expect(clerk.control(f"送る承認をたのむ（{len(here.town.households)}世帯）")).to_be_enabled()
    await clerk.press("文と送り先を直す")
    await clerk.page.get_by_label("町内会をえらぶ").check()
    await clerk.press("直した下書きを残す")
    await clerk.sees("送り先を一つ以上選んでください。")
    await clerk.page.get_by_label("みどり自治会").check()
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "alarm-draft-whom.png")
    await clerk.press("直した下書きを残す")
    await clerk.sees("送り先：みどり自治会")
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "alarm-draft-for.png")
    await clerk.control("送る承認をたのむ（2世帯）").click()
    await clerk.sees("もう一人の承認を待っています")
    async with here.town.house.db.read() as session:
        kept = await session.get_one(Notice, (TENANT, made["notice"]))
    assert kept.audience == {"associations": [here.town.midori]}


async def test_where_nothing_can_be_counted_an_alarm_waits_for_no_number(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    made = await here.town.post(await here.town.phone("山田 花子"), **evacuate(publish=False))
    president.expect("ERR_FAILED")
    await president.page.route("**/forecast?*", lambda route: route.abort())
    await president.open(f"/alarm/{made['id']}")
    await president.sees("このままでも送れます")
    await president.press("緊急で送る")
    await president.sees(f"{made['forecast']['households']}世帯に送りました")


async def test_what_is_recalled_is_thrown_away(here: Site, take_up: TakeUp) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    await with_passkey(here, take_up, APPROVER, "approver")
    bringing, homes = await machine(here.town), len(here.town.households)
    await bringing.brought(status="Exercise", expires=f"{here.soon()}T16:00:00+09:00")
    await clerk.open("/alerts")
    await clerk.press("内容を見る")
    await clerk.control(f"送る承認をたのむ（{homes}世帯）").click()
    await clerk.sees("もう一人の承認を待っています")
    await clerk.press("たのむのをやめる")
    await clerk.page.locator(".confirm .danger").click()
    await clerk.sees("まだ送っていません")
    await clerk.press("この下書きを捨てる")
    await sound(clerk)
    await clerk.page.locator(".confirm .danger").click()
    await clerk.sees("下書きを捨てました")
    await expect(clerk.control(f"送る承認をたのむ（{homes}世帯）")).to_have_count(0)


async def test_an_association_sends_its_own_draft_to_the_homes_it_says(here: Site, take_up: TakeUp) -> None:
    president, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    phone = await here.town.phone("山田 花子")
    made = await here.town.post(phone, **evacuate(publish=False))
    await president.open(f"/alarm/{made['id']}")
    await president.sees(f"{made['forecast']['households']}世帯に届けます")
    await president.press("文と送り先を直す")
    await president.page.get_by_label("えらんだ班に").check()
    await president.page.get_by_label("二班").check()
    await sound(president)
    await president.press("直した下書きを残す")
    await president.sees("送り先：二班")
    homes = 6
    await president.sees(f"{homes}世帯に届けます")
    await sound(president)
    await president.control(f"緊急で送る（{homes}世帯）").click()
    await president.sees(f"{homes}世帯に送りました")
    await president.press("送った結果")
    await president.sees(evacuate()["title"])
    await expect(president.page).to_have_url(f"{here.origin}/sent/{made['id']}/report")
    await resident.open("/")
    await resident.sees(evacuate()["title"])
