"""What the browser lost or kept too much of is found by its sums and put right, without beginning anew."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.conftest import TakeUp
from tests.browser.handset import Handset
from tests.browser.site import Site
from tests.phone import Phone

pytestmark = pytest.mark.browser

TITLE, SECOND = "防災訓練のお知らせ", "資源ごみの回収日"


async def in_store(held: Handset, store: str, script: str) -> Any:
    """What `script`, a function of the object store, does behind the app's back. An IDBRequest's result is answered."""
    wrapped = f"""(store) => new Promise((done) => {{
        const request = ({script})(store);
        if (request) request.onsuccess = () => done(request.result ?? null); else done(null);
    }})"""
    return await held.page.evaluate(
        f"""async () => {{
        const db = await new Promise((done) => {{
            const request = indexedDB.open("kairan");
            request.onsuccess = () => done(request.result);
        }});
        const tx = db.transaction("{store}", "readwrite");
        const finished = new Promise((done) => (tx.oncomplete = done));
        const answer = await ({wrapped})(tx.objectStore("{store}"));
        await finished;
        db.close();
        return answer;
    }}"""
    )


async def asked(here: Site) -> list[str]:
    """Paths of the sync routes that phones have asked since the last look."""
    found = [path for path in here.gate.paths if path.startswith("/sync/")]
    here.gate.paths.clear()
    return found


async def a_resident_with_two(here: Site, take_up: TakeUp) -> tuple[Handset, str, Phone]:
    president = await here.town.phone("山田 花子")
    first = await here.town.post(president, deadline=here.soon(), title=TITLE)
    await here.town.post(president, deadline=here.soon(), title=SECOND)
    resident = await take_up("伊藤 さち")
    await resident.sees(TITLE)
    await settled(resident)
    return resident, first["id"], president


async def settled(held: Handset) -> None:
    """No run is under way: the lock of the sync is free."""
    await held.page.evaluate("navigator.locks.request('kairan-sync', () => {})")


async def names(held: Handset) -> list[list[Any]]:
    keys: list[list[Any]] = await in_store(held, "records", "(store) => store.getAllKeys()")
    return keys


async def until_whole(held: Handset, whole: list[list[Any]]) -> None:
    async with asyncio.timeout(20):
        while await names(held) != whole:
            await held.page.wait_for_timeout(50)


async def test_a_record_the_browser_lost_comes_back_and_nothing_else_is_fetched(
    here: Site, take_up: TakeUp
) -> None:
    resident, notice, _ = await a_resident_with_two(here, take_up)
    whole = await names(resident)
    await in_store(resident, "records", f"(store) => store.delete(['notices', '{notice}'])")
    await asked(here)
    await resident.page.reload()
    await resident.sees(TITLE)
    await until_whole(resident, whole)
    routes = await asked(here)
    assert routes.count("/sync/v1/manifest") == 2, "the list, and the one record"
    await resident.page.reload()
    await resident.sees("最新です")
    await settled(resident)
    assert "/sync/v1/manifest" not in await asked(here), "it adds up now"


async def test_a_record_that_should_not_be_here_goes(here: Site, take_up: TakeUp) -> None:
    resident, notice, _ = await a_resident_with_two(here, take_up)
    whole = await names(resident)
    await in_store(
        resident,
        "records",
        f"""(store) => {{
            store.get(['notices', '{notice}']).onsuccess = ({{ target }}) =>
                store.put({{ ...target.result, id: 'ghost', d: {{ ...target.result.d, notice: 'ghost', title: '幽霊' }} }});
        }}""",
    )
    # It is gone as soon as the sums are looked at: in the cellar there is time to see it.
    await resident.lose_signal()
    await resident.page.reload()
    await resident.sees("幽霊")
    await resident.find_signal()
    await resident.does_not_see("幽霊")
    await until_whole(resident, whole)


async def test_a_revision_that_was_never_stored_is_put_right(here: Site, take_up: TakeUp) -> None:
    resident, notice, president = await a_resident_with_two(here, take_up)
    change = {"baseRevision": 1, "title": "防災訓練は中止です"}
    answer = await president.http.patch(f"/api/v1/notices/{notice}", json=change)
    assert answer.status_code == 200, answer.text
    await resident.page.reload()
    await resident.sees("防災訓練は中止です")
    await settled(resident)
    # As if the page had been stored half: the cursor and the sums are the new ones, the record the old one.
    await in_store(
        resident,
        "records",
        f"""(store) => {{
            store.get(['notices', '{notice}']).onsuccess = ({{ target }}) =>
                store.put({{ ...target.result, r: 1, h: 1n, d: {{ ...target.result.d, title: '{TITLE}' }} }});
        }}""",
    )
    await resident.page.reload()
    await resident.sees("防災訓練は中止です")


async def test_a_page_stored_without_its_cursor_does_no_harm(here: Site, take_up: TakeUp) -> None:
    resident, _, president = await a_resident_with_two(here, take_up)
    cursor = await in_store(resident, "meta", "(store) => store.get('cursor')")
    third = await here.town.post(president, deadline=here.soon(), title="夏まつり")
    await resident.page.reload()
    await resident.sees("夏まつり")
    await settled(resident)
    whole = await names(resident)
    await in_store(resident, "meta", f"(store) => store.put('{cursor}', 'cursor')")
    await resident.page.reload()
    await resident.sees("最新です")
    await settled(resident)
    assert await names(resident) == whole
    assert ["notices", third["id"]] in whole


async def test_a_store_of_the_older_app_is_filled_anew_and_its_presses_are_sent(
    here: Site, take_up: TakeUp
) -> None:
    president = await here.town.phone("山田 花子")
    notice = await here.town.post(president, deadline=here.soon(), title=TITLE)
    resident = await take_up("伊藤 さち")
    await resident.press(TITLE)
    await resident.lose_signal()
    await resident.press("読みました")
    await resident.sees("電波がもどると送ります")
    await resident.open("/web/icons/icon.svg")  # our origin, without the app
    await resident.page.evaluate(OLDER)
    await resident.find_signal()
    await resident.open(f"/n/{notice['id']}")
    await resident.sees("会に届きました")
    await expect(resident.page.get_by_text(TITLE).first).to_be_visible()
    await settled(resident)
    rows = await in_store(resident, "records", "(store) => store.index('scope').getAll()")
    assert {row["t"] for row in rows} >= {"notices", "stamps", "memberships"}
    ledger = (await president.http.get(f"/api/v1/notices/{notice['id']}/reach")).json()
    assert [row["grade"] for row in ledger["rows"] if row["name"] == "伊藤"] == ["stamped"]


OLDER = """async () => {
    const open = (version, upgrade) => new Promise((done, failed) => {
        const request = indexedDB.open("kairan", version);
        request.onupgradeneeded = () => upgrade(request.result);
        request.onsuccess = () => done(request.result);
        request.onerror = () => failed(request.error);
    });
    const every = (store) => new Promise((done) => {
        const rows = [];
        store.openCursor().onsuccess = ({ target: { result: at } }) => {
            if (!at) return done(rows);
            rows.push([at.key, at.value]);
            at.continue();
        };
    });
    const now = await open();
    const tx = now.transaction(["records", "outbox", "meta"]);
    const [records, outbox, meta] = await Promise.all(["records", "outbox", "meta"].map((name) => every(tx.objectStore(name))));
    now.close();
    await new Promise((done) => (indexedDB.deleteDatabase("kairan").onsuccess = done));
    const before = await open(1, (db) => {
        db.createObjectStore("records", { keyPath: ["t", "id"] });
        db.createObjectStore("outbox", { keyPath: "n", autoIncrement: true });
        db.createObjectStore("meta");
    });
    const writing = before.transaction(["records", "outbox", "meta"], "readwrite");
    for (const [, { t, id, r, d, g }] of records) writing.objectStore("records").put({ t, id, r, d, g });
    for (const [, entry] of outbox) writing.objectStore("outbox").put(entry);
    for (const [key, value] of meta) if (key !== "sums") writing.objectStore("meta").put(value, key);
    await new Promise((done) => (writing.oncomplete = done));
    before.close();
}"""
