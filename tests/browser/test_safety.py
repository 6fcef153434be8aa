"""A safety check on phones: one press in a cellar, the walk to the missing, the boards; for everybody to use."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import expect
from sqlalchemy import insert

from notices.models import Resident
from notices.records import projection
from notices.records.projection import Touched
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_looks import looks_at
from tests.town import TENANT

pytestmark = pytest.mark.browser


async def asked(here: Site) -> str:
    """A safety check of the association, whose boards are on the phones of the leaders."""
    president = await here.town.phone("山田 花子")
    said = {"kind": "safety-check", "topic": "disaster", "title": "地震です。ご無事ですか"}
    notice: str = (
        await here.town.post(president, **said, body="下のボタンで答えてください。", deadline=None)
    )["id"]
    leader = await here.town.phone("田中 実")
    async with asyncio.timeout(20):
        while not leader.all("safety"):
            await asyncio.sleep(0.05)
            await leader.pull()
    return notice


async def lives_also_at(here: Site, name: str, household: str) -> None:
    now, person, town = here.town.clock(), here.town.people[name], here.town
    home = {"tenant": TENANT, "household": town.households[household], "person": person}
    async with town.house.db.write() as session:
        rows = insert(Resident).values(**home, since=now)
        await session.execute(rows, execution_options={"journalled": True})
        touched = Touched(people={person}, households={town.households[household]})
        await projection.refresh(session, town.house.keys.vault, TENANT, touched, now)


async def is_for_everybody(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def test_one_press_in_a_cellar_says_it_and_another_changes_it(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    notice = await asked(here)
    resident = await take_up("伊藤 さち")
    await resident.open(f"/n/{notice}")
    await resident.sees("ご無事ですか。1つ押してください。")
    await resident.lose_signal()
    await resident.press("助けが必要です")
    await resident.sees("伊藤 さち：助けが必要です")
    await resident.sees("電波がもどると、自動で送ります。")
    await take(resident.page, album(tmp_path) / "safety.png")
    await is_for_everybody(resident)
    await resident.page.reload()
    await resident.sees("伊藤 さち：助けが必要です")
    await resident.press("家族みんな無事です")
    await resident.sees("ご家族全員：家族みんな無事です")
    await resident.find_signal()
    await expect(resident.page.locator("k-safety-box")).to_contain_text("会に届きました。")


async def test_a_correction_counts_also_from_a_phone_whose_clock_is_behind(
    here: Site, take_up: TakeUp
) -> None:
    notice = await asked(here)
    resident = await take_up("伊藤 さち")
    await resident.open(f"/n/{notice}")
    await resident.page.clock.set_fixed_time(here.town.clock())
    await resident.press("助けが必要です")
    await expect(resident.page.locator("k-safety-box")).to_contain_text("会に届きました。")
    await resident.page.clock.set_fixed_time(here.town.clock() - timedelta(seconds=30))
    await resident.press("避難所にいます")
    await resident.sees("伊藤 さち：避難所にいます")
    await expect(resident.page.locator("k-safety-box")).to_contain_text("会に届きました。")
    president = await here.town.phone("山田 花子")
    board = (await president.http.get(f"/api/v1/notices/{notice}/safety")).json()
    assert (board["people"]["atShelter"], board["people"]["needHelp"]) == (1, 0)


async def test_who_needs_help_is_heard_from_a_phone_that_is_an_hour_slow(here: Site, take_up: TakeUp) -> None:
    notice = await asked(here)
    resident = await take_up("伊藤 さち")
    await resident.open(f"/n/{notice}")
    await resident.lose_signal()
    leader = await here.town.phone("田中 実")
    home = here.town.households["伊藤"]
    said = {"notice": notice, "household": home, "state": "safe", "at": here.town.clock().isoformat()}
    leader.write("answers", f"sa.{notice}.{home}", said)
    assert [each["status"] for each in await leader.push()] == ["ok"]
    here.town.clock.pass_(minutes=5)
    await resident.page.clock.set_fixed_time(here.town.clock() - timedelta(hours=1))
    await resident.press("助けが必要です")
    await resident.sees("電波がもどると、自動で送ります。")
    await resident.find_signal()
    await expect(resident.page.locator("k-safety-box")).to_contain_text("会に届きました。")
    board = (
        await leader.http.get(f"/api/v1/notices/{notice}/safety", params={"block": here.town.blocks["二班"]})
    ).json()
    [row] = [row for row in board["rows"] if row["household"] == home]
    assert row["column"] == "needHelp"


async def test_an_officer_asks_and_what_is_answered_and_ended_presses_nobody_any_more(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    officer, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    await officer.press("緊急")
    await officer.press("安否確認を送る")
    await officer.press("安否を知らせてください")
    await officer.sees("17世帯・")
    await is_for_everybody(officer)
    await take(officer.page, album(tmp_path) / "safety-send.png")
    await officer.press("安否をたずねる（17世帯）")
    await officer.sees("安否確認を送りました。")
    await is_for_everybody(officer)
    await here.town.work()

    card = resident.page.locator(".card.alarm")
    await expect(resident.page.locator(".card.danger")).to_contain_text("まだ答えていません")
    await resident.press("安否を知らせてください")
    await resident.press("無事です")
    await resident.sees("会に届きました。")
    await resident.open("/")
    await expect(card).to_contain_text("答えました")

    check = officer.page.url.rpartition("/")[2]
    await officer.open(f"/sent/{check}")
    await officer.sees("このお知らせのページへ")
    for never in ("訂正", "もう一度書く", "出す"):
        await expect(officer.control(never)).to_have_count(0)
    await officer.open("/alarm")
    await officer.press("【安否確認】")
    await officer.press("安否の一覧を見る")
    await officer.press("締め切る")
    await officer.page.locator(".confirm").get_by_role("button", name="締め切る").tap()
    await officer.sees("締め切りました。")
    await here.town.work()
    await expect(resident.page.locator(".card.over")).to_contain_text("締め切りました")
    await expect(resident.page.locator(".danger")).to_have_count(0)
    await is_for_everybody(resident)


async def test_only_the_home_that_was_asked_is_offered(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await lives_also_at(here, "伊藤 さち", "佐藤")
    resident = await take_up("伊藤 さち")
    said = {"kind": "safety-check", "topic": "disaster", "title": "地震です。ご無事ですか", "body": "一班へ"}
    blocks = {"blocks": [here.town.blocks["一班"]]}
    notice = (await here.town.post(president, **said, audience=blocks, deadline=None))["id"]
    await here.town.work()
    await resident.open(f"/n/{notice}")
    await resident.sees("ご無事ですか。1つ押してください。")
    await expect(resident.page.locator("section.safety")).to_have_count(1)
    await expect(resident.page.locator("section.safety")).to_have_attribute("aria-label", "佐藤")


async def test_names_of_a_whole_board_are_looks_at_the_blocks_that_are_named(
    here: Site, take_up: TakeUp
) -> None:
    notice = await asked(here)
    officer, resident = await take_up("山田 花子"), await take_up("伊藤 さち")
    await officer.open(f"/safety/{notice}")
    await officer.sees("班を選ぶと、回る順に出ます。")
    assert await looks_at(here) == []
    await resident.open(f"/n/{notice}")
    await resident.press("助けが必要です")
    await officer.sees("助けが必要　1軒")
    await officer.open("/settings")
    await officer.sees("すべて会に届いています。")
    assert await looks_at(here) == [("山田 花子", True)]


async def test_a_leader_walks_to_the_missing_and_says_what_was_said(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    notice = await asked(here)
    leader = await take_up("田中 実")
    await leader.open(f"/safety/{notice}")
    await leader.sees("まだ分からない　6軒（回る順）")
    await leader.lose_signal()
    door = leader.page.locator(".doors li")
    await door.filter(has_text="高橋").get_by_role("button", name="助けが必要と聞いた").tap()
    await leader.sees("助けが必要　1軒")
    await door.filter(has_text="渡辺").get_by_role("button", name="全員無事と聞いた").tap()
    await leader.sees("まだ分からない　4軒（回る順）")
    await door.filter(has_text="伊藤").get_by_role("button", name="留守でした").tap()
    await expect(door.filter(has_text="伊藤").locator(".due")).to_contain_text("留守")
    await take(leader.page, album(tmp_path) / "safety-walk.png")
    await is_for_everybody(leader)
    await leader.find_signal()
    president = await here.town.phone("山田 花子")
    async with asyncio.timeout(20):
        while True:
            board = (await president.http.get(f"/api/v1/notices/{notice}/safety")).json()
            if (board["households"]["needHelp"], board["households"]["safe"]) == (1, 1):
                break
            await leader.page.wait_for_timeout(50)


async def test_an_officer_sees_every_block_and_ends_it(here: Site, take_up: TakeUp, tmp_path: Path) -> None:
    notice = await asked(here)
    officer = await take_up("山田 花子")
    await officer.open(f"/safety/{notice}")
    await officer.sees("班を選ぶと、回る順に出ます。")
    await take(officer.page, album(tmp_path) / "safety-board.png")
    await is_for_everybody(officer)
    await officer.press("締め切る")
    await officer.page.locator(".confirm").get_by_role("button", name="締め切る").tap()
    await officer.sees("締め切りました。")
    await officer.sees("に締め切りました。そのあとの答えも")
