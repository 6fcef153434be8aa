"""What an officer can still change, and what becomes of a notice written without a signal."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.phone import Phone

pytestmark = pytest.mark.browser

TITLE = "資源ごみの回収日が変わります"


async def fill_in(officer: Handset, title: str = TITLE, deadline: str = "") -> None:
    await officer.press("書く")
    await officer.page.get_by_label("題").fill(title)
    await officer.page.get_by_label("本文").fill("来月から第2水曜になります。")
    await officer.page.get_by_label("しめきり").fill(deadline)
    await officer.press("たしかめる")
    await officer.press("会に出す")


@pytest.mark.parametrize("here", [60], indirect=True)
async def test_a_notice_taken_back_within_the_hold_is_changed_and_goes_out_later(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await fill_in(president, "資源ごみの回収日がかわいます")
    await president.sees("まだ出ていません。今なら取り消せます。")
    await president.sees("17世帯に届けます")
    await president.press("取り消す")
    await president.sees("まだ出していません。")

    await president.press("書きなおす")
    await president.page.get_by_label("題").fill(TITLE)
    await president.press("下書きを保存する")
    await president.press("会に出す")
    await president.sees("今なら取り消せます")
    resident = await here.town.phone("伊藤 さち")
    await resident.pull()
    assert resident.titles() == set()
    here.town.clock.pass_(seconds=61)
    await it_arrives(resident)
    await president.page.reload()
    await president.sees("に出しました。")


async def it_arrives(resident: Phone) -> None:
    """Pulls until the notice is there, and nothing else with it."""
    async with asyncio.timeout(20):
        while not resident.titles():
            await asyncio.sleep(0.05)
            await resident.pull()
    assert resident.titles() == {TITLE}


async def test_a_correction_asks_those_again_who_had_read_it(here: Site, take_up: TakeUp) -> None:
    president, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    await fill_in(president, deadline=here.soon())
    await president.sees("に出しました。")
    await resident.open("/")
    await resident.press(TITLE)
    await resident.press("読みました")
    await resident.sees("会に届きました")

    await president.press("内容を直す")
    await president.page.get_by_label("本文").fill("来月から第3水曜になります。")
    await president.page.get_by_label("もう一度「読みました」を押してもらう").check()
    await president.press("直したものを出す")
    await president.sees("に出しました。")
    await resident.page.reload()
    await resident.sees("内容が変わりました。お読みになったら、もう一度押してください。")
    await resident.sees("来月から第3水曜になります。")
    await resident.press("読みました")
    await resident.sees("会に届きました")


async def test_a_withdrawn_notice_leaves_the_phones_that_had_it(here: Site, take_up: TakeUp) -> None:
    president, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    await fill_in(president)
    await president.sees("に出しました。")
    await resident.open("/")
    await resident.press(TITLE)
    await resident.sees("来月から第2水曜になります。")

    await president.press("取り下げる")
    await president.sees("元にはもどせません")
    await president.page.get_by_role("button", name="取り下げる").tap()
    await president.sees("みなさんのスマホから消えます")
    await resident.press("もどる")
    await resident.sees("お知らせはまだありません")
    await expect(resident.page.get_by_text(TITLE)).to_have_count(0)


async def test_what_an_officer_writes_without_a_signal_goes_out_when_they_are_back(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await president.lose_signal()
    await fill_in(president)
    await president.sees("電波がもどると、このお知らせを出します")
    await president.open("/sent")
    await president.sees("回覧・送信待ち")

    await president.find_signal()
    await president.sees("回覧・出しました")
    resident = await here.town.phone("伊藤 さち")
    await resident.pull()
    assert resident.titles() == {TITLE}


async def test_the_words_of_a_refused_notice_stay_and_can_be_sent_anew(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.lose_signal()
    await fill_in(president, deadline=here.soon())
    await president.sees("電波がもどると、このお知らせを出します")

    here.town.clock.pass_(days=20)  # the phone lay in a drawer, and the deadline is over
    await president.find_signal()
    await president.sees("書いたお知らせは会に届きませんでした。")
    await president.press("この文で書きなおす")
    await expect(president.page.get_by_label("題")).to_have_value(TITLE)
    await expect(president.page.get_by_label("本文")).to_have_value("来月から第2水曜になります。")
    await president.does_not_see("書いたお知らせは会に届きませんでした。")
    await president.press("たしかめる")
    await president.press("会に出す")
    await president.sees("に出しました。")


async def test_a_draft_that_is_thrown_away_is_in_no_list(take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.press("書く")
    await president.page.get_by_label("題").fill(TITLE)
    await president.page.get_by_label("本文").fill("来月から第2水曜になります。")
    await president.press("たしかめる")
    await president.press("送らずに、会の下書きに残す")
    await president.press("この下書きを捨てる")
    await president.page.locator(".confirm").get_by_role("button", name="この下書きを捨てる").click()
    await president.sees("下書きを捨てました。")
    await president.sees("出したお知らせはまだありません。")
    await president.does_not_see(TITLE)
