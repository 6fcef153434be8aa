"""What people see of an emergency and of a drill: before everything else, unmistakable, in their language, to its end."""

import asyncio
import json
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from notices.channels import Mail, Outgoing
from notices.channels.memory import MemoryChannel
from notices.models import Person
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import PATIENCE_MS, Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_service_worker import devtools, in_worker, listen, notifications
from tests.phone import Phone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ALERT = "避難指示：川ぞいの1班・2班"
CLEAR = "避難指示を解除しました"
TRANSLATIONS = {
    "ja-easy": {
        "title": "すぐに にげて ください",
        "body": "川の 水が あふれます。桜小学校へ 行って ください。",
    },
    "en": {"title": "Evacuate now: along the river", "body": "The river may flood. Go to Sakura School."},
    "zh": {"title": "避难指示：沿河地区", "body": "河水可能泛滥，请前往樱小学。"},
    "ko": {"title": "피난 지시: 강변 지역", "body": "강이 넘칠 수 있습니다. 사쿠라 초등학교로 가십시오."},
}


def evacuate(**said: Any) -> dict[str, Any]:
    body = "川の水があふれるおそれがあります。**桜小学校**へ避難してください。"
    said = {"kind": "emergency", "topic": "disaster", "title": ALERT, "body": body} | said
    return {"deadline": None, "translations": TRANSLATIONS} | said


async def alert(here: Site, president: Phone, **said: Any) -> str:
    made = await here.town.post(president, **evacuate(**said))
    await here.town.work()
    id: str = made["id"]
    return id


async def follow(here: Site, president: Phone, first: str, step: str, title: str, **said: Any) -> str:
    translations = {"en": {"title": f"{step} in English", "body": "Read this."}}
    chain = {"refersTo": first, "step": step, "title": title, "translations": translations}
    return await alert(here, president, **chain, **said)


async def sound(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_an_alert_stands_before_everything_and_is_read_in_five_languages_without_a_signal(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await here.town.phone("山田 花子")
    resident = await take_up("伊藤 さち")
    await here.town.post(president, deadline=here.soon())
    await alert(here, president)
    await here.town.post(president, title="古紙回収の日が変わります", deadline=None, kind="notice")
    await resident.sees("古紙回収の日が変わります")
    first = resident.page.locator(".card").first
    await expect(first).to_contain_text(ALERT)
    await expect(first).to_contain_text("緊急")
    await expect(first.locator(".sign")).to_be_visible()
    await sound(resident)
    await resident.press("今はしない")
    await take(resident.page, album(tmp_path) / "alarm-list.png")

    await resident.press(ALERT)
    await resident.sees(f"【緊急】{ALERT}")
    await sound(resident)
    await take(resident.page, album(tmp_path) / "alarm-notice.png")
    await resident.lose_signal()
    for name, lang, title in (
        ("English", "en", "[EMERGENCY] Evacuate now"),
        ("中文", "zh-Hans", "【紧急】避难指示"),
        ("한국어", "ko", "【긴급】피난 지시"),
        ("やさしい日本語", "ja", "【緊急】すぐに にげて"),
    ):
        await resident.page.get_by_role("button", name=name, exact=True).press("Enter")
        heading = resident.page.get_by_role("heading", level=2)
        await expect(heading).to_contain_text(title)
        await expect(heading).to_have_attribute("lang", lang)
        await sound(resident)
    await resident.open("/")
    await expect(resident.page.locator(".card").first).to_contain_text("すぐに にげて ください")


async def test_a_phone_that_was_off_gets_the_all_clear_in_place_of_the_alert(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await here.town.phone("山田 花子")
    resident = await take_up("伊藤 さち")
    first = await alert(here, president)
    await resident.sees(ALERT)
    await resident.lose_signal()
    await follow(here, president, first, "update", "避難所は中学校に変わりました")
    clear = await follow(here, president, first, "all-clear", CLEAR)
    await resident.page.reload()
    await expect(resident.page.locator(".card.danger")).to_contain_text(ALERT)

    await resident.find_signal()
    await resident.sees(CLEAR)
    await expect(resident.page.locator(".card.over")).to_contain_text("解除")
    await expect(resident.page.locator(".danger")).to_have_count(0)
    await resident.does_not_see(ALERT)
    await sound(resident)
    await take(resident.page, album(tmp_path) / "alarm-over.png")

    await resident.lose_signal()
    await resident.open(f"/n/{first}")  # from a notification that was left on the lock screen
    await resident.sees(f"【解除】{CLEAR}")
    await resident.sees("この緊急のお知らせは、解除されました。")
    await resident.press("読みました")
    await resident.page.get_by_text("これまでのお知らせを見る（2件）").tap()
    await resident.sees("【緊急】【続報】避難所は中学校に変わりました")
    await resident.sees(f"【緊急】{ALERT}")
    await sound(resident)
    await resident.find_signal()
    await resident.sees("会に届きました")
    assert clear != first


async def test_a_drill_looks_like_nothing_else_and_says_so_everywhere(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await here.town.phone("山田 花子")
    resident, leader = await take_up("伊藤 さち"), await take_up("田中 実")
    drill = await alert(here, president, kind="exercise", title="川ぞいの避難")
    await resident.sees("【訓練】川ぞいの避難")
    await expect(resident.page.locator(".card.drill")).to_have_count(1)
    await expect(resident.page.locator(".danger")).to_have_count(0)
    await sound(resident)
    await resident.press("今はしない")
    await take(resident.page, album(tmp_path) / "exercise-list.png")
    await resident.press("【訓練】川ぞいの避難")
    await resident.sees("これは訓練です。本当の災害ではありません。")
    await resident.press("English")
    await resident.sees("[DRILL] Evacuate now")
    await sound(resident)
    await resident.press("読みました")
    await resident.sees("会に届きました")

    for path in (f"/walk/{drill}", f"/reach/{drill}", f"/sheet/{drill}"):
        await leader.open(path)
        await leader.sees("【訓練】川ぞいの避難")
        await sound(leader)


async def test_the_all_clear_takes_the_place_of_the_notification(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await resident.page.goto("about:blank")
    shown = {"lang": "ja", "body": "", "tag": "notice-first"}
    async with devtools(resident) as tools:
        for title, more in (("【緊急】避難指示", {}), ("【解除】避難指示", {"renotify": True})):
            await listen(resident)
            await tools.push(json.dumps({"notification": {**shown, "title": title, **more}}))
            await in_worker(resident, "() => self.shown")
        seen = await notifications(resident)
    assert [each["title"] for each in seen] == ["【解除】避難指示"]


async def test_the_language_one_wishes_for_is_that_of_mails_and_of_the_list(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.page.get_by_label("お知らせのことば").select_option("한국어")
    await resident.sees("受けとり方を変えました。")
    await has_said(here, resident, "ko")
    await alert(here, president)
    await resident.open("/")
    await resident.sees("피난 지시: 강변 지역")
    mails = here.town.house.channels["mail"]
    assert isinstance(mails, MemoryChannel)
    await resident.until(lambda: any("【긴급】" in subject(mail) for mail in mails.kept))


async def has_said(here: Site, held: Handset, locale: str) -> None:
    """What is chosen is kept on the phone at once, and leaves it a moment later."""
    said = select(Person.id).where(Person.id == here.town.people["伊藤 さち"], Person.locale == locale)
    async with asyncio.timeout(PATIENCE_MS / 1000):
        while True:
            async with here.town.house.db.read() as session:
                if await session.scalar(said):
                    return
            await held.page.wait_for_timeout(50)


def subject(message: Outgoing) -> str:
    assert isinstance(message, Mail)
    return str(message_from_bytes(message.body.head, policy=policy.default)["Subject"])
