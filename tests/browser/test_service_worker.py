"""The service worker alone: a push is always shown, brings its notice along, and the outbox leaves without a page."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import CDPSession

from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site

pytestmark = pytest.mark.browser

TITLE = "台風への備えについて"


class Devtools:
    """Chromium's own lever for what a push service and the system would do."""

    def __init__(self, session: CDPSession, origin: str) -> None:
        self._session, self._origin = session, origin
        self._registration: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        session.on("ServiceWorker.workerRegistrationUpdated", self._note)

    def _note(self, event: Any) -> None:
        for each in event["registrations"]:
            if each["scopeURL"].startswith(self._origin) and not self._registration.done():
                self._registration.set_result(each["registrationId"])

    async def push(self, data: str) -> None:
        at = {"origin": self._origin, "registrationId": await self._registration}
        await self._session.send("ServiceWorker.deliverPushMessage", {**at, "data": data})

    async def background_sync(self) -> None:
        at = {"origin": self._origin, "registrationId": await self._registration}
        await self._session.send(
            "ServiceWorker.dispatchSyncEvent", {**at, "tag": "outbox", "lastChance": False}
        )


@asynccontextmanager
async def devtools(held: Handset) -> AsyncIterator[Devtools]:
    """Until the effect has been seen: what is under way when the session ends may never happen."""
    session = await held.context.new_cdp_session(held.page)
    tools = Devtools(session, held.origin)
    await session.send("ServiceWorker.enable")
    yield tools
    await session.detach()


async def in_worker(held: Handset, script: str, argument: Any = None) -> Any:
    """What the script answers, run among the worker's own functions."""
    [worker] = held.context.service_workers
    async with asyncio.timeout(20):
        return await worker.evaluate(script, argument)


async def listen(held: Handset) -> None:
    """Notes when a notification has been shown. To ask meanwhile would harm it: while one is on its way to the screen,
    Chromium's getNotifications takes it for one that was closed, and forgets it."""
    await in_worker(
        held,
        """() => {
            const show = registration.showNotification.bind(registration);
            self.shown = new Promise((done, failed) => {
                registration.showNotification = (...what) => {
                    const showing = show(...what);
                    showing.then(done, failed);
                    return showing;
                };
            });
        }""",
    )


async def notifications(held: Handset) -> list[dict[str, str]]:
    """Those on the screen, once there is one."""
    found: list[dict[str, str]] = await in_worker(
        held,
        """async () => {
            await self.shown;
            const found = await registration.getNotifications();
            return found.map(({ title, body, tag }) => ({ title, body, tag }));
        }""",
    )
    return found


async def test_a_push_shows_the_notice_and_brings_it_along_for_the_cellar(
    here: Site, take_up: TakeUp
) -> None:
    resident = await take_up("伊藤 さち")
    president = await here.town.phone("山田 花子")
    await resident.page.goto("about:blank")
    notice = await here.town.post(president, deadline=here.soon(), title=TITLE)
    shown = {"title": TITLE, "body": "雨戸を閉めてください。", "lang": "ja", "tag": f"notice-{notice['id']}"}
    navigate = f"{here.origin}/n/{notice['id']}"
    payload = {"web_push": 8030, "notification": {**shown, "navigate": navigate}, "mutable": True}
    async with devtools(resident) as tools:
        await listen(resident)
        await tools.push(json.dumps(payload))
        [seen] = await notifications(resident)
    assert seen == {"title": TITLE, "body": "雨戸を閉めてください。", "tag": f"notice-{notice['id']}"}
    await in_worker(
        resident,
        """async (id) => {
        while (!(await ask("records", ["notices", id]))) await new Promise((again) => setTimeout(again, 50));
    }""",
        notice["id"],
    )

    await resident.lose_signal()
    await resident.open(f"/n/{notice['id']}")
    await resident.sees("公園と側溝を清掃します。")


@pytest.mark.parametrize("data", ["これは読めません", "{}", ""])
async def test_a_push_that_cannot_be_read_is_shown_all_the_same(
    here: Site, take_up: TakeUp, data: str
) -> None:
    resident = await take_up("伊藤 さち")
    async with devtools(resident) as tools:
        await listen(resident)
        await tools.push(data)
        [seen] = await notifications(resident)
    assert seen["title"] == "回覧"
    assert seen["body"] == "新しいお知らせがあります。開いてお読みください。"


async def test_the_outbox_leaves_when_no_page_is_open(here: Site, take_up: TakeUp) -> None:
    president = await here.town.phone("山田 花子")
    notice = await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    await resident.press(TITLE)
    await resident.lose_signal()
    await resident.press("読みました")
    await resident.sees("電波がもどると送ります")
    await resident.page.goto("about:blank")

    await resident.find_signal()
    async with devtools(resident) as tools:
        await tools.background_sync()
    await in_worker(
        resident,
        """async () => {
        const waits = async () => (await ask("outbox")).some((entry) => entry.state === "waiting");
        while (await waits()) await new Promise((again) => setTimeout(again, 50));
    }""",
    )
    ledger = (await president.http.get(f"/api/v1/notices/{notice['id']}/reach")).json()
    assert [row["grade"] for row in ledger["rows"] if row["name"] == "伊藤"] == ["stamped"]
