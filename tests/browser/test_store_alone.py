"""Screens read what is on the phone and nothing else: officers too work in the cellar, and news come by themselves."""

import pytest
from playwright.async_api import expect

from tests.browser.conftest import TakeUp
from tests.browser.gate import Refusal
from tests.browser.handset import Handset
from tests.browser.screens import open_a_block
from tests.browser.site import Site

pytestmark = pytest.mark.browser

TITLE = "秋の清掃と側溝の点検について"


async def test_no_screen_of_anybody_reads_by_rest(here: Site, take_up: TakeUp) -> None:
    president = await take_up("山田 花子")
    notice = await here.town.post(await here.town.phone("高橋 健"), deadline=here.soon(), title=TITLE)
    await president.sees(TITLE)
    here.gate.paths.clear()
    for path in ("/", "/sent", "/reach", "/people", "/settings", "/write", "/slips", "/privacy"):
        await president.open(path)
        await president.sees("最新です")
    for path in (
        f"/n/{notice['id']}",
        f"/sent/{notice['id']}",
        f"/reach/{notice['id']}",
        f"/correct/{notice['id']}",
    ):
        await president.open(path)
        await president.sees("最新です")
    # What a notice would do if it were sent now is nobody's record; without an answer the phone makes its own estimate.
    would_be = f"/api/v1/associations/{here.town.sakura}/forecast"
    # Nor is it for how long things are kept, which whoever is not enrolled yet reads, too.
    kept_for = "/api/v1/privacy"
    # And whether mail comes back is known to the server alone: an address lies on no phone.
    own_mail = "/api/v1/me/mail"
    assert {path for path in here.gate.paths if path.startswith("/api/")} <= {would_be, kept_for, own_mail}
    assert {path for path in here.gate.paths if path.startswith("/sync/")} <= {
        "/sync/v1/pull",
        "/sync/v1/live",
    }


async def test_an_officer_in_the_cellar_has_the_list_of_homes_and_all_that_was_sent(
    here: Site, take_up: TakeUp
) -> None:
    resident = await here.town.phone("高橋 健")
    president = await take_up("山田 花子")
    other = await here.town.post(
        resident, deadline=here.soon(), title=TITLE, audience={"blocks": [here.town.blocks["二班"]]}
    )
    await president.open("/sent")
    await president.sees("回覧・出しました")
    await president.lose_signal()
    await open_a_block(president)
    await president.sees("圏外です。")
    row = president.page.locator(".person").filter(has_text="高橋 健")
    await expect(row).to_contain_text("最後に使ったのは")
    await president.open(f"/sent/{other['id']}")
    await president.sees("6世帯に届けます")
    await president.open("/settings")
    await president.sees("ほかに登録しているスマホ")


async def test_a_slip_and_the_phone_it_makes_appear_in_an_officers_list_by_themselves(
    here: Site, take_up: TakeUp
) -> None:
    president = await take_up("山田 花子")
    await open_a_block(president)
    row = president.page.locator(".person").filter(has_text="伊藤 さち")
    await expect(row).to_contain_text("未登録")
    code = await here.town.code_for("伊藤 さち")
    await expect(row).to_contain_text("紙を渡して待っています")
    resident = await take_up()
    await resident.enrol(code)
    await expect(row).to_contain_text("番号")


async def test_my_other_phone_can_be_signed_out_and_is_gone_from_the_list(
    here: Site, take_up: TakeUp
) -> None:
    first, second = await take_up("伊藤 さち"), await take_up("伊藤 さち")
    await first.open("/settings")
    await first.sees("最後に使ったのは")
    await second.until(lambda: len(here.town.house.exchange.lines) > 1)
    second.expect("403")
    await first.press("登録を消す")
    await first.page.locator(".confirm").get_by_role("button", name="登録を消す").click()
    await first.sees("ありません。")
    # Its line ends with the registration; nobody need touch it.
    await second.sees("このスマホの登録は止められました")


async def test_news_come_to_an_open_page_without_a_touch(here: Site, take_up: TakeUp) -> None:
    """The minute's timer would be too late for the patience of this test."""
    resident = await take_up("伊藤 さち")
    await line_is_open(here, resident)
    await here.town.post(await here.town.phone("山田 花子"), deadline=here.soon(), title=TITLE)
    await resident.sees(TITLE)


async def test_a_line_that_is_refused_is_not_asked_for_again_and_again(here: Site, take_up: TakeUp) -> None:
    here.gate.refusal = Refusal("/sync/v1/live", 503, "lines-full")
    resident = await take_up()
    resident.expect("503|live")
    await resident.enrol(await here.town.code_for("伊藤 さち"))
    await resident.open("/")
    for path in ("/settings", "/privacy", "/", "/settings", "/"):
        await resident.page.evaluate(
            f"history.pushState(null, '', '{path}'); dispatchEvent(new Event('popstate'))"
        )
        await resident.sees("最新です")
    # One for each page that was opened; the moves within a page pulled, and left the line alone.
    assert here.gate.paths.count("/sync/v1/live") <= 2 + 1
    here.gate.refusal = None
    await resident.page.reload()
    await line_is_open(here, resident)
    await here.town.post(await here.town.phone("山田 花子"), deadline=here.soon(), title=TITLE)
    await resident.sees(TITLE)


async def line_is_open(here: Site, held: Handset) -> None:
    await held.until(lambda: len(here.town.house.exchange.lines) > 0)


async def hidden(held: Handset) -> None:
    """As the phone does it when another app comes to the front."""
    await held.page.evaluate(
        """() => {
        Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    )


async def test_a_page_that_is_not_seen_keeps_no_line(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    await line_is_open(here, resident)
    await hidden(resident)
    await resident.until(lambda: not here.town.house.exchange.lines)
