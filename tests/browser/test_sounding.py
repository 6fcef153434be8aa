"""Sounding an alarm from a phone: three presses, a second person or the way out, what follows it; and a drill, which is
nothing else.
"""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_approvals import with_passkey
from tests.journeys import alarms, circulars, city_hall

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True),
]

EVACUATE = "避難指示（警戒レベル4）"


async def sound(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_an_officer_sends_in_three_presses_and_says_when_it_is_over(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    await president.press("緊急")
    await president.sees(EVACUATE)
    await sound(president)
    await take(president.page, album(tmp_path) / "alarm-choose.png")
    await president.press(EVACUATE)
    await president.sees("17世帯・")
    await expect(president.page.get_by_label("避難先")).to_have_value("お近くの避難所")
    await sound(president)
    await take(president.page, album(tmp_path) / "alarm-send.png")
    await president.press("緊急で送る（17世帯）")
    await president.sees("緊急のお知らせを送りました")
    await here.town.work()
    await expect(resident.page.locator(".card.danger")).to_contain_text(EVACUATE)

    await president.sees("17世帯に送りました")
    await sound(president)
    await take(president.page, album(tmp_path) / "alarm-one.png")
    await president.press("続報を出す")
    await president.press("緊急で送る")
    await president.sees("「新しく分かったこと」を入れてください")
    await president.page.get_by_label("新しく分かったこと").fill("橋が通れません。")
    await sound(president)
    await president.press("緊急で送る")
    await president.sees("【緊急】【続報】")
    await expect(resident.page.locator(".card.danger")).to_contain_text("続報")
    await expect(resident.page.locator(".card.alarm")).to_have_count(1)

    await president.press("解除を出す")
    for field in await president.page.locator(".field :is(input, textarea)").all():
        if not await field.input_value():
            await field.fill("川の水が引きました。")
    await president.press("緊急で送る")
    await president.sees("【解除】")
    await president.sees("解除しました。新しいことは")
    await sound(president)
    await expect(resident.page.locator(".card.over")).to_have_count(1)
    await expect(resident.page.locator(".danger")).to_have_count(0)


async def test_a_clerk_waits_for_a_second_person_who_approves(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await with_passkey(here, take_up, "石川 真", "clerk")
    approver = await with_passkey(here, take_up, "岡田 薫", "approver")
    await clerk.open("/")
    await clerk.press("緊急")
    await clerk.press(EVACUATE)
    await clerk.sees("世帯・")
    await sound(clerk)
    await clerk.press("送る承認をたのむ（")
    await clerk.sees("もう一人の承認を待っています")
    await clerk.sees("人に送ります")
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "alarm-waiting.png")

    await approver.open("/approvals")
    await expect(approver.page.locator("article .band.danger")).to_contain_text("緊急")
    await sound(approver)
    await approver.press("承認して送る")
    await approver.page.keyboard.press("Enter")
    await approver.sees("承認しました。これから送ります。")
    await clerk.sees("世帯に送りました")
    await sound(clerk)

    # Which homes, by name: asked for a block at a time, and there to read for those who live there.
    resident = await take_up("伊藤 さち")
    await clerk.page.locator("summary").filter(has_text="さくら町内会").click()
    await clerk.page.locator("summary").filter(has_text="二班：").click()
    await clerk.sees("まだの家　6軒")
    await expect(clerk.page.locator("k-city-doors li")).to_contain_text(["高橋", "田中"])
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "alarm-doors.png")
    await resident.open("/looks")
    await resident.sees("石川 真")


async def test_a_clerk_goes_on_alone_with_a_reason_when_nobody_answers(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await with_passkey(here, take_up, "石川 真", "clerk")
    await with_passkey(here, take_up, "岡田 薫", "approver")  # who is asleep
    clerk.expect("status of 403")  # the first try, before the passkey is asked for
    here.town.clock.pass_(seconds=-170)
    await clerk.open("/alarm")
    await clerk.press(EVACUATE)
    await clerk.press("送る承認をたのむ")
    await clerk.sees("あと0分")
    here.town.clock.pass_(seconds=170)
    await clerk.page.get_by_label("承認を待てないわけ").fill(
        "堤防の水位が上がり、だれにも電話がつながりません。"
    )
    await sound(clerk)
    await take(clerk.page, album(tmp_path) / "alarm-alone.png")
    await clerk.press("承認を待たずに送る")
    await clerk.sees("承認を待たずに送りました。わけ：堤防の水位が上がり")
    await clerk.sees("世帯に送りました")


async def test_a_clerk_asks_who_is_safe_and_nobody_else_ends_it(here: Site, take_up: TakeUp) -> None:
    clerk = await with_passkey(here, take_up, "石川 真", "clerk")
    approver = await with_passkey(here, take_up, "岡田 薫", "approver")
    await clerk.open("/alarm")
    await clerk.press("安否確認を送る")
    await clerk.press("安否を知らせてください")
    await clerk.sees("世帯・")
    await sound(clerk)
    await clerk.press("送る承認をたのむ（")
    await clerk.sees("もう一人の承認を待っています")
    await approver.open("/approvals")
    await approver.press("承認して送る")
    await approver.page.keyboard.press("Enter")
    await approver.sees("承認しました。これから送ります。")
    await clerk.sees("世帯に送りました")
    await here.town.work()

    await clerk.open("/alarm")
    await clerk.press("【安否確認】")
    await clerk.press("安否の一覧を見る")
    await clerk.sees("町内会ごと")
    check = clerk.page.url.rpartition("/")[2]
    president = await take_up("山田 花子")
    await president.open(f"/safety/{check}")
    await president.sees("まだ分からない　17軒")
    await expect(president.page.get_by_role("button", name="締め切る")).to_have_count(0)
    await clerk.press("締め切る")
    await clerk.page.locator(".confirm").get_by_role("button", name="締め切る").tap()
    await clerk.sees("締め切りました。")


async def test_drills_are_set_beside_those_of_the_year_before(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    here.town.clock.pass_(days=-366)
    clerk = await circulars.clerk(here.town)
    for days in (0, 366):
        here.town.clock.pass_(days=days)
        await alarms.send(here.town, clerk, **alarms.drill(title="避難訓練：市全域"))
        await here.town.work()
    held = await take_up()
    await held.enrol(await city_hall.ticket_for(here.town, circulars.CLERK))
    await held.open("/exercise")
    table = held.page.get_by_role("table", name="【訓練】避難訓練：市全域")
    await expect(table.get_by_role("row", name="世帯")).to_contain_text("19世帯")
    await sound(held)
    await table.scroll_into_view_if_needed()
    await take(held.page, album(tmp_path) / "exercise-figures.png")


async def test_a_drill_has_a_page_of_its_own_by_keyboard_and_nothing_real_leaves_it(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await take_up("山田 花子")
    await tab_to(president, "訓練")
    await president.page.keyboard.press("Enter")
    await president.sees("ここからは訓練だけを送れます")
    await expect(president.page.locator(".band.drill")).to_be_visible()
    await expect(president.page.locator(".template.emergency")).to_have_count(0)
    await sound(president)
    await take(president.page, album(tmp_path) / "exercise.png")
    first = president.page.locator(".template.exercise").first
    await tab_to(president, await first.inner_text())
    await president.page.keyboard.press("Enter")
    await president.sees("訓練として送る（17世帯）")
    await sound(president)
    await tab_to(president, "訓練として送る")
    await president.page.keyboard.press("Enter")
    await president.sees("訓練として送りました")
    await expect(president.page.get_by_role("heading", level=2)).to_contain_text("【訓練】")
    await sound(president)

    drill = president.page.url.rpartition("/")[2]
    await president.open(f"/alarm/{drill}")
    await president.sees("訓練と本番は、べつの画面であつかいます")
    await expect(president.page.get_by_role("button", name="送る")).to_have_count(0)
    await president.open(f"/alarm/{drill}/update")
    await president.sees("この画面は、町内会の役員か")
