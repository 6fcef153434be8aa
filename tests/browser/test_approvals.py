"""市全体への承認: the approver sees what it is and whom it reaches, approves with the passkey, or gives it back."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy import delete

from notices import ids
from notices.models import StepUp
from tests.authenticator import Authenticator
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.gate import Refusal
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_passkeys import with_authenticator
from tests.journeys import alarms, circulars, city_hall, story
from tests.journeys.city_hall import Official, official
from tests.town import circular

pytestmark = [pytest.mark.browser, pytest.mark.parametrize("here", [{"host": "localhost"}], indirect=True)]

CLERK, APPROVER = "石川 真", "岡田 薫"


async def clerk_of(here: Site) -> Official:
    return await official(here.town, CLERK, passkey=Authenticator(origin=here.origin))


async def asked(here: Site, clerk: Official, **said: Any) -> str:
    await clerk.phone.pull()
    [city] = story.ids_of(clerk.phone, "cities")
    body = circular(deadline=here.soon(), **said)
    headers = {"Idempotency-Key": ids.new_id()}
    answer = await clerk.http.post(f"/api/v1/cities/{city}/notices", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    id: str = answer.json()["id"]
    return id


async def with_passkey(here: Site, take_up: TakeUp, name: str, role: str) -> Handset:
    held = await take_up()
    await with_authenticator(held)
    await held.enrol(await city_hall.slip_for(here.town, name, role))
    await held.open("/settings")
    await held.press("この端末にパスキーを作る")
    await held.sees("に作りました")
    return held


async def long_ago(here: Site) -> None:
    """Nobody has proved themselves of late."""
    async with here.town.house.db.write() as session:
        await session.execute(delete(StepUp))


async def test_an_approver_sees_whom_it_reaches_proves_themselves_and_approves(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    held = await with_passkey(here, take_up, APPROVER, "approver")
    clerk = await clerk_of(here)
    await held.open("/approvals")
    await held.sees("承認を待つものはありません")
    assert await violations(held.page) == []
    await asked(here, clerk, title="市内いっせい清掃のお願い")
    await long_ago(here)
    await held.sees("市内いっせい清掃のお願い")
    await held.sees("2の会　")
    # What it is put on top of stands before the approver, too.
    await held.sees("今月、すでに届いている数")
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0
    await take(held.page, album(tmp_path) / "approvals.png")
    held.expect("status of 403")  # the first try, before the passkey is asked for
    await held.press("承認して送る")
    await held.page.keyboard.press("Enter")
    await held.sees("承認しました。これから送ります。")
    await held.sees("承認して送りました")
    assert await violations(held.page) == []


async def test_given_back_with_a_reason_by_keyboard_alone(here: Site, take_up: TakeUp) -> None:
    held = await with_passkey(here, take_up, APPROVER, "approver")
    clerk = await clerk_of(here)
    notice = await asked(here, clerk)
    await held.open("/approvals")
    await held.sees("差し戻す")
    await held.control("差し戻す").focus()
    await held.page.keyboard.press("Enter")
    await expect(held.page.get_by_label("差し戻すわけ")).to_be_focused()
    await held.page.keyboard.type("日付がちがいます。")
    assert await violations(held.page) == []
    await held.page.keyboard.press("Tab")
    await held.page.keyboard.press("Enter")
    await held.sees("差し戻しました。頼んだ方に知らせます。")
    await clerk.phone.pull()
    assert clerk.phone.records["approvals", notice]["reason"] == "日付がちがいます。"


async def test_that_a_colleague_was_quicker_is_read_and_an_alarm_waits_for_no_load(
    here: Site, take_up: TakeUp
) -> None:
    held = await with_passkey(here, take_up, APPROVER, "approver")
    load = f"/api/v1/cities/{await circulars.city(here.town)}/load"
    here.gate.refusal = Refusal(load, 503)
    held.expect("status of (409|503)")
    notice = await asked(here, await clerk_of(here), title="市内いっせい清掃のお願い")
    await held.open("/approvals")
    await held.sees("今月すでに届いている数を、市役所から受けとれません。")
    await expect(held.page.get_by_role("button", name="承認して送る")).to_be_disabled()
    sounding = await alarms.asked(here.town, await circulars.clerk(here.town))
    await held.sees("避難指示：川ぞいの地域")
    alarm = held.page.locator("article").filter(has_text="避難指示：川ぞいの地域")
    await expect(alarm.get_by_role("button", name="承認して送る")).to_be_enabled()
    await circulars.approve(here.town, sounding["id"])
    await expect(alarm).to_have_count(0)
    here.gate.refusal = None
    await held.press("もう一度調べる")

    # The phone hears of nothing while a colleague approves.
    await held.press("承認して送る")
    await expect(held.page.locator(".confirm button").first).to_be_focused()
    here.gate.refusal = Refusal("/sync/", 503)
    await circulars.approve(here.town, notice)
    here.gate.refusal = None
    await held.page.keyboard.press("Enter")
    await expect(held.page.locator(".problem")).to_be_focused()
    await expect(held.page.locator("article")).to_have_count(0)
    await held.sees("承認を待つものはありません")
    assert await violations(held.page) == []


async def test_the_clerk_sees_that_it_waits_and_may_take_it_back(here: Site, take_up: TakeUp) -> None:
    clerk = await clerk_of(here)
    await official(here.town, APPROVER, "approver", passkey=Authenticator(origin=here.origin))
    await asked(here, clerk)
    held = await take_up()
    made = await city_hall.ticket_for(here.town, CLERK)
    await held.enrol(made)
    await held.press("承認")
    await held.sees("ほかの方の承認を待っています")
    await expect(held.page.get_by_role("button", name="承認して送る")).to_have_count(0)
    await held.lose_signal()
    await held.page.reload()
    await held.sees("ほかの方の承認を待っています")
    await held.find_signal()
    await held.press("取り下げる")
    await held.page.locator(".confirm").get_by_role("button", name="取り下げる").tap()
    await held.sees("取り下げました。送りません。")


async def fits(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_a_clerk_corrects_what_is_out_and_the_approver_sees_both_texts(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    clerk = await with_passkey(here, take_up, CLERK, "clerk")
    approver = await with_passkey(here, take_up, APPROVER, "approver")
    colleague = await official(here.town, "木下 薫", passkey=Authenticator(origin=here.origin))
    await colleague.prove()
    notice = await asked(here, colleague)
    await approver.open("/approvals")
    await approver.press("承認して送る")
    await approver.page.keyboard.press("Enter")
    await approver.sees("承認しました。これから送ります。")
    await clerk.open(f"/city/{notice}")
    await clerk.press("文を直す")
    await clerk.sees("それまでは、いまの文のままです。")
    await clerk.press("直す承認をたのむ")
    await clerk.sees("まだどこも直していません。")
    await clerk.page.get_by_label("本文").fill("日を直しました。12月5日です。")
    await fits(clerk)
    await clerk.does_not_see("まだどこも直していません。")
    await clerk.page.evaluate("scrollTo(0, 0)")
    await take(clerk.page, album(tmp_path) / "city-correct.png")
    await clerk.press("直す承認をたのむ")
    await clerk.sees("訂正の承認を待っています")
    await fits(clerk)

    await approver.sees("送った回覧の訂正です")
    await approver.sees("日を直しました。12月5日です。")
    await approver.page.locator("summary").filter(has_text="いま出ている文").tap()
    await fits(approver)
    await take(approver.page, album(tmp_path) / "correction-to-approve.png")
    await approver.press("承認して文を直す")
    await approver.page.keyboard.press("Enter")
    await approver.sees("承認しました。これから直します。")
    await approver.sees("承認して直しました")
    await clerk.sees("文を直す")
    await clerk.page.locator("summary").filter(has_text="回覧の文を見る").tap()
    await clerk.sees("日を直しました。12月5日です。")


async def test_an_officer_is_not_offered_the_page(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await expect(president.page.get_by_role("link", name="承認")).to_have_count(0)
    await president.open("/approvals")
    await president.sees("この画面は、市の担当の方が使います。")
