"""From door to door with a phone: told, not at home, a slip of the thumb; without a signal, and by keyboard alone."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Locator, expect
from sqlalchemy import update

from notices.ledger import reach
from notices.models import NoticeHousehold
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.phone import Phone
from tests.town import TENANT

pytestmark = pytest.mark.browser


def door(held: Handset, name: str) -> Locator:
    return held.page.locator(".doors li").filter(has_text=name)


async def counted(here: Site) -> tuple[Phone, str]:
    """The president's phone, and a circular whose ledger is on the phones of the leaders."""
    president = await here.town.phone("山田 花子")
    notice: str = (await here.town.post(president, deadline=here.soon()))["id"]
    leader = await here.town.phone("田中 実")
    async with asyncio.timeout(20):
        while not leader.all("reach"):
            await asyncio.sleep(0.05)
            await leader.pull()
    return president, notice


async def how(president: Phone, notice: str) -> dict[str, str | None]:
    ledger = (await president.http.get(f"/api/v1/notices/{notice}/reach")).json()
    return {row["name"]: row["how"] for row in ledger["rows"]}


async def known(held: Handset, president: Phone, notice: str, home: str, by: str | None) -> None:
    """Until the server has what was pressed on this handset."""
    async with asyncio.timeout(20):
        while (await how(president, notice))[home] != by:
            await held.page.wait_for_timeout(50)


async def test_a_leader_walks_without_a_signal_and_takes_a_wrong_press_back(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president, notice = await counted(here)
    leader = await take_up("田中 実")
    await leader.press("届き具合")
    await leader.press("6世帯のうち0世帯が読みました")
    await leader.press("まだの家　6軒（回る順）")
    await leader.sees("二班　あと6軒（回る順）")
    await leader.lose_signal()
    await door(leader, "高橋").get_by_role("button", name="留守でした").tap()
    await leader.sees("高橋：留守でした、と記録しました。")
    await door(leader, "伊藤").get_by_role("button", name="伝えました").tap()
    await door(leader, "渡辺").get_by_role("button", name="伝えました").tap()
    await leader.sees("二班　あと4軒（回る順）")
    await leader.sees("記録した家　2軒")
    await take(leader.page, album(tmp_path) / "walk.png")
    assert await violations(leader.page) == []
    assert await sideways_at_double_text(leader.page) <= 0

    await (
        leader.page.get_by_role("listitem")
        .filter(has_text="伊藤")
        .get_by_role("button", name="取り消す")
        .tap()
    )
    await leader.sees("伊藤の記録を取り消しました。")
    await leader.page.reload()
    await leader.sees("二班　あと5軒（回る順）")
    await expect(door(leader, "高橋")).to_contain_text("留守でした")

    await leader.find_signal()
    await leader.does_not_see("件の記録は")
    told = await how(president, notice)
    assert (told["渡辺"], told["伊藤"]) == ("told", None)
    await (
        leader.page.get_by_role("listitem")
        .filter(has_text="渡辺")
        .get_by_role("button", name="取り消す")
        .tap()
    )
    await leader.sees("二班　あと6軒（回る順）")
    await leader.does_not_see("記録した家")
    await door(leader, "高橋").get_by_role("button", name="留守を取り消す").tap()
    await expect(door(leader, "高橋").get_by_text("留守でした")).to_have_count(1)  # the button alone
    await known(leader, president, notice, "渡辺", None)


async def test_an_officer_chooses_a_block_and_tells_by_keyboard_alone(here: Site, take_up: TakeUp) -> None:
    president, notice = await counted(here)
    officer = await take_up("山田 花子")
    await officer.open(f"/walk/{notice}")
    await officer.sees("上で班をえらぶと、家が回る順に出ます。")
    await tab_to(officer, "回る班")
    for name in ("一班", "二班", "三班"):
        await officer.page.keyboard.press("ArrowDown")
        await officer.sees(f"{name}　あと")
    await officer.sees("三班　あと5軒（回る順）")
    await tab_to(officer, "伝えました")
    await officer.page.keyboard.press("Enter")
    await officer.sees("三班　あと4軒（回る順）")
    await expect(officer.page.locator(":focus")).to_contain_text("斎藤")
    await tab_to(officer, "取り消す")
    await officer.page.keyboard.press("Enter")
    await officer.sees("三班　あと5軒（回る順）")
    assert set((await how(president, notice)).values()) <= {None, "told"}


async def test_the_ledger_is_saved_as_a_table_and_what_shift_jis_lacks_is_said(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    roster = (await president.http.get(f"/api/v1/associations/{here.town.sakura}/roster")).text
    changed = roster.replace("渡辺,3丁目", "渡邉𠮷,3丁目").encode()
    path = f"/api/v1/associations/{here.town.sakura}/roster"
    answer = await president.http.post(path, content=changed, headers={"Content-Type": "text/csv"})
    assert answer.status_code == 200, answer.text
    _, notice = await counted(here)
    officer = await take_up("山田 花子")
    await officer.open(f"/reach/{notice}")
    await officer.press("二班のまだの家を見る")
    await door(officer, "渡邉𠮷").get_by_role("button", name="伝えました").tap()
    await officer.sees("渡邉𠮷：伝えました、と記録しました。")
    await officer.open(f"/reach/{notice}")
    await officer.sees("読みましたの内わけ：伝えて1世帯。")
    await officer.page.locator("summary").filter(has_text="表にして保存する").tap()
    async with officer.page.expect_download() as saved:
        await officer.press("Shift_JIS")
    file = await (await saved.value).path()
    assert "〓" in file.read_bytes().decode("cp932")
    await officer.sees("Shift_JISにない文字（𠮷）は〓に置きかえました。")
    assert await violations(officer.page) == []
    await officer.lose_signal()
    await officer.page.locator("k-table-box").get_by_role("button", name="班ごとの表").tap()
    await officer.sees("電波がないか、つながりにくいようです。")


async def test_homes_that_nobody_has_heard_of_are_marked_where_an_officer_looks(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    _, notice = await counted(here)
    async with here.town.house.db.write() as session:
        homes = [here.town.households[name] for name in ("伊藤", "渡辺")]
        rows = update(NoticeHousehold).where(NoticeHousehold.household.in_(homes))
        await session.execute(rows.values(door_at=here.town.clock(), residual_at=here.town.clock()))
        await reach.changed(session, TENANT, notice, here.town.clock())
    leader = await take_up("田中 実")
    await leader.press("届き具合")
    await leader.sees("まだ確かめられない家　2軒")
    assert await violations(leader.page) == []
    await leader.press("6世帯のうち0世帯が読みました")
    await leader.sees("2軒は、スマホでも玄関でもまだ確かめられていません。")
    assert await violations(leader.page) == []
    await take(leader.page, album(tmp_path) / "reach-residual.png")
    await leader.press("まだの家　6軒（回る順）")
    await expect(door(leader, "伊藤")).to_contain_text("電話をするか、近くの方にたずねてください")
    await expect(door(leader, "高橋")).not_to_contain_text("電話をするか")
    await take(leader.page, album(tmp_path) / "walk-residual.png")
    await door(leader, "伊藤").get_by_role("button", name="伝えました").click()
    await leader.page.go_back()
    await leader.sees("1軒は、スマホでも玄関でも")
    assert await sideways_at_double_text(leader.page) <= 0
