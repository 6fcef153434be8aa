"""Deeds told by the keyboard alone: who cannot hold a phone still, and who sits at an office's desk."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.browser.test_access import tab_to
from tests.journeys import forms

pytestmark = pytest.mark.browser


async def on(held: Handset, name: str, key: str = "Enter") -> None:
    """To what has this name by Tab, and this key on it."""
    await tab_to(held, name)
    await held.page.keyboard.press(key)


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
    await on(president, "会に出す")
    await president.sees("に出しました。")


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
