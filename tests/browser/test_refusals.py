"""What the server may say instead of an answer, and what the phone then does and says."""

import asyncio
import re
from functools import partial

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from sync import epochs
from sync.models import SyncMutation
from tests.browser.conftest import TakeUp
from tests.browser.gate import Refusal
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.town import TENANT

pytestmark = pytest.mark.browser

TITLE = "台風への備えについて"
ENROLMENT = re.compile("/enrol$")


async def test_a_busy_server_is_left_alone_as_long_as_it_asks(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    resident = await take_up("伊藤 さち")
    await resident.sees("お知らせはまだありません")  # its first copy is there: without one it does not say so
    resident.expect("503")
    here.gate.refusal = Refusal(
        "/sync/v1/", 503, "busy", "ただいま混みあっています。", ((b"retry-after", b"5"),)
    )
    await resident.page.reload()
    await resident.sees("ただいま混みあっています。")
    await resident.sees("お知らせはまだありません")
    here.gate.refusal = None
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    here.gate.paths.clear()
    await resident.press("設定")
    await resident.press("もどる")
    assert "/sync/v1/pull" not in here.gate.paths, "a touch does not shorten what the server asked for"
    await resident.sees(TITLE)  # it comes back by itself


async def test_a_press_and_a_line_that_is_back_begin_the_waiting_anew(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    resident.expect("500")
    await resident.press(TITLE)
    await resident.page.evaluate(COUNT_THE_WAITS)
    here.gate.refusal = Refusal("/sync/v1/", 500, "unexpected", "うまくいきませんでした。")
    first, second, third = 202_000, 402_000, 802_000
    shown = "document.dispatchEvent(new Event('visibilitychange'))"
    for wait in (first, second, third):
        await resident.page.evaluate(shown)
        await waits(resident, wait)
    await resident.page.evaluate("dispatchEvent(new Event('online'))")
    await waits(resident, first)
    await resident.page.evaluate(shown)
    await waits(resident, second)
    await resident.press("読みました")
    await waits(resident, first)


COUNT_THE_WAITS = """() => {
    const later = setTimeout;
    globalThis.waits = [];
    globalThis.setTimeout = (work, ms, ...rest) => {
        if (ms > 100_000) waits.push(ms);
        return later(work, ms, ...rest);
    };
    Math.random = () => 100; // so long that no wait ends within the test
}"""


async def waits(held: Handset, milliseconds: int) -> None:
    """Until the app has failed and means to wait so long; other runs may have failed before (the worker asks for some)."""
    take = "(ms) => waits.splice(0, waits.indexOf(ms) + 1).length"
    async with asyncio.timeout(20):
        while not await held.page.evaluate(take, milliseconds):
            await held.page.wait_for_timeout(20)


async def test_a_server_that_wants_no_beginning_is_asked_twice_and_then_it_is_said(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    resident.expect("410")
    await resident.sees(TITLE)
    await resident.page.evaluate(COUNT_THE_WAITS)
    here.gate.refusal = Refusal("/sync/v1/pull", 410, "resync-required", "はじめから受け取りなおします。")
    for asked in (3, 2):  # with the cursor that was held, then twice without one
        here.gate.paths.clear()
        await resident.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        await waits(resident, 202_000 if asked == 3 else 402_000)
        assert here.gate.paths.count("/sync/v1/pull") == asked
    await resident.sees("はじめから受け取りなおします。")
    await expect(resident.page.get_by_text(TITLE).first).to_be_visible()
    here.gate.refusal = None
    await resident.page.evaluate("dispatchEvent(new Event('online'))")
    await resident.does_not_see("はじめから受け取りなおします。")
    await resident.sees(TITLE)


async def test_an_epoch_that_ends_while_a_press_is_unsent_loses_neither_the_old_records_nor_the_press(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    resident.expect("410|ERR_INTERNET_DISCONNECTED")
    await resident.press(TITLE)
    await resident.lose_signal()
    await resident.press("読みました")
    await resident.sees("送っていないものが1件あります")
    async with here.town.house.db.write() as session:
        await epochs.rotate(session, here.town.clock(), [TENANT])
    here.gate.pages, here.gate.small_pages = asyncio.Semaphore(0), 3
    here.gate.paths.clear()
    await resident.find_signal()
    await resident.until(lambda: "/sync/v1/pull" in here.gate.paths)
    for asked in (2, 3):  # the 410 goes through; then a first page of the snapshot
        here.gate.pages.release()
        await resident.until(partial(_pulled, here, asked))
        await expect(resident.page.get_by_text(TITLE).first).to_be_visible()
        await expect(resident.page.get_by_role("img", name=re.compile("済"))).to_be_visible()
    for _ in range(40):
        here.gate.pages.release()
    await resident.sees("会に届きました")
    await resident.sees(TITLE)
    ledger = (await president.http.get(f"/api/v1/notices/{notice['id']}/reach")).json()
    assert ledger["grades"]["stamped"] == 1
    async with here.town.house.db.read() as session:
        sent = list(await session.scalars(select(SyncMutation.mid)))
    assert len(sent) == 1, "the press arrives, and once"


def _pulled(here: Site, times: int) -> bool:
    return here.gate.paths.count("/sync/v1/pull") >= times


async def test_a_proxy_that_is_busy_is_said_in_words(here: Site, take_up: TakeUp) -> None:
    resident = await take_up("伊藤 さち")
    resident.expect("503")
    here.gate.refusal = Refusal("/sync/v1/", 503, html="<h1>Service Unavailable</h1>")
    await resident.page.reload()
    await resident.sees("ただいま混みあっています。しばらくすると、自動でもう一度つなぎます。")


async def test_an_app_that_is_too_old_offers_the_new_one_and_keeps_what_was_pressed(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    resident.expect("426")
    await resident.press(TITLE)
    here.gate.refusal = Refusal("/sync/v1/", 426, "client-too-old", "新しい版が必要です。")
    await resident.press("読みました")
    await resident.sees("新しい版があります。")
    await resident.sees("送っていないものが1件あります")
    here.gate.refusal = None
    async with resident.page.expect_navigation():
        await resident.press("新しくする")
    await resident.sees("会に届きました")
    await resident.ready_for_the_cellar()


async def test_a_portal_that_answers_200_is_refused_and_the_presses_stay(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    resident.expect("service worker|ServiceWorker|MIME type|EventSource")
    await resident.press(TITLE)
    here.gate.mood = "portal"
    await resident.press("読みました")
    # The sentence may be there before the press is: a pull has met the portal, too.
    await expect(resident.page.get_by_role("img", name=re.compile("済"))).to_be_visible()
    await resident.sees("このWi-Fiは、はじめにログインが必要なようです")
    await resident.page.reload()
    await resident.sees("送っていないものが1件あります")
    await expect(resident.page.get_by_role("img", name=re.compile("済"))).to_be_visible()
    here.gate.mood = "open"
    await resident.press("設定")
    await resident.sees("すべて会に届いています。")


async def test_the_first_pages_of_a_big_town_are_counted_in_words(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    for number in range(60):
        await here.town.post(president, kind="notice", deadline=None, title=f"お知らせ {number}")
    resident = await take_up()
    here.gate.small_pages, here.gate.pages = 20, asyncio.Semaphore(1)
    await resident.open(f"/enrol#{await here.town.code_for('伊藤 さち')}")
    await resident.press("このスマホを登録する")
    await resident.sees("これまでに20件です。")
    await resident.press("お知らせを見る")
    for _ in range(10):
        here.gate.pages.release()
    await resident.sees("最新です")
    await expect(resident.page.locator(".card")).to_have_count(60)


async def test_leaving_empties_the_phone_of_everything(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    await resident.press(TITLE)
    await resident.page.evaluate(
        "caches.open('kairan-files').then((shelf) => shelf.put('/files/x', new Response('x')))"
    )
    await resident.press("設定")
    await resident.press("登録をやめて消す")
    await resident.page.locator(".confirm").get_by_role("button", name="登録をやめて消す").tap()
    await resident.sees("このスマホから登録とお知らせを消しました。")
    assert await what_is_left(resident) == {
        "records": 0,
        "outbox": 0,
        "person": None,
        "files": False,
        "push": None,
    }


async def what_is_left(held: Handset) -> dict[str, object]:
    found: dict[str, object] = await held.page.evaluate(
        """async () => {
        const db = await new Promise((done) => (indexedDB.open("kairan").onsuccess = ({ target }) => done(target.result)));
        const ask = (store, what) => new Promise((done) => {
            what(db.transaction(store).objectStore(store)).onsuccess = ({ target }) => done(target.result ?? null);
        });
        const registration = await navigator.serviceWorker.getRegistration();
        return {
            records: await ask("records", (store) => store.count()),
            outbox: await ask("outbox", (store) => store.count()),
            person: await ask("meta", (store) => store.get("me")),
            files: (await caches.keys()).includes("kairan-files"),
            push: await registration.pushManager.getSubscription(),
        };
    }"""
    )
    return found


@pytest.mark.parametrize("address", ["/?fresh=1", "/"])
async def test_a_session_of_somebody_else_shows_nothing_of_who_was_here_before(
    here: Site, take_up: TakeUp, address: str
) -> None:
    """As the doors of the demo do it, and as another tab may: the cookie changes behind the app's back."""
    president = await here.town.phone("山田 花子")
    await here.town.post(
        president, deadline=here.soon(), title=TITLE, audience={"blocks": [here.town.blocks["二班"]]}
    )
    browser = await take_up("伊藤 さち")
    browser.expect("410")
    await browser.sees(TITLE)
    await browser.page.evaluate(
        """(ticket) => fetch("/api/v1/enrol", {
            method: "POST",
            headers: { "Content-Type": "application/json", "X-Kairan-Client": "web" },
            body: JSON.stringify({ ticket, deviceName: "別の方" }),
        })""",
        await here.town.code_for("佐藤 一郎"),
    )
    await browser.open(address)
    await browser.sees("お知らせはまだありません")
    await browser.does_not_see(TITLE)
    await browser.press("設定")
    await browser.sees("佐藤 一郎")


async def test_a_wipe_leaves_no_way_back_in_for_a_page_that_was_under_way(
    here: Site, take_up: TakeUp
) -> None:
    """The first snapshot is on the line when somebody signs out in another tab."""
    resident = await take_up("伊藤 さち")
    resident.expect("401.*sync/v1/live")  # the line of the tab that learns of it last
    other = await resident.context.new_page()
    await other.goto(f"{here.origin}/settings")
    await other.get_by_text("最新です").wait_for()
    here.gate.pages = asyncio.Semaphore(0)
    await resident.page.reload()
    await resident.until(lambda: here.gate.paths[-1] == "/sync/v1/pull")
    await other.get_by_role("button", name="登録をやめて消す").tap()
    await other.locator(".confirm").get_by_role("button", name="登録をやめて消す").tap()
    await expect(other).to_have_url(ENROLMENT)
    here.gate.pages = None
    await expect(resident.page).to_have_url(ENROLMENT)
    await other.close()
    assert await what_is_left(resident) == {
        "records": 0,
        "outbox": 0,
        "person": None,
        "files": False,
        "push": None,
    }
