"""Slips of paper bring people in; an officer makes them, makes one anew, and stops a phone that was lost."""

import pytest
from playwright.async_api import expect

from tests.browser import printed, screens
from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site

pytestmark = pytest.mark.browser


async def codes_on(sheet: Handset) -> list[str]:
    found = sheet.page.locator(".slip-code b")
    await expect(found.first).to_be_visible()
    return await found.all_inner_texts()


async def squares_when_printing(president: Handset) -> int:
    """How many QR codes there are at the moment when the printer's dialogue would open."""
    await president.page.evaluate("""() => {
        self.printed = new Promise((done) => {
            self.print = () => done([...document.querySelectorAll(".slip img")].filter((q) => q.naturalWidth > 100).length);
        });
    }""")
    await president.press("印刷する")
    squares: int = await president.page.evaluate("self.printed")
    return squares


async def row_of(president: Handset, block: str, household: str) -> None:
    """Opens the list where this household stands."""
    await president.open("/people")
    await president.page.locator("summary").filter(has_text=block).tap()
    await expect(president.page.get_by_role("listitem").filter(has_text=household)).to_be_visible()


async def test_slips_of_a_block_are_printed_on_a4_with_code_and_qr(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    await president.press("名簿")
    await screens.open_menu(president)
    await president.press("登録の紙をつくる")
    await president.page.get_by_label("二班").check()
    await president.press("紙をつくる")
    await president.sees("6人分の紙ができました")
    codes = await codes_on(president)
    assert len(set(codes)) == 6
    assert await squares_when_printing(president) == 6

    pdf = await president.page.pdf(prefer_css_page_size=True)
    assert printed.pages(pdf) == 1
    readings = printed.readings(pdf)
    assert all(any(code in reading for reading in readings) for code in codes)

    resident = await take_up()
    await resident.enrol(codes[2])


async def test_a_slip_made_anew_ends_the_one_before(here: Site, take_up: TakeUp) -> None:
    lost = await here.town.code_for("伊藤 さち")
    president, resident = await take_up("山田 花子"), await take_up()
    await row_of(president, "二班", "伊藤")
    await president.press("紙をつくりなおす")
    await president.sees("伊藤 さちさんの新しい紙をつくります")
    await president.page.locator(".confirm").get_by_role("button", name="紙をつくりなおす").tap()
    [fresh] = await codes_on(president)

    resident.expect("status of 4")
    await resident.open(f"/enrol#{lost}")
    await resident.press("このスマホを登録する")
    await expect(resident.page.locator("#code-error")).to_be_visible()
    await resident.page.get_by_label("紙の番号").fill(fresh)
    await resident.press("このスマホを登録する")
    await resident.sees("伊藤 さちさんとして登録しました")


async def test_a_phone_that_is_stopped_forgets_everything(here: Site, take_up: TakeUp) -> None:
    author = await here.town.phone("山田 花子")
    await here.town.post(author, deadline=here.soon(), title="夏まつりのお礼")
    president, lost = await take_up("山田 花子"), await take_up("伊藤 さち")
    await lost.sees("夏まつりのお礼")
    await row_of(president, "二班", "伊藤")
    lost.expect("status of 403")  # its line may tell it before it is looked at
    await president.press("このスマホを止める")
    await president.page.locator(".confirm").get_by_role("button", name="このスマホを止める").tap()
    await president.sees("伊藤 さちさんのスマホを止めました。")

    await lost.page.reload()
    await lost.sees("このスマホの登録は止められました。")
    await lost.lose_signal()
    await lost.open("/")
    await lost.page.get_by_label("紙の番号").wait_for()
    kept = await lost.page.evaluate("caches.keys()")
    assert [name for name in kept if not name.startswith("kairan-shell-")] == []
    assert await lost.page.evaluate("indexedDB.databases().then((all) => all.length)") <= 1
    await expect(lost.page.get_by_text("夏まつりのお礼")).to_have_count(0)
