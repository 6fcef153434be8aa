"""何が変わりましたか: what an officer presses when something changes in a home, and what a block leader is told."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import screens
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site

pytestmark = pytest.mark.browser


async def at_home(president: Handset, block: str, name: str) -> None:
    """From the list to one home."""
    await president.open("/people")
    await president.page.locator("summary").filter(has_text=block).first.tap()
    row = president.page.get_by_role("listitem").filter(has_text=name).first
    await row.locator("summary").filter(has_text=f"{name}を変える").tap()
    await row.get_by_role("link", name="何が変わりましたか").tap()
    await president.sees("登録の紙を出し直す")


async def fits(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0
    small = await held.page.evaluate("""() => [...document.querySelectorAll("main button, main select, main a.card, main a.btn")]
        .filter((each) => each.getBoundingClientRect().height < 48).map((each) => each.textContent.trim())""")
    assert small == [], "every target is large enough for a thumb"


async def test_a_home_moves_to_another_block_and_both_see_it_and_it_is_taken_back(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president, leader = await take_up("山田 花子"), await take_up("佐藤 一郎")
    await at_home(president, "二班", "渡辺")
    await fits(president)
    await take(president.page, album(tmp_path) / "home.png")
    await president.press("班替え")
    await president.page.get_by_label("班", exact=True).select_option(label="一班")
    await president.page.get_by_label("回る順").select_option(index=2)
    await fits(president)
    await president.press("たしかめる")
    await president.sees("渡辺は、一班になります。")
    await president.sees("「さいきんの変更」から取り消せます")
    await fits(president)
    await take(president.page, album(tmp_path) / "foreseen.png")
    await president.press("このとおりにする")
    await president.sees("渡辺を変えました。")

    await leader.press("届き具合")
    await leader.press("さいきんの変更")
    await leader.sees("渡辺 班が変わりました")
    await expect(leader.page.get_by_role("button", name="取り消す")).to_have_count(0)
    await president.press("さいきんの変更　1件")
    await president.sees("渡辺 班が変わりました")
    await fits(president)
    await take(president.page, album(tmp_path) / "changes.png")
    await president.press("取り消す")
    await president.page.locator(".confirm").get_by_role("button", name="取り消す").tap()
    await president.sees("取り消しました。名簿は前のとおりです。")
    await at_home(president, "二班", "渡辺")


async def test_a_household_is_split_and_put_together_again(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await at_home(president, "一班", "山田")
    await president.press("世帯を分ける")
    await president.press("たしかめる")
    await president.sees("どなたか、えらんでください。")
    await president.page.get_by_label("山田 太郎").check()
    await president.page.get_by_label("世帯名").fill("山田（奥）")
    await fits(president)
    await president.press("たしかめる")
    await president.sees("山田 太郎さんは「山田（奥）」という新しい世帯になります。")
    await president.press("このとおりにする")
    await president.sees("山田を変えました。")
    await at_home(president, "一班", "山田（奥）")
    await president.press("世帯をまとめる")
    await president.page.get_by_label("まとめる先の世帯").select_option(label="1　山田")
    await fits(president)
    await president.press("たしかめる")
    await president.sees("山田（奥）という世帯は、なくなります。")
    await president.press("このとおりにする")
    await president.sees("山田（奥）を変えました。")
    await at_home(president, "一班", "山田")
    await president.sees("山田 花子、山田 太郎")


async def test_somebody_has_died_and_somebody_else_moves_in(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await take_up("山田 花子")
    await at_home(president, "二班", "田中")
    await president.press("亡くなった")
    await president.page.get_by_label("田中 実").check()
    await fits(president)
    await president.press("たしかめる")
    await president.sees("メールや知らせは、すぐに止まります。")
    await president.sees("「班長」が、今日から空きます。")
    await president.press("このとおりにする")
    await president.sees("田中を変えました。")

    await screens.open_menu(president)
    await president.press("転入（新しい世帯）")
    president.expect("422")
    await president.page.get_by_label("班", exact=True).select_option(label="二班")
    await president.press("たしかめる")
    await president.sees("お名前を、一人以上入れてください。")
    await president.page.get_by_label("お名前").fill("新井 新")
    await fits(president)
    await take(president.page, album(tmp_path) / "move-in.png")
    await president.press("たしかめる")
    await president.sees("新井 新を、二班に入れます（新井 新さん）。")
    await president.press("このとおりにする")
    await president.sees("新井 新を名簿に入れました。")


async def test_without_a_signal_the_home_is_there_and_the_press_says_what_it_needs(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await president.lose_signal()
    await at_home(president, "二班", "伊藤")
    await president.press("転出")
    await president.press("たしかめる")
    await president.sees("電波のよいところで、もう一度おためしください。")
    await president.find_signal()
    await president.press("たしかめる")
    await president.sees("伊藤 さちさんが転出します。")
    await president.sees("伊藤には、だれもいなくなります。")


async def test_a_lost_phone_is_stopped_and_a_new_slip_made_from_the_home(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    lost = await here.town.phone("伊藤 さち")
    await at_home(president, "二班", "伊藤")
    await president.press("このスマホを止める")
    await president.sees("そのスマホのお知らせは消えます")
    await president.page.locator(".confirm").get_by_role("button", name="このスマホを止める").tap()
    await president.sees("新しいスマホには、新しい登録の紙が要ります。")
    assert (await lost.http.get("/api/v1/me")).status_code == 403
    await fits(president)
    await president.press("登録の紙をつくる")
    await president.sees("1人分の紙ができました")


async def test_the_neighbours_take_in_whom_they_are_sent_and_the_leader_is_not_sent_to_an_empty_house(
    here: Site, take_up: TakeUp
) -> None:
    president, leader = await take_up("山田 花子"), await take_up("田中 実")
    neighbour, resident = await take_up("小林 茂"), await take_up("伊藤 さち")
    circular = await here.town.post(await here.town.phone("山田 花子"), deadline=here.soon())
    await at_home(president, "二班", "伊藤")
    await president.press("転出")
    await president.page.get_by_label("引っ越し先").select_option(label="みどり自治会")
    await fits(president)
    await president.press("たしかめる")
    await president.sees("みどり自治会の役員に、お名前が伝わります。")
    await president.press("このとおりにする")
    await president.sees("伊藤を変えました。")

    await leader.open(f"/walk/{circular['id']}")
    await leader.sees("転出しました。行かなくてかまいません。")
    await neighbour.press("名簿")
    await neighbour.press("さいきんの変更　1件")
    await neighbour.press("班をえらんで受け入れる")
    await neighbour.sees("伊藤 さちさんが移ってきます")
    await neighbour.page.get_by_label("班", exact=True).select_option(label="東")
    await fits(neighbour)
    await neighbour.press("たしかめる")
    await neighbour.sees("伊藤を、東に入れます（伊藤 さちさん）。")
    await neighbour.press("このとおりにする")
    await neighbour.sees("伊藤を名簿に入れました。")
    await resident.open("/settings")
    await resident.sees("みどり自治会")


async def test_the_keyboard_alone_moves_a_home_out(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.open(f"/people/home/{here.town.households['伊藤']}")
    await president.sees("登録の紙を出し直す")
    for stop in ("転出", "たしかめる", "このとおりにする"):
        await tab_to(president, stop)
        await president.page.keyboard.press("Enter")
        if stop == "転出":
            await president.sees("引っ越した方を、名簿から外します。")
        elif stop == "たしかめる":
            await president.sees("伊藤 さちさんが転出します。")
    await president.sees("伊藤を変えました。")


async def test_a_mother_moves_in_and_gets_her_slip(here: Site, take_up: TakeUp, tmp_path: Path) -> None:
    president = await take_up("山田 花子")
    await at_home(president, "一班", "佐藤")
    await president.press("家族がふえた")
    await president.sees("この世帯に入る方を書いてください。")
    president.expect("422")
    await president.press("たしかめる")
    await expect(president.page.locator(".problem")).to_be_focused()
    await president.page.get_by_label("お名前").fill("佐藤 トキ")
    await fits(president)
    await take(president.page, album(tmp_path) / "join.png")
    await president.press("たしかめる")
    await president.sees(
        "佐藤 トキさんが、佐藤の世帯に入ります。前からの方にスマホやメールがあれば、知らせます。"
    )
    await president.press("このとおりにする")
    await president.sees("佐藤 トキさんを名簿に入れました。")
    await president.sees("佐藤 一郎、佐藤 トキ")
    row = president.page.get_by_role("listitem").filter(has_text="佐藤 トキ").last
    await row.get_by_role("button", name="登録の紙をつくる").click()
    await president.sees("1人分の紙ができました")
