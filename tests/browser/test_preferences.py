"""A resident says how they wish to be told, on the phone and without a signal."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import expect

from notices.models import Person
from notices.town import preferences
from tests.browser.conftest import TakeUp
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.town import TENANT

pytestmark = pytest.mark.browser


KEPT = """async () => {
  while (document.querySelector("k-preferences").keeping) await new Promise((done) => setTimeout(done, 10));
}"""


async def kept(here: Site, name: str) -> dict[str, Any]:
    async with here.town.house.db.read() as session:
        return preferences.told(await session.get_one(Person, (TENANT, here.town.people[name])))


async def test_how_one_wishes_to_be_told_is_chosen_without_a_signal_and_counts_when_it_is_back(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.sees("お知らせの受けとり方")
    await resident.lose_signal()
    page = resident.page
    await page.get_by_label("一週間に一度、まとめて").check()
    await page.get_by_label("まとめて受けとる曜日").select_option(label="土曜日")
    await page.get_by_label("まとめて受けとる時刻").select_option(label="9時")
    await page.get_by_label("夜など、決まった時間は届けない").check()
    await page.get_by_label("会費・会計").uncheck()
    await page.evaluate(KEPT)
    await resident.sees("受けとり方（")
    assert await page.get_by_text("受けとり方（").count() == 1, "five choices wait as one"
    assert (await kept(here, "伊藤 さち"))["digest"]["every"] == "now", "nothing has left the phone"
    await page.reload()
    await expect(page.get_by_label("一週間に一度、まとめて")).to_be_checked()
    await page.locator("#preferences").scroll_into_view_if_needed()
    await take(page, album(tmp_path) / "preferences.png")

    await resident.find_signal()
    await resident.sees("すべて会に届いています。")
    assert await kept(here, "伊藤 さち") == {
        "locale": "ja",
        "topics": {"money": False},
        "area": None,
        "quietHours": {"from": "22:00", "to": "06:30"},
        "digest": {"every": "weekly", "hour": 9, "day": 5},
    }
    await page.reload()
    await expect(page.get_by_label("一週間に一度、まとめて")).to_be_checked()
    await expect(page.get_by_label("会費・会計")).not_to_be_checked()


PRESSED_WHILE_IT_READS = """async () => {
  const box = document.querySelector("k-preferences");
  const takenBack = [];
  for (let steps = 0; steps < 40; steps += 1) {
    const every = steps % 2 ? "now" : "weekly";
    const reading = box.load();
    for (let step = 0; step < steps; step += 1) {
      await new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = done;
        port2.postMessage(0);
      });
    }
    const keeping = box.keep({ digest: { ...box.wishes.digest, every } });
    await reading;
    if (box.wishes.digest.every !== every) takenBack.push(steps);
    await keeping;
  }
  return takenBack;
}"""
"""Sooner and later after the reading began, by turns of the page's loop."""


async def test_a_choice_is_not_taken_back_by_what_the_page_was_just_reading(take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/settings")
    await resident.sees("お知らせの受けとり方")
    await resident.lose_signal()
    assert await resident.page.evaluate(PRESSED_WHILE_IT_READS) == []
