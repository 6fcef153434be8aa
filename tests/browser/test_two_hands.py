"""Two people have the same draft open: the second save is refused, shows what is there, and nothing that was typed is lost."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.browser.test_alarms import evacuate
from tests.browser.test_approvals import APPROVER, CLERK, with_passkey
from tests.journeys import circulars, story
from tests.journeys.story import OFFICER_2
from tests.journeys.test_alerts_of_others import machine
from tests.journeys.test_drafts_of_the_city import kept

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)]
COLLEAGUE = "木下 薫"
REFUSED = "status of 409"


async def sound(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_a_clerk_who_saves_second_sees_what_the_first_has_made_of_it(
    here: Site, take_up: TakeUp
) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    await with_passkey(here, take_up, APPROVER, "approver")
    colleague = await circulars.clerk(here.town, COLLEAGUE)
    draft = await kept(here.town, colleague, deadline=here.soon())
    clerk.expect(REFUSED)
    await clerk.open(f"/city/{draft}/write")
    await clerk.page.get_by_label("本文").fill("石川が書いた文です。")
    narrow = {"audience": {"associations": [here.town.sakura]}, "title": "木下が直した題"}
    assert (await story.correct(colleague, draft, **narrow)).status_code == 200
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.sees(f"{COLLEAGUE}さんが、今日")
    await clerk.sees("この下書きを書きかえました。")
    await expect(clerk.page.locator(".problem")).to_be_focused()
    await clerk.sees("木下が直した題")
    await clerk.sees("送り先：さくら町内会")
    await clerk.sees("石川が書いた文です。")
    await sound(clerk)
    await clerk.page.get_by_role("button", name="書きなおす").click()
    await expect(clerk.page.get_by_label("本文")).to_have_value("石川が書いた文です。")
    await sound(clerk)
    await clerk.page.get_by_label("題").fill("二人で直した題")
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.sees("市の下書きに残しました")
    saved = await story.notice(colleague, draft)
    assert (saved["title"], saved["body"]) == ("二人で直した題", "石川が書いた文です。")

    await clerk.sees("この下書きを捨てる")
    await clerk.press("書きなおす")
    await clerk.page.get_by_label("本文").fill("もう一度書いた文です。")
    assert (await story.correct(colleague, draft, title="最後の題")).status_code == 200
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.press("書いたものを捨てて、いまの内容を使う")
    await expect(clerk.page.get_by_label("題")).to_have_value("最後の題")
    await clerk.page.get_by_label("本文").fill("送られたあとも残る文です。")
    assert (await story.act(colleague, draft, "withdraw")).status_code == 200
    await clerk.press("送る前にたしかめる")
    await clerk.press("送らずに、市の下書きに残す")
    await clerk.sees("もう捨てました")
    await clerk.press("書いたものを、新しい下書きにする")
    await expect(clerk.page.get_by_label("本文")).to_have_value("送られたあとも残る文です。")
    await expect(clerk.page).to_have_url(f"{here.origin}/city/write")

    await clerk.open(f"/city/{draft}/write")
    await clerk.sees(f"{COLLEAGUE}さんが、今日")
    await clerk.sees("もう捨てました")
    await sound(clerk)
    await clerk.press("一覧にもどる")
    await clerk.sees("市の回覧を書く")
    sent = await kept(here.town, colleague, deadline=here.soon())
    await circulars.publish(here.town, colleague, sent)
    await clerk.open(f"/city/{sent}/write")
    await clerk.sees("もう送りました")
    await clerk.press("どうなったかを見る")
    await clerk.sees("回した 0・まだ")


async def test_an_officer_who_saves_second_or_too_late_loses_nothing(here: Site, take_up: TakeUp) -> None:
    president, other = await take_up("山田 花子"), await here.town.phone(OFFICER_2)
    draft = (await here.town.post(other, publish=False))["id"]
    president.expect(REFUSED)
    await president.open(f"/correct/{draft}")
    await president.page.get_by_label("題").fill("会長が書いた題")
    assert (await story.correct(other, draft, body="役員が直した文です。")).status_code == 200
    await president.press("下書きを保存する")
    await president.sees(f"副会長の{OFFICER_2}さんが、今日")
    await president.sees("役員が直した文です。")
    await expect(president.page.get_by_label("題")).to_have_value("会長が書いた題")
    await sound(president)
    await president.press("下書きを保存する")
    await president.sees("直しました。")
    assert (await story.notice(other, draft))["title"] == "会長が書いた題"

    await president.open(f"/correct/{draft}")
    await president.page.get_by_label("題").fill("間に合わなかった題")
    assert (await story.act(other, draft, "publish")).status_code == 200
    await here.town.work()
    await president.press("下書きを保存する")
    await president.sees("もう送りました")
    assert (await story.notice(other, draft))["title"] == "会長が書いた題"
    await president.press("書いたものを、新しい下書きにする")
    await expect(president.page.get_by_label("題")).to_have_value("間に合わなかった題")

    thrown = (await here.town.post(other, publish=False))["id"]
    assert (await story.act(other, thrown, "withdraw")).status_code == 200
    await president.open(f"/correct/{thrown}")
    await president.sees(f"副会長の{OFFICER_2}さんが、今日")
    await president.sees("もう捨てました")
    await sound(president)
    await president.press("一覧にもどる")
    await expect(president.page).to_have_url(f"{here.origin}/sent")


async def test_what_was_typed_of_an_alarm_is_not_thrown_away_by_escape_nor_by_a_colleague(
    here: Site, take_up: TakeUp
) -> None:
    president, other = await take_up("山田 花子"), await here.town.phone(OFFICER_2)
    draft = (await here.town.post(other, **evacuate(publish=False)))["id"]
    president.expect(REFUSED)
    await president.open(f"/alarm/{draft}")
    await president.press("文と送り先を直す")
    await president.page.keyboard.press("Escape")
    await expect(president.page.get_by_label("題", exact=True)).to_have_count(0)
    await president.press("文と送り先を直す")
    await president.page.get_by_label("題", exact=True).fill("会長が書いた題")
    await president.page.keyboard.press("Escape")
    await president.sees("捨ててよろしいですか")
    await sound(president)
    await president.page.keyboard.press("Escape")
    await expect(president.page.get_by_label("題", exact=True)).to_have_value("会長が書いた題")
    await president.does_not_see("捨ててよろしいですか")

    to = {"audience": {"blocks": [here.town.blocks["二班"]]}, "title": "役員が直した題"}
    assert (await story.correct(other, draft, **to)).status_code == 200
    await president.sees("【緊急】役員が直した題")
    await president.press("直した下書きを残す")
    await president.sees("書きかえました")
    await president.sees("送り先：二班")
    await expect(president.page.get_by_label("題", exact=True)).to_have_value("会長が書いた題")
    await sound(president)
    assert (await story.notice(other, draft))["audience"] == to["audience"]
    await president.press("書いたものを捨てて、いまの内容を使う")
    await expect(president.page.get_by_label("題", exact=True)).to_have_value("役員が直した題")
    await expect(president.page.get_by_label("二班")).to_be_checked()


async def test_a_press_that_overtakes_a_colleague_s_words_sends_nothing_until_they_are_seen(
    here: Site, take_up: TakeUp
) -> None:
    president, other = await take_up("山田 花子"), await here.town.phone(OFFICER_2)
    president.expect(REFUSED)
    for kind, page, button, done in (
        ("notice", "sent", "会に出す", "受けつけました。"),
        ("emergency", "alarm", "緊急で送る", "緊急のお知らせを送りました。"),
    ):
        said = evacuate(publish=False) if kind == "emergency" else {"publish": False}
        draft = (await here.town.post(other, **said))["id"]
        await president.open(f"/{page}/{draft}")
        press = president.page.get_by_role("button", name=button)
        await expect(press).to_be_enabled()
        here.gate.pages = held = asyncio.Semaphore(0)
        assert (await story.correct(other, draft, body="役員が直した文です。")).status_code == 200
        await press.click()
        here.gate.pages = None
        for _ in range(20):
            held.release()
        await president.sees("まだ送っていません。")
        await president.sees("役員が直した文です。")
        assert (await story.notice(other, draft))["state"] == "draft"
        await sound(president)
        await expect(press).to_be_enabled()
        await press.click()
        await president.sees(done)
        assert (await story.notice(other, draft))["state"] != "draft"


async def test_a_rule_being_written_is_not_thrown_away_by_escape(here: Site, take_up: TakeUp) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    await (await machine(here.town)).brought(expires=f"{here.soon()}T16:00:00+09:00")
    await clerk.open("/alerts")
    await clerk.press("決まりを書く")
    await clerk.page.get_by_label("警報の名前").fill("大雨特別警報")
    await clerk.page.keyboard.press("Escape")
    await clerk.sees("捨ててよろしいですか")
    await sound(clerk)
    await clerk.press("書きつづける")
    await expect(clerk.page.get_by_label("警報の名前")).to_have_value("大雨特別警報")
    await clerk.press("やめる")
    await clerk.press("書いたものを捨てる")
    await clerk.sees("自動で送る決まりはありません。")
    await expect(clerk.page.get_by_label("警報の名前")).to_have_count(0)


async def test_what_was_typed_of_an_alarm_stays_though_a_colleague_has_sent_it_or_thrown_it_away(
    here: Site, take_up: TakeUp
) -> None:
    president, other = await take_up("山田 花子"), await here.town.phone(OFFICER_2)
    for deed, said, became in (
        ("send", {"kind": "emergency"}, "もう送りました"),
        ("withdraw", {}, "もう捨てました"),
    ):
        draft = (await here.town.post(other, **evacuate(publish=False)))["id"]
        await president.open(f"/alarm/{draft}")
        await president.press("文と送り先を直す")
        title = president.page.get_by_label("題", exact=True)
        await title.fill("会長が書いた題")
        done = await other.http.post(f"/api/v1/notices/{draft}/{deed}", json=said)
        assert done.status_code == 200, done.text
        await president.sees(f"副会長の{OFFICER_2}さんが、今日")
        await president.sees(became)
        await expect(title).to_have_value("会長が書いた題")
        await president.sees("下の文は、送られていません。")
        await president.does_not_see("直した下書きを残す")
        await sound(president)
        await president.press("書いたものを捨てる")
        await president.sees("捨ててよろしいですか")
        await president.press("書いたものを捨てる")
        await expect(title).to_have_count(0)
        await president.sees("このスマホにはありません" if deed == "withdraw" else "だれに届いたか")
