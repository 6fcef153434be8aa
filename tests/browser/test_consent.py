"""The privacy text: agreed to at enrolment, asked for again where it is new, gently, and without a signal too."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import delete, select

from notices.models import Consent
from notices.privacy.consent import NEWEST
from sync.models import SyncRecord
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site

pytestmark = pytest.mark.browser


async def agreed(here: Site) -> list[str]:
    async with here.town.house.db.read() as session:
        return list(await session.scalars(select(Consent.version)))


async def test_enrolment_by_a_browser_keeps_what_was_agreed_to_and_asks_no_more(
    here: Site, take_up: TakeUp
) -> None:
    resident = await take_up("伊藤 さち")
    assert await agreed(here) == [NEWEST]
    await expect(resident.page.get_by_role("button", name="あとで")).to_have_count(0)
    await resident.open("/settings")
    await resident.sees("2026年11月版に、")


async def test_a_newer_text_is_asked_for_gently_and_agreed_to_without_a_signal_by_keyboard(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    resident = await take_up("伊藤 さち")
    # As if what she agreed to had been another version.
    async with here.town.house.db.write() as session:
        await session.execute(delete(Consent), execution_options={"journalled": True})
        await session.execute(delete(SyncRecord).where(SyncRecord.type == "consents"))
    await resident.page.evaluate("""async () => {
        const db = await new Promise((done) => { indexedDB.open("kairan").onsuccess = (e) => done(e.target.result); });
        const store = db.transaction("records", "readwrite").objectStore("records");
        store.delete(IDBKeyRange.bound(["consents", ""], ["consents", "\uffff"]));
        db.close();
    }""")
    await resident.lose_signal()
    await resident.open("/")
    await resident.sees("「個人情報のあつかい」が新しくなりました。")
    await tab_to(resident, "読む")
    await resident.page.keyboard.press("Enter")
    await resident.sees("新しい「個人情報のあつかい」")
    assert await violations(resident.page) == []
    assert await sideways_at_double_text(resident.page) <= 0
    await take(resident.page, album(tmp_path) / "consent.png")
    await tab_to(resident, "読みました。同意します")
    await resident.page.keyboard.press("Enter")
    await resident.sees("同意した記録を残しました。")
    await resident.does_not_see("新しい「個人情報のあつかい」")
    await resident.find_signal()
    await resident.open("/settings")
    await resident.sees("すべて会に届いています。")
    assert await agreed(here) == [NEWEST]
