"""Lines that lie, hang or break: nothing is lost, and the words say what to do."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import TakeUp
from tests.browser.site import Site

pytestmark = pytest.mark.browser

TITLE = "防災訓練のお知らせ"


async def test_behind_a_portal_nothing_is_lost_and_the_words_say_why(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    here.gate.mood = "portal"
    resident.expect("service worker|ServiceWorker")
    await resident.page.reload()
    await resident.sees("このWi-Fiは、はじめにログインが必要なようです")
    await resident.press(TITLE)
    await resident.press("読みました")
    await expect(resident.page.get_by_role("img", name=re.compile("済"))).to_be_visible()
    await resident.sees("送っていないものが1件あります")

    here.gate.mood = "open"
    await resident.page.reload()
    await resident.sees("会に届きました")


async def test_a_repeat_visit_shows_the_notices_before_a_byte_has_moved(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    await resident.sees(TITLE)
    here.gate.mood = "silent"
    moved = here.gate.body_bytes
    await resident.page.reload()
    await resident.sees(TITLE)
    await resident.press(TITLE)
    await resident.page.get_by_role("button", name="読みました").wait_for()
    assert here.gate.body_bytes == moved


async def test_an_enrolment_whose_answer_was_lost_is_repeated_with_the_same_slip(
    here: Site, take_up: TakeUp
) -> None:
    code = await here.town.code_for("伊藤 さち")
    resident = await take_up()
    resident.expect("ERR_CONTENT_LENGTH_MISMATCH|ERR_CONNECTION")
    here.gate.lose = "/api/v1/enrol"
    await resident.open(f"/enrol#{code}")
    await resident.press("このスマホを登録する")
    await resident.sees("電波がないか、つながりにくいようです。")
    await resident.page.reload()
    await resident.press("このスマホを登録する")
    await resident.sees("伊藤 さちさんとして登録しました")


async def test_a_press_and_the_news_make_one_round_trip(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    await resident.press(TITLE)
    await resident.sees("最新です")
    await resident.lose_signal()
    await resident.press("読みました")
    await here.town.post(president, deadline=here.soon(), title="資源ごみの回収日")
    here.gate.deaf_to = "/sync/v1/pull"  # so that the news can only come with the answer to the press
    await resident.find_signal()
    await resident.sees("会に届きました")
    await resident.press("もどる")
    await resident.sees("資源ごみの回収日")
