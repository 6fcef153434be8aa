"""引き継ぎ: the president chooses, looks, presses once; takes it back; and what the successor sees."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser import screens
from tests.browser.access import sideways_at_double_text, violations
from tests.browser.autumn import CLEANING_TEXT
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.keyboard import tab_to
from tests.browser.pictures import album, take
from tests.browser.site import Site
from tests.browser.test_life_of_a_town import at_home
from tests.journeys import test_handover as handover

pytestmark = pytest.mark.browser


async def accessible(held: Handset) -> None:
    assert await violations(held.page) == []
    assert await sideways_at_double_text(held.page) <= 0


async def choose(president: Handset, seat: str, block: str, name: str) -> None:
    card = president.page.locator("li.card").filter(
        has=president.page.get_by_role("heading", name=seat, exact=True)
    )
    await card.get_by_role("button", name="次の方を選ぶ").first.tap()
    await president.sees(f"{seat}の次の方")
    await president.page.get_by_label("班", exact=True).select_option(block)
    await president.press(name)
    await expect(card).to_contain_text(f"次：{name}")


async def test_the_president_hands_over_by_touch_and_takes_it_back(
    here: Site, take_up: TakeUp, tmp_path: Path
) -> None:
    president, successor = await take_up("山田 花子"), await take_up("伊藤 さち")
    await president.press("名簿")
    await screens.open_menu(president)
    await president.press("引き継ぎ")
    await president.sees("役職と次の方")
    await accessible(president)
    await president.press("たしかめる")
    await president.sees("次の方を、ひとつ以上の役職で選んでください。")

    await president.page.get_by_label("2週間はいっしょに務める").check()
    await choose(president, "会長", "二班", "伊藤 さち")
    await choose(president, "副会長", "三班", "池田 勇")
    await president.page.reload()
    await president.sees("次：池田 勇")
    await president.sees("次：伊藤 さち")
    await expect(president.page.get_by_label("2週間はいっしょに務める")).to_be_checked()
    await president.press("選びなおす")
    await president.sees("お名前を押してください。")
    await accessible(president)
    await president.press("選ばずに一覧へ")
    await president.press("たしかめる")
    await president.sees("4月1日に、こう変わります")
    await president.sees("池田 勇さんはスマホの登録がありません。このままでも決められます。")
    await accessible(president)
    await president.press("この内容で決める")
    await president.sees("4月1日に引き継ぎます")
    await take(president.page, album(tmp_path) / "handover.png")
    await accessible(president)

    await successor.open("/")
    await successor.sees("4月1日から会長です")
    await accessible(successor)
    await expect(successor.page.get_by_role("link", name="名簿")).to_have_count(0)

    # Also in the hall without a signal, where it is talked over.
    await president.lose_signal()
    await president.page.reload()
    await president.sees("4月1日に引き継ぎます")
    await president.find_signal()
    await president.page.reload()

    await president.press("登録の紙をつくる")
    await president.sees("1人分の紙ができました")
    await president.open("/handover")
    await president.press("引き継ぎを取り消す")
    await president.page.locator(".confirm").get_by_role("button", name="引き継ぎを取り消す").tap()
    await president.sees("役職と次の方")
    await successor.does_not_see("4月1日から会長です")


async def test_the_keyboard_alone_leads_through_a_handover(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.open("/handover")
    await president.sees("役職と次の方")
    keyboard = president.page.keyboard
    await tab_to(president, "次の方を選ぶ会長")
    await keyboard.press("Enter")
    await president.sees("会長の次の方")
    await tab_to(
        president,
        "高橋 健" if await president.page.get_by_role("button", name="高橋 健").count() else "佐藤 一郎",
    )
    await keyboard.press("Enter")
    await tab_to(president, "たしかめる")
    await keyboard.press("Enter")
    await president.sees("4月1日に、こう変わります")
    await tab_to(president, "この内容で決める")
    await keyboard.press("Enter")
    await president.sees("4月1日に引き継ぎます")


async def test_when_a_successor_dies_it_is_said_before_the_press_and_after_it(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await president.open("/handover")
    await president.sees("役職と次の方")
    await choose(president, "会長", "二班", "伊藤 さち")
    await president.press("たしかめる")
    await president.press("この内容で決める")
    await president.sees("4月1日に引き継ぎます")
    await at_home(president, "二班", "伊藤")
    await president.press("亡くなった")
    await president.page.get_by_label("伊藤 さち").check()
    await president.press("たしかめる")
    await president.sees("4月1日の引き継ぎでは、「会長」になるはずの方がいなくなります。")
    await accessible(president)
    await president.press("このとおりにする")
    await president.press("さいきんの変更　1件")
    await president.sees("4月1日の引き継ぎで「会長」になる方がいません")
    await accessible(president)


async def test_what_a_former_officer_wrote_without_a_signal_is_refused_and_stays_theirs(
    here: Site, take_up: TakeUp
) -> None:
    former = await take_up("山田 花子")
    colleague = await here.town.phone("山田 花子")
    tomorrow = here.soon(days=1)
    await handover.schedule(colleague, here.town, {"会長": ["伊藤 さち"]}, begins=tomorrow)
    await former.open("/people")
    await former.sees("一班")
    await former.lose_signal()
    await screens.begin_to_write(former)
    await former.press("たしかめる")
    await former.press("会に出す")
    await former.sees("電波がもどると")

    here.town.clock.pass_(days=2)
    former.expect("status of 403")
    await former.find_signal()
    await former.sees("書いたお知らせは会に届きませんでした。この操作は、いまの役職ではできません。")
    await former.page.get_by_text("書いた文を見る").tap()
    await former.sees(CLEANING_TEXT)
    await former.does_not_see("この文で書きなおす")
    await accessible(former)
    # The words stay before their author; what was the officers' has left the phone.
    await expect(former.page.get_by_role("link", name="名簿")).to_have_count(0)
    await expect(former.page.get_by_role("link", name="書く", exact=True)).to_have_count(0)
    for place in ("/people", "/sent"):
        await former.open(place)
        await former.sees("この画面は、町内会の役員の方が使います")
        await former.does_not_see("一班")
    successor = await here.town.phone("伊藤 さち")
    await successor.pull()
    assert successor.titles() == set(), "nothing of it went out"
    assert successor.all("roster"), "and the seat is the successor's"


async def test_another_officer_sees_what_is_to_come_and_cannot_press(here: Site, take_up: TakeUp) -> None:
    officer = await take_up("高橋 健")
    await officer.open("/handover")
    await officer.sees("引き継ぎを決めるのは会長です。")
