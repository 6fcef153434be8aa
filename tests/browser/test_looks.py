"""名前を見た人: a leader looks at names without a signal; a resident of the block reads on her own screen who it was."""

from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from notices.models import Look
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.autumn import autumn
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_access import tab_to
from tests.town import TENANT

pytestmark = pytest.mark.browser


async def looks_at(here: Site) -> list[tuple[str, bool]]:
    """(whose, at a notice) in the order in which they were made."""
    names = {id: name for name, id in here.town.people.items()}
    async with here.town.house.db.read() as session:
        rows = await session.scalars(select(Look).where(Look.tenant == TENANT).order_by(Look.at))
        return [(names[row.by], row.notice is not None) for row in rows]


async def test_a_look_made_without_a_signal_is_read_by_a_resident_of_the_block(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    settled = await autumn(here)
    leader, resident = await take_up("田中 実"), await take_up("伊藤 さち")
    await leader.lose_signal()
    await leader.open(f"/walk/{settled.cleaning}")
    await leader.sees("伊藤")
    await leader.open("/")
    await leader.open(f"/walk/{settled.cleaning}")
    await leader.sees("伊藤")
    assert await looks_at(here) == [], "nothing has left the phone"
    await leader.open("/settings")
    await leader.sees("名前を見た記録（")
    await expect(leader.page.get_by_text("名前を見た記録（")).to_have_count(1)
    await leader.find_signal()
    await leader.sees("すべて会に届いています。")
    assert await looks_at(here) == [("田中 実", True)]

    await resident.open("/looks")
    await resident.sees("班長　田中 実さん")
    await resident.sees("の二班の届き具合")
    await resident.sees("名簿を持っている人")
    await take(resident.page, album(tmp_path) / "looks.png")
    await resident.lose_signal()
    await resident.page.reload()
    await resident.sees("班長　田中 実さん")


async def test_an_officer_looks_where_a_block_is_opened_and_not_where_it_is_only_counted(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await president.open("/people")
    await president.page.locator("summary").filter(has_text="二班").wait_for()
    assert await looks_at(here) == []
    await president.page.locator("summary").filter(has_text="二班").click()
    await president.sees("伊藤 さち")
    await to_settings(president)
    assert await looks_at(here) == [("山田 花子", False)]


async def test_the_keyboard_alone_leads_to_who_has_looked(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await resident.open("/privacy")
    await resident.sees("名前が見える人")
    await tab_to(resident, "名前を見た人をたしかめる")
    await resident.page.keyboard.press("Enter")
    await resident.sees("まだだれも見ていません。")
    assert await violations(resident.page) == []
    assert await sideways_at_double_text(resident.page) <= 0


async def test_who_opens_a_home_or_looks_for_a_successor_has_looked_at_its_block(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await president.open(f"/people/home/{here.town.households['伊藤']}")
    await president.sees("伊藤 さち")
    await to_settings(president)
    assert await blocks_looked_at(here) == ["二班"]
    await president.open("/handover")
    await president.page.get_by_role("button", name="次の方を選ぶ").first.click()
    await president.page.get_by_role("button", name="鈴木 うめ").wait_for()
    await to_settings(president)
    assert await blocks_looked_at(here) == ["二班", "一班"]


async def to_settings(handset: Handset) -> None:
    """On within the app: a page that is thrown away in the same moment may take the look with it."""
    await handset.page.get_by_role("link", name="設定").click()
    await handset.sees("すべて会に届いています。")


async def blocks_looked_at(here: Site) -> list[str]:
    names = {id: name for name, id in here.town.blocks.items()}
    async with here.town.house.db.read() as session:
        rows = await session.scalars(select(Look.block).where(Look.tenant == TENANT).order_by(Look.at))
        return [names[block] for block in rows]
