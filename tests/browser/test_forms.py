"""出欠・アンケート・総会: asked in the write screen, answered with and without a signal, seen as bars; entered from paper."""

from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.journeys import forms
from tests.journeys.forms import SURVEY, VOTE, lunch, votes
from tests.journeys.story import correct

pytestmark = pytest.mark.browser


async def accessible(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def begin(president: Handset, title: str) -> None:
    await president.open("/write")
    await president.page.get_by_label("題", exact=True).fill(title)
    await president.page.get_by_label("本文").fill("集会所で行います。")


async def test_an_attendance_with_two_places_is_asked_answered_offline_and_handed_on(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await take_up("山田 花子")
    resident, other = await take_up("伊藤 さち"), await take_up("田中 実")
    await begin(president, "敬老の集い")
    await president.page.get_by_label("出欠").first.check()
    await president.page.get_by_label("定員（人数").fill("2")
    await president.page.get_by_text("回答を聞きますか").scroll_into_view_if_needed()
    await take(president.page, album(tmp_path) / "form-write.png")
    await accessible(president)
    await president.press("たしかめる")
    await president.sees("出欠をいっしょに聞きます")
    await president.press("会に出す")
    await president.sees("受けつけました。")

    await resident.open("/")
    await resident.sees("回答をお願いします")
    await resident.press("敬老の集い")
    await resident.sees("出欠をお知らせください")
    await resident.lose_signal()
    await resident.page.get_by_label("出席します").check()
    await resident.page.get_by_label("何人で来ますか").select_option("2")
    await take(resident.page, album(tmp_path) / "form-answer.png")
    await resident.press("この内容で回答する")
    await resident.sees("電波がもどると送ります。まだ会に届いていません。")
    await expect(resident.page.get_by_role("button", name="読みました")).to_have_count(0)
    await accessible(resident)
    await resident.find_signal()
    await resident.sees("席がとれています。")

    await other.open("/")
    await other.press("敬老の集い")
    await other.page.get_by_label("出席します").check()
    await other.press("この内容で回答する")
    await other.sees("キャンセル待ちの1番目です")
    await other.page.locator("k-form-box").scroll_into_view_if_needed()
    await take(other.page, album(tmp_path) / "form-waiting.png")
    await accessible(other)
    await resident.press("回答を変える")
    await resident.page.get_by_label("欠席します").check()
    await resident.press("この内容で回答する")
    await other.sees("席がとれています。")

    await president.press("回答の集まり具合")
    await president.sees("出席（人）")
    await president.sees("のうち2世帯が回答")
    await accessible(president)


async def test_a_vote_is_answered_by_letter_and_stands_as_bars(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    town = here.town
    officer, leader = await town.phone("高橋 健"), await town.phone("佐藤 一郎")
    notice = await town.post(officer, title="令和9年度 総会の議案", deadline=here.soon(9), form=VOTE)
    for phone, said in ((officer, {"answers": votes("for", "against")}), (leader, {"letter": "chair"})):
        await phone.pull()
        forms.reply(phone, notice["id"], at=town.clock(), **said)
        assert await forms.sent(phone) == [("ok", "")]
    resident, president = await take_up("伊藤 さち"), await take_up("山田 花子")
    await resident.open(f"/n/{notice['id']}")
    await resident.page.get_by_label("ほかの方に委任する").check()
    await resident.press("この内容で回答する")
    await resident.sees("名前を書いてください。")
    await resident.page.get_by_label("委任する方の名前").fill("高橋　健")
    await accessible(resident)
    await resident.page.get_by_text("どのように議決しますか").scroll_into_view_if_needed()
    await take(resident.page, album(tmp_path) / "form-vote.png")
    await resident.press("この内容で回答する")
    await resident.sees("高橋 健さんに委任")
    await president.open(f"/forms/{notice['id']}")
    await president.sees("第2号議案")
    await president.sees("ほかの方への委任（議決に加えました）")
    await accessible(president)
    await president.page.get_by_text("議長への委任は、").scroll_into_view_if_needed()
    await take(president.page, album(tmp_path) / "form-results.png")
    await president.press("紙の回答を書きうつす")
    await president.page.get_by_label("世帯", exact=True).select_option(here.town.households["鈴木"])
    for motion in ("m1", "m2"):
        await president.page.locator(f"[data-question={motion}]").get_by_label("棄権").check()
    await accessible(president)
    await take(president.page, album(tmp_path) / "form-enter.png")
    await president.press("この内容で回答する")
    await president.sees("鈴木の回答を書きうつしました。")
    await president.press("回答の集まり具合")
    await president.sees("のうち4世帯が回答")
    await resident.open("/looks")
    await resident.sees("令和9年度 総会の議案")


async def test_an_answer_to_an_option_that_was_removed_is_shown_and_given_again(
    here: Site, take_up: TakeUp
) -> None:
    town = here.town
    president = await town.phone("山田 花子")
    notice = await town.post(president, title="清掃の日のアンケート", deadline=here.soon(9), form=SURVEY)
    resident = await take_up("伊藤 さち")
    await resident.open(f"/n/{notice['id']}")
    await resident.lose_signal()
    await resident.page.locator("[data-question=when]").get_by_label("午後").check()
    await resident.page.get_by_label("ご意見").fill("雨の日は休みに")
    await resident.press("この内容で回答する")
    await resident.sees("まだ会に届いていません")
    when, *rest = SURVEY["questions"]
    less = SURVEY | {"questions": [when | {"options": [when["options"][0], when["options"][2]]}, *rest]}
    assert (await correct(president, notice["id"], form=less)).status_code == 200
    await resident.find_signal()
    await resident.sees("次の回答は届きませんでした。")
    await resident.sees("選ばれた答えは、会がなくしました。")
    await expect(resident.page.get_by_label("ご意見")).to_have_value("雨の日は休みに")
    await accessible(resident)
    await resident.page.locator("[data-question=when]").get_by_label("午前").check()
    await resident.press("この内容で回答する")
    await expect(resident.page.locator(".answered")).to_contain_text("会に届きました。")
    assert (await forms.stands(president, notice["id"]))["counts"]["questions"]["when"]["am"] == 1


async def test_a_closed_form_says_so_and_shows_what_was_answered(here: Site, take_up: TakeUp) -> None:
    town = here.town
    town.clock.pass_(days=-3)
    president, resident = await town.phone("山田 花子"), await town.phone("伊藤 さち")
    until: datetime = town.clock()
    notice = await town.post(
        president, title="集いの出欠", deadline=until.replace(hour=23).isoformat(), form=lunch(None)
    )
    await resident.pull()
    forms.reply(resident, notice["id"], people=3, at=town.clock())
    await resident.push()
    town.clock.pass_(days=3)
    held = await take_up("伊藤 さち")
    await held.open(f"/n/{notice['id']}")
    await held.sees("受けつけは終わりました。")
    await held.sees("出席（3人）")
    await expect(held.page.get_by_role("button", name="回答を変える")).to_have_count(0)
    await accessible(held)
