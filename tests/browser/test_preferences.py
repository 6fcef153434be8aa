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
