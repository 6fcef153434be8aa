"""Deeds told by the keyboard alone: who cannot hold a phone still, and who sits at an office's desk."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.access import violations
from tests.browser.conftest import TakeUp
from tests.browser.keyboard import on, tab_to
from tests.browser.site import Site
from tests.journeys import forms

pytestmark = pytest.mark.browser


async def test_the_keyboard_alone_leads_from_the_slip_to_the_stamp(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    cleaning = await here.town.post(president, title="秋の清掃", deadline=here.soon())
    resident = await take_up()
    await resident.open("/enrol")
    await resident.sees("登録するとこうなります")
    await tab_to(resident, "紙の番号")
    await resident.page.keyboard.type(await here.town.code_for("伊藤 さち"))
    await resident.page.keyboard.press("Enter")
    await resident.sees("伊藤 さちさんとして登録しました")
    await on(resident, "お知らせを見る")
    await resident.sees("秋の清掃")
    await on(resident, "秋の清掃")
    await expect(resident.page).to_have_url(re.compile(f"/n/{cleaning['id']}$"))
    await resident.page.get_by_role("button", name="読みました").wait_for()
    await on(resident, "読みました")
    await expect(resident.page.get_by_role("img", name=re.compile("二班、済、"))).to_be_visible()
    assert await violations(resident.page) == []


async def test_a_circular_is_refused_where_it_is_wrong_and_published(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    keys, focused = president.page.keyboard, president.page.locator(":focus")
    await on(president, "書く")
    await expect(focused).to_have_text("お知らせを書く")
    await on(president, "たしかめる")
    await expect(focused).to_have_attribute("aria-invalid", "true")
    await keys.type("Seisou")
    await tab_to(president, "本文")
    await keys.type("Asa 8 ji.")
    await on(president, "たしかめる")
    await expect(focused).to_have_text("Seisou")
    await keys.press("Escape")
    await expect(focused).to_have_value("Seisou")
    await on(president, "たしかめる")
    await on(president, "会に出す")
    await president.sees("に出しました。")


async def test_escape_goes_back_one_step_and_a_refusal_is_where_the_reader_is(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    keys, focused = president.page.keyboard, president.page.locator(":focus")
    await on(president, "名簿")
    await president.sees("世帯が登録")
    await on(president, "一班")
    await on(president, "このスマホを止める")
    question = president.page.locator(".confirm")
    await expect(question.get_by_role("button").first).to_be_focused()
    await keys.press("Escape")
    await expect(question).to_have_count(0)
    await expect(focused).to_have_text("このスマホを止める")
    await president.lose_signal()
    await keys.press("Enter")
    await expect(question.get_by_role("button").first).to_be_focused()
    await keys.press("Enter")
    await expect(focused).to_have_class("problem")
    await tab_to(president, "このスマホを止める")
    await keys.press("Escape")
    await expect(focused).to_contain_text("一班")
    await expect(president.page.get_by_text("このスマホを止める").first).to_be_hidden()
    await keys.press("Escape")
    await expect(president.page).to_have_url(re.compile("/people$"))


async def test_a_safety_check_and_a_form_are_answered(here: Site, take_up: TakeUp) -> None:
    chair = await here.town.phone("山田 花子")
    said = {"kind": "safety-check", "topic": "disaster", "title": "ご無事ですか", "body": "答えてください。"}
    check = await here.town.post(chair, **said, deadline=None)
    asked = await here.town.post(chair, title="アンケート", form=forms.SURVEY, deadline=here.soon())
    resident = await take_up("伊藤 さち")
    await resident.open(f"/n/{check['id']}")
    await resident.sees("1つ押してください。")
    await on(resident, "助けが必要です", "Space")
    await resident.sees("伊藤 さち：助けが必要です")
    await resident.open(f"/n/{asked['id']}")
    await resident.sees("清掃はいつがよいですか")
    await on(resident, "この内容で回答する")
    await expect(resident.page.locator("[data-question=when]")).to_be_focused()
    await on(resident, "午前", "ArrowDown")
    await on(resident, "この内容で回答する")
    await expect(resident.page.locator(".answered")).to_be_focused()
