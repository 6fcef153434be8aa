"""The main job, as people do it: write once, read in the cellar, press, come back, and somebody knows."""

import asyncio
import re

import pytest
from playwright.async_api import FilePayload, expect

from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.papers import map_png, pdf
from tests.browser.site import Site
from tests.phone import Phone

pytestmark = pytest.mark.browser

TITLE = "秋の清掃と側溝の点検について"
FILES: list[FilePayload] = [
    {"name": "清掃のご案内.pdf", "mimeType": "application/pdf", "buffer": pdf()},
    {"name": "集合場所.png", "mimeType": "image/png", "buffer": map_png()},
]


async def write(president: Handset, here: Site) -> None:
    page = president.page
    await president.press("書く")
    await page.get_by_label("題").fill(TITLE)
    await page.get_by_label("本文").fill("日曜の朝8時に公園へ集まってください。\n\n- 軍手\n- **飲みもの**")
    await page.get_by_label("しめきり").fill(here.soon())
    await page.get_by_label("添付").set_input_files(FILES)
    await president.sees("「集合場所.png」をはずす")
    await president.press("たしかめる")
    await president.sees("よければ「会に出す」を押してください")
    await president.press("会に出す")
    await president.sees("に出しました。")


async def test_a_circular_is_read_without_a_signal_stamped_and_seen_by_the_officers(
    here: Site, take_up: TakeUp
) -> None:
    president, resident = await take_up(), await take_up()
    await president.enrol(await here.town.code_for("山田 花子"))
    await type_the_code(resident, await here.town.code_for("伊藤 さち"))
    await write(president, here)
    await resident.open("/")
    await resident.press(TITLE)
    await resident.press("画像を開く")
    await expect(resident.page.get_by_role("img", name="集合場所.png")).to_be_visible()

    await resident.lose_signal()
    await resident.open("/")
    await resident.sees("圏外です。保存したお知らせを表示しています")
    await resident.press(TITLE)
    await resident.sees("日曜の朝8時に公園へ集まってください。")
    await expect(resident.page.get_by_role("img", name="集合場所.png")).to_be_visible()
    await resident.press("読みました")
    await resident.sees("電波がもどると送ります")
    await resident.page.reload()
    seal = resident.page.get_by_role("img", name=re.compile("二班、済、"))
    await expect(seal).to_be_visible()
    await resident.sees("送っていないものが1件あります")

    await resident.find_signal()
    await resident.sees("会に届きました")
    await president.press("届き具合")
    await president.press(TITLE)
    await president.sees("17世帯")
    await expect(president.page.get_by_role("img", name="17世帯のうち、読みました1、")).to_be_visible()
    await president.press("二班のまだの家を見る")
    await expect(president.page.get_by_role("listitem").filter(has_text="高橋")).to_be_visible()
    await expect(president.page.get_by_role("listitem").filter(has_text="伊藤")).to_have_count(0)


async def type_the_code(resident: Handset, code: str) -> None:
    """As an unsure hand does: lower case, a space instead of the hyphen."""
    await resident.open("/enrol")
    await resident.sees("市役所 市民協働課")  # whom to ask before one belongs to anybody
    await resident.page.get_by_label("紙の番号").fill(code.lower().replace("-", " "))
    await resident.press("このスマホを登録する")
    await resident.sees("伊藤 さちさんとして登録しました")
    await resident.press("お知らせを見る")
    await resident.sees("お知らせはまだありません")
    await resident.ready_for_the_cellar()


async def it_is_counted(leader: Phone) -> None:
    """The count for the walking list is made after a second of quiet."""
    async with asyncio.timeout(20):
        while not leader.all("reach"):
            await asyncio.sleep(0.05)
            await leader.pull()


async def test_a_block_leader_records_without_a_signal_whom_they_have_told(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await here.town.post(president, deadline=here.soon())
    await it_is_counted(await here.town.phone("田中 実"))
    leader = await take_up("田中 実")
    await leader.press("届き具合")
    await leader.press("6世帯のうち0世帯が読みました")
    await leader.press("まだの家　6軒（回る順）")
    await leader.sees("二班　あと6軒（回る順）")

    await leader.lose_signal()
    await leader.open(f"/walk/{notice['id']}")
    door = leader.page.get_by_role("listitem").filter(has_text="渡辺")
    await door.get_by_role("button", name="伝えました").tap()
    await leader.sees("二班　あと5軒（回る順）")
    await leader.sees("1件の記録は、電波がもどると送ります。")

    await leader.find_signal()
    await leader.does_not_see("1件の記録は")
    ledger = (await president.http.get(f"/api/v1/notices/{notice['id']}/reach")).json()
    assert [row["how"] for row in ledger["rows"] if row["name"] == "渡辺"] == ["told"]
