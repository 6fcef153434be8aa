"""家族・代理: a daughter comes in by her mother's code, reads and presses for her, and each of them can end it."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.access import sideways_at_double_text, violations
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site

pytestmark = pytest.mark.browser

MOTHER, DAUGHTER = "伊藤 さち", "青木 恵"


async def fit_for_everybody(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def ask(mother: Handset) -> str:
    """→ the code, as it is shown."""
    await mother.open("/family")
    await mother.page.get_by_label("たのむ方の氏名").fill(DAUGHTER)
    await mother.press("番号をつくる")
    await mother.sees(f"{DAUGHTER}さんに、この番号を伝えてください")
    return await mother.page.locator(".carry b").inner_text()


async def test_a_daughter_reads_and_presses_for_her_mother_and_either_ends_it(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    mother, daughter = await take_up(MOTHER), await take_up()
    chair = await here.town.phone("山田 花子")
    await here.town.post(chair, title="側溝の清掃について", deadline=here.soon())
    code = await ask(mother)
    await fit_for_everybody(mother)
    await take(mother.page, album(tmp_path) / "proxy-code.png")
    await daughter.enrol(code)
    await daughter.open("/")
    await daughter.sees(f"{MOTHER}さんの代理で見ています。")
    await fit_for_everybody(daughter)
    await take(daughter.page, album(tmp_path) / "proxy-list.png")
    await daughter.press("側溝の清掃について")
    await daughter.press(f"{MOTHER}さんの代理で「読みました」")
    await daughter.sees(f"{MOTHER}さんの代理で押しました。")
    await daughter.sees("会に届きました")
    await mother.open("/")
    await mother.press("側溝の清掃について")
    await mother.sees(f"{DAUGHTER}さんが代理で押しました。")
    await mother.open("/family")
    await mother.sees(f"{DAUGHTER}さん（家族）")
    await fit_for_everybody(mother)
    await take(mother.page, album(tmp_path) / "family.png")
    await mother.page.get_by_role("button", name="終わりにする").tap()
    await mother.sees("いま終わりにします。よろしいですか。")
    await fit_for_everybody(mother)
    await mother.page.locator(".confirm .danger").tap()
    await mother.sees("いまは、だれにもたのんでいません。")
    await daughter.open("/family")
    await daughter.sees("いまは、だれの代理もしていません。")


async def test_somebody_who_is_here_already_takes_it_up_by_keyboard(here: Site, take_up: TakeUp) -> None:
    mother, leader = await take_up(MOTHER), await take_up("田中 実")
    code = await ask(mother)
    chair = await here.town.phone("山田 花子")
    await here.town.post(chair, title="側溝の清掃について", deadline=here.soon())
    await leader.open("/family")
    await leader.sees("番号をもらった方")
    await tab_to(leader, "もらった番号")
    await leader.page.keyboard.type(code)
    await tab_to(leader, "引き受ける")
    await leader.page.keyboard.press("Enter")
    await leader.sees(f"{MOTHER}さん（家族）")
    await leader.open("/")
    await leader.page.get_by_label(f"{MOTHER}さんの代理").check()
    await leader.sees(f"{MOTHER}さんの代理で見ています。")
    await leader.press("側溝の清掃について")
    await leader.press("読みました")
    await leader.sees("会に届きました")
    button = leader.page.get_by_role("button", name=f"{MOTHER}さんの代理で「読みました」")
    await expect(button).to_be_visible()
    await fit_for_everybody(leader)


async def test_the_mornings_press_is_wanted_pressed_without_a_signal_and_switched_off(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    mother = await take_up(MOTHER)
    await mother.open("/family")
    await mother.press("毎日の「お元気ですか」をはじめる")
    await mother.sees("10:00まで")
    await fit_for_everybody(mother)
    await mother.open("/")
    await mother.page.get_by_role("button", name="元気です").scroll_into_view_if_needed()
    await fit_for_everybody(mother)
    await take(mother.page, album(tmp_path) / "greeting.png")
    await mother.lose_signal()
    await mother.press("元気です")
    await mother.sees("電波がもどると送ります。")
    await mother.find_signal()
    await expect(mother.page.locator(".pressed")).not_to_contain_text("電波がもどると送ります。")
    await mother.open("/family")
    await mother.press("やめる（記録も消します）")
    await mother.sees("いまは使っていません。")
    await mother.open("/")
    await expect(mother.page.locator("k-greeting section")).to_have_count(0)


async def test_an_officer_records_what_was_written_on_paper(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president = await take_up("山田 花子")
    await president.open(f"/people/home/{here.town.households['鈴木']}")
    await president.press("代理（紙の同意）")
    await president.page.get_by_label("代理になる方").select_option(label="佐藤 一郎")
    await president.page.get_by_label("班長").check()
    await president.press("記録する")
    await president.sees("佐藤 一郎さん（班長）")
    await fit_for_everybody(president)
    await take(president.page, album(tmp_path) / "proxy-paper.png")
    await president.page.get_by_role("button", name="終わりにする").tap()
    await president.page.locator(".confirm .danger").tap()
    await expect(president.page.locator("article.card")).to_have_count(0)
